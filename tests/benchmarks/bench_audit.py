"""How often the corrected share's interval holds the truth, by size of the audit, prevalence and quality of the model.

Run: make bench, or this file with python.
"""

import numpy as np
from measure import is_full
from scipy.stats import binomtest

from framewire.summarise.audit import Audited, correct_share

N_ARTICLES, N_REPEATS = 3000, 2000 if is_full() else 400
# What the interval of 95 % has to hold at the least.
PROMISED = 0.93
SIZES = (100, 300, 1000)
PREVALENCES = (0.1, 0.2, 0.3, 0.5)
# Precision and recall: as measured on real press, as in cross-validation, and uneven ones.
QUALITIES = ((0.59, 0.58), (0.8, 0.65), (0.6, 0.9), (0.9, 0.5))


def measure_cover(size: int, prevalence: float, quality: tuple[float, float], n: int) -> tuple[float, float, float]:
    """How often the corrected interval holds the prevalence, how often the raw one, and how often there is a correction."""
    rng = np.random.default_rng([size, round(100 * prevalence)])
    corrected = raw = given = 0
    for _ in range(n):
        coded, labelled = draw_articles(rng, N_ARTICLES + size, prevalence, quality)
        share = labelled[size:].mean()
        half = 1.96 * np.sqrt(share * (1 - share) / N_ARTICLES)
        raw += abs(share - prevalence) <= half
        audited = [Audited(bool(a), bool(b)) for a, b in zip(labelled[:size], coded[:size], strict=True)]
        found = correct_share(int(labelled[size:].sum()), N_ARTICLES, audited)
        if found is not None:
            given += 1
            corrected += found.low <= prevalence <= found.high
    return corrected / max(1, given), raw / n, given / n


def draw_articles(
    rng: np.random.Generator, n: int, prevalence: float, quality: tuple[float, float]
) -> tuple["np.ndarray", "np.ndarray"]:
    """Which articles carry the narrative, and which get the label from a model of this precision and recall."""
    precision, recall = quality
    coded = rng.random(n) < prevalence
    wrong = prevalence * recall * (1 - precision) / precision / (1 - prevalence)
    return coded, np.where(coded, rng.random(n) < recall, rng.random(n) < wrong)


def test_coverage_of_corrected_shares() -> None:
    print("\naudited, prevalence: coverage of the corrected interval, of the raw one (share of audits large enough)")
    for size in SIZES:
        for prevalence in PREVALENCES:
            cells = [measure_cover(size, prevalence, quality, N_REPEATS) for quality in QUALITIES]
            print(
                f"{size:5d} {prevalence:.1f}: " + "; ".join(f"{c:.3f}, {r:.3f} ({g:.2f})" for c, r, g in cells),
                flush=True,
            )
            for cover, _, given in cells:
                n = round(given * N_REPEATS)
                assert binomtest(round(cover * n), n, PROMISED, "less").pvalue > 0.001


if __name__ == "__main__":
    test_coverage_of_corrected_shares()
