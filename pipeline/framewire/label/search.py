"""The phrases that a text may hold and the words that they need near them, found by one look.

Most news holds generic words (attack, captured) and none of those that must stand near them. So each set of words that
something needs has a bit, a literal of its words opens it, and what has none of its bits open is not looked at.
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property, reduce
from operator import or_

from framewire.label.phrases import Phrase, PhraseIndex, PhraseSet
from framewire.label.spots import Spots

# The bit of what needs no words near it; it is always open.
_FREE = 1


class Search:
    """Phrases that are looked for, each with the sets of words one of which it needs near it; None = it may do without."""

    def __init__(self, index: PhraseIndex, needed: Mapping[int, Sequence[PhraseSet | None]]) -> None:
        self._needed = needed
        every = dict.fromkeys(words for sets in needed.values() for words in sets if words)
        self.bits = {words: _FREE << i for i, words in enumerate(every, 1)}
        self.phrases = index.build_set(dict.fromkeys([*needed, *(i for words in every for i in words.ids)]))

    def look(self, spots: Spots) -> "Standing":
        """What of them stands in a text."""
        places: dict[int, list[int]] = {}
        for literal, place, _ in self.phrases.find_literals(spots.haystack):
            places.setdefault(literal, []).append(place)
        return Standing(self, spots, places)

    @cached_property
    def opened(self) -> list[int]:
        """The bits that each literal opens, by its number."""
        opened = dict.fromkeys(self.phrases.literals, 0)
        for words, bit in self.bits.items():
            for literal in words.by_literal:
                opened[literal] |= bit
        return list(opened.values())

    @cached_property
    def locked(self) -> list[list[tuple[int, Phrase]]]:
        """The phrases of each literal, by its number, with the bits one of which must be open."""
        return [
            [(self._lock_of(phrase.id), phrase) for phrase in phrases if phrase.id in self._needed]
            for phrases in self.phrases.by_literal.values()
        ]

    def _lock_of(self, phrase: int) -> int:
        return reduce(or_, (self.bits[words] if words else _FREE for words in self._needed[phrase]))


class Standing:
    """What of a search stands in one text: literals, and as far as it is asked for, their phrases."""

    def __init__(self, search: Search, spots: Spots, places: Mapping[int, Sequence[int]]) -> None:
        self._search = search
        self._spots = spots
        self._places = places
        opened = search.opened
        self._opening = [literal for literal in places if opened[literal]]
        self._open = reduce(or_, [opened[literal] for literal in self._opening], _FREE)

    def find_open(self) -> Iterator[tuple[int, int, int]]:
        """(phrase, start, end) wherever a phrase stands of which the text may hold what it needs."""
        return self._find(self._open)

    def find_all(self) -> Iterator[tuple[int, int, int]]:
        """(phrase, start, end) wherever a phrase stands."""
        return self._find(-1)

    def is_any_within(self, words: PhraseSet, start: int, end: int, *, within: int) -> bool:
        """True if words of a set that is needed stand outside [start, end) at most so many words away."""
        bit = self._search.bits[words]
        if not bit & self._open:
            return False
        low, high = self._spots.find_around(start, end, within + words.most_gaps)
        opened, literals = self._search.opened, self._search.phrases.literals
        first, last = (bisect_left(self._openings, (edge, 0)) for edge in (low, high))
        candidates = (
            (phrase, place)
            for place, literal in self._openings[first:last]
            if opened[literal] & bit
            for phrase in words.by_literal[literals[literal]]
        )
        return self._spots.is_one_within(candidates, start, end, within=within)

    def _find(self, opened: int) -> Iterator[tuple[int, int, int]]:
        locked = self._search.locked
        for literal, places in self._places.items():
            for lock, phrase in locked[literal]:
                if lock & opened:
                    for start, end in self._spots.list_spans(phrase, places):
                        yield phrase.id, start, end

    @cached_property
    def _openings(self) -> list[tuple[int, int]]:
        """(place, number) of the literals that open something, by place."""
        return sorted((place, literal) for literal in self._opening for place in self._places[literal])
