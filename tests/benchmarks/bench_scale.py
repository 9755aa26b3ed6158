"""A day's steps on stores of 10^4 to 10^6 articles, on SQLite and PostgreSQL, each beside its own figure at 10^4.

`make scale` runs it; FRAMEWIRE_SCALE names other sizes. Where the machine is shared, trust the seconds of CPU.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from large_store import build_large_store
from measure import run_apart, tree_cpu_seconds
from scale_steps import Step, iter_steps
from sqlalchemy import Engine, create_engine, text

from framewire.store import open_store
from postgres_server import NoPostgresError, postgres_url

OUTLETS, PER_DAY = 100, 10
SIZES = [int(size) for size in os.environ.get("FRAMEWIRE_SCALE", "10000").split(",")]
# What is not to be found, and so counts nothing.
FINDS_NOTHING = ("claim, nothing left", "count what has no label", "search, found nowhere")


@pytest.fixture(scope="module")
def server() -> Iterator[str | None]:
    """A PostgreSQL server, or None where there is none."""
    try:
        with postgres_url() as url:
            yield url
    except NoPostgresError:
        yield None


def test_a_days_steps_on_stores_of_every_size(tmp_path: Path, server: str | None) -> None:
    smallest: dict[tuple[str, str], Step] = {}
    for size in SIZES:
        path = tmp_path / f"{size}.sqlite"
        build_large_store(path, n_outlets=OUTLETS, n_days=size // (OUTLETS * PER_DAY), per_day=PER_DAY)
        print(f"\nsqlite     {size:>9,}  {path.stat().st_size / 2**20:,.0f} MB on disk")
        urls = [f"sqlite:///{path}"]
        if server is not None:
            urls.insert(0, _copy(urls[0], server, size))
        for url in urls:
            kind = url.partition(":")[0].partition("+")[0]
            for step in _measure(url):
                print(_describe(kind, size, step, smallest.setdefault((kind, step.name), step)))
                assert bool(step.n) == (step.name not in FINDS_NOTHING)


def _describe(kind: str, size: int, step: Step, base: Step) -> str:
    """A line: seconds by the wall and of CPU, how many times those of the smallest store, and the same of rows."""
    grown = step.all_cpu_seconds / max(base.all_cpu_seconds, 0.01)
    read = f"  {step.n / base.n:5.1f} x as many rows" if base.n else ""
    spent = f"{step.seconds:8.2f} s, CPU {step.cpu_seconds:7.2f} + {step.server_seconds:7.2f}"
    return f"{kind:10} {size:>9,}  {step.name:26} {spent}  {grown:6.1f} x{read}"


def _copy(source: str, server: str, size: int) -> str:
    """The store copied into a database of its own, which is told what it holds."""
    with _opened_raw(server) as admin, admin.connect() as conn:
        conn.execute(text(f"CREATE DATABASE scale{size}"))
    url = server.replace("/postgres?", f"/scale{size}?")
    before = _server_cpu(url)()
    told = run_apart("copy_once.py", source, url)
    with _opened_raw(url) as engine, engine.connect() as conn:
        conn.execute(text("ANALYZE"))
        held = conn.execute(text("SELECT pg_database_size(current_database())")).scalar_one()
    print(
        f"copy       {size:>9,}  {told['rows']:,} rows in {told['copied_seconds']:.1f} s, verified after {told['seconds']:.1f} s, "
        f"CPU {told['cpu']:.1f} + {_server_cpu(url)() - before:.1f}, most memory {told['peak_mb']:.0f} MB"
    )
    print(f"postgresql {size:>9,}  {held / 2**20:,.0f} MB on disk")
    return url


def _server_cpu(url: str) -> Callable[[], float]:
    """What tells the seconds of CPU of the server of an address; 0 of a file."""
    if not url.startswith("postgresql"):
        return lambda: 0.0
    lines = (Path(url.rpartition("host=")[2]) / "data" / "postmaster.pid").read_text().splitlines()
    return lambda: tree_cpu_seconds(int(lines[0]))


@contextmanager
def _opened_raw(url: str) -> Iterator[Engine]:
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    try:
        yield engine
    finally:
        engine.dispose()


def _measure(url: str) -> Iterator[Step]:
    engine = open_store(url)
    try:
        yield from iter_steps(engine, _server_cpu(url))
    finally:
        engine.dispose()
