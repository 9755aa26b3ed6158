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

    @property
    def n_days(self) -> int:
        """How many days it is long."""
        return max(1, (self.end.astimezone(ZoneInfo(self.zone)).date() - self.day).days)

    @property
    def last(self) -> date:
        """Its last date."""
        return self.day + timedelta(days=self.n_days - 1)

    @property
    def name(self) -> str:
        """Its date, or its first and last one, as its folder is called."""
        return self.day.isoformat() if self.n_days == 1 else f"{self.day.isoformat()}_{self.last.isoformat()}"

    def before(self, times: int) -> "Window":
        """The window so many times its own length before: of one day, the same day's so many days ago."""
        n_days = self.n_days
        first = self.day - timedelta(days=times * n_days)
        return window_of(first, zone=ZoneInfo(self.zone), day_starts_at=self.day_starts_at, n_days=n_days)

    def days(self) -> tuple["Window", ...]:
        """The windows of its days."""
        if self.n_days == 1:
            return (self,)
        zone = ZoneInfo(self.zone)
        dates = (self.day + timedelta(days=i) for i in range(self.n_days))
        return tuple(window_of(day, zone=zone, day_starts_at=self.day_starts_at) for day in dates)


def window_of(day: date, *, zone: ZoneInfo, day_starts_at: time = DAY_STARTS_AT, n_days: int = 1) -> Window:
    """The window of a date, or of so many from this one on. A clock change makes it an hour longer or shorter."""
    start, end = (_start_of(date_, zone, day_starts_at) for date_ in (day, day + timedelta(days=n_days)))
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
