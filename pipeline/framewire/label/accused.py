"""Who is held responsible in a passage's account: from the actors and the roles that the words around them give them.

One set of weights serves every side, so exchanging the sides in a text exchanges the answer. What else a passage tells (its
words, places and years) speaks where the roles leave it open, and alone where no side is named.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Any

from framewire.codebook import Codebook, Narrative
from framewire.label.accused_roles import DOER, find_roles, spares_no_side
from framewire.label.accused_words import count_told
from framewire.label.decisions import NamedDecisions
from framewire.label.terms import Annotation

UNCLEAR = "unclear"
BOTH = "both"
ONE_SIDE = "one side"
# The length of what a passage tells, of all its words together, and the share of it that is its narrative's own.
# Source: grouped cross-validation on the training passages.
EVENT_WEIGHT = 2.8
OWN_SHARE = 0.7
# What the narrative itself counts for.
NARRATIVE_WEIGHT = 0.4
# A lead beyond this makes nothing clearer.
MOST_OF_LEAD = 3.0
Roles = Mapping[str, Mapping[str, float]]


@dataclass(frozen=True, slots=True)
class AccusedReading:
    """Who is accused in an account, and from what that was read.

    `answer` is `one side`, `both` or `unclear`; `lead` is how far the side with the highest of `scores` is ahead of the next.
    """

    accused: str
    answer: str
    lead: float
    scores: Mapping[str, float]
    roles: Roles
    events: Mapping[str, float]


@dataclass(frozen=True)
class AccusedModel:
    """Weights of the words around a side's names (positive = the side does it), and of what makes an account name a culprit.

    `events` weighs for each side what a passage tells beside its names, each word by its rarity (`idf`; a word without one is
    unknown). `answers` and `intercepts` weigh, with the sides' names alike, whether one side is accused, both, or nobody
    clearly; the highest sum wins.
    """

    weights: Mapping[str, float] = field(default_factory=dict)
    events: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    answers: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    intercepts: Mapping[str, float] = field(default_factory=dict)
    idf: Mapping[str, float] = field(default_factory=dict)

    def __getstate__(self) -> dict[str, Any]:
        """The weights alone, without what is built from them."""
        return {part.name: getattr(self, part.name) for part in fields(self)}

    def predict(self, annotation: Annotation, narrative: Narrative, codebook: Codebook) -> str | None:
        """A side's id, `both` or `unclear`; None if the narrative is not sided."""
        if not narrative.sided:
            return None
        if narrative.bound_to:
            return narrative.bound_to
        return self.read(annotation, narrative, codebook).accused

    def read(self, annotation: Annotation, narrative: Narrative, codebook: Codebook) -> AccusedReading:
        """What an account says of each side, and who is accused by it; for sided narratives that are bound to no side."""
        roles = find_roles(annotation, codebook)
        events = find_events(annotation, narrative.id, codebook, self.idf)
        scores = self.score_sides(roles, events)
        if len(set(scores.values())) < 2:
            return AccusedReading(UNCLEAR, UNCLEAR, 0.0, scores, roles, events)
        ranked = sorted(scores.values(), reverse=True)
        lead = ranked[0] - ranked[1]
        answer = self._answer(find_clarity(annotation, narrative.id, roles, lead=lead) | events)
        accused = max(scores, key=lambda side: scores[side]) if answer == ONE_SIDE else answer
        return AccusedReading(accused, answer, lead, scores, roles, events)

    def weigh(self, reading: AccusedReading) -> list[tuple[str | None, str, float]]:
        """(side, role or what the passage tells, what it adds to the lead); the sum is the lead.

        The side is the one of which more of the role is found, None for what is told beside the sides' names.
        """
        ranked = sorted(reading.scores, key=lambda side: -reading.scores[side])
        if len(ranked) < 2:
            return []
        first, second = ranked[:2]
        ours, theirs = reading.roles[first], reading.roles[second]
        found: list[tuple[str | None, str, float]] = []
        for name in dict.fromkeys((*ours, *theirs)):
            apart = ours.get(name, 0.0) - theirs.get(name, 0.0)
            found.append((first if apart > 0 else second, name, self.weights.get(name, 0.0) * apart))
        told, other = self.events.get(first, {}), self.events.get(second, {})
        for name, value in reading.events.items():
            found.append((None, name, (told.get(name, 0.0) - other.get(name, 0.0)) * value))
        return found

    def score_sides(self, roles: Roles, events: Mapping[str, float]) -> dict[str, float]:
        """The weight of each side's roles and of what the passage tells."""
        told = self._told.sum_up(events)
        return {side: _weigh(self.weights, found) + told.get(side, 0.0) for side, found in roles.items()}

    def _answer(self, features: Mapping[str, float]) -> str:
        if not self.intercepts:
            return ONE_SIDE
        sums = self._clarity.sum_up(features)
        return max(self.intercepts, key=lambda answer: self.intercepts[answer] + sums.get(answer, 0.0))

    @cached_property
    def _told(self) -> NamedDecisions[str]:
        return NamedDecisions(self.events)

    @cached_property
    def _clarity(self) -> NamedDecisions[str]:
        return NamedDecisions(self.answers)


def find_events(
    annotation: Annotation, narrative_id: str, codebook: Codebook, idf: Mapping[str, float]
) -> dict[str, float]:
    """What a passage tells beside the sides' names: its known words, once for all narratives and once for this one.

    Source: TF-IDF with sublinear counts, the words of one passage of unit length (Salton and Buckley 1988).
    """
    told = {
        word: (1 + math.log(count)) * idf[word]
        for word, count in count_told(annotation, codebook).items()
        if word in idf
    }
    length = math.sqrt(math.fsum(value**2 for value in told.values())) or 1.0
    events = {f"told: {word}": EVENT_WEIGHT * value / length for word, value in told.items()}
    events |= {f"{name} ({narrative_id})": OWN_SHARE * value for name, value in events.items()}
    events[f"narrative: {narrative_id}"] = NARRATIVE_WEIGHT
    return events


def find_clarity(annotation: Annotation, narrative_id: str, roles: Roles, *, lead: float) -> dict[str, float]:
    """What tells whether one side is accused: the narrative, the roles with the sides made alike, and the leading side's lead."""
    sides = sum(bool(side) for side in roles.values())
    found = {f"about: {narrative_id}": 1.0, f"sides named: {sides}": 1.0, f"sides named: {sides} ({narrative_id})": 1.0}
    for name in dict.fromkeys(name for side in roles.values() for name in side):
        values = sorted(side.get(name, 0.0) for side in roles.values())
        found[name] = values[-1]
        if values[0]:
            found[f"each: {name}"] = values[0]
    doers = sorted(sum(side.get(f"is: {name}", 0.0) for name in DOER) for side in roles.values())
    found["doers: most"], found["doers: least"] = doers[-1], doers[0]
    if not doers[-1]:
        found["no doer"] = found[f"no doer: {narrative_id}"] = 1.0
    found["lead"] = min(lead, MOST_OF_LEAD)
    found[f"lead: {narrative_id}"] = found["lead"] / 2
    return found | {f"says: {word}": 1.0 for word in spares_no_side(annotation)}


def _weigh(weights: Mapping[str, float], features: Mapping[str, float]) -> float:
    known = weights.get
    return sum([known(name, 0.0) * value for name, value in features.items()])
