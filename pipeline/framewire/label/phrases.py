"""Where phrases stand in a normalised text: candidates from one automaton, then each phrase's own expression.

The automaton reads a haystack of one byte a letter, in which every letter that belongs to no word is one space. So words'
ends are part of what it looks for, and 'eu' is never found inside 'neutral'.
"""

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cached_property

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

Span = tuple[int, int]


class Context:
    """Phrases one of which must, or must not, stand near, by the literal that they are found by."""

    def __init__(self, by_literal: dict[int, list[int]]) -> None:
        self.by_literal = by_literal
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
        return Context(by_literal)

    @cached_property
    def _automaton(self) -> BytesAhoCorasick:
        return BytesAhoCorasick(list(self._literals), implementation=Implementation.DFA)

    def search(self, text: str) -> "Spots":
        """Where the phrases stand in a normalised text."""
        haystack = self._bytes_of.build_haystack(text)
        places: defaultdict[int, list[int]] = defaultdict(list)
        for literal, start, _ in self._automaton.find_matches_as_indexes(haystack, overlapping=True):
            places[literal].append(start)
        return Spots(self, text, haystack, places)

    def strip_marks(self, text: str) -> str:
        """The text with letters as a phrase without marks has them; the same text in most languages."""
        return self._bytes_of.strip_marks(text)


class Spots:
    """Where each phrase stands in one text; worked out on demand, since most phrases are never asked for."""

    def __init__(self, index: PhraseIndex, text: str, haystack: bytes, places: dict[int, list[int]]) -> None:
        self.literals = places.keys()
        self._index = index
        self._text = text
        self._haystack = haystack
        self._places = places
        self._found: dict[int, list[Span]] = {}
        self._edges: dict[Context, tuple[list[int], list[int]]] = {}

    def of(self, phrase: int) -> list[Span]:
        """The spans of one phrase, by start."""
        spans = self._found.get(phrase)
        if spans is None:
            spans = self._found[phrase] = self._find(self._index.phrases[phrase], self._index.literal_of[phrase])
        return spans

    def _find(self, phrase: "_Phrase", literal: int) -> list[Span]:
        places = self._places.get(literal)
        if not places:
            return []
        if phrase.is_settled:
            # The haystack has a space more in front, so that a word's first letter stands where its space does.
            find, length = self._haystack.index, phrase.length + 1
            return [(place, find(b" ", place + length) - 1) for place in places]
        return list(dict.fromkeys(self._verify(phrase, places)))

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
        starts, ends = self._edges_of(context)
        before, behind = bisect_right(ends, start), bisect_left(starts, end)
        if before and self._is_close(ends[before - 1], start, within):
            return True
        return behind < len(starts) and self._is_close(end, starts[behind], within)

    def _edges_of(self, context: Context) -> tuple[list[int], list[int]]:
        """The starts and the ends of all spans of a context's phrases, each in order."""
        edges = self._edges.get(context)
        if edges is None:
            literals = self.literals & context.literals
            spans = [span for i in literals for phrase in context.by_literal[i] for span in self.of(phrase)]
            edges = self._edges[context] = sorted([a for a, _ in spans]), sorted([b for _, b in spans])
        return edges

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

    `is_settled`: where the literal stands, the phrase stands, up to the end of the word.
    """

    def __init__(self, folded: str, letter_bytes: "_LetterBytes") -> None:
        self._folded = folded
        skeleton = _build_skeleton(folded)
        fragments = skeleton.split(_ANY_LETTERS)
        best = max(range(len(fragments)), key=lambda i: len(fragments[i].strip()))
        is_word = bool(fragments[best].strip())
        self.literal = letter_bytes.encode(fragments[best]) if is_word else b""
        self.spaces_before = sum(fragment.count(" ") for fragment in fragments[:best])
        # Letters of the haystack between and behind the phrase's words.
        self.n_gaps = skeleton.count(" ") - 1
        self.length = len(folded.rstrip("*"))
        is_one_word = folded.isascii() and folded.rstrip("*").isalnum() and len(folded) - self.length <= 1
        self.is_settled = is_word and is_one_word

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
