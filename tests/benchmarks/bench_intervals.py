"""How often a share's interval holds the true share when its cases come in stories: three intervals side by side.

Run: make bench, or this file with python.
"""

import numpy as np

from framewire.summarise.shares import measure, measure_by_story

N_SAMPLES, N_DRAWS = 1200, 400


def measure_cover(n_stories: int, correlation: float, truth: float, n: int) -> tuple[float, float, float]:
    """Coverage of Wilson's interval on the cases, of a bootstrap by story, and of the one in use."""
    rng = np.random.default_rng([n_stories, round(100 * correlation), round(100 * truth)])
    spread = 1 / correlation - 1
    held = np.zeros(3)
    said = 0
    for _ in range(n):
        sizes = np.minimum(1 + rng.pareto(1.5, n_stories), 24).astype(int) * rng.integers(1, 4, n_stories)
        cases = rng.binomial(sizes, rng.beta(truth * spread, (1 - truth) * spread, n_stories))
        used = measure_by_story(dict(enumerate(cases.tolist())), dict(enumerate(sizes.tolist())))
        plain = measure(int(cases.sum()), int(sizes.sum()))
        if used.low is None or used.high is None or plain.low is None or plain.high is None:
            continue
        weights = rng.multinomial(n_stories, np.full(n_stories, 1 / n_stories), size=N_DRAWS)
        low, high = np.percentile((weights @ cases) / (weights @ sizes), [2.5, 97.5])
        ranges = ((plain.low, plain.high), (low, high), (used.low, used.high))
        held += [a <= truth <= b for a, b in ranges]
        said += 1
    wilson, bootstrap, own = held / said
    return float(wilson), float(bootstrap), float(own)


def test_intervals_by_story_hold_more_than_others() -> None:
    print("\nstories, correlation, share: Wilson on cases, bootstrap by story, in use")
    for n_stories in (5, 8, 12, 25, 50):
        for correlation in (0.1, 0.4):
            for truth in (0.1, 0.3):
                wilson, bootstrap, own = measure_cover(n_stories, correlation, truth, N_SAMPLES)
                print(f"{n_stories:3d} {correlation} {truth}: {wilson:.3f} {bootstrap:.3f} {own:.3f}", flush=True)
                assert own >= 0.88


if __name__ == "__main__":
    test_intervals_by_story_hold_more_than_others()
