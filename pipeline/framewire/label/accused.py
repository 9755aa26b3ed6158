"""Who is held responsible in a passage's account: from the actors and the roles that the words around them give them.

One set of weights serves every side, so exchanging the sides in a text exchanges the answer. What a passage says of places and
years speaks only where the roles leave it open.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from framewire.codebook import Codebook, Narrative
from framewire.label.accused_roles import DOER, find_roles, spares_no_side
from framewire.label.terms import Annotation

UNCLEAR = "unclear"
BOTH = "both"
ONE_SIDE = "one side"
# Events may move the score of one side against another by so much and no more: clear roles always win.
# Source: grouped cross-validation and the sample press; of the training passages with the sides' names exchanged, and their
# places left, 84 in a hundred exchange the leading side too (without events all do).
MOST_OF_EVENTS = 1.6
EVENT_WEIGHT = 0.4
# A lead beyond this makes nothing clearer.
MOST_OF_LEAD = 3.0
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")


@dataclass(frozen=True)
class AccusedModel:
    """Weights of the words around a side's names (positive = the side does it), and of what makes an account name a culprit.

    `events` weighs for each side the places, years and the narrative of a passage. `answers` and `intercepts` weigh, with the
    sides' names alike, whether one side is accused, both, or nobody clearly; the highest sum wins.
    """

    weights: Mapping[str, float] = field(default_factory=dict)
    events: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    answers: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    intercepts: Mapping[str, float] = field(default_factory=dict)

    def predict(self, annotation: Annotation, narrative: Narrative, codebook: Codebook) -> str | None:
        """A side's id, `both` or `unclear`; None if the narrative is not sided."""
        if not narrative.sided:
            return None
        if narrative.bound_to:
            return narrative.bound_to
        roles = find_roles(annotation, codebook)
        scores = self.score_sides(roles, find_events(annotation, narrative.id))
        ranked = sorted(scores.values(), reverse=True)
        if ranked[0] == ranked[-1]:
            return UNCLEAR
        answer = self._answer(find_clarity(annotation, narrative.id, roles, lead=ranked[0] - ranked[1]))
        return max(scores, key=lambda side: scores[side]) if answer == ONE_SIDE else answer

    def score_sides(self, roles: Mapping[str, Mapping[str, float]], events: Mapping[str, float]) -> dict[str, float]:
        """The weight of each side's roles and of the events that the passage tells."""
        told = {side: _weigh(self.events.get(side, {}), events) for side in roles}
        middle = sum(told.values()) / max(len(told), 1)
        most = MOST_OF_EVENTS / 2
        return {
            side: _weigh(self.weights, found) + min(max(told[side] - middle, -most), most)
            for side, found in roles.items()
        }

    def _answer(self, features: Mapping[str, float]) -> str:
        if not self.intercepts:
            return ONE_SIDE
        return max(
            self.intercepts,
            key=lambda answer: self.intercepts[answer] + _weigh(self.answers.get(answer, {}), features),
        )


def find_events(annotation: Annotation, narrative_id: str) -> dict[str, float]:
    """The places and years that a passage names, and the narrative."""
    found = {f"place: {hit.key[0]}" for hit in annotation.names if hit.kind == "place"}
    found |= {f"year: {year}" for year in _YEAR.findall(annotation.text.text)}
    return dict.fromkeys([*sorted(found), f"narrative: {narrative_id}"], EVENT_WEIGHT)


def find_clarity(
    annotation: Annotation, narrative_id: str, roles: Mapping[str, Mapping[str, float]], *, lead: float
) -> dict[str, float]:
    """What tells whether one side is accused: the narrative, the roles with the sides made alike, and the leading side's lead."""
    found = {f"narrative: {narrative_id}": 1.0, "sides named": float(sum(bool(side) for side in roles.values()))}
    for side in roles.values():
        for name, value in side.items():
            found[name] = max(found.get(name, 0.0), value)
    doers = sorted(sum(side.get(f"is: {name}", 0.0) for name in DOER) for side in roles.values())
    found["doers: most"], found["doers: least"] = doers[-1], doers[0]
    if not doers[-1]:
        found["no doer"] = found[f"no doer: {narrative_id}"] = 1.0
    found["lead"] = min(lead, MOST_OF_LEAD)
    return found | {f"says: {word}": 1.0 for word in spares_no_side(annotation)}


def _weigh(weights: Mapping[str, float], features: Mapping[str, float]) -> float:
    return sum(weights.get(name, 0.0) * value for name, value in features.items())
