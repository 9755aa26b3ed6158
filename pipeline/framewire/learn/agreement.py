"""How far coders agree: Krippendorff's alpha for any number of coders, values and distances, with bootstrap intervals.

1 = always, 0 = as often as by chance. Source: Krippendorff, Content Analysis (4th ed. 2018), chapter 12; .80 is his bound for
firm conclusions, .667 for tentative ones. Two codings by coders of one kind are no proof of human reliability.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from framewire.codebook import Codebook
from framewire.records import CodedPassage

Unit = Sequence[Hashable]
Distance = Callable[[Any, Any], float]
# Source: Krippendorff 2004, Reliability in content analysis: not even tentative conclusions below.
FLOOR = 0.667
N_RESAMPLES = 1000
# Fewer units make no alpha: one disagreement turns it over, and a resample for the interval is often one value.
# Source: the ten cases under which summaries print no share (summarise/shares.py).
MIN_UNITS = 10


class Alpha(NamedTuple):
    """An alpha with its 95 % interval; None where nothing varies or the units are too few. `n_units` have two values or more."""

    alpha: float | None
    low: float | None
    high: float | None
    n_units: int

    @property
    def is_low(self) -> bool:
        """Whether it is known and below the floor."""
        return self.alpha is not None and self.alpha < FLOOR

    @property
    def is_few(self) -> bool:
        """Whether there are too few units for any alpha."""
        return self.n_units < MIN_UNITS


def differ(a: Hashable, b: Hashable) -> float:
    """The distance of nominal values: 0 if they are the same, else 1."""
    return float(a != b)


def masi_distance(a: frozenset[Any], b: frozenset[Any]) -> float:
    """The distance of sets, in [0, 1]: one less their overlap (Jaccard), weighed by whether one holds the other.

    Source: Passonneau 2006, Measuring agreement on set-valued items (MASI): equal 1, one within the other 2/3, crossing 1/3,
    apart 0.
    """
    if a == b:
        return 0.0
    shared = len(a & b)
    weight = 2 / 3 if a <= b or b <= a else 1 / 3 if shared else 0.0
    return 1 - weight * shared / len(a | b)


def krippendorff_alpha(units: Iterable[Unit], *, distance: Distance = differ) -> float | None:
    """The agreement on some units, each the values that coders gave it; None where nothing varies or no unit has two.

    Units may have different numbers of values; those with one only are left out.
    Source: Krippendorff 2011, Computing Krippendorff's alpha-reliability, section E.
    """
    table = _tabulate(units, distance)
    if table is None:
        return None
    (value,) = _measure(table, np.ones((1, len(table.sizes))))
    return None if np.isnan(value) else float(value)


def measure_alpha(units: Iterable[Unit], *, distance: Distance = differ, random_state: int = 0) -> Alpha:
    """Alpha of ten units or more, with the interval of 1000 resamples of whole units; equal arguments give equal intervals.

    Source: Efron and Tibshirani 1993, chapter 13 (percentiles); units are drawn, since a unit's values belong together.
    """
    table = _tabulate(units, distance)
    if table is None:
        return Alpha(None, None, None, 0)
    n = len(table.sizes)
    (value,) = _measure(table, np.ones((1, n)))
    if np.isnan(value) or n < MIN_UNITS:
        return Alpha(None, None, None, n)
    rng = np.random.default_rng(random_state)
    drawn = _measure(table, rng.multinomial(n, np.full(n, 1 / n), size=N_RESAMPLES).astype(np.float64))
    drawn = drawn[~np.isnan(drawn)]
    low, high = np.quantile(drawn, [0.025, 0.975]) if len(drawn) else (np.nan, np.nan)
    return Alpha(float(value), float(low), float(high), n)


class _Table(NamedTuple):
    """Units as counts: `counts` (n_units, n_values), `sizes` and `observed` (n_units,), `distances` (n_values, n_values)."""

    counts: NDArray[np.float64]
    sizes: NDArray[np.float64]
    observed: NDArray[np.float64]
    distances: NDArray[np.float64]


def _tabulate(units: Iterable[Unit], distance: Distance) -> _Table | None:
    pairable = [unit for unit in units if len(unit) > 1]
    if not pairable:
        return None
    places = {value: i for i, value in enumerate(dict.fromkeys(value for unit in pairable for value in unit))}
    counts = np.zeros((len(pairable), len(places)))
    for i, unit in enumerate(pairable):
        for value in unit:
            counts[i, places[value]] += 1
    distances = np.array([[distance(a, b) for b in places] for a in places])
    sizes = counts.sum(axis=1)
    observed = ((counts @ distances) * counts).sum(axis=1) / (sizes - 1)
    return _Table(counts, sizes, observed, distances)


def _measure(table: _Table, weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Alpha for each row of weights of the units, (n_rows, n_units); NaN where nothing varies."""
    n = weights @ table.sizes
    values = weights @ table.counts
    by_chance = ((values @ table.distances) * values).sum(axis=1) / (n - 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(by_chance > 0, 1 - weights @ table.observed / by_chance, np.nan)


def measure_agreement(
    first: Sequence[CodedPassage], second: Sequence[CodedPassage], codebook: Codebook
) -> dict[str, Any]:
    """Alpha of relevance, of each narrative (carried or not), and of voice and accused side where both coded the narrative.

    Args:
        first: the coding that a model learns from.
        second: another coding of some of these passages, by id; others are left out.
        codebook: whose narratives they are.
    """
    known = {passage.id: passage for passage in first}
    both = [(known[other.id], other) for other in second if other.id in known]
    cells = [(_by_id(a), _by_id(b)) for a, b in both]
    shared = [(a[n], b[n]) for a, b in cells for n in codebook.narrative_ids if n in a and n in b]
    return {
        "n": len(both),
        "coders": sorted({passage.coder or "unknown" for pair in both for passage in pair}),
        "relevance": krippendorff_alpha((str(a.relevant), str(b.relevant)) for a, b in both),
        "narratives": {
            n: {
                "alpha": krippendorff_alpha((str(n in a), str(n in b)) for a, b in cells),
                "coded": [sum(n in codes for codes in part) for part in zip(*cells, strict=True)] if cells else [0, 0],
            }
            for n in codebook.narrative_ids
        },
        "voice": krippendorff_alpha((a.voice.value, b.voice.value) for a, b in shared),
        "accused": krippendorff_alpha((str(a.accused), str(b.accused)) for a, b in shared if a.accused and b.accused),
    }


def _by_id(passage: CodedPassage) -> Mapping[str, Any]:
    return {narrative.id: narrative for narrative in passage.narratives}
