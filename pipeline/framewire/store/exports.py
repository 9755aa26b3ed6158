"""Rows for exports, portion by portion: a store of any size goes through without being in memory at once.

A portion is a range of article numbers. Labels are those of the newest labelling of the article's newest version, or of
models that are named (`Extract`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, case, exists, false, func, null, select

from framewire.records import LabelState
from framewire.store.copies import count_carriers
from framewire.store.counting import counted_at, first_entries
from framewire.store.labellers import has_labels_by, is_newest_labelled_by, is_newest_labelling_by
from framewire.store.labelling import is_newest
from framewire.store.reads import UNLABELLED, is_newest_labelling
from framewire.store.schema import (
    VERSION_TABLE,
    articles,
    codebooks,
    copies,
    entries,
    labellings,
    mentions,
    metadata,
    models,
    narratives,
    outlets,
    pages,
    passages,
    versions,
)
from framewire.store.tables import between
from framewire.store.writes import chunks

Row = dict[str, Any]

# Articles of a portion. Source: a thousand articles with their text are some five megabytes.
PORTION = 1000
CONTEXT = 32
"""Code points shown before and behind a mention. Source: W3C Web Annotation, text quote selectors; Hypothesis takes 32."""

_UNKNOWN = (UNLABELLED, LabelState.NOT_EXTRACTED.value)


@dataclass(frozen=True, slots=True)
class Extract:
    """Which articles: those that count in [since, until), of an outlet, a group, a language. None = all of the kind.

    An article counts when it was first seen; one of a feed's first poll, or of an import, when it was published. One that
    counts at no time is there only if neither `since` nor `until` is given.

    `models`: only articles of which one version has labels by all of these; the newest such version, with the labels by the
    first of them. () = the newest version, and its newest labelling.
    """

    since: datetime | None = None
    until: datetime | None = None
    outlet: str | None = None
    group: str | None = None
    language: str | None = None
    models: tuple[str, ...] = ()

    def conditions(self) -> list[ColumnElement[bool]]:
        """The conditions; they need `outlets` and the article's first entry joined."""
        chosen = (
            (articles.c.outlet_id, self.outlet),
            (outlets.c.group_name, self.group),
            (articles.c.language, self.language),
        )
        same = [column == value for column, value in chosen if value is not None]
        return [*between(counted_at(), self.since, self.until), *same]

    def is_version(self) -> ColumnElement[bool]:
        """The condition that `versions` is the one of its article."""
        return is_newest_labelled_by(self.models) if self.models else is_newest()

    def is_labelling(self) -> ColumnElement[bool]:
        """The condition that `labellings` is the one of its version."""
        return is_newest_labelling_by(self.models[0]) if self.models else is_newest_labelling()


@dataclass(frozen=True, slots=True)
class LabelledBy:
    """How many articles have labels by two models: on one text by `both`, by one alone, on two texts (`apart`), by neither."""

    both: int = 0
    first: int = 0
    second: int = 0
    apart: int = 0
    neither: int = 0


def iter_article_rows(conn: Connection, extract: Extract, *, with_text: bool = False) -> Iterator[Row]:
    """One row per article, by its number: the columns of the exported table `articles` but `day`."""
    carriers = count_carriers(conn)
    relevant = exists().where(passages.c.labelling_id == labellings.c.id, passages.c.relevant)
    state = func.coalesce(labellings.c.state, UNLABELLED)
    columns = [
        *_place(),
        outlets.c.name.label("outlet_name"),
        outlets.c.country,
        articles.c.url,
        _title().label("title"),
        articles.c.date_flag,
        func.coalesce(entries.c.first_poll, false()).label("first_poll"),
        versions.c.number.label("n_versions"),
        state.label("state"),
        case((state.in_(_UNKNOWN), null()), else_=relevant).label("relevant"),
        copies.c.original_id.label("copy_of"),
        versions.c.source,
        pages.c.state.label("page"),
        *([versions.c.text] if with_text else []),
    ]
    source = _places(extract, outer=True).outerjoin(copies, copies.c.article_id == articles.c.id)
    query = select(*columns).select_from(source.outerjoin(pages, pages.c.article_id == articles.c.id))
    for row in _iter_rows(conn, query.where(*extract.conditions())):
        relevance = row["relevant"]
        row["relevant"] = None if relevance is None else bool(relevance)
        row["pickup"] = carriers.get(row["copy_of"] or row["article_id"], 1)
        yield row


def iter_mention_rows(conn: Connection, extract: Extract, *, with_text: bool = False) -> Iterator[Row]:
    """One row per term mention, by article and place: the columns of the exported table `mentions` but `day`."""
    columns = [
        *_place(),
        labellings.c.state,
        mentions.c.passage,
        mentions.c.referent,
        mentions.c.wording,
        mentions.c.text,
        mentions.c.voice,
        mentions.c.speaker,
        mentions.c.span_start.label("start"),
        mentions.c.span_end.label("end"),
        func.coalesce(passages.c.relevant, false()).label("relevant"),
        *(_surroundings() if with_text else []),
    ]
    source = _places(extract).join(mentions, mentions.c.labelling_id == labellings.c.id)
    query = select(*columns).select_from(source.outerjoin(passages, _passage_of(mentions)))
    order = (mentions.c.span_start, mentions.c.id)
    return _iter_rows(conn, query.where(*extract.conditions()), *order)


def iter_narrative_rows(conn: Connection, extract: Extract, *, with_text: bool = False) -> Iterator[Row]:
    """One row per narrative of a passage, by article and passage: the columns of the exported table `narratives` but `day`.

    `relevant` beside them says whether the passage speaks of the subject.
    """
    begin, end = passages.c.span_start, passages.c.span_end
    columns = [
        *_place(),
        narratives.c.passage,
        begin.label("start"),
        end.label("end"),
        narratives.c.narrative,
        narratives.c.score,
        narratives.c.state,
        narratives.c.voice,
        narratives.c.speaker,
        narratives.c.accused,
        narratives.c.evidence,
        func.coalesce(passages.c.relevant, false()).label("relevant"),
        *([func.substr(versions.c.text, begin + 1, end - begin).label("passage_text")] if with_text else []),
    ]
    source = _places(extract).join(narratives, narratives.c.labelling_id == labellings.c.id)
    query = select(*columns).select_from(source.outerjoin(passages, _passage_of(narratives)))
    return _iter_rows(conn, query.where(*extract.conditions()), narratives.c.passage, narratives.c.id)


def get_counted_span(conn: Connection, extract: Extract) -> tuple[datetime, datetime] | None:
    """When the first and the last article of the extract count; None if none does."""
    counted = counted_at().label("counted_at")
    query = select(func.min(counted), func.max(counted)).select_from(_from_articles()).where(*extract.conditions())
    first, last = conn.execute(query).one()
    return None if first is None else (first, last)


def count_labelled_by(conn: Connection, extract: Extract, first: str, second: str) -> LabelledBy:
    """How many articles of the extract have labels by which of two models, whatever the extract says of models."""
    every = versions.alias("every")
    of_it = every.c.article_id == articles.c.id
    asked = [exists().where(of_it, has_labels_by(every, names)) for names in ((first, second), (first,), (second,))]
    found = select(*(case((one, 1), else_=0).label(f"is_{i}") for i, one in enumerate(asked)))
    rows = found.select_from(_from_articles()).where(*extract.conditions()).subquery()
    query = select(*rows.c, func.count()).group_by(*rows.c)
    counts = {tuple(key): int(n) for *key, n in conn.execute(query)}
    return LabelledBy(
        both=counts.get((1, 1, 1), 0),
        first=counts.get((0, 1, 0), 0),
        second=counts.get((0, 0, 1), 0),
        apart=counts.get((0, 1, 1), 0),
        neither=counts.get((0, 0, 0), 0),
    )


def get_seen_span(conn: Connection) -> tuple[datetime, datetime] | None:
    """When the first and the last version of any article was seen; None if there is none."""
    first, last = conn.execute(select(func.min(versions.c.seen_at), func.max(versions.c.seen_at))).one()
    return None if first is None else (first, last)


def get_languages(conn: Connection, article_ids: Sequence[int]) -> dict[int, str]:
    """The language of each of these articles."""
    found: dict[int, str] = {}
    for some in chunks(article_ids):
        rows = conn.execute(select(articles.c.id, articles.c.language).where(articles.c.id.in_(some)))
        found |= {row.id: row.language for row in rows}
    return found


def list_languages(conn: Connection) -> list[str]:
    """The languages of the stored articles."""
    return list(conn.execute(select(articles.c.language).distinct().order_by(articles.c.language)).scalars())


def list_models_used(conn: Connection) -> list[str]:
    """The names of the models, 'rules' among them, that any label is from."""
    used = exists().where(labellings.c.model_row_id == models.c.id)
    return list(conn.execute(select(models.c.name).distinct().where(used).order_by(models.c.name)).scalars())


def list_columns() -> dict[str, list[str]]:
    """The columns of every table of the store, Alembic's included."""
    tables = {name: [column.name for column in table.columns] for name, table in metadata.tables.items()}
    return {**tables, VERSION_TABLE: ["version_num"]}


def _iter_rows(conn: Connection, query: Select[Any], *order: ColumnElement[Any]) -> Iterator[Row]:
    """The rows by article number, each portion read when it is asked for."""
    for low, high in _list_portions(conn):
        portion = query.where(articles.c.id >= low, articles.c.id < high).order_by(articles.c.id, *order)
        for row in conn.execute(portion).mappings().all():
            yield dict(row)


def _list_portions(conn: Connection) -> Iterator[tuple[int, int]]:
    first, last = conn.execute(select(func.min(articles.c.id), func.max(articles.c.id))).one()
    if first is not None:
        yield from ((low, low + PORTION) for low in range(first, last + 1, PORTION))


def _place() -> list[ColumnElement[Any]]:
    """What says of which article and by which labelling a row is."""
    return [
        articles.c.id.label("article_id"),
        versions.c.id.label("version_id"),
        articles.c.outlet_id.label("outlet"),
        outlets.c.group_name.label("group"),
        articles.c.language,
        articles.c.first_seen_at,
        articles.c.published_at,
        counted_at().label("counted_at"),
        versions.c.text_hash,
        codebooks.c.codebook_id.label("codebook"),
        codebooks.c.version.label("codebook_version"),
        models.c.name.label("model"),
    ]


def _places(extract: Extract, *, outer: bool = False) -> Any:
    """Articles with outlet, first entry, the version and labelling of the extract; with `outer` those without labels, too."""
    source = _from_articles().join(versions, and_(versions.c.article_id == articles.c.id, extract.is_version()))
    return (
        source.join(labellings, extract.is_labelling(), isouter=outer)
        .join(codebooks, codebooks.c.id == labellings.c.codebook_row_id, isouter=outer)
        .join(models, models.c.id == labellings.c.model_row_id, isouter=outer)
    )


def _from_articles() -> Any:
    """Articles with their outlet and first entry."""
    return articles.join(outlets, outlets.c.id == articles.c.outlet_id).outerjoin(entries, first_entries())


def _title() -> ColumnElement[Any]:
    return func.substr(versions.c.text, 1, versions.c.title_end)


def _passage_of(table: Any) -> ColumnElement[bool]:
    return and_(passages.c.labelling_id == table.c.labelling_id, passages.c.position == table.c.passage)


def _surroundings() -> list[ColumnElement[Any]]:
    """The text before and behind a mention. No place is negative: the two databases count it differently."""
    start, end = mentions.c.span_start, mentions.c.span_end
    is_far = start > CONTEXT
    before = func.substr(
        versions.c.text, case((is_far, start - CONTEXT + 1), else_=1), case((is_far, CONTEXT), else_=start)
    )
    return [before.label("prefix"), func.substr(versions.c.text, end + 1, CONTEXT).label("suffix")]
