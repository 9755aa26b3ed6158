"""Every feed of other projects' test suites through our reading, beside plain feedparser.

Run: FRAMEWIRE_FEED_CORPUS=folder python tests/benchmarks/feed_corpora.py; the folder may hold any number of projects.
It prints how the documents ended and how many of feedparser's entries that have a title or a text are kept, and exits
with 1 if an exception without a name of ours escapes, or fewer than 99 in 100 are kept.
"""

import json
import os
import sys
import warnings
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import feedparser

from framewire.errors import FeedParseError
from framewire.ingest import build_text, clean_text, parse_feed

SUFFIXES = frozenset({".xml", ".json", ".rss", ".atom", ".rdf"})
NOW = datetime(2026, 11, 24, 2, tzinfo=UTC)
MIN_KEPT = 0.99


def list_documents(folder: Path) -> list[Path]:
    """The feeds of a folder and its folders."""
    return sorted(path for path in folder.rglob("*") if path.suffix in SUFFIXES and path.is_file())


def read_ours(path: Path) -> tuple[str, int]:
    """How our reading of a document ended, and how many entries it kept."""
    try:
        parsed = parse_feed(path.read_bytes(), url="https://corpus.example/feed", fetched_at=NOW)
    except FeedParseError as error:
        return type(error).__name__, 0
    except Exception as error:  # noqa: BLE001 - what escapes is what is looked for
        return f"ESCAPED {type(error).__name__}", 0
    return ("entries" if parsed.entries else "no entries"), len(parsed.entries) + parsed.dropped


def count_plain(path: Path) -> int:
    """How many entries with a title or a text plain feedparser finds, each once: the same id twice is one entry."""
    try:
        parsed = feedparser.parse(str(path), resolve_relative_uris=False, sanitize_html=False)
    except Exception:  # noqa: BLE001 - it raises on some
        return 0
    keys = {_key(entry) for entry in parsed.entries if _says_something(entry)}
    return len(keys)


def _says_something(entry: Any) -> bool:
    texts = [entry.get("title"), entry.get("summary"), *(part.get("value") for part in entry.get("content", []))]
    return any(clean_text(build_text(text)).strip() for text in texts if isinstance(text, str))


def _key(entry: Any) -> str:
    return str(entry.get("id") or entry.get("link") or (entry.get("title"), entry.get("summary")))


def main() -> int:
    """Prints the counts; 1 if a promise is broken."""
    warnings.simplefilter("ignore")
    folder = Path(os.environ["FRAMEWIRE_FEED_CORPUS"])
    ends, lost, n_plain, n_kept = Counter[str](), [], 0, 0
    for path in list_documents(folder):
        end, n_ours = read_ours(path)
        ends[end] += 1
        plain = count_plain(path)
        n_plain += plain
        n_kept += min(plain, n_ours)
        if n_ours < plain or end.startswith("ESCAPED"):
            lost.append((str(path.relative_to(folder)), end, n_ours, plain))
    share = n_kept / n_plain if n_plain else 1.0
    told = {"documents": ends.total(), "ends": dict(ends), "plain": n_plain, "kept": n_kept, "share": round(share, 5)}
    print(json.dumps({**told, "lost": lost[:60]}, indent=1))
    return int(share < MIN_KEPT or any(end.startswith("ESCAPED") for end in ends))


if __name__ == "__main__":
    sys.exit(main())
