"""A codebook tested against its own sentences, and against its own promise of symmetry."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from framewire.codebook import Codebook, Referent, Wording
from framewire.label.terms import TermMatcher, find_mentions


@dataclass(frozen=True, slots=True)
class SentenceFault:
    """A sentence that does not do what the codebook says. `place` is the path of keys to it, for its line and column."""

    place: tuple[str | int, ...]
    referent: str
    wording: str
    language: str
    sentence: str
    reason: str


@dataclass(frozen=True, slots=True)
class SentenceReport:
    """How many sentences were tested, of each kind, and which failed."""

    n_match: int
    n_not_match: int
    faults: tuple[SentenceFault, ...]


def check_sentences(codebook: Codebook) -> SentenceReport:
    """The result of every `match` and `not_match` sentence. Referents bound in time are tested as of their first day."""
    matcher = TermMatcher(codebook)
    counts = {"match": 0, "not_match": 0}
    faults = []
    for place, referent, wording, language, sentence in _sentences(codebook):
        kind = str(place[4])
        counts[kind] += 1
        found = _find_wordings(matcher, sentence, language, referent.since)
        reason = _reason(kind, (referent.id, wording.id), found)
        if reason:
            faults.append(SentenceFault(place, referent.id, wording.id, language, sentence, reason))
    return SentenceReport(counts["match"], counts["not_match"], tuple(faults))


def find_one_sided(codebook: Codebook) -> dict[str, str]:
    """The referents that have one side's wordings but none of another side's, with that side's id."""
    found = {}
    for referent in codebook.terminology:
        sides = {side for wording in referent.wordings for side in wording.usage if side in codebook.side_ids}
        if len(sides) == 1 and len(codebook.side_ids) > 1:
            found[referent.id] = sides.pop()
    return found


def find_untested(codebook: Codebook) -> list[str]:
    """The wordings without a `match` or a `not_match` sentence."""
    return [
        f"{referent.id}/{wording.id}"
        for referent in codebook.terminology
        for wording in referent.wordings
        if not wording.match or not wording.not_match
    ]


def _sentences(codebook: Codebook) -> Iterator[tuple[tuple[str | int, ...], Referent, Wording, str, str]]:
    for i, referent in enumerate(codebook.terminology):
        for j, wording in enumerate(referent.wordings):
            for kind, lists in (("match", wording.match), ("not_match", wording.not_match)):
                for language, sentences in lists.items():
                    for k, sentence in enumerate(sentences):
                        yield (
                            ("terminology", i, "wordings", j, kind, language, k),
                            referent,
                            wording,
                            language,
                            sentence,
                        )


def _find_wordings(matcher: TermMatcher, sentence: str, language: str, day: date | None) -> list[tuple[str, str, str]]:
    annotation = matcher.annotate(sentence, language=language, published_on=day)
    return [(mention.referent, mention.wording, mention.text) for mention in find_mentions(annotation)]


def _reason(kind: str, wanted: tuple[str, str], found: list[tuple[str, str, str]]) -> str | None:
    hits = [text for referent, wording, text in found if (referent, wording) == wanted]
    if kind == "match" and not hits:
        others = ", ".join(f"{referent}/{wording} '{text}'" for referent, wording, text in found)
        return f"no mention found (found: {others or 'nothing'})"
    if kind == "not_match" and hits:
        return f"'{hits[0]}' is found, but must not be"
    return None
