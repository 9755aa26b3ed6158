"""Resamples of whole stories, and the scores in each: passages of one story are alike, so they are drawn together."""

import numpy as np
from numpy.typing import NDArray

Flags = NDArray[np.bool_]
N_BOOTSTRAP = 1000
CONFIDENCE = 0.95


def draw_stories(groups: NDArray[np.int64], random_state: int) -> NDArray[np.float64]:
    """How often each passage is drawn, (N_BOOTSTRAP, n_passages): whole stories are drawn, since their passages are alike."""
    rng = np.random.default_rng(random_state)
    names, inverse = np.unique(groups, return_inverse=True)
    draws = rng.multinomial(len(names), np.full(len(names), 1 / len(names)), size=N_BOOTSTRAP)
    return np.asarray(draws[:, inverse], dtype=float)


def resample_f1(assigned: Flags, truth: Flags, weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Micro-F1 in each bootstrap sample."""
    hits, said, true = (weights @ counts.sum(axis=1) for counts in (assigned & truth, assigned, truth))
    return np.asarray(2 * hits / np.maximum(said + true, 1e-9))


def resample_accuracy(answers: Flags, truth: Flags, weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """The share of right answers in each bootstrap sample; 0 where none was drawn."""
    right = (answers == truth).all(axis=1)
    return np.asarray(weights @ right / np.maximum(weights.sum(axis=1), 1e-9))


def find_interval(values: NDArray[np.float64]) -> list[float]:
    """The percentile interval of resampled values."""
    tail = (1 - CONFIDENCE) / 2
    return [float(value) for value in np.quantile(values, [tail, 1 - tail])]
