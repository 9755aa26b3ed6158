"""How well articles of one event are joined to a story: pairs of articles, against the events of the sample press and of real press.

Run: make bench, or this file with python. The real press is BASIL (Fan et al. 2019), 100 events of ten years in three American
outlets each, which is not in this project: get it from those who made it, and name its folder `articles` in FRAMEWIRE_BASIL.
"""

import json
import os
import random
import sys
from collections.abc import Callable, Iterable, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from itertools import combinations
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import pandas as pd
import pytest
from ruamel.yaml import YAML
from sklearn.feature_extraction.text import TfidfVectorizer

# Read now: the tests take the project's variables away.
FOLDER = os.environ.get("FRAMEWIRE_BASIL")
HERE = Path(__file__).parent
SEEDS = HERE.parents[1] / "seeds"
SAMPLE = SEEDS / "sample"
sys.path[:0] = [str(SAMPLE), str(HERE.parent)]

from framewire.codebook import load_codebook  # noqa: E402
from framewire.label import Labeller  # noqa: E402
from framewire.summarise import languages, openings, stories  # noqa: E402
from framewire.summarise.openings import Opening, cut_opening  # noqa: E402
from framewire.summarise.stories import number_stories  # noqa: E402
from test_press import OUTLETS, read_feed  # noqa: E402

DISTANCES = (0.80, 0.82, 0.84, 0.85, 0.86, 0.88)
LIKENESSES = (0.05, 0.10, 0.15, 0.20, 0.25, 0.30)
# The likeness of groups in different languages is chosen on what comes before, and told of what comes after.
SECOND_HALF = pd.Timestamp("2026-11-06", tz="UTC")
# So many events of the real press begin on a day: in the sample press one or two do, at 120 articles on the subject some ten.
EVENTS_A_DAY = (2, 5)
N_ORDERS = 4
N_DRAWS = 6
Pair = tuple[str, str]
Press = tuple[pd.DataFrame, dict[int, Opening], dict[str, str]]


def read_sample() -> Press:
    """The dated items without copies, the opening of each, and the event of those that tell one."""
    key: dict[str, Any] = YAML(typ="safe").load((SAMPLE / "key.yaml").read_text(encoding="utf-8"))
    event_of = {str(item): event["id"] for event in key["events"] for item in event["items"]}
    copies = {str(row["item"]) for row in key["copies"]}
    labeller = Labeller(load_codebook(SEEDS / "karabakh" / "codebook.yaml"))
    rows, texts = [], {}
    for outlet in OUTLETS:
        feed, language = outlet["id"], outlet["feeds"][0]["language"]
        for entry in read_feed(feed, length=1000):
            name = entry.identity.partition("?")[0]
            if entry.published_at is None or name in copies:
                continue
            text = f"{entry.title}\n{entry.text}"
            labels = labeller.label_text(text, title_end=len(entry.title), language=language)
            said = [(one.referent, one.wording) for passage in labels for one in passage.mentions]
            texts[len(rows)] = Opening(cut_opening(text), language, tuple(said))
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
        texts[number] = Opening(cut_opening(f"{one['title']}\n{body}"))
        event_of[one["uuid"]] = event
    return _build_table(rows), texts, event_of


def _build_table(rows: list[tuple[Any, ...]]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["article_id", "outlet", "name", "language", "counted_at"])
    return table.assign(counted_at=pd.to_datetime(table["counted_at"], utc=True))


def make_denser(table: pd.DataFrame, n_days: int) -> pd.DataFrame:
    """The same articles with so many days laid upon one, each at its hour."""
    day = (table["counted_at"].dt.floor("D") - table["counted_at"].min().floor("D")).dt.days
    return table.assign(counted_at=table["counted_at"] - pd.to_timedelta(day - day // n_days, unit="D"))


def without_english(press: Press, seed: int) -> Press:
    """The press without the English articles of half of its events, drawn by chance: what other languages then tell alone."""
    table, texts, event_of = press
    events = sorted(set(event_of.values()))
    gone = set(random.Random(seed).sample(events, len(events) // 2))
    is_gone = (table["language"] == "en") & table["name"].map(event_of).isin(gone)
    return table[~is_gone], texts, event_of


def list_pairs(groups: Mapping[str, Any]) -> set[Pair]:
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


def find_pairs(press: Press) -> tuple[set[Pair], set[Pair]]:
    """The pairs that are joined, and those that tell of one event; what tells no event belongs to nothing."""
    table, texts, event_of = press
    numbers = number_stories(table, texts)
    names = dict(zip(table["article_id"], table["name"], strict=True))
    found = list_pairs({names[article]: number for article, number in numbers.items()})
    return found, list_pairs({name: event_of.get(name, name) for name in names.values()})


def measure(press: Press, fits: Callable[[str, str], bool] = lambda a, b: True) -> tuple[float, float, float]:
    """Precision, recall and F1 of the pairs of names that fit."""
    found, true = ({pair for pair in pairs if fits(*pair)} for pairs in find_pairs(press))
    return score(found, true)


@pytest.fixture(scope="module")
def sample() -> Press:
    return read_sample()


def test_stories_are_the_events_of_the_sample_press(sample: Press) -> None:
    table, texts, event_of = sample
    english = table[table["language"] == "en"]
    within = int(english["name"].map(lambda name: name in event_of).sum())
    print(f"\n{len(table)} articles, {len(english)} in English, {within} of these tell one of the key's events")
    print("mean distance inside a story: precision, recall, F1 of pairs in English")
    for distance in DISTANCES:
        with _set(stories, "MAX_DISTANCE", distance) as mark:
            print(f"  {distance:.2f}{mark}: {_say(measure((english, texts, event_of)))}", flush=True)


def test_stories_are_found_across_languages(sample: Press) -> None:
    table, texts, event_of = sample
    language = dict(zip(table["name"], table["language"], strict=True))
    late = dict(zip(table["name"], table["counted_at"] >= SECOND_HALF, strict=True))
    parts: dict[str, Callable[[str, str], bool]] = {
        "all": lambda a, b: True,
        "in one language": lambda a, b: language[a] == language[b],
        "across": lambda a, b: language[a] != language[b],
        "across, without English": lambda a, b: language[a] != language[b] and "en" not in (language[a], language[b]),
    }
    parts |= {
        f"across, with {one}": lambda a, b, one=one: one in (language[a], language[b]) and language[a] != language[b]
        for one in ("hy", "az", "ru", "tr", "fr")
    }
    for name, fits in parts.items():
        print(f"\n{name}: {_say(measure(sample, fits))}", end="", flush=True)
    halves = {
        "first half": lambda a, b: parts["across"](a, b) and not (late[a] or late[b]),
        "second half": lambda a, b: parts["across"](a, b) and late[a] and late[b],
    }
    for n_days in (1, 4):
        press = (make_denser(table, n_days), texts, event_of)
        print(
            f"\n{n_days} days upon one: likeness: pairs across languages; the same without half of the English events"
        )
        for likeness in LIKENESSES:
            for name, fits in halves.items():
                with _set(languages, "MIN_LIKENESS", likeness) as mark:
                    fewer = [measure(without_english(press, seed), fits) for seed in range(N_DRAWS)]
                    mean = [sum(column) / N_DRAWS for column in zip(*fewer, strict=True)]
                    print(f"  {likeness:.2f}{mark} {name}: {_say(measure(press, fits))}; {_say(mean)}", flush=True)


def test_one_half_of_an_article_finds_the_other(sample: Press) -> None:
    """How far stems tell articles in one language apart, where the sample press has no two outlets in it."""
    table, texts, _ = sample
    print("\nletters of a word: mean reciprocal rank of an article's other half among all of its language")
    for length in (4, 5, 6, 99):
        row = []
        for language in ("hy", "az", "ru", "tr", "fr"):
            own = [texts[article] for article in table.loc[table["language"] == language, "article_id"].tolist()]
            with _set(openings, "STEM", length), _set(openings, "STEMS", {}):
                row.append(f"{language} {_rank_halves(own):.2f}")
        print(f"  {length}: {', '.join(row)}")


def _rank_halves(own: Iterable[Opening]) -> float:
    words = [(opening.text.split(), opening.language) for opening in own]
    first = [Opening(" ".join(text[: len(text) // 2]), language) for text, language in words]
    second = [Opening(" ".join(text[len(text) // 2 :]), language) for text, language in words]
    vectorizer = TfidfVectorizer(sublinear_tf=True, analyzer=openings.list_stems).fit([*first, *second])
    likeness = (vectorizer.transform(first) @ vectorizer.transform(second).T).toarray()
    ranks = [1 + (each > each[i]).sum() for square in (likeness, likeness.T) for i, each in enumerate(square)]
    return float(np.mean([1 / rank for rank in ranks]))


@pytest.mark.parametrize("n_articles", [1_000, 10_000])
def test_stories_of_a_large_day(sample: Press, n_articles: int) -> None:
    """Words of the sample press in another order for each copy of it, all on one day."""
    table, texts, _ = sample
    rng = np.random.default_rng(0)
    drawn = rng.choice(len(table), n_articles)
    told = {
        i: Opening(" ".join(rng.permutation(texts[row].text.split())[:90]), texts[row].language, texts[row].wordings)
        for i, row in enumerate(drawn.tolist())
    }
    times = pd.Timestamp("2026-11-06", tz="UTC") + pd.to_timedelta(rng.uniform(0, 24, n_articles), unit="h")
    day = pd.DataFrame({"article_id": range(n_articles), "outlet": "x", "counted_at": times})
    started = perf_counter()
    number_stories(day, told)
    print(f"\n{n_articles:,} articles a day: {perf_counter() - started:.1f} s")


@pytest.mark.skipif(FOLDER is None, reason="the folder of the corpus is not named in FRAMEWIRE_BASIL")
def test_stories_are_the_events_of_real_press() -> None:
    folder = Path(str(FOLDER))
    for events_a_day in EVENTS_A_DAY:
        presses = [read_basil(folder, events_a_day=events_a_day, seed=seed) for seed in range(N_ORDERS)]
        print(f"\nreal press, {events_a_day} events a day, mean of {N_ORDERS} orders: precision, recall, F1 of pairs")
        for distance in DISTANCES:
            with _set(stories, "MAX_DISTANCE", distance) as mark:
                found = [measure(press) for press in presses]
            print(f"  {distance:.2f}{mark}: {_say([sum(column) / len(found) for column in zip(*found, strict=True)])}")


@contextmanager
def _set(module: Any, name: str, value: Any) -> Any:
    """Another value for a constant, and a mark behind it if it is the one in use."""
    used = getattr(module, name)
    setattr(module, name, value)
    try:
        yield " (in use)" if value == used else ""
    finally:
        setattr(module, name, used)


def _say(values: Iterable[float]) -> str:
    return ", ".join(f"{value:.3f}" for value in values)


if __name__ == "__main__":
    raise SystemExit(pytest.main([__file__, "-s", "-q", "-p", "no:cacheprovider"]))
