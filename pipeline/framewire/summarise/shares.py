"""Shares with their intervals, and the difference of two of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import sqrt

from scipy.stats import binomtest
from scipy.stats import t as student

# Under so many cases a share says nothing. Source: summary contract in docs/method.md.
MIN_TOTAL = 10
_Z = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Share:
    """`n` of `total`. `share` in [0, 1] with its 95 % interval; all three are None under ten cases.

    The interval alone is missing where it was not asked for.
    """

    n: int
    total: int
    share: float | None = None
    low: float | None = None
    high: float | None = None


NO_SHARE = Share(0, 0)


def count_only(n: int, total: int) -> Share:
    """The share without an interval."""
    return Share(n, total, n / total) if total >= MIN_TOTAL else Share(n, total)


@lru_cache(maxsize=65536)
def measure(n: int, total: int) -> Share:
    """The share of cases that have nothing to do with each other, with Wilson's interval.

    Mentions and articles are not such: those of one story resemble each other (`measure_by_story`).

    Source: Wilson 1927; Brown, Cai and DasGupta 2001.

    Raises:
        ValueError: `n` is negative or greater than `total`.
    """
    if not 0 <= n <= total:
        raise ValueError(f"{n} of {total} is no share")
    if total < MIN_TOTAL:
        return Share(n, total)
    interval = binomtest(n, total).proportion_ci(method="wilson")
    return Share(n, total, n / total, float(interval.low), float(interval.high))


def measure_by_story(n: Mapping[int, int], total: Mapping[int, int]) -> Share:
    """The share over all stories with an interval that knows that the cases of one story resemble each other.

    The variance between the stories says as how many independent cases they count; for so many the interval is Wilson's,
    with Student's quantile for few stories. Where no story differs, which a share of 0 or 1 implies, a story counts as
    one case, large stories for more of the whole. Source: Korn and Graubard 1998; Kish 1965 (effective number).

    Args:
        n: cases with the item, by story.
        total: all cases, by story.

    Raises:
        ValueError: a story has more cases with the item than cases.
    """
    n_all, total_all = sum(n.values()), sum(total.values())
    if any(count < 0 or count > total.get(story, 0) for story, count in n.items()):
        raise ValueError(f"{n_all} of {total_all} is no share in every story")
    if total_all < MIN_TOTAL:
        return Share(n_all, total_all)
    share, n_stories = n_all / total_all, len(total)
    effective = _count_effective(n, total, share)
    quantile = _quantile(n_stories - 1) if n_stories > 1 else None
    cases = effective * (_Z / quantile) ** 2 if quantile else 1 / total_all
    low, high = _wilson(share, cases)
    return Share(n_all, total_all, share, min(low, share), max(high, share))


def compare(now: Share, before: Share) -> tuple[float, float, float]:
    """The difference of two shares in [-1, 1] and its 95 % interval, from theirs.

    Source: Newcombe 1998, method 10; Zou and Donner 2008 (for intervals of any kind).

    Raises:
        ValueError: one of them has no interval.
    """
    if now.share is None or before.share is None:
        raise ValueError(f"{now.n} of {now.total} and {before.n} of {before.total} cannot be compared")
    p, q = now.share, before.share
    p_low, p_high, q_low, q_high = (value or 0.0 for value in (now.low, now.high, before.low, before.high))
    difference = p - q
    return (
        difference,
        difference - sqrt((p - p_low) ** 2 + (q_high - q) ** 2),
        difference + sqrt((p_high - p) ** 2 + (q - q_low) ** 2),
    )


def _count_effective(n: Mapping[int, int], total: Mapping[int, int], share: float) -> float:
    """As how many independent cases the stories count; at most as many as there are."""
    total_all, n_stories = sum(total.values()), len(total)
    squares = sum((n.get(story, 0) - share * cases) ** 2 for story, cases in total.items())
    if n_stories < 2 or squares == 0:
        return float(total_all**2 / sum(cases**2 for cases in total.values()))
    variance = n_stories / (n_stories - 1) * squares / total_all**2
    return min(float(total_all), share * (1 - share) / variance)


@lru_cache(maxsize=4096)
def _quantile(degrees: int) -> float:
    return float(student.ppf(0.975, degrees))


def _wilson(share: float, cases: float) -> tuple[float, float]:
    """Wilson's interval for a number of cases that need not be whole."""
    scale = 1 + _Z**2 / cases
    centre = (share + _Z**2 / (2 * cases)) / scale
    half = _Z / scale * sqrt(share * (1 - share) / cases + _Z**2 / (4 * cases**2))
    return max(0.0, centre - half), min(1.0, centre + half)
