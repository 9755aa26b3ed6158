"""Who is held responsible, by the weights that the coded passages teach, on sentences about another dispute."""

from pathlib import Path

import pytest

from accused_cases import COMPANY, NOBODY, ONE_SIDE
from framewire.codebook import Codebook, load_codebook
from framewire.label import AccusedModel, Annotation, TermMatcher
from framewire.label.account import Account
from framewire.label.accused import EVENT_WEIGHT, NARRATIVE_WEIGHT, OWN_SHARE, find_clarity, find_events
from framewire.label.accused import ONE_SIDE as ANSWER_ONE_SIDE
from framewire.label.accused_company import find_company
from framewire.label.accused_roles import ROLES_APART, find_roles, spares_no_side
from framewire.label.accused_words import find_role_words
from framewire.learn.accused import fit_accused
from framewire.learn.passages import find_passage_files, load_passages
from framewire.records import BOTH, CodedPassage

SEEDS = Path(__file__).resolve().parents[1] / "seeds" / "karabakh"
SIDES = (("Norland", "Sudland"), ("Sudland", "Norland"))
# So many of the sentences must be read rightly: those that are not show in the test's output.
FLOOR = 0.9
# And so many of the training passages must exchange the answer when the roles of the sides are exchanged and all else is left.
MIRROR_FLOOR = 0.8


@pytest.fixture(scope="module")
def karabakh() -> Codebook:
    return load_codebook(SEEDS / "codebook.yaml")


@pytest.fixture(scope="module")
def coded(karabakh: Codebook) -> list[tuple[CodedPassage, Annotation]]:
    passages = load_passages(find_passage_files(SEEDS / "passages"), codebook=karabakh)
    matcher = TermMatcher(karabakh)
    return [(p, matcher.annotate(p.text, language="en")) for p in passages if any(n.accused for n in p.narratives)]


@pytest.fixture(scope="module")
def model(karabakh: Codebook, coded: list[tuple[CodedPassage, Annotation]]) -> AccusedModel:
    return fit_accused([passage for passage, _ in coded], [annotation for _, annotation in coded], karabakh)


def _accused(model: AccusedModel, codebook: Codebook, text: str) -> str | None:
    annotation = TermMatcher(codebook).annotate(text, language="en")
    return Account(model, annotation, codebook).accuse(codebook.get_narrative("water_theft"))


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


def test_roles_outweigh_what_else_is_told(
    model: AccusedModel, karabakh: Codebook, coded: list[tuple[CodedPassage, Annotation]]
) -> None:
    exchanged = []
    for passage, annotation in coded:
        roles = find_roles(annotation, karabakh)
        for narrative in passage.narratives:
            if narrative.accused and any(roles.values()):
                events = find_events(annotation, narrative.id, karabakh, model.idf)
                one = model.score_sides(roles, events)
                other = model.score_sides(dict(zip(roles, reversed(roles.values()), strict=True)), events)
                exchanged.append(max(one, key=one.__getitem__) != max(other, key=other.__getitem__))
    assert sum(exchanged) / len(exchanged) >= MIRROR_FLOOR


def test_an_account_scores_as_its_features_do(
    model: AccusedModel, karabakh: Codebook, coded: list[tuple[CodedPassage, Annotation]]
) -> None:
    for passage, annotation in coded[::20]:
        account, roles = Account(model, annotation, karabakh), find_roles(annotation, karabakh)
        for narrative in (karabakh.get_narrative(n.id) for n in passage.narratives if n.accused):
            reading, events = account.read(narrative), find_events(annotation, narrative.id, karabakh, model.idf)
            assert reading.scores == pytest.approx(model.score_sides(roles, events))
            sums = model.weigh_clarity(find_clarity(annotation, narrative.id, roles, lead=reading.lead) | events)
            assert reading.answer == max(sums, key=lambda answer: model.intercepts[answer] + sums[answer])


def test_events_decide_where_roles_are_even() -> None:
    model = AccusedModel({"named": 1.0}, {"a": {"told: place: x": 0.2}})
    scores = model.score_sides({"a": {"named": 1.0}, "b": {"named": 1.0}}, {"told: place: x": 1.0})
    assert scores["a"] > scores["b"]


def test_events_decide_where_no_side_is_named(small_codebook: Codebook) -> None:
    model = AccusedModel(events={"sudland": {"told: dry": 1.0}}, idf={"dry": 1.0})
    assert _accused(model, small_codebook, "The river is dry.") == "sudland"
    assert _accused(model, small_codebook, "The river is high.") == "unclear"


def test_events_do_not_know_which_side_is_named(small_codebook: Codebook) -> None:
    idf = {"took": 2.0, "river": 1.0, "norland": 9.0, "sudland": 9.0}
    found = [
        find_events(TermMatcher(small_codebook).annotate(text, language="en"), "water_theft", small_codebook, idf)
        for text in ("Norland took the river from Sudland.", "Sudland took the river from Norland.")
    ]
    assert found[0] == found[1]
    told = {name: value for name, value in found[0].items() if name.startswith("told: ")}
    assert set(told) == {"told: took", "told: river", "told: took (water_theft)", "told: river (water_theft)"}
    assert told["told: took"] == pytest.approx(2 * told["told: river"])
    assert sum(v**2 for n, v in told.items() if not n.endswith(")")) == pytest.approx(EVENT_WEIGHT**2)
    assert told["told: took (water_theft)"] == pytest.approx(OWN_SHARE * told["told: took"])
    assert found[0]["narrative: water_theft"] == NARRATIVE_WEIGHT


@pytest.mark.parametrize(("text", "found"), COMPANY, ids=[text for text, _ in COMPANY])
def test_the_company_of_a_side(small_codebook: Codebook, text: str, found: set[str]) -> None:
    side_of = {actor.id: actor.side for actor in small_codebook.actors}
    words = find_role_words(TermMatcher(small_codebook).annotate(text, language="en"), side_of)
    assert set(find_company(words, "norland")) == found


def test_long_and_short_passages_lie_equally_far_apart(small_codebook: Codebook) -> None:
    matcher = TermMatcher(small_codebook)
    for text in (
        "Norland fled.",
        "Norland took it. Norland sold it and Norland kept it, Sudland said. Norland denies it.",
    ):
        roles = find_roles(matcher.annotate(text, language="en"), small_codebook)
        names = {name for found in roles.values() for name in found}
        apart = sum((roles["norland"].get(n, 0.0) - roles["sudland"].get(n, 0.0)) ** 2 for n in names)
        assert apart == pytest.approx(ROLES_APART**2)


def test_a_codebook_without_sides_accuses_nobody(small_codebook: Codebook, model: AccusedModel) -> None:
    bare = small_codebook.model_copy(update={"sides": ()})
    assert _accused(model, bare, "Norland took the river from Sudland.") == "unclear"


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
