"""Handing messages to an SMTP server. The only SMTP.

What a caller gets to know is exact: no error says that a message was accepted, `MailRejected` and `MailDeferred` say
that it was not, and only what happens after the final dot can be `MailUncertain`. Source: RFC 5321, 4.1.1.4 and 6.1;
RFC 1047.
"""

import base64
import ipaddress
import smtplib
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from framewire.errors import MailDeferred, MailError, MailRejected, MailUncertain
from framewire.summarise.excerpts import clean_line

# Source: reliability anchors 5.3: a server that is there answers at once; after the dot RFC 5321, 4.5.3.2.6.
TIMEOUT_SECONDS = 30.0
DOT_TIMEOUT_SECONDS = 600.0
_MAX_ANSWER = 200
# 5xx answers that say nothing of the message or its recipient. Source: RFC 4954, section 6; RFC 3207, section 4.
_ABOUT_SIGNING_IN = (530, 534, 535, 538)
_WHERE_TLS = 'write security = "none" if it is a server on this machine, else ask its owner'


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """Where mail is handed over. `security` is starttls, tls or none; the password is never shown."""

    host: str
    port: int
    security: str = "starttls"
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    timeout_seconds: float = TIMEOUT_SECONDS
    dot_timeout_seconds: float = DOT_TIMEOUT_SECONDS

    @property
    def name(self) -> str:
        """Host and port, as messages call the server."""
        return f"{self.host}:{self.port}"


def deliver(server: SmtpServer, content: bytes, *, sender: str, recipient: str, before_data: Callable[[], None]) -> str:
    """The server's answer to an accepted message.

    Args:
        server: where.
        content: the message, lines ending with CR LF.
        sender: the address that bounces go to.
        recipient: the one address.
        before_data: called when the server has taken sender and recipient, before it gets the message.

    Raises:
        MailRejected: refused for good.
        MailDeferred: not accepted now.
        MailUncertain: nobody knows.
    """
    with _session(server) as smtp:
        with _before_the_dot(server):
            _expect(server, smtp.mail(sender), "sender")
            _expect(server, smtp.rcpt(recipient), "recipient")
        before_data()
        with _before_the_dot(server):
            _expect(server, smtp.docmd("data"), "message", good=(354,))
            smtp.send(_stuff_dots(content))
        return _end_with_dot(server, smtp)


def check_server(server: SmtpServer) -> str:
    """What the server can do, after connecting, TLS and signing in; nothing is sent.

    Raises:
        MailRejected, MailDeferred: it cannot be used.
    """
    with _session(server) as smtp, _before_the_dot(server):
        _expect(server, smtp.noop(), "NOOP")
        how = f"TLS {smtp.sock.version()}" if isinstance(smtp.sock, ssl.SSLSocket) else "no TLS, on this machine"
        return f"{server.name}, {how}, {f'signed in as {server.user}' if server.user else 'not signed in'}"


def _end_with_dot(server: SmtpServer, smtp: smtplib.SMTP) -> str:
    """Sends the dot and reads what becomes of the message."""
    try:
        if smtp.sock is None:
            raise smtplib.SMTPServerDisconnected("connection closed before the dot")
        smtp.sock.settimeout(server.dot_timeout_seconds)
        smtp.send(b".\r\n")
        code, answer = smtp.getreply()
    except (OSError, smtplib.SMTPException) as error:
        raise MailUncertain(f"{server.name} did not answer after the whole message: {_say(server, error)}") from error
    if code // 100 not in (2, 4, 5):
        raise MailUncertain(f"{server.name} answered nonsense after the whole message: {_shown(server, code, answer)}")
    _expect(server, (code, answer), "message", good=range(200, 300))
    return _shown(server, code, answer)


@contextmanager
def _session(server: SmtpServer) -> Iterator[smtplib.SMTP]:
    """A greeted, protected and signed-in connection; it is left politely, and what the server says then is no error.

    What fails before that would fail for every message: its MailDeferred says so.
    """
    smtp = None
    try:
        try:
            with _before_the_dot(server):
                smtp = _connect(server)
                _greet(server, smtp)
        except MailDeferred as error:
            error.is_for_all = True
            raise
        yield smtp
        with suppress(OSError, smtplib.SMTPException):
            if smtp.sock is not None:
                smtp.sock.settimeout(server.timeout_seconds)
            smtp.quit()
    finally:
        if smtp is not None:
            smtp.close()


def _connect(server: SmtpServer) -> smtplib.SMTP:
    name = _own_name()
    if server.security == "tls":
        context = ssl.create_default_context()
        return smtplib.SMTP_SSL(
            server.host, server.port, local_hostname=name, timeout=server.timeout_seconds, context=context
        )
    return smtplib.SMTP(server.host, server.port, local_hostname=name, timeout=server.timeout_seconds)


def _greet(server: SmtpServer, smtp: smtplib.SMTP) -> None:
    """EHLO, TLS where it is asked for, signing in. Nothing secret goes out before TLS, or to another machine without."""
    smtp.ehlo_or_helo_if_needed()
    if server.security == "starttls":
        if not smtp.has_extn("starttls"):
            raise MailDeferred(f"{server.name} offers no STARTTLS, so nothing was sent; {_WHERE_TLS}")
        _expect(server, smtp.starttls(context=ssl.create_default_context()), "STARTTLS")
        smtp.ehlo_or_helo_if_needed()
    if server.security == "none" and not _is_this_machine(smtp.sock):
        raise MailDeferred(f"{server.name} is not on this machine, so nothing was sent without TLS")
    if server.user is not None:
        smtp.login(server.user, server.password or "")


@contextmanager
def _before_the_dot(server: SmtpServer) -> Iterator[None]:
    """A block in which every failure means that the message was not accepted."""
    try:
        yield
    except MailError:
        raise
    except ssl.SSLCertVerificationError as error:
        raise MailDeferred(
            f"{server.name}: its certificate is not good ({error.verify_message}), so nothing was sent; {_WHERE_TLS}"
        ) from error
    except smtplib.SMTPAuthenticationError as error:
        raise MailDeferred(
            f"{server.name} did not let {server.user} sign in: {_shown(server, error.smtp_code, error.smtp_error)}; "
            "check user and password"
        ) from error
    except smtplib.SMTPNotSupportedError as error:
        raise MailDeferred(f"{server.name}: {_say(server, error)}; leave `user` out, or name another server") from error
    except (OSError, smtplib.SMTPException) as error:
        raise MailDeferred(f"{server.name}: {_say(server, error)}") from error


def _expect(
    server: SmtpServer, reply: tuple[int, bytes], what: str, *, good: tuple[int, ...] | range = (220, 250, 251, 252)
) -> None:
    """Nothing for a good answer. Raises MailRejected for 5xx, MailDeferred for every other."""
    code, answer = reply
    if code in good:
        return
    message = f"{server.name} refused the {what}: {_shown(server, code, answer)}"
    if 500 <= code < 600 and code not in _ABOUT_SIGNING_IN:
        raise MailRejected(message, code=code)
    raise MailDeferred(message)


def _stuff_dots(content: bytes) -> bytes:
    """The message as it goes over the line: dots at the head of a line doubled, a line end at its end.

    Source: RFC 5321, 4.5.2. A bare CR or LF could end the message early at some servers, so there is none.
    """
    lines = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n").removesuffix(b"\n").split(b"\n")
    return b"".join((b"." if line.startswith(b".") else b"") + line + b"\r\n" for line in lines)


def _own_name() -> str:
    """What we call ourselves: this machine's full name, or an address in brackets. No look-up. Source: RFC 5321, 4.1.3."""
    name = socket.gethostname()
    return name if "." in name.strip(".") and name.isascii() else "[127.0.0.1]"


def _is_this_machine(sock: socket.socket | None) -> bool:
    """Whether the other end of a connection is on this machine."""
    return sock is not None and ipaddress.ip_address(sock.getpeername()[0]).is_loopback


def _say(server: SmtpServer, error: Exception) -> str:
    """An error in words, without a secret."""
    if isinstance(error, smtplib.SMTPResponseException):
        return _shown(server, error.smtp_code, error.smtp_error)
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return _clean(server, str(error) or type(error).__name__)


def _shown(server: SmtpServer, code: int, answer: bytes | str) -> str:
    """`550 no such user`: a server's answer on one line."""
    text = answer.decode("utf-8", errors="replace") if isinstance(answer, bytes) else answer
    return _clean(server, f"{code} {text}")


def _clean(server: SmtpServer, text: str) -> str:
    """One line without the password, plain or as signing in spells it: a server may answer with what it was told."""
    if server.password:
        both = f"\0{server.user}\0{server.password}"
        spelt = (base64.b64encode(part.encode()).decode() for part in (server.password, both))
        for secret in (server.password, *spelt):
            text = text.replace(secret, "***")
    return clean_line(text, limit=_MAX_ANSWER)
