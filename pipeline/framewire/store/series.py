"""What series over time are drawn from: counts of articles, mentions and narratives, one query each, texts left where they are.

An article counts when it was first seen; one of a feed's first poll when it was published. Labels are those of the newest
labelling of the article's newest version.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, FromClause, Select, Subquery, exists, func, select

from framewire.store.counting import counted_at, first_entries
from framewire.store.labelling import is_newest
from framewire.store.reads import is_newest_labelling
from framewire.store.schema import (
    articles,
    copies,
    entries,
    labellings,
    mentions,
    narratives,
    outlets,
    passages,
    summaries,
    versions,
)
from framewire.store.tables import TEXT, TIME, WHOLE, query_table

if TYPE_CHECKING:
    import pandas as pd


def read_told(conn: Connection) -> pd.DataFrame:
    """One row per relevant article whose time is known, oldest first: outlet, its group, when it counts (`counted_at`).

    `root` is a number that an article shares with its copies.
    """
    dtypes = {
        "article_id": WHOLE,
        "outlet": TEXT,
        "outlet_name": TEXT,
        "group": TEXT,
        "root": WHOLE,
        "counted_at": TIME,
    }
    told = _select_told()
    query = (
        select(told.c.article_id, told.c.outlet, outlets.c.name, outlets.c.group_name, told.c.root, told.c.counted_at)
        .select_from(told.join(outlets, outlets.c.id == told.c.outlet))
        .order_by(told.c.counted_at, told.c.article_id)
    )
    return query_table(conn, query, dtypes)


def read_wording_counts(conn: Connection) -> pd.DataFrame:
    """One row per article, referent, wording and voice: how many mentions stand in relevant passages, `n`."""
    dtypes = {"article_id": WHOLE, "referent": TEXT, "wording": TEXT, "voice": TEXT, "n": WHOLE}
    told = _select_told()
    key = (told.c.article_id, mentions.c.referent, mentions.c.wording, mentions.c.voice)
    query = select(*key, func.count()).select_from(_relevant_mentions(told)).group_by(*key).order_by(*key)
    return query_table(conn, query, dtypes)


def read_narrative_counts(conn: Connection, *, states: tuple[str, ...]) -> pd.DataFrame:
    """One row per article, narrative, voice and accused side: in how many passages it was found in one of these label states, `n`."""
    dtypes = {"article_id": WHOLE, "narrative": TEXT, "voice": TEXT, "accused": TEXT, "n": WHOLE}
    told = _select_told()
    key = (told.c.article_id, narratives.c.narrative, narratives.c.voice, narratives.c.accused)
    query = (
        select(*key, func.count())
        .select_from(told.join(narratives, narratives.c.labelling_id == told.c.labelling_id))
        .where(narratives.c.state.in_(states))
        .group_by(*key)
        .order_by(*key)
    )
    return query_table(conn, query, dtypes)


def read_newest_mentions(conn: Connection, *, per_referent: int) -> pd.DataFrame:
    """The first mention in each of the newest articles that name a referent, newest first, so many of each referent.

    Copies are left out. `start` and `end` are code points of the version's text, as are those of the passage around.
    """
    dtypes = {
        "referent": TEXT,
        "wording": TEXT,
        "article_id": WHOLE,
        "version_id": WHOLE,
        "outlet_name": TEXT,
        "language": TEXT,
        "url": TEXT,
        "counted_at": TIME,
        **dict.fromkeys(("start", "end", "passage_start", "passage_end"), WHOLE),
    }
    found = _select_first_mentions().subquery("found")
    rank = func.row_number().over(
        partition_by=found.c.referent, order_by=(found.c.counted_at.desc(), found.c.article_id.desc())
    )
    ranked = select(found, rank.label("rank")).where(found.c.place == 1).subquery("ranked")
    query = (
        select(
            ranked.c.referent,
            ranked.c.wording,
            ranked.c.article_id,
            ranked.c.version_id,
            outlets.c.name,
            articles.c.language,
            articles.c.url,
            ranked.c.counted_at,
            ranked.c.span_start,
            ranked.c.span_end,
            ranked.c.passage_start,
            ranked.c.passage_end,
        )
        .select_from(
            ranked.join(articles, articles.c.id == ranked.c.article_id).join(outlets, outlets.c.id == ranked.c.outlet)
        )
        .where(ranked.c.rank <= per_referent)
        .order_by(ranked.c.referent, ranked.c.rank)
    )
    return query_table(conn, query, dtypes)


def _select_first_mentions() -> Select[Any]:
    """The mentions of each referent in articles that are no copies; `place` 1 is the first one in its article."""
    told = _select_told()
    first = func.row_number().over(
        partition_by=(mentions.c.referent, told.c.article_id), order_by=(mentions.c.span_start, mentions.c.id)
    )
    return (
        select(
            mentions.c.referent,
            mentions.c.wording,
            told.c.article_id,
            labellings.c.version_id,
            told.c.outlet,
            told.c.counted_at,
            mentions.c.span_start,
            mentions.c.span_end,
            passages.c.span_start.label("passage_start"),
            passages.c.span_end.label("passage_end"),
            first.label("place"),
        )
        .select_from(_relevant_mentions(told).join(labellings, labellings.c.id == told.c.labelling_id))
        .where(told.c.root == told.c.article_id)
    )


def read_summed_days(conn: Connection) -> list[tuple[str, str, int]]:
    """(day, headline, number of articles) of every summary that was made, newest first."""
    said = summaries.c.numbers["headline"].as_string()
    n_articles = summaries.c.numbers["n_articles"].as_integer()
    query = select(summaries.c.day, said, n_articles).order_by(summaries.c.day.desc())
    return [(day, headline or "", n or 0) for day, headline, n in conn.execute(query)]


def _select_told() -> Subquery:
    """Relevant articles with what they count as: outlet, moment, root, and the labelling that holds."""
    counted = counted_at()
    return (
        select(
            articles.c.id.label("article_id"),
            articles.c.outlet_id.label("outlet"),
            func.coalesce(copies.c.original_id, articles.c.id).label("root"),
            counted.label("counted_at"),
            labellings.c.id.label("labelling_id"),
        )
        .select_from(
            articles.join(versions, (versions.c.article_id == articles.c.id) & is_newest())
            .join(labellings, is_newest_labelling())
            .outerjoin(copies, copies.c.article_id == articles.c.id)
            .outerjoin(entries, first_entries())
        )
        .where(exists().where(passages.c.labelling_id == labellings.c.id, passages.c.relevant), counted.is_not(None))
        .subquery("told")
    )


def _relevant_mentions(told: Subquery) -> FromClause:
    """The mentions of these articles that stand in relevant passages."""
    return told.join(mentions, mentions.c.labelling_id == told.c.labelling_id).join(
        passages,
        (passages.c.labelling_id == mentions.c.labelling_id)
        & (passages.c.position == mentions.c.passage)
        & passages.c.relevant,
    )
