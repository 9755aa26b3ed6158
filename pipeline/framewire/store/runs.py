"""Runs and the summaries they made."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, update

from framewire.store.schema import runs, summaries
from framewire.store.writes import insert_ignoring, inserted_id

FINAL_STATES = ("done", "reduced", "failed")
"""How a run can end by itself; `crashed` is said of it by the next one."""

SUMMARISE = "summarise"
"""The stage that makes the summary, among those of a run."""

_WELL = ("done", "reduced")


def start_run(
    conn: Connection,
    *,
    now: datetime,
    window_start: datetime | None,
    window_end: datetime | None,
    worker_id: int | None = None,
) -> int:
    """The number of a run that begins. Runs that are still `running` and have no worker did not end: they become `crashed`.

    So this must be called under the lock that keeps runs apart, and on a shared store after lost workers are removed.
    """
    conn.execute(update(runs).where(runs.c.state == "running", runs.c.worker_id.is_(None)).values(state="crashed"))
    window = {"window_start": window_start, "window_end": window_end}
    return inserted_id(conn, runs, started_at=now, state="running", **window, stages={}, worker_id=worker_id)


def finish_run(
    conn: Connection, run_id: int, *, now: datetime, state: str, exit_code: int, stages: dict[str, Any]
) -> None:
    """Close a run. Raises ValueError for a state that is none of `FINAL_STATES`, and for a run that is unknown."""
    if state not in FINAL_STATES:
        raise ValueError(f"a run cannot end as '{state}'; it ends as one of {', '.join(FINAL_STATES)}")
    ended = {"finished_at": now, "state": state, "exit_code": exit_code, "stages": stages, "worker_id": None}
    if not conn.execute(update(runs).where(runs.c.id == run_id).values(ended)).rowcount:
        raise ValueError(f"there is no run {run_id}; start_run gives the number")


def get_runs(conn: Connection, limit: int) -> list[dict[str, Any]]:
    """The latest runs, newest first, by column."""
    return [dict(row) for row in conn.execute(select(runs).order_by(runs.c.id.desc()).limit(limit)).mappings()]


def get_daily_run(conn: Connection) -> dict[str, Any] | None:
    """The latest run of a day by column; None if there was none. Fetches between the days are runs without a day."""
    daily = select(runs).where(runs.c.window_end.is_not(None)).order_by(runs.c.id.desc()).limit(1)
    row = conn.execute(daily).mappings().first()
    return None if row is None else dict(row)


def has_summed_up(conn: Connection, *, window_end: datetime) -> bool:
    """True if a run of the day that ends then has ended, whole or reduced, and made the summary."""
    return bool(_list_summing(conn, window_end))


def _list_summing(conn: Connection, window_end: datetime) -> list[int]:
    """The runs that made the summary of the day that ends then."""
    of_day = select(runs.c.id, runs.c.stages).where(runs.c.window_end == window_end, runs.c.state.in_(_WELL))
    return [row.id for row in conn.execute(of_day) if SUMMARISE in row.stages]


def list_running(conn: Connection) -> list[int]:
    """The runs that have not ended, as far as is known."""
    return list(conn.execute(select(runs.c.id).where(runs.c.state == "running")).scalars())


def was_summed_up_beside(conn: Connection, run_id: int, *, running: Collection[int], window_end: datetime) -> bool:
    """True if another run made the summary of that day while this one went on; `running` are those that did when it began."""
    return any(number > run_id or number in running for number in _list_summing(conn, window_end))


def get_last_start(conn: Connection, *, stage: str) -> datetime | None:
    """Since when this stage is to be done: what came earlier it has had. None if it was never done.

    That is when the latest run started that ended well and did it; on a shared store when the earliest of the runs began
    that were at work then, for they may have stored something afterwards (`oldest` among the stage's figures).
    """
    ended = runs.c.state.in_(_WELL)
    for row in conn.execute(select(runs.c.started_at, runs.c.stages).where(ended).order_by(runs.c.id.desc())):
        if stage in row.stages:
            oldest = row.stages[stage].get("oldest")
            started: datetime = row.started_at
            return min(started, datetime.fromisoformat(oldest)) if oldest else started
    return None


def get_oldest_start(conn: Connection) -> datetime | None:
    """When the earliest of the runs began that have not ended; None if there is none."""
    oldest = select(runs.c.started_at).where(runs.c.state == "running").order_by(runs.c.started_at).limit(1)
    found: datetime | None = conn.execute(oldest).scalar()
    return found


def record_summary(
    conn: Connection,
    *,
    day: str,
    window_start: datetime,
    window_end: datetime,
    made_at: datetime,
    codebook_row_id: int,
    model_row_id: int,
    digest: str,
    numbers: dict[str, Any],
) -> None:
    """Store the summary of a day (`2026-03-01`); one that was made before is replaced."""
    values = {
        "window_start": window_start,
        "window_end": window_end,
        "made_at": made_at,
        "codebook_row_id": codebook_row_id,
        "model_row_id": model_row_id,
        "digest": digest,
        "numbers": numbers,
    }
    row = insert_ignoring(conn, summaries).values(day=day, **values)
    conn.execute(row.on_conflict_do_update(index_elements=["day"], set_=values))


def get_summary(conn: Connection, day: str) -> dict[str, Any] | None:
    """The summary of a day by column; None if none was made."""
    row = conn.execute(select(summaries).where(summaries.c.day == day)).mappings().first()
    return None if row is None else dict(row)
