"""What else may befall a run: no space, a lock, a server that restarts, a second run, a clock that is set back. The next
run ends where an undisturbed one does."""

import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from sqlite3 import connect

import pytest
from sqlalchemy import create_engine, text

from endurance_cases import IS_SOAK, RUN_AT, Watch, chance_of, copied, trained_watch
from forked_runs import Run, Runner, Trouble, wait_for
from postgres_server import restart_command
from run_state import State

N_POINTS = 25 if IS_SOAK else 2


@pytest.fixture(scope="module")
def runner() -> Iterator[Runner]:
    with Runner() as running:
        yield running


@pytest.fixture(scope="module")
def sqlite_watch(tmp_path_factory: pytest.TempPathFactory, runner: Runner) -> Iterator[Watch]:
    with trained_watch(tmp_path_factory.mktemp("sqlite"), None, runner) as base:
        yield base


@pytest.fixture(scope="module")
def postgres_watch(tmp_path_factory: pytest.TempPathFactory, runner: Runner, own_server: str) -> Iterator[Watch]:
    with trained_watch(tmp_path_factory.mktemp("postgresql"), own_server, runner) as base:
        yield base


def run_undisturbed(watch: Watch, tmp_path: Path) -> tuple[Run, State]:
    with copied(watch, tmp_path, "whole") as whole:
        run = whole.run()
        assert run.code == 0, run.err
        return run, whole.state()


def check_told(run: Run, *words: str) -> None:
    """The run failed, and said so in words for people."""
    assert run.code == 1, (run.code, run.err)
    assert "Traceback" not in run.err
    assert run.err.splitlines()[-1].startswith("framewire: ")
    assert any(word in run.err for word in words), run.err


def check_next(watch: Watch, expected: State) -> None:
    """The next run ends where an undisturbed one does."""
    after = watch.run()
    assert after.code == 0, after.err
    assert watch.state() == expected
    assert watch.partial_files() == []


@pytest.mark.soak
@pytest.mark.slow
def test_no_space_in_the_database(sqlite_watch: Watch, tmp_path: Path) -> None:
    _, expected = run_undisturbed(sqlite_watch, tmp_path)
    with connect(sqlite_watch.folder / "framewire.sqlite") as raw:
        n_pages = raw.execute("PRAGMA page_count").fetchone()[0]
    raw.close()
    n_full = 0
    for more in range(40) if IS_SOAK else (0, 4):
        with copied(sqlite_watch, tmp_path, f"pages{more}") as small:
            run = small.run(trouble=Trouble(max_pages=n_pages + more))
            if run.code == 0:
                break
            n_full += 1
            check_told(run, "no space left")
            check_next(small, expected)
    assert n_full >= 2


@pytest.mark.long
@pytest.mark.soak
@pytest.mark.slow
def test_no_space_for_any_file(sqlite_watch: Watch, tmp_path: Path) -> None:
    whole, expected = run_undisturbed(sqlite_watch, tmp_path)
    largest = max(len(content) for _, content in expected["files"])
    size = (sqlite_watch.folder / "framewire.sqlite").stat().st_size
    sizes = [largest // 2, size // 2, size + 4096, size * 2] if IS_SOAK else [largest // 2, size + 4096]
    for limit in sizes:
        with copied(sqlite_watch, tmp_path, f"size{limit}") as small:
            run = small.run(trouble=Trouble(max_file_bytes=limit))
            if run.code != 0:
                check_told(run, "no space left", "file-size limit")
            check_next(small, expected)
    assert len(whole.steps) > 0


@pytest.mark.slow
def test_a_database_that_somebody_holds(sqlite_watch: Watch, tmp_path: Path) -> None:
    _, expected = run_undisturbed(sqlite_watch, tmp_path)
    with copied(sqlite_watch, tmp_path, "held") as held:
        other = connect(held.folder / "framewire.sqlite", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        check_told(held.run(trouble=Trouble(busy_seconds=0.1)), "another process is writing")
        other.execute("ROLLBACK")
        other.close()
        check_next(held, expected)


@pytest.mark.long
@pytest.mark.postgres
@pytest.mark.slow
def test_an_outlet_that_somebody_holds(postgres_watch: Watch, tmp_path: Path) -> None:
    _, expected = run_undisturbed(postgres_watch, tmp_path)
    with copied(postgres_watch, tmp_path, "held") as held:
        other = create_engine(held.url)
        with other.begin() as conn:
            conn.execute(text("LOCK TABLE outlets IN ACCESS EXCLUSIVE MODE"))
            check_told(held.run(trouble=Trouble(busy_seconds=1)), "another process is writing")
        other.dispose()
        check_next(held, expected)


CUT = """
import sys, sqlalchemy as sa
engine = sa.create_engine(sys.argv[1], isolation_level="AUTOCOMMIT")
with engine.connect() as conn:
    conn.execute(sa.text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"))
"""


@pytest.mark.postgres
@pytest.mark.soak
@pytest.mark.slow
@pytest.mark.parametrize("how", [pytest.param("connection cut", marks=pytest.mark.long), "server restarted"])
def test_a_server_that_goes_away_in_the_middle(
    postgres_watch: Watch, own_server: str, tmp_path: Path, how: str
) -> None:
    run, expected = run_undisturbed(postgres_watch, tmp_path)
    inside = [n for n, kind in enumerate(run.steps, start=1) if kind in ("statement", "commit")]
    chance, n_failed = chance_of(how), 0
    for n in range(N_POINTS):
        with copied(postgres_watch, tmp_path, f"gone{n}") as gone:
            cut = (sys.executable, "-c", CUT, gone.url) if how == "connection cut" else restart_command(own_server)
            ended = gone.run(trouble=Trouble(at=chance.choice(inside), call=cut))
            if ended.code:
                n_failed += 1
                check_told(ended, "does not answer", "could not do it")
            check_next(gone, expected)
    # A server that comes back is waited for; what happens while the store is opened is told.
    assert n_failed < N_POINTS


@pytest.mark.slow
def test_two_runs_that_start_together(sqlite_watch: Watch, tmp_path: Path) -> None:
    run, expected = run_undisturbed(sqlite_watch, tmp_path)
    with copied(sqlite_watch, tmp_path, "twice") as watch:
        gate = tmp_path / "gate"
        first = watch.start(trouble=Trouble(at=run.steps.index("connection"), wait=str(gate)))
        wait_for(tmp_path / "gate.waiting")
        second = watch.run()
        gate.touch()
        ended = watch.runner.finish(first)
        assert (ended.code, second.code) == (0, 4), (ended.err, second.err)
        assert "another run holds the lock (pid " in second.err
        assert second.out == ""
        assert watch.state() == expected
        check_next(watch, expected)


@pytest.mark.slow
def test_a_clock_that_was_ahead_or_is_set_back(sqlite_watch: Watch, tmp_path: Path) -> None:
    _, expected = run_undisturbed(sqlite_watch, tmp_path)
    with copied(sqlite_watch, tmp_path, "clock") as watch:
        assert watch.run(at=RUN_AT + timedelta(days=400)).code == 0
        before = watch.state()
        after = watch.run()
        assert after.code == 0, after.err
        assert "2 of 2 feeds asked" in after.out  # or a wrong clock would silence them until it is right
        state = watch.state()
        assert state["problems"] == state["open runs"] == []
        for table in ("articles", "versions", "labellings", "narratives", "mentions"):
            assert state[table] == before[table], table
        assert [row[1] for row in state["articles"]] == [row[1] for row in expected["articles"]]
        later = watch.run(at=RUN_AT + timedelta(hours=1))
        assert later.code == 0, later.err
        assert "2 of 2 feeds asked" in later.out
        assert watch.state()["articles"] == before["articles"]
