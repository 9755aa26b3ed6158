"""Markup to text, and the one boundary that every stored string passes.

trafilatura's `html2txt` keeps words of neighbouring blocks apart but joins all paragraphs into one line. Passages need
the paragraphs, so the text is taken here, block by block, from lxml's event stream: no tree is built, hence no nesting
limit (a tree loses everything below 256 levels) and no quadratic step.
"""

import html
import re
import threading

from lxml import etree

MAX_TITLE = 1_000
MAX_TEXT = 1_048_576
MAX_ADDRESS = 2_048
# No field of a real feed is longer; bounds the work before the caps above apply.
MAX_MARKUP = 4 * 1_048_576

# Source: HTML Living Standard, rendering section 15.3: elements that are blocks by default.
_BLOCKS = frozenset(
    {
        "address",
        "article",
        "aside",
        "blockquote",
        "body",
        "center",
        "dd",
        "details",
        "dialog",
        "dir",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hgroup",
        "hr",
        "main",
        "menu",
        "nav",
        "ol",
        "p",
        "pre",
        "section",
        "summary",
        "table",
        "tbody",
        "tfoot",
        "thead",
        "ul",
    }
)
_LINES = frozenset({"br", "li", "tr", "option"})
_CELLS = frozenset({"td", "th"})
_HIDDEN = frozenset(
    {"script", "style", "template", "noscript", "iframe", "object", "svg", "math", "select", "textarea"}
)

# C0 but tab and newline, DEL and C1, surrogates, non-characters (Unicode standard 16, section 23.7).
_UNSTORABLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef"
    + "".join(chr(plane * 0x10000 + low) for plane in range(17) for low in (0xFFFE, 0xFFFF))
    + "]"
)
_TAG = re.compile(r"</?[A-Za-z][^<>]{0,2000}>|<!--|<!\[CDATA\[")
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_SPACES = re.compile(r"[ \t\r\f\v]+")
_BLANK_LINES = re.compile(r"\n{3,}")
_OWN = threading.local()


def clean_text(text: str, *, max_chars: int = MAX_TEXT) -> str:
    """The text as it may be stored: no control characters but tab and newline, no surrogates, trimmed, capped.

    Unicode normalisation is not applied: a stored text is what the outlet wrote. Cleaning twice changes nothing.
    """
    if text.replace("\n", "").replace("\t", "").isprintable():
        # No other line end, no control character, no surrogate and no non-character is printable.
        return text.strip()[:max_chars].rstrip()
    whole_lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x85", "\n")
    return _UNSTORABLE.sub("", whole_lines).strip()[:max_chars].rstrip()


def clean_line(text: str, *, max_chars: int = MAX_TITLE) -> str:
    """The text on one line, spaces folded: for titles, addresses, names."""
    return clean_text(" ".join(clean_text(text).split()), max_chars=max_chars)


def has_markup(text: str) -> bool:
    """True if the text holds something that looks like a tag; `a < b` does not."""
    return "<" in text and _TAG.search(text) is not None


def build_text(markup: str) -> str:
    """Plain text of HTML or of plain text with entities: paragraphs apart by a blank line, lines by a newline.

    Text without tags keeps its own lines.
    """
    markup = clean_text(markup, max_chars=MAX_MARKUP)
    found = _collect(markup) if has_markup(markup) else unescape(markup)
    if "  " in found or not found.replace("\n", "").isprintable():
        # Folded in the whole text at once; what then stands at the ends of a line is one space or of another kind.
        found = _SPACES.sub(" ", found)
    if "\n" in found or not found.isascii():
        found = "\n".join([line.strip() for line in found.split("\n")])
    return clean_text(_BLANK_LINES.sub("\n\n", found) if "\n\n\n" in found else found)


def build_line(markup: str, *, max_chars: int = MAX_TITLE) -> str:
    """Plain text of HTML on one line: for titles."""
    return clean_line(build_text(markup), max_chars=max_chars)


def unescape(text: str) -> str:
    """The text with its entities decoded once.

    Only references of a length that Unicode needs are decoded: a number of thousands of digits raises in Python.
    """
    return _ENTITY.sub(lambda match: html.unescape(match[0]), text) if "&" in text else text


def _collect(markup: str) -> str:
    parser = getattr(_OWN, "parser", None) or etree.HTMLParser(
        target=_TextTarget(), huge_tree=True, no_network=True, encoding="utf-8"
    )
    # Kept for the next text of this thread unless it breaks: making one takes as long as reading a short text.
    _OWN.parser = None
    parser.feed(b"<!DOCTYPE html><html><body>" + markup.encode("utf-8"))
    text = str(parser.close())
    _OWN.parser = parser
    return text


class _TextTarget:
    """Receives the parser's events; `close` returns the text."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._hidden: list[str] = []
        self._n_pre = 0

    def start(self, tag: str, _attributes: object) -> None:
        if tag in _HIDDEN:
            self._hidden.append(tag)
        self._n_pre += tag == "pre"
        self._parts.append(_break_before(tag))

    def end(self, tag: str) -> None:
        if self._hidden and self._hidden[-1] == tag:
            self._hidden.pop()
        self._n_pre -= tag == "pre"
        self._parts.append("" if tag in _LINES else _break_before(tag))

    def data(self, data: str) -> None:
        if not self._hidden:
            # Newlines of the source are spaces, but for preformatted text.
            self._parts.append(data if self._n_pre else data.replace("\n", " "))

    def comment(self, _text: str) -> None:
        """Comments are no text."""

    def pi(self, _target: str, _data: str | None = None) -> None:
        """Processing instructions are no text."""

    def close(self) -> str:
        """The text; the target begins anew."""
        text = "".join(self._parts)
        self._parts, self._hidden, self._n_pre = [], [], 0
        return text


def _break_before(tag: str) -> str:
    if tag in _BLOCKS:
        return "\n\n"
    if tag in _LINES:
        return "\n"
    if tag == "q":
        # Source: browsers put quotation marks around <q>; the voice rules look for them.
        return '"'
    return " " if tag in _CELLS else ""
