"""What coders say of passages. Nothing is overwritten: the newest coding of a coder counts, several coders stand side by side."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, RowMapping, select

from framewire.records import CodedNarrative, Coding, CodingOrigin, StoredCoding, Voice
from framewire.store.schema import articles, codings, versions
from framewire.store.writes import insert_new, text_hash


def add_coding(conn: Connection, coding: Coding) -> bool:
    """Whether the coding is new: the same coder's of the same span and moment is left as it is.

    Raises:
        ValueError: its hash is not that of the text at its span.
    """
    text = conn.execute(select(versions.c.text).where(versions.c.id == coding.version_id)).scalar_one()
    if text_hash(text[coding.start : coding.end]) != coding.text_hash:
        raise ValueError(f"version {coding.version_id} has another text at {coding.start}-{coding.end}")
    return insert_new(conn, codings, **_columns(coding)) is not None


def get_codings(
    conn: Connection, *, article_id: int | None = None, version_id: int | None = None, coder: str | None = None
) -> list[StoredCoding]:
    """Every coding that this holds of, oldest first; those that take an earlier one back are among them."""
    wanted = {versions.c.article_id: article_id, codings.c.version_id: version_id, codings.c.coder: coder}
    query = (
        select(codings, versions.c.article_id, versions.c.text, articles.c.outlet_id, articles.c.language)
        .select_from(codings.join(versions).join(articles))
        .where(*(column == value for column, value in wanted.items() if value is not None))
        .order_by(codings.c.coded_at, codings.c.id)
    )
    return [_stored(row) for row in conn.execute(query).mappings()]


def keep_newest(found: Iterable[StoredCoding]) -> list[StoredCoding]:
    """The newest coding of each span by each coder, oldest first; none where it takes back. `found` is oldest first."""
    newest = {(one.coding.version_id, one.coding.start, one.coding.end, one.coding.coder): one for one in found}
    kept = (one for one in newest.values() if not one.coding.is_withdrawal)
    return sorted(kept, key=lambda one: (one.coding.coded_at, one.id))


def _columns(coding: Coding) -> dict[str, Any]:
    return {
        "version_id": coding.version_id,
        "span_start": coding.start,
        "span_end": coding.end,
        "text_hash": coding.text_hash,
        "coder": coding.coder,
        "coded_at": coding.coded_at,
        "codebook_row_id": coding.codebook_row_id,
        "origin": coding.origin.value,
        "blind": coding.blind,
        "relevant": coding.relevant,
        "narratives": [{"id": n.id, "voice": n.voice.value, "accused": n.accused} for n in coding.narratives],
        "replaces": coding.replaces,
        "note": coding.note,
    }


def _stored(row: RowMapping) -> StoredCoding:
    text: str = row["text"]
    coding = Coding(
        row["version_id"],
        row["span_start"],
        row["span_end"],
        row["text_hash"],
        row["coder"],
        row["coded_at"],
        row["codebook_row_id"],
        CodingOrigin(row["origin"]),
        row["blind"],
        row["relevant"],
        _narratives(row["narratives"]),
        row["replaces"],
        row["note"],
    )
    span = text[coding.start : coding.end]
    return StoredCoding(
        row["id"], coding, row["article_id"], row["outlet_id"], row["language"], span, len(span) == len(text)
    )


def _narratives(values: Sequence[dict[str, Any]]) -> tuple[CodedNarrative, ...]:
    return tuple(CodedNarrative(value["id"], Voice(value["voice"]), value["accused"]) for value in values)
