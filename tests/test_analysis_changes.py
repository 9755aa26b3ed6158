"""What changed between two spans: tested by stories, held against counting by hand."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import pytest

from framewire.analysis.changes import draw_differences, find_changes
from framewire.analysis.periods import Periods
from framewire.codebook import Codebook
from framewire.summarise.cases import Baseline, Cases
from framewire.summarise.questions import Item, Question

OUTLETS = ("north", "south", "noon", "dusk")


def build_periods(codebook: Codebook, stories: Sequence[tuple[int, int, bool]]) -> Periods:
    """Spans of stories given as (days_ago, number of articles, whether they carry the second wording)."""
    referent = codebook.terminology[0]
    rows: list[dict[str, Any]] = []
    for story, (days_ago, size, has_second) in enumerate(stories):
        for i in range(size):
            rows.append(
                {
                    "article_id": len(rows),
                    "outlet": OUTLETS[i % 4],
                    "group": "press",
                    "language": "en",
                    "story": story,
                    "days_ago": days_ago,
                    "is_copy": False,
                    "relevant": True,
                    "referent": referent.id,
                    "wording": referent.wordings[has_second].id,
                }
            )
    table = pd.DataFrame(rows)
    narratives = table.iloc[:0].assign(narrative="", voice="", accused="")
    cases = Cases(table, table, narratives, {}, Baseline("range", (1,), (1,)))
    return Periods(cases, "story", "")


def second(table: pd.DataFrame, codebook: Codebook) -> dict[str, Any]:
    wording = codebook.terminology[0].wordings[1].id
    (row,) = table[table["item"] == wording].to_dict("records")
    return dict(row)


def test_one_story_in_many_outlets_is_no_change(small_codebook: Codebook) -> None:
    periods = build_periods(small_codebook, [(1, 2, False)] * 20 + [(0, 2, False)] * 10 + [(0, 20, True)])
    row = second(find_changes(periods, small_codebook, random_state=0), small_codebook)
    assert (row["n_before"], row["total_before"], row["n_after"], row["total_after"]) == (0, 40, 20, 40)
    assert row["difference"] == 0.5
    assert (row["stories_before"], row["stories_after"]) == (20, 11)
    # Fisher's exact test, which takes articles for themselves, has p < 1e-7 here.
    assert row["p"] > 0.05
    assert row["low"] < 0.1


def test_many_stories_are_a_change(small_codebook: Codebook) -> None:
    periods = build_periods(small_codebook, [(1, 2, False)] * 20 + [(0, 2, False)] * 10 + [(0, 2, True)] * 10)
    row = second(find_changes(periods, small_codebook, random_state=0), small_codebook)
    assert (row["difference"], row["within"] > 0) == (0.5, True)
    assert row["p"] < 0.001
    assert 0 < row["low"] < 0.5 < row["high"]


def test_what_few_articles_say_is_counted_and_not_tested(small_codebook: Codebook) -> None:
    periods = build_periods(small_codebook, [(1, 1, False)] * 20 + [(0, 1, True)] * 9)
    row = second(find_changes(periods, small_codebook, random_state=0), small_codebook)
    assert (row["n_after"], row["difference"]) == (9, 1.0)
    assert all(np.isnan(row[name]) for name in ("share_after", "low", "high", "within", "p", "q"))


def test_a_span_without_articles_that_could_have_it_has_no_row(small_codebook: Codebook) -> None:
    assert len(find_changes(build_periods(small_codebook, [(0, 1, True)] * 20), small_codebook, random_state=0)) == 0


@pytest.mark.parametrize("n_stories", [2, 30, 3000])
def test_intervals_of_a_quiet_item_hold_no_difference(n_stories: int) -> None:
    pool = pd.DataFrame({"story": np.arange(2 * n_stories) // 2, "days_ago": np.arange(2 * n_stories) % 2})
    pool = pd.concat([pool] * 5, ignore_index=True)
    carries = (np.arange(len(pool)) // 2 % 2 == 0)[:, None]
    item = Item("thing/one", "", "one")
    lows, highs = draw_differences(Question("wording", "thing", (item,), "", pool, carries), random_state=0)
    assert lows[0] <= 0 <= highs[0]
    again = draw_differences(Question("wording", "thing", (item,), "", pool, carries), random_state=0)
    assert (lows == again[0]).all()
    assert (highs == again[1]).all()
