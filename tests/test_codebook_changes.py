"""A codebook that changes: renamed, merged and split parts, what is stale with that, and codings carried over."""

import json
from pathlib import Path

import pytest

from framewire.codebook import Codebook, diff_codebooks, parse_codebook
from framewire.codebook.effects import BOTH_STALE, NO_STALE, STAYS, YES_STALE, find_effects, find_renames
from framewire.errors import InputError, OutputError
from framewire.learn import find_passage_files, load_passages
from framewire.records import CodedNarrative
from framewire.workflow.codebook_changes import describe_changes, find_codebook, migrate
from framewire.workflow.workspace import Workspace, open_workspace
from review_cases import AT, code, codings_of, copy_watch, spans_of
from test_cli import invoke, trained

__all__ = ["trained"]

SMALL = Path(__file__).with_name("small_codebook.yaml")
LAWFUL = """- id: lawful_use
  label: Lawful use
  definition: The dam is the exercise of a right.
  bound_to: norland
  indicators: {en: [sovereign right*, lawful use]}
"""
NEGLECT = """- id: neglect
  label: The League looks away
  definition: The League fails to act.
  indicators: {en: [looked away, {pattern: silent, near: {any: ["@league"], within: 5}}]}
"""
SPLIT = """- id: a_right
  label: A right
  definition: The dam is a right.
  indicators: {en: [sovereign right*]}
- id: the_law
  label: The law
  definition: The dam keeps to the law.
  indicators: {en: [lawful use]}
"""
MERGED = """- id: excuse
  label: It is no matter
  definition: The dam is nobody's matter.
  indicators: {en: [sovereign right*, lawful use, looked away, silent]}
"""


def edit(*edits: tuple[str, str]) -> Codebook:
    """The small codebook after these edits."""
    text = SMALL.read_text(encoding="utf-8")
    for old, new in edits:
        assert old in text, old
        text = text.replace(old, new)
    return parse_codebook(text)


@pytest.fixture
def watch(trained: Path, tmp_path: Path) -> Workspace:
    """A workspace with labelled articles, coded by two coders."""
    watch = copy_watch(trained, tmp_path / "watch", n=3)
    for article, (coder, names) in enumerate([("anna", ["lawful_use"]), ("bert", ["water_theft"]), ("bert", [])], 1):
        span = spans_of(watch, article)[1]
        code(watch, span, coder=coder, narratives=[CodedNarrative(name) for name in names])
    return watch


def change(watch: Workspace, *edits: tuple[str, str]) -> Workspace:
    """The workspace with an edited codebook of version 2."""
    path = watch.config.codebook
    path.write_text(edit(("version: 1", "version: 2"), *edits).text, encoding="utf-8")
    return open_workspace(watch.config.folder)


@pytest.mark.parametrize(
    ("edits", "kind", "place", "detail", "codings", "labels"),
    [
        ([("- id: neglect", "- id: silence")], "renamed", "narratives.neglect", "neglect -> silence", STAYS, True),
        ([(LAWFUL, SPLIT)], "split", "narratives.lawful_use", "lawful_use -> a_right, the_law", YES_STALE, True),
        (
            [(LAWFUL, MERGED), (NEGLECT, "")],
            "merged",
            "narratives.lawful_use",
            "lawful_use, neglect -> excuse",
            STAYS,
            True,
        ),
        ([(NEGLECT, "")], "removed", "narratives.neglect", "", YES_STALE, True),
        (
            [("definition: The League fails to act.", "definition: The League does nothing.")],
            "reworded",
            "narratives.neglect.definition",
            "",
            STAYS,
            False,
        ),
        (
            [("  definition: The League fails to act.\n", "  definition: The League fails to act.\n  include: [No answer.]\n")],
            "widened",
            "narratives.neglect.include",
            "No answer.",
            NO_STALE,
            False,
        ),
        (
            [("  definition: The League fails to act.\n", "  definition: The League fails to act.\n  exclude: [Its own dams.]\n")],
            "narrowed",
            "narratives.neglect.exclude",
            "Its own dams.",
            YES_STALE,
            False,
        ),
        ([("sovereign right*, ", "")], "narrowed", "narratives.lawful_use.indicators.en", "sovereign right*", STAYS, True),
        ([("  sided: true\n", "")], "changed", "narratives.water_theft.sided", "True -> False", BOTH_STALE, True),
        ([("[planned filling, ", "[")], "narrowed", "terminology.filling.filling.patterns.en", "planned filling", STAYS, True),
        ([("Siv dam], tr", "Siv dam, the weir], tr")], "widened", "relevance.anchors.en", "the weir", STAYS, True),
        ([("version: 1", "version: 2")], "changed", "version", "1 -> 2", STAYS, False),
    ],
)  # fmt: skip
def test_each_change_says_what_it_does_and_what_is_stale(
    small_codebook: Codebook,
    edits: list[tuple[str, str]],
    kind: str,
    place: str,
    detail: str,
    codings: str,
    labels: bool,
) -> None:
    effects = find_effects(small_codebook, edit(*edits))
    found = {(e.change.kind, e.change.place, e.change.detail): (e.codings, e.labels_stale) for e in effects}
    assert found[kind, place, detail] == (codings, labels), found


def test_a_part_that_is_split_off_leaves_the_rest_where_it_was(small_codebook: Codebook) -> None:
    off = "- id: a_right\n  label: A right\n  definition: A right.\n  indicators: {en: [sovereign right*]}\n"
    new = edit((LAWFUL, LAWFUL.replace("sovereign right*, ", "") + off))
    told = [(change.kind, change.detail) for change in diff_codebooks(small_codebook, new)]
    assert ("split", "lawful_use -> lawful_use, a_right") in told
    assert ("added", "") not in told


def test_a_wording_that_goes_into_a_neighbour_is_merged(small_codebook: Codebook) -> None:
    gone = SMALL.read_text(encoding="utf-8").split("  - id: siv\n")
    new = parse_codebook(
        gone[0].replace("{en: [Upper Lake]}\n    match", "{en: [Upper Lake, Lake Siv, SIV]}\n    match")
    )
    told = [(change.kind, change.place, change.detail) for change in diff_codebooks(small_codebook, new)]
    assert ("merged", "terminology.place.siv", "siv -> upper_lake") in told


def test_names_that_change_places_are_not_told_as_descents(small_codebook: Codebook) -> None:
    new = edit(("[sovereign right*, lawful use]", "[sovereign right*]"), ("[looked away,", "[lawful use, looked away,"))
    assert {change.kind for change in diff_codebooks(small_codebook, new)} == {"narrowed", "widened"}
    assert find_renames(small_codebook, new) == {}


def test_stale_labels_are_counted_in_the_store(watch: Workspace) -> None:
    old = find_codebook(watch, "@1")
    here = change(watch, ("- id: neglect", "- id: silence"), ("lawful use]", "lawful use, by right]"))
    rows = {row["place"]: row for row in describe_changes(here, old, here.codebook)}
    assert int(rows["narratives.lawful_use.indicators.en"]["labels_stale"]) > 0
    assert rows["narratives.neglect"]["labels_stale"] == "0"
    assert rows["version"]["labels_stale"] == ""
    shown = invoke("codebook", "diff", "@1", "-w", str(watch.config.folder))
    assert "neglect -> silence" in shown.output
    unknown = invoke("codebook", "diff", "@7", "-w", str(watch.config.folder))
    assert unknown.exit_code == 1
    assert "@1" in unknown.output
    with pytest.raises(InputError, match="--workspace"):
        find_codebook(None, "@1")


def test_codings_of_a_renamed_narrative_are_carried_over_beside_the_old_ones(watch: Workspace) -> None:
    here = change(watch, ("- id: lawful_use", "- id: in_the_right"))
    before = codings_of(here)
    result = invoke("codebook", "migrate", "@1", "-w", str(watch.config.folder), "--now", "2026-11-25T00:00:00+00:00")
    assert result.exit_code == 0, result.output
    assert "1 codings carried over, 2 count as they are" in result.output
    after = codings_of(here)
    assert after[: len(before)] == before, "nothing is overwritten"
    (new,) = after[len(before) :]
    assert ([n.id for n in new.narratives], new.coder, new.blind) == (["in_the_right"], "anna", before[0].blind)
    assert new.note == "carried over from version 1"
    assert new.codebook_row_id != before[0].codebook_row_id
    again = invoke("codebook", "migrate", "@1", "-w", str(watch.config.folder), "--now", "2026-11-26T00:00:00+00:00")
    assert "0 codings carried over" in again.output
    assert len(codings_of(here)) == len(after)


def test_what_was_split_has_to_be_coded_again(watch: Workspace) -> None:
    old = find_codebook(watch, "@1")
    here = change(watch, (LAWFUL, SPLIT))
    done = migrate(here, old, now=AT)
    assert (done.n_carried, done.n_kept, done.stale) == (0, 2, {"lawful_use": 1})
    assert len(codings_of(here)) == 3
    assert (
        "lawful_use: 1 to be coded again" in invoke("codebook", "migrate", "@1", "-w", str(here.config.folder)).output
    )


def test_passages_are_written_under_the_new_ids_and_train(watch: Workspace, tmp_path: Path) -> None:
    old = find_codebook(watch, "@1")
    here = change(watch, (LAWFUL, MERGED), (NEGLECT, ""))
    with pytest.raises(InputError, match="unknown narrative 'lawful_use'"):
        load_passages(find_passage_files(here.config.passages), codebook=here.codebook)
    done = migrate(here, old, now=AT, passages=tmp_path / "moved")
    (path,) = done.files
    passages = load_passages([path], codebook=here.codebook)
    assert {n.id for p in passages for n in p.narratives} == {"water_theft", "excuse"}
    untouched = (watch.config.passages / "dam.jsonl").read_text(encoding="utf-8").split("\n")
    moved = path.read_text(encoding="utf-8").split("\n")
    assert all(a == b for a, b in zip(untouched, moved, strict=True) if "lawful_use" not in a)
    assert all(json.loads(line) for line in moved)
    with pytest.raises(OutputError, match="exists already"):
        migrate(here, old, now=AT, passages=tmp_path / "moved")


def test_nothing_to_carry_over(watch: Workspace, small_codebook: Codebook) -> None:
    with pytest.raises(InputError, match="and the same"):
        migrate(watch, small_codebook, now=AT)
    with pytest.raises(InputError, match="old codebook is pond"):
        migrate(watch, edit(("id: dam", "id: pond")), now=AT)
