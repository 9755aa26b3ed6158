"""The coverage table: for each outlet and day what was expected, what came, and why. Every gap has a stated reason."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from framewire.records import LabelState, PollStatus
from framewire.summarise.cases import N_DAYS
from framewire.summarise.downtime import measure_downtime
from framewire.summarise.expected import find_expected
from framewire.summarise.gaps import FeedDay, OutletDay, Reason, classify_failure, explain_day
from framewire.summarise.health import GRACE
from framewire.summarise.tables import iter_rows
from framewire.summarise.window import Window
from framewire.text.cells import defuse

# States of an article's page, as the reader of pages writes them.
WALLED = frozenset({"headline only"})
REFUSED = frozenset({"forbidden", "blocked by robots"})
_GOOD = frozenset(status.value for status in PollStatus if status.is_success)
_DTYPES = {
    "day": "datetime64[us]",
    "outlet": "text",
    "outlet_name": "text",
    "group": "text",
    "reason": "text",
    "is_gap": "bool",
    "articles": "int64",
    "relevant": "int64",
    "languages": "text",
    "expected": "float64",
    "expected_low": "float64",
    "expected_high": "float64",
    "days_compared": "int64",
    "feeds": "int64",
    "feeds_answered": "int64",
    "polls": "int64",
    "polls_failed": "int64",
    "hours_down": "float64",
    "detail": "text",
}
COVERAGE_COLUMNS = tuple(_DTYPES)


@dataclass(frozen=True, slots=True)
class Watch:
    """What the store knows of the watching itself: its reads of the same names, over the same windows.

    `span` in `asked` and `counted` is the place of the window.
    """

    followed: pd.DataFrame
    asked: pd.DataFrame
    counted: pd.DataFrame
    moments: Sequence[datetime]


def build_coverage(
    watch: Watch, windows: Sequence[Window], *, since: date, languages: Sequence[str], now: datetime
) -> pd.DataFrame:
    """One row per day from `since` on and outlet, by day and outlet; columns and dtypes are always the same.

    An outlet has rows from the day of its first poll on, or from the day before if that poll brought articles of it.

    Args:
        watch: what was asked and what came.
        windows: the days without a hole, from 28 before `since` on, so that there is something to compare with.
        since: the first day to show.
        languages: those that the codebook has patterns for.
        now: how long the last pause has lasted so far.
    """
    down = measure_downtime(watch.moments, windows, now=now)
    asked = set(watch.asked["span"].tolist())
    followed = _follow_feeds(watch, windows)
    came = _count_articles(watch.counted, languages)
    rows: list[tuple[Any, ...]] = []
    for outlet, own in watch.followed.groupby("outlet", sort=True):
        feeds = [(row, followed[row.url]) for row in iter_rows(own)]
        days = [
            _see_day(feeds, place, windows, came.get((str(outlet), place), _Came())) for place in range(len(windows))
        ]
        known = [_is_known(day, hours) for day, hours in zip(days, down, strict=True)]
        sizes = [day.n if day else 0 for day in days]
        about = (str(outlet), str(own["outlet_name"].iloc[0]), str(own["group"].iloc[0]))
        for place, day in enumerate(days):
            if day is not None and day.day >= since:
                expected = find_expected(sizes, known, place)
                is_any = place in asked
                seen = replace(day, hours_down=down[place], is_anything_asked=is_any, expected=expected)
                rows.append(_build_row(seen, about))
    return _build_table(sorted(rows, key=lambda row: row[:2]))


def list_coverage(coverage: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows as plain values, days as `2026-11-23`; None where nothing is expected yet."""
    plain = coverage.assign(day=coverage["day"].dt.strftime("%Y-%m-%d")).astype(object)
    return [
        {str(name): value for name, value in row.items()} for row in plain.where(plain.notna(), None).to_dict("records")
    ]


def render_coverage(coverage: pd.DataFrame) -> str:
    """The table as comma-separated values. Text that a spreadsheet would run as a formula begins with an apostrophe."""
    plain = coverage.assign(**{name: coverage[name].map(defuse) for name, dtype in _DTYPES.items() if dtype == "text"})
    return plain.to_csv(index=False, lineterminator="\n")


@dataclass(slots=True)
class _Came:
    """What an outlet brought in a window."""

    n_relevant: int = 0
    n_walled: int = 0
    n_refused: int = 0
    languages: Counter[str] = field(default_factory=Counter)
    uncovered: Counter[str] = field(default_factory=Counter)


def _count_articles(counted: pd.DataFrame, languages: Sequence[str]) -> dict[tuple[str, int], _Came]:
    """What came, by outlet and place of the window."""
    came: defaultdict[tuple[str, int], _Came] = defaultdict(_Came)
    for row in iter_rows(counted):
        own = came[row.outlet, row.span]
        own.languages[row.language] += row.n
        own.n_relevant += row.n if row.relevant else 0
        own.n_walled += row.n if row.page in WALLED else 0
        own.n_refused += row.n if row.page in REFUSED else 0
        if row.language not in languages and row.state == LabelState.RULES_ONLY.value:
            own.uncovered[row.language] += row.n
    return came


def _follow_feeds(watch: Watch, windows: Sequence[Window]) -> dict[str, list[FeedDay | None]]:
    """How each feed did in every window, by its address."""
    answers: defaultdict[str, defaultdict[int, list[Any]]] = defaultdict(lambda: defaultdict(list))
    for row in iter_rows(watch.asked):
        answers[row.url][row.span].append(row)
    return {feed.url: _follow_feed(feed, answers[feed.url], windows) for feed in iter_rows(watch.followed)}


def _follow_feed(feed: Any, answers: Mapping[int, list[Any]], windows: Sequence[Window]) -> list[FeedDay | None]:
    """How a feed did in every window: by its polls there, else by the last one before; None where it was not followed."""
    days: list[FeedDay | None] = []
    carried = _carry_in(feed, windows)
    for place, window in enumerate(windows):
        if rows := answers.get(place):
            day = _judge_polls(rows, carried)
            days.append(day)
            carried = _carry_on(rows, day)
        else:
            is_followed = feed.listed and not pd.isna(feed.first_polled_at) and feed.first_polled_at < window.end
            days.append(carried if is_followed else None)
    return days


def _carry_in(feed: Any, windows: Sequence[Window]) -> FeedDay:
    """What is known of a feed before the first window."""
    start = windows[0].start
    was_good = not pd.isna(feed.last_success_at) and feed.first_polled_at < start
    good_at = feed.last_success_at.to_pydatetime() if was_good and feed.last_success_at < start else None
    known = FeedDay(feed.url, Reason.NOT_ASKED, last_good_at=good_at, was_good=was_good)
    if pd.isna(feed.last_polled_at) or feed.last_polled_at >= start or feed.last_status in _GOOD:
        return known
    failure = _say_failure(feed.last_status, feed.last_http_status)
    return replace(known, state=classify_failure(feed.last_status), answers=(failure,))


def _judge_polls(rows: Sequence[Any], before: FeedDay) -> FeedDay:
    """A feed's window by its polls, one row per kind of answer."""
    good = [row for row in rows if row.status in _GOOD]
    bad = sorted((row for row in rows if row.status not in _GOOD), key=lambda row: -row.n)
    good_at = max(row.last_at for row in good).to_pydatetime() if good else before.last_good_at
    return FeedDay(
        before.url,
        Reason.AS_USUAL if good else _classify(bad),
        n_polls=sum(row.n for row in rows),
        n_failed=sum(row.n for row in bad),
        n_overran=sum(row.n_overran for row in rows),
        answers=tuple(_say_failure(row.status, row.http_status) for row in bad),
        last_good_at=good_at,
        was_good=before.was_good or bool(good),
    )


def _carry_on(rows: Sequence[Any], day: FeedDay) -> FeedDay:
    """What a day without a poll has to go by: how the last one ended."""
    last = max(rows, key=lambda row: row.last_at)
    known = FeedDay(day.url, Reason.NOT_ASKED, last_good_at=day.last_good_at, was_good=day.was_good)
    if last.status in _GOOD:
        return known
    return replace(known, state=classify_failure(last.status), answers=(_say_failure(last.status, last.http_status),))


def _classify(failures: Sequence[Any]) -> Reason:
    """DEAD if all polls say so, BLOCKED if most do, else FAILING."""
    counts = Counter[Reason]()
    for row in failures:
        counts[classify_failure(row.status)] += row.n
    if set(counts) == {Reason.DEAD}:
        return Reason.DEAD
    return Reason.BLOCKED if counts[Reason.BLOCKED] * 2 > counts.total() else Reason.FAILING


def _say_failure(status: str, http_status: Any) -> str:
    return status if pd.isna(http_status) or http_status < 400 else f"{status} ({http_status})"


def _see_day(
    feeds: Sequence[tuple[Any, list[FeedDay | None]]], place: int, windows: Sequence[Window], came: _Came
) -> OutletDay | None:
    """The outlet in a window, but for what needs other days; None where it was not followed."""
    window, n = windows[place], came.languages.total()
    first = min((row.first_polled_at for row, _ in feeds if not pd.isna(row.first_polled_at)), default=None)
    if first is None or first >= window.end + (GRACE if n else GRACE * 0):
        return None
    is_listed = any(row.listed for row, _ in feeds)
    recent = range(max(place - N_DAYS, 0), place + 1)
    if not is_listed and not any((day := days[i]) and day.n_polls for _, days in feeds for i in recent):
        return None
    return OutletDay(
        window.day,
        ZoneInfo(window.zone),
        hours=(window.end - window.start).total_seconds() / 3600,
        is_listed=is_listed,
        first_at=first.to_pydatetime() if first >= window.start else None,
        feeds=tuple(day for _, days in feeds if (day := days[place]) is not None),
        n=n,
        n_relevant=came.n_relevant,
        languages=tuple(came.languages.most_common()),
        uncovered=tuple(came.uncovered.most_common()),
        n_walled=came.n_walled,
        n_refused=came.n_refused,
    )


def _is_known(day: OutletDay | None, hours_down: float) -> bool:
    """True if the number of the day says how much the outlet publishes: well asked, well answered, not its first day."""
    if day is None or day.first_at is not None or hours_down * 2 >= day.hours:
        return False
    return any(feed.state is Reason.AS_USUAL for feed in day.feeds)


def _build_row(day: OutletDay, about: tuple[str, str, str]) -> tuple[Any, ...]:
    """The values of a row in the order of the columns."""
    reason, detail = explain_day(day)
    expected = day.expected
    return (
        day.day,
        *about,
        reason.value,
        reason.is_gap,
        day.n,
        day.n_relevant,
        ", ".join(f"{language} {n}" for language, n in day.languages),
        *((expected.median, expected.low, expected.high) if expected else (None, None, None)),
        len(expected.counts) if expected else 0,
        len(day.feeds),
        sum(feed.state is Reason.AS_USUAL for feed in day.feeds),
        sum(feed.n_polls for feed in day.feeds),
        sum(feed.n_failed for feed in day.feeds),
        day.hours_down,
        detail,
    )


def _build_table(rows: Sequence[tuple[Any, ...]]) -> pd.DataFrame:
    """The rows as a table, with its columns and dtypes also where there are none."""
    text = pd.Series(["text"]).dtype
    columns: list[Any] = list(zip(*rows, strict=True)) or [()] * len(_DTYPES)
    return pd.DataFrame(
        {
            name: pd.Series(list(values), dtype=text if dtype == "text" else dtype)
            for (name, dtype), values in zip(_DTYPES.items(), columns, strict=True)
        }
    )
