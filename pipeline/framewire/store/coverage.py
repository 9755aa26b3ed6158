"""How the feeds do, as tables: what is behind an outlet's silence."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, func, select

from framewire.records import FeedNews, FeedState
from framewire.store.imports import is_polled
from framewire.store.schema import feeds, outlets, polls
from framewire.store.tables import NUMBER, TEXT, TIME, WHOLE, WHOLE_OR_NONE, YES_NO, between, query_table

if TYPE_CHECKING:
    import pandas as pd

_STATE_DTYPES = {
    **dict.fromkeys(("next_due_at", "last_polled_at", "last_success_at", "last_unconditional_at"), TIME),
    "gone_at": TIME,
    "moved_since": TIME,
    "failing_since": TIME,
    "failures": NUMBER,
    "interval_seconds": NUMBER,
    "moved_count": WHOLE,
}


def read_feeds(conn: Connection) -> pd.DataFrame:
    """One row per feed, listed or not, by address: what is remembered of it and how its last poll ended. No imported files."""
    told = [name for name in FeedState.__dataclass_fields__ if name not in ("url", "seen_items")]
    state = {name: _STATE_DTYPES.get(name, TEXT) for name in told}
    dtypes = {
        "url": TEXT,
        "outlet": TEXT,
        "group": TEXT,
        "language": TEXT,
        "listed": YES_NO,
        **state,
        "last_status": TEXT,
        "last_message": TEXT,
    }
    every = polls.alias("every")
    latest = select(func.max(every.c.id)).where(every.c.feed_id == feeds.c.id).correlate(feeds)
    known = (feeds.c.url, feeds.c.outlet_id, outlets.c.group_name, feeds.c.language, feeds.c.listed)
    query = (
        select(*known, *(feeds.c[name] for name in state), polls.c.status, polls.c.message)
        .select_from(feeds.join(outlets).outerjoin(polls, polls.c.id == latest.scalar_subquery()))
        .where(is_polled())
        .order_by(feeds.c.url)
    )
    return query_table(conn, query, dtypes)


def get_first_poll(conn: Connection) -> datetime | None:
    """When a feed was asked for the first time; None if none ever was."""
    first: datetime | None = conn.execute(select(func.min(polls.c.started_at))).scalar_one()
    return first


def read_polls(conn: Connection, *, since: datetime | None = None, until: datetime | None = None) -> pd.DataFrame:
    """One row per poll that started in the range, oldest first. `http_status` and `run_id` may be missing."""
    counts = ("n_entries", "n_new", "n_changed", "n_skipped", "n_dropped")
    dtypes = {
        "poll_id": WHOLE,
        "run_id": WHOLE_OR_NONE,
        "url": TEXT,
        "outlet": TEXT,
        "started_at": TIME,
        "seconds": NUMBER,
        "status": TEXT,
        "message": TEXT,
        "http_status": WHOLE_OR_NONE,
        **dict.fromkeys(counts, WHOLE),
    }
    query = (
        select(
            polls.c.id,
            polls.c.run_id,
            feeds.c.url,
            feeds.c.outlet_id,
            polls.c.started_at,
            polls.c.seconds,
            polls.c.status,
            polls.c.message,
            polls.c.http_status,
            *(polls.c[name] for name in counts),
        )
        .select_from(polls.join(feeds))
        .where(*between(polls.c.started_at, since, until))
        .order_by(polls.c.started_at, polls.c.id)
    )
    return query_table(conn, query, dtypes)


def get_news(conn: Connection, *, since: datetime) -> dict[str, FeedNews]:
    """When each feed had something new since a time, by address; what its first poll brought does not count."""
    first = select(polls.c.feed_id, func.min(polls.c.id).label("id"), func.min(polls.c.started_at).label("at"))
    began = first.group_by(polls.c.feed_id).subquery()
    query = (
        select(feeds.c.url, began.c.at, func.max(polls.c.started_at), func.sum(polls.c.n_new))
        .select_from(polls.join(feeds).join(began, began.c.feed_id == polls.c.feed_id))
        .where(polls.c.id > began.c.id, polls.c.n_new > 0, polls.c.started_at >= since)
        .group_by(feeds.c.url, began.c.at)
    )
    return {url: FeedNews(max(at, since), last, int(n)) for url, at, last, n in conn.execute(query)}


def get_feed_polls(conn: Connection, url: str, limit: int) -> list[dict[str, Any]]:
    """The latest polls of a feed, newest first, by column."""
    query = select(polls).join(feeds).where(feeds.c.url == url).order_by(polls.c.id.desc()).limit(limit)
    return [dict(row) for row in conn.execute(query).mappings()]
