"""What a driver's error means: the leaf of StoreError it becomes. Bugs are no leaves and pass through."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import URL
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, ProgrammingError

from framewire.errors import (
    StoreCorrupt,
    StoreError,
    StoreFull,
    StoreLocked,
    StoreReadOnly,
    StoreUnreachable,
)

_BUGS = (ProgrammingError, IntegrityError, DataError)

_SQLITE: dict[int, type[StoreError]] = {
    sqlite3.SQLITE_BUSY: StoreLocked,
    sqlite3.SQLITE_LOCKED: StoreLocked,
    sqlite3.SQLITE_FULL: StoreFull,
    sqlite3.SQLITE_IOERR_WRITE: StoreFull,
    sqlite3.SQLITE_IOERR_SHMSIZE: StoreFull,
    sqlite3.SQLITE_READONLY: StoreReadOnly,
    sqlite3.SQLITE_PERM: StoreReadOnly,
    sqlite3.SQLITE_CANTOPEN: StoreReadOnly,
    sqlite3.SQLITE_CORRUPT: StoreCorrupt,
    sqlite3.SQLITE_NOTADB: StoreCorrupt,
}
"""SQLite's result codes; an extended code is looked up before its primary code (the low byte).

Source: https://sqlite.org/rescode.html; a file-size limit or quota shows as SQLITE_IOERR_WRITE, not SQLITE_FULL.
"""

_POSTGRES: dict[str, type[StoreError]] = {
    "55P03": StoreLocked,  # lock_not_available, after lock_timeout
    "40P01": StoreLocked,  # deadlock_detected
    "40001": StoreLocked,  # serialization_failure
    "53100": StoreFull,  # disk_full
    "25006": StoreReadOnly,  # read_only_sql_transaction
    "42501": StoreReadOnly,  # insufficient_privilege
    "XX001": StoreCorrupt,  # data_corrupted
    "XX002": StoreCorrupt,  # index_corrupted
    "53300": StoreUnreachable,  # too_many_connections
    "57P01": StoreUnreachable,  # admin_shutdown
    "57P02": StoreUnreachable,  # crash_shutdown
    "57P03": StoreUnreachable,  # cannot_connect_now
    "3D000": StoreUnreachable,  # the database does not exist
}
"""PostgreSQL's SQLSTATEs. Source: https://www.postgresql.org/docs/current/errcodes-appendix.html"""

_POSTGRES_CLASSES: dict[str, type[StoreError]] = {"08": StoreUnreachable, "28": StoreUnreachable}

_ADVICE: dict[type[StoreError], str] = {
    StoreLocked: "another process is writing to it; try again when that has ended",
    StoreFull: "no space left (disk, quota or file-size limit); free some, what was committed is kept",
    StoreReadOnly: "no permission; whoever runs this must be allowed to read and write the file and its folder (`ls -ld` shows who is), or the tables",
    StoreCorrupt: "it is damaged or no database; move it away, then put the newest backup in its place or begin anew with `framewire db upgrade`",
    StoreUnreachable: "the server does not answer or refuses; check that it runs, the address, name and password",
    StoreError: "the database could not do it",
}


def shown(url: URL) -> str:
    """The store's name for messages: the path of a SQLite file, or the address without password and options."""
    if url.get_backend_name() == "sqlite":
        return str(url.database)
    return url.set(query={}).render_as_string(hide_password=True)


@contextmanager
def translated(url: URL) -> Iterator[None]:
    """A block whose driver errors come out as leaves of StoreError; everything else passes through."""
    try:
        yield
    except DBAPIError as error:
        cause = error.orig if isinstance(error.orig, Exception) else error
        leaf = leaf_of(cause, lost=error.connection_invalidated)
        if leaf is StoreError and (isinstance(error, _BUGS) or _is_wrong_sql(cause)):
            raise
        raise explained(leaf, url, cause) from error
    except sqlite3.Error as error:
        raise explained(leaf_of(error), url, error) from error


def _is_wrong_sql(cause: Exception) -> bool:
    """True for what SQLite says of a table or column that does not exist: its driver calls that operational."""
    return isinstance(cause, sqlite3.Error) and getattr(cause, "sqlite_errorcode", None) == sqlite3.SQLITE_ERROR


def leaf_of(cause: Exception, *, lost: bool = False) -> type[StoreError]:
    """The leaf that a driver's error belongs to; StoreError itself if to none. `lost`: the connection is gone."""
    if isinstance(cause, sqlite3.Error):
        code = getattr(cause, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
        return _SQLITE.get(code) or _SQLITE.get(code & 0xFF, StoreError)
    state = getattr(cause, "sqlstate", None)
    if state is None:  # psycopg has no SQLSTATE when it could not connect
        lost = lost or type(cause).__name__ in ("OperationalError", "ConnectionTimeout")
        return StoreUnreachable if lost else StoreError
    return _POSTGRES.get(state) or _POSTGRES_CLASSES.get(state[:2]) or (StoreUnreachable if lost else StoreError)


def explained(leaf: type[StoreError], url: URL, cause: Exception) -> StoreError:
    """The error to raise: which store, what to do, and the driver's own first line."""
    lines = str(cause).strip().splitlines() or [type(cause).__name__]
    return leaf(f"database {shown(url)}: {_ADVICE[leaf]} ({lines[0]})")
