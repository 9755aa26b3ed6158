"""Coded passages as tables, agreement, training and judging in a notebook, and what shows itself."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import framewire as fw
from dam_passages import build_dam_passages
from framewire.analysis.coding import build_labels
from framewire.analysis.show import Article, ModelCard
from framewire.codebook import Codebook
from framewire.errors import InputError, OutputError
from framewire.learn.agreement import krippendorff_alpha
from test_analysis import described, documented


@pytest.fixture(scope="module")
def labels() -> pd.DataFrame:
    return build_labels(build_dam_passages())


@pytest.fixture(scope="module")
def model(labels: pd.DataFrame, small_codebook: Codebook) -> fw.Model:
    return fw.train(labels, small_codebook)


def test_labels_go_round(labels: pd.DataFrame, small_codebook: Codebook, tmp_path: Path) -> None:
    assert fw.write_labels(labels, tmp_path / "coded.jsonl", small_codebook) == 96
    again = fw.read_labels(tmp_path / "coded.jsonl", small_codebook)
    pd.testing.assert_frame_equal(again, labels)
    pd.testing.assert_frame_equal(fw.read_labels(tmp_path, small_codebook), labels)
    assert described(again) == documented("fw.read_labels()")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"narrative": "wetter_theft"}, r"column 'narrative', row 7: unknown narrative 'wetter_theft' \(did you mean"),
        ({"voice": "shouted"}, "column 'voice', row 7: unknown voice 'shouted'"),
        ({"accused": "noland"}, r"column 'accused', row 7: unknown accused 'noland' \(did you mean 'norland'"),
        ({"relevant": False}, "column 'relevant', row 7: False, but the passage carries water_theft"),
        ({"relevant": "yes"}, "column 'relevant', row 7: 'yes'; expected True or False"),
        ({"text": " "}, "column 'text', row 7: no text"),
        ({"id": None}, "column 'id', row 7: missing"),
    ],
)
def test_a_wrong_value_is_named_with_column_and_row(
    labels: pd.DataFrame, small_codebook: Codebook, tmp_path: Path, change: dict[str, Any], told: str
) -> None:
    row = labels[labels["narrative"] == "water_theft"].iloc[[0]].astype(object)
    row.index = pd.Index([7])
    wrong = row.assign(**change)
    with pytest.raises(ValueError, match=told):
        fw.write_labels(wrong, tmp_path / "coded.jsonl", small_codebook)


def test_other_things_that_are_no_labels(labels: pd.DataFrame, small_codebook: Codebook, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="column 'relevant' is missing"):
        fw.write_labels(labels.drop(columns="relevant"), tmp_path / "a.jsonl", small_codebook)
    two = pd.concat([labels.iloc[[0]], labels.iloc[[0]].assign(text="Another text.")], ignore_index=True)
    with pytest.raises(ValueError, match="column 'text', row 1: passage 't0' has two values"):
        fw.write_labels(two, tmp_path / "a.jsonl", small_codebook)
    with pytest.raises(OutputError):
        fw.write_labels(labels, tmp_path / "no" / "a.jsonl", small_codebook)
    with pytest.raises(InputError, match="no such file"):
        fw.read_labels(tmp_path / "none.jsonl", small_codebook)


def test_alpha_of_several_coders_is_that_of_the_paper() -> None:
    # Source: Krippendorff, Computing Krippendorff's alpha-reliability (2011), section C: four observers, missing data.
    units = {
        1: "111", 2: "2232", 3: "3333", 4: "3333", 5: "2222", 6: "1234", 7: "4444", 8: "1121", 9: "2222", 10: "555", 11: "11",
    }  # fmt: skip
    assert krippendorff_alpha([list(values) for values in (*units.values(), "3")]) == pytest.approx(0.743, abs=5e-4)


def two_codings(labels: pd.DataFrame, *, apart: int) -> pd.DataFrame:
    """Coder one as coded; coder two leaves the narrative out of some passages."""
    first, second = labels.assign(coder="one"), labels.assign(coder="two")
    ids = second.loc[second["narrative"].notna(), "id"].tolist()[:apart]
    second.loc[second["id"].isin(ids), ["narrative", "voice", "accused"]] = None
    return pd.concat([first, second], ignore_index=True)


def test_alpha_by_narrative(labels: pd.DataFrame) -> None:
    same = fw.alpha(two_codings(labels, apart=0))
    assert described(same) == documented("fw.alpha()")
    assert same["alpha"].eq(1).all()
    apart = fw.alpha(two_codings(labels, apart=8))
    assert apart["alpha"].between(0.5, 0.95).any()
    assert ((apart["low"] <= apart["alpha"]) & (apart["alpha"] <= apart["high"])).all()
    assert apart.equals(fw.alpha(two_codings(labels, apart=8)))
    voices = fw.alpha(two_codings(labels, apart=8).dropna(subset=["narrative"]), "voice", unit=["id", "narrative"])
    assert voices.loc[0, "alpha"] == 1
    assert np.isnan(fw.alpha(two_codings(labels.head(9), apart=1)).loc[0, "alpha"])


def test_alpha_refuses_what_has_no_coder(labels: pd.DataFrame) -> None:
    with pytest.raises(ValueError, match="column 'coder', row 0: missing"):
        fw.alpha(labels)
    with pytest.raises(ValueError, match=r"unknown column 'koder' .*did you mean 'coder'"):
        fw.alpha(labels, coder="koder")


def test_a_model_is_judged_on_a_table(model: fw.Model, labels: pd.DataFrame) -> None:
    scores = model.evaluate(labels)
    assert described(scores) == documented("model.evaluate()")
    whole = scores.set_index("category").loc["all narratives"]
    assert whole["coded"] == 48
    assert whole["low"] <= whole["f1"] <= whole["high"]
    assert np.isnan(scores.set_index("category").loc["neglect", "f1"])
    by = model.evaluate(labels, by="relevant")
    assert list(by.columns[:2]) == ["relevant", "category"]
    assert set(by["relevant"]) == {"True", "False"}
    with pytest.raises(ValueError, match="unknown column in by="):
        model.evaluate(labels, by="colour")
    bins = model.calibration(labels)
    assert described(bins) == documented("model.calibration()")
    assert bins["total"].sum() == 96 * 3


def test_a_model_scores_texts(model: fw.Model) -> None:
    scores = model.predict(["The theft of water at Lake Siv by Norland.", "The football team lost."])
    assert list(scores.columns) == ["relevance", *model.codebook.narrative_ids]
    assert scores["relevance"].iloc[0] > scores["relevance"].iloc[1]


def test_too_little_to_learn_from_is_refused(labels: pd.DataFrame, small_codebook: Codebook) -> None:
    with pytest.raises(InputError, match="too few"):
        fw.train(labels.head(4), small_codebook)


HOSTILE = '<script>alert("x")</script> & Խաչ'


def test_what_shows_itself_is_escaped(small_codebook: Codebook, model: fw.Model) -> None:
    mention = {"referent": "filling", "wording": "theft", "start": 0, "end": 8, "text": "<script>", "voice": "asserted"}
    label = {"id": "water_theft", "score": 0.8, "voice": "asserted", "accused": "<b>", "state": "abstained"}
    passage = {
        "id": "1.0",
        "text": HOSTILE,
        "relevant": True,
        "relevance": 0.9,
        "narratives": [label | {"speaker": None, "evidence": [HOSTILE]}],
        "mentions": [mention | {"speaker": HOSTILE}],
    }
    article = Article(
        {
            "article": 1,
            "title": HOSTILE,
            "outlet": "north",
            "url": "javascript:x",
            "language": "en",
            "state": "labelled",
        }
        | {"first_seen_at": "2026-11-20 08:00:00+00:00", "versions": 2, "passages": [passage]}
    )
    card = ModelCard(model.card.values | {"version": HOSTILE})
    hostile = small_codebook.model_copy(update={"title": HOSTILE, "digest": "other"})
    shown = (article, article.passages[0], card, hostile, small_codebook.get_narrative("neglect"))
    for thing in (
        *shown,
        small_codebook.get_referent("filling"),
        small_codebook.get_wording("filling", "theft"),
        model,
    ):
        html = thing._repr_html_()
        assert html is not None
        assert html.isascii()
        assert "<script" not in html
        assert "javascript:" not in html
        assert "http" not in html
    assert "<mark" in article._repr_html_()
    assert small_codebook.sides[0]._repr_html_() is None
    assert len(article) == 1
    assert [part.text for part in article] == [HOSTILE]


def test_a_codebook_is_loaded_by_its_class(small_codebook: Codebook) -> None:
    assert fw.Codebook.load(Path(__file__).with_name("small_codebook.yaml")) == small_codebook


def test_the_public_names() -> None:
    assert {"open", "train", "alpha", "plots", "Codebook"} <= set(dir(fw))
    for name in fw.__all__:
        assert getattr(fw, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'opn'"):
        fw.opn  # noqa: B018
