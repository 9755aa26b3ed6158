"""Moving all rows of one store into another, of either kind: in the order of their keys, batch by batch, and verified.

Rows are read in one transaction, so they are those of one moment. A batch is one transaction of the target, and keys only
go up, so a copy that was broken off goes on behind the last key that arrived.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    ColumnElement,
    Connection,
    Engine,
    Table,
    Text,
    cast,
    func,
    insert,
    inspect,
    select,
    text,
    tuple_,
)

from framewire.errors import InputError, StoreError
from framewire.store.columns import StoredText
from framewire.store.engine import transaction
from framewire.store.faults import explained, leaf_of, shown
from framewire.store.schema import claims, metadata, workers

BATCH = 5_000
"""Rows in one transaction of the target. Source: tried 1,000 to 50,000; from 5,000 on it gets no faster."""

MARK = "framewire_copy"
"""The table that says of a target whose unfinished copy it is."""

Progress = Callable[[str, int, int], None]

# Who works on a store is of the store, and not of what is stored.
_LEFT_OUT = frozenset({"worker_id"})
TABLES = tuple(table for table in metadata.sorted_tables if table not in (workers, claims))
# What only use brings. A store without it may hold a trained model: `init` made it.
_SIGNS_OF_USE = ("articles", "polls", "runs", "summaries", "codings", "outbox")


@dataclass(frozen=True, slots=True)
class CopiedTable:
    """What became of a table: rows in the source, rows that were there already, and the digest of all rows."""

    name: str
    n_rows: int
    n_before: int
    digest: str


def copy_rows(conn: Connection, target: Engine, *, progress: Progress) -> list[CopiedTable]:
    """Every table as it was copied and verified.

    Args:
        conn: of a read transaction of the source.
        target: a store without rows, or with those of an unfinished copy of this source.
        progress: told the table, rows done and rows in all.

    Raises:
        StoreError: what arrived is not what was read.
    """
    before = {table.name: _copy_table(conn, target, table, progress=progress) for table in TABLES}
    with transaction(target) as there:
        _set_sequences(there)
        return [_verify(conn, there, table, before[table.name]) for table in TABLES]


def count_rows(conn: Connection) -> dict[str, int]:
    """Rows by table."""
    return {table.name: _count(conn, table) for table in TABLES}


def is_unused(conn: Connection) -> bool:
    """True if nothing has been done with the store yet; it may hold a trained model."""
    return not any(_count(conn, metadata.tables[name]) for name in _SIGNS_OF_USE)


def clear_rows(conn: Connection) -> None:
    """Delete every row. For a store that is not used."""
    for table in reversed(metadata.sorted_tables):
        conn.execute(table.delete())


def read_mark(conn: Connection) -> str | None:
    """Of which source the store holds an unfinished copy; None if of none."""
    if not inspect(conn).has_table(MARK):
        return None
    found: str | None = conn.execute(text(f"SELECT source FROM {MARK}")).scalar()  # noqa: S608 - our constant
    return found


def set_mark(conn: Connection, source: str) -> None:
    """Say of which source an unfinished copy begins here."""
    conn.execute(text(f"CREATE TABLE {MARK} (source TEXT NOT NULL)"))
    conn.execute(text(f"INSERT INTO {MARK} VALUES (:source)"), {"source": source})  # noqa: S608 - our constant


def drop_mark(conn: Connection) -> None:
    """Say that the copy is whole."""
    conn.execute(text(f"DROP TABLE {MARK}"))


def refuse_used(conn: Connection, name: str) -> None:
    """Raises InputError if the store holds work of its own."""
    if not is_unused(conn):
        counts = count_rows(conn)
        told = ", ".join(f"{counts[table]} {table}" for table in _SIGNS_OF_USE if counts[table])
        raise InputError(f"database {name} is in use ({told}), and is left as it is; name an empty one")


def hash_rows(conn: Connection, table: Table) -> tuple[int, str]:
    """How many rows there are, and the SHA-256 of all of them in the order of their keys: the same on both databases."""
    digest, n_rows = hashlib.sha256(), 0
    for row in _iter_rows(conn, table, after=None):
        digest.update(_pack(row))
        n_rows += 1
    return n_rows, digest.hexdigest()


def _copy_table(conn: Connection, target: Engine, table: Table, *, progress: Progress) -> int:
    """How many rows were there before."""
    with transaction(target) as there:
        n_before, last = _count(there, table), _find_last_key(there, table)
    n_rows, n_done = _count(conn, table), n_before
    batch: list[tuple[Any, ...]] = []
    for row in _iter_rows(conn, table, after=last):
        batch.append(row)
        if len(batch) == BATCH:
            n_done += _put(target, table, batch)
            progress(table.name, n_done, n_rows)
            batch = []
    n_done += _put(target, table, batch)
    progress(table.name, n_done, n_rows)
    return n_before


def _verify(conn: Connection, there: Connection, table: Table, n_before: int) -> CopiedTable:
    """The table, if both stores hold the same in it."""
    (n_rows, digest), (n_there, digest_there) = hash_rows(conn, table), hash_rows(there, table)
    if (n_rows, digest) != (n_there, digest_there):
        raise StoreError(
            f"database {shown(there.engine.url)}: table {table.name} is not a copy of the source ({n_there} rows of "
            f"{n_rows}): something wrote to one of them since the copy began. Stop that, empty the target, and begin anew."
        )
    return CopiedTable(table.name, n_rows, n_before, digest)


def _count(conn: Connection, table: Table) -> int:
    return int(conn.execute(select(func.count()).select_from(table)).scalar_one())


def _columns(table: Table) -> list[Column[Any]]:
    return [column for column in table.columns if column.name not in _LEFT_OUT]


def _keys(conn: Connection, table: Table) -> list[ColumnElement[Any]]:
    """What rows are ordered by. Texts by their bytes, as SQLite does; a PostgreSQL database may have another order."""
    is_postgres = conn.dialect.name == "postgresql"
    return [
        key.collate("C") if is_postgres and isinstance(key.type, StoredText) else key
        for key in table.primary_key.columns
    ]


def _find_last_key(conn: Connection, table: Table) -> tuple[Any, ...] | None:
    """The highest key that is stored."""
    keys = _keys(conn, table)
    row = conn.execute(select(*table.primary_key.columns).order_by(*(key.desc() for key in keys)).limit(1)).first()
    return None if row is None else tuple(row)


def _iter_rows(conn: Connection, table: Table, *, after: tuple[Any, ...] | None) -> Iterator[tuple[Any, ...]]:
    """The rows in the order of their keys; JSON as the text that is stored."""
    columns = [cast(column, Text) if isinstance(column.type, JSON) else column for column in _columns(table)]
    keys = _keys(conn, table)
    query = select(*columns).order_by(*keys)
    if after is not None:
        query = query.where(tuple_(*keys) > tuple_(*after))
    for row in conn.execute(query.execution_options(yield_per=BATCH)):
        yield tuple(row)


def _put(target: Engine, table: Table, rows: Sequence[tuple[Any, ...]]) -> int:
    """Write rows in one transaction; how many they are."""
    if rows:
        with transaction(target) as conn:
            (_stream if conn.dialect.name == "postgresql" else _insert)(conn, table, rows)
    return len(rows)


def _stream(conn: Connection, table: Table, rows: Sequence[tuple[Any, ...]]) -> None:
    """By COPY, which is several times as fast as INSERT."""
    names = ", ".join(f'"{column.name}"' for column in _columns(table))
    raw: Any = conn.connection.driver_connection
    # SQLAlchemy wraps no error of what goes past it.
    import psycopg

    try:
        with raw.cursor() as cursor, cursor.copy(f'COPY "{table.name}" ({names}) FROM STDIN') as stream:
            for row in rows:
                stream.write_row(row)
    except psycopg.OperationalError as error:
        raise explained(leaf_of(error, lost=raw.closed), conn.engine.url, error) from error


def _insert(conn: Connection, table: Table, rows: Sequence[tuple[Any, ...]]) -> None:
    """By INSERT; JSON as the text that it is."""
    columns = _columns(table)
    plain = Table(
        table.name, type(metadata)(), *(Column(c.name, Text if isinstance(c.type, JSON) else c.type) for c in columns)
    )
    names = [column.name for column in columns]
    conn.execute(insert(plain), [dict(zip(names, row, strict=True)) for row in rows])


def _set_sequences(conn: Connection) -> None:
    """Have PostgreSQL number new rows behind those that were copied."""
    if conn.dialect.name != "postgresql":
        return
    for table in TABLES:
        if table.autoincrement_column is not None:
            highest = f'SELECT max(id) FROM "{table.name}"'  # noqa: S608 - our own names
            put = f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'), coalesce(({highest}), 1), ({highest}) IS NOT NULL)"
            conn.execute(text(put))


def _pack(row: tuple[Any, ...]) -> bytes:
    """A row as bytes that no other row has."""
    return b"".join(_pack_value(value) for value in row) + b"\n"


def _pack_value(value: Any) -> bytes:
    if isinstance(value, datetime):
        value = value.astimezone(UTC).isoformat(timespec="microseconds")
    elif isinstance(value, float):
        value = value.hex()
    elif isinstance(value, bool):
        value = int(value)
    body = value if isinstance(value, bytes) else str(value).encode()
    kind = b"-" if value is None else type(value).__name__[:1].encode()
    return b"%b%d:%b" % (kind, len(body), body)
