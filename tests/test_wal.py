"""A power loss takes the end of SQLite's log: whatever is left of it is a state that was committed."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from endurance_cases import IS_SOAK
from framewire.store import check_store, open_store, reading, transaction
from store_cases import HOUR, NOW, dump, entry, poll

# Bytes between two cuts. Source: a frame of the log has 4,120; cuts fall inside frames and their headers as well.
STEP = 1_030 if IS_SOAK else 11_017
N_POLLS = 40 if IS_SOAK else 12


def fill_log(path: Path) -> list[dict[str, object]]:
    """What the store held after each poll; the whole log of them is left beside it."""
    engine = open_store(f"sqlite:///{path}")
    states = []
    # As long as somebody reads the first state, nothing is copied from the log into the file.
    with closing(sqlite3.connect(path)) as holder:
        holder.execute("BEGIN")
        holder.execute("SELECT count(*) FROM polls").fetchone()
        for n in range(N_POLLS):
            with transaction(engine) as conn:
                poll(conn, entry(f"{n}"), entry("changing", body=f"{n} " * 200), at=NOW + n * HOUR)
            with reading(engine) as conn:
                states.append(dump(conn))
        shutil.copytree(path.parent, path.parent.with_name("cut"))
    engine.dispose()
    return states


@pytest.mark.soak
def test_a_log_cut_anywhere_is_a_state_that_was_committed(
    sqlite_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("wal") / "store"
    shutil.copytree(sqlite_path.parent, folder)
    engine = open_store(f"sqlite:///{folder / sqlite_path.name}")
    with reading(engine) as conn:
        before = dump(conn)
    engine.dispose()
    states = [before, *fill_log(folder / sqlite_path.name)]
    source = folder.with_name("cut")
    log = (source / f"{sqlite_path.name}-wal").read_bytes()
    assert len(log) > 20 * STEP
    reached, sizes = set(), [*range(0, len(log), STEP), len(log)]
    for n, size in enumerate(sizes):
        copy = folder.with_name(f"copy{n}")
        copy.mkdir()
        shutil.copyfile(source / sqlite_path.name, copy / sqlite_path.name)
        (copy / f"{sqlite_path.name}-wal").write_bytes(log[:size])
        engine = open_store(f"sqlite:///{copy / sqlite_path.name}")
        with reading(engine) as conn:
            found = dump(conn)
        assert found in states, f"cut after {size} bytes: a state that never was"
        reached.add(states.index(found))
        assert check_store(engine) == []
        with transaction(engine) as conn:  # and it goes on from there
            assert poll(conn, entry("new"), at=NOW + 100 * HOUR).new == 1
        engine.dispose()
        shutil.rmtree(copy)
    assert {0, len(states) - 1} <= reached
    assert len(reached) > len(states) // 2
    print(f"{len(sizes)} cuts, {len(reached)} of {len(states)} states reached")
