"""The daily run: fetch, read pages, label, summarise. Each stage commits as it goes, so a killed run is continued by the next.

What labels and sums up is imported where it is used: fetching, the most frequent of all, needs neither scikit-learn nor
pandas.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from framewire.errors import InputError, OutputError
from framewire.store import (
    add_labels,
    claim_versions_to_label,
    finish_run,
    get_first_poll,
    get_last_start,
    has_summed_up,
    reading,
    start_run,
    transaction,
)
from framewire.workflow.fetching import fetch_feeds, poll_settings
from framewire.workflow.lock import hold_lock
from framewire.workflow.looks import find_due_look, look_at_changes
from framewire.workflow.pages import lists_full_text, read_due_pages
from framewire.workflow.reports import FAILED, Progress, RunReport, StageReport, no_progress
from framewire.workflow.workspace import Workspace

if TYPE_CHECKING:
    from framewire.label import Labeller
    from framewire.summarise import Window
    from framewire.workflow.models import ModelInUse
    from framewire.workflow.summaries import Edition, WrittenSummary

LABEL_BATCH = 100


def run_all(workspace: Workspace, *, now: datetime, progress: Progress = no_progress) -> RunReport:
    """Fetches, labels and summarises the newest day that has ended.

    Raises:
        RunLocked: another run holds the lock.
        FramewireError: settings, codebook, feed list or store cannot be used.
    """
    window = current_window(workspace, now)
    return _record(workspace, window, lambda run_id: _run_stages(workspace, window, run_id, now, progress), now=now)


def run_fetch(
    workspace: Workspace, *, now: datetime, force: bool = False, progress: Progress = no_progress
) -> RunReport:
    """Polls the feeds that are due, or all of them with `force`, and reads the pages that are.

    It is put on record as a run without a day, so that hours in which nobody called can be told from hours in which no
    feed was due.
    """
    settings = replace(poll_settings(workspace), force=force)

    def fetch(run_id: int) -> RunReport:
        fetched = fetch_feeds(workspace, settings, now=now, run_id=run_id, is_daily=False, progress=progress)
        pages = _ask_pages(workspace, now=now, progress=progress)
        return RunReport((fetched, *pages, *_look(workspace, now=now, progress=progress)))

    return _record(workspace, None, fetch, now=now)


def _run_stages(workspace: Workspace, window: Window, run_id: int, now: datetime, progress: Progress) -> RunReport:
    from framewire.workflow.editions import list_editions
    from framewire.workflow.models import load_model_in_use

    # What a list names wrongly is told before anything is asked.
    list(list_editions(workspace, window))
    settings = replace(poll_settings(workspace), poll_all_since=window.end)
    stages = [fetch_feeds(workspace, settings, now=now, run_id=run_id, is_daily=True, progress=progress)]
    stages += _ask_pages(workspace, now=now, progress=progress)
    stages.append(_find_copies(workspace, now=now))
    in_use = load_model_in_use(workspace, now)
    stages.append(_label(workspace, in_use, now=now, progress=progress))
    summary, stage = _summarise(workspace, in_use, window=window, now=now)
    return RunReport((*stages, stage, _archive(workspace, now=now)), summary)


def _look(workspace: Workspace, *, now: datetime, progress: Progress) -> list[StageReport]:
    """The stages of a look at the running day; none where nobody asked for it, or none is due."""
    look = find_due_look(workspace, now=now)
    if look is None:
        return []
    from framewire.workflow.models import load_model_in_use

    copies, in_use = _find_copies(workspace, now=now), load_model_in_use(workspace, now)
    labelled = _label(workspace, in_use, now=now, progress=progress)
    return [copies, labelled, look_at_changes(workspace, in_use, look, now=now)]


def _archive(workspace: Workspace, *, now: datetime) -> StageReport:
    """The archive brought up to date. That it cannot be written does not undo the summary."""
    from framewire.workflow.archive import write_archive

    try:
        done = write_archive(workspace, now=now)
    except InputError:
        return StageReport("archive", "nothing to archive yet", {})
    except OutputError as error:
        return StageReport("archive", "not written", {}, str(error))
    line = f"{done.n_pages} pages, {done.n_written} written  {done.folder / 'index.html'}"
    return StageReport("archive", line, {"pages": done.n_pages, "written": done.n_written})


def _record(
    workspace: Workspace, window: Window | None, work: Callable[[int], RunReport], *, now: datetime
) -> RunReport:
    """What `work` reports for the number of its run, which is put on record, alone under the lock."""
    with hold_lock(workspace.config.folder):
        start, end = (window.start, window.end) if window else (None, None)
        with transaction(workspace.engine) as conn:
            run_id = start_run(conn, now=now, window_start=start, window_end=end)
        try:
            report = work(run_id)
        except BaseException as error:
            told = {"error": f"{type(error).__name__}: {error}"}
            with transaction(workspace.engine) as conn:
                finish_run(conn, run_id, now=now, state="failed", exit_code=FAILED, stages=told)
            raise
        state = "reduced" if report.exit_code else "done"
        figures = {stage.stage: stage.figures for stage in report.stages}
        with transaction(workspace.engine) as conn:
            finish_run(conn, run_id, now=now, state=state, exit_code=report.exit_code, stages=figures)
        return report


def run_label(workspace: Workspace, *, now: datetime, progress: Progress = no_progress) -> RunReport:
    """Labels what has no label by the codebook and model in use."""
    from framewire.workflow.models import load_model_in_use

    with hold_lock(workspace.config.folder):
        return RunReport((_label(workspace, load_model_in_use(workspace, now), now=now, progress=progress),))


def run_summarise(workspace: Workspace, *, window: Window, now: datetime) -> RunReport:
    """Writes the summary of one day, after looking for copies among what no run has looked at."""
    from framewire.workflow.models import load_model_in_use

    with hold_lock(workspace.config.folder):
        _find_copies(workspace, now=now)
        summary, stage = _summarise(workspace, load_model_in_use(workspace, now), window=window, now=now)
        return RunReport((stage,), summary)


def run_summarise_part(workspace: Workspace, *, window: Window, edition: Edition, now: datetime) -> RunReport:
    """Writes the summary of one day or several, or of a part of the press."""
    from framewire.workflow.models import load_model_in_use
    from framewire.workflow.summaries import write_summary

    with hold_lock(workspace.config.folder):
        _find_copies(workspace, now=now)
        summary = write_summary(workspace, load_model_in_use(workspace, now), window=window, now=now, edition=edition)
        line = f"{summary.day}  {summary.headline}  {summary.folder / 'summary.html'}"
        return RunReport((StageReport("summarise", line, {"folder": str(summary.folder)}),), summary)


def current_window(workspace: Workspace, now: datetime) -> Window:
    """The newest day that has ended."""
    from framewire.summarise import find_window

    return find_window(now, zone=workspace.config.zone, day_starts_at=workspace.config.day_starts_at)


def is_summed_up(workspace: Workspace, now: datetime) -> bool:
    """True if a run has summed up the newest day that has ended, whole or reduced."""
    with reading(workspace.engine) as conn:
        return has_summed_up(conn, window_end=current_window(workspace, now).end)


def check_day(workspace: Workspace, window: Window, *, now: datetime) -> None:
    """Nothing, if a summary of the day can say anything.

    Raises:
        InputError: nothing has been asked so early, or the day has not begun.
    """
    if window.start > now:
        newest = current_window(workspace, now).day
        raise InputError(f"{window.day} has not begun yet; the newest day that has ended is {newest}: --day {newest}")
    with reading(workspace.engine) as conn:
        first = get_first_poll(conn)
    if first is None:
        raise InputError(
            f"{window.day}: no feed has been asked yet, so there is nothing to sum up; start with `framewire run`"
        )
    # What the run itself asks after the day's end belongs to it.
    if first >= window.end + timedelta(days=1):
        day = first.astimezone(workspace.config.zone).date()
        raise InputError(f"{window.day}: the first feed was asked on {day}; name that day or a later one: --day {day}")


def _ask_pages(workspace: Workspace, *, now: datetime, progress: Progress) -> list[StageReport]:
    """The stage that reads the articles' pages; none where no outlet wants it."""
    if not lists_full_text(workspace):
        return []
    read = read_due_pages(workspace, now=now, progress=progress)
    return [StageReport("pages", read.line, read.figures, read.problem)]


def _find_copies(workspace: Workspace, *, now: datetime) -> StageReport:
    """Compares what was stored since copies were looked for last; a run that did not get so far has looked for none."""
    from framewire.workflow.copies import find_copies

    with reading(workspace.engine) as conn:
        since = get_last_start(conn, stage="copies")
    n_compared, n_found = find_copies(workspace, since=since, now=now)
    line = f"{n_compared} articles compared  {n_found} {'copy' if n_found == 1 else 'copies'} found"
    return StageReport("copies", line, {"compared": n_compared, "found": n_found})


def _label(workspace: Workspace, in_use: ModelInUse, *, now: datetime, progress: Progress) -> StageReport:
    from framewire.label import Labeller

    labeller = Labeller(workspace.codebook, in_use.model)
    done, states = 0, Counter[str]()
    for batch_states in _label_batches(workspace, labeller, in_use, now=now):
        states.update(batch_states)
        done += sum(batch_states.values())
        progress("label", done, done)
    by_state = "  ".join(f"{n} {state}" for state, n in sorted(states.items()))
    used = in_use.name or "no model: terms and rules only"
    line = f"{done} articles  {by_state}  ({used})" if done else f"nothing new  ({used})"
    return StageReport("label", line, {"labelled": done, "states": dict(states), "model": used}, in_use.problem)


def _label_batches(
    workspace: Workspace, labeller: Labeller, in_use: ModelInUse, *, now: datetime
) -> Iterator[Counter[str]]:
    """Claims, labels and stores batch after batch, one transaction each, until none is left."""
    rows = {"codebook_row_id": in_use.codebook_row_id, "model_row_id": in_use.row_id}
    while True:
        # No read transaction: claiming locks rows, which PostgreSQL refuses in one.
        with transaction(workspace.engine) as conn:
            versions = claim_versions_to_label(conn, **rows, limit=LABEL_BATCH)
        if not versions:
            return
        labelled = [labeller.label_version(version) for version in versions]
        with transaction(workspace.engine) as conn:
            add_labels(conn, labelled, **rows, labelled_at=now)
        yield Counter(item.state.value for item in labelled)


def _summarise(
    workspace: Workspace, in_use: ModelInUse, *, window: Window, now: datetime
) -> tuple[WrittenSummary, StageReport]:
    from framewire.workflow.editions import list_editions
    from framewire.workflow.summaries import read_tables, write_summary

    editions = list(list_editions(workspace, window))
    tables = read_tables(workspace, window, now=now)
    summary = write_summary(workspace, in_use, window=window, now=now, tables=tables)
    for span, edition in editions:
        given = tables if span == window else None
        write_summary(workspace, in_use, window=span, now=now, edition=edition, tables=given)
    figures = {
        "day": window.day.isoformat(),
        "articles": summary.n_articles,
        "changes": summary.n_changes,
        "folder": str(summary.folder),
    }
    line = f"{window.day}  {summary.headline}  {summary.folder / 'summary.html'}"
    return summary, StageReport("summarise", line, figures)
