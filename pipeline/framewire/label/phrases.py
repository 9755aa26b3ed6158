"""Where phrases stand in a normalised text: candidates from an automaton, then each phrase's own expression.

The automaton reads a haystack of one byte a letter, in which every letter that belongs to no word is one space. So words'
ends are part of what it looks for, and 'eu' is never found inside 'neutral'.
"""

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property

import numpy as np
from ahocorasick_rs import BytesAhoCorasick, Implementation

from framewire.label.letter_bytes import LetterBytes
from framewire.label.unquoted import Unquoted

# Source: Jamcode's distance: a sentence end between two words counts 3, a paragraph end 5.
SENTENCE_COST = 3
PARAGRAPH_COST = 5
# In these languages no word differs from another by its marks alone, so a phrase without marks is found with marks, too
# (asymmetric search, UTS 10 section 8); a phrase with marks is found with them only.
LANGUAGES_THAT_FOLD_MARKS = frozenset({"en"})
_SENTENCE_END = re.compile(r"[.!?…։;:](?=[\"')\]]*\s)")
_NO_WORD = re.compile(r"\W")
_ANY_LETTERS = "\0"
_SPACE = ord(" ")

Span = tuple[int, int]


class PhraseIndex:
    """The folded phrases of one language, each with an id."""

    def __init__(self, *, language: str) -> None:
        self.folds_marks = language in LANGUAGES_THAT_FOLD_MARKS
        self.phrases: list[_Phrase] = []
        self._bytes_of = LetterBytes(folds_marks=self.folds_marks)
        self._ids: dict[str, int] = {}

    def add(self, folded: str) -> int:
        """The id of a phrase, the same one each time."""
        if folded not in self._ids:
            self._ids[folded] = len(self.phrases)
            self.phrases.append(_Phrase(folded, self._bytes_of))
        return self._ids[folded]

    def build_set(self, ids: Iterable[int]) -> "PhraseSet":
        """Some of the phrases, to be looked for together."""
        return PhraseSet({phrase: self.phrases[phrase] for phrase in ids})

    def open(self, text: str) -> "Spots":
        """A normalised text, ready to be searched."""
        unquoted = Unquoted(text)
        return Spots(self, unquoted, self.build_haystack(unquoted.text))

    def build_haystack(self, text: str) -> bytes:
        """What the automata read: a byte for each letter of a normalised text, between two spaces."""
        return b" %b " % self._bytes_of.encode(text)

    def strip_marks(self, text: str) -> str:
        """The text with letters as a phrase without marks has them; the same text in most languages."""
        return self._bytes_of.strip_marks(text)


class PhraseSet:
    """Phrases that are looked for together, by one automaton, built when needed. Those without a word are never found."""

    def __init__(self, phrases: Mapping[int, "_Phrase"]) -> None:
        self._phrases = phrases
        # The most words of one of the phrases.
        self.most_gaps = max((phrase.n_gaps for phrase in phrases.values()), default=0)

    def find_literals(self, haystack: bytes) -> list[tuple[int, int, int]]:
        """(number of a literal, start, end) wherever one stands, by end."""
        return self._automaton.find_matches_as_indexes(haystack, overlapping=True)

    @cached_property
    def ids(self) -> frozenset[int]:
        """The ids of the phrases."""
        return frozenset(self._phrases)

    @cached_property
    def phrases_of(self) -> list[list[int]]:
        """The ids of the phrases of each literal, by its number."""
        return list(self._by_literal.values())

    @cached_property
    def _by_literal(self) -> dict[bytes, list[int]]:
        by_literal: dict[bytes, list[int]] = {}
        for i, phrase in self._phrases.items():
            if phrase.literal:
                by_literal.setdefault(phrase.literal, []).append(i)
        return by_literal

    @cached_property
    def _automaton(self) -> BytesAhoCorasick:
        # A table of all steps (DFA) is a fifth faster while it lies in the processor's cache and takes twice as long where
        # other work has driven it out, as between two texts.
        return BytesAhoCorasick(list(self._by_literal), implementation=Implementation.ContiguousNFA)


class Spots:
    """Where phrases stand in one text, all places counted without its quotation marks.

    Contexts are looked for only around a place, since most are never asked for.
    """

    def __init__(self, index: PhraseIndex, unquoted: Unquoted, haystack: bytes) -> None:
        self._index = index
        self._text = unquoted.text
        # From a span here to one of the text with its quotation marks.
        self.span = unquoted.span
        self.haystack = haystack
        self._has_no_marks = not index.folds_marks or self._text.isascii()

    def find(self, phrases: PhraseSet, *, wanted: Callable[[int], bool]) -> dict[int, list[Span]]:
        """The spans of those phrases of a set that stand in the text and are wanted, each by start."""
        found: defaultdict[int, list[Span]] = defaultdict(list)
        for literal, place, _ in phrases.find_literals(self.haystack):
            for phrase in filter(wanted, phrases.phrases_of[literal]):
                span = self._verify(self._index.phrases[phrase], place)
                # A literal that stands in a word twice leads to the same span twice.
                if span and span not in found[phrase][-1:]:
                    found[phrase].append(span)
        return found

    def list_candidates(self, phrases: PhraseSet) -> frozenset[int]:
        """The phrases of a set that may stand in the text: their literals do."""
        found = {literal for literal, _, _ in phrases.find_literals(self.haystack)}
        return frozenset(phrase for literal in found for phrase in phrases.phrases_of[literal])

    def is_any_within(self, phrases: PhraseSet, start: int, end: int, *, within: int) -> bool:
        """True if one of the phrases stands outside [start, end) at most `within` words away."""
        # A phrase that far away has its literal no farther away than all its words more.
        reach = within + phrases.most_gaps
        low, high = self._find_around(start, end, reach)
        window = self.haystack[low:high]
        for literal, place, _ in phrases.find_literals(window):
            for phrase in phrases.phrases_of[literal]:
                span = self._verify(self._index.phrases[phrase], low + place)
                if span and self._is_beside(span, start, end, within):
                    return True
        return False

    def _is_beside(self, span: Span, start: int, end: int, within: int) -> bool:
        if span[1] <= start:
            return self._is_close(span[1], start, within)
        return span[0] >= end and self._is_close(end, span[0], within)

    def _verify(self, phrase: "_Phrase", place: int) -> Span | None:
        """The span of a phrase whose literal stands at a place of the haystack; None if the rest does not stand there."""
        # The haystack has a space more in front, so that a word's first letter stands where its space does.
        if phrase.is_settled or (phrase.is_plain and self._text.startswith(phrase.core, place)):
            return place, self.haystack.index(b" ", place + len(phrase.core) + 1) - 1
        if not phrase.has_neighbours(self.haystack, place):
            return None
        for _ in range(phrase.spaces_before):
            place = self.haystack.rfind(b" ", 0, place)
        if place < 0:
            return None
        match = phrase.regex.match(self._text, place)
        return match.span() if match else self._find_bare(phrase, place)

    def _find_bare(self, phrase: "_Phrase", start: int) -> Span | None:
        """The span of a phrase that stands here but for marks, in languages where these count for nothing."""
        if self._has_no_marks:
            return None
        stop = start + 1
        for _ in range(phrase.n_gaps):
            stop = self.haystack.find(b" ", stop) + 1
            if not stop:
                return None
        words = self._text[start : stop - 2]
        match = None if words.isascii() else phrase.regex.match(self._index.strip_marks(words))
        return (start, start + match.end()) if match else None

    def _find_around(self, start: int, end: int, n_words: int) -> Span:
        """The part of the haystack with so many words before [start, end) and behind it, and the spaces around them."""
        starts = self._word_starts
        first, last = bisect_left(starts, start) - n_words, bisect_left(starts, end) + n_words
        return starts[first] if first > 0 else 0, starts[last] + 1 if last < len(starts) else len(self.haystack)

    @cached_property
    def _word_starts(self) -> list[int]:
        """Where the haystack's words begin, as places of the text: each is that of the space before in the haystack."""
        is_letter = np.frombuffer(self.haystack, np.uint8) != _SPACE
        starts: list[int] = np.flatnonzero(is_letter[1:] & ~is_letter[:-1]).tolist()
        return starts

    def _is_close(self, left: int, right: int, within: int) -> bool:
        """True if the span that starts at `right` is at most `within` words behind the one that ends at `left`.

        Adjacent words are 1 apart.
        """
        words = len(self.haystack[left + 1 : right + 1].split(None, within))
        if words >= within:
            return False
        paragraphs = self._text.count("\n", left, right)
        distance = words + 1 + PARAGRAPH_COST * paragraphs
        return distance <= within and distance + SENTENCE_COST * self._count_sentence_ends(left, right) <= within

    def _count_sentence_ends(self, left: int, right: int) -> int:
        count = 0
        for match in _SENTENCE_END.finditer(self._text, left):
            if match.start() >= right:
                break
            count += 1
        return count


class _Phrase:
    """One folded phrase: the literal that the automaton looks for, and what decides.

    `is_plain`: it has no star but at its end, so `core` is all of it. `is_settled`: where its literal stands, it stands.
    """

    def __init__(self, folded: str, letter_bytes: LetterBytes) -> None:
        self._folded = folded
        skeleton = _build_skeleton(folded)
        fragments = skeleton.split(_ANY_LETTERS)
        best = max(range(len(fragments)), key=lambda i: len(fragments[i].strip()))
        self.literal = letter_bytes.encode(fragments[best]) if fragments[best].strip() else b""
        self.spaces_before = sum(fragment.count(" ") for fragment in fragments[:best])
        # What stands before and behind the literal, each parted from it by any letters of one word: up to the space that
        # ends the word before, or that begins the word behind; and the letters of that word.
        before, behind = (fragments[i] if 0 <= i < len(fragments) else "" for i in (best - 1, best + 1))
        self._before = tuple(map(letter_bytes.encode, _cut_at(before, before.rfind(" "))))
        self._behind = tuple(map(letter_bytes.encode, _cut_at(behind, behind.find(" "))))
        # Letters of the haystack between and behind the phrase's words.
        self.n_gaps = skeleton.count(" ") - 1
        self.core = folded.rstrip("*")
        self.is_plain = "*" not in self.core
        self.is_settled = self.core.isascii() and self.core.isalnum()

    def has_neighbours(self, haystack: bytes, place: int) -> bool:
        """False if the letters before or behind its literal, which stands at a place of the haystack, are others: a quick look."""
        if self._before:
            words, letters = self._before
            space = haystack.rfind(b" ", 0, place)
            if not (haystack.startswith(letters, space) and haystack.endswith(words, 0, space)):
                return False
        if not self._behind:
            return True
        letters, words = self._behind
        start = place + len(self.literal)
        space = haystack.find(b" ", start)
        return haystack.startswith(words, space) and haystack.endswith(letters, start, space)

    @cached_property
    def regex(self) -> re.Pattern[str]:
        """The phrase, anchored at the start of its first word; compiled when needed."""
        return re.compile(build_phrase_regex(self._folded))


def build_phrase_regex(phrase: str) -> str:
    """`ethnic* cleans*` -> a regular expression from the start of the first word to the end of the last."""
    words = [_word_regex(word) for word in phrase.split()]
    return r"[ \n]".join(words) + r"(?!\w)"


def _word_regex(word: str) -> str:
    opening = r"\w*" if word.startswith("*") else ""
    closing = r"\w*" if word.endswith("*") else ""
    return opening + r"[- ]".join(re.escape(part) for part in word.strip("*").split("-")) + closing


def _build_skeleton(phrase: str) -> str:
    """The phrase as a haystack has it, between two spaces, with a mark for any letters of a word."""
    words = []
    for word in phrase.split():
        opening, closing = (_ANY_LETTERS if is_open else "" for is_open in (word.startswith("*"), word.endswith("*")))
        words.append(opening + _NO_WORD.sub(" ", word.strip("*")) + closing)
    return f" {' '.join(words)} "


def _cut_at(fragment: str, place: int) -> tuple[str, str] | tuple[()]:
    """The two parts of a fragment; none if there is no such place, or nothing in it but a space."""
    return (fragment[:place], fragment[place:]) if place >= 0 and fragment.strip() else ()
