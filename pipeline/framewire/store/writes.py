"""Storing the feed list; and what every write needs: keys, hashes, portions."""

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, RowMapping, Table, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from framewire.records import FeedState, Outlet
from framewire.store.schema import feeds, outlets

MAX_KEY_LENGTH = 500
"""Longest address or identity that is a key as it is; a longer one is cut and hashed.

Source: an index entry of PostgreSQL holds 2,704 bytes (manual, 67.4 B-Tree), a code point takes up to four.
"""

CHUNK = 500
"""Values per query. Source: SQLite takes 32,766 parameters at most, and a feed rarely has more than 500 entries."""


def sync_feed_list(conn: Connection, listed: Sequence[Outlet]) -> None:
    """Make the store's outlets and feeds follow the feed list.

    A feed that is no longer in the list, or not enabled in it, becomes unlisted; nothing is deleted.
    """
    abouts = [
        {"id": outlet.id, "name": outlet.name, "group_name": outlet.group, "country": outlet.country}
        for outlet in sorted(listed, key=lambda outlet: outlet.id)
    ]
    _upsert(conn, outlets, abouts, key="id", changed=("name", "group_name", "country"))
    told = [
        {
            **state_columns(FeedState(feed.url)),
            "url": feed.url,
            "outlet_id": outlet.id,
            "language": feed.language,
            "listed": feed.enabled,
        }
        for outlet in sorted(listed, key=lambda outlet: outlet.id)
        for feed in outlet.feeds
    ]
    _upsert(conn, feeds, told, key="url", changed=("outlet_id", "language", "listed"))
    kept = {feed.url for outlet in listed for feed in outlet.feeds}
    gone = [
        row.id for row in conn.execute(select(feeds.c.id, feeds.c.url).where(feeds.c.listed)) if row.url not in kept
    ]
    for rows in chunks(gone):
        conn.execute(update(feeds).where(feeds.c.id.in_(rows)).values(listed=False))


def _upsert(
    conn: Connection, table: Table, rows: Sequence[dict[str, Any]], *, key: str, changed: Sequence[str]
) -> None:
    """Insert rows, or set the `changed` columns of those that are there already; one statement for all of them.

    Rows that say what is stored are left alone: an upsert locks them all the same, before the eyes of other hosts.
    """
    columns = [table.c[name] for name in (key, *changed)]
    stored = {tuple(row) for row in conn.execute(select(*columns))}
    if news := [row for row in rows if tuple(row[column.name] for column in columns) not in stored]:
        row = insert_ignoring(conn, table)
        values = {name: row.excluded[name] for name in changed}
        conn.execute(row.on_conflict_do_update(index_elements=[key], set_=values), news)


def insert_ignoring(conn: Connection, table: Table) -> Any:
    """This database's insert that knows `ON CONFLICT` (spelt alike in both, but two classes in SQLAlchemy)."""
    return postgresql.insert(table) if conn.dialect.name == "postgresql" else sqlite.insert(table)


def get_feed_states(conn: Connection) -> dict[str, FeedState]:
    """What is remembered of every feed, listed or not, by its address."""
    return {row["url"]: as_feed_state(row) for row in conn.execute(select(feeds)).mappings()}


def as_feed_state(row: RowMapping) -> FeedState:
    """A row of `feeds` as a record."""
    return FeedState(**{name: row[name] for name in FeedState.__dataclass_fields__})


def state_columns(state: FeedState) -> dict[str, Any]:
    """The state as columns of `feeds`, without the address."""
    return {name: getattr(state, name) for name in FeedState.__dataclass_fields__ if name != "url"}


def inserted_id(conn: Connection, table: Table, **values: Any) -> int:
    """The number of the row that is inserted."""
    return int(conn.execute(insert(table).values(**values).returning(table.c.id)).scalar_one())


def insert_new(conn: Connection, table: Table, **values: Any) -> int | None:
    """The number of the row that is inserted; None if there is one with its unique columns, perhaps from another host just now."""
    row = insert_ignoring(conn, table).values(**values).on_conflict_do_nothing()
    found: int | None = conn.execute(row.returning(table.c.id)).scalar()
    return found


def key_of(text: str) -> str:
    """`text` as a key of bounded length: as it is, or its beginning and the SHA-256 of all of it."""
    if len(text) <= MAX_KEY_LENGTH:
        return text
    return f"{text[: MAX_KEY_LENGTH - 72]}#sha256:{text_hash(text)}"


def text_hash(text: str) -> str:
    """SHA-256 of a stored text, in hex."""
    return hashlib.sha256(text.encode()).hexdigest()


def content_hash(title: str, text: str) -> str:
    """SHA-256 of title and text with runs of whitespace folded: layout alone is no change."""
    return text_hash("\n".join(" ".join(part.split()) for part in (title, text)))


def chunks(values: Sequence[Any]) -> Iterable[Sequence[Any]]:
    """The values in portions that fit into one query."""
    return (values[start : start + CHUNK] for start in range(0, len(values), CHUNK))
