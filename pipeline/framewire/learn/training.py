"""From coded passages to a model: features, one calibrated decision a narrative, thresholds by grouped cross-validation."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from framewire.codebook import Codebook
from framewire.errors import InputError
from framewire.label import AccusedModel, Annotation, LinearLayer, NarrativeModel, TermMatcher
from framewire.label.features import RuleFeatures
from framewire.learn.accused import fit_accused
from framewire.learn.voice import fit_voice
from framewire.records import CodedPassage

Matrix = NDArray[np.float64]
N_FOLDS = 5
# A narrative needs so many coded passages before a model may speak of it. Source: ecosystem anchors, section 4.
MIN_POSITIVES = 10
# Thresholds that cross-validation may choose: outside, a few passages decide.
THRESHOLDS = np.round(np.arange(0.15, 0.71, 0.025), 3)
# Below the threshold a label is left open down to this share of it; further down it is a no.
ABSTAIN_SHARE = 0.6
# Regularisation and weight of the rules. Source: grouped cross-validation on the training passages; the table is in the card.
C_NARRATIVES = 4.0
C_RELEVANCE = 8.0
RULE_SCALE = 0.5


@dataclass(frozen=True, slots=True)
class TrainingSet:
    """Passages with their annotations and codes. `y` is (n_passages, n_narratives), `groups` the stories."""

    passages: Sequence[CodedPassage]
    annotations: Sequence[Annotation]
    relevant: NDArray[np.bool_]
    y: NDArray[np.bool_]
    groups: NDArray[np.int64]

    def take(self, rows: NDArray[np.int64]) -> "TrainingSet":
        """The set's rows."""
        return TrainingSet(
            [self.passages[i] for i in rows],
            [self.annotations[i] for i in rows],
            self.relevant[rows],
            self.y[rows],
            self.groups[rows],
        )


def build_training_set(passages: Sequence[CodedPassage], codebook: Codebook, *, language: str = "en") -> TrainingSet:
    """The passages annotated and their codes as arrays; a passage without a story is a story of its own."""
    matcher = TermMatcher(codebook)
    annotations = [matcher.annotate(passage.text, language=language) for passage in passages]
    y = np.array(
        [[any(n.id == narrative for n in p.narratives) for narrative in codebook.narrative_ids] for p in passages],
        dtype=bool,
    )
    stories = {story: i for i, story in enumerate(dict.fromkeys(p.story or p.id for p in passages))}
    groups = np.array([stories[p.story or p.id] for p in passages])
    return TrainingSet(
        passages, annotations, np.array([p.relevant for p in passages]), y.reshape(len(passages), -1), groups
    )


def train_model(
    passages: Sequence[CodedPassage], codebook: Codebook, *, language: str = "en", random_state: int = 0
) -> NarrativeModel:
    """A model fitted on coded passages, with calibration, thresholds and abstain bands from cross-validation by story.

    Raises:
        InputError: too few passages, or no irrelevant ones to learn relevance from.
    """
    return fit_model(
        build_training_set(passages, codebook, language=language),
        codebook,
        language=language,
        random_state=random_state,
    )


def fit_model(data: TrainingSet, codebook: Codebook, *, language: str, random_state: int = 0) -> NarrativeModel:
    """As `train_model`, from a prepared set."""
    _check(data)
    relevance_out, narratives_out = _score_held_out(data, codebook, language, random_state)
    model = _fit_layers(data, codebook, language)
    model.relevance_layer = _calibrate(model.relevance_layer, relevance_out, data.relevant)
    model.layers = [_calibrate(layer, narratives_out[:, i], data.y[:, i]) for i, layer in enumerate(model.layers)]
    model.relevance_threshold = _best_threshold(_scaled(model.relevance_layer, relevance_out), data.relevant)
    gate = _scaled(model.relevance_layer, relevance_out) >= model.relevance_threshold
    model.thresholds_, model.abstain_from_ = [], []
    for i, layer in enumerate(model.layers):
        enough = data.y[:, i].sum() >= MIN_POSITIVES
        threshold = _best_threshold(_scaled(layer, narratives_out[:, i]) * gate, data.y[:, i]) if enough else 1.01
        model.thresholds_.append(threshold)
        model.abstain_from_.append(threshold * ABSTAIN_SHARE)
    model.accused_ = fit_accused(data.passages, data.annotations, codebook)
    model.voice_ = fit_voice(data.passages, data.annotations, codebook, language=language)
    return model


def split_by_story(data: TrainingSet, random_state: int) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """(train, test) rows of each fold; passages of one story are never on both sides."""
    folds = GroupKFold(n_splits=N_FOLDS, shuffle=True, random_state=random_state)
    return list(folds.split(np.zeros(len(data.passages)), groups=data.groups))


def _check(data: TrainingSet) -> None:
    if len(set(data.groups)) < 2 * N_FOLDS:
        raise InputError(
            f"{len(data.passages)} coded passages of {len(set(data.groups))} stories are too few; code at least {2 * N_FOLDS} stories."
        )
    if data.relevant.all() or not data.relevant.any():
        raise InputError("training needs relevant and irrelevant passages; code some of the missing kind.")


def _fit_layers(data: TrainingSet, codebook: Codebook, language: str) -> NarrativeModel:
    """The model with uncalibrated layers."""
    rules = RuleFeatures(codebook)
    folded = rules.fold(data.annotations)
    model = NarrativeModel(
        codebook,
        language,
        word_vectorizer=TfidfVectorizer(
            ngram_range=(1, 2), sublinear_tf=True, min_df=2, token_pattern=r"(?u)\b\w\w+\b"
        ).fit(folded),
        char_vectorizer=TfidfVectorizer(
            analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True, min_df=3, max_features=60_000
        ).fit(folded),
        relevance_vectorizer=TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=2).fit(
            [a.text.text for a in data.annotations]
        ),
        relevance_layer=LinearLayer(np.zeros(0), 0.0),
        layers=[],
        rule_scale=RULE_SCALE,
    )
    matrix = sparse.csr_matrix(rules.transform(data.annotations) * RULE_SCALE)
    model.relevance_layer = _fit_layer(model.relevance_features(data.annotations, matrix), data.relevant, C_RELEVANCE)
    features = model.narrative_features(data.annotations, matrix)
    model.layers = [_fit_layer(features, data.y[:, i], C_NARRATIVES) for i in range(data.y.shape[1])]
    return model


def _fit_layer(X: Any, y: NDArray[np.bool_], c: float) -> LinearLayer:
    """One logistic regression; a category that never or always occurs gets a constant."""
    if y.all() or not y.any():
        return LinearLayer(np.zeros(X.shape[1]), 8.0 if y.all() else -8.0)
    solver = LogisticRegression(
        C=c, class_weight="balanced", solver="liblinear", dual=True, max_iter=1000, random_state=0
    )
    fitted = solver.fit(X, y)
    return LinearLayer(fitted.coef_[0], float(fitted.intercept_[0]))


def _score_held_out(data: TrainingSet, codebook: Codebook, language: str, random_state: int) -> tuple[Matrix, Matrix]:
    """Decision values for every passage by a model that has not seen its story."""
    relevance, narratives = np.zeros(len(data.passages)), np.zeros(data.y.shape)
    for train, test in split_by_story(data, random_state):
        model = _fit_layers(data.take(train), codebook, language)
        annotations = [data.annotations[i] for i in test]
        rules = sparse.csr_matrix(model.rules_.transform(annotations) * model.rule_scale)
        relevance[test] = _decide(model.relevance_layer, model.relevance_features(annotations, rules))
        features = model.narrative_features(annotations, rules)
        narratives[test] = np.column_stack([_decide(layer, features) for layer in model.layers])
    return relevance, narratives


def _decide(layer: LinearLayer, X: Any) -> Matrix:
    return np.asarray(X @ layer.coef).ravel() + layer.intercept


def _calibrate(layer: LinearLayer, held_out: Matrix, y: NDArray[np.bool_]) -> LinearLayer:
    """The layer with Platt's slope and offset fitted on held-out decision values."""
    if y.all() or not y.any():
        return layer
    fitted = LogisticRegression(C=1e3).fit(held_out[:, None], y)
    slope = max(float(fitted.coef_[0, 0]), 1e-3)
    return LinearLayer(layer.coef, layer.intercept, slope, float(fitted.intercept_[0]))


def _scaled(layer: LinearLayer, decision: Matrix) -> Matrix:
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(layer.slope * decision + layer.offset, -30, 30))))


def _best_threshold(scores: Matrix, y: NDArray[np.bool_]) -> float:
    """The threshold of the best F1 on held-out scores; of equals, the middle one."""
    f1 = np.array([2 * (y & (scores >= t)).sum() / max(y.sum() + (scores >= t).sum(), 1) for t in THRESHOLDS])
    best = np.flatnonzero(f1 >= f1.max() - 1e-9)
    return float(THRESHOLDS[best[len(best) // 2]])


__all__ = ["AccusedModel", "TrainingSet", "build_training_set", "fit_model", "split_by_story", "train_model"]
