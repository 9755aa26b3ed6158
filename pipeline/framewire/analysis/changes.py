"""What changed between two spans of time, tested by whole stories as the summaries test a day. Tables in, tables out."""

from collections import Counter
from collections.abc import Iterator
from typing import Any
from zlib import crc32

import numpy as np
import pandas as pd
from scipy.stats import false_discovery_control

from framewire.analysis.fixed import fixed_table
from framewire.analysis.periods import Periods
from framewire.analysis.shares import CONFIDENCE, draw_sums
from framewire.codebook import Codebook
from framewire.summarise.changes import is_testable
from framewire.summarise.questions import Question, as_sample, list_questions
from framewire.summarise.resampling import Array, compare_periods
from framewire.summarise.shares import compare, count_only, measure_by_story

CHANGE_DTYPES = {
    "kind": "text",
    "referent": "text",
    "item": "text",
    "accused": "text",
    **dict.fromkeys(("n_before", "total_before"), "int64"),
    "share_before": "float64",
    **dict.fromkeys(("n_after", "total_after"), "int64"),
    **dict.fromkeys(("share_after", "difference", "low", "high", "within", "p", "q"), "float64"),
    **dict.fromkeys(("stories_before", "stories_after"), "int64"),
    "grouped_by": "text",
}
_UNKNOWN = (np.nan,) * 4


def find_changes(periods: Periods, codebook: Codebook, *, random_state: int) -> pd.DataFrame:
    """One row a wording, narrative and accused side that occurs: shares of articles before and after, and their difference.

    Wordings are of the articles that name the referent in a relevant passage, narratives of the relevant articles; a
    narrative that an article only denies does not count. `p` is the permutation test of the summaries, by whole stories
    and of each outlet with itself (`framewire.summarise.resampling`), `within` the difference that it tests; `q`
    corrects it for all rows. `low` and `high` hold the plain difference: stories are drawn anew in each span. All five are
    missing under ten articles in either span.

    Sources: Benjamini and Hochberg 1995 (`q`); Davison and Hinkley 1997, section 3.8 (drawing whole groups).
    """
    questions = list_questions(periods.cases, codebook)
    rows = [row for question in questions for row in _compare(question, random_state)]
    table = fixed_table([(*row[:-2], np.nan, *row[-2:], periods.grouped_by) for row in rows], CHANGE_DTYPES)
    is_tested = table["p"].notna()
    if is_tested.any():
        table.loc[is_tested, "q"] = false_discovery_control(table.loc[is_tested, "p"])
    order = np.lexsort((-table["difference"].abs(), table["q"]))
    return table.iloc[order].reset_index(drop=True)


def _compare(question: Question, random_state: int) -> Iterator[tuple[Any, ...]]:
    """The rows of a question, without `q` and `grouped_by`; none if only one span has articles that could have an item."""
    is_after = question.is_today
    if not 0 < is_after.sum() < len(is_after):
        return
    stories = tuple(int(question.pool.loc[rows, "story"].nunique()) for rows in (~is_after, is_after))
    tested = _test(question, random_state)
    for i, item in enumerate(question.items):
        has = question.carries[:, i]
        if has.any():
            before, after = (count_only(int(has[rows].sum()), int(rows.sum())) for rows in (~is_after, is_after))
            kind = (question.kind, question.id, item.id.partition("/")[2], "")
            name = kind if question.kind == "wording" else (question.kind, "", item.id, item.accused)
            counts = (before.n, before.total, before.share, after.n, after.total, after.share)
            yield (*name, *counts, after.n / after.total - before.n / before.total, *tested[i], *stories)


def _test(question: Question, random_state: int) -> list[tuple[float, ...]]:
    """(low, high, within, p) of each item; all missing where there are too few articles."""
    if not is_testable(question):
        return [_UNKNOWN] * len(question.items)
    seed = crc32(f"{question.kind} {question.id}".encode()) ^ random_state
    tested = compare_periods(as_sample(question), random_state=seed)
    lows, highs = draw_differences(question, random_state=seed)
    return list(zip(*(a.tolist() for a in (lows, highs, tested.differences, tested.p_values)), strict=True))


def draw_differences(question: Question, *, random_state: int) -> tuple[Array, Array]:
    """(low, high) of the difference of each item's shares, shape `(n_items,)` each.

    Draws of few stories are too much alike, and those of what never occurred never hold it: the interval is never narrower
    than that of the summaries, by the number of cases that the stories are worth (docs/method.md has what was measured).
    """
    rng = np.random.default_rng(random_state)
    is_after = question.is_today
    after, before = (_draw_shares(question, rows, rng) for rows in (is_after, ~is_after))
    tail = (1 - CONFIDENCE) / 2
    lows, highs = np.quantile(after - before, [tail, 1 - tail], axis=0)
    least = np.array([_compare_worth(question, question.carries[:, i]) for i in range(len(question.items))])
    return np.minimum(lows, least[:, 0]), np.maximum(highs, least[:, 1])


def _compare_worth(question: Question, has: Array) -> tuple[float, float]:
    """The interval of an item's difference from those of its two shares."""
    stories, is_after = question.pool["story"].to_numpy(), question.is_today
    now, before = (
        measure_by_story(Counter(stories[rows & has].tolist()), Counter(stories[rows].tolist()))
        for rows in (is_after, ~is_after)
    )
    return compare(now, before)[1:]


def _draw_shares(question: Question, rows: Array, rng: np.random.Generator) -> Array:
    """Shares of each item in each draw of a span's stories, shape `(n_draws, n_items)`."""
    carried = pd.DataFrame(question.carries[rows].astype(float)).assign(size=1.0)
    by_story = carried.groupby(question.pool.loc[rows, "story"].to_numpy()).sum().to_numpy()
    # Stories that are alike are drawn together, which is the same and takes no longer for a hundred thousand.
    alike, times = np.unique(by_story, axis=0, return_counts=True)
    sums = draw_sums(alike, times, rng)
    return np.asarray(sums[:, :-1] / sums[:, -1:])
