"""Copies of whole stores: into PostgreSQL, out as a backup, back again; broken off, gone on with, refused."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, text, update

from framewire.errors import InputError, StoreCorrupt, StoreError, StoreVersion
from framewire.records import Outlet
from framewire.store import (
    add_labels,
    add_mail,
    add_worker,
    backup_store,
    claim_versions_to_label,
    copy_store,
    examine_backup,
    open_store,
    plan_copy,
    reading,
    record_summary,
    restore_store,
    start_run,
    sync_feed_list,
    transaction,
    transfer,
    upgrade_store,
)
from framewire.store.outbox import OutgoingMail
from framewire.store.schema import articles, blocks, codings, metadata, polls, robots, versions
from store_cases import NOW, add_pair, dump, entry, fill, labelled, poll
from test_cli import invoke

SPELT = "Ճ — \U0001f600 ‘a’ \\N \t \\. 'b'"


@pytest.fixture
def source(sqlite_path: Path) -> str:
    """A SQLite store with rows of every kind, odd letters, and keys that databases order differently."""
    opened = open_store(f"sqlite:///{sqlite_path}")
    with transaction(opened) as conn:
        outlets = [Outlet(name, f"The {name}", "international", "ZZ", ()) for name in ("Zeta", "alpha", "éta", "Été")]
        sync_feed_list(conn, outlets)
        poll(conn, *(entry(f"e{n}", title=f"{SPELT} {n}", published_at=NOW - timedelta(hours=n)) for n in range(7)))
        start_run(conn, now=NOW, window_start=None, window_end=None)
        rows = add_pair(conn, model="book/1")
        found = claim_versions_to_label(conn, **rows, limit=5)
        add_labels(conn, [labelled(one) for one in found], **rows, labelled_at=NOW)
        window = {"window_start": NOW, "window_end": NOW + timedelta(days=1), "made_at": NOW}
        record_summary(conn, day="2026-03-01", **window, **rows, digest="d", numbers={"a": [1, 2.5, None, SPELT]})
        mail = OutgoingMail("summary", "daily", "2026-03-01", "a@example.org", "<1@x>", "s", b"\x00\xff\\")
        add_mail(conn, [mail], now=NOW)
        names = [("Zeta", "b"), ("Zeta", "a"), ("alpha", "z"), ("éta", "A"), ("Été", "_")]
        conn.execute(
            insert(blocks), [{"outlet_id": a, "block_hash": b, "n_pages": 1, "last_seen_at": NOW} for a, b in names]
        )
        hosts = ("http://b.example", "http://B.example", "http://a_.example", "http://aé.example")
        conn.execute(insert(robots), [{"host": h, "state": "ok", "text": SPELT, "asked_at": NOW} for h in hosts])
        code = {"version_id": 1, "span_start": 0, "span_end": 3, "text_hash": "h", "coder": "ann", "coded_at": NOW}
        more = {"codebook_row_id": 1, "origin": "fix", "blind": True, "relevant": False, "narratives": [{"id": "x"}]}
        conn.execute(insert(codings), {**code, **more, "mentions": None, "replaces": {}})
    opened.dispose()
    return f"sqlite:///{sqlite_path}"


def dump_of(url: str) -> dict[str, list[tuple[Any, ...]]]:
    opened = open_store(url)
    with reading(opened) as conn:
        found = dump(conn)
        # By bytes: the databases order texts differently.
        found = {name: sorted(rows, key=repr) for name, rows in found.items()}
    opened.dispose()
    return found


def quiet(_table: str, _done: int, _total: int) -> None:
    """Shows nothing."""


def break_at(table: str) -> Callable[[str, int, int], None]:
    def progress(name: str, done: int, _total: int) -> None:
        if name == table and done:
            raise KeyboardInterrupt

    return progress


@pytest.mark.postgres
def test_a_copy_holds_the_same_and_goes_on_with_its_numbers(source: str, postgres_database: str) -> None:
    copied = copy_store(source, postgres_database, progress=quiet)
    assert dump_of(postgres_database) == dump_of(source)
    assert {one.name: one.n_rows for one in copied}["articles"] == 7
    assert all(one.n_before == 0 for one in copied)
    opened = open_store(postgres_database)
    with transaction(opened) as conn:
        assert poll(conn, entry("later")).new == 1
        assert conn.execute(text("SELECT max(id) FROM articles")).scalar() == 8
    opened.dispose()
    with pytest.raises(InputError, match=r"is in use \(8 articles, 2 polls"):
        copy_store(source, postgres_database, progress=quiet)


@pytest.mark.postgres
@pytest.mark.parametrize("table", ["outlets", "articles", "blocks", "mentions"])
def test_a_copy_that_was_broken_off_goes_on(
    source: str, postgres_database: str, table: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transfer, "BATCH", 2)
    with pytest.raises(KeyboardInterrupt):
        copy_store(source, postgres_database, progress=break_at(table))
    left = {row["table"]: (row["rows"], row["there"]) for row in plan_copy(source, postgres_database)}
    assert 0 < left[table][1] < left[table][0]
    copied = {one.name: one for one in copy_store(source, postgres_database, progress=quiet)}
    assert copied[table].n_before == left[table][1]
    assert dump_of(postgres_database) == dump_of(source)


@pytest.mark.postgres
def test_a_row_that_changed_in_between_is_found_out(
    source: str, postgres_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transfer, "BATCH", 2)
    with pytest.raises(KeyboardInterrupt):
        copy_store(source, postgres_database, progress=break_at("entries"))
    opened = open_store(source)
    with transaction(opened) as conn:
        conn.execute(update(articles).where(articles.c.id == 1).values(language="fr"))
    opened.dispose()
    with pytest.raises(StoreError, match="table articles is not a copy"):
        copy_store(source, postgres_database, progress=quiet)


@pytest.mark.postgres
def test_what_may_not_be_copied(source: str, postgres_database: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="into itself"):
        copy_store(source, source, progress=quiet)
    other = f"sqlite:///{tmp_path / 'other.sqlite'}"
    upgrade_store(other)
    with pytest.raises(KeyboardInterrupt):
        copy_store(source, postgres_database, progress=break_at("outlets"))
    for call in (copy_store, plan_copy):
        with pytest.raises(InputError, match=r"unfinished copy of .*framewire\.sqlite"):
            call(other, postgres_database, **({"progress": quiet} if call is copy_store else {}))  # type: ignore[operator]
    opened = open_store(postgres_database)
    with transaction(opened) as conn:
        add_worker(conn, name="north:/watch", place="p", lease_seconds=60)
    opened.dispose()
    with pytest.raises(InputError, match="north:/watch is at work on it"):
        copy_store(postgres_database, other, progress=quiet)


@pytest.mark.postgres
def test_a_target_that_only_holds_a_model_is_emptied(source: str, postgres_database: str) -> None:
    upgrade_store(postgres_database)
    opened = open_store(postgres_database)
    with transaction(opened) as conn:
        add_pair(conn, model="book/9")
    opened.dispose()
    copy_store(source, postgres_database, progress=quiet)
    assert dump_of(postgres_database) == dump_of(source)


@pytest.mark.postgres
def test_a_backup_of_postgresql_comes_back_into_either_database(
    source: str, postgres_database: str, tmp_path: Path
) -> None:
    copy_store(source, postgres_database, progress=quiet)
    expected, saved = dump_of(source), tmp_path / "saved.sqlite"
    opened = open_store(postgres_database)
    counts = backup_store(opened, saved)
    assert (counts["articles"], counts["outbox"]) == (7, 1)
    with pytest.raises(InputError, match="in use"):
        restore_store(postgres_database, saved)
    with transaction(opened) as conn:
        transfer.clear_rows(conn)
    opened.dispose()
    assert restore_store(postgres_database, saved) is None
    assert dump_of(postgres_database) == expected
    assert restore_store(f"sqlite:///{tmp_path / 'new.sqlite'}", saved) is None
    assert dump_of(f"sqlite:///{tmp_path / 'new.sqlite'}") == expected
    assert sorted(path.name for path in tmp_path.iterdir()) == ["framewire.sqlite", "new.sqlite", "saved.sqlite"]


def test_a_restored_store_leaves_the_one_before_beside(source: str, tmp_path: Path) -> None:
    saved, opened = tmp_path / "saved.sqlite", open_store(source)
    backup_store(opened, saved)
    expected = dump_of(source)
    with transaction(opened) as conn:
        poll(conn, entry("later"))
    changed = dump_of(source)
    opened.dispose()
    aside = restore_store(source, saved)
    assert aside == tmp_path / "framewire.sqlite.before-restore-1"
    assert dump_of(source) == expected
    assert dump_of(f"sqlite:///{aside}") == changed
    assert restore_store(source, saved) == tmp_path / "framewire.sqlite.before-restore-2"


def test_a_backup_that_is_damaged_changes_nothing(source: str, tmp_path: Path) -> None:
    saved, opened = tmp_path / "saved.sqlite", open_store(source)
    backup_store(opened, saved)
    opened.dispose()
    assert examine_backup(saved)["articles"] == 7
    damaged = open_store(f"sqlite:///{saved}")
    with transaction(damaged) as conn:
        conn.execute(update(versions).where(versions.c.id == 2).values(text="another"))
    damaged.dispose()
    before = dump_of(source)
    for use in (lambda: examine_backup(saved), lambda: restore_store(source, saved)):
        with pytest.raises(StoreCorrupt, match="damaged, and nothing was changed"):
            use()
    (tmp_path / "garbage").write_bytes(b"no database at all" * 100)
    with pytest.raises(StoreError):
        restore_store(source, tmp_path / "garbage")
    with pytest.raises(InputError, match="no such file"):
        restore_store(source, tmp_path / "none")
    assert dump_of(source) == before
    assert not list(tmp_path.glob(".*"))


def write_foreign(path: Path, *tables: str) -> None:
    """A SQLite file of another program; without tables an empty file."""
    path.touch()
    with closing(sqlite3.connect(path)) as raw:
        for table in tables:
            raw.execute(f"CREATE TABLE {table} (n INTEGER)")


@pytest.mark.parametrize(
    ("tables", "told"),
    [
        ((), "it is empty"),
        (("bookmarks",), r"it holds another program's tables \(bookmarks\)"),
        (("d", "c", "b", "articles"), r"it holds another program's tables \(articles, b, c, ...\)"),
    ],
)
def test_a_file_that_is_no_database_of_ours_is_no_backup(
    source: str, tmp_path: Path, tables: tuple[str, ...], told: str
) -> None:
    foreign, before = tmp_path / "foreign.sqlite", dump_of(source)
    write_foreign(foreign, *tables)
    for use in (lambda: examine_backup(foreign), lambda: restore_store(source, foreign)):
        with pytest.raises(InputError, match=f"foreign.sqlite is no Framewire database: {told}; nothing was changed"):
            use()
    assert dump_of(source) == before
    assert not list(tmp_path.glob("*.before-restore-*"))


def test_another_programs_file_gets_no_tables_of_ours(tmp_path: Path) -> None:
    path = tmp_path / "foreign.sqlite"
    write_foreign(path, "bookmarks")
    for use in (open_store, upgrade_store):
        with pytest.raises(StoreVersion, match=r"is no Framewire database: .* \(bookmarks\); name another file"):
            use(f"sqlite:///{path}")
    with closing(sqlite3.connect(path)) as raw:
        assert raw.execute("SELECT name FROM sqlite_master").fetchall() == [("bookmarks",)]


def test_rows_that_differ_have_different_digests(source: str) -> None:
    opened = open_store(source)
    with reading(opened) as conn:
        before = {table.name: transfer.hash_rows(conn, table) for table in metadata.sorted_tables}
    for table, values in ((polls, {"message": "other"}), (articles, {"raw_date": ""}), (blocks, {"n_pages": 2})):
        with transaction(opened) as conn:
            conn.execute(update(table).values(values))
        with reading(opened) as conn:
            n_rows, digest = transfer.hash_rows(conn, table)
        assert (n_rows, digest != before[table.name][1]) == (before[table.name][0], True)
    opened.dispose()


@pytest.mark.postgres
def test_the_commands(source: str, postgres_database: str, tmp_path: Path) -> None:
    plan = invoke("db", "copy", source, postgres_database, "--dry-run", "--csv")
    assert "articles,7,0" in plan.stdout
    done = invoke("db", "copy", source, postgres_database)
    assert done.exit_code == 0, done.stderr
    assert done.stdout.splitlines()[1].split()[-1] == "equal"
    assert "next: write the new address" in done.stderr
    used = invoke("db", "copy", source, postgres_database)
    assert (used.exit_code, "is in use" in used.stderr) == (1, True)
    (tmp_path / "framewire.toml").write_text("")
    saved = str(tmp_path / "saved.sqlite")
    assert "7 articles, 5 labellings" in invoke("db", "backup", saved, "-w", str(tmp_path)).stdout
    assert "is whole and sound: 7 articles" in invoke("db", "restore", saved, "--dry-run", "-w", str(tmp_path)).stdout
    restored = invoke("db", "restore", saved, "-w", str(tmp_path))
    assert "what was there is now " in restored.stdout


def test_a_run_keeps_the_copy_away(source: str, tmp_path: Path) -> None:
    from framewire.workflow.lock import hold_lock

    (tmp_path / "framewire.toml").write_text("")
    with hold_lock(tmp_path):
        found = invoke("db", "copy", source, f"sqlite:///{tmp_path / 'new.sqlite'}")
    assert (found.exit_code, "another run holds the lock" in found.stderr) == (4, True)


def test_a_store_of_the_feed_list_alone_is_unused(tmp_path: Path) -> None:
    opened = open_store(fill(f"sqlite:///{tmp_path / 'a.sqlite'}"))
    with reading(opened) as conn:
        assert transfer.is_unused(conn)
    opened.dispose()
