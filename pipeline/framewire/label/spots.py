"""Where phrases stand in one normalised text, and what stands near them."""

import re
from bisect import bisect_left
from collections.abc import Iterable
from functools import cached_property

import numpy as np

from framewire.label.phrases import Phrase, PhraseIndex, PhraseSet
from framewire.label.unquoted import Unquoted

# Source: Jamcode's distance: a sentence end between two words counts 3, a paragraph end 5.
SENTENCE_COST = 3
PARAGRAPH_COST = 5
_SENTENCE_END = re.compile(r"[.!?…։;:](?=[\"')\]]*\s)")
_SPACE = ord(" ")

Span = tuple[int, int]


class Spots:
    """Where phrases stand in one text, all places counted without its quotation marks."""

    def __init__(self, index: PhraseIndex, text: str) -> None:
        unquoted = Unquoted(text)
        self._index = index
        self._text = unquoted.text
        # From a span here to one of the text with its quotation marks.
        self.span = unquoted.span
        self.haystack = index.build_haystack(unquoted.text)
        self._has_no_marks = not index.folds_marks or self._text.isascii()

    def is_any_within(
        self, phrases: PhraseSet, start: int, end: int, *, within: int, reaching_out: bool = False
    ) -> bool:
        """True if one of the phrases stands outside [start, end) at most `within` words away; looks for them there only.

        With `reaching_out` also if one begins or ends inside and reaches out, as "ceasefire talks" does out of "talks".
        """
        low, high = self.find_around(start, end, within + phrases.most_gaps)
        candidates = (
            (phrase, low + place)
            for literal, place, _ in phrases.find_literals(self.haystack[low:high])
            for phrase in phrases.by_literal[phrases.literals[literal]]
        )
        return self.is_one_within(candidates, start, end, within=within, reaching_out=reaching_out)

    def is_one_within(
        self,
        candidates: Iterable[tuple[Phrase, int]],
        start: int,
        end: int,
        *,
        within: int,
        reaching_out: bool = False,
    ) -> bool:
        """As `is_any_within`, of phrases at places where their literals stand."""
        for phrase, place in candidates:
            span = self.find_span(phrase, place)
            if span and (
                self._is_beside(span, start, end, within) or (reaching_out and _reaches_out(span, start, end))
            ):
                return True
        return False

    def find_around(self, start: int, end: int, n_words: int) -> Span:
        """The part of the haystack with so many words before [start, end) and behind it, and the spaces around them.

        A phrase at most so many words away, less all its own, has its literal there.
        """
        starts = self._word_starts
        first, last = bisect_left(starts, start) - n_words, bisect_left(starts, end) + n_words
        return starts[first] if first > 0 else 0, starts[last] + 1 if last < len(starts) else len(self.haystack)

    def _is_beside(self, span: Span, start: int, end: int, within: int) -> bool:
        if span[1] <= start:
            return self._is_close(span[1], start, within)
        return span[0] >= end and self._is_close(end, span[0], within)

    def find_span(self, phrase: Phrase, place: int) -> Span | None:
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

    def _find_bare(self, phrase: Phrase, start: int) -> Span | None:
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

    @cached_property
    def _word_starts(self) -> list[int]:
        """Where the haystack's words begin, as places of the text: each is that of the space before in the haystack."""
        is_letter = np.frombuffer(self.haystack, np.uint8) != _SPACE
        starts: list[int] = (is_letter[1:] > is_letter[:-1]).nonzero()[0].tolist()
        return starts

    def _is_close(self, left: int, right: int, within: int) -> bool:
        """True if the span that starts at `right` is at most `within` words behind the one that ends at `left`.

        Adjacent words are 1 apart.
        """
        words = bisect_left(self._word_starts, right) - bisect_left(self._word_starts, left)
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


def _reaches_out(span: Span, start: int, end: int) -> bool:
    """True if a span has something in common with [start, end) and does not lie within it."""
    return span[0] < end and span[1] > start and (span[0] < start or span[1] > end)
