"""How much of a series' movement is the world's, and how much that of codebook or model.

Two instruments, the old and the new, have labelled the same articles of two periods, so there are four shares of each item:
by either instrument in either period. What a reader sees where the instrument was changed between the periods is the new
one's share after less the old one's share before. It is the sum, exactly, of

- the world: what moves from before to after under one instrument, the mean of what it is under the old and the new one;
- the instrument: what differs between the two on the same articles, the mean of what it is before and after.

Taking the mean over both orders in which the two could have changed leaves no remainder and prefers neither.
Source: Das Gupta 1993, Standardization and decomposition of rates; Shorrocks 2013, who shows that it is the Shapley value.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from framewire.summarise.shares import MIN_TOTAL

Array = npt.NDArray[np.float64]
OLD, NEW = 0, 1
# Fewer days than this say nothing of how days differ.
MIN_DAYS = 5
ROUNDS = 2_000
_ENDS = (2.5, 97.5)


@dataclass(frozen=True, slots=True)
class Effect:
    """A part of a movement, in shares, with its 95 % interval; None where days are too few."""

    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Decomposed:
    """A movement and its two parts, which add up to it. `shares` are those by (instrument, period), old and before first."""

    shares: tuple[tuple[float, float], tuple[float, float]]
    total: Effect
    world: Effect
    instrument: Effect


@dataclass(frozen=True, slots=True)
class Period:
    """What was counted of an item on the days of a period: `n` and `total`, shaped (n_days, 2), the old instrument first."""

    n: Array
    total: Array

    def sums(self, days: npt.NDArray[np.int64] | None = None) -> tuple[Array, Array]:
        """`n` and `total` over all days, or over drawn ones, shaped (2,) or (n_rounds, 2)."""
        if days is None:
            return self.n.sum(axis=0), self.total.sum(axis=0)
        return self.n[days].sum(axis=1), self.total[days].sum(axis=1)


def decompose(before: Period, after: Period, *, random_state: int) -> Decomposed | None:
    """The movement from before to after, in its parts; None where one of the four shares has too few cases.

    The intervals come from drawing whole days anew within each period: what stands in one day's news is not independent,
    and both instruments have labelled the same days, so they are drawn together.
    """
    sums = [period.sums() for period in (before, after)]
    if min(total.min() for _, total in sums) < MIN_TOTAL:
        return None
    first, last = (n / total for n, total in sums)
    found = _split(first, last)
    spread = _draw(before, after, random_state) if min(len(before.n), len(after.n)) >= MIN_DAYS else None
    effects = [Effect(float(value), *_find_ends(spread, i)) for i, value in enumerate(found)]
    shares = ((float(first[OLD]), float(last[OLD])), (float(first[NEW]), float(last[NEW])))
    return Decomposed(shares, *effects)


def _split(first: Array, last: Array) -> tuple[Any, Any, Any]:
    """The movement, the world's part and the instrument's; the last axis is that of the instruments."""
    total = last[..., NEW] - first[..., OLD]
    world = (last - first).mean(axis=-1)
    instrument = ((first[..., NEW] - first[..., OLD]) + (last[..., NEW] - last[..., OLD])) / 2
    return total, world, instrument


def _draw(before: Period, after: Period, random_state: int) -> Array:
    """The parts in `ROUNDS` drawings of days, shaped (n_rounds, 3), without those in which a share has no case."""
    rng = np.random.default_rng(random_state)
    shares = []
    for period in (before, after):
        n_days = len(period.n)
        n, total = period.sums(rng.integers(0, n_days, size=(ROUNDS, n_days)))
        shares.append(np.divide(n, total, out=np.full(n.shape, np.nan), where=total > 0))
    drawn = np.stack(_split(*shares), axis=1)
    return np.asarray(drawn[~np.isnan(drawn).any(axis=1)])


def _find_ends(spread: Array | None, part: int) -> Sequence[float]:
    """The ends of the 95 % interval of a part. Source: Efron and Tibshirani 1993, the percentile interval."""
    if spread is None or not len(spread):
        return ()
    return [float(end) for end in np.percentile(spread[:, part], _ENDS)]
