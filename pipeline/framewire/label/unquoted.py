"""A text without its quotation marks: inside a phrase they count for nothing, so `so-called "activists"` is one."""

import re
from bisect import bisect_right
from collections.abc import Iterator

_QUOTES = re.compile(r"[\"']+")


class Unquoted:
    """A normalised text without the quotation marks at the edges of its words; apostrophes stay."""

    def __init__(self, text: str) -> None:
        # Where each piece that remains begins, without the marks and with them.
        self._starts = [0]
        self._starts_before = [0]
        pieces, done = [], 0
        for start, end in _find_marks(text):
            pieces.append(text[done:start])
            self._starts.append(self._starts[-1] + start - done)
            self._starts_before.append(end)
            done = end
        self.text = "".join([*pieces, text[done:]]) if done else text

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The place in the text with its marks of [start, end) of the text without them; end > start."""
        if len(self._starts) == 1:
            return start, end
        return self._place(start), self._place(end - 1) + 1

    def _place(self, i: int) -> int:
        piece = bisect_right(self._starts, i) - 1
        return self._starts_before[piece] + i - self._starts[piece]


def unquote(text: str) -> str:
    """A normalised phrase or text without the quotation marks at the edges of its words."""
    return Unquoted(text).text


def _find_marks(text: str) -> Iterator[tuple[int, int]]:
    """The quotation marks; with the space behind them, where one stands before them, too (`« mot »`)."""
    if '"' not in text and "'" not in text:
        return
    for match in _QUOTES.finditer(text):
        start, end = match.span()
        before, after = text[start - 1 : start], text[end : end + 1]
        # A star stands for letters of a word.
        if _is_in_word(before) and (_is_in_word(after) or after == "*"):
            continue
        yield start, end + (after == " " and before in ("", " ", "\n"))


def _is_in_word(letter: str) -> bool:
    return letter.isalnum() or letter == "_"
