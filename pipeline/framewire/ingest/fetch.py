"""The only HTTP: one address in, at most 16 MiB of bytes out, within one deadline.

Every way out that is not a `Fetched` is a leaf of `FetchError`. No proxy, no cookie, no environment is used.
"""

import functools
import logging
import ssl
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import NoReturn

import httpcore2
import httpx2
import stamina

from framewire.errors import (
    ASKED_AFTER,
    ASKED_AGAIN,
    BadURL,
    ConnectFailed,
    FetchError,
    Gone,
    HTTPStatus,
    ProtocolFailed,
    RateLimited,
    RedirectLimit,
    TruncatedBody,
)
from framewire.ingest.addresses import AllowedNetwork, parse_allowed
from framewire.ingest.body import is_cut_short, read_body
from framewire.ingest.headers import RETRY_AFTER_UNKNOWN, parse_max_age, parse_retry_after, read_validator
from framewire.ingest.network import Budget, GuardedBackend, tell_proxy
from framewire.ingest.urls import build_authorization, check_url, find_origin, parse_url, safe_url

logger = logging.getLogger(__name__)

REDIRECTS = frozenset({301, 302, 303, 307, 308})
# Source: RFC 9110 and common use: answers that the same request may better at once.
RETRYABLE_STATUS = frozenset({408, 502, 503, 504})
ATTEMPTS = 3
# What to do about an answer. Source: RFC 9110 section 15.5.
_ADVICE = {
    401: "it wants a name and password; write them as https://name:password@host/path",
    403: "the site refuses this reader; ask its owner, or set a user_agent for this feed in the feed list",
    404: "there is no such page; look for the feed's address on the site, and correct it in the feed list",
    407: "a proxy wants a login, and Framewire uses none; run it where the site can be reached directly",
    451: "the site may not show it here, for legal reasons; disable the feed",
}
# A retry that begins with less time than this only turns the real error into a time-out.
MIN_RETRY_SECONDS = 2.0
_TLS_GUARD = threading.Lock()
ACCEPT = "application/rss+xml, application/atom+xml, application/feed+json, application/xml;q=0.9, */*;q=0.5"


@dataclass(frozen=True, slots=True)
class FetchLimits:
    """What one fetch may use: seconds for everything, bytes on the wire, bytes after decoding, redirects."""

    deadline_seconds: float = 30.0
    max_wire_bytes: int = 8 * 1024 * 1024
    max_body_bytes: int = 16 * 1024 * 1024
    max_redirects: int = 5


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer. `url` is where it came from after redirects, without user-info; `redirects` holds (status, target).

    `max_age_seconds` is how long the answer is good for, None if it does not say so or must not be kept.
    """

    url: str
    status: int
    body: bytes
    etag: str | None = None
    last_modified: str | None = None
    redirects: tuple[tuple[int, str], ...] = ()
    content_type: str | None = None
    max_age_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class _Request:
    """One hop. `authorization` belongs to `home` and goes nowhere else."""

    url: httpx2.URL
    home: tuple[str, str, int]
    authorization: str | None
    headers: tuple[tuple[str, str], ...]
    own_port: int | None
    allowed: tuple[AllowedNetwork, ...]
    limits: FetchLimits


def fetch_bytes(
    url: str,
    *,
    user_agent: str,
    etag: str | None = None,
    last_modified: str | None = None,
    past_caches: bool = False,
    limits: FetchLimits = FetchLimits(),
    allow_private: Sequence[str] = (),
    now: datetime,
    accept: str = ACCEPT,
) -> Fetched:
    """The answer of `url`: status 200 with its body, or 304 with none.

    Args:
        url: http or https; credentials in it are sent to its origin only. A port that it names is allowed.
        user_agent: who asks.
        etag: validator of the last answer, sent back verbatim.
        last_modified: likewise.
        past_caches: asks caches on the way to fetch the answer anew.
        limits: for the whole fetch, retries and redirects included.
        allow_private: private networks that may be called, `network` or `network:port`.
        now: the time that `Retry-After` counts from.
        accept: what is asked for; feeds, if nothing is said.

    Raises:
        FetchError: one of its leaves; neither message nor `url` holds a query string or user-info.
        ConfigError: `allow_private` cannot be read.
    """
    _quieten_libraries()
    start = parse_url(url)
    conditions = (
        ("If-None-Match", etag),
        ("If-Modified-Since", last_modified),
        ("Cache-Control", "no-cache" if past_caches else None),
    )
    request = _Request(
        url=start,
        home=find_origin(start),
        authorization=build_authorization(start),
        headers=(
            ("Accept", accept),
            ("User-Agent", user_agent),
            *((name, value) for name, value in conditions if value),
        ),
        own_port=start.port,
        allowed=parse_allowed(allow_private),
        limits=limits,
    )
    budget = Budget(seconds=limits.deadline_seconds, wire_bytes=limits.max_wire_bytes, label=safe_url(url))
    for attempt in stamina.retry_context(
        _may_retry(budget), attempts=ATTEMPTS, timeout=None, wait_initial=0.3, wait_max=2.0, wait_jitter=0.3
    ):
        with attempt:
            budget.refill_wire()
            return _follow(request, budget=budget, now=now)
    raise AssertionError("stamina yields until a try returns or raises")


def _follow(request: _Request, *, budget: Budget, now: datetime) -> Fetched:
    """The answer at the end of the redirects."""
    hops: list[tuple[int, str]] = []
    while True:
        answer = _ask(request, budget=budget, now=now)
        if isinstance(answer, Fetched):
            return replace(answer, redirects=tuple(hops))
        status, location = answer
        if len(hops) >= request.limits.max_redirects:
            raise RedirectLimit(f"{budget.label}: more than {len(hops)} redirects", url=budget.label)
        request = replace(request, url=_next_url(request.url, location, label=budget.label))
        hops.append((status, str(request.url)))


def _next_url(url: httpx2.URL, location: str, *, label: str) -> httpx2.URL:
    try:
        target = url.join(location).copy_with(username=None, password=None, fragment=None)
    except (httpx2.InvalidURL, ValueError, TypeError):
        raise BadURL(f"{label}: redirected to something that is no address", url=label) from None
    if url.scheme == "https" and target.scheme == "http":
        raise RedirectLimit(f"{label}: redirected from https to http, which is not followed", url=label)
    return check_url(target, label=label)


def _ask(request: _Request, *, budget: Budget, now: datetime) -> Fetched | tuple[int, str]:
    """The answer to one request: fetched, or (status, location) of a redirect."""
    label = budget.label
    backend = GuardedBackend(budget, own_port=request.own_port, allowed=request.allowed)
    try:
        with (
            httpcore2.ConnectionPool(
                # Without TLS none is used: a redirect to https is a request of its own.
                ssl_context=_get_tls() if request.url.scheme == "https" else None,
                max_keepalive_connections=0,
                network_backend=backend,
            ) as pool,
            pool.stream("GET", _core_url(request.url), headers=_build_headers(request)) as response,
        ):
            if logger.isEnabledFor(logging.DEBUG):
                logger.debug("%s answered %d", safe_url(str(request.url)), response.status)
            return _read_answer(request, response, budget=budget, now=now)
    except FetchError:
        raise
    except (httpcore2.ProtocolError, httpcore2.UnsupportedProtocol) as error:
        raise ProtocolFailed(f"{label}: the server does not speak proper HTTP ({error})", url=label) from error
    except (httpcore2.NetworkError, httpcore2.TimeoutException, ssl.SSLError, OSError) as error:
        raise _connect_error(error, label) from error
    except (httpx2.InvalidURL, ValueError) as error:
        # UnicodeError and IDNAError are ValueErrors; their text may hold the address.
        raise BadURL(f"{label}: the address cannot be used ({type(error).__name__})", url=label) from None


def _read_answer(
    request: _Request, response: httpcore2.Response, *, budget: Budget, now: datetime
) -> Fetched | tuple[int, str]:
    headers = httpx2.Headers(response.headers)
    if response.status in REDIRECTS and headers.get("location"):
        return response.status, headers["location"]
    asked = any(name.startswith("If-") for name, _ in request.headers)
    if response.status != 200 and not (response.status == 304 and asked):
        _refuse(response.status, headers, label=budget.label, now=now)
    body = b""
    if response.status == 200:
        encoding = headers.get("content-encoding", "")
        body = read_body(response.iter_stream(), encoding, limit=request.limits.max_body_bytes, label=budget.label)
        if _is_close_delimited(headers) and is_cut_short(body):
            message = f"{budget.label}: the connection closed before the end of the document"
            raise TruncatedBody(message, url=budget.label, received=body)
    return Fetched(
        url=str(request.url.copy_with(username=None, password=None) if request.url.userinfo else request.url),
        status=response.status,
        body=body,
        etag=read_validator(headers.get("etag")),
        last_modified=read_validator(headers.get("last-modified")),
        content_type=headers.get("content-type"),
        max_age_seconds=parse_max_age(headers.get("cache-control")),
    )


def _refuse(status: int, headers: httpx2.Headers, *, label: str, now: datetime) -> NoReturn:
    """Raise the error of an answer that holds no feed."""
    until = parse_retry_after(headers.get("retry-after"), now=now)
    if status == 429 or (status == 503 and until):
        until = until or now + RETRY_AFTER_UNKNOWN
        message = f"{label}: asked too often ({status}); {ASKED_AFTER} {until.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
        raise RateLimited(message, url=label, status=status, until=until)
    if status == 410:
        raise Gone(f"{label}: removed by its publisher (410)", url=label, status=status)
    advice = _ADVICE.get(status) or (
        f"the site has a fault; {ASKED_AGAIN}" if status >= 500 else "open it in a browser"
    )
    message = f"{label}: answered {status}; {advice}"
    raise HTTPStatus(message, url=label, status=status, retryable=status in RETRYABLE_STATUS)


def _is_close_delimited(headers: httpx2.Headers) -> bool:
    return "content-length" not in headers and "chunked" not in headers.get("transfer-encoding", "").lower()


def _connect_error(error: Exception, label: str) -> ConnectFailed:
    reason = str(error) or type(error).__name__
    advice = "check host and port of the address, and whether this machine is online"
    return ConnectFailed(f"{label}: the connection failed ({reason}); {advice}{tell_proxy()}", url=label)


def _may_retry(budget: Budget) -> Callable[[Exception], bool]:
    def may_retry(error: Exception) -> bool:
        return isinstance(error, FetchError) and error.retryable and budget.seconds_left() > MIN_RETRY_SECONDS

    return may_retry


def _build_headers(request: _Request) -> list[tuple[bytes, bytes]]:
    headers = [("Accept-Encoding", "gzip"), ("Connection", "close"), *request.headers]
    if request.authorization and find_origin(request.url) == request.home:
        headers.append(("Authorization", request.authorization))
    return [(name.encode("ascii"), value.encode("latin-1")) for name, value in headers]


def _core_url(url: httpx2.URL) -> httpcore2.URL:
    return httpcore2.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)


def _get_tls() -> ssl.SSLContext:
    """The trust store of the machine; built once, since that takes longer than most feeds, while other threads wait."""
    with _TLS_GUARD:
        return _tls()


@functools.cache
def _tls() -> ssl.SSLContext:
    return httpx2.create_ssl_context(trust_env=False)


def _quieten_libraries() -> None:
    """Keep addresses and headers out of the libraries' own debug logs, which know no secrets.

    stamina tells each retry to structlog where that is installed, and structlog prints to stdout; a retry is no news.
    """
    stamina.instrumentation.set_on_retry_hooks(())
    for name in ("httpcore2", "httpx2", "stamina"):
        # Setting a level, even the same again, makes every logger of the process look its own up anew.
        if (library := logging.getLogger(name)).level != logging.ERROR:
            library.setLevel(logging.ERROR)
