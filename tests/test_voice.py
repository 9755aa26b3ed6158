"""In whose mouth a mention is, quotation marks, and who is held responsible."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framewire.codebook import Codebook
from framewire.label import AccusedModel, Labeller, TermMatcher, VoiceReader
from framewire.label.account import Account
from framewire.label.accused_roles import find_roles
from framewire.label.quotes import find_quotes
from framewire.label.voice_cues import load_rules
from framewire.records import Voice
from voice_cases import CASES, Case
from voice_press_cases import CASES as PRESS_CASES
from voice_press_cases import NAMES

ASSERTED, ATTRIBUTED, SCARE, DENIED = Voice.ASSERTED, Voice.ATTRIBUTED, Voice.SCARE_QUOTED, Voice.DENIED

VOICES = [
    ("The water theft went on for weeks.", ASSERTED, None, "plain"),
    ("Sudland said that the water theft went on.", ATTRIBUTED, "sudland", "said that"),
    ("Sudland accuses Norland of water theft.", ATTRIBUTED, "sudland", "accuses of"),
    ("The water theft went on, Sudland said.", ATTRIBUTED, "sudland", "a closing clause"),
    ("According to Sudland, the water theft went on.", ATTRIBUTED, "sudland", "according to"),
    ("“This is water theft and we will not bear it any longer,” a farmer told us.", ATTRIBUTED, None, "a quotation"),
    ("Sudland: water theft goes on at the lake", ATTRIBUTED, "sudland", "a headline's colon"),
    ("The talks on “water theft” ended at noon.", SCARE, None, "a short quotation with no report"),
    ("The talks on the so-called water theft ended.", SCARE, None, "so-called"),
    ("Norland denied any water theft.", DENIED, "norland", "denied"),
    ("There was no evidence of water theft.", DENIED, None, "no evidence of"),
    ("It was not water theft.", DENIED, None, "plain negation"),
    ("It did not rain. The water theft went on.", ASSERTED, None, "a negation in another sentence"),
    ("The water theft went on. Sudland said nothing of the rain.", ASSERTED, None, "a report in another sentence"),
]


@pytest.mark.parametrize(("text", "voice", "speaker", "reason"), VOICES, ids=[case[3] for case in VOICES])
def test_voice_of_a_mention(
    small_codebook: Codebook, text: str, voice: Voice, speaker: str | None, reason: str
) -> None:
    mention = next(m for m in Labeller(small_codebook).label_passage(text).mentions if m.wording == "theft")
    assert (mention.voice, mention.speaker) == (voice, speaker), reason


@pytest.mark.parametrize(
    ("language", "case"),
    [*CASES, *PRESS_CASES],
    ids=[f"{language}: {case[3]}" for language, case in (*CASES, *PRESS_CASES)],
)
def test_voice_of_a_marked_word(small_codebook: Codebook, language: str, case: Case) -> None:
    marked, voice, speaker, reason = case
    start = marked.index("[")
    text = marked.replace("[", "").replace("]", "")
    annotation = TermMatcher(small_codebook).annotate(text, language=language)
    found = VoiceReader(annotation, language=language).read(start)
    assert found == (voice, speaker), reason


@pytest.mark.parametrize("case", NAMES, ids=[case[3] for case in NAMES])
def test_the_name_of_a_place_is_never_denied(small_codebook: Codebook, case: Case) -> None:
    marked, voice, speaker, reason = case
    text = marked.replace("[", "").replace("]", "")
    mention = next(m for m in Labeller(small_codebook).label_passage(text).mentions if m.start == marked.index("["))
    assert (mention.voice, mention.speaker) == (voice, speaker), reason


def test_words_in_brackets_inside_a_quotation_are_the_outlets(small_codebook: Codebook) -> None:
    text = "“We lived there [during the siege] and left on foot,” Sudland said."
    reader = VoiceReader(TermMatcher(small_codebook).annotate(text, language="en"), language="en")
    assert reader.read(text.index("siege")) == (ASSERTED, None)
    assert reader.read(text.index("foot")) == (ATTRIBUTED, "sudland")


@pytest.mark.parametrize(
    ("text", "quoted", "reason"),
    [
        ("He said “one two” there", ["one two"], "curly"),
        ('He said "one two" there', ["one two"], "straight"),
        ("Il dit « un deux » ici", ["un deux"], "guillemets with spaces"),
        ("Он сказал «раз два» тут", ["раз два"], "guillemets"),
        ("Er sagt „eins zwei“ hier", ["eins zwei"], "low and high"),
        ("Er sagt »eins zwei« hier", ["eins zwei"], "guillemets turned inwards"),
        ("Hän sanoi ”yksi kaksi” täällä", ["yksi kaksi"], "the same mark on both sides"),
        ("Er sagt ‚eins zwei‘ hier", ["eins zwei"], "low and high single"),
        ("“One two.\n\n“Three four,” he said.", ["One two.", "Three four,"], "each paragraph opens again"),
        ("He left.” She said “one two” there", ["one two"], "a stray closing mark"),
        ("He said ‘one two’ there", ["one two"], "single curly"),
        ("He said 'one two' there", ["one two"], "single straight"),
        ("He said “one ‘two’ three” there", ["one ‘two’ three"], "nested"),
        ("He said “one two\nNext", ["one two"], "unclosed ends with the paragraph"),
        ("Baku’s and Yerevan's don’t", [], "apostrophes"),
        ("the ’90s and '90s", [], "apostrophes before numbers"),
        ("He said ‘it’s ours’ there", ["it’s ours"], "an apostrophe inside"),
    ],
)
def test_quotations(text: str, quoted: list[str], reason: str) -> None:
    assert [text[a:b] for a, b in find_quotes(text)] == quoted, reason


@given(st.text(alphabet="ab .\n“”«»„‹›\"‘’'", max_size=60))
def test_quotations_are_in_order_and_never_overlap(text: str) -> None:
    spans = find_quotes(text)
    assert all(0 <= a < b <= len(text) for a, b in spans)
    assert all(a[1] <= b[0] for a, b in pairwise(spans))


def test_a_narrative_asserted_anywhere_is_asserted(small_codebook: Codebook) -> None:
    text = "Sudland said they rob its rivers. The water theft at Upper Lake is plain to see."
    (label,) = Labeller(small_codebook).label_passage(text).narratives
    assert label.voice is ASSERTED


def test_claim_and_denial_in_one_passage_are_attributed(small_codebook: Codebook) -> None:
    text = "Sudland said it was water theft at Upper Lake. Norland denied any water theft."
    (label,) = Labeller(small_codebook).label_passage(text).narratives
    assert label.voice is ATTRIBUTED


def test_a_text_without_words_is_the_outlets(small_codebook: Codebook) -> None:
    reader = VoiceReader(TermMatcher(small_codebook).annotate("— … —", language="en"), language="en")
    assert (reader.read(0), reader.read_name(0), reader.read_passage()) == ((ASSERTED, None),) * 3


WEIGHTS = AccusedModel({"r:took": 1.0, "l:by": 1.0, "l:from": -1.0})


@pytest.mark.parametrize(
    ("text", "accused"),
    [
        ("Norland took the river.", "norland"),
        ("Sudland took the river.", "sudland"),
        ("The river was taken by Norland from Sudland.", "norland"),
        ("The river was taken by Sudland from Norland.", "sudland"),
        ("The river is dry.", "unclear"),
    ],
)
def test_exchanging_the_sides_exchanges_the_accused(small_codebook: Codebook, text: str, accused: str) -> None:
    annotation = TermMatcher(small_codebook).annotate(text, language="en")
    assert Account(WEIGHTS, annotation, small_codebook).accuse(small_codebook.get_narrative("water_theft")) == accused


def test_the_roles_of_both_sides_are_the_same_words(small_codebook: Codebook) -> None:
    matcher = TermMatcher(small_codebook)
    one = find_roles(matcher.annotate("Norland took water from Sudland.", language="en"), small_codebook)
    other = find_roles(matcher.annotate("Sudland took water from Norland.", language="en"), small_codebook)
    assert one["norland"] == other["sudland"]
    assert one["sudland"] == other["norland"]


def test_a_narrative_that_fixes_its_side_needs_no_roles(small_codebook: Codebook) -> None:
    annotation = TermMatcher(small_codebook).annotate("Nothing is named.", language="en")
    account = Account(WEIGHTS, annotation, small_codebook)
    assert account.accuse(small_codebook.get_narrative("lawful_use")) is None
    sided = small_codebook.get_narrative("water_theft").model_copy(update={"bound_to": "norland"})
    assert account.accuse(sided) == "norland"


@pytest.mark.parametrize(
    ("text", "voice"),
    [
        ("Bu bir su hırsızlığıdır.", ASSERTED),
        ("Sudland'a göre bu bir su hırsızlığı.", ATTRIBUTED),
        ("Norland su hırsızlığı yapmadığını söyledi, iddiaya göre.", ATTRIBUTED),
    ],
)
def test_voice_in_turkish(small_codebook: Codebook, text: str, voice: Voice) -> None:
    (mention,) = Labeller(small_codebook).label_passage(text, language="tr").mentions
    assert mention.voice is voice


def test_every_language_of_the_product_has_its_cues() -> None:
    english = load_rules("en")
    for language in ("hy", "az", "ru", "tr", "fr"):
        rules = load_rules(language)
        assert rules.exact or rules.stems
        assert rules.exact != english.exact
        assert rules.words.keys() == english.words.keys() or rules.words.keys() <= english.words.keys()
