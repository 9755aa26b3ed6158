"""The tables of notebooks: what is asked for is chosen in the database, so that a store of any size opens at once.

Labels are those of the newest labelling of the article's newest version. Rows come in the order of time, then of the text.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Connection, Select, Table, and_, case, exists, func, null, or_, select

from framewire.records import ArticleVersion
from framewire.store.counting import counted_at, first_entries, is_first_poll
from framewire.store.labelling import RULES, as_version, is_newest, select_versions
from framewire.store.reads import UNLABELLED, is_newest_labelling, labelled_versions, newest_versions
from framewire.store.revisions import with_labels
from framewire.store.schema import (
    articles,
    codebooks,
    copies,
    entries,
    labellings,
    mentions,
    models,
    narratives,
    outlets,
    pages,
    passages,
    versions,
)
from framewire.store.scope import Only
from framewire.store.tables import LISTS, NUMBER, TEXT, TIME, WHOLE, WHOLE_OR_NONE, YES_NO, query_table

if TYPE_CHECKING:
    import pandas as pd

YES_NO_OR_NONE = "boolean"
# States of an article in which nothing is known of its content.
NOT_LABELLED = (UNLABELLED, "not-extracted")

_PLACE = {
    "article_id": WHOLE,
    "outlet": TEXT,
    "group": TEXT,
    "language": TEXT,
    "first_seen_at": TIME,
    "published_at": TIME,
    "counted_at": TIME,
}


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
    return _read(conn, query, dtypes, limit)


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
    return _read(conn, query, dtypes, limit, passages.c.position)


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
    return _read(conn, query, dtypes, limit, mentions.c.span_start, mentions.c.id)


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
    return _read(conn, query, dtypes, limit, narratives.c.passage, narratives.c.id)


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
    table = query_table(conn, _newest(query, limit, [seen, versions.c.id]), dtypes)
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


def find_texts(conn: Connection, only: Only, *, words: Sequence[Sequence[str]]) -> Iterator[ArticleVersion]:
    """The newest versions that hold one spelling of each word, newest article first, read while they are taken.

    A percent sign and an underscore stand for themselves. SQLite knows capitals of ASCII only: spell the others out.
    """
    text = versions.c.text
    holds = and_(*(or_(*(text.icontains(spelling, autoescape=True) for spelling in spellings)) for spellings in words))
    query = (
        select_versions()
        .join(outlets, outlets.c.id == articles.c.outlet_id)
        .where(is_newest(), *only.conditions(), holds)
        .order_by(articles.c.first_seen_at.desc(), articles.c.id.desc())
        .execution_options(yield_per=500)
    )
    for row in conn.execute(query).mappings():
        yield as_version(row)


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


def _read(
    conn: Connection, query: Select[Any], dtypes: dict[str, str], limit: int | None, *within: ColumnElement[Any]
) -> pd.DataFrame:
    """The rows, oldest article first; with a limit those of the newest end."""
    order = [articles.c.first_seen_at, articles.c.id, *within]
    table = query_table(conn, _newest(query, limit, order), dtypes)
    return table.iloc[::-1].reset_index(drop=True) if limit else table


def _newest(query: Select[Any], limit: int | None, order: Sequence[ColumnElement[Any]]) -> Select[Any]:
    if not limit:
        return query.order_by(*order)
    return query.order_by(*(column.desc() for column in order)).limit(limit)
