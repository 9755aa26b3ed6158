"""Reading new messages of a mail folder over IMAP. The only IMAP.

Nothing is deleted, moved or changed but one flag: a message counts as seen once its caller says that it is done with it.
Source: RFC 9051 (IMAP4rev2) and RFC 3501, of which everything used here is part.
"""

import imaplib
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from framewire.errors import MailError

TIMEOUT_SECONDS = 30.0
# A folder of replies holds a handful; what is left over comes the next time.
MAX_MESSAGES = 500
_SIZE = re.compile(rb"RFC822\.SIZE (\d+)")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MAX_ANSWER = 200


@dataclass(frozen=True, slots=True)
class ImapServer:
    """Where replies lie. `security` is tls, starttls or none; the password is never shown."""

    host: str
    port: int
    security: str
    user: str
    password: str = field(repr=False)
    folder: str = "INBOX"
    timeout_seconds: float = TIMEOUT_SECONDS

    @property
    def name(self) -> str:
        """Host and port, as messages call the server."""
        return f"{self.host}:{self.port}"


class MailFolder:
    """An open folder. Its messages are known by their UID, which stays the same while others come."""

    def __init__(self, server: ImapServer, imap: imaplib.IMAP4) -> None:
        self._server, self._imap = server, imap

    def list_unseen(self, *, since: date) -> list[str]:
        """The UIDs of messages that came since a day and that nobody has seen, oldest first.

        Raises:
            MailError: the server does not answer as it should.
        """
        told = f"{since.day}-{_MONTHS[since.month - 1]}-{since.year}"
        found = _ask(self._server, "SEARCH", lambda: self._imap.uid("SEARCH", "UNSEEN", "SINCE", told))
        numbers = b" ".join(line for line in found if isinstance(line, bytes)).split()
        uids = sorted({int(number) for number in numbers if number.isdigit()})
        return [str(uid) for uid in uids[:MAX_MESSAGES]]

    def read_size(self, uid: str) -> int:
        """How many bytes a message has; 0 if it has gone. Raises MailError."""
        found = _ask(self._server, "FETCH", lambda: self._imap.uid("FETCH", uid, "(RFC822.SIZE)"))
        match = _SIZE.search(b" ".join(_flatten(found)))
        return int(match[1]) if match else 0

    def read_message(self, uid: str) -> bytes:
        """A message as it lies there, still unseen; empty if it has gone. Raises MailError."""
        found = _ask(self._server, "FETCH", lambda: self._imap.uid("FETCH", uid, "(BODY.PEEK[])"))
        return next((bytes(part[1]) for part in found if isinstance(part, tuple)), b"")

    def mark_seen(self, uid: str) -> None:
        """Lets a message count as seen. Raises MailError."""
        _ask(self._server, "STORE", lambda: self._imap.uid("STORE", uid, "+FLAGS.SILENT", "(\\Seen)"))


@contextmanager
def open_mail_folder(server: ImapServer) -> Iterator[MailFolder]:
    """A folder, after TLS and signing in. It is left by LOGOUT: CLOSE would remove what others have marked as deleted.

    Raises:
        MailError: no connection, no TLS, not signed in, or no such folder.
    """
    imap = None
    try:
        with _told(server):
            imap = _connect(server)
            imap.login(f'"{server.user}"', server.password)
        _ask(server, f"folder {server.folder}", lambda: imap.select(f'"{server.folder}"'))
        yield MailFolder(server, imap)
        with suppress(OSError, imaplib.IMAP4.error):
            imap.logout()
    finally:
        if imap is not None:
            with suppress(OSError):
                imap.shutdown()


def _connect(server: ImapServer) -> imaplib.IMAP4:
    context = ssl.create_default_context()
    if server.security == "tls":
        return imaplib.IMAP4_SSL(server.host, server.port, ssl_context=context, timeout=server.timeout_seconds)
    imap = imaplib.IMAP4(server.host, server.port, timeout=server.timeout_seconds)
    if server.security == "starttls":
        try:
            imap.starttls(ssl_context=context)
        except BaseException:
            with suppress(OSError):
                imap.shutdown()
            raise
    return imap


@contextmanager
def _told(server: ImapServer) -> Iterator[None]:
    """A block whose failures are told as MailError."""
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        raise MailError(
            f"{server.name}: its certificate is not good ({error.verify_message}), so no password was sent; name the "
            "server as its certificate does, or ask its owner"
        ) from error
    except imaplib.IMAP4.error as error:
        raise MailError(f"{server.name}: {_shown(error)}; check user, password and folder of [mail.replies]") from error
    except OSError as error:
        raise MailError(f"{server.name}: {_shown(error)}; check host and port of [mail.replies]") from error


def _ask(server: ImapServer, what: str, command: Any) -> list[Any]:
    """What the server answered to a command that it did. Raises MailError."""
    with _told(server):
        state, answer = command()
    if state != "OK":
        raise MailError(f"{server.name} refused {what}: {_shown(b' '.join(_flatten(answer)))}")
    return list(answer)


def _flatten(answer: list[Any]) -> list[bytes]:
    parts = [part for item in answer for part in (item if isinstance(item, tuple) else (item,))]
    return [part for part in parts if isinstance(part, bytes)]


def _shown(said: object) -> str:
    """What a server said, or an error of the line, on one line."""
    if isinstance(said, imaplib.IMAP4.error) and said.args:
        said = said.args[0]
    text = said.decode("utf-8", errors="replace") if isinstance(said, bytes) else str(said) or type(said).__name__
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())[:_MAX_ANSWER]
