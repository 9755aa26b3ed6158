"""Find every pattern of a codebook in a text: where its phrase stands, then its own rules.

All positions here are in the normalised text; `label.terms` maps them back.
"""

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import NamedTuple

from framewire.codebook import Codebook, Context, Pattern, Patterns
from framewire.label.phrases import PhraseIndex, PhraseSet, build_phrase_regex
from framewire.label.place_variants import PlaceVariants
from framewire.label.search import Search, Standing
from framewire.label.spots import Spots
from framewire.label.unquoted import unquote
from framewire.text import NormalisedText, normalise
from framewire.text.counts import say_count

# Of a context's words, in the reason for a near miss. Source: what fits a terminal's line.
MOST_WORDS_SHOWN = 6
# What is asked for together: actors and places are names.
GROUPS = {"anchor": "anchor", "actor": "name", "place": "name", "indicator": "indicator", "wording": "wording"}


class Hit(NamedTuple):
    """A pattern that holds at a place. `kind` is anchor, actor, place, indicator or wording; `key` its id(s)."""

    kind: str
    key: tuple[str, ...]
    start: int
    end: int
    pattern: str


class Hits:
    """The hits in one text by group, by start, then longest; each group is worked out when it is first asked for."""

    def __init__(self, find: Callable[[str], list[Hit]]) -> None:
        self._find = find
        self._known: dict[str, tuple[Hit, ...]] = {}
        self._starts: dict[str, list[int]] = {}

    def of(self, group: str) -> tuple[Hit, ...]:
        """The hits of one group; they may overlap."""
        if group not in self._known:
            self._known[group] = tuple(self._find(group))
        return self._known[group]

    def slice(self, start: int, end: int) -> "Hits":
        """The hits inside [start, end), counted from there."""
        return Hits(lambda group: self._find_inside(group, start, end))

    def _find_inside(self, group: str, start: int, end: int) -> list[Hit]:
        hits = self.of(group)
        if group not in self._starts:
            self._starts[group] = [hit.start for hit in hits]
        first, last = (bisect_left(self._starts[group], place) for place in (start, end))
        return [
            Hit(kind, key, a - start, b - start, pattern) for kind, key, a, b, pattern in hits[first:last] if b <= end
        ]


@dataclass(frozen=True, slots=True)
class _Context:
    """The words of a pattern's `near` or `not_near`, and within how many words they count."""

    phrases: PhraseSet
    within: int


@dataclass(frozen=True, slots=True)
class _Rule:
    """One phrase of a pattern of the codebook, compiled for one language."""

    kind: str
    key: tuple[str, ...]
    wanted: str
    phrase: int
    pattern: Pattern
    near: _Context | None
    not_near: _Context | None
    exact: re.Pattern[str] | None
    since: date | None
    until: date | None


class _Searched(NamedTuple):
    """A text that is searched, in its normal form, as it was and as its places are counted."""

    normal: NormalisedText
    original: str
    spots: Spots
    published_on: date | None


class PatternMatcher:
    """Finds the patterns of one codebook in texts of one language."""

    def __init__(self, codebook: Codebook, *, language: str) -> None:
        self.language = language
        self.index = PhraseIndex(language=language)
        self._ids_as_written: dict[str, int] = {}
        self._references = _build_references(codebook, language)
        self._alike = PlaceVariants(codebook, language)
        self._ids_of_reference: dict[str, frozenset[int]] = {}
        self._phrase_sets: dict[frozenset[int], PhraseSet] = {}
        # By group, then by phrase.
        self._rules: dict[str, dict[int, list[_Rule]]] = {group: {} for group in GROUPS.values()}
        for rule in self._compile_rules(codebook):
            self._rules[GROUPS[rule.kind]].setdefault(rule.phrase, []).append(rule)
        self.searches = {group: self._build_search(by_phrase) for group, by_phrase in self._rules.items()}

    def find_hits(self, text: NormalisedText, *, original: str, published_on: date | None = None) -> Hits:
        """Every place where a pattern holds.

        Args:
            text: the normal form.
            original: the text that it was made from (for `case: exact`).
            published_on: patterns with `since` / `until` hold only inside; None = dates are not looked at, but those that
                are `dated` do not hold.
        """
        return self.find_all_hits([text], originals=[original], published_on=published_on)[0]

    def find_all_hits(
        self, texts: Sequence[NormalisedText], *, originals: Sequence[str], published_on: date | None = None
    ) -> list[Hits]:
        """As `find_hits`, of several texts at once: what one is first asked for is looked for in all of them."""
        searched = [
            _Searched(normal, original, Spots(self.index, normal.text), published_on)
            for normal, original in zip(texts, originals, strict=True)
        ]
        standings: dict[str, dict[int, Standing]] = {}

        def find(i: int, group: str) -> list[Hit]:
            if group not in standings:
                found = self.searches[group].look_all([text.spots for text in searched])
                standings[group] = dict(enumerate(found))
            # Each text asks once.
            return self._find_held(group, searched[i], standings[group].pop(i))

        return [Hits(partial(find, i)) for i in range(len(searched))]

    def explain_misses(
        self, text: NormalisedText, *, original: str, published_on: date | None = None
    ) -> list[tuple[Hit, str]]:
        """The places where a pattern's words stand but a rule forbids the match, with the reason in words."""
        spots = Spots(self.index, text.text)
        searched = _Searched(text, original, spots, published_on)
        return [
            (Hit(rule.kind, rule.key, *spots.span(start, end), rule.wanted), reason)
            for group, search in self.searches.items()
            for phrase, start, end in search.look(spots).find_all()
            for rule in self._rules[group][phrase]
            if (reason := self._why_not(rule, searched, start, end))
        ]

    def _find_held(self, group: str, text: _Searched, standing: Standing) -> list[Hit]:
        """The hits of a group: where its phrases stand and their rules hold."""
        rules, spots, day = self._rules[group], text.spots, text.published_on
        return [
            Hit(rule.kind, rule.key, *spots.span(start, end), rule.wanted)
            for phrase, start, end in standing.find_open()
            for rule in rules[phrase]
            if _is_in_time(rule, day)
            and (rule.near is None or _is_near(rule.near, standing, start, end))
            and (rule.exact is None or self._has_case(rule.exact, text, start, end))
            and not (rule.not_near and _is_ruled_out(rule.not_near, spots, start, end))
        ]

    def _build_search(self, rules_of: Mapping[int, Sequence[_Rule]]) -> Search:
        return Search(
            self.index,
            {
                phrase: [rule.near.phrases if rule.near else None for rule in rules]
                for phrase, rules in rules_of.items()
            },
        )

    def _compile_rules(self, codebook: Codebook) -> Iterator[_Rule]:
        yield from self._rules_of("anchor", (), codebook.relevance.anchors)
        for kind, parts in (("actor", codebook.actors), ("place", codebook.places)):
            for part in parts:
                yield from self._rules_of(kind, (part.id,), part.names)
        for narrative in codebook.narratives:
            patterns = self._alike.spread_all(narrative.indicators)
            yield from self._rules_of("indicator", (narrative.id,), patterns)
        for referent in codebook.terminology:
            for wording in referent.wordings:
                key = referent.id, wording.id
                yield from self._rules_of("wording", key, wording.patterns, since=referent.since, until=referent.until)

    def _rules_of(
        self,
        kind: str,
        key: tuple[str, ...],
        patterns: Patterns,
        since: date | None = None,
        until: date | None = None,
    ) -> Iterator[_Rule]:
        for pattern in patterns.get(self.language, ()):
            near, not_near = self._context(pattern.near), self._context(pattern.not_near)
            for phrase in pattern.phrases:
                yield _Rule(
                    kind,
                    key,
                    phrase,
                    self._phrase_id(phrase),
                    pattern,
                    near=near,
                    not_near=not_near,
                    exact=self._exact_regex(phrase) if pattern.case == "exact" else None,
                    since=max((day for day in (since, pattern.since) if day), default=None),
                    until=min((day for day in (until, pattern.until) if day), default=None),
                )

    def _exact_regex(self, phrase: str) -> re.Pattern[str]:
        normal = normalise(phrase, language=self.language)
        cased = unquote(_with_capitals(normal, phrase, 0, len(normal.text)))
        return re.compile(build_phrase_regex(cased.strip()))

    def _context(self, words: Context | None) -> _Context | None:
        if words is None:
            return None
        return _Context(self._phrase_set(frozenset().union(*map(self._ids_of, words.any))), words.within)

    def _phrase_set(self, ids: frozenset[int]) -> PhraseSet:
        if ids not in self._phrase_sets:
            self._phrase_sets[ids] = self.index.build_set(ids)
        return self._phrase_sets[ids]

    def _ids_of(self, phrase: str) -> frozenset[int]:
        """The ids of a context phrase, or of all phrases behind a `@reference`."""
        if not phrase.startswith("@"):
            return frozenset((self._phrase_id(phrase),))
        if phrase not in self._ids_of_reference:
            self._ids_of_reference[phrase] = frozenset().union(*map(self._ids_of, self._references[phrase]))
        return self._ids_of_reference[phrase]

    def _phrase_id(self, phrase: str) -> int:
        if phrase not in self._ids_as_written:
            folded = normalise(phrase, language=self.language).text
            self._ids_as_written[phrase] = self.index.add(unquote(folded).strip())
        return self._ids_as_written[phrase]

    def _has_case(self, exact: re.Pattern[str], text: _Searched, start: int, end: int) -> bool:
        surface = unquote(_with_capitals(text.normal, text.original, *text.spots.span(start, end)))
        return any(exact.fullmatch(form) for form in (surface, self.index.strip_marks(surface)))

    def _why_not(self, rule: _Rule, text: _Searched, start: int, end: int) -> str | None:
        near, not_near = rule.pattern.near, rule.pattern.not_near
        if rule.exact and not self._has_case(rule.exact, text, start, end):
            return f"written with other capitals than '{rule.wanted}'"
        if near and rule.near and not _is_near(rule.near, text.spots, start, end):
            return f"none of {_some(near.any)} within {say_count(near.within, 'word')}"
        if not_near and rule.not_near and _is_ruled_out(rule.not_near, text.spots, start, end):
            return f"one of {_some(not_near.any)} stands within {say_count(not_near.within, 'word')}"
        if not _is_in_time(rule, text.published_on):
            day = text.published_on
            return f"not in articles of {day}, by since / until" if day else "only where the day is known, by dated"
        return None


def _build_references(codebook: Codebook, language: str) -> dict[str, list[str]]:
    """The phrases behind each `@reference`: subject, anchor, each side, actor, place and context."""
    parts = {part.id: _phrases_of(part.names, language) for part in codebook.named_parts}
    places = [phrase for place in codebook.places for phrase in parts[place.id]]
    anchors = _phrases_of(codebook.relevance.anchors, language) + places
    sides = {
        side: [phrase for actor in codebook.actors if actor.side == side for phrase in parts[actor.id]]
        for side in codebook.side_ids
    }
    named = {
        **parts,
        **sides,
        **{context.id: list(context.words.get(language, ())) for context in codebook.contexts},
        "anchor": anchors,
        "subject": anchors + [phrase for names in sides.values() for phrase in names],
    }
    return {f"@{name}": phrases for name, phrases in named.items()}


def _phrases_of(patterns: Patterns, language: str) -> list[str]:
    return [phrase for pattern in patterns.get(language, ()) for phrase in pattern.phrases]


def _some(words: Sequence[str]) -> str:
    more = len(words) - MOST_WORDS_SHOWN
    return ", ".join(words[:MOST_WORDS_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _is_in_time(rule: _Rule, published_on: date | None) -> bool:
    if published_on is None:
        return not rule.pattern.dated
    return not ((rule.since and published_on < rule.since) or (rule.until and published_on > rule.until))


def _with_capitals(text: NormalisedText, original: str, start: int, end: int) -> str:
    """The normal form of a span with its capitals: a letter is one if the letters that it comes from are."""
    letters = []
    for i in range(start, end):
        a, b = text.span(i, i + 1)
        letters.append(text.text[i].upper() if original[a:b].isupper() else text.text[i])
    return "".join(letters)


def _is_near(context: _Context, spots: Spots | Standing, start: int, end: int) -> bool:
    return spots.is_any_within(context.phrases, start, end, within=context.within)


def _is_ruled_out(context: _Context, spots: Spots, start: int, end: int) -> bool:
    return spots.is_any_within(context.phrases, start, end, within=context.within, reaching_out=True)
