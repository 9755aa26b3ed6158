"""Names exchanged, both sides compared, the worst mistakes told with a cause, and place names that count alike in rules."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from dam_passages import build_dam_passages
from framewire.codebook import Codebook, Pattern, parse_codebook
from framewire.errors import CodebookError
from framewire.label import Labeller, NarrativeModel, TermMatcher
from framewire.label.place_variants import PlaceVariants
from framewire.learn import train_model
from framewire.learn.fairness import count_exchanges, exchange_places, exchange_sides, report_exchanges, score_groups
from framewire.learn.mistakes import list_mistakes
from framewire.learn.predictions import Predictions, predict_with_model
from framewire.learn.resampling import draw_stories, find_interval
from framewire.learn.training import build_training_set
from framewire.records import CodedNarrative, CodedPassage, Voice

PASSAGES = build_dam_passages()


@pytest.fixture(scope="module")
def codebook(small_codebook: Codebook) -> Codebook:
    """The small codebook, with outlets and counterparts, and a second narrative of theft as the mirror of lawful use."""
    sides = tuple(side.model_copy(update={"outlets": f"{side.id}ish"}) for side in small_codebook.sides)
    pairs = (("Norland", "Sudland"), ("Northaven", "Portsud"))
    return small_codebook.model_copy(update={"sides": sides, "exchanges": {"en": pairs}})


@pytest.fixture(scope="module")
def model(codebook: Codebook) -> NarrativeModel:
    return train_model(PASSAGES, codebook)


def _annotate(codebook: Codebook, text: str):
    return TermMatcher(codebook).annotate(text, language="en")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Water fell at Upper Lake.", "Water fell at Lake Siv."),
        ("LAKE SIV and upper lake", "Upper Lake and Lake Siv"),
        ("“Upper Lake’s” shore", "“Upper Lake’s” shore"),
        ("The river fell.", "The river fell."),
    ],
)
def test_a_place_takes_its_next_name(codebook: Codebook, text: str, expected: str) -> None:
    assert (
        exchange_places(_annotate(codebook, text), codebook, language="en").replace("Lake Siv’s", "Upper Lake’s")
        == expected
    )


def test_sides_change_places_and_all_else_stays(codebook: Codebook) -> None:
    text = "Norland said Portsud lied; the Norlanders and Sudland's farmers left Northaven."
    expected = "Sudland said Northaven lied; the Norlanders and Norland's farmers left Portsud."
    assert exchange_sides(text, codebook, language="en") == expected
    assert exchange_sides(expected, codebook, language="en") == text
    assert exchange_sides(text, codebook, language="tr") == text


def test_nothing_flips_with_a_place_name_and_the_accused_follows(model: NarrativeModel) -> None:
    found = report_exchanges(count_exchanges(model, PASSAGES))
    assert found["place_flips"]["n"] > 20
    assert found["place_flips"]["share"] == 0
    assert found["followed"]["n"] > 10
    assert found["followed"]["share"] > 0.8
    assert found["mirrored"] == {"share": None, "n": 0}, "no narrative of the small codebook has a mirror"


def test_what_was_not_counted_has_no_share() -> None:
    assert report_exchanges(Counter())["followed"] == {"share": None, "n": 0}


def _coded(i: int, side: str, *narratives: str) -> CodedPassage:
    return CodedPassage(f"p{i}", "Water.", True, tuple(map(CodedNarrative, narratives)), side=side, story=str(i))


def test_scores_of_each_sides_outlets_by_hand(codebook: Codebook) -> None:
    passages = [_coded(i, side, "lawful_use") for i, side in enumerate(["norlandish"] * 10 + ["sudlandish"] * 10)]
    data = build_training_set(passages, codebook)
    assigned = data.y.copy()
    assigned[:2] = False  # two of ten missed in Norland's
    assigned[10:15, 2] = True  # five wrong ones in Sudland's
    predicted = _predictions(assigned)
    found = score_groups(data, codebook, predicted, draw_stories(data.groups, 0), interval=find_interval)
    assert found["sides"]["norland"] == {"outlets": "norlandish", "passages": 10, "precision": 1.0, "recall": 0.8}
    assert found["sides"]["sudland"]["precision"] == pytest.approx(10 / 15)
    assert found["difference"]["recall"]["value"] == pytest.approx(-0.2)
    low, high = found["difference"]["precision"]["interval"]
    assert low < 1 / 3 < high


def test_without_outlets_in_the_codebook_no_side_is_compared(small_codebook: Codebook) -> None:
    data = build_training_set(PASSAGES[:10], small_codebook)
    weights = draw_stories(data.groups, 0)
    assert score_groups(data, small_codebook, _predictions(data.y), weights, interval=find_interval) == {}


def _predictions(assigned: np.ndarray, scores: np.ndarray | None = None) -> Predictions:
    relevant = np.ones(len(assigned), bool)
    return Predictions(
        relevant, assigned, np.zeros_like(assigned), assigned * 1.0 if scores is None else scores, {}, {}
    )


def test_the_worst_mistakes_come_first_with_a_cause(codebook: Codebook) -> None:
    theft = CodedNarrative("water_theft", Voice.ASSERTED, "norland")
    passages = [
        CodedPassage("quiet", "They took what was ours at Upper Lake.", True, (theft,)),
        CodedPassage("rule", "It was water theft.", True, (theft,)),
        CodedPassage("named", "The report on water theft was printed.", True),
        CodedPassage("other", "Water theft in another country.", False),
        CodedPassage("neighbour", "The theft of a right.", True, (CodedNarrative("lawful_use"),)),
        CodedPassage("right", "Lawful use.", True, (CodedNarrative("lawful_use"),)),
    ]
    data = build_training_set(passages, codebook)
    assigned = np.array([[0, 0, 0], [0, 1, 0], [1, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]], bool)
    scores = np.array([[0.1, 0, 0], [0.2, 0.6, 0], [0.8, 0, 0], [0.9, 0, 0], [0.7, 0.9, 0], [0, 0.9, 0]])
    predicted = replace(_predictions(assigned, scores), relevant=np.array([False, True, True, True, True, True]))
    found = {(m["id"], m["narrative"]): (m["kind"], m["cause"]) for m in list_mistakes(data, codebook, predicted)}
    assert found == {
        ("other", "water_theft"): ("assigned", "another subject in the same words; rules that hold: 'water theft'"),
        ("named", "water_theft"): ("assigned", "the word is named, not the story told; rules that hold: 'water theft'"),
        ("neighbour", "water_theft"): ("assigned", "coded as lawful_use; its words alone"),
        ("rule", "lawful_use"): ("assigned", "coded as water_theft; its words alone"),
        ("quiet", "water_theft"): ("missed", "taken for another subject; no rule knows this way of telling it"),
        ("rule", "water_theft"): (
            "missed",
            "only lawful_use was seen; its words speak against the rules that hold: 'water theft'",
        ),
    }
    assert [m["id"] for m in list_mistakes(data, codebook, predicted, n=2)] == ["other", "quiet"]


def test_mistakes_of_a_trained_model_name_passages_of_the_set(model: NarrativeModel, codebook: Codebook) -> None:
    data = build_training_set(PASSAGES, codebook)
    for mistake in list_mistakes(data, codebook, predict_with_model(model, PASSAGES)):
        assert mistake["id"] in {passage.id for passage in PASSAGES}


def test_a_phrase_is_spread_over_the_variants_of_the_place_in_it(codebook: Codebook) -> None:
    variants = PlaceVariants(codebook, "en")
    assert list(variants.spread("the theft at upper lake's shore")) == [
        "the theft at upper lake's shore",
        "the theft at Lake Siv's shore",
    ]
    assert list(variants.spread("@lake")) == ["@lake"]
    assert list(variants.spread("upper lakes")) == ["upper lakes"]
    assert list(PlaceVariants(codebook, "hy").spread("Upper Lake")) == ["Upper Lake"]


def test_a_rule_that_names_a_place_holds_with_each_of_its_names(small_codebook: Codebook) -> None:
    neglect = small_codebook.get_narrative("neglect")
    rules = (Pattern.model_validate({"pattern": "forgot*", "near": {"any": ["Lake Siv"], "within": 4}}),)
    narratives = tuple(
        narrative.model_copy(update={"indicators": {"en": rules}}) if narrative is neglect else narrative
        for narrative in small_codebook.narratives
    )
    changed = small_codebook.model_copy(update={"narratives": narratives, "digest": "places"})
    for place in ("Lake Siv", "Upper Lake"):
        labels = Labeller(changed).label_passage(f"They forgot {place} and the Siv dam.")
        assert [label.narrative for label in labels.narratives] == ["neglect"], place


def test_a_name_in_two_pairs_is_told(small_codebook: Codebook) -> None:
    text = small_codebook.text.replace(
        "actors:", "exchanges: {en: [[Norland, Sudland], [Norland, Portsud]]}\nactors:", 1
    )
    with pytest.raises(CodebookError, match="'Norland' stands in two pairs"):
        parse_codebook(text)
    with pytest.raises(CodebookError, match="'fr' is not among"):
        parse_codebook(small_codebook.text.replace("actors:", "exchanges: {fr: [[A, B]]}\nactors:", 1))
