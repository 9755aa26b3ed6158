"""Shares with their intervals, and the difference of two of them."""

from dataclasses import dataclass
from functools import lru_cache
from math import sqrt

from scipy.stats import binomtest

# Under so many cases a share says nothing. Source: summary contract in docs/method.md.
MIN_TOTAL = 10


@dataclass(frozen=True, slots=True)
class Share:
    """`n` of `total`. `share` in [0, 1] with its 95 % interval; all three are None under ten cases."""

    n: int
    total: int
    share: float | None = None
    low: float | None = None
    high: float | None = None


NO_SHARE = Share(0, 0)


@lru_cache(maxsize=65536)
def measure(n: int, total: int) -> Share:
    """The share with Wilson's interval. Source: Wilson 1927; Brown, Cai and DasGupta 2001.

    Raises:
        ValueError: `n` is negative or greater than `total`.
    """
    if not 0 <= n <= total:
        raise ValueError(f"{n} of {total} is no share")
    if total < MIN_TOTAL:
        return Share(n, total)
    low, high = _wilson(n, total)
    return Share(n, total, n / total, low, high)


def compare(now: Share, before: Share) -> tuple[float, float, float]:
    """The difference of two shares in [-1, 1] and its 95 % interval. Both totals are above 0.

    Source: Newcombe 1998, method 10: Wilson's intervals put together.
    """
    p, q = now.n / now.total, before.n / before.total
    (p_low, p_high), (q_low, q_high) = _wilson(now.n, now.total), _wilson(before.n, before.total)
    difference = p - q
    return (
        difference,
        difference - sqrt((p - p_low) ** 2 + (q_high - q) ** 2),
        difference + sqrt((p_high - p) ** 2 + (q - q_low) ** 2),
    )


@lru_cache(maxsize=65536)
def _wilson(n: int, total: int) -> tuple[float, float]:
    interval = binomtest(n, total).proportion_ci(method="wilson")
    return float(interval.low), float(interval.high)
