"""Every way in which a feed may fail, by name, with its row in the fault table and the one outcome that it must have.

The rows are those of docs/decisions.md ("What can go wrong with a feed?"): F for fetching, P for reading, O for output.
"""

import contextlib
import functools
import gzip
import socket
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass

from fault_documents import READABLE, UNREADABLE, rss
from fault_server import ROUTES as KNOWN
from fault_server import RSS, Behaviour, FaultServer, Request, answer, conditional, forever, raw, redirect, truncated_at

# What a feed that moved for good and answers may be called.
ANSWERED = "ok|redirected"
N = 5


@dataclass(frozen=True)
class FaultCase:
    """One fault. `status` is the outcome's, `error` the class of the error behind it ("" for none), `n_entries` what is
    kept; `is_slow` says that only a deadline ends it; `url` replaces the address (PORT is the server's)."""

    name: str
    row: str
    status: str
    error: str
    behave: Behaviour
    n_entries: int = 0
    is_slow: bool = False
    url: str = ""

    @property
    def path(self) -> str:
        """The route of the case."""
        return "/case/" + "".join(letter if letter.isalnum() else "-" for letter in self.name)


def reset(conn: socket.socket, request: Request, server: FaultServer) -> None:
    """Half the body, then a reset in place of an end."""
    conn.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(RSS) + RSS[: len(RSS) // 2])
    conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    with contextlib.suppress(OSError):
        conn.close()


def packed(*layers: Callable[[bytes], bytes], encoding: str) -> Behaviour:
    """The feed in some encodings."""
    body = RSS
    for layer in layers:
        body = layer(body)
    return answer(200, body, Content_Encoding=encoding)


def headed(lines: bytes, body: bytes = RSS, status: bytes = b"HTTP/1.1 200 OK") -> Behaviour:
    """A status line, header lines as they are, a body."""
    return raw(status + b"\r\n" + lines + b"\r\n" + body)


def _known(
    row: str, status: str, error: str, *routes: str, n_entries: int = 0, is_slow: bool = False
) -> list[FaultCase]:
    """Cases of the server's own routes."""
    return [FaultCase(route[1:], row, status, error, KNOWN[route], n_entries, is_slow) for route in routes]


def _statuses(status: str, error: str, *codes: int, **headers: str) -> list[FaultCase]:
    """Answers that hold no feed."""
    told = "".join(f" {value}" for value in headers.values())
    return [FaultCase(f"answer {code}{told}", "F12", status, error, answer(code, **headers)) for code in codes]


def _targets(status: str, error: str, *targets: str) -> list[FaultCase]:
    """Redirects to where nobody goes."""
    return [FaultCase(f"redirect to {target}", "F1", status, error, redirect(target)) for target in targets]


def _addresses(status: str, error: str, *urls: str) -> list[FaultCase]:
    """Addresses in the feed list itself."""
    return [FaultCase(f"feed at {url[:60]!r}", "F4", status, error, answer(200, RSS), url=url) for url in urls]


def _cuts() -> list[FaultCase]:
    """The feed cut at nine tenths of its body, in each way; what is whole is kept."""
    kept = {"length": 4, "chunked": 4, "close": 4, "gzip": 3}
    return [
        FaultCase(f"cut, {how}", "F9", "ok", "TruncatedBody", truncated_at(int(len(RSS) * 0.9), how=how), n)
        for how, n in kept.items()
    ]


def _bodies() -> list[FaultCase]:
    """Whole answers whose bodies are odd."""
    return [FaultCase(name, row, "ok", "", _lazily(body), n) for name, row, n, body in READABLE] + [
        FaultCase(name, row, status, error, _lazily(body)) for name, row, status, error, body in UNREADABLE
    ]


def _lazily(build: Callable[[], str | bytes]) -> Behaviour:
    kept = functools.cache(build)

    def behave(conn: socket.socket, request: Request, server: FaultServer) -> None:
        body = kept()
        answer(200, body if isinstance(body, bytes) else body.encode("utf-8", "surrogatepass"))(conn, request, server)

    return behave


def _chain(n: int) -> Behaviour:
    """A redirect that counts down to the feed."""

    def behave(conn: socket.socket, request: Request, server: FaultServer) -> None:
        left = int(request.query or n)
        step = redirect(f"{request.path}?{left - 1}") if left else answer(200, RSS)
        step(conn, request, server)

    return behave


def _case(name: str, row: str, status: str, error: str, behave: Behaviour, n_entries: int = 0) -> FaultCase:
    return FaultCase(name, row, status, error, behave, n_entries)


LENGTH = b"Content-Length: %d\r\n" % len(RSS)
CHUNK = b"%x\r\n" % len(RSS) + RSS
CASES: tuple[FaultCase, ...] = (
    # Bodies that arrive.
    *_known("-", "ok", "", "/ok", "/gzip", "/gzip-members", n_entries=N),
    *_known("-", ANSWERED, "", "/to-ok", "/moved", n_entries=N),
    _case("validators", "F14", "ok", "", conditional, N),
    _case("encoding in capitals", "F8", "ok", "", packed(gzip.compress, encoding="GZIP"), N),
    _case("encoding x-gzip", "F8", "ok", "", packed(gzip.compress, encoding="x-gzip"), N),
    _case("encoding identity", "F8", "ok", "", packed(encoding="identity"), N),
    _case("chunks", "-", "ok", "", headed(b"Transfer-Encoding: chunked\r\n", CHUNK + b"\r\n0\r\n\r\n"), N),
    _case("no length and no chunks", "-", "ok", "", headed(b"Connection: close\r\n"), N),
    _case("hints before the answer", "F6", "ok", "", headed(LENGTH, status=b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK"), N),
    _case("HTTP/1.0", "-", "ok", "", headed(b"", status=b"HTTP/1.0 200 OK"), N),
    _case("no reason phrase", "-", "ok", "", headed(LENGTH, status=b"HTTP/1.1 200"), N),
    _case("header that is no ASCII", "F16", "ok", "", headed(LENGTH + "X-Note: naïve\r\n".encode("latin-1")), N),
    _case("charset rot13 in the header", "F16", "ok", "", answer(200, RSS, Content_Type="text/xml; charset=rot13"), N),
    _case("charset undefined in the header", "F16", "ok", "", answer(200, RSS, Content_Type="text/xml; charset=undefined"), N),
    _case("charset of 2,000 letters", "F16", "ok", "", answer(200, RSS, Content_Type="text/xml; charset=" + "x" * 2_000), N),
    _case("feed called a picture", "F16", "ok", "", answer(200, RSS, Content_Type="image/png"), N),
    _case("validator of 5,000 letters", "F14", "ok", "", answer(200, RSS, ETag='"' + "v" * 5_000 + '"'), N),
    _case("date of the year 2041", "F14", "ok", "", answer(200, RSS, Last_Modified="Fri, 01 Feb 2041 10:00:00 GMT"), N),
    _case("redirects, five", "F5", "ok", "", _chain(5), N),
    # Bodies that do not, or not whole.
    *_cuts(),
    _case("reset inside the body", "F9", "ok", "TruncatedBody", reset, 2),
    _case("length too long", "F9", "ok", "TruncatedBody", headed(b"Content-Length: 99999\r\n"), N),
    _case("length too short", "F9", "ok", "", headed(b"Content-Length: %d\r\n" % (len(RSS) - 100)), N - 1),
    _case("length that is no number", "F9", "connection", "ProtocolFailed", headed(b"Content-Length: many\r\n")),
    _case("length below zero", "F9", "connection", "ProtocolFailed", headed(b"Content-Length: -1\r\n")),
    _case("two lengths", "F9", "connection", "ProtocolFailed", headed(LENGTH + b"Content-Length: 3\r\n")),
    _case("chunk size that is no number", "F9", "connection", "ProtocolFailed", headed(b"Transfer-Encoding: chunked\r\n", b"zz\r\n" + RSS)),
    _case("chunk without end", "F9", "ok", "TruncatedBody", headed(b"Transfer-Encoding: chunked\r\n", CHUNK), N),
    _case("half an item, said to be whole", "F9", "ok", "", answer(200, RSS[: RSS.rfind(b"</description>") - 2]), N - 1),
    _case("no item, whole", "-", "empty", "", answer(200, rss("").encode())),
    _case("no item, whole and ill-formed", "P8", "empty", "", answer(200, rss("").replace("Gazette", "R&D &nbsp; Gazette").encode())),
    *_known("F8", "connection", "ProtocolFailed", "/gzip-damaged"),
    _case("gzip that is none", "F8", "connection", "ProtocolFailed", packed(encoding="gzip")),
    *_known("F8", "malformed", "UnsupportedEncoding", "/br", "/zstd", "/deflate", "/triple"),
    _case("encoding unknown", "F8", "malformed", "UnsupportedEncoding", packed(encoding="secret")),
    _case("gzip twice", "F8", "malformed", "UnsupportedEncoding", packed(gzip.compress, gzip.compress, encoding="gzip, gzip")),
    _case("deflate inside gzip", "F8", "malformed", "UnsupportedEncoding", packed(zlib.compress, gzip.compress, encoding="deflate, gzip")),
    _case("5,000 encodings", "F8", "malformed", "UnsupportedEncoding", packed(encoding=", ".join(["gzip"] * 5_000))),
    *_known("F8", "too large", "BodyTooLarge", "/bomb"),
    *_known("F7", "too large", "WireTooLarge", "/endless"),
    # Time.
    *_known("F6", "timeout", "DeadlineExceeded", "/drip", "/drip-head", "/silent", is_slow=True),
    FaultCase("slow hints", "F6", "timeout", "DeadlineExceeded", forever(b"", b"HTTP/1.1 103 Hint\r\n\r\n", 0.01), 0, True),
    FaultCase("silence inside the body", "F6", "timeout", "DeadlineExceeded", raw(b"HTTP/1.1 200 OK\r\n" + LENGTH + b"\r\n" + RSS[:300], 30.0), 0, True),
    FaultCase("silence after the status", "F6", "timeout", "DeadlineExceeded", raw(b"HTTP/1.1 200 OK\r\n", 30.0), 0, True),
    FaultCase("silence between redirects", "F6", "timeout", "DeadlineExceeded", raw(0.4, b"HTTP/1.1 302 X\r\nLocation: ?\r\nContent-Length: 0\r\n\r\n"), 0, True),
    # What is no HTTP.
    *_known("F6", "connection", "ProtocolFailed", "/large-head", "/noise", "/close"),
    _case("body without a head", "-", "connection", "ProtocolFailed", raw(RSS)),
    _case("status that is no number", "-", "connection", "ProtocolFailed", headed(LENGTH, status=b"HTTP/1.1 OK fine")),
    _case("HTTP/9.9", "-", "ok", "", headed(LENGTH, status=b"HTTP/9.9 200 OK"), N),
    _case("HTTP/2 greeting", "-", "connection", "ProtocolFailed", raw(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")),
    _case("header line without colon", "-", "connection", "ProtocolFailed", headed(b"nonsense\r\n" + LENGTH)),
    _case("NUL in a header", "-", "connection", "ProtocolFailed", headed(b"X-Note: a\x00b\r\n" + LENGTH)),
    _case("hints and nothing else", "F6", "connection", "ProtocolFailed", raw(b"HTTP/1.1 103 Early Hints\r\n\r\n")),
    # Answers that hold no feed.
    *_known("F11", "gone", "Gone", "/gone"),
    *_known("F12", "rate-limited", "RateLimited", "/pause", "/too-often"),
    *_statuses("rate-limited", "RateLimited", 429),
    *(case for told in ("soon", "-5", "9" * 30, "1e3", "Thu, 01 Jan 1970 00:00:00 GMT") for case in _statuses("rate-limited", "RateLimited", 429, Retry_After=told)),
    *_statuses("http error", "HTTPStatus", 503, Retry_After="soon"),
    *_statuses("forbidden", "HTTPStatus", 401, 402, 403, 407, 451),
    *_statuses("http error", "HTTPStatus", 204, 205, 206, 300, 301, 302, 307, 308, 400, 404, 405, 406, 408, 418, 421, 425, 431),
    *_statuses("http error", "HTTPStatus", 500, 501, 502, 503, 504, 511, 520, 599),
    *_known("F14", "http error", "HTTPStatus", "/unasked-304"),
    # Redirects.
    *_known("F5", "http error", "RedirectLimit", "/loop"),
    _case("redirects, six", "F5", "http error", "RedirectLimit", _chain(6)),
    *_known("F1", "blocked address", "BlockedAddress", "/to-loopback", "/to-metadata", "/to-private", "/to-mapped", "/to-port"),
    *_known("F4", "blocked address", "BadURL", "/to-javascript", "/to-data", "/to-file", "/to-nonsense"),
    *_targets("blocked address", "BlockedAddress", "http://[::1]:PORT/ok", "http://[fd00::1]/", "http://[fe80::1]/", "http://[64:ff9b::7f00:1]/"),
    *_targets("blocked address", "BlockedAddress", "http://192.168.1.1/", "http://172.16.0.1/", "http://100.64.0.1/", "http://168.63.129.16/"),
    *_targets("blocked address", "BlockedAddress", "http://0.0.0.0/", "http://2130706433/", "http://0x7f000001/", "http://127.1/", "http://0/"),
    *_targets("blocked address", "BlockedAddress", "http://224.0.0.1/", "http://255.255.255.255/", "http://192.0.0.192/", "http://127.0.0.1:25/"),
    *_targets("blocked address", "BadURL", "ftp://press.example/feed", "gopher://press.example/", "mailto:a@press.example"),
    *_targets("http error", "RedirectLimit", "http://", "#top", "?"),
    *_targets("dns", "ResolveFailed", "http://[bad/"),
    _case("redirect with a name and password", "F17", "ok", "", redirect("http://canary:canary@127.0.0.1:PORT/ok"), N),
    # Addresses.
    *_addresses("blocked address", "BlockedAddress", "http://10.0.0.1/f", "http://169.254.169.254/f", "http://127.0.0.2:PORT/f", "http://[::ffff:10.0.0.1]/f"),
    *_addresses("blocked address", "BadURL", "file:///etc/hostname", "javascript:alert(1)", "http:///f", "http://h.example:99999/f", "http://h.example:x/f"),
    *_addresses("dns", "ResolveFailed", "http://a..b.example/f", f"http://{'a' * 80}.example/f"),
    # What lies in the body.
    *_bodies(),
)  # fmt: skip
