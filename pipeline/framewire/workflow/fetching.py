"""The stage that polls: which feeds are due, how they are asked, what came of it."""

from collections import Counter
from datetime import datetime

from framewire.ingest import FetchLimits, PollSettings, is_due, poll_in_groups
from framewire.records import ANSWERED, Feed, FeedState, PollStatus, StoredCounts
from framewire.store import get_feed_states, reading, record_polls, sync_feed_list, transaction, writing
from framewire.workflow.budget import Failing, weigh_failing
from framewire.workflow.pages import build_user_agent
from framewire.workflow.reports import Progress, StageReport
from framewire.workflow.workspace import Workspace


def list_enabled_feeds(workspace: Workspace) -> list[Feed]:
    """The feeds of the list that may be asked."""
    return [feed for outlet in workspace.outlets for feed in outlet.feeds if feed.enabled]


def list_due_feeds(workspace: Workspace, *, now: datetime) -> list[Feed]:
    """The enabled feeds that a run would ask now."""
    with reading(workspace.engine) as conn:
        states = get_feed_states(conn)
    from framewire.summarise import find_window

    since = find_window(now, zone=workspace.config.zone, day_starts_at=workspace.config.day_starts_at).end
    interval = workspace.config.poll_interval_minutes * 60
    return [
        feed
        for feed in list_enabled_feeds(workspace)
        if is_due(states.get(feed.url, FeedState(feed.url)), now=now, since=since, base_interval_seconds=interval)
    ]


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


def fetch_feeds(
    workspace: Workspace, settings: PollSettings, *, now: datetime, run_id: int, is_daily: bool, progress: Progress
) -> StageReport:
    """Polls the feeds that are due by the settings; what has come meanwhile is stored in one transaction, every outcome whole."""
    feeds = list_enabled_feeds(workspace)
    with transaction(workspace.engine) as conn:
        sync_feed_list(conn, workspace.outlets)
        states = get_feed_states(conn)
    before = dict(states)
    counts, outcomes, n_done = StoredCounts(), Counter[str](), 0
    with writing(workspace.engine) as begin:
        for group in poll_in_groups(feeds, states, settings=settings, now=now):
            with begin() as conn:
                counts += record_polls(conn, group, run_id=run_id, seen_at=now)
            outcomes.update(outcome.status.value for outcome in group)
            states |= {outcome.feed.url: outcome.state for outcome in group}
            n_done += len(group)
            progress("fetch", n_done, len(feeds))
    failing = weigh_failing(feeds, before, states)
    return _report_fetch(workspace, outcomes, counts, failing, is_daily=is_daily)


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
    figures = {
        "asked": outcomes.total(),
        "outcomes": dict(outcomes),
        "new": counts.new,
        "changed": counts.changed,
        "feeds": failing.n_feeds,
        "failing": failing.n_failing,
    }
    return StageReport("fetch", "  ".join(parts), figures, reduced)
