"""Which codings are doubted, with cleanlab and without it."""

import importlib.util

import numpy as np
import pytest

from framewire.learn.label_noise import MIN_DOUBT, find_doubtful

CHANCE = np.random.default_rng(1)
N, N_SLIPS = 400, 12


@pytest.fixture
def without_cleanlab(monkeypatch: pytest.MonkeyPatch) -> None:
    find_spec = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "cleanlab" else find_spec(name))


def draw_codings() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Codings of one narrative with slips, the scores of a model that is often unsure, and where the slips are."""
    true = CHANCE.random((N, 1)) < 0.3
    scores = np.clip(np.where(true, 0.72, 0.22) + CHANCE.normal(0, 0.17, (N, 1)), 0.01, 0.99)
    slips = np.zeros((N, 1), bool)
    slips[CHANCE.permutation(N)[:N_SLIPS]] = True
    return true ^ slips, scores, slips


@pytest.mark.usefixtures("without_cleanlab")
def test_without_cleanlab_every_coding_far_from_its_score_is_doubted() -> None:
    coded = np.array([[True, False], [False, True], [True, True]])
    scores = np.array([[0.9, 0.6], [0.5, 0.4], [0.51, 0.99]])
    assert find_doubtful(coded, scores).tolist() == [[False, True], [True, True], [False, False]]


def test_with_cleanlab_fewer_codings_are_doubted_and_most_slips_are_among_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pytest.importorskip("cleanlab")
    coded, scores, slips = draw_codings()
    doubted = find_doubtful(coded, scores)
    far = np.abs(scores - coded) >= MIN_DOUBT
    assert not (doubted & ~far).any()
    assert N_SLIPS <= doubted.sum() < far.sum()
    assert (doubted & slips).sum() >= 0.8 * (far & slips).sum()
    # The farthest of them, so that the order is the same.
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    assert (find_doubtful(coded, scores) == far).all()


def test_a_narrative_that_all_or_no_passages_carry_is_not_reckoned() -> None:
    pytest.importorskip("cleanlab")
    coded = np.array([[True, False], [True, False], [True, False]])
    scores = np.array([[0.9, 0.6], [0.2, 0.1], [0.8, 0.2]])
    assert find_doubtful(coded, scores).tolist() == [[False, True], [True, False], [False, False]]


def test_nothing_coded_is_nothing_doubted() -> None:
    assert find_doubtful(np.zeros((0, 3), bool), np.zeros((0, 3))).shape == (0, 3)
