"""Mail that waits, was sent, or may have been: one row for each list, day and recipient, with its bytes."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, func, or_, select, update

from framewire.store.schema import outbox
from framewire.store.writes import insert_new

PENDING, SENDING, SENT, REFUSED, UNCERTAIN = "pending", "sending", "sent", "refused", "uncertain"
MAIL_STATES = (PENDING, SENDING, SENT, REFUSED, UNCERTAIN)


@dataclass(frozen=True, slots=True)
class OutgoingMail:
    """A message for one recipient, ready to be sent. `content` is what goes over the line, byte by byte."""

    kind: str
    list_name: str
    day: str
    recipient: str
    message_id: str
    subject: str
    content: bytes


@dataclass(frozen=True, slots=True)
class StoredMail:
    """A message as it lies in the outbox. `reason` says why it is where it is, None if all is well."""

    id: int
    kind: str
    list_name: str
    day: str
    recipient: str
    message_id: str
    subject: str
    state: str
    reason: str | None
    tries: int
    next_due_at: datetime | None
    created_at: datetime
    changed_at: datetime


def add_mail(conn: Connection, messages: Sequence[OutgoingMail], *, now: datetime) -> int:
    """How many of the messages are new. Those that have a row for their list, day and recipient are left as they are."""
    added = 0
    for message in messages:
        values = {name: getattr(message, name) for name in OutgoingMail.__dataclass_fields__}
        fresh = {"state": PENDING, "tries": 0, "next_due_at": now, "created_at": now, "changed_at": now}
        added += insert_new(conn, outbox, **values, **fresh) is not None
    return added


def get_mail(
    conn: Connection,
    *,
    states: Collection[str] = MAIL_STATES,
    day: str | None = None,
    list_name: str | None = None,
    message_id: str | None = None,
) -> list[StoredMail]:
    """The messages that all of these hold of, oldest first, without their bytes."""
    wanted = {outbox.c.day: day, outbox.c.list_name: list_name, outbox.c.message_id: message_id}
    conditions = [column == value for column, value in wanted.items() if value is not None]
    query = select(*_columns()).where(outbox.c.state.in_(states), *conditions).order_by(outbox.c.id)
    return [StoredMail(**row) for row in conn.execute(query).mappings()]


def get_due_mail(conn: Connection, *, now: datetime) -> list[StoredMail]:
    """The pending messages whose time has come, oldest first."""
    due = and_(outbox.c.state == PENDING, or_(outbox.c.next_due_at.is_(None), outbox.c.next_due_at <= now))
    return [StoredMail(**row) for row in conn.execute(select(*_columns()).where(due).order_by(outbox.c.id)).mappings()]


def get_mail_content(conn: Connection, mail_id: int) -> bytes:
    """The bytes of a message; empty if they are no longer kept. Raises ValueError for a number that is unknown."""
    content: bytes | None = conn.execute(select(outbox.c.content).where(outbox.c.id == mail_id)).scalar_one_or_none()
    if content is None:
        raise ValueError(f"there is no message {mail_id} in the outbox")
    return bytes(content)


def get_newest_mail_day(conn: Connection) -> str | None:
    """The newest day of which a summary was queued; None if none ever was."""
    day: str | None = conn.execute(select(func.max(outbox.c.day)).where(outbox.c.kind == "summary")).scalar_one()
    return day


def set_mail_state(
    conn: Connection,
    mail: StoredMail,
    state: str,
    *,
    now: datetime,
    reason: str | None = None,
    tries: int | None = None,
    next_due_at: datetime | None = None,
) -> None:
    """Move a message on from the state that it was read in.

    Raises:
        ValueError: no such state, or it has moved on meanwhile.
    """
    if state not in MAIL_STATES:
        raise ValueError(f"no state of mail is called '{state}'; there are {', '.join(MAIL_STATES)}")
    values: dict[str, Any] = {"state": state, "reason": reason, "next_due_at": next_due_at, "changed_at": now}
    values["tries"] = mail.tries if tries is None else tries
    moved = update(outbox).where(outbox.c.id == mail.id, outbox.c.state == mail.state).values(values)
    if not conn.execute(moved).rowcount:
        raise ValueError(f"message {mail.message_id} is no longer {mail.state}; read the outbox again")


def drop_old_content(conn: Connection, *, before: datetime) -> None:
    """Forget the bytes of what was sent before a time; that it was sent, to whom and when stays known."""
    old = and_(outbox.c.state == SENT, outbox.c.changed_at < before, func.length(outbox.c.content) > 0)
    conn.execute(update(outbox).where(old).values(content=b""))


def _columns() -> list[Any]:
    return [outbox.c[name] for name in StoredMail.__dataclass_fields__]
