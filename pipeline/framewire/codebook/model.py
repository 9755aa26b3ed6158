"""The parts of a codebook, as checked values."""

from collections.abc import Iterator
from datetime import date
from itertools import product
from math import prod
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.json_schema import SkipJsonSchema

from framewire.records import BOTH, UNCLEAR

SLUG = r"^[a-z0-9][a-z0-9_]*$"
# Source: reliability anchors, P19: patterns are literals with wildcards, at most 500 characters, never regular expressions.
MAX_PATTERN_LENGTH = 500
# What one phrase may be spelt out to. Source: five words with three forms each are 243.
MAX_SPELT_OUT = 250
# Source: Jamcode's default window for a context word; a sentence end counts 3 words, a paragraph end 5.
DEFAULT_WITHIN = 10


class _Part(BaseModel):
    # A text below a field describes it in the JSON Schema of the file, and so in editors.
    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        str_strip_whitespace=True,
        populate_by_name=True,
        use_attribute_docstrings=True,
    )

    def __repr__(self) -> str:
        # A whole codebook is megabytes of phrases.
        name = getattr(self, "id", None)
        return f"<{type(self).__name__} {name}>" if name else super().__repr__()

    def _repr_html_(self) -> str | None:
        """How a notebook shows the part; None leaves it to the usual form."""
        from framewire.codebook.show import render_part

        return render_part(self)


def _as_mapping(value: Any) -> Any:
    return {"pattern": value} if isinstance(value, str) else value


def _as_tuple(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


def spell_out(phrase: str) -> tuple[str, ...]:
    """What a phrase stands for: `fled|left the| city` for "fled the city", "fled city", "left the city" and "left city".

    Raises:
        ValueError: it stands for too many, or for nothing.
    """
    if "|" not in phrase:
        return (phrase,)
    choices = [word.split("|") if word.strip("|") else [word] for word in phrase.split()]
    if (n := prod(map(len, choices))) > MAX_SPELT_OUT:
        raise ValueError(f"'{phrase}' stands for {n} phrases, and {MAX_SPELT_OUT} at most are allowed; write several")
    spelt = tuple(dict.fromkeys(" ".join(filter(None, words)) for words in product(*choices)))
    if "" in spelt:
        raise ValueError(f"'{phrase}': each of its words may be left out, so it would stand for nothing")
    return spelt


def _spell_out(value: Any) -> Any:
    """Each phrase of a list in all its forms; what is no list of phrases is told by the type's own check."""
    if not isinstance(value, list | tuple) or not all(isinstance(phrase, str) for phrase in value):
        return value
    return tuple(dict.fromkeys(form for phrase in value for form in spell_out(phrase)))


def _as_phrases(value: Any) -> Any:
    return _spell_out(_as_tuple(value))


SpeltOut = BeforeValidator(_spell_out)


def _as_date(value: Any) -> Any:
    return date.fromisoformat(value) if isinstance(value, str) else value


Day = Annotated[date, BeforeValidator(_as_date)]


class Context(_Part):
    """Words of which at least one (near) or none (not_near) stands within `within` words of a match."""

    any: Annotated[tuple[str, ...], SpeltOut] = Field(min_length=1)
    """Phrases with optional `*` and `|`; `@id` stands for the names of a side, an actor or a place or for a list of `contexts`, `@subject` for all, `@anchor` for anchors and places."""
    within: int = Field(default=DEFAULT_WITHIN, ge=1, le=200)
    """How many words away at most; the end of a sentence counts three, that of a paragraph five."""


Phrase = Annotated[str, Field(min_length=2, max_length=MAX_PATTERN_LENGTH)]
Phrases = Annotated[tuple[Phrase, ...], Field(min_length=1)]


class Pattern(_Part):
    """A phrase with optional `*`, or several, and the context in which they count."""

    phrases: Annotated[
        Phrases, BeforeValidator(_as_phrases, json_schema_input_type=Phrase | Phrases), Field(alias="pattern")
    ]
    """A phrase, or a list of phrases with the same context; a `*` at the start or the end of a word stands for any letters, `|` between forms of a word for "or"."""
    near: Context | None = None
    """Counts only if one of these stands so near."""
    not_near: Context | None = None
    """Does not count if one of these stands so near."""
    case: Literal["exact"] | None = None
    """`exact`: capitals matter."""
    since: Day | None = None
    """Counts only in articles published on this day or later."""
    until: Day | None = None
    """Counts only in articles published on this day or earlier."""
    dated: bool = False
    """Counts only in articles whose day is known; else `since` and `until` are not looked at where it is not."""

    def split(self) -> Iterator["Pattern"]:
        """One pattern a phrase, each with the context of all."""
        for phrase in self.phrases:
            yield self if len(self.phrases) == 1 else self.model_copy(update={"phrases": (phrase,)})


# A file may give a pattern as its phrase alone.
AnyPattern = Annotated[Pattern, BeforeValidator(_as_mapping, json_schema_input_type=Phrase | Pattern)]
Patterns = dict[str, tuple[AnyPattern, ...]]
Sentences = dict[str, tuple[str, ...]]


class Side(_Part):
    """One of the sides whose accounts mirror each other."""

    id: str = Field(pattern=SLUG)
    """Small letters, digits and `_`; other parts name the side by it."""
    label: str
    """What people read."""
    outlets: str | None = None
    """The group of outlets that speak for it, as in the feed list and as `side` of coded passages; scores are told by it."""


class Place(_Part):
    """A place with the variants of its name."""

    id: str = Field(pattern=SLUG)
    """Small letters, digits and `_`; patterns name it as `@id`."""
    label: str = ""
    """What people read."""
    names: Patterns
    """Every variant of the name, by language."""

    def list_plain_names(self, language: str) -> list[str]:
        """The variants of one language that are written out, without a star."""
        return [phrase for pattern in self.names.get(language, ()) for phrase in pattern.phrases if "*" not in phrase]


class Actor(Place):
    """Somebody who acts; `side` says whose, None = a third party."""

    side: str | None = None
    """The id of the side for which it acts; nothing for a third party."""


class Words(_Part):
    """Words that several patterns share as their context, named `@id` in `near` and `not_near`."""

    id: str = Field(pattern=SLUG)
    """Small letters, digits and `_`; `near` and `not_near` name the list as `@id`."""
    label: str = ""
    """What people read."""
    words: dict[str, Annotated[tuple[str, ...], SpeltOut]]
    """The words, by language; `*` and `|` as in a pattern."""


class Relevance(_Part):
    """When a passage speaks of the subject at all."""

    definition: str
    """When a passage is about the subject, in a sentence."""
    include: tuple[str, ...] = ()
    """What belongs to the subject."""
    exclude: tuple[str, ...] = ()
    """What does not."""
    anchors: Patterns
    """Phrases that occur in this subject only, by language."""


class Narrative(_Part):
    """A frame: an account of what happened, why, whose fault, or what is right."""

    id: str = Field(pattern=SLUG)
    """Small letters, digits and `_`; the code that coders give."""
    label: str
    """What people read."""
    document: str = ""
    """Where the definition comes from."""
    definition: str
    """The account in a sentence."""
    include: tuple[str, ...] = ()
    """What is coded so."""
    exclude: tuple[str, ...] = ()
    """What is not, for each neighbour that it is confused with; `-> id` names the narrative to code instead."""
    sided: bool = False
    """Both sides are accused of it: it is counted by who is accused."""
    bound_to: str | None = None
    """The id of the one side that it is tied to; if it is sided, that side is always the accused one."""
    mirror: str | None = None
    """The id of the narrative that is the other side's counterpart."""
    indicators: Patterns = Field(default_factory=dict)
    """Patterns that hint at it, by language."""


class Wording(_Part):
    """One way of naming a referent; `usage` says whose vocabulary it is."""

    id: str = Field(pattern=SLUG)
    """Small letters, digits and `_`."""
    label: str = ""
    """What people read; the id in words if it is left out."""
    usage: tuple[str, ...] = ()
    """Whose vocabulary it is: ids of sides, or other words."""
    usage_source: str = "document"
    """Who says so: `document` (a source that is named), or `added` (the author of the codebook)."""
    note: str = ""
    """What a coder should know about it."""
    patterns: Patterns
    """The words in which it shows itself, by language."""
    match: Sentences = Field(default_factory=dict)
    """Sentences in which it must be found, by language."""
    not_match: Sentences = Field(default_factory=dict)
    """Sentences in which it must not be found, by language."""

    @property
    def title(self) -> str:
        """The label, or the id in words."""
        return self.label or self.id.replace("_", " ")


class Referent(_Part):
    """The thing named, with its wordings: a contrast set."""

    referent: str = Field(pattern=SLUG)
    """Its id: small letters, digits and `_`."""
    label: str
    """The thing named, in words that no side minds."""
    note: str = ""
    """What a coder should know about it."""
    since: Day | None = None
    """Its wordings count only in articles published on this day or later."""
    until: Day | None = None
    """Its wordings count only in articles published on this day or earlier."""
    place_name: bool = False
    """Its wordings are names of a place."""
    wordings: tuple[Wording, ...] = Field(min_length=1)
    """The ways of naming it; a mention takes exactly one."""

    @property
    def id(self) -> str:
        """The referent's id."""
        return self.referent


class Codebook(_Part):
    """A whole codebook. `text` is the file's text, `digest` the SHA-256 of what decides about labels."""

    def __repr__(self) -> str:
        return f"<Codebook {self.id}, version {self.version}: {len(self.terminology)} referents, {len(self.narratives)} narratives>"

    id: str = Field(pattern=SLUG)
    """Small letters, digits and `_`."""
    version: int = Field(ge=1)
    """Counts up when a meaning changes."""
    title: str
    """What people read."""
    languages: tuple[str, ...] = Field(min_length=1)
    """The languages that it has patterns for, as ISO 639-1 codes."""
    coding_rules: str = ""
    """What coders go by, whatever the narrative."""
    sides: tuple[Side, ...] = ()
    """The parties that accuse each other."""
    exchanges: dict[str, tuple[tuple[str, str], ...]] = Field(default_factory=dict)
    """Names of one side and what stands for them on the other, in pairs, by language: what symmetry is measured with."""
    actors: tuple[Actor, ...] = ()
    """Who acts, for a side or for none."""
    places: tuple[Place, ...] = ()
    """Places, with all variants of their names."""
    contexts: tuple[Words, ...] = ()
    """Lists of words that several patterns share as their context."""
    relevance: Relevance
    """When a passage speaks of the subject at all."""
    narratives: tuple[Narrative, ...] = ()
    """The accounts of what happened, why, whose fault, or what is right."""
    terminology: tuple[Referent, ...] = ()
    """What is named in several ways."""
    text: SkipJsonSchema[str] = Field(default="", exclude=True)
    digest: SkipJsonSchema[str] = ""

    def __eq__(self, other: object) -> bool:
        """Two codebooks of one digest are equal; those without one are compared part by part."""
        if isinstance(other, Codebook) and self.digest and other.digest:
            return self.digest == other.digest
        return super().__eq__(other)

    def __hash__(self) -> int:
        """By the digest, so that what is built from a codebook can be kept for it."""
        return hash(self.digest)

    @classmethod
    def load(cls, path: str | Path) -> "Codebook":
        """The codebook in a file.

        Raises:
            CodebookError: it cannot be read, or is wrong; holds `file:line:column: text` for each problem.
        """
        from framewire.codebook.load import load_codebook

        return load_codebook(Path(path))

    @property
    def narrative_ids(self) -> tuple[str, ...]:
        """The narratives' ids, in the codebook's order."""
        return tuple(narrative.id for narrative in self.narratives)

    @property
    def side_ids(self) -> tuple[str, ...]:
        """The sides' ids, in the codebook's order."""
        return tuple(side.id for side in self.sides)

    @property
    def accused_answers(self) -> tuple[str, ...]:
        """Whom an account may be coded to accuse: each side, both, or nobody clearly."""
        return (*self.side_ids, BOTH, UNCLEAR)

    def list_accused(self, narrative: Narrative) -> tuple[str, ...]:
        """Whom a narrative is counted by: the accused answers if it is sided, else '' alone."""
        return self.accused_answers if narrative.sided else ("",)

    @property
    def sided_ids(self) -> tuple[str, ...]:
        """The ids of the narratives that are counted by who is accused."""
        return tuple(narrative.id for narrative in self.narratives if narrative.sided)

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
    def wording_titles(self) -> dict[tuple[str, str], str]:
        """The title of each wording, by (referent, wording)."""
        return {(r.id, w.id): w.title for r in self.terminology for w in r.wordings}

    def say_side(self, name: str) -> str:
        """A side's or an actor's label, or another name for whose words these are, in words."""
        labels = {actor.id: actor.label for actor in self.actors} | {side.id: side.label for side in self.sides}
        return labels.get(name, name.replace("_", " "))

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
