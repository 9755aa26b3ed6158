"""A document to a feed, in a child process that can be killed: parsing, cleaning, the language of each entry."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from framewire.errors import (
    ChildCrash,
    ChildMemory,
    ChildTimeout,
    FeedParseError,
    NotAFeed,
    ParseCrash,
    ParseMemory,
    ParseTimeout,
)
from framewire.ingest.child import MEMORY_BYTES, TIMEOUT_SECONDS, ChildPool
from framewire.ingest.language import with_languages
from framewire.ingest.parse import parse_feed, url_label
from framewire.records import Entry, ParsedFeed, unpack_fingerprints

# Beside the children there is one process that stores; more of them than this only wait for it.
MAX_CHILDREN = 4
# Reading this many feeds takes as long as starting another child.
FEEDS_PER_CHILD = 8


@dataclass(frozen=True, slots=True)
class Document:
    """A body and what reading it depends on.

    `declared` is the language that the feed list names, `languages` are those that an entry may be in besides;
    `seen_items` (as `pack_items` writes them) are left unread if they stand as they stood.
    """

    body: bytes
    url: str
    fetched_at: datetime
    content_type: str | None = None
    declared: str = "en"
    languages: tuple[str, ...] = ()
    seen_items: bytes | None = None


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Why a document is no feed, in a form that crosses processes. `kind` is that of `NotAFeed`, None for other faults."""

    message: str
    kind: str | None = None


ReadDocument = Callable[[Document], ParsedFeed]
_Readers = ChildPool[Document, ParsedFeed | Unreadable]

_CANARY = Document(
    b'<rss version="2.0"><channel><title>Canary</title><item><guid>1</guid><title>It sings</title></item></channel></rss>',
    "https://canary.example/feed",
    datetime(2026, 1, 1, tzinfo=UTC),
)
_SUNG = ParsedFeed(
    "Canary", "rss20", (Entry("1", "https://canary.example/1", "It sings", "", date_flag="missing", language="en"),)
)


def read_document(document: Document) -> ParsedFeed:
    """The feed in a document, each entry with its language, read in this process.

    Raises:
        FeedParseError: one of its leaves.
    """
    parsed = parse_feed(
        document.body,
        url=document.url,
        fetched_at=document.fetched_at,
        content_type=document.content_type,
        seen=unpack_fingerprints(document.seen_items),
    )
    entries = with_languages(parsed.entries, declared=document.declared, candidates=document.languages)
    return replace(parsed, entries=entries)


@contextmanager
def open_readers(
    n_feeds: int, *, timeout_seconds: float = TIMEOUT_SECONDS, memory_bytes: int = MEMORY_BYTES
) -> Iterator[ReadDocument]:
    """A function that reads documents in child processes, one for each core; threads may call it at the same time.

    It raises FeedParseError, or ParserUnavailable if children do not work at all.

    Args:
        n_feeds: how many feeds may be read; fewer of them need fewer children.
        timeout_seconds: wall-clock limit of reading one.
        memory_bytes: what reading one may take.
    """
    n_children = max(1, min(len(os.sched_getaffinity(0)), MAX_CHILDREN, n_feeds // FEEDS_PER_CHILD))
    pool: _Readers = ChildPool(
        _read,
        canary=(_CANARY, _SUNG),
        n_children=n_children,
        timeout_seconds=timeout_seconds,
        memory_bytes=memory_bytes,
        name="reading feeds",
    )
    with pool:
        yield lambda document: _read_in_child(pool, document)


def _read(document: Document) -> ParsedFeed | Unreadable:
    """What a child does."""
    try:
        return read_document(document)
    except NotAFeed as error:
        return Unreadable(str(error), error.kind)
    except FeedParseError as error:
        return Unreadable(str(error))


def _read_in_child(pool: _Readers, document: Document) -> ParsedFeed:
    label = url_label(document.url)
    advice = "the feed will be tried again; look at it, and disable it if it stays so"
    try:
        found = pool.call(document)
    except ChildTimeout as error:
        raise ParseTimeout(f"{label}: reading it was stopped ({error}); {advice}") from error
    except ChildMemory as error:
        raise ParseMemory(f"{label}: reading it was stopped ({error}); {advice}") from error
    except ChildCrash as error:
        raise ParseCrash(f"{label}: the parser broke on it ({error.cause}); {advice}", cause=error.cause) from error
    if isinstance(found, ParsedFeed):
        return found
    raise FeedParseError(found.message) if found.kind is None else NotAFeed(found.message, kind=found.kind)
