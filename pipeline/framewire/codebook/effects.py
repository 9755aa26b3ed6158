"""What changes of a codebook mean for what is labelled and coded: what is stale, and what can be carried over."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from framewire.codebook.diff import Change, diff_codebooks
from framewire.codebook.lineage import find_descents
from framewire.codebook.model import Codebook

# Fields that say what coders code; all others say how labels are found.
_MEANING = ("label", "definition", "note", "include", "exclude", "document")
STAYS, YES_STALE, NO_STALE, BOTH_STALE = "stays", "what carries it", "what does not carry it", "all"


@dataclass(frozen=True, slots=True)
class Effect:
    """What one change makes stale.

    `part` is the narrative's or `referent/wording`'s id. `codings` says which codings by coders are stale, one of `STAYS`,
    `YES_STALE`, `NO_STALE`, `BOTH_STALE`; `labels_stale` whether labels by rules and model are.
    """

    change: Change
    part: str
    codings: str
    labels_stale: bool


def find_effects(old: Codebook, new: Codebook) -> list[Effect]:
    """The effect of each change of a narrative or wording, in the order of `diff_codebooks`."""
    return [_judge(change) for change in diff_codebooks(old, new)]


def find_renames(old: Codebook, new: Codebook) -> dict[str, str]:
    """The new id of each narrative that was renamed or merged: what was coded as the one is coded as the other."""
    descents = find_descents(old, new).get("narratives", [])
    return {name: one.new[0] for one in descents if one.kind in ("renamed", "merged") for name in one.old}


def find_stale_codes(effects: Iterable[Effect]) -> Mapping[str, str]:
    """Of each narrative the codings that are stale: the worst of its changes."""
    found: dict[str, str] = {}
    for effect in effects:
        if effect.change.place.startswith("narratives.") and effect.codings != STAYS:
            known = found.get(effect.part, effect.codings)
            found[effect.part] = effect.codings if known == effect.codings else BOTH_STALE
    return found


def _judge(change: Change) -> Effect:
    kind, _, rest = change.place.partition(".")
    if kind not in ("narratives", "terminology"):
        # The version's number and the title decide nothing; anchors, actors, places and contexts do.
        return Effect(change, "", STAYS, labels_stale=kind not in ("version", "title"))
    name, _, field = rest.partition(".")
    wording, _, inner = field.partition(".")
    is_wording = kind == "terminology" and wording not in ("", "label", "note", "since", "until", "place_name")
    part, field = (f"{name}/{wording}", inner) if is_wording else (name, field)
    field = field.partition(".")[0]
    if not field:
        return Effect(change, part, _judge_part(change.kind), labels_stale=True)
    if field not in _MEANING:
        return Effect(change, part, BOTH_STALE if field in ("sided", "bound_to") else STAYS, labels_stale=True)
    codings = {"widened": NO_STALE, "narrowed": YES_STALE}.get(change.kind, STAYS)
    return Effect(change, part, codings, labels_stale=False)


def _judge_part(kind: str) -> str:
    return {"added": NO_STALE, "removed": YES_STALE, "split": YES_STALE}.get(kind, STAYS)
