"""Versions of articles, their passages, and what is said of these."""

from dataclasses import dataclass
from datetime import datetime

from framewire.records.states import LabelState, Voice


@dataclass(frozen=True, slots=True)
class ArticleVersion:
    """One stored wording of one article: the unit that is labelled.

    `text` is title, newline, body (or the title alone); `title_end` is where the title ends in it.
    """

    version_id: int
    article_id: int
    number: int
    outlet_id: str
    url: str | None
    language: str
    text: str
    title_end: int
    text_hash: str
    first_seen_at: datetime
    seen_at: datetime
    published_at: datetime | None = None

    @property
    def title(self) -> str:
        """The headline."""
        return self.text[: self.title_end]


@dataclass(frozen=True, slots=True)
class Passage:
    """The unit of coding: headline + lead (position 0), or a paragraph of 1-4 sentences."""

    position: int
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class TermMention:
    """One match of a wording. `text` is the surface; `passage` the position of the passage it stands in."""

    referent: str
    wording: str
    start: int
    end: int
    text: str
    pattern: str
    voice: Voice = Voice.ASSERTED
    speaker: str | None = None
    passage: int = 0


@dataclass(frozen=True, slots=True)
class NarrativeLabel:
    """One narrative of one passage. `accused` is None unless the narrative is sided.

    `evidence` names what weighed most: `("rule: blockade* of the corridor", "word: starv")`.
    """

    narrative: str
    score: float
    state: LabelState
    voice: Voice
    accused: str | None = None
    speaker: str | None = None
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PassageLabels:
    """All that is said of one passage."""

    passage: Passage
    relevant: bool
    relevance: float
    narratives: tuple[NarrativeLabel, ...] = ()
    mentions: tuple[TermMention, ...] = ()


@dataclass(frozen=True, slots=True)
class LabelledVersion:
    """The labels of one version by one model and one codebook. `model_id` None = terms and rules only."""

    version_id: int
    state: LabelState
    passages: tuple[PassageLabels, ...] = ()
    note: str | None = None
