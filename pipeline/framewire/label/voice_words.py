"""The words of a text, as its voice is read from them."""

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from itertools import accumulate

from framewire.text import NormalisedText

_WORD = re.compile(r"(\w+)")


@dataclass(frozen=True, slots=True)
class Words:
    """By word: its normal form, and its span in the text as it is stored. `gaps`: what stands there before each word, and behind all."""

    texts: list[str]
    starts: list[int]
    ends: list[int]
    gaps: list[str]

    def __len__(self) -> int:
        return len(self.texts)

    def at(self, start: int) -> int:
        """The index of the word that holds a place of the text, or of the next one."""
        i = max(bisect_right(self.starts, start) - 1, 0)
        return i if i < len(self.ends) and start < self.ends[i] else bisect_left(self.starts, start)

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The words of a span of the text, as a span of words."""
        first = self.at(start)
        return first, max(bisect_left(self.starts, end), first)


def find_words(original: str, normal: NormalisedText) -> Words:
    """The words of a text in order."""
    # Gaps and words in turns, a gap first and last.
    pieces = _WORD.split(normal.text)
    places = list(accumulate(map(len, pieces)))
    starts, ends = places[:-1:2], places[1::2]
    if normal.seams:
        spans = [normal.span(a, b) for a, b in zip(starts, ends, strict=True)]
        starts, ends = [a for a, _ in spans], [b for _, b in spans]
    if original.isascii() and original.lower() == normal.text:
        gaps = pieces[::2]
    else:
        gaps = [original[a:b] for a, b in zip([0, *ends], [*starts, len(original)], strict=True)]
    return Words(pieces[1::2], starts, ends, gaps)
