"""Who is held responsible in a passage's account: from the actors and the roles that the words around them give them.

One set of weights serves every side, so exchanging the sides in a text exchanges the answer.
"""

import math
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from framewire.codebook import Codebook, Narrative
from framewire.label.terms import Annotation

UNCLEAR = "unclear"
BOTH = "both"
# How many words on each side of a name tell its role.
# Source: grouped cross-validation on the training passages: 3 beat 4 and 6, stems of 4 to 6 letters differ little.
REACH = 3
# So many letters of a word stand for its forms: "attacked", "attacks", "attacking".
STEM_LETTERS = 6
_WORD = re.compile(r"[\w']+")


@dataclass(frozen=True)
class AccusedModel:
    """Weights of the words around a side's names (positive = the side does it), and of what makes an account name a culprit.

    `clear` weighs the passage's words with both sides' names alike, and the narrative; below 0 nobody is accused clearly.
    `unnamed` is whom a narrative's passages accuse when they name no side at all: what coders took from the events themselves.
    """

    weights: Mapping[str, float] = field(default_factory=dict)
    clear: Mapping[str, float] = field(default_factory=dict)
    clear_intercept: float = 0.0
    unnamed: Mapping[str, str] = field(default_factory=dict)

    def predict(self, annotation: Annotation, narrative: Narrative, codebook: Codebook) -> str | None:
        """A side's id, `both` or `unclear`; None if the narrative is not sided."""
        if not narrative.sided:
            return None
        if narrative.bound_to:
            return narrative.bound_to
        scores = self.score_sides(annotation, codebook)
        if not scores:
            return self.unnamed.get(narrative.id, UNCLEAR)
        ranked = sorted(scores.values(), reverse=True)
        if ranked[0] == ranked[-1] or not self.is_clear(annotation, narrative.id, codebook):
            return UNCLEAR
        return max(scores, key=lambda side: scores[side])

    def is_clear(self, annotation: Annotation, narrative_id: str, codebook: Codebook) -> bool:
        """Whether the account holds one side responsible, whichever."""
        features = find_clarity(annotation, narrative_id, codebook)
        return self.clear_intercept + sum(self.clear.get(name, 0.0) * value for name, value in features.items()) >= 0

    def score_sides(self, annotation: Annotation, codebook: Codebook) -> dict[str, float]:
        """The weight of each side's roles; empty if nothing is known of any."""
        features = find_roles(annotation, codebook)
        if not any(features.values()):
            return {}
        return {
            side: sum(self.weights.get(name, 0.0) * value for name, value in roles.items())
            for side, roles in features.items()
        }


def find_clarity(annotation: Annotation, narrative_id: str, codebook: Codebook) -> dict[str, float]:
    """The narrative, and the words around the sides' names with the sides made alike."""
    roles = find_roles(annotation, codebook)
    found = {f"narrative: {narrative_id}": 1.0, "sides named": float(sum(bool(side) for side in roles.values()))}
    for side in roles.values():
        for name, value in side.items():
            found[name] = max(found.get(name, 0.0), value)
    return found


def find_roles(annotation: Annotation, codebook: Codebook) -> dict[str, dict[str, float]]:
    """For each side, the words around its names: `l1:by`, `r1:shelled`, `l:against`, each weighed log(1 + count)."""
    side_of = {actor.id: actor.side for actor in codebook.actors}
    words = _words_with_names(annotation, side_of)
    counts: dict[str, Counter[str]] = {side: Counter() for side in codebook.side_ids}
    for i, (_, side, _) in enumerate(words):
        if side in counts:
            counts[side].update(_role_features(words, i, side))
    return {side: {name: math.log1p(count) for name, count in counter.items()} for side, counter in counts.items()}


def _words_with_names(annotation: Annotation, side_of: Mapping[str, str | None]) -> list[tuple[str, str | None, int]]:
    """(word, side or None, start) in order; a name is one word."""
    names = {hit.start: hit for hit in annotation.names if hit.kind == "actor" and side_of[hit.key[0]]}
    words: list[tuple[str, str | None, int]] = []
    skip_to = 0
    for match in _WORD.finditer(annotation.text.text):
        if match.start() < skip_to:
            continue
        hit = names.get(match.start())
        if hit:
            skip_to = hit.end
            words.append((annotation.text.text[hit.start : hit.end], side_of[hit.key[0]], hit.start))
        else:
            words.append((match.group(), None, match.start()))
    return words


def _role_features(words: list[tuple[str, str | None, int]], at: int, side: str) -> list[str]:
    found = ["named"]
    name = words[at][0]
    found.append("people" if name.endswith(("s", "ns", "is")) else "state")
    for offset in range(1, REACH + 1):
        for direction, i in (("l", at - offset), ("r", at + offset)):
            if 0 <= i < len(words):
                word, other, _ = words[i]
                token = "<same>" if other == side else "<other>" if other else word[:STEM_LETTERS]
                found += [f"{direction}{min(offset, 2)}:{token}", f"{direction}:{token}"]
    return found
