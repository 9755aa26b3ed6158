"""From coded passages to a model: features, one calibrated decision a narrative, thresholds by grouped cross-validation."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold
from sklearn.svm import LinearSVC

from framewire.codebook import Codebook
from framewire.errors import InputError
from framewire.label import AccusedModel, Annotation, LinearLayer, NarrativeModel, TermMatcher
from framewire.label.features import RuleFeatures
from framewire.label.narratives import Transfer
from framewire.label.words import WordFeatures
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
# The threshold of a narrative with too few passages: no probability reaches it.
NEVER = 1.01
_IF_ALL_RELEVANT = (
    " If every text that you watch is on the subject, leave its anchors empty: `relevance: {anchors: {}}`."
)
# Regularisation, and the weight of the rules' own decision beside that of the words.
# Source: grouped cross-validation on the training passages (docs/method.md, "What was tried").
C_WORDS = 0.3
C_RULES = 1.0
RULES_WEIGHT = 0.4
# How scores learnt on written passages read on real press, and the threshold of the best F1 there, where rules exist.
# Source: real passages that no model was trained on, and the coded sample press (docs/method.md, "What was tried").
ON_REAL_PRESS = Transfer(slope=0.7, offset=-1.3, bonus=1.8)
THRESHOLD_ON_REAL_PRESS = 0.35


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
        passages,
        annotations,
        np.array([p.relevant for p in passages]),
        y.reshape(len(passages), len(codebook.narrative_ids)),
        groups,
    )


def train_model(
    passages: Sequence[CodedPassage], codebook: Codebook, *, language: str = "en", random_state: int = 0
) -> NarrativeModel:
    """A model fitted on coded passages, with calibration, thresholds and abstain bands from cross-validation by story.

    Raises:
        InputError: too few passages, or no irrelevant ones to learn relevance from.
    """
    check_passages(passages, codebook)
    return fit_model(
        build_training_set(passages, codebook, language=language),
        codebook,
        language=language,
        random_state=random_state,
    )


def fit_model(data: TrainingSet, codebook: Codebook, *, language: str, random_state: int = 0) -> NarrativeModel:
    """As `train_model`, from a prepared set that is large enough, or a part of one."""
    model = fit_narratives(data, codebook, language=language, random_state=random_state)
    model.accused_ = fit_accused(data.passages, data.annotations, codebook)
    model.voice_ = fit_voice(data.passages, data.annotations, language=language)
    return model


def fit_narratives(data: TrainingSet, codebook: Codebook, *, language: str, random_state: int = 0) -> NarrativeModel:
    """As `fit_model`, without voice and accused side."""
    seen = _look_at(data, codebook)
    held_out = _score_held_out(seen, split_by_story(data, random_state))
    features, parts = _fit_parts(seen)
    model = NarrativeModel(
        codebook,
        language,
        features,
        relevance_layer=LinearLayer(np.zeros(0), 0.0),
        layers=[],
        transfer=ON_REAL_PRESS,
    )
    truth = list(seen.truth.T)
    layers, mixed = [], []
    for i, (words, rules) in enumerate(parts):
        layer, decision = _mix(words, rules, held_out[:, i, 0], held_out[:, i, 1], truth[i])
        layers.append(layer)
        mixed.append(_scaled(layer, decision))
    model.relevance_layer, model.layers = layers[0], layers[1:]
    model.relevance_threshold = _best_threshold(mixed[0], data.relevant)
    gate = mixed[0] >= model.relevance_threshold
    model.thresholds_ = [
        _threshold(mixed[1 + i] * gate, data.y[:, i], is_ruled=bool(model.ruled[i])) for i in range(data.y.shape[1])
    ]
    model.abstain_from_ = [threshold * ABSTAIN_SHARE for threshold in model.thresholds_]
    return model


def split_by_story(data: TrainingSet, random_state: int) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """(train, test) rows of each fold; passages of one story are never on both sides."""
    folds = GroupKFold(n_splits=N_FOLDS, shuffle=True, random_state=random_state)
    return list(folds.split(np.zeros(len(data.passages)), groups=data.groups))


def check_passages(passages: Sequence[CodedPassage], codebook: Codebook, *, name: str = "training") -> None:
    """Nothing, if a model can be trained on the passages; `name` is where they lie.

    A codebook without anchors tells no subject from others: its passages may all be relevant, and then everything is.

    Raises:
        InputError: too few stories, or none relevant, or none irrelevant though the codebook has anchors.
    """
    n_stories, needed = len({passage.story or passage.id for passage in passages}), 2 * N_FOLDS
    if n_stories < needed:
        raise InputError(
            f"{name}: {len(passages)} coded passages of {n_stories} stories are too few. Code passages of at least {needed} stories."
        )
    n_relevant = sum(passage.relevant for passage in passages)
    if n_relevant == 0 or (n_relevant == len(passages) and codebook.relevance.anchors):
        raise InputError(
            f"{name}: relevant and irrelevant passages are needed, {n_relevant} of {len(passages)} are relevant. "
            f"Code some of the missing kind.{'' if n_relevant == 0 else _IF_ALL_RELEVANT}"
        )


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a model sees of passages, and what it is to say: `truth` is (n_passages, relevance and narratives)."""

    folded: list[str]
    rules: Any
    truth: NDArray[np.bool_]

    def take(self, rows: NDArray[np.int64]) -> "_Seen":
        return _Seen([self.folded[i] for i in rows], self.rules[rows], self.truth[rows])


Parts = list[tuple[LinearLayer, LinearLayer]]


def _look_at(data: TrainingSet, codebook: Codebook) -> _Seen:
    rules = RuleFeatures(codebook)
    matrix = sparse.csr_matrix(rules.transform(data.annotations))
    return _Seen(rules.fold(data.annotations), matrix, np.column_stack([data.relevant, data.y]))


def _fit_parts(seen: _Seen) -> tuple[WordFeatures, Parts]:
    """The word features, and for relevance and each narrative one layer over words and one over rules."""
    features = WordFeatures().fit(seen.folded)
    X = features.transform(seen.folded)
    return features, [(_fit_words(X, y), _fit_rules(seen.rules, y)) for y in seen.truth.T]


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


def _fit_words(X: Any, y: NDArray[np.bool_]) -> LinearLayer:
    return _fit_layer(LinearSVC(C=C_WORDS, dual=True, max_iter=5000, random_state=0), X, y)


def _fit_rules(X: Any, y: NDArray[np.bool_]) -> LinearLayer:
    solver = LogisticRegression(
        C=C_RULES, class_weight="balanced", solver="liblinear", dual=True, max_iter=1000, random_state=0
    )
    return _fit_layer(solver, X, y)


def _fit_layer(solver: Any, X: Any, y: NDArray[np.bool_]) -> LinearLayer:
    """One linear decision; a category that never or always occurs gets a constant."""
    if y.all() or not y.any():
        return LinearLayer(np.zeros(X.shape[1]), 8.0 if y.all() else -8.0)
    fitted = solver.fit(X, y)
    return LinearLayer(fitted.coef_[0], float(fitted.intercept_[0]))


def _score_held_out(seen: _Seen, folds: Sequence[tuple[NDArray[np.int64], NDArray[np.int64]]]) -> Matrix:
    """Decision values by a model that has not seen the passage's story: (n_passages, 1 + n_narratives, words and rules)."""
    scores = np.zeros((*seen.truth.shape, 2))
    for train, test in folds:
        scores[test] = _score_fold(seen.take(train), seen.take(test))
    return scores


def _score_fold(train: _Seen, test: _Seen) -> Matrix:
    """The decision values of one fold's passages, as `_score_held_out` gives them."""
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


def _scaled(layer: LinearLayer, decision: Matrix) -> Matrix:
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(layer.slope * decision + layer.offset, -30, 30))))


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


__all__ = ["AccusedModel", "TrainingSet", "build_training_set", "fit_model", "split_by_story", "train_model"]
