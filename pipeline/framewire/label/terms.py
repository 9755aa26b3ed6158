"""Term mentions: which wording stands where. One mention has one wording."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache

from framewire.codebook import Codebook
from framewire.label.patterns import GROUPS, Hit, Hits, PatternMatcher
from framewire.records import Passage, TermMention
from framewire.records.portions import in_portions
from framewire.text import NormalisedText, normalise

# How many matchers are kept. Source: six languages of two codebooks, and some to spare.
MAX_MATCHERS = 16
# How many texts are searched at once. Source: timings; from some dozens on no more is won.
TEXTS_A_BATCH = 64


@dataclass(frozen=True)
class Annotation:
    """A text with every codebook pattern found in it; what terms, rules, folding and the accused side are read from."""

    original: str
    text: NormalisedText
    found: Hits

    @cached_property
    def hits(self) -> tuple[Hit, ...]:
        """All hits, by start, then longest; they may overlap."""
        every = [hit for group in dict.fromkeys(GROUPS.values()) for hit in self.found.of(group)]
        return tuple(sorted(every, key=lambda hit: (hit.start, -hit.end)))

    @cached_property
    def wordings(self) -> tuple[Hit, ...]:
        """The wordings' hits without overlap: earliest start, then longest, over all referents."""
        return tuple(_drop_overlaps(self.found.of("wording"), self.text))

    @cached_property
    def names(self) -> tuple[Hit, ...]:
        """Actors and places without overlap, by the same rule."""
        return tuple(_drop_overlaps(self.found.of("name"), self.text))

    def slice(self, start: int, end: int) -> "Annotation":
        """The part of the annotated text in [start, end) of the original, with the hits that lie inside."""
        part, first = self.text.slice(start, end)
        return Annotation(self.original[start:end], part, self.found.slice(first, first + len(part.text)))

    def of_kind(self, kind: str) -> tuple[Hit, ...]:
        """All hits of one kind, overlapping ones included."""
        group = GROUPS[kind]
        hits = self.found.of(group)
        return hits if group == kind else tuple(hit for hit in hits if hit.kind == kind)

    def rules_of(self, narrative: str) -> tuple[Hit, ...]:
        """Where the rules of a narrative hold, overlapping ones included."""
        return tuple(self._rules.get(narrative, ()))

    @cached_property
    def _rules(self) -> dict[str, list[Hit]]:
        """The hits of each narrative's rules."""
        by_narrative: dict[str, list[Hit]] = {}
        for hit in self.of_kind("indicator"):
            by_narrative.setdefault(hit.key[0], []).append(hit)
        return by_narrative


class TermMatcher:
    """Annotates texts with one codebook; one matcher a language, built when first needed."""

    def __init__(self, codebook: Codebook) -> None:
        self._codebook = codebook

    def annotate(self, text: str, *, language: str, published_on: date | None = None) -> Annotation:
        """The text with all its hits. A language that the codebook has no patterns for gives none."""
        return self._annotate([text], language, published_on)[0]

    def annotate_all(self, texts: Sequence[str], *, language: str) -> list[Annotation]:
        """The texts, each with all its hits, whatever their dates; quicker than one after another."""
        batches = in_portions(texts, TEXTS_A_BATCH)
        return [annotation for batch in batches for annotation in self._annotate(batch, language, None)]

    def _annotate(self, texts: Sequence[str], language: str, published_on: date | None) -> list[Annotation]:
        normal = [normalise(text, language=language) for text in texts]
        hits = self.matcher_of(language).find_all_hits(normal, originals=texts, published_on=published_on)
        return [Annotation(*parts) for parts in zip(texts, normal, hits, strict=True)]

    def matcher_of(self, language: str) -> PatternMatcher:
        """The pattern matcher of one language."""
        return _build_matcher(self._codebook, language)


@lru_cache(maxsize=MAX_MATCHERS)
def _build_matcher(codebook: Codebook, language: str) -> PatternMatcher:
    """A matcher, built once: model and labeller look for the same patterns."""
    return PatternMatcher(codebook, language=language)


def find_mentions(annotation: Annotation, passages: Sequence[Passage] = ()) -> tuple[TermMention, ...]:
    """The term mentions of an annotated text, by start, with spans in the stored text.

    With passages, each mention says the position of its passage, and those outside every passage are left out.
    """
    mentions = []
    for hit in annotation.wordings:
        start, end = annotation.text.span(hit.start, hit.end)
        position = _passage_at(passages, start) if passages else 0
        if position is not None:
            referent, wording = hit.key
            mentions.append(
                TermMention(
                    referent, wording, start, end, annotation.original[start:end], hit.pattern, passage=position
                )
            )
    return tuple(mentions)


def _drop_overlaps(hits: Iterable[Hit], text: NormalisedText) -> Iterator[Hit]:
    """The hits that remain. They are compared where they stand in the original, for two may come from one letter of it."""
    free_from = 0
    for hit in hits:
        start, end = text.span(hit.start, hit.end)
        if start >= free_from:
            free_from = end
            yield hit


def _passage_at(passages: Sequence[Passage], start: int) -> int | None:
    return next((passage.position for passage in passages if passage.start <= start < passage.end), None)
