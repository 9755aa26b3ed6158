"""Corrections by reply: lines such as `fix 12.3:CODE water_theft=asserted`, `ok 12.3:CODE` or `no 12.3:CODE` in mail.

Nothing in a message is believed but its lines, and these only with a code that was sent to the address it comes from.
Messages are read, never moved or removed; one that was taken in before changes nothing.
"""

import email
import mailbox
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.policy import default as default_policy
from email.utils import parseaddr, parsedate_to_datetime
from pathlib import Path

from sqlalchemy import Connection

from framewire.config import FILE_NAME, Config
from framewire.errors import ConfigError, FramewireError, InputError
from framewire.files import describe_refusal
from framewire.learn.reply_lines import ReplyLine, find_reply_lines
from framewire.records import CodingOrigin, LabelledSpan
from framewire.store import get_labelled_spans, text_hash, transaction
from framewire.workflow.corrections import Correction, ItemId, Said, parse_id, store_word
from framewire.workflow.imap import ImapServer, open_mail_folder
from framewire.workflow.mail import find_password, get_mail_settings
from framewire.workflow.models import record_codebook
from framewire.workflow.reply_keys import build_code, is_code, load_key
from framewire.workflow.workspace import Workspace

# A reply is a few lines and what it quotes. Source: a summary as mail is under 300 kB.
MAX_BYTES = 2_000_000
# Clocks of mail programs go wrong by hours. A message from further ahead would count as newest for long.
MAX_AHEAD = timedelta(hours=26)
REPLY_PASSWORD_VARIABLE = "FRAMEWIRE_REPLIES_PASSWORD"  # noqa: S105 - its name
# An older message that nobody has seen is no reply to come back to each day.
KEPT_IN_MIND = timedelta(days=30)


@dataclass(slots=True)
class TakenIn:
    """What became of a mail folder: its corrections, what was refused and why, messages that hold none."""

    n_messages: int = 0
    n_without: int = 0
    corrections: list[Correction] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Reply:
    """A message that may be a reply: where it lies, from whom, when, and its lines."""

    place: str
    sender: str
    sent_at: datetime
    lines: tuple[ReplyLine, ...]


def import_replies(workspace: Workspace, path: Path, *, now: datetime) -> TakenIn:
    """What became of the messages in a maildir, an mbox, or a folder of `.eml` files (or one of them).

    Raises:
        InputError: there is no such mail.
        ConfigError: mail is not set up, so nobody is on a list.
    """
    desk = _open_desk(workspace, now)
    for place, content in read_mail(path):
        desk.take(place, content, now=now)
    return desk.done


def import_from_imap(workspace: Workspace, *, now: datetime) -> TakenIn:
    """What became of the new messages in the folder of `[mail.replies]`.

    A message that says something is marked as seen once all of it is stored or refused, so that what a broken line cuts
    off is read again. Those that say nothing stay as they are: somebody may read them there.

    Raises:
        ConfigError: mail or its replies are not set up.
        MailError: the server cannot be used; what was taken in before stays.
    """
    server = find_reply_server(workspace.config)
    desk = _open_desk(workspace, now)
    with open_mail_folder(server) as folder:
        for uid in folder.list_unseen(since=(now - KEPT_IN_MIND).date()):
            place = f"{server.folder} message {uid}"
            if (size := folder.read_size(uid)) > MAX_BYTES:
                is_done = desk.refuse(f"{place}: {size:,} bytes, more than a reply may have")
            else:
                is_done = desk.take(place, folder.read_message(uid), now=now)
            if is_done:
                folder.mark_seen(uid)
    return desk.done


def find_reply_server(config: Config) -> ImapServer:
    """The IMAP server of `[mail.replies]`, with the password. Raises ConfigError, MailError."""
    replies = get_mail_settings(config).replies
    if replies is None:
        raise ConfigError(
            f"{config.folder / FILE_NAME}: no [mail.replies]; add one with `host`, `user` and `password_file`"
        )
    password = find_password(config, replies.password_file, REPLY_PASSWORD_VARIABLE)
    return ImapServer(
        replies.host, replies.effective_port, replies.security, replies.user, password, folder=replies.folder
    )


@dataclass(slots=True)
class _Desk:
    """Takes in one message after another: who is on a list, the workspace's key, and what has become of them so far."""

    workspace: Workspace
    listed: frozenset[str]
    key: bytes
    codebook_row_id: int
    done: TakenIn = field(default_factory=TakenIn)

    def take(self, place: str, content: bytes, *, now: datetime) -> bool:
        """Whether a message said something; each of its lines is stored by itself, or refused."""
        try:
            reply = read_reply(place, content, now=now)
            if reply.lines and reply.sender not in self.listed:
                raise InputError(f"{place}: from {reply.sender or 'nobody'}, who is on no list of framewire.toml")
        except InputError as error:
            return self.refuse(str(error))
        self.done.n_messages += 1
        self.done.n_without += not reply.lines
        for line in reply.lines:
            with transaction(self.workspace.engine) as conn:
                try:
                    said = _take_in(conn, self.workspace, (reply, line), self.key, codebook_row_id=self.codebook_row_id)
                    self.done.corrections.append(said)
                except InputError as error:
                    self.done.refused.append(f"{place}: line {line.number}: {error}")
        return bool(reply.lines)

    def refuse(self, why: str) -> bool:
        """True: the message is dealt with, and why nothing of it counts is told."""
        self.done.n_messages += 1
        self.done.refused.append(why)
        return True


def _open_desk(workspace: Workspace, now: datetime) -> _Desk:
    listed = frozenset(address.lower() for one in get_mail_settings(workspace.config).lists for address in one.to)
    return _Desk(workspace, listed, load_key(workspace.config.folder), record_codebook(workspace, now))


def read_mail(path: Path) -> Iterator[tuple[str, bytes]]:
    """(place, bytes) of each message, oldest file first. Raises InputError."""
    try:
        if path.is_dir() and (path / "cur").is_dir():
            files = sorted(p for part in ("cur", "new") for p in (path / part).iterdir() if p.is_file())
            yield from ((file.name, file.read_bytes()) for file in files)
        elif path.is_dir():
            files = sorted(path.glob("*.eml"))
            if not files:
                raise InputError(f"{path}: no mail here: no cur/ of a maildir, and no .eml files. Name another folder.")
            yield from ((file.name, file.read_bytes()) for file in files)
        elif path.suffix == ".eml":
            yield path.name, path.read_bytes()
        elif path.read_bytes()[:5] == b"From ":
            yield from _read_mbox(path)
        else:
            raise InputError(
                f"{path}: no mbox (it does not begin with 'From '), and not named .eml. Name another file."
            )
    except OSError as error:
        raise InputError(describe_refusal(error, path)) from error


def read_reply(place: str, content: bytes, *, now: datetime) -> Reply:
    """A message's sender, time and lines; no lines if a machine wrote it.

    Raises:
        InputError: it is too large, has lines and no usable time, or no text of its own.
    """
    if len(content) > MAX_BYTES:
        raise InputError(f"{place}: {len(content):,} bytes, more than a reply may have")
    try:
        message = email.message_from_bytes(content, policy=default_policy)
        sender = parseaddr(str(message.get("From", "")))[1].lower()
        if _is_automatic(message):
            return Reply(place, sender, now, ())
        lines = find_reply_lines(_find_text(place, message))
        sent_at = _find_time(place, str(message.get("Date", "")), now) if lines else now
    except FramewireError:
        raise
    except Exception as error:
        raise InputError(f"{place}: cannot be read as a message ({type(error).__name__})") from error
    return Reply(place, sender, sent_at, tuple(lines))


def _read_mbox(path: Path) -> Iterator[tuple[str, bytes]]:
    box = mailbox.mbox(path, create=False)
    try:
        for number, key in enumerate(box.keys(), start=1):
            yield f"{path.name} message {number}", box.get_bytes(key)
    finally:
        box.close()


def _is_automatic(message: EmailMessage) -> bool:
    """Whether a machine wrote it: a vacation notice quotes what it answers. Source: RFC 3834, section 5."""
    told = str(message.get("Auto-Submitted", "no")).split(";")[0].strip().lower()
    return told != "no" or "delivery-status" in str(message.get("Content-Type", "")).lower()


def _find_text(place: str, message: EmailMessage) -> str:
    part = message.get_body(preferencelist=("plain",))
    if part is None:
        raise InputError(f"{place}: holds no plain text; answer with plain text, not with HTML alone")
    text: str = part.get_content()
    return text


def _find_time(place: str, date: str, now: datetime) -> datetime:
    """When it was sent: the newest correction counts, and the same message taken in twice is known by it."""
    try:
        moment = parsedate_to_datetime(date)
    except ValueError as error:
        raise InputError(f"{place}: no usable date, so nobody knows which correction is the newer one") from error
    moment = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    if moment > now + MAX_AHEAD:
        raise InputError(f"{place}: dated {moment:%Y-%m-%d %H:%M} UTC, which is still to come; set the clock right")
    return moment


def _take_in(
    conn: Connection, workspace: Workspace, told: tuple[Reply, ReplyLine], key: bytes, *, codebook_row_id: int
) -> Correction:
    reply, line = told
    item = parse_id(line.item)
    if line.verb != "fix" and line.words:
        raise InputError(f"'{line.verb} {item}' stands alone; '{' '.join(line.words)}' behind it says something else")
    span, asked = _find_keyed(conn, item, (reply.sender, key), workspace.codebook.narrative_ids)
    # A line further down is the later word.
    at = reply.sent_at + timedelta(microseconds=line.number)
    words = line.words if line.verb == "fix" else None
    said = Said(reply.sender, at, CodingOrigin.REPLY, words=words, is_no=line.verb == "no", asked=asked)
    return store_word(conn, workspace, (str(item), span), said, codebook_row_id=codebook_row_id)


def _find_keyed(
    conn: Connection, item: ItemId, told: tuple[str, bytes], narratives: Sequence[str]
) -> tuple[LabelledSpan, str | None]:
    """The text that the code was sent for, in whichever version, and the narrative that was asked. Raises InputError."""
    sender, key = told
    if item.code is None:
        raise InputError(f"{item}: without its code; write it as the mail shows it, such as {item}:0a1b2c3d4e5f6a7b")
    for span in get_labelled_spans(conn, item.article_id):
        if span.position != item.position:
            continue
        for asked in ("", *narratives):
            if is_code(item.code, build_code(key, sender, str(item), text_hash(span.text), asked)):
                return span, asked or None
    raise InputError(f"{item}: its code was not sent to {sender} for a text that is stored; copy it from the mail")
