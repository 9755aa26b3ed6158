"""Seeded mutations of feeds, dates, texts, codebooks and OPML files, and what must hold for each.

An input follows from its target and its number alone, so a range of numbers can be run, stopped and continued anywhere:

    python tests/fuzzing.py TARGET FIRST COUNT [CORPUS]

prints one JSON line: how the inputs ended, the slowest, and every input that broke a promise. CORPUS is a folder whose
feeds are mutated besides our own.
"""

import json
import random
import signal
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import TypeVar

from framewire.codebook import Codebook, load_codebook, parse_codebook
from framewire.errors import CodebookError, FeedParseError, InputError
from framewire.ingest import export_opml, find_published_at, import_opml, parse_feed
from framewire.ingest.dates import EARLIEST, MAX_AHEAD, parse_date
from framewire.label import Labeller, TermMatcher, find_mentions
from framewire.records import ArticleVersion, Entry
from framewire.store.columns import storable

ROOT = Path(__file__).parents[1]
NOW = datetime(2026, 11, 24, 2, tzinfo=UTC)
# Source: the limit of one parse (docs/decisions.md); no input of a few kilobytes may come near it.
DEADLINE_SECONDS = 10.0
MAX_SEED_BYTES = 20_000
MAX_EDITS = 8
T = TypeVar("T", str, bytes)

# What breaks parsers: markup that opens and never closes, numbers out of range, letters that are none, names of codecs.
FRAGMENTS = (
    *["<item>", "</item>", "<entry>", "</entry>", "<title>", "</title>", "<![CDATA[", "]]>", "<!--", "-->", "</rss>"],
    *["<!DOCTYPE rss [", "]>", '<!ENTITY a "b">', "&a;", "&", "&amp;", "&#xD800;", "&#x110000;", "&#;", "&#x0;"],
    *["&#" + "9" * 25 + ";", "\x00", "\x1f", "\ufffe", "\ufeff", "\u202e", "\U0001f600", "\u0130", "'", '"', "="],
    *["<?xml version='1.0' encoding='rot13'?>", "xml:base='http://['", "<link>http://[bad</link>", "<a href='//['>"],
    *["<pubDate>0000-00-00T99:99:99Z</pubDate>", "<content type='html'>", "<rss version='", "{", "}", "[", "null"],
    *["9999-12-31T23:59:59-14:00", "-1", "1e309", " " * 50, "\n", "\t", ": ", "- ", "!!python/object", "*", "&x ", "|"],
)


@dataclass(frozen=True)
class Target:
    """What is fuzzed: the honest inputs that are mutated, and the check, which tells how an input ended or raises."""

    seeds: Callable[[Path | None], Sequence[str | bytes]]
    check: Callable[[str | bytes, random.Random], str]


@dataclass
class Report:
    """How a range of inputs ended."""

    target: str
    first: int
    n: int = 0
    ends: Counter[str] = field(default_factory=Counter)
    slowest_seconds: float = 0.0
    slowest: int = 0
    finds: list[dict[str, object]] = field(default_factory=list)


class TooSlow(Exception):
    """An input took longer than its deadline."""


def fuzz(name: str, numbers: range, *, corpus: Path | None = None, seconds: float = float("inf")) -> Report:
    """How the inputs with these numbers ended, as many of them as begin within `seconds`."""
    target, report = TARGETS[name], Report(name, numbers.start)
    seeds = target.seeds(corpus)
    ends_at = time.monotonic() + seconds
    for number in numbers:
        if time.monotonic() > ends_at:
            break
        chance = random.Random(f"{name} {number}")
        mutated, began = mutate(chance, seeds), time.process_time()
        try:
            with deadline(DEADLINE_SECONDS):
                report.ends[target.check(mutated, chance)] += 1
        except Exception as error:  # noqa: BLE001 - what escapes is what is looked for
            where = traceback.extract_tb(error.__traceback__)[-1]
            told = {"number": number, "error": f"{type(error).__name__}: {error}"[:300], "input": repr(mutated)[:4000]}
            report.finds.append(told | {"where": f"{Path(where.filename).name}:{where.lineno}"})
        report.n += 1
        if time.process_time() - began > report.slowest_seconds:
            report.slowest_seconds, report.slowest = time.process_time() - began, number
    return report


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """A block that raises TooSlow if it computes for longer; what other processes take does not count."""

    def stop(*_: object) -> None:
        raise TooSlow(f"more than {seconds} s")

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def mutate(chance: random.Random, seeds: Sequence[str | bytes]) -> str | bytes:
    """One of the seeds after one to eight edits, one or two if it is short."""
    text = chance.choice(seeds)
    for _ in range(chance.randint(1, min(MAX_EDITS, 2 + len(text) // 40))):
        text = _edit(chance, text, seeds)
    return text


def _edit(chance: random.Random, text: T, seeds: Sequence[str | bytes]) -> T:
    """The text with a piece put in, taken out, repeated or replaced by another seed's, one letter or digit changed, or cut."""
    start = chance.randint(0, len(text))
    end = min(len(text), start + chance.choice((1, 1, 3, 10, 40, 200)))
    kind = chance.randrange(10)
    if kind >= 7:
        return _change_digit(chance, text, start)
    if kind <= 1:
        piece = _as_kind(chance.choice(FRAGMENTS), text)
    elif kind == 2:
        piece = text[:0]
    elif kind == 3:
        piece = text[start:end] * chance.choice((2, 3, 50))
    elif kind == 4:
        piece = _as_kind(_slice(chance, chance.choice(seeds)), text)
    elif kind == 5:
        piece = _as_kind(
            chr(chance.choice((chance.randrange(0x80), chance.randrange(0x3000), chance.randrange(0xD800)))), text
        )
    else:
        return text[:start]
    return text[:start] + piece + text[start if kind == 0 else end :]


def _change_digit(chance: random.Random, text: T, start: int) -> T:
    """The text with the first digit from `start` on replaced by another."""
    for place in range(start, len(text)):
        if text[place : place + 1].isdigit():
            return text[:place] + _as_kind(str(chance.randrange(10)), text) + text[place + 1 :]
    return text[:start]


def _as_kind(piece: str | bytes, text: T) -> T:
    """The piece in the type of the text."""
    if isinstance(text, bytes):
        return piece if isinstance(piece, bytes) else piece.encode("utf-8", "surrogatepass")
    return piece if isinstance(piece, str) else piece.decode("utf-8", "replace")


def _slice(chance: random.Random, seed: str | bytes) -> str | bytes:
    start = chance.randint(0, len(seed))
    return seed[start : start + chance.choice((5, 30, 300))]


# What must hold for each target.


def check_feed(body: str | bytes, chance: random.Random) -> str:
    """A feed is read, or refused by name; what is read can be stored."""
    header = chance.choice((None, "text/xml", "text/xml; charset=utf-8", "x; charset=windows-1251", "x; charset=rot13"))
    assert isinstance(body, bytes)
    try:
        parsed = parse_feed(body, url="https://gazette.example/feed", fetched_at=NOW, content_type=header)
    except FeedParseError as error:
        return type(error).__name__
    for entry in parsed.entries:
        check_entry(entry)
    assert len({entry.identity for entry in parsed.entries}) == len(parsed.entries)
    return "entries" if parsed.entries else "no entries"


def check_entry(entry: Entry) -> None:
    """Raises AssertionError for an entry that breaks a promise of the records."""
    assert entry.title.strip() or entry.text.strip()
    assert len(entry.title) <= 1000
    for text in (entry.identity, entry.title, entry.text, entry.url or "", entry.raw_date or ""):
        assert storable(text) == text, "not storable"
        text.encode()
        assert not any(letter < " " and letter not in "\t\n" for letter in text)
    assert entry.url is None or entry.url.startswith(("http://", "https://"))
    check_moment(entry.published_at)


def check_moment(moment: datetime | None) -> None:
    """Raises AssertionError for a date that no article may have."""
    assert moment is None or EARLIEST <= moment <= NOW + MAX_AHEAD
    assert moment is None or moment.utcoffset() == timedelta(0)


def check_date(text: str | bytes, chance: random.Random) -> str:
    """A date is found in range, or it is said why not."""
    assert isinstance(text, str)
    name = chance.choice(("published", "updated", "created"))
    found = find_published_at({name: text}, fetched_at=NOW)
    assert (found.published_at is None) == (found.flag is not None)
    check_moment(found.published_at)
    try:
        read = parse_date(text)
    except OverflowError:
        return "absurd"
    assert read is None or read.utcoffset() == timedelta(0)
    return found.flag or "date"


def check_terms(text: str | bytes, chance: random.Random) -> str:
    """Mentions lie in the text, say what stands there, and do not overlap."""
    assert isinstance(text, str)
    language = chance.choice((*_real_codebook().languages, "xx"))
    mentions = find_mentions(_real_matcher().annotate(text, language=language))
    assert all(0 <= m.start < m.end <= len(text) and text[m.start : m.end] == m.text for m in mentions)
    assert all(a.end <= b.start for a, b in pairwise(mentions))
    return "mentions" if mentions else "none"


def check_labels(text: str | bytes, chance: random.Random) -> str:
    """An article of any text is labelled by terms and rules; passages and mentions lie in it."""
    assert isinstance(text, str)
    text = storable(text) or "x"
    title_end = text.find("\n") if "\n" in text else len(text)
    about = {"url": None, "language": chance.choice(_real_codebook().languages), "text_hash": "", "outlet_id": "o"}
    version = ArticleVersion(1, 1, 1, text=text, title_end=title_end, first_seen_at=NOW, seen_at=NOW, **about)
    labelled = _real_labeller().label_version(version)
    for item in labelled.passages:
        assert text[item.passage.start : item.passage.end] == item.passage.text
        assert all(item.passage.start <= m.start < m.end <= item.passage.end for m in item.mentions)
        assert all(0 <= narrative.score <= 1 for narrative in item.narratives)
    return labelled.state.value


def check_codebook(text: str | bytes, chance: random.Random) -> str:
    """A codebook is read, or every fault is told with its line and column."""
    assert isinstance(text, str)
    try:
        codebook = parse_codebook(text, name="book.yaml")
    except CodebookError as error:
        problems = error.problems
    else:
        TermMatcher(codebook).annotate("They called it water theft.", language="en")
        return "codebook"
    assert problems
    assert all(problem.startswith("book.yaml:") for problem in problems), problems
    return "CodebookError"


def check_opml(text: str | bytes, chance: random.Random) -> str:
    """An OPML file is read, or refused by name; what is read can be written and read again."""
    assert isinstance(text, str)
    try:
        outlets = import_opml(text)
    except InputError:
        return "InputError"
    urls = [feed.url for outlet in outlets for feed in outlet.feeds]
    assert len(urls) == len(set(urls))
    assert all(url.lower().startswith(("http://", "https://")) for url in urls)
    assert not any(feed.enabled for outlet in outlets for feed in outlet.feeds)
    again = import_opml(export_opml(outlets))
    assert sorted(feed.url for outlet in again for feed in outlet.feeds) == sorted(urls)
    return "feeds" if urls else "no feeds"


# What is mutated.


@cache
def _real_codebook() -> Codebook:
    return load_codebook(ROOT / "seeds" / "karabakh" / "codebook.yaml")


@cache
def _real_matcher() -> TermMatcher:
    return TermMatcher(_real_codebook())


@cache
def _real_labeller() -> Labeller:
    return Labeller(_real_codebook(), None)


def feed_seeds(corpus: Path | None) -> list[bytes]:
    """Our own feeds of every format, and the corpus's smaller ones."""
    import test_parse

    names = ("RSS_2", "RSS_091", "RSS_1", "ATOM", "ATOM_XHTML", "JSON_FEED")
    own = [getattr(test_parse, name).encode() for name in names]
    paths = sorted(path for path in corpus.rglob("*") if path.suffix in (".xml", ".json")) if corpus else []
    return own + [path.read_bytes() for path in paths if 0 < path.stat().st_size <= MAX_SEED_BYTES]


def date_seeds(corpus: Path | None) -> list[str]:
    """Dates as feeds write them."""
    return [
        *[
            "Mon, 23 Nov 2026 10:00:00 +0400",
            "2026-11-23T10:00:00Z",
            "2026-11-23T10:00:00.123+04:00",
            "23.11.2026 10:00",
        ],
        *[
            "11/23/2026 10:00 PM",
            "23 ноября 2026, 10:00",
            "23 նոյեմբերի 2026",
            "2026年11月23日",
            "1795399200",
            "20261123",
        ],
        *[
            "Monday, November 23rd, 2026 at 10:00 am EST",
            "23 Kasım 2026 Pazartesi 10:00",
            "le 23 novembre 2026 à 10:00",
        ],
        *["0000-00-00", "9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00", "Thu, 01 Jan 70 00:00:00 CEST"],
    ]


def text_seeds(corpus: Path | None) -> list[str]:
    """The sentences that test the real codebook's wordings, two and two, and letters that fold oddly."""
    for language in _real_codebook().languages:
        _real_matcher().annotate("built before it is timed", language=language)
    _real_labeller()
    wordings = [wording for referent in _real_codebook().terminology for wording in referent.wordings]
    sentences = [s for w in wordings for tests in (w.match, w.not_match) for found in tests.values() for s in found]
    odd = ["İI ıi ﬁ ß եւ և ǅ \u0345 \u1e9e", "\u202e\u2066a\u2069", "👩‍👩‍👧 \U000e0041", "e\u0301\u0327\u0323" * 20]
    return [f"{a}\n{b}" for a, b in pairwise(sentences)] + odd


def codebook_seeds(corpus: Path | None) -> list[str]:
    """The small codebook, and a smaller one."""
    whole = (ROOT / "tests" / "small_codebook.yaml").read_text(encoding="utf-8")
    return [whole, whole[: whole.index("terminology:")]]


def opml_seeds(corpus: Path | None) -> list[str]:
    """Two lists of feeds."""
    outline = '<outline type="rss" text="Paper {n}" xmlUrl="https://p{n}.example/feed?a=1&amp;b=2" language="en"/>'
    outlines = "".join(outline.format(n=n) for n in range(6))
    head = '<?xml version="1.0" encoding="UTF-8"?><opml version="2.0"><head><title>x</title></head><body>'
    return [f"{head}{outlines}</body></opml>", f'{head}<outline text="Group">{outlines}</outline></body></opml>']


TARGETS = {
    "feed": Target(feed_seeds, check_feed),
    "date": Target(date_seeds, check_date),
    "terms": Target(text_seeds, check_terms),
    "labels": Target(text_seeds, check_labels),
    "codebook": Target(codebook_seeds, check_codebook),
    "opml": Target(opml_seeds, check_opml),
}


def main(name: str, first: str, count: str, corpus: str | None = None) -> None:
    """Runs a range and prints its report."""
    folder = Path(corpus) if corpus else None
    report = fuzz(name, range(int(first), int(first) + int(count)), corpus=folder)
    print(json.dumps(vars(report), ensure_ascii=True), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
