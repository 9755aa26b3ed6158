"""One event in several outlets' words, and what an outlet changed in a text that is not its own."""

import re
from dataclasses import replace
from typing import Any

import pytest

from framewire.codebook import Codebook
from framewire.records import ArticleVersion
from framewire.summarise import Summary, build_summary, render_html, render_markdown, render_text
from framewire.summarise.contrasts import choose_rows
from framewire.summarise.edits import Hunk, join_near, list_hunks
from framewire.summarise.parts import Piece, Quoted, StoryArticle
from framewire.summarise.tables import Tables
from summarise_cases import NOW, WINDOW, Desk, Mention, own_words

WIRE_TITLE = "Board opens the spillway"
WIRE = (
    f"The water board opened the spillway on Monday after the planned filling of the lake, {own_words(1)}. "
    f"Engineers said the valley below was warned in time, {own_words(2)}, {own_words(3)}."
)


def build(tables: Tables, codebook: Codebook) -> Summary:
    return build_summary(tables, codebook, WINDOW, title="Dam watch", now=NOW, model_card=None, model_error=None)


def said(line: Any) -> str:
    return "".join(f"*{piece.text}*" if piece.strong else piece.text for piece in line)


def copy(desk: Desk, outlet: str, title: str, body: str, original: int, *mentions: Mention) -> int:
    return desk.article(outlet, title, body, mentions=mentions, copy_of=original, hour=6.0)


@pytest.fixture
def story() -> Desk:
    desk = Desk()
    for outlet, surface, wording, voice in (
        ("north", "planned filling", "filling", "asserted"),
        ("south", "water theft", "theft", "denied"),
        ("world", "water theft", "theft", "asserted"),
    ):
        lead = (
            f"On Monday the water board of {outlet} opened the spillway of the dam after heavy rain: it was {surface}."
        )
        desk.article(outlet, "Spillway of the dam opened", lead, mentions=[("filling", wording, surface, voice)])
    return desk


def test_each_outlet_has_its_phrase_in_the_column_of_its_wording(story: Desk, small_codebook: Codebook) -> None:
    (told,) = build(story.tables(), small_codebook).stories
    assert (told.named, told.columns) == ("the filling of the lake", ("water theft", "filling"))
    cells = {
        row.outlet: [cell and (said(cell.phrase), cell.voices, cell.n) for cell in row.phrases] for row in told.articles
    }
    assert cells == {
        "The North": [None, ("… dam after heavy rain: it was *planned filling*.", "", 1)],
        "The South": [("… dam after heavy rain: it was *water theft*.", "denied", 1), None],
        "The World": [("… dam after heavy rain: it was *water theft*.", "", 1), None],
    }


def test_the_table_is_in_every_rendering(story: Desk, small_codebook: Codebook) -> None:
    summary = build(story.tables(), small_codebook)
    page, text, markdown = render_html(summary), render_text(summary), render_markdown(summary)
    assert 'scope="col"' in page.partition("Same story")[2].partition("Headlines")[0]
    assert "it was <b>water theft</b>." in page
    assert "| The South | … dam after heavy rain: it was **water theft**. (denied) | |" in markdown
    assert "The South: … dam after heavy rain: it was *water theft*. (denied)" in " ".join(text.split())


def test_an_outlet_is_quoted_in_its_own_voice_first(story: Desk, small_codebook: Codebook) -> None:
    lead = (
        "On Monday the water board opened the spillway of the dam after heavy rain, which it denies was water theft. "
        "But it was water theft."
    )
    number = story.article(
        "sun", "Spillway of the dam opened", lead, mentions=[("filling", "theft", "water theft", "denied")]
    )
    row = dict(next(one for one in story.rows["mentions"] if one["article_id"] == number))
    text = story.texts[number + 1000].text
    start = text.rindex("water theft")
    story.rows["mentions"].append(row | {"voice": "asserted", "start": start, "end": start + 11})
    (told,) = build(story.tables(), small_codebook).stories
    cell = next(one for one in told.articles if one.outlet == "The Sun").phrases[0]
    assert cell is not None
    assert (said(cell.phrase), cell.voices, cell.n) == ("But it was *water theft*.", "own voice, denied", 2)


def test_a_story_without_any_wording_is_told_by_its_headlines(small_codebook: Codebook) -> None:
    desk = Desk()
    for outlet in ("north", "south", "world"):
        lead = f"On Monday the water board of {outlet} opened the spillway of the dam after heavy rain."
        desk.article(outlet, f"Spillway of the dam opened, says {outlet}", lead, relevant=True)
    summary = build(desk.tables(), small_codebook)
    (told,) = summary.stories
    assert (told.columns, told.named, told.contrast) == ((), "", ())
    for render in (render_html, render_text, render_markdown):
        assert "Spillway of the dam opened, says north" in " ".join(render(summary).split())


def test_rows_are_taken_from_the_groups_in_turn() -> None:
    def row(group: str, outlet: str, n: int) -> StoryArticle:
        cells = tuple(Quoted((), "", 1) if i < n else None for i in range(3))
        return StoryArticle("", None, outlet, group, "en", (), 0, cells)

    rows = [row("a", "a1", 0), row("a", "a2", 2), row("a", "a3", 1), row("b", "b1", 0), row("c", "c1", 3)]
    assert [one.outlet for one in choose_rows(rows, n=4)] == ["a2", "b1", "c1", "a3"]


@pytest.mark.parametrize(
    ("old", "new", "changed"),
    [
        ("the filling of the lake", "the theft of the lake", [("filling", "theft")]),
        ("the filling of the lake", "the filling of lake", [("the", "")]),
        ("the lake", "the great lake", [("", "great")]),
        ("he said “no” - The Lake", 'he said "no" – the lake', []),
        ("", "", []),
        ("a b", "c d", [("a b", "c d")]),
    ],
)
def test_words_that_differ(old: str, new: str, changed: list[tuple[str, str]]) -> None:
    a, b = old.split(), new.split()
    found = [(" ".join(a[h.old[0] : h.old[1]]), " ".join(b[h.new[0] : h.new[1]])) for h in list_hunks(a, b)]
    assert found == changed


def test_changes_near_each_other_are_one_place() -> None:
    hunks = [Hunk((i, i + 1), (i, i + 1), (0, 99)) for i in (0, 3, 20)]
    assert join_near(hunks) == [hunks[:2], hunks[2:]]


def test_an_outlets_edit_of_a_wire_text_is_shown_word_by_word(small_codebook: Codebook) -> None:
    desk = Desk()
    original = desk.article("world", WIRE_TITLE, WIRE, mentions=[("filling", "filling", "planned filling")])
    edited = WIRE.replace("planned filling of the lake", "water theft on the lake")
    copy(desk, "south", WIRE_TITLE, edited, original, ("filling", "theft", "water theft"))
    copy(
        desk,
        "north",
        "Another headline",
        WIRE.replace("in time", "too late"),
        original,
        ("filling", "filling", "planned filling"),
    )
    copy(desk, "sun", WIRE_TITLE, WIRE, original, ("filling", "filling", "planned filling"))
    summary = build(desk.tables(), small_codebook)
    (edit,) = summary.edits
    assert (edit.outlet, edit.source, edit.n_touched, edit.n_other) == ("The South", "The World", 2, 0)
    assert edit.places == (
        (
            Piece("spillway on Monday after the"),
            Piece("planned filling of", "del"),
            Piece("water theft on", "ins"),
            Piece(f"the lake, {' '.join(own_words(1).split()[:3])}"),
        ),
    )
    assert "<ins" in render_html(summary)
    assert "<del" in render_html(summary)
    assert "[-planned filling of-] {+water theft on+}" in " ".join(render_text(summary).split())
    assert "~~planned filling of~~ **water theft on**" in render_markdown(summary)


def test_what_the_source_changed_later_is_laid_to_nobody_else(small_codebook: Codebook) -> None:
    desk = Desk()
    later = WIRE.replace("planned filling", "water theft")
    original = desk.article("world", WIRE_TITLE, later, mentions=[("filling", "theft", "water theft")])
    copy(desk, "south", WIRE_TITLE, WIRE, original, ("filling", "filling", "planned filling"))
    tables = desk.tables()
    (accused,) = build(tables, small_codebook).edits
    assert accused.outlet == "The South"
    now: ArticleVersion = desk.texts[original + 1000]
    first = replace(now, version_id=1, text=f"{WIRE_TITLE}\n{WIRE}")
    assert build(replace(tables, texts={**desk.texts, 1: first}), small_codebook).edits == ()


def test_a_headline_and_the_text_below_it_are_compared_apart(small_codebook: Codebook) -> None:
    desk = Desk()
    original = desk.article(
        "world", WIRE_TITLE, f"LAKESIDE (World) - {WIRE}", mentions=[("filling", "filling", "planned filling")]
    )
    copy(
        desk, "south", "Water theft goes on", WIRE, original,
        ("filling", "theft", "Water theft"), ("filling", "filling", "planned filling"),
    )  # fmt: skip
    (edit,) = build(desk.tables(), small_codebook).edits
    assert edit.places == ((Piece(WIRE_TITLE, "del"), Piece("Water theft goes on", "ins")),)
    assert edit.n_other == 1


def test_a_long_new_passage_is_cut_with_how_much_is_left(small_codebook: Codebook) -> None:
    desk = Desk()
    original = desk.article("world", WIRE_TITLE, WIRE, mentions=[("filling", "filling", "planned filling")])
    added = f"{WIRE} That is water theft, {' '.join(f'word{i}' for i in range(30))}."
    copy(desk, "south", WIRE_TITLE, added, original, ("filling", "theft", "water theft"))
    (edit,) = build(desk.tables(), small_codebook).edits
    piece = next(one for one in edit.places[0] if one.kind == "ins")
    assert piece.text.startswith("That is water theft, word0")
    assert piece.text.endswith("… (20 words more)")


def test_nothing_that_an_outlet_writes_acts_in_the_tables(small_codebook: Codebook) -> None:
    desk = Desk()
    evil = "<script>alert(1)</script> | [x](javascript:alert(1)) \u202egnirts"
    for outlet in ("north", "south", "world"):
        lead = f"On Monday the board opened the spillway of the dam after heavy rain. {evil} water theft {evil}"
        desk.article(
            outlet, f"Spillway opened {evil}", lead, mentions=[("filling", "theft", "water theft")], outlet_name=f"<b>{outlet}|"
        )  # fmt: skip
    edited = WIRE.replace("planned filling", f"water theft {evil}")
    original = desk.article("world", WIRE_TITLE, WIRE, mentions=[("filling", "filling", "planned filling")])
    copy(desk, "south", WIRE_TITLE, edited, original, ("filling", "theft", "water theft"))
    summary = build(desk.tables(), small_codebook)
    assert summary.edits
    assert summary.stories
    page, markdown = render_html(summary), render_markdown(summary)
    assert "<script" not in page
    assert "<b>north" not in page
    assert "\u202e" not in page + markdown + render_text(summary)
    assert not re.search(r"(?<!\\)\]\(<?javascript:", markdown)
    rows = [line for line in markdown.partition("Same story")[2].splitlines() if line.startswith("| ")]
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {3}
