"""Several linear decisions over the same named features, with one look a feature for all of them."""

from collections.abc import Hashable, Mapping
from operator import mul
from typing import Generic, TypeVar

Decision = TypeVar("Decision", bound=Hashable)


class NamedDecisions(Generic[Decision]):
    """What features add to each decision; a feature that a decision has no weight for adds nothing."""

    def __init__(self, weights: Mapping[Decision, Mapping[str, float]]) -> None:
        """`weights`: by decision, then by feature."""
        self._decisions = tuple(weights)
        names = dict.fromkeys(name for row in weights.values() for name in row)
        self._weights_of = {name: [row.get(name, 0.0) for row in weights.values()] for name in names}

    def sum_up(self, features: Mapping[str, float]) -> dict[Decision, float]:
        """The sum of each decision, without an intercept."""
        known = [(row, value) for name, value in features.items() if (row := self._weights_of.get(name))]
        if not known:
            return dict.fromkeys(self._decisions, 0.0)
        rows, values = zip(*known, strict=True)
        columns = zip(*rows, strict=True)
        return {
            decision: sum(map(mul, column, values)) for decision, column in zip(self._decisions, columns, strict=True)
        }
