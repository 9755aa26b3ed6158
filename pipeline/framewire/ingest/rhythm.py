"""How long a feed may wait before it is asked again, so that no item scrolls out of it unseen. Pure arithmetic."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil, log2

# Fewer dates tell no rhythm. Source: two make one gap, and one gap is chance; four make half a feed of two.
MIN_DATES = 4
# Half of the time in which the fastest half of the feed came: a quarter of what it takes to scroll through at that pace.
# Source: three polls in a row may then fail, or the pace be four times the fastest seen, before an item is lost.
SHARE_OF_HALF = 0.5
MIN_INTERVAL = timedelta(minutes=10)
MAX_INTERVAL = timedelta(hours=24)
# A fast pace is forgotten slowly: the wait doubles in this time at most. Source: a pace that comes back within the four
# weeks that a summary compares with finds a wait in which half of the feed comes.
DOUBLES_IN = timedelta(days=28)
# After so many doublings the shortest interval has become the longest; a gap of years, or a clock that was wrong, has more.
MAX_DOUBLINGS = ceil(log2(MAX_INTERVAL / MIN_INTERVAL))
# A feed that may wait long is asked hourly as long as it has fresh items: headlines are changed in their first hours.
# After that, a sixth of its silence: what was silent for six days is asked daily.
FRESH_WAIT = timedelta(hours=1)
SHARE_OF_SILENCE = 1 / 6
# A publisher's `max-age` is followed up to here. Source: above it stands what was set for images, a week or a year.
MAX_AGE = timedelta(hours=4)
# Waits are shortened by up to this share, differently each time, so that feeds do not march in step.
SPREAD = 0.15
_PORT = re.compile(r"(?<=[^:/?#]):[0-9]+(?=[/?#]|$)")


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How a feed moved at its fastest: `n_half` items, half of its `n_entries`, came within `span`."""

    n_entries: int
    n_half: int
    span: timedelta
    newest: datetime

    @property
    def interval(self) -> timedelta:
        """The wait in which no item can scroll out, even at four times the fastest pace seen."""
        return _clamp(self.span * SHARE_OF_HALF)


def find_rhythm(published: Sequence[datetime], n_entries: int) -> Rhythm | None:
    """The pace of the fastest half of a feed; None if too few of its entries have a date."""
    dates = sorted(published)
    if len(dates) < MIN_DATES or len(dates) < n_entries / 2:
        return None
    n_half = (len(dates) + 1) // 2
    # From the item before the first to the last: n gaps for n items.
    span = min(dates[i + n_half] - dates[i] for i in range(len(dates) - n_half))
    return Rhythm(n_entries, n_half, span, dates[-1])


def relax_interval(previous: timedelta, elapsed: timedelta) -> timedelta:
    """The longest that an interval may have become after a time without anything faster."""
    doublings = min(max(elapsed, timedelta()) / DOUBLES_IN, MAX_DOUBLINGS)
    return _clamp(_clamp(previous) * 2**doublings)


def combine_intervals(rhythm: Rhythm | None, previous: timedelta | None, elapsed: timedelta) -> timedelta | None:
    """The wait that a feed's pace allows, now and as it was remembered; None as long as nothing is known.

    Args:
        rhythm: of the answer; None if it told none.
        previous: the interval remembered; None if there is none.
        elapsed: since that one was set.
    """
    relaxed = None if previous is None else relax_interval(previous, elapsed)
    known = [wait for wait in (relaxed, rhythm.interval if rhythm else None) if wait is not None]
    return min(known, default=None)


def limit_by_silence(silence: timedelta) -> timedelta:
    """The longest wait for a feed whose newest item is this old."""
    return min(max(FRESH_WAIT, silence * SHARE_OF_SILENCE), MAX_INTERVAL)


def spread_wait(wait: timedelta, url: str, now: datetime, *, share: float = SPREAD) -> timedelta:
    """The wait, shortened by up to a share of it that only the address, without its port, and the time decide.

    A server that is started for one run has another port each time, and is to be asked at the same hours.
    """
    drawn = hashlib.sha256(f"{_PORT.sub('', url)} {now.isoformat()}".encode()).digest()
    return wait * (1 - share * int.from_bytes(drawn[:8]) / 2**64)


def say_duration(duration: timedelta) -> str:
    """A duration in words: `25 min`, `3.2 h`, `4 days`."""
    minutes = duration / timedelta(minutes=1)
    if minutes < 90:
        return f"{minutes:.0f} min"
    if minutes < 48 * 60:
        return f"{minutes / 60:.1f}".removesuffix(".0") + " h"
    return f"{minutes / 1440:.1f}".removesuffix(".0") + " days"


def _clamp(interval: timedelta) -> timedelta:
    return min(max(interval, MIN_INTERVAL), MAX_INTERVAL)
