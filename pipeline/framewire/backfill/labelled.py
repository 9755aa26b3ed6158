"""A labelled record as one nested row, and such rows unfolded into the tables that are written: articles, passages, mentions, narratives."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from framewire.backfill.reading import Item
from framewire.records import ArticleVersion, LabelledVersion, NarrativeLabel, PassageLabels, TermMention
from framewire.store import text_hash
from framewire.store.columns import storable
from framewire.store.identity import build_variants
from framewire.store.versions import write_text
from framewire.store.writes import key_of

TABLES = ("articles", "passages", "mentions", "narratives")
"""What a backfill writes."""
_SHARED = ("record", "outlet", "group", "language", "counted_at")
# What tells an article, with all its spellings, and what tells a record, word for word. Source: 128 bits, so that among
# a thousand million records two differing ones are taken for one with a probability below 1e-20.
DIGEST_BYTES = 16


@dataclass(frozen=True, slots=True)
class Place:
    """What is the same for all records of a backfill: the days of the workspace, and the names that labels carry."""

    zone: str
    day_starts_at: time
    codebook: str
    codebook_version: int
    model: str
    with_text: bool = False

    def day_of(self, moment: datetime | None) -> date | None:
        """The workspace's day of a time."""
        if moment is None:
            return None
        starts = timedelta(hours=self.day_starts_at.hour, minutes=self.day_starts_at.minute)
        return (moment.astimezone(_zone_of(self.zone)).replace(tzinfo=None) - starts).date()


def build_version(item: Item, *, now: datetime) -> ArticleVersion:
    """The record as it would be stored, so that it is labelled as a run labels it. Its numbers are of no meaning."""
    entry = item.entry
    text = write_text(entry)
    return ArticleVersion(
        version_id=0,
        article_id=0,
        number=1,
        outlet_id=item.outlet.id,
        url=entry.url,
        language=entry.language or "und",
        text=text,
        title_end=len(entry.title),
        text_hash=text_hash(text),
        first_seen_at=now,
        seen_at=now,
        published_at=entry.published_at,
    )


def build_name(item: Item) -> str:
    """The key of the record's entry, as the store has it."""
    return key_of(storable(item.entry.identity))


def build_row(
    item: Item, version: ArticleVersion, labels: LabelledVersion, *, source: str, place: Place
) -> dict[str, Any]:
    """The nested row of a record. `article` is equal for records of one article, `record` for those that are the same."""
    entry, outlet = item.entry, item.outlet
    address = build_variants(entry.url)[0] if entry.url else entry.identity
    row = {
        "record": _digest(outlet.id, address, version.text_hash),
        "article": _digest(outlet.id, address),
        "day": place.day_of(entry.published_at),
        "outlet": outlet.id,
        "outlet_name": outlet.name,
        "group": outlet.group,
        "country": outlet.country,
        "language": version.language,
        "url": entry.url,
        "title": entry.title,
        "published_at": entry.published_at,
        "counted_at": entry.published_at,
        "date_flag": entry.date_flag,
        "text_hash": version.text_hash,
        "state": labels.state.value,
        "relevant": any(one.relevant for one in labels.passages) if labels.passages else None,
        "source": source,
        "line": item.line,
        "codebook": place.codebook,
        "codebook_version": place.codebook_version,
        "model": place.model,
        "passages": [_passage_cells(one) for one in labels.passages],
        "mentions": [_mention_cells(one, labels) for passage in labels.passages for one in _list_mentions(passage)],
        "narratives": [_narrative_cells(one, passage) for passage in labels.passages for one in passage.narratives],
    }
    return {**row, "text": version.text, "title_end": version.title_end} if place.with_text else row


def build_rows_table(rows: Iterable[Mapping[str, Any]], *, with_text: bool) -> Any:
    """The nested rows as an Arrow table."""
    import pyarrow

    return pyarrow.Table.from_pylist(list(rows), schema=nested_schema(with_text=with_text))


def unfold(rows: Any, table: str) -> Any:
    """One of `TABLES` of nested rows, an Arrow table; the rows of an article stay in their order."""
    import pyarrow
    from pyarrow import compute

    if table == "articles":
        return rows.drop_columns(["day", *TABLES[1:]])
    nested = rows[table].combine_chunks()
    shared = rows.select(_SHARED).take(compute.list_parent_indices(nested))
    items = compute.list_flatten(nested)
    columns = {name: shared[name] for name in shared.column_names}
    columns |= {field.name: compute.struct_field(items, field.name) for field in items.type}
    return pyarrow.table(columns)


@cache
def nested_schema(*, with_text: bool) -> Any:
    """The Arrow schema of nested rows."""
    import pyarrow as pa

    text, whole, moment = pa.string(), pa.int64(), pa.timestamp("us", tz="UTC")
    plain = {
        "record": text,
        "article": text,
        "day": pa.date32(),
        **dict.fromkeys(("outlet", "outlet_name", "group", "country", "language", "url", "title"), text),
        "published_at": moment,
        "counted_at": moment,
        **dict.fromkeys(("date_flag", "text_hash", "state"), text),
        "relevant": pa.bool_(),
        "source": text,
        "line": whole,
        "codebook": text,
        "codebook_version": whole,
        "model": text,
    }
    passage = {"passage": whole, "start": whole, "end": whole, "relevant": pa.bool_(), "relevance": pa.float64()}
    mention = {
        "passage": whole,
        **dict.fromkeys(("referent", "wording", "text", "pattern", "voice", "speaker"), text),
        "start": whole,
        "end": whole,
        "state": text,
        "relevant": pa.bool_(),
    }
    narrative = {
        "passage": whole,
        "start": whole,
        "end": whole,
        "narrative": text,
        "score": pa.float64(),
        **dict.fromkeys(("state", "voice", "speaker", "accused"), text),
        "evidence": pa.list_(text),
    }
    lists = {"passages": passage, "mentions": mention, "narratives": narrative}
    fields = [*plain.items(), *((name, pa.list_(pa.struct(list(kinds.items())))) for name, kinds in lists.items())]
    return pa.schema(fields + ([("text", text), ("title_end", whole)] if with_text else []))


def _digest(*parts: str) -> str:
    told = "\n".join(" ".join(part.split()) for part in parts)
    return hashlib.blake2b(told.encode("utf-8", "replace"), digest_size=DIGEST_BYTES).hexdigest()


@cache
def _zone_of(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def _passage_cells(labels: PassageLabels) -> dict[str, Any]:
    passage = labels.passage
    where = {"passage": passage.position, "start": passage.start, "end": passage.end}
    return {**where, "relevant": labels.relevant, "relevance": labels.relevance}


def _list_mentions(labels: PassageLabels) -> list[tuple[TermMention, PassageLabels]]:
    return [(mention, labels) for mention in labels.mentions]


def _mention_cells(found: tuple[TermMention, PassageLabels], version: LabelledVersion) -> dict[str, Any]:
    mention, labels = found
    return {
        "passage": labels.passage.position,
        "referent": mention.referent,
        "wording": mention.wording,
        "text": mention.text,
        "pattern": mention.pattern,
        "voice": mention.voice.value,
        "speaker": mention.speaker,
        "start": mention.start,
        "end": mention.end,
        "state": version.state.value,
        "relevant": labels.relevant,
    }


def _narrative_cells(label: NarrativeLabel, passage: PassageLabels) -> dict[str, Any]:
    return {
        "passage": passage.passage.position,
        "start": passage.passage.start,
        "end": passage.passage.end,
        "narrative": label.narrative,
        "score": label.score,
        "state": label.state.value,
        "voice": label.voice.value,
        "speaker": label.speaker,
        "accused": label.accused,
        "evidence": list(label.evidence),
    }
