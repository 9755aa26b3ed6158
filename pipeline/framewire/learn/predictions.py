"""What a labeller says of coded passages, as arrays beside their codes."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from framewire.codebook import Codebook
from framewire.label import Labeller, NarrativeModel
from framewire.records import CodedPassage, LabelState, Voice

Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Predictions:
    """What a labeller says of the passages: relevant (n,), assigned, abstained and scores (n, k), voices and accused by cell."""

    relevant: Flags
    assigned: Flags
    abstained: Flags
    scores: NDArray[np.float64]
    voices: dict[tuple[int, str], Voice]
    accused: dict[tuple[int, str], str | None]


def predict_with(
    labeller: Labeller, codebook: Codebook, passages: Sequence[CodedPassage], *, language: str = "en"
) -> Predictions:
    """The labeller's answers for the passages' texts."""
    shape = (len(passages), len(codebook.narrative_ids))
    relevant, assigned, abstained, scores = (
        np.zeros(len(passages), bool),
        np.zeros(shape, bool),
        np.zeros(shape, bool),
        np.zeros(shape),
    )
    voices: dict[tuple[int, str], Voice] = {}
    accused: dict[tuple[int, str], str | None] = {}
    for i, labels in enumerate(labeller.label_passages([passage.text for passage in passages], language=language)):
        relevant[i] = labels.relevant
        for label in labels.narratives:
            column = codebook.narrative_ids.index(label.narrative)
            scores[i, column] = label.score
            assigned[i, column] = label.state is not LabelState.ABSTAINED
            abstained[i, column] = label.state is LabelState.ABSTAINED
            voices[i, label.narrative], accused[i, label.narrative] = label.voice, label.accused
    return Predictions(relevant, assigned, abstained, scores, voices, accused)


def predict_with_model(model: NarrativeModel, passages: Sequence[CodedPassage]) -> Predictions:
    """The answers of a model through the whole labeller, with the scores of every narrative, assigned or not."""
    found = predict_with(Labeller(model.codebook, model), model.codebook, passages, language=model.language)
    scores = model.predict_scores(model.annotate([passage.text for passage in passages])).narratives
    return Predictions(found.relevant, found.assigned, found.abstained, scores, found.voices, found.accused)


def join_predictions(parts: Sequence[Predictions]) -> Predictions:
    """The predictions of several sets of passages, one behind the other."""
    offsets = np.cumsum([0, *(len(part.relevant) for part in parts)])
    return Predictions(
        np.concatenate([part.relevant for part in parts]),
        np.concatenate([part.assigned for part in parts]),
        np.concatenate([part.abstained for part in parts]),
        np.concatenate([part.scores for part in parts]),
        {
            (i + int(o), n): voice
            for part, o in zip(parts, offsets, strict=False)
            for (i, n), voice in part.voices.items()
        },
        {
            (i + int(o), n): side
            for part, o in zip(parts, offsets, strict=False)
            for (i, n), side in part.accused.items()
        },
    )
