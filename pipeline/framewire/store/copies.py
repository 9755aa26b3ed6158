"""Which article is a copy of which: what is to be compared, and what was found."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, case, delete, func, insert, or_, select, union, update

from framewire.store.counting import first_entries
from framewire.store.labelling import is_newest
from framewire.store.schema import articles, copies, entries, versions
from framewire.store.tables import between
from framewire.store.writes import chunks


@dataclass(frozen=True, slots=True)
class Comparable:
    """An article that may be a copy or be copied.

    `told_at` is when it was published if it came with a feed's first poll, else when it was first seen; it says how far
    apart two articles are. The order (`first_seen_at`, `published_at`, `article_id`) says which is the earlier one: what
    is stored later never comes before what is stored.
    """

    article_id: int
    version_id: int
    language: str
    first_seen_at: datetime
    published_at: datetime | None
    told_at: datetime

    @property
    def order(self) -> tuple[datetime, datetime, int]:
        """Where it stands among all articles."""
        return self.first_seen_at, self.published_at or self.first_seen_at, self.article_id


@dataclass(frozen=True, slots=True)
class Copy:
    """A copy, its original, and the share of runs of words it has in common with the article it was recognised by."""

    article_id: int
    original_id: int
    jaccard: float


def read_changed_articles(conn: Connection, *, since: datetime | None) -> list[Comparable]:
    """The articles with a version seen since then, all of them without it, in the order of `told_at`."""
    changed = select(versions.c.article_id).where(*between(versions.c.seen_at, since, None))
    return _read(conn, articles.c.id.in_(changed))


def read_articles_near(conn: Connection, *, since: datetime, until: datetime, within: timedelta) -> list[Comparable]:
    """The articles told between two times, or not further than `within` from them, in the order of `told_at`."""
    begin, end = since - within, until + within
    # What was first seen long before or after may have been published within: only feeds' first polls do that.
    near = or_(articles.c.first_seen_at.between(begin, end), articles.c.published_at.between(begin, end))
    return [article for article in _read(conn, near) if begin <= article.told_at <= end]


def _read(conn: Connection, *conditions: ColumnElement[bool]) -> list[Comparable]:
    told_at = case(
        (entries.c.first_poll, func.coalesce(articles.c.published_at, articles.c.first_seen_at)),
        else_=articles.c.first_seen_at,
    )
    query = (
        select(
            articles.c.id,
            versions.c.id,
            articles.c.language,
            articles.c.first_seen_at,
            articles.c.published_at,
            told_at,
        )
        .select_from(articles.join(versions, (versions.c.article_id == articles.c.id) & is_newest()))
        .outerjoin(entries, first_entries())
        .where(*conditions)
        .order_by(told_at, articles.c.id)
    )
    rows: Iterable[Any] = conn.execute(query)
    return [Comparable(*row) for row in rows]


def get_originals(conn: Connection, article_ids: Sequence[int]) -> dict[int, int]:
    """The original of each of these articles that is a copy."""
    found: dict[int, int] = {}
    for some in chunks(list(article_ids)):
        rows = conn.execute(select(copies.c.article_id, copies.c.original_id).where(copies.c.article_id.in_(some)))
        found |= {row.article_id: row.original_id for row in rows}
    return found


def get_copies(conn: Connection, original_id: int) -> list[int]:
    """The articles that are copies of this one, by number."""
    query = select(copies.c.article_id).where(copies.c.original_id == original_id).order_by(copies.c.article_id)
    return list(conn.execute(query).scalars())


def count_carriers(conn: Connection) -> dict[int, int]:
    """How many outlets carry the text of each article that has copies, its own among them."""
    of_copies = select(copies.c.original_id, articles.c.outlet_id).join_from(
        copies, articles, copies.c.article_id == articles.c.id
    )
    own = select(copies.c.original_id, articles.c.outlet_id).join_from(
        copies, articles, copies.c.original_id == articles.c.id
    )
    both = union(of_copies, own).subquery()
    query = select(both.c.original_id, func.count()).group_by(both.c.original_id)
    rows: Iterable[Any] = conn.execute(query)
    return {int(original): int(n) for original, n in rows}


def record_copies(conn: Connection, checked: Sequence[int], found: Mapping[int, Copy], *, now: datetime) -> int:
    """How many copies are new. What was checked is a copy if it was found to be one, and no copy otherwise.

    An original is never a copy itself: where an article that others were copies of becomes one, theirs is its original.
    Recording the same again changes nothing, `found_at` neither.
    """
    before = get_originals(conn, checked)
    gone = [article for article in checked if article in before and article not in found]
    for some in chunks(gone):
        conn.execute(delete(copies).where(copies.c.article_id.in_(some)))
    rows = [
        {"article_id": copy.article_id, "original_id": copy.original_id, "jaccard": copy.jaccard, "found_at": now}
        for article, copy in sorted(found.items())
        if article not in before
    ]
    if rows:
        conn.execute(insert(copies), rows)
    for article, copy in sorted(found.items()):
        if article in before and before[article] != copy.original_id:
            own = copies.c.article_id == article
            conn.execute(update(copies).where(own).values(original_id=copy.original_id, jaccard=copy.jaccard))
        conn.execute(update(copies).where(copies.c.original_id == article).values(original_id=copy.original_id))
    return len(rows)
