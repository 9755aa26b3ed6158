"""How well articles of one event are joined to a story: pairs of articles, against the events of the sample press and of real press.

Run: make bench, or this file with python. The real press is BASIL (Fan et al. 2019), 100 events of ten years in three American
outlets each, which is not in this project: get it from those who made it, and name its folder `articles` in FRAMEWIRE_BASIL.
"""

import json
import os
import random
import sys
from datetime import UTC, date, datetime, timedelta
from itertools import combinations
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from ruamel.yaml import YAML

HERE = Path(__file__).parent
SAMPLE = HERE.parents[1] / "seeds" / "sample"
sys.path[:0] = [str(SAMPLE), str(HERE.parent)]

from framewire.summarise import stories  # noqa: E402
from framewire.summarise.stories import cut_opening, number_stories  # noqa: E402
from test_press import OUTLETS, read_feed  # noqa: E402

DISTANCES = (0.80, 0.82, 0.84, 0.85, 0.86, 0.88)
# So many events of the real press begin on a day: in the sample press one or two do, at 120 articles on the subject some ten.
EVENTS_A_DAY = (2, 5)
N_ORDERS = 4
Pair = tuple[str, str]
Press = tuple[pd.DataFrame, dict[int, str], dict[str, str]]


def read_sample() -> Press:
    """The dated items without copies, the opening of each, and the event of those that tell one."""
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
            texts[len(rows)] = cut_opening(f"{entry.title}\n{entry.text}")
            rows.append((len(rows), feed, name, language, entry.published_at))
    return _build_table(rows), texts, event_of


def read_basil(folder: Path, *, events_a_day: int, seed: int) -> Press:
    """The articles of the real press as if its events, year by year in a random order, came one upon the other."""
    told = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*/*.json"))]
    first: dict[str, date] = {}
    for one in told:
        day = date.fromisoformat(one["date"][:10])
        first[one["triplet-uuid"]] = min(day, first.get(one["triplet-uuid"], day))
    draw = random.Random(seed)
    order = sorted(first, key=lambda event: (first[event].year, draw.random()))
    rows, texts, event_of = [], {}, {}
    for number, one in enumerate(told):
        event = one["triplet-uuid"]
        later = (date.fromisoformat(one["date"][:10]) - first[event]).days
        hours = 24 * (order.index(event) / events_a_day + later) + 12 * draw.random()
        rows.append(
            (number, one["source"], one["uuid"], "en", datetime(2020, 1, 1, tzinfo=UTC) + timedelta(hours=hours))
        )
        body = " ".join(" ".join(paragraph) for paragraph in one["body-paragraphs"])
        texts[number] = cut_opening(f"{one['title']}\n{body}")
        event_of[one["uuid"]] = event
    return _build_table(rows), texts, event_of


def _build_table(rows: list[tuple[Any, ...]]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["article_id", "outlet", "name", "language", "counted_at"])
    return table.assign(counted_at=pd.to_datetime(table["counted_at"], utc=True))


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


def measure(press: Press) -> tuple[float, float, float]:
    """Precision, recall and F1 of the pairs that are joined; what tells no event belongs to nothing."""
    table, texts, event_of = press
    numbers = number_stories(table, texts)
    names = dict(zip(table["article_id"], table["name"], strict=True))
    found = list_pairs({names[article]: number for article, number in numbers.items()})
    return score(found, list_pairs({name: event_of.get(name, name) for name in names.values()}))


def test_stories_are_the_events_of_the_sample_press() -> None:
    table, texts, event_of = read_sample()
    english = table[table["language"] == "en"]
    within = int(english["name"].map(lambda name: name in event_of).sum())
    print(f"\n{len(table)} articles, {len(english)} in English, {within} of these tell one of the key's events")
    print("mean distance inside a story: precision, recall, F1 of pairs in English; F1 over all languages")
    for distance in DISTANCES:
        mark = " (in use)" if distance == stories.MAX_DISTANCE else ""
        ours, everywhere = (
            _measure_at(distance, (english, texts, event_of)),
            _measure_at(distance, (table, texts, event_of)),
        )
        print(f"  {distance:.2f}{mark}: {ours[0]:.3f}, {ours[1]:.3f}, {ours[2]:.3f}; {everywhere[2]:.3f}", flush=True)


@pytest.mark.skipif(
    "FRAMEWIRE_BASIL" not in os.environ, reason="the folder of the corpus is not named in FRAMEWIRE_BASIL"
)
def test_stories_are_the_events_of_real_press() -> None:
    folder = Path(os.environ["FRAMEWIRE_BASIL"])
    for events_a_day in EVENTS_A_DAY:
        presses = [read_basil(folder, events_a_day=events_a_day, seed=seed) for seed in range(N_ORDERS)]
        print(f"\nreal press, {events_a_day} events a day, mean of {N_ORDERS} orders: precision, recall, F1 of pairs")
        for distance in DISTANCES:
            found = [_measure_at(distance, press) for press in presses]
            print(
                f"  {distance:.2f}: "
                + ", ".join(f"{sum(column) / len(found):.3f}" for column in zip(*found, strict=True))
            )


def _measure_at(distance: float, press: Press) -> tuple[float, float, float]:
    used, stories.MAX_DISTANCE = stories.MAX_DISTANCE, distance
    try:
        return measure(press)
    finally:
        stories.MAX_DISTANCE = used


if __name__ == "__main__":
    test_stories_are_the_events_of_the_sample_press()
    if "FRAMEWIRE_BASIL" in os.environ:
        test_stories_are_the_events_of_real_press()
