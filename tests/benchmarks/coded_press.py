"""The English passages of the sample press with their codes, by day: what the key says of each, without copies."""

import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, NamedTuple

from ruamel.yaml import YAML

from framewire.ingest.parse import parse_feed
from framewire.records import CodedNarrative, CodedPassage, Entry, Voice
from framewire.text import find_passages

SAMPLE = Path(__file__).parents[2] / "seeds" / "sample"
sys.path.insert(0, str(SAMPLE))

from press import answer  # noqa: E402

END = datetime(2026, 11, 24, tzinfo=UTC)
# More than any feed of it holds: every item, not only those that a feed still shows.
EVERY_ITEM = 1000


class DatedPassage(NamedTuple):
    """A coded passage with the day on which it was published."""

    day: date
    passage: CodedPassage


def read_coded_press() -> list[DatedPassage]:
    """Every coded English passage of an item that is no copy; items about one event are one story."""
    key = _read_yaml("key.yaml")
    outlets = {outlet["id"]: outlet for outlet in _read_yaml("feeds.yaml")["outlets"]}
    entries = {entry.identity.partition("?")[0]: (name, entry) for name in outlets for entry in _read_feed(name)}
    events = {item: event["id"] for event in key["events"] for item in event["items"]}
    copies = {copy["item"] for copy in key["copies"]}
    return list(_iter_passages(key["codes"], entries, {**outlets}, events, copies))


def _iter_passages(
    codes: list[dict[str, Any]],
    entries: dict[str, tuple[str, Entry]],
    outlets: dict[str, Any],
    events: dict[str, str],
    copies: set[str],
) -> Iterator[DatedPassage]:
    for row in codes:
        name, entry = entries[row["item"]]
        outlet = outlets[name]
        if row["item"] in copies or outlet["feeds"][0]["language"] != "en" or entry.published_at is None:
            continue
        passages = find_passages(f"{entry.title}\n{entry.text}", title_end=len(entry.title), language="en")
        if row["passage"] < len(passages):  # a later version may be shorter
            told = tuple(CodedNarrative(n["id"], Voice(n["voice"]), n.get("accused")) for n in row["narratives"])
            yield DatedPassage(
                entry.published_at.date(),
                CodedPassage(
                    f"{row['item']}#{row['passage']}",
                    passages[row["passage"]].text,
                    row["relevant"],
                    told,
                    side=outlet["group"],
                    story=events.get(row["item"], row["item"]),
                    extra={"outlet": name},
                ),
            )


def _read_feed(name: str) -> tuple[Entry, ...]:
    found = answer(SAMPLE, name, END, length=EVERY_ITEM)
    url = f"http://{name}.press.example/feed"
    return parse_feed(found.body, url=url, fetched_at=END, content_type=found.content_type).entries


def _read_yaml(name: str) -> Any:
    return YAML(typ="safe").load((SAMPLE / name).read_text(encoding="utf-8"))
