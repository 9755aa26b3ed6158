"""A small IMAP server on loopback, with one folder. It knows the commands that are used, and answers BAD to any other."""

import re
import socket
import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

USER, PASSWORD = "watch@example.org", 'correct "horse" \\ battery'


@dataclass
class ImapFake:
    """The server, running inside `with`. `messages` are the folder's, by UID; `seen` those that are marked so.

    `script` says what it answers to a command instead: a line such as `NO later`, `drop` (the line goes dead) or `hang`.
    """

    messages: dict[int, bytes] = field(default_factory=dict)
    seen: set[int] = field(default_factory=set)
    script: Mapping[str, str] = field(default_factory=dict)
    tls: ssl.SSLContext | None = None
    implicit_tls: bool = False
    asked: list[str] = field(default_factory=list)

    def __enter__(self) -> Self:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self._serve)
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopping.set()
        # Wakes the thread that waits for a caller.
        socket.create_connection(("127.0.0.1", self.port)).close()
        self.thread.join(20)
        self.listener.close()

    def _serve(self) -> None:
        while not self.stopping.is_set():
            line, _ = self.listener.accept()
            lines = [line]
            line.settimeout(20)
            try:
                if not self.stopping.is_set():
                    self._talk(lines)
            except OSError:
                continue
            finally:
                for one in lines:
                    one.close()

    def _talk(self, lines: list[socket.socket]) -> None:
        """Serves a caller; `lines` get a wrapped one beside the plain one when TLS begins."""
        if self.implicit_tls:
            self._wrap(lines)
        lines[-1].sendall(b"* OK ready\r\n")
        while raw := self._read_line(lines[-1]):
            tag, _, rest = raw.decode().partition(" ")
            words = rest.split(" ")
            name = " ".join(words[: 2 if words[0].upper() == "UID" else 1]).upper()
            self.asked.append(name)
            told = self.script.get(name)
            if told == "hang":
                self.stopping.wait(20)
            if told in ("hang", "drop"):
                return
            lines[-1].sendall(f"{tag} {told}\r\n".encode() if told else self._answer(tag, name, rest))
            if name == "STARTTLS":
                self._wrap(lines)
            if name == "LOGOUT":
                return

    def _wrap(self, lines: list[socket.socket]) -> None:
        assert self.tls is not None
        lines.append(self.tls.wrap_socket(lines[-1], server_side=True))

    def _read_line(self, line: socket.socket) -> bytes:
        """A line without its end; empty if the caller is gone."""
        raw = b""
        while not raw.endswith(b"\r\n"):
            if not (letter := line.recv(1)):
                return b""
            raw += letter
        return raw[:-2]

    def _answer(self, tag: str, name: str, rest: str) -> bytes:
        ok = f"{tag} OK done\r\n".encode()
        if name == "CAPABILITY":
            return f"* CAPABILITY IMAP4rev1{' STARTTLS' if self.tls else ''}\r\n".encode() + ok
        if name == "LOGIN":
            quoted = PASSWORD.replace("\\", "\\\\").replace('"', '\\"')
            return ok if rest == f'LOGIN "{USER}" "{quoted}"' else f"{tag} NO wrong name or password\r\n".encode()
        if name == "SELECT":
            known = rest == 'SELECT "INBOX"'
            return (
                f"* {len(self.messages)} EXISTS\r\n".encode() + ok if known else f"{tag} NO no such folder\r\n".encode()
            )
        if name == "UID SEARCH":
            assert re.fullmatch(r"UID SEARCH UNSEEN SINCE \d{1,2}-[A-Z][a-z]{2}-\d{4}", rest), rest
            return (
                f"* SEARCH {' '.join(str(uid) for uid in sorted(self.messages) if uid not in self.seen)}\r\n".encode()
                + ok
            )
        if name == "UID FETCH":
            return self._fetch(rest) + ok
        if name == "UID STORE":
            assert rest.endswith(r"+FLAGS.SILENT (\Seen)"), rest
            self.seen.add(int(rest.split(" ")[2]))
            return ok
        return ok if name in ("LOGOUT", "STARTTLS") else f"{tag} BAD unknown\r\n".encode()

    def _fetch(self, rest: str) -> bytes:
        uid, what = int(rest.split(" ")[2]), rest.split(" ", 3)[3]
        message = self.messages.get(uid, b"")
        if what == "(RFC822.SIZE)":
            return f"* 1 FETCH (UID {uid} RFC822.SIZE {len(message)})\r\n".encode()
        assert what == "(BODY.PEEK[])", what
        return f"* 1 FETCH (UID {uid} BODY[] {{{len(message)}}}\r\n".encode() + message + b")\r\n"
