"""What was asked and what came, counted by span of time: the reading side of coverage, small however long the range is.

A span is a half-open pair of times; in the tables, `span` is its place in the sequence that was asked for.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Connection, Select, and_, bindparam, case, exists, func, select, union

from framewire.store.counting import first_entries, is_first_poll
from framewire.store.imports import is_polled
from framewire.store.labelling import is_newest
from framewire.store.reads import UNLABELLED, is_newest_labelling
from framewire.store.schema import articles, entries, feeds, labellings, outlets, pages, passages, polls, runs, versions
from framewire.store.tables import TEXT, TIME, WHOLE, WHOLE_OR_NONE, YES_NO, between, build_table, query_table

if TYPE_CHECKING:
    import pandas as pd

Span = tuple[datetime, datetime]

_COUNTED = ("outlet", "language", "state", "relevant", "page")


def read_followed(conn: Connection) -> pd.DataFrame:
    """One row per feed that was ever in the list, by address: whose it is, when first asked, how its last poll ended.

    Times and status are missing of a feed that was never asked.
    """
    dtypes = {
        "url": TEXT,
        "outlet": TEXT,
        "outlet_name": TEXT,
        "group": TEXT,
        "listed": YES_NO,
        **dict.fromkeys(("first_polled_at", "last_polled_at", "last_success_at"), TIME),
        "last_status": TEXT,
        "last_http_status": WHOLE_OR_NONE,
    }
    first, last = polls.alias("first"), polls.alias("last")
    query = (
        select(
            feeds.c.url,
            feeds.c.outlet_id,
            outlets.c.name,
            outlets.c.group_name,
            feeds.c.listed,
            first.c.started_at,
            last.c.started_at,
            feeds.c.last_success_at,
            last.c.status,
            last.c.http_status,
        )
        .select_from(
            feeds.join(outlets)
            .outerjoin(first, first.c.id == _pick_poll(func.min))
            .outerjoin(last, last.c.id == _pick_poll(func.max))
        )
        .where(is_polled())
        .order_by(feeds.c.url)
    )
    return query_table(conn, query, dtypes)


def read_asked(conn: Connection, spans: Sequence[Span]) -> pd.DataFrame:
    """One row per span, feed and kind of answer: how often, when first and last, and how many polls overran.

    A poll overran if every entry it saw was new although the feed had held entries before: others may have come and gone.
    """
    dtypes = {
        "span": WHOLE,
        "url": TEXT,
        "status": TEXT,
        "http_status": WHOLE_OR_NONE,
        "n": WHOLE,
        "first_at": TIME,
        "last_at": TIME,
        "n_overran": WHOLE,
    }
    started = polls.c.started_at
    kind = (feeds.c.url, polls.c.status, polls.c.http_status)
    counts = (func.count(), func.min(started), func.max(started), func.sum(case((_overran(), 1), else_=0)))
    query = select(*kind, *counts).select_from(polls.join(feeds)).group_by(*kind).order_by(*kind)
    rows = (
        (place, *row)
        for place, (since, until) in enumerate(spans)
        for row in conn.execute(query.where(*between(started, since, until)))
    )
    return build_table(rows, dtypes)


def read_moments(conn: Connection, *, since: datetime, until: datetime) -> list[datetime]:
    """When anything was asked, or a run began, oldest first, each moment once."""
    asked = select(polls.c.started_at.label("at")).where(*between(polls.c.started_at, since, until))
    begun = select(runs.c.started_at.label("at")).where(*between(runs.c.started_at, since, until))
    every = union(asked, begun).subquery()
    return list(conn.execute(select(every.c.at).order_by(every.c.at)).scalars())


def read_counted(conn: Connection, spans: Sequence[Span]) -> pd.DataFrame:
    """One row per span, outlet, language, label state, relevance and state of the page: how many articles, `n`.

    An article counts when it was first seen; one of a feed's first poll when it was published. `page` is missing where the
    page was never asked. Spans must be in order and not overlap.
    """
    dtypes = {
        "span": WHOLE,
        "outlet": TEXT,
        "language": TEXT,
        "state": TEXT,
        "relevant": YES_NO,
        "page": TEXT,
        "n": WHOLE,
    }
    counts = Counter[tuple[Any, ...]]()
    seen = _select_seen()
    for place, (since, until) in enumerate(spans):
        rows = conn.execute(seen, {"since": since, "until": until})
        counts.update({(place, *kind): n for *kind, n in rows})
    counts.update(_place_first(conn, spans))
    ordered = sorted(
        counts.items(), key=lambda item: [str(part) if place else part for place, part in enumerate(item[0])]
    )
    return build_table([(*kind, n) for kind, n in ordered], dtypes)


def _pick_poll(choose: Any) -> Any:
    every = polls.alias("every")
    return select(choose(every.c.id)).where(every.c.feed_id == feeds.c.id).correlate(feeds).scalar_subquery()


def _overran() -> ColumnElement[bool]:
    earlier = polls.alias("earlier")
    same = (earlier.c.feed_id == polls.c.feed_id, earlier.c.id < polls.c.id)
    before = exists().where(*same, earlier.c.n_entries > 0).correlate(polls)
    return and_(polls.c.n_entries > 0, polls.c.n_new == polls.c.n_entries, before)


def _select_seen() -> Select[Any]:
    """(what is counted by, n) of the articles first seen in `[since, until)` that no first poll brought."""
    at = articles.c.first_seen_at
    span = (at >= bindparam("since", type_=at.type), at < bindparam("until", type_=at.type))
    seen = _select_articles().where(~is_first_poll(), *span).subquery()
    kind = [seen.c[name] for name in _COUNTED]
    # The outlet last: by the outlet first, SQLite would walk the index of outlets through all articles of the store.
    return select(*kind, func.count()).group_by(*reversed(kind))


def _place_first(conn: Connection, spans: Sequence[Span]) -> Iterator[tuple[Any, ...]]:
    """(span, what is counted by) of each article that a first poll brought and that was published in a span."""
    if not spans:
        return
    starts = [since for since, _ in spans]
    published = articles.c.published_at
    query = _select_articles(published.label("published_at")).where(
        is_first_poll(), *between(published, starts[0], spans[-1][1])
    )
    for *kind, moment in conn.execute(query):
        place = bisect_right(starts, moment) - 1
        if moment < spans[place][1]:
            yield (place, *kind)


def _select_articles(*more: Any) -> Select[Any]:
    """What articles are counted by, and `more`."""
    relevant = exists().where(passages.c.labelling_id == labellings.c.id, passages.c.relevant)
    return select(
        articles.c.outlet_id.label("outlet"),
        articles.c.language.label("language"),
        func.coalesce(labellings.c.state, UNLABELLED).label("state"),
        relevant.label("relevant"),
        pages.c.state.label("page"),
        *more,
    ).select_from(
        articles.join(versions, (versions.c.article_id == articles.c.id) & is_newest())
        .outerjoin(labellings, is_newest_labelling())
        .outerjoin(entries, first_entries())
        .outerjoin(pages, pages.c.article_id == articles.c.id)
    )
