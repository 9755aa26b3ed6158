"""A share over days: each day's own, and the share of the seven days up to it with its interval."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from scipy.stats import t as student

from framewire.summarise.shares import MIN_TOTAL

# Source: seven days level out the week; weekends have fewer articles than weekdays.
SPAN_DAYS = 7
_Z = 1.959963984540054

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True, slots=True)
class Series:
    """A share by day; arrays of shape `(n_days,)`.

    `n` of `total` on the day itself; `week_n` of `week_total` in the seven days up to it. `share`, `low` and `high` are of
    those seven days, in [0, 1], NaN where they have fewer than ten cases.
    """

    n: Array
    total: Array
    week_n: Array
    week_total: Array
    share: Array
    low: Array
    high: Array


@dataclass(frozen=True, slots=True)
class Cases:
    """What a share is taken of, by text: arrays of shape `(n_texts,)`. A text with its copies of one day is one of them."""

    day: Array
    total: Array
    place: Array
    """The place of each row in these, shape `(n_rows,)`."""


def gather_cases(day: Array, root: Array, weight: Array) -> Cases:
    """The cases by day and text. `day` counts from 0, `root` is a text's number, `weight` how many cases a row is."""
    n_roots = int(root.max(initial=0)) + 1
    texts, place = np.unique(day * n_roots + root, return_inverse=True)
    return Cases(texts // n_roots, np.bincount(place, weights=weight, minlength=len(texts)), place)


def build_series(cases: Cases, weight: Array, *, n_days: int) -> Series:
    """The series of those cases that `weight`, shape `(n_rows,)`, counts."""
    n = np.bincount(cases.place, weights=weight, minlength=len(cases.total))
    parts = (n, cases.total, n * n, n * cases.total, cases.total**2, np.ones_like(n))
    daily = np.stack([np.bincount(cases.day, weights=part, minlength=n_days) for part in parts])
    weekly = _sum_up(daily)
    share, low, high = measure_texts(weekly)
    n_day, total_day, n_week, total_week = (part.astype("int64") for part in (daily[0], daily[1], weekly[0], weekly[1]))
    return Series(n_day, total_day, n_week, total_week, share, low, high)


def measure_texts(sums: Array) -> tuple[Array, Array, Array]:
    """Share, low and high of each column, NaN under ten cases, with the 95 % interval for cases that come in texts.

    The same as `measure_by_story` gives, a text for a story, for many columns at once. How the texts differ says as how many independent cases they count, and for
    so many the interval is Wilson's, with Student's quantile for few texts. Source: Korn and Graubard 1998; Kish 1965.

    Args:
        sums: shape `(6, n_columns)`: over the texts, the sums of n, total, n squared, n times total, total squared, one.
    """
    n, total, nn, nm, mm, texts = sums
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(total >= MIN_TOTAL, n / total, np.nan)
        # In whole numbers, so that texts which do not differ give nothing but zero.
        squares = (total**2 * nn - 2 * n * total * nm + n**2 * mm) / total**2
        variance = texts / (texts - 1) * squares / total**2
        effective = np.minimum(total, share * (1 - share) / variance)
        alike = (squares <= 0) | (texts < 2)
        effective = np.where(alike, total**2 / mm, effective)
        quantile = _list_quantiles(int(texts.max(initial=2)))[np.maximum(texts - 1, 1).astype("int64")]
        cases = np.where(texts < 2, 1 / total, effective * (_Z / quantile) ** 2)
        low, high = _wilson(share, cases)
    return share, np.minimum(low, share), np.maximum(high, share)


@lru_cache(maxsize=64)
def _list_quantiles(most: int) -> Array:
    """Student's 97.5 % quantile by degrees of freedom, from 0 (none) to `most`."""
    return np.asarray(student.ppf(0.975, np.arange(most + 1)))


def _sum_up(daily: Array) -> Array:
    """The sums of seven days up to each day; those of the first days are of fewer."""
    until = np.cumsum(daily, axis=1)
    before = np.zeros_like(until)
    before[:, SPAN_DAYS:] = until[:, :-SPAN_DAYS]
    return np.asarray(until - before)


def _wilson(share: Array, cases: Array) -> tuple[Array, Array]:
    scale = 1 + _Z**2 / cases
    centre = (share + _Z**2 / (2 * cases)) / scale
    half = _Z / scale * np.sqrt(share * (1 - share) / cases + _Z**2 / (4 * cases**2))
    return np.maximum(0.0, centre - half), np.minimum(1.0, centre + half)
