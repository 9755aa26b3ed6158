"""The stage that looks for copies: batch by batch or at once, again or for the first time, it finds the same."""

from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import Engine, select

from framewire.records import Entry, Feed, Outlet
from framewire.store import sync_feed_list, transaction
from framewire.store.schema import copies
from framewire.workflow import copies as stage
from framewire.workflow.copies import find_copies
from store_cases import HOUR, NOW, outcome, poll

WIRE = (
    "The League of Rivers called both banks of the lake to a table in spring, and asked them to leave the gauges to its "
    "engineers until every reading of the last three years has been compared."
)
OTHER_WIRE = (
    "The road authority closed the bridge at Stonefield to lorries on Friday after divers had found cracks in two of its "
    "five piers, and cars may cross one at a time until autumn."
)
OWN = (
    "Fishermen of three villages pulled their boats ashore on Monday, because the harbour of the old town lies dry now."
)
DAY = timedelta(days=1)
FEEDS = [Feed(f"https://{name}.example/feed", name, "en") for name in ("agency", "north", "south", "east")]

# (outlet, day, text): in the order in which they are polled.
PRESS = [
    (0, 0.0, WIRE),
    (1, 0.1, f"NORTHAVEN (Agency) - {WIRE}"),
    (2, 0.2, OWN),
    (3, 2.0, WIRE),
    (0, 2.5, OTHER_WIRE),
    (2, 2.9, f"{WIRE} The mayor was there."),
    (3, 4.9, WIRE),
    (1, 5.0, f"{OTHER_WIRE} Our own report follows."),
    (2, 9.0, WIRE),
]
EXPECTED = {2: 1, 4: 1, 6: 1, 7: 1, 8: 5}


def publish(engine: Engine, n: int) -> datetime:
    """Stores the n-th article of the press; when."""
    outlet, days, text = PRESS[n]
    at = NOW + days * DAY
    url = f"https://{FEEDS[outlet].outlet_id}.example/{n}"
    with transaction(engine) as conn:
        poll(conn, Entry(str(n), url, f"Title of {n}", text), feed=FEEDS[outlet], at=at)
    return at


def as_workspace(engine: Engine) -> Any:
    return SimpleNamespace(engine=engine)


def get_copies(engine: Engine) -> dict[int, int]:
    with transaction(engine) as conn:
        return {row.article_id: row.original_id for row in conn.execute(select(copies))}


@pytest.fixture
def press(engine: Engine) -> Engine:
    """Four outlets that were polled before, so that nothing is a first poll."""
    with transaction(engine) as conn:
        sync_feed_list(conn, [Outlet(feed.outlet_id, feed.outlet_id, "norland", "XX", (feed,)) for feed in FEEDS])
        for feed in FEEDS:
            poll(conn, feed=feed, at=NOW - HOUR)
    return engine


def test_at_once(press: Engine) -> None:
    for n in range(len(PRESS)):
        publish(press, n)
    assert find_copies(as_workspace(press), since=None, now=NOW) == (len(PRESS), len(EXPECTED))
    assert get_copies(press) == EXPECTED
    assert find_copies(as_workspace(press), since=None, now=NOW + HOUR) == (len(PRESS), 0)
    assert get_copies(press) == EXPECTED


@pytest.mark.parametrize("size", [1, 2, 3])
def test_one_after_the_other_and_in_small_batches(press: Engine, size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stage, "BATCH", 1)
    for n in range(0, len(PRESS), size):
        times = [publish(press, m) for m in range(n, min(n + size, len(PRESS)))]
        find_copies(as_workspace(press), since=times[0], now=NOW)
    assert get_copies(press) == EXPECTED


def test_what_a_run_did_not_get_to_is_done_by_the_next(press: Engine) -> None:
    for n in range(5):
        publish(press, n)
    find_copies(as_workspace(press), since=None, now=NOW)
    at = publish(press, 5)
    for n in range(6, len(PRESS)):
        publish(press, n)
    find_copies(as_workspace(press), since=at, now=NOW)
    assert get_copies(press) == EXPECTED


def test_a_changed_text_is_compared_again(press: Engine) -> None:
    publish(press, 0)
    url = "https://north.example/x"
    with transaction(press) as conn:
        poll(conn, Entry("x", url, "Title", OWN), feed=FEEDS[1], at=NOW + HOUR)
    find_copies(as_workspace(press), since=None, now=NOW)
    assert get_copies(press) == {}
    for hours, text, expected in ((2, WIRE, {2: 1}), (3, OWN, {})):
        with transaction(press) as conn:
            poll(conn, Entry("x", url, "Title", text), feed=FEEDS[1], at=NOW + hours * HOUR)
        find_copies(as_workspace(press), since=NOW + hours * HOUR, now=NOW)
        assert get_copies(press) == expected


def test_what_a_first_poll_brings_is_as_old_as_it_says(engine: Engine) -> None:
    with transaction(engine) as conn:
        sync_feed_list(conn, [Outlet(feed.outlet_id, feed.outlet_id, "norland", "XX", (feed,)) for feed in FEEDS])
        for feed, days in zip(FEEDS, (0, -10, -1, 0), strict=True):
            dated = Entry("1", f"https://{feed.outlet_id}.example/1", "Title", WIRE, published_at=NOW + days * DAY)
            poll(conn, dated, feed=feed, at=NOW)
    assert find_copies(as_workspace(engine), since=None, now=NOW) == (4, 2)
    assert get_copies(engine) == {1: 3, 4: 3}


def test_nothing_is_nothing(press: Engine) -> None:
    assert find_copies(as_workspace(press), since=None, now=NOW) == (0, 0)
    with transaction(press) as conn:
        poll(conn, *outcome(Entry("a", None, "Alone", WIRE)).entries, feed=FEEDS[0], at=NOW)
    assert find_copies(as_workspace(press), since=NOW, now=NOW) == (1, 0)
