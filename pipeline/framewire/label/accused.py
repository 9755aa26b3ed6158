"""Who is held responsible in a passage's account: from the actors and the roles that the words around them give them.

One set of weights serves every side, so exchanging the sides in a text exchanges the answer. What else a passage tells (its
words, places and years) speaks where the roles leave it open, and alone where no side is named.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Any

from framewire.codebook import Codebook
from framewire.label.accused_roles import DOER, spares_no_side
from framewire.label.accused_words import count_told
from framewire.label.decisions import NamedDecisions
from framewire.label.terms import Annotation

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


@dataclass(frozen=True)
class AccusedModel:
    """Weights of the words around a side's names (positive = the side does it), and of what makes an account name a culprit.

    `events` weighs for each side what a passage tells beside its names, each word by its rarity (`idf`; a word without one is
    unknown). `answers` and `intercepts` weigh, with the sides' names alike, whether one side is accused, both, or nobody
    clearly; the highest sum wins. `label.account` reads passages by it.
    """

    weights: Mapping[str, float] = field(default_factory=dict)
    events: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    answers: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    intercepts: Mapping[str, float] = field(default_factory=dict)
    idf: Mapping[str, float] = field(default_factory=dict)

    def __getstate__(self) -> dict[str, Any]:
        """The weights alone, without what is built from them."""
        return {part.name: getattr(self, part.name) for part in fields(self)}

    def score_sides(self, roles: Roles, events: Mapping[str, float]) -> dict[str, float]:
        """The weight of each side's roles and of what the passage tells."""
        told = self._events.sum_up(events)
        return {side: score + told.get(side, 0.0) for side, score in self.weigh_roles(roles).items()}

    def weigh_roles(self, roles: Roles) -> dict[str, float]:
        """The weight of each side's roles."""
        known = self.weights.get
        return {side: sum([known(name, 0.0) * value for name, value in found.items()]) for side, found in roles.items()}

    def weigh_told(self, told: Mapping[str, float], narrative_id: str) -> tuple[dict[str, float], dict[str, float]]:
        """What a passage's known words, by `find_told`, add for a narrative to each side, and to each answer."""
        if narrative_id not in self._told_of:
            self._told_of[narrative_id] = self._gather_told(narrative_id)
        sums = self._told_of[narrative_id].sum_up(told)
        own = f"narrative: {narrative_id}"
        sides, answers = (
            {name: sums[part, name] + NARRATIVE_WEIGHT * row.get(own, 0.0) for name, row in rows.items()}
            for part, rows in (("side", self.events), ("answer", self.answers))
        )
        return sides, answers

    def weigh_clarity(self, features: Mapping[str, float]) -> dict[str, float]:
        """What the features of `find_clarity`, or some of them, add to each answer."""
        return self._answers.sum_up(features)

    def _gather_told(self, narrative_id: str) -> NamedDecisions[tuple[str, str]]:
        """What each known word adds to each side and answer, once for all narratives and once for this one."""
        names = {word: (name := f"told: {word}", f"{name} ({narrative_id})") for word in self.idf}
        rows = {("side", name): row for name, row in self.events.items()}
        rows |= {("answer", name): row for name, row in self.answers.items()}
        return NamedDecisions(
            {
                decision: {
                    word: row.get(name, 0.0) + OWN_SHARE * row.get(own, 0.0) for word, (name, own) in names.items()
                }
                for decision, row in rows.items()
            }
        )

    @cached_property
    def _told_of(self) -> dict[str, NamedDecisions[tuple[str, str]]]:
        """The words' weights by narrative, gathered when first asked for."""
        return {}

    @cached_property
    def _events(self) -> NamedDecisions[str]:
        return NamedDecisions(self.events)

    @cached_property
    def _answers(self) -> NamedDecisions[str]:
        return NamedDecisions(self.answers)


def find_told(annotation: Annotation, codebook: Codebook, idf: Mapping[str, float]) -> dict[str, float]:
    """What a passage tells beside the sides' names: its known words, together of one length.

    Source: TF-IDF with sublinear counts, the words of one passage of unit length (Salton and Buckley 1988).
    """
    counts = count_told(annotation, codebook)
    told = {
        word: (weight if count == 1 else (1 + math.log(count)) * weight)
        for word, count in counts.items()
        if (weight := idf.get(word))
    }
    length = math.sqrt(math.fsum(value**2 for value in told.values())) or 1.0
    return {word: EVENT_WEIGHT * value / length for word, value in told.items()}


def name_events(told: Mapping[str, float], narrative_id: str) -> dict[str, float]:
    """The words of `find_told` as a narrative's features: each once for all narratives and once for this one."""
    events = {f"told: {word}": value for word, value in told.items()}
    events |= {f"{name} ({narrative_id})": OWN_SHARE * value for name, value in events.items()}
    events[f"narrative: {narrative_id}"] = NARRATIVE_WEIGHT
    return events


def find_events(
    annotation: Annotation, narrative_id: str, codebook: Codebook, idf: Mapping[str, float]
) -> dict[str, float]:
    """What a passage tells beside the sides' names, as features of a narrative."""
    return name_events(find_told(annotation, codebook, idf), narrative_id)


def find_clarity(annotation: Annotation, narrative_id: str, roles: Roles, *, lead: float) -> dict[str, float]:
    """What tells whether one side is accused: the narrative, the roles with the sides made alike, and the leading side's lead."""
    shared = find_shared_clarity(annotation, roles)
    return shared | find_own_clarity(narrative_id, roles, shared, lead=lead)


def find_shared_clarity(annotation: Annotation, roles: Roles) -> dict[str, float]:
    """That part of it which is the same for all narratives."""
    found: dict[str, float] = {f"sides named: {_count_named(roles)}": 1.0}
    for name in dict.fromkeys(name for side in roles.values() for name in side):
        values = sorted([side.get(name, 0.0) for side in roles.values()])
        found[name] = values[-1]
        if values[0]:
            found[f"each: {name}"] = values[0]
    doers = sorted(sum(side.get(f"is: {name}", 0.0) for name in DOER) for side in roles.values())
    found["doers: most"], found["doers: least"] = doers[-1], doers[0]
    if not doers[-1]:
        found["no doer"] = 1.0
    return found | {f"says: {word}": 1.0 for word in spares_no_side(annotation)}


def find_own_clarity(narrative_id: str, roles: Roles, shared: Mapping[str, float], *, lead: float) -> dict[str, float]:
    """That part of it which is the narrative's own."""
    lead = min(lead, MOST_OF_LEAD)
    found = {
        f"about: {narrative_id}": 1.0,
        f"sides named: {_count_named(roles)} ({narrative_id})": 1.0,
        "lead": lead,
        f"lead: {narrative_id}": lead / 2,
    }
    return found | {f"no doer: {narrative_id}": 1.0} if "no doer" in shared else found


def _count_named(roles: Roles) -> int:
    return sum(bool(side) for side in roles.values())
