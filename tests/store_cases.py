"""What the tests of the store share: databases to run on, and short ways to poll and to label."""

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, create_engine, make_url, select, text

from framewire.records import (
    ArticleVersion,
    Entry,
    Feed,
    FeedOutcome,
    FeedState,
    LabelledVersion,
    LabelState,
    NarrativeLabel,
    Outlet,
    Passage,
    PassageLabels,
    PollStatus,
    StoredCounts,
    TermMention,
    Voice,
)
from framewire.store import (
    RULES,
    add_codebook,
    add_model,
    open_store,
    record_poll,
    sync_feed_list,
    transaction,
    upgrade_store,
)
from framewire.store.schema import metadata
from postgres_server import NoPostgresError, postgres_url

NOW = datetime(2026, 3, 1, 6, tzinfo=UTC)
HOUR = timedelta(hours=1)

NEWS = Feed("https://north.example/news.xml", "north", "en")
WORLD = Feed("https://north.example/world.xml", "north", "en")
OTHER = Feed("https://south.example/feed.xml", "south", "ru")
OUTLETS = (
    Outlet("north", "The North", "international", "GB", (NEWS, WORLD)),
    Outlet("south", "The South", "international", "RU", (OTHER,)),
)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The address of a server, started once; skipped without the programs unless FRAMEWIRE_REQUIRE_ALL=1."""
    yield from _run_server()


@pytest.fixture(scope="module")
def own_server() -> Iterator[str]:
    """The same of a server that a module may restart."""
    yield from _run_server()


def _run_server() -> Iterator[str]:
    try:
        with postgres_url() as url:
            yield url
    except NoPostgresError as error:
        if os.environ.get("FRAMEWIRE_REQUIRE_ALL") == "1":
            pytest.fail(str(error))
        pytest.skip(str(error))


@pytest.fixture
def postgres_database(postgres_server: str) -> Iterator[str]:
    """The address of an empty database of that server."""
    url = make_url(postgres_server)
    server = create_engine(url, isolation_level="AUTOCOMMIT")
    with server.connect() as conn:
        conn.execute(text("CREATE DATABASE one_test"))
    yield url.set(database="one_test").render_as_string(hide_password=False)
    with server.connect() as conn:
        conn.execute(text("DROP DATABASE one_test WITH (FORCE)"))
    server.dispose()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database without tables, on SQLite and on PostgreSQL."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'framewire.sqlite'}"
    return str(request.getfixturevalue("postgres_database"))


@pytest.fixture
def store_url(empty_url: str) -> str:
    """The address of a store with the feed list in it."""
    return fill(empty_url)


@pytest.fixture
def engine(store_url: str) -> Iterator[Engine]:
    """An open store with the feed list in it, on SQLite and on PostgreSQL."""
    opened = open_store(store_url)
    yield opened
    opened.dispose()


@pytest.fixture
def sqlite_path(tmp_path: Path) -> Path:
    """The file of a SQLite store with the feed list in it."""
    path = tmp_path / "framewire.sqlite"
    fill(f"sqlite:///{path}")
    return path


def fill(url: str) -> str:
    """Create the tables and the feed list; the address again."""
    upgrade_store(url)
    opened = open_store(url)
    with transaction(opened) as conn:
        sync_feed_list(conn, OUTLETS)
    opened.dispose()
    return url


def entry(identity: str, title: str = "A title", body: str = "A body.", **more: Any) -> Entry:
    """An entry whose address follows from its identity."""
    return Entry(identity, more.pop("url", f"https://north.example/{identity}"), title, body, **more)


def outcome(*entries: Entry, feed: Feed = NEWS, at: datetime = NOW, **more: Any) -> FeedOutcome:
    """A poll that went well."""
    state = FeedState(feed.url, last_polled_at=at, last_success_at=at, next_due_at=at + HOUR)
    result = FeedOutcome(feed, PollStatus.OK, "ok", state, at, 0.5, http_status=200, entries=entries)
    return replace(result, **more)


def poll(conn: Connection, *entries: Entry, feed: Feed = NEWS, at: datetime = NOW) -> StoredCounts:
    """Store a poll that went well."""
    return record_poll(conn, outcome(*entries, feed=feed, at=at), run_id=None, seen_at=at)


def add_pair(conn: Connection, *, model: str = RULES, codebook: str = "book-1") -> dict[str, int]:
    """The rows of a codebook and a model, as arguments for claiming and labelling."""
    return {
        "codebook_row_id": add_codebook(conn, codebook_id="test", version=1, digest=codebook, text="", now=NOW),
        "model_row_id": add_model(conn, name=model, digest=f"{model}-{codebook}", card={}, now=NOW),
    }


def labelled(version: ArticleVersion, *, narrative: str = "blame", relevant: bool = True) -> LabelledVersion:
    """Labels of a version: its headline is the passage, and its first word a mention."""
    word = version.title.split()[0]
    mention = TermMention("place", "one", 0, len(word), word, "word*", Voice.ATTRIBUTED, "an aide")
    label = NarrativeLabel(narrative, 0.75, LabelState.LABELLED, Voice.DENIED, "both", None, ("rule: a", "word: b"))
    passage = Passage(0, 0, version.title_end, version.title)
    return LabelledVersion(
        version.version_id, LabelState.LABELLED, (PassageLabels(passage, relevant, 0.9, (label,), (mention,)),), "note"
    )


def dump(conn: Connection) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table."""
    return {
        table.name: [tuple(row) for row in conn.execute(select(table).order_by(*table.primary_key))]
        for table in metadata.sorted_tables
    }
