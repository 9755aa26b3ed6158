"""Feeds of a shared store, claimed host by host: so no feed is asked by two of us, and no site by two at once."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Connection

from framewire.ingest import PollSettings
from framewire.ingest.poll import find_feed_host, is_asked
from framewire.records import Feed, FeedOutcome, FeedState
from framewire.store import (
    claim_feeds,
    find_own_feeds,
    hold_worker,
    lock_free_feeds,
    remove_lost_workers,
    transaction,
)
from framewire.workflow.sharing import Share, patiently

CLOCK_SKEW = timedelta(hours=1)
"""How far the clocks of two hosts may differ: a poll that lies so little ahead is another host's, not a clock's mistake."""


@dataclass(frozen=True, slots=True)
class FeedClaims:
    """What this process claims of the enabled `feeds`; `states` are those at the beginning of the run."""

    share: Share
    feeds: Sequence[Feed]
    states: dict[str, FeedState]
    settings: PollSettings
    now: datetime
    _begun: dict[str, FeedState] = field(init=False)
    _of_host: dict[str, list[str]] = field(init=False)

    def __post_init__(self) -> None:
        of_host = defaultdict(list)
        for feed in self.feeds:
            of_host[find_feed_host(feed.url)].append(feed.url)
        object.__setattr__(self, "_begun", dict(self.states))
        object.__setattr__(self, "_of_host", dict(of_host))

    def claim(self, hosts: Sequence[Sequence[Feed]]) -> Sequence[Sequence[Feed]]:
        """Those of some hosts that no other host of ours asks, each with its feeds that are still to be asked."""
        return patiently(self.share, lambda: self._claim(hosts))

    def _claim(self, hosts: Sequence[Sequence[Feed]]) -> Sequence[Sequence[Feed]]:
        names = [find_feed_host(host[0].url) for host in hosts]
        every = [url for name in names for url in self._of_host[name]]
        with transaction(self.share.engine) as conn:
            remove_lost_workers(conn)
            hold_worker(conn, self.share.worker_id)
            free = lock_free_feeds(conn, every)
            whole = [host for host, name in zip(hosts, names, strict=True) if free.keys() >= set(self._of_host[name])]
            ours = [due for host in whole if (due := [feed for feed in host if self._is_left(free[feed.url])])]
            claim_feeds(conn, self.share.worker_id, [feed.url for due in ours for feed in due])
        self.states.update(free)
        return ours

    def list_left(self, states: dict[str, FeedState]) -> list[Feed]:
        """The feeds that are still to be asked."""
        self.states.update(states)
        return [feed for feed in self.feeds if self._is_left(states.get(feed.url, FeedState(feed.url)))]

    def _is_left(self, state: FeedState) -> bool:
        """Whether a feed is to be asked that nobody has asked since this run began."""
        begun = self._begun.get(state.url, FeedState(state.url))
        is_asked_by_others = state.last_polled_at is not None and (
            state.last_polled_at != begun.last_polled_at or self.now < state.last_polled_at <= self.now + CLOCK_SKEW
        )
        return not is_asked_by_others and is_asked(state, settings=self.settings, now=self.now)


def keep_own(conn: Connection, share: Share | None, group: Sequence[FeedOutcome]) -> list[FeedOutcome]:
    """The outcomes that may be stored, in the order in which outlets are locked everywhere.

    On a shared store not those of feeds that are no longer ours: what was stored before the line broke is not stored again.

    Raises:
        LeaseLost: this process was given up.
    """
    ordered = sorted(group, key=lambda outcome: outcome.feed.outlet_id)
    if share is None:
        return ordered
    hold_worker(conn, share.worker_id)
    own = find_own_feeds(conn, share.worker_id, [outcome.feed.url for outcome in group])
    return [outcome for outcome in ordered if outcome.feed.url in own]
