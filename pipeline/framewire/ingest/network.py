"""The guarded network back end: which addresses may be called, and how long and how much one fetch may take.

The check is made on the address that is dialled, never on the spelling of a URL: one resolution per connection,
every answer checked, the checked literal dialled.
"""

import os
import socket
import ssl
import threading
import time
from collections.abc import Iterable, Sequence
from typing import Any

import httpcore2

from framewire.errors import (
    ASKED_AGAIN,
    BlockedAddress,
    ConnectFailed,
    DeadlineExceeded,
    FetchError,
    ResolveFailed,
    WireTooLarge,
)
from framewire.ingest.addresses import AllowedNetwork, find_refusal, suggest_opening
from framewire.ingest.handshake import build_tls_error

# Source: the resolver's own default is 5 s a try (resolv.conf(5)); a feed host that needs longer is down.
RESOLVE_SECONDS = 5.0
# Source: a host with a dead IPv6 path must not use up the deadline: half of the usual 20 s of Miniflux's dialler.
CONNECT_SECONDS = 10.0
# Source: curl(1), section ENVIRONMENT: what names a proxy for a web address.
_PROXY_NAMES = frozenset({"http_proxy", "https_proxy", "all_proxy"})
# Source: one pinned address alone fails on hosts with a dead IPv6 path; more than four only cost time.
MAX_ADDRESSES = 4


class Budget:
    """What is left of one fetch: wall-clock seconds and bytes on the wire.

    The seconds run through retries and redirects; the bytes start anew with each try.
    """

    def __init__(self, *, seconds: float, wire_bytes: int, label: str) -> None:
        self.label = label
        self._seconds = seconds
        self._ends = time.monotonic() + seconds
        self._wire_bytes = wire_bytes
        self._wire_left = wire_bytes

    def refill_wire(self) -> None:
        """Give a new try its full allowance of bytes."""
        self._wire_left = self._wire_bytes

    def seconds_left(self) -> float:
        """Seconds until the deadline; zero or less after it."""
        return self._ends - time.monotonic()

    def time_out(self, longest: float | None = None) -> float:
        """The time-out for the next step, at most `longest`.

        Raises:
            DeadlineExceeded: no time is left.
        """
        left = self.seconds_left()
        if left <= 0:
            raise self.exceeded()
        return left if longest is None else min(left, longest)

    def exceeded(self) -> DeadlineExceeded:
        """The error for a deadline that has passed."""
        message = f"{self.label}: not complete after {self._seconds:g} s; the server is slow, {ASKED_AGAIN}"
        return DeadlineExceeded(message, url=self.label)

    def take(self, n_bytes: int) -> None:
        """Count bytes that came over the wire.

        Raises:
            WireTooLarge: more than allowed.
        """
        self._wire_left -= n_bytes
        if self._wire_left < 0:
            message = f"{self.label}: more than {self._wire_bytes} bytes sent; a feed is smaller, look at the address"
            raise WireTooLarge(message, url=self.label)


class BudgetStream(httpcore2.NetworkStream):
    """A connection whose every read and write is bounded by the budget of the fetch."""

    def __init__(self, stream: httpcore2.NetworkStream, budget: Budget) -> None:
        self._stream = stream
        self._budget = budget

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """The next bytes, empty at the end."""
        try:
            received = self._stream.read(max_bytes, timeout=self._budget.time_out(timeout))
        except httpcore2.ReadTimeout as error:
            raise self._budget.exceeded() from error
        self._budget.take(len(received))
        return received

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send all of `buffer`."""
        try:
            self._stream.write(buffer, timeout=self._budget.time_out(timeout))
        except httpcore2.WriteTimeout as error:
            raise self._budget.exceeded() from error

    def close(self) -> None:
        """Close the connection."""
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        """The same connection under TLS, with the host's name checked, under the same budget."""
        try:
            stream = self._stream.start_tls(ssl_context, server_hostname, timeout=self._budget.time_out(timeout))
        except httpcore2.ConnectTimeout as error:
            raise self._budget.exceeded() from error
        except (httpcore2.ConnectError, OSError) as error:
            raise build_tls_error(error, label=self._budget.label) from error
        return BudgetStream(stream, self._budget)

    def get_extra_info(self, info: str) -> Any:
        """What the inner connection knows."""
        return self._stream.get_extra_info(info)


class GuardedBackend(httpcore2.NetworkBackend):
    """Opens connections to checked addresses only."""

    def __init__(self, budget: Budget, *, own_port: int | None, allowed: Sequence[AllowedNetwork]) -> None:
        self._budget = budget
        self._own_port = own_port
        self._allowed = allowed
        self._sockets = httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002 - the budget knows the time
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        """A connection to the first checked address that answers."""
        label = self._budget.label
        addresses = resolve_host(host, port, budget=self._budget)
        for address in addresses:
            refusal = find_refusal(address, port=port, own_port=self._own_port, allowed=self._allowed)
            if refusal:
                opening = suggest_opening(address, port=port, own_port=self._own_port)
                advice = f'; if it is meant, write allow_private = ["{opening}"] in framewire.toml' if opening else ""
                raise BlockedAddress(f"{label}: not called, {refusal}{advice}", url=label)
        failure: Exception | None = None
        for address in addresses[:MAX_ADDRESSES]:
            try:
                longest = self._budget.time_out(CONNECT_SECONDS)
                stream = self._sockets.connect_tcp(address, port, longest, local_address, socket_options)
                return BudgetStream(stream, self._budget)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failure = error
        self._budget.time_out()
        reason = str(failure) or "no answer"
        raise ConnectFailed(
            f"{label}: no connection ({reason}); check host and port of the address, and whether this machine is "
            f"online{tell_proxy()}",
            url=label,
        ) from failure


def resolve_host(host: str, port: int, *, budget: Budget) -> list[str]:
    """The addresses of a host, in the system's order, without repeats; asked once, bounded in time.

    A look-up that hangs cannot be stopped; it stays behind in a thread of its own that ends with the process, so that
    no pool of them can fill up.

    Raises:
        ResolveFailed: the name has no address, or the resolver does not answer in time.
    """
    answers: list[list[str] | Exception] = []
    thread = threading.Thread(target=_look_up, args=(host, port, answers), daemon=True, name="framewire-resolver")
    thread.start()
    thread.join(budget.time_out(RESOLVE_SECONDS))
    label = budget.label
    if not answers:
        budget.time_out()
        raise ResolveFailed(
            f"{label}: the name was not resolved within {RESOLVE_SECONDS:g} s; is this machine online?{tell_proxy()}",
            url=label,
        )
    answer = answers[0]
    if isinstance(answer, Exception):
        raise _resolve_error(answer, label) from answer
    return answer


def _look_up(host: str, port: int, answers: list[list[str] | Exception]) -> None:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError, ValueError) as error:
        answers.append(error)
        return
    answers.append(list(dict.fromkeys(str(entry[4][0]) for entry in found)))


def _resolve_error(error: Exception, label: str) -> FetchError:
    if isinstance(error, UnicodeError):
        return ResolveFailed(f"{label}: not a host name", url=label, retryable=False)
    # Only a resolver that could not ask may do better at once; "no such name" is an answer.
    retryable = isinstance(error, socket.gaierror) and error.errno == socket.EAI_AGAIN
    advice = "no name server answers; is this machine online?" if retryable else "check its spelling"
    message = f"{label}: the host name has no address; {advice}{tell_proxy()}"
    return ResolveFailed(message, url=label, retryable=retryable)


def tell_proxy() -> str:
    """What to add to a failed connection where the environment names a proxy; "" where it names none, never its value."""
    names = [name for name in os.environ if name.lower() in _PROXY_NAMES and os.environ[name]]
    told = ", ".join(sorted(names))
    return (
        f" ({told} is set, but Framewire uses no proxy: run it where the site can be reached directly)" if names else ""
    )
