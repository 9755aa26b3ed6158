"""Relearning: a new model is compared on what neither has seen, put in use or held back; promote, roll back, compare."""

import json
import shutil
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import Result

from dam_passages import build_dam_passages
from framewire.codebook import Codebook
from framewire.learn import digest_passages
from framewire.learn.comparison import (
    compare_models,
    find_worse,
    list_flips,
    list_unseen,
    pair_models,
)
from framewire.learn.held_out import TRAINING_FILE, HeldOut, Reading, decide_held_out, load_held_out, save_held_out
from framewire.learn.readings import read_held_out, read_unseen
from framewire.learn.training import train_with_held_out
from framewire.records import CodedNarrative, CodedPassage, Voice
from framewire.store import read_label_starts, reading
from framewire.workflow.model_records import list_models
from framewire.workflow.models import load_current_model, load_model_in_use
from framewire.workflow.workspace import open_workspace
from review_cases import AT, copy_watch, spans_of
from test_cli import NOW, invoke, trained

__all__ = ["trained"]

LATER = "2026-11-24T03:00:00+00:00"
PASSAGES = build_dam_passages()
NAMES = ("water_theft", "lawful_use", "neglect")


def run(folder: Path, *arguments: str, now: str | None = LATER) -> Result:
    return invoke(*arguments, "-w", str(folder), *(["--now", now] if now else []))


def in_use(folder: Path) -> str:
    return load_current_model(open_workspace(folder))[1]["name"].partition("/")[2]


def write_passages(folder: Path, name: str, passages: list[CodedPassage]) -> None:
    lines = [
        json.dumps(
            {"id": p.id, "text": p.text, "relevant": p.relevant, "story": p.story, "side": p.side}
            | {"narratives": [{"id": n.id, "voice": n.voice.value, "accused": n.accused} for n in p.narratives]}
        )
        for p in passages
    ]
    (folder / "passages" / name).write_text("\n".join(lines), encoding="utf-8")


def say(passages: list[CodedPassage], answers: list[set[str]], *, relevant: bool = True) -> HeldOut:
    """What a made-up model says of passages."""
    assigned = np.array([[name in answer for name in NAMES] for answer in answers], bool)
    return HeldOut(tuple(passages), NAMES, np.full(len(passages), relevant), assigned, assigned.astype(float))


def code(i: int, *names: str, side: str | None = None, story: str | None = None) -> CodedPassage:
    return CodedPassage(f"p{i}", f"text {i}", True, tuple(map(CodedNarrative, names)), side=side, story=story)


@pytest.fixture
def watch(trained: Path, tmp_path: Path) -> Path:
    """A workspace with a model in use; may be changed."""
    return Path(shutil.copytree(trained, tmp_path / "watch"))


def spoil(folder: Path) -> None:
    """Loses all but eight of the passages about theft: too few for a model to speak of it."""
    kept = [p for p in PASSAGES if not p.id.startswith("t") or int(p.id[1:]) < 8]
    write_passages(folder, "dam.jsonl", kept)


def test_the_first_model_of_a_codebook_is_promoted_without_comparison(trained: Path) -> None:
    (row,) = list_models(open_workspace(trained))
    assert (row["in_use"], row["state"], row["why"]) == (True, "promoted", "the first model of this codebook")


def test_the_same_passages_again_are_built_anew_and_stay_in_use(watch: Path) -> None:
    before = in_use(watch)
    result = run(watch, "train", "--no-scores")
    assert result.exit_code == 0, result.output
    assert "built anew from the same passages" in result.output
    assert in_use(watch) == before


def test_more_passages_are_compared_on_what_neither_has_seen_and_promoted(watch: Path) -> None:
    before = in_use(watch)
    more = [
        CodedPassage(f"m{i}", f"{p.text} So it was told again in valley {i}.", p.relevant, p.narratives, story=f"m{i}")
        for i, p in enumerate(PASSAGES[:24])
    ]
    write_passages(watch, "more.jsonl", more)
    result = run(watch, "train", "--no-scores")
    assert result.exit_code == 0, result.output
    assert f"compared with dam/{before} on 120 passages unseen by either, 24 of them coded since" in result.output
    assert in_use(watch) != before
    card = json.loads(run(watch, "model", "show", "--json", now=None).output)
    parts = {row["part"] for row in card["comparison"]["rows"]}
    labels = {"relevance", "all narratives", "narrative", "language", "side", "coded since"}
    assert parts == labels | {"voice", "accused side"}
    assert "Compared with the model before" in run(watch, "model", "show", now=None).output


def test_a_worse_model_is_held_back_with_the_reason_and_the_model_in_use_stays(watch: Path) -> None:
    before = in_use(watch)
    spoil(watch)
    held = run(watch, "train", "--no-scores")
    assert held.exit_code == 5, held.output
    assert "held back: worse than dam/" in held.output
    assert "water_theft" in held.output
    assert in_use(watch) == before
    row_id = load_model_in_use(open_workspace(watch), AT).name
    assert row_id == f"dam/{before}"
    listed = run(watch, "model", "list", "--json", now=None)
    rows = json.loads(listed.output)
    assert [(row["in_use"], row["state"]) for row in rows] == [(True, "promoted"), (False, "held back")]

    version = rows[1]["name"].partition("/")[2]
    refused = run(watch, "model", "promote", version)
    assert refused.exit_code == 5
    assert "say why: --force REASON" in refused.output
    forced = run(watch, "model", "promote", version, "--force", "theft was coded wrongly")
    assert forced.exit_code == 0, forced.output
    assert in_use(watch) == version
    (first, _) = list_models(open_workspace(watch))
    assert first["why"] == "theft was coded wrongly"
    assert first["by"]

    back = run(watch, "model", "rollback", "--reason", "it misses theft")
    assert back.exit_code == 0
    assert f"in use: dam/{before}" in back.output
    assert in_use(watch) == before

    compared = json.loads(run(watch, "model", "diff", before, version, "--json", now=None).output)
    assert compared["training"] == {"common": 80, "coded_otherwise": 0, "only_first": 16, "only_second": 0}
    assert {flip["flip"] for flip in compared["flips"]} >= {"spoilt"}
    told = run(watch, "model", "diff", before, version, now=None).output
    assert "training passages: 80 in both" in told
    assert "spoilt" in told
    assert "WORSE" in told


def test_what_a_model_labelled_counts_again_after_a_rollback(trained: Path, tmp_path: Path) -> None:
    watch = copy_watch(trained, tmp_path / "labelled", n=2)
    before = in_use(watch.config.folder)
    spoil(watch.config.folder)
    assert run(watch.config.folder, "train", "--no-scores").exit_code == 5
    version = list_models(watch)[1]["name"].partition("/")[2]
    assert run(watch.config.folder, "model", "promote", version, "--force", "to see it").exit_code == 0
    assert "2 articles" in run(watch.config.folder, "label").output
    assert {span.model for span in spans_of(watch, 1)} == {f"dam/{version}"}
    assert run(watch.config.folder, "model", "rollback").exit_code == 0
    assert {span.model for span in spans_of(watch, 1)} == {f"dam/{before}"}
    assert "nothing new" in run(watch.config.folder, "label", "--relabel").output
    with reading(watch.engine) as conn:
        starts = read_label_starts(conn)
    assert starts["model"].tolist() == [f"dam/{version}", f"dam/{before}"], "the series marks the way back, too"


def test_without_another_model_there_is_nothing_to_go_back_to(watch: Path) -> None:
    result = run(watch, "model", "rollback")
    assert result.exit_code == 1
    assert "none to go back to" in result.output
    again = run(watch, "model", "promote", in_use(watch))
    assert again.exit_code == 1
    assert "in use already" in again.output
    unknown = run(watch, "model", "promote", "1-nothing")
    assert unknown.exit_code == 1
    assert "model list" in unknown.output
    empty = run(watch, "model", "promote", in_use(watch), "--force", " ")
    assert empty.exit_code == 2


def test_a_model_that_cannot_be_loaded_is_no_rival_and_is_not_promoted(watch: Path) -> None:
    before = in_use(watch)
    (watch / "models" / "dam" / before / "model.joblib").write_bytes(b"broken")
    assert run(watch, "model", "promote", before, "--force", "again").exit_code == 1
    write_passages(watch, "more.jsonl", [code(1, "water_theft", story="m1")])
    result = run(watch, "train", "--no-scores")
    assert result.exit_code == 0
    assert "the model in use before cannot label" in result.output


def test_a_model_without_a_record_is_compared_after_training_it_once_more(watch: Path) -> None:
    before = in_use(watch)
    record = watch / "models" / "dam" / before / TRAINING_FILE
    record.unlink()
    merged = run(watch, "train", "--no-scores")  # the same passages: built anew, with a record
    assert merged.exit_code == 0
    assert record.exists()
    record.write_bytes(b"no gzip")
    (watch / "passages" / "dam.jsonl").write_text(
        (watch / "passages" / "dam.jsonl").read_text(encoding="utf-8").replace("took the water", "took water", 1),
        encoding="utf-8",
    )
    changed = run(watch, "train", "--no-scores")
    assert changed.exit_code == 0
    assert "is not on record" in changed.output
    told = run(watch, "model", "diff", before, in_use(watch), now=None)
    assert "not compared: what dam/" in told.output


def test_what_was_held_out_is_kept_beside_the_model(small_codebook: Codebook, tmp_path: Path) -> None:
    model, scores = train_with_held_out(PASSAGES, small_codebook)
    held_out = decide_held_out(model, PASSAGES, scores)
    save_held_out(tmp_path, held_out)
    names, digest = small_codebook.narrative_ids, digest_passages(PASSAGES)
    found = load_held_out(tmp_path, narratives=names, digest=digest)
    assert found is not None
    assert found.passages == tuple(PASSAGES)
    assert (found.assigned == held_out.assigned).all()
    assert np.abs(found.scores - held_out.scores).max() < 1e-4
    assert load_held_out(tmp_path, narratives=names, digest="of other passages") is None
    assert load_held_out(tmp_path / "nowhere", narratives=names, digest=digest) is None
    seen = model.predict_scores(model.annotate([p.text for p in PASSAGES]))
    assert (seen.narratives != scores.narratives).any(), (
        "scores of what the model was trained on are no held-out scores"
    )


@pytest.mark.parametrize(
    ("spoilt", "mended", "is_worse"),
    [
        (0, 0, False),
        (4, 0, False),
        (6, 0, True),
        (8, 7, False),
        (0, 9, False),
    ],
)
def test_worse_is_what_interval_and_exact_test_both_say(spoilt: int, mended: int, is_worse: bool) -> None:
    passages = [code(i, "water_theft") for i in range(40)]
    right, none = {"water_theft"}, set[str]()
    before = [none] * mended + [right] * (40 - mended)
    after = [right] * mended + [none] * spoilt + [right] * (40 - mended - spoilt)
    pairing = pair_models([say(passages, before)], say(passages, after))
    row = next(row for row in compare_models(pairing, language="en") if row["of"] == "water_theft")
    assert (row["spoilt"], row["mended"], row["is_worse"]) == (spoilt, mended, is_worse)
    assert bool(find_worse([row])) == is_worse
    flips = [flip["flip"] for flip in list_flips(pairing)]
    assert flips == ["spoilt"] * spoilt + ["mended"] * mended


RIGHT, OTHER_SIDE, OTHER_VOICE = ("attributed", "norland"), ("attributed", "sudland"), ("asserted", "norland")


def read(passages: list[CodedPassage], accounts: list[tuple[str, str]], *, found: bool = True) -> HeldOut:
    """A made-up model that assigns water_theft to all passages, or none, and reads voice and accused side so."""
    said = say(passages, [{"water_theft"} if found else set[str]()] * len(passages))
    readings = {(i, "water_theft"): Reading(Voice(voice), side) for i, (voice, side) in enumerate(accounts)}
    return replace(said, readings=readings)


def accuse(n: int, voice: Voice = Voice.ATTRIBUTED) -> list[CodedPassage]:
    told = (CodedNarrative("water_theft", voice, "norland"),)
    return [CodedPassage(f"p{i}", f"text {i}", True, told) for i in range(n)]


@pytest.mark.parametrize(
    ("before", "after", "worse", "flips"),
    [
        ([RIGHT] * 40, [RIGHT] * 40, [], {}),
        ([RIGHT] * 40, [OTHER_SIDE] * 8 + [RIGHT] * 32, ["accused side"], {"accused side of water_theft spoilt": 8}),
        ([RIGHT] * 40, [OTHER_VOICE] * 8 + [RIGHT] * 32, ["voice"], {"voice of water_theft spoilt": 8}),
        ([RIGHT] * 40, [OTHER_VOICE] * 4 + [RIGHT] * 36, [], {"voice of water_theft spoilt": 4}),
        ([OTHER_VOICE] * 8 + [RIGHT] * 32, [RIGHT] * 40, [], {"voice of water_theft mended": 8}),
        ([("denied", "norland")] * 40, [OTHER_VOICE] * 40, [], {}),
    ],
    ids=["the same", "side", "voice", "chance", "better", "wrong either way"],
)
def test_a_model_that_reads_voice_or_accused_side_worse_is_held_back(
    before: list[tuple[str, str]], after: list[tuple[str, str]], worse: list[str], flips: dict[str, int]
) -> None:
    passages = accuse(40)
    pairing = pair_models([read(passages, before)], read(passages, after))
    rows = compare_models(pairing, language="en")
    assert [row["part"] for row in rows if row["is_worse"]] == worse
    assert [told.partition(":")[0] for told in find_worse(rows)] == worse
    assert Counter(f"{flip['category']} {flip['flip']}" for flip in list_flips(pairing)) == flips
    assert {row["measure"] for row in rows if row["part"] in {"voice", "accused side"}} == {"share right"}


def test_voice_is_compared_only_where_both_found_the_narrative_and_both_are_on_record() -> None:
    passages = accuse(10, voice=Voice.SCARE_QUOTED)
    known, lost = read(passages, [RIGHT] * 10), read(passages, [RIGHT] * 10, found=False)
    unread = replace(known, readings={})
    for before, after, n in (
        (known, known, 10),
        (known, lost, 0),
        (lost, known, 0),
        (known, unread, 0),
        (unread, known, 0),
    ):
        pairing = pair_models([before], after)
        rows = {row["part"]: row for row in compare_models(pairing, language="en")}
        assert ("voice" in rows) == (n > 0)
        assert len(pairing.accounts) == 2 * n
    row = next(row for row in compare_models(pair_models([known], known), language="en") if row["part"] == "voice")
    assert (row["n"], row["after"]) == (10, pytest.approx(1.0)), "scare quotes count as attributed"


def test_readings_are_held_out_and_kept_beside_the_model(small_codebook: Codebook, tmp_path: Path) -> None:
    model, scores = train_with_held_out(PASSAGES, small_codebook)
    held_out = read_held_out(decide_held_out(model, PASSAGES, scores), model, random_state=0)
    coded = {(i, narrative.id) for i, passage in enumerate(PASSAGES) for narrative in passage.narratives}
    assert held_out.readings.keys() == coded
    save_held_out(tmp_path, held_out)
    found = load_held_out(tmp_path, narratives=small_codebook.narrative_ids, digest=digest_passages(PASSAGES))
    assert found is not None
    assert found.readings == held_out.readings
    assert read_unseen(found, model).readings.keys() == coded
    few = replace(held_out, passages=held_out.passages[:3], readings={})
    assert read_held_out(few, model, random_state=0).readings == {}, "too few stories for folds"


def test_mcnemar_by_hand() -> None:
    """Six of seven flips one way: p = 2 * (C(7,6) + C(7,7)) / 2^7 = 0.125."""
    passages = [code(i, "water_theft") for i in range(10)]
    before = [{"water_theft"}] * 6 + [set[str]()] + [{"water_theft"}] * 3
    after = [set[str]()] * 6 + [{"water_theft"}] * 4
    rows = compare_models(pair_models([say(passages, before)], say(passages, after)), language="en")
    assert next(row for row in rows if row["of"] == "water_theft")["p"] == pytest.approx(0.125)


def test_a_side_that_gets_worse_is_told_though_all_together_get_better() -> None:
    north = [code(i, "water_theft", side="norland", story=f"n{i}") for i in range(20)]
    south = [code(100 + i, "water_theft", side="sudland", story=f"s{i}") for i in range(60)]
    right, none = {"water_theft"}, set[str]()
    before = [right] * 20 + [none] * 60
    after = [none] * 12 + [right] * 8 + [right] * 60
    rows = compare_models(pair_models([say([*north, *south], before)], say([*north, *south], after)), language="en")
    assert [(row["part"], row["of"]) for row in rows if row["is_worse"]] == [("side", "norland")]


def test_a_later_passage_of_a_story_that_a_model_has_seen_is_left_out() -> None:
    seen = say([code(1, story="a"), code(2, story="b")], [set(), set()])
    passages = [code(1, story="a"), code(3, story="a"), code(4, story="c")]
    later = list_unseen(seen, passages)
    assert [p.id for p in later] == ["p4"]
    pairing = pair_models([seen, say(later, [set()])], say(passages, [set()] * 3))
    assert ([p.id for p in pairing.passages], pairing.n_left_out) == (["p1", "p4"], 1)
    assert pairing.is_later.tolist() == [False, True]


def test_what_was_coded_with_labels_in_sight_compares_no_models() -> None:
    seen = say([code(1, story="a")], [set()])
    later = [replace(code(i, story=f"later-{i}"), extra={"blind": blind}) for i, blind in ((2, True), (3, False))]
    assert [passage.id for passage in list_unseen(seen, later)] == [later[0].id]


def test_nothing_in_common_is_no_comparison() -> None:
    pairing = pair_models([say([code(1)], [set()])], say([code(2)], [set()]))
    assert compare_models(pairing, language="en") == []
    assert list_flips(pairing) == []


def test_weights_count(small_codebook: Codebook) -> None:
    """A passage that weighs nothing is as if it were not there."""
    wrong = [CodedPassage(f"w{p.id}", p.text, p.relevant, (), story=p.story, weight=0.001) for p in PASSAGES]
    heavy = [CodedPassage(f"w{p.id}", p.text, p.relevant, (), story=p.story, weight=4.0) for p in PASSAGES]
    scores: dict[str, Any] = {}
    for name, more in (("light", wrong), ("heavy", heavy)):
        model, _ = train_with_held_out([*PASSAGES, *more], small_codebook)
        found = model.weigh(model.annotate([PASSAGES[0].text])[0], "water_theft")
        scores[name] = sum(weight for _, weight in found)
    assert scores["light"] > scores["heavy"]
    assert NOW < LATER
