"""A crowd of feeds, each on a loopback address of its own, a third of them faulty in all the ways of the fault table."""

import contextlib
import selectors
import socket
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from endurance_cases import chance_of
from fault_cases import CASES, FaultCase
from fault_server import RSS, Behaviour, FaultServer, Request, answer, serve_connection

# Feeds of one crowd that are faulty: every third.
EVERY = 3
HOME = "127.0.0.1"
N_ITEMS = RSS.count(b"<item>")


@dataclass(frozen=True)
class Member:
    """One feed: its number, its host, and its fault (None if it is sound)."""

    number: int
    host: str
    case: FaultCase | None

    def url(self, port: int) -> str:
        """Its address."""
        path = f"/feed/{self.number}" if self.case is None else self.case.path
        return f"http://{self.host}:{port}{path}"


def build_crowd(n: int, *, n_slow: int) -> list[Member]:
    """The feeds: sound ones, and each fault in turn; at most `n_slow` of those that only a deadline ends."""
    cases = [case for case in CASES if not case.url and "loopback" not in case.name]
    quick, slow = [case for case in cases if not case.is_slow], [case for case in cases if case.is_slow]
    chance_of("crowd").shuffle(quick)
    # The slow ones first, so that any crowd has some.
    faults = [*slow[:n_slow], *quick]
    members = []
    for number in range(n):
        host = f"127.{1 + number // 62_500}.{1 + number // 250 % 250}.{1 + number % 250}"
        case = faults[number // EVERY % len(faults)] if number % EVERY == 0 else None
        members.append(Member(number, host, case))
    return members


@contextlib.contextmanager
def serve_crowd(members: Sequence[Member]) -> Iterator[FaultServer]:
    """The crowd's server: one port on every address, one thread that takes calls, one for each that is taken."""
    # Redirects lead here, too.
    with socket.create_server((HOME, 0)) as first:
        port = first.getsockname()[1]
    server = FaultServer(port=port)
    server.scripts |= {case.path: case.behave for case in CASES}
    server.scripts |= {f"/feed/{member.number}": _sound(member.number) for member in members if member.case is None}
    with contextlib.ExitStack() as stack, selectors.DefaultSelector() as ready:
        for host in (HOME, *(member.host for member in members)):
            listener = stack.enter_context(socket.create_server((host, port)))
            ready.register(listener, selectors.EVENT_READ)

        def accept() -> None:
            while not server.stopped.is_set():
                for key, _ in ready.select(timeout=0.2):
                    conn, _ = key.fileobj.accept()  # type: ignore[union-attr]
                    threading.Thread(target=serve_connection, args=(conn, server, None), daemon=True).start()

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.stopped.set()
            thread.join()


def _sound(number: int) -> Behaviour:
    """The feed of a sound member; its articles are its own."""
    body = RSS.replace(b"gazette.press.example", b"paper%d.example" % number)

    def behave(conn: socket.socket, request: Request, server: FaultServer) -> None:
        answer(200, body)(conn, request, server)

    return behave


def write_feed_list(members: Sequence[Member], port: int) -> str:
    """The crowd as a feed list, an outlet each."""
    lines = ["version: 1", "outlets:"]
    for member in members:
        lines += [f"- id: paper{member.number}", f'  name: "Paper {member.number}"', "  group: international"]
        lines += ['  country: "ZZ"', "  feeds:", f'  - url: "{member.url(port)}"', "    language: en"]
    return "\n".join(lines) + "\n"
