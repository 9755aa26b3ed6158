"""Series as drawings: where lines, bands, dots and bars lie in a picture. The template only writes them down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from framewire.summarise.archive.ledger import Break
from framewire.summarise.archive.series import Array, Series
from framewire.summarise.shares import MIN_TOTAL

WIDTH, HEIGHT = 320, 150
LEFT, RIGHT = 30, 312
TOP, BOTTOM = 8, 98
BARS_TOP, BARS_BOTTOM = 106, 126
SPARK_WIDTH, SPARK_HEIGHT = 120, 26
# Over so many days weeks are no longer marked, but months.
MAX_DAYS_BY_WEEK = 70


@dataclass(frozen=True, slots=True)
class Dot:
    """A day's own share; `is_few` if it is of under ten cases."""

    x: float
    y: float
    is_few: bool
    title: str


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark on an axis."""

    at: float
    label: str


@dataclass(frozen=True, slots=True)
class Chart:
    """One picture of `WIDTH` by `HEIGHT` units."""

    label: str
    lines: tuple[str, ...]
    bands: tuple[str, ...]
    beside: tuple[str, ...]
    dots: tuple[Dot, ...]
    radius: float
    bars: str
    most: int
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    breaks: tuple[Tick, ...]


@dataclass(frozen=True, slots=True)
class Scale:
    """What the pictures of one page share: the days, the greatest share and the breaks."""

    days: tuple[date, ...]
    top: float
    breaks: tuple[Break, ...]

    def x(self, place: Array | float) -> Array:
        """Where a day lies."""
        step = (RIGHT - LEFT) / max(len(self.days), 1)
        return LEFT + (np.asarray(place) + 0.5) * step

    def y(self, share: Array) -> Array:
        """Where a share lies."""
        return BOTTOM - (BOTTOM - TOP) * np.minimum(share / self.top, 1.0)


def choose_scale(days: tuple[date, ...], series: Sequence[Series], breaks: tuple[Break, ...]) -> Scale:
    """The scale that holds the intervals of all these series: up to 25, 50 or 100 %."""
    highest = max((float(np.nanmax(one.high)) for one in series if np.isfinite(one.high).any()), default=1.0)
    return Scale(days, next(top for top in (0.25, 0.5, 1.0) if highest <= top or top == 1.0), breaks)


def draw_chart(series: Series, scale: Scale, *, label: str, beside: Series | None = None) -> Chart:
    """The chart of a series. `beside` is drawn as a dashed line to compare with."""
    n_days = len(scale.days)
    most = int(series.total.max(initial=0))
    return Chart(
        label=label,
        lines=_draw_lines(series.share, scale),
        bands=_draw_bands(series, scale),
        beside=_draw_lines(beside.share, scale) if beside is not None else (),
        dots=_draw_dots(series, scale),
        radius=round(float(np.clip(0.3 * (RIGHT - LEFT) / max(n_days, 1), 0.6, 2.2)), 2),
        bars=_draw_bars(series.total, scale, most),
        most=most,
        x_ticks=_mark_days(scale),
        y_ticks=tuple(
            Tick(_tenth(scale.y(np.asarray(v))), f"{100 * v:g}\u00a0%") for v in (0.0, scale.top / 2, scale.top)
        ),
        breaks=tuple(
            Tick(_tenth(scale.x(one.place - 0.5)), f"{_say_day(one.day)}: {one.what}") for one in scale.breaks
        ),
    )


def draw_spark(values: Array, *, top: float) -> tuple[str, ...]:
    """The line of some values from 0 to `top` alone, in a picture of `SPARK_WIDTH` by `SPARK_HEIGHT` units."""
    step = (SPARK_WIDTH - 4) / max(len(values) - 1, 1)
    x = 2 + np.arange(len(values)) * step
    y = SPARK_HEIGHT - 2 - (SPARK_HEIGHT - 4) * np.minimum(values / top, 1.0)
    return tuple(_path(x[part], y[part]) for part in _find_runs(values) if part.stop - part.start > 1)


def _draw_lines(share: Array, scale: Scale) -> tuple[str, ...]:
    x, y = scale.x(np.arange(len(share))), scale.y(share)
    return tuple(_path(x[part], y[part]) for part in _find_runs(share))


def _draw_bands(series: Series, scale: Scale) -> tuple[str, ...]:
    x = scale.x(np.arange(len(series.share)))
    low, high = scale.y(series.low), scale.y(series.high)
    half = (RIGHT - LEFT) / max(len(scale.days), 1) / 2
    bands = []
    for part in _find_runs(series.share):
        # A band is as wide as its days, so that one day alone has one, too.
        xs = np.concatenate([[x[part][0] - half], x[part], [x[part][-1] + half]])
        above = np.concatenate([high[part][:1], high[part], high[part][-1:]])
        below = np.concatenate([low[part][:1], low[part], low[part][-1:]])
        bands.append(_path(np.concatenate([xs, xs[::-1]]), np.concatenate([above, below[::-1]])) + "Z")
    return tuple(bands)


def _draw_dots(series: Series, scale: Scale) -> tuple[Dot, ...]:
    places = np.flatnonzero(series.total > 0)
    shares = series.n[places] / series.total[places]
    xs, ys = scale.x(places), scale.y(shares)
    return tuple(
        Dot(_tenth(x), _tenth(y), bool(total < MIN_TOTAL), f"{_say_day(scale.days[place])}: {n} of {total}")
        for place, x, y, n, total in zip(places, xs, ys, series.n[places], series.total[places], strict=True)
    )


def _draw_bars(total: Array, scale: Scale, most: int) -> str:
    """The cases of each day as upright strokes."""
    if not most:
        return ""
    height = (BARS_BOTTOM - BARS_TOP) * total / most
    xs = scale.x(np.arange(len(total)))
    return "".join(
        f"M{_tenth(x):g} {BARS_BOTTOM}v-{_tenth(tall):g}" for x, tall in zip(xs, height, strict=True) if tall
    )


def _mark_days(scale: Scale) -> tuple[Tick, ...]:
    """The first day and the last one with their dates, Mondays or firsts of months between them without."""
    by_week = len(scale.days) <= MAX_DAYS_BY_WEEK
    ticks = [
        Tick(_tenth(scale.x(place - 0.5)), "")
        for place, day in enumerate(scale.days)
        if (day.weekday() == 0 if by_week else day.day == 1)
    ]
    return tuple(ticks)


def _find_runs(share: Array) -> list[slice]:
    """The runs of days that have a share."""
    known = np.concatenate([[False], np.isfinite(share), [False]])
    edges = np.flatnonzero(known[1:] != known[:-1])
    return [slice(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def _path(x: Array, y: Array) -> str:
    points = [f"{_tenth(a):g} {_tenth(b):g}" for a, b in zip(x, y, strict=True)]
    return "M" + "L".join(points)


def _tenth(value: Array | float) -> float:
    return round(float(value), 1)


def _say_day(day: date) -> str:
    return f"{day.day} {day:%b %Y}"
