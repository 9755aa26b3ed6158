"""Is a model as good for one side as for the other? Scores by group of outlets, and what it says when names are exchanged.

Nothing may change when one variant of a place's name takes another's place. When the names of two sides are exchanged, who is
accused must change with them, and a narrative tied to one side must become its mirror.
"""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from framewire.codebook import Codebook
from framewire.label import Annotation, Labeller, NarrativeModel
from framewire.learn.predictions import Predictions
from framewire.learn.training import TrainingSet
from framewire.records import CodedPassage, LabelState

Weights = NDArray[np.float64]
Interval = Callable[[Weights], list[float]]


def exchange_places(annotation: Annotation, codebook: Codebook, *, language: str) -> str:
    """The text with each name of a place replaced by the next variant of it; the same text if none is named."""
    places = {place.id: place.list_plain_names(language) for place in codebook.places}
    pieces, done = [], 0
    for hit in annotation.names:
        if hit.kind == "place" and hit.key[0] in places:
            start, end = annotation.text.span(hit.start, hit.end)
            pieces += [annotation.original[done:start], _next_name(annotation.original[start:end], places[hit.key[0]])]
            done = end
    return "".join([*pieces, annotation.original[done:]])


def exchange_sides(text: str, codebook: Codebook, *, language: str) -> str:
    """The text with the names of the codebook's `exchanges` in each other's place; capitals stay as they were."""
    pairs = codebook.exchanges.get(language, ())
    other = {a: b for pair in pairs for a, b in (pair, pair[::-1])}
    if not other:
        return text
    names = re.compile(rf"\b(?:{'|'.join(sorted(map(re.escape, other), key=len, reverse=True))})\b")
    return names.sub(lambda match: other[match.group()], text)


def count_exchanges(model: NarrativeModel, passages: Sequence[CodedPassage]) -> Counter[str]:
    """What the labels of passages do when names are exchanged.

    `labels` and `flips`: labels with either of two place names, and those that only one of them gives. `bound` and `mirrored`:
    labels of a narrative tied to one side that has a mirror, and those that become the mirror. `accused` and `followed`: sided
    labels that stay, accusing one side, and those that then accuse the other.
    """
    codebook, language = model.codebook, model.language
    labeller = Labeller(codebook, model)
    counts: Counter[str] = Counter()

    def read(text: str) -> dict[str, str | None]:
        labels = labeller.label_passage(text, language=language).narratives
        return {label.narrative: label.accused for label in labels if label.state is not LabelState.ABSTAINED}

    for passage, annotation in zip(passages, model.annotate([p.text for p in passages]), strict=True):
        before = read(passage.text)
        if (renamed := exchange_places(annotation, codebook, language=language)) != passage.text:
            after = read(renamed)
            counts["labels"] += len(before.keys() | after.keys())
            counts["flips"] += len(before.keys() ^ after.keys())
        if (turned := exchange_sides(passage.text, codebook, language=language)) != passage.text:
            counts.update(_compare_sides(before, read(turned), codebook))
    return counts


def report_exchanges(counts: Counter[str]) -> dict[str, Any]:
    """The shares of what was counted, with their n; None where n is 0."""
    parts = {"place_flips": ("flips", "labels"), "mirrored": ("mirrored", "bound"), "followed": ("followed", "accused")}
    return {
        name: {"share": counts[part] / counts[whole] if counts[whole] else None, "n": counts[whole]}
        for name, (part, whole) in parts.items()
    }


def score_groups(
    data: TrainingSet, codebook: Codebook, predicted: Predictions, weights: Weights, *, interval: Interval
) -> dict[str, Any]:
    """Precision and recall of the narratives in the outlets of each side, and the difference of the first two, with intervals.

    Which outlets are a side's says `outlets` in the codebook; empty if it does not say so for two sides.
    """
    groups = {side.id: side.outlets for side in codebook.sides if side.outlets}
    if len(groups) < 2:
        return {}
    found: dict[str, dict[str, Any]] = {}
    values = {}
    for side, outlets in groups.items():
        rows = np.array([passage.side == outlets for passage in data.passages])
        hits, said, true = (
            counts[rows].sum(axis=1) for counts in (predicted.assigned & data.y, predicted.assigned, data.y)
        )
        drawn = weights[:, rows]
        values[side] = {
            "precision": drawn @ hits / np.maximum(drawn @ said, 1),
            "recall": drawn @ hits / np.maximum(drawn @ true, 1),
        }
        found[side] = {
            "outlets": outlets,
            "passages": int(rows.sum()),
            "precision": float(hits.sum() / max(said.sum(), 1)),
            "recall": float(hits.sum() / max(true.sum(), 1)),
        }
    one, other = list(groups)[:2]
    difference = {
        measure: {
            "value": found[one][measure] - found[other][measure],
            "interval": interval(values[one][measure] - values[other][measure]),
        }
        for measure in ("precision", "recall")
    }
    return {"sides": found, "difference": difference, "of": [one, other]}


def _compare_sides(before: dict[str, str | None], after: dict[str, str | None], codebook: Codebook) -> Counter[str]:
    counts: Counter[str] = Counter()
    for name, accused in before.items():
        narrative = codebook.get_narrative(name)
        if narrative.bound_to and narrative.mirror:
            counts["bound"] += 1
            counts["mirrored"] += narrative.mirror in after
        elif narrative.sided and accused in codebook.side_ids and after.get(name) is not None:
            counts["accused"] += 1
            counts["followed"] += after[name] in codebook.side_ids and after[name] != accused
    return counts


def _next_name(name: str, variants: Sequence[str]) -> str:
    """The variant behind this one in the list, in a circle; an inflected or possessive form stays as it is."""
    known = [variant.lower() for variant in variants]
    if name.lower() not in known:
        return name
    return variants[(known.index(name.lower()) + 1) % len(variants)]
