"""Stories, excerpts and emerging terms: what is read from the texts themselves."""

from dataclasses import replace
from datetime import timedelta

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from framewire.codebook import Codebook
from framewire.summarise.emerging import Document, find_emerging_terms, find_log_odds, iter_phrases
from framewire.summarise.excerpts import clean_line, cut_excerpt, find_phrase, mark_differences
from framewire.summarise.openings import Opening
from framewire.summarise.parts import Example, Line
from framewire.summarise.render import join_line
from framewire.summarise.stories import find_stories
from summarise_cases import WINDOW


def story_table(*rows: tuple[int, str, float]) -> pd.DataFrame:
    times = [WINDOW.start + timedelta(hours=hours) for _, _, hours in rows]
    return pd.DataFrame(
        {
            "article_id": [row[0] for row in rows],
            "outlet": [row[1] for row in rows],
            "counted_at": pd.Series(times, dtype="datetime64[us, UTC]"),
        }
    )


SPILLWAY = {
    1: Opening(
        "Spillway of the dam opened on Monday\nThe spillway of the dam was opened on Monday morning, the water board said."
    ),
    2: Opening(
        "Water board opens the spillway\nOn Monday morning the water board opened the spillway of the dam after heavy rain."
    ),
    3: Opening(
        "Spillway opened after rain\nAfter heavy rain the spillway of the dam was opened by the water board on Monday."
    ),
    4: Opening(
        "Fishermen march\nFishermen of three villages marched to the old harbour and asked for diesel at the price of spring."
    ),
    5: Opening("Coach leaves\nThe coach left the football club after a poor season and four defeats in a row."),
}


def test_a_story_is_one_event_in_three_outlets() -> None:
    table = story_table((1, "north", 1), (2, "south", 2), (3, "world", 3), (4, "north", 4), (5, "south", 5))
    assert find_stories(table, SPILLWAY) == [[1, 2, 3]]


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ([(1, "north", 1.0), (2, "south", 2.0), (4, "world", 3.0)], "two outlets on it"),
        ([(1, "north", 1.0), (2, "north", 2.0), (3, "south", 3.0)], "three articles of two outlets"),
        ([(1, "north", 1.0), (2, "south", 2.0), (3, "world", 80.0)], "the third one three days later"),
        ([], "no articles"),
    ],
)
def test_no_story(rows: list[tuple[int, str, float]], reason: str) -> None:
    assert find_stories(story_table(*rows), SPILLWAY) == [], reason


def test_texts_without_words_make_no_story() -> None:
    table = story_table((1, "north", 1), (2, "south", 2), (3, "world", 3))
    assert find_stories(table, {1: Opening("!"), 2: Opening("?"), 3: Opening("")}) == []


LONG = " ".join(f"word{i}" for i in range(40))


@pytest.mark.parametrize(
    ("text", "surface", "expected"),
    [
        ("One. They spoke of water theft again. Two.", "water theft", "They spoke of *water theft* again."),
        ("They spoke of “water theft”, again", "water theft", "They spoke of “*water theft*”, again"),
        ("Fields\nThey spoke of theft.", "theft", "They spoke of *theft*."),
        ("theft", "theft", "*theft*"),
        ("The theft", None, "The theft"),
        ("", None, ""),
    ],
)
def test_an_excerpt_is_the_sentence_with_the_word_marked(text: str, surface: str | None, expected: str) -> None:
    start = text.index(surface) if surface else 0
    span = (start, start + len(surface)) if surface else None
    assert join_line(cut_excerpt(text, span), "*") == expected


@given(st.text(max_size=400), st.integers(0, 400), st.integers(1, 60))
def test_an_excerpt_is_short_and_from_the_text(text: str, start: int, length: int) -> None:
    span = (start, min(start + length, len(text))) if start < len(text) else None
    line = cut_excerpt(text, span)
    said = "".join(piece.text for piece in line).replace("…", " ").replace("—", " ")
    assert len(said.split()) <= 26
    assert len(said) <= 3 * 240 + 4
    assert all(not (ord(letter) < 32 or 0x7F <= ord(letter) < 0xA0) for letter in said)


def test_an_excerpt_has_at_most_25_words() -> None:
    line = cut_excerpt(LONG, (LONG.index("word20"), LONG.index("word20") + 6))
    assert len("".join(piece.text for piece in line).replace("…", "").split()) == 25
    assert [piece.text for piece in line if piece.strong] == ["word20"]


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("  Two\n lines\t", "Two — lines"),
        ("x\x00y\u202egnirts", "x y gnirts".replace(" g", "g")),
        ("a" * 300, "a" * 199 + "…"),
        ("word " * 100, ("word " * 39).strip() + "…"),
    ],
)
def test_a_title_is_one_clean_line(title: str, expected: str) -> None:
    assert clean_line(title) == expected


@pytest.mark.parametrize(
    ("evidence", "found"),
    [
        (["rule: starv* the valley"], "starving the valley"),
        (["word: dry fields"], "dry fields"),
        (["word: absent", "word: Fields"], "fields"),
        (["named: norland", "rule: absent"], None),
        (["rule: *"], "They"),
        ([], None),
    ],
)
def test_evidence_is_found_again(evidence: list[str], found: str | None) -> None:
    text = "They are starving the valley of dry fields."
    span = find_phrase(text, evidence)
    assert (text[span[0] : span[1]] if span else None) == found


def test_what_differs_in_a_headline_is_marked() -> None:
    old, new = mark_differences("League condemns theft at lake", "League calls both banks at lake")
    assert join_line(old, "*") == "League *condemns theft* at lake"
    assert join_line(new, "*") == "League *calls both banks* at lake"


@given(st.text(max_size=80), st.text(max_size=80))
def test_marking_loses_no_word(old: str, new: str) -> None:
    def plain(line: Line) -> str:
        return "".join(piece.text for piece in line)

    first, second = mark_differences(old, new)
    assert (plain(first), plain(second)) == (clean_line(old), clean_line(new))


def documents(text: str, n: int, *, start: int = 0, outlets: int = 3) -> list[Document]:
    return [Document(start + i, f"outlet{i % outlets}", text) for i in range(n)]


PAST = documents("Engineers met at the gauge and the mayor waited.", 60, start=1000)


def test_a_new_phrase_emerges(small_codebook: Codebook) -> None:
    today = documents("Engineers met, and fish ladders broke.", 6) + documents("Engineers met.", 6, start=100)
    found = find_emerging_terms(today, PAST, codebook=small_codebook, surfaces=set())
    assert found[0].phrase == "fish ladders"
    assert (found[0].n_articles, found[0].n_outlets, found[0].n_before) == (6, 3, 0)
    assert "engineers" not in {term.phrase for term in found}
    assert "fish" not in {term.phrase for term in found}, "the pair of words says it"


def test_a_phrase_has_two_examples_of_two_outlets(small_codebook: Codebook) -> None:
    shown = [replace(doc, example=Example(doc.outlet, None)) for doc in documents("Fish ladders broke.", 6)]
    term = find_emerging_terms(shown, PAST, codebook=small_codebook, surfaces=set())[0]
    assert [one.outlet for one in term.examples] == ["outlet0", "outlet1"]
    alone = find_emerging_terms(
        [replace(doc, outlet="outlet0") for doc in shown], PAST, codebook=small_codebook, surfaces=set()
    )[0]
    assert [one.outlet for one in alone.examples] == ["outlet0"]


@pytest.mark.parametrize(
    ("text", "n", "outlets", "surfaces", "reason"),
    [
        ("Northaven said.", 9, 3, set(), "a name of the codebook"),
        ("A looting spree.", 9, 3, {"looting spree"}, "a mention's surface"),
        ("Fish ladders.", 4, 2, set(), "four articles of two outlets"),
        ("Said on Monday that they would.", 9, 3, set(), "stop words alone"),
        ("", 9, 3, set(), "no words"),
    ],
)
def test_what_does_not_emerge(
    small_codebook: Codebook, text: str, n: int, outlets: int, surfaces: set[str], reason: str
) -> None:
    found = find_emerging_terms(documents(text, n, outlets=outlets), PAST, codebook=small_codebook, surfaces=surfaces)
    assert found == (), reason


def test_phrases_stay_within_a_clause() -> None:
    assert list(iter_phrases("Fish ladders, dry wells of Norland's")) == [
        *("fish", "ladders", "fish ladders"),
        *("dry", "wells", "norland", "dry wells"),
    ]


@given(st.integers(1, 50), st.integers(0, 50), st.integers(1, 30))
def test_more_today_is_a_greater_log_odds_ratio(n_now: int, n_before: int, more: int) -> None:
    less = find_log_odds(n_now, 100, n_before, 100)
    assert find_log_odds(n_now + more, 100, n_before, 100) > less
    assert find_log_odds(n_now, 100, n_now, 100) == pytest.approx(0.0)
