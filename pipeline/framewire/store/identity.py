"""Which stored article an entry is that its feed never had under this identity.

Feeds give all their items new guids when they change their publishing system, and some do so at every poll. Nothing of
that is news: an entry is an article of the outlet that is stored, if it has its address, or its title and text.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlsplit, urlunsplit

from sqlalchemy import BindParameter, Connection, RowMapping, bindparam, exists, func, or_, select

from framewire.records import Entry
from framewire.store.columns import storable
from framewire.store.schema import articles, entries, feeds, versions
from framewire.store.writes import chunks, content_hash, key_of
from framewire.text.changes import fold_wording
from framewire.text.sameness import MIN_TITLE_WORDS, MIN_WORDS, fold_item, is_same_article

# Source: reliability anchors, P13: at least ten unseen items of which four in five are stored already.
MIN_FLOOD = 10
MIN_SHORT_FLOOD = 3
FLOOD_SHARE = 0.8
REMEMBERED = timedelta(days=30)
"""How long ago an article may have been in its feed that is found again by its text alone."""
DOUBLED = timedelta(days=3)
"""How far apart two items may be that are one article under two addresses."""

_ASCII_WORD = re.compile(r"[a-z]+")
_HOST_PREFIX = re.compile(r"^(?:www\d?|m|mobile|amp)\.")
_AMP = re.compile(r"/amp(?=/|$)|(?:\.amp)(?=\.html?$|$)")
_AMP_QUERY = re.compile(r"(?:^|&)(?:amp(?:=1|=true)?|outputType=amp)(?=&|$)")

# Built once: building a statement takes longer than SQLite takes to execute it.
_OUTLET: BindParameter[str] = bindparam("outlet")
_SINCE: BindParameter[datetime] = bindparam("since")
_SOME: BindParameter[str] = bindparam("some", expanding=True)
_OWN_FEEDS = select(feeds.c.id).where(feeds.c.outlet_id == _OUTLET)
_HAS_ANY = select(
    or_(exists().where(articles.c.outlet_id == _OUTLET), exists().where(entries.c.feed_id.in_(_OWN_FEEDS)))
)
_BY_KEY = select(articles.c.url_key, articles.c.id).where(
    articles.c.outlet_id == _OUTLET, articles.c.url_key.in_(_SOME)
)
_BY_CONTENT = (
    select(entries.c.content_hash.label("key"), articles.c.id, articles.c.published_at)
    .join_from(entries, articles)
    .where(entries.c.feed_id.in_(_OWN_FEEDS), entries.c.last_seen_at >= _SINCE, entries.c.content_hash.in_(_SOME))
    .order_by(articles.c.id.desc())
)
_TEXTS = select(versions.c.id, versions.c.text).where(versions.c.id.in_(_SOME))
_RECENT = (
    select(
        versions.c.id.label("version_id"),
        articles.c.id,
        articles.c.published_at,
        func.substr(versions.c.text, 1, versions.c.title_end).label("title"),
    )
    .join_from(articles, versions)
    .where(articles.c.outlet_id == _OUTLET, articles.c.first_seen_at >= _SINCE, versions.c.source == "feed")
    .order_by(articles.c.id, versions.c.number)
)


@dataclass(frozen=True, slots=True)
class Poll:
    """The poll that is being stored: its feed's row and when it was seen."""

    feed_id: int
    outlet_id: str
    outlet_names: tuple[str, ...]
    language: str
    is_first: bool
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class Found:
    """What entries are: of each identity the number of its article, or the identity of another new entry that it is.

    `is_churn` if the feed gave most of its items new guids.
    """

    article_ids: dict[str, int]
    doubles: dict[str, str] = field(default_factory=dict)
    is_churn: bool = False


def find_articles(conn: Connection, poll: Poll, fresh: Mapping[str, Entry], *, n_entries: int) -> Found:
    """What entries are that the feed never had: by address, by title and text, in a flood by title alone.

    Args:
        conn: the transaction.
        poll: the one that brought them.
        fresh: entries by identity.
        n_entries: how many different entries the poll brought, known ones too.
    """
    if poll.is_first and not _has_articles(conn, poll):
        return _find_doubles(conn, poll, fresh, {})
    found = _find_by_address(conn, poll, fresh)
    left = {name: entry for name, entry in fresh.items() if name not in found}
    if not left and poll.is_first:
        return Found(found)
    is_flood = not poll.is_first and _is_flood(len(fresh), n_entries)
    found |= _find_by_content(conn, poll, left, is_flood=False)
    if is_flood:
        loosely = found | _find_in_flood(conn, poll, {n: e for n, e in left.items() if n not in found})
        if len(loosely) >= FLOOD_SHARE * len(fresh):
            return Found(loosely, is_churn=True)
    left = {name: entry for name, entry in left.items() if name not in found}
    return _find_doubles(conn, poll, left, found) if left else Found(found)


def build_url_key(poll: Poll, identity: str, entry: Entry) -> str:
    """What makes the article of an entry the same within its outlet."""
    return key_of(storable(entry.url)) if entry.url else f"entry:{poll.feed_id}:{identity}"


def is_same_address(first: str | None, second: str | None) -> bool:
    """Whether two canonical addresses are one but for http or https, `www.`, a slash at the end, and a page for phones."""
    return first == second or (bool(first and second) and _plain_address(first or "") == _plain_address(second or ""))


def build_variants(url: str) -> list[str]:
    """The spellings of an address that lead to the same page: with http and https, `www.`, a slash at the end."""
    parts = urlsplit(_plain_address(url))
    hosts = (parts.netloc, f"www.{parts.netloc}")
    paths = (parts.path or "/", parts.path + "/") if parts.path else ("/",)
    return [
        urlunsplit((scheme, host, path, parts.query, parts.fragment))
        for scheme in ("https", "http")
        for host in hosts
        for path in paths
    ]


def _plain_address(url: str) -> str:
    """An address with https, without `www.`, marks of a page for phones, and a slash at the end."""
    parts = urlsplit(url)
    path = _AMP.sub("", parts.path).rstrip("/")
    query = _AMP_QUERY.sub("", parts.query).lstrip("&")
    return urlunsplit(("https", _HOST_PREFIX.sub("", parts.netloc), path, query, parts.fragment))


def _is_flood(n_unseen: int, n_entries: int) -> bool:
    """Whether so many of a poll's entries are unseen that the feed rather has new guids than news."""
    return n_unseen >= MIN_FLOOD or n_unseen >= max(MIN_SHORT_FLOOD, FLOOD_SHARE * n_entries)


def _has_articles(conn: Connection, poll: Poll) -> bool:
    """Whether anything of the outlet or of its feeds is stored; all items of a new one are new."""
    return bool(conn.execute(_HAS_ANY, {"outlet": poll.outlet_id}).scalar())


def _find_by_address(conn: Connection, poll: Poll, fresh: Mapping[str, Entry]) -> dict[str, int]:
    """The articles of the outlet that have an entry's address, or another spelling of it."""
    keys = {
        name: [build_url_key(poll, name, entry), *(map(key_of, build_variants(entry.url)) if entry.url else ())]
        for name, entry in fresh.items()
    }
    stored: dict[str, int] = {}
    for some in chunks(sorted({key for own in keys.values() for key in own})):
        rows = conn.execute(_BY_KEY, {"outlet": poll.outlet_id, "some": some})
        stored |= {row.url_key: row.id for row in rows}
    matched = {name: next((stored[key] for key in own if key in stored), None) for name, own in keys.items()}
    return {name: article for name, article in matched.items() if article is not None}


def _find_by_content(conn: Connection, poll: Poll, left: Mapping[str, Entry], *, is_flood: bool) -> dict[str, int]:
    """The articles of the outlet that have the same title and text, and were in a feed within 30 days.

    Outside a flood only texts of twenty words count, or headlines of six with the same publication time; none of a
    series, and no publications days apart. An article is given to one entry.
    """
    hashes = {name: content_hash(entry.title, entry.text) for name, entry in left.items()}
    about = {"outlet": poll.outlet_id, "since": poll.seen_at - REMEMBERED}
    rows: list[RowMapping] = []
    for some in chunks(sorted(set(hashes.values()))):
        rows += conn.execute(_BY_CONTENT, about | {"some": some}).mappings()
    stored = {row["key"] for row in rows}
    hashes = {name: hashed for name, hashed in hashes.items() if hashed in stored}
    if not is_flood:
        hashes = {name: hashed for name, hashed in hashes.items() if is_telling(left[name])}
    return _assign(left, hashes, rows, is_flood=is_flood)


def _find_in_flood(conn: Connection, poll: Poll, left: Mapping[str, Entry]) -> dict[str, int]:
    """What a flood may be taken for: articles with the same title and text, however short, or the same long title."""
    found = _find_by_content(conn, poll, left, is_flood=True)
    titles = {
        name: entry.title
        for name, entry in left.items()
        if name not in found and len(entry.title.split()) >= MIN_TITLE_WORDS
    }
    if not titles:
        return found
    title = func.substr(versions.c.text, 1, versions.c.title_end)
    query = (
        select(title.label("key"), articles.c.id, articles.c.published_at)
        .join_from(articles, versions)
        .where(articles.c.outlet_id == poll.outlet_id, versions.c.seen_at >= poll.seen_at - REMEMBERED)
        .order_by(articles.c.id.desc())
    )
    rows: list[RowMapping] = []
    for some in chunks(sorted(set(titles.values()))):
        rows += conn.execute(query.where(title.in_(some))).mappings()
    return found | _assign(left, titles, rows, is_flood=True, taken=found.values())


def _assign(
    left: Mapping[str, Entry],
    keys: Mapping[str, str],
    rows: Iterable[RowMapping],
    *,
    is_flood: bool,
    taken: Iterable[int] = (),
) -> dict[str, int]:
    """An article for each entry whose key a row has: the one of the same publication time, else the newest left."""
    by_key: dict[str, dict[int, datetime | None]] = {}
    for row in rows:
        by_key.setdefault(row["key"], {})[row["id"]] = row["published_at"]
    gone, found = set(taken), dict[str, int]()
    for name, key in keys.items():
        published = left[name].published_at
        free = {article: at for article, at in by_key.get(key, {}).items() if article not in gone}
        near = [article for article, at in free.items() if is_flood or may_be(left[name], at)]
        if near:
            found[name] = next((article for article in near if free[article] == published), near[0])
            gone.add(found[name])
    return found


def is_telling(entry: Entry) -> bool:
    """Whether title and text are long enough to be no coincidence, and of no series."""
    wording = fold_item(entry.title, entry.text)
    least = MIN_TITLE_WORDS if entry.published_at else MIN_WORDS
    return wording.n_words >= least and not wording.is_serial


def may_be(entry: Entry, published_at: datetime | None) -> bool:
    """Whether an entry may be an article of this publication time that has its words: few words need the same time."""
    is_short = fold_item(entry.title, entry.text).n_words < MIN_WORDS
    return published_at == entry.published_at if is_short else _is_near(published_at, entry.published_at)


def _is_near(first: datetime | None, second: datetime | None) -> bool:
    """Whether two publication times may be those of one article; an unknown one says nothing."""
    return first is None or second is None or abs(first - second) <= DOUBLED


def _find_doubles(conn: Connection, poll: Poll, left: Mapping[str, Entry], found: dict[str, int]) -> Found:
    """The same with entries that are an article of the last three days, or each other, under another address."""
    titles = {name: fold_wording(entry.title) for name, entry in left.items()}
    known: dict[str, list[tuple[str, str, datetime | None, int | str]]] = {title: [] for title in titles.values()}
    for folded, title, text, published_at, article in _read_recent(conn, poll, frozenset(known)):
        known[folded].append((title, text, published_at, article))
    doubles: dict[str, str] = {}
    for name, entry in left.items():
        others = known[titles[name]]
        # Texts are folded only for the few that share a headline.
        same = [
            it for title, text, at, it in others if _is_near(at, entry.published_at) and _is_same(entry, title, text)
        ]
        if not same:
            others.append((entry.title, entry.text, entry.published_at, name))
        elif isinstance(same[0], int):  # the earliest comes first
            found[name] = same[0]
        else:
            doubles[name] = same[0]
    return Found(found, doubles)


def _is_same(entry: Entry, title: str, text: str) -> bool:
    return is_same_article(fold_item(entry.title, entry.text), fold_item(title, text))


def _read_recent(
    conn: Connection, poll: Poll, titles: frozenset[str]
) -> Iterable[tuple[str, str, str, datetime | None, int]]:
    """What the outlet's feeds said under one of these folded titles in the last three days, oldest first.

    Folded title, title, text, publication time and number of the article.
    """
    words = _find_telling_words(titles)
    rows = conn.execute(_RECENT, {"outlet": poll.outlet_id, "since": poll.seen_at - DOUBLED}).mappings()
    shared = [
        (row, folded)
        for row in rows
        if _may_be_one(row["title"], words) and (folded := fold_wording(row["title"])) in titles
    ]
    texts: dict[int, str] = {}
    for some in chunks([row["version_id"] for row, _ in shared]):
        texts |= {row.id: row.text for row in conn.execute(_TEXTS, {"some": some})}
    for row, folded in shared:
        text = texts[row["version_id"]][len(row["title"]) :]
        yield folded, row["title"], text, row["published_at"], row["id"]


def _find_telling_words(folded: Iterable[str]) -> tuple[str, ...]:
    """The longest word of each folded title; "" for one without words in letters of ASCII."""
    return tuple({max(_ASCII_WORD.findall(title), key=len, default="") for title in folded})


def _may_be_one(title: str, words: Sequence[str]) -> bool:
    """False if folding this title cannot give one that holds one of the words; much faster than folding it.

    Folding takes words away from a title in ASCII, and changes none but for the case of its letters.
    """
    if not title.isascii():
        return True
    small = title.lower()
    return any(word in small for word in words)
