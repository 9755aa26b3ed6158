"""What coders are asked to code: never the same span twice to one of them."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, or_, select, update

from framewire.records import QueueItem
from framewire.store.schema import queue_items
from framewire.store.writes import insert_new

_NAMES = {"start": "span_start", "end": "span_end"}


def add_queue_items(conn: Connection, items: Sequence[QueueItem]) -> int:
    """How many of the items are new: what was offered to the same coder (or to everybody) before is left as it is."""
    known = {(one.coder, one.version_id, one.start, one.end) for one in get_queue_items(conn)}
    added = 0
    for item in items:
        # A unique key holds no two rows apart whose coder is NULL.
        if (item.coder, item.version_id, item.start, item.end) not in known:
            values = {_NAMES.get(name, name): getattr(item, name) for name in QueueItem.__dataclass_fields__}
            added += insert_new(conn, queue_items, **values) is not None
    return added


def get_queue_items(conn: Connection, *, coder: str | None = None, batch: str | None = None) -> list[QueueItem]:
    """Every item, or those offered to a coder by name, or of a batch; in the order in which they were offered."""
    wanted = {queue_items.c.coder: coder, queue_items.c.batch: batch}
    names = QueueItem.__dataclass_fields__
    query = (
        select(*(queue_items.c[_NAMES.get(name, name)].label(name) for name in names))
        .where(*(column == value for column, value in wanted.items() if value is not None))
        .order_by(queue_items.c.id)
    )
    return [QueueItem(**row) for row in conn.execute(query).mappings()]


def find_offered(conn: Connection, coder: str, span: tuple[int, int, int]) -> QueueItem | None:
    """The item that offered `(version, start, end)` to this coder, or to everybody; None if none did."""
    version_id, start, end = span
    found = [
        item
        for item in get_queue_items(conn)
        if (item.version_id, item.start, item.end) == (version_id, start, end) and item.coder in (coder, None)
    ]
    return max(found, key=lambda item: item.coder is not None, default=None)


def mark_done(conn: Connection, coder: str, span: tuple[int, int, int], *, now: datetime) -> None:
    """Remember that a coder has coded a span that was offered; nothing if it was not."""
    here = and_(_is_offered(coder, span), queue_items.c.done_at.is_(None))
    conn.execute(update(queue_items).where(here).values(done_at=now))


def mark_open(conn: Connection, coder: str, span: tuple[int, int, int]) -> None:
    """The span is to be coded again: the coder has taken back what they said; nothing if it was not offered."""
    conn.execute(update(queue_items).where(_is_offered(coder, span)).values(done_at=None))


def _is_offered(coder: str, span: tuple[int, int, int]) -> ColumnElement[bool]:
    version_id, start, end = span
    return and_(
        queue_items.c.version_id == version_id,
        queue_items.c.span_start == start,
        queue_items.c.span_end == end,
        or_(queue_items.c.coder == coder, queue_items.c.coder.is_(None)),
    )
