"""Items as a feed gives them, and what becomes of them: entries, cleaned, one per identity."""

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from framewire.ingest.clean import MAX_ADDRESS, build_line, build_text, clean_line, clean_text
from framewire.ingest.dates import find_published_at
from framewire.ingest.identity import build_identity, canonical_url
from framewire.records import Entry, ParsedFeed

# Source: BCP 47: a language of two or three letters with subtags.
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8}){0,4}")


@dataclass(frozen=True, slots=True)
class RawItem:
    """One item as text of its feed.

    `links` best first; `bodies` preferred first; `plain` holds those of its texts that are declared to be no markup;
    `dates` are what `find_published_at` takes.
    """

    guid: str | None
    links: tuple[str, ...]
    title: str
    bodies: tuple[str, ...]
    plain: frozenset[str] = frozenset()
    dates: Mapping[str, object] = field(default_factory=dict)
    language: str | None = None


@dataclass(frozen=True, slots=True)
class RawFeed:
    """A feed before its items are cleaned. None stands for an item that could not be read."""

    title: str
    kind: str
    items: tuple[RawItem | None, ...]
    language: str | None = None


def build_feed(
    raw: RawFeed, *, url: str, fetched_at: datetime, max_entries: int, seen: Collection[int] = ()
) -> ParsedFeed:
    """The feed with its entries cleaned, in the feed's order, the newest `max_entries` of them.

    Args:
        raw: the feed as read.
        url: where it came from; relative links are relative to it.
        fetched_at: when.
        max_entries: how many entries are kept.
        seen: fingerprints of items that are left unread.
    """
    items = tuple(item for item in raw.items if item is not None)
    counts = Counter(item.guid for item in items)
    repeated = _find_repeated_guids(items, counts, base=url)
    entries: dict[str, Entry] = {}
    seen_again: list[int] = []
    n_empty = 0
    for item in items:
        # Only a guid of its own tells an item from all others of the document, also from those that are left unread.
        fingerprint = find_fingerprint(item) if item.guid and counts[item.guid] == 1 else None
        if fingerprint is not None and fingerprint in seen:
            seen_again.append(fingerprint)
            continue
        guid = None if item.guid in repeated else item.guid
        entry = _build_entry(item, guid=guid, base=url, fetched_at=fetched_at, fingerprint=fingerprint)
        if entry is None:
            n_empty += 1
        else:
            # Feeds list the newest version first; a second one of the same key is an older one.
            entries.setdefault(entry.identity, entry)
    kept = _keep_newest(list(entries.values()), max_entries, fetched_at=fetched_at)
    return ParsedFeed(
        title=build_line(raw.title),
        kind=raw.kind,
        entries=kept,
        language=clean_language(raw.language),
        skipped=len(raw.items) - len(items) + n_empty,
        dropped=len(entries) - len(kept),
        seen_again=tuple(seen_again),
    )


def clean_language(text: str | None) -> str | None:
    """The language tag in lower case with hyphens; None if it is none."""
    tag = clean_line(text or "", max_chars=64)
    return tag.replace("_", "-").lower() if _LANGUAGE.fullmatch(tag) else None


def find_fingerprint(item: RawItem) -> int:
    """A number of 64 bits made of all that the feed says of an item. Source: BLAKE2, RFC 7693, cut to 8 bytes."""
    texts = [(text, text in item.plain) for text in (item.title, *item.bodies)]
    told = repr((item.guid, item.links, texts, sorted(item.dates.items()), item.language))
    return int.from_bytes(hashlib.blake2b(told.encode("utf-8", "replace"), digest_size=8).digest(), "little")


def _build_entry(
    item: RawItem, *, guid: str | None, base: str, fetched_at: datetime, fingerprint: int | None
) -> Entry | None:
    """The entry of an item; None if it has neither title nor text."""
    title = clean_line(item.title) if item.title in item.plain else build_line(item.title)
    text = _find_longest(item)
    if not title and not text:
        return None
    link = find_link(item.links, base=base)
    found = find_published_at(item.dates, fetched_at=fetched_at)
    # An address too long to be stored still tells entries apart.
    key = link or next((clean_line(raw, max_chars=MAX_ADDRESS * 8) for raw in item.links if raw.strip()), None)
    return Entry(
        identity=build_identity(guid, key, title, text=text, published_at=found.published_at),
        url=link,
        title=title,
        text=text,
        published_at=found.published_at,
        date_source=found.source,
        date_flag=found.flag,
        raw_date=found.raw,
        language=clean_language(item.language),
        fingerprint=fingerprint,
    )


def find_link(links: Sequence[str], *, base: str) -> str | None:
    """The first link that is an http(s) address, canonical."""
    return next(_canonical_links(links, base), None)


def _canonical_links(links: Sequence[str], base: str) -> Iterator[str]:
    for link in links:
        found = canonical_url(link, base=base) if link.strip() else None
        if found:
            yield found


def _find_longest(item: RawItem) -> str:
    """The longest text among the bodies; of equals the first, which the feed's format prefers."""
    texts = [clean_text(body) if body in item.plain else build_text(body) for body in item.bodies]
    return max(texts, key=len, default="")


def _find_repeated_guids(items: Sequence[RawItem], counts: Mapping[str | None, int], *, base: str) -> frozenset[str]:
    """Guids that name several addresses in one document, so that they name nothing.

    Source: FreshRSS degrades the identity of such feeds from guid to link as well.
    """
    links: defaultdict[str, set[str | None]] = defaultdict(set)
    for item in items:
        if item.guid and counts[item.guid] > 1:
            links[item.guid].add(find_link(item.links, base=base))
    return frozenset(guid for guid, found in links.items() if len(found) > 1)


def _keep_newest(entries: Sequence[Entry], limit: int, *, fetched_at: datetime) -> tuple[Entry, ...]:
    if len(entries) <= limit:
        return tuple(entries)
    # An entry without a date counts as new: nothing says that it is old.
    order = sorted(
        range(len(entries)), key=lambda i: entries[i].published_at or fetched_at.astimezone(UTC), reverse=True
    )
    return tuple(entries[i] for i in sorted(order[:limit]))
