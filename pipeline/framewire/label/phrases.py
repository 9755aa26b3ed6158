"""Where phrases stand in a normalised text: candidates from one automaton, then each phrase's own expression.

The automaton reads a haystack of one byte a letter, in which every letter that belongs to no word is one space. So words'
ends are part of what it looks for, and 'eu' is never found inside 'neutral'.
"""

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from operator import itemgetter

import numpy as np
from ahocorasick_rs import BytesAhoCorasick, Implementation
from numpy.typing import NDArray

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
# Latin letters that look like others and do not decompose. Source: Unicode confusables.txt (UTS 39).
_ALIKE_IN_LATIN = {"ı": "i", "ɑ": "a", "ɡ": "g"}

# A first guess of how far a context reaches; longer words only cost another look.
_LETTERS_A_WORD = 10

Span = tuple[int, int]
# (literal, start, end) in the haystack, by end.
Match = tuple[int, int, int]
_LITERAL, _END = itemgetter(0), itemgetter(2)


class Context:
    """Phrases one of which must, or must not, stand near, by the literal that they are found by."""

    def __init__(self, by_literal: dict[int, list[int]], *, most_gaps: int) -> None:
        self.by_literal = by_literal
        # The most words of one of the phrases.
        self.most_gaps = most_gaps
        self.literals = by_literal.keys()


class PhraseIndex:
    """Finds many folded phrases at once in texts of one language."""

    def __init__(self, *, language: str) -> None:
        self.folds_marks = language in LANGUAGES_THAT_FOLD_MARKS
        self._bytes_of = _LetterBytes(folds_marks=self.folds_marks)
        self._ids: dict[str, int] = {}
        self._literals: dict[bytes, int] = {}
        self.phrases: list[_Phrase] = []
        # By phrase; -1 for a phrase without a word, which is never found.
        self.literal_of: list[int] = []

    def add(self, folded: str) -> int:
        """The id of a phrase, the same one each time. To be called before the first search."""
        if folded not in self._ids:
            self._ids[folded] = len(self.phrases)
            phrase = _Phrase(folded, self._bytes_of)
            self.phrases.append(phrase)
            literals = self._literals
            self.literal_of.append(literals.setdefault(phrase.literal, len(literals)) if phrase.literal else -1)
        return self._ids[folded]

    def build_context(self, phrases: frozenset[int]) -> Context:
        """A context of these phrases."""
        by_literal: dict[int, list[int]] = {}
        for phrase in phrases:
            by_literal.setdefault(self.literal_of[phrase], []).append(phrase)
        return Context(by_literal, most_gaps=max((self.phrases[phrase].n_gaps for phrase in phrases), default=0))

    @cached_property
    def _automaton(self) -> BytesAhoCorasick:
        return BytesAhoCorasick(list(self._literals), implementation=Implementation.DFA)

    def search(self, text: str) -> "Spots":
        """Where the phrases stand in a normalised text."""
        haystack = self._bytes_of.build_haystack(text)
        places: defaultdict[int, list[int]] = defaultdict(list)
        matches = self._automaton.find_matches_as_indexes(haystack, overlapping=True)
        for literal, start, _ in matches:
            places[literal].append(start)
        return Spots(self, text, haystack, matches, places)

    def strip_marks(self, text: str) -> str:
        """The text with letters as a phrase without marks has them; the same text in most languages."""
        return self._bytes_of.strip_marks(text)


class Spots:
    """Where each phrase stands in one text; worked out on demand, since most phrases are never asked for."""

    def __init__(
        self, index: PhraseIndex, text: str, haystack: bytes, matches: list[Match], places: dict[int, list[int]]
    ) -> None:
        self.literals = places.keys()
        self._index = index
        self._text = text
        self._haystack = haystack
        self._matches = matches
        self._places = places
        self._found: dict[int, list[Span]] = {}

    def of(self, phrase: int) -> list[Span]:
        """The spans of one phrase, by start."""
        spans = self._found.get(phrase)
        if spans is None:
            spans = list(self._find(self._index.phrases[phrase], self._index.literal_of[phrase]))
            self._found[phrase] = spans
        return spans

    def _find(self, phrase: "_Phrase", literal: int) -> Iterable[Span]:
        places = self._places.get(literal)
        if not places:
            return ()
        if not phrase.is_plain:
            return dict.fromkeys(self._verify(phrase, places))
        # The haystack has a space more in front, so that a word's first letter stands where its space does.
        find_space, length = self._haystack.index, len(phrase.core) + 1
        if phrase.is_settled:
            return [(place, find_space(b" ", place + length) - 1) for place in places]
        starts_with, core = self._text.startswith, phrase.core
        if all(starts_with(core, place) for place in places):
            return [(place, find_space(b" ", place + length) - 1) for place in places]
        return self._verify(phrase, places)

    def _verify(self, phrase: "_Phrase", places: Sequence[int]) -> Iterator[Span]:
        """The places of a phrase's literal at which all of it stands."""
        haystack = self._haystack
        for place in places:
            start = place
            for _ in range(phrase.spaces_before):
                start = haystack.rfind(b" ", 0, start)
            if start < 0:
                continue
            if match := phrase.regex.match(self._text, start):
                yield match.span()
            elif self._index.folds_marks and (end := self._find_bare(phrase, start)):
                yield start, end

    def _find_bare(self, phrase: "_Phrase", start: int) -> int | None:
        """Where a phrase ends that stands here but for marks; None if it does not."""
        stop = start + 1
        for _ in range(phrase.n_gaps):
            stop = self._haystack.find(b" ", stop) + 1
            if not stop:
                return None
        words = self._text[start : stop - 2]
        match = None if words.isascii() else phrase.regex.match(self._index.strip_marks(words))
        return start + match.end() if match else None

    def is_any_within(self, context: Context, start: int, end: int, *, within: int) -> bool:
        """True if a phrase of the context stands outside [start, end) at most `within` words away."""
        if self.literals.isdisjoint(context.literals):
            return False
        # A phrase that far away has its literal no farther away than all its words more.
        reach = within + context.most_gaps
        low, high = self._find_left(start, reach), self._find_right(end, reach)
        first, last = bisect_left(self._matches, low, key=_END), bisect_right(self._matches, high, key=_END)
        for literal in dict.fromkeys(map(_LITERAL, self._matches[first:last])):
            for phrase in context.by_literal.get(literal, ()):
                for a, b in self.of(phrase):
                    if low <= b <= start and self._is_close(b, start, within):
                        return True
                    if end <= a <= high and self._is_close(end, a, within):
                        return True
        return False

    def _find_left(self, place: int, n_words: int) -> int:
        """The place before which so many words stand between it and this one; 0 if there are fewer."""
        size = _LETTERS_A_WORD * n_words
        while True:
            low = max(place - size, 0)
            rest = self._haystack[low : place + 1].rsplit(None, n_words)
            if len(rest) > n_words:
                return low + len(rest[0])
            if not low:
                return 0
            size *= 4

    def _find_right(self, place: int, n_words: int) -> int:
        """The place behind which so many words stand between this one and it; the haystack's end if there are fewer."""
        size = _LETTERS_A_WORD * n_words
        while True:
            high = place + size
            rest = self._haystack[place + 1 : high].split(None, n_words)
            if len(rest) > n_words:
                return high - len(rest[-1])
            if high >= len(self._haystack):
                return high
            size *= 4

    def _is_close(self, left: int, right: int, within: int) -> bool:
        """True if the span that starts at `right` is at most `within` words behind the one that ends at `left`.

        Adjacent words are 1 apart.
        """
        words = len(self._haystack[left + 1 : right + 1].split(None, within))
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

    def __init__(self, folded: str, letter_bytes: "_LetterBytes") -> None:
        self._folded = folded
        skeleton = _build_skeleton(folded)
        fragments = skeleton.split(_ANY_LETTERS)
        best = max(range(len(fragments)), key=lambda i: len(fragments[i].strip()))
        self.literal = letter_bytes.encode(fragments[best]) if fragments[best].strip() else b""
        self.spaces_before = sum(fragment.count(" ") for fragment in fragments[:best])
        # Letters of the haystack between and behind the phrase's words.
        self.n_gaps = skeleton.count(" ") - 1
        self.core = folded.rstrip("*")
        self.is_plain = "*" not in self.core
        self.is_settled = self.core.isascii() and self.core.isalnum()

    @cached_property
    def regex(self) -> re.Pattern[str]:
        """The phrase, anchored at the start of its first word; compiled when needed."""
        return re.compile(build_phrase_regex(self._folded))


class _LetterBytes:
    """The byte of each letter: itself, or for other scripts one of 128, which a phrase's expression sorts out afterwards."""

    def __init__(self, *, folds_marks: bool) -> None:
        self._folds_marks = folds_marks
        self._ascii = bytes(self._byte_of(chr(i)) for i in range(128)) + bytes(128)
        # 0 = not met yet.
        self._table: NDArray[np.uint8] = np.zeros(0x110000, np.uint8)
        self._bare = _BareLetters()

    def build_haystack(self, text: str) -> bytes:
        """The text's letters as bytes, between two spaces."""
        return b" %b " % self.encode(text)

    def encode(self, text: str) -> bytes:
        """The text's letters as bytes."""
        if text.isascii():
            return text.encode("ascii").translate(self._ascii)
        codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
        letters = self._table.take(codes)
        if not letters.all():
            for code in set(codes[letters == 0].tolist()):
                self._table[code] = self._byte_of(chr(code))
            letters = self._table.take(codes)
        return letters.tobytes()

    def strip_marks(self, text: str) -> str:
        """The text with its letters bare, where the language folds marks."""
        return text.translate(self._bare) if self._folds_marks and not text.isascii() else text

    def _byte_of(self, letter: str) -> int:
        if not (letter.isalnum() or letter == "_"):
            return _SPACE
        letter = _bare_letter(letter) if self._folds_marks else letter
        return ord(letter) if letter.isascii() else 128 + ord(letter) % 128


class _BareLetters(dict[int, str]):
    """Each letter without its marks, worked out when first met."""

    def __missing__(self, code: int) -> str:
        return self.setdefault(code, _bare_letter(chr(code)))


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


def _bare_letter(letter: str) -> str:
    base = unicodedata.normalize("NFD", letter)[0]
    return base if base.isascii() and base.isalpha() else _ALIKE_IN_LATIN.get(letter, letter)
