"""The parts of a codebook, as checked values."""

from collections.abc import Iterator
from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

SLUG = r"^[a-z0-9][a-z0-9_]*$"
# Source: reliability anchors, P19: patterns are literals with wildcards, at most 500 characters, never regular expressions.
MAX_PATTERN_LENGTH = 500
# Source: Jamcode's default window for a context word; a sentence end counts 3 words, a paragraph end 5.
DEFAULT_WITHIN = 10


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True, populate_by_name=True)


def _as_mapping(value: Any) -> Any:
    return {"pattern": value} if isinstance(value, str) else value


def _as_tuple(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


def _as_date(value: Any) -> Any:
    return date.fromisoformat(value) if isinstance(value, str) else value


Day = Annotated[date, BeforeValidator(_as_date)]


class Context(_Part):
    """Words of which at least one (near) or none (not_near) stands within `within` words of a match."""

    any: tuple[str, ...] = Field(min_length=1)
    within: int = Field(default=DEFAULT_WITHIN, ge=1, le=200)


Phrase = Annotated[str, Field(min_length=2, max_length=MAX_PATTERN_LENGTH)]


class Pattern(_Part):
    """A phrase with optional `*`, or several, and the context in which they count."""

    phrases: Annotated[tuple[Phrase, ...], BeforeValidator(_as_tuple), Field(alias="pattern", min_length=1)]
    near: Context | None = None
    not_near: Context | None = None
    case: Literal["exact"] | None = None
    since: Day | None = None
    until: Day | None = None

    def split(self) -> Iterator["Pattern"]:
        """One pattern a phrase, each with the context of all."""
        for phrase in self.phrases:
            yield self if len(self.phrases) == 1 else self.model_copy(update={"phrases": (phrase,)})


AnyPattern = Annotated[Pattern, BeforeValidator(_as_mapping)]
Patterns = dict[str, tuple[AnyPattern, ...]]
Sentences = dict[str, tuple[str, ...]]


class Side(_Part):
    """One of the sides whose accounts mirror each other."""

    id: str = Field(pattern=SLUG)
    label: str


class Place(_Part):
    """A place with the variants of its name."""

    id: str = Field(pattern=SLUG)
    label: str = ""
    names: Patterns


class Actor(Place):
    """Somebody who acts; `side` says whose, None = a third party."""

    side: str | None = None


class Words(_Part):
    """Words that several patterns share as their context, named `@id` in `near` and `not_near`."""

    id: str = Field(pattern=SLUG)
    label: str = ""
    words: dict[str, tuple[str, ...]]


class Relevance(_Part):
    """When a passage speaks of the subject at all."""

    definition: str
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    anchors: Patterns


class Narrative(_Part):
    """A frame: an account of what happened, why, whose fault, or what is right."""

    id: str = Field(pattern=SLUG)
    label: str
    document: str = ""
    definition: str
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    sided: bool = False
    bound_to: str | None = None
    mirror: str | None = None
    indicators: Patterns = Field(default_factory=dict)


class Wording(_Part):
    """One way of naming a referent; `usage` says whose vocabulary it is."""

    id: str = Field(pattern=SLUG)
    label: str = ""
    usage: tuple[str, ...] = ()
    usage_source: str = "document"
    note: str = ""
    patterns: Patterns
    match: Sentences = Field(default_factory=dict)
    not_match: Sentences = Field(default_factory=dict)

    @property
    def title(self) -> str:
        """The label, or the id in words."""
        return self.label or self.id.replace("_", " ")


class Referent(_Part):
    """The thing named, with its wordings: a contrast set."""

    referent: str = Field(pattern=SLUG)
    label: str
    note: str = ""
    since: Day | None = None
    until: Day | None = None
    place_name: bool = False
    wordings: tuple[Wording, ...] = Field(min_length=1)

    @property
    def id(self) -> str:
        """The referent's id."""
        return self.referent


class Codebook(_Part):
    """A whole codebook. `digest` is the SHA-256 of its text, `text` the text itself."""

    id: str = Field(pattern=SLUG)
    version: int = Field(ge=1)
    title: str
    languages: tuple[str, ...] = Field(min_length=1)
    coding_rules: str = ""
    sides: tuple[Side, ...] = ()
    actors: tuple[Actor, ...] = ()
    places: tuple[Place, ...] = ()
    contexts: tuple[Words, ...] = ()
    relevance: Relevance
    narratives: tuple[Narrative, ...] = ()
    terminology: tuple[Referent, ...] = ()
    text: str = Field(default="", exclude=True)
    digest: str = ""

    def __eq__(self, other: object) -> bool:
        """Two codebooks of one text are equal; those that come from no text are compared part by part."""
        if isinstance(other, Codebook) and self.digest and other.digest:
            return self.digest == other.digest
        return super().__eq__(other)

    def __hash__(self) -> int:
        """By the digest, so that what is built from a codebook can be kept for it."""
        return hash(self.digest)

    @property
    def narrative_ids(self) -> tuple[str, ...]:
        """The narratives' ids, in the codebook's order."""
        return tuple(narrative.id for narrative in self.narratives)

    @property
    def side_ids(self) -> tuple[str, ...]:
        """The sides' ids, in the codebook's order."""
        return tuple(side.id for side in self.sides)

    def get_narrative(self, narrative_id: str) -> Narrative:
        """The narrative of this id. Raises KeyError."""
        return {narrative.id: narrative for narrative in self.narratives}[narrative_id]

    def get_referent(self, referent_id: str) -> Referent:
        """The referent of this id. Raises KeyError."""
        return {referent.id: referent for referent in self.terminology}[referent_id]

    def get_wording(self, referent_id: str, wording_id: str) -> Wording:
        """The wording of these ids. Raises KeyError."""
        return {wording.id: wording for wording in self.get_referent(referent_id).wordings}[wording_id]

    @property
    def named_parts(self) -> tuple[Place, ...]:
        """Everything that has names: the actors, then the places."""
        return (*self.actors, *self.places)

    def iter_pattern_lists(self) -> Iterator[tuple[tuple[str | int, ...], Patterns]]:
        """Every mapping language -> patterns, with its place in the file."""
        yield ("relevance", "anchors"), self.relevance.anchors
        for i, part in enumerate(self.named_parts):
            key, at = ("actors", i) if i < len(self.actors) else ("places", i - len(self.actors))
            yield (key, at, "names"), part.names
        for i, narrative in enumerate(self.narratives):
            yield ("narratives", i, "indicators"), narrative.indicators
        for i, referent in enumerate(self.terminology):
            for j, wording in enumerate(referent.wordings):
                yield ("terminology", i, "wordings", j, "patterns"), wording.patterns

    @model_validator(mode="after")
    def _ids_are_unique(self) -> Self:
        for name, ids in (
            ("narrative", self.narrative_ids),
            ("referent", tuple(referent.id for referent in self.terminology)),
            ("side", self.side_ids),
            (
                "actor, place or context",
                (*(part.id for part in self.named_parts), *(context.id for context in self.contexts)),
            ),
        ):
            twice = sorted({part_id for part_id in ids if ids.count(part_id) > 1})
            if twice:
                raise ValueError(f"{name} ids occur twice: {', '.join(twice)}")
        return self
