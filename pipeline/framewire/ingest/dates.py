"""When an article was published, as far as its feed can be believed.

feedparser's own reading is the last resort: it takes CEST for UTC, `2024年1月1日` for November and Unix seconds for the
year 1699, and finds nothing in `23.11.2026 10:00`.
"""

import re
from calendar import timegm
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from typing import NamedTuple

from framewire.ingest.clean import clean_line
from framewire.ingest.months import MONTHS, ZONES, fold_word
from framewire.records import DateSource

# Source: the web has no feed before it; 1970-01-01 is a zero, not a date.
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
# Source: a day covers every time zone mistake; NetNewsWire ignores dates beyond it as well.
MAX_AHEAD = timedelta(hours=24)
MAX_RAW = 200

_TIME = re.compile(r"(?<![\d.:])(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?\s*([AaPp]\.?[Mm]\.?)?(?![\d:])")
_ISO_TIME = re.compile(r"(?<=\d)[Tt](?=\d{1,2}:\d{2})")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:T(\d{2})(\d{2})(\d{2})?(Z)?)?")
_OFFSET = re.compile(r"(?:UTC|GMT|Z)?\s*([+-])(\d{1,2}):?(\d{2})?")
# Source: RFC 5322 with a zone as most feeds write it, and RFC 3339.
_MONTHS_IN_SHORT = {
    name: n
    for n, name in enumerate(["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"], 1)
}
_PLAIN = re.compile(
    rf"(?:(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), )?(?P<day>[0-9]{{1,2}}) (?P<month>{'|'.join(_MONTHS_IN_SHORT)}) (?P<year>[0-9]{{4}}) "
    r"|(?P<iso>[0-9]{4}-[0-9]{2}-[0-9]{2})T)(?P<clock>[0-9]{2}:[0-9]{2}:[0-9]{2}) ?(?P<zone>[+-][0-9]{2}:?[0-9]{2}|GMT|Z)"
)
_UNIX = re.compile(r"(\d{10})(?:\d{3})?")
_WEEKDAY = r"(?:[^\W\d_]+\.?\s*,?\s+)?"
_YEAR_FIRST = re.compile(_WEEKDAY + r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})")
_CJK = re.compile(r"(\d{4})\s*[年년]\s*(\d{1,2})\s*[月월]\s*(\d{1,2})\s*[日일]?")
_DAY_FIRST = re.compile(_WEEKDAY + r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4}|\d{2})\.?")
_NAMED_DAY_FIRST = re.compile(
    _WEEKDAY + r"(\d{1,2})(?:st|nd|rd|th|er|-ին)?\.?[\s-]+(?:de\s+)?([^\W\d_]+)\.?,?[\s-]+(\d{4}|\d{2})"
    r"(?:\s*(?:г|թ|il|год)\.?)?(?:,?\s+[^\W\d_]+)?"
)
_NAMED_MONTH_FIRST = re.compile(_WEEKDAY + r"([^\W\d_]+)\.?\s+(\d{1,2})(?:st|nd|rd|th|-ին)?,?\s+(\d{4})")


class FoundDate(NamedTuple):
    """A publication date, where it comes from, why a date was dropped, and the text it was read from."""

    published_at: datetime | None
    source: DateSource
    flag: str | None
    raw: str | None


def find_published_at(fields: Mapping[str, object], *, fetched_at: datetime) -> FoundDate:
    """The publication date of an entry, aware UTC, from 1990 until 24 hours after the fetch.

    Args:
        fields: of the entry: `published`, `updated`, `created` as texts, and feedparser's `..._parsed` beside them.
        fetched_at: when the feed was fetched.

    Returns:
        With `published_at` None, `flag` is 'missing', 'unreadable', 'absurd' (before 1990, or no point in time) or
        'future', of the first date that the entry has.
    """
    dropped: FoundDate | None = None
    for name in ("published", "updated", "created"):
        text = fields.get(name)
        if not isinstance(text, str) or not text.strip():
            continue
        moment, flag = _judge(text, fields.get(f"{name}_parsed"), fetched_at=fetched_at)
        raw = clean_line(text, max_chars=MAX_RAW)
        if flag is None:
            return FoundDate(moment, DateSource.FEED if name == "published" else DateSource.FEED_UPDATED, None, raw)
        dropped = dropped or FoundDate(None, DateSource.NONE, flag, raw)
    return dropped or FoundDate(None, DateSource.NONE, "missing", None)


@lru_cache(maxsize=4096)
def parse_date(text: str) -> datetime | None:
    """The moment that a date text means, aware UTC; None if it cannot be read. A missing zone is UTC.

    Numeric dates are day-first unless they begin with the year or the second number cannot be a month. Month names in
    English, Armenian, Azerbaijani, Russian, Turkish and French.

    Raises:
        OverflowError: a moment outside the years 1 to 9999.
    """
    text = " ".join(text.split())
    try:
        if match := _PLAIN.fullmatch(text):
            return _build_plain(match)
        return _parse_numbers(text) or _parse_words(text)
    except ValueError:
        return None


def _build_plain(match: re.Match[str]) -> datetime:
    """The moment of a date in one of the two forms that feeds should use: the long way with nothing to guess."""
    if match["month"]:
        year, month, day = int(match["year"]), _MONTHS_IN_SHORT[match["month"]], int(match["day"])
    else:
        year, month, day = (int(part) for part in match["iso"].split("-"))
    hour, minute, second = (int(part) for part in match["clock"].split(":"))
    zone = timezone(_take_zone(match["zone"])[0])
    return datetime(year, month, day, hour, minute, min(second, 59), tzinfo=zone).astimezone(UTC)


def _judge(text: str, parsed: object, *, fetched_at: datetime) -> tuple[datetime | None, str | None]:
    """The moment and no flag, or no moment and why."""
    try:
        moment = parse_date(text[: MAX_RAW * 2]) or _from_feedparser(parsed)
    except (OverflowError, ValueError, OSError):
        return None, "absurd"
    if moment is None:
        return None, "unreadable"
    if moment < EARLIEST:
        return None, "absurd"
    return (None, "future") if moment > fetched_at + MAX_AHEAD else (moment, None)


def _from_feedparser(parsed: object) -> datetime | None:
    if not isinstance(parsed, tuple) or len(parsed) < 6:
        return None
    return datetime.fromtimestamp(timegm(parsed), UTC)


def _parse_numbers(text: str) -> datetime | None:
    """Unix seconds or milliseconds, and dates without any separator."""
    if match := _UNIX.fullmatch(text):
        return datetime.fromtimestamp(int(match[1]), UTC)
    if match := _COMPACT.fullmatch(text):
        year, month, day, hour, minute, second = (int(part or 0) for part in match.groups()[:6])
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    return None


def _parse_words(text: str) -> datetime | None:
    """A day with or without a time, in either order, and a zone after the time."""
    text = _ISO_TIME.sub(" ", text)
    clock = _TIME.search(text)
    before, after = (text[: clock.start()], text[clock.end() :]) if clock else (text, "")
    offset, after = _take_zone(after)
    rest = f"{before} {after}".strip(" ,;|—–-\t")
    day = _find_day(re.sub(r"\s+(?:at|à|в|saat|ժամը)$", "", rest, flags=re.IGNORECASE).rstrip(" ,"))
    if day is None:
        return None
    hour, minute, second = _read_clock(clock) if clock else (0, 0, 0)
    local = datetime(*day, hour, minute, min(second, 59), tzinfo=timezone(offset))
    return local.astimezone(UTC)


def _take_zone(text: str) -> tuple[timedelta, str]:
    """The offset at the beginning of `text`, and what follows it; no offset is UTC."""
    text = text.strip()
    if match := _OFFSET.match(text):
        size = timedelta(hours=int(match[2]), minutes=int(match[3] or 0))
        # Source: ISO 8601 offsets lie between -12 and +14 hours; others are no zones.
        if size <= timedelta(hours=14):
            return (-size if match[1] == "-" else size), text[match.end() :]
        return timedelta(0), text[match.end() :]
    word, _, rest = text.partition(" ")
    name = word.strip("().,").upper()
    if name in ZONES:
        return timedelta(hours=ZONES[name]), rest
    return timedelta(0), text


def _read_clock(match: re.Match[str]) -> tuple[int, int, int]:
    hour, minute, second = int(match[1]), int(match[2]), int(match[3] or 0)
    half = (match[4] or "").lower()[:1]
    if half and not 1 <= hour <= 12:
        raise ValueError("no such hour on a twelve-hour clock")
    return (hour % 12 + 12 * (half == "p") if half else hour), minute, second


def _find_day(text: str) -> tuple[int, int, int] | None:
    """Year, month and day; None if the text is no date."""
    if match := _YEAR_FIRST.fullmatch(text) or _CJK.fullmatch(text):
        return int(match[1]), int(match[2]), int(match[3])
    if match := _DAY_FIRST.fullmatch(text):
        first, second, year = int(match[1]), int(match[2]), _full_year(match[3])
        return (year, first, second) if second > 12 >= first else (year, second, first)
    if match := _NAMED_DAY_FIRST.fullmatch(text):
        day, word, year = int(match[1]), match[2], _full_year(match[3])
    elif match := _NAMED_MONTH_FIRST.fullmatch(text):
        day, word, year = int(match[2]), match[1], int(match[3])
    else:
        return None
    month = MONTHS.get(fold_word(word))
    return (year, month, day) if month else None


def _full_year(digits: str) -> int:
    # Source: RFC 5322 section 4.3.
    return int(digits) if len(digits) == 4 else int(digits) + (2000 if int(digits) < 50 else 1900)
