"""Storing articles of others' collections: beside what feeds brought, once, and never as news of today.

Each imported file has a row in `feeds` for every outlet in it, under an address that begins with `import:`; it is never
listed and never polled, and what lists feeds leaves it out (`is_polled`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, insert, select, update

from framewire.records import Entry, FeedState, Outlet
from framewire.store.columns import storable
from framewire.store.identity import build_variants, is_telling, may_be
from framewire.store.labelling import is_newest
from framewire.store.schema import articles, entries, feeds, outlets, versions
from framewire.store.versions import version_columns
from framewire.store.writes import chunks, content_hash, insert_ignoring, inserted_id, key_of, state_columns

IMPORT_PREFIX = "import:"
"""How the address of a row in `feeds` begins that stands for an imported file."""
_WORDS = "words:"


@dataclass(frozen=True, slots=True)
class ImportedCounts:
    """What storing imported entries changed. `known` were imported before, `stored` are articles that others brought."""

    new: int = 0
    known: int = 0
    stored: int = 0

    def __add__(self, other: "ImportedCounts") -> "ImportedCounts":
        return ImportedCounts(self.new + other.new, self.known + other.known, self.stored + other.stored)


def is_polled() -> ColumnElement[bool]:
    """The condition that a row of `feeds` is a feed, and no imported file."""
    return feeds.c.url.not_like(f"{IMPORT_PREFIX}%")


def add_imported_outlets(conn: Connection, wanted: Iterable[Outlet], *, unassigned: str) -> None:
    """Add outlets that are not stored; one whose group is `unassigned` gets the group and country that are wanted."""
    rows = [
        {"id": outlet.id, "name": outlet.name, "group_name": outlet.group, "country": outlet.country}
        for outlet in sorted(wanted, key=lambda outlet: outlet.id)
    ]
    for row in rows:
        conn.execute(insert_ignoring(conn, outlets).on_conflict_do_nothing(), row)
        mine = (outlets.c.id == row["id"], outlets.c.group_name == unassigned)
        if row["group_name"] != unassigned:
            conn.execute(update(outlets).where(*mine).values(group_name=row["group_name"], country=row["country"]))


def get_outlets(conn: Connection) -> list[Outlet]:
    """Every outlet on record, without its feeds, by id."""
    rows = conn.execute(select(outlets).order_by(outlets.c.id))
    return [Outlet(row.id, row.name, row.group_name, row.country) for row in rows]


def add_imported(
    conn: Connection, found: Sequence[Entry], *, source: str, outlet_id: str, seen_at: datetime
) -> ImportedCounts:
    """What storing the entries of one outlet changed; storing them again changes nothing.

    An entry is an article that is stored if the outlet has one of its address, or of its title and text published at about
    its time (`is_telling`, `may_be`). No version is added to that: what a collection says differently is not what the outlet changed.

    Args:
        conn: a transaction.
        found: entries, each with its language.
        source: the file's address, `import:FORMAT:DIGEST`.
        outlet_id: the outlet, which is stored.
        seen_at: when they are imported.
    """
    # As a poll does, so that nobody adds one of them meanwhile.
    conn.execute(select(outlets.c.id).where(outlets.c.id == outlet_id).with_for_update())
    feed_id = _get_feed(conn, f"{source}:{outlet_id}", outlet_id, language=found[0].language or "und")
    named: dict[str, Entry] = {}
    for entry in found:
        named.setdefault(key_of(storable(entry.identity)), entry)
    before = _get_known(conn, feed_id, list(named))
    fresh = {name: entry for name, entry in named.items() if name not in before}
    stored = _find_stored(conn, outlet_id, fresh)
    new, doubles = _set_apart({name: entry for name, entry in fresh.items() if name not in stored})
    article_of = stored | _add_articles(conn, feed_id, outlet_id, new, seen_at)
    article_of |= {name: article_of[first] for name, first in doubles.items()}
    _add_entries(conn, feed_id, fresh, article_of, seen_at)
    return ImportedCounts(len(new), len(found) - len(fresh), len(stored) + len(doubles))


def find_imported(conn: Connection, *, source: str, outlet_id: str, names: Sequence[str]) -> dict[str, tuple[int, str]]:
    """The number and the text's hash of the newest version of each article that a file brought of an outlet, by its entry's name."""
    found: dict[str, tuple[int, str]] = {}
    of_file = select(feeds.c.id).where(feeds.c.url == f"{source}:{outlet_id}").scalar_subquery()
    for some in chunks(sorted(set(names))):
        query = (
            select(entries.c.identity, versions.c.id, versions.c.text_hash)
            .join_from(entries, versions, versions.c.article_id == entries.c.article_id)
            .where(entries.c.feed_id == of_file, entries.c.identity.in_(some), is_newest())
        )
        found |= {row.identity: (row.id, row.text_hash) for row in conn.execute(query)}
    return found


def list_imports(conn: Connection) -> list[dict[str, Any]]:
    """`source`, `outlet`, `articles` of every imported file and outlet."""
    n = func.count(entries.c.article_id.distinct())
    query = select(feeds.c.url, feeds.c.outlet_id, n).join_from(feeds, entries).where(~is_polled())
    rows = conn.execute(query.group_by(feeds.c.url, feeds.c.outlet_id).order_by(feeds.c.url))
    return [{"source": url.removesuffix(f":{outlet}"), "outlet": outlet, "articles": n} for url, outlet, n in rows]


def _get_feed(conn: Connection, address: str, outlet_id: str, *, language: str) -> int:
    known = conn.execute(select(feeds.c.id).where(feeds.c.url == address)).scalar()
    if known is not None:
        return int(known)
    about = state_columns(FeedState(address))
    return inserted_id(conn, feeds, url=address, outlet_id=outlet_id, language=language, listed=False, **about)


def _get_known(conn: Connection, feed_id: int, names: Sequence[str]) -> set[str]:
    known: set[str] = set()
    for some in chunks(names):
        query = select(entries.c.identity).where(entries.c.feed_id == feed_id, entries.c.identity.in_(some))
        known |= set(conn.execute(query).scalars())
    return known


def _find_stored(conn: Connection, outlet_id: str, fresh: Mapping[str, Entry]) -> dict[str, int]:
    """The outlet's article that each entry is, by address or by words."""
    keys = {name: _keys_of(entry) for name, entry in fresh.items()}
    by_key: dict[str, int] = {}
    for some in chunks(sorted({key for own in keys.values() for key in own})):
        query = select(articles.c.url_key, articles.c.id).where(articles.c.outlet_id == outlet_id)
        by_key |= {row.url_key: row.id for row in conn.execute(query.where(articles.c.url_key.in_(some)))}
    found = {name: by_key[key] for name, own in keys.items() for key in reversed(own) if key in by_key}
    hashes = {name: _hash_of(entry) for name, entry in fresh.items() if name not in found and is_telling(entry)}
    by_hash: dict[str, list[tuple[int, datetime | None]]] = {}
    for some in chunks(sorted(set(hashes.values()))):
        own_feeds = select(feeds.c.id).where(feeds.c.outlet_id == outlet_id)
        query_words = (
            select(entries.c.content_hash, articles.c.id, articles.c.published_at)
            .join_from(entries, articles)
            .where(entries.c.feed_id.in_(own_feeds), entries.c.content_hash.in_(some))
            .order_by(articles.c.id)
        )
        for hashed, article, published_at in conn.execute(query_words):
            by_hash.setdefault(hashed, []).append((article, published_at))
    for name, hashed in hashes.items():
        near = [article for article, at in by_hash.get(hashed, []) if may_be(fresh[name], at)]
        found |= {name: near[0]} if near else {}
    return found


def _set_apart(left: Mapping[str, Entry]) -> tuple[dict[str, Entry], dict[str, str]]:
    """The entries that are articles of their own, and those that are one of these, by its name."""
    new: dict[str, Entry] = {}
    doubles: dict[str, str] = {}
    first_of: dict[str, str] = {}
    for name, entry in left.items():
        words = [_WORDS + _hash_of(entry)] if is_telling(entry) else []
        known = next(
            (
                first_of[key]
                for key in (*_keys_of(entry), *words)
                if key in first_of and _is_one(left[first_of[key]], entry, key)
            ),
            None,
        )
        if known is None:
            new[name] = entry
            first_of |= dict.fromkeys((*_keys_of(entry), *words), name)
        else:
            doubles[name] = known
    return new, doubles


def _is_one(first: Entry, second: Entry, key: str) -> bool:
    return not key.startswith(_WORDS) or may_be(second, first.published_at)


def _keys_of(entry: Entry) -> list[str]:
    """What an article of the entry's address is stored under, the address itself first."""
    if entry.url is None:
        return []
    return list(dict.fromkeys(key_of(storable(url)) for url in (entry.url, *build_variants(entry.url))))


def _hash_of(entry: Entry) -> str:
    return content_hash(storable(entry.title), storable(entry.text))


def _add_articles(
    conn: Connection, feed_id: int, outlet_id: str, new: Mapping[str, Entry], seen_at: datetime
) -> dict[str, int]:
    """The numbers of new articles by their names, each with its first version."""
    if not new:
        return {}
    names = {_key_of(feed_id, name, entry): name for name, entry in new.items()}
    rows = [
        {
            "outlet_id": outlet_id,
            "url": entry.url,
            "url_key": _key_of(feed_id, name, entry),
            "language": entry.language,
            "first_seen_at": seen_at,
            "published_at": entry.published_at,
            "date_source": entry.date_source.value,
            "date_flag": entry.date_flag,
            "raw_date": entry.raw_date,
        }
        for name, entry in new.items()
    ]
    added = conn.execute(insert(articles).returning(articles.c.url_key, articles.c.id), rows)
    ids = {names[row.url_key]: row.id for row in added}
    conn.execute(insert(versions), [version_columns(ids[name], 1, entry, seen_at) for name, entry in new.items()])
    return ids


def _key_of(feed_id: int, name: str, entry: Entry) -> str:
    """What makes the article of an entry the same within its outlet, as polls have it."""
    return key_of(storable(entry.url)) if entry.url else f"entry:{feed_id}:{name}"


def _add_entries(
    conn: Connection, feed_id: int, fresh: Mapping[str, Entry], article_of: Mapping[str, int], seen_at: datetime
) -> None:
    rows = [
        {
            "feed_id": feed_id,
            "identity": name,
            "article_id": article_of[name],
            "first_seen_at": seen_at,
            "last_seen_at": seen_at,
            "content_hash": _hash_of(entry),
            # So that it counts on the day on which it was published.
            "first_poll": True,
        }
        for name, entry in fresh.items()
    ]
    if rows:
        conn.execute(insert(entries), rows)
