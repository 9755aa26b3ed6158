"""Storing what a poll brought. It is one transaction of the caller: all of it or nothing."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, bindparam, insert, select, update

from framewire.records import FeedOutcome, StoredCounts
from framewire.store.entries import StoredEntries, store_entries
from framewire.store.identity import Poll
from framewire.store.schema import feeds, outlets, polls
from framewire.store.writes import state_columns

# Built once: building a statement takes longer than SQLite takes to execute it.
_FEED = (
    select(feeds, outlets.c.name.label("outlet_name"))
    .join_from(feeds, outlets)
    .where(feeds.c.url == bindparam("address"))
)
_LOCK = select(outlets.c.id).where(outlets.c.id == bindparam("outlet")).with_for_update()
_ADD_POLL = insert(polls)
_SET_STATE = update(feeds).where(feeds.c.id == bindparam("feed"))


def record_poll(conn: Connection, outcome: FeedOutcome, *, run_id: int | None, seen_at: datetime) -> StoredCounts:
    """What storing one poll changed: the poll, the feed's state, entries, articles and versions, in one transaction.

    An entry known by (feed, identity) belongs to its article; an unknown one to the article of the same outlet that it
    is, by address or by text (`find_articles`), else to a new one. A new version is made only if the entry's own
    content changed since that entry was last stored, so that two feeds with different teasers of one article do not
    overwrite each other for ever. Where a feed gave most of its items new guids, the poll's message says so.
    Raises ValueError if the feed is not in the store (`sync_feed_list` comes first).
    """
    feed = _lock_feed(conn, outcome.feed.url)
    poll = Poll(
        feed_id=feed["id"],
        outlet_id=feed["outlet_id"],
        outlet_names=(feed["outlet_id"], feed["outlet_name"]),
        language=outcome.feed.language,
        is_first=feed["last_success_at"] is None,
        seen_at=seen_at,
    )
    stored = store_entries(conn, poll, outcome.entries)
    told = replace(outcome, message="; ".join([outcome.message, *stored.notes]))
    conn.execute(_ADD_POLL, _poll_columns(told, stored) | {"feed_id": poll.feed_id, "run_id": run_id})
    conn.execute(_SET_STATE, state_columns(outcome.state) | {"feed": poll.feed_id, "worker_id": None})
    return stored.counts


def _lock_feed(conn: Connection, url: str) -> RowMapping:
    """The feed's row. Its outlet is locked, so that polls of two feeds of one outlet do not add one article twice."""
    row = conn.execute(_FEED, {"address": url}).mappings().first()
    if row is None:
        raise ValueError(f"feed {url} is not in the store; call sync_feed_list first")
    if conn.dialect.name != "sqlite":  # which locks all of itself
        conn.execute(_LOCK, {"outlet": row["outlet_id"]})
    return row


def _poll_columns(outcome: FeedOutcome, stored: StoredEntries) -> dict[str, Any]:
    """The poll as columns of `polls`."""
    return {
        "started_at": outcome.started_at,
        "seconds": outcome.seconds,
        "status": outcome.status.value,
        "message": outcome.message,
        "http_status": outcome.http_status,
        "n_entries": len(outcome.entries),
        "n_new": stored.counts.new,
        "n_changed": stored.counts.changed,
        "n_skipped": outcome.skipped,
        "n_dropped": outcome.dropped,
    }
