"""How well slips of the coders are found: one in twenty coded passages gets a wrong code, and the doubted ones are counted.

    python tests/benchmarks/bench_noise.py DIR...

The folders are seeds, such as `corpora.py` makes; `make bench` takes the sample press. Beside |score - code|, which the queue
goes by, stand the scores of cleanlab, and beside all that are doubted without it those that it leaves.
"""

import importlib.util
import sys
from dataclasses import replace
from pathlib import Path
from unittest import mock

import numpy as np
from cleanlab.multilabel_classification import get_label_quality_scores
from coded_sets import build_press_set, load_set
from measure import show_table
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score

from framewire.codebook import Codebook
from framewire.learn.label_noise import find_doubtful
from framewire.learn.training import TrainingSet, fit_narratives

SHARE, STARTS, FIRST = 0.05, range(3), 50
METHODS = ("self_confidence", "normalized_margin", "confidence_weighted_entropy")


def spoil(data: TrainingSet, seed: int) -> NDArray[np.bool_]:
    """The codes with slips: a narrative dropped, half of the time with another in its place, or one too many."""
    rng = np.random.default_rng(seed)
    y, often = data.y.copy(), data.y.sum(axis=0) / data.y.sum()
    for i in rng.permutation(np.flatnonzero(data.relevant))[: int(SHARE * len(y))]:
        carried = np.flatnonzero(y[i])
        if len(carried) and rng.random() < 0.6:
            y[i, rng.choice(carried)] = False
            if rng.random() < 0.5:
                y[i, rng.choice(np.setdiff1d(np.arange(y.shape[1]), carried))] = True
        else:
            y[i, rng.choice(y.shape[1], p=often)] ^= True
    return y


def measure(data: TrainingSet, codebook: Codebook) -> None:
    """Prints what is found, means over the starts."""
    ranked: dict[str, list[tuple[float, float]]] = {}
    doubted: dict[str, list[tuple[float, float, float]]] = {}
    for seed in STARTS:
        y = spoil(data, seed)
        wrong = (y != data.y).any(axis=1)
        _, held_out = fit_narratives(replace(data, y=y), codebook, language=codebook.languages[0])
        scores = np.clip(held_out.narratives, 1e-4, 1 - 1e-4)
        coded = [np.flatnonzero(row).tolist() for row in y]
        by = {"|score - code|": np.abs(scores - y).max(axis=1)}
        for method in METHODS:
            by[f"cleanlab, {method}"] = -get_label_quality_scores(coded, scores, method=method)
        for name, doubt in by.items():
            first = np.argsort(-doubt, kind="stable")[:FIRST]
            ranked.setdefault(name, []).append((average_precision_score(wrong, doubt), wrong[first].mean()))
        with mock.patch.object(importlib.util, "find_spec", return_value=None):
            alone = find_doubtful(y, scores).any(axis=1)
        for name, found in (("without cleanlab", alone), ("with it", find_doubtful(y, scores).any(axis=1))):
            share = wrong[found].mean(), wrong[found].sum() / wrong.sum()
            doubted.setdefault(name, []).append((found.sum(), *share))
    rows = [(name, *(f"{value:.2f}" for value in np.mean(values, axis=0))) for name, values in ranked.items()]
    title = f"{codebook.id}: {len(data.passages)} passages, {wrong.sum()} with a slip, {len(STARTS)} starts"
    show_table(title, ["order by", "average precision", f"slips in the first {FIRST}"], rows)
    rows = [
        (name, f"{n:.0f}", f"{right:.2f}", f"{part:.2f}")
        for name, (n, right, part) in ((name, np.mean(values, axis=0)) for name, values in doubted.items())
    ]
    show_table("doubted", ["", "passages", "slips among them", "of all slips"], rows)


def test_slips_are_found_on_the_sample_press() -> None:
    measure(*build_press_set())


if __name__ == "__main__":
    for name in sys.argv[1:]:
        measure(*load_set(Path(name)))
