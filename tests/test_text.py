"""Normalisation with its way back, and passages."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framewire.text import find_passages, find_sentences, normalise

AWKWARD = st.text(
    alphabet=st.one_of(
        st.characters(exclude_categories=["Cs"]),
        st.sampled_from("Iiİı\u0307\u0301եւև\u055e\u055b\u055cсаoеAA \n\u00ad\u200b'’“«ёЁ-–\t\u00a0"),
    )
)
LANGUAGES = st.sampled_from(["en", "hy", "az", "ru", "tr", "fr"])


@given(AWKWARD, LANGUAGES)
def test_every_normalised_letter_knows_where_it_comes_from(text: str, language: str) -> None:
    normal = normalise(text, language=language)
    spans = [normal.span(i, i + 1) for i in range(len(normal.text))]
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert spans == sorted(spans)


@given(AWKWARD, LANGUAGES, st.data())
def test_a_slice_knows_where_its_letters_come_from(text: str, language: str, data: st.DataObject) -> None:
    normal = normalise(text, language=language)
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    part, first = normal.slice(start, end)
    assert part.text == normal.text[first : first + len(part.text)]
    for i in range(len(part.text)):
        a, b = normal.span(first + i, first + i + 1)
        assert start <= a < end
        assert part.span(i, i + 1) == (a - start, b - start)


@given(AWKWARD)
def test_a_letters_source_normalises_to_text_that_holds_it(text: str) -> None:
    """In a language whose script is not known, so that no word is taken for a disguised one."""
    normal = normalise(text, language="ka")
    if normal.mixed_script_words:
        return
    for i, letter in enumerate(normal.text):
        start, end = normal.span(i, i + 1)
        assert letter in normalise(text[start:end], language="ka").text or letter in " ;&"


@given(AWKWARD, LANGUAGES)
def test_rare_letters_fold_alike_among_many_plain_ones(text: str, language: str) -> None:
    alone = normalise(text + "\n", language=language)
    among = normalise(text + "\n" + "plain " * 400, language=language)
    assert among.text.startswith(alone.text)
    assert [among.span(i, i + 1) for i in range(len(alone.text))] == [
        alone.span(i, i + 1) for i in range(len(alone.text))
    ]


@given(AWKWARD, LANGUAGES)
def test_normalising_twice_is_normalising_once(text: str, language: str) -> None:
    once = normalise(text, language=language).text
    assert normalise(once, language=language).text == once


@pytest.mark.parametrize(
    ("text", "language", "expected", "reason"),
    [
        ("Ethnic Cleansing", "en", "ethnic cleansing", "case"),
        ("ethnic\u00ad cleansing", "en", "ethnic cleansing", "soft hyphen"),
        ("eth\u200bnic  cleansing", "en", "ethnic cleansing", "zero-width space and doubled space"),
        ("e\u202ethnic", "en", "ethnic", "bidi mark"),
        ("“peacekeepers”", "en", '"peacekeepers"', "curly quotes"),
        ("Azerbaijan’s", "en", "azerbaijan's", "curly apostrophe"),
        (
            "Azerbaijan´s ″peace″",
            "en",
            'azerbaijan\'s "peace"',
            "an accent for an apostrophe, double primes for quotes",
        ),
        ("anti–terrorist", "en", "anti-terrorist", "dash"),
        ("ﬁred", "en", "fired", "ligature"),
        ("ｅｔｈｎｉｃ", "en", "ethnic", "full width"),
        ("𝐞𝐭𝐡𝐧𝐢𝐜", "en", "ethnic", "mathematical bold"),
        ("ethniс", "en", "ethnic", "Cyrillic es in a Latin word"),
        ("агресcия", "ru", "агрессия", "Latin c in a Cyrillic word"),
        ("İşğal IŞIK", "az", "işğal ışık", "dotted and dotless I"),
        ("İstanbul", "en", "istanbul", "dotted I elsewhere"),
        ("զտո՞ւմ", "hy", "զտում", "question mark inside the word"),
        ("և", "hy", "եւ", "ligature unfolded"),
        ("Ещё", "ru", "еще", "yo"),
        ("Şuşa", "tr", "şuşa", "letters with marks stay"),
        ("S\u0327us\u0327a", "tr", "şuşa", "decomposed letters are composed"),
        ("a\u00a0b\tc", "en", "a b c", "spaces"),
    ],
)
def test_normal_forms(text: str, language: str, expected: str, reason: str) -> None:
    assert normalise(text, language=language).text == expected, reason


def test_a_span_slices_the_stored_text_to_its_surface() -> None:
    text = "They call it eth\u00adnic  clean\u200bsing."
    normal = normalise(text)
    at = normal.text.index("ethnic cleansing")
    start, end = normal.span(at, at + len("ethnic cleansing"))
    assert text[start:end] == "eth\u00adnic  clean\u200bsing"


def test_mixed_script_words_are_counted() -> None:
    assert normalise("an оrdinary wоrd").mixed_script_words == 2


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("Gen. Smith spoke. He left.", "en", ["Gen. Smith spoke.", "He left."]),
        ("В 1994 г. война кончилась. Мир не пришёл.", "ru", ["В 1994 г. война кончилась.", "Мир не пришёл."]),
        ("M. Dupont a parlé. Il est parti.", "fr", ["M. Dupont a parlé.", "Il est parti."]),
        ("😀 First. Second!", "en", ["😀 First.", "Second!"]),
    ],
)
def test_sentences(text: str, language: str, expected: list[str]) -> None:
    assert [text[a:b] for a, b in find_sentences(text, language=language)] == expected


def test_headline_and_lead_are_the_first_passage() -> None:
    text = "A headline\nThe lead has two sentences. Here is one.\n\nThe second paragraph follows here.\n\nBy A. N."
    passages = find_passages(text, title_end=10)
    assert [p.text for p in passages] == [
        "A headline\nThe lead has two sentences. Here is one.",
        "The second paragraph follows here.",
    ]
    assert [p.position for p in passages] == [0, 1]


def test_long_paragraphs_are_cut_after_four_sentences() -> None:
    text = " ".join(f"Sentence number {i} stands here." for i in range(6))
    assert [len(find_sentences(p.text)) for p in find_passages(text)] == [4, 2]


@given(AWKWARD, LANGUAGES)
def test_passages_slice_the_text_and_never_overlap(text: str, language: str) -> None:
    passages = find_passages(text, title_end=min(len(text), 3), language=language)
    assert all(text[p.start : p.end] == p.text for p in passages)
    assert all(a.end <= b.start for a, b in pairwise(passages))


def test_a_title_alone_is_one_passage() -> None:
    assert [p.text for p in find_passages("Only", title_end=4)] == ["Only"]


def test_no_text_has_no_passage() -> None:
    assert find_passages("") == ()
