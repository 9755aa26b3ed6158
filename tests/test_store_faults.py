"""What the store promises when things go wrong: killed, locked, full, read-only, damaged, unreachable, too new."""

import os
import resource
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, insert, make_url, select, text, update
from sqlalchemy.exc import IntegrityError, OperationalError, ProgrammingError

import framewire.store.engine as engine_module
from framewire.errors import (
    ConfigError,
    StoreCorrupt,
    StoreError,
    StoreFull,
    StoreLocked,
    StoreReadOnly,
    StoreUnreachable,
    StoreVersion,
)
from framewire.store import (
    add_labels,
    backup_store,
    check_store,
    claim_versions_to_label,
    open_store,
    read_articles,
    reading,
    transaction,
    upgrade_store,
)
from framewire.store.faults import leaf_of
from framewire.store.schema import REVISIONS, VERSION_TABLE, articles, entries, mentions, metadata, versions
from store_cases import (
    HOUR,
    NEWS,
    NOW,
    WORLD,
    add_pair,
    dump,
    entry,
    fill,
    labelled,
    poll,
)

# Each attempt is a process that kills itself at step k of one poll; the steps are its statements and its commit.
KILL_SWEEP = """
import os, signal, sys
from sqlalchemy import event
from store_cases import NOW, HOUR, dump, entry, poll
from framewire.store import open_store, reading, transaction

def look():
    engine = open_store(sys.argv[1])
    with reading(engine) as conn:
        rows = dump(conn)
    engine.dispose()
    return rows

def attempt(k):
    engine, steps = open_store(sys.argv[1]), iter(range(1, 10_000))
    def step(*_):
        if next(steps) == k:
            os.kill(os.getpid(), signal.SIGKILL)
    event.listen(engine, "before_cursor_execute", step)
    event.listen(engine, "commit", step)
    with transaction(engine) as conn:
        poll(conn, entry("1", "Edited"), entry("2"), entry("3", url=None), at=NOW + HOUR)
    os._exit(0)

before, killed = look(), 0
while True:
    child = os.fork() or attempt(killed + 1)
    status = os.waitpid(child, 0)[1]
    if status == 0:
        break
    assert os.WTERMSIG(status) == signal.SIGKILL, status
    assert look() == before, f"killed at step {killed + 1}: something was left"
    killed += 1
after = look()
print(killed, *(len(after[name]) - len(before[name]) for name in ("polls", "entries", "articles", "versions")))
"""


@pytest.mark.slow
def test_a_poll_that_is_killed_anywhere_leaves_nothing(store_url: str) -> None:
    opened = open_store(store_url)
    with transaction(opened) as conn:
        poll(conn, entry("1"))
    opened.dispose()
    folders = [str(Path(__file__).parent), *sys.path]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(folders), "OPENBLAS_NUM_THREADS": "1"}
    command = [sys.executable, "-c", KILL_SWEEP, store_url]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    killed, *added = (int(word) for word in done.stdout.split())
    assert killed >= 12  # BEGIN, reads, rows of three tables, state, commit
    assert added == [1, 2, 2, 3]


def test_a_block_that_raises_leaves_nothing(engine: Engine) -> None:
    with reading(engine) as conn:
        before = dump(conn)
    with pytest.raises(ZeroDivisionError), transaction(engine) as conn:
        print(poll(conn, entry("1")).new / 0)
    with reading(engine) as conn:
        assert dump(conn) == before


def test_the_migrations_make_the_schema(engine: Engine) -> None:
    with reading(engine) as conn:
        context = MigrationContext.configure(conn, opts={"version_table": VERSION_TABLE, "compare_type": True})
        assert compare_metadata(context, metadata) == []
        assert context.get_current_revision() == REVISIONS[-1]


def test_the_known_revisions_are_those_of_the_migrations() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(engine_module.__file__).parent / "migrations"))
    scripts = ScriptDirectory.from_config(config)
    assert [script.revision for script in scripts.walk_revisions()][::-1] == list(REVISIONS)


def test_an_upgrade_keeps_what_is_stored(store_url: str) -> None:
    opened = open_store(store_url)
    with transaction(opened) as conn:
        poll(conn, entry("1"))
        before = dump(conn)
    upgrade_store(store_url)
    with reading(opened) as conn:
        assert dump(conn) == before
    opened.dispose()


def test_a_store_of_a_newer_framewire_is_refused_and_left_alone(store_url: str) -> None:
    _write_revision(store_url, "9999")
    for use in (open_store, upgrade_store):
        with pytest.raises(StoreVersion, match=r"newer Framewire .*upgrade Framewire"):
            use(store_url)


def test_a_store_of_an_older_framewire_is_not_opened(store_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_module, "REVISIONS", (*REVISIONS, "9999"))
    with pytest.raises(StoreVersion, match="older Framewire; run `framewire db upgrade`"):
        open_store(store_url)


def test_a_database_without_our_tables_is_not_opened(postgres_database: str, tmp_path: Path) -> None:
    (tmp_path / "empty.sqlite").touch()
    for url in (postgres_database, f"sqlite:///{tmp_path / 'empty.sqlite'}"):
        with pytest.raises(StoreVersion, match="framewire db upgrade"):
            open_store(url)


def test_opening_creates_no_file(tmp_path: Path) -> None:
    with pytest.raises(StoreVersion, match="does not exist yet"):
        open_store(f"sqlite:///{tmp_path / 'new.sqlite'}")
    assert list(tmp_path.iterdir()) == []


def test_a_store_needs_its_folder(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="create the folder first"):
        upgrade_store(f"sqlite:///{tmp_path / 'no' / 'new.sqlite'}")


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("no address with secret", "cannot be read"),
        ("mysql://me:secret@host/db", "only sqlite and postgresql"),
        ("sqlite://", "names no file"),
        ("sqlite:///:memory:", "names no file"),
        ("postgresql://me:secret@host:port/db", "cannot be read"),
    ],
)
def test_an_address_that_is_none_is_refused_without_its_password(url: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message) as caught:
        open_store(url)
    assert "secret" not in str(caught.value)


def test_a_path_may_hold_any_letter(tmp_path: Path) -> None:
    folder = tmp_path / "a b%41#?ü"
    folder.mkdir()
    upgrade_store(f"sqlite:///{folder / 'x.sqlite'}")
    open_store(f"sqlite:///{folder / 'x.sqlite'}").dispose()
    assert (folder / "x.sqlite").exists()


def test_sqlite_is_set_up_for_power_losses(sqlite_path: Path) -> None:
    opened = open_store(f"sqlite:///{sqlite_path}")
    with reading(opened) as conn:
        told = {name: conn.execute(text(f"PRAGMA {name}")).scalar() for name in ("journal_mode", "synchronous")}
        told["foreign_keys"] = conn.execute(text("PRAGMA foreign_keys")).scalar()
        told["busy_timeout"] = conn.execute(text("PRAGMA busy_timeout")).scalar()
    opened.dispose()
    assert told == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 10_000}


def test_a_writer_that_waits_too_long_says_locked(sqlite_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_module, "BUSY_SECONDS", 0.05)
    opened = open_store(f"sqlite:///{sqlite_path}")
    with closing(sqlite3.connect(sqlite_path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreLocked, match=r"framewire\.sqlite: another process"), transaction(opened):
            pass
        with reading(opened) as conn:  # readers do not wait for writers
            assert read_articles(conn).empty
        other.execute("ROLLBACK")
    with transaction(opened) as conn:
        assert poll(conn, entry("1")).new == 1
    opened.dispose()


@pytest.mark.postgres
def test_a_locked_outlet_says_locked(postgres_database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_module, "BUSY_SECONDS", 1)
    url = fill(postgres_database)
    first, second = open_store(url), open_store(url)
    with transaction(first) as conn:
        poll(conn, entry("1"))
        with pytest.raises(StoreLocked, match="another process"), transaction(second) as waiting:
            poll(waiting, entry("1"), feed=WORLD)
    first.dispose()
    second.dispose()


def test_polls_of_one_outlet_at_once_add_an_article_once(engine: Engine) -> None:
    def store(n: int) -> int:
        with transaction(engine) as conn:
            return poll(conn, *(entry(str(k)) for k in range(20)), feed=(NEWS, WORLD)[n % 2], at=NOW + n * HOUR).new

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(store, range(8))) == 20
    with reading(engine) as conn:
        assert len(read_articles(conn)) == 20
        assert len(conn.execute(select(entries.c.id)).all()) == 40


@pytest.mark.postgres
def test_two_workers_claim_different_versions(postgres_database: str) -> None:
    opened = open_store(fill(postgres_database))
    with transaction(opened) as conn:
        poll(conn, *(entry(str(n)) for n in range(4)))
        pair = add_pair(conn)
    with transaction(opened) as one, transaction(opened) as two:
        first = claim_versions_to_label(one, **pair, limit=2)
        second = claim_versions_to_label(two, **pair, limit=10)
        add_labels(one, [labelled(version) for version in first], **pair, labelled_at=NOW)
    assert (len(first), len(second)) == (2, 2)
    assert not {v.version_id for v in first} & {v.version_id for v in second}
    opened.dispose()


def test_a_full_database_says_full_and_keeps_what_was_committed(sqlite_path: Path) -> None:
    opened = open_store(f"sqlite:///{sqlite_path}")
    with transaction(opened) as conn:
        poll(conn, entry("old"))
        before = dump(conn)
    pages, refused = _pages(opened), 0
    while True:
        try:
            with transaction(opened) as conn:
                conn.execute(text(f"PRAGMA max_page_count = {pages + refused}"))
                poll(conn, *(entry(str(n), body=f"word{n} " * 1000) for n in range(8)))
            break
        except StoreFull as error:
            assert "no space left" in str(error)  # noqa: PT017 - the loop ends at the first size that is enough
        with reading(opened) as conn:
            assert dump(conn) == before
        refused += 1
    assert refused > 5
    assert check_store(opened) == []
    opened.dispose()


def test_a_file_size_limit_says_full(sqlite_path: Path) -> None:
    opened = open_store(f"sqlite:///{sqlite_path}")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (sqlite_path.stat().st_size // 2, hard))
    try:
        with pytest.raises(StoreFull, match="file-size limit"), transaction(opened) as conn:
            poll(conn, *(entry(str(n), body=f"word{n} " * 9000) for n in range(20)))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert check_store(opened) == []
    opened.dispose()


def test_a_read_only_store_reads_and_refuses_to_write(store_url: str) -> None:
    opened = open_store(store_url, read_only=True)
    with reading(opened) as conn:
        assert read_articles(conn).empty
    with pytest.raises(StoreReadOnly, match="no permission"), transaction(opened) as conn:
        poll(conn, entry("1"))
    opened.dispose()


def test_a_folder_without_write_permission_says_read_only() -> None:
    folder = Path(tempfile.mkdtemp(prefix="fw-"))  # tmp_path is closed to other users
    try:
        path = folder / "framewire.sqlite"
        upgrade_store(f"sqlite:///{path}")
        path.chmod(0o444)
        folder.chmod(0o555)
        with _ordinary_user():
            with pytest.raises(PermissionError):
                (folder / "probe").touch()  # the permission binds, so the test means something
            for read_only in (False, True):
                with pytest.raises(StoreReadOnly, match="its folder"):
                    open_store(f"sqlite:///{path}", read_only=read_only)
            with pytest.raises(StoreReadOnly):
                upgrade_store(f"sqlite:///{folder / 'new.sqlite'}")
    finally:
        folder.chmod(0o755)
        shutil.rmtree(folder)


def test_a_file_that_is_no_database_says_corrupt(tmp_path: Path) -> None:
    path = tmp_path / "framewire.sqlite"
    path.write_bytes(b"no database at all " * 1000)
    for use in (open_store, upgrade_store):
        with pytest.raises(StoreCorrupt, match="backup"):
            use(f"sqlite:///{path}")


def test_a_damaged_file_says_corrupt(sqlite_path: Path) -> None:
    opened = open_store(f"sqlite:///{sqlite_path}")
    with transaction(opened) as conn:
        poll(conn, *(entry(str(n), body="word " * 500) for n in range(50)))
        root = conn.execute(text("SELECT rootpage FROM sqlite_master WHERE name = 'versions'")).scalar_one()
        size = conn.execute(text("PRAGMA page_size")).scalar_one()
    opened.dispose()
    with sqlite_path.open("r+b") as file:
        file.seek((root - 1) * size)
        file.write(b"\xff" * size)
    opened = open_store(f"sqlite:///{sqlite_path}")
    assert any("framewire.sqlite" in line or line.startswith("file: ") for line in check_store(opened))
    with pytest.raises(StoreCorrupt, match="put the newest backup"), transaction(opened) as conn:
        poll(conn, entry("1", "Edited"))
    opened.dispose()


@pytest.mark.postgres
def test_a_server_that_does_not_answer_says_unreachable(postgres_server: str, tmp_path: Path) -> None:
    url = make_url(postgres_server)
    absent = url.set(query={"host": str(tmp_path)}, password="secret")
    unknown = url.set(database="nowhere")
    for wrong in (absent, unknown):
        with pytest.raises(StoreUnreachable, match="does not answer") as caught:
            open_store(wrong.render_as_string(hide_password=False))
        assert "secret" not in str(caught.value)


@pytest.mark.postgres
def test_a_lost_connection_says_unreachable_and_the_next_one_works(postgres_database: str) -> None:
    opened = open_store(fill(postgres_database))
    end_it = text("SELECT pg_terminate_backend(pg_backend_pid())")
    with pytest.raises(StoreUnreachable), transaction(opened) as conn:
        conn.execute(end_it)
    with transaction(opened) as conn:
        assert poll(conn, entry("1")).new == 1
    opened.dispose()


def test_bugs_are_not_dressed_as_faults_of_the_store(engine: Engine) -> None:
    with pytest.raises((ProgrammingError, OperationalError)), transaction(engine) as conn:
        conn.execute(text("SELECT nonsense FROM nowhere"))
    with pytest.raises(IntegrityError), transaction(engine) as conn:
        conn.execute(insert(versions).values(article_id=99, number=1, title_end=0, text="", text_hash="", seen_at=NOW))


class _DriverError(Exception):
    """What psycopg raises, as far as it is looked at."""

    def __init__(self, sqlstate: str | None) -> None:
        super().__init__("a driver's words")
        self.sqlstate = sqlstate


@pytest.mark.parametrize(
    ("code", "leaf"),
    [
        ("55P03", StoreLocked),
        ("40P01", StoreLocked),
        ("53100", StoreFull),
        ("25006", StoreReadOnly),
        ("42501", StoreReadOnly),
        ("XX001", StoreCorrupt),
        ("08006", StoreUnreachable),
        ("28P01", StoreUnreachable),
        ("57P01", StoreUnreachable),
        ("42601", StoreError),
        (sqlite3.SQLITE_BUSY_SNAPSHOT, StoreLocked),
        (sqlite3.SQLITE_IOERR_WRITE, StoreFull),
        (sqlite3.SQLITE_IOERR_SHMSIZE, StoreFull),
        (sqlite3.SQLITE_IOERR_READ, StoreError),
        (sqlite3.SQLITE_READONLY_DBMOVED, StoreReadOnly),
        (sqlite3.SQLITE_CORRUPT_INDEX, StoreCorrupt),
    ],
)
def test_what_a_driver_code_means(code: str | int, leaf: type[StoreError]) -> None:
    if isinstance(code, str):
        assert leaf_of(_DriverError(code)) is leaf
        return
    error = sqlite3.OperationalError("a driver's words")
    error.sqlite_errorcode = code
    assert leaf_of(error) is leaf


def test_a_sound_store_has_no_problems(engine: Engine) -> None:
    with transaction(engine) as conn:
        poll(conn, entry("1"), entry("2"))
        pair = add_pair(conn)
        found = claim_versions_to_label(conn, **pair, limit=10)
        add_labels(conn, [labelled(version) for version in found], **pair, labelled_at=NOW)
    assert check_store(engine) == []


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (update(versions).values(text="A title, forged"), "version 1: the text does not have the SHA-256"),
        (update(versions).values(number=3), "article 1 lacks one of its versions"),
        (update(mentions).values(span_start=1), "mention 1: its span does not fit the text of version 1"),
        (text("UPDATE passages SET span_end = 999"), "passage 1: its span does not fit the text of version 1"),
        (text("DROP TABLE mentions"), "the table mentions is missing"),
        (
            insert(articles).values(
                outlet_id="north", url_key="x", language="en", first_seen_at=NOW, date_source="none"
            ),
            "article 2 has no text",
        ),
    ],
)
def test_check_finds_what_is_wrong(engine: Engine, damage: object, message: str) -> None:
    with transaction(engine) as conn:
        poll(conn, entry("1"))
        pair = add_pair(conn)
        add_labels(conn, [labelled(claim_versions_to_label(conn, **pair, limit=1)[0])], **pair, labelled_at=NOW)
        conn.execute(damage)  # type: ignore[call-overload]
    [problem] = check_store(engine)
    assert problem.startswith(message)


def test_a_backup_is_the_same_store(sqlite_path: Path, tmp_path: Path) -> None:
    opened, copy = open_store(f"sqlite:///{sqlite_path}"), tmp_path / "copy.sqlite"
    with transaction(opened) as conn:
        poll(conn, entry("1"))
        before = dump(conn)
    with transaction(opened) as conn:
        poll(conn, entry("2"))
        backup_store(opened, copy)  # what is not committed is not in the copy
    restored = open_store(f"sqlite:///{copy}")
    with reading(restored) as conn:
        assert dump(conn) == before
    assert check_store(restored) == []
    restored.dispose()
    opened.dispose()
    assert not list(tmp_path.glob("*.partial"))


def test_a_backup_overwrites_nothing(sqlite_path: Path, tmp_path: Path) -> None:
    opened = open_store(f"sqlite:///{sqlite_path}")
    (tmp_path / "mine").write_text("mine")
    with pytest.raises(StoreError, match="exists already"):
        backup_store(opened, tmp_path / "mine")
    with pytest.raises(StoreError, match="create the folder first"):
        backup_store(opened, tmp_path / "no" / "copy.sqlite")
    assert (tmp_path / "mine").read_text() == "mine"
    opened.dispose()


def _write_revision(url: str, revision: str) -> None:
    opened = open_store(url)
    with transaction(opened) as conn:
        conn.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '{revision}'"))
    opened.dispose()


def _pages(opened: Engine) -> int:
    with reading(opened) as conn:
        return int(conn.execute(text("PRAGMA page_count")).scalar_one())


@contextmanager
def _ordinary_user() -> Iterator[None]:
    """Run the block as `nobody` if we are root, whom no permission binds."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)
