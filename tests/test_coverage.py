"""The coverage table: every reason with its order, what is usual, pauses of ours, days of 23 and 25 hours, the calendar."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from framewire.records import PollStatus
from framewire.summarise import COVERAGE_COLUMNS, Reason, Watch, Window, build_coverage, render_calendar, window_of
from framewire.summarise.calendar import SIGNS, WIDTH
from framewire.summarise.coverage import list_coverage, render_coverage
from framewire.summarise.downtime import measure_downtime
from framewire.summarise.expected import Expected, find_expected, is_fewer, is_more
from framewire.summarise.gaps import FeedDay, OutletDay, explain_day

ZONE = ZoneInfo("Asia/Yerevan")
DAY = date(2026, 11, 23)
HOUR = timedelta(hours=1)
USUAL = Expected((4, 6, 5, 5), is_weekday=True)
GOOD = FeedDay("a", Reason.AS_USUAL, n_polls=96, last_good_at=datetime(2026, 11, 23, 20, tzinfo=UTC), was_good=True)


def failed(state: Reason, answer: str, **more: Any) -> FeedDay:
    """A feed without a good answer all day; the last one came two days before."""
    at = datetime(2026, 11, 21, 2, 20, tzinfo=UTC)
    told = {"n_polls": 4, "n_failed": 4, "answers": (answer,), "last_good_at": at, "was_good": True}
    return FeedDay("b", state, **(told | more))


def usual_day(**more: Any) -> OutletDay:
    """A Monday on which all is as ever, but for what is given."""
    known = {"hours": 24.0, "feeds": (GOOD,), "n": 5, "n_relevant": 2, "languages": (("en", 5),), "expected": USUAL}
    return OutletDay(DAY, ZONE, **(known | more))


IDLE = FeedDay("a", Reason.NOT_ASKED)
GONE = failed(Reason.DEAD, "gone (410)")
CASES = [
    ({}, Reason.AS_USUAL, "5 articles, usually 4-6 (the last 4 Mondays)"),
    ({"n": 20}, Reason.MORE, "20 articles, usually 4-6 (the last 4 Mondays)"),
    ({"n": 1, "expected": Expected((20, 22, 19, 21), True)}, Reason.FEWER, "1 article, usually 19-22"),
    ({"n": 0}, Reason.QUIET, "its feeds answered and held nothing new; usually 4-6 (the last 4 Mondays)"),
    ({"n": 0, "expected": None}, Reason.QUIET, "too few days known to say what is usual"),
    ({"n": 0, "expected": Expected((0, 0, 1, 0), True)}, Reason.AS_USUAL, "0 articles, usually 0-1"),
    ({"expected": None}, Reason.TOO_EARLY, "5 articles, too few days known to say what is usual"),
    ({"expected": Expected((5,) * 9, False)}, Reason.AS_USUAL, "usually 5 (9 days of the last 28)"),
    (
        {"feeds": (IDLE,), "n": 0, "is_anything_asked": False, "hours": 25.0},
        Reason.NOT_ASKED,
        "no feed was asked in the 25 hours of this day",
    ),
    ({"feeds": (), "n": 0, "is_listed": False}, Reason.NOT_ASKED, "its feeds are disabled or no longer listed"),
    ({"feeds": (IDLE,), "n": 0}, Reason.NOT_ASKED, "its feeds were not due"),
    (
        {"feeds": (GONE,), "n": 0},
        Reason.DEAD,
        "its feed gave no good answer: gone (410); last good answer 21 Nov 06:20",
    ),
    (
        {"feeds": (replace(GONE, n_polls=0, n_failed=0),), "n": 0},
        Reason.DEAD,
        "gone (410), not asked again that day; last good answer 21 Nov 06:20",
    ),
    ({"feeds": (replace(GONE, last_good_at=None),), "n": 0}, Reason.DEAD, "no good answer in the last 28 days"),
    (
        {"feeds": (replace(GONE, last_good_at=None, was_good=False),), "n": 0},
        Reason.DEAD,
        "gone (410); never a good answer",
    ),
    ({"feeds": (failed(Reason.FAILING, "timeout"),), "n": 0}, Reason.FAILING, "its feed gave no good answer: timeout"),
    ({"feeds": (failed(Reason.BLOCKED, "forbidden (403)"),), "n": 0}, Reason.BLOCKED, "forbidden (403)"),
    ({"feeds": (GONE, failed(Reason.FAILING, "timeout")), "n": 0}, Reason.FAILING, "2 of 2 feeds gave no good answer"),
    (
        {"feeds": (GONE, failed(Reason.BLOCKED, "forbidden (403)")), "n": 0},
        Reason.BLOCKED,
        "gone (410), forbidden (403)",
    ),
    ({"feeds": (GOOD, GONE)}, Reason.FAILING, "1 of 2 feeds gave no good answer: gone (410)"),
    (
        {"feeds": (replace(GOOD, n_failed=9, answers=("dns",)),), "n": 0},
        Reason.FAILING,
        "9 of 96 polls failed (dns); its feeds answered and held nothing new",
    ),
    ({"feeds": (replace(GOOD, n_failed=9, answers=("dns",)),)}, Reason.AS_USUAL, "5 articles"),
    (
        {"feeds": (replace(GOOD, n_failed=49, answers=("dns",)),)},
        Reason.FAILING,
        "49 of 96 polls failed (dns); 5 articles",
    ),
    ({"first_at": datetime(2026, 11, 23, 9, tzinfo=UTC)}, Reason.NEW, "first asked on 23 Nov 13:00"),
    ({"feeds": (replace(GOOD, n_overran=2),)}, Reason.OVERRUN, "at 2 polls every entry of the feed was new"),
    ({"hours_down": 7.5}, Reason.PARTLY_ASKED, "no feed was asked for 7.5 of 24 hours; 5 articles, usually 4-6"),
    ({"hours_down": 2.5}, Reason.AS_USUAL, "5 articles"),
    (
        {"uncovered": (("ka", 3),)},
        Reason.NOT_COVERED,
        "3 of 5 articles in a language without patterns or model (ka 3)",
    ),
    ({"uncovered": (("ka", 2),)}, Reason.AS_USUAL, "5 articles"),
    ({"n": 1, "n_walled": 1}, Reason.PAYWALLED, "of 1 of 1 article no more than the headline and lead can be read"),
    ({"n_walled": 3}, Reason.PAYWALLED, "of 3 of 5 articles no more than the headline and lead can be read"),
    ({"n_refused": 4}, Reason.BLOCKED, "the site refuses the pages of 4 of 5 articles"),
]


@pytest.mark.parametrize(
    ("change", "reason", "said"), CASES, ids=[f"{case[1].value}: {case[2][:40]}" for case in CASES]
)
def test_each_reason_in_words(change: dict[str, Any], reason: Reason, said: str) -> None:
    found, detail = explain_day(usual_day(**change))
    assert found is reason
    assert said in detail


def test_every_reason_has_a_case_and_a_sign() -> None:
    assert {reason for _, reason, _ in CASES} == set(Reason) == set(SIGNS)
    assert len(set(SIGNS.values())) == len(SIGNS)


def test_a_gap_is_what_is_or_may_be_missing() -> None:
    assert [reason for reason in Reason if not reason.is_gap] == [
        Reason.QUIET,
        Reason.FEWER,
        Reason.MORE,
        Reason.TOO_EARLY,
        Reason.AS_USUAL,
    ]


# Each line brings one fault more, which stands before those of the lines below.
ORDER: list[tuple[Reason, dict[str, Any]]] = [
    (Reason.NOT_ASKED, {"feeds": (IDLE,), "is_anything_asked": False, "first_at": None}),
    (Reason.DEAD, {"feeds": (GONE,)}),
    (Reason.NEW, {"first_at": datetime(2026, 11, 23, 9, tzinfo=UTC)}),
    (Reason.FAILING, {"feeds": (replace(GOOD, n_overran=1), GONE)}),
    (Reason.OVERRUN, {"feeds": (replace(GOOD, n_overran=1),)}),
    (Reason.PARTLY_ASKED, {"hours_down": 5.0}),
    (Reason.NOT_COVERED, {"uncovered": (("ka", 15),)}),
    (Reason.PAYWALLED, {"n_walled": 15}),
    (Reason.MORE, {"n": 20}),
]


def test_the_order_of_reasons() -> None:
    day = usual_day()
    for reason, change in reversed(ORDER):
        day = replace(day, **change)
        assert explain_day(day)[0] is reason


def test_what_does_not_make_the_day_worthless_is_told_in_full() -> None:
    day = usual_day(feeds=(replace(GOOD, n_overran=1),), hours_down=5.0, n_walled=5)
    reason, detail = explain_day(day)
    assert reason is Reason.OVERRUN
    for said in ("was new", "no feed was asked for 5.0", "headline", "usually 4-6"):
        assert said in detail


@pytest.mark.parametrize(
    ("known_days", "expected"),
    [
        ([7, 14, 21, 28], Expected((28, 21, 14, 7), True)),
        ([7, 14], Expected((14, 7), True)),
        ([7, 1, 2, 3, 4, 5], None),
        ([7, 1, 2, 3, 4, 5, 6], Expected((7, 6, 5, 4, 3, 2, 1), False)),
        ([35, 42], None),
        ([], None),
    ],
)
def test_what_is_compared_with(known_days: list[int], expected: Expected | None) -> None:
    place = 50
    counts = [place - i for i in range(place + 1)]
    known = [(place - i) in known_days for i in range(place)] + [True]
    assert find_expected(counts, known, place) == expected


@pytest.mark.parametrize(
    ("n", "counts", "fewer", "more"),
    [
        (0, (5, 5, 5, 5), False, False),
        (0, (6, 6, 6, 6), True, False),
        (0, (2, 2, 2, 2), False, False),
        (4, (5, 6, 5, 7), False, False),
        (9, (5, 6, 5, 7), False, False),
        (20, (5, 6, 5, 7), False, True),
        (1, (0, 0, 0, 0), False, False),
        (4, (0, 0, 0, 0), False, True),
    ],
)
def test_out_of_the_ordinary_is_beyond_the_range_and_beyond_chance(
    n: int, counts: tuple[int, ...], fewer: bool, more: bool
) -> None:
    expected = Expected(counts, True)
    assert (is_fewer(n, expected), is_more(n, expected)) == (fewer, more)


@given(st.lists(st.integers(0, 200), min_size=2, max_size=28), st.integers(0, 400))
def test_never_fewer_and_more_at_once_and_never_inside_the_range(counts: list[int], n: int) -> None:
    expected = Expected(tuple(counts), False)
    fewer, more = is_fewer(n, expected), is_more(n, expected)
    assert not (fewer and more)
    assert not (expected.low <= n <= expected.high and (fewer or more))


def windows_up_to(last: date, n: int, zone: ZoneInfo = ZONE) -> list[Window]:
    """So many days, the last one `last`."""
    return [window_of(last - timedelta(days=i), zone=zone) for i in range(n - 1, -1, -1)]


def every(step: timedelta, start: datetime, end: datetime) -> list[datetime]:
    """Moments from start to end."""
    return [start + step * i for i in range(int((end - start) / step) + 1)]


@pytest.mark.parametrize(
    ("step", "missed", "hours"),
    [
        (timedelta(minutes=15), (8.0, 8.0), 0.0),
        (timedelta(minutes=15), (8.0, 9.5), 0.0),
        (timedelta(minutes=15), (2.0, 12.0), 10.0),
        (timedelta(hours=8), (7.0, 9.0), 8.0),
        (timedelta(hours=8), (7.0, 17.0), 16.0),
    ],
)
def test_pauses_longer_than_the_rhythm_are_ours(step: timedelta, missed: tuple[float, float], hours: float) -> None:
    window = window_of(DAY, zone=ZONE)
    moments = every(step, window.before(10).start, window.end + step)
    begin, end = (window.start + HOUR * hour for hour in missed)
    asked = [moment for moment in moments if not begin < moment < end]
    assert measure_downtime(asked, [window], now=window.end + HOUR) == [pytest.approx(hours, abs=0.3)]


def test_a_pause_is_shared_out_among_the_days_it_covers() -> None:
    windows = windows_up_to(DAY, 3)
    step = timedelta(minutes=15)
    before = every(step, windows[0].before(5).start, windows[0].start + HOUR * 18)
    after = every(step, windows[2].start + HOUR * 6, windows[2].end)
    assert measure_downtime(before + after, windows, now=windows[2].end) == [5.75, 24.0, 6.0]


def test_the_last_pause_lasts_until_now_and_without_a_rhythm_there_is_none() -> None:
    window = window_of(DAY, zone=ZONE)
    step = timedelta(minutes=15)
    moments = every(step, window.before(3).start, window.start + HOUR * 4)
    assert measure_downtime(moments, [window], now=window.start + HOUR * 10) == [5.75]
    assert measure_downtime(moments, [window], now=window.end + HOUR * 10) == [19.75]
    assert measure_downtime(moments[:3], [window], now=window.end) == [0.0]
    assert measure_downtime([], [window], now=window.end) == [0.0]


@pytest.mark.parametrize(("last", "hours"), [(date(2026, 3, 28), 23.0), (date(2026, 10, 24), 25.0)])
def test_days_around_a_clock_change_have_their_own_length(last: date, hours: float) -> None:
    zone = ZoneInfo("Europe/Paris")
    watched = Watched(windows_up_to(last, 30, zone))
    watched.follow("a")
    watched.answer("a", "ok", days=range(29))
    watched.count("a", 3, days=range(29))
    table = watched.build(since=last)
    (row,) = table.to_dict("records")
    assert row["detail"] == f"no feed was asked in the {hours:.0f} hours of this day"
    assert (row["reason"], row["expected"]) == ("not asked", 3.0)


class Watched:
    """Collects what the store would say of the watching, day by day, and builds the table."""

    def __init__(self, windows: Sequence[Window]) -> None:
        self.windows = list(windows)
        self.followed: list[dict[str, Any]] = []
        self.asked: list[dict[str, Any]] = []
        self.counted: list[dict[str, Any]] = []

    def follow(self, outlet: str, *, first: datetime | None = None, **more: Any) -> None:
        """Adds an outlet with one feed, first asked a day before the first window."""
        asked = first or self.windows[0].start - timedelta(days=1)
        feed = {"url": outlet, "outlet": outlet, "outlet_name": f"The {outlet.title()}", "group": "g", "listed": True}
        times = {"first_polled_at": asked, "last_polled_at": self.windows[-1].end, "last_success_at": asked}
        self.followed.append(feed | times | {"last_status": "ok", "last_http_status": None} | more)

    def answer(
        self, url: str, status: str, *, days: Sequence[int], http: int | None = None, n_overran: int = 0
    ) -> None:
        """Adds four polls on each of the days."""
        for day in days:
            at = self.windows[day].start + HOUR * 2
            times = {"first_at": at, "last_at": at + HOUR * 18}
            kind = {"span": day, "url": url, "status": status, "http_status": http}
            self.asked.append(kind | {"n": 4, "n_overran": n_overran} | times)

    def count(self, outlet: str, n: int, *, days: Sequence[int], **more: Any) -> None:
        """Adds articles on each of the days."""
        for day in days:
            plain = {
                "span": day,
                "outlet": outlet,
                "language": "en",
                "state": "labelled",
                "relevant": True,
                "page": None,
            }
            self.counted.append(plain | {"n": n} | more)

    def build(self, *, since: date | None = None, moments: Sequence[datetime] = ()) -> pd.DataFrame:
        """The table, from the first window on unless said otherwise."""
        time = "datetime64[us, UTC]"
        followed = pd.DataFrame(self.followed, columns=list(FOLLOWED)).astype(FOLLOWED)
        asked = pd.DataFrame(
            self.asked, columns=["span", "url", "status", "http_status", "n", "first_at", "last_at", "n_overran"]
        ).astype({"http_status": "Int64", "first_at": time, "last_at": time})
        counted = pd.DataFrame(self.counted, columns=["span", "outlet", "language", "state", "relevant", "page", "n"])
        watch = Watch(followed, asked, counted, moments)
        now = self.windows[-1].end
        return build_coverage(watch, self.windows, since=since or self.windows[0].day, languages=("en",), now=now)


FOLLOWED = {
    **dict.fromkeys(("url", "outlet", "outlet_name", "group"), "object"),
    "listed": "bool",
    **dict.fromkeys(("first_polled_at", "last_polled_at", "last_success_at"), "datetime64[us, UTC]"),
    "last_status": "object",
    "last_http_status": "Int64",
}


@pytest.fixture
def watched() -> Watched:
    """Thirty days that end with DAY."""
    return Watched(windows_up_to(DAY, 30))


def reasons(table: pd.DataFrame) -> list[str]:
    """The reasons, in order."""
    return [str(reason) for reason in table["reason"]]


def test_a_steady_outlet(watched: Watched) -> None:
    watched.follow("a")
    watched.answer("a", "ok", days=range(30))
    watched.count("a", 5, days=range(30))
    table = watched.build()
    assert reasons(table) == ["too early to tell"] * 7 + ["as usual"] * 23
    last = table.iloc[-1]
    assert (last["expected"], last["expected_low"], last["expected_high"], last["days_compared"]) == (5.0, 5.0, 5.0, 4)
    assert (last["articles"], last["relevant"], last["languages"]) == (5, 5, "en 5")
    assert (last["feeds"], last["feeds_answered"], last["polls"], last["polls_failed"]) == (1, 1, 4, 0)


def test_rows_begin_with_the_first_poll(watched: Watched) -> None:
    watched.follow("a", first=watched.windows[20].start + HOUR)
    watched.answer("a", "ok", days=range(20, 30))
    watched.count("a", 5, days=range(15, 30))
    table = watched.build()
    # The first poll brings articles of the day before it too; what it brings of earlier days belongs to no row.
    assert [str(day.date()) for day in table["day"][:2]] == ["2026-11-13", "2026-11-14"]
    assert reasons(table)[:4] == ["new", "new", "too early to tell", "too early to tell"]


def test_a_feed_first_asked_without_a_good_answer_is_not_called_new(watched: Watched) -> None:
    watched.follow("a", first=watched.windows[29].start + HOUR, last_success_at=None)
    watched.answer("a", "not a feed", days=[29], http=200)
    table = watched.build()
    assert table["detail"].tolist() == ["its feed gave no good answer: not a feed; never a good answer"]


def test_a_feed_that_dies_stays_dead_on_the_days_it_is_not_asked(watched: Watched) -> None:
    watched.follow("a")
    watched.follow("b")
    watched.answer("b", "ok", days=range(30))
    watched.answer("a", "ok", days=range(25))
    watched.answer("a", "gone", days=[25], http=410)
    watched.count("a", 5, days=range(25))
    table = watched.build(since=watched.windows[24].day)
    own = table[table["outlet"] == "a"]
    assert reasons(own) == ["as usual", *["dead"] * 5]
    assert "gone (410), not asked again that day; last good answer 19 Nov 02:00" in own["detail"].iloc[-1]


def test_what_failed_before_the_first_day_read_is_carried_in(watched: Watched) -> None:
    long_ago = watched.windows[0].start - timedelta(days=40)
    watched.follow(
        "a", first=long_ago, last_polled_at=long_ago, last_success_at=None, last_status="gone", last_http_status=410
    )
    watched.follow("b")
    watched.answer("b", "ok", days=range(30))
    table = watched.build(since=DAY)
    own = table[table["outlet"] == "a"]
    assert reasons(own) == ["dead"]
    assert own["detail"].iloc[0].endswith("not asked again that day; never a good answer")


def test_days_of_ours_are_no_days_to_compare_with(watched: Watched) -> None:
    watched.follow("a")
    others = [day for day in range(30) if day not in (8, 15)]
    watched.answer("a", "ok", days=others)
    watched.count("a", 5, days=others)
    table = watched.build()
    assert [reasons(table)[day] for day in (8, 15)] == ["not asked"] * 2
    last = table[table["day"] == pd.Timestamp(watched.windows[29].day)].iloc[0]
    assert (last["expected_low"], last["days_compared"]) == (5.0, 2)


def test_a_disabled_outlet_is_named_for_four_weeks() -> None:
    watched = Watched(windows_up_to(DAY, 60))
    watched.follow("a", listed=False)
    watched.follow("b")
    watched.answer("b", "ok", days=range(60))
    watched.answer("a", "ok", days=range(10))
    table = watched.build()
    own = table[table["outlet"] == "a"]
    assert len(own) == 10 + 28
    assert set(own["detail"].iloc[10:]) == {"its feeds are disabled or no longer listed"}


@pytest.mark.parametrize("status", list(PollStatus))
def test_every_way_a_poll_can_end_has_its_reason(watched: Watched, status: PollStatus) -> None:
    watched.follow("a")
    watched.answer("a", status.value, days=range(30), http=None if status is PollStatus.DNS else 503)
    reason = watched.build(since=DAY)["reason"].iloc[0]
    dead, blocked = {"gone", "dns", "not a feed"}, {"forbidden", "rate-limited"}
    kinds = [(dead, "dead"), (blocked, "blocked")]
    failure = next((name for names, name in kinds if status.value in names), "failing")
    assert reason == ("as usual" if status.is_success else failure)


def test_a_failure_of_a_name_that_came_later_is_failing(watched: Watched) -> None:
    watched.follow("a")
    watched.answer("a", "struck by lightning", days=range(30))
    assert watched.build(since=DAY)["detail"].iloc[0].startswith("its feed gave no good answer: struck by lightning")


def test_languages_and_pages(watched: Watched) -> None:
    for outlet, more in (
        ("ka", {"language": "ka", "state": "rules-only"}),
        ("model", {"language": "ka", "state": "labelled"}),
        ("wall", {"page": "headline only"}),
        ("robots", {"page": "blocked by robots"}),
    ):
        watched.follow(outlet)
        watched.answer(outlet, "ok", days=range(30))
        watched.count(outlet, 5, days=range(30), **more)
    table = watched.build(since=DAY).set_index("outlet")
    assert table["reason"].to_dict() == {
        "ka": "language not covered",
        "model": "as usual",
        "robots": "blocked",
        "wall": "paywalled",
    }


def test_an_empty_store_gives_the_same_columns() -> None:
    table = Watched(windows_up_to(DAY, 30)).build()
    watched = Watched(windows_up_to(DAY, 30))
    watched.follow("a")
    full = watched.build()
    assert table.empty
    assert list(table.columns) == list(full.columns) == list(COVERAGE_COLUMNS)
    assert table.dtypes.to_dict() == full.dtypes.to_dict()
    assert (str(table["day"].dtype), str(table["is_gap"].dtype)) == ("datetime64[us]", "bool")


def test_plain_rows_and_csv(watched: Watched) -> None:
    watched.follow("a", outlet_name="=cmd")
    watched.answer("a", "ok", days=range(30))
    table = watched.build(since=DAY)
    (row,) = list_coverage(table)
    assert (row["day"], row["is_gap"], row["expected"]) == ("2026-11-23", False, 0.0)
    early = list_coverage(watched.build())[0]
    assert early["expected"] is None
    head, line = render_coverage(table).splitlines()
    assert head == ",".join(COVERAGE_COLUMNS)
    assert line.startswith("2026-11-23,a,'=cmd,g,as usual,False,0,0,")


def test_the_calendar_fits_a_terminal() -> None:
    watched = Watched(windows_up_to(DAY, 150))
    watched.follow("a", outlet_name="An outlet whose name is far too long for a line")
    watched.follow("b", first=watched.windows[100].start)
    watched.answer("a", "ok", days=range(150))
    watched.answer("b", "ok", days=range(100, 148))
    watched.answer("b", "dns", days=range(148, 150))
    watched.count("a", 5, days=range(150))
    text = render_calendar(watched.build(), since=watched.windows[0].day, until=DAY)
    assert max(map(len, text.splitlines())) <= WIDTH
    assert text.count("An outlet whose name i…") == 3
    assert text.count("The B") == 2
    assert text.splitlines()[-1] == "3 of 200 outlet days have a gap; `--gaps` lists them with their reasons"
    assert "D dead (2)" in text
    assert "F failing" not in text
    row = next(line for line in reversed(text.splitlines()) if line.startswith("The B"))
    assert row.endswith("..DD")


def test_the_calendar_of_nothing() -> None:
    table = Watched(windows_up_to(DAY, 30)).build()
    text = render_calendar(table, since=DAY, until=DAY)
    assert "0 of 0 outlet days have a gap" in text
