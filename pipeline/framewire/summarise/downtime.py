"""Hours in which nothing was asked although something would have been: the machine slept, or cron was down."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np

from framewire.summarise.window import Window

# The rhythm of asking is read from so many days.
LOOK_BACK = timedelta(days=28)
# Nine in ten pauses are the rhythm's own: asked twice a day, the longer of the two counts as usual.
USUAL_QUANTILE = 0.9
# A pause is ours when it is longer than this and than one and a half usual ones.
MIN_PAUSE = timedelta(hours=2)
FACTOR = 1.5
# Fewer pauses than this show no rhythm.
MIN_PAUSES = 3

_Seconds = np.ndarray[tuple[int], np.dtype[np.float64]]


def measure_downtime(moments: Sequence[datetime], windows: Sequence[Window], *, now: datetime) -> list[float]:
    """For each window the hours, in [0, its length], that belong to a pause longer than usual.

    A pause begins to count when the next moment was due by the rhythm of the 28 days up to the window's end, and ends with
    the next moment. Before the first moment there is none; after the last one it lasts until `now`.

    Args:
        moments: when anything was asked, in order.
        windows: in order.
        now: how long the last pause has lasted so far.
    """
    asked: _Seconds = np.array([moment.timestamp() for moment in moments], dtype=np.float64)
    ends = np.append(asked[1:], max(now.timestamp(), asked[-1])) if asked.size else asked
    return [_hours_down(asked, ends, window) for window in windows]


def _hours_down(asked: _Seconds, ends: _Seconds, window: Window) -> float:
    start, end = window.start.timestamp(), window.end.timestamp()
    first, last = np.searchsorted(asked, [start - LOOK_BACK.total_seconds(), end])
    pauses = np.diff(asked[first:last])
    if pauses.size < MIN_PAUSES:
        return 0.0
    usual = float(np.quantile(pauses, USUAL_QUANTILE))
    # The pause that the window begins in, and those that begin inside it.
    own = slice(max(int(np.searchsorted(asked, start, side="right")) - 1, 0), int(last))
    begins, stops = asked[own], ends[own]
    is_long = stops - begins > max(MIN_PAUSE.total_seconds(), FACTOR * usual)
    inside = np.clip(stops, start, end) - np.clip(begins + usual, start, end)
    return round(float(np.clip(inside[is_long], 0.0, None).sum()) / 3600, 2)
