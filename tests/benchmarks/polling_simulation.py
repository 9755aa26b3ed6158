"""The polling scheduler at any number of feeds: the real scheduling code, invented feeds, and a clock that is only a number.

    python tests/benchmarks/polling_simulation.py --feeds 180000 --days 3

Feeds do not depend on each other here, so a share of them, drawn at random, shows the same per feed.
"""

import argparse
import math
import random
from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from heapq import heapify, heappop, heappush

from framewire.ingest import is_due
from framewire.ingest.schedule import PollResult, next_state
from framewire.records import FeedState, PollStatus

START = datetime(2026, 11, 24, tzinfo=UTC)
TICK = timedelta(minutes=15)
DAY_SECONDS = 86_400
# The largest monitors: feeds, and articles a day. Source: Media Cloud's fetcher (about 180,000 feeds), EMM (300,000).
FEEDS, ARTICLES_A_DAY = 180_000, 300_000
# Of feeds: items shown; spread of the logarithm of their pace; those that answer 404; those that send validators.
SHOWN, SPREAD, DEAD_SHARE, VALIDATED_SHARE = 25, 2.0, 0.05, 0.6
# How far the pace of day and night goes from the mean.
SWING = 0.8
HISTORY_DAYS = 60


@dataclass(slots=True)
class SimulatedFeed:
    """A feed: when its items come (seconds from the start, before it, too), and what is remembered of it."""

    items: Sequence[float]
    is_dead: bool
    has_validators: bool
    state: FeedState
    seen_until: float = -math.inf


@dataclass(slots=True)
class Outcome:
    """What polling of some days came to."""

    polls: Counter[str] = field(default_factory=Counter)
    by_tick: Counter[int] = field(default_factory=Counter)
    delays: list[float] = field(default_factory=list)
    items: int = 0
    lost: int = 0


def build_feeds(n: int, *, days: int, chance: random.Random) -> list[SimulatedFeed]:
    """Feeds whose paces are spread as those of the press: most of them quiet, few of them fast."""
    mean = ARTICLES_A_DAY / FEEDS / (1 - DEAD_SHARE)
    return [
        _build_feed(number, mean * math.exp(chance.gauss(-(SPREAD**2) / 2, SPREAD)), days, chance)
        for number in range(n)
    ]


def _build_feed(number: int, per_day: float, days: int, chance: random.Random) -> SimulatedFeed:
    # Of a fast feed no more history is needed than it shows.
    history = min(HISTORY_DAYS, 2 * SHOWN / per_day + 1)
    return SimulatedFeed(
        items=_draw_items(per_day, -history * DAY_SECONDS, days * DAY_SECONDS, chance),
        is_dead=chance.random() < DEAD_SHARE,
        has_validators=chance.random() < VALIDATED_SHARE,
        state=FeedState(f"https://feed{number}.example/rss"),
    )


def _draw_items(per_day: float, since: float, until: float, chance: random.Random) -> list[float]:
    """When items come: at random, more by day than by night."""
    found, at = [], since
    fastest = per_day * (1 + SWING) / DAY_SECONDS
    while (at := at + chance.expovariate(fastest)) < until:
        now = per_day * (1 + SWING * math.sin(2 * math.pi * (at / DAY_SECONDS - 0.25))) / DAY_SECONDS
        if chance.random() < now / fastest:
            found.append(at)
    return found


def simulate(feeds: Sequence[SimulatedFeed], *, days: int, warm_up_days: int) -> Outcome:
    """What asking the feeds every 15 minutes, each when it is due, came to after the days of warming up."""
    outcome = Outcome()
    due = [(0.0, number) for number in range(len(feeds))]
    heapify(due)
    for tick in range(int(days * DAY_SECONDS / TICK.total_seconds())):
        seconds = tick * TICK.total_seconds()
        now = START + timedelta(seconds=seconds)
        counted = outcome if seconds >= warm_up_days * DAY_SECONDS else Outcome()
        while due and due[0][0] <= seconds:
            when, number = heappop(due)
            feed = feeds[number]
            if is_due(feed.state, now=now, base_interval_seconds=TICK.total_seconds()):
                counted.by_tick[tick] += 1
                counted.delays.append(seconds - when)
                _poll(feed, seconds, now, counted)
            next_due = feed.state.next_due_at
            if next_due is not None:
                heappush(due, (max((next_due - START).total_seconds(), seconds + 1), number))
    return outcome


def _poll(feed: SimulatedFeed, seconds: float, now: datetime, outcome: Outcome) -> None:
    """One poll: what the feed answers, what that loses, and the real decision when it is asked again."""
    if feed.is_dead:
        result = PollResult(PollStatus.HTTP_ERROR, http_status=404)
    else:
        here, before = bisect_right(feed.items, seconds), bisect_right(feed.items, feed.seen_until)
        is_first = feed.seen_until == -math.inf
        new = 0 if is_first else here - before
        outcome.items += new
        outcome.lost += max(0, new - SHOWN)
        feed.seen_until = seconds
        if new == 0 and not is_first and feed.has_validators:
            result = PollResult(PollStatus.NOT_MODIFIED, http_status=304, was_conditional=True)
        else:
            shown = feed.items[max(0, here - SHOWN) : here]
            dates = tuple(START + timedelta(seconds=at) for at in shown)
            result = PollResult(PollStatus.OK, http_status=200, etag="e", n_entries=len(dates), published=dates)
    outcome.polls[result.status.value] += 1
    feed.state = next_state(feed.state, result, now=now, base_interval_seconds=TICK.total_seconds())


def tell(outcome: Outcome, *, n_feeds: int, days: int, at: int = FEEDS) -> list[str]:
    """The outcome in lines, reckoned for `at` feeds."""
    scale, n_polls = at / n_feeds, outcome.polls.total()
    ticks = [outcome.by_tick.get(tick, 0) for tick in range(min(outcome.by_tick), max(outcome.by_tick) + 1)]
    mean, peak = sum(ticks) / len(ticks) * scale, max(ticks) * scale
    delays = sorted(outcome.delays)
    kinds = ", ".join(f"{n / n_polls:.0%} {name}" for name, n in outcome.polls.most_common())
    return [
        f"{n_feeds} feeds, {days} days counted, reckoned for {at}",
        f"polls a day {n_polls / days * scale:,.0f}, a feed and day {n_polls / days / n_feeds:.1f}: {kinds}",
        f"polls a second: mean {mean / TICK.total_seconds():.1f}, in the fullest quarter of an hour {peak / TICK.total_seconds():.1f}",
        f"items a day {outcome.items / days * scale:,.0f}, lost unseen {outcome.lost / max(1, outcome.items):.3%}",
        f"asked after its time: median {delays[len(delays) // 2]:.0f} s, 99 % {delays[int(len(delays) * 0.99)]:.0f} s",
    ]


def main() -> None:
    """Simulates, and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--feeds", type=int, default=FEEDS)
    parser.add_argument("--days", type=int, default=3)
    parser.add_argument("--warm-up", type=int, default=2)
    given = parser.parse_args()
    feeds = build_feeds(given.feeds, days=given.days, chance=random.Random(8))
    outcome = simulate(feeds, days=given.days, warm_up_days=given.warm_up)
    print("\n".join(tell(outcome, n_feeds=given.feeds, days=given.days - given.warm_up)))


if __name__ == "__main__":
    main()
