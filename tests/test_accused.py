"""Who is held responsible, by the weights that the coded passages teach, on sentences about another dispute."""

from pathlib import Path

import pytest

from accused_cases import NOBODY, ONE_SIDE
from framewire.codebook import Codebook, load_codebook
from framewire.label import AccusedModel, TermMatcher
from framewire.label.accused import BOTH, MOST_OF_EVENTS, find_clarity
from framewire.label.accused import ONE_SIDE as ANSWER_ONE_SIDE
from framewire.label.accused_roles import find_roles, spares_no_side
from framewire.learn.accused import fit_accused
from framewire.learn.passages import find_passage_files, load_passages

SEEDS = Path(__file__).resolve().parents[1] / "seeds" / "karabakh"
SIDES = (("Norland", "Sudland"), ("Sudland", "Norland"))
# So many of the sentences must be read rightly: those that are not show in the test's output.
FLOOR = 0.9


@pytest.fixture(scope="module")
def model() -> AccusedModel:
    codebook = load_codebook(SEEDS / "codebook.yaml")
    passages = load_passages(find_passage_files(SEEDS / "passages"), codebook=codebook)
    matcher = TermMatcher(codebook)
    return fit_accused(passages, [matcher.annotate(p.text, language="en") for p in passages], codebook)


def _accused(model: AccusedModel, codebook: Codebook, text: str) -> str | None:
    annotation = TermMatcher(codebook).annotate(text, language="en")
    return model.predict(annotation, codebook.get_narrative("water_theft"), codebook)


def _scores(model: AccusedModel, codebook: Codebook, text: str) -> dict[str, float]:
    return model.score_sides(find_roles(TermMatcher(codebook).annotate(text, language="en"), codebook), {})


def test_the_doer_of_a_sentence_leads(small_codebook: Codebook, model: AccusedModel) -> None:
    wrong = []
    for template, reason in ONE_SIDE:
        for doer, other in SIDES:
            scores = _scores(model, small_codebook, template.format(A=doer, B=other))
            if scores[doer.lower()] <= scores[other.lower()]:
                wrong.append((template, reason))
    assert len(wrong) <= (1 - FLOOR) * 2 * len(ONE_SIDE), wrong


@pytest.mark.parametrize(("template", "reason"), ONE_SIDE, ids=[reason for _, reason in ONE_SIDE])
def test_exchanging_the_names_exchanges_the_scores(
    small_codebook: Codebook, model: AccusedModel, template: str, reason: str
) -> None:
    one = _scores(model, small_codebook, template.format(A="Norland", B="Sudland"))
    other = _scores(model, small_codebook, template.format(A="Sudland", B="Norland"))
    assert one["norland"] == pytest.approx(other["sudland"]), reason
    assert one["sudland"] == pytest.approx(other["norland"]), reason


@pytest.mark.parametrize(("text", "reason"), NOBODY, ids=[reason for _, reason in NOBODY])
def test_where_no_side_is_named_none_is_accused(
    small_codebook: Codebook, model: AccusedModel, text: str, reason: str
) -> None:
    assert _accused(model, small_codebook, text) == "unclear", reason


def test_events_never_beat_clear_roles() -> None:
    model = AccusedModel({"named": 1.0}, {"a": {"place: x": 50.0}, "b": {"place: x": -50.0}})
    scores = model.score_sides({"a": {}, "b": {"named": 2.0}}, {"place: x": 1.0})
    assert scores["a"] == MOST_OF_EVENTS / 2
    assert scores["b"] > scores["a"]


def test_events_decide_where_roles_are_even() -> None:
    model = AccusedModel({"named": 1.0}, {"a": {"place: x": 0.2}})
    scores = model.score_sides({"a": {"named": 1.0}, "b": {"named": 1.0}}, {"place: x": 1.0})
    assert scores["a"] > scores["b"]


def test_both_sides_can_be_the_answer(small_codebook: Codebook) -> None:
    model = AccusedModel(
        {"r:took": 1.0}, answers={BOTH: {"says: both": 5.0}}, intercepts={ANSWER_ONE_SIDE: 1.0, BOTH: 0.0}
    )
    assert _accused(model, small_codebook, "Norland took it. Sudland and the farmers both lost.") == BOTH
    assert _accused(model, small_codebook, "Norland took it. Sudland and the farmers lost.") == "norland"


def test_clarity_knows_no_side_by_name(small_codebook: Codebook) -> None:
    matcher = TermMatcher(small_codebook)
    found = []
    for text in ("Norland shelled Sudland, and each side lost.", "Sudland shelled Norland, and each side lost."):
        annotation = matcher.annotate(text, language="en")
        found.append(find_clarity(annotation, "water_theft", find_roles(annotation, small_codebook), lead=1.0))
        assert list(spares_no_side(annotation)) == ["each"]
    assert found[0] == found[1]
