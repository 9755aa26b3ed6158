"""Find every phrase of a codebook in a text: candidates from one automaton, then each pattern's own rules.

All positions here are in the normalised text; `label.terms` maps them back.
"""

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import ahocorasick

from framewire.codebook import Codebook, Context, Pattern
from framewire.text import NormalisedText, normalise

# Source: Jamcode's distance: a sentence end between two words counts 3, a paragraph end 5.
SENTENCE_COST = 3
PARAGRAPH_COST = 5
_WORD = re.compile(r"\w+")
_SENTENCE_END = re.compile(r"[.!?…։;:](?=[\"')\]]*\s)")
_PARAGRAPH_END = re.compile(r"\n")


@dataclass(frozen=True, slots=True)
class Hit:
    """A pattern that holds at a place. `kind` is anchor, actor, place, indicator or wording; `key` its id(s)."""

    kind: str
    key: tuple[str, ...]
    start: int
    end: int
    pattern: str


@dataclass(frozen=True, slots=True)
class _Rule:
    """One pattern of the codebook, compiled for one language."""

    kind: str
    key: tuple[str, ...]
    phrase: int
    pattern: Pattern
    near: frozenset[int] = frozenset()
    not_near: frozenset[int] = frozenset()
    exact: re.Pattern[str] | None = None
    since: date | None = None
    until: date | None = None


class _Phrase:
    """A folded phrase: the literal that the automaton looks for, and the expression that decides, compiled when needed."""

    def __init__(self, folded: str) -> None:
        self._folded = folded
        self.literal = re.split(r"[ -]", folded.strip("*"), maxsplit=1)[0].strip("*")
        self.opens_with_star = folded.startswith("*")

    @cached_property
    def regex(self) -> re.Pattern[str]:
        """The phrase, anchored at the start of its first word."""
        return re.compile(_phrase_regex(self._folded))


class PatternMatcher:
    """Finds the patterns of one codebook in texts of one language."""

    def __init__(self, codebook: Codebook, *, language: str) -> None:
        self.language = language
        self._phrases: list[_Phrase] = []
        self._phrase_ids: dict[str, int] = {}
        self._ids_as_written: dict[str, int] = {}
        self._references = _build_references(codebook, language)
        self._ids_of_reference: dict[str, frozenset[int]] = {}
        self._rules = list(self._compile_rules(codebook))
        self._wanted = sorted({rule.phrase for rule in self._rules})
        self._rules_of: dict[int, list[_Rule]] = {}
        for rule in self._rules:
            self._rules_of.setdefault(rule.phrase, []).append(rule)
        self._automaton = self._build_automaton()

    def find_hits(self, text: NormalisedText, *, original: str, published_on: date | None = None) -> list[Hit]:
        """Every place where a pattern holds, by start, then longest; hits may overlap.

        Args:
            text: the normal form.
            original: the text that it was made from (for `case: exact`).
            published_on: patterns with `since` / `until` hold only inside; None = dates are not looked at.
        """
        spots = _Spots(text.text, self._phrases, self._collect_candidates(text.text))
        hits = []
        for phrase in self._wanted:
            for start, end in spots.of(phrase):
                hits += [
                    Hit(rule.kind, rule.key, start, end, rule.pattern.pattern)
                    for rule in self._rules_of[phrase]
                    if _is_in_time(rule, published_on)
                    and _has_case(rule, text, original, start, end)
                    and _has_context(rule, spots, start, end)
                ]
        return sorted(hits, key=lambda hit: (hit.start, -hit.end))

    def explain_misses(self, text: NormalisedText, *, original: str) -> list[tuple[Hit, str]]:
        """The places where a pattern's words stand but a rule forbids the match, with the reason in words."""
        spots = _Spots(text.text, self._phrases, self._collect_candidates(text.text))
        misses = []
        for phrase in self._wanted:
            for start, end in spots.of(phrase):
                for rule in self._rules_of[phrase]:
                    reason = _why_not(rule, spots, text, original, start, end)
                    if reason:
                        misses.append((Hit(rule.kind, rule.key, start, end, rule.pattern.pattern), reason))
        return misses

    def _compile_rules(self, codebook: Codebook) -> Iterator[_Rule]:
        for pattern in codebook.relevance.anchors.get(self.language, ()):
            yield self._rule("anchor", (), pattern)
        for kind, parts in (("actor", codebook.actors), ("place", codebook.places)):
            for part in parts:
                for pattern in part.names.get(self.language, ()):
                    yield self._rule(kind, (part.id,), pattern)
        for narrative in codebook.narratives:
            for pattern in narrative.indicators.get(self.language, ()):
                yield self._rule("indicator", (narrative.id,), pattern)
        for referent in codebook.terminology:
            for wording in referent.wordings:
                for pattern in wording.patterns.get(self.language, ()):
                    rule = self._rule(
                        "wording", (referent.id, wording.id), pattern, since=referent.since, until=referent.until
                    )
                    yield rule

    def _rule(
        self, kind: str, key: tuple[str, ...], pattern: Pattern, since: date | None = None, until: date | None = None
    ) -> _Rule:
        sinces = [day for day in (since, pattern.since) if day]
        untils = [day for day in (until, pattern.until) if day]
        return _Rule(
            kind,
            key,
            self._phrase_id(pattern.pattern),
            pattern,
            near=self._context_ids(pattern.near),
            not_near=self._context_ids(pattern.not_near),
            exact=_exact_regex(pattern.pattern) if pattern.case == "exact" else None,
            since=max(sinces, default=None),
            until=min(untils, default=None),
        )

    def _context_ids(self, context: Context | None) -> frozenset[int]:
        return frozenset().union(*(self._ids_of(phrase) for phrase in context.any)) if context else frozenset()

    def _ids_of(self, phrase: str) -> frozenset[int]:
        """The ids of a context phrase, or of all phrases behind a `@reference`."""
        if not phrase.startswith("@"):
            return frozenset((self._phrase_id(phrase),))
        if phrase not in self._ids_of_reference:
            self._ids_of_reference[phrase] = frozenset(map(self._phrase_id, self._references[phrase]))
        return self._ids_of_reference[phrase]

    def _phrase_id(self, phrase: str) -> int:
        if phrase not in self._ids_as_written:
            folded = normalise(phrase, language=self.language).text.strip()
            if folded not in self._phrase_ids:
                self._phrase_ids[folded] = len(self._phrases)
                self._phrases.append(_Phrase(folded))
            self._ids_as_written[phrase] = self._phrase_ids[folded]
        return self._ids_as_written[phrase]

    def _build_automaton(self) -> "ahocorasick.Automaton | None":
        by_literal: dict[str, list[int]] = {}
        for i, phrase in enumerate(self._phrases):
            by_literal.setdefault(phrase.literal, []).append(i)
        automaton = ahocorasick.Automaton()
        for literal, ids in by_literal.items():
            automaton.add_word(literal, (len(literal), tuple(ids)))
        if by_literal:
            automaton.make_automaton()
        return automaton if by_literal else None

    def _collect_candidates(self, text: str) -> dict[int, list[int]]:
        """Where each phrase may start, by phrase id: its literal stands there, at a word start unless it opens with `*`."""
        found: dict[int, list[int]] = {}
        if self._automaton is None:
            return found
        for last, (length, ids) in self._automaton.iter(text):
            start = last - length + 1
            at_word_start = start == 0 or not _is_word(text[start - 1])
            for i in ids:
                if at_word_start or self._phrases[i].opens_with_star:
                    found.setdefault(i, []).append(start)
        return found


class _Spots:
    """Where each phrase stands in one text; found on demand, since most context words are never asked for."""

    def __init__(self, text: str, phrases: list[_Phrase], candidates: dict[int, list[int]]) -> None:
        self._text = text
        self._phrases = phrases
        self._candidates = candidates
        self._found: dict[int, list[tuple[int, int]]] = {}

    def of(self, phrase: int) -> list[tuple[int, int]]:
        """The spans of one phrase."""
        if phrase not in self._candidates:
            return []
        if phrase not in self._found:
            self._found[phrase] = list(dict.fromkeys(self._verify(phrase)))
        return self._found[phrase]

    def _verify(self, phrase: int) -> Iterator[tuple[int, int]]:
        compiled = self._phrases[phrase]
        for start in self._candidates[phrase]:
            if compiled.opens_with_star:
                while start > 0 and _is_word(self._text[start - 1]):
                    start -= 1
            if match := compiled.regex.match(self._text, start):
                yield match.span()

    def is_any_within(self, phrases: frozenset[int], start: int, end: int, *, within: int) -> bool:
        """True if one of the phrases stands outside [start, end) at most `within` words away."""
        for phrase in phrases:
            for a, b in self.of(phrase):
                gap = (b, start) if b <= start else (end, a) if a >= end else None
                if gap is not None and self._distance(*gap) <= within:
                    return True
        return False

    def _distance(self, left: int, right: int) -> int:
        """Words from a span's end to the next span's start; adjacent words are 1 apart."""
        words = _count_between(self._words, left, right)
        sentences = _count_between(self._sentence_ends, left, right)
        paragraphs = _count_between(self._paragraph_ends, left, right)
        return words + 1 + SENTENCE_COST * sentences + PARAGRAPH_COST * paragraphs

    @cached_property
    def _words(self) -> list[int]:
        return [match.start() for match in _WORD.finditer(self._text)]

    @cached_property
    def _sentence_ends(self) -> list[int]:
        return [match.start() for match in _SENTENCE_END.finditer(self._text)]

    @cached_property
    def _paragraph_ends(self) -> list[int]:
        return [match.start() for match in _PARAGRAPH_END.finditer(self._text)]


def _build_references(codebook: Codebook, language: str) -> dict[str, list[str]]:
    """The phrases behind each `@reference`: subject, anchor, each side, each actor and place."""
    parts = {part.id: [p.pattern for p in part.names.get(language, ())] for part in codebook.named_parts}
    places = [phrase for place in codebook.places for phrase in parts[place.id]]
    anchors = [p.pattern for p in codebook.relevance.anchors.get(language, ())] + places
    sides = {
        side: [phrase for actor in codebook.actors if actor.side == side for phrase in parts[actor.id]]
        for side in codebook.side_ids
    }
    named = {
        **parts,
        **sides,
        "anchor": anchors,
        "subject": anchors + [phrase for names in sides.values() for phrase in names],
    }
    return {f"@{name}": phrases for name, phrases in named.items()}


def _phrase_regex(phrase: str) -> str:
    """`ethnic* cleans*` -> a regular expression from the start of the first word to the end of the last."""
    words = [_word_regex(word) for word in phrase.split()]
    return r"[ \n]".join(words) + r"(?!\w)"


def _word_regex(word: str) -> str:
    opening = r"\w*" if word.startswith("*") else ""
    closing = r"\w*" if word.endswith("*") else ""
    return opening + r"[- ]".join(re.escape(part) for part in word.strip("*").split("-")) + closing


def _exact_regex(phrase: str) -> re.Pattern[str]:
    return re.compile(_phrase_regex(unicodedata.normalize("NFKC", phrase)))


def _is_word(letter: str) -> bool:
    return letter.isalnum() or letter == "_"


def _count_between(positions: list[int], left: int, right: int) -> int:
    return bisect_left(positions, right) - bisect_left(positions, left)


def _is_in_time(rule: _Rule, published_on: date | None) -> bool:
    if published_on is None:
        return True
    return not ((rule.since and published_on < rule.since) or (rule.until and published_on > rule.until))


def _has_case(rule: _Rule, text: NormalisedText, original: str, start: int, end: int) -> bool:
    if rule.exact is None:
        return True
    a, b = text.span(start, end)
    return rule.exact.fullmatch(unicodedata.normalize("NFKC", original[a:b])) is not None


def _has_context(rule: _Rule, spots: _Spots, start: int, end: int) -> bool:
    near, not_near = rule.pattern.near, rule.pattern.not_near
    if near and not spots.is_any_within(rule.near, start, end, within=near.within):
        return False
    return not (not_near and spots.is_any_within(rule.not_near, start, end, within=not_near.within))


def _why_not(rule: _Rule, spots: _Spots, text: NormalisedText, original: str, start: int, end: int) -> str | None:
    near, not_near = rule.pattern.near, rule.pattern.not_near
    if not _has_case(rule, text, original, start, end):
        return f"written with other capitals than '{rule.pattern.pattern}'"
    if near and not spots.is_any_within(rule.near, start, end, within=near.within):
        return f"none of {', '.join(near.any)} within {near.within} words"
    if not_near and spots.is_any_within(rule.not_near, start, end, within=not_near.within):
        return f"one of {', '.join(not_near.any)} stands within {not_near.within} words"
    return None
