"""Counts by two instruments, of two periods, as the table of movements in what the world and what the instrument does."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np

from framewire.errors import InputError
from framewire.summarise.decomposition import Decomposed, Effect, Period, decompose
from framewire.workflow.export_rows import DailyCounts

Item = tuple[str, str, str, str]
"""(kind, referent, wording or narrative, accused side)."""
Row = dict[str, Any]
COLUMNS = (
    *("kind", "referent", "item", "accused", "old_before", "old_after", "new_before", "new_after"),
    *(f"{part}{end}" for part in ("total", "world", "instrument") for end in ("", "_low", "_high")),
    "only_in",
)
"""The columns of the table, in their order."""


@dataclass(frozen=True, slots=True)
class Span:
    """Days, both included."""

    first: date
    last: date

    def days(self) -> list[date]:
        """Each of them."""
        return [self.first + timedelta(days=i) for i in range((self.last - self.first).days + 1)]


@dataclass(slots=True)
class _Counted:
    """By item and day what was counted, and by kind or referent and day of how many; articles by day."""

    n: dict[Item, dict[date, int]]
    total: dict[str, dict[date, int]]
    articles: dict[date, int]


def check_spans(before: Span, after: Span) -> None:
    """Nothing, if one period follows the other.

    Raises:
        InputError: they overlap, or one ends before it begins.
    """
    if before.first > before.last or after.first > after.last or before.last >= after.first:
        raise InputError("the two periods overlap, or one ends before it begins: give --before and --after as FROM:TO.")


def decompose_counts(
    old: DailyCounts, new: DailyCounts, *, before: Span, after: Span, random_state: int = 0
) -> Iterator[Row]:
    """A row for each wording and narrative that either instrument counted: four shares, and the parts of the movement.

    Args:
        old: what the instrument counted that was in use before.
        new: what the one in use after counted on the same articles.
        before: the period before.
        after: the period after.
        random_state: of the intervals.
    """
    counted = [[_sum_outlets(counts, span) for counts in (old, new)] for span in (before, after)]
    items = [{item for period in counted for item in period[i].n} for i in (0, 1)]
    for item in sorted(items[0] | items[1]):
        periods = [_build_period(span, pair, item) for span, pair in zip((before, after), counted, strict=True)]
        found = decompose(*periods, random_state=random_state)
        if found is not None:
            only = "" if item in items[0] & items[1] else "old" if item in items[0] else "new"
            yield _as_row(item, found, only)


def count_articles(counts: DailyCounts, span: Span) -> dict[date, int]:
    """How many articles there are on each day of a period that has any."""
    return _sum_outlets(counts, span).articles


def _sum_outlets(counts: DailyCounts, span: Span) -> _Counted:
    n: dict[Item, dict[date, int]] = defaultdict(lambda: defaultdict(int))
    total: dict[str, dict[date, int]] = defaultdict(lambda: defaultdict(int))
    articles: dict[date, int] = defaultdict(int)
    days = set(span.days())
    for (day, _), number in counts.articles.items():
        if day in days:
            articles[day] += number
    for (day, _), number in counts.relevant.items():
        total[""][day] += number
    for ((day, _), referent, wording), number in counts.wordings.items():
        if day in days:
            n["wording", referent, wording, ""][day] += number
            total[referent][day] += number
    for ((day, _), narrative, accused), number in counts.narratives.items():
        if day in days:
            n["narrative", "", narrative, accused][day] += number
    return _Counted(n, total, articles)


def _build_period(span: Span, pair: Sequence[_Counted], item: Item) -> Period:
    """The days of a period on which there are articles."""
    days = [day for day in span.days() if pair[0].articles.get(day)]
    n = [[one.n.get(item, {}).get(day, 0) for one in pair] for day in days]
    total = [[one.total.get(item[1], {}).get(day, 0) for one in pair] for day in days]
    return Period(np.array(n, dtype=float).reshape(-1, 2), np.array(total, dtype=float).reshape(-1, 2))


def _as_row(item: Item, found: Decomposed, only: str) -> Row:
    kind, referent, name, accused = item
    (old_before, old_after), (new_before, new_after) = found.shares
    parts = {"total": found.total, "world": found.world, "instrument": found.instrument}
    return {
        "kind": kind,
        "referent": referent,
        "item": name,
        "accused": accused,
        "old_before": _round(old_before),
        "old_after": _round(old_after),
        "new_before": _round(new_before),
        "new_after": _round(new_after),
        **{f"{part}{end}": value for part, effect in parts.items() for end, value in _list_ends(effect)},
        "only_in": only,
    }


def _list_ends(effect: Effect) -> list[tuple[str, float | None]]:
    return [("", _round(effect.value)), ("_low", _round(effect.low)), ("_high", _round(effect.high))]


def _round(value: float | None) -> float | None:
    return None if value is None else round(value, 6)
