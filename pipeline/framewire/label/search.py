"""The phrases that a text may hold and the words that they need near them, found by one look.

Most news holds generic words (attack, captured) and none of those that must stand near them. So each set of words that
something needs has a bit, a literal of its words opens it, and what has none of its bits open is not looked at.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property, reduce
from operator import itemgetter, or_

from framewire.label.phrases import Phrase, PhraseIndex, PhraseSet
from framewire.label.spots import Spots

# The bit of what needs no words near it; it is always open.
_FREE = 1
# Between the haystacks of two texts; no phrase has it.
_BREAK = b"\n"
_END = itemgetter(2)
# (phrase, start, end)
Stand = tuple[int, int, int]


class Search:
    """Phrases that are looked for, each with the sets of words one of which it needs near it; None = it may do without."""

    def __init__(self, index: PhraseIndex, needed: Mapping[int, Sequence[PhraseSet | None]]) -> None:
        self._needed = needed
        every = dict.fromkeys(words for sets in needed.values() for words in sets if words)
        self.bits = {words: _FREE << i for i, words in enumerate(every, 1)}
        self.phrases = index.build_set(dict.fromkeys([*needed, *(i for words in every for i in words.ids)]))

    def look(self, spots: Spots) -> "Standing":
        """What of them stands in a text."""
        return self.look_all([spots])[0]

    def look_all(self, texts: Sequence[Spots]) -> list["Standing"]:
        """What of them stands in each of some texts, which the automaton reads as one: its tables stay at hand meanwhile."""
        literals = self.phrases.find_literals(_BREAK.join([spots.haystack for spots in texts]))
        standings, start, done = [], 0, 0
        for spots in texts:
            end = start + len(spots.haystack)
            last = bisect_right(literals, end, lo=done, key=_END)
            standings.append(Standing(self, spots, literals[done:last], start))
            start, done = end + len(_BREAK), last
        return standings

    @cached_property
    def opened(self) -> list[int]:
        """The bits that each literal opens, by its number."""
        opened = dict.fromkeys(self.phrases.literals, 0)
        for words, bit in self.bits.items():
            for literal in words.by_literal:
                opened[literal] |= bit
        return _share(opened.values())

    @cached_property
    def locks(self) -> list[int]:
        """The bits one of which must be open for a phrase of each literal, by its number."""
        return _share(reduce(or_, (lock for lock, _ in phrases), 0) for phrases in self.locked)

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

    def __init__(self, search: Search, spots: Spots, literals: Sequence[tuple[int, int, int]], shift: int) -> None:
        self._search = search
        self._spots = spots
        # (number, start, end), by end; places are so much further on than in the text's own haystack.
        self._literals = literals
        self._shift = shift
        opened = search.opened
        self._open = _FREE
        for literal, _, _ in literals:
            self._open |= opened[literal]

    def find_open(self) -> list[Stand]:
        """Wherever a phrase stands of which the text may hold what it needs; by start, then longest."""
        return [(phrase, start, -end) for start, end, phrase in sorted(self._find(self._open))]

    def find_all(self) -> list[Stand]:
        """Wherever a phrase stands, as their literals end."""
        return [(phrase, start, -end) for start, end, phrase in self._find(-1)]

    def is_any_within(self, words: PhraseSet, start: int, end: int, *, within: int) -> bool:
        """True if words of a set that is needed stand outside [start, end) at most so many words away."""
        bit = self._search.bits[words]
        if not bit & self._open:
            return False
        edges = self._spots.find_around(start, end, within + words.most_gaps)
        first, last = [bisect_right(self._literals, edge + self._shift, key=_END) for edge in edges]
        opened, literals = self._search.opened, self._search.phrases.literals
        candidates = [
            (phrase, place - self._shift)
            for literal, place, _ in self._literals[first:last]
            if opened[literal] & bit
            for phrase in words.by_literal[literals[literal]]
        ]
        return bool(candidates) and self._spots.is_one_within(candidates, start, end, within=within)

    def _find(self, opened: int) -> Iterable[tuple[int, int, int]]:
        """(start, -end, phrase), each once, though a literal that stands in a word twice leads to the same span twice."""
        found: dict[tuple[int, int, int], None] = {}
        locks, locked = self._search.locks, self._search.locked
        for literal, place, _ in self._literals:
            if locks[literal] & opened:
                for lock, phrase in locked[literal]:
                    if lock & opened and (span := self._spots.find_span(phrase, place - self._shift)):
                        found[span[0], -span[1], phrase.id] = None
        return found


def _share(numbers: Iterable[int]) -> list[int]:
    """The numbers, equal ones as one object: so that those of a text lie in the processor's cache."""
    shared: dict[int, int] = {}
    return [shared.setdefault(number, number) for number in numbers]
