"""Bytes of a feed to entries: RSS 0.9x, 1.0, 2.0, Atom and RDF through feedparser, JSON Feed through our own reader."""

import io
import re
from collections.abc import Collection, Iterator
from datetime import datetime
from html import unescape
from typing import Any
from urllib.parse import urljoin

import feedparser

from framewire.errors import FeedParseError, NotAFeed
from framewire.ingest.encoding import decode_body
from framewire.ingest.items import RawFeed, RawItem, build_feed
from framewire.ingest.jsonfeed import find_json_feed
from framewire.ingest.plain import find_plain_feed
from framewire.records import ParsedFeed

# Source: XML 1.0 section 2.2: characters that no document may hold.
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_REFERENCE = re.compile(r"&#(?:[xX](?P<hex>[0-9A-Fa-f]*)|(?P<decimal>[0-9]*))(?P<end>;?)")
_DECLARATION = re.compile(r"^\s*<\?xml[^>]{0,500}\?>")
_ITEM_START = re.compile(r"(?=<(?:item|entry)[\s>])")
_ITEM_END = re.compile(r"</(?:item|entry)\s*>")
# Parsing each item on its own costs its frame each time.
MAX_SALVAGED = 5_000
MAX_SALVAGED_FRAME = 65_536
_HTML = re.compile(r"<!doctype\s+html|<html[\s>]|<body[\s>]", re.IGNORECASE)
_FEED_ROOT = re.compile(r"<(?P<name>(?:[\w.-]+:)?(?:rss|feed|rdf))[\s>]", re.IGNORECASE)
# With a prefix, too: `</atom:entry>`.
_WHOLE_ITEM = re.compile(r"</(?:[\w.-]+:)?(?:item|entry)\s*>", re.IGNORECASE)
# Words of pages that stand before the page that was asked for.
_CONSENT = re.compile(
    r"consent|cookie|captcha|just a moment|checking your browser|enable javascript|attention required|access denied|"
    r"ddos|log ?in|sign ?in|subscribe to",
    re.IGNORECASE,
)
SNIFF_CHARS = 20_000
_LINK = re.compile(r"<link\b([^<>]{1,2000})>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""([a-z]+)\s*=\s*(?:(["'])(.*?)\2|([^\s"'>]+))""", re.IGNORECASE | re.DOTALL)
_FEED_TYPE = re.compile(r"^\s*application/(?:rss\+xml|atom\+xml|feed\+json)", re.IGNORECASE)
# Source: the heads of large news sites reach some 100 kB; more than three feeds and 500 characters are no help in a message.
SNIFF_LINKS, SHOWN_LINKS, MAX_LINK = 200_000, 3, 500


def parse_feed(
    body: bytes,
    *,
    url: str,
    fetched_at: datetime,
    content_type: str | None = None,
    max_entries: int = 2000,
    seen: Collection[int] = (),
) -> ParsedFeed:
    """The feed in a body, its entries cleaned. Ill-formed XML is no error as long as something can be read.

    Args:
        body: the document as it came.
        url: where it came from; relative links are relative to it.
        fetched_at: when; no entry can be published more than a day later.
        content_type: the header, for its charset.
        max_entries: entries kept, the newest; the rest is counted.
        seen: fingerprints of items that are left unread (`ParsedFeed.seen_again`).

    Raises:
        NotAFeed: an HTML page, a consent wall, an empty body, or something unknown.
        FeedParseError: it looks like a feed, but nothing can be read from it.
    """
    text = _ILLEGAL.sub("", decode_body(body, content_type=content_type)).strip()
    if not text:
        raise NotAFeed(f"{url_label(url)}: the answer is empty", kind="empty")
    raw = find_json_feed(text) or _read_xml(text, url=url)
    return build_feed(raw, url=url, fetched_at=fetched_at, max_entries=max_entries, seen=seen)


def url_label(url: str) -> str:
    """The address without query and user-info, as it may stand in a message."""
    return re.sub(r"(?<=//)[^/@]*@|[?#].*", "", url)


def _read_xml(text: str, *, url: str) -> RawFeed:
    if not _FEED_ROOT.search(text[:SNIFF_CHARS]) and _HTML.search(text[:SNIFF_CHARS]):
        raise _not_a_feed(text, url)
    text = _DECLARATION.sub("", text, count=1)
    return find_plain_feed(text) or read_any_feed(text, url=url)


def prepare_text(text: str) -> str:
    """The text without characters that no document may hold, and without XML declaration."""
    return _DECLARATION.sub("", _ILLEGAL.sub("", text).strip(), count=1)


def read_any_feed(text: str, *, url: str) -> RawFeed:
    """The feed in an XML text without declaration, sound or not, by the parser of record.

    Raises:
        NotAFeed: no feed of a known format.
        FeedParseError: nothing can be read from it, or it breaks off before its first entry ends.
    """
    parsed, n_lost = _parse_tolerantly(text, url=url)
    if not parsed.version and not parsed.entries:
        raise _not_a_feed(text, url)
    if parsed.bozo and _breaks_off(text):
        raise FeedParseError(
            f"{url_label(url)}: the feed breaks off before its end and holds no whole entry; "
            "if it stays so, tell its publisher"
        )
    items = [*_read_items(parsed), *[None] * n_lost]
    feed = parsed.feed
    return RawFeed(
        title=_get_text(feed, "title"),
        kind=parsed.version or "unknown",
        language=_get_text(feed, "language") or None,
        items=tuple(items),
    )


def _breaks_off(text: str) -> bool:
    """True if the root is opened and never closed, and no item is whole: not the feed of a quiet day."""
    root = _FEED_ROOT.search(text)
    if root is None or _WHOLE_ITEM.search(text):
        return False
    return re.search(rf"</{re.escape(root['name'])}\s*>", text[root.end() :], re.IGNORECASE) is None


def _not_a_feed(text: str, url: str) -> NotAFeed:
    head = text[:SNIFF_CHARS]
    if not _HTML.search(head):
        return NotAFeed(f"{url_label(url)}: the answer is no feed of a known format", kind="unknown")
    if links := find_feed_links(text, url=url):
        message = f"{url_label(url)}: the answer is a web page, no feed; it names these feeds: {' '.join(links)}"
        return NotAFeed(message, kind="html")
    if _CONSENT.search(head):
        message = f"{url_label(url)}: the site answers with a consent, login or challenge page instead of the feed"
        return NotAFeed(message, kind="consent")
    message = f"{url_label(url)}: the answer is an HTML page, which names no feed; look for the feed's own address on the site"
    return NotAFeed(message, kind="html")


def find_feed_links(text: str, *, url: str) -> tuple[str, ...]:
    """The addresses of the first feeds that a web page names in its head, without user-info.

    Source: https://html.spec.whatwg.org/multipage/links.html#rel-alternate
    """
    found = []
    for tag in _LINK.findall(text[:SNIFF_LINKS]):
        names = {name.lower(): unescape(quoted or bare) for name, _, quoted, bare in _ATTRIBUTE.findall(tag)}
        if "alternate" in names.get("rel", "").lower().split() and _FEED_TYPE.search(names.get("type", "")):
            try:
                target = urljoin(url, names.get("href", "").strip())
            except ValueError:
                continue
            if re.match(r"https?://[^\s/?#]+\S*$", target, re.IGNORECASE) and len(target) <= MAX_LINK:
                found.append(re.sub(r"(?<=//)[^/?#@]*@", "", target))
    return tuple(dict.fromkeys(found))[:SHOWN_LINKS]


def _parse_tolerantly(text: str, *, url: str) -> tuple[Any, int]:
    """What feedparser reads, and how many items had to be left out for it not to raise.

    Source: feedparser raises at 14 places on hostile numbers and characters instead of setting `bozo`
    (kurtmckee/feedparser#591, #599).
    """
    for attempt in (text, repair_references(text)):
        try:
            return _run_feedparser(attempt), 0
        except MemoryError:
            raise  # said of this process, not of the document
        except Exception:  # noqa: BLE001, S112 - any exception of the parser is a fault of the document
            continue
    good, n_bad = _split_good_items(repair_references(text))
    try:
        return _run_feedparser(good), n_bad
    except MemoryError:
        raise
    except Exception as error:
        message = f"{url_label(url)}: the feed cannot be read ({type(error).__name__}); tell its publisher"
        raise FeedParseError(message) from error


def repair_references(text: str) -> str:
    """The text with illegal numeric references replaced by U+FFFD's, the rest unchanged."""
    return _REFERENCE.sub(lambda match: match[0] if _is_legal(match) else "&#xFFFD;", text)


def _is_legal(match: re.Match[str]) -> bool:
    digits = (match["hex"] or match["decimal"] or "").lstrip("0")
    if not digits or len(digits) > 7 or not match["end"]:
        return False
    code = int(digits, 16 if match["hex"] else 10)
    return code in (0x9, 0xA, 0xD) or 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or 0x10000 <= code <= 0x10FFFF


def _split_good_items(text: str) -> tuple[str, int]:
    """The document without the items that make feedparser raise on their own, and how many these are."""
    head, *pieces = _ITEM_START.split(text)
    if not pieces or len(pieces) > MAX_SALVAGED:
        return text, 0
    items, tail = [], ""
    for piece in pieces:
        end = _ITEM_END.search(piece)
        items.append(piece[: end.end()] if end else piece)
        tail = piece[end.end() :] if end else ""
    if len(head) + len(tail) > MAX_SALVAGED_FRAME:
        return text, 0
    good = [item for item in items if _can_parse(head + item + tail)]
    return head + "\n".join(good) + tail, len(items) - len(good)


def _can_parse(text: str) -> bool:
    try:
        _run_feedparser(text)
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - see `_parse_tolerantly`
        return False
    return True


def _run_feedparser(text: str) -> Any:
    document = '<?xml version="1.0" encoding="utf-8"?>\n' + text.lstrip()
    return feedparser.parse(
        io.BytesIO(document.encode("utf-8")),
        response_headers={"content-type": "application/xml; charset=utf-8"},
        resolve_relative_uris=False,
        sanitize_html=False,
    )


def _read_items(parsed: Any) -> Iterator[RawItem | None]:
    is_atom = parsed.version.startswith("atom")
    for entry in parsed.entries:
        try:
            yield _read_item(entry, is_atom=is_atom)
        except (AttributeError, KeyError, TypeError, ValueError):
            # A shape that feedparser's own types do not promise: the item is counted, the feed lives.
            yield None


def _read_item(entry: Any, *, is_atom: bool) -> RawItem:
    details = [*(dict.get(entry, "content") or []), dict.get(entry, "summary_detail") or {}]
    title = dict.get(entry, "title_detail") or {}
    bodies = tuple(dict.get(detail, "value") or "" for detail in details)
    plain = [
        dict.get(part, "value") for part in (*details, title) if is_atom and dict.get(part, "type") == "text/plain"
    ]
    return RawItem(
        guid=_get_text(entry, "id") or None,
        links=_find_links(entry),
        title=_get_text(entry, "title"),
        bodies=tuple(body for body in bodies if body),
        plain=frozenset(text for text in plain if text),
        dates=_find_dates(entry, is_atom=is_atom),
        language=dict.get(title, "language"),
    )


def _find_links(entry: Any) -> tuple[str, ...]:
    """Addresses of the article, best first. Source: FeedBurner keeps the outlet's own link in `origLink`."""
    alternates = [
        link.get("href")
        for link in dict.get(entry, "links") or []
        if link.get("rel", "alternate") == "alternate" and "html" in link.get("type", "html")
    ]
    found = [_get_text(entry, "feedburner_origlink"), *alternates, _get_text(entry, "link")]
    return tuple(dict.fromkeys(link for link in found if isinstance(link, str) and link))


def _find_dates(entry: Any, *, is_atom: bool) -> dict[str, object]:
    """Date fields. In RSS a lone `dc:date` is when it was published, though feedparser files it under `updated`."""
    names = ("published", "updated", "created")
    dates = {key: dict.get(entry, key) for name in names for key in (name, f"{name}_parsed")}
    if not is_atom and not dates["published"]:
        dates["published"], dates["published_parsed"] = dates["updated"], dates["updated_parsed"]
    return dates


def _get_text(mapping: Any, key: str) -> str:
    # dict.get, since feedparser's own answers for missing keys with others, and with warnings.
    value = dict.get(mapping, key)
    return value if isinstance(value, str) else ""
