"""Spans of time as people type them, and the days of a workspace."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from framewire.store import Stretch
from framewire.summarise import Window, window_of

When = str | date | datetime | None
Span = tuple[When, When] | When


@dataclass(frozen=True, slots=True)
class Calendar:
    """The days of a workspace: their time zone and when they begin."""

    zone: ZoneInfo
    day_starts_at: time

    def window(self, day: date) -> Window:
        """The span of time of a day."""
        return window_of(day, zone=self.zone, day_starts_at=self.day_starts_at)

    def read_start(self, name: str, value: When) -> datetime | None:
        """When a span begins, in UTC. A date means the beginning of that day."""
        moment = self._read(name, value)
        return self.window(moment).start if _is_date(moment) else moment

    def read_end(self, name: str, value: When) -> datetime | None:
        """When a span ends, in UTC. A date means the end of that day: it is included."""
        moment = self._read(name, value)
        return self.window(moment).end if _is_date(moment) else moment

    def day_at(self, moment: datetime) -> date:
        """The day in which a time lies."""
        day = moment.astimezone(self.zone).date() + timedelta(days=1)
        while self.window(day).start > moment:
            day -= timedelta(days=1)
        return day

    def find_days(self, times: "pd.Series[Any]") -> "pd.Series[Any]":
        """The day in which each time lies, as a date without zone; missing where the time is."""
        known = times.dropna()
        days = pd.Series(pd.NaT, index=times.index, dtype="datetime64[us]")
        if known.empty:
            return days
        first, last = (self.day_at(edge.to_pydatetime()) for edge in (known.min(), known.max()))
        dates = [first + timedelta(days=i) for i in range((last - first).days + 1)]
        starts = np.array([self.window(day).start.replace(tzinfo=None) for day in dates], dtype="datetime64[us]")
        naive = known.dt.tz_convert("UTC").dt.tz_localize(None).to_numpy("datetime64[us]")
        places = np.searchsorted(starts, naive, side="right") - 1
        days.loc[known.index] = np.array(dates, dtype="datetime64[us]")[places]
        return days

    def list_stretches(self, first: date, last: date) -> list[Stretch]:
        """The days from the first to the last one, both included, put together where they are of one length."""
        stretches: list[Stretch] = []
        for number in range((last - first).days + 1):
            window = self.window(first + timedelta(days=number))
            seconds = int((window.end - window.start).total_seconds())
            before = stretches[-1] if stretches else None
            if before and before.day_seconds == seconds:
                stretches[-1] = Stretch(before.first, before.start, window.end, seconds)
            elif seconds:
                stretches.append(Stretch(number, window.start, window.end, seconds))
        return stretches

    def _read(self, name: str, value: When) -> Any:
        """A date, or an aware time; a time without zone is the workspace's."""
        if isinstance(value, str):
            value = _parse(name, value)
        if value is None or _is_date(value):
            return value
        if not isinstance(value, datetime):
            raise ValueError(f"{name}: {value!r} is no date and no time; write {name}='2026-11-23'")
        return (value if value.tzinfo else value.replace(tzinfo=self.zone)).astimezone(UTC)


def split_span(span: Span, *, is_before: bool) -> tuple[When, When]:
    """(since, until) of a span; a lone date is the end of what is before, or the beginning of what is after."""
    if isinstance(span, Sequence) and not isinstance(span, str):
        if len(span) != 2:
            raise ValueError(f"a span of time is (since, until), not {span!r}")
        return span[0], span[1]
    return (None, span) if is_before else (span, None)


def list_dates(first: date, stretches: Sequence[Stretch]) -> Iterator[date]:
    """The dates of the stretches' days."""
    for stretch in stretches:
        n = round((stretch.end - stretch.start).total_seconds()) // stretch.day_seconds
        yield from (first + timedelta(days=stretch.first + i) for i in range(n))


def _is_date(value: Any) -> bool:
    return isinstance(value, date) and not isinstance(value, datetime)


def _parse(name: str, text: str) -> date | datetime:
    try:
        return date.fromisoformat(text) if len(text) <= 10 else datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(
            f"{name}: '{text}' is no date and no time; write 2026-11-23 or 2026-11-23T06:00+04:00"
        ) from error
