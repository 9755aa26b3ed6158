"""The stage that polls: which feeds are due, how they are asked, what came of it."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from functools import partial

from sqlalchemy import Connection

from framewire.ingest import FetchLimits, PollSettings, is_due, poll_in_groups
from framewire.records import ANSWERED, Feed, FeedOutcome, FeedState, PollStatus, StoredCounts
from framewire.store import get_feed_states, reading, record_polls, sync_feed_list, transaction, writing
from framewire.workflow.budget import Failing, weigh_failing
from framewire.workflow.feed_claims import FeedClaims, keep_own
from framewire.workflow.pages import build_user_agent
from framewire.workflow.reports import Progress, StageReport
from framewire.workflow.sharing import Share, patiently, wait_for_feeds
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
    workspace: Workspace,
    settings: PollSettings,
    *,
    now: datetime,
    run_id: int,
    is_daily: bool,
    progress: Progress,
    share: Share | None = None,
) -> StageReport:
    """Polls the feeds that are due by the settings; what has come meanwhile is stored in one transaction, every outcome whole.

    On a shared store each host asks a part of them. The daily run goes on until all of them are asked, by whomever.
    """
    feeds = list_enabled_feeds(workspace)
    states = patiently(share, lambda: _begin(workspace))
    before = dict(states)
    counts, outcomes = StoredCounts(), Counter[str]()
    with writing(workspace.engine) as begin:
        for group in _poll(workspace, feeds, states, settings=settings, now=now, share=share, until_all=is_daily):
            counts += patiently(share, partial(_store, begin, share, group, run_id=run_id, seen_at=now))
            outcomes.update(outcome.status.value for outcome in group)
            states |= {outcome.feed.url: outcome.state for outcome in group}
            progress("fetch", outcomes.total(), len(feeds))
    failing = weigh_failing(feeds, before, states)
    return _report_fetch(workspace, outcomes, counts, failing, is_daily=is_daily)


def _begin(workspace: Workspace) -> dict[str, FeedState]:
    """What is remembered of the feeds, after the store follows the list."""
    with transaction(workspace.engine) as conn:
        sync_feed_list(conn, workspace.outlets)
        return get_feed_states(conn)


def _poll(
    workspace: Workspace,
    feeds: Sequence[Feed],
    states: dict[str, FeedState],
    *,
    settings: PollSettings,
    now: datetime,
    share: Share | None,
    until_all: bool,
) -> Iterator[Sequence[FeedOutcome]]:
    """Groups of outcomes. With others at work: those of this host, and `until_all` also of what lost hosts leave."""
    if share is None:
        yield from poll_in_groups(feeds, states, settings=settings, now=now)
        return
    claims = FeedClaims(share, feeds, states, settings, now)
    left: Sequence[Feed] = feeds
    while left:
        yield from poll_in_groups(left, states, settings=settings, now=now, claim=claims.claim)
        if not until_all:
            return
        wait_for_feeds(share)
        left = claims.list_left(patiently(share, lambda: _read_states(workspace)))


def _read_states(workspace: Workspace) -> dict[str, FeedState]:
    with reading(workspace.engine) as conn:
        return get_feed_states(conn)


def _store(
    begin: Callable[[], AbstractContextManager[Connection]],
    share: Share | None,
    group: Sequence[FeedOutcome],
    *,
    run_id: int,
    seen_at: datetime,
) -> StoredCounts:
    """What storing a group of outcomes changed."""
    with begin() as conn:
        return record_polls(conn, keep_own(conn, share, group), run_id=run_id, seen_at=seen_at)


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
