"""Codings that a model doubts: it had not seen the passage, and says otherwise. One of the two is wrong."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from framewire.learn.held_out import HeldOut
from framewire.learn.label_noise import find_doubtful
from framewire.workflow.corrected_passages import find_coded_span
from framewire.workflow.model_records import get_row_in_use
from framewire.workflow.rivals import load_record
from framewire.workflow.workspace import Workspace

MAX_TEXT = 160


def find_doubts(workspace: Workspace, row: dict[str, Any] | None) -> dict[tuple[int, int, int], tuple[float, str]]:
    """How far each doubted coding of the store's passages is from the model's held-out score, and of which narrative.

    Empty where there is no model, or none that keeps what was held out.
    """
    record = load_record(workspace.config.models / row["name"], row["card"]) if row else None
    if record is None:
        return {}
    spans = ((find_coded_span(record.passages[i].id), doubt, name) for i, doubt, name, _ in _measure(record))
    return {span: (doubt, name) for span, doubt, name in spans if span}


def list_doubts(workspace: Workspace, *, size: int) -> list[dict[str, Any]]:
    """The coded passages, written ones too, that the model in use doubts most: what is coded, and its score without having seen it."""
    row = get_row_in_use(workspace)
    record = load_record(workspace.config.models / row["name"], row["card"]) if row else None
    found = sorted(_measure(record), key=lambda item: -item[1]) if record else []
    return [
        {
            "passage": record.passages[i].id,
            "narrative": name,
            "coded": "carried" if is_coded else "not carried",
            "score": round(abs(is_coded - doubt), 2),
            "coder": record.passages[i].coder or "unknown",
            "text": " ".join(record.passages[i].text.split())[:MAX_TEXT],
        }
        for i, doubt, name, is_coded in found[:size]
        if record
    ]


def _measure(record: HeldOut) -> Iterator[tuple[int, float, str, bool]]:
    """(passage, |score - code|, narrative, whether it is coded), of each passage with doubted codings the farthest one."""
    of_each = [{narrative.id for narrative in passage.narratives} for passage in record.passages]
    coded = np.array([[name in own for name in record.narratives] for own in of_each], bool)
    distance = np.where(find_doubtful(coded, record.scores), np.abs(record.scores - coded), 0)
    for i in np.flatnonzero(distance.any(axis=1)).tolist():
        k = int(distance[i].argmax())
        yield i, float(distance[i, k]), record.narratives[k], bool(coded[i, k])
