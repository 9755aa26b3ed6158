"""A small trained arbiter of voice: rules say how each part of a passage speaks, this weighs what they say for a narrative."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from framewire.records import Voice


@dataclass(frozen=True)
class VoiceArbiter:
    """Weights of the voice features for each voice; the voice with the highest sum wins."""

    weights: Mapping[Voice, Mapping[str, float]] = field(default_factory=dict)
    intercepts: Mapping[Voice, float] = field(default_factory=dict)

    def predict(self, features: Mapping[str, float]) -> Voice:
        """The voice of a narrative. Raises ValueError if it was fitted on nothing."""
        return max(
            self.weights,
            key=lambda voice: (
                self.intercepts[voice] + sum(self.weights[voice].get(n, 0.0) * v for n, v in features.items())
            ),
        )
