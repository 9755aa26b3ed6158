"""The test of change on a simulated press, small and seeded; the long form is tests/benchmarks/bench_changes.py."""

import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from framewire.codebook import Codebook
from framewire.summarise.changes import is_testable
from framewire.summarise.questions import list_questions
from framewire.summarise.resampling import Sample, compare_periods, compare_without_largest

sys.path.append(str(Path(__file__).parent / "benchmarks"))
from bench_changes import announce
from change_press import N_SIDES, N_WORDINGS, Press, as_cases, as_questions, measure_icc, simulate

QUIET = Press(n_articles=60, focus_mentions=60)


def sample(today: list[list[int]], before: list[list[int]]) -> Sample:
    """Stories of 0 and 1, one outlet."""
    stories = [*today, *before]
    sizes = [len(story) for story in stories]
    return Sample(
        carries=np.array([[value == 1] for story in stories for value in story]),
        stratum=np.zeros(sum(sizes), dtype=int),
        story=np.repeat(np.arange(len(stories)), sizes),
        is_today=np.repeat([True] * len(today) + [False] * len(before), sizes),
        language=np.zeros(sum(sizes), dtype=int),
    )


def test_a_difference_that_many_stories_make_is_found() -> None:
    tested = compare_periods(sample([[1]] * 8, [[0]] * 24), random_state=1)
    assert tested.differences[0] == pytest.approx(1.0)
    assert tested.p <= 0.001
    difference, p = compare_without_largest(sample([[1]] * 8, [[0]] * 24), 0, random_state=1)
    assert (difference, p <= 0.001) == (pytest.approx(1.0), True)


def test_a_difference_that_one_story_makes_is_not() -> None:
    cases = sample([[1] * 20, [0], [0], [0]], [[0]] * 24)
    assert compare_periods(cases, random_state=1).p > 0.05
    assert compare_without_largest(cases, 0, random_state=1)[0] == pytest.approx(0.0)


@pytest.mark.parametrize(("today", "before"), [([[1] * 9], [[0]] * 9), ([[1]] * 9, [[0] * 9]), ([], [[0]])])
def test_one_story_in_a_period_tells_nothing(today: list[list[int]], before: list[list[int]]) -> None:
    assert compare_periods(sample(today, before), random_state=1).p == 1.0


def test_an_outlet_that_is_new_or_silent_tells_nothing() -> None:
    cases = sample([[1]] * 9 + [[0]] * 9, [[0]] * 18)
    outlets = np.array([0] * 9 + [1] * 9 + [1] * 18)
    tested = compare_periods(replace(cases, stratum=outlets), random_state=1)
    assert tested.differences[0] == pytest.approx(0.0)
    assert tested.p > 0.5


def test_the_same_seed_gives_the_same_p() -> None:
    cases = sample([[1, 0], [1], [0]] * 4, [[0], [1, 0]] * 8)
    assert compare_periods(cases, random_state=3).p == compare_periods(cases, random_state=3).p


def test_the_correlation_of_stories_is_what_it_is_called() -> None:
    groups = np.repeat(np.arange(50), 4)
    assert measure_icc(np.repeat(np.arange(50) % 2, 4).astype(float), groups) == pytest.approx(1.0)
    assert abs(measure_icc(np.random.default_rng(0).random(200), groups)) < 0.2


def test_the_simulated_press_is_asked_what_the_tables_are_asked() -> None:
    day = simulate(QUIET, seed=5)
    asked = {question.id: question for question in as_questions(day)}
    listed = [question for question in list_questions(as_cases(day), _codebook()) if is_testable(question)]
    assert [question.id for question in listed] == list(asked)
    for question in listed:
        order = np.argsort(question.pool["article_id"].to_numpy())
        assert (question.carries[order] == asked[question.id].carries).all()


def test_quiet_days_are_quiet() -> None:
    announced = [announce(simulate(QUIET, seed=seed), seed) for seed in range(12)]
    # One in twenty at most: of twelve days more than three by a chance of 0.002.
    assert sum(map(bool, announced)) <= 3


def test_a_large_change_is_found_and_a_single_story_is_not() -> None:
    loud = replace(QUIET, points=0.6, focus_mentions=100)
    assert sum("r0" in announce(simulate(loud, seed=seed), seed) for seed in range(5)) >= 4
    single = replace(QUIET, one_story=True)
    assert not any("r0" in announce(simulate(single, seed=seed), seed) for seed in range(5))


def _codebook() -> Codebook:
    """Referents and narratives as the simulated press has them."""

    def words(n: int) -> list[Any]:
        return [SimpleNamespace(id=f"w{i}", title=f"w{i}") for i in range(n)]

    referents = [SimpleNamespace(id=f"r{i}", label=f"r{i}", wordings=words(n)) for i, n in enumerate(N_WORDINGS)]
    narratives = [SimpleNamespace(id=f"n{i}", label=f"n{i}", sided=n > 1) for i, n in enumerate(N_SIDES)]
    sides = [SimpleNamespace(id=f"s{i}", label=f"s{i}") for i in range(2)]
    return cast(Codebook, SimpleNamespace(terminology=referents, narratives=narratives, sides=sides))
