"""How well articles of one event are joined to a story: pairs of articles, against the events of the sample press.

Run: make bench, or this file with python.
"""

import sys
from itertools import combinations
from pathlib import Path
from typing import Any

import pandas as pd
from ruamel.yaml import YAML

HERE = Path(__file__).parent
SAMPLE = HERE.parents[1] / "seeds" / "sample"
sys.path[:0] = [str(SAMPLE), str(HERE.parent)]

from framewire.summarise import stories  # noqa: E402
from framewire.summarise.stories import number_stories  # noqa: E402
from test_press import OUTLETS, read_feed  # noqa: E402

DISTANCES = (0.75, 0.80, 0.85, 0.88)
Pair = tuple[str, str]


def read_press() -> tuple[pd.DataFrame, dict[int, str], dict[str, str]]:
    """The dated items without copies, the title and first paragraph of each, and the event of those that tell one."""
    key: dict[str, Any] = YAML(typ="safe").load((SAMPLE / "key.yaml").read_text(encoding="utf-8"))
    event_of = {str(item): event["id"] for event in key["events"] for item in event["items"]}
    copies = {str(row["item"]) for row in key["copies"]}
    rows, texts = [], {}
    for outlet in OUTLETS:
        feed, language = outlet["id"], outlet["feeds"][0]["language"]
        for entry in read_feed(feed, length=1000):
            name = entry.identity.partition("?")[0]
            if entry.published_at is None or name in copies:
                continue
            number = len(rows)
            rows.append(
                {
                    "article_id": number,
                    "outlet": feed,
                    "name": name,
                    "language": language,
                    "counted_at": entry.published_at,
                }
            )
            texts[number] = f"{entry.title}\n{entry.text.strip().partition(chr(10) * 2)[0]}"
    return pd.DataFrame(rows), texts, event_of


def list_pairs(groups: dict[str, Any]) -> set[Pair]:
    """The pairs of names that share a group."""
    by_group: dict[Any, list[str]] = {}
    for name, group in groups.items():
        by_group.setdefault(group, []).append(name)
    return {pair for members in by_group.values() for pair in combinations(sorted(members), 2)}


def score(found: set[Pair], true: set[Pair]) -> tuple[float, float, float]:
    """Precision, recall and F1 of pairs."""
    hits = len(found & true)
    precision, recall = hits / max(1, len(found)), hits / max(1, len(true))
    return precision, recall, 2 * precision * recall / max(1e-9, precision + recall)


def measure(table: pd.DataFrame, texts: dict[int, str], event_of: dict[str, str]) -> tuple[set[Pair], set[Pair]]:
    """Pairs that are joined, and pairs that belong together; what tells no event belongs to nothing."""
    numbers = number_stories(table, texts)
    names = dict(zip(table["article_id"], table["name"], strict=True))
    found = list_pairs({names[article]: number for article, number in numbers.items()})
    true = list_pairs({name: event_of.get(name, name) for name in names.values()})
    return found, true


def test_stories_are_the_events_of_the_sample_press() -> None:
    table, texts, event_of = read_press()
    table["counted_at"] = pd.to_datetime(table["counted_at"], utc=True)
    english = table[table["language"] == "en"]
    within = english["name"].map(lambda name: name in event_of)
    print(
        f"\n{len(table)} articles, {len(english)} in English, {int(within.sum())} of these tell one of the key's events"
    )
    print("mean distance inside a story: precision, recall, F1 of pairs in English; F1 over all languages")
    used = stories.MAX_DISTANCE
    for distance in DISTANCES:
        stories.MAX_DISTANCE = distance
        ours, everywhere = (score(*measure(part, texts, event_of)) for part in (english, table))
        mark = " (in use)" if distance == used else ""
        print(f"  {distance:.2f}{mark}: {ours[0]:.3f}, {ours[1]:.3f}, {ours[2]:.3f}; {everywhere[2]:.3f}", flush=True)
    stories.MAX_DISTANCE = used


if __name__ == "__main__":
    test_stories_are_the_events_of_the_sample_press()
