"""A store of any size, filled with made-up rows: what tables for notebooks cost on a large one."""

import random
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from framewire.store import upgrade_store
from framewire.store.schema import metadata

FIRST_DAY = datetime(2025, 11, 1, 2, tzinfo=UTC)
GROUPS = ("red", "blue", "grey", "green")
WORDINGS = ("one", "two", "three", "four")
VOICES = ("asserted", "attributed", "scare_quoted", "denied")
# Of the articles of a general feed that many speak of one subject. Source: a guess on the high side.
RELEVANT_SHARE = 0.1
CODEBOOK = f"""
id: book
version: 1
title: An invented subject
languages: [en]
coding_rules: Code what the passage carries.
sides: []
actors: []
places: []
relevance: {{definition: The passage speaks of the thing., anchors: {{en: [the thing]}}}}
narratives: [{{id: story, label: A story, definition: A story is told., indicators: {{en: [story]}}}}]
terminology:
- referent: thing
  label: The thing
  wordings: [{", ".join(f"{{id: {name}, label: {name}, patterns: {{en: [{name}]}}}}" for name in WORDINGS)}]
"""


def build_large_store(path: Path, *, n_outlets: int = 100, n_days: int = 365, per_day: int = 10, seed: int = 0) -> int:
    """The number of articles of a new SQLite store: so many a day and outlet, a tenth of them on the subject.

    Rows are written past the store's own writers, which would take hours, in the order of time as a real one has them.
    """
    upgrade_store(f"sqlite:///{path}")
    chance = random.Random(seed)
    raw = sqlite3.connect(path, isolation_level=None)
    raw.execute("PRAGMA synchronous = OFF")
    raw.execute("BEGIN")
    _insert(raw, "outlets", [(f"o{i:03}", f"Outlet {i}", GROUPS[i % 4], "XX") for i in range(n_outlets)])
    raw.executemany(
        "INSERT INTO feeds (id, url, outlet_id, language, listed, failures, moved_count) VALUES (?, ?, ?, 'en', 1, 0, 0)",
        [(i + 1, f"https://o{i:03}.example/feed", f"o{i:03}") for i in range(n_outlets)],
    )
    now = FIRST_DAY.isoformat(timespec="microseconds")
    raw.execute("INSERT INTO codebooks VALUES (1, 'book', 1, 'd', ?, ?)", (CODEBOOK, now))
    raw.execute("INSERT INTO models VALUES (1, 'book/1', 'm', 1, '{}', ?)", (now,))
    number = 0
    for day in range(n_days):
        rows: dict[str, list[tuple[Any, ...]]] = {}
        for article in _write_day(chance, day, n_outlets, per_day, number):
            for table, row in article:
                rows.setdefault(table, []).append(row)
            number += 1
        for table, found in rows.items():
            _insert(raw, table, found)
    raw.execute("COMMIT")
    raw.close()
    return number


def _write_day(
    chance: random.Random, day: int, n_outlets: int, per_day: int, number: int
) -> Iterator[list[tuple[str, tuple[Any, ...]]]]:
    """The rows of each article of a day, by table."""
    start = FIRST_DAY + timedelta(days=day)
    seconds = sorted(chance.random() * 86_400 for _ in range(n_outlets * per_day))
    for place, second in enumerate(seconds, start=number + 1):
        outlet = chance.randrange(n_outlets)
        seen = (start + timedelta(seconds=second)).isoformat(timespec="microseconds")
        text = f"A headline about the matter {place}\n" + "Words of the report. " * 30
        is_relevant = chance.random() < RELEVANT_SHARE
        rows: list[tuple[str, tuple[Any, ...]]] = [
            ("articles", (place, f"o{outlet:03}", f"u{place}", f"u{place}", "en", seen, seen, "feed", None, None)),
            ("entries", (place, outlet + 1, f"u{place}", place, seen, seen, "h", 0)),
            ("versions", (place, place, 1, 32, text, f"{place:064}", seen, "feed", None, None)),
            ("labellings", (place, place, 1, 1, "labelled", None, seen)),
        ]
        for position in range(3):
            about = is_relevant and position < 2
            rows.append(("passages", (3 * place + position, place, position, 100 * position, 100, about, 0.9)))
            if about:
                wording, voice = chance.choice(WORDINGS), chance.choice(VOICES)
                mention = ("thing", wording, 0, 5, "words", "words", voice, None)
                rows.append(("mentions", (2 * place + position, place, position, *mention)))
                label = ("story", 0.8, "labelled", voice, None, None, "[]")
                rows.append(("narratives", (2 * place + position, place, position, *label)))
        yield rows


def _insert(raw: sqlite3.Connection, table: str, rows: list[tuple[Any, ...]]) -> None:
    columns = [column.name for column in metadata.tables[table].columns]
    width = len(rows[0])
    marks = ", ".join("?" * width)
    raw.executemany(f"INSERT INTO {table} ({', '.join(columns[:width])}) VALUES ({marks})", rows)
