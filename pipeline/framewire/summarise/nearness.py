"""How much sooner two articles tell of one event, the nearer they are in time."""

import numpy as np
from numpy.typing import NDArray

# Source: design, section 3 (a story reaches over 48 hours).
WITHIN_DAYS = 2.0
# What is left of a likeness after a day. Source: tests/benchmarks/bench_stories.py (docs/method.md, "Stories").
LEFT_AFTER_A_DAY = 0.74


def fade(likeness: NDArray[np.float64], days: NDArray[np.float64]) -> NDArray[np.float64]:
    """What is left of likenesses of things that are so many days apart: nothing beyond 48 hours."""
    return np.where(days <= WITHIN_DAYS, likeness * LEFT_AFTER_A_DAY**days, 0.0)
