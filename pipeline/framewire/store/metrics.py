"""Numbers about the store for a monitor: how much there is, in which state, and what waits."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, case, func, select, text

from framewire.store.labelling import count_unlabelled
from framewire.store.schema import (
    articles,
    feeds,
    labellings,
    narratives,
    outbox,
    pages,
    polls,
    queue_items,
    runs,
    summaries,
    versions,
    workers,
)

RECENT = timedelta(days=1)
"""Polls that are counted by their outcome: all of them would be read each time."""


@dataclass(frozen=True, slots=True)
class FinishedRun:
    """The latest run of a kind that has ended: `daily` or `fetch`, its state, when it began, and how long it took."""

    kind: str
    state: str
    started_at: datetime
    seconds: float | None


@dataclass(frozen=True, slots=True)
class StoreNumbers:
    """What a monitor asks for; mappings are by state. Times are None if there is no such thing yet."""

    feeds: Mapping[str, int]
    feeds_due: int
    feeds_claimed: int
    recent_polls: Mapping[str, int]
    last_poll_at: datetime | None
    last_summary_at: datetime | None
    runs: tuple[FinishedRun, ...]
    runs_going_on: int
    workers: int
    articles: int
    versions: int
    labellings: Mapping[str, int]
    narratives: Mapping[str, int]
    unlabelled: int
    pages: Mapping[str, int]
    pages_due: int
    review_items_open: int
    mail: Mapping[str, int]
    size_bytes: int


def read_numbers(conn: Connection, *, now: datetime) -> StoreNumbers:
    """The numbers of the store as it is."""
    listed = feeds.c.listed
    return StoreNumbers(
        feeds=_count_feeds(conn),
        feeds_due=_count(conn, feeds, listed, feeds.c.gone_at.is_(None), feeds.c.next_due_at <= now),
        feeds_claimed=_count(conn, feeds, feeds.c.worker_id.is_not(None)),
        recent_polls=_count_by(conn, polls.c.status, polls.c.started_at > now - RECENT),
        last_poll_at=conn.execute(select(func.max(feeds.c.last_polled_at))).scalar(),
        last_summary_at=conn.execute(select(func.max(summaries.c.made_at))).scalar(),
        runs=_find_runs(conn),
        runs_going_on=_count(conn, runs, runs.c.state == "running"),
        workers=_count(conn, workers),
        articles=_count(conn, articles),
        versions=_count(conn, versions),
        labellings=_count_by(conn, labellings.c.state),
        narratives=_count_by(conn, narratives.c.state),
        unlabelled=count_unlabelled(conn),
        pages=_count_by(conn, pages.c.state),
        pages_due=_count(conn, pages, pages.c.next_due_at <= now),
        review_items_open=_count(conn, queue_items, queue_items.c.done_at.is_(None)),
        mail=_count_by(conn, outbox.c.state),
        size_bytes=_measure(conn),
    )


def _count(conn: Connection, table: Any, *conditions: Any) -> int:
    return int(conn.execute(select(func.count()).select_from(table).where(*conditions)).scalar_one())


def _count_by(conn: Connection, column: Any, *conditions: Any) -> dict[str, int]:
    query = select(column, func.count()).where(*conditions).group_by(column).order_by(column)
    return {str(value): int(n) for value, n in conn.execute(query)}


def _count_feeds(conn: Connection) -> dict[str, int]:
    """Feeds by state; imported files are none."""
    state = case(
        (~feeds.c.listed, "unlisted"),
        (feeds.c.gone_at.is_not(None), "gone"),
        (feeds.c.last_polled_at.is_(None), "never_asked"),
        (feeds.c.failures > 0, "failing"),
        else_="ok",
    )
    query = select(state, func.count()).where(~feeds.c.url.like("import:%")).group_by(state)
    found = {str(name): int(n) for name, n in conn.execute(query)}
    return {name: found.get(name, 0) for name in ("ok", "failing", "gone", "never_asked", "unlisted")}


def _find_runs(conn: Connection) -> tuple[FinishedRun, ...]:
    """The latest ended run of each kind."""
    found = []
    for kind, condition in (("daily", runs.c.window_end.is_not(None)), ("fetch", runs.c.window_end.is_(None))):
        ended = select(runs).where(condition, runs.c.state != "running").order_by(runs.c.id.desc()).limit(1)
        if row := conn.execute(ended).mappings().first():
            seconds = (row["stages"] or {}).get("run", {}).get("seconds")
            found.append(FinishedRun(kind, row["state"], row["started_at"], seconds))
    return tuple(found)


def _measure(conn: Connection) -> int:
    """How much room the database takes, in bytes."""
    if conn.dialect.name == "postgresql":
        return int(conn.execute(text("SELECT pg_database_size(current_database())")).scalar_one())
    page, n_pages = (conn.execute(text(f"PRAGMA {name}")).scalar_one() for name in ("page_size", "page_count"))
    return int(page) * int(n_pages)
