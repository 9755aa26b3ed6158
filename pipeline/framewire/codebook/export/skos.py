"""A codebook as a SKOS vocabulary in Turtle. Sources: SKOS Reference (W3C, 2009), RDF 1.1 Turtle (W3C, 2014)."""

import re
from collections.abc import Iterable, Iterator

from framewire.codebook.model import Codebook, Narrative, Patterns, Referent, Wording

_PREFIXES = {
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "owl": "http://www.w3.org/2002/07/owl#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
}
# Source: Turtle grammar, IRIREF and LANGTAG; RFC 3986 section 3.1 for the scheme, RFC 5646 for the length of a tag's parts.
_BASE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:(?=/*[^:/#])[^\x00-\x20\x7f<>\"{}|^`\\]*(?<=[:/#])")
_TAG = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*")
# Source: Turtle grammar, STRING_LITERAL_QUOTE and ECHAR; other control characters as UCHAR.
_UNSAFE = re.compile(r'[\\"\x00-\x1f\x7f]')
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}

Triples = Iterator[tuple[str, str]]


def default_base(codebook: Codebook) -> str:
    """What the concepts' URIs begin with if nobody says otherwise."""
    return f"urn:framewire:codebook:{codebook.id}:"


def check_base(base: str) -> None:
    """Nothing, if URIs may begin so. Raises ValueError."""
    if not _BASE.fullmatch(base):
        raise ValueError(f"'{base}' is no base such as https://example.org/codebook/ (absolute, ends with / # or :)")


def check_tag(tag: str) -> None:
    """Nothing, if this is a well-formed language tag. Raises ValueError."""
    if not _TAG.fullmatch(tag):
        raise ValueError(f"'{tag}' is no language tag such as en or pt-BR")


def render_skos(codebook: Codebook, *, language: str, base: str | None = None) -> str:
    """The vocabulary: a concept for each narrative, each referent, and below it each of its wordings.

    Args:
        codebook: the codebook.
        language: the language in which its labels and definitions are written.
        base: what every URI begins with, up to and with a `/`, `#` or `:`; None = a URN of the codebook's id.

    Raises:
        ValueError: `base` is no such beginning, or `language` no language tag.
    """
    base = default_base(codebook) if base is None else base
    check_base(base)
    check_tag(language)
    writer = _Writer(codebook, language, base)
    prefixes = "".join(f"@prefix {name}: <{iri}> .\n" for name, iri in _PREFIXES.items())
    return "\n".join([prefixes, *writer.write_all()])


class _Writer:
    """Writes one codebook's concepts, each a block of Turtle."""

    def __init__(self, codebook: Codebook, language: str, base: str) -> None:
        self._codebook = codebook
        self._language = language
        self._base = base
        self._scheme = f"<{base.rstrip(':/#')}>"

    def write_all(self) -> Iterator[str]:
        """The blocks: the scheme, the narratives, the referents with their wordings."""
        yield _block(self._scheme, "skos:ConceptScheme", self._tell_scheme())
        for narrative in self._codebook.narratives:
            yield _block(self._iri("narrative", narrative.id), "skos:Concept", self._tell_narrative(narrative))
        for referent in self._codebook.terminology:
            yield _block(self._iri("referent", referent.id), "skos:Concept", self._tell_referent(referent))
            for wording in referent.wordings:
                iri = self._iri("wording", referent.id, wording.id)
                yield _block(iri, "skos:Concept", self._tell_wording(referent, wording))

    def _iri(self, *steps: str) -> str:
        return f"<{self._base}{'/'.join(steps)}>"

    def _text(self, text: str) -> str:
        return write_literal(text, self._language)

    def _tell_scheme(self) -> Triples:
        codebook = self._codebook
        yield "dcterms:title", self._text(codebook.title)
        yield "dcterms:identifier", write_literal(codebook.id)
        yield "owl:versionInfo", write_literal(str(codebook.version))
        yield from (("dc:language", write_literal(language)) for language in codebook.languages)
        yield "dcterms:description", self._text(codebook.relevance.definition)
        yield from self._tell_rules(codebook.relevance.include, codebook.relevance.exclude)
        if codebook.coding_rules:
            yield "skos:note", self._text(codebook.coding_rules)
        yield from (("skos:hasTopConcept", self._iri("narrative", part.id)) for part in codebook.narratives)
        yield from (("skos:hasTopConcept", self._iri("referent", part.id)) for part in codebook.terminology)

    def _tell_concept(self, kind: str, notation: str, label: str) -> Triples:
        yield "skos:prefLabel", self._text(label)
        yield "dc:type", write_literal(kind)
        yield "dcterms:identifier", write_literal(notation)
        yield "skos:inScheme", self._scheme

    def _tell_rules(self, include: Iterable[str], exclude: Iterable[str]) -> Triples:
        yield from (("skos:scopeNote", self._text(f"Include: {rule}")) for rule in include)
        yield from (("skos:scopeNote", self._text(f"Exclude: {rule}")) for rule in exclude)

    def _tell_narrative(self, narrative: Narrative) -> Triples:
        yield from self._tell_concept("narrative", narrative.id, narrative.label)
        yield "skos:topConceptOf", self._scheme
        yield "skos:definition", self._text(narrative.definition)
        yield from self._tell_rules(narrative.include, narrative.exclude)
        if narrative.sided:
            yield "skos:scopeNote", self._text("Coded with the side that is accused.")
        if narrative.bound_to:
            yield "skos:note", self._text(f"Tied to: {self._codebook.say_side(narrative.bound_to)}")
        if narrative.document:
            yield "dcterms:source", self._text(narrative.document)
        for other in self._codebook.narratives:
            if other is not narrative and (other.id == narrative.mirror or other.mirror == narrative.id):
                yield "skos:related", self._iri("narrative", other.id)

    def _tell_referent(self, referent: Referent) -> Triples:
        yield from self._tell_concept("referent", referent.id, referent.label)
        yield "skos:topConceptOf", self._scheme
        if referent.note:
            yield "skos:note", self._text(referent.note)
        if referent.since:
            yield "skos:scopeNote", self._text(f"Counts in articles since {referent.since}.")
        if referent.until:
            yield "skos:scopeNote", self._text(f"Counts in articles until {referent.until}.")
        yield from (("skos:narrower", self._iri("wording", referent.id, part.id)) for part in referent.wordings)

    def _tell_wording(self, referent: Referent, wording: Wording) -> Triples:
        yield from self._tell_concept("wording", f"{referent.id}/{wording.id}", wording.title)
        yield "skos:broader", self._iri("referent", referent.id)
        if wording.usage:
            whose = ", ".join(map(self._codebook.say_side, wording.usage))
            yield "skos:note", self._text(f"Usage: {whose} (source: {wording.usage_source})")
        if wording.note:
            yield "skos:note", self._text(wording.note)
        # No label may be preferred and alternative at once. Source: SKOS Reference, S13.
        taken = {self._text(wording.title)}
        yield from (("skos:altLabel", label) for label in _list_labels(wording.patterns) if label not in taken)
        for language, sentences in wording.match.items():
            yield from (("skos:example", write_literal(sentence, language)) for sentence in sentences)


def _list_labels(patterns: Patterns) -> Iterator[str]:
    """The phrases that stand as they are, each once."""
    found = (
        write_literal(phrase, language)
        for language, several in patterns.items()
        for pattern in several
        for phrase in pattern.phrases
        if "*" not in phrase and not phrase.startswith("@")
    )
    yield from dict.fromkeys(found)


def write_literal(text: str, language: str | None = None) -> str:
    """A text as a Turtle literal; the tag is left out if it is none."""
    escaped = _UNSAFE.sub(lambda found: _ESCAPES.get(found[0], f"\\u{ord(found[0]):04X}"), text.strip())
    return f'"{escaped}"' + (f"@{language}" if language and _TAG.fullmatch(language) else "")


def _block(subject: str, kind: str, triples: Triples) -> str:
    """One subject with all that is said of it; what is said in several words of one kind stands together."""
    told: dict[str, list[str]] = {}
    for predicate, value in triples:
        told.setdefault(predicate, []).append(value)
    lines = [f"{predicate} " + ",\n        ".join(values) for predicate, values in told.items()]
    return f"{subject} a {kind} ;\n    " + " ;\n    ".join(lines) + " .\n"
