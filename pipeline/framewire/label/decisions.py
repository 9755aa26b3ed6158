"""Several linear decisions over the same named features, with one look a feature for all of them."""

from collections.abc import Hashable, Iterable, Mapping
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

Decision = TypeVar("Decision", bound=Hashable)


class NamedDecisions(Generic[Decision]):
    """What features add to each decision; a feature that a decision has no weight for adds nothing."""

    def __init__(self, weights: Mapping[Decision, Mapping[str, float]]) -> None:
        """`weights`: by decision, then by feature."""
        self._decisions = tuple(weights)
        names = dict.fromkeys(name for row in weights.values() for name in row)
        self._row_of = {name: i for i, name in enumerate(names)}
        # (n_features, n_decisions): what a feature adds lies together.
        self._weights = np.array([[row.get(name, 0.0) for row in weights.values()] for name in names], float)

    def sum_up(self, features: Mapping[str, float]) -> dict[Decision, float]:
        """The sum of each decision, without an intercept."""
        row_of = self._row_of
        known = [name for name in features if name in row_of]
        if not known:
            return dict.fromkeys(self._decisions, 0.0)
        values = np.array([features[name] for name in known], float)
        return self._name(values @ self._weights[[row_of[name] for name in known]])

    def count_up(self, names: Iterable[str]) -> dict[Decision, float]:
        """The same of features that count 1 each."""
        row_of = self._row_of
        known = [row_of[name] for name in names if name in row_of]
        return self._name(self._weights[known].sum(axis=0)) if known else dict.fromkeys(self._decisions, 0.0)

    def _name(self, sums: NDArray[np.float64]) -> dict[Decision, float]:
        return dict(zip(self._decisions, sums.tolist(), strict=True))
