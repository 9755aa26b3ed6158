"""What labels say, as tables: passages, term mentions and narratives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Connection, Table, and_, func, select

from framewire.store.counting import counted_at, first_entries
from framewire.store.explore.order import read_rows
from framewire.store.reads import labelled_versions
from framewire.store.schema import articles, entries, labellings, mentions, narratives, outlets, passages, versions
from framewire.store.scope import Only
from framewire.store.tables import LISTS, NUMBER, TEXT, TIME, WHOLE, YES_NO

if TYPE_CHECKING:
    import pandas as pd

_PLACE = {
    "article_id": WHOLE,
    "outlet": TEXT,
    "group": TEXT,
    "language": TEXT,
    "first_seen_at": TIME,
    "published_at": TIME,
    "counted_at": TIME,
}


def explore_passages(
    conn: Connection, only: Only, *, relevant: bool | None = None, limit: int | None = None
) -> pd.DataFrame:
    """One row per passage of a labelled article, with its text."""
    dtypes = {
        **_PLACE,
        "passage": WHOLE,
        "text": TEXT,
        "start": WHOLE,
        "end": WHOLE,
        "state": TEXT,
        "relevant": YES_NO,
        "relevance": NUMBER,
    }
    length = passages.c.span_end - passages.c.span_start
    query = (
        select(
            *_place(),
            passages.c.position,
            func.substr(versions.c.text, passages.c.span_start + 1, length),
            passages.c.span_start,
            passages.c.span_end,
            labellings.c.state,
            passages.c.relevant,
            passages.c.relevance,
        )
        .select_from(_labelled().join(passages, passages.c.labelling_id == labellings.c.id))
        .where(*only.conditions(), *([] if relevant is None else [passages.c.relevant == relevant]))
    )
    return read_rows(conn, query, dtypes, limit, passages.c.position)


def explore_mentions(
    conn: Connection,
    only: Only,
    *,
    referent: str | None = None,
    relevant: bool | None = None,
    limit: int | None = None,
) -> pd.DataFrame:
    """One row per term mention of a labelled article. `relevant` says so of its passage."""
    dtypes = {
        **_PLACE,
        "passage": WHOLE,
        "referent": TEXT,
        "wording": TEXT,
        "text": TEXT,
        "voice": TEXT,
        "speaker": TEXT,
        "start": WHOLE,
        "end": WHOLE,
        "state": TEXT,
        "relevant": YES_NO,
    }
    query = (
        select(
            *_place(),
            mentions.c.passage,
            mentions.c.referent,
            mentions.c.wording,
            mentions.c.text,
            mentions.c.voice,
            mentions.c.speaker,
            mentions.c.span_start,
            mentions.c.span_end,
            labellings.c.state,
            passages.c.relevant,
        )
        .select_from(
            _labelled().join(mentions, mentions.c.labelling_id == labellings.c.id).join(passages, here(mentions))
        )
        .where(*only.conditions())
        .where(*([] if referent is None else [mentions.c.referent == referent]))
        .where(*([] if relevant is None else [passages.c.relevant == relevant]))
    )
    return read_rows(conn, query, dtypes, limit, mentions.c.span_start, mentions.c.id)


def explore_narratives(
    conn: Connection, only: Only, *, narrative: str | None = None, limit: int | None = None
) -> pd.DataFrame:
    """One row per narrative that a passage carries or may carry (`abstained`). `evidence` holds lists of str."""
    dtypes = {
        **_PLACE,
        "passage": WHOLE,
        "narrative": TEXT,
        "score": NUMBER,
        "state": TEXT,
        "voice": TEXT,
        "speaker": TEXT,
        "accused": TEXT,
        "evidence": LISTS,
    }
    query = (
        select(
            *_place(),
            narratives.c.passage,
            narratives.c.narrative,
            narratives.c.score,
            narratives.c.state,
            narratives.c.voice,
            narratives.c.speaker,
            narratives.c.accused,
            narratives.c.evidence,
        )
        .select_from(_labelled().join(narratives, narratives.c.labelling_id == labellings.c.id))
        .where(*only.conditions(), *([] if narrative is None else [narratives.c.narrative == narrative]))
    )
    return read_rows(conn, query, dtypes, limit, narratives.c.passage, narratives.c.id)


def here(table: Table) -> ColumnElement[bool]:
    """The condition that `passages` is the one in which a row of mentions or narratives stands."""
    return and_(passages.c.labelling_id == table.c.labelling_id, passages.c.position == table.c.passage)


def _labelled() -> Any:
    return labelled_versions().outerjoin(entries, first_entries())


def _place() -> list[ColumnElement[Any]]:
    """The columns of `_PLACE`."""
    return [
        articles.c.id,
        articles.c.outlet_id,
        outlets.c.group_name,
        articles.c.language,
        articles.c.first_seen_at,
        articles.c.published_at,
        counted_at(),
    ]
