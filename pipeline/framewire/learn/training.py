"""From coded passages to a model: features, one calibrated decision a narrative, thresholds by grouped cross-validation."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC

from framewire.codebook import Codebook
from framewire.label import AccusedModel, LinearLayer, NarrativeModel
from framewire.label.features import RuleFeatures
from framewire.label.narratives import Scores, Transfer, to_probabilities
from framewire.label.words import WordFeatures
from framewire.learn.accused import fit_accused
from framewire.learn.training_set import N_FOLDS, TrainingSet, build_training_set, check_passages, split_by_story
from framewire.learn.voice import fit_voice
from framewire.processes import run_tasks
from framewire.records import CodedPassage

Matrix = NDArray[np.float64]
# A narrative needs so many coded passages before a model may speak of it. Source: ecosystem anchors, section 4.
MIN_POSITIVES = 10
# Thresholds that cross-validation may choose: outside, a few passages decide.
THRESHOLDS = np.round(np.arange(0.15, 0.71, 0.025), 3)
# Below the threshold a label is left open down to this share of it; further down it is a no.
ABSTAIN_SHARE = 0.6
# The threshold of a narrative with too few passages: no probability reaches it.
NEVER = 1.01
# Regularisation, and the weight of the rules' own decision beside that of the words.
# Source: grouped cross-validation on the training passages (docs/method.md, "What was tried").
C_WORDS = 0.3
C_RULES = 1.0
RULES_WEIGHT = 0.4
# How scores learnt on written passages read on real press, and the threshold of the best F1 there, where rules exist.
# Source: real passages that no model was trained on, and the coded sample press (docs/method.md, "What was tried").
ON_REAL_PRESS = Transfer(slope=0.8, offset=-1.1, bonus=2.0, subject=1.0)
THRESHOLD_ON_REAL_PRESS = 0.35


def train_model(
    passages: Sequence[CodedPassage], codebook: Codebook, *, language: str = "en", random_state: int = 0
) -> NarrativeModel:
    """A model fitted on coded passages, with calibration, thresholds and abstain bands from cross-validation by story.

    Raises:
        InputError: too few passages, or no irrelevant ones to learn relevance from.
    """
    return train_with_held_out(passages, codebook, language=language, random_state=random_state)[0]


def train_with_held_out(
    passages: Sequence[CodedPassage], codebook: Codebook, *, language: str = "en", random_state: int = 0
) -> tuple[NarrativeModel, Scores]:
    """As `train_model`, with what is said of each passage by a model that has not seen its story.

    The calibration needs these scores anyway, so they cost nothing.
    """
    check_passages(passages, codebook)
    data = build_training_set(passages, codebook, language=language)
    return _fit_all(data, codebook, language=language, random_state=random_state)


def fit_model(data: TrainingSet, codebook: Codebook, *, language: str, random_state: int = 0) -> NarrativeModel:
    """As `train_model`, from a prepared set that is large enough, or a part of one."""
    return _fit_all(data, codebook, language=language, random_state=random_state)[0]


def _fit_all(
    data: TrainingSet, codebook: Codebook, *, language: str, random_state: int
) -> tuple[NarrativeModel, Scores]:
    """As `fit_narratives`, with voice and accused side, which this process fits while others fit the narratives."""
    begun = _begin(data, codebook, random_state)
    accused = fit_accused(data.passages, data.annotations, codebook)
    voice = fit_voice(data.passages, data.annotations, language=language)
    model, held_out = _finish(begun, data, codebook, language)
    model.accused_, model.voice_ = accused, voice
    return model, held_out


def fit_narratives(
    data: TrainingSet, codebook: Codebook, *, language: str, random_state: int = 0
) -> tuple[NarrativeModel, Scores]:
    """As `fit_model`, without voice and accused side; and the scores of each passage by a model without its story."""
    return _finish(_begin(data, codebook, random_state), data, codebook, language)


@dataclass(frozen=True, slots=True)
class _Begun:
    """A model that is being fitted: the folds' test passages; and what comes of the whole set, then of each fold."""

    seen: "_Seen"
    tests: list[NDArray[np.int64]]
    fits: Iterator[Any]


def _begin(data: TrainingSet, codebook: Codebook, random_state: int) -> _Begun:
    seen, folds = _look_at(data, codebook), split_by_story(data, random_state)
    scored = ((_score_fold, seen.take(train), seen.take(test)) for train, test in folds)
    return _Begun(seen, [test for _, test in folds], run_tasks([(_fit_parts, seen), *scored]))


def _finish(begun: _Begun, data: TrainingSet, codebook: Codebook, language: str) -> tuple[NarrativeModel, Scores]:
    seen = begun.seen
    features, parts = next(begun.fits)
    held_out = np.zeros((*seen.truth.shape, 2))
    for test, scores in zip(begun.tests, begun.fits, strict=True):
        held_out[test] = scores
    model = NarrativeModel(
        codebook,
        language,
        features,
        relevance_layer=LinearLayer(np.zeros(0), 0.0),
        layers=[],
        transfer=ON_REAL_PRESS,
    )
    truth = list(seen.truth.T)
    layers, logits = [], np.zeros(seen.truth.shape)
    for i, (words, rules) in enumerate(parts):
        layer, decision = _mix(words, rules, held_out[:, i, 0], held_out[:, i, 1], truth[i])
        layers.append(layer)
        logits[:, i] = layer.slope * decision + layer.offset
    mixed = to_probabilities(logits)
    model.relevance_layer, model.layers = layers[0], layers[1:]
    finished = model.finish_scores(logits, seen.rules.toarray())
    model.relevance_threshold = _best_threshold(finished.relevance, data.relevant)
    gate = finished.relevance >= model.relevance_threshold
    model.thresholds_ = [
        _threshold(mixed[:, 1 + i] * gate, data.y[:, i], is_ruled=bool(model.ruled[i])) for i in range(data.y.shape[1])
    ]
    model.abstain_from_ = [threshold * ABSTAIN_SHARE for threshold in model.thresholds_]
    return model, finished


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a model sees of passages, and what it is to say: `truth` is (n_passages, relevance and narratives).

    `weights` is how much each counts, None if all count alike.
    """

    folded: list[str]
    rules: Any
    truth: NDArray[np.bool_]
    weights: Matrix | None = None

    def take(self, rows: NDArray[np.int64]) -> "_Seen":
        weights = None if self.weights is None else self.weights[rows]
        return _Seen([self.folded[i] for i in rows], self.rules[rows], self.truth[rows], weights)


Parts = list[tuple[LinearLayer, LinearLayer]]


def _look_at(data: TrainingSet, codebook: Codebook) -> _Seen:
    rules = RuleFeatures(codebook)
    matrix = sparse.csr_matrix(rules.transform(data.annotations))
    weights = None if (data.weights == 1.0).all() else data.weights
    return _Seen(rules.fold(data.annotations), matrix, np.column_stack([data.relevant, data.y]), weights)


def _fit_parts(seen: _Seen) -> tuple[WordFeatures, Parts]:
    """The word features, and for relevance and each narrative one layer over words and one over rules."""
    features = WordFeatures().fit(seen.folded)
    X = features.transform(seen.folded)
    return features, [(_fit_words(X, y, seen.weights), _fit_rules(seen.rules, y, seen.weights)) for y in seen.truth.T]


def _mix(
    words: LinearLayer, rules: LinearLayer, words_out: Matrix, rules_out: Matrix, y: NDArray[np.bool_]
) -> tuple[LinearLayer, Matrix]:
    """One calibrated layer over words and rules, and its held-out decision values.

    Each part is calibrated by itself, so that a weight means the same for both; their mean is linear in the features again.
    """
    words, rules = _calibrate(words, words_out, y), _calibrate(rules, rules_out, y)
    a, b = 1 - RULES_WEIGHT, RULES_WEIGHT
    decision = a * (words.slope * words_out + words.offset) + b * (rules.slope * rules_out + rules.offset)
    coef = np.concatenate([a * words.slope * words.coef, b * rules.slope * rules.coef])
    intercept = a * (words.slope * words.intercept + words.offset) + b * (rules.slope * rules.intercept + rules.offset)
    return _calibrate(LinearLayer(coef, intercept), decision, y), decision


def _fit_words(X: Any, y: NDArray[np.bool_], weights: Matrix | None) -> LinearLayer:
    return _fit_layer(LinearSVC(C=C_WORDS, dual=True, max_iter=5000, random_state=0), X, y, weights)


def _fit_rules(X: Any, y: NDArray[np.bool_], weights: Matrix | None) -> LinearLayer:
    solver = LogisticRegression(
        C=C_RULES, class_weight="balanced", solver="liblinear", dual=True, max_iter=1000, random_state=0
    )
    return _fit_layer(solver, X, y, weights)


def _fit_layer(solver: Any, X: Any, y: NDArray[np.bool_], weights: Matrix | None) -> LinearLayer:
    """One linear decision; a category that never or always occurs gets a constant."""
    if y.all() or not y.any():
        return LinearLayer(np.zeros(X.shape[1]), 8.0 if y.all() else -8.0)
    fitted = solver.fit(X, y, sample_weight=weights)
    return LinearLayer(fitted.coef_[0], float(fitted.intercept_[0]))


def _score_fold(train: _Seen, test: _Seen) -> Matrix:
    """Decision values by a model that has not seen the passages: (n_passages, 1 + n_narratives, words and rules)."""
    features, parts = _fit_parts(train)
    X = features.transform(test.folded)
    return np.stack([[_decide(a, X), _decide(b, test.rules)] for a, b in parts]).transpose(2, 0, 1)


def _decide(layer: LinearLayer, X: Any) -> Matrix:
    return np.asarray(X @ layer.coef).ravel() + layer.intercept


def _calibrate(layer: LinearLayer, held_out: Matrix, y: NDArray[np.bool_]) -> LinearLayer:
    """The layer with Platt's slope and offset fitted on held-out decision values."""
    if y.all() or not y.any():
        return layer
    fitted = LogisticRegression(C=1e3).fit(held_out[:, None], y)
    slope = max(float(fitted.coef_[0, 0]), 1e-3)
    return LinearLayer(layer.coef, layer.intercept, slope, float(fitted.intercept_[0]))


def _threshold(scores: Matrix, y: NDArray[np.bool_], *, is_ruled: bool) -> float:
    """Where a narrative is assigned: chosen on held-out passages only where there are no rules to lean on."""
    if y.sum() < MIN_POSITIVES:
        return NEVER
    return THRESHOLD_ON_REAL_PRESS if is_ruled else _best_threshold(scores, y)


def _best_threshold(scores: Matrix, y: NDArray[np.bool_]) -> float:
    """The threshold of the best F1 on held-out scores; of equals, the middle one."""
    f1 = np.array([2 * (y & (scores >= t)).sum() / max(y.sum() + (scores >= t).sum(), 1) for t in THRESHOLDS])
    best = np.flatnonzero(f1 >= f1.max() - 1e-9)
    return float(THRESHOLDS[best[len(best) // 2]])


__all__ = [
    "N_FOLDS",
    "AccusedModel",
    "TrainingSet",
    "build_training_set",
    "check_passages",
    "fit_model",
    "fit_narratives",
    "split_by_story",
    "train_model",
    "train_with_held_out",
]
