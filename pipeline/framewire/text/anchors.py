"""Where a passage stands in a text, so that it is found again when the text is another than it was.

Source: the text position and text quote selectors of the W3C Web Annotation Data Model (2017), sections 4.2.4 and 4.2.5.
"""

import re
from dataclasses import dataclass

CONTEXT = 40
"""Code points of text kept before and behind a quotation. Source: half a line, which tells a sentence from its copy."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """A quotation with its place: `start`, `end` in the text that it is from, and what stands around it."""

    start: int
    end: int
    quote: str
    prefix: str = ""
    suffix: str = ""


def build_anchor(text: str, start: int, end: int) -> Anchor:
    """The anchor of a span of a text."""
    return Anchor(start, end, text[start:end], text[max(0, start - CONTEXT) : start], text[end : end + CONTEXT])


def find_anchor(text: str, anchor: Anchor) -> tuple[int, int] | None:
    """The span of an anchor in a text; None if its quotation is not there, or stands there twice and nothing tells which.

    Layout does not count: any run of spaces and line ends is like any other.
    """
    if anchor.quote and text[anchor.start : anchor.end] == anchor.quote and _fits(text, anchor) == (True, True):
        return anchor.start, anchor.end
    found = [match.span() for match in re.finditer(_pattern(anchor.quote), text)] if anchor.quote.split() else []
    if len(found) > 1:
        found = [span for span in found if all(_fits(text, anchor, span))] or [
            span for span in found if any(_fits(text, anchor, span))
        ]
    return found[0] if len(found) == 1 else None


def _fits(text: str, anchor: Anchor, span: tuple[int, int] | None = None) -> tuple[bool, bool]:
    """Whether what stands before a span is the prefix, and what stands behind it the suffix."""
    start, end = span or (anchor.start, anchor.end)
    before, after = _fold(text[:start]), _fold(text[end:])
    prefix, suffix = _fold(anchor.prefix), _fold(anchor.suffix)
    # Nothing before or behind fits only where the text begins or ends.
    return (before.endswith(prefix) if prefix else not before, after.startswith(suffix) if suffix else not after)


def _fold(text: str) -> str:
    return " ".join(text.split())


def _pattern(quote: str) -> str:
    return r"\s+".join(re.escape(word) for word in quote.split())
