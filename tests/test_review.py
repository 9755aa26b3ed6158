"""`framewire review`: what coders are asked, what they say, and what becomes of it."""

import csv
import io
import json
import re
from datetime import timedelta
from pathlib import Path

import pytest

from framewire.records import CodedNarrative, CodingOrigin
from framewire.workflow.workspace import Workspace
from review_cases import AT, code, codings_of, copy_watch, leave_open, review, spans_of
from test_cli import invoke, trained

__all__ = ["trained"]


@pytest.fixture
def watch(trained: Path, tmp_path: Path) -> Workspace:
    return copy_watch(trained, tmp_path / "watch")


def labels(watch: Workspace, item: str) -> list[str]:
    article, position = item.split(".")
    span = next(span for span in spans_of(watch, int(article)) if span.position == int(position))
    return [label["id"] for label in span.labels["narratives"] if label["state"] != "abstained"]


def test_a_fix_stands_beside_the_models_label_and_says_what_it_replaced(watch: Workspace) -> None:
    assert labels(watch, "1.0") == ["water_theft"]
    result = review(watch, "fix", "1.0", "neglect=denied", "-water_theft", "--coder", "anna", "--note", "only reported")
    assert (result.exit_code, result.output) == (0, "1.0  neglect=denied  (was: water_theft=asserted:norland)\n")
    (coding,) = codings_of(watch)
    assert (coding.coder, coding.coded_at, coding.origin, coding.blind) == ("anna", AT, CodingOrigin.COMMAND, False)
    assert (coding.note, [n.id for n in coding.narratives]) == ("only reported", ["neglect"])
    assert coding.replaces["narratives"][0]["id"] == "water_theft"
    assert coding.replaces["labelling_id"] == spans_of(watch, 1)[0].labelling_id
    assert labels(watch, "1.0") == ["water_theft"]
    shown = invoke("articles", "show", "1", "-w", str(watch.config.folder)).output
    assert "corrected by anna on 2026-11-24: neglect=denied (only reported)" in shown
    assert "the model says:" in shown
    assert "water_theft  score" in shown


def test_the_newest_coding_of_a_coder_counts_and_none_is_lost(watch: Workspace) -> None:
    review(watch, "fix", "1.0", "neglect=asserted", "--coder", "anna")
    review(watch, "ok", "1.0", "--coder", "ben")
    result = review(watch, "fix", "1.0", "none", "--coder", "anna", at=AT + timedelta(hours=1))
    assert result.output == "1.0  none  (was: water_theft=asserted:norland, neglect=asserted)\n"
    assert len(codings_of(watch)) == 3
    rows = json.loads(review(watch, "list", "--json").output)
    assert [(row["coder"], row["says"]) for row in rows] == [
        ("anna", "none"),
        ("ben", "water_theft=asserted:norland"),
    ]
    assert {row["model_said"] for row in rows} == {"water_theft"}
    told = json.loads(review(watch, "conflicts", "--json").output)
    assert {(row["item"], row["coder"]) for row in told} == {("1.0", "anna"), ("1.0", "ben")}


def test_saying_the_same_again_changes_nothing(watch: Workspace) -> None:
    review(watch, "ok", "1.0", "--coder", "anna")
    result = review(watch, "ok", "1.0", "--coder", "anna", at=AT + timedelta(hours=1))
    assert result.output == "1.0  anna said so already: water_theft=asserted:norland\n"
    assert len(codings_of(watch)) == 1


def test_yes_and_no_to_what_the_model_left_open(watch: Workspace) -> None:
    leave_open(watch, 1, 0, "water_theft")
    result = review(watch, "ok", "1.0", "--coder", "anna")
    assert (result.exit_code, result.output) == (0, "1.0  water_theft=asserted:norland  (was: none)\n")
    assert review(watch, "no", "1.0", "--coder", "ben").output == "1.0  none  (was: none)\n"
    later = {"at": AT + timedelta(hours=1)}
    assert review(watch, "no", "1.0", "--coder", "anna", **later).output.startswith("1.0  none  (was: water_theft")
    assert review(watch, "ok", "1.0", "--coder", "ben", **later).output.startswith("1.0  water_theft=asserted:norland")
    assert review(watch, "ok", "1.0", "--coder", "ben", at=AT + timedelta(hours=2)).output.startswith(
        "1.0  ben said so"
    )
    review(watch, "fix", "1.0", "neglect=denied", "--coder", "cem")
    both = "1.0  water_theft=asserted:norland, neglect=denied  (was: neglect=denied)\n"
    assert review(watch, "ok", "1.0", "--coder", "cem", **later).output == both, "beside what is carried already"


def test_yes_and_no_where_nothing_is_left_open(watch: Workspace) -> None:
    assert labels(watch, "1.0") == ["water_theft"]
    assert review(watch, "no", "1.0", "--coder", "anna").output == "1.0  none  (was: water_theft=asserted:norland)\n"
    assert review(watch, "ok", "1.0", "--coder", "ben").output.startswith("1.0  water_theft=asserted:norland  (was: ")


def test_where_several_are_left_open_one_yes_is_no_answer(watch: Workspace) -> None:
    leave_open(watch, 1, 0, "lawful_use", "neglect")
    told = review(watch, "ok", "1.0")
    assert told.exit_code == 1
    assert (
        "several are left open, lawful_use, neglect; say which: fix 1.0 lawful_use=asserted, or no 1.0" in told.output
    )
    assert codings_of(watch) == []
    assert review(watch, "no", "1.0").output.startswith("1.0  water_theft=asserted:norland  (was: ")


def test_a_no_says_to_what(watch: Workspace) -> None:
    told = review(watch, "no", "1")
    assert told.exit_code == 1
    assert re.search(r"1: it carries (\w+), .*; say which is wrong: fix 1 -\1", told.output)
    told = review(watch, "no", "3.0")
    assert (told.exit_code, "no narrative is asked there" in told.output) == (1, True)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["fix", "1.0", "neglekt=asserted"], "unknown narrative 'neglekt' (did you mean 'neglect'?)"),
        (["fix", "1.0", "neglect=assert"], "unknown voice 'assert' (did you mean 'asserted'?)"),
        (["fix", "1.0", "neglect"], "'neglect' says no voice; write neglect=asserted"),
        (["fix", "1.0", "neglect=denied:norland"], "'neglect' accuses nobody in this codebook"),
        (["fix", "1.0", "water_theft=denied:norlant"], "unknown accused side 'norlant' (did you mean 'norland'?)"),
        (["fix", "1.0", "-neglect"], "'-neglect' takes away what is not there; carried are water_theft"),
        (["fix", "1.0", "none", "neglect=denied"], "'none' and 'irrelevant' stand alone, not beside 'neglect=denied'"),
        (["ok", "1.7"], "article 1 has no passage 7; its last one is 1.1"),
        (["ok", "77.0"], "there is no labelled article 77"),
        (["ok", "first"], "'first' names no item"),
        (["ok", "1.0:00000000"], "1.0: the text is another than that of code 00000000"),
    ],
)
def test_what_cannot_be_said_is_refused_in_words(watch: Workspace, arguments: list[str], told: str) -> None:
    result = review(watch, *arguments)
    assert result.exit_code == 1
    assert told in result.output
    assert codings_of(watch) == []


def test_an_item_with_its_hash_is_found(watch: Workspace) -> None:
    row = json.loads(review(watch, "queue", "--size", "1", "--json", "--coder", "anna").output)[0]
    assert review(watch, "ok", row["item"], "--coder", "anna").exit_code == 0
    (coding,) = codings_of(watch)
    assert (coding.origin, coding.blind) == (CodingOrigin.COMMAND, False)
    assert review(watch, "queue", "--open", "--json", "--coder", "anna").output == "[]\n"


def test_the_queue_gives_no_item_twice_to_one_coder_and_all_to_another(watch: Workspace) -> None:
    seen: list[str] = []
    for _ in range(20):
        result = review(watch, "queue", "--size", "5", "--json", "--coder", "anna")
        if result.exit_code != 0:
            break
        rows = json.loads(result.output)
        assert all(row["why"] for row in rows)
        seen += [row["item"] for row in rows]
    assert "nothing to code for anna: nothing on the subject of the last 28 days is left" in result.output
    assert len(seen) == len(set(seen)) >= 10
    other = json.loads(review(watch, "queue", "--size", "1000", "--json", "--coder", "ben").output)
    assert {row["item"] for row in other} == set(seen)


def test_what_was_coded_is_not_offered(watch: Workspace) -> None:
    offered = json.loads(review(watch, "queue", "--size", "1000", "--json", "--coder", "ben").output)
    for row in offered[1:]:
        assert review(watch, "ok", row["item"], "--coder", "anna").exit_code == 0
    left = json.loads(review(watch, "queue", "--size", "1000", "--json", "--coder", "anna").output)
    assert [row["item"] for row in left] == [offered[0]["item"]]


def test_a_mixed_queue_holds_several_strategies_spread_over_outlets(watch: Workspace) -> None:
    rows = json.loads(review(watch, "queue", "--size", "8", "--json", "--coder", "anna").output)
    assert len({row["why"].partition(":")[0] for row in rows}) >= 3
    assert {row["outlet"] for row in rows} == {"north", "south"}


def test_there_is_no_audit_before_a_summary(watch: Workspace) -> None:
    result = review(watch, "queue", "--strategy", "audit", "--coder", "anna")
    assert result.exit_code == 1
    assert "no article was drawn for an audit yet; each summary draws two" in result.output


def fill_in(path: Path, form: str, answer: str) -> None:
    """Does what a coder does in their program: the first item is coded, the others are left open."""
    text = path.read_text(encoding="utf-8")
    if form == "csv":
        rows = list(csv.DictReader(io.StringIO(text, newline="")))
        rows[0]["coding"] = answer
        buffer = io.StringIO()
        writer = csv.DictWriter(buffer, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
        path.write_text(buffer.getvalue(), encoding="utf-8")
    elif form == "label-studio":
        tasks = json.loads(text)
        name, _, voice = answer.partition("=")
        chosen = [
            {"from_name": "relevant", "to_name": "text", "type": "choices", "value": {"choices": ["relevant"]}},
            {"from_name": "narratives", "to_name": "text", "type": "taxonomy", "value": {"taxonomy": [[name, voice]]}},
        ]
        tasks[0]["annotations"] = [
            {
                "id": 1,
                "completed_by": 1,
                "result": chosen,
                "was_cancelled": False,
                "updated_at": "2026-11-24T01:00:00.5Z",
            }
        ]
        path.write_text(json.dumps(tasks), encoding="utf-8")
    else:
        first, *rest = text.splitlines()
        line = json.loads(first)
        if form == "doccano":
            line["label"] = [answer]
        else:
            name, _, voice = answer.partition("=")
            line |= {"relevant": True, "narratives": [{"id": name, "voice": voice}]}
        path.write_text("\n".join([json.dumps(line), *rest]), encoding="utf-8")


@pytest.mark.parametrize("form", ["csv", "jsonl", "label-studio", "doccano"])
def test_a_queue_goes_out_as_a_file_and_comes_back_coded(watch: Workspace, tmp_path: Path, form: str) -> None:
    path = tmp_path / "queue.out"
    ask = ("queue", "--size", "4", "--coder", "anna", "--blind", "--export", str(path), "--format", form)
    result = review(watch, *ask)
    assert result.exit_code == 0
    assert f"4 to code by anna; then: framewire review import {path} --coder anna" in result.output
    assert "water_theft" not in path.read_text(encoding="utf-8"), "a blind item tells the model's label"
    fill_in(path, form, "neglect=attributed")
    first = review(watch, "import", str(path), "--coder", "anna")
    assert (first.exit_code, first.output) == (0, "1 new, 0 known already, 3 without a coding\n")
    (coding,) = codings_of(watch)
    assert (coding.origin, coding.blind, coding.narratives[0].voice.value) == (CodingOrigin.FILE, True, "attributed")
    again = review(watch, "import", str(path), "--coder", "anna", at=AT + timedelta(days=1))
    assert again.output.startswith("0 new, 1 known already")
    assert len(codings_of(watch)) == 1


@pytest.mark.parametrize("form", ["csv", "jsonl", "label-studio", "doccano"])
def test_codings_go_out_and_come_back_as_they_were(watch: Workspace, trained: Path, tmp_path: Path, form: str) -> None:
    review(watch, "fix", "1.0", "neglect=denied", "--coder", "anna", "--note", "=1+1")
    review(watch, "fix", "2.1", "irrelevant", "--coder", "anna")
    review(watch, "fix", "3", "none", "--coder", "anna")
    path = tmp_path / "codings.out"
    result = review(watch, "export", str(path), "--format", form)
    assert result.output.startswith("3 codings in")
    other = copy_watch(trained, tmp_path / "other")
    assert review(other, "import", str(path), "--coder", "anna").output.startswith("3 new, 0 known")
    assert [(c.start, c.end, c.coder, c.coded_at, c.relevant, c.narratives, c.note) for c in codings_of(other)] == [
        (c.start, c.end, c.coder, c.coded_at, c.relevant, c.narratives, c.note) for c in codings_of(watch)
    ]


def test_an_export_overwrites_no_file(watch: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "queue.csv"
    path.write_text("somebody's work", encoding="utf-8")
    result = review(watch, "queue", "--export", str(path), "--coder", "anna")
    assert result.exit_code == 1
    assert "is there already, and may hold somebody's codings" in result.output
    assert path.read_text(encoding="utf-8") == "somebody's work"
    assert review(watch, "queue", "--open", "--json", "--coder", "anna").output == "[]\n", "offered, but not written"


def test_lines_that_do_not_fit_are_told_with_their_number_and_the_others_stored(
    watch: Workspace, tmp_path: Path
) -> None:
    path = tmp_path / "queue.jsonl"
    review(watch, "queue", "--size", "4", "--coder", "anna", "--export", str(path), "--format", "jsonl")
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    for line in lines:
        line |= {"relevant": True, "narratives": []}
    lines[1]["text"] += " And more that nobody wrote."
    lines[2]["narratives"] = [{"id": "neglekt", "voice": "asserted"}]
    lines[3]["coder"] = "ben"
    path.write_text("\n".join(map(json.dumps, lines)) + "\n{broken\n", encoding="utf-8")
    result = review(watch, "import", str(path), "--coder", "anna")
    assert result.exit_code == 3
    assert result.stdout == "1 new, 0 known already, 0 without a coding\n"
    refused = result.stderr.splitlines()
    assert f"{path}:2: {lines[1]['id']}: its text is no passage of a stored article any more" in refused[0]
    assert f"{path}:3: unknown narrative 'neglekt' (did you mean 'neglect'?)" in refused[1]
    assert f"{path}:4: coded by 'ben', and the file is imported as 'anna'" in refused[2]
    assert f"{path}:5: no JSON" in refused[3]


def test_a_passage_that_has_moved_is_found_again(watch: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "queue.jsonl"
    review(watch, "queue", "--size", "1", "--coder", "anna", "--export", str(path), "--format", "jsonl")
    line = json.loads(path.read_text(encoding="utf-8"))
    line |= {
        "relevant": False,
        "narratives": [],
        "start": line["start"] + 7,
        "end": line["end"] + 7,
        "version_hash": "x",
    }
    line["text"] = line["text"].replace(" ", "\n ")
    path.write_text(json.dumps(line), encoding="utf-8")
    result = review(watch, "import", str(path), "--coder", "anna")
    assert result.output == "1 new, 0 known already, 0 without a coding\n1 found again elsewhere in the text\n"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("id,reason\n1,x\n", "line 1: no column 'text'"),
        ("id,txt,start,end,coding\n", "unknown column 'txt' (did you mean 'text'?)"),
        ("[{]", "line 1: no JSON"),
        ("", "line 1: no column 'id'"),
    ],
)
def test_a_file_of_another_kind_is_refused(watch: Workspace, tmp_path: Path, content: str, told: str) -> None:
    path = tmp_path / "codings"
    path.write_text(content, encoding="utf-8")
    result = review(watch, "import", str(path), "--coder", "anna")
    assert result.exit_code == 1
    assert told in result.output


def test_import_wants_a_file_or_mail_and_a_coder(watch: Workspace, tmp_path: Path) -> None:
    for arguments, told in (
        ([], "name a PATH, or --mail PATH"),
        ([str(tmp_path / "x"), "--mail", str(tmp_path)], "name a PATH, or --mail PATH"),
        ([str(tmp_path / "x")], "--coder is missing"),
        (["--mail", str(tmp_path), "--coder", "anna"], "replies say themselves who wrote them"),
    ):
        result = review(watch, "import", *arguments)
        assert result.exit_code == 2
        assert told in result.output


def test_a_blind_item_has_no_label_to_confirm(watch: Workspace) -> None:
    (row,) = json.loads(review(watch, "queue", "--size", "1", "--blind", "--json", "--coder", "anna").output)
    result = review(watch, "ok", row["item"], "--coder", "anna")
    assert result.exit_code == 1
    assert "is coded blind, so there is no label to confirm" in result.output
    assert review(watch, "fix", row["item"], "neglect=asserted", "--coder", "anna").exit_code == 0
    (coding,) = codings_of(watch)
    assert (coding.blind, [n.id for n in coding.narratives]) == (True, ["neglect"])


def test_training_learns_from_corrections_and_says_so(watch: Workspace) -> None:
    review(watch, "fix", "1.1", "neglect=asserted", "--coder", "anna")
    review(watch, "fix", "2", "neglect=asserted", "--coder", "anna")
    code(watch, spans_of(watch, 3)[1], coder="ben", origin=CodingOrigin.AUDIT)
    run = ("train", "-w", str(watch.config.folder), "--no-scores", "--now", (AT + timedelta(hours=1)).isoformat())
    result = invoke(*run)
    assert result.exit_code == 0, result.output
    assert "97 passages (1 corrections among them)" in result.output
    card = json.loads(invoke("model", "show", "--json", "-w", str(watch.config.folder)).output)
    assert "1 passages are corrections of real press, coded by anna" in json.dumps(card)
    assert "96 passages  " in invoke(*run, "--no-corrections").output


def test_what_a_model_doubts_is_offered_blind_to_somebody_else_and_written_passages_are_listed(
    watch: Workspace,
) -> None:
    span = next(span for span in spans_of(watch, 1) if span.position == 0)
    code(watch, span, coder="anna", narratives=[CodedNarrative("lawful_use")], blind=False)
    folder = str(watch.config.folder)
    trained_anew = invoke("train", "--no-scores", "-w", folder, "--now", AT.isoformat())
    assert trained_anew.exit_code == 0, trained_anew.output
    listed = json.loads(invoke("review", "noise", "-w", folder, "--json").output)
    assert listed[0]["passage"].startswith("coded-")
    assert (listed[0]["narrative"], listed[0]["coded"], listed[0]["coder"]) in [
        ("lawful_use", "carried", "anna"),
        ("water_theft", "not carried", "anna"),
    ]
    (row,) = json.loads(review(watch, "queue", "--strategy", "noise", "--json", "--coder", "ben").output)
    assert row["why"].startswith("noise: the coding of '")
    assert row["blind"]
    own = review(watch, "queue", "--strategy", "noise", "--coder", "anna")
    assert own.exit_code == 1
    assert "nothing to code for anna" in own.output
