"""Addresses as text: read, checked, and made safe for messages."""

import base64
import re
from urllib.parse import unquote_to_bytes

import httpx2

from framewire.errors import BadURL
from framewire.yamlfile import nearest

UNREADABLE = "(unreadable address)"
# Source: feed readers register these schemes for themselves; behind them stands an ordinary address.
_READER_SCHEME = re.compile(r"(?:feed|rss|pcast|itpc):(?://)?", re.IGNORECASE)
_WHOLE = re.compile(r"https?://[^\s/?#]+\S*", re.IGNORECASE)
_SCHEME = re.compile(r"(?P<name>[a-z][a-z0-9+.-]*):(?P<slashes>/*)(?!\d+(?:/|$))", re.IGNORECASE)
_HOST = re.compile(r"(?:[\w-]+\.)+[^\W\d_]{2,}(?::\d+)?(?:[/?]\S*)?|localhost(?::\d+)?(?:/\S*)?", re.IGNORECASE)


def safe_url(url: str) -> str:
    """Scheme, host, port and path of an address: what may stand in a message or a log."""
    try:
        parsed = httpx2.URL(url)
        if not parsed.scheme or not parsed.host:
            return UNREADABLE
        return str(parsed.copy_with(username=None, password=None, query=None, fragment=None))
    except (httpx2.InvalidURL, ValueError, TypeError):
        return UNREADABLE


def explain_address(url: str) -> str:
    """Why an address is none that can be asked, and what to write instead; an address in it is shown as it is."""
    text = url.strip()
    if guess := _guess_address(text):
        return f"no http(s) address; did you mean {guess}?"
    scheme = _SCHEME.match(text)
    if scheme and scheme["name"].lower() == "file":
        return "no http(s) address but a file; feeds are asked over http and https, so have a web server give it out"
    if re.search(r"\s", text):
        return "no http(s) address: it holds a space; put it in quotes and write the space as %20"
    return "no http(s) address; write it as https://host/path"


def _guess_address(text: str) -> str | None:
    """The address that somebody meant who wrote none: without scheme, with a feed reader's or a misspelt one."""
    if reader := _READER_SCHEME.match(text):
        rest = text[reader.end() :]
        return rest if _WHOLE.fullmatch(rest) else _guess_address(rest)
    if _HOST.fullmatch(text):
        return f"https://{text}"
    scheme = _SCHEME.match(text)
    rest = text[scheme.end() :] if scheme else ""
    if scheme is None or not _HOST.fullmatch(rest):
        return None
    near = scheme["name"] if scheme["name"].lower() in ("http", "https") else nearest(scheme["name"], ("https", "http"))
    return f"{near}://{rest}" if near and (near, scheme["slashes"]) != (scheme["name"], "//") else None


def parse_url(url: str) -> httpx2.URL:
    """The address, if it is one that can be fetched.

    Raises:
        BadURL: it is not.
    """
    label = safe_url(url)
    if not re.match(r"https?://[^\s/]", url, re.IGNORECASE):
        raise BadURL(f"{label}: {_without_query(explain_address(url))}", url=label)
    try:
        return check_url(httpx2.URL(url), label=label)
    except (httpx2.InvalidURL, ValueError, TypeError):
        raise BadURL(f"{label}: the address cannot be read; write it as https://host/path", url=label) from None


def _without_query(text: str) -> str:
    """The text without what an address may hold that no message does: user-info and query."""
    return re.sub(r"(?<=//)[^/\s@]*@|\?[^\s?]+(?=\?)", "", text)


def check_url(url: httpx2.URL, *, label: str) -> httpx2.URL:
    """The same address, if it is http(s) with a host. `label` is what a message may call it.

    Raises:
        BadURL: it is not.
    """
    if url.scheme not in ("http", "https"):
        raise BadURL(f"{label}: leads to a '{url.scheme[:20]}' address; only http and https are fetched", url=label)
    if not url.host or (url.port is not None and not 0 < url.port < 65536):
        raise BadURL(f"{label}: an address without a host, or with a port that cannot be", url=label)
    return url


def find_origin(url: httpx2.URL) -> tuple[str, str, int]:
    """Scheme, host and port: what credentials belong to."""
    return url.scheme, url.host, url.port or (443 if url.scheme == "https" else 80)


def build_authorization(url: httpx2.URL) -> str | None:
    """The `Authorization` header for the user-info of an address; None if it has none."""
    if not url.userinfo:
        return None
    user, _, password = url.userinfo.partition(b":")
    return "Basic " + base64.b64encode(unquote_to_bytes(user) + b":" + unquote_to_bytes(password)).decode("ascii")
