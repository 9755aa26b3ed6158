"""A small trained arbiter of voice: rules say how each part of a passage speaks, this weighs what they say for a narrative."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Any

from framewire.label.decisions import NamedDecisions
from framewire.records import Voice

# What the feature of a single word is called, and what it counts beside what the rules say.
# Source: grouped cross-validation on the training passages.
WORD, WORD_WEIGHT = "word: ", 0.5


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
        return self.choose(self.sum_up(features))

    def sum_up(self, features: Mapping[str, float]) -> dict[Voice, float]:
        """What some features add to each voice."""
        return self._sums.sum_up(features)

    def count_words(self, words: Iterable[str]) -> dict[Voice, float]:
        """What words of a passage, each of which counts `WORD_WEIGHT`, add to each voice."""
        return {voice: WORD_WEIGHT * added for voice, added in self._words.count_up(words).items()}

    def choose(self, *sums: Mapping[Voice, float]) -> Voice:
        """The voice of a narrative by the sums of its features, in one part or several. Raises ValueError if fitted on nothing."""
        return max(self.weights, key=lambda voice: self.intercepts[voice] + sum(part[voice] for part in sums))

    def compare(self, features: Mapping[str, float]) -> Preference:
        """Why the voice of a narrative is this one and not the next likely one. Raises ValueError if fitted on fewer than two."""
        scores = {voice: self.intercepts[voice] + added for voice, added in self.sum_up(features).items()}
        voice = max(self.weights, key=lambda other: scores[other])
        next_best = max((other for other in self.weights if other is not voice), key=lambda other: scores[other])
        ours, theirs = self.weights[voice], self.weights[next_best]
        return Preference(
            voice,
            next_best,
            scores[voice] - scores[next_best],
            {n: (ours.get(n, 0.0) - theirs.get(n, 0.0)) * v for n, v in features.items()},
        )

    @cached_property
    def _words(self) -> NamedDecisions[Voice]:
        """The weights of words, by the words themselves."""
        return NamedDecisions(
            {
                voice: {name.removeprefix(WORD): weight for name, weight in row.items() if name.startswith(WORD)}
                for voice, row in self.weights.items()
            }
        )

    @cached_property
    def _sums(self) -> NamedDecisions[Voice]:
        return NamedDecisions(self.weights)
