"""Storing the feed list and what a poll brought. A poll is one transaction of the caller: all of it or nothing."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, Table, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from framewire.records import Entry, FeedOutcome, FeedState, Outlet, StoredCounts
from framewire.store.columns import storable
from framewire.store.due import mark_page_due
from framewire.store.schema import articles, entries, feeds, outlets, polls, versions

MAX_VERSIONS = 24
"""Versions kept of one article. Source: a page edited hourly for a day; beyond that it is a ticker or a counter."""

MAX_KEY_LENGTH = 500
"""Longest address or identity that is a key as it is; a longer one is cut and hashed.

Source: an index entry of PostgreSQL holds 2,704 bytes (manual, 67.4 B-Tree), a code point takes up to four.
"""

CHUNK = 500
"""Values per query. Source: SQLite takes 32,766 parameters at most, and a feed rarely has more than 500 entries."""


@dataclass(frozen=True, slots=True)
class _Poll:
    """The poll that is being stored: its feed's row and when it was seen."""

    feed_id: int
    outlet_id: str
    language: str
    is_first: bool
    seen_at: datetime


def sync_feed_list(conn: Connection, listed: Sequence[Outlet]) -> None:
    """Make the store's outlets and feeds follow the feed list.

    A feed that is no longer in the list, or not enabled in it, becomes unlisted; nothing is deleted.
    """
    for outlet in sorted(listed, key=lambda outlet: outlet.id):
        about = {"name": outlet.name, "group_name": outlet.group, "country": outlet.country}
        _upsert(conn, outlets, key={"id": outlet.id}, values=about)
        for feed in outlet.feeds:
            told = {"outlet_id": outlet.id, "language": feed.language, "listed": feed.enabled}
            fresh = _state_columns(FeedState(feed.url))
            _upsert(conn, feeds, key={"url": feed.url}, values=told, only_new=fresh)
    kept = {feed.url for outlet in listed for feed in outlet.feeds}
    gone = [
        row.id for row in conn.execute(select(feeds.c.id, feeds.c.url).where(feeds.c.listed)) if row.url not in kept
    ]
    for rows in chunks(gone):
        conn.execute(update(feeds).where(feeds.c.id.in_(rows)).values(listed=False))


def _upsert(
    conn: Connection,
    table: Table,
    *,
    key: dict[str, Any],
    values: dict[str, Any],
    only_new: dict[str, Any] | None = None,
) -> None:
    """Insert a row, or set `values` in the one that has this key; `only_new` is for a new row only."""
    row = insert_ignoring(conn, table).values(**key, **values, **(only_new or {}))
    conn.execute(row.on_conflict_do_update(index_elements=list(key), set_=values))


def insert_ignoring(conn: Connection, table: Table) -> Any:
    """This database's insert that knows `ON CONFLICT` (spelt alike in both, but two classes in SQLAlchemy)."""
    return postgresql.insert(table) if conn.dialect.name == "postgresql" else sqlite.insert(table)


def get_feed_states(conn: Connection) -> dict[str, FeedState]:
    """What is remembered of every feed, listed or not, by its address."""
    rows = conn.execute(select(feeds)).mappings()
    names = FeedState.__dataclass_fields__
    return {row["url"]: FeedState(**{name: row[name] for name in names}) for row in rows}


def _state_columns(state: FeedState) -> dict[str, Any]:
    """The state as columns of `feeds`, without the address."""
    return {name: value for name, value in asdict(state).items() if name != "url"}


def record_poll(conn: Connection, outcome: FeedOutcome, *, run_id: int | None, seen_at: datetime) -> StoredCounts:
    """What storing one poll changed: the poll, the feed's state, entries, articles and versions, in one transaction.

    An entry known by (feed, identity) belongs to its article; an unknown one to the article of the same outlet with the
    same address, else to a new one. A new version is made only if the entry's own content changed since that entry was
    last stored, so that two feeds with different teasers of one article do not overwrite each other for ever.
    Raises ValueError if the feed is not in the store (`sync_feed_list` comes first).
    """
    feed = _lock_feed(conn, outcome.feed.url)
    poll = _Poll(feed["id"], feed["outlet_id"], outcome.feed.language, feed["last_success_at"] is None, seen_at)
    counts = _store_entries(conn, poll, outcome.entries)
    conn.execute(insert(polls).values(**_poll_columns(outcome, counts), feed_id=poll.feed_id, run_id=run_id))
    conn.execute(update(feeds).where(feeds.c.id == poll.feed_id).values(_state_columns(outcome.state)))
    return counts


def _lock_feed(conn: Connection, url: str) -> RowMapping:
    """The feed's row. Its outlet is locked, so that polls of two feeds of one outlet do not add one article twice."""
    row = conn.execute(select(feeds).where(feeds.c.url == url)).mappings().first()
    if row is None:
        raise ValueError(f"feed {url} is not in the store; call sync_feed_list first")
    conn.execute(select(outlets.c.id).where(outlets.c.id == row["outlet_id"]).with_for_update())
    return row


def _poll_columns(outcome: FeedOutcome, counts: StoredCounts) -> dict[str, Any]:
    """The poll as columns of `polls`."""
    return {
        "started_at": outcome.started_at,
        "seconds": outcome.seconds,
        "status": outcome.status.value,
        "message": outcome.message,
        "http_status": outcome.http_status,
        "n_entries": len(outcome.entries),
        "n_new": counts.new,
        "n_changed": counts.changed,
        "n_skipped": outcome.skipped,
        "n_dropped": outcome.dropped,
    }


def _store_entries(conn: Connection, poll: _Poll, found: Sequence[Entry]) -> StoredCounts:
    """What the entries changed. If an identity comes twice in one poll, the first one counts."""
    first: dict[str, Entry] = {}
    for entry in found:
        first.setdefault(key_of(storable(entry.identity)), _as_stored(entry))
    known = _get_known_entries(conn, poll.feed_id, list(first))
    counts = StoredCounts(unchanged=len(found) - len(first))
    for identity, row in known.items():
        counts += _store_again(conn, poll, row, first[identity])
    counts += _store_first_time(conn, poll, {name: entry for name, entry in first.items() if name not in known})
    for rows in chunks([row["id"] for row in known.values()]):
        conn.execute(update(entries).where(entries.c.id.in_(rows)).values(last_seen_at=poll.seen_at))
    return counts


def _as_stored(entry: Entry) -> Entry:
    """The entry with title and text as the database holds them, so that hashes and spans are of what is stored."""
    return replace(entry, title=storable(entry.title), text=storable(entry.text))


def _get_known_entries(conn: Connection, feed_id: int, identities: Sequence[str]) -> dict[str, RowMapping]:
    """The entries of the feed that are stored already, by identity."""
    known: dict[str, RowMapping] = {}
    for some in chunks(identities):
        rows = conn.execute(select(entries).where(entries.c.feed_id == feed_id, entries.c.identity.in_(some)))
        known |= {row["identity"]: row for row in rows.mappings()}
    return known


def _store_again(conn: Connection, poll: _Poll, known: RowMapping, entry: Entry) -> StoredCounts:
    """What an entry that was stored before changed: a version if its content is new, nothing otherwise."""
    hashed = content_hash(entry.title, entry.text)
    if hashed == known["content_hash"]:
        return StoredCounts(unchanged=1)
    newest = _get_newest_version(conn, known["article_id"])
    title, body = newest["text"][: newest["title_end"]], newest["text"][newest["title_end"] :]
    if newest["source"] == "feed" and not entry.text.strip() and body.strip():
        return StoredCounts(unchanged=1)  # the teaser is missing today: the old hash stays, so its return is no change
    conn.execute(update(entries).where(entries.c.id == known["id"]).values(content_hash=hashed))
    mark_page_due(conn, known["article_id"], changed_at=poll.seen_at)
    if newest["source"] != "feed":  # the page's text stays with the new title until the page was asked for again
        entry = replace(entry, text=body.removeprefix("\n"))
        hashed = content_hash(entry.title, entry.text)
    if hashed == content_hash(title, body) or newest["number"] >= MAX_VERSIONS:
        return StoredCounts(unchanged=1)
    columns = _version_columns(known["article_id"], newest["number"] + 1, entry, poll.seen_at)
    conn.execute(insert(versions), {**columns, "source": newest["source"]})
    return StoredCounts(changed=1)


def _get_newest_version(conn: Connection, article_id: int) -> RowMapping:
    """The newest version of an article."""
    query = select(versions).where(versions.c.article_id == article_id).order_by(versions.c.number.desc()).limit(1)
    return conn.execute(query).mappings().one()


def _store_first_time(conn: Connection, poll: _Poll, fresh: Mapping[str, Entry]) -> StoredCounts:
    """What entries that this feed never had changed: new articles, unless other entries of the outlet brought them.

    Rows go in together: a statement a row took more time than reading the feed.
    """
    if not fresh:
        return StoredCounts()
    keys = {name: _url_key(poll, name, entry) for name, entry in fresh.items()}
    article_ids = _get_article_ids(conn, poll.outlet_id, list(keys.values()))
    new: dict[str, Entry] = {}
    for name, entry in fresh.items():
        if keys[name] not in article_ids:
            new.setdefault(keys[name], entry)
    article_ids |= _add_articles(conn, poll, new)
    rows = [
        {
            "feed_id": poll.feed_id,
            "identity": name,
            "article_id": article_ids[keys[name]],
            "first_seen_at": poll.seen_at,
            "last_seen_at": poll.seen_at,
            "content_hash": content_hash(entry.title, entry.text),
            "first_poll": poll.is_first,
        }
        for name, entry in fresh.items()
    ]
    conn.execute(insert(entries), rows)
    return StoredCounts(new=len(new), unchanged=len(fresh) - len(new))


def _url_key(poll: _Poll, identity: str, entry: Entry) -> str:
    """What makes the article of an entry the same within its outlet."""
    return key_of(storable(entry.url)) if entry.url else f"entry:{poll.feed_id}:{identity}"


def _get_article_ids(conn: Connection, outlet_id: str, url_keys: Sequence[str]) -> dict[str, int]:
    """The numbers of those articles of the outlet that are stored already, by their keys."""
    found: dict[str, int] = {}
    for some in chunks(url_keys):
        query = select(articles.c.url_key, articles.c.id)
        rows = conn.execute(query.where(articles.c.outlet_id == outlet_id, articles.c.url_key.in_(some)))
        found |= {row.url_key: row.id for row in rows}
    return found


def _add_articles(conn: Connection, poll: _Poll, new: Mapping[str, Entry]) -> dict[str, int]:
    """The numbers of new articles by their keys, each with its first version."""
    if not new:
        return {}
    rows = [
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
    added = conn.execute(insert(articles).returning(articles.c.url_key, articles.c.id), rows)
    ids = {row.url_key: row.id for row in added}
    conn.execute(insert(versions), [_version_columns(ids[key], 1, entry, poll.seen_at) for key, entry in new.items()])
    return ids


def _version_columns(article_id: int, number: int, entry: Entry, seen_at: datetime) -> dict[str, Any]:
    """A version of an article as columns: title, newline, text; or the title alone."""
    text = f"{entry.title}\n{entry.text}" if entry.text.strip() else entry.title
    about = {"title_end": len(entry.title), "text": text, "text_hash": text_hash(text), "seen_at": seen_at}
    return {"article_id": article_id, "number": number, **about}


def inserted_id(conn: Connection, table: Table, **values: Any) -> int:
    """The number of the row that is inserted."""
    return int(conn.execute(insert(table).values(**values).returning(table.c.id)).scalar_one())


def key_of(text: str) -> str:
    """`text` as a key of bounded length: as it is, or its beginning and the SHA-256 of all of it."""
    if len(text) <= MAX_KEY_LENGTH:
        return text
    return f"{text[: MAX_KEY_LENGTH - 72]}#sha256:{text_hash(text)}"


def text_hash(text: str) -> str:
    """SHA-256 of a stored text, in hex."""
    return hashlib.sha256(text.encode()).hexdigest()


def content_hash(title: str, text: str) -> str:
    """SHA-256 of title and text with runs of whitespace folded: layout alone is no change."""
    return text_hash("\n".join(" ".join(part.split()) for part in (title, text)))


def chunks(values: Sequence[Any]) -> Iterable[Sequence[Any]]:
    """The values in portions that fit into one query."""
    return (values[start : start + CHUNK] for start in range(0, len(values), CHUNK))
