"""Markup to text, and what may be stored."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framewire.ingest import clean
from framewire.ingest.clean import build_text, clean_text
from fuzzing import deadline


@pytest.mark.parametrize(
    ("markup", "expected", "reason"),
    [
        ("<p>two.</p><p>Three</p>", "two.\n\nThree", "words of neighbouring blocks stay apart"),
        ("one<br>two<br/><br/>three", "one\ntwo\n\nthree", "line breaks"),
        ("<ul><li>one</li><li>two</li></ul>", "one\ntwo", "list items are lines"),
        ("<table><tr><td>a</td><td>b</td></tr></table>", "a b", "cells are words"),
        ("a <b>b</b>c", "a bc", "inline elements do not part words"),
        ("he said <q>leave</q>", 'he said "leave"', "quotations keep their marks"),
        ("<p>a</p><script>x()</script><style>y{}</style><p>b</p>", "a\n\nb", "no code"),
        ("<p>a\nb\n  c</p>", "a b c", "line breaks of the source are spaces"),
        ("<!-- no --><p>yes</p>", "yes", "no comments"),
        ("plain\n\ntext", "plain\n\ntext", "plain text keeps its paragraphs"),
        ("a < b & c", "a < b & c", "no markup"),
        ("&laquo;a&raquo; &#8212; &eacute;", "«a» — é", "entities"),
        ("&amp;lt;", "&lt;", "entities are decoded once"),
        ("<div>" * 5000 + "deep" + "</div>" * 5000 + "<p>after</p>", "deep\n\nafter", "no nesting limit"),
        ("<p>&nbsp;</p><p>a</p>", "a", "no blank paragraphs"),
        ("<svg><text>x</text></svg>a", "a", "no drawings"),
        ("<p>unclosed <b>bold", "unclosed bold", "unclosed"),
        ("", "", "nothing"),
    ],
)
def test_markup_to_text(markup: str, expected: str, reason: str) -> None:
    assert build_text(markup) == expected, reason


@pytest.mark.parametrize(
    "markup",
    ["<p " + " ".join(f"a{n}=1" for n in range(80_000)) + ">x</p>", "<p>some words</p>" * 100_000, "<br>" * 250_000, "<" * 500_000,
     "&" * 500_000, "<!-" * 200_000, "&lt;!--" * 50_000, "<a" * 200_000, "&#" * 200_000],
    ids=["attributes", "paragraphs", "breaks", "angles", "ampersands", "comments", "escaped comments", "tags", "references"],
)  # fmt: skip
def test_heavy_markup_takes_linear_time(markup: str) -> None:
    # In linear time under a second of CPU on any machine; a quadratic step takes many minutes.
    with deadline(60):
        build_text(markup)


UNSTORABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")


any_text = st.text(st.characters(exclude_categories=()), max_size=300)


@given(any_text)
def test_clean_text_can_be_stored_and_is_stable(text: str) -> None:
    cleaned = clean_text(text)
    assert cleaned.encode("utf-8").decode("utf-8") == cleaned
    assert not UNSTORABLE.search(cleaned)
    assert not any(ord(char) & 0xFFFE == 0xFFFE for char in cleaned)
    assert clean_text(cleaned) == cleaned


@given(st.text(st.characters(categories=("L", "M", "N", "P", "S")), max_size=100))
def test_clean_text_leaves_real_characters_alone(text: str) -> None:
    assert clean_text(text) == text.strip()


def test_clean_text_does_not_normalise() -> None:
    decomposed = unicodedata.normalize("NFD", "ğ é")
    assert clean_text(decomposed) == decomposed
    assert clean_text("a" * 10, max_chars=4) == "aaaa"


@given(st.text(st.sampled_from("ab \n\t\r\f\xa0\u2028é&;<p>"), max_size=40))
def test_shortcuts_change_nothing(text: str) -> None:
    found = clean._collect(clean_text(text)) if clean.has_markup(clean_text(text)) else clean.unescape(clean_text(text))
    lines = (line.strip() for line in re.sub(r"[ \t\r\f\v]+", " ", found).split("\n"))
    assert build_text(text) == clean_text(re.sub(r"\n{3,}", "\n\n", "\n".join(lines)))


@given(any_text)
def test_markup_never_fails_and_is_storable(text: str) -> None:
    assert clean_text(build_text(text)) == build_text(text)
