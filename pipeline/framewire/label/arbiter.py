"""A small trained arbiter of voice: rules say how each part of a passage speaks, this weighs what they say for a narrative."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Any

from framewire.label.decisions import NamedDecisions
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

    def __getstate__(self) -> dict[str, Any]:
        """The weights alone, without what is built from them."""
        return {part.name: getattr(self, part.name) for part in fields(self)}

    def predict(self, features: Mapping[str, float]) -> Voice:
        """The voice of a narrative. Raises ValueError if it was fitted on nothing."""
        scores = self._score(features)
        return max(self.weights, key=lambda voice: scores[voice])

    def compare(self, features: Mapping[str, float]) -> Preference:
        """Why the voice of a narrative is this one and not the next likely one. Raises ValueError if fitted on fewer than two."""
        scores = self._score(features)
        voice = max(self.weights, key=lambda other: scores[other])
        next_best = max((other for other in self.weights if other is not voice), key=lambda other: scores[other])
        ours, theirs = self.weights[voice], self.weights[next_best]
        return Preference(
            voice,
            next_best,
            scores[voice] - scores[next_best],
            {n: (ours.get(n, 0.0) - theirs.get(n, 0.0)) * v for n, v in features.items()},
        )

    def _score(self, features: Mapping[str, float]) -> dict[Voice, float]:
        sums = self._sums.sum_up(features)
        return {voice: self.intercepts[voice] + sums[voice] for voice in self.weights}

    @cached_property
    def _sums(self) -> NamedDecisions[Voice]:
        return NamedDecisions(self.weights)
