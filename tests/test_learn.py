"""Training, evaluation, and model folders that are trusted only as training left them."""

import json
import os
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dam_passages import build_dam_passages
from framewire.codebook import Codebook, parse_codebook
from framewire.errors import (
    InputError,
    ModelCodebookMismatch,
    ModelCorrupt,
    ModelMissing,
    ModelProbeFailed,
    ModelUntrusted,
    ModelVersionMismatch,
)
from framewire.label import Labeller, NarrativeModel
from framewire.label import labeller as labelling
from framewire.label.features import RuleFeatures, is_on_subject
from framewire.label.narratives import Transfer
from framewire.label.terms import TermMatcher
from framewire.learn import (
    build_card,
    cross_validate,
    digest_passages,
    evaluate_model,
    find_passage_files,
    load_headers,
    load_model,
    load_passages,
    load_tried,
    render_card,
    save_model,
    train_model,
)
from framewire.learn.evaluation import _calibration_error, _f1
from framewire.learn.training import build_training_set, split_by_story
from framewire.records import ArticleVersion, LabelState

NOW = datetime(2026, 3, 1, tzinfo=UTC)
PASSAGES = build_dam_passages()
PROBES = [passage.text for passage in PASSAGES[:8]]


@pytest.fixture(scope="module")
def model(small_codebook: Codebook) -> NarrativeModel:
    return train_model(PASSAGES, small_codebook)


@pytest.fixture
def saved(model: NarrativeModel, tmp_path: Path) -> tuple[Path, str]:
    folder = tmp_path / "dam" / "1"
    return folder, save_model(folder, model, card={"a": 1}, card_text="# Card\n", probes=PROBES)


def test_a_model_learns_what_it_was_shown(model: NarrativeModel, small_codebook: Codebook) -> None:
    labels = Labeller(small_codebook, model).label_passage(
        "In summer Norland took the water of Sudland at Lake Siv, a theft of water."
    )
    (narrative,) = [label for label in labels.narratives if label.state is LabelState.LABELLED]
    assert (labels.relevant, narrative.narrative, narrative.accused) == (True, "water_theft", "norland")
    assert narrative.evidence
    assert not Labeller(small_codebook, model).label_passage("The coach lost the football match this season.").relevant


def test_texts_are_labelled_alike_alone_and_together(
    model: NarrativeModel, small_codebook: Codebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(labelling, "TEXTS_TOGETHER", 3)
    labeller = Labeller(small_codebook, model)
    texts = [*PROBES, "", "Norland's “theft of water”, said Sudland.", "Siv"]
    assert labeller.label_passages(texts) == [labeller.label_passage(text) for text in texts]
    versions = [
        ArticleVersion(i, i, 1, "outlet", None, language, f"{text}\n\n{PROBES[0]}", 0, "", NOW, NOW)
        for i, text in enumerate(texts)
        for language in ("en", "tr")
    ]
    assert labeller.label_versions(versions) == [labeller.label_version(version) for version in versions]


def test_the_same_seed_gives_the_same_model(model: NarrativeModel, small_codebook: Codebook) -> None:
    again = train_model(PASSAGES, small_codebook)
    assert again.thresholds_ == model.thresholds_
    assert np.array_equal(
        again.predict_scores(again.annotate(PROBES)).narratives, model.predict_scores(model.annotate(PROBES)).narratives
    )


def test_place_names_of_either_side_change_nothing(model: NarrativeModel) -> None:
    one, other = model.predict_scores(
        model.annotate(["They took the water at Upper Lake.", "They took the water at Lake Siv."])
    ).narratives
    assert np.allclose(one, other)


def test_scores_are_probabilities(model: NarrativeModel) -> None:
    scores = model.predict_scores(model.annotate([*PROBES, "", "?"]))
    assert ((scores.narratives >= 0) & (scores.narratives <= 1)).all()
    assert scores.narratives.shape == (10, 3)


def test_relevance_is_raised_where_the_subject_is_named(small_codebook: Codebook) -> None:
    texts = [
        "Upper Lake is full.",
        "Norland and Sudland met.",
        "Norland spoke.",
        "Norland spoke of water theft.",
        "Water theft.",
        "",
    ]
    matcher, features = TermMatcher(small_codebook), RuleFeatures(small_codebook)
    annotations = [matcher.annotate(text, language="en") for text in texts]
    side_of = {actor.id: actor.side for actor in small_codebook.actors}
    found = features.find_on_subject(features.transform(annotations))
    assert list(found) == [is_on_subject(annotation, side_of) for annotation in annotations]
    assert list(found) == [True, True, False, True, False, False]
    assert list(Transfer(subject=2.0).shift_relevance(np.zeros(6), found)) == [1.0, 1.0, -1.0, 1.0, -1.0, -1.0]


def test_a_story_is_never_on_both_sides_of_a_split(small_codebook: Codebook) -> None:
    data = build_training_set(PASSAGES, small_codebook)
    for train, test in split_by_story(data, 0):
        assert not set(data.groups[train]) & set(data.groups[test])


def test_cross_validation_reports_every_promised_figure(small_codebook: Codebook) -> None:
    report = cross_validate(PASSAGES, small_codebook)
    narratives = report["narratives"]
    assert {"micro_f1", "macro_f1", "macro_f1_min5", "by_id", "ece"} <= set(narratives)
    assert set(narratives["by_id"]["water_theft"]) == {"precision", "recall", "f1", "support"}
    assert narratives["micro_f1"] > 0.8
    assert report["relevance"]["f1"] > 0.9
    assert {"majority", "rules", "tfidf"} == set(report["baselines"])
    assert report["baselines"]["rules"]["narratives"]["micro_f1"] > 0
    assert report["voice"]["n"] > 0
    assert report["accused"]["accuracy"] > 0.8
    json.dumps(report)


def test_evaluation_counts_an_abstained_narrative_as_not_assigned(model: NarrativeModel) -> None:
    report = evaluate_model(model, PASSAGES[:20], PASSAGES)
    assert report["narratives"]["by_id"]["neglect"]["support"] == 0
    assert report["n"]["passages"] == 20


def test_f1_by_hand() -> None:
    scores = _f1(np.array([1, 1, 0, 0], bool), np.array([1, 0, 1, 0], bool))
    assert scores == {"precision": 0.5, "recall": 0.5, "f1": 0.5, "support": 2}


def test_calibration_error_by_hand() -> None:
    assert _calibration_error(np.array([0.95, 0.95]), np.array([True, False])) == pytest.approx(0.45)
    assert _calibration_error(np.array([0.0, 1.0]), np.array([False, True])) == 0


def test_the_card_says_what_it_was_made_from(model: NarrativeModel, small_codebook: Codebook) -> None:
    card = build_card(model, PASSAGES, scores=cross_validate(PASSAGES, small_codebook), agreement=None, random_state=0)
    text = render_card(card)
    assert card["passages"]["digest"] == digest_passages(PASSAGES)
    assert "neglect (few examples)" in text
    assert re.search(r"water_theft \(few examples\) \| 24 \|", text)
    assert render_card(build_card(model, PASSAGES, scores=None, agreement=None, random_state=0)).startswith(
        "# Model dam"
    )


def test_what_was_tried_stands_in_the_card_as_it_is(model: NarrativeModel, tmp_path: Path) -> None:
    assert load_tried(tmp_path) == []
    (tmp_path / "tried.csv").write_text('what,F1\n"trees, boosted",.61\n"one | other",.60\n\n', encoding="utf-8")
    tried = load_tried(tmp_path)
    assert tried == [["what", "F1"], ["trees, boosted", ".61"], ["one | other", ".60"]]
    text = render_card(build_card(model, PASSAGES, scores=None, agreement=None, tried=tried, random_state=0))
    assert "## What was tried" in text
    assert text.endswith("| what | F1 |\n| --- | --- |\n| trees, boosted | .61 |\n| one / other | .60 |\n")
    (tmp_path / "tried.csv").write_text("what,F1\ntrees, boosted,.61\n", encoding="utf-8")
    with pytest.raises(InputError, match="the row 'trees' has 3 cells and the head has 2; quote cells with commas"):
        load_tried(tmp_path)


def test_a_model_loads_as_it_was_saved(
    saved: tuple[Path, str], model: NarrativeModel, small_codebook: Codebook
) -> None:
    folder, digest = saved
    loaded = load_model(folder, codebook=small_codebook, trusted_digest=digest)
    assert np.allclose(
        loaded.predict_scores(loaded.annotate(PROBES)).narratives,
        model.predict_scores(model.annotate(PROBES)).narratives,
    )
    assert sorted(path.name for path in folder.iterdir()) == ["card.json", "card.md", "manifest.json", "model.joblib"]


def test_no_model(tmp_path: Path, small_codebook: Codebook) -> None:
    with pytest.raises(ModelMissing, match="framewire train"):
        load_model(tmp_path, codebook=small_codebook, trusted_digest="x")


def test_a_model_that_no_training_recorded(saved: tuple[Path, str], small_codebook: Codebook) -> None:
    with pytest.raises(ModelUntrusted, match="on record"):
        load_model(saved[0], codebook=small_codebook, trusted_digest=None)


def test_a_changed_manifest(saved: tuple[Path, str], small_codebook: Codebook) -> None:
    path = saved[0] / "manifest.json"
    path.write_text(path.read_text() + " ")
    with pytest.raises(ModelUntrusted, match="manifest"):
        load_model(saved[0], codebook=small_codebook, trusted_digest=saved[1])


def test_a_symbolic_link(saved: tuple[Path, str], small_codebook: Codebook, tmp_path: Path) -> None:
    real = (saved[0] / "model.joblib").rename(tmp_path / "elsewhere")
    (saved[0] / "model.joblib").symlink_to(real)
    with pytest.raises(ModelUntrusted, match="symbolic link"):
        load_model(saved[0], codebook=small_codebook, trusted_digest=saved[1])


def test_a_file_that_others_may_write(saved: tuple[Path, str], small_codebook: Codebook) -> None:
    (saved[0] / "model.joblib").chmod(0o666)
    with pytest.raises(ModelUntrusted, match="others may write it"):
        load_model(saved[0], codebook=small_codebook, trusted_digest=saved[1])


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a file away")
def test_somebody_elses_file(saved: tuple[Path, str], small_codebook: Codebook) -> None:
    os.chown(saved[0] / "model.joblib", 65534, 65534)
    with pytest.raises(ModelUntrusted, match="belongs to user"):
        load_model(saved[0], codebook=small_codebook, trusted_digest=saved[1])


@pytest.mark.parametrize("at", [0, 100, -1])
def test_a_flipped_bit(saved: tuple[Path, str], small_codebook: Codebook, at: int) -> None:
    path = saved[0] / "model.joblib"
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(content)
    with pytest.raises(ModelCorrupt, match="damaged"):
        load_model(saved[0], codebook=small_codebook, trusted_digest=saved[1])


def rewrite_manifest(folder: Path, change: Any) -> str:
    """The digest of the manifest after a change that training itself might have written."""
    import hashlib

    path = folder / "manifest.json"
    manifest = json.loads(path.read_text())
    change(manifest)
    path.write_text(json.dumps(manifest))
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_another_library_version(saved: tuple[Path, str], small_codebook: Codebook) -> None:
    digest = rewrite_manifest(saved[0], lambda m: m["libraries"].update({"scikit-learn": "1.4.2"}))
    with pytest.raises(ModelVersionMismatch, match=r"scikit-learn 1\.4\.2"):
        load_model(saved[0], codebook=small_codebook, trusted_digest=digest)


def test_other_probe_scores(saved: tuple[Path, str], small_codebook: Codebook) -> None:
    digest = rewrite_manifest(saved[0], lambda m: m["probes"][0]["scores"].__setitem__(1, 0.123))
    with pytest.raises(ModelProbeFailed):
        load_model(saved[0], codebook=small_codebook, trusted_digest=digest)


def test_another_codebook(saved: tuple[Path, str], small_codebook: Codebook) -> None:
    other = parse_codebook(small_codebook.text.replace("version: 1", "version: 2"))
    with pytest.raises(ModelCodebookMismatch, match="version 2"):
        load_model(saved[0], codebook=other, trusted_digest=saved[1])


def test_a_payload_that_is_no_model(saved: tuple[Path, str], small_codebook: Codebook) -> None:
    import hashlib

    payload = b"cos\nsystem\n"
    (saved[0] / "model.joblib").write_bytes(payload)
    digest = rewrite_manifest(
        saved[0], lambda m: m.update(size=len(payload), sha256=hashlib.sha256(payload).hexdigest())
    )
    with pytest.raises(ModelCorrupt, match="cannot be loaded"):
        load_model(saved[0], codebook=small_codebook, trusted_digest=digest)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("no json", "a.jsonl:2: no JSON"),
        ("[1]", "a.jsonl:2: expected an object"),
        (
            '{"id": "1", "text": "x", "relevant": 1, "narratives": []}',
            "a.jsonl:2: 'relevant' is 1; expected true or false",
        ),
        (
            '{"id": "1", "text": "x", "relevant": true, "narratives": [{"id": "water_thief"}]}',
            "did you mean 'water_theft'",
        ),
        (
            '{"id": "1", "text": "x", "relevant": true, "narratives": [{"id": "neglect", "voice": "loud"}]}',
            "unknown voice 'loud'",
        ),
        (
            '{"id": "1", "text": "x", "relevant": true, "narratives": [{"id": "neglect", "accused": "mars"}]}',
            "unknown accused side 'mars'",
        ),
        (
            '{"id": "1", "text": "x", "relevant": false, "narratives": [{"id": "neglect"}]}',
            "an irrelevant passage cannot carry",
        ),
        (
            '{"id": "0", "text": "x", "relevant": true, "narratives": []}',
            "a.jsonl:2: the passage id '0' stands here a second time",
        ),
    ],
)
def test_a_bad_line_is_told_with_its_place(tmp_path: Path, small_codebook: Codebook, line: str, expected: str) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"id": "0", "text": "x", "relevant": true, "narratives": []}\n' + line + "\n")
    with pytest.raises(InputError) as caught:
        load_passages([path], codebook=small_codebook)
    assert expected in str(caught.value)


def test_a_missing_file_of_passages(tmp_path: Path, small_codebook: Codebook) -> None:
    with pytest.raises(InputError, match="no such file"):
        load_passages([tmp_path / "a.jsonl"], codebook=small_codebook)


def test_headers_are_passed_over(tmp_path: Path, small_codebook: Codebook) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"about": "invented"}\n\n{"id": "0", "text": "x", "relevant": true, "narratives": []}\n')
    assert [passage.id for passage in load_passages([path], codebook=small_codebook)] == ["0"]


def test_too_few_stories(small_codebook: Codebook) -> None:
    with pytest.raises(InputError, match="too few"):
        train_model(PASSAGES[:8], small_codebook)


def test_relevant_passages_only(small_codebook: Codebook) -> None:
    with pytest.raises(InputError, match="relevant and irrelevant"):
        train_model([p for p in PASSAGES if p.relevant], small_codebook)


def test_a_codebook_without_anchors_needs_nothing_irrelevant(small_codebook: Codebook) -> None:
    relevance = small_codebook.relevance.model_copy(update={"anchors": {}})
    codebook = small_codebook.model_copy(update={"relevance": relevance, "digest": "without anchors"})
    passages = [p for p in PASSAGES if p.relevant]
    report = cross_validate(passages, codebook)
    assert report["relevance"]["recall"] == 1
    assert report["narratives"]["micro_f1"] > 0.8
    with pytest.raises(InputError, match="0 of 24 are relevant"):
        train_model([p for p in PASSAGES if not p.relevant], codebook)


def test_the_card_of_a_codebook_without_sided_narratives(small_codebook: Codebook) -> None:
    plain = tuple(narrative for narrative in small_codebook.narratives if not narrative.sided)
    codebook = small_codebook.model_copy(update={"narratives": plain, "digest": "without sided"})
    known = set(codebook.narrative_ids)
    passages = [replace(p, narratives=tuple(n for n in p.narratives if n.id in known)) for p in PASSAGES]
    model, scores = train_model(passages, codebook), cross_validate(passages, codebook)
    card = build_card(model, passages, about=("Taken from a weekly.",), scores=scores, agreement=None, random_state=0)
    text = render_card(card)
    assert "Accused side, accuracy: not measured (n = 0)" in text
    assert "What the files say of themselves: Taken from a weekly. Scores on" in text


def test_headers_say_what_the_files_are(tmp_path: Path) -> None:
    for name in ("a", "b"):
        line = json.dumps({"id": name, "text": "x", "relevant": True, "narratives": []})
        (tmp_path / f"{name}.jsonl").write_text('{"about": "Invented."}\n\n' + line + "\n")
    assert load_headers(find_passage_files(tmp_path)) == ("Invented.",)


def test_ten_stories_are_enough_to_train_and_to_cross_validate(small_codebook: Codebook) -> None:
    few = [p for p in PASSAGES if p.story in {"s0", "s1", "s2", "s3", "s4", "p0", "p1", "p2", "p3", "p4"}]
    train_model(few, small_codebook)
    assert cross_validate(few, small_codebook)["n"]["passages"] == len(few)
    with pytest.raises(InputError, match="9 stories are too few"):
        cross_validate([p for p in few if p.story != "p4"], small_codebook)
