"""Phrases that are looked for in normalised texts: candidates from an automaton, then each phrase's own expression.

The automaton reads a haystack of one byte a letter, in which every letter that belongs to no word is one space. So words'
ends are part of what it looks for, and 'eu' is never found inside 'neutral'.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property

from ahocorasick_rs import BytesAhoCorasick, Implementation

from framewire.label.letter_bytes import LetterBytes

# In these languages no word differs from another by its marks alone, so a phrase without marks is found with marks, too
# (asymmetric search, UTS 10 section 8); a phrase with marks is found with them only.
LANGUAGES_THAT_FOLD_MARKS = frozenset({"en"})
_NO_WORD = re.compile(r"\W")
_ANY_LETTERS = "\0"


class PhraseIndex:
    """The folded phrases of one language, each with an id."""

    def __init__(self, *, language: str) -> None:
        self.folds_marks = language in LANGUAGES_THAT_FOLD_MARKS
        self.phrases: list[Phrase] = []
        self._bytes_of = LetterBytes(folds_marks=self.folds_marks)
        self._ids: dict[str, int] = {}

    def add(self, folded: str) -> int:
        """The id of a phrase, the same one each time."""
        if folded not in self._ids:
            self._ids[folded] = len(self.phrases)
            self.phrases.append(Phrase(len(self.phrases), folded, self._bytes_of))
        return self._ids[folded]

    def build_set(self, ids: Iterable[int]) -> "PhraseSet":
        """Some of the phrases, to be looked for together."""
        return PhraseSet([self.phrases[i] for i in ids])

    def build_haystack(self, text: str) -> bytes:
        """What the automata read: a byte for each letter of a normalised text, between two spaces."""
        return b" %b " % self._bytes_of.encode(text)

    def strip_marks(self, text: str) -> str:
        """The text with letters as a phrase without marks has them; the same text in most languages."""
        return self._bytes_of.strip_marks(text)


class PhraseSet:
    """Phrases that are looked for together, by one automaton, built when needed. Those without a word are never found."""

    def __init__(self, phrases: Sequence["Phrase"]) -> None:
        self._phrases = phrases
        # The most words of one of the phrases.
        self.most_gaps = max((phrase.n_gaps for phrase in phrases), default=0)

    def find_literals(self, haystack: bytes) -> list[tuple[int, int, int]]:
        """(number of a literal, start, end) wherever one stands, by end."""
        return self._automaton.find_matches_as_indexes(haystack, overlapping=True)

    @cached_property
    def ids(self) -> frozenset[int]:
        """The ids of the phrases."""
        return frozenset(phrase.id for phrase in self._phrases)

    @cached_property
    def literals(self) -> list[bytes]:
        """The literals by their numbers."""
        return list(self.by_literal)

    @cached_property
    def by_literal(self) -> dict[bytes, list["Phrase"]]:
        """The phrases of each literal, by the alphabet: so what an automaton reads one after the other lies together."""
        by_literal: dict[bytes, list[Phrase]] = {}
        for phrase in self._phrases:
            if phrase.literal:
                by_literal.setdefault(phrase.literal, []).append(phrase)
        return dict(sorted(by_literal.items()))

    @cached_property
    def _automaton(self) -> BytesAhoCorasick:
        # A table of all steps (DFA) is a fifth faster while it lies in the processor's cache and takes twice as long where
        # other work has driven it out, as between two texts.
        return BytesAhoCorasick(self.literals, implementation=Implementation.ContiguousNFA)


class Phrase:
    """One folded phrase: the literal that the automaton looks for, and what decides.

    `is_plain`: it has no star but at its end, so `core` is all of it. `is_settled`: where its literal stands, it stands.
    """

    # Slots: what is asked of thousands of phrases, a few a text, lies close together then.
    __slots__ = (
        "_before",
        "_behind",
        "_folded",
        "_regex",
        "core",
        "id",
        "is_plain",
        "is_settled",
        "literal",
        "n_gaps",
        "spaces_before",
    )

    def __init__(self, number: int, folded: str, letter_bytes: LetterBytes) -> None:
        self.id = number
        self._regex: re.Pattern[str] | None = None
        self._folded = folded
        skeleton = _build_skeleton(folded)
        fragments = skeleton.split(_ANY_LETTERS)
        best = max(range(len(fragments)), key=lambda i: len(fragments[i].strip()))
        self.literal = letter_bytes.encode(fragments[best]) if fragments[best].strip() else b""
        self.spaces_before = sum(fragment.count(" ") for fragment in fragments[:best])
        # The nearest letters before and behind the literal, parted from it by any letters: how many words to pass, and what
        # stands up to the space before the next word, or behind it; and the letters of that word.
        self._before = _find_neighbour(fragments[:best][::-1], str.rfind, letter_bytes)
        self._behind = _find_neighbour(fragments[best + 1 :], str.find, letter_bytes)
        # Letters of the haystack between and behind the phrase's words.
        self.n_gaps = skeleton.count(" ") - 1
        self.core = folded.rstrip("*")
        self.is_plain = "*" not in self.core
        self.is_settled = self.core.isascii() and self.core.isalnum()

    def has_neighbours(self, haystack: bytes, place: int) -> bool:
        """False if the letters before or behind its literal, which stands at a place of the haystack, are others: a quick look."""
        if self._before:
            n_words, words, letters = self._before
            space = haystack.rfind(b" ", 0, place)
            for _ in range(n_words):
                space = haystack.rfind(b" ", 0, space)
            if not (haystack.startswith(letters, space) and haystack.endswith(words, 0, space)):
                return False
        if not self._behind:
            return True
        n_words, letters, words = self._behind
        start = place + len(self.literal)
        space = haystack.find(b" ", start)
        for _ in range(n_words):
            start = space + 1
            space = haystack.find(b" ", start)
        return haystack.startswith(words, space) and haystack.endswith(letters, start, space)

    @property
    def regex(self) -> re.Pattern[str]:
        """The phrase, anchored at the start of its first word; compiled when needed."""
        if self._regex is None:
            self._regex = re.compile(build_phrase_regex(self._folded))
        return self._regex


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


def _find_neighbour(
    fragments: Sequence[str], find: Callable[[str, str], int], letter_bytes: LetterBytes
) -> tuple[int, bytes, bytes] | None:
    """The first fragment with letters, cut at a space, and the number of words before it; None if there is no such space."""
    n_words = 0
    for fragment in fragments:
        if fragment.strip():
            place = find(fragment, " ")
            left, right = letter_bytes.encode(fragment[:place]), letter_bytes.encode(fragment[place:])
            return (n_words, left, right) if place >= 0 else None
        n_words += fragment.count(" ")
    return None
