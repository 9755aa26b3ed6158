"""Backups: a SQLite file of the whole store, whichever database it is, and the way back.

So a backup of PostgreSQL can be opened, checked and searched without a server, and restored into either database.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import quote

from sqlalchemy import URL, Engine

from framewire.errors import InputError, StoreCorrupt, StoreError
from framewire.files import describe_refusal
from framewire.store.engine import open_store, parse_url, reading, say_tables, upgrade_store
from framewire.store.faults import shown, translated
from framewire.store.moving import copy_store
from framewire.store.schema import VERSION_TABLE
from framewire.store.transfer import Progress, copy_rows, count_rows
from framewire.store.upkeep import check_store

# What SQLite keeps beside a file.
_BESIDE = ("-wal", "-shm", "-journal")


def no_progress(_table: str, _done: int, _total: int) -> None:
    """Shows nothing."""


def backup_store(engine: Engine, path: Path, *, progress: Progress = no_progress) -> dict[str, int]:
    """The rows by table of a copy of the store, a SQLite file at `path`, made while others may go on working.

    A half copy never bears the name. That of PostgreSQL is read in one transaction and verified row by row.

    Raises:
        StoreError: `path` exists or its folder does not, or the copy is not whole.
    """
    if path.exists():
        raise StoreError(f"backup {path} exists already; name another file")
    if not path.parent.is_dir():
        raise StoreError(f"backup {path}: its folder does not exist; create the folder first: mkdir -p {path.parent}")
    partial = path.with_name(f".{path.name}.partial")
    try:
        with _removed(partial):
            if engine.dialect.name == "sqlite":
                _copy_sqlite(engine, partial)
            else:
                _copy_out(engine, partial, progress)
            counts = _read_counts(partial)
            partial.replace(path)
            _sync(path.parent)
    except OSError as error:
        raise StoreError(f"the backup cannot be written: {describe_refusal(error, path)}") from error
    return counts


def examine_backup(path: Path) -> dict[str, int]:
    """The rows by table of a backup that is whole and sound: it is restored beside, and everything in it is checked.

    Raises:
        InputError: there is no such file, or it is no database of ours.
        StoreError: it is damaged, or of a newer Framewire.
    """
    with TemporaryDirectory() as folder:
        copy = Path(folder) / "restored.sqlite"
        return _restore_to(path, copy)


def restore_store(url: str, path: Path, *, progress: Progress = no_progress) -> Path | None:
    """Put a backup in the place of the store; where the SQLite file lies that was there, None if none was.

    Nothing is lost: a file that was there keeps its rows under another name, and a PostgreSQL database must be unused.
    The backup is brought to this version's schema and checked before anything is touched.

    Raises:
        InputError: there is no such file, it is no database of ours, or the PostgreSQL database is in use.
        StoreError: it is damaged, of a newer Framewire, or the store cannot be written.
    """
    address = parse_url(url)
    if address.get_backend_name() != "sqlite":
        with TemporaryDirectory() as folder:
            copy = Path(folder) / path.name
            _restore_to(path, copy)
            copy_store(f"sqlite:///{copy}", url, progress=progress)
        return None
    target = Path(str(address.database))
    partial = target.with_name(f".{target.name}.partial")
    try:
        with _removed(partial):
            _restore_to(path, partial)
            aside = _set_aside(target)
            partial.replace(target)
            _sync(target.parent)
    except OSError as error:
        raise StoreError(f"the backup cannot be restored: {describe_refusal(error, target)}") from error
    return aside


def _restore_to(path: Path, target: Path) -> dict[str, int]:
    """The rows by table of a backup that was copied to `target`, upgraded and checked."""
    if not path.is_file():
        raise InputError(f"backup {path}: no such file")
    url = URL.create("sqlite", database=str(path))
    with (
        translated(url),
        closing(sqlite3.connect(f"file:{quote(os.fspath(path.absolute()))}?mode=ro", uri=True)) as raw,
        closing(sqlite3.connect(target)) as copy,
    ):
        raw.backup(copy)
        _refuse_foreign(copy, path)
    upgrade_store(f"sqlite:///{target}")
    with _opened(target) as engine:
        if problems := check_store(engine):
            raise StoreCorrupt(f"backup {path} is damaged, and nothing was changed: {'; '.join(problems)}")
    return _read_counts(target)


def _refuse_foreign(copy: sqlite3.Connection, path: Path) -> None:
    """Refuses a file without our tables, which an upgrade would take for a store that is new."""
    tables = [name for (name,) in copy.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    if VERSION_TABLE not in tables:
        raise InputError(
            f"backup {path} is no Framewire database: {say_tables(tables)}; nothing was changed. "
            "Name a file that `framewire db backup` wrote."
        )


def _set_aside(target: Path) -> Path | None:
    """The new name of the store that is there; None if there is none."""
    if not target.exists():
        return None
    names = (target.with_name(f"{target.name}.before-restore-{n}") for n in range(1, 10_000))
    aside = next(name for name in names if not name.exists())
    target.rename(aside)
    for end in _BESIDE:
        if (beside := Path(f"{target}{end}")).exists():
            beside.rename(f"{aside}{end}")
    return aside


def _copy_sqlite(engine: Engine, target: Path) -> None:
    """Copy by SQLite's online backup.

    Source: https://sqlite.org/backup.html; copying the file itself would miss what is still in the log beside it.
    """
    url = engine.url.set(database=str(target))
    target.touch(exist_ok=False)
    with (
        translated(url),
        closing(sqlite3.connect(f"file:{quote(os.fspath(target.absolute()))}", uri=True)) as copy,
        translated(engine.url),
        engine.connect() as conn,
    ):
        source: Any = conn.connection.driver_connection
        source.backup(copy)
    _finish_file(target, engine.url)


def _copy_out(engine: Engine, target: Path, progress: Progress) -> None:
    """Copy the rows of a PostgreSQL store, all of one moment."""
    upgrade_store(f"sqlite:///{target}")
    with _opened(target) as copy, reading(engine) as conn:
        copy_rows(conn, copy, progress=progress)
    _finish_file(target, engine.url)


def _finish_file(target: Path, source: URL) -> None:
    """Fold the log beside the file into it, look for damage, and bring it to the disk."""
    url = URL.create("sqlite", database=str(target))
    with translated(url), closing(sqlite3.connect(f"file:{quote(os.fspath(target.absolute()))}", uri=True)) as copy:
        copy.execute("PRAGMA journal_mode = DELETE")
        found = copy.execute("PRAGMA quick_check(1)").fetchone()[0]
    if found != "ok":
        raise StoreCorrupt(
            f"database {shown(source)}: its copy is damaged ({found}); put the newest backup in its place"
        )
    _sync(target)


def _read_counts(path: Path) -> dict[str, int]:
    """The rows by table of a file of any version of ours."""
    with _opened(path, read_only=True) as engine, reading(engine) as conn:
        return count_rows(conn)


@contextmanager
def _opened(path: Path, *, read_only: bool = False) -> Iterator[Engine]:
    engine = open_store(f"sqlite:///{path}", read_only=read_only)
    try:
        yield engine
    finally:
        engine.dispose()


@contextmanager
def _removed(partial: Path) -> Iterator[None]:
    """A block after which nothing of a half copy is left."""
    _remove(partial)
    try:
        yield
    finally:
        _remove(partial)


def _remove(partial: Path) -> None:
    for end in ("", *_BESIDE):
        Path(f"{partial}{end}").unlink(missing_ok=True)


def _sync(path: Path) -> None:
    """Bring a file, or the names in a folder, to the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
