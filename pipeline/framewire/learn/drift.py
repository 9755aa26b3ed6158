"""Does what is read now still look like what the model was trained for? Shares of two periods beside each other. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

# Fewer articles in a period say nothing of it.
MIN_ARTICLES = 30
N_RESAMPLES = 2000
# All intervals of one look together are right so often, so each is the wider the more there are (Bonferroni).
CONFIDENCE = 0.95
# Shares that move less than by this factor are nothing to act upon, however sure the move is. Source: judgement.
FACTOR_MODEL, FACTOR_NARRATIVE = 1.25, 1.5
UNSEEN, OPEN = "unseen words", "left open"
_Z = 1.959963984540054


@dataclass(frozen=True, slots=True)
class ReadArticle:
    """What the model met in an article on the subject, and made of it.

    Words, and those that no training passage holds (no words at all where that is not known); labels assigned, and left
    open; narratives that it carries.
    """

    n_words: int
    n_unseen: int
    n_assigned: int
    n_open: int
    narratives: frozenset[str] = frozenset()


class Shift(NamedTuple):
    """A share now and in the training period, in [0, 1], and the interval of the difference; whether it has moved."""

    name: str
    now: float
    before: float
    low: float
    high: float
    has_moved: bool


class AuditedShare(NamedTuple):
    """How many of `n` labels an audit found right, with Wilson's 95 % interval."""

    share: float
    low: float
    high: float
    n: int


def find_shifts(now: Sequence[ReadArticle], before: Sequence[ReadArticle], narratives: Sequence[str]) -> list[Shift]:
    """The shares of unseen words, of labels left open, and of articles with each narrative, in two periods.

    A share has moved if the interval of the difference, which resamples whole articles, holds no zero, and the larger share is
    a quarter (of a narrative half) above the smaller. Empty if a period has too few articles.
    """
    if min(len(now), len(before)) < MIN_ARTICLES:
        return []
    parts: list[tuple[str, float, Callable[[ReadArticle], tuple[float, float]]]] = [
        (OPEN, FACTOR_MODEL, lambda one: (one.n_open, one.n_open + one.n_assigned)),
    ]
    if any(one.n_words for one in now):
        parts.insert(0, (UNSEEN, FACTOR_MODEL, lambda one: (one.n_unseen, one.n_words)))
    parts += [(name, FACTOR_NARRATIVE, _carries(name)) for name in narratives]
    rng = np.random.default_rng(0)
    drawn = [_draw(rng, len(part)) for part in (now, before)]
    return [_compare(part, (now, before), drawn, tail=(1 - CONFIDENCE) / len(parts) / 2) for part in parts]


def measure_precision(labelled_and_coded: Sequence[tuple[frozenset[str], frozenset[str]]]) -> AuditedShare | None:
    """How many of the labels that the model gives audited articles their coders give, too; None without any label.

    Source: Wilson 1927.
    """
    n = sum(len(labelled) for labelled, _ in labelled_and_coded)
    if not n:
        return None
    share = sum(len(labelled & coded) for labelled, coded in labelled_and_coded) / n
    middle = (share + _Z**2 / (2 * n)) / (1 + _Z**2 / n)
    half = _Z / (1 + _Z**2 / n) * sqrt(share * (1 - share) / n + _Z**2 / (4 * n * n))
    return AuditedShare(share, max(middle - half, 0.0), min(middle + half, 1.0), n)


def _draw(rng: np.random.Generator, n: int) -> NDArray[np.float64]:
    """How often each of n articles is drawn, (N_RESAMPLES, n)."""
    return rng.multinomial(n, np.full(n, 1 / n), size=N_RESAMPLES).astype(np.float64)


def _carries(name: str) -> Callable[[ReadArticle], tuple[float, float]]:
    return lambda one: (name in one.narratives, 1.0)


def _compare(
    part: tuple[str, float, Callable[[ReadArticle], tuple[float, float]]],
    periods: tuple[Sequence[ReadArticle], Sequence[ReadArticle]],
    drawn: Sequence[NDArray[np.float64]],
    *,
    tail: float,
) -> Shift:
    name, factor, count = part
    counts = [np.array([count(one) for one in period], float) for period in periods]
    now, before = (float(c[:, 0].sum() / max(c[:, 1].sum(), 1)) for c in counts)
    sums = [draws @ c for draws, c in zip(drawn, counts, strict=True)]
    shares = [s[:, 0] / np.maximum(s[:, 1], 1) for s in sums]
    low, high = (float(q) for q in np.quantile(shares[0] - shares[1], [tail, 1 - tail]))
    is_sure = low > 0 or high < 0
    return Shift(name, now, before, low, high, is_sure and max(now, before) >= factor * min(now, before))
