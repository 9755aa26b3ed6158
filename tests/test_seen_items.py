"""Items that stand as they stood are not read again, and nothing that is stored comes out otherwise for it."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.sax.saxutils import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, select

from framewire.ingest.answers import Answer, PollSettings, read_answer
from framewire.ingest.fetch import Fetched
from framewire.ingest.items import RawItem, find_fingerprint
from framewire.ingest.parse import parse_feed
from framewire.ingest.schedule import wants_unconditional
from framewire.records import (
    FeedOutcome,
    FeedState,
    PollStatus,
    SeenItem,
    pack_items,
    unpack_fingerprints,
    unpack_items,
)
from framewire.store import get_feed_states, open_store, reading, record_poll, transaction
from framewire.store.schema import articles, entries, polls, versions
from store_cases import NEWS, NOW, fill

HOUR = timedelta(hours=1)
SETTINGS = PollSettings(user_agent="test")


@dataclass(frozen=True)
class Item:
    """An item of a document; None is what it does not have."""

    guid: str | None
    page: int
    title: str
    text: str
    minute: int | None

    def write(self) -> str:
        guid = f'<guid isPermaLink="false">{self.guid}</guid>' if self.guid else ""
        date = f"<pubDate>Tue, 24 Nov 2026 04:{self.minute:02} GMT</pubDate>" if self.minute is not None else ""
        return (
            f"<item>{guid}<link>https://north.example/{self.page}</link><title>{escape(self.title)}</title>{date}"
            f"<description>{escape(self.text)}</description></item>"
        )


def write_feed(items: Sequence[Item]) -> bytes:
    body = "".join(item.write() for item in items)
    return f'<rss version="2.0"><channel><title>North</title>{body}</channel></rss>'.encode()


TITLES = ("The council reads the gauge at the dam again", "Water at the lake stands low, says the office", "Short")
TEXTS = (
    "",
    "<p>The level fell by a hand.</p>",
    "The boats of the valley stay in the harbour until the spring, it said.",
)
ITEMS = st.builds(
    Item,
    guid=st.sampled_from(["a", "b", "c", "d", None]),
    page=st.integers(1, 4),
    title=st.sampled_from(TITLES),
    text=st.sampled_from(TEXTS),
    minute=st.sampled_from([None, 5, 30]),
)
DOCUMENTS = st.lists(st.lists(ITEMS, max_size=6), min_size=2, max_size=6)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("seen") / "template.sqlite"
    fill(f"sqlite:///{path}")
    return path


def poll(engine: Engine, body: bytes, *, step: int, with_memory: bool) -> FeedOutcome:
    """Polls as a run does, but for the network; without memory every item is read."""
    at = NOW + step * HOUR
    with transaction(engine) as conn:
        state = get_feed_states(conn)[NEWS.url]
        asked = state if with_memory else replace(state, seen_items=None)
        outcome = read_answer(answer_of(body, asked), settings=SETTINGS, now=at)
        record_poll(conn, outcome, run_id=None, seen_at=at)
    return outcome


def answer_of(body: bytes, state: FeedState, *, is_conditional: bool = True) -> Answer:
    return Answer(NEWS, state, Fetched(NEWS.url, 200, body), 0.1, False, is_conditional)


def list_stored(engine: Engine) -> dict[str, list[tuple[object, ...]]]:
    with reading(engine) as conn:
        told = select(polls.c.status, polls.c.n_entries, polls.c.n_new, polls.c.n_changed, polls.c.message)
        found = {
            table.name: conn.execute(select(table).order_by(table.c.id)) for table in (articles, entries, versions)
        }
        found["polls"] = conn.execute(told.order_by(polls.c.id))
        return {name: [tuple(row) for row in rows] for name, rows in found.items()}


@given(documents=DOCUMENTS)
@settings(deadline=None, max_examples=15)
def test_what_is_stored_is_the_same_as_if_all_were_read(documents: list[list[Item]], template: Path) -> None:
    stored = []
    for with_memory in (True, False):
        path = template.with_name(f"{with_memory}.sqlite")
        shutil.copy(template, path)
        engine = open_store(f"sqlite:///{path}")
        for step, items in enumerate(documents):
            poll(engine, write_feed(items), step=step, with_memory=with_memory)
        stored.append(list_stored(engine))
        engine.dispose()
    assert stored[0] == stored[1]


def test_only_what_is_new_or_changed_is_read(engine: Engine) -> None:
    first = [Item(name, n, f"{TITLES[0]} {name}", TEXTS[1], n) for n, name in enumerate("abcd")]
    changed = replace(first[1], title="Another title of eight words, for once, here")
    second = [Item("e", 9, "A new one at the top", "", 40), first[0], changed, first[2]]
    poll(engine, write_feed(first), step=0, with_memory=True)
    outcome = poll(engine, write_feed(second), step=1, with_memory=True)
    assert [entry.identity for entry in outcome.entries] == ["e", "b"]
    assert len(outcome.seen_again) == 2
    assert outcome.message.startswith("4 entries")
    with reading(engine) as conn:
        seen = {
            row.identity: row.last_seen_at for row in conn.execute(select(entries.c.identity, entries.c.last_seen_at))
        }
        remembered = unpack_items(get_feed_states(conn)[NEWS.url].seen_items)
    assert {name for name, at in seen.items() if at == NOW + HOUR} == {"a", "b", "c", "e"}
    assert len(remembered) == 4


def test_once_a_day_everything_is_read(engine: Engine) -> None:
    body = write_feed([Item("a", 1, TITLES[0], TEXTS[1], 5)])
    poll(engine, body, step=0, with_memory=True)
    with reading(engine) as conn:
        state = get_feed_states(conn)[NEWS.url]
    fresh = replace(state, body_hash=None)
    for is_conditional, n_read in ((True, 0), (False, 1)):
        outcome = read_answer(answer_of(body, fresh, is_conditional=is_conditional), settings=SETTINGS, now=NOW + HOUR)
        assert (outcome.status, len(outcome.entries)) == (PollStatus.OK, n_read)


def test_a_feed_without_validators_is_read_as_a_whole_after_a_day(engine: Engine) -> None:
    for hours in range(30):
        body = write_feed([Item("a", 1, TITLES[0], TEXTS[1], 5)]) + b"\n" * hours
        with transaction(engine) as conn:
            state = get_feed_states(conn)[NEWS.url]
            now = NOW + hours * HOUR
            answer = answer_of(body, state, is_conditional=not wants_unconditional(state, now=now))
            outcome = read_answer(answer, settings=SETTINGS, now=now)
            record_poll(conn, outcome, run_id=None, seen_at=now)
        assert len(outcome.entries) == (1 if hours in (0, 24) else 0), hours


def test_an_entry_that_is_gone_from_the_store_is_read_again(engine: Engine) -> None:
    body = write_feed([Item("a", 1, TITLES[0], TEXTS[1], 5)])
    poll(engine, body, step=0, with_memory=True)
    with transaction(engine) as conn:
        conn.execute(entries.delete())
    for step in (1, 2):
        poll(engine, body + b"\n" * step, step=step, with_memory=True)
    with reading(engine) as conn:
        assert conn.execute(select(entries.c.identity)).scalars().all() == ["a"]


@given(
    st.lists(
        st.builds(
            SeenItem,
            st.integers(0, 2**64 - 1),
            st.integers(1, 2**62),
            st.none() | st.datetimes(timezones=st.just(UTC)),
        ),
        unique_by=lambda item: item.fingerprint,
    )
)
def test_items_come_back_as_they_were_packed(items: list[SeenItem]) -> None:
    packed = pack_items(items)
    assert list(unpack_items(packed).values()) == items
    assert unpack_fingerprints(packed) == {item.fingerprint for item in items}


@pytest.mark.parametrize("packed", [None, b"", b"seven..", b"x" * 25])
def test_what_is_no_memory_is_none(packed: bytes | None) -> None:
    assert unpack_items(packed) == {}
    assert unpack_fingerprints(packed) == frozenset()


PLAIN = RawItem("g", ("https://north.example/1",), "A title", ("A body",), dates={"published": "Tue, 24 Nov 2026"})


@pytest.mark.parametrize(
    "other",
    [
        replace(PLAIN, guid="h"),
        replace(PLAIN, links=("https://north.example/2",)),
        replace(PLAIN, title="A title."),
        replace(PLAIN, bodies=("A body", "More")),
        replace(PLAIN, plain=frozenset({"A body"})),
        replace(PLAIN, dates={"updated": "Tue, 24 Nov 2026"}),
        replace(PLAIN, language="hy"),
    ],
)
def test_a_fingerprint_is_of_all_that_is_said(other: RawItem) -> None:
    assert find_fingerprint(PLAIN) == find_fingerprint(replace(PLAIN)) != find_fingerprint(other)


def test_a_guid_that_comes_twice_tells_no_item() -> None:
    twice = write_feed([Item("a", 1, TITLES[0], "", 5), Item("a", 2, TITLES[1], "", 5), Item("b", 3, TITLES[2], "", 5)])
    parsed = parse_feed(twice, url=NEWS.url, fetched_at=datetime(2026, 11, 24, 6, tzinfo=UTC))
    assert [entry.fingerprint is None for entry in parsed.entries] == [True, True, False]
