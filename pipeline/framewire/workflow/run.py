"""The daily run: fetch, read pages, label, summarise. Each stage commits as it goes, so a killed run is continued by the next.

What labels and sums up is imported where it is used: fetching, the most frequent of all, needs neither scikit-learn nor
pandas.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from framewire.errors import InputError
from framewire.ingest import FetchLimits, PollSettings, is_due, poll_feeds
from framewire.records import ANSWERED, Feed, FeedState, PollStatus, StoredCounts
from framewire.store import (
    add_labels,
    claim_versions_to_label,
    finish_run,
    get_feed_states,
    get_first_poll,
    get_last_start,
    get_runs,
    reading,
    record_poll,
    start_run,
    sync_feed_list,
    transaction,
)
from framewire.workflow.budget import Failing, weigh_failing
from framewire.workflow.lock import hold_lock
from framewire.workflow.pages import build_user_agent, lists_full_text, read_due_pages
from framewire.workflow.workspace import Workspace

if TYPE_CHECKING:
    from framewire.label import Labeller
    from framewire.summarise import Window
    from framewire.workflow.models import ModelInUse
    from framewire.workflow.summaries import WrittenSummary

LABEL_BATCH = 100
# Among so many runs that of the newest day is looked for. Source: an hourly run that fails all day makes 24 a day.
RECENT_RUNS = 50
# Exit codes. Source: design, section 8.
DONE, FAILED, REDUCED = 0, 1, 3

Progress = Callable[[str, int, int], None]


def no_progress(_stage: str, _done: int, _total: int) -> None:
    """Shows nothing."""


@dataclass(frozen=True, slots=True)
class StageReport:
    """What one stage did: one line for people, figures for the record, and what was reduced (None = nothing)."""

    stage: str
    line: str
    figures: dict[str, Any] = field(default_factory=dict)
    reduced: str | None = None


@dataclass(frozen=True, slots=True)
class RunReport:
    """What a run did."""

    stages: tuple[StageReport, ...]
    summary: WrittenSummary | None = None

    @property
    def exit_code(self) -> int:
        """0 done, 3 done but reduced."""
        return REDUCED if any(stage.reduced for stage in self.stages) else DONE

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why the run counts as reduced."""
        return tuple(stage.reduced for stage in self.stages if stage.reduced)


def run_all(workspace: Workspace, *, now: datetime, progress: Progress = no_progress) -> RunReport:
    """Fetches, labels and summarises the newest day that has ended.

    Raises:
        RunLocked: another run holds the lock.
        FramewireError: settings, codebook, feed list or store cannot be used.
    """
    from framewire.workflow.models import load_model_in_use

    window = current_window(workspace, now)
    with hold_lock(workspace.config.folder):
        with transaction(workspace.engine) as conn:
            run_id = start_run(conn, now=now, window_start=window.start, window_end=window.end)
        try:
            settings = replace(poll_settings(workspace), poll_all_since=window.end)
            stages = [_fetch(workspace, settings, now=now, run_id=run_id, progress=progress)]
            stages += _ask_pages(workspace, now=now, progress=progress)
            stages.append(_find_copies(workspace, now=now))
            in_use = load_model_in_use(workspace, now)
            stages.append(_label(workspace, in_use, now=now, progress=progress))
            summary, stage = _summarise(workspace, in_use, window=window, now=now)
            report = RunReport((*stages, stage), summary)
        except BaseException as error:
            _close_run(
                workspace,
                run_id,
                now=now,
                state="failed",
                exit_code=FAILED,
                stages={"error": f"{type(error).__name__}: {error}"},
            )
            raise
        state = "reduced" if report.exit_code else "done"
        _close_run(
            workspace,
            run_id,
            now=now,
            state=state,
            exit_code=report.exit_code,
            stages={s.stage: s.figures for s in report.stages},
        )
        return report


def run_fetch(
    workspace: Workspace, *, now: datetime, force: bool = False, progress: Progress = no_progress
) -> RunReport:
    """Polls the feeds that are due, or all of them with `force`; then asks for the pages that are due."""
    settings = replace(poll_settings(workspace), force=force)
    with hold_lock(workspace.config.folder):
        fetched = _fetch(workspace, settings, now=now, run_id=None, progress=progress)
        return RunReport((fetched, *_ask_pages(workspace, now=now, progress=progress)))


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


def current_window(workspace: Workspace, now: datetime) -> Window:
    """The newest day that has ended."""
    from framewire.summarise import find_window

    return find_window(now, zone=workspace.config.zone, day_starts_at=workspace.config.day_starts_at)


def is_summed_up(workspace: Workspace, now: datetime) -> bool:
    """True if a run has summed up the newest day that has ended, whole or reduced."""
    window = current_window(workspace, now)
    with reading(workspace.engine) as conn:
        runs = get_runs(conn, RECENT_RUNS)
    return any(run["window_end"] == window.end and run["state"] in ("done", "reduced") for run in runs)


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


def list_due_feeds(workspace: Workspace, *, now: datetime) -> list[Feed]:
    """The enabled feeds that a run would ask now."""
    with reading(workspace.engine) as conn:
        states = get_feed_states(conn)
    since = current_window(workspace, now).end
    interval = workspace.config.poll_interval_minutes * 60
    return [
        feed
        for feed in _enabled_feeds(workspace)
        if is_due(states.get(feed.url, FeedState(feed.url)), now=now, since=since, base_interval_seconds=interval)
    ]


def _enabled_feeds(workspace: Workspace) -> list[Feed]:
    return [feed for outlet in workspace.outlets for feed in outlet.feeds if feed.enabled]


def _fetch(
    workspace: Workspace, settings: PollSettings, *, now: datetime, run_id: int | None, progress: Progress
) -> StageReport:
    """Polls the feeds that are due by the settings; each outcome is stored in a transaction of its own."""
    feeds = _enabled_feeds(workspace)
    with transaction(workspace.engine) as conn:
        sync_feed_list(conn, workspace.outlets)
        states = get_feed_states(conn)
    before = dict(states)
    counts, outcomes = StoredCounts(), Counter[str]()
    # An idle connection stays open beside: SQLite copies its log back into the file whenever the last one closes.
    with workspace.engine.connect():
        for done, outcome in enumerate(poll_feeds(feeds, states, settings=settings, now=now), start=1):
            with transaction(workspace.engine) as conn:
                counts += record_poll(conn, outcome, run_id=run_id, seen_at=now)
            outcomes[outcome.status.value] += 1
            states[outcome.feed.url] = outcome.state
            progress("fetch", done, len(feeds))
    failing = weigh_failing(feeds, before, states)
    return _report_fetch(workspace, outcomes, counts, failing, is_daily=run_id is not None)


def _ask_pages(workspace: Workspace, *, now: datetime, progress: Progress) -> list[StageReport]:
    """The stage that reads the articles' pages; none where no outlet wants it."""
    if not lists_full_text(workspace):
        return []
    read = read_due_pages(workspace, now=now, progress=progress)
    return [StageReport("pages", read.line, read.figures, read.problem)]


def poll_settings(workspace: Workspace) -> PollSettings:
    """The settings of polling, from those of the workspace."""
    config = workspace.config
    return PollSettings(
        user_agent=build_user_agent(config),
        limits=FetchLimits(deadline_seconds=config.deadline_seconds),
        allow_private=config.allow_private,
        max_hosts=config.max_hosts,
        base_interval_seconds=config.poll_interval_minutes * 60,
        languages=workspace.codebook.languages,
    )


def _report_fetch(
    workspace: Workspace, outcomes: Counter[str], counts: StoredCounts, failing: Failing, *, is_daily: bool
) -> StageReport:
    """What polling did. Beyond the budget the daily run is reduced; a fetch only when a feed has just gone down."""
    good = sum(outcomes[name] for name in ANSWERED)
    parts = [
        f"{outcomes.total()} of {failing.n_feeds} feeds asked",
        f"{good} answered ({outcomes[PollStatus.NOT_MODIFIED]} not modified)",
    ]
    parts += [f"{n} {name}" for name, n in sorted(outcomes.items()) if name not in ANSWERED]
    parts.append(f"new {counts.new}, changed {counts.changed}")
    reduced = None
    if not failing.n_feeds:
        reduced = (
            f"no feed is enabled in {workspace.config.feeds}; add one with `framewire feeds add URL --outlet NAME`"
        )
    elif failing.exceeds(workspace.config.failure_budget) and (is_daily or failing.newly_down):
        reduced = failing.describe()
    figures = {"asked": outcomes.total(), "outcomes": dict(outcomes), "new": counts.new, "changed": counts.changed}
    return StageReport("fetch", "  ".join(parts), figures, reduced)


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
    from framewire.workflow.summaries import write_summary

    summary = write_summary(workspace, in_use, window=window, now=now)
    figures = {
        "day": window.day.isoformat(),
        "articles": summary.n_articles,
        "changes": summary.n_changes,
        "folder": str(summary.folder),
    }
    line = f"{window.day}  {summary.headline}  {summary.folder / 'summary.html'}"
    return summary, StageReport("summarise", line, figures)


def _close_run(
    workspace: Workspace, run_id: int, *, now: datetime, state: str, exit_code: int, stages: dict[str, Any]
) -> None:
    with transaction(workspace.engine) as conn:
        finish_run(conn, run_id, now=now, state=state, exit_code=exit_code, stages=stages)


__all__ = ["RunReport", "StageReport", "current_window", "run_all", "run_fetch", "run_label", "run_summarise"]
