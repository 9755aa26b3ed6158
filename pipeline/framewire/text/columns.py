"""Texts in the columns of a terminal: on one line, measured as they are drawn, cut between words."""

import re
import unicodedata

from rich.cells import cell_len

# How a line's end is shown: between a pattern and its context it counts as five words.
LINE_END = "¶"
_SPACES = re.compile(r"\s+")
_LINE_ENDS = re.compile(r"\s*[\n\u2028\u2029]\s*")


def on_one_line(text: str) -> str:
    """The text on one line, with a sign for each line end, and without control characters, direction marks and the like.

    A space at either end stays.
    """
    marked = _LINE_ENDS.sub(f" {LINE_END} ", text)
    return _SPACES.sub(" ", "".join(map(_as_shown, marked)))


def keep_end(text: str, width: int) -> str:
    """The last words that fit into so many cells; of a word that is wider, the last letters. A space at the end stays."""
    if cell_len(text) <= width:
        return text
    words, behind = text.split(), " " * text.endswith(" ")
    kept = _count_fitting(words[::-1], width - len(behind))
    return (" ".join(words[-kept:]) if kept else _last_letters(text.rstrip(), width - len(behind))) + behind


def keep_start(text: str, width: int) -> str:
    """The first words that fit into so many cells; of a word that is wider, the first letters. A space at the start stays."""
    if cell_len(text) <= width:
        return text
    words, before = text.split(), " " * text.startswith(" ")
    kept = _count_fitting(words, width - len(before))
    return before + (" ".join(words[:kept]) if kept else _first_letters(text.lstrip(), width - len(before)))


def pad(text: str, width: int, *, to_right: bool = False) -> str:
    """The text with spaces up to so many cells."""
    blank = " " * (width - cell_len(text))
    return blank + text if to_right else text + blank


def _as_shown(letter: str) -> str:
    kind = unicodedata.category(letter)
    return "" if kind == "Cf" else " " if kind == "Cc" else letter


def _count_fitting(words: list[str], width: int) -> int:
    """How many of the words, from the first on, fit with a space between them."""
    used = -1
    for n, word in enumerate(words):
        used += 1 + cell_len(word)
        if used > width:
            return n
    return len(words)


def _first_letters(text: str, width: int) -> str:
    return next((text[:n] for n in range(width, 0, -1) if cell_len(text[:n]) <= width), "")


def _last_letters(text: str, width: int) -> str:
    return next((text[-n:] for n in range(width, 0, -1) if cell_len(text[-n:]) <= width), "")
