"""Checking a store."""

from collections.abc import Iterator

from sqlalchemy import ColumnElement, Connection, Engine, exists, func, inspect, or_, select, text

from framewire.errors import StoreCorrupt
from framewire.store.engine import reading
from framewire.store.schema import articles, labellings, mentions, metadata, passages, versions
from framewire.store.writes import text_hash

SHOWN_PROBLEMS = 20
"""Problems told of one kind; a damaged store has thousands, and the first ones say what happened."""


def check_store(engine: Engine) -> list[str]:
    """What is wrong with the store, in words; empty if nothing is. It reads everything, so it takes a while."""
    try:
        with reading(engine) as conn:
            damage = list(_find_damage(conn)) if conn.dialect.name == "sqlite" else []
            damage += _find_lost_tables(conn)
            return damage or [*_find_lost_versions(conn), *_find_changed_texts(conn), *_find_wrong_spans(conn)]
    except StoreCorrupt as error:
        return [str(error)]


def _find_damage(conn: Connection) -> Iterator[str]:
    """What SQLite itself finds: broken pages and indexes, rows that point nowhere."""
    found = conn.execute(text(f"PRAGMA integrity_check({SHOWN_PROBLEMS})")).scalars().all()
    yield from (f"file: {line}" for line in found if line != "ok")
    for row in conn.execute(text("PRAGMA foreign_key_check")).fetchmany(SHOWN_PROBLEMS):
        yield f"{row[0]}: row {row[1]} points at a row of {row[2]} that does not exist"


def _find_lost_tables(conn: Connection) -> Iterator[str]:
    """Tables of ours that are not there."""
    lost = sorted(metadata.tables.keys() - inspect(conn).get_table_names())
    yield from (f"the table {name} is missing" for name in lost[:SHOWN_PROBLEMS])


def _find_lost_versions(conn: Connection) -> Iterator[str]:
    """Articles without a text, and gaps in the numbers of their versions."""
    here = versions.c.article_id == articles.c.id
    lost = select(articles.c.id).where(~exists().where(here)).limit(SHOWN_PROBLEMS)
    yield from (f"article {number} has no text" for number in conn.execute(lost).scalars())
    gaps = (
        select(versions.c.article_id)
        .group_by(versions.c.article_id)
        .having(or_(func.max(versions.c.number) != func.count(), func.min(versions.c.number) != 1))
        .limit(SHOWN_PROBLEMS)
    )
    yield from (f"article {number} lacks one of its versions" for number in conn.execute(gaps).scalars())


def _find_changed_texts(conn: Connection) -> Iterator[str]:
    """Versions whose text is not the one that was stored. Labels are spans of it."""
    query = select(versions.c.id, versions.c.text, versions.c.text_hash).execution_options(yield_per=1000)
    changed = (number for number, stored, digest in conn.execute(query) if text_hash(stored) != digest)
    for _, number in zip(range(SHOWN_PROBLEMS), changed, strict=False):
        yield f"version {number}: the text does not have the SHA-256 that was stored with it"


def _find_wrong_spans(conn: Connection) -> Iterator[str]:
    """Passages that leave their text, and mentions whose words do not stand where they should."""
    surface = func.substr(versions.c.text, mentions.c.span_start + 1, mentions.c.span_end - mentions.c.span_start)
    wrong: list[tuple[str, ColumnElement[int], ColumnElement[bool]]] = [
        ("passage", passages.c.id, passages.c.span_end > func.length(versions.c.text)),
        ("mention", mentions.c.id, surface != mentions.c.text),
    ]
    for name, key, condition in wrong:
        table = key.table
        labelled = versions.join(labellings).join(table, table.c.labelling_id == labellings.c.id)
        query = select(key, versions.c.id).select_from(labelled).where(condition).limit(SHOWN_PROBLEMS)
        for number, version_id in conn.execute(query):
            yield f"{name} {number}: its span does not fit the text of version {version_id}"
