"""Runs and the summaries they made."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, update

from framewire.store.schema import runs, summaries
from framewire.store.writes import insert_ignoring, inserted_id

FINAL_STATES = ("done", "reduced", "failed")
"""How a run can end by itself; `crashed` is said of it by the next one."""


def start_run(conn: Connection, *, now: datetime, window_start: datetime | None, window_end: datetime | None) -> int:
    """The number of a run that begins. Runs that are still `running` did not end: they become `crashed`.

    So this must be called under the lock that keeps runs apart.
    """
    conn.execute(update(runs).where(runs.c.state == "running").values(state="crashed"))
    return inserted_id(
        conn, runs, started_at=now, state="running", window_start=window_start, window_end=window_end, stages={}
    )


def finish_run(
    conn: Connection, run_id: int, *, now: datetime, state: str, exit_code: int, stages: dict[str, Any]
) -> None:
    """Close a run. Raises ValueError for a state that is none of `FINAL_STATES`, and for a run that is unknown."""
    if state not in FINAL_STATES:
        raise ValueError(f"a run cannot end as '{state}'; it ends as one of {', '.join(FINAL_STATES)}")
    ended = {"finished_at": now, "state": state, "exit_code": exit_code, "stages": stages}
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
    """True if a run of the day that ends then has ended, whole or reduced."""
    of_day = select(runs.c.id).where(runs.c.window_end == window_end, runs.c.state.in_(("done", "reduced")))
    return conn.execute(of_day.limit(1)).first() is not None


def get_last_start(conn: Connection, *, stage: str) -> datetime | None:
    """When the latest run started that ended well and did this stage; None if none has."""
    ended = runs.c.state.in_(("done", "reduced"))
    for row in conn.execute(select(runs.c.started_at, runs.c.stages).where(ended).order_by(runs.c.id.desc())):
        if stage in row.stages:
            return row.started_at  # type: ignore[no-any-return]
    return None


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
