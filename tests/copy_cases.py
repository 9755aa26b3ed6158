"""Labelled pairs of texts for the copies: those of the sample press by its key, and wire texts with edits, all invented."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path
from typing import Any

from press import answer
from ruamel.yaml import YAML

from framewire.ingest.copies import split_words
from framewire.ingest.parse import parse_feed
from framewire.records import Entry

SAMPLE = Path(__file__).parents[1] / "seeds" / "sample"
END = datetime(2026, 11, 24, tzinfo=UTC)
N_NEGATIVES = 400


@dataclass(frozen=True)
class LabelledPair:
    """Two texts and whether one is a copy of the other."""

    name: str
    first: list[str]
    second: list[str]
    is_copy: bool


def read_press() -> tuple[dict[str, Any], dict[str, tuple[str, Entry]]]:
    """The key of the sample press; and outlet and entry of each item by its name in the key, in the newest version."""
    key: dict[str, Any] = YAML(typ="safe").load((SAMPLE / "key.yaml").read_text(encoding="utf-8"))
    items: dict[str, tuple[str, Entry]] = {}
    for outlet in YAML(typ="safe").load((SAMPLE / "feeds.yaml").read_text(encoding="utf-8"))["outlets"]:
        name = outlet["id"]
        found = answer(SAMPLE, name, END, length=1000)
        parsed = parse_feed(found.body, url=f"http://{name}.press.example/feed", fetched_at=END)
        items |= {entry.identity.partition("?")[0]: (name, entry) for entry in parsed.entries}
    return key, items


def list_press_pairs() -> list[LabelledPair]:
    """Every pair of items of one wire text; and of items on one event that are no copies, the most alike first."""
    key, items = read_press()
    clusters: dict[str, list[str]] = defaultdict(list)
    for row in key["copies"]:
        clusters[row["of"]] += [row["item"]] if clusters[row["of"]] else [row["of"], row["item"]]
    of = {item: name for name, own in clusters.items() for item in own}
    words = {name: split_words(entry.title, entry.text) for name, (_, entry) in items.items()}
    pairs = [_pair(words, a, b, True) for own in clusters.values() for a, b in combinations(own, 2)]
    others = {
        frozenset((a, b))
        for event in key["events"]
        for a, b in combinations(event["items"], 2)
        if of.get(a, a) != of.get(b, b) and items[a][0] != items[b][0]
    }
    negatives = [_pair(words, *sorted(pair), False) for pair in others]
    negatives.sort(key=lambda pair: (-_count_shared(pair), pair.name))
    return pairs + negatives[:N_NEGATIVES]


def list_wire_pairs() -> list[LabelledPair]:
    """Wire texts with their editions, cuts and teasers, and beside them other reports of the same."""
    path = Path(__file__).with_name("copy_cases.yaml")
    return [
        pair for wire in YAML(typ="safe").load(path.read_text(encoding="utf-8"))["wires"] for pair in _of_wire(wire)
    ]


def _of_wire(wire: dict[str, Any]) -> Iterator[LabelledPair]:
    """Each edition with the wire and with each other; each other report with all of them."""
    editions = {"wire": wire["text"]} | wire["editions"]
    for a, b in combinations(editions, 2):
        # Two editions of one text may have hardly anything in common: a teaser, and one that begins elsewhere.
        if "wire" in (a, b):
            yield LabelledPair(f"{wire['id']}: {a}, {b}", _split(editions[a]), _split(editions[b]), True)
    for (a, text), (b, other) in ((one, two) for one in editions.items() for two in wire["others"].items()):
        yield LabelledPair(f"{wire['id']}: {a}, {b}", _split(text), _split(other), False)


def _split(text: str) -> list[str]:
    title, _, body = text.partition("\n")
    return split_words(title, body)


def _pair(words: dict[str, list[str]], a: str, b: str, is_copy: bool) -> LabelledPair:
    return LabelledPair(f"{a} / {b}", words[a], words[b], is_copy)


def _count_shared(pair: LabelledPair) -> float:
    """The share of the shorter text's runs of three words that stand in the longer one: another measure than the one tested."""
    first, second = ({tuple(text[i : i + 3]) for i in range(len(text) - 2)} for text in (pair.first, pair.second))
    return len(first & second) / max(1, min(len(first), len(second)))
