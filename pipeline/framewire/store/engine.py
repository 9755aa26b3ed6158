"""Opening a store, bringing it up to date, and its transactions."""

import os
import re
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import NullPool

from framewire.errors import ConfigError, StoreError, StoreVersion
from framewire.store.faults import shown, translated
from framewire.store.schema import REVISIONS, VERSION_TABLE
from framewire.yamlfile import nearest

BUSY_SECONDS = 10
"""How long a writer waits for another one. Source: a poll takes milliseconds; ten seconds cover a backup."""

CONNECT_SECONDS = 10
"""How long a PostgreSQL server may take to answer. Source: as long as a writer waits."""

SHOWN_TABLES = 3
"""Tables of another program that a message names."""

# How messages call the address, which they never repeat: it may hold a password.
_SETTING = "the database address (`database` in framewire.toml, or FRAMEWIRE_DATABASE)"
_FORMS = "sqlite:///framewire.sqlite or postgresql+psycopg://name:password@host/database"
_MIGRATIONS = Path(__file__).parent / "migrations"
_SQLITE_FILE = re.compile(r"sqlite(\+pysqlite)?:///(?!:memory:)(?P<path>.+)")
_UPGRADE_LOCK = 0x6672616D65  # "frame": any number does, as long as it stays the same


def open_store(url: str, *, read_only: bool = False) -> Engine:
    """The engine of an existing, up-to-date store. It opens no file that is not there.

    Raises ConfigError for an address that is none, StoreVersion if the store is missing, older or newer than this
    Framewire, and the other leaves of StoreError for what the database says.
    """
    address = parse_url(url)
    engine = _build_engine(address, mode="ro" if read_only else "rw")
    try:
        _refuse_missing_file(address)
        with reading(engine) as conn:
            revision = get_revision(conn)
            _refuse_foreign(conn, revision, shown(address))
            _refuse_other_revision(revision, shown(address))
    except BaseException:
        engine.dispose()
        raise
    return engine


def upgrade_store(url: str) -> None:
    """Create the store, or migrate it to this Framewire's schema: all of it or nothing.

    Raises:
        StoreVersion: it was written by a newer Framewire, or is another program's SQLite file.
    """
    from alembic import command
    from alembic.config import Config

    address = parse_url(url)
    _refuse_missing_folder(address)
    engine = _build_engine(address, mode="rwc")
    try:
        with transaction(engine) as conn:
            if conn.dialect.name == "postgresql":
                conn.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _UPGRADE_LOCK})
            revision = get_revision(conn)
            _refuse_newer(revision, shown(address))
            _refuse_foreign(conn, revision, shown(address))
            config = Config(attributes={"connection": conn})
            config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
            command.upgrade(config, "head")
    finally:
        engine.dispose()


def transaction(engine: Engine) -> AbstractContextManager[Connection]:
    """A write transaction: committed at the end of the block, rolled back if it raises.

    SQLite takes the write lock at once (`BEGIN IMMEDIATE`), so that it waits for its turn instead of failing in the
    middle. Driver errors come out as leaves of StoreError, bugs as they are.
    """
    return _begun(engine, {"framewire_write": True})


def reading(engine: Engine) -> AbstractContextManager[Connection]:
    """A read transaction: every query in the block sees the same state of the store."""
    if engine.dialect.name == "postgresql":
        return _begun(engine, {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True})
    return _begun(engine, {})


@contextmanager
def writing(engine: Engine) -> Iterator[Callable[[], AbstractContextManager[Connection]]]:
    """A function that begins a write transaction, for a caller of many: SQLite's file stays open between them.

    Opening it takes as long as storing a feed, and whenever the last connection closes, SQLite copies its log back. A
    server's connections are pooled, and each is tried before it is used again.
    """
    if engine.dialect.name != "sqlite":
        yield lambda: transaction(engine)
        return
    with translated(engine.url), engine.connect() as conn:
        conn.execution_options(framewire_write=True)

        @contextmanager
        def begin() -> Iterator[Connection]:
            with translated(engine.url), conn.begin():
                yield conn

        yield begin


@contextmanager
def _begun(engine: Engine, options: dict[str, Any]) -> Iterator[Connection]:
    """A transaction with these execution options, its errors translated."""
    with translated(engine.url), engine.connect() as conn:
        conn.execution_options(**options)
        with conn.begin():
            yield conn


def get_revision(conn: Connection) -> str | None:
    """The revision of the store's schema; None if it has no tables of ours."""
    if not inspect(conn).has_table(VERSION_TABLE):
        return None
    found: str | None = conn.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()  # noqa: S608 - our constant
    return found


def _refuse_newer(revision: str | None, name: str) -> None:
    if revision is not None and revision not in REVISIONS:
        raise StoreVersion(
            f"database {name} was written by a newer Framewire (schema {revision}); upgrade Framewire: pip install --upgrade framewire"
        )


def _refuse_foreign(conn: Connection, revision: str | None, name: str) -> None:
    """Refuses another program's SQLite file; on a server several programs may share a database."""
    if revision is not None or conn.dialect.name != "sqlite":
        return
    if tables := inspect(conn).get_table_names():
        raise StoreVersion(
            f"database {name} is no Framewire database: {say_tables(tables)}; name another file as `database` in "
            "framewire.toml, or move this one away and put a backup in its place: framewire db restore PATH"
        )


def say_tables(tables: Sequence[str]) -> str:
    """What a database without our tables holds, in words."""
    if not tables:
        return "it is empty"
    told = ", ".join(sorted(tables)[:SHOWN_TABLES]) + (", ..." if len(tables) > SHOWN_TABLES else "")
    return f"it holds another program's tables ({told})"


def _refuse_other_revision(revision: str | None, name: str) -> None:
    _refuse_newer(revision, name)
    if revision is None:
        raise StoreVersion(f"database {name} holds no Framewire tables yet; run `framewire db upgrade`")
    if revision != REVISIONS[-1]:
        raise StoreVersion(f"database {name} was written by an older Framewire; run `framewire db upgrade`")


def _refuse_missing_file(url: URL) -> None:
    _refuse_missing_folder(url)
    if url.get_backend_name() == "sqlite" and not Path(str(url.database)).exists():
        raise StoreVersion(f"database {shown(url)} does not exist yet; run `framewire db upgrade` to create it")


def _refuse_missing_folder(url: URL) -> None:
    if url.get_backend_name() == "sqlite" and not Path(str(url.database)).parent.is_dir():
        folder = Path(str(url.database)).parent
        raise StoreError(
            f"database {shown(url)}: its folder does not exist; create the folder first: mkdir -p {folder}"
        )
    if url.get_backend_name() == "sqlite" and Path(str(url.database)).is_dir():
        raise StoreError(
            f"database {shown(url)} is a folder; name a file in it: sqlite:///{url.database}/framewire.sqlite"
        )


def parse_url(url: str) -> URL:
    """The address as SQLAlchemy knows it; the path of a SQLite file stands as it is, without escapes or options.

    Raises ConfigError, and never repeats the address: it may hold a password.
    """
    if file := _SQLITE_FILE.match(url):
        return URL.create("sqlite", database=file["path"])
    try:
        address = make_url(url)
    except (ArgumentError, ValueError) as error:
        raise ConfigError(f"{_SETTING} cannot be read; write {_FORMS}") from error
    backend = address.get_backend_name()
    if backend in ("postgresql", "postgres"):
        return address.set(drivername="postgresql+psycopg")
    if backend == "sqlite":
        raise ConfigError(f"{_SETTING} names no file; write {_FORMS}")
    guess = nearest(backend, ("sqlite", "postgresql"))
    hint = f" (did you mean '{guess}'?)" if guess else ""
    raise ConfigError(
        f"{_SETTING} begins with '{backend}'{hint}; only sqlite and postgresql are supported: write {_FORMS}"
    )


def _build_engine(url: URL, *, mode: str) -> Engine:
    """An engine that has not connected yet. `mode` is SQLite's: ro, rw or rwc (create)."""
    if url.get_backend_name() == "sqlite":
        # Each block opens the file and closes it: nothing is left open when a command or a notebook ends.
        connect = _connect_sqlite(Path(str(url.database)).absolute(), mode)
        engine = create_engine(url, creator=connect, poolclass=NullPool)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    given = url.query.get("options", ())
    options = [given] if isinstance(given, str) else list(given)
    options += ["-c timezone=UTC", f"-c lock_timeout={BUSY_SECONDS}s"]
    arguments = {"options": " ".join(options), "connect_timeout": CONNECT_SECONDS}
    try:
        engine = create_engine(url, connect_args=arguments, pool_pre_ping=True)
    except ModuleNotFoundError as error:
        raise StoreError("PostgreSQL needs the driver psycopg; run pip install 'framewire[postgres]'") from error
    return engine.execution_options(postgresql_readonly=True) if mode == "ro" else engine


def _connect_sqlite(path: Path, mode: str) -> Callable[[], sqlite3.Connection]:
    """A function that connects to the file. Transactions are begun by `_begin_sqlite`, never by the driver.

    Source: https://sqlite.org/wal.html; with `synchronous=FULL` a commit outlasts a power loss.
    """
    address = f"file:{quote(os.fspath(path))}?mode={mode}"

    def connect() -> sqlite3.Connection:
        raw = sqlite3.connect(address, uri=True, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        try:
            raw.execute("PRAGMA foreign_keys = ON")
            if mode != "ro":
                raw.execute("PRAGMA journal_mode = WAL")
                raw.execute("PRAGMA synchronous = FULL")
        except BaseException:
            raw.close()
            raise
        return raw

    return connect


def _begin_sqlite(conn: Connection) -> None:
    """Begin a transaction: with the write lock if `transaction` asked for one."""
    writes = conn.get_execution_options().get("framewire_write", False)
    conn.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
