"""Addresses as text: read, checked, and made safe for messages."""

import base64
from urllib.parse import unquote_to_bytes

import httpx2

from framewire.errors import BadURL

UNREADABLE = "(unreadable address)"


def safe_url(url: str) -> str:
    """Scheme, host, port and path of an address: what may stand in a message or a log."""
    try:
        parsed = httpx2.URL(url)
        if not parsed.scheme or not parsed.host:
            return UNREADABLE
        return str(parsed.copy_with(username=None, password=None, query=None, fragment=None))
    except (httpx2.InvalidURL, ValueError, TypeError):
        return UNREADABLE


def parse_url(url: str) -> httpx2.URL:
    """The address, if it is one that can be fetched.

    Raises:
        BadURL: it is not.
    """
    label = safe_url(url)
    try:
        return check_url(httpx2.URL(url), label=label)
    except (httpx2.InvalidURL, ValueError, TypeError):
        raise BadURL(f"{label}: the address cannot be read; write it as https://host/path", url=label) from None


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
