"""A summary as HTML, text, Markdown and JSON. Equal summaries give equal bytes."""

import json
import re
import textwrap
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import css_inline
from jinja2 import Environment, PackageLoader, StrictUndefined

from framewire.summarise import words
from framewire.summarise.contrasts import choose_rows
from framewire.summarise.excerpts import cut_line
from framewire.summarise.health import describe_downtime, describe_mixing
from framewire.summarise.numbers import COLUMNS, list_numbers
from framewire.summarise.parts import Line, NarrativeRow, Piece, WordingRow
from framewire.summarise.plain import as_plain
from framewire.summarise.shares import Share
from framewire.summarise.summary import Summary
from framewire.text.counts import say_count

# Source: summary contract: what a terminal and a mail program show without breaking lines.
TEXT_WIDTH = 78
_BAR_LETTERS = 16
# Things named so seldom get a line and no table: their wordings have no share. Source: shares need ten cases.
FEW_MENTIONS = 10
# How much of each list the text has, so that it is read in some three minutes; the rest stands in the HTML.
# Source: 230 words a minute (Brysbaert 2019, silent reading of English), 700 words on a usual day.
_TEXT_ROWS = {
    "referents": 2,
    "wordings": 3,
    "others": 3,
    "narratives": 4,
    "stories": 1,
    "outlets": 4,
    "edits": 1,
    "revisions": 2,
    "reading": 4,
    "gaps": 3,
    "terms": 3,
}
# Words of a line's evidence in the text.
_TEXT_WORDS = {"phrase": 12, "evidence": 16}
# Narratives in fewer articles than this are named in one line.
FEW_ARTICLES = 3
# A group's part of a number is told from so many cases of the number on, for groups of so many.
MIN_SPLIT, MIN_GROUP = 5, 3
_MARKDOWN = re.compile(r"([\\`*_\[\]<>#|~])")
_UNSAFE_IN_URL = re.compile(r"[\s<>\"'`\\\x00-\x1f\x7f]")
# A no-break space holds a number and its sign together.
_BREAKS = re.compile(r"[ \t\r\n]+")
_SPACES = re.compile(r"\n{3,}")


def render_html(summary: Summary, *, address: str | None = None) -> str:
    """The summary as a page that is also a mail: tables with styles in place, no image, no script, nothing fetched.

    With the `address` of the web pages each item links to where its label is corrected.
    """
    page = _environment("html").get_template("summary.html.j2").render(_context(summary, address))
    inliner = css_inline.CSSInliner(
        keep_style_tags=True, keep_at_rules=True, load_remote_stylesheets=False, minify_css=True
    )
    return re.sub(r"\n\s*\n+", "\n", inliner.inline(page)).rstrip() + "\n"


def render_text(summary: Summary, *, address: str | None = None) -> str:
    """The summary as plain text, lines of at most 78 columns but for addresses."""
    return _render_plain("summary.txt.j2", summary, address)


def render_markdown(summary: Summary, *, address: str | None = None) -> str:
    """The summary as Markdown (GitHub's tables)."""
    return _render_plain("summary.md.j2", summary, address)


def render_json(summary: Summary) -> str:
    """The summary with all its numbers as one JSON object, a line a key; only that of `made_at` knows the time of making."""
    numbers = [dict(zip(COLUMNS, row, strict=True)) for row in list_numbers(summary)]
    plain = summary.plain | {"n_articles": summary.n_articles, "digest": summary.digest}
    plain["numbers"] = as_plain(numbers)
    parts = (
        f"{json.dumps(key)}: {json.dumps(plain[key], ensure_ascii=False, sort_keys=True)}" for key in sorted(plain)
    )
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _render_plain(name: str, summary: Summary, address: str | None) -> str:
    text = _environment("plain").get_template(name).render(_context(summary, address))
    lines = "\n".join(line.rstrip() for line in text.splitlines())
    return _SPACES.sub("\n\n", lines).strip("\n") + "\n"


def _context(summary: Summary, address: str | None) -> dict[str, Any]:
    zone = ZoneInfo(summary.window.zone)
    found = [row for row in summary.narratives if row.share.n or row.denied or row.too_low]
    return {
        "s": summary,
        "address": address,
        "is_range": summary.window.n_days > 1,
        "today": "today" if summary.window.n_days == 1 else "in these days",
        "period": _say_period(summary),
        "often": [table for table in summary.referents if table.n_mentions >= FEW_MENTIONS],
        "seldom": [table for table in summary.referents if table.n_mentions < FEW_MENTIONS],
        "found": found,
        "told": [row for row in found if row.share.n >= FEW_ARTICLES or row.too_low],
        "few": [row for row in found if row.share.n < FEW_ARTICLES and not row.too_low],
        "split": _split_by_group,
        "missed": [row for row in summary.narratives if not (row.share.n or row.denied or row.too_low)],
        "starts": summary.window.start.astimezone(zone),
        "ends": summary.window.end.astimezone(zone),
        "mixing": describe_mixing(summary.health),
        "down": describe_downtime(summary.health),
        "text": _TEXT_ROWS | _TEXT_WORDS,
        "local": lambda moment: words.say_moment(moment.astimezone(zone)),
    }


def _say_period(summary: Summary) -> str:
    window = summary.window
    return _say_day(window.day) if window.n_days == 1 else words.say_range(window.day, window.last)


def _split_by_group(row: WordingRow | NarrativeRow) -> list[tuple[str, Share]]:
    """The groups among which a number is worth splitting, each with its part; none for small numbers."""
    groups = [(group, share) for group, share in row.groups if share.total >= MIN_GROUP]
    return groups if row.share.n >= MIN_SPLIT and len(groups) > 1 else []


@lru_cache(maxsize=2)
def _environment(kind: str) -> Environment:
    """The templates with their filters: escaping for 'html', none for 'plain'."""
    environment = Environment(
        loader=PackageLoader("framewire.summarise", "templates"),
        autoescape=kind == "html",  # noqa: S701 - text and Markdown are no HTML
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
        keep_trailing_newline=True,
    )
    environment.filters.update(_filters())
    return environment


def _filters() -> Mapping[str, Callable[..., Any]]:
    return {
        "percent": words.say_percent,
        "of": words.say_of,
        "percent_of": words.say_percent_of,
        "interval": words.say_interval,
        "points": words.say_points,
        "size": words.say_size,
        "place": words.say_place,
        "break": words.say_break,
        "change_line": words.say_change,
        "count": say_count,
        "usual": words.say_usual,
        "url": safe_url,
        "day": _say_day,
        "moment": words.say_moment,
        "md": escape_markdown,
        "line_text": lambda line: join_line(line, "*"),
        "cut": cut_line,
        "more": lambda n, one, several=None: f"{n} more {one if n == 1 else several or one + 's'}",
        "line_md": _line_as_markdown,
        "edit_text": _edit_as_text,
        "edit_md": _edit_as_markdown,
        "in_turn": lambda rows, n: choose_rows(rows, n=n),
        "inside": words.say_inside,
        "wrapped": wrap,
        "bar": draw_bar,
        "width": lambda share: max(1, round(100 * share)) if share else 0,
        "fit": fit,
    }


def safe_url(url: str | None) -> str | None:
    """The address if it is one of the web and harmless inside a page, else None."""
    if not url or _UNSAFE_IN_URL.search(url):
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme.lower() in ("http", "https") and parts.netloc else None


def escape_markdown(text: object) -> str:
    """The text so that Markdown and the HTML inside it take none of it for marks."""
    return _MARKDOWN.sub(r"\\\1", str(text)).replace("\n", " ")


def join_line(line: Line, mark: str) -> str:
    """The line with its strong pieces between marks; spaces stay outside the marks."""
    return "".join(_mark(piece.text, mark) if piece.strong else piece.text for piece in line)


def wrap(text: object, indent: int = 0, first: str = "", width: int = TEXT_WIDTH) -> str:
    """The text in lines of at most `width` columns, the first one after `first`, the others indented."""
    return textwrap.fill(
        " ".join(_BREAKS.split(str(text).strip())),
        width,
        initial_indent=first or " " * indent,
        subsequent_indent=" " * indent,
        break_long_words=True,
        break_on_hyphens=False,
    )


def draw_bar(share: float | None, letters: int = _BAR_LETTERS) -> str:
    """A bar of # for a share in [0, 1]; at least one # for more than nothing."""
    return "" if not share else "#" * max(1, round(letters * share))


def fit(text: object, width: int) -> str:
    """The text cut or filled up to so many columns."""
    line = str(text)
    return (line if len(line) <= width else line[: width - 1] + "…").ljust(width)


def _mark(text: str, mark: str) -> str:
    inner = text.strip()
    if not inner:
        return text
    head = text[: len(text) - len(text.lstrip())]
    return f"{head}{mark}{inner}{mark}{text[len(text.rstrip()) :]}"


def _line_as_markdown(line: Line) -> str:
    pieces = (escape_markdown(piece.text) for piece in line)
    return "".join(_mark(text, "**") if piece.strong else text for piece, text in zip(line, pieces, strict=True))


def _edit_as_text(place: Sequence[Piece]) -> str:
    """A changed place with `[-what went-]` and `{+what came+}`, as in a word diff. Source: git diff --word-diff."""
    marks = {"": "%s", "del": "[-%s-]", "ins": "{+%s+}"}
    return " ".join(marks[piece.kind] % piece.text for piece in place)


def _edit_as_markdown(place: Sequence[Piece]) -> str:
    marks = {"": "%s", "del": "~~%s~~", "ins": "**%s**"}
    return " ".join(marks[piece.kind] % escape_markdown(piece.text) for piece in place)


def _say_day(day: date) -> str:
    return f"{day:%A}, {day.day} {day:%B %Y}"
