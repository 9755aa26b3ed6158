"""The day of a summary: from one local time of day to the same on the next date."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

# Source: design, section 7: 06:00-06:00.
DAY_STARTS_AT = time(6)


@dataclass(frozen=True, slots=True)
class Window:
    """A half-open span of time in UTC, labelled by the local date on which it starts."""

    day: date
    start: datetime
    end: datetime
    zone: str
    day_starts_at: time = DAY_STARTS_AT

    def before(self, days: int) -> "Window":
        """The window of the date that lies so many days before."""
        return window_of(self.day - timedelta(days=days), zone=ZoneInfo(self.zone), day_starts_at=self.day_starts_at)


def window_of(day: date, *, zone: ZoneInfo, day_starts_at: time = DAY_STARTS_AT) -> Window:
    """The window of a date. Around a clock change it is an hour longer or shorter than a day."""
    start, end = (_start_of(date_, zone, day_starts_at) for date_ in (day, day + timedelta(days=1)))
    return Window(day, start, end, zone.key, day_starts_at)


def find_window(now: datetime, *, zone: ZoneInfo, day_starts_at: time = DAY_STARTS_AT) -> Window:
    """The newest window that has ended at `now`.

    Raises:
        ValueError: `now` has no time zone.
    """
    if now.utcoffset() is None:
        raise ValueError(f"the time {now.isoformat()} has no time zone; give an aware one, as now(UTC)")
    day = now.astimezone(zone).date() + timedelta(days=1)
    window = window_of(day, zone=zone, day_starts_at=day_starts_at)
    # A date that a zone skips (Pacific/Apia, 30 December 2011) has an empty window.
    while window.end > now or window.start == window.end:
        window = window.before(1)
    return window


def _start_of(day: date, zone: ZoneInfo, day_starts_at: time) -> datetime:
    """When a day begins, in UTC. A wall time that the clocks skip is read with the offset before the change (PEP 495)."""
    return datetime.combine(day, day_starts_at, tzinfo=zone).astimezone(UTC)
