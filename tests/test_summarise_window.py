"""The day of a summary: every instant lies in exactly one, around clock changes too."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from framewire.summarise import find_window, window_of
from framewire.summarise.tables import count_at, find_days_ago
from summarise_cases import WINDOW, Desk, build_table

ZONES = ("Asia/Yerevan", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia")
instants = st.integers(0, 20 * 365 * 86400).map(
    lambda seconds: datetime(2010, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
)
starts = st.times().map(lambda moment: moment.replace(second=0, microsecond=0))


@given(now=instants, zone=st.sampled_from(ZONES), day_starts_at=starts)
def test_the_newest_window_that_has_ended(now: datetime, zone: str, day_starts_at: time) -> None:
    window = find_window(now, zone=ZoneInfo(zone), day_starts_at=day_starts_at)
    following = window.before(-1)
    while following.start == following.end:
        following = following.before(-1)
    assert window.start < window.end <= now < following.end
    assert following.start == window.end


@given(now=instants, zone=st.sampled_from(ZONES), day_starts_at=starts)
def test_every_instant_is_in_exactly_one_window(now: datetime, zone: str, day_starts_at: time) -> None:
    local = now.astimezone(ZoneInfo(zone)).date()
    days = [local + timedelta(days=offset) for offset in range(-2, 3)]
    windows = [window_of(day, zone=ZoneInfo(zone), day_starts_at=day_starts_at) for day in days]
    assert sum(window.start <= now < window.end for window in windows) == 1


@pytest.mark.parametrize(
    ("zone", "day", "start", "hours"),
    [
        ("Asia/Yerevan", date(2026, 11, 23), "2026-11-23T02:00+00:00", 24),
        ("Europe/Berlin", date(2026, 3, 28), "2026-03-28T05:00+00:00", 23),
        ("Europe/Berlin", date(2026, 10, 24), "2026-10-24T04:00+00:00", 25),
        ("America/New_York", date(2026, 10, 31), "2026-10-31T10:00+00:00", 25),
    ],
)
def test_a_window_begins_by_the_clock_on_the_wall(zone: str, day: date, start: str, hours: int) -> None:
    window = window_of(day, zone=ZoneInfo(zone), day_starts_at=time(6))
    assert (window.day, window.zone) == (day, zone)
    assert window.start == datetime.fromisoformat(start)
    assert window.end - window.start == timedelta(hours=hours)


def test_a_time_without_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="has no time zone"):
        find_window(datetime(2026, 11, 24), zone=ZoneInfo("UTC"))  # noqa: DTZ001


@pytest.mark.parametrize(
    ("moment", "days_ago"),
    [
        (WINDOW.start, 0),
        (WINDOW.end - timedelta(microseconds=1), 0),
        (WINDOW.end, -1),
        (WINDOW.start - timedelta(microseconds=1), 1),
        (WINDOW.start - timedelta(days=28), 28),
        (WINDOW.start - timedelta(days=28, microseconds=1), -1),
        (None, -1),
    ],
)
def test_days_ago(moment: datetime | None, days_ago: int) -> None:
    times = pd.Series([moment], dtype="datetime64[us, UTC]")
    assert find_days_ago(times, WINDOW, n_days=28).tolist() == [days_ago]


def test_what_a_first_poll_brought_counts_when_it_was_published() -> None:
    published = WINDOW.start - timedelta(days=3)
    desk = Desk()
    desk.article("north", "Seen and counted", published_at=published)
    desk.article("north", "Old news of a new feed", published_at=published, first_poll=True)
    desk.article("north", "Undated news of a new feed", published_at=None, first_poll=True)
    counted = count_at(desk.tables().articles)["counted_at"]
    assert counted.tolist()[:2] == [WINDOW.start + timedelta(hours=5), published]
    assert counted.isna().tolist() == [False, False, True]


def test_no_articles_count_nowhere() -> None:
    assert count_at(build_table("articles", []))["counted_at"].dtype == "datetime64[us, UTC]"


YEARS = (date(2024, 1, 1), date(2028, 12, 31))
CHANGING = {
    "Europe/Berlin": {23, 24, 25},
    "America/New_York": {23, 24, 25},
    "Australia/Lord_Howe": {23.5, 24, 24.5},
    "Asia/Yerevan": {24},
}


@pytest.mark.parametrize("zone", sorted(CHANGING))
def test_five_years_of_articles_are_in_one_window_each(zone: str) -> None:
    first, last = YEARS
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    windows = [window_of(day, zone=ZoneInfo(zone)) for day in days]
    assert all(one.end == following.start for one, following in pairwise(windows))
    assert {(window.end - window.start) / timedelta(hours=1) for window in windows} == CHANGING[zone]
    # An article every 30 minutes, at the very seconds at which windows begin and clocks change as well.
    times = pd.date_range(windows[0].start, windows[-1].end, freq="30min", inclusive="left", unit="us")
    begins = [*times.searchsorted([window.start for window in windows]), len(times)]
    changes = [n for n, one in enumerate(windows) if one.end - one.start != timedelta(days=1)] or [100]
    for n in sorted({k for change in changes for k in range(max(2, change - 1), min(len(days) - 2, change + 2))}):
        # What the statistics count into a day are the articles between its window's bounds, and no others.
        near = times[begins[n - 2] : begins[n + 3]]
        counted = find_days_ago(near.to_series(), windows[n], n_days=28) == 0
        assert near[counted.to_numpy()].equals(times[begins[n] : begins[n + 1]])
