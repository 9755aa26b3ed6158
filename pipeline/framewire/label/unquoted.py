"""A text without its quotation marks: inside a phrase they count for nothing, so `so-called "activists"` is one."""

import re
from bisect import bisect_right
from functools import cached_property

# At the edge of a word, or alone (`« mot »`: then with the space behind); a star stands for letters. The marks come first in
# the expression, because the search leaps to them.
_MARKS = re.compile(r"""["'](?:(?<!\w.)["']*+(?:(?:(?<=[ \n].)|(?<=\A.))[ ])?|["']*+(?![\w*]))""")


class Unquoted:
    """A normalised text without the quotation marks at the edges of its words; apostrophes stay."""

    def __init__(self, text: str) -> None:
        self._before = text
        self.text = _MARKS.sub("", text)

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
        for match in _MARKS.finditer(self._before):
            starts.append(starts[-1] + match.start() - starts_before[-1])
            starts_before.append(match.end())
        return starts, starts_before


def unquote(text: str) -> str:
    """A normalised phrase or text without the quotation marks at the edges of its words."""
    return Unquoted(text).text
