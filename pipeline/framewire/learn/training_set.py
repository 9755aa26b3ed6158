"""Coded passages as arrays, and their folds: whole stories stay together."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import GroupKFold

from framewire.codebook import Codebook
from framewire.errors import InputError
from framewire.label import Annotation, TermMatcher
from framewire.records import CodedPassage

N_FOLDS = 5
_IF_ALL_RELEVANT = (
    " If every text that you watch is on the subject, leave its anchors empty: `relevance: {anchors: {}}`."
)


@dataclass(frozen=True, slots=True)
class TrainingSet:
    """Passages with their annotations and codes. `y` is (n_passages, n_narratives), `groups` the stories.

    `weights` is how much each passage counts in fitting, (n_passages,).
    """

    passages: Sequence[CodedPassage]
    annotations: Sequence[Annotation]
    relevant: NDArray[np.bool_]
    y: NDArray[np.bool_]
    groups: NDArray[np.int64]
    weights: NDArray[np.float64]

    def take(self, rows: NDArray[np.int64]) -> "TrainingSet":
        """The set's rows."""
        return TrainingSet(
            [self.passages[i] for i in rows],
            [self.annotations[i] for i in rows],
            self.relevant[rows],
            self.y[rows],
            self.groups[rows],
            self.weights[rows],
        )


def build_training_set(passages: Sequence[CodedPassage], codebook: Codebook, *, language: str = "en") -> TrainingSet:
    """The passages annotated and their codes as arrays; a passage without a story is a story of its own."""
    annotations = TermMatcher(codebook).annotate_all([passage.text for passage in passages], language=language)
    y = np.array(
        [[any(n.id == narrative for n in p.narratives) for narrative in codebook.narrative_ids] for p in passages],
        dtype=bool,
    )
    stories = {story: i for i, story in enumerate(dict.fromkeys(p.story or p.id for p in passages))}
    groups = np.array([stories[p.story or p.id] for p in passages])
    return TrainingSet(
        passages,
        annotations,
        np.array([p.relevant for p in passages]),
        y.reshape(len(passages), len(codebook.narrative_ids)),
        groups,
        np.array([passage.weight for passage in passages], dtype=np.float64),
    )


def split_by_story(data: TrainingSet, random_state: int) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """(train, test) rows of each fold; passages of one story are never on both sides."""
    folds = GroupKFold(n_splits=N_FOLDS, shuffle=True, random_state=random_state)
    return list(folds.split(np.zeros(len(data.passages)), groups=data.groups))


def check_passages(passages: Sequence[CodedPassage], codebook: Codebook, *, name: str = "training") -> None:
    """Nothing, if a model can be trained on the passages; `name` is where they lie.

    A codebook without anchors tells no subject from others: its passages may all be relevant, and then everything is.

    Raises:
        InputError: too few stories, or none relevant, or none irrelevant though the codebook has anchors.
    """
    n_stories, needed = len({passage.story or passage.id for passage in passages}), 2 * N_FOLDS
    if n_stories < needed:
        raise InputError(
            f"{name}: {len(passages)} coded passages of {n_stories} stories are too few. Code passages of at least {needed} stories."
        )
    n_relevant = sum(passage.relevant for passage in passages)
    if n_relevant == 0 or (n_relevant == len(passages) and codebook.relevance.anchors):
        raise InputError(
            f"{name}: relevant and irrelevant passages are needed, {n_relevant} of {len(passages)} are relevant. "
            f"Code some of the missing kind.{'' if n_relevant == 0 else _IF_ALL_RELEVANT}"
        )
