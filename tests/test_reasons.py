"""Why a passage has its labels: the reasons agree with the labels, add up, and are told in readable words."""

import math
from collections.abc import Sequence
from dataclasses import replace

import pytest

from dam_passages import build_dam_passages
from framewire.codebook import Codebook
from framewire.label import Labeller, NarrativeModel, TermMatcher, VoiceArbiter, VoiceReader, evidence_spans
from framewire.label.account import Account
from framewire.label.accused_roles import find_roles
from framewire.label.reason_words import say_feature, say_role
from framewire.label.reasons import (
    N_AGAINST,
    N_FOR,
    LabelReasons,
    PassageReasons,
    explain_passage,
    explain_text,
    find_rule_spans,
)
from framewire.learn import train_model
from framewire.records import LabelState, Voice

PASSAGES = build_dam_passages()
THEFT = "Sudland said that Norland took the water of Sudland at Lake Siv, and called the dry fields a water theft."
TEXTS = [THEFT, *(passage.text for passage in PASSAGES[:24])]


@pytest.fixture(scope="module")
def model(small_codebook: Codebook) -> NarrativeModel:
    return train_model(PASSAGES, small_codebook)


@pytest.fixture(scope="module")
def labeller(model: NarrativeModel, small_codebook: Codebook) -> Labeller:
    return Labeller(small_codebook, model)


@pytest.fixture(scope="module")
def explained(labeller: Labeller) -> list[PassageReasons]:
    return [explain_passage(labeller, text) for text in TEXTS]


def reasons_of(explained: Sequence[PassageReasons], narrative: str) -> LabelReasons:
    """The reasons of the first label of a narrative."""
    return next(item for found in explained for item in found.narratives if item.label.narrative == narrative)


def with_bands(model: NarrativeModel, *, open_from: float, threshold: float) -> NarrativeModel:
    """The model with another band for every narrative."""
    n = len(model.narratives)
    return replace(model, abstain_from_=[open_from] * n, thresholds_=[threshold] * n)


def test_reasons_leave_the_labels_as_they_are(labeller: Labeller, explained: list[PassageReasons]) -> None:
    assert [found.labels for found in explained] == [labeller.label_passage(text) for text in TEXTS]
    assert all([item.label for item in found.narratives] == list(found.labels.narratives) for found in explained)
    assert sum(len(found.narratives) for found in explained) > len(TEXTS) / 4


def test_a_text_of_several_passages_is_explained_as_it_is_labelled(labeller: Labeller) -> None:
    text = f"A headline\n\n{THEFT}\n\nOfficials spoke of a sovereign right and lawful use of the Upper Lake dam."
    found = explain_text(labeller, text)
    assert tuple(item.labels for item in found) == labeller.label_text(text)
    for item in found:
        for reasons in item.narratives:
            for rule in reasons.rules:
                assert item.labels.passage.text[rule.start : rule.end] == rule.text


def test_weights_add_up_to_the_score(explained: list[PassageReasons]) -> None:
    for found in explained:
        for item in found.narratives:
            score = item.score
            assert score is not None
            told = math.fsum(weight.weight for weight in (*score.weighed_for, *score.weighed_against))
            assert score.base + told + score.others == pytest.approx(score.logit)
            assert 1 / (1 + math.exp(-score.logit)) == pytest.approx(item.label.score)


def test_the_heaviest_words_are_told_in_order(model: NarrativeModel, explained: list[PassageReasons]) -> None:
    score = reasons_of(explained, "water_theft").score
    assert score is not None
    ahead = [weight.weight for weight in score.weighed_for]
    against = [weight.weight for weight in score.weighed_against]
    every = [weight for _, weight in model.weigh(model.annotate([THEFT])[0], "water_theft")]
    assert ahead == pytest.approx(sorted((weight for weight in every if weight > 0), reverse=True)[:N_FOR])
    assert against == pytest.approx(sorted(weight for weight in every if weight < 0)[:N_AGAINST])
    assert score.n_others == len(every) - len(ahead) - len(against)


def test_names_and_rules_are_told_as_what_they_are(explained: list[PassageReasons]) -> None:
    told = {
        weight.words
        for found in explained
        for item in found.narratives
        if item.score
        for weight in (*item.score.weighed_for, *item.score.weighed_against)
    }
    assert not [words for words in told if "xx" in words or ": " in words]
    assert "[its rules]" in told
    assert any("[Norland]" in words for words in told)


def test_rules_are_those_of_the_narrative_and_slice_to_their_words(explained: list[PassageReasons]) -> None:
    (rule,) = reasons_of(explained, "water_theft").rules
    assert (rule.pattern, rule.text, THEFT[rule.start : rule.end]) == ("water theft", "water theft", "water theft")


def test_a_rule_is_found_behind_letters_that_change_length(small_codebook: Codebook) -> None:
    text = "Ünlü İstanbul… Norland’s water\u00a0theft at Upper Lake."
    part = TermMatcher(small_codebook).annotate(text, language="en")
    (rule,) = find_rule_spans(part, "water_theft")
    assert text[rule.start : rule.end] == rule.text == "water\u00a0theft"


def test_what_is_left_open_has_its_reasons_and_its_band(model: NarrativeModel, small_codebook: Codebook) -> None:
    open_minded = Labeller(small_codebook, with_bands(model, open_from=0.01, threshold=1.0))
    item = reasons_of([explain_passage(open_minded, THEFT)], "water_theft")
    assert item.label.state is LabelState.ABSTAINED
    assert item.score is not None
    assert (item.score.left_open_from, item.score.threshold) == (0.01, 1.0)
    assert item.score.weighed_for
    assert item.accused is not None


def test_a_narrative_that_is_never_assigned_has_no_threshold(model: NarrativeModel, small_codebook: Codebook) -> None:
    never = Labeller(small_codebook, with_bands(model, open_from=0.01, threshold=1.01))
    score = reasons_of([explain_passage(never, THEFT)], "water_theft").score
    assert score is not None
    assert score.threshold is None


def test_rules_alone_give_rules_and_cues_and_no_weights(small_codebook: Codebook) -> None:
    found = explain_passage(Labeller(small_codebook), "Sudland said that it was water theft at Upper Lake.")
    (item,) = found.narratives
    assert item.label.state is LabelState.RULES_ONLY
    assert (item.score, item.accused, item.voice.over) == (None, None, None)
    assert [rule.pattern for rule in item.rules] == ["water theft"]
    assert [cue.text for cue in item.voice.cues] == ["said"]


def test_a_language_that_the_model_does_not_know_has_no_weights(labeller: Labeller) -> None:
    (item,) = explain_passage(labeller, "Siv gölü: bu bir su hırsızlığıdır.", language="tr").narratives
    assert item.score is None
    assert item.rules[0].text == "su hırsızlığıdır"


CUES = [
    ("Sudland said that the water theft went on.", [("say", "said", False, "sudland", True)], "a report"),
    ("The water theft went on. Sudland said nothing else.", [("say", "said", False, "sudland", False)], "elsewhere"),
    ("Norland denied any water theft.", [("deny", "denied", False, "norland", True)], "a denial"),
    ("The talks on the so-called water theft ended.", [("so_called", "so-called", False, None, True)], "distance"),
    ("The talks on “water theft” ended at noon.", [("quotation", "water theft", True, None, True)], "scare quotes"),
    ("Sudland: water theft goes on at the lake", [("headline", "Sudland", False, "sudland", True)], "a headline"),
    (
        "“This is water theft and we will not bear it any longer,” Sudland said.",
        [
            ("quotation", "This is water theft and we will not bear it any longer", True, "sudland", True),
            ("not_do", "not", True, None, False),
            ("say", "said", False, "sudland", True),
        ],
        "a quotation with a negation in it",
    ),
    ("The water theft went on for weeks.", [], "the outlet itself"),
]


@pytest.mark.parametrize(("text", "cues", "reason"), CUES, ids=[case[2] for case in CUES])
def test_cues_that_speak(
    small_codebook: Codebook, text: str, cues: list[tuple[str, str, bool, str | None, bool]], reason: str
) -> None:
    part = TermMatcher(small_codebook).annotate(text, language="en")
    spans = evidence_spans(part, "water_theft")
    found = VoiceReader(part, language="en").list_cues(spans)
    assert [(cue.kind, cue.text, cue.quoted, cue.speaker, cue.reaches) for cue in found] == cues, reason
    assert all(text[cue.start : cue.end] == cue.text for cue in found)


def test_a_rule_inside_a_quotation_is_quoted(small_codebook: Codebook) -> None:
    labeller = Labeller(small_codebook)
    for text, quoted in (
        ("“Upper Lake: it is water theft,” a farmer said.", True),
        ("“It is late.” It is water theft at Upper Lake.", False),
    ):
        (item,) = explain_passage(labeller, text).narratives
        assert item.voice.quoted is quoted


ARBITER = VoiceArbiter(
    {
        Voice.ASSERTED: {"words: asserted": 1.0, "evidence": 0.5},
        Voice.ATTRIBUTED: {"cues: say": 0.7, "any: say": 0.4, "words: attributed": 0.9, "evidence: attributed": 0.3},
        Voice.DENIED: {"any: deny": 2.0, "evidence": 0.2},
    },
    {Voice.ASSERTED: 0.2, Voice.ATTRIBUTED: -0.1, Voice.DENIED: -0.6},
)


def test_the_arbiters_lead_is_the_sum_of_its_features() -> None:
    for features in ({"any: say": 1.0, "evidence": 1.0}, {"words: asserted": 0.9}, {"any: deny": 1.0, "new": 3.0}, {}):
        found = ARBITER.compare(features)
        apart = ARBITER.intercepts[found.voice] - ARBITER.intercepts[found.over]
        assert found.voice is ARBITER.predict(features)
        assert found.over is not found.voice
        assert found.lead == pytest.approx(apart + math.fsum(found.weights.values()))
        assert found.lead >= 0


def test_an_arbiter_says_what_weighed_for_its_voice(model: NarrativeModel, small_codebook: Codebook) -> None:
    labeller = Labeller(small_codebook, replace(model, voice_=ARBITER))
    item = reasons_of([explain_passage(labeller, THEFT)], "water_theft")
    assert (item.label.voice, item.voice.over) == (Voice.ATTRIBUTED, Voice.ASSERTED)
    told = [weight.words for weight in item.voice.weighed]
    assert told[:2] == ["report", "words in others' mouths"]
    assert all(weight.weight > 0 for weight in item.voice.weighed)


def test_what_is_told_of_the_sides_adds_up_to_the_lead(model: NarrativeModel, small_codebook: Codebook) -> None:
    narrative = small_codebook.get_narrative("water_theft")
    for text in TEXTS:
        part = model.annotate([text])[0]
        account = Account(model.accused_, part, small_codebook)
        reading = account.read(narrative)
        assert math.fsum(weight for _, _, weight in account.weigh(reading)) == pytest.approx(reading.lead, abs=1e-9)
        assert reading.accused == account.accuse(narrative)


def test_the_accused_side_is_ahead_where_one_is_accused(explained: list[PassageReasons]) -> None:
    accused = [item for found in explained for item in found.narratives if item.accused]
    assert accused
    for item in accused:
        assert item.accused is not None
        scores = [score for _, score in item.accused.scores]
        assert scores == sorted(scores, reverse=True)
        assert item.accused.lead == pytest.approx(scores[0] - scores[1])
        if item.accused.names == "one side":
            assert item.label.accused == item.accused.scores[0][0]
        else:
            assert item.label.accused == item.accused.names


def test_exchanging_the_sides_exchanges_the_roles_that_are_told(
    model: NarrativeModel, small_codebook: Codebook
) -> None:
    labeller = Labeller(small_codebook, model)
    text = "Norland attacked farmers of Sudland at Lake Siv; it is water theft, a theft of water."
    swapped = text.replace("Norland", "?").replace("Sudland", "Norland").replace("?", "Sudland")
    told = [reasons_of([explain_passage(labeller, some)], "water_theft").accused for some in (text, swapped)]
    roles = [
        {(weight.side, weight.words) for weight in item.weighed if weight.side is not None} for item in told if item
    ]
    other = {"norland": "sudland", "sudland": "norland"}
    assert roles[0]
    assert roles[1] == {(other[str(side)], words) for side, words in roles[0]}


def test_a_narrative_bound_to_a_side_needs_no_reading(explained: list[PassageReasons]) -> None:
    assert reasons_of(explained, "lawful_use").accused is None


def test_every_feature_has_words(model: NarrativeModel, small_codebook: Codebook) -> None:
    raw = ("evidence", "words", "share", "first", "last", "cues", "any", "negation", "alone", "told", "is", "narrative")
    for text in [*TEXTS, *(case[0] for case in CUES)]:
        part = model.annotate([text])[0]
        reader = VoiceReader(part, language="en")
        for name in reader.find_features("water_theft", evidence_spans(part, "water_theft")):
            assert not say_feature(name).startswith(tuple(f"{kind}: " for kind in raw)), name
        for side in find_roles(part, small_codebook).values():
            for name in side:
                assert say_role(name, part.text.text) != name or name.startswith("named"), name


def test_a_stem_is_told_as_the_word_of_the_text() -> None:
    assert say_role("alone: farmer", "the farmers left") == '"farmers" where it alone is named'
    assert say_role("told: wording: filling/theft (water_theft)", "") == "the passage tells of filling/theft"
    assert say_role("r2:<other>", "") == "the other's name behind its name"


def test_reasons_are_frozen(explained: list[PassageReasons]) -> None:
    item = reasons_of(explained, "water_theft")
    assert replace(item) == item
    with pytest.raises(AttributeError):
        item.rules = ()  # type: ignore[misc]
