"""Is a difference between two periods more than chance? Answered by exchanging whole stories between them.

The cases of one story resemble each other, so that a hundred mentions in ten stories say about as much as ten mentions.
What is exchanged is therefore the story; and each outlet is compared with itself only, so that an outlet that is silent
today, or new, changes nothing.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]

# How alike the cases of one story are taken to be when they are weighed; a wrong value costs power, not validity.
# Source: tests/benchmarks/bench_changes.py: of 0, 0.15, 0.3 and 0.6 this has the best power between correlations .1 and .4.
STORY_CORRELATION = 0.3
# Rounds of exchanges, and above which p the next, finer one is not needed: what is far from significant is told soon, and
# the last is fine enough for some forty questions at 0.05.
ROUNDS = ((199, 0.2), (1999, 0.02), (9999, 0.0))
# Exchanges are made in blocks of so many numbers, some hundred megabytes; a day's summary needs one or two.
_BLOCK = 8_000_000


@dataclass(frozen=True, slots=True)
class Sample:
    """The cases of one question in two periods.

    `carries` has shape `(n_cases, n_items)`: whether a case has an item. `stratum` and `story` are numbers from 0,
    `is_today` tells the periods apart, `language` is a number; all have shape `(n_cases,)`. A story that reaches into both
    periods is taken for one in each.
    """

    carries: Array
    stratum: Array
    story: Array
    is_today: Array
    language: Array


@dataclass(frozen=True, slots=True)
class Tested:
    """What a sample shows. `p` is of all items together; the arrays have one value an item.

    `differences` in [-1, 1] compare each stratum with itself; `p_values` are of single items.
    """

    p: float
    differences: Array
    p_values: Array


@dataclass(frozen=True, slots=True)
class _Scores:
    """Sums by story of what lies above the stratum's own share: shape `(n_stories, n_items)`. `scale` makes shares of them.

    `spread` holds the same for the exchanges: a story draws the share of its stratum towards itself, so that what lies above
    it is too small by the root of 1 - (its part of the stratum).
    """

    sums: Array
    spread: Array
    is_today: Array
    scale: float


def compare_periods(sample: Sample, *, random_state: int) -> Tested:
    """Permutation test of the two periods, by whole stories.

    The statistic of an item is the Mantel-Haenszel difference over the strata, cases of large stories weighed less; that
    of the question is the greatest of them in units of its deviation. Without two stories in each period nothing is
    told: p is 1.

    Sources: Greenland and Robins 1985 (difference over strata); Ernst 2004 (permutation by groups); Westfall and Young
    1993 (greatest statistic); Phipson and Smyth 2010 (a p-value is never 0).
    """
    return _test(_score(sample), random_state)


def compare_without_largest(sample: Sample, item: int, *, random_state: int) -> tuple[float, float]:
    """(difference, p) of an item without the one story, of either period, that makes most of its difference.

    What other languages wrote in that period is left out with it: a story is recognised within one language only, so
    they may tell the same.
    """
    scores = _score(sample)
    signed = np.where(scores.is_today, 1, -1) * scores.sums[:, item]
    largest = int(np.argmax(signed * np.sign(signed.sum())))
    units, _ = _find_units(sample)
    is_largest = units == largest
    same_period = sample.is_today == scores.is_today[largest]
    kept = ~is_largest & ~(same_period & (sample.language != sample.language[is_largest][0]))
    tested = _test(_score(_take(sample, kept, item)), random_state)
    return float(tested.differences[0]), float(tested.p_values[0])


def _take(sample: Sample, kept: Array, item: int) -> Sample:
    return Sample(
        sample.carries[kept][:, [item]],
        # Numbers from 0 again: a stratum may have gone.
        np.unique(sample.stratum[kept], return_inverse=True)[1],
        sample.story[kept],
        sample.is_today[kept],
        sample.language[kept],
    )


def _find_units(sample: Sample) -> tuple[Array, int]:
    """The number of each case's story within its period, and how many there are."""
    _, units = np.unique(sample.story * 2 + sample.is_today, return_inverse=True)
    return units, int(units.max()) + 1 if len(units) else 0


def _score(sample: Sample) -> _Scores:
    units, n_units = _find_units(sample)
    sizes = np.bincount(units, minlength=n_units)
    weights = 1 / (1 + (sizes[units] - 1) * STORY_CORRELATION)
    n_strata = int(sample.stratum.max()) + 1 if len(sample.stratum) else 0
    total = np.bincount(sample.stratum, weights, n_strata)
    today = np.bincount(sample.stratum, weights * sample.is_today, n_strata)
    expected = np.stack(
        [np.bincount(sample.stratum, weights * column, n_strata) / total for column in sample.carries.T], axis=1
    )
    above = (sample.carries - expected[sample.stratum]) * weights[:, None]
    part = _find_parts(units, sample.stratum, weights, total)
    drawn = above / np.sqrt(np.where(part < 1 - 1e-9, 1 - part, 1))[:, None]
    sums, spread = (
        np.stack([np.bincount(units, column, n_units) for column in values.T], axis=1) for values in (above, drawn)
    )
    is_today = np.zeros(n_units, dtype=bool)
    is_today[units] = sample.is_today
    return _Scores(sums, spread, is_today, float((today * (total - today) / total).sum()))


def _find_parts(units: Array, stratum: Array, weights: Array, total: Array) -> Array:
    """For each case, the part of its stratum's weight that its story has. Source: Bell and McCaffrey 2002 (the CR2 correction)."""
    _, cell = np.unique(units * len(total) + stratum, return_inverse=True)
    return np.asarray(np.bincount(cell, weights)[cell] / total[stratum])


def _test(scores: _Scores, random_state: int) -> Tested:
    sums, is_today = scores.sums, scores.is_today
    n, n_today = len(is_today), int(is_today.sum())
    n_items = sums.shape[1]
    if min(n_today, n - n_today) < 2 or scores.scale <= 0:
        return Tested(1.0, np.zeros(n_items), np.ones(n_items))
    observed = sums[is_today].sum(axis=0)
    centred = scores.spread - scores.spread.mean(axis=0)
    deviations = np.sqrt(n_today * (n - n_today) / (n * (n - 1)) * (centred**2).sum(axis=0))
    safe = np.where(deviations > 0, deviations, np.inf)
    scaled = centred / safe
    wanted = np.abs(observed / safe)
    rng = np.random.default_rng(random_state)
    for rounds, clear in ROUNDS:
        drawn = np.abs(_exchange(scaled, n_today, rounds, rng))
        # Sums of the same numbers in another order differ in their last digits.
        p = _p_value(drawn.max(axis=1) >= wanted.max() - 1e-9)
        if p > clear:
            break
    p_values = (1 + (drawn >= wanted - 1e-9).sum(axis=0)) / (1 + rounds)
    return Tested(p, observed / scores.scale, np.asarray(p_values))


def _exchange(scores: Array, n_today: int, rounds: int, rng: np.random.Generator) -> Array:
    """Sums of `n_today` stories drawn at random, shape `(rounds, n_items)`."""
    size = max(1, _BLOCK // len(scores))
    return np.concatenate(
        [_draw(scores, n_today, min(size, rounds - begin), rng) for begin in range(0, rounds, size)], axis=0
    )


def _draw(scores: Array, n_today: int, rounds: int, rng: np.random.Generator) -> Array:
    keys = rng.random((rounds, len(scores)), dtype=np.float32)
    limits = np.partition(keys, n_today - 1, axis=1)[:, n_today - 1 : n_today]
    return np.asarray((keys <= limits).astype(np.float64) @ scores)


def _p_value(as_large: Array) -> float:
    return float((1 + as_large.sum()) / (1 + len(as_large)))
