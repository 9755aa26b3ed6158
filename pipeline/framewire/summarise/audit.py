"""Shares of narratives corrected for the model's errors, from articles drawn at random and coded blind."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from math import sqrt

from scipy.stats import binomtest

# Two whole articles a day, so that a year gives more than seven hundred. Source: design, section 7.
N_A_DAY = 2
# Fewer say too little. Source: tests/benchmarks/bench_audit.py: from here on the intervals hold what they promise, and of
# narratives as rare as one article in ten the audit has seen some.
MIN_AUDITED = 100
MIN_LABELLED = 5
_Z = 1.959963984540054
METHOD = "post-stratified by the model's label"


@dataclass(frozen=True, slots=True)
class Audited:
    """One audited article: whether the model gives it a narrative, and whether the coder does, who did not see that."""

    labelled: bool
    coded: bool


@dataclass(frozen=True, slots=True)
class AuditedArticle:
    """An audited article: what the model gives it and what the coder does, as (narrative, accused side or '')."""

    labelled: frozenset[tuple[str, str]]
    coded: frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Corrected:
    """A corrected share in [0, 1] with its 95 % interval, from so many audited articles."""

    share: float
    low: float
    high: float
    n_audited: int
    method: str = METHOD


def draw_audit(
    articles: Iterable[int], day: date, *, n: int = N_A_DAY, seed: int = 0, name: Callable[[int], str] = str
) -> tuple[int, ...]:
    """The articles of a day to be audited: every one has the same chance, and the same day and seed give the same ones.

    Articles that come in later change the draw only where they are drawn themselves. `name` is what an article is drawn by.
    """
    return tuple(sorted(set(articles), key=lambda article: _rank(name(article), day, seed))[:n])


def correct_share(n_labelled: int, total: int, audited: Sequence[Audited]) -> Corrected | None:
    """The share of articles that carry a narrative, of which the model gives it to `n_labelled` of `total`.

    Of the articles with the label as many carry it as among the audited ones with it, and of those without as many as
    among the audited ones without: what the labels say of all articles, set right by what the audit says of the labels.
    None if the audit is too small: then the raw share is all there is.

    Sources: Tenenbein 1970 (double sampling); Angelopoulos and others 2023 (prediction-powered inference, of which this
    is the form for a label of two values); Zou and Donner 2008 (an interval from those of the parts).

    Args:
        n_labelled: articles with the label, of all.
        total: all articles.
        audited: from the same kind of articles, drawn at random.
    """
    with_label = [one for one in audited if one.labelled]
    without = [one for one in audited if not one.labelled]
    if total < 1 or len(audited) < MIN_AUDITED or min(len(with_label), len(without)) < MIN_LABELLED:
        return None
    q = n_labelled / total
    right, missed = (_measure_coded(part) for part in (with_label, without))
    share = q * right[0] + (1 - q) * missed[0]
    # How many articles have the label is itself only known for these articles.
    of_labels = _Z**2 * q * (1 - q) / total * (right[0] - missed[0]) ** 2
    low = share - sqrt((q * (right[0] - right[1])) ** 2 + ((1 - q) * (missed[0] - missed[1])) ** 2 + of_labels)
    high = share + sqrt((q * (right[2] - right[0])) ** 2 + ((1 - q) * (missed[2] - missed[0])) ** 2 + of_labels)
    return Corrected(share, max(0.0, low), min(1.0, high), len(audited))


def compare_audited(articles: Iterable[AuditedArticle], item: tuple[str, str]) -> list[Audited]:
    """What the audit says of one narrative, laid to one side, article by article."""
    return [Audited(item in one.labelled, item in one.coded) for one in articles]


def describe_audit(n_audited: int) -> str:
    """How far the shares of narratives are corrected, for the head of their table."""
    if n_audited < MIN_AUDITED:
        state = "no audit yet" if n_audited == 0 else f"{n_audited} of {MIN_AUDITED} articles audited"
        return f"Raw: what the model says, not corrected for its errors ({state})."
    return f"Corrected by {n_audited} audited articles where a share says so."


def _measure_coded(audited: Sequence[Audited]) -> tuple[float, float, float]:
    """The coder's share with Wilson's interval: audited articles are drawn one by one."""
    n, total = sum(one.coded for one in audited), len(audited)
    interval = binomtest(n, total).proportion_ci(method="wilson")
    return n / total, float(interval.low), float(interval.high)


def _rank(article: str, day: date, seed: int) -> str:
    return hashlib.sha256(f"{seed} {day.isoformat()} {article}".encode()).hexdigest()
