"""What coders say of passages, and what they are offered."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from framewire.records.states import Voice

WITHDRAWN = "withdrawn"
"""The key in `replaces` of a coding that takes another back."""


@dataclass(frozen=True, slots=True)
class CodedNarrative:
    """A narrative as a coder coded it."""

    id: str
    voice: Voice = Voice.ASSERTED
    accused: str | None = None


@dataclass(frozen=True, slots=True)
class CodedPassage:
    """A passage as a coder coded it: the unit of training and evaluation. `weight` is how much it counts in training."""

    id: str
    text: str
    relevant: bool
    narratives: tuple[CodedNarrative, ...] = ()
    register: str | None = None
    side: str | None = None
    story: str | None = None
    coder: str | None = None
    extra: dict[str, object] = field(default_factory=dict, compare=False)
    weight: float = 1.0


class CodingOrigin(StrEnum):
    """Where a coding comes from."""

    QUEUE = "queue"
    AUDIT = "audit"
    REPLY = "reply"
    FILE = "file"
    WEB = "web"
    COMMAND = "command"
    ADJUDICATION = "adjudication"
    NOTEBOOK = "notebook"


@dataclass(frozen=True, slots=True)
class Coding:
    """What one coder says of one span of one stored text at one time; a whole text is the span from 0 to its end.

    `blind`: the coder had not seen what a model says of it. `replaces` holds the labels as they were: `labelling_id`,
    `model`, `relevant`, `narratives`; None in it = there were none. With `withdrawn` it takes the coder's word back.
    """

    version_id: int
    start: int
    end: int
    text_hash: str
    coder: str
    coded_at: datetime
    codebook_row_id: int
    origin: CodingOrigin
    blind: bool
    relevant: bool
    narratives: tuple[CodedNarrative, ...] = ()
    replaces: dict[str, Any] = field(default_factory=dict)
    note: str | None = None

    @property
    def is_withdrawal(self) -> bool:
        """Whether the coder only takes back what they had said: then nothing of theirs counts."""
        return bool(self.replaces.get(WITHDRAWN))


@dataclass(frozen=True, slots=True)
class StoredCoding:
    """A coding as it is stored, with what it is about. `text` is the span's."""

    id: int
    coding: Coding
    article_id: int
    outlet_id: str
    language: str
    text: str
    is_whole: bool


@dataclass(frozen=True, slots=True)
class QueueItem:
    """A span that a coder is asked to code, and why. `coder` None = whoever reads the summary."""

    batch: str
    version_id: int
    start: int
    end: int
    coder: str | None
    reason: str
    strategy: str
    position: int
    offered_at: datetime
    blind: bool
    done_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class LabelledSpan:
    """A passage of a stored text, or all of it, with the labels of its newest labelling.

    `position` is None for a whole text. `labels` has `relevant`, and `narratives` as `id, voice, accused, score, state`.
    """

    version_id: int
    number: int
    position: int | None
    start: int
    end: int
    text: str
    labelling_id: int
    model: str
    labels: dict[str, Any]
