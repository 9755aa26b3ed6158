"""A text without its quotation marks and the marks of hashtags: inside a phrase they count for nothing.

So `so-called "activists"` is one phrase, and so is `people of #Paris`.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from functools import cached_property

from framewire.text.normalise import list_places

# At the edge of a word, or alone (`« mot »`: then with the space behind); a star stands for letters.
_MARKS = re.compile(r"""["'](?:(?<!\w.)["']*+(?:(?:(?<=[ \n].)|(?<=\A.))[ ])?|["']*+(?![\w*]))""")
# Before a word and behind none: `C#` keeps its own.
_HASHTAG = re.compile(r"(?<!\w)#(?=\w)")


class Unquoted:
    """A normalised text without the quotation marks at the edges of its words, and hashes; apostrophes stay."""

    def __init__(self, text: str) -> None:
        self._before = text
        self._marks = list(_find_marks(text))
        ends = [0, *(end for _, end in self._marks)]
        starts = [*(start for start, _ in self._marks), len(text)]
        self.text = "".join([text[a:b] for a, b in zip(ends, starts, strict=True)]) if self._marks else text

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The place in the text with its marks of [start, end) of the text without them; end > start."""
        if len(self.text) == len(self._before):
            return start, end
        return self._place(start), self._place(end - 1) + 1

    def _place(self, i: int) -> int:
        starts, starts_before = self._pieces
        piece = bisect_right(starts, i) - 1
        return starts_before[piece] + i - starts[piece]

    @cached_property
    def _pieces(self) -> tuple[list[int], list[int]]:
        """Where each piece between marks begins, without the marks and with them."""
        starts, starts_before = [0], [0]
        for start, end in self._marks:
            starts.append(starts[-1] + start - starts_before[-1])
            starts_before.append(end)
        return starts, starts_before


def _find_marks(text: str) -> Iterator[tuple[int, int]]:
    """The spans of the marks that count for nothing."""
    done = 0
    # A search for each mark, which jumps from one to the next, is faster than one for any.
    for place in sorted(place for mark in "'\"#" for place in list_places(mark, text)):
        if place >= done and (match := _MARKS.match(text, place) or _HASHTAG.match(text, place)):
            done = match.end()
            yield match.span()


def unquote(text: str) -> str:
    """A normalised phrase or text without the quotation marks at the edges of its words."""
    return Unquoted(text).text
