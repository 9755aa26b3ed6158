"""Which wording stands where: tables of texts, and laws."""

from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framewire.codebook import Codebook, parse_codebook
from framewire.label.terms import TermMatcher, find_mentions
from framewire.text import find_passages, normalise

CASES = [
    ("They called it water theft.", ["theft:water theft"], "a plain phrase"),
    ("WATER  THEFT!", ["theft:WATER  THEFT"], "capitals and a doubled space"),
    ("wat\u200ber the\u00adft", ["theft:wat\u200ber the\u00adft"], "zero-width space and soft hyphen"),
    ("Backwater theft is no case.", [], "not inside a word"),
    ("They grabbed the water.", ["theft:grabbed"], "context within three words"),
    ("They grabbed whatever they could find of the water.", [], "context too far"),
    ("They grabbed it. Water came.", [], "a sentence end counts three words"),
    ("Northaven goes on filling it.", ["filling:filling"], "a reference to the subject"),
    ("The filling goes on.", [], "no anchor near"),
    ("Norland's dentists do a filling.", [], "a forbidden word near"),
    (
        "The planned filling of Upper Lake",
        ["filling:planned filling", "upper_lake:Upper Lake"],
        "longest wins, two referents",
    ),
    ("The SIV plan, a siv plan", ["siv:SIV"], "exact case"),
    ("Lake Siv, called Upper Lake", ["siv:Lake Siv", "upper_lake:Upper Lake"], "both sides' names"),
    ("", [], "no text"),
]


@pytest.mark.parametrize(("text", "expected", "reason"), CASES, ids=[case[2] for case in CASES])
def test_mentions(small_codebook: Codebook, text: str, expected: list[str], reason: str) -> None:
    mentions = find_mentions(TermMatcher(small_codebook).annotate(text, language="en"))
    assert [f"{m.wording}:{m.text}" for m in mentions] == expected, reason


@given(st.lists(st.sampled_from([case[0] for case in CASES] + ["\u00ad", "“", "😀 "]), max_size=6))
def test_every_mention_slices_to_its_surface_and_none_overlap(pieces: list[str]) -> None:
    text = " ".join(pieces)
    mentions = find_mentions(MATCHER.annotate(text, language="en"))
    assert all(text[m.start : m.end] == m.text for m in mentions)
    assert all(a.end <= b.start for a, b in pairwise(mentions))


def test_texts_at_once_have_the_hits_of_each() -> None:
    texts = [case[0] for case in CASES] * 6 + ["They talked of water", "theft of water was", "filling. Lake", "Siv"]
    at_once = MATCHER.annotate_all(texts, language="en")
    one_by_one = [MATCHER.annotate(text, language="en") for text in texts]
    assert [(a.original, a.text, a.hits, a.wordings) for a in at_once] == [
        (a.original, a.text, a.hits, a.wordings) for a in one_by_one
    ]
    assert MATCHER.annotate_all([], language="en") == []


@pytest.fixture(autouse=True, scope="module")
def _matcher(small_codebook: Codebook) -> None:
    global MATCHER
    MATCHER = TermMatcher(small_codebook)


MATCHER: TermMatcher


def test_a_referent_bound_in_time_counts_only_since_then(small_codebook: Codebook) -> None:
    matcher = TermMatcher(small_codebook)
    before = matcher.annotate("water theft", language="en", published_on=date(2025, 2, 28))
    since = matcher.annotate("water theft", language="en", published_on=date(2025, 3, 1))
    assert (len(before.wordings), len(since.wordings)) == (0, 1)


def test_inflected_turkish(small_codebook: Codebook) -> None:
    mentions = find_mentions(TermMatcher(small_codebook).annotate("BU SU HIRSIZLIĞIDIR.", language="tr"))
    assert [m.text for m in mentions] == ["SU HIRSIZLIĞIDIR"]


def test_a_language_without_patterns_has_no_mentions(small_codebook: Codebook) -> None:
    assert find_mentions(TermMatcher(small_codebook).annotate("water theft", language="ka")) == ()


def test_mentions_know_their_passage(small_codebook: Codebook) -> None:
    text = "Water theft\nThe lead says more of it here.\n\nThis is a second paragraph on water theft."
    passages = find_passages(text, title_end=11)
    mentions = find_mentions(TermMatcher(small_codebook).annotate(text, language="en"), passages)
    assert [m.passage for m in mentions] == [0, 1]


def test_a_slice_of_an_annotation_is_an_annotation_of_the_slice(small_codebook: Codebook) -> None:
    matcher = TermMatcher(small_codebook)
    text = "Nothing here. “Wat\u200ber theft” at Upper Lake."
    part = matcher.annotate(text, language="en").slice(14, len(text))
    alone = matcher.annotate(text[14:], language="en")
    assert part.text.text == alone.text.text
    assert find_mentions(part) == find_mentions(alone)


def test_near_misses_say_why(small_codebook: Codebook) -> None:
    from framewire.workflow.codebooks import list_matches

    rows = list_matches(small_codebook, "Norland's dentists do a filling; they grabbed it; a siv.", language="en")
    reasons = {row["text"]: row["matches"] for row in rows if row["matches"] != "yes"}
    assert reasons["filling"] == "no: one of dentist* stands within 6 words"
    assert reasons["grabbed"] == "no: none of water within 3 words"
    assert reasons["siv"] == "no: written with other capitals than 'SIV'"


def test_words_that_mix_scripts_are_told(small_codebook: Codebook) -> None:
    from framewire.workflow.codebooks import list_matches

    rows = list_matches(small_codebook, "They spoke of w\u0430ter theft.", language="en")
    assert [(row["text"], row["matches"]) for row in rows if row["kind"] == "note"] == [
        ("w\u0430ter", "read as 'water'")
    ]


def test_leading_wildcards_match_inside_words() -> None:
    text = "id: x\nversion: 1\ntitle: t\nlanguages: [en]\nrelevance: {definition: d, anchors: {en: ['*displac*']}}\n"
    hits = TermMatcher(parse_codebook(text)).annotate("The undisplaced and displaced", language="en").hits
    assert [(hit.start, hit.end) for hit in hits] == [(4, 15), (20, 29)]


SHARED = """
id: x
version: 1
title: t
languages: [en, fr]
places: [{id: lake, names: {en: [Siv]}}]
contexts: [{id: wet, words: {en: [river*, "@lake"]}}]
relevance: {definition: d, anchors: {en: [dam]}}
terminology:
- referent: r
  label: r
  wordings:
  - id: w
    patterns:
      en:
      - {pattern: [so-called water theft, grab*], near: {any: ["@wet", pond], within: 4}}
      - {pattern: IT, case: exact}
      fr: [vol d'eau]
"""


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("They grabbed the river.", ["grabbed"]),
        ("They grabbed Siv.", ["grabbed"]),
        ("They grabbed a pond and a coat.", ["grabbed"]),
        ("They grabbed a coat.", []),
        ("A so-called water theft by the river", ["so-called water theft"]),
        ("A so-called “water theft” by the river", ["so-called “water theft"]),
        ("A “so-called” 'water' theft by the river", ["so-called” 'water' theft"]),
        ("A so-called « water » theft by the river", ["so-called « water » theft"]),
        ("the 'IT' and the 'it'", ["IT"]),
        ("un « vol d’eau »", []),
    ],
)
def test_phrases_share_rules_contexts_have_names_and_quotation_marks_count_for_nothing(
    text: str, found: list[str]
) -> None:
    annotation = TermMatcher(parse_codebook(SHARED)).annotate(text, language="en")
    assert [mention.text for mention in find_mentions(annotation)] == found


def test_an_apostrophe_is_no_quotation_mark() -> None:
    annotation = TermMatcher(parse_codebook(SHARED)).annotate(
        "Un « vol d’eau », « vol » d'eau et vol d'eaux", language="fr"
    )
    assert [mention.text for mention in find_mentions(annotation)] == ["vol d’eau", "vol » d'eau"]


def test_many_words_of_a_context_are_told_in_short() -> None:
    from framewire.workflow.codebooks import list_matches

    many = SHARED.replace("pond]", "pond, a1, b1, c1, d1, e1]")
    (row,) = list_matches(parse_codebook(many), "They grabbed a coat.", language="en")
    assert row["matches"] == "no: none of @wet, pond, a1, b1, c1, d1 and 1 more within 4 words"


def test_a_dated_pattern_counts_only_where_the_day_is_known() -> None:
    text = (Path(__file__).parent / "small_codebook.yaml").read_text(encoding="utf-8")
    pattern = "{pattern: took, since: '2025-03-01', until: '2025-03-31', dated: true}"
    matcher = TermMatcher(parse_codebook(text.replace("planned filling, ", f"planned filling, {pattern}, ")))
    sentence = "They took the road."

    def count(day: date | None) -> int:
        return len(matcher.annotate(sentence, language="en", published_on=day).wordings)

    assert [count(day) for day in (date(2025, 3, 5), date(2025, 4, 1), None)] == [1, 0, 0]
    misses = matcher.matcher_of("en").explain_misses(normalise(sentence), original=sentence)
    assert [reason for _, reason in misses] == ["only where the day is known, by dated"]
