"""Training and judging a model in a notebook, from tables of coded passages."""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from framewire.analysis.choice import check_name
from framewire.analysis.coding import parse_labels
from framewire.analysis.fixed import fixed_table
from framewire.analysis.shares import CONFIDENCE, N_DRAWS, add_shares
from framewire.analysis.show import ModelCard
from framewire.codebook import Codebook
from framewire.label import NarrativeModel
from framewire.learn import build_card, check_passages, cross_validate, find_passage_files, load_passages, train_model
from framewire.learn.predictions import Flags, predict_with_model
from framewire.records import CodedPassage

ALL = "all narratives"
RELEVANCE = "relevance"
# Under so many coded or assigned cases a score says nothing. Source: shares under ten cases are not printed either.
MIN_CASES = 10
N_BINS = 10
EVALUATION_DTYPES = {
    "category": "text",
    **dict.fromkeys(("passages", "coded", "assigned", "right"), "int64"),
    **dict.fromkeys(("precision", "recall", "f1", "low", "high"), "float64"),
}
CALIBRATION_DTYPES = {"bin": "int64", "score": "float64", "n": "int64", "total": "int64"}


class Model:
    """A trained model in memory. For the daily run, `framewire train` makes one that the workspace trusts."""

    def __init__(self, model: NarrativeModel, passages: Sequence[CodedPassage], card: dict[str, Any]) -> None:
        self._model, self._passages = model, passages
        self.card = ModelCard(card)

    @property
    def codebook(self) -> Codebook:
        """The codebook that it was trained for."""
        return self._model.codebook

    def __repr__(self) -> str:
        return f"<Model {self.card!r}>"

    def _repr_html_(self) -> str:
        return self.card._repr_html_()

    def predict(self, texts: Sequence[str]) -> pd.DataFrame:
        """Scores of every narrative for each text, shape (n_texts, n_narratives + 1); the first column is relevance.

        Cost: some thousand passages a second.
        """
        scores = self._model.predict_scores(self._model.annotate(list(texts)))
        table = pd.DataFrame(scores.narratives, columns=list(self.codebook.narrative_ids))
        table.insert(0, RELEVANCE, scores.relevance)
        return table

    def evaluate(self, table: pd.DataFrame, *, by: str | None = None, random_state: int = 0) -> pd.DataFrame:
        """Precision, recall and F1 on other coded passages, by category: relevance, all narratives together, each one.

        `low` and `high` hold F1 at 95 %: stories (without them passages) are drawn anew 1,000 times. Scores are missing
        where fewer than ten cases are coded and assigned together.

        Args:
            table: as `read_labels` gives it. Passages that the model was trained on flatter it.
            by: a column of the table with one value a passage; its values stand in front.
            random_state: for the intervals.

        Raises:
            ValueError: the table is none of coded passages; names column and row.
        """
        passages = parse_labels(table, self.codebook)
        predicted = predict_with_model(self._model, passages)
        truth = np.array(
            [[any(n.id == name for n in p.narratives) for name in self.codebook.narrative_ids] for p in passages]
        )
        relevant = np.array([p.relevant for p in passages])
        columns = {
            RELEVANCE: (predicted.relevant[:, None], relevant[:, None]),
            ALL: (predicted.assigned, truth),
            **{name: (predicted.assigned[:, [i]], truth[:, [i]]) for i, name in enumerate(self.codebook.narrative_ids)},
        }
        stories = np.array([p.story or p.id for p in passages])
        rows = [
            (*value, category, *_score(said[kept], true[kept], stories[kept], random_state))
            for value, kept in _split(table, passages, by)
            for category, (said, true) in columns.items()
        ]
        return fixed_table(rows, {**({by: "text"} if by else {}), **EVALUATION_DTYPES})

    def calibration(self, table: pd.DataFrame) -> pd.DataFrame:
        """What scores are worth, in ten bins: `score` (their mean), and how many of `total` were coded so, with interval.

        Raises:
            ValueError: the table is none of coded passages; names column and row.
        """
        passages = parse_labels(table, self.codebook)
        scores = predict_with_model(self._model, passages).scores
        truth = np.array(
            [[any(n.id == name for n in p.narratives) for name in self.codebook.narrative_ids] for p in passages]
        )
        flat, true = scores.ravel(), truth.ravel()
        places = np.minimum((flat * N_BINS).astype(int), N_BINS - 1)
        rows = [
            (place, float(flat[places == place].mean()), int(true[places == place].sum()), int((places == place).sum()))
            for place in range(N_BINS)
            if (places == place).any()
        ]
        return add_shares(fixed_table(rows, CALIBRATION_DTYPES))

    @cached_property
    def learning_curve(self) -> pd.DataFrame:
        """Micro-F1 on held-out stories by how many passages it learns from. Cost: trains twenty times.

        Raises:
            InputError: too few passages.
        """
        scores = cross_validate(self._passages, self.codebook, language=self._model.language)
        return pd.DataFrame(scores["learning_curve"]).astype({"passages": "int64", "micro_f1": "float64"})


def train(
    labels: pd.DataFrame | str | Path, codebook: Codebook, *, scores: bool = False, random_state: int = 0
) -> Model:
    """A model trained on coded passages: a table as `read_labels` gives it, a file, or a folder of files.

    With `scores` it is cross-validated, which takes ten times as long, and its card holds them. Cost: seconds for
    hundreds of passages, a minute for thousands.

    Raises:
        ValueError: the table is none of coded passages; names column and row.
        InputError: too few passages, or none relevant or irrelevant; a file cannot be read.
    """
    if isinstance(labels, pd.DataFrame):
        passages, name = parse_labels(labels, codebook), "labels"
    else:
        place = Path(labels)
        passages = load_passages(find_passage_files(place) if place.is_dir() else [place], codebook=codebook)
        name = place.name
    check_passages(passages, codebook, name=name)
    language = codebook.languages[0]
    model = train_model(passages, codebook, language=language, random_state=random_state)
    found = cross_validate(passages, codebook, language=language, random_state=random_state) if scores else None
    return Model(model, passages, build_card(model, passages, scores=found, agreement=None, random_state=random_state))


def _split(
    table: pd.DataFrame, passages: Sequence[CodedPassage], by: str | None
) -> list[tuple[tuple[str, ...], NDArray[np.bool_]]]:
    """(value of `by`, which passages have it); without `by` all."""
    if by is None:
        return [((), np.ones(len(passages), bool))]
    check_name("column in by=", by, [str(column) for column in table.columns])
    first = table.drop_duplicates("id").set_index(table.drop_duplicates("id")["id"].astype(str))[by]
    values = np.array([str(first[passage.id]) for passage in passages])
    return [((str(value),), values == value) for value in sorted(set(values))]


def _score(said: Flags, true: Flags, stories: NDArray[Any], random_state: int) -> tuple[Any, ...]:
    """The columns of `EVALUATION_DTYPES` behind the category."""
    hits = (said & true).sum(axis=1), said.sum(axis=1), true.sum(axis=1)
    right, assigned, coded = (int(part.sum()) for part in hits)
    counts = len(said), coded, assigned, right
    if coded + assigned < MIN_CASES:
        return (*counts, *[np.nan] * 5)
    names, inverse = np.unique(stories, return_inverse=True)
    by_story = np.array([np.bincount(inverse, weights=part, minlength=len(names)) for part in hits])
    rng = np.random.default_rng(random_state)
    draws = rng.multinomial(len(names), np.full(len(names), 1 / len(names)), size=N_DRAWS) @ by_story.T
    drawn = 2 * draws[:, 0] / np.maximum(draws[:, 1] + draws[:, 2], 1)
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(drawn, [tail, 1 - tail])
    precision, recall = right / assigned if assigned else np.nan, right / coded if coded else np.nan
    return (*counts, precision, recall, 2 * right / (assigned + coded), float(low), float(high))
