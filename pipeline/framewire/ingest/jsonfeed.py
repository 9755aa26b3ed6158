"""JSON Feed, which feedparser does not read. Source: https://www.jsonfeed.org/version/1.1/"""

import json
from collections.abc import Mapping
from typing import Any

from framewire.errors import FeedParseError
from framewire.ingest.items import RawFeed, RawItem

VERSION_PREFIX = "https://jsonfeed.org/version/"


def find_json_feed(text: str) -> RawFeed | None:
    """The feed in a JSON text; None if it is not JSON, or JSON of another kind.

    Raises:
        FeedParseError: JSON that says it is a feed, but has no list of items.
    """
    if not text.lstrip("\ufeff \t\r\n").startswith("{"):
        return None
    try:
        document = json.loads(text.lstrip("\ufeff"))
    except (ValueError, RecursionError):
        return None
    version = _text(document, "version")
    if not version.startswith(VERSION_PREFIX):
        return None
    items = document.get("items")
    if not isinstance(items, list):
        raise FeedParseError("the JSON Feed has no list of items; tell its publisher")
    return RawFeed(
        title=_text(document, "title"),
        kind=f"json{version.removeprefix(VERSION_PREFIX)[:8]}",
        language=_text(document, "language") or None,
        items=tuple(_read_item(item) for item in items),
    )


def _read_item(item: Any) -> RawItem | None:
    """One item; None if it is no object."""
    if not isinstance(item, dict):
        return None
    plain, markup = _text(item, "content_text"), _text(item, "content_html")
    return RawItem(
        guid=_text(item, "id") or None,
        links=tuple(link for link in (_text(item, "url"), _text(item, "external_url")) if link),
        title=_text(item, "title"),
        bodies=tuple(body for body in (markup, plain, _text(item, "summary")) if body),
        plain=frozenset(body for body in (plain, _text(item, "summary"), _text(item, "title")) if body),
        dates={"published": _text(item, "date_published"), "updated": _text(item, "date_modified")},
        language=_text(item, "language") or None,
    )


def _text(mapping: Mapping[str, Any], key: str) -> str:
    """The value as text; numbers are written out, since ids often are numbers; anything else is empty."""
    value = mapping.get(key)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    try:
        return str(value)
    except ValueError:
        # An integer of thousands of digits.
        return ""
