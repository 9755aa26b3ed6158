"""A whole store copied into another one: SQLite into PostgreSQL, and back as a backup."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine

from framewire.errors import InputError, StoreVersion
from framewire.store.engine import open_store, parse_url, reading, transaction, upgrade_store
from framewire.store.faults import shown
from framewire.store.sharing import get_workers
from framewire.store.transfer import (
    CopiedTable,
    Progress,
    clear_rows,
    copy_rows,
    count_rows,
    drop_mark,
    read_mark,
    refuse_used,
    set_mark,
)


def copy_store(source_url: str, target_url: str, *, progress: Progress) -> list[CopiedTable]:
    """Every table as it was copied into the target and verified there.

    A copy that was broken off goes on where it stood. The target is made if it has no tables yet.

    Raises:
        InputError: both are the same, hosts are at work on the source, or the target holds something else.
        StoreError: a database cannot be used, or what arrived is not what was read.
    """
    with _opened(source_url, read_only=True) as source:
        _refuse_itself(source, target_url)
        upgrade_store(target_url)
        with _opened(target_url) as target, reading(source) as conn:
            _refuse_at_work(conn)
            _prepare(target, shown(source.url))
            copied = copy_rows(conn, target, progress=progress)
            with transaction(target) as there:
                drop_mark(there)
            return copied


def plan_copy(source_url: str, target_url: str) -> list[dict[str, int | str]]:
    """What `copy_store` would do: one row a table with `table`, `rows` of the source, and `there`. Raises the same."""
    with _opened(source_url, read_only=True) as source:
        _refuse_itself(source, target_url)
        with reading(source) as conn:
            _refuse_at_work(conn)
            rows = count_rows(conn)
        there = _look_at_target(target_url, shown(source.url))
    return [{"table": name, "rows": n, "there": there.get(name, 0)} for name, n in rows.items()]


def _look_at_target(url: str, source: str) -> dict[str, int]:
    """The rows of an unfinished copy by table. Raises InputError for a store that is in use."""
    try:
        with _opened(url, read_only=True) as target, reading(target) as conn:
            return count_rows(conn) if _is_ours(conn, source) else {}
    except StoreVersion:
        return {}  # no tables yet


def _prepare(target: Engine, source: str) -> None:
    """Make the target one that a copy of this source may go to."""
    with transaction(target) as conn:
        if not _is_ours(conn, source):
            clear_rows(conn)
            set_mark(conn, source)


def _is_ours(conn: Connection, source: str) -> bool:
    """True if the store holds an unfinished copy of the source. Raises InputError if it holds something else."""
    mark, name = read_mark(conn), shown(conn.engine.url)
    if mark is None:
        refuse_used(conn, name)
    elif mark != source:
        raise InputError(
            f"database {name} holds an unfinished copy of {mark}; go on with that one, or name an empty one"
        )
    return mark is not None


def _refuse_itself(source: Engine, target_url: str) -> None:
    if shown(source.url) == shown(parse_url(target_url)):
        raise InputError(f"database {shown(source.url)} cannot be copied into itself; name another target")


def _refuse_at_work(conn: Connection) -> None:
    if names := [row["name"] for row in get_workers(conn)]:
        raise InputError(
            f"database {shown(conn.engine.url)}: {', '.join(names)} {'is' if len(names) == 1 else 'are'} at work on it; "
            "wait until that has ended"
        )


@contextmanager
def _opened(url: str, *, read_only: bool = False) -> Iterator[Engine]:
    engine = open_store(url, read_only=read_only)
    try:
        yield engine
    finally:
        engine.dispose()
