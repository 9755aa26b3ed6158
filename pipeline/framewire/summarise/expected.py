"""How many articles an outlet usually has on such a day, and whether a number is out of the ordinary."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from scipy.special import bdtr, bdtrc

from framewire.summarise.cases import MIN_DAYS, MIN_SAME_WEEKDAYS, N_DAYS, WEEK

# Source: 1 % on each side: of a hundred outlets that do as ever, one or two a day stand out.
MAX_CHANCE = 0.01


@dataclass(frozen=True, slots=True)
class Expected:
    """What came on the days compared with. `is_weekday` tells same weekdays from all days of the last 28."""

    counts: tuple[int, ...]
    is_weekday: bool

    @property
    def median(self) -> float:
        """The middle of them."""
        return float(median(self.counts))

    @property
    def low(self) -> int:
        """The least."""
        return min(self.counts)

    @property
    def high(self) -> int:
        """The most."""
        return max(self.counts)


def find_expected(counts: Sequence[int], known: Sequence[bool], place: int) -> Expected | None:
    """What the days before `place` let expect: two to four same weekdays, else at least seven days, else None.

    Args:
        counts: articles by day, in order.
        known: whether the outlet was read well enough on that day for its number to mean something.
        place: of the day in both.
    """
    before = range(max(place - N_DAYS, 0), place)
    same = [i for i in before if known[i] and (place - i) % WEEK == 0]
    if len(same) >= MIN_SAME_WEEKDAYS:
        return Expected(tuple(counts[i] for i in same), is_weekday=True)
    every = [i for i in before if known[i]]
    return Expected(tuple(counts[i] for i in every), is_weekday=False) if len(every) >= MIN_DAYS else None


def is_fewer(n: int, expected: Expected) -> bool:
    """True if `n` is below all days compared with, and chance would do that in one of a hundred days at most."""
    return n < expected.low and _chance_of_at_most(n, expected) <= MAX_CHANCE


def is_more(n: int, expected: Expected) -> bool:
    """True if `n` is above all days compared with, and chance would do that in one of a hundred days at most."""
    return n > expected.high and _chance_of_at_least(n, expected) <= MAX_CHANCE


def _chance_of_at_most(n: int, expected: Expected) -> float:
    """How often so few come at the old rate: given all articles of both, each falls on the new day with p = 1 / (k + 1).

    Source: Przyborowski and Wilenski (1940), the exact comparison of two Poisson means.
    """
    total = n + sum(expected.counts)
    return float(bdtr(n, total, 1 / (len(expected.counts) + 1)))


def _chance_of_at_least(n: int, expected: Expected) -> float:
    total = n + sum(expected.counts)
    return float(bdtrc(n - 1, total, 1 / (len(expected.counts) + 1)))
