"""What makes an entry the same entry, and an address the same address."""

import hashlib
import re
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from urllib.parse import parse_qsl, quote, quote_plus, urldefrag, urljoin, urlsplit, urlunsplit

from courlan import normalize_url
from url_normalize import url_normalize

from framewire.ingest.clean import MAX_ADDRESS, clean_line

# Longest identity that is stored as it is. Source: PostgreSQL's index rows hold at most 2,704 bytes.
MAX_IDENTITY_BYTES = 500

_SESSION = re.compile(r";(?:jsessionid|phpsessid)=[^/?#;]*", re.IGNORECASE)
# Source: what courlan 1.4 leaves in: campaign ids of BBC-style (ns_*, cmpid) and other trackers of news sites.
_TRACKER = re.compile(
    r"(?:ns|utm|at|mc|ga|gs|itm|mtm|pk|mkt|vero|oly)_.*|cmpid|cmp|icid|ocid|smid|_ga|_gl", re.IGNORECASE
)
# Source: courlan drops keys that merely begin like a tracker's (`eid`, `cid`, `uid`, `gallery`) and keys without a
# value; with a number, or bare, they may name the article.
_HOST = re.compile(r"[a-z0-9._-]+|[0-9a-f:.]+")
_NUMBER = re.compile(r"\d+")
# Addresses that consist of characters which no step of the way changes.
_SIMPLE = re.compile(r"(?P<home>https?://[a-z0-9.-]+)(?P<path>/[A-Za-z0-9_~./-]*)?(?:\?(?P<query>[A-Za-z0-9_=&-]+))?")


def build_identity(
    guid: str | None, link: str | None, title: str, *, text: str = "", published_at: datetime | None = None
) -> str:
    """The key of an entry within its feed: its guid, else its canonical link, else title (or text) and day.

    Keys over 500 bytes become `sha256:...`, likewise those made of title and day.
    """
    key = clean_line(guid or "", max_chars=MAX_ADDRESS * 8) or clean_line(link or "", max_chars=MAX_ADDRESS * 8)
    if key:
        return key if len(key.encode()) <= MAX_IDENTITY_BYTES else _digest(key)
    day = published_at.date().isoformat() if published_at else ""
    return _digest("\n".join((clean_line(title) or clean_line(text), day)))


def canonical_url(url: str, *, base: str | None = None) -> str | None:
    """The address without trackers, session ids and fragment, in one spelling; None if it is no http(s) address.

    Parameters that may name the article stay. The host is in its ASCII form. Longer than 2,048 characters is None.

    Args:
        url: as the feed gives it, relative ones too.
        base: what a relative address is relative to.
    """
    if (simple := _SIMPLE.fullmatch(url)) and (known := _canonical_simple(simple)) is not None:
        return known
    return _canonical_any(url, base)


def _canonical_simple(found: re.Match[str]) -> str | None:
    """The canonical form of an address with nothing in it to be changed but its query; None if there may be more.

    The same as the long way gives, which is asked once for each host.
    """
    home, path, query = found["home"], found["path"] or "/", found["query"]
    if "//" in path or "/." in path or len(found[0]) > MAX_ADDRESS:
        return None
    pairs = [pair.partition("=") for pair in query.split("&") if pair] if query else []
    kept = [(key, value) for key, _, value in pairs if not _TRACKER.fullmatch(key)]
    if not all(key and _NUMBER.fullmatch(value) for key, value in kept):
        return None
    root = _canonical_home(home)
    if root is None:
        return None
    return root[:-1] + path + ("?" + "&".join(f"{key}={value}" for key, value in sorted(kept)) if kept else "")


@lru_cache(maxsize=4096)
def _canonical_home(home: str) -> str | None:
    """The address of a host's first page."""
    return _canonical_any(f"{home}/", None)


def _canonical_any(url: str, base: str | None) -> str | None:
    try:
        absolute = urljoin(base, url.strip()) if base else url.strip()
        if urlsplit(absolute).scheme.lower() not in ("http", "https"):
            return None
        found = _canonical(_SESSION.sub("", clean_line(absolute, max_chars=MAX_ADDRESS * 2)))
    except (ValueError, AttributeError, IndexError):
        # ValueError covers UnicodeError, IDNAError and urllib's own complaints.
        return None
    return found if found and len(found) <= MAX_ADDRESS else None


def _canonical(url: str) -> str | None:
    # Taken off first: url-normalize turns `#!` into a parameter of a search engine that is no more.
    address, fragment = urldefrag(url)
    parts = urlsplit(url_normalize(address) or "")
    name = parts.hostname or ""
    if not _HOST.fullmatch(name):
        return None
    host = f"[{name}]" if ":" in name else name
    netloc = host if parts.port is None else f"{host}:{parts.port}"
    pairs = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if not _TRACKER.fullmatch(pair[0])]
    kept = [(key, value) for key, value in pairs if not value or _NUMBER.fullmatch(value)]
    others = _build_query([pair for pair in pairs if pair not in kept])
    cleaned = urlsplit(normalize_url(urlunsplit((parts.scheme, netloc, parts.path, others, "")), strict=False))
    query = sorted([*parse_qsl(cleaned.query, keep_blank_values=True), *kept])
    # Source: pages that route by fragment write it as #! or #/; any other fragment is a place on the page.
    place = quote(fragment, safe="!/%=&?:@-._~+,;") if fragment.startswith(("!", "/")) else ""
    return urlunsplit((parts.scheme, netloc, parts.path or "/", _build_query(query), place))


def _build_query(pairs: Sequence[tuple[str, str]]) -> str:
    """The query; a key without a value stays bare, since `?123` is an article to some sites and `?123=` is not."""
    return "&".join(quote_plus(key) + (f"={quote_plus(value)}" if value else "") for key, value in pairs)


def _digest(text: str) -> str:
    return "sha256:" + hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
