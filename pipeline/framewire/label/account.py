"""One passage as the accused side is read from it: what all of its narratives share is found once."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from framewire.codebook import Codebook, Narrative
from framewire.label.accused import (
    ONE_SIDE,
    AccusedModel,
    Roles,
    find_own_clarity,
    find_shared_clarity,
    find_told,
    name_events,
)
from framewire.label.accused_roles import find_roles
from framewire.label.terms import Annotation
from framewire.records import UNCLEAR


@dataclass(frozen=True, slots=True)
class AccusedReading:
    """Who is accused in an account.

    `answer` is `one side`, `both` or `unclear`; `lead` is how far the side with the highest of `scores` is ahead of the next.
    """

    narrative: str
    accused: str
    answer: str
    lead: float
    scores: Mapping[str, float]


class Account:
    """Says who is accused in one passage, by a model's weights."""

    def __init__(self, model: AccusedModel, annotation: Annotation, codebook: Codebook) -> None:
        self._model = model
        self._annotation = annotation
        self._codebook = codebook

    def accuse(self, narrative: Narrative) -> str | None:
        """A side's id, `both` or `unclear`; None if the narrative is not sided."""
        if not narrative.sided:
            return None
        return narrative.bound_to or self.read(narrative).accused

    def read(self, narrative: Narrative) -> AccusedReading:
        """What an account says of each side, and who is accused by it; for sided narratives that are bound to no side."""
        told, answers = self._model.weigh_told(self._told, narrative.id)
        scores = {side: score + told.get(side, 0.0) for side, score in self._role_scores.items()}
        if len(set(scores.values())) < 2:
            return AccusedReading(narrative.id, UNCLEAR, UNCLEAR, 0.0, scores)
        ranked = sorted(scores.values(), reverse=True)
        lead = ranked[0] - ranked[1]
        answer = self._answer(narrative.id, lead, answers)
        accused = max(scores, key=lambda side: scores[side]) if answer == ONE_SIDE else answer
        return AccusedReading(narrative.id, accused, answer, lead, scores)

    def weigh(self, reading: AccusedReading) -> list[tuple[str | None, str, float]]:
        """(side, role or what the passage tells, what it adds to the lead); the sum is the lead.

        The side is the one of which more of the role is found, None for what is told beside the sides' names.
        """
        ranked = sorted(reading.scores, key=lambda side: -reading.scores[side])
        if len(ranked) < 2:
            return []
        first, second = ranked[:2]
        ours, theirs = self._roles[first], self._roles[second]
        found: list[tuple[str | None, str, float]] = []
        for name in dict.fromkeys((*ours, *theirs)):
            apart = ours.get(name, 0.0) - theirs.get(name, 0.0)
            found.append((first if apart > 0 else second, name, self._model.weights.get(name, 0.0) * apart))
        told, other = (self._model.events.get(side, {}) for side in (first, second))
        for name, value in name_events(self._told, reading.narrative).items():
            found.append((None, name, (told.get(name, 0.0) - other.get(name, 0.0)) * value))
        return found

    def _answer(self, narrative_id: str, lead: float, told: Mapping[str, float]) -> str:
        """Whether one side is accused, both or nobody clearly; `told`: what the passage's words add to each answer."""
        starts = self._model.intercepts
        if not starts:
            return ONE_SIDE
        own = self._model.weigh_clarity(find_own_clarity(narrative_id, self._roles, self._clarity, lead=lead))
        parts = (own, self._clarity_sums, told)
        return max(starts, key=lambda answer: starts[answer] + sum(part.get(answer, 0.0) for part in parts))

    @cached_property
    def _roles(self) -> Roles:
        return find_roles(self._annotation, self._codebook)

    @cached_property
    def _role_scores(self) -> dict[str, float]:
        return self._model.weigh_roles(self._roles)

    @cached_property
    def _told(self) -> dict[str, float]:
        return find_told(self._annotation, self._codebook, self._model.idf)

    @cached_property
    def _clarity(self) -> dict[str, float]:
        return find_shared_clarity(self._annotation, self._roles)

    @cached_property
    def _clarity_sums(self) -> dict[str, float]:
        return self._model.weigh_clarity(self._clarity)
