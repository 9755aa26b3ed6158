"""What yes and no to "Is this X?" come to, by command, by reply and on the pages alike.

X is the narrative that was asked by name, else the one that the model left open in the passage.
"""

from collections.abc import Iterable
from typing import Any

from framewire.codebook import Codebook
from framewire.errors import InputError
from framewire.learn.corrections import Verdict
from framewire.records import CodedNarrative, LabelledSpan, LabelState, Voice


def read_labels(span: LabelledSpan) -> Verdict:
    """What the model says of a span: what it assigned, without what it left open."""
    firm = [label for label in span.labels["narratives"] if label["state"] != LabelState.ABSTAINED.value]
    return Verdict(bool(span.labels["relevant"]), tuple(map(_as_coded, firm)))


def find_open(labels: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Those of some labels that the model left open."""
    return [label for label in labels if label["state"] == LabelState.ABSTAINED.value]


def say_yes(before: Verdict, span: LabelledSpan, codebook: Codebook, *, name: str, asked: str | None) -> Verdict:
    """What was said before, and the narrative that was asked. Where nothing is left open, all is right as it is.

    Raises:
        InputError: several are left open and none was named, or the model no longer labels the one that was.
    """
    every = span.labels["narratives"]
    labels = [one for one in every if one["id"] == asked] if asked else find_open(every)
    labels = [one for one in labels if one["id"] in codebook.narrative_ids]
    carried = {one.id: one for one in before.narratives}
    if asked in carried:
        return before
    if asked and not labels:
        raise InputError(
            f"{name}: the model labels no {asked} there any more; say how it is told: fix {name} {asked}=asserted"
        )
    if len(labels) > 1:
        names = ", ".join(one["id"] for one in labels)
        raise InputError(
            f"{name}: several are left open, {names}; say which: fix {name} {labels[0]['id']}=asserted, or no {name}"
        )
    for one in labels:
        carried.setdefault(one["id"], _as_coded(one))
    told = tuple(carried[one] for one in codebook.narrative_ids if one in carried)
    return before if told == before.narratives else Verdict(True, told)


def say_no(before: Verdict, span: LabelledSpan, *, name: str, asked: str | None) -> Verdict:
    """What was said before, without what was asked: all that is left open, or else the only label there is.

    Raises:
        InputError: nothing was named or left open, and there is no label, or more than one.
    """
    every = span.labels["narratives"]
    named = [asked] if asked else [one["id"] for one in find_open(every)]
    names = named or [one["id"] for one in every]
    if not names:
        raise InputError(
            f"{name}: no narrative is asked there; say what it carries, or none, or irrelevant: fix {name}"
        )
    if not named and len(names) > 1:
        raise InputError(f"{name}: it carries {', '.join(names)}; say which is wrong: fix {name} -{names[0]}")
    return before._replace(narratives=tuple(one for one in before.narratives if one.id not in names))


def _as_coded(label: dict[str, Any]) -> CodedNarrative:
    return CodedNarrative(label["id"], Voice(label["voice"]), label["accused"])
