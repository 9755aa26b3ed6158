"""OPML, for exchange with feed readers: addresses, names and groups. All else lives in feeds.yaml."""

import re
from collections.abc import Sequence
from dataclasses import replace
from xml.sax.saxutils import quoteattr

import listparser

from framewire.errors import InputError
from framewire.ingest.clean import clean_line, unescape
from framewire.ingest.feedlist import NO_COUNTRY, NO_GROUP
from framewire.ingest.items import clean_language
from framewire.ingest.listedits import build_id
from framewire.records import Feed, Outlet

# Source: usual limits of feed services are 500-5,000 feeds and 5 MiB; nobody nests 32 folders.
MAX_CHARS = 5 * 1024 * 1024
MAX_OUTLINES = 5_000
MAX_LEVELS = 32

_QUOTED = re.compile("\"[^\"<]*\"|'[^'<]*'")
_ATTRIBUTE = re.compile(r"""\b(\w+)\s*=\s*["']([^"'<]*)["']""")
_OUTLINE = re.compile(r"<(?P<end>/?)outline\b[^<>]*?(?P<closed>/?)>", re.IGNORECASE)


def export_opml(outlets: Sequence[Outlet]) -> str:
    """The feeds as an OPML 2.0 text, one folder per group of outlets."""
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<opml version="2.0">',
        "<head><title>Framewire</title></head>",
        "<body>",
    ]
    for group in dict.fromkeys(outlet.group for outlet in outlets):
        lines.append(f"<outline text={quoteattr(group)}>")
        for outlet in outlets:
            if outlet.group == group:
                lines += [_build_outline(outlet.name, feed.url, feed.language) for feed in outlet.feeds]
        lines.append("</outline>")
    return "\n".join([*lines, "</body>", "</opml>", ""])


def import_opml(text: str, *, name: str = "the OPML file") -> list[Outlet]:
    """The feeds of an OPML text, one outlet a title, each address once.

    They come disabled and unverified: nobody here has looked at them. A language that the text does not say is "";
    the group is the folder; `name` stands in messages.

    Raises:
        InputError: no OPML, larger than 5 MiB, more than 5,000 outlines, nested deeper than 32, or with a DTD.
    """
    _check(text, name)
    languages = _find_languages(text)
    # Bytes, since a string that begins like an address would be fetched; with a mark, or the encoding is guessed.
    parsed = listparser.parse(b"\xef\xbb\xbf" + text.lstrip("\ufeff \t\r\n").encode("utf-8", "replace"))
    outlets: dict[str, Outlet] = {}
    seen: set[str] = set()
    for item in parsed.feeds:
        url = clean_line(item.url or "", max_chars=2048)
        if not url.lower().startswith(("http://", "https://")) or url in seen:
            continue
        seen.add(url)
        name = clean_line(item.get("title") or "") or url
        folders = [clean_line(folder) for path in item.get("categories", []) for folder in path if folder]
        outlet = outlets.get(name) or Outlet(build_id(name), name, folders[-1] if folders else NO_GROUP, NO_COUNTRY)
        feed = Feed(url, outlet.id, languages.get(url, ""), enabled=False, verified=False)
        outlets[name] = replace(outlet, feeds=(*outlet.feeds, feed))
    return list(outlets.values())


def _find_languages(text: str) -> dict[str, str]:
    """Languages by address: listparser drops the attribute."""
    found = {}
    for outline in re.findall(r"<outline\b[^<]*", text, re.IGNORECASE):
        attributes = {name.lower(): unescape(value) for name, value in _ATTRIBUTE.findall(outline)}
        language = clean_language(attributes.get("language"))
        if language and "xmlurl" in attributes:
            found[attributes["xmlurl"].strip()] = language
    return found


def _build_outline(name: str, url: str, language: str) -> str:
    text = quoteattr(name)
    return f'<outline type="rss" text={text} title={text} xmlUrl={quoteattr(url)} language={quoteattr(language)}/>'


def _check(text: str, name: str) -> None:
    if len(text) > MAX_CHARS:
        raise InputError(f"{name} is larger than {MAX_CHARS} characters; split it")
    if "<opml" not in text[:20_000].lower():
        raise InputError(
            f"{name} is no OPML file: it has no <opml> element. Export the subscriptions of a feed reader as OPML."
        )
    if re.search(r"<!(?:doctype|entity)", text, re.IGNORECASE):
        raise InputError(f"{name} holds a DTD, which feed lists do not need; remove the <!DOCTYPE ...> part")
    level = n_outlines = 0
    for match in _OUTLINE.finditer(_QUOTED.sub("", text)):
        n_outlines += not match["end"]
        level += -1 if match["end"] else 0 if match["closed"] else 1
        if n_outlines > MAX_OUTLINES or level > MAX_LEVELS:
            message = f"{name} has more than {MAX_OUTLINES} outlines or {MAX_LEVELS} levels; split it"
            raise InputError(message)
