"""What the store holds, as tables. `since` and `until` are half-open; None leaves that side open.

Labels are those of the newest labelling of the article's newest version.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Connection, FromClause, Select, exists, func, select, tuple_

from framewire.records import ArticleVersion
from framewire.store.copies import count_carriers
from framewire.store.counting import first_entries, is_first_poll
from framewire.store.labelling import as_version, is_newest, select_versions
from framewire.store.schema import (
    articles,
    copies,
    entries,
    labellings,
    mentions,
    narratives,
    outlets,
    pages,
    passages,
    versions,
)
from framewire.store.tables import (
    LISTS,
    NUMBER,
    TEXT,
    TIME,
    WHOLE,
    WHOLE_OR_NONE,
    YES_NO,
    between,
    query_table,
)
from framewire.store.writes import chunks

if TYPE_CHECKING:
    import pandas as pd

UNLABELLED = "unlabelled"
"""The state of an article whose newest version has no labels yet."""

# Rows fetched at a time where a whole store is read: some megabytes of text.
_BATCH = 500

_ARTICLE = {
    "article_id": WHOLE,
    "version_id": WHOLE,
    "outlet": TEXT,
    "group": TEXT,
    "language": TEXT,
    "first_seen_at": TIME,
    "published_at": TIME,
}


def read_articles(conn: Connection, *, since: datetime | None = None, until: datetime | None = None) -> pd.DataFrame:
    """One row per article first seen in the range, oldest first.

    `state` is the label state or 'unlabelled'; `relevant` says if any passage is; `first_poll` if the article came with
    the first successful poll of its feed, when everything looks new. `copy_of` is the article that it is a copy of, None
    for all others; `pickup` counts the outlets that carry its text, its own among them. `page` is what became of the
    article's page, missing if it was never asked for; `source` is 'page' or 'feed', whichever the text is from.
    """
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
        "date_flag": TEXT,
        "first_poll": YES_NO,
        "version_id": WHOLE,
        "n_versions": WHOLE,
        "state": TEXT,
        "relevant": YES_NO,
        "text_hash": TEXT,
        "copy_of": WHOLE_OR_NONE,
        "source": TEXT,
        "page": TEXT,
    }
    table = query_table(conn, _in_order(_select_articles(), since, until), dtypes)
    carriers = count_carriers(conn)
    roots = table["copy_of"].fillna(table["article_id"])
    pickup = [carriers.get(root, 1) for root in roots.tolist()]
    return table.assign(pickup=pickup).astype({"pickup": WHOLE})


def _select_articles() -> Select[Any]:
    """What `read_articles` shows."""
    return (
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
            articles.c.date_flag,
            is_first_poll(),
            versions.c.id,
            versions.c.number,
            func.coalesce(labellings.c.state, UNLABELLED),
            exists().where(passages.c.labelling_id == labellings.c.id, passages.c.relevant),
            versions.c.text_hash,
            copies.c.original_id,
            versions.c.source,
            pages.c.state,
        )
        .select_from(newest_versions().outerjoin(labellings, is_newest_labelling()))
        .outerjoin(copies, copies.c.article_id == articles.c.id)
        .outerjoin(pages, pages.c.article_id == articles.c.id)
        .outerjoin(entries, first_entries())
    )


def read_mentions(conn: Connection, *, since: datetime | None = None, until: datetime | None = None) -> pd.DataFrame:
    """One row per term mention in articles first seen in the range, in the order of the text."""
    dtypes = {
        **_ARTICLE,
        "passage": WHOLE,
        "referent": TEXT,
        "wording": TEXT,
        "text": TEXT,
        "voice": TEXT,
        "speaker": TEXT,
        "start": WHOLE,
        "end": WHOLE,
        "relevant": YES_NO,
    }
    here = (passages.c.labelling_id == mentions.c.labelling_id, passages.c.position == mentions.c.passage)
    query = (
        select(
            *_article_columns(),
            mentions.c.passage,
            mentions.c.referent,
            mentions.c.wording,
            mentions.c.text,
            mentions.c.voice,
            mentions.c.speaker,
            mentions.c.span_start,
            mentions.c.span_end,
            exists().where(*here, passages.c.relevant),
        )
        .select_from(labelled_versions())
        .join(mentions, mentions.c.labelling_id == labellings.c.id)
    )
    return query_table(conn, _in_order(query, since, until, mentions.c.span_start, mentions.c.id), dtypes)


def read_narratives(conn: Connection, *, since: datetime | None = None, until: datetime | None = None) -> pd.DataFrame:
    """One row per narrative of a passage in articles first seen in the range. `evidence` holds lists of str."""
    dtypes = {
        **_ARTICLE,
        "passage": WHOLE,
        "narrative": TEXT,
        "score": NUMBER,
        "state": TEXT,
        "voice": TEXT,
        "accused": TEXT,
        "speaker": TEXT,
        "evidence": LISTS,
    }
    query = (
        select(
            *_article_columns(),
            narratives.c.passage,
            narratives.c.narrative,
            narratives.c.score,
            narratives.c.state,
            narratives.c.voice,
            narratives.c.accused,
            narratives.c.speaker,
            narratives.c.evidence,
        )
        .select_from(labelled_versions())
        .join(narratives, narratives.c.labelling_id == labellings.c.id)
    )
    return query_table(conn, _in_order(query, since, until, narratives.c.passage, narratives.c.id), dtypes)


def read_passages(conn: Connection, *, since: datetime | None = None, until: datetime | None = None) -> pd.DataFrame:
    """One row per passage of articles first seen in the range, in the order of the text."""
    dtypes = {
        "article_id": WHOLE,
        "version_id": WHOLE,
        "passage": WHOLE,
        "start": WHOLE,
        "end": WHOLE,
        "relevant": YES_NO,
        "relevance": NUMBER,
    }
    query = (
        select(
            articles.c.id,
            versions.c.id,
            passages.c.position,
            passages.c.span_start,
            passages.c.span_end,
            passages.c.relevant,
            passages.c.relevance,
        )
        .select_from(labelled_versions())
        .join(passages, passages.c.labelling_id == labellings.c.id)
    )
    return query_table(conn, _in_order(query, since, until, passages.c.position), dtypes)


def read_texts(conn: Connection, version_ids: Sequence[int]) -> dict[int, ArticleVersion]:
    """The versions of these numbers, by number; unknown numbers are left out."""
    found: dict[int, ArticleVersion] = {}
    for some in chunks([int(number) for number in version_ids]):
        rows = conn.execute(select_versions().where(versions.c.id.in_(some))).mappings()
        found |= {row["version_id"]: as_version(row) for row in rows}
    return found


def read_all_versions(conn: Connection, article_ids: Sequence[int]) -> dict[int, ArticleVersion]:
    """Every version of these articles, by the version's number."""
    found: dict[int, ArticleVersion] = {}
    for some in chunks([int(number) for number in article_ids]):
        rows = conn.execute(select_versions().where(articles.c.id.in_(some))).mappings()
        found |= {row["version_id"]: as_version(row) for row in rows}
    return found


def iter_texts(
    conn: Connection,
    *,
    languages: Sequence[str],
    outlet: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Iterator[ArticleVersion]:
    """The newest version of each article first seen in the range, newest article first, read while they are taken."""
    seen = articles.c.first_seen_at
    query = (
        select_versions()
        .where(is_newest(), articles.c.language.in_(languages), *between(seen, since, until))
        .where(*([articles.c.outlet_id == outlet] if outlet else []))
        .order_by(seen.desc(), articles.c.id.desc())
        .execution_options(yield_per=_BATCH)
    )
    # Whoever has enough stops taking, and then the server's cursor is closed.
    with conn.execute(query) as result:
        for row in result.mappings():
            yield as_version(row)


def newest_versions() -> FromClause:
    """Articles with their outlet and newest version."""
    return articles.join(outlets).join(versions, (versions.c.article_id == articles.c.id) & is_newest())


def labelled_versions() -> FromClause:
    """The same with the newest labelling, of articles that have one."""
    return newest_versions().join(labellings, is_newest_labelling())


def is_newest_labelling() -> ColumnElement[bool]:
    """The condition that `labellings` is the newest one of the version: labelled, or made to count again, last.

    Beside the number of the version it speaks of labellings only. If it asked for the version's newest one, PostgreSQL
    would look that up for all versions of the store.
    """
    later = labellings.alias("later_labelling")
    place, place_later = (tuple_(one.c.labelled_at, one.c.id) for one in (labellings, later))
    after = exists().where(later.c.version_id == labellings.c.version_id, place_later > place).correlate(labellings)
    return (labellings.c.version_id == versions.c.id) & ~after


def _article_columns() -> list[ColumnElement[Any]]:
    """The columns of `_ARTICLE`."""
    return [
        articles.c.id,
        versions.c.id,
        articles.c.outlet_id,
        outlets.c.group_name,
        articles.c.language,
        articles.c.first_seen_at,
        articles.c.published_at,
    ]


def _in_order(query: Select[Any], since: datetime | None, until: datetime | None, *within: Any) -> Select[Any]:
    """The query for articles first seen in the range, oldest first, `within` ordering the rows of one article."""
    seen = articles.c.first_seen_at
    return query.where(*between(seen, since, until)).order_by(seen, articles.c.id, *within)
