"""Articles of others' collections: their columns, and a row as an entry, cleaned as feeds' items are."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import urlsplit

from framewire.errors import InputError
from framewire.ingest.clean import build_line, build_text, clean_line
from framewire.ingest.dates import find_published_at
from framewire.ingest.feedlist import NO_COUNTRY, NO_GROUP
from framewire.ingest.identity import build_identity, canonical_url
from framewire.ingest.items import clean_language
from framewire.ingest.language import explain_language, meant_language
from framewire.records import Entry, Outlet
from framewire.yamlfile import unknown_message

FIELDS = ("title", "text", "url", "published", "seen", "outlet", "language", "id")
"""What a row is read for. `seen` is when a collection found the article, for those that do not say when it was published."""

# Where each field stands, the first column that there is. Source: Media Cloud's export of stories (`id, indexed_date,
# publish_date, language, media_name, media_url, title, url`); GDELT DOC 2.0, mode ArtList, as JSON and as CSV.
_COLUMNS: dict[str, dict[str, tuple[str, ...]]] = {
    "mediacloud": {
        "id": ("id", "stories_id"),
        "published": ("publish_date",),
        "seen": ("indexed_date", "capture_time"),
        "language": ("language",),
        "outlet": ("media_name", "media_url"),
        "title": ("title",),
        "url": ("url",),
        "text": ("text", "article_text"),
    },
    "gdelt": {
        "seen": ("seendate", "Date"),
        "language": ("language", "Language"),
        "outlet": ("domain", "Domain"),
        "title": ("title", "Title"),
        "url": ("url", "URL"),
    },
}
_ANY = {
    "title": ("title", "headline"),
    "text": ("text", "body", "content", "article_text"),
    "url": ("url", "link"),
    "published": ("published_at", "published", "publish_date", "date"),
    "seen": ("first_seen_at", "indexed_date", "seendate"),
    "outlet": ("outlet", "media_name", "source", "domain"),
    "language": ("language", "lang"),
    "id": ("guid", "id"),
}
COLLECTIONS = tuple(_COLUMNS)
"""The formats of which the columns are known."""
# Source: GDELT writes 20261123T101500Z.
_GDELT_TIME = re.compile(r"(\d{8})T?(\d{6})Z?")
_NO_ID = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Collected:
    """A row as an entry: its outlet as it says, else the host of its address (None = neither), and the language it declares."""

    line: int
    entry: Entry
    outlet: str | None
    language: str | None


def choose_columns(form: str, present: Sequence[str], given: Mapping[str, str]) -> dict[str, str]:
    """The column of each field that has one.

    Args:
        form: `mediacloud`, `gdelt`, or any other.
        present: the columns of the file.
        given: columns that somebody named, by field.

    Raises:
        InputError: an unknown field or column is named, or nothing is the title.
    """
    for name, column in given.items():
        if name not in FIELDS:
            raise InputError(f"--map: {unknown_message('field', name, FIELDS)}")
        if column not in present:
            raise InputError(f"--map {name}={column}: {unknown_message('column', column, present)}")
    known = _COLUMNS.get(form, _ANY)
    found = {name: next((column for column in columns if column in present), None) for name, columns in known.items()}
    chosen = {**{name: column for name, column in found.items() if column is not None}, **given}
    if "title" not in chosen and "text" not in chosen:
        raise InputError(f"no column is the title; name it: --map title=COLUMN (columns: {', '.join(present)})")
    return chosen


def collect_row(line: int, cells: Mapping[str, Any], columns: Mapping[str, str], *, now: datetime) -> Collected | str:
    """The row as an entry, or in words why it is none. An unreadable date is no fault: the article has none then.

    Args:
        line: where it stands.
        cells: its cells by column.
        columns: the column of each field.
        now: later dates than a day after it are dropped.
    """
    said = {name: _say(cells.get(column)) for name, column in columns.items()}
    title, text = build_line(said.get("title", "")), build_text(said.get("text", ""))
    if title and text.startswith(f"{title}\n"):
        text = text[len(title) :].strip()  # our own exports write the headline above the text
    if not title and not text:
        return "neither title nor text"
    address = said.get("url", "")
    url = canonical_url(address) if address else None
    if address and url is None:
        return f"'{clean_line(address, max_chars=80)}' is no http(s) address"
    found = find_published_at({"published": said.get("published"), "updated": said.get("seen")}, fetched_at=now)
    identity = build_identity(said.get("id"), url, title, text=text, published_at=found.published_at)
    entry = Entry(identity, url, title, text, found.published_at, found.source, found.flag, found.raw)
    language = said.get("language", "")
    declared = meant_language(language) or (None if explain_language(language.lower()) else clean_language(language))
    outlet = clean_line(said.get("outlet", "")) or (host_of(url) if url else None)
    return Collected(line, entry, outlet or None, declared)


def _say(value: Any) -> str:
    """The cell as text; times as ISO 8601."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    text = "" if value is None else str(value).strip()
    match = _GDELT_TIME.fullmatch(text)
    return (
        f"{datetime.strptime(''.join(match.groups()), '%Y%m%d%H%M%S').replace(tzinfo=UTC):%Y-%m-%dT%H:%M:%SZ}"
        if match
        else text
    )


class OutletNames:
    """Which outlet a name means: one of those known by id, name or the host of a feed, else a new one."""

    def __init__(self, known: Sequence[Outlet], *, group: str | None = None) -> None:
        self._group = group
        self._by_name: dict[str, Outlet] = {}
        for outlet in known:
            for feed in outlet.feeds:
                self._by_name.setdefault(host_of(feed.url), outlet)
        for outlet in known:
            self._by_name |= {outlet.name.casefold(): outlet, outlet.id: outlet}

    def find(self, name: str) -> Outlet:
        """The outlet of this name, id, domain or address."""
        key = name.casefold()
        host = host_of(name if "//" in name else f"https://{name}")
        outlet = self._by_name.get(key) or self._by_name.get(host)
        if outlet is None:
            identifier = make_outlet_id(host if "." in host and " " not in name else name)
            outlet = self._by_name.get(identifier) or Outlet(identifier, name, self._group or NO_GROUP, NO_COUNTRY)
            self._by_name |= {key: outlet, identifier: outlet}
        if self._group is not None and outlet.group == NO_GROUP:
            return replace(outlet, group=self._group)
        return outlet


def make_outlet_id(name: str) -> str:
    """An id as the feed list wants it: `the-daily-news`; letters that have no Latin base are spelt as their numbers."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    latin = "".join(c if c.isascii() else ("" if unicodedata.combining(c) else f" u{ord(c):x} ") for c in plain)
    return _NO_ID.sub("-", latin).strip("-")[:100].strip("-") or "unnamed"


def host_of(url: str) -> str:
    """The host of an address without `www.`, '' if there is none."""
    try:
        host = (urlsplit(url).hostname or "").casefold()
    except ValueError:
        return ""
    return host.removeprefix("www.")
