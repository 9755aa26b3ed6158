"""Storing what a poll brought. It is one transaction of the caller: all of it or nothing."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, Connection, RowMapping, bindparam, insert, select, update

from framewire.records import FeedOutcome, StoredCounts
from framewire.store.entries import StoredEntries, store_entries
from framewire.store.identity import Poll
from framewire.store.schema import feeds, outlets, polls
from framewire.store.writes import state_columns

# Built once: building a statement takes longer than SQLite takes to execute it.
_SOME: BindParameter[Any] = bindparam("some", expanding=True)
_FEEDS = (
    select(feeds.c.id, feeds.c.url, feeds.c.outlet_id, feeds.c.last_success_at, outlets.c.name.label("outlet_name"))
    .join_from(feeds, outlets)
    .where(feeds.c.url.in_(_SOME))
)
_LOCK = select(outlets.c.id).where(outlets.c.id.in_(_SOME)).order_by(outlets.c.id).with_for_update()
_ADD_POLLS = insert(polls)
_SET_STATES = update(feeds).where(feeds.c.id == bindparam("feed"))


def record_poll(conn: Connection, outcome: FeedOutcome, *, run_id: int | None, seen_at: datetime) -> StoredCounts:
    """What storing one poll changed; see `record_polls`."""
    return record_polls(conn, [outcome], run_id=run_id, seen_at=seen_at)


def record_polls(
    conn: Connection, outcomes: Sequence[FeedOutcome], *, run_id: int | None, seen_at: datetime
) -> StoredCounts:
    """What storing polls of different feeds changed: polls, the feeds' states, entries, articles and versions.

    An entry known by (feed, identity) belongs to its article; an unknown one to the article of the same outlet that it
    is, by address or by text (`find_articles`), else to a new one. A new version is made only if the entry's own
    content changed since that entry was last stored, so that two feeds with different teasers of one article do not
    overwrite each other for ever. Where a feed gave most of its items new guids, the poll's message says so.
    Raises ValueError if a feed is not in the store (`sync_feed_list` comes first).
    """
    rows = _lock_feeds(conn, [outcome.feed.url for outcome in outcomes])
    counts = StoredCounts()
    told, states = list[dict[str, Any]](), list[dict[str, Any]]()
    for outcome in outcomes:
        row = rows[outcome.feed.url]
        stored = store_entries(conn, _build_poll(row, outcome, seen_at=seen_at), outcome.entries, outcome.seen_again)
        counts += stored.counts
        told.append(_poll_columns(outcome, stored) | {"feed_id": row["id"], "run_id": run_id})
        states.append(state_columns(outcome.state) | {"feed": row["id"], "worker_id": None})
        if stored.seen_items is not None:
            states[-1]["seen_items"] = stored.seen_items
    if told:
        conn.execute(_ADD_POLLS, told)
        conn.execute(_SET_STATES, states)
    return counts


def _build_poll(row: RowMapping, outcome: FeedOutcome, *, seen_at: datetime) -> Poll:
    return Poll(
        feed_id=row["id"],
        outlet_id=row["outlet_id"],
        outlet_names=(row["outlet_id"], row["outlet_name"]),
        language=outcome.feed.language,
        is_first=row["last_success_at"] is None,
        seen_at=seen_at,
    )


def _lock_feeds(conn: Connection, urls: Sequence[str]) -> dict[str, RowMapping]:
    """The feeds' rows by address. Their outlets are locked, so that polls of two feeds of one do not add an article twice."""
    rows = {row["url"]: row for row in conn.execute(_FEEDS, {"some": urls}).mappings()}
    if missing := [url for url in urls if url not in rows]:
        raise ValueError(f"feed {missing[0]} is not in the store; call sync_feed_list first")
    if conn.dialect.name != "sqlite":  # which locks all of itself
        conn.execute(_LOCK, {"some": sorted({row["outlet_id"] for row in rows.values()})})
    return rows


def _poll_columns(outcome: FeedOutcome, stored: StoredEntries) -> dict[str, Any]:
    """The poll as columns of `polls`."""
    return {
        "started_at": outcome.started_at,
        "seconds": outcome.seconds,
        "status": outcome.status.value,
        "message": "; ".join([outcome.message, *stored.notes]),
        "http_status": outcome.http_status,
        "n_entries": outcome.n_items,
        "n_new": stored.counts.new,
        "n_changed": stored.counts.changed,
        "n_skipped": outcome.skipped,
        "n_dropped": outcome.dropped,
    }
