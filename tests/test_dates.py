"""Dates of feeds, in the forms that feeds use."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framewire.ingest import dates
from framewire.ingest.dates import EARLIEST, find_published_at, parse_date
from framewire.records import DateSource

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
TEN = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
SIX = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
MIDNIGHT = datetime(2026, 11, 23, tzinfo=UTC)

READABLE = [
    ("Mon, 23 Nov 2026 10:00:00 GMT", TEN),
    ("Mon, 23 Nov 2026 10:00:00 +0400", SIX),
    ("Mon, 23 Nov 2026 10:00:00 UTC+4", SIX),
    ("Mon, 23 Nov 2026 10:00:00", TEN),
    ("Mon, 23 Nov 26 10:00:00 GMT", TEN),
    ("23 Nov 2026 10:00 EST", datetime(2026, 11, 23, 15, 0, tzinfo=UTC)),
    ("Mon, 23 Nov 2026 12:00:00 EET", TEN),
    ("Mon, 23 Nov 2026 11:00:00 CET", TEN),
    ("Mon, 23 Nov 2026 13:00:00 MSK", TEN),
    ("Mon, 23 Nov 2026 10:00:00 AZT", SIX),
    ("Wed, 01 Jul 2026 10:00:00 CEST", datetime(2026, 7, 1, 8, 0, tzinfo=UTC)),
    ("Mon, 23 Nov 2026 10:00:60 GMT", TEN + timedelta(seconds=59)),
    ("Mon, 23 November 2026 10:00:00 +0000", TEN),
    ("2026-11-23T10:00:00Z", TEN),
    ("2026-11-23T10:00:00.123456+04:00", SIX),
    ("2026-11-23T10:00:00+0400", SIX),
    ("2026-11-23T10:00+04", SIX),
    ("2026-11-23 10:00:00", TEN),
    ("2026-11-23", MIDNIGHT),
    ("2026/11/23 10:00", TEN),
    ("20261123T100000Z", TEN),
    ("23.11.2026 10:00", TEN),
    ("23.11.2026, 10:00", TEN),
    ("10:00 23.11.2026", TEN),
    ("23/11/2026", MIDNIGHT),
    ("23-11-2026 10:00", TEN),
    ("11/23/2026 10:00 AM", TEN),
    ("11/23/2026 12:30 am", MIDNIGHT + timedelta(minutes=30)),
    ("05.11.2026", datetime(2026, 11, 5, tzinfo=UTC)),
    ("November 23, 2026 at 10:00 AM", TEN),
    ("Nov 23, 2026", MIDNIGHT),
    ("23rd November 2026", MIDNIGHT),
    ("Mon Nov 23 10:00:00 2026", TEN),
    ("23-Nov-2026 10:00", TEN),
    ("նոյեմբերի 23, 2026 10:00", TEN),
    ("23 նոյեմբերի 2026", MIDNIGHT),
    ("23 Նոյեմբեր 2026 10:00", TEN),
    ("23 noyabr 2026, 10:00", TEN),
    ("10:00, 23 Noyabr 2026", TEN),
    ("1 İYUN 2026", datetime(2026, 6, 1, tzinfo=UTC)),
    ("23 ноября 2026 г., 10:00", TEN),
    ("Понедельник, 23 ноября 2026 10:00 МСК", datetime(2026, 11, 23, 7, 0, tzinfo=UTC)),
    ("23 нояб. 2026", MIDNIGHT),
    ("23 Kasım 2026 Pazartesi 10:00", TEN),
    ("23 KASIM 2026", MIDNIGHT),
    ("Pazartesi, 23 Kasım 2026 - 10:00", TEN),
    ("lundi 23 novembre 2026 à 10:00", TEN),
    ("1er août 2026", datetime(2026, 8, 1, tzinfo=UTC)),
    ("23 nov. 2026", MIDNIGHT),
    ("1764000000", datetime(2025, 11, 24, 16, 0, tzinfo=UTC)),
    ("1764000000000", datetime(2025, 11, 24, 16, 0, tzinfo=UTC)),
    ("2024年1月1日", datetime(2024, 1, 1, tzinfo=UTC)),
]


@pytest.mark.parametrize(("text", "expected"), READABLE)
def test_readable_dates(text: str, expected: datetime) -> None:
    found = find_published_at({"published": text}, fetched_at=NOW)
    assert found == (expected, DateSource.FEED, None, text)


@pytest.mark.parametrize(
    ("text", "flag"),
    [
        ("", "missing"),
        ("   ", "missing"),
        ("yesterday", "unreadable"),
        ("31 February 2026", "unreadable"),
        ("2026-13-45", "unreadable"),
        ("0000-00-00T00:00:00Z", "unreadable"),
        ("Mon, 23 Nov 2026 25:00:00 GMT", "unreadable"),
        ("13:00 PM 23.11.2026", "unreadable"),
        ("99999999999999999999999", "unreadable"),
        ("9" * 6000, "unreadable"),
        ("23 Nov 70 10:00:00 GMT", "absurd"),
        ("1970-01-01T00:00:00Z", "absurd"),
        ("1989-12-31T23:59:59Z", "absurd"),
        ("0001-01-01T00:00:00+14:00", "absurd"),
        ("9999-12-31T23:59:59-12:00", "absurd"),
        ("2026-11-25T02:00:01Z", "future"),
        ("2041-01-01", "future"),
    ],
)
def test_dropped_dates_say_why(text: str, flag: str) -> None:
    found = find_published_at({"published": text}, fetched_at=NOW)
    assert (found.published_at, found.source, found.flag) == (None, DateSource.NONE, flag)


def test_a_day_ahead_is_allowed() -> None:
    assert find_published_at({"published": "2026-11-25T02:00:00Z"}, fetched_at=NOW).flag is None


def test_updated_stands_in_for_a_bad_or_missing_publication_date() -> None:
    for published in (None, "yesterday", "1970-01-01"):
        found = find_published_at({"published": published, "updated": "2026-11-23T10:00:00Z"}, fetched_at=NOW)
        assert found == (TEN, DateSource.FEED_UPDATED, None, "2026-11-23T10:00:00Z")


def test_flag_is_that_of_the_first_date() -> None:
    found = find_published_at({"published": "1970-01-01", "updated": "yesterday"}, fetched_at=NOW)
    assert (found.flag, found.raw) == ("absurd", "1970-01-01")


def test_feedparsers_reading_is_the_last_resort() -> None:
    korean = {"published": "2026-11-23 오전 10:00:00", "published_parsed": time.gmtime(TEN.timestamp())}
    assert find_published_at(korean, fetched_at=NOW).published_at == TEN
    odd = {"published": "yesterday", "published_parsed": (2026, 11)}
    assert find_published_at(odd, fetched_at=NOW).flag == "unreadable"
    early = {"published": "yesterday", "published_parsed": (-1, 1, 1, 0, 0, 0, 0, 0, 0)}
    assert find_published_at(early, fetched_at=NOW).flag in ("absurd", "unreadable")


@given(st.text(max_size=80))
def test_any_text_gives_a_date_in_range_or_a_flag(text: str) -> None:
    found = find_published_at({"published": text}, fetched_at=NOW)
    assert (found.published_at is None) != (found.flag is None)
    if found.published_at is not None:
        assert EARLIEST <= found.published_at <= NOW + timedelta(hours=24)
        assert found.published_at.utcoffset() == timedelta(0)


@given(st.text("0123456789 :-/.,TZ+GMTNovPpAm年月日", max_size=40))
def test_any_date_like_text_gives_a_date_in_range_or_a_flag(text: str) -> None:
    test_any_text_gives_a_date_in_range_or_a_flag.hypothesis.inner_test(text)  # type: ignore[attr-defined]


@given(st.datetimes(datetime(1990, 1, 2), datetime(2026, 11, 23)), st.integers(-12, 14))  # noqa: DTZ001 - hypothesis wants naive bounds
def test_written_dates_are_read_back(moment: datetime, hours: int) -> None:
    exact = moment.replace(microsecond=0, tzinfo=UTC)
    local = exact + timedelta(hours=hours)
    for pattern in (
        "%Y-%m-%dT%H:%M:%S",
        "%a, %d %b %Y %H:%M:%S",
        "%d.%m.%Y %H:%M:%S",
        "%B %d, %Y %H:%M:%S",
        "%d/%m/%Y %I:%M:%S %p",
    ):
        assert parse_date(f"{local.strftime(pattern)} {hours:+03d}:00") == exact


@given(
    st.sampled_from([1, 1970, 2026, 9999]), st.integers(0, 13), st.integers(0, 32), st.integers(0, 25), st.integers(0, 61),
    st.sampled_from(["GMT", "Z", "+0400", "-12:00", "+14:00", "+15:00", "+0460", "-0000"]), st.booleans(),
)  # fmt: skip
def test_the_short_way_gives_what_the_long_way_gives(
    year: int, month: int, day: int, hour: int, minute: int, zone: str, is_iso: bool
) -> None:
    name = list(dates._MONTHS_IN_SHORT)[month % 12]
    clock = f"{hour:02d}:{minute:02d}:07"
    text = (
        f"{year:04d}-{month:02d}-{day:02d}T{clock}{zone}"
        if is_iso
        else f"Mon, {day:02d} {name} {year:04d} {clock} {zone}"
    )
    assert dates._PLAIN.fullmatch(text)

    def read(way: Callable[[str], datetime | None]) -> object:
        try:
            return way(text)
        except ValueError:
            return None
        except OverflowError:
            return "no moment"

    assert read(dates.parse_date) == read(lambda found: dates._parse_numbers(found) or dates._parse_words(found))
