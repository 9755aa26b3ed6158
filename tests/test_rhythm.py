"""How long a feed may wait: tables, laws, and sixty days under a virtual clock."""

import random
from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from framewire.ingest.rhythm import (
    MAX_INTERVAL,
    MIN_INTERVAL,
    combine_intervals,
    find_rhythm,
    limit_by_silence,
    relax_interval,
    say_duration,
    spread_wait,
)
from framewire.ingest.schedule import PollResult, is_due, next_state
from framewire.records import FeedState, PollStatus

NOW = datetime(2026, 11, 23, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
CRON = 15 * MINUTE


def dates(*hours_ago: float) -> tuple[datetime, ...]:
    return tuple(NOW - hours * HOUR for hours in hours_ago)


@pytest.mark.parametrize(
    ("published", "n_entries", "expected"),
    [
        ((), 0, None),
        (dates(1, 2, 3), 3, None),
        (dates(1, 2, 3, 4), 9, None),
        (dates(0, 1, 2, 3), 4, (2, 2 * HOUR)),
        (dates(0, 1, 2, 3), 8, (2, 2 * HOUR)),
        (dates(0, 10, 20, 21, 22, 30), 6, (3, 10 * HOUR)),
        (dates(30, 0, 22, 10, 21, 20), 6, (3, 10 * HOUR)),
        (dates(5, 5, 5, 5, 5), 5, (3, 0 * HOUR)),
        (dates(0, 1, 2, 3, 900), 5, (3, 3 * HOUR)),
    ],
)
def test_the_fastest_half(
    published: tuple[datetime, ...], n_entries: int, expected: tuple[int, timedelta] | None
) -> None:
    rhythm = find_rhythm(published, n_entries)
    assert (rhythm and (rhythm.n_half, rhythm.span)) == expected


def test_the_interval_is_half_of_the_fastest_half_within_bounds() -> None:
    spans = {0.0: MIN_INTERVAL, 0.1: MIN_INTERVAL, 1.0: HOUR, 7.0: 7 * HOUR, 100.0: MAX_INTERVAL}
    for gap, interval in spans.items():
        rhythm = find_rhythm(dates(0, gap, 2 * gap, 3 * gap), 4)
        assert rhythm is not None
        assert rhythm.interval == interval


def test_a_fast_pace_counts_at_once_and_is_forgotten_slowly() -> None:
    slow, fast = find_rhythm(dates(0, 8, 16, 24), 4), find_rhythm(dates(0, 1, 2, 3), 4)
    assert combine_intervals(None, None, HOUR) is None
    assert combine_intervals(slow, None, timedelta()) == 8 * HOUR
    assert combine_intervals(fast, 8 * HOUR, HOUR) == HOUR
    assert combine_intervals(slow, HOUR, 28 * DAY) == 2 * HOUR
    assert combine_intervals(None, HOUR, 28 * DAY) == 2 * HOUR


@given(st.floats(0, 2000), st.floats(0, 4000))
def test_relaxing_never_leaves_the_bounds_nor_goes_back(hours: float, elapsed: float) -> None:
    relaxed = relax_interval(hours * HOUR, elapsed * HOUR)
    assert MIN_INTERVAL <= relaxed <= MAX_INTERVAL
    assert relaxed >= min(hours * HOUR, MAX_INTERVAL)


@pytest.mark.parametrize("previous", [timedelta(), MIN_INTERVAL, HOUR, MAX_INTERVAL, timedelta.max])
@pytest.mark.parametrize("years", [1, 3, 7, 100, 9998])
def test_a_gap_of_years_relaxes_to_the_longest_interval_and_one_backwards_to_none(
    previous: timedelta, years: int
) -> None:
    assert relax_interval(previous, years * 365 * DAY) == MAX_INTERVAL
    assert relax_interval(previous, -years * 365 * DAY) == min(max(previous, MIN_INTERVAL), MAX_INTERVAL)


@pytest.mark.parametrize("years", [-2000, -7, -1, 1, 3, 7, 1000])
@pytest.mark.parametrize("status", [PollStatus.OK, PollStatus.NOT_MODIFIED, PollStatus.EMPTY, PollStatus.TIMEOUT])
def test_a_feed_is_asked_again_within_a_day_whatever_the_gap_since_its_last_poll(
    years: int, status: PollStatus
) -> None:
    """Nobody asked for years, or the clock was wrong once."""
    result = PollResult(PollStatus.OK, n_entries=8, published=dates(*range(8)))
    state = next_state(FeedState("https://gazette.press.example/rss"), result, now=NOW, base_interval_seconds=900)
    now = NOW + years * 365 * DAY
    assert is_due(state, now=now)
    after = next_state(state, PollResult(status), now=now, base_interval_seconds=900)
    assert after.next_due_at is not None
    assert MIN_INTERVAL <= after.next_due_at - now <= MAX_INTERVAL


@given(st.lists(st.floats(0, 5000), max_size=60), st.integers(0, 80))
def test_an_interval_lets_no_half_of_the_feed_pass(hours: list[float], more: int) -> None:
    """In no wait did more than half of the items come, unless the wait is the shortest."""
    published = sorted(dates(*hours))
    rhythm = find_rhythm(published, len(published) + more)
    if rhythm is None or rhythm.interval == MIN_INTERVAL:
        return
    most = max(bisect_right(published, at + rhythm.interval) - i for i, at in enumerate(published))
    assert most <= rhythm.n_half


@pytest.mark.parametrize(("silence", "wait"), [(0, 1), (5, 1), (12, 2), (72, 12), (144, 24), (9000, 24)])
def test_silence_lets_a_feed_wait_longer(silence: int, wait: int) -> None:
    assert limit_by_silence(silence * HOUR) == wait * HOUR


@given(st.floats(1, 10_000), st.text(max_size=30), st.datetimes(timezones=st.just(UTC)))
def test_a_wait_is_shortened_and_never_made_longer(minutes: float, url: str, now: datetime) -> None:
    wait = spread_wait(minutes * MINUTE, url, now)
    assert 0.84 * minutes * MINUTE < wait <= minutes * MINUTE
    assert wait == spread_wait(minutes * MINUTE, url, now)


def test_a_port_moves_no_poll_and_another_address_does() -> None:
    waits = [
        spread_wait(DAY, f"http://127.0.0.1{rest}", NOW) for rest in ("/a.xml", ":8080/a.xml", ":9/a.xml", "/b.xml")
    ]
    assert waits[0] == waits[1] == waits[2] != waits[3]
    assert spread_wait(DAY, "http://127.0.0.1:80", NOW) == spread_wait(DAY, "http://127.0.0.1", NOW)


@pytest.mark.parametrize(
    ("duration", "said"),
    [(10 * MINUTE, "10 min"), (89 * MINUTE, "89 min"), (2 * HOUR, "2 h"), (3.21 * HOUR, "3.2 h"), (47 * HOUR, "47 h"), (4 * DAY, "4 days"), (2.5 * DAY, "2.5 days")],
)  # fmt: skip
def test_durations_in_words(duration: timedelta, said: str) -> None:
    assert say_duration(duration) == said


class VirtualFeed:
    """A feed that holds its newest items, asked by the scheduler whenever cron comes and it is due."""

    def __init__(
        self, arrivals: Sequence[datetime], length: int, url: str = "https://gazette.press.example/rss"
    ) -> None:
        self.arrivals, self.length = sorted(arrivals), length
        self.state = FeedState(url)
        self.polls: list[datetime] = []
        self.n_seen = self.n_lost = 0

    def tick(self, now: datetime) -> None:
        """One visit of cron."""
        if is_due(self.state, now=now):
            self._poll(now)

    def _poll(self, now: datetime) -> None:
        n_arrived = bisect_right(self.arrivals, now)
        shown = self.arrivals[max(0, n_arrived - self.length) : n_arrived]
        if self.polls:
            self.n_lost += max(0, n_arrived - len(shown) - self.n_seen)
        status = PollStatus.OK if n_arrived > self.n_seen else PollStatus.NOT_MODIFIED
        shown = shown if status is PollStatus.OK else []
        result = PollResult(status, http_status=200, n_entries=len(shown), published=tuple(shown))
        self.n_seen = n_arrived
        self.polls.append(now)
        self.state = next_state(self.state, result, now=now, base_interval_seconds=CRON.total_seconds())

    def play(self, start: datetime, days: float) -> None:
        """Cron comes every 15 minutes."""
        for n in range(int(days * DAY / CRON)):
            self.tick(start + n * CRON)


def arrive(start: datetime, end: datetime, gap: timedelta, draw: random.Random) -> list[datetime]:
    """Items between two times, one a gap, each somewhere in its gap's middle half."""
    n = int((end - start) / gap)
    return [start + (i + draw.uniform(0.25, 0.75)) * gap for i in range(n)]


def with_bursts(
    length: int, draw: random.Random, *, burst_gap: timedelta, every: timedelta, factor: float = 1.0
) -> list[datetime]:
    """Sixty days and the time before: quiet, with a burst of three feed lengths in every stretch of days.

    The first burst is just over when the feed is asked first; `factor` makes the last one faster than all before.
    """
    quiet_gap = 12 * burst_gap
    items, at = [], NOW - 2.5 * length * burst_gap
    while at < NOW + 60 * DAY:
        gap = burst_gap / factor if at + every >= NOW + 60 * DAY else burst_gap
        end = at + 3 * length * burst_gap
        items += arrive(at, end, gap, draw)
        items += arrive(end, at + every, quiet_gap, draw)
        at += every
    return items


@settings(max_examples=12, deadline=None)
@given(
    length=st.integers(8, 120),
    scroll_hours=st.floats(1.5, 20),
    every_days=st.floats(8, 27),
    seed=st.integers(0, 2**16),
)
def test_sixty_days_lose_no_item_at_a_pace_seen_before(
    length: int, scroll_hours: float, every_days: float, seed: int
) -> None:
    draw = random.Random(seed)
    items = with_bursts(length, draw, burst_gap=scroll_hours * HOUR / length, every=every_days * DAY)
    feed = VirtualFeed(items, length)
    feed.play(NOW, 60)
    assert feed.n_lost == 0


def lose_at(factor: float, *, scroll: timedelta, seed: int, length: int = 40) -> tuple[float, float]:
    """(share of the items of an unannounced last burst that are lost, polls a day)."""
    items = with_bursts(length, random.Random(seed), burst_gap=scroll / length, every=10 * DAY, factor=factor)
    feed = VirtualFeed(items, length)
    feed.play(NOW, 65)
    return feed.n_lost / (3 * length * factor), len(feed.polls) / 65


def test_a_burst_of_five_times_the_pace_loses_little() -> None:
    """What docs/method.md says of it: a feed that scrolled through in three hours at its fastest so far loses none."""
    losses = [round(lose_at(5, scroll=hours * HOUR, seed=1)[0], 2) for hours in (1, 2, 3, 6)]
    assert losses == [0.2, 0.02, 0, 0]


def test_a_quiet_feed_is_asked_seldom_and_soon_again_when_it_speaks() -> None:
    items = [NOW - n * DAY for n in range(30, 8, -1)] + [NOW + 20 * DAY + n * HOUR for n in range(5)]
    feed = VirtualFeed(items, 20)
    feed.play(NOW, 25)
    by_day = Counter((at - NOW).days for at in feed.polls)
    assert by_day[15] <= 2
    assert by_day[21] > 4
    assert feed.n_lost == 0


def test_a_thousand_feeds_are_asked_evenly() -> None:
    """Added at once, all of one pace: no visit of cron asks much more than its share."""
    feeds = [
        VirtualFeed([NOW - n * HOUR for n in range(40)], 40, f"https://{i}.press.example/rss") for i in range(1000)
    ]
    visits: list[int] = []
    for n in range(96):
        before = sum(len(feed.polls) for feed in feeds)
        for feed in feeds:
            feed.tick(NOW + n * CRON)
        visits.append(sum(len(feed.polls) for feed in feeds) - before)
    settled = visits[4:40]
    assert visits[0] == 1000
    assert max(settled) < 2 * sum(settled) / len(settled)
    hours = [sum(settled[i : i + 4]) for i in range(0, len(settled), 4)]
    assert max(hours) < 1.35 * sum(hours) / len(hours)
