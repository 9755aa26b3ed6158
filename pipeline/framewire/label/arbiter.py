"""A small trained arbiter of voice: rules say how each part of a passage speaks, this weighs what they say for a narrative."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from framewire.records import Voice


@dataclass(frozen=True, slots=True)
class Preference:
    """A voice, the next likely one, how far it is ahead of that (>= 0), and what each feature adds to this lead."""

    voice: Voice
    over: Voice
    lead: float
    weights: Mapping[str, float]


@dataclass(frozen=True)
class VoiceArbiter:
    """Weights of the voice features for each voice; the voice with the highest sum wins."""

    weights: Mapping[Voice, Mapping[str, float]] = field(default_factory=dict)
    intercepts: Mapping[Voice, float] = field(default_factory=dict)

    def predict(self, features: Mapping[str, float]) -> Voice:
        """The voice of a narrative. Raises ValueError if it was fitted on nothing."""
        return max(self.weights, key=lambda voice: self._score(voice, features))

    def compare(self, features: Mapping[str, float]) -> Preference:
        """Why the voice of a narrative is this one and not the next likely one. Raises ValueError if fitted on fewer than two."""
        voice = self.predict(features)
        scores = {other: self._score(other, features) for other in self.weights if other is not voice}
        next_best = max(scores, key=lambda other: scores[other])
        ours, theirs = self.weights[voice], self.weights[next_best]
        return Preference(
            voice,
            next_best,
            self._score(voice, features) - scores[next_best],
            {n: (ours.get(n, 0.0) - theirs.get(n, 0.0)) * v for n, v in features.items()},
        )

    def _score(self, voice: Voice, features: Mapping[str, float]) -> float:
        weights = self.weights[voice]
        return self.intercepts[voice] + sum(weights.get(n, 0.0) * v for n, v in features.items())
