"""Where one wording stands in a text, by the codebook's own matcher, and where a rule keeps it from being counted."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from framewire.codebook import Codebook, Referent, Wording
from framewire.label.patterns import Hit
from framewire.label.terms import Annotation, TermMatcher, find_mentions
from framewire.records import ArticleVersion
from framewire.text import find_passages

_NO_RULES = {**dict.fromkeys(("near", "not_near", "case", "since", "until")), "dated": False}


@dataclass(frozen=True, slots=True)
class Find:
    """Where the words of a pattern stand: half-open code points of the text. `reason` None = it counts, else why not."""

    start: int
    end: int
    pattern: str
    reason: str | None = None


class WordingSearch:
    """Finds one wording in articles as labelling does: by its own rules, and where no other wording comes first."""

    def __init__(self, codebook: Codebook, referent: str, wording: Wording) -> None:
        """`codebook` decides; its referent holds the wording."""
        asked = codebook.get_referent(referent)
        bare = asked.model_copy(update={"wordings": (_without_rules(wording),), "since": None, "until": None})
        self.languages = tuple(wording.patterns)
        self._key = (referent, wording.id)
        self._matcher = TermMatcher(codebook)
        # Most articles do not hold the words at all, which a matcher of nothing else tells soonest.
        self._sieve = TermMatcher(with_terminology(codebook, (bare,)))

    def find(self, version: ArticleVersion) -> list[Find]:
        """The finds in an article, by start; its mentions are those without a reason."""
        if not self._sieve.annotate(version.text, language=version.language).found.of("wording"):
            return []
        published = (version.published_at or version.first_seen_at).date()
        annotation = self._matcher.annotate(version.text, language=version.language, published_on=published)
        passages = find_passages(version.text, title_end=version.title_end, language=version.language)
        counted = [
            Find(mention.start, mention.end, mention.pattern)
            for mention in find_mentions(annotation, passages)
            if (mention.referent, mention.wording) == self._key
        ]
        misses = self._find_misses(annotation, version.language, published)
        return sorted([*counted, *_merge(misses, counted)], key=lambda find: find.start)

    def _find_misses(self, annotation: Annotation, language: str, published_on: date) -> Iterator[Find]:
        """Every place that does not count, with its reason; those of mentions are among them."""
        matcher, own = self._matcher.matcher_of(language), annotation.found.of("wording")
        for hit in own:
            takers = [taken.key for taken in annotation.wordings if taken.start < hit.end and hit.start < taken.end]
            told = "it stands in no passage: its paragraph is too short"
            if self._key not in takers:
                told = f"a longer or earlier wording stands there{_named(takers)}"
            yield from self._miss(annotation, hit, told)
        misses = matcher.explain_misses(annotation.text, original=annotation.original, published_on=published_on)
        for hit, told in misses:
            yield from self._miss(annotation, hit, told)

    def _miss(self, annotation: Annotation, hit: Hit, reason: str) -> Iterator[Find]:
        if hit.kind == "wording" and hit.key == self._key:
            yield Find(*annotation.text.span(hit.start, hit.end), hit.pattern, reason)


def with_terminology(codebook: Codebook, referents: Sequence[Referent]) -> Codebook:
    """The codebook with these referents in place of its own, and without narratives; its names and contexts stay."""
    told = "\n".join((codebook.digest, *(referent.model_dump_json() for referent in referents)))
    digest = hashlib.sha256(told.encode()).hexdigest()
    return codebook.model_copy(update={"terminology": tuple(referents), "narratives": (), "digest": digest})


def _without_rules(wording: Wording) -> Wording:
    patterns = {
        language: tuple(pattern.model_copy(update=_NO_RULES) for pattern in patterns)
        for language, patterns in wording.patterns.items()
    }
    return wording.model_copy(update={"patterns": patterns})


def _named(keys: Sequence[tuple[str, ...]]) -> str:
    return "".join(f" ({'/'.join(key)})" for key in keys[:1])


def _merge(misses: Iterator[Find], counted: Sequence[Find]) -> Iterator[Find]:
    """One find a place that nothing counted touches, with all its reasons."""
    by_span: dict[tuple[int, int], list[Find]] = {}
    for miss in misses:
        if not any(find.start < miss.end and miss.start < find.end for find in counted):
            by_span.setdefault((miss.start, miss.end), []).append(miss)
    for (start, end), found in by_span.items():
        patterns, reasons = (
            list(dict.fromkeys(texts)) for texts in zip(*((f.pattern, f.reason or "") for f in found), strict=True)
        )
        yield Find(start, end, ", ".join(patterns), "; ".join(reasons))
