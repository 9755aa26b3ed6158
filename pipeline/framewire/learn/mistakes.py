"""The worst mistakes of a labeller on coded passages, each with its probable cause: the next plan for codebook and passages."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from framewire.codebook import Codebook
from framewire.learn.predictions import Predictions
from framewire.learn.training import TrainingSet

N_MISTAKES = 30
MOST_RULES_SHOWN = 3


def list_mistakes(
    data: TrainingSet, codebook: Codebook, predicted: Predictions, *, n: int = N_MISTAKES
) -> list[dict[str, Any]]:
    """The n worst mistakes: half of them assigned with the highest scores and not coded, half coded with the lowest scores.

    Each has `id` of the passage, `narrative`, `kind` (assigned, missed), `score` and `cause`.
    """
    half = n // 2
    wrong = sorted(_find(data, predicted, assigned=True), key=lambda cell: -predicted.scores[cell])[:half]
    missed = sorted(_find(data, predicted, assigned=False), key=lambda cell: predicted.scores[cell])[: n - half]
    return [
        {
            "id": data.passages[i].id,
            "narrative": codebook.narrative_ids[column],
            "kind": kind,
            "score": float(predicted.scores[i, column]),
            "cause": find_cause(data, codebook, predicted, i, column),
        }
        for kind, cells in (("assigned", wrong), ("missed", missed))
        for i, column in cells
    ]


def _find(data: TrainingSet, predicted: Predictions, *, assigned: bool) -> Iterator[tuple[int, int]]:
    cells = (predicted.assigned != data.y) & (predicted.assigned == assigned)
    yield from ((int(i), int(column)) for i, column in np.argwhere(cells))


def _explain_assigned(data: TrainingSet, codebook: Codebook, i: int, rules: str) -> Iterator[str]:
    coded = [codebook.narrative_ids[k] for k in np.flatnonzero(data.y[i])]
    if not data.relevant[i]:
        yield "another subject in the same words"
    elif coded:
        yield f"coded as {', '.join(coded)}"
    else:
        yield "the word is named, not the story told"
    yield f"rules that hold: {rules}" if rules else "its words alone"


def _explain_missed(codebook: Codebook, predicted: Predictions, i: int, rules: str) -> Iterator[str]:
    given = [codebook.narrative_ids[k] for k in np.flatnonzero(predicted.assigned[i])]
    if not predicted.relevant[i]:
        yield "taken for another subject"
    elif given:
        yield f"only {', '.join(given)} was seen"
    yield f"its words speak against the rules that hold: {rules}" if rules else "no rule knows this way of telling it"


def find_cause(data: TrainingSet, codebook: Codebook, predicted: Predictions, i: int, column: int) -> str:
    """Why the labeller was probably wrong about the narrative of a column in passage i."""
    narrative = codebook.narrative_ids[column]
    hits = [hit.pattern for hit in data.annotations[i].rules_of(narrative)]
    rules = ", ".join(f"'{pattern}'" for pattern in list(dict.fromkeys(hits))[:MOST_RULES_SHOWN])
    if predicted.assigned[i, column]:
        return "; ".join(_explain_assigned(data, codebook, i, rules))
    return "; ".join(_explain_missed(codebook, predicted, i, rules))
