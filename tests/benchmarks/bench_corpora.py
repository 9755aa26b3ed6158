"""How well public framing corpora are learnt: tenfold cross-validation, ours beside TF-IDF with a linear SVM on the same folds.

    python tests/benchmarks/bench_corpora.py DIR...

The folders are seeds made by `corpora.py`; `make bench` takes those that FRAMEWIRE_CORPORA names, with `:` between them.
Ours is the whole procedure, with thresholds and calibration found inside each fold's training part, and the relevance gate.
"""

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from coded_sets import load_set
from measure import show_table
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.model_selection import GroupKFold, cross_val_predict
from sklearn.svm import LinearSVC

from framewire.codebook import Codebook
from framewire.learn.evaluation import predict_with_model
from framewire.learn.training import TrainingSet, fit_model

Flags = NDArray[np.bool_]
Contestant = Callable[[TrainingSet, TrainingSet, Codebook], Flags]
N_FOLDS = 10


def assign_own(train: TrainingSet, test: TrainingSet, codebook: Codebook) -> Flags:
    """What Framewire assigns."""
    model = fit_model(train, codebook, language=codebook.languages[0])
    return predict_with_model(model, test.passages).assigned


def assign_plain(train: TrainingSet, test: TrainingSet, _: Codebook) -> Flags:
    """What scikit-learn assigns as it comes: single words, one linear SVM a category."""
    return _assign_svm(TfidfVectorizer(), LinearSVC(random_state=0), train, test)


def assign_balanced(train: TrainingSet, test: TrainingSet, _: Codebook) -> Flags:
    """What it assigns with what one would try next: pairs of words, log counts, rare categories weighed up."""
    vectorizer = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=2)
    return _assign_svm(vectorizer, LinearSVC(class_weight="balanced", random_state=0), train, test)


def assign_tuned(train: TrainingSet, test: TrainingSet, _: Codebook) -> Flags:
    """What it assigns if the threshold of each category is the best one of a cross-validation inside the training part."""
    vectorizer = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=2)
    X, X_test = _vectorize(vectorizer, train, test)
    found = np.zeros((len(test.y), train.y.shape[1]), bool)
    for i, y in enumerate(train.y.T):
        if y.sum() > 1:
            held_out = cross_val_predict(LinearSVC(random_state=0), X, y, cv=spread(y), method="decision_function")
            _, threshold = max((_f1(held_out >= t, y), t) for t in np.unique(held_out.round(2)))
            found[:, i] = LinearSVC(random_state=0).fit(X, y).decision_function(X_test) >= threshold
    return found


def spread(y: Flags, *, n_folds: int = 5) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """(train, test) rows of folds over which the examples are spread, however few they are."""
    folds = np.empty(len(y), int)
    folds[np.argsort(~y, kind="stable")] = np.arange(len(y)) % n_folds
    return [(np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)) for fold in range(n_folds)]


def _assign_svm(vectorizer: Any, svm: Any, train: TrainingSet, test: TrainingSet) -> Flags:
    X, X_test = _vectorize(vectorizer, train, test)
    found = np.zeros((len(test.y), train.y.shape[1]), bool)
    for i, y in enumerate(train.y.T):
        if y.any():
            found[:, i] = svm.fit(X, y).predict(X_test)
    return found


def _vectorize(vectorizer: Any, train: TrainingSet, test: TrainingSet) -> tuple[Any, Any]:
    return vectorizer.fit_transform([p.text for p in train.passages]), vectorizer.transform(
        [p.text for p in test.passages]
    )


CONTESTANTS: dict[str, Contestant] = {
    "framewire": assign_own,
    "TF-IDF, linear SVM": assign_plain,
    "the same, pairs, balanced": assign_balanced,
    "the same, pairs, thresholds tuned": assign_tuned,
}


def measure_folds(seeds: Path, *, n_folds: int = N_FOLDS) -> dict[str, tuple[float, float]]:
    """Micro-F1 and macro-F1 of each contestant, pooled over the folds; macro over all categories with an example."""
    data, codebook = load_set(seeds)
    assigned = {name: np.zeros_like(data.y) for name in CONTESTANTS}
    folds = GroupKFold(n_folds, shuffle=True, random_state=0)
    for train, test in folds.split(np.zeros(len(data.y)), groups=data.groups):
        for name, assign in CONTESTANTS.items():
            assigned[name][test] = assign(data.take(train), data.take(test), codebook)
    return {name: (_f1(found.ravel(), data.y.ravel()), _macro_f1(found, data.y)) for name, found in assigned.items()}


def _f1(found: Flags, truth: Flags) -> float:
    return float(2 * (found & truth).sum() / max(found.sum() + truth.sum(), 1))


def _macro_f1(found: Flags, truth: Flags) -> float:
    return float(np.mean([_f1(found[:, i], y) for i, y in enumerate(truth.T) if y.any()]))


def show_folds(seeds: Path) -> None:
    """Prints a corpus's figures."""
    figures = measure_folds(seeds)
    rows = [[name, f"{micro:.3f}", f"{macro:.3f}"] for name, (micro, macro) in figures.items()]
    show_table(f"{seeds.name}, {N_FOLDS} folds", ["", "micro-F1", "macro-F1"], rows)


def test_public_corpora_beside_a_linear_svm() -> None:
    folders: Sequence[str] = list(filter(None, os.environ.get("FRAMEWIRE_CORPORA", "").split(":")))
    if not folders:
        pytest.skip("FRAMEWIRE_CORPORA names no folders made by corpora.py")
    for folder in folders:
        show_folds(Path(folder))


if __name__ == "__main__":
    for argument in sys.argv[1:]:
        show_folds(Path(argument))
