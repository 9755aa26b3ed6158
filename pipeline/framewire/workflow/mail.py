"""Sending what lies in the outbox: each message once, and none lost in silence.

A row is `sending` from just before its message goes over the line until the server's answer is stored. A row that a
dead process left so may have arrived or not: it becomes `uncertain`. Source: reliability anchors 5.3; RFC 1047.
"""

import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

from framewire.config import FILE_NAME, Config
from framewire.errors import ConfigError, MailDeferred, MailError, MailRejected, MailUncertain
from framewire.files import describe_refusal, user_name
from framewire.mail_settings import MailSettings
from framewire.store import (
    StoredMail,
    drop_old_content,
    get_due_mail,
    get_mail,
    get_mail_content,
    reading,
    set_mail_state,
    transaction,
)
from framewire.summarise.mail import refuse_unsafe_runtime
from framewire.summarise.smtp import SmtpServer, deliver
from framewire.workflow.lock import MAIL_LOCK_FILE, hold_lock
from framewire.workflow.workspace import Workspace

PASSWORD_VARIABLE = "FRAMEWIRE_MAIL_PASSWORD"  # noqa: S105 - its name
# Waits between tries: twice as long each time, a day at most; given up after five. Source: RFC 5321, 4.5.4.1.
FIRST_WAIT = timedelta(minutes=15)
LONGEST_WAIT = timedelta(hours=24)
GIVE_UP_AFTER = timedelta(days=5)
# How long a message can be sent again; its row stays for ever.
KEEP_CONTENT = timedelta(days=30)
KILLED = "the sending process was killed before the server's answer was stored"
SECOND_TRY = "sent once more, since the first try may not have arrived"


@dataclass(slots=True)
class Delivery:
    """What became of the messages that were tried, and which are uncertain since then."""

    sent: list[StoredMail] = field(default_factory=list)
    waiting: list[tuple[StoredMail, str]] = field(default_factory=list)
    refused: list[tuple[StoredMail, str]] = field(default_factory=list)
    uncertain: list[StoredMail] = field(default_factory=list)


def get_mail_settings(config: Config) -> MailSettings:
    """The settings of mail. Raises ConfigError if there are none."""
    if config.mail is None:
        raise ConfigError(
            f"{config.folder / FILE_NAME}: mail is not set up. Add a table [mail] with `from`, and a [[mail.list]] with "
            "`name` and `to`; `framewire send --test ADDRESS` then tries it."
        )
    return config.mail


def find_server(config: Config) -> SmtpServer:
    """The server that mail is handed to, with the password.

    Raises:
        ConfigError: mail is not set up.
        MailError: the password cannot be read, or others may read it; this Python is unsafe.
    """
    mail = get_mail_settings(config)
    refuse_unsafe_runtime()
    password = find_password(config, mail.password_file, PASSWORD_VARIABLE) if mail.user else None
    return SmtpServer(mail.host, mail.effective_port, mail.security, mail.user, password)


def deliver_waiting(workspace: Workspace, *, now: datetime) -> Delivery:
    """Sends every message whose time has come, after looking at what a killed process left.

    Raises:
        RunLocked: another process is sending.
        ConfigError, MailError: the settings of mail cannot be used; nothing was tried.
    """
    server, mail = find_server(workspace.config), get_mail_settings(workspace.config)
    with hold_lock(workspace.config.folder, MAIL_LOCK_FILE):
        done = Delivery(uncertain=_settle_killed(workspace, mail, now=now))
        with transaction(workspace.engine) as conn:
            drop_old_content(conn, before=now - KEEP_CONTENT)
            due = get_due_mail(conn, now=now)
        way_is_closed: MailDeferred | None = None
        for row in due:
            if way_is_closed is None:
                way_is_closed = _try_one(workspace, server, row, now=now, done=done)
            else:
                _defer(workspace, row, way_is_closed, now=now, done=done)
    return done


def _try_one(
    workspace: Workspace, server: SmtpServer, row: StoredMail, *, now: datetime, done: Delivery
) -> MailDeferred | None:
    """Sends one message and stores what became of it. The error, if no other message can be sent now either."""
    mail = get_mail_settings(workspace.config)
    with reading(workspace.engine) as conn:
        content = get_mail_content(conn, row.id)
    tried = replace(row, tries=row.tries + 1)

    def mark_sending() -> None:
        nonlocal tried
        _store(workspace, tried, "sending", now=now, reason=row.reason)
        tried = replace(tried, state="sending")

    try:
        deliver(server, content, sender=mail.address, recipient=row.recipient, before_data=mark_sending)
    except MailRejected as error:
        _store(workspace, tried, "refused", now=now, reason=str(error))
        done.refused.append((row, str(error)))
    except MailUncertain as error:
        done.uncertain += _hold_or_repeat(workspace, tried, mail, reason=str(error), now=now)
    except MailDeferred as error:
        _defer(workspace, tried, error, now=now, done=done)
        return error if error.is_for_all else None
    else:
        _store(workspace, tried, "sent", now=now)
        done.sent.append(row)
    return None


def _defer(workspace: Workspace, row: StoredMail, error: MailDeferred, *, now: datetime, done: Delivery) -> None:
    """Lets a message wait longer, or gives it up."""
    if now - row.created_at > GIVE_UP_AFTER:
        reason = f"given up after {row.tries} tries: {error}"
        _store(workspace, row, "refused", now=now, reason=reason)
        done.refused.append((row, reason))
        return
    wait = min(FIRST_WAIT * 2 ** min(max(row.tries - 1, 0), 10), LONGEST_WAIT)
    kept = f"{SECOND_TRY}; {error}" if _is_second_try(row) else str(error)
    _store(workspace, row, "pending", now=now, reason=kept, next_due_at=now + wait)
    done.waiting.append((row, str(error)))


def _settle_killed(workspace: Workspace, mail: MailSettings, *, now: datetime) -> list[StoredMail]:
    """Judges what a killed process left in `sending`; gives what is uncertain now. Only under the lock of sending."""
    with reading(workspace.engine) as conn:
        left = get_mail(conn, states=("sending",))
    return [held for row in left for held in _hold_or_repeat(workspace, row, mail, reason=KILLED, now=now)]


def _hold_or_repeat(
    workspace: Workspace, row: StoredMail, mail: MailSettings, *, reason: str, now: datetime
) -> Sequence[StoredMail]:
    """What is held: nothing, if the settings say that such a message is sent once more and it was not yet."""
    if mail.hold_uncertain or _is_second_try(row):
        _store(workspace, row, "uncertain", now=now, reason=reason)
        return [row]
    _store(workspace, row, "pending", now=now, reason=SECOND_TRY, next_due_at=now)
    return []


def _is_second_try(row: StoredMail) -> bool:
    return (row.reason or "").startswith(SECOND_TRY)


def _store(
    workspace: Workspace,
    row: StoredMail,
    state: str,
    *,
    now: datetime,
    reason: str | None = None,
    next_due_at: datetime | None = None,
) -> None:
    with transaction(workspace.engine) as conn:
        set_mail_state(conn, row, state, now=now, reason=reason, tries=row.tries, next_due_at=next_due_at)


def find_password(config: Config, password_file: str | None, variable: str) -> str:
    """A password from the environment, else from its file. Raises MailError."""
    if given := os.environ.get(variable):
        return _check_password(given, variable)
    if password_file is None:
        raise MailError(
            f"{config.folder / FILE_NAME}: a user is set and no password is there; name a file that holds it "
            f'(password_file = "mail-password"), or set {variable}'
        )
    path = config.folder / password_file
    try:
        with path.open("rb") as file:
            _refuse_readable_by_others(path, os.fstat(file.fileno()))
            text = file.read(1024).decode("utf-8", errors="replace").strip("\r\n")
    except OSError as error:
        raise MailError(f"the password of mail: {describe_refusal(error, path)}") from error
    return _check_password(text, str(path))


def _refuse_readable_by_others(path: Path, found: os.stat_result) -> None:
    """Raises MailError for a file that others than us may read, as ssh does for its keys."""
    if found.st_uid not in (os.geteuid(), 0):
        raise MailError(f"{path} belongs to user {user_name(found.st_uid)}; the file of a password must be your own")
    if stat.S_IMODE(found.st_mode) & 0o077:
        raise MailError(f"{path}: others may read or write this password, so it is not used; `chmod 600 {path}`")


def _check_password(text: str, where: str) -> str:
    if not text or not text.isascii() or not text.isprintable():
        raise MailError(f"{where}: no usable password: one line of ASCII letters is wanted")
    return text
