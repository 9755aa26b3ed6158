"""What became of the parts of a codebook: renamed, merged into another, split into several; known by what they share."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from framewire.codebook.model import Codebook

# A part descends from another if it holds so much of what the other held: a fifth of it is more than a set phrase.
# Source: judgement; half would lose a part that is split into three.
SHARE = 0.2

Traits = frozenset[tuple[str, ...]]
Parts = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Descent:
    """What became of parts: `kind` is renamed, merged or split, `old` and `new` are their ids. A split part may stay, too."""

    kind: str
    old: tuple[str, ...]
    new: tuple[str, ...]

    def __str__(self) -> str:
        return f"{', '.join(self.old)} -> {', '.join(self.new)}"


def find_descents(old: Codebook, new: Codebook) -> dict[str, list[Descent]]:
    """The descents among narratives, referents and the wordings of each referent, by place (`terminology.dam`)."""
    pairs: dict[str, tuple[Sequence[Any], Sequence[Any]]] = {
        "narratives": (old.narratives, new.narratives),
        "terminology": (old.terminology, new.terminology),
    }
    after = {referent.id: referent for referent in new.terminology}
    for referent in old.terminology:
        if referent.id in after:
            pairs[f"terminology.{referent.id}"] = (referent.wordings, after[referent.id].wordings)
    found = {
        place: find_part_descents({one.id: one for one in before}, {one.id: one for one in now})
        for place, (before, now) in pairs.items()
    }
    return {place: descents for place, descents in found.items() if descents}


def find_part_descents(old: Parts, new: Parts) -> list[Descent]:
    """The descents among parts of one kind, by id."""
    heirs = {name: _find_heirs(name, old, new) for name in old}
    parents: dict[str, list[str]] = {}
    for name, found in heirs.items():
        for heir in found:
            parents.setdefault(heir, []).append(name)
    descents = [
        Descent("merged", tuple(names), (heir,))
        for heir, names in parents.items()
        if (len(names) > 1 or heir in old) and all(len(heirs[name]) == 1 and name not in new for name in names)
    ]
    merged = {name for descent in descents for name in descent.old}
    for name, found in heirs.items():
        if name in new and found:
            descents.append(Descent("split", (name,), (name, *found)))
        elif len(found) > 1:
            descents.append(Descent("split", (name,), tuple(found)))
        elif found and name not in merged:
            descents.append(Descent("renamed", (name,), (found[0],)))
    return descents


def _find_heirs(name: str, old: Parts, new: Parts) -> list[str]:
    """The parts that hold what an old part holds no more, and did not hold it before."""
    had = list_traits(old[name])
    lost = had - list_traits(new[name]) if name in new else had
    if not lost:
        return []
    heirs = []
    for other, part in new.items():
        gained = list_traits(part) - (list_traits(old[other]) if other in old else frozenset())
        # What stays in the new codebook gives to new parts only: two that change alike exchange nothing.
        if other != name and (name not in new or other not in old) and len(lost & gained) >= SHARE * len(had):
            heirs.append(other)
    return heirs


def list_traits(part: Any) -> Traits:
    """What a part is known by: its phrases by language and its rules; without either the words of its definition."""
    if hasattr(part, "wordings"):
        return frozenset(trait for wording in part.wordings for trait in list_traits(wording))
    patterns = getattr(part, "patterns", None) or getattr(part, "indicators", None) or {}
    phrases = {
        (language, phrase) for language, listed in patterns.items() for pattern in listed for phrase in pattern.phrases
    }
    rules = {("include", rule) for rule in getattr(part, "include", ())}
    return frozenset(phrases | rules) or frozenset((word,) for word in getattr(part, "definition", "").lower().split())
