"""A web server on loopback that misbehaves on request: each route is a named behaviour, written on raw sockets."""

import contextlib
import functools
import gzip
import socket
import ssl
import threading
import time
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

RSS = (
    b'<?xml version="1.0" encoding="utf-8"?>\n<rss version="2.0"><channel><title>Invented Gazette</title>'
    + b"".join(
        b"<item><guid>g%d</guid><title>Invented report %d</title><link>https://gazette.press.example/%d</link>"
        b"<description>The commission met for the %dth time. Nothing in it is real.</description></item>" % (n, n, n, n)
        for n in range(1, 6)
    )
    + b"</channel></rss>\n"
)

Behaviour = Callable[[socket.socket, "Request", "FaultServer"], None]


@dataclass(frozen=True)
class Request:
    """What came in."""

    path: str
    query: str
    headers: dict[str, str]


@dataclass
class FaultServer:
    """The address, what was asked, and what may be scripted."""

    port: int
    requests: list[Request] = field(default_factory=list)
    hits: Counter[str] = field(default_factory=Counter)
    scripts: dict[str, Behaviour] = field(default_factory=dict)
    active: set[int] = field(default_factory=set)
    most_active: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)
    stopped: threading.Event = field(default_factory=threading.Event)

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        """The address of a route."""
        return f"http://{host}:{self.port}{path}"

    @property
    def allow(self) -> tuple[str, ...]:
        """What `allow_private` must hold."""
        return (f"127.0.0.1/32:{self.port}",)

    def open_request(self, request: Request) -> None:
        """A request came in."""
        with self.lock:
            self.requests.append(request)
            self.hits[request.path] += 1
            self.active.add(id(request))
            self.most_active = max(self.most_active, len(self.active))

    def close_request(self, request: Request) -> None:
        """It is about to have its answer: from here on the other side may ask again."""
        with self.lock:
            self.active.discard(id(request))


def answer(status: int, body: bytes = b"", **headers: str) -> Behaviour:
    """A whole answer with its length."""

    def behave(conn: socket.socket, request: Request, server: FaultServer) -> None:
        lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}"]
        lines += [
            f"{name.replace('_', '-')}: {value.replace('PORT', str(server.port))}" for name, value in headers.items()
        ]
        server.close_request(request)
        conn.sendall("\r\n".join([*lines, "", ""]).encode("latin-1") + body)

    return behave


def slow(behave: Behaviour, seconds: float) -> Behaviour:
    """The same after a pause."""

    def wait(conn: socket.socket, request: Request, server: FaultServer) -> None:
        server.stopped.wait(seconds)
        behave(conn, request, server)

    return wait


def meet(n: int, behave: Behaviour, *, patience_seconds: float) -> Behaviour:
    """The same after a short pause, but only while `n` requests are open at once."""
    together = threading.Barrier(n, timeout=patience_seconds)

    def wait(conn: socket.socket, request: Request, server: FaultServer) -> None:
        together.wait()
        slow(behave, 0.05)(conn, request, server)

    return wait


def raw(*parts: bytes | float) -> Behaviour:
    """Bytes as they are; a number is a pause in seconds."""

    def behave(conn: socket.socket, request: Request, server: FaultServer) -> None:
        for part in parts:
            if isinstance(part, bytes):
                conn.sendall(part)
            else:
                server.stopped.wait(part)

    return behave


def forever(head: bytes, piece: bytes, pause: float) -> Behaviour:
    """A head, then the same piece again and again until the other side gives up."""

    def behave(conn: socket.socket, request: Request, server: FaultServer) -> None:
        conn.sendall(head)
        while not server.stopped.is_set():
            conn.sendall(piece)
            if pause:
                server.stopped.wait(pause)

    return behave


def redirect(target: str, status: int = 302) -> Behaviour:
    """A redirect; PORT in the target is the server's own."""
    return answer(status, Location=target)


def conditional(conn: socket.socket, request: Request, server: FaultServer) -> None:
    """304 if the validator comes back, else the feed with it."""
    if request.headers.get("if-none-match") == '"v1"':
        answer(304, ETag='"v1"')(conn, request, server)
    else:
        answer(200, RSS, ETag='"v1"', Last_Modified="Mon, 23 Nov 2026 10:00:00 GMT")(conn, request, server)


def truncated_at(offset: int, *, how: str) -> Behaviour:
    """The feed cut after `offset` bytes, under a length, as a chunk, without either, or inside gzip."""
    packed = gzip.compress(RSS, mtime=0)
    heads = {
        "length": b"Content-Length: %d\r\n\r\n" % len(RSS) + RSS[:offset],
        "chunked": b"Transfer-Encoding: chunked\r\n\r\n%x\r\n" % len(RSS) + RSS[:offset],
        "close": b"\r\n" + RSS[:offset],
        "gzip": b"Content-Encoding: gzip\r\n\r\n" + packed[: offset * len(packed) // len(RSS)],
    }
    return raw(b"HTTP/1.1 200 OK\r\nConnection: close\r\n" + heads[how])


def deflate_bomb(conn: socket.socket, request: Request, server: FaultServer) -> None:
    """A gzip body of 64 MiB of zeros, 64 kB on the wire."""
    conn.sendall(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nConnection: close\r\n\r\n" + _packed_zeros())


@functools.cache
def _packed_zeros() -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    return b"".join(packer.compress(bytes(1024 * 1024)) for _ in range(64)) + packer.flush()


@functools.cache
def triple_gzip() -> bytes:
    """A body of 269 bytes or so that unpacks to 64 MiB in three layers."""
    return gzip.compress(gzip.compress(gzip.compress(bytes(64 * 1024 * 1024), mtime=0), mtime=0), mtime=0)


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\n"
ROUTES: dict[str, Behaviour] = {
    "/ok": answer(200, RSS, Content_Type="application/rss+xml; charset=utf-8"),
    "/gzip": answer(200, gzip.compress(RSS), Content_Encoding="gzip"),
    "/gzip-members": answer(
        200, gzip.compress(RSS[:300]) + gzip.compress(RSS[300:]) + bytes(8), Content_Encoding="gzip"
    ),
    "/gzip-damaged": answer(200, gzip.compress(RSS)[:-8] + b"12345678", Content_Encoding="gzip"),
    "/gzip-empty": answer(200, b"", Content_Encoding="gzip"),
    "/conditional": conditional,
    "/empty": answer(200, b""),
    "/html": answer(200, b"<!doctype html><html><title>Front page</title><p>Welcome.</html>"),
    "/gone": answer(410),
    "/missing": answer(404),
    "/forbidden": answer(403),
    "/broken": answer(500),
    "/unavailable": answer(503),
    "/pause": answer(503, Retry_After="120"),
    "/too-often": answer(429, Retry_After="3600"),
    "/nothing": answer(204),
    "/unasked-304": answer(304),
    "/br": answer(200, b"\x0b\x02\x80feed\x03", Content_Encoding="br"),
    "/zstd": answer(200, b"(\xb5/\xfd", Content_Encoding="zstd"),
    "/deflate": answer(200, zlib.compress(RSS), Content_Encoding="deflate"),
    "/triple": lambda conn, request, server: answer(200, triple_gzip(), Content_Encoding="gzip, gzip, gzip")(
        conn, request, server
    ),
    "/bomb": deflate_bomb,
    "/endless": forever(HEAD + b"\r\n", b"<x>" * 20_000, 0),
    "/drip": forever(HEAD + b"\r\n", b"x", 0.1),
    "/drip-head": forever(b"HTTP/1.1 200 OK\r\nX-Slow: ", b"x", 0.1),
    "/silent": raw(30.0),
    "/early-hints": forever(b"", b"HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\n" * 10, 0.001),
    "/large-head": forever(b"HTTP/1.1 200 OK\r\n", b"X-Large: " + b"y" * 4000 + b"\r\n", 0),
    "/noise": raw(b"\x16\x03\x01 this is no HTTP at all\r\n\r\n"),
    "/close": raw(b""),
    "/loop": redirect("/loop"),
    "/to-ok": redirect("/ok"),
    "/moved": redirect("/ok", 301),
    "/moved-query": redirect("/ok?token=canary-query", 308),
    "/to-loopback": redirect("http://127.0.0.2:PORT/ok"),
    "/to-metadata": redirect("http://169.254.169.254/latest/meta-data/"),
    "/to-private": redirect("http://10.0.0.1/feed"),
    "/to-mapped": redirect("http://[::ffff:127.0.0.1]:1/ok"),
    "/to-port": redirect("http://127.0.0.1:22/"),
    "/to-javascript": redirect("javascript:alert(1)"),
    "/to-data": redirect("data:text/xml,<rss/>"),
    "/to-file": redirect("file:///etc/hostname"),
    "/to-nonsense": redirect("http://host:port:port/"),
}


def serve_connection(plain: socket.socket, server: FaultServer, tls: ssl.SSLContext | None) -> None:
    """One call: read, answered by its route, closed."""
    plain.settimeout(20)
    with contextlib.suppress(OSError), plain, tls.wrap_socket(plain, server_side=True) if tls else plain as conn:
        received = b""
        while b"\r\n\r\n" not in received:
            more = conn.recv(65536)
            if not more:
                return
            received += more
        head = received.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
        path, _, query = head[0].split(" ")[1].partition("?")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:])}
        request = Request(path, query, headers)
        server.open_request(request)
        try:
            behave = server.scripts.get(path) or ROUTES.get(path) or answer(404)
            behave(conn, request, server)
            conn.shutdown(socket.SHUT_WR)
        finally:
            server.close_request(request)
        # Let the other side read what is under way before the socket is reset.
        time.sleep(0.01)


@contextlib.contextmanager
def fault_server(host: str = "127.0.0.1", *, tls: ssl.SSLContext | None = None) -> Iterator[FaultServer]:
    """A running server; it stops at the end of the block."""
    listener = socket.create_server((host, 0))
    server = FaultServer(port=listener.getsockname()[1])

    def accept() -> None:
        while not server.stopped.is_set():
            try:
                conn, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=serve_connection, args=(conn, server, tls), daemon=True).start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.stopped.set()
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(2)
