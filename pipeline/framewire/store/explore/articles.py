"""Articles as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection, case, exists, func, null, select

from framewire.store.counting import counted_at, first_entries, is_first_poll
from framewire.store.explore.order import read_rows
from framewire.store.reads import UNLABELLED, is_newest_labelling, newest_versions
from framewire.store.schema import articles, copies, entries, labellings, outlets, pages, passages, versions
from framewire.store.scope import Only
from framewire.store.tables import TEXT, TIME, WHOLE, WHOLE_OR_NONE, YES_NO

if TYPE_CHECKING:
    import pandas as pd

YES_NO_OR_NONE = "boolean"
# States of an article in which nothing is known of its content.
NOT_LABELLED = (UNLABELLED, "not-extracted")


def explore_articles(conn: Connection, only: Only, *, limit: int | None = None) -> pd.DataFrame:
    """One row per article; with a limit the newest ones. `relevant` is missing where there are no labels."""
    dtypes = {
        "article_id": WHOLE,
        "outlet": TEXT,
        "outlet_name": TEXT,
        "group": TEXT,
        "country": TEXT,
        "language": TEXT,
        "url": TEXT,
        "title": TEXT,
        "first_seen_at": TIME,
        "published_at": TIME,
        "counted_at": TIME,
        "date_flag": TEXT,
        "first_poll": YES_NO,
        "n_versions": WHOLE,
        "version_id": WHOLE,
        "text_hash": TEXT,
        "copy_of": WHOLE_OR_NONE,
        "source": TEXT,
        "page": TEXT,
        "state": TEXT,
        "relevant": YES_NO_OR_NONE,
    }
    is_relevant = exists().where(passages.c.labelling_id == labellings.c.id, passages.c.relevant)
    state = func.coalesce(labellings.c.state, UNLABELLED)
    query = (
        select(
            articles.c.id,
            articles.c.outlet_id,
            outlets.c.name,
            outlets.c.group_name,
            outlets.c.country,
            articles.c.language,
            articles.c.url,
            func.substr(versions.c.text, 1, versions.c.title_end),
            articles.c.first_seen_at,
            articles.c.published_at,
            counted_at(),
            articles.c.date_flag,
            is_first_poll(),
            versions.c.number,
            versions.c.id,
            versions.c.text_hash,
            copies.c.original_id,
            versions.c.source,
            pages.c.state,
            state,
            case((state.in_(NOT_LABELLED), null()), else_=is_relevant),
        )
        .select_from(newest_versions().outerjoin(labellings, is_newest_labelling()).outerjoin(entries, first_entries()))
        .outerjoin(copies, copies.c.article_id == articles.c.id)
        .outerjoin(pages, pages.c.article_id == articles.c.id)
        .where(*only.conditions())
    )
    return read_rows(conn, query, dtypes, limit)
