"""A real SMTP server on loopback (aiosmtpd) that fails where it is told to, and certificates for it."""

import asyncio
import os
import ssl
import subprocess
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any, Self

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

USER, PASSWORD = "watch", "correct-horse"


@dataclass
class Accepted:
    """A message that the server took, with whom it was for."""

    recipient: str
    raw: bytes

    @property
    def message(self) -> EmailMessage:
        """As a mail program reads it."""
        return message_from_bytes(self.raw, policy=default)  # type: ignore[return-value]

    @property
    def id(self) -> str:
        """Its Message-ID."""
        return str(self.message["Message-ID"])


@dataclass
class MailServer:
    """The server, running inside `with`. `script` says what it answers at a step, for all or for one recipient.

    Steps: connect, ehlo, starttls, auth, mail, rcpt, data (the command), dot (the message). An answer is a line such as
    `450 later`, `drop` (the line goes dead), `drop unread` (at the dot: and the message is lost) or `hang`.
    """

    script: Mapping[str, str] = field(default_factory=dict)
    only_for: str | None = None
    tls: ssl.SSLContext | None = None
    implicit_tls: bool = False
    signing_in: bool = False
    accepted: list[Accepted] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    transports: list[Any] = field(default_factory=list)
    open_lines: int = 0

    def __enter__(self) -> Self:
        self.loop = asyncio.new_event_loop()
        self.stop = asyncio.Event()
        started = threading.Event()
        self.thread = threading.Thread(target=self._serve, args=(started,))
        self.thread.start()
        assert started.wait(20)
        return self

    def __exit__(self, *_: object) -> None:
        self.loop.call_soon_threadsafe(self.stop.set)
        self.thread.join(20)

    def _serve(self, started: threading.Event) -> None:
        asyncio.set_event_loop(self.loop)
        self.loop.run_until_complete(self._run(started))
        self.loop.close()

    async def _run(self, started: threading.Event) -> None:
        implicit = self.tls if self.implicit_tls else None
        server = await self.loop.create_server(lambda: _Protocol(self), "127.0.0.1", 0, ssl=implicit)
        self.port = server.sockets[0].getsockname()[1]
        started.set()
        await self.stop.wait()
        server.close()
        for transport in self.transports:
            transport.abort()
        tasks = [task for task in asyncio.all_tasks(self.loop) if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.sleep(0)

    def wait_until_idle(self) -> None:
        """Returns when every client has gone and what it left was read."""
        asyncio.run_coroutine_threadsafe(self._idle(), self.loop).result(30)

    async def _idle(self) -> None:
        quiet = 0
        while quiet < 3:
            await asyncio.sleep(0.005)
            quiet = quiet + 1 if not self.open_lines else 0

    def authenticate(self, _server: Any, _session: Any, _envelope: Any, _way: str, login: LoginPassword) -> AuthResult:
        """Whether name and password are right."""
        return AuthResult(success=(login.login.decode(), login.password.decode()) == (USER, PASSWORD), handled=False)

    async def handle_DATA(self, server: "_Protocol", _session: Session, envelope: Envelope) -> str:
        """Takes the message, unless the script has it refused or lost."""
        server.step = "dot"
        answer = server.scripted()
        if answer is None or answer in ("drop", "hang") or answer.startswith("2"):
            content = envelope.original_content or b""
            self.accepted += [Accepted(recipient, content) for recipient in envelope.rcpt_tos]
        return "250 taken"


class _Protocol(SMTP):
    """One conversation, whose answers go through the script."""

    def __init__(self, server: MailServer) -> None:
        self.told, self.step = server, "connect"
        plain_tls = server.tls if not server.implicit_tls else None
        super().__init__(
            server,
            hostname="mail.example",
            loop=server.loop,
            tls_context=plain_tls,
            authenticator=server.authenticate if server.signing_in else None,
            auth_require_tls=not server.signing_in,
        )

    def connection_made(self, transport: Any) -> None:
        """Notes the line, to hang up in the end."""
        self.told.transports.append(transport)
        self.told.open_lines += 1
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        """Notes that the client has gone."""
        self.told.open_lines -= 1
        super().connection_lost(error)

    def scripted(self) -> str | None:
        """What the script says of this step, for this recipient."""
        answer = self.told.script.get(self.step)
        if answer and self.told.only_for and self.step in ("rcpt", "data", "dot"):
            return answer if self.told.only_for in (*self.envelope.rcpt_tos, self.rcpt) else None
        return answer

    async def push(self, status: Any) -> None:
        """Answers, or does what the script says instead."""
        answer = self.scripted()
        if answer is None:
            await super().push(status)
        elif answer.startswith("drop"):
            self.transport.abort()
        elif answer == "hang":
            await self.told.stop.wait()
        else:
            await super().push(answer)

    rcpt = ""

    async def smtp_EHLO(self, hostname: str) -> None:
        """EHLO."""
        await self._at("ehlo", super().smtp_EHLO, hostname)

    async def smtp_STARTTLS(self, arg: str) -> None:
        """STARTTLS."""
        await self._at("starttls", super().smtp_STARTTLS, arg)

    async def smtp_AUTH(self, arg: str) -> None:
        """AUTH."""
        await self._at("auth", super().smtp_AUTH, arg)

    async def smtp_MAIL(self, arg: str | None) -> None:
        """MAIL FROM."""
        await self._at("mail", super().smtp_MAIL, arg)

    async def smtp_RCPT(self, arg: str | None) -> None:
        """RCPT TO; a scripted refusal takes nobody."""
        self.rcpt = (arg or "").partition("<")[2].partition(">")[0]
        self.step = "rcpt"
        answer = self.scripted()
        await self._at("rcpt", super().smtp_RCPT, arg)
        if answer is not None and self.envelope is not None:
            self.envelope.rcpt_tos.clear()

    async def smtp_DATA(self, arg: str) -> None:
        """DATA; a scripted answer comes instead of the invitation."""
        self.step = "data"
        self.told.asked.append("data")
        if self.scripted() is not None:
            await self.push("354 go on")
        else:
            await super().smtp_DATA(arg)

    async def smtp_QUIT(self, arg: str) -> None:
        """QUIT."""
        await self._at("quit", super().smtp_QUIT, arg)

    async def smtp_NOOP(self, arg: str) -> None:
        """NOOP."""
        await self._at("noop", super().smtp_NOOP, arg)

    async def _at(self, step: str, command: Any, arg: str | None) -> None:
        self.step = step
        self.told.asked.append(step)
        await command(arg)


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `good.pem` (localhost, 127.0.0.1) and `other.pem` (another name); each trusts itself."""
    folder = tmp_path_factory.mktemp("certificates")
    for name, about in (("good", "DNS:localhost,IP:127.0.0.1"), ("other", "DNS:other.example")):
        made = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
        made += ["-days", "3650", "-subj", "/CN=test", "-addext", f"subjectAltName={about}"]
        made += ["-keyout", str(folder / f"{name}.key"), "-out", str(folder / f"{name}.pem")]
        try:
            subprocess.run(made, check=True, capture_output=True)
        except FileNotFoundError:
            if os.environ.get("FRAMEWIRE_REQUIRE_ALL") == "1":
                pytest.fail("openssl is not there")
            pytest.skip("openssl is not there")
    return folder


def server_context(certificates: Path, name: str) -> ssl.SSLContext:
    """What a server needs to show one of the certificates."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates / f"{name}.pem", certificates / f"{name}.key")
    return context
