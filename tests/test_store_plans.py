"""How queries find their rows: by an index, so that a day costs the same on a store of any size."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, event

from framewire.store import (
    Only,
    claim_versions_to_label,
    find_texts,
    open_store,
    read_articles,
    read_articles_near,
    read_changed_articles,
    read_counted,
    read_mentions,
    read_narratives,
    read_passages,
    reading,
    transaction,
    upgrade_store,
)
from store_cases import NOW, add_pair, entry, poll

DAY = timedelta(days=1)
GROWING = ("articles", "versions", "entries", "labellings", "passages", "mentions", "narratives")
SPAN = {"since": NOW, "until": NOW + DAY}
READS: dict[str, Callable[[Connection], object]] = {
    "articles": lambda conn: read_articles(conn, **SPAN),
    "mentions": lambda conn: read_mentions(conn, **SPAN),
    "narratives": lambda conn: read_narratives(conn, **SPAN),
    "passages": lambda conn: read_passages(conn, **SPAN),
    "coverage": lambda conn: read_counted(conn, [(NOW, NOW + DAY)]),
    "changed": lambda conn: read_changed_articles(conn, since=NOW),
    "near": lambda conn: read_articles_near(conn, **SPAN, within=DAY),
}


@contextmanager
def statements_of(engine: Engine) -> Iterator[list[tuple[str, tuple[object, ...]]]]:
    """What is sent to the database in the block, with its parameters."""
    sent: list[tuple[str, tuple[object, ...]]] = []

    def note(_conn: object, _cursor: object, statement: str, given: tuple[object, ...], *_: object) -> None:
        sent.append((statement, given))

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)


@pytest.mark.parametrize("name", READS)
def test_what_reads_days_walks_through_no_table_that_grows(tmp_path: Path, name: str) -> None:
    url = f"sqlite:///{tmp_path / 'plans.sqlite'}"
    upgrade_store(url)
    engine = open_store(url)
    with statements_of(engine) as sent, reading(engine) as conn:
        READS[name](conn)
    with reading(engine) as conn:
        plans = [
            row.detail
            for statement, given in sent
            if statement.lstrip().startswith("SELECT") and "first_seen_at" in statement
            for row in conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", given)
        ]
    engine.dispose()
    assert plans
    assert [line for line in plans if line.startswith(tuple(f"SCAN {table}" for table in GROWING))] == []


def test_a_block_of_articles_to_be_labelled_is_planned_for_its_own_numbers(engine: Engine) -> None:
    """PostgreSQL plans a statement whose numbers are parameters once for all of them, and so for no block."""
    with transaction(engine) as conn:
        pair = add_pair(conn)
        poll(conn, entry("a"), entry("b"), at=NOW)
    with statements_of(engine) as sent, transaction(engine) as conn:
        found = claim_versions_to_label(conn, **pair, limit=9, below=7)
    assert len(found) == 2
    (claim,) = [statement for statement, _ in sent if "versions.text" in statement]
    assert "versions.id >= 0 AND versions.id < 7" in claim
    assert "labellings.version_id >= 0 AND labellings.version_id < 7" in claim


def test_a_search_that_is_left_early_leaves_no_cursor_open(engine: Engine) -> None:
    with transaction(engine) as conn:
        poll(conn, *(entry(f"a{n}", title=f"Found {n}") for n in range(3)), at=NOW)
    with reading(engine) as conn:
        found = find_texts(conn, Only(), words=[["found"]])
        assert "Found" in next(found).text
        del found
        assert conn.exec_driver_sql("SELECT 1").scalar() == 1
        if conn.dialect.name == "postgresql":
            assert conn.exec_driver_sql("SELECT count(*) FROM pg_cursors WHERE name LIKE 'c\\_%%'").scalar() == 0
