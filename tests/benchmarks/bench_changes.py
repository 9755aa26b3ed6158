"""How often the test of change announces what is not there, and what it misses; prints tables and asserts the false alarms.

Run: make bench, or this file with python and the number of days. FRAMEWIRE_BENCH=full simulates 1,000 days a row.
"""

import sys
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from change_press import GROUP_OF, N_OUTLETS, Day, Press, as_questions, measure_icc, simulate
from measure import is_full
from scipy.stats import binomtest, false_discovery_control, fisher_exact

from framewire.summarise.changes import judge_questions

SPREADS = (0.0, 1.0, 2.0, 3.0)
SIZES = {
    "25 points, 100 mentions": Press(points=0.25),
    "15 points, 300 mentions": Press(points=0.15, n_articles=300, focus_mentions=300),
}
MORE = {
    "10 points, 100 mentions": Press(points=0.1),
    "15 points, 100 mentions": Press(points=0.15),
    "35 points, 100 mentions": Press(points=0.35),
    "10 points, 300 mentions": Press(points=0.1, n_articles=300, focus_mentions=300),
    "25 points, 50 mentions": Press(points=0.25, n_articles=60, focus_mentions=50),
    "40 points, 50 mentions": Press(points=0.4, n_articles=60, focus_mentions=50),
}


def announce(day: Day, seed: int) -> set[str]:
    """What is announced of a simulated day: the ids of referents and narratives."""
    judged = judge_questions(as_questions(day), random_state=seed)
    return {one.candidate.question.id for one in judged if one.is_broad}


def announce_by_fisher(day: Day) -> set[str]:
    """What Fisher's exact test on articles, each taken for itself, would announce at the same rate and size."""
    p_values, ids = [], []
    for question in as_questions(day):
        now, before = question.carries[question.is_today], question.carries[~question.is_today]
        for a, b in zip(now.T, before.T, strict=True):
            if abs(a.mean() - b.mean()) >= 0.05:
                p_values.append(fisher_exact([[a.sum(), (~a).sum()], [b.sum(), (~b).sum()]]).pvalue)
            else:
                p_values.append(1.0)
            ids.append(question.id)
    q_values = false_discovery_control(np.minimum(p_values, 1))
    return {id_ for id_, q in zip(ids, q_values, strict=True) if q <= 0.05}


def measure_rates(press: Press, seeds: Sequence[int]) -> tuple[float, float, float]:
    """Days that announce anything, days that announce the first referent, and the first of these by Fisher's test."""
    told = [announce(simulate(press, seed=seed), seed) for seed in seeds]
    by_fisher = [bool(announce_by_fisher(simulate(press, seed=seed))) for seed in seeds]
    return (
        float(np.mean([bool(one) for one in told])),
        float(np.mean(["r0" in one for one in told])),
        np.mean(by_fisher),
    )


def describe_press(press: Press, seeds: Sequence[int]) -> tuple[float, float]:
    """The correlation within stories, of mentions as they stand and of articles after their outlet's share is taken off."""
    plain, own = [], []
    for seed in seeds:
        day = simulate(press, seed=seed)
        rows, first = day.articles, day.referents[0]
        times = first.counts.sum(axis=1)
        values = np.concatenate([np.repeat([1.0, 0.0], [c[0], c[1:].sum()]) for c in first.counts])
        plain.append(measure_icc(values, np.repeat(rows.story[first.articles], times)))
        outlet, has = rows.outlet[first.articles], (first.counts[:, 0] > 0).astype(float)
        mean = np.bincount(outlet, has, N_OUTLETS) / np.maximum(1, np.bincount(outlet, minlength=N_OUTLETS))
        own.append(measure_icc(has - mean[outlet], rows.story[first.articles]))
    return float(np.mean(plain)), float(np.mean(own))


def say_interval(rate: float, n: int) -> str:
    """A rate with its 95 % interval over n days."""
    low, high = binomtest(round(rate * n), n).proportion_ci(method="wilson")
    return f"{rate:.3f} ({low:.3f}-{high:.3f})"


def test_false_alarms_and_power() -> None:
    report(1000 if is_full() else 40)


def report(n_days: int) -> None:
    """Prints the tables of docs/method.md."""
    seeds = range(n_days)
    assert len(GROUP_OF) == N_OUTLETS
    for spread in SPREADS:
        quiet = Press(story_spread=spread)
        mentions, articles = describe_press(quiet, range(20))
        print(
            f"\nstory spread {spread}: correlation {mentions:.2f} of mentions, {articles:.2f} within outlets",
            flush=True,
        )
        anything, _, by_fisher = measure_rates(quiet, seeds)
        print(f"  no change: announces {say_interval(anything, n_days)}; Fisher {by_fisher:.3f}", flush=True)
        assert binomtest(round(anything * n_days), n_days, 0.05, "greater").pvalue > 0.001
        for name, press in (SIZES | (MORE if spread == 1.0 else {})).items():
            _, focus, _ = measure_rates(replace(press, story_spread=spread), seeds[: max(40, n_days // 5)])
            print(f"  {name}: found {say_interval(focus, max(40, n_days // 5))}", flush=True)
        _, focus, _ = measure_rates(replace(quiet, one_story=True), seeds[: max(40, n_days // 5)])
        print(f"  one story alone: announced {focus:.3f}", flush=True)


if __name__ == "__main__":
    report(int(sys.argv[1]) if len(sys.argv) > 1 else 40)
