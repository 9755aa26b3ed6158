"""Storing the entries of a poll: those that are known, and those that are not."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import BindParameter, Connection, RowMapping, bindparam, func, insert, select, update

from framewire.records import Entry, SeenItem, StoredCounts, pack_items
from framewire.store.columns import storable
from framewire.store.due import mark_page_due
from framewire.store.identity import Found, Poll, build_url_key, find_articles, is_same_address
from framewire.store.schema import articles, entries, versions
from framewire.store.versions import FROM_PAGE, MAX_VERSIONS, add_version, get_versions, split_text, version_columns
from framewire.store.writes import chunks, content_hash, key_of
from framewire.text.changes import measure_change

MAX_IDENTITIES = 24
"""Identities kept of one article in one feed. Source: none is ever deleted, and some feeds make new ones at every poll;
an article whose further ones are not kept is found by its address or its text each time."""

OTHER_ARTICLE = 0.7
"""From which size of change on, in title and in text, a known guid with another address names another article."""

# Built once: building a statement takes longer than SQLite takes to execute it.
_FEED: BindParameter[int] = bindparam("feed")
_SOME: BindParameter[Any] = bindparam("some", expanding=True)
_KNOWN = select(entries).where(entries.c.feed_id == _FEED, entries.c.identity.in_(_SOME))
_IDS = select(entries.c.identity, entries.c.id).where(entries.c.feed_id == _FEED, entries.c.identity.in_(_SOME))
_SEEN_AGAIN = update(entries).where(entries.c.id.in_(_SOME))
_OF_ARTICLES = (
    select(entries)
    .where(entries.c.feed_id == _FEED, entries.c.article_id.in_(_SOME))
    .order_by(entries.c.last_seen_at, entries.c.id)
)
_FULL = (
    select(entries.c.article_id)
    .where(entries.c.feed_id == _FEED, entries.c.article_id.in_(_SOME))
    .group_by(entries.c.article_id)
    .having(func.count() >= MAX_IDENTITIES)
)
_NUMBERS = select(articles.c.url_key, articles.c.id).where(
    articles.c.outlet_id == bindparam("outlet"), articles.c.url_key.in_(_SOME)
)
_ADD_ARTICLES, _ADD_ENTRIES, _ADD_VERSIONS = insert(articles), insert(entries), insert(versions)


@dataclass(frozen=True, slots=True)
class StoredEntries:
    """What storing the entries of a poll changed, and what people should know of it.

    `seen_items` is what to remember of the document; None if it held nothing.
    """

    counts: StoredCounts
    notes: tuple[str, ...] = ()
    seen_items: bytes | None = None


def store_entries(
    conn: Connection, poll: Poll, found: Sequence[Entry], seen_again: Sequence[SeenItem] = ()
) -> StoredEntries:
    """What the entries changed. If an identity comes twice in one poll with one address, the first one counts.

    Args:
        conn: the transaction.
        poll: the one that brought them.
        found: those that were read.
        seen_again: items that stand as they are stored.
    """
    named = _name_entries(found)
    known = _get_known_entries(conn, poll.feed_id, list(named))
    told = _set_apart(conn, named, known)
    known |= _get_known_entries(conn, poll.feed_id, [name for name in told if name not in named])
    fresh = {name: entry for name, entry in told.items() if name not in known}
    n_told = len(told) + len(seen_again)
    articles_of = find_articles(conn, poll, fresh, n_entries=n_told) if fresh else Found({})
    heirs = _find_heirs(conn, poll, articles_of, told, {item.entry_id for item in seen_again})
    results = Counter(
        _store_again(conn, poll, row, told[name]) for name, row in [*known.items(), *heirs.items()] if name in told
    )
    n_new = _add_fresh(conn, poll, fresh, articles_of)
    _mark_seen(conn, poll, [row["id"] for row in [*known.values(), *heirs.values()]])
    remembered = seen_again if _mark_seen(conn, poll, [item.entry_id for item in seen_again]) else ()
    n_changed = results["changed"]
    counts = StoredCounts(n_new, n_changed, len(found) + len(seen_again) - n_new - n_changed)
    seen_items = None
    if found or seen_again:
        seen_items = pack_items([*remembered, *_list_seen(conn, poll, told, known)])
    return StoredEntries(counts, tuple(_say_notes(results, articles_of, n_fresh=len(fresh))), seen_items)


def _mark_seen(conn: Connection, poll: Poll, entry_ids: Sequence[int]) -> bool:
    """Whether all of these entries are stored; they were seen in this poll."""
    n_marked = 0
    for rows in chunks(entry_ids):
        n_marked += conn.execute(_SEEN_AGAIN, {"some": rows, "last_seen_at": poll.seen_at}).rowcount
    return n_marked == len(entry_ids)


def _list_seen(
    conn: Connection, poll: Poll, told: Mapping[str, Entry], known: Mapping[str, RowMapping]
) -> Iterable[SeenItem]:
    """What to remember of the entries that are stored under their own identity."""
    own = {
        name: entry
        for name, entry in told.items()
        if entry.fingerprint is not None and name == key_of(storable(entry.identity))
    }
    ids = {name: row["id"] for name, row in known.items()}
    for some in chunks([name for name in own if name not in ids]):
        ids |= {row.identity: row.id for row in conn.execute(_IDS, {"feed": poll.feed_id, "some": some})}
    for name, entry in own.items():
        if name in ids and entry.fingerprint is not None:
            yield SeenItem(entry.fingerprint, ids[name], entry.published_at)


def _say_notes(results: Counter[str], found: Found, *, n_fresh: int) -> Iterable[str]:
    """What a poll's message says beside its outcome."""
    if found.is_churn:
        yield f"GuidChurn: {len(found.article_ids)} of {n_fresh} unseen items are stored articles under new guids"
    if n := results["returned"]:
        yield f"{n} {'item goes' if n == 1 else 'items go'} to and fro between wordings that are stored"
    if n := results["full"]:
        yield f"{n} {'item has' if n == 1 else 'items have'} {MAX_VERSIONS} versions; further changes are not kept"


def _name_entries(found: Sequence[Entry]) -> dict[str, Entry]:
    """The entries by identity. An identity of several addresses in one poll is none: there the address says which."""
    addresses: dict[str, set[str | None]] = {}
    for entry in found:
        addresses.setdefault(entry.identity, set()).add(entry.url)
    named: dict[str, Entry] = {}
    for entry in found:
        several = len(addresses[entry.identity]) > 1
        identity = _with_address(entry) if several else entry.identity
        named.setdefault(key_of(storable(identity)), _as_stored(entry))
    return named


def _with_address(entry: Entry) -> str:
    """An identity that holds where the feed's own does not."""
    return f"{entry.identity} {entry.url or entry.title}"


def _as_stored(entry: Entry) -> Entry:
    """The entry with title and text as the database holds them, so that hashes and spans are of what is stored."""
    title, text = storable(entry.title), storable(entry.text)
    return entry if (title, text) == (entry.title, entry.text) else replace(entry, title=title, text=text)


def _get_known_entries(conn: Connection, feed_id: int, identities: Sequence[str]) -> dict[str, RowMapping]:
    """The entries of the feed that are stored already, by identity."""
    known: dict[str, RowMapping] = {}
    for some in chunks(identities):
        rows = conn.execute(_KNOWN, {"feed": feed_id, "some": some})
        known |= {row["identity"]: row for row in rows.mappings()}
    return known


def _set_apart(conn: Connection, told: Mapping[str, Entry], known: dict[str, RowMapping]) -> dict[str, Entry]:
    """The entries by identity, those that came under another article's guid by guid and address; `known` without them."""
    apart: dict[str, Entry] = {}
    for name, entry in told.items():
        if name in known and _is_other_article(conn, known[name], entry):
            del known[name]
            apart.setdefault(key_of(storable(_with_address(entry))), entry)
        else:
            apart.setdefault(name, entry)
    return apart


def _is_other_article(conn: Connection, known: RowMapping, entry: Entry) -> bool:
    """Whether a known guid came with another address and with other words: some feeds use one again."""
    if content_hash(entry.title, entry.text) == known["content_hash"]:
        return False
    url = conn.execute(select(articles.c.url).where(articles.c.id == known["article_id"])).scalar()
    if url is None or entry.url is None or is_same_address(url, entry.url):
        return False
    title, text = split_text(get_versions(conn, known["article_id"])[-1])
    return all(measure_change(a, b) >= OTHER_ARTICLE for a, b in ((title, entry.title), (text, entry.text)))


def _store_again(conn: Connection, poll: Poll, known: RowMapping, entry: Entry) -> str:
    """What became of an entry that was stored before; see `add_version`."""
    hashed = content_hash(entry.title, entry.text)
    if hashed == known["content_hash"]:
        return "unchanged"
    stored = get_versions(conn, known["article_id"])
    is_teaser = stored[-1]["source"] != FROM_PAGE
    if is_teaser and not entry.text.strip() and split_text(stored[-1])[1].strip():
        return "unchanged"  # the teaser is missing today: the old hash stays, so its return is no change
    conn.execute(update(entries).where(entries.c.id == known["id"]).values(content_hash=hashed))
    mark_page_due(conn, known["article_id"], changed_at=poll.seen_at)
    if hashed == content_hash(*split_text(stored[-1])):
        return "unchanged"
    return add_version(conn, poll, stored, entry)


def _find_heirs(
    conn: Connection, poll: Poll, found: Found, told: Mapping[str, Entry], seen_ids: Collection[int]
) -> dict[str, RowMapping]:
    """The feed's own entry that each unseen one takes the place of: of the same article, and not in this poll itself."""
    rows: dict[int, RowMapping] = {}
    present: set[int] = set()
    for some in chunks(sorted(set(found.article_ids.values()))):
        for row in conn.execute(_OF_ARTICLES, {"feed": poll.feed_id, "some": some}).mappings():
            rows[row["article_id"]] = row
            if row["identity"] in told or row["id"] in seen_ids:
                present.add(row["article_id"])
    # Turned round, so that of several entries of an article the first one stays.
    named = {article: name for name, article in reversed(found.article_ids.items()) if article not in present}
    return {name: rows[article] for article, name in named.items() if article in rows}


def _add_fresh(conn: Connection, poll: Poll, fresh: Mapping[str, Entry], found: Found) -> int:
    """How many articles were new. Rows go in together: a statement a row took more time than reading the feed."""
    if not fresh:
        return 0
    new: dict[str, Entry] = {}
    key_of_name: dict[str, str] = {}
    for name, entry in fresh.items():
        if name not in found.article_ids and name not in found.doubles:
            key_of_name[name] = build_url_key(poll, name, entry)
            new.setdefault(key_of_name[name], entry)
    added = _add_articles(conn, poll, new)
    article_ids = found.article_ids | {name: added[key] for name, key in key_of_name.items()}
    article_ids |= {name: article_ids[other] for name, other in found.doubles.items()}
    full = _find_full(conn, poll, set(found.article_ids.values()))
    rows = [
        {
            "feed_id": poll.feed_id,
            "identity": name,
            "article_id": article_ids[name],
            "first_seen_at": poll.seen_at,
            "last_seen_at": poll.seen_at,
            "content_hash": content_hash(entry.title, entry.text),
            "first_poll": poll.is_first,
        }
        for name, entry in fresh.items()
        if article_ids[name] not in full
    ]
    if rows:
        conn.execute(_ADD_ENTRIES, rows)
    return len(new)


def _find_full(conn: Connection, poll: Poll, article_ids: set[int]) -> set[int]:
    """The articles of which the feed has as many identities as are kept."""
    full: set[int] = set()
    for some in chunks(sorted(article_ids)):
        full |= set(conn.execute(_FULL, {"feed": poll.feed_id, "some": some}).scalars())
    return full


def _add_articles(conn: Connection, poll: Poll, new: Mapping[str, Entry]) -> dict[str, int]:
    """The numbers of new articles by their keys, each with its first version."""
    if not new:
        return {}
    rows: list[dict[str, Any]] = [
        {
            "outlet_id": poll.outlet_id,
            "url": entry.url,
            "url_key": url_key,
            "language": entry.language or poll.language,
            "first_seen_at": poll.seen_at,
            "published_at": entry.published_at,
            "date_source": entry.date_source.value,
            "date_flag": entry.date_flag,
            "raw_date": entry.raw_date,
        }
        for url_key, entry in new.items()
    ]
    conn.execute(_ADD_ARTICLES, rows)
    ids: dict[str, int] = {}
    for some in chunks(list(new)):
        added = conn.execute(_NUMBERS, {"outlet": poll.outlet_id, "some": some})
        ids |= {row.url_key: row.id for row in added}
    conn.execute(_ADD_VERSIONS, [version_columns(ids[key], 1, entry, poll.seen_at) for key, entry in new.items()])
    return ids
