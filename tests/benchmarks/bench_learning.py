"""What the review queue is worth: how many codes it needs where random coding needs so many, and what a week of corrections adds.

    python tests/benchmarks/bench_learning.py DIR...

The folders are seeds made by `corpora.py`; `make bench` takes those that FRAMEWIRE_CORPORA names, with `:` between them. A coder
who always knows starts with a hundred passages drawn at random and codes twenty at a time, as many as the queue offers unless
it is told otherwise: those that it offers, or others drawn at random. The week is one of the sample press, whose codes come
along; it needs some minutes of training.
"""

import os
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from coded_press import read_coded_press
from coded_sets import build_press_set, load_set
from joblib import Parallel, delayed
from measure import SEEDS as SEED_FOLDER
from measure import is_full, show_table
from numpy.typing import NDArray

from framewire.codebook import Codebook
from framewire.label import NarrativeModel
from framewire.learn.queue import Candidate, Known, choose_items
from framewire.learn.resampling import draw_stories, find_interval, resample_f1
from framewire.learn.training import TrainingSet, build_training_set, fit_narratives
from framewire.processes import count_cores
from framewire.records import CodedPassage
from framewire.workflow.corrected_passages import CORRECTION_WEIGHT

Rows = NDArray[np.int64]
Chooser = Callable[[NarrativeModel, TrainingSet, Rows, Rows, np.random.Generator], Rows]
START, BATCH, END = 100, 20, 420
# How many codes apart the points of a curve are that are shown.
SHOWN_EVERY = 80
# Five starts tell roughly, in some minutes; forty tell a tenth apart, in a quarter of an hour on two cores (FRAMEWIRE_BENCH=full).
SEEDS = range(40 if is_full() else 5)
MAX_TEST = 800
# The queue may need at most so many of the codes that random coding needs. Source: what was promised.
MOST = 0.6
_WORD = re.compile(r"[^\W\d_]{4,}")


class Curve(NamedTuple):
    """Micro- and macro-F1 on held-out texts after each batch, (n_seeds, n_steps)."""

    micro: NDArray[np.float64]
    macro: NDArray[np.float64]


def draw_at_random(model: NarrativeModel, data: TrainingSet, pool: Rows, coded: Rows, rng: np.random.Generator) -> Rows:
    """What random coding takes next."""
    return rng.permutation(pool)[:BATCH]


def ask_queue(model: NarrativeModel, data: TrainingSet, pool: Rows, coded: Rows, rng: np.random.Generator) -> Rows:
    """What the queue offers next; it sees no code that was not given."""
    candidates = list(_find_candidates(model, data, pool))
    known = replace(_find_known(model, data, coded), n_offered=len(coded) - START)
    chosen = choose_items(candidates, known, size=BATCH, seed=str(rng.integers(1 << 30)))
    taken = [one.candidate.version_id for one in chosen]
    rest = np.setdiff1d(pool, taken)
    return np.array([*taken, *rng.permutation(rest)[: BATCH - len(taken)]], np.int64)


def _find_candidates(model: NarrativeModel, data: TrainingSet, rows: Rows) -> Iterator[Candidate]:
    part = data.take(rows)
    scores = model.predict_scores(part.annotations)
    assigned, relevant = model.assign(scores), scores.relevance >= model.relevance_threshold
    for i, row in enumerate(rows.tolist()):
        own = dict(zip(model.narratives, map(float, scores.narratives[i]), strict=True))
        labels = tuple(
            (name, score, not assigned[i, k])
            for k, (name, score) in enumerate(own.items())
            if relevant[i] and (assigned[i, k] or score >= model.abstain_from_[k])
        )
        passage = data.passages[row]
        yield Candidate(
            row,
            0,
            len(passage.text),
            row,
            str(passage.extra.get("outlet", "")),
            passage.side or "",
            int(data.groups[row]),
            bool(relevant[i]),
            labels,
            frozenset(hit.key[0] for hit in data.annotations[row].of_kind("indicator")),
            _words(passage),
            scores=tuple(own.items()),
        )


def _find_known(model: NarrativeModel, data: TrainingSet, coded: Rows) -> Known:
    counts = dict(zip(model.narratives, data.y[coded].sum(axis=0).tolist(), strict=True))
    words = frozenset(word for row in coded.tolist() for word in _words(data.passages[row]))
    ruled = frozenset(name for name, has in zip(model.narratives, model.ruled, strict=True) if has)
    return Known(dict(zip(model.narratives, model.thresholds_, strict=True)), counts, words, ruled)


def _words(passage: CodedPassage) -> frozenset[str]:
    return frozenset(_WORD.findall(passage.text.casefold()))


def play(data: TrainingSet, codebook: Codebook, choose: Chooser, seed: int) -> tuple[list[float], list[float]]:
    """Micro- and macro-F1 on held-out texts, batch after batch."""
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(data.passages))
    n_test = min(MAX_TEST, len(order) // 3)
    test, pool = data.take(order[:n_test]), order[n_test:]
    coded, pool = pool[:START], pool[START:]
    micro, macro = [], []
    while True:
        model, _ = fit_narratives(data.take(coded), codebook, language=codebook.languages[0])
        assigned = model.assign(model.predict_scores(test.annotations))
        hits, said, true = ((part).sum(axis=0) for part in (assigned & test.y, assigned, test.y))
        micro.append(float(2 * hits.sum() / max(said.sum() + true.sum(), 1)))
        macro.append(float((2 * hits / np.maximum(said + true, 1))[true >= 5].mean()))
        if len(coded) >= END or len(pool) < BATCH:
            return micro, macro
        new = choose(model, data, pool, coded, rng)
        coded, pool = np.concatenate([coded, new]), np.setdiff1d(pool, new)


def play_all(data: TrainingSet, codebook: Codebook, choose: Chooser, seeds: Sequence[int]) -> Curve:
    """The curves of several starts."""
    found = Parallel(n_jobs=count_cores())(delayed(play)(data, codebook, choose, seed) for seed in seeds)
    return Curve(np.array([micro for micro, _ in found]), np.array([macro for _, macro in found]))


def find_share(queue: NDArray[np.float64], chance: NDArray[np.float64]) -> float:
    """The codes after the start that the queue needs for the F1 that random coding ends with, as a share of its codes."""
    means, target = queue.mean(axis=0), chance.mean(axis=0)[-1]
    for step, value in enumerate(means):
        if value >= target:
            back = (value - target) / (value - means[step - 1]) if step else 0.0
            return float((step - back) / (len(means) - 1))
    return float("inf")


def resample_share(queue: NDArray[np.float64], chance: NDArray[np.float64]) -> list[float]:
    """The interval of that share over starts: 500 resamples of the seeds."""
    rng = np.random.default_rng(0)
    drawn = (rng.integers(len(queue), size=len(queue)) for _ in range(500))
    return [
        float(bound)
        for bound in np.quantile(
            [find_share(queue[rows], chance[rows]) for rows in drawn], [0.025, 0.975], method="higher"
        )
    ]


def compare_on_corpus(folder: Path, seeds: Sequence[int]) -> float:
    """The share of codes that the queue needs on a corpus, micro-F1; prints both curves."""
    return compare_queue(*load_set(folder), seeds)


def compare_on_press(seeds: Sequence[int]) -> float:
    """The same on the sample press, which is coded from nothing: rules, and no written passage."""
    return compare_queue(*build_press_set(), seeds)


def compare_queue(data: TrainingSet, codebook: Codebook, seeds: Sequence[int]) -> float:
    """The share of codes that the queue needs, micro-F1; prints both curves."""
    queue, chance = (play_all(data, codebook, choose, seeds) for choose in (ask_queue, draw_at_random))
    rows = []
    for name, curve in (("queue", queue), ("random", chance)):
        for measure in ("micro", "macro"):
            means = getattr(curve, measure).mean(axis=0)
            rows.append((f"{name}, {measure}-F1", *(f"{value:.3f}" for value in means[:: SHOWN_EVERY // BATCH])))
    steps = [str(START + i * BATCH) for i in range(0, queue.micro.shape[1], SHOWN_EVERY // BATCH)]
    show_table(f"{codebook.id}: {len(data.passages)} texts, {len(seeds)} starts", ["codes", *steps], rows)
    for measure in ("micro", "macro"):
        pair = getattr(queue, measure), getattr(chance, measure)
        low, high = resample_share(*pair)
        print(f"  {measure}-F1 of random coding with {find_share(*pair):.0%} of its codes ({low:.0%} to {high:.0%})")
    return find_share(queue.micro, chance.micro)


@pytest.mark.skipif(not os.environ.get("FRAMEWIRE_CORPORA"), reason="FRAMEWIRE_CORPORA names no coded texts")
def test_the_queue_needs_fewer_codes_than_chance() -> None:
    folders = [Path(name) for name in os.environ["FRAMEWIRE_CORPORA"].split(":")]
    large = [folder for folder in folders if _count_lines(folder) >= 2 * END]
    if not large:
        pytest.skip(f"no corpus there has {2 * END} texts to choose from")
    assert all(compare_on_corpus(folder, SEEDS) <= (MOST if is_full() else 1) for folder in large)


def test_the_queue_needs_fewer_codes_than_chance_on_the_sample_press() -> None:
    assert compare_on_press(SEEDS if is_full() else SEEDS[:2]) <= (MOST if is_full() else 1)


def _count_lines(folder: Path) -> int:
    return sum(len(path.read_text(encoding="utf-8").splitlines()) for path in (folder / "passages").glob("*.jsonl"))


class Week(NamedTuple):
    """A week of corrections: how many, and micro-F1 on held-out stories without and with them, and the gain's interval."""

    first: date
    n: int
    before: float
    after: float
    interval: list[float]


def join_sets(first: TrainingSet, second: TrainingSet, *, weight: float) -> TrainingSet:
    """Both sets, the second one's passages with a weight and stories of their own."""
    return TrainingSet(
        [*first.passages, *second.passages],
        [*first.annotations, *second.annotations],
        np.concatenate([first.relevant, second.relevant]),
        np.vstack([first.y, second.y]),
        np.concatenate([first.groups, second.groups + first.groups.max() + 1]),
        np.concatenate([first.weights, np.full(len(second.weights), weight)]),
    )


def correct_weeks(firsts: Sequence[int], *, a_day: int = 20) -> list[Week]:
    """What a week of corrections is worth: twenty a day of that week's press, offered by the queue, beside the seeds.

    `firsts` are the weeks' first days. Measured on the press of all other days, without stories of the week.
    """
    seeds, codebook = load_set(SEED_FOLDER)
    press = read_coded_press()
    start = min(dated.day for dated in press)
    days = np.array([(dated.day - start).days for dated in press])
    data = build_training_set([dated.passage for dated in press], codebook)
    base, _ = fit_narratives(seeds, codebook, language="en")
    known = _find_known(base, seeds, np.arange(len(seeds.passages)))
    weeks = []
    for first in firsts:
        week = np.flatnonzero((days >= first) & (days < first + 7))
        candidates = [one for one in _find_candidates(base, data, week) if one.relevant]
        chosen = [one.candidate.version_id for one in choose_items(candidates, known, size=7 * a_day)]
        rest = data.take(np.flatnonzero(~np.isin(data.groups, data.groups[week])))
        more = join_sets(seeds, data.take(np.array(chosen)), weight=CORRECTION_WEIGHT)
        model, _ = fit_narratives(more, codebook, language="en")
        weights = draw_stories(rest.groups, 0)
        was, now = (one.assign(one.predict_scores(rest.annotations)) for one in (base, model))
        once = np.ones((1, len(rest.passages)))
        weeks.append(
            Week(
                start + timedelta(days=first),
                len(chosen),
                float(resample_f1(was, rest.y, once)[0]),
                float(resample_f1(now, rest.y, once)[0]),
                find_interval(resample_f1(now, rest.y, weights) - resample_f1(was, rest.y, weights)),
            )
        )
    return weeks


def test_a_week_of_corrections_raises_f1_on_other_stories() -> None:
    weeks = correct_weeks((7, 14, 21) if is_full() else (14,))
    rows = [
        (
            str(week.first),
            week.n,
            f"{week.before:.3f}",
            f"{week.after:.3f}",
            f"{week.interval[0]:+.3f} to {week.interval[1]:+.3f}",
        )
        for week in weeks
    ]
    show_table("A week of corrections", ["week from", "codes", "F1 before", "after", "gain, 95 %"], rows)
    assert np.mean([week.after - week.before for week in weeks]) > 0


if __name__ == "__main__":
    for name in sys.argv[1:]:
        compare_on_corpus(Path(name), SEEDS)
