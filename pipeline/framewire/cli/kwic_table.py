"""A concordance for a terminal: its lines in order and in columns, and what was found in a sentence."""

import re
import shutil
from collections.abc import Callable, Sequence
from textwrap import wrap

import click
from rich.cells import cell_len

from framewire.text.columns import keep_end, keep_start, pad
from framewire.workflow.concordance import Concordance, Line, Scope

# Below so many columns the year goes and outlets are shortened.
NARROW = 100
# What is left for hit and context however narrow the terminal is.
MIN_FREE = 30
_PUNCTUATION = re.compile(r"[^\w\s]+")


def _words(text: str) -> list[str]:
    """The words without punctuation, however they are written."""
    return re.findall(r"\w+", text.casefold())


ORDERS: dict[str, Callable[[Line], list[str]]] = {
    "date": lambda _line: [],
    "left": lambda line: _words(line.left)[::-1],
    "right": lambda line: _words(line.right),
}


def render_lines(lines: Sequence[Line], *, width: int | None) -> list[str]:
    """The lines in columns: date, outlet, left context, hit, right context; below what does not count, why not.

    Args:
        lines: of a concordance.
        width: cells of context on each side; None = what the terminal holds.
    """
    if not lines:
        return []
    terminal = shutil.get_terminal_size().columns
    heads = _render_heads(lines, is_narrow=terminal < NARROW)
    free = max(terminal - cell_len(heads[0]) - 2, MIN_FREE)
    middle = min(max(cell_len(line.text + _tail(line)) for line in lines), free // 3)
    left = width or (free - middle - 2) // 2
    rows = []
    for head, line in zip(heads, lines, strict=True):
        tail = _tail(line)
        size = max(cell_len(line.text + tail), middle)
        hit = click.style(line.text, bold=True) + pad(tail, size - cell_len(line.text))
        before = pad(keep_end(line.left, left), left, to_right=True)
        behind = keep_start(line.right[len(tail) :].lstrip(), width or free - left - size - 2)
        rows.append(f"{head}  {before}{hit}  {behind}".rstrip())
        if line.reason:
            indent = " " * (cell_len(head) + 2)
            rows += wrap(f"no: {line.reason}", terminal, initial_indent=indent, subsequent_indent=f"{indent}    ")
    return rows


def _render_heads(lines: Sequence[Line], *, is_narrow: bool) -> list[str]:
    """Date and outlet of each line, all of one width; where some do not count, these have a mark in front."""
    most = min(max(cell_len(line.outlet) for line in lines), 12 if is_narrow else 24)
    marks = ("- ", "  ") if any(line.reason for line in lines) else ("", "")
    day = "%m-%d" if is_narrow else "%Y-%m-%d"
    outlets = [line.outlet if cell_len(line.outlet) <= most else line.outlet[: most - 1] + "…" for line in lines]
    return [
        f"{marks[not line.reason]}{line.first_seen:{day}}  {pad(outlet, most)}"
        for line, outlet in zip(lines, outlets, strict=True)
    ]


def _tail(line: Line) -> str:
    """The punctuation that stands at the end of a hit, which belongs to it for the eye."""
    found = _PUNCTUATION.match(line.right)
    return found.group() if found else ""


def describe(found: Concordance, asked: str, *, n_shown: int, misses: bool) -> str:
    """How much was found, how much of it is not shown, and what to try if that is not enough."""
    languages = ", ".join(found.languages)
    if not found.n_searched:
        return _explain_nothing(found.scope, languages)
    told = f"{_count(found.n_hits, 'hit')} in {found.n_articles} of {_count(found.n_searched, 'article')} ({languages})"
    parts = [told if found.n_hits else f"no hit for '{asked}' in {_count(found.n_searched, 'article')} ({languages})"]
    total = found.n_hits + found.n_misses * misses
    if n_shown < total:
        parts.append(f"{_count(total - n_shown, 'line')} more; --limit {total} shows all")
    if found.n_misses and not misses:
        parts.append(f"At {_count(found.n_misses, 'place')} the words stand and do not count; --misses shows why")
    if not found.n_hits and not found.n_misses:
        parts.append("A star takes other endings in, such as 'word*'; other spellings are patterns of their own")
    return ". ".join(parts) + "."


def _explain_nothing(scope: Scope, languages: str) -> str:
    if scope.is_narrow:
        return "no stored article is of that outlet, language and time; leave an option out, or see `framewire articles list`."
    return f"no article in {languages} is stored yet; `framewire run` asks the feeds."


def _count(n: int, what: str) -> str:
    return f"{n:,} {what}{'s' * (n != 1)}"
