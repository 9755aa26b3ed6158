"""A day's steps on stores of 10^4 to 10^6 articles, on SQLite and PostgreSQL, each beside its own figure at 10^4.

`make scale` runs it; FRAMEWIRE_SCALE names other sizes.
"""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from large_store import build_large_store
from scale_steps import Step, iter_steps
from sqlalchemy import Engine, text

from framewire.store import copy_store, open_store
from postgres_server import NoPostgresError, postgres_url

OUTLETS, PER_DAY = 100, 10
SIZES = [int(size) for size in os.environ.get("FRAMEWIRE_SCALE", "10000").split(",")]


@pytest.fixture(scope="module")
def server() -> Iterator[str | None]:
    """A PostgreSQL server, or None where there is none."""
    try:
        with postgres_url() as url:
            yield url
    except NoPostgresError:
        yield None


def test_a_days_steps_on_stores_of_every_size(tmp_path: Path, server: str | None) -> None:
    smallest: dict[tuple[str, str], float] = {}
    for size in SIZES:
        path = tmp_path / f"{size}.sqlite"
        build_large_store(path, n_outlets=OUTLETS, n_days=size // (OUTLETS * PER_DAY), per_day=PER_DAY)
        urls = [f"sqlite:///{path}"]
        if server is not None:
            urls.insert(0, _copy(urls[0], server, size))
        for url in urls:
            kind = url.partition(":")[0].partition("+")[0]
            for step in _measure(url):
                base = smallest.setdefault((kind, step.name), step.seconds)
                times = f"{step.seconds:8.2f} s, {step.cpu_seconds:8.2f} of CPU here"
                print(f"{kind:10} {size:>9,}  {step.name:26} {times}  {step.seconds / base:6.1f} x")
                assert step.n or "nothing" in step.name or "no label" in step.name or "nowhere" in step.name


def _copy(source: str, server: str, size: int) -> str:
    """The store copied into a database of its own, which is told what it holds."""
    admin = _open_raw(server)
    with admin.connect() as conn:
        conn.execute(text(f"CREATE DATABASE scale{size}"))
    admin.dispose()
    url = server.replace("/postgres?", f"/scale{size}?")
    began = time.perf_counter()
    copied = copy_store(source, url, progress=lambda _table, _done, _total: None)
    rows = sum(one.n_rows for one in copied)
    print(f"copied and verified {rows:,} rows in {time.perf_counter() - began:.1f} s")
    engine = _open_raw(url)
    with engine.connect() as conn:
        conn.execute(text("ANALYZE"))
    engine.dispose()
    return url


def _open_raw(url: str) -> Engine:
    from sqlalchemy import create_engine

    return create_engine(url, isolation_level="AUTOCOMMIT")


@contextmanager
def _opened(url: str) -> Iterator[Engine]:
    engine = open_store(url)
    try:
        yield engine
    finally:
        engine.dispose()


def _measure(url: str) -> Iterator[Step]:
    with _opened(url) as engine:
        yield from iter_steps(engine)
