"""The sample press: as large, as mixed and as awkward as it promises to be, and its key fits it."""

import json
import re
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from press import FEED_LENGTH, answer, build_feed, build_json_feed, find_feed_file, load_faults
from ruamel.yaml import YAML

from framewire.errors import NotAFeed
from framewire.ingest.parse import parse_feed
from framewire.records import Entry
from framewire.text import find_passages

SAMPLE = Path(__file__).parents[1] / "seeds" / "sample"
KEY: dict[str, Any] = YAML(typ="safe").load((SAMPLE / "key.yaml").read_text(encoding="utf-8"))
OUTLETS: list[dict[str, Any]] = YAML(typ="safe").load((SAMPLE / "feeds.yaml").read_text(encoding="utf-8"))["outlets"]
FEEDS = [outlet["id"] for outlet in OUTLETS]
FIRST, LAST = date(2026, 10, 20), date(2026, 11, 23)
END = datetime(2026, 11, 24, tzinfo=UTC)
# The shortest run of words that two reports share by chance only in a set phrase or a quotation of the same sentence.
RUN = 12


Items = dict[str, dict[str, Entry]]


def read_feed(name: str, moment: datetime = END, *, length: int = FEED_LENGTH) -> list[Entry]:
    """The entries that the feed shows at a moment, faults left aside."""
    found = answer(SAMPLE, name, moment, length=length)
    url = f"http://{name}.press.example/feed"
    return list(parse_feed(found.body, url=url, fetched_at=moment, content_type=found.content_type).entries)


@pytest.fixture(scope="module")
def items() -> Items:
    """The items of every feed by their names in the key, in their newest versions."""
    return {name: {entry.identity.partition("?")[0]: entry for entry in read_feed(name, length=1000)} for name in FEEDS}


@pytest.fixture(scope="module")
def named(items: Items) -> dict[str, Entry]:
    """All items by their name in the key."""
    return {key: entry for own in items.values() for key, entry in own.items()}


def list_days(items: Items) -> list[date]:
    """The day of every dated item."""
    return [entry.published_at.date() for own in items.values() for entry in own.values() if entry.published_at]


def test_it_is_as_large_as_it_promises(items: Items) -> None:
    days = set(list_days(items))
    assert len(FEEDS) >= 12
    assert sum(map(len, items.values())) >= 350
    assert days == {FIRST + timedelta(days=i) for i in range((LAST - FIRST).days + 1)}
    assert {outlet["group"] for outlet in OUTLETS} == {
        "armenian",
        "azerbaijani",
        "international",
        "russian",
        "turkish",
    }
    assert {outlet["feeds"][0]["language"] for outlet in OUTLETS} == {"en", "hy", "az", "ru", "tr", "fr"}


def test_weekdays_are_full_and_sundays_thin(items: Items) -> None:
    by_weekday = Counter(day.weekday() for day in list_days(items))
    working = sum(by_weekday[day] for day in range(5)) / 5
    assert by_weekday[6] < by_weekday[5] < working


def test_every_kind_of_feed_is_there() -> None:
    kinds = Counter(
        "json" if path.suffix == ".json" else re.search(r"<(rss|feed|rdf:RDF)", path.read_text()).group(1)  # type: ignore[union-attr]
        for path in (find_feed_file(SAMPLE, name) for name in FEEDS)
        if path
    )
    assert set(kinds) == {"rss", "feed", "rdf:RDF", "json"}


@pytest.mark.parametrize("path", sorted(SAMPLE.iterdir()), ids=lambda path: path.name)
def test_every_file_says_that_it_is_invented(path: Path) -> None:
    if path.suffix in (".xml", ".json", ".yaml"):
        assert "invented" in path.read_text(encoding="utf-8")[:600].lower()


def test_the_key_names_items_that_exist(named: dict[str, Entry]) -> None:
    told = [
        *(item for event in KEY["events"] for item in event["items"]),
        *(item for copy in KEY["copies"] for item in (copy["of"], copy["item"])),
        *(revision["item"] for revision in KEY["revisions"]),
        *KEY["irrelevant"],
        *(code["item"] for code in KEY["codes"]),
    ]
    assert sorted({item for item in told if item not in named}) == []


def test_coded_passages_exist(named: dict[str, Entry]) -> None:
    assert len({(code["item"], code["passage"]) for code in KEY["codes"]}) == len(KEY["codes"]) >= 150
    lengths: dict[str, int] = {}
    for item in {code["item"] for code in KEY["codes"]}:
        entry = named[item]
        whole = f"{entry.title}\n{entry.text}"
        lengths[item] = len(find_passages(whole, title_end=len(entry.title), language="en"))
    assert [code for code in KEY["codes"] if code["passage"] >= lengths[code["item"]]] == []


def test_events_are_told_by_several_outlets(items: Items) -> None:
    outlet_of = {key: name for name, own in items.items() for key in own}
    sizes = [len({outlet_of[item] for item in event["items"]}) for event in KEY["events"]]
    assert sum(size >= 5 for size in sizes) >= 10


def test_no_two_texts_come_from_one_template(named: dict[str, Entry]) -> None:
    original = {copy["item"]: copy["of"] for copy in KEY["copies"]}
    event_of = {item: event["id"] for event in KEY["events"] for item in event["items"]}
    seen: dict[tuple[str, ...], str] = {}
    shared = set()
    for item, entry in named.items():
        words = re.findall(r"\w+", entry.text.lower())
        for run in {tuple(words[i : i + RUN]) for i in range(len(words) - RUN + 1)}:
            other = seen.setdefault(run, item)
            # Reports of one event quote the same sentences; a copy is of its original's family.
            if original.get(other, other) != original.get(item, item) and event_of.get(other) != event_of.get(item):
                shared.add((other, item))
    assert shared == set()


def test_copies_are_copies(named: dict[str, Entry]) -> None:
    for copy in KEY["copies"]:
        first, second = (set(re.findall(r"\w+", named[copy[name]].text.lower())) for name in ("of", "item"))
        assert len(first & second) >= 0.6 * len(second), copy


def test_a_feed_shows_its_newest_items_only() -> None:
    before, after = read_feed("meridian-wire", END - timedelta(days=10)), read_feed("meridian-wire")
    assert len(before) == len(after) == FEED_LENGTH
    assert max(entry.published_at for entry in before if entry.published_at) < END - timedelta(days=10)


def test_items_without_guid_and_date_are_there() -> None:
    entries = read_feed("daily-lamplighter")
    assert all(entry.published_at is None for entry in entries)
    assert all(entry.identity == entry.url for entry in entries)
    assert "<guid" not in (SAMPLE / "daily-lamplighter.xml").read_text(encoding="utf-8")


def test_a_changed_headline_is_a_later_version() -> None:
    kinds = Counter(revision["kind"] for revision in KEY["revisions"])
    assert kinds["wording"] >= 5
    assert kinds["trivial"] >= 3


def test_planted_faults_are_served() -> None:
    faults = load_faults(SAMPLE)
    kinds = {fault.kind: fault for fault in faults}
    assert set(kinds) == {"windows-1251", "new guids", "down", "wall", "cut", "silent"}

    def ask(kind: str) -> tuple[str, Any, datetime]:
        fault = kinds[kind]
        moment = fault.since + timedelta(hours=1)
        return fault.feed, answer(SAMPLE, fault.feed, moment, faults=faults), moment

    assert ask("down")[1].status == 503
    feed, found, moment = ask("wall")
    with pytest.raises(NotAFeed):
        parse_feed(found.body, url=f"http://{feed}.example/", fetched_at=moment, content_type=found.content_type)
    assert not ask("cut")[1].body.rstrip().endswith(b">")
    feed, found, moment = ask("new guids")
    renamed = parse_feed(found.body, url=f"http://{feed}.example/", fetched_at=moment).entries
    assert not {entry.identity for entry in renamed} & {entry.identity for entry in read_feed(feed, moment)}
    assert {entry.url for entry in renamed} == {entry.url for entry in read_feed(feed, moment)}
    feed, found, moment = ask("windows-1251")
    assert found.body.decode("windows-1251").startswith("<?xml version='1.0' encoding='windows-1251'?>")
    silent = kinds["silent"]
    assert read_feed(silent.feed, silent.since) == read_feed(silent.feed)


def test_unknown_feeds_are_not_found() -> None:
    assert answer(SAMPLE, "no-such", END).status == 404
    assert answer(SAMPLE, "../key", END).status == 404


def test_what_is_no_feed_is_refused() -> None:
    with pytest.raises(ValueError, match="neither RSS"):
        build_feed(b"<html/>", END)


def test_a_json_feed_hides_when_its_items_come_out() -> None:
    feed = json.loads(build_json_feed((SAMPLE / "caucasus-ledger.json").read_bytes(), END))
    assert feed["items"]
    assert not any("_from" in item for item in feed["items"])
