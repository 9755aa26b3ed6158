"""Pages that hold no whole article and say so: paywalls, and pages that ask for consent, a login or a proof first.

Nothing of it is got around: what the publisher does not give to everybody is not read.
"""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from framewire.ingest.blocks import fold, load_phrases

# Source: docs/method.md: nine in ten articles of the extraction benchmark are longer.
SHORT_CHARS = 900
# Source: schema.org: what an article may be a part of; lists of other pieces are left out on purpose.
_WITHIN = ("@graph", "mainEntity", "mainEntityOfPage", "hasPart")
_MAX_DEPTH = 6
_GATE_PLACES = ("login", "signin", "sign-in", "consent", "captcha", "subscribe", "paywall")


def find_declared_wall(tree: HtmlElement) -> str | None:
    """How the page itself says that it is not free, in words; None if it does not say so.

    Source: schema.org `isAccessibleForFree`, as structured data or as a microdata attribute, of the article or of a part
    of it; the meta element `article:content_tier`.
    """
    if any(_is_false(node.get("isAccessibleForFree")) for node in _find_nodes(tree)):
        return "the page says that it is not free (isAccessibleForFree)"
    for element in tree.iterfind(".//*[@itemprop='isAccessibleForFree']"):
        if _is_false(element.get("content") or element.text):
            return "the page says that it is not free (isAccessibleForFree)"
    for element in tree.iterfind(".//meta[@content]"):
        name = element.get("property") or element.get("name") or ""
        if name == "article:content_tier" and element.get("content", "").strip().lower() == "locked":
            return "the page says that it is locked (article:content_tier)"
    return None


def find_told_wall(text: str, *, title: str, visible: str) -> str | None:
    """How a page with little text tells that the rest is behind a wall; None if it does not.

    Args:
        text: what was extracted, less than `SHORT_CHARS`.
        title: of the page.
        visible: all text that the page shows.
    """
    heading, shown = fold(title), fold(visible)
    is_page_short = len(shown) < 2 * SHORT_CHARS
    for phrase in load_phrases("gate"):
        if phrase in heading or phrase in fold(text) or (is_page_short and phrase in shown):
            return f"the page asks for consent, a login or a proof first (“{phrase}”)"
    for phrase in load_phrases("wall"):
        if phrase in shown:
            return f"the page gives the rest to subscribers only (“{phrase}”)"
    return None


def is_led_to_gate(asked: str, reached: str) -> bool:
    """True if asking for an article led to an address of a login, a consent or a subscription page."""
    before, after = urlsplit(asked), urlsplit(reached)
    if (before.hostname, before.path) == (after.hostname, after.path):
        return False
    words = f"{after.hostname}/{after.path}".lower().replace(".", "/").split("/")
    return any(word in _GATE_PLACES for word in words) and not any(
        word in _GATE_PLACES for word in f"{before.hostname}/{before.path}".lower().replace(".", "/").split("/")
    )


def find_article_value(tree: HtmlElement, key: str) -> str | None:
    """A text of the page's own structured data on its article, such as `datePublished`; None without one."""
    return next((value for node in _find_nodes(tree) if isinstance(value := node.get(key), str)), None)


def _find_nodes(tree: HtmlElement) -> Iterator[dict[str, Any]]:
    """The objects of the page's JSON-LD, without lists of other pieces."""
    for script in tree.iterfind(".//script[@type]"):
        if "ld+json" in script.get("type", "").lower():
            try:
                found = json.loads(script.text or "", strict=False)
            except (ValueError, RecursionError):
                continue
            yield from _walk(found, _MAX_DEPTH)


def _walk(node: Any, depth: int) -> Iterator[dict[str, Any]]:
    if depth == 0:
        return
    if isinstance(node, list):
        for item in node:
            yield from _walk(item, depth - 1)
    elif isinstance(node, dict):
        yield node
        for key in _WITHIN:
            yield from _walk(node.get(key), depth - 1)


def _is_false(value: Any) -> bool:
    """True for what stands for 'no' there. Source: schema.org/False, and pages that write the word."""
    if isinstance(value, bool):
        return not value
    return isinstance(value, str) and value.strip().lower().removeprefix("https://").removeprefix("http://") in (
        "false",
        "no",
        "schema.org/false",
    )
