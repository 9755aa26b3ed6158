"""A feed that changes its guids or addresses floods nobody, and hides nothing: six kinds of churn over thirty polls."""

import os
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection, Engine, func, select

from framewire.ingest.identity import build_identity, canonical_url
from framewire.records import Entry, Feed, Outlet
from framewire.store import read_articles, sync_feed_list, transaction
from framewire.store.entries import MAX_IDENTITIES
from framewire.store.schema import articles, entries, versions
from store_cases import NOW, poll

N_POLLS = 30
LENGTH = 14
SOAK = os.environ.get("FRAMEWIRE_SOAK") == "1"
N_FEEDS = 100 if SOAK else 3
HOUR = timedelta(hours=1)
WORDS = [
    "board",
    "lake",
    "gauge",
    "spring",
    "harbour",
    "council",
    "engineer",
    "village",
    "reading",
    "level",
    "dam",
    "river",
    "bridge",
    "boat",
    "minister",
    "report",
    "week",
    "farmer",
    "pump",
    "field",
    "road",
    "winter",
    "valley",
    "treaty",
    "letter",
    "office",
    "water",
    "stone",
    "court",
    "market",
    "school",
    "line",
    "north",
    "south",
]


@dataclass(frozen=True)
class Item:
    """What an outlet published, whatever its feed calls it."""

    number: int
    title: str
    text: str
    published_at: datetime | None

    @property
    def path(self) -> str:
        return f"news/{self.number}"


@dataclass(frozen=True)
class Told:
    """An item as one poll tells it."""

    item: Item
    guid: str | None
    link: str | None


Churn = Callable[[list[Item], int, random.Random], list[Told]]


def plainly(item: Item) -> Told:
    return Told(item, f"tag:{item.number}", f"https://lake.example/{item.path}")


def all_guids_changed(items: list[Item], step: int, _chance: random.Random) -> list[Told]:
    return [replace(plainly(item), guid=f"{item.number}-{step // 10}") for item in items]


def guids_changed_at_every_poll(items: list[Item], step: int, _chance: random.Random) -> list[Told]:
    return [replace(plainly(item), guid=f"{item.number}?{step}") for item in items]


def links_changed(items: list[Item], step: int, _chance: random.Random) -> list[Told]:
    return [replace(plainly(item), link=f"https://r{step}.lake.example/go/{step}/{item.path}") for item in items]


def both_changed(items: list[Item], step: int, _chance: random.Random) -> list[Told]:
    era = step // 7
    return [Told(item, f"{era}:{item.number}", f"https://lake{era}.example/{era}/{item.path}") for item in items]


def guid_missing_then_there(items: list[Item], step: int, _chance: random.Random) -> list[Told]:
    bare = [replace(plainly(item), guid=None) for item in items]
    nothing = [Told(item, None, None) for item in items]
    return [bare, [plainly(item) for item in items], nothing][step // 5 % 3]


def order_and_guids_repeated(items: list[Item], _step: int, chance: random.Random) -> list[Told]:
    told = [replace(plainly(item), guid=f"section-{item.number % 3}") for item in items]
    told += chance.sample(told, len(told) // 3)
    chance.shuffle(told)
    return told


KINDS: tuple[Churn, ...] = (
    all_guids_changed,
    guids_changed_at_every_poll,
    links_changed,
    both_changed,
    guid_missing_then_there,
    order_and_guids_repeated,
)


def as_entry(told: Told) -> Entry:
    """What the parser would give."""
    item = told.item
    url = canonical_url(told.link) if told.link else None
    identity = build_identity(told.guid, url, item.title, text=item.text, published_at=item.published_at)
    return Entry(identity, url, item.title, item.text, published_at=item.published_at)


def publish(numbers: Sequence[int], chance: random.Random, *, seed: int, at: datetime) -> list[Item]:
    """New items; one feed in three has headlines alone, one has no dates."""
    return [
        Item(
            number,
            f"{' '.join(chance.sample(WORDS, 7))} {number}",
            f"{' '.join(chance.choices(WORDS, k=30))} {number}." if seed % 3 else "",
            None if seed % 3 == 1 else at,
        )
        for number in numbers
    ]


@dataclass
class Outcome:
    """What a simulation came to."""

    n_published: int = 0
    n_new: int = 0
    n_changed: int = 0


def simulate(conn: Connection, feed: Feed, churn: Churn, *, seed: int) -> Outcome:
    """Thirty polls of one feed, an hour apart, with none to three new items each."""
    chance, outcome, shown = random.Random(seed), Outcome(), list[Item]()
    for step in range(N_POLLS):
        n = LENGTH if step == 0 else chance.choice([0, 0, 1, 2, 3])
        at = NOW + step * HOUR
        fresh = publish(range(outcome.n_published, outcome.n_published + n), chance, seed=seed, at=at)
        outcome.n_published += n
        shown = [*reversed(fresh), *shown][:LENGTH]
        counts = poll(conn, *map(as_entry, churn(shown, step, chance)), feed=feed, at=at)
        outcome.n_new += counts.new
        outcome.n_changed += counts.changed
    return outcome


@pytest.mark.parametrize("churn", KINDS, ids=lambda churn: churn.__name__)
@pytest.mark.soak
def test_no_flood_and_nothing_lost(engine: Engine, churn: Churn) -> None:
    feeds = [Feed(f"https://lake.example/{n}.xml", f"lake{n}", "en") for n in range(N_FEEDS)]
    with transaction(engine) as conn:
        sync_feed_list(conn, [Outlet(feed.outlet_id, "Lake", "norland", "XX", (feed,)) for feed in feeds])
    for seed, feed in enumerate(feeds):
        with transaction(engine) as conn:
            outcome = simulate(conn, feed, churn, seed=seed)
            stored = read_articles(conn)
            texts = set(stored.loc[stored["outlet"] == feed.outlet_id, "title"])
        assert (outcome.n_new, outcome.n_changed) == (outcome.n_published, 0), f"seed {seed}"
        assert len(texts) == outcome.n_published, f"seed {seed}"
    with transaction(engine) as conn:
        n_articles = conn.execute(select(func.count()).select_from(articles)).scalar_one()
        assert conn.execute(select(func.count()).select_from(versions)).scalar_one() == n_articles
        assert conn.execute(select(func.count()).select_from(entries)).scalar_one() <= MAX_IDENTITIES * n_articles
