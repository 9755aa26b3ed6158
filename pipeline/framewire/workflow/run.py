"""The daily run: fetch, read pages, label, summarise. Each stage commits as it goes, so a killed run is continued by the next.

What labels and sums up is imported where it is used: fetching, the most frequent of all, needs neither scikit-learn nor
pandas.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from framewire.errors import InputError, OutputError
from framewire.store import (
    SUMMARISE,
    claim_every_version_to_label,
    claim_versions_to_label,
    get_first_poll,
    get_last_start,
    get_oldest_start,
    get_summary,
    has_summed_up,
    is_shared,
    reading,
    was_summed_up_beside,
)
from framewire.workflow.feed_claims import CLOCK_SKEW
from framewire.workflow.fetching import fetch_feeds, poll_settings
from framewire.workflow.lock import hold_lock
from framewire.workflow.looks import find_due_look, look_at_changes
from framewire.workflow.pages import lists_full_text, read_due_pages
from framewire.workflow.recorded import Job, record_run
from framewire.workflow.reports import Progress, RunReport, StageReport, no_progress
from framewire.workflow.sharing import Share, exclusively, join_store, patiently, try_claim
from framewire.workflow.workspace import Workspace

if TYPE_CHECKING:
    from framewire.summarise import Window
    from framewire.workflow.labelling import Claim
    from framewire.workflow.models import ModelInUse
    from framewire.workflow.summaries import Edition, WrittenSummary


def run_all(
    workspace: Workspace, *, now: datetime, progress: Progress = no_progress, with_archive: bool = True
) -> RunReport:
    """Fetches, labels and summarises the newest day that has ended, and brings the archive up to date if wanted.

    Raises:
        RunLocked: another run holds the lock.
        FramewireError: settings, codebook, feed list or store cannot be used.
    """
    window = current_window(workspace, now)

    def work(job: Job) -> RunReport:
        report = _run_stages(workspace, window, job, now, progress)
        if report.summary is None or not with_archive:
            return report
        archived = patiently(job.share, lambda: _archive(workspace, now=now))
        return RunReport((*report.stages, archived), report.summary)

    return record_run(workspace, window, work, now=now)


def run_fetch(
    workspace: Workspace, *, now: datetime, force: bool = False, progress: Progress = no_progress
) -> RunReport:
    """Polls the feeds that are due, or all of them with `force`, and reads the pages that are.

    It is put on record as a run without a day, so that hours in which nobody called can be told from hours in which no
    feed was due.
    """
    settings = replace(poll_settings(workspace), force=force)

    def fetch(job: Job) -> RunReport:
        about: dict[str, Any] = {"now": now, "progress": progress, "share": job.share}
        fetched = fetch_feeds(workspace, settings, run_id=job.run_id, is_daily=False, **about)
        pages = _ask_pages(workspace, now=now, progress=progress, share=job.share)
        return RunReport((fetched, *pages, *_look(workspace, job.share, now=now, progress=progress)))

    return record_run(workspace, None, fetch, now=now)


def _run_stages(workspace: Workspace, window: Window, job: Job, now: datetime, progress: Progress) -> RunReport:
    from framewire.workflow.editions import list_editions
    from framewire.workflow.labelling import label_new
    from framewire.workflow.models import load_model_in_use

    share = job.share
    # What a list names wrongly is told before anything is asked.
    list(list_editions(workspace, window))
    settings = replace(poll_settings(workspace), poll_all_since=window.end)
    about: dict[str, Any] = {"now": now, "progress": progress, "share": share}
    stages = [fetch_feeds(workspace, settings, run_id=job.run_id, is_daily=True, **about)]
    stages += _ask_pages(workspace, **about, until_all=True)
    if share is None:
        stages.append(_find_copies(workspace, now=now))
    in_use = patiently(share, lambda: load_model_in_use(workspace, now))
    stages.append(label_new(workspace, in_use, **about, until_all=True))
    if share is not None:
        if left := _leave_summary(workspace, window, job):
            return RunReport((*stages, left))
        stages.append(_find_copies_alone(workspace, share, now=now))
    summary, stage = patiently(share, lambda: _summarise(workspace, in_use, window=window, now=now, share=share))
    return RunReport((*stages, stage), summary)


def _leave_summary(workspace: Workspace, window: Window, job: Job) -> StageReport | None:
    """None if this host makes the summary; else who does, or did while this run went on."""
    if job.share is None:
        return None
    name = try_claim(job.share, SUMMARISE, window.day.isoformat())

    def was_made() -> bool:
        with reading(workspace.engine) as conn:
            return was_summed_up_beside(conn, job.run_id, running=job.running, window_end=window.end)

    if name is None and not patiently(job.share, was_made):
        return None
    return StageReport("left", f"the summary of {window.day} is made by {name or 'another host'}", {})


def _look(workspace: Workspace, share: Share | None, *, now: datetime, progress: Progress) -> list[StageReport]:
    """The stages of a look at the running day; none where nobody asked for it, or none is due."""
    look = find_due_look(workspace, now=now)
    if look is None:
        return []
    from framewire.workflow.labelling import label_new
    from framewire.workflow.models import load_model_in_use

    copies = _find_copies(workspace, now=now) if share is None else _find_copies_alone(workspace, share, now=now)
    in_use = patiently(share, lambda: load_model_in_use(workspace, now))
    labelled = label_new(workspace, in_use, now=now, progress=progress, share=share)
    return [copies, labelled, patiently(share, lambda: look_at_changes(workspace, in_use, look, now=now))]


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


def run_label(workspace: Workspace, *, now: datetime, progress: Progress = no_progress) -> RunReport:
    """Labels what has no label by the codebook and model in use."""
    return _label_alone(workspace, claim_versions_to_label, now=now, progress=progress)


def run_relabel(workspace: Workspace, *, now: datetime, progress: Progress = no_progress) -> RunReport:
    """As `run_label`, the earlier versions of articles included, so that an article's versions are labelled alike."""
    return _label_alone(workspace, claim_every_version_to_label, now=now, progress=progress)


def _label_alone(workspace: Workspace, claim: Claim, *, now: datetime, progress: Progress) -> RunReport:
    from framewire.workflow.labelling import label_new
    from framewire.workflow.models import load_model_in_use

    with hold_lock(workspace.config.folder), join_store(workspace) as share:
        in_use = load_model_in_use(workspace, now)
        return RunReport((label_new(workspace, in_use, now=now, progress=progress, share=share, claim=claim),))


def run_summarise(workspace: Workspace, *, window: Window, now: datetime) -> RunReport:
    """Writes the summary of one day, after looking for copies among what no run has looked at."""
    from framewire.workflow.models import load_model_in_use

    with _alone(workspace, window) as share:
        _find_copies_alone(workspace, share, now=now)
        summary, stage = _summarise(workspace, load_model_in_use(workspace, now), window=window, now=now, share=share)
        return RunReport((stage,), summary)


def run_summarise_part(workspace: Workspace, *, window: Window, edition: Edition, now: datetime) -> RunReport:
    """Writes the summary of one day or several, or of a part of the press."""
    from framewire.workflow.models import load_model_in_use
    from framewire.workflow.summaries import write_summary

    with _alone(workspace, window) as share:
        _find_copies_alone(workspace, share, now=now)
        summary = write_summary(
            workspace, load_model_in_use(workspace, now), window=window, now=now, edition=edition, share=share
        )
        return RunReport((StageReport(SUMMARISE, summary.line, {"folder": str(summary.folder)}),), summary)


@contextmanager
def _alone(workspace: Workspace, window: Window) -> Iterator[Share | None]:
    """A block in which nobody else makes this day's summary, on any host."""
    with (
        hold_lock(workspace.config.folder),
        join_store(workspace) as share,
        exclusively(share, SUMMARISE, window.day.isoformat()),
    ):
        yield share


def current_window(workspace: Workspace, now: datetime) -> Window:
    """The newest day that has ended."""
    from framewire.summarise import find_window

    return find_window(now, zone=workspace.config.zone, day_starts_at=workspace.config.day_starts_at)


def is_summed_up(workspace: Workspace, now: datetime) -> bool:
    """True if a run has summed up the newest day that has ended, whole or reduced."""
    with reading(workspace.engine) as conn:
        return has_summed_up(conn, window_end=current_window(workspace, now).end)


def is_made_here(workspace: Workspace, window: Window, report: RunReport) -> bool:
    """True if this host has the summary: on a shared store the one that made it mails it."""
    return not is_shared(workspace.engine) or report.summary is not None or _has_files(workspace, window)


def _has_files(workspace: Workspace, window: Window) -> bool:
    """Whether the newest summary of the day lies here, and not on another host."""
    path = workspace.config.out / window.day.isoformat() / "summary.json"
    with reading(workspace.engine) as conn:
        stored = get_summary(conn, window.day.isoformat())
    return path.is_file() and stored is not None and f'"{stored["digest"]}"' in path.read_text(encoding="utf-8")


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


def _ask_pages(
    workspace: Workspace, *, now: datetime, progress: Progress, share: Share | None, until_all: bool = False
) -> list[StageReport]:
    """The stage that reads the articles' pages; none where no outlet wants it."""
    if not lists_full_text(workspace):
        return []
    read = read_due_pages(workspace, now=now, progress=progress, share=share, until_all=until_all)
    return [StageReport("pages", read.line, read.figures, read.problem)]


def _find_copies_alone(workspace: Workspace, share: Share | None, *, now: datetime) -> StageReport:
    """As `_find_copies`, while no other host does."""
    with exclusively(share, "copies", "all"):
        return patiently(share, lambda: _find_copies(workspace, now=now, share=share))


def _find_copies(workspace: Workspace, *, now: datetime, share: Share | None = None) -> StageReport:
    """Compares what was stored since copies were looked for last; a run that did not get so far has looked for none."""
    from framewire.workflow.copies import find_copies

    with reading(workspace.engine) as conn:
        since, oldest = get_last_start(conn, stage="copies"), get_oldest_start(conn)
    if since is not None and is_shared(workspace.engine):
        # Another host's clock may be behind. What is compared again is found again.
        since -= CLOCK_SKEW
    n_compared, n_found = find_copies(workspace, since=since, now=now, share=share)
    line = f"{n_compared} article{'s' * (n_compared != 1)} compared  {n_found} {'copy' if n_found == 1 else 'copies'} found"
    figures = {"compared": n_compared, "found": n_found}
    # Others are at work, and may still store what is to be compared.
    more = {"oldest": oldest.isoformat()} if oldest is not None and is_shared(workspace.engine) else {}
    return StageReport("copies", line, figures | more)


def _summarise(
    workspace: Workspace, in_use: ModelInUse, *, window: Window, now: datetime, share: Share | None
) -> tuple[WrittenSummary, StageReport]:
    from framewire.workflow.editions import list_editions
    from framewire.workflow.summaries import read_tables, write_summary

    editions = list(list_editions(workspace, window))
    tables = read_tables(workspace, window, now=now)
    summary = write_summary(workspace, in_use, window=window, now=now, tables=tables, share=share)
    for span, edition in editions:
        given = tables if span == window else None
        write_summary(workspace, in_use, window=span, now=now, edition=edition, tables=given)
    figures = {
        "day": window.day.isoformat(),
        "articles": summary.n_articles,
        "changes": summary.n_changes,
        "folder": str(summary.folder),
    }
    return summary, StageReport(SUMMARISE, summary.line, figures)
