"""A run on record: when it began, how it ended, what each stage did."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from framewire.store import finish_run, list_running, start_run, transaction
from framewire.workflow.lock import hold_lock
from framewire.workflow.reports import FAILED, RunReport
from framewire.workflow.sharing import Share, join_store, patiently
from framewire.workflow.workspace import Workspace

if TYPE_CHECKING:
    from framewire.summarise import Window


@dataclass(frozen=True, slots=True)
class Job:
    """A run that is on record: its number, its share of the store, and the other runs that were going on when it began."""

    run_id: int
    share: Share | None
    running: tuple[int, ...]


def record_run(
    workspace: Workspace, window: Window | None, work: Callable[[Job], RunReport], *, now: datetime
) -> RunReport:
    """What `work` reports for a run that is put on record, alone in its workspace."""
    with hold_lock(workspace.config.folder), join_store(workspace) as share:
        began = time.monotonic()
        job = patiently(share, lambda: _begin(workspace, window, share, now=now))
        try:
            report = work(job)
        except BaseException as error:
            told = {"error": f"{type(error).__name__}: {error}"}
            _end(workspace, job.run_id, now=now, state="failed", exit_code=FAILED, stages=told)
            raise
        ended = {
            "state": "reduced" if report.exit_code else "done",
            "exit_code": report.exit_code,
            "stages": {stage.stage: stage.figures for stage in report.stages}
            | {"run": {"seconds": round(time.monotonic() - began, 3)}},
        }
        patiently(share, lambda: _end(workspace, job.run_id, now=now, **ended))
        return report


def _begin(workspace: Workspace, window: Window | None, share: Share | None, *, now: datetime) -> Job:
    """The run, on record from now on."""
    start, end = (window.start, window.end) if window else (None, None)
    worker_id = share.worker_id if share else None
    with transaction(workspace.engine) as conn:
        run_id = start_run(conn, now=now, window_start=start, window_end=end, worker_id=worker_id)
        return Job(run_id, share, tuple(number for number in list_running(conn) if number != run_id))


def _end(workspace: Workspace, run_id: int, **ended: Any) -> None:
    with transaction(workspace.engine) as conn:
        finish_run(conn, run_id, **ended)
