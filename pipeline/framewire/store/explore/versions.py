"""What became of articles, as tables: changed headlines and texts, and whose labels they carry."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection, case, func, null, select

from framewire.store.explore.order import put_newest
from framewire.store.labelling import RULES
from framewire.store.reads import labelled_versions
from framewire.store.revisions import with_labels
from framewire.store.schema import articles, codebooks, labellings, models, outlets, versions
from framewire.store.scope import Only
from framewire.store.tables import NUMBER, TEXT, TIME, WHOLE, query_table

if TYPE_CHECKING:
    import pandas as pd


def explore_revisions(conn: Connection, only: Only, *, limit: int | None = None) -> pd.DataFrame:
    """One row per version after an article's first; the range of times is when it was seen. Sizes may be unknown."""
    dtypes = {
        "article_id": WHOLE,
        "outlet": TEXT,
        "group": TEXT,
        "language": TEXT,
        "url": TEXT,
        "seen_at": TIME,
        "old_title": TEXT,
        "new_title": TEXT,
        "title_change": NUMBER,
        "text_change": NUMBER,
        "old_version_id": WHOLE,
        "new_version_id": WHOLE,
    }
    old = versions.alias("old")
    before = (old.c.article_id == versions.c.article_id) & (old.c.number == versions.c.number - 1)
    seen = versions.c.seen_at
    query = (
        select(
            articles.c.id,
            articles.c.outlet_id,
            outlets.c.group_name,
            articles.c.language,
            articles.c.url,
            seen,
            func.substr(old.c.text, 1, old.c.title_end),
            func.substr(versions.c.text, 1, versions.c.title_end),
            versions.c.title_change,
            versions.c.text_change,
            old.c.id,
            versions.c.id,
        )
        .select_from(versions.join(articles).join(outlets, articles.c.outlet_id == outlets.c.id).join(old, before))
        .where(old.c.source == versions.c.source, *only.conditions_beside_time())
    )
    query = query.where(seen >= only.since) if only.since else query
    query = query.where(seen < only.until) if only.until else query
    table = query_table(conn, put_newest(query, limit, [seen, versions.c.id]), dtypes)
    return with_labels(conn, table.iloc[::-1].reset_index(drop=True) if limit else table)


def explore_labellings(conn: Connection, only: Only) -> pd.DataFrame:
    """One row per codebook and model whose labels are the newest of an article: how many, and of which span of time.

    `model` is missing for terms and rules alone.
    """
    dtypes = {
        "codebook": TEXT,
        "codebook_version": WHOLE,
        "model": TEXT,
        "articles": WHOLE,
        "first_seen_at": TIME,
        "last_seen_at": TIME,
        "labelled_at": TIME,
    }
    first = func.min(articles.c.first_seen_at)
    query = (
        select(
            codebooks.c.codebook_id,
            codebooks.c.version,
            case((models.c.name == RULES, null()), else_=models.c.name),
            func.count(),
            first,
            func.max(articles.c.first_seen_at),
            func.min(labellings.c.labelled_at),
        )
        .select_from(labelled_versions().join(codebooks).join(models, models.c.id == labellings.c.model_row_id))
        .where(*only.conditions())
        .group_by(codebooks.c.id, codebooks.c.codebook_id, codebooks.c.version, models.c.id, models.c.name)
        .order_by(first, codebooks.c.id, models.c.id)
    )
    return query_table(conn, query, dtypes)
