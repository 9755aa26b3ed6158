"""A whole `framewire fetch` over a crowd of feeds, a third of them faulty: what is sound arrives, what is not has its name."""

import math
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from endurance_cases import IS_SOAK
from framewire.store import check_store, open_store, reading
from press_crowd import N_ITEMS, Member, build_crowd, serve_crowd, write_feed_list
from test_cli import invoke, write_seeds

N_FEEDS, N_SLOW = (1_000, 6) if IS_SOAK else (60, 2)
MAX_MB = 500
MAX_HOSTS, FETCH_SECONDS = 20, 15.0
# Source: what reading one feed may take at most (20 s), and a start on a busy machine.
READ_SECONDS, START_SECONDS = 20.0, 60.0
NOW = "2026-11-24T02:20:00+00:00"


def limit_seconds() -> float:
    """The longest that the limits allow: every feed on a host of its own takes all that it may, some hosts at once."""
    return START_SECONDS + math.ceil(N_FEEDS / MAX_HOSTS) * (FETCH_SECONDS + READ_SECONDS)


def read_memory_mb(pid: int) -> dict[int, float]:
    """What a process and its living children hold now, by process; what some of them share is shared among them (PSS)."""
    found = {}
    for number in (pid, *_children(pid)):
        try:
            lines = Path(f"/proc/{number}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        found[number] = sum(int(line.split()[1]) / 1024 for line in lines if line.startswith("Pss:"))
    return found


def _children(pid: int) -> list[int]:
    found: list[int] = []
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            for child in map(int, path.read_text().split()):
                found += [child, *_children(child)]
        except OSError:
            continue
    return found


@contextmanager
def watched_memory(pid: int) -> Iterator[list[dict[int, float]]]:
    """A block during which the memory of a process and its children is watched; the last one has the highest sum."""
    highest: list[dict[int, float]] = [{}]
    over = threading.Event()

    def watch() -> None:
        while not over.wait(0.25):
            highest.append(max(highest[-1], read_memory_mb(pid), key=lambda held: sum(held.values())))

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield highest
    finally:
        over.set()
        thread.join()


def write_workspace(tmp_path: Path, members: Sequence[Member], port: int) -> Path:
    """A workspace without a model that reads the crowd."""
    watch, seeds = tmp_path / "watch", write_seeds(tmp_path / "seeds")
    (seeds / "passages" / "dam.jsonl").write_text('{"about": "none: no model is needed"}\n')
    assert invoke("init", str(watch), "--seeds", str(seeds), "--now", NOW).exit_code in (0, 1, 3)
    (watch / "feeds.yaml").write_text(write_feed_list(members, port))
    limits = f"max_hosts = {MAX_HOSTS}\ndeadline_seconds = {FETCH_SECONDS}\n"
    settings = (watch / "framewire.toml").read_text()
    (watch / "framewire.toml").write_text(f'allow_private = ["127.0.0.0/8:{port}"]\n{limits}{settings}')
    return watch


def fetch(watch: Path) -> tuple[str, dict[int, float]]:
    """What `framewire fetch`, in a process of its own, printed, and the most memory that it and its children held, in MB."""
    program = "from framewire.cli import main; main()"
    command = [sys.executable, "-c", program, "fetch", "-w", str(watch), "--now", NOW]
    environment = {**os.environ, "PYTHONWARNINGS": "ignore"}
    with (
        subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as process,
        watched_memory(process.pid) as highest,
    ):
        try:
            out, err = process.communicate(timeout=limit_seconds())
        except BaseException:
            process.kill()
            raise
    assert process.returncode in (0, 3), err
    assert "Traceback" not in err
    return out, highest[-1]


def read_ends(watch: Path) -> tuple[dict[str, Any], dict[str, int]]:
    """How the poll of each address ended, and how many articles of each outlet are stored."""
    engine = open_store(f"sqlite:///{watch}/framewire.sqlite")
    with reading(engine) as conn:
        polls = "SELECT f.url, p.status, p.n_entries, p.message FROM polls p JOIN feeds f ON f.id = p.feed_id"
        ended = {row.url: row for row in conn.execute(text(polls))}
        n_articles = "SELECT outlet_id, count(*) AS n FROM articles GROUP BY outlet_id"
        stored = {row.outlet_id: row.n for row in conn.execute(text(n_articles))}
    assert check_store(engine) == []
    engine.dispose()
    return ended, stored


@pytest.mark.soak
@pytest.mark.slow
def test_a_crowd_with_faults_among_it(tmp_path: Path) -> None:
    members = build_crowd(N_FEEDS, n_slow=N_SLOW)
    with serve_crowd(members) as server:
        watch = write_workspace(tmp_path, members, server.port)
        out, held = fetch(watch)
    peak_mb = sum(held.values())
    print(f"{N_FEEDS} feeds, peak {peak_mb:.0f} MB with children; {out.strip()}")
    assert f"{N_FEEDS} of {N_FEEDS} feeds asked" in out
    assert peak_mb < MAX_MB, held
    ended, stored = read_ends(watch)
    wrong = []
    for member in members:
        row, n_stored = ended[member.url(server.port)], stored.get(f"paper{member.number}", 0)
        statuses, n_expected = (
            (["ok"], N_ITEMS) if member.case is None else (member.case.status.split("|"), member.case.n_entries)
        )
        if row.status not in statuses or (row.n_entries, n_stored) != (n_expected, n_expected):
            wrong.append((member.case.name if member.case else "sound", tuple(row), n_stored))
    assert wrong == []
