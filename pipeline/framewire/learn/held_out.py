"""What a model was trained on, and what was said of each of these passages without its story: kept beside the model.

The file is `training.jsonl.gz` in the model's folder, one passage a line. It is read as data and never executed.
"""

import gzip
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from framewire.errors import OutputError
from framewire.files import describe_refusal, write_whole
from framewire.label import NarrativeModel
from framewire.label.narratives import Scores
from framewire.learn.passages import digest_passages
from framewire.records import CodedNarrative, CodedPassage, Voice

TRAINING_FILE = "training.jsonl.gz"
# Scores are told to so many places; a threshold is compared before they are cut.
_PLACES = 4
# A file that unpacks to more is none of ours. Source: 5,000 passages make 4 MB.
MAX_BYTES = 512 * 1024 * 1024


class Reading(NamedTuple):
    """The voice in which a narrative is told, and whom it accuses: a side's id, `both`, `unclear`, or None if it is not sided."""

    voice: Voice
    accused: str | None


@dataclass(frozen=True)
class HeldOut:
    """Passages and what is said of them by a model that has not seen their stories.

    `relevant` (n_passages,), `assigned` and `scores` (n_passages, n_narratives); `narratives` are the columns. `readings` are
    of the coded narratives, by passage and narrative; empty if nobody has asked for them yet, because they take some time.
    """

    passages: tuple[CodedPassage, ...]
    narratives: tuple[str, ...]
    relevant: NDArray[np.bool_]
    assigned: NDArray[np.bool_]
    scores: NDArray[np.float64]
    readings: Mapping[tuple[int, str], Reading] = field(default_factory=dict)

    def readings_of(self, i: int) -> dict[str, Reading]:
        """The voice and accused side of each coded narrative of a passage, by narrative."""
        names = (narrative.id for narrative in self.passages[i].narratives)
        return {name: self.readings[i, name] for name in names if (i, name) in self.readings}


def decide_held_out(model: NarrativeModel, passages: Sequence[CodedPassage], scores: Scores) -> HeldOut:
    """What the model's thresholds make of held-out scores."""
    return HeldOut(
        tuple(passages),
        model.narratives,
        scores.relevance >= model.relevance_threshold,
        model.assign(scores),
        scores.narratives,
    )


def score_unseen(model: NarrativeModel, passages: Sequence[CodedPassage]) -> HeldOut:
    """What a model says of passages that it was not trained on."""
    return decide_held_out(model, passages, model.predict_scores(model.annotate([p.text for p in passages])))


def save_held_out(folder: Path, held_out: HeldOut) -> None:
    """Writes the passages and what was said of them into a model's folder. Raises OutputError."""
    lines = "\n".join(json.dumps(_as_line(held_out, i), ensure_ascii=False) for i in range(len(held_out.passages)))
    try:
        # No time in the header: the same training writes the same bytes.
        write_whole(folder / TRAINING_FILE, gzip.compress(f"{lines}\n".encode(), mtime=0), mode=0o644)
    except OSError as error:
        raise OutputError(describe_refusal(error, folder)) from error


def load_held_out(folder: Path, *, narratives: Sequence[str], digest: str) -> HeldOut | None:
    """What `save_held_out` wrote; None if it is not there, cannot be read, or is of other passages than `digest` names."""
    try:
        with gzip.open(folder / TRAINING_FILE, "rb") as file:
            content = file.read(MAX_BYTES)
        lines = [json.loads(line) for line in content.decode().splitlines()]
        passages = tuple(_as_passage(line) for line in lines)
        shape = (len(lines), len(narratives))
        found = HeldOut(
            passages,
            tuple(narratives),
            np.array([line["held_out"]["relevant"] for line in lines], bool),
            np.array([[name in line["held_out"]["assigned"] for name in narratives] for line in lines], bool).reshape(
                shape
            ),
            np.array([[line["held_out"]["scores"][name] for name in narratives] for line in lines], float).reshape(
                shape
            ),
            {
                (i, name): Reading(Voice(voice), accused)
                for i, line in enumerate(lines)
                for name, (voice, accused) in line["held_out"].get("readings", {}).items()
            },
        )
    except (OSError, EOFError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return found if digest_passages(passages) == digest else None


def _as_line(held_out: HeldOut, i: int) -> dict[str, Any]:
    passage = held_out.passages[i]
    return {
        "id": passage.id,
        "text": passage.text,
        "relevant": passage.relevant,
        "narratives": [{"id": n.id, "voice": n.voice.value, "accused": n.accused} for n in passage.narratives],
        "register": passage.register,
        "side": passage.side,
        "story": passage.story,
        "coder": passage.coder,
        "language": passage.extra.get("language"),
        "weight": passage.weight,
        "held_out": {
            "relevant": bool(held_out.relevant[i]),
            "assigned": [name for name, yes in zip(held_out.narratives, held_out.assigned[i], strict=True) if yes],
            "scores": {
                name: round(float(score), _PLACES)
                for name, score in zip(held_out.narratives, held_out.scores[i], strict=True)
            },
            "readings": {
                n.id: held_out.readings[i, n.id] for n in passage.narratives if (i, n.id) in held_out.readings
            },
        },
    }


def _as_passage(line: dict[str, Any]) -> CodedPassage:
    return CodedPassage(
        line["id"],
        line["text"],
        line["relevant"],
        tuple(CodedNarrative(n["id"], Voice(n["voice"]), n["accused"]) for n in line["narratives"]),
        register=line["register"],
        side=line["side"],
        story=line["story"],
        coder=line["coder"],
        extra={"language": line["language"]} if line["language"] else {},
        weight=line["weight"],
    )
