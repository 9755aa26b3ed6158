"""Counts by day made in the database, on both databases, held against counting by hand."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Engine

from framewire.store import (
    Only,
    Stretch,
    add_labels,
    claim_versions_to_label,
    count_articles,
    count_mentions,
    count_narratives,
    explore_articles,
    find_texts,
    reading,
    transaction,
)
from store_cases import NOW, OTHER, add_pair, entry, labelled, poll

DAY = timedelta(days=1)
# Two days of 24 hours, one of 25, two of 24 again: as around a clock change.
STRETCHES = [
    Stretch(0, NOW, NOW + 2 * DAY, 86_400),
    Stretch(2, NOW + 2 * DAY, NOW + 3 * DAY + timedelta(hours=1), 90_000),
    Stretch(3, NOW + 3 * DAY + timedelta(hours=1), NOW + 5 * DAY + timedelta(hours=1), 86_400),
]


def fill(engine: Engine) -> None:
    """A first poll with two old articles, then one article every ten hours, some of the other outlet; most are labelled."""
    with transaction(engine) as conn:
        old = [entry(f"old{n}", f"Old {n}", published_at=NOW + n * DAY) for n in range(2)]
        poll(conn, *old, at=NOW + 4 * DAY)
        poll(conn, entry("s-first", url="https://south.example/first"), feed=OTHER, at=NOW - 9 * DAY)
        for n in range(11):
            at = NOW + timedelta(hours=10 * n)
            feed = {"feed": OTHER} if n % 3 == 0 else {}
            new = entry(f"n{n}", f"Word {n}", url=f"https://x.example/{n}", published_at=at)
            poll(conn, new, at=at, **feed)
    with transaction(engine) as conn:
        pair = add_pair(conn)
        claimed = claim_versions_to_label(conn, **pair, limit=10)
        labels = [labelled(version, relevant=i % 2 == 0) for i, version in enumerate(claimed)]
        add_labels(conn, labels, **pair, labelled_at=NOW)


def day_of(moment: datetime) -> int:
    return (sum(moment >= stretch.start for stretch in STRETCHES[1:]) and _later(moment)) or (moment - NOW) // DAY


def _later(moment: datetime) -> int:
    stretch = STRETCHES[2] if moment >= STRETCHES[2].start else STRETCHES[1]
    return stretch.first + (moment - stretch.start) // timedelta(seconds=stretch.day_seconds)


def count_by_hand(rows: list[dict[str, Any]], keep: Any) -> dict[tuple[int, str], int]:
    counts: dict[tuple[int, str], int] = {}
    for row in rows:
        moment = row["counted_at"]
        if STRETCHES[0].start <= moment < STRETCHES[-1].end and keep(row):
            key = (day_of(moment.to_pydatetime()), row["outlet"])
            counts[key] = counts.get(key, 0) + 1
    return counts


def test_counts_are_those_of_the_rows(engine: Engine) -> None:
    fill(engine)
    with reading(engine) as conn:
        rows: list[dict[str, Any]] = explore_articles(conn, Only()).to_dict("records")
        counted = count_articles(conn, STRETCHES, by=("outlet",), only=Only())
        mentions = count_mentions(conn, STRETCHES, by=("outlet",), only=Only(), referent="place")
        narratives = count_narratives(conn, STRETCHES, by=("outlet",), only=Only(), narrative="blame")
    known = [row for row in rows if row["counted_at"] is not None and row["counted_at"] == row["counted_at"]]
    by_item = {item: own.set_index(["day", "outlet"]) for item, own in counted.groupby("item")}
    assert by_item["unlabelled"]["total"].to_dict() == count_by_hand(known, lambda row: True)
    unknown = by_item["unlabelled"]["n"]
    assert unknown[unknown > 0].to_dict() == count_by_hand(known, lambda row: row["state"] == "unlabelled")
    relevant = count_by_hand(known, lambda row: row["relevant"] is True)
    found = by_item["relevant"]["n"]
    assert found[found > 0].to_dict() == relevant
    assert mentions.set_index(["day", "outlet"])["n"].to_dict() == relevant
    assert narratives.set_index(["day", "outlet"])["total"].to_dict() == relevant
    assert not narratives["n"].any()  # it is denied wherever it stands


def test_filters_hold_counts_too(engine: Engine) -> None:
    fill(engine)
    with reading(engine) as conn:
        south = count_articles(conn, STRETCHES, by=(), only=Only(outlets=("south",)))
        none = count_mentions(conn, STRETCHES, by=(), only=Only(groups=("nobody",)), referent="place")
        every = count_articles(conn, STRETCHES, by=("language", "group", "country"), only=Only())
    assert south["total"].sum() > 0
    assert len(none) == 0
    assert list(every.columns) == ["day", "language", "group", "country", "item", "n", "total"]
    assert every.loc[every["language"] == "ru", "total"].sum() == south["total"].sum()


def test_words_stand_for_themselves(engine: Engine) -> None:
    with transaction(engine) as conn:
        poll(conn, entry("1", "A rise of 100% here"), entry("2", "A rise of 1000 here"), at=NOW)
    with reading(engine) as conn:
        found = [version.title for version in find_texts(conn, Only(), words=[["100%"]])]
        both = [version.title for version in find_texts(conn, Only(), words=[["RISE"], ["x", "1000"]])]
        ahead = list(find_texts(conn, Only(since=datetime(2030, 1, 1, tzinfo=UTC)), words=[["rise"]]))
    assert found == ["A rise of 100% here"]
    assert both == ["A rise of 1000 here"]
    assert ahead == []
