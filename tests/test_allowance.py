"""How the rate of false discoveries is shared out among the questions of a day."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import false_discovery_control

from framewire.summarise.allowance import count_stories, find_q_values
from framewire.summarise.questions import Question


def ask(kind: str, n_today: int, n_before: int) -> Question:
    """A question with so many stories in either period, two articles each."""
    stories = np.repeat(np.arange(n_today + n_before), 2)
    pool = pd.DataFrame({"story": stories, "days_ago": np.where(stories < n_today, 0, 7)})
    return Question(kind, "r", (), "", pool, np.zeros((len(pool), 0), dtype=bool))


@pytest.mark.parametrize(("n_today", "n_before", "n"), [(10, 40, 8.0), (1, 1, 0.5), (20, 20, 10.0)])
def test_what_a_comparison_rests_on(n_today: int, n_before: int, n: float) -> None:
    assert count_stories(ask("wording", n_today, n_before)) == pytest.approx(n)


def test_equal_questions_of_one_kind_are_corrected_as_usual() -> None:
    p_values = [0.001, 0.2, 0.04, 0.9]
    found = find_q_values([ask("wording", 5, 20) for _ in p_values], p_values)
    assert found == pytest.approx(false_discovery_control(p_values).tolist())


def test_either_kind_has_half_of_the_rate() -> None:
    kinds = ["wording", "narrative", "narrative", "narrative"]
    found = find_q_values([ask(kind, 5, 20) for kind in kinds], [0.01, 0.01, 0.5, 0.5])
    assert found == pytest.approx([0.02, 0.06, 1.0, 1.0])


def test_what_rests_on_more_stories_has_a_larger_part() -> None:
    found = find_q_values([ask("wording", 30, 30), ask("wording", 10, 10)], [0.03, 0.03])
    # Parts of 15 and 5 stories, 10 on average: 0.03 counts as 0.02 and as 0.06.
    assert found == pytest.approx([0.04, 0.06])


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 40), st.integers(1, 160), st.floats(0, 1)), max_size=12))
def test_q_values_are_rates_and_follow_the_p_values(
    rows: list[tuple[bool, int, int, float]],
) -> None:
    questions = [ask("wording" if is_wording else "narrative", a, b) for is_wording, a, b, _ in rows]
    q_values = find_q_values(questions, [p for *_, p in rows])
    assert len(q_values) == len(rows)
    assert all(0 <= q <= 1 for q in q_values)
    smaller = find_q_values(questions, [p / 2 for *_, p in rows])
    assert all(a <= b + 1e-12 for a, b in zip(smaller, q_values, strict=True))
