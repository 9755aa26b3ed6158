"""Counts by day, made in the database: a year of a large store comes back as some thousand rows, never as articles."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Select,
    bindparam,
    case,
    cast,
    distinct,
    exists,
    extract,
    func,
    select,
)

from framewire.records import LabelState, Voice
from framewire.store.counting import counted_at, first_entries
from framewire.store.explore import NOT_LABELLED, here
from framewire.store.labelling import is_newest
from framewire.store.reads import is_newest_labelling
from framewire.store.schema import articles, entries, labellings, mentions, narratives, outlets, passages, versions
from framewire.store.scope import Only
from framewire.store.tables import TEXT, WHOLE, build_table

if TYPE_CHECKING:
    import pandas as pd

RELEVANT, UNLABELLED_ITEM = "relevant", "unlabelled"
_COLUMNS: dict[str, ColumnElement[Any]] = {
    "outlet": articles.c.outlet_id,
    "group": outlets.c.group_name,
    "country": outlets.c.country,
    "language": articles.c.language,
}
BY = tuple(_COLUMNS)
"""What can be counted by."""
FIRM = (LabelState.LABELLED.value, LabelState.RULES_ONLY.value)
# No article counts much later than it was first seen: a date further ahead is dropped when it is read (ingest.dates).
_AHEAD = timedelta(days=2)

Key = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Stretch:
    """Days of one length that follow each other: the number of the first, when they begin and end, and that length."""

    first: int
    start: datetime
    end: datetime
    day_seconds: int


def count_articles(conn: Connection, stretches: Sequence[Stretch], *, by: Sequence[str], only: Only) -> pd.DataFrame:
    """`day` (its number), the columns of `by`, `item`, `n`, `total`.

    Items: 'relevant' of the labelled articles, 'unlabelled' (nothing is known of their content) of all.
    """
    every, relevant = _count_every(conn, stretches, by, only), _count_relevant(conn, stretches, by, only)
    unknown = _count_unknown(conn, stretches, by, only)
    found: list[Key] = []
    for key, total in every.items():
        found.append((*key, RELEVANT, relevant[key], total - unknown[key]))
        found.append((*key, UNLABELLED_ITEM, unknown[key], total))
    return _table(found, by)


def count_mentions(
    conn: Connection, stretches: Sequence[Stretch], *, by: Sequence[str], only: Only, referent: str
) -> pd.DataFrame:
    """The same of mentions in relevant passages: each wording of a referent (`item`), of all its mentions."""
    source = _from_labels(mentions, mentions.c.labelling_id).join(passages, here(mentions))
    query = _select(conn, stretches, by, only, mentions.c.wording.label("item")).select_from(source)
    rows = query.where(mentions.c.referent == referent, passages.c.relevant).subquery()
    keys = [rows.c[name] for name in ("day", *by, "item")]
    counted = [(tuple(key), int(n)) for *key, n in conn.execute(select(*keys, func.count()).group_by(*keys))]
    totals: Counter[Key] = Counter()
    for key, n in counted:
        totals[key[:-1]] += n
    return _table([(*key, n, totals[key[:-1]]) for key, n in counted], by)


def count_narratives(
    conn: Connection, stretches: Sequence[Stretch], *, by: Sequence[str], only: Only, narrative: str
) -> pd.DataFrame:
    """The same of relevant articles: those that carry a narrative and do not only deny it.

    `item` is the accused side, '' where there is none.
    """
    item = func.coalesce(narratives.c.accused, "").label("item")
    source = _from_labels(narratives, narratives.c.labelling_id)
    rows = (
        _select(conn, stretches, by, only, item, articles.c.id.label("article"))
        .select_from(source)
        .where(narratives.c.narrative == narrative, narratives.c.state.in_(FIRM))
        .where(narratives.c.voice != Voice.DENIED.value)
        .subquery()
    )
    keys = [rows.c[name] for name in ("day", *by, "item")]
    query = select(*keys, func.count(distinct(rows.c.article))).group_by(*keys)
    counts = {tuple(key): int(n) for *key, n in conn.execute(query)}
    items = sorted({key[-1] for key in counts}) or [""]
    totals = _count_relevant(conn, stretches, by, only)
    return _table([(*key, each, counts.get((*key, each), 0), n) for key, n in totals.items() for each in items], by)


def _count_every(conn: Connection, stretches: Sequence[Stretch], by: Sequence[str], only: Only) -> Counter[Key]:
    """All articles by day and `by`: by when they were seen, and then those of first polls moved to where they count.

    One query a day: SQLite would sort all articles of one query, which takes four times as long.
    """
    places = [_COLUMNS[name] for name in by]
    seen, published = articles.c.first_seen_at, articles.c.published_at
    source = articles.join(outlets) if _needs_outlets(by, only) else articles
    query = (
        select(*places, func.count())
        .select_from(source)
        .where(seen >= bindparam("start"), seen < bindparam("end"), *only.conditions_beside_time())
        .group_by(*places)
    )
    counts: Counter[Key] = Counter()
    for day, start, end in _list_days(stretches):
        counts.update({(day, *row[:-1]): row[-1] for row in conn.execute(query, {"start": start, "end": end})})
    earlier = entries.alias("earlier")
    is_first = ~exists().where(earlier.c.article_id == entries.c.article_id, earlier.c.id < entries.c.id)
    polled = entries.join(articles, articles.c.id == entries.c.article_id).join(
        outlets, outlets.c.id == articles.c.outlet_id
    )
    first = select(seen, published, *places).select_from(polled).where(is_first)
    for seen_at, published_at, *key in conn.execute(first.where(entries.c.first_poll, *only.conditions_beside_time())):
        for time, change in ((seen_at, -1), (published_at, 1)):
            number = _find_day(time, stretches)
            if number is not None:
                counts[(number, *key)] += change
    return +counts


def _count_unknown(conn: Connection, stretches: Sequence[Stretch], by: Sequence[str], only: Only) -> Counter[Key]:
    """The articles of whose content nothing is known, by day and `by`."""
    bare = ~exists().where(labellings.c.version_id == versions.c.id)
    # Distinct keeps SQLite from asking for the day and the newest version of every article before it looks for its label.
    never = select(versions.c.article_id).where(bare).distinct().subquery()
    source = (
        never.join(versions, (versions.c.article_id == never.c.article_id) & is_newest() & bare)
        .join(articles, articles.c.id == versions.c.article_id)
        .join(outlets, outlets.c.id == articles.c.outlet_id)
        .outerjoin(entries, first_entries())
    )
    empty = (
        select(labellings.c.id.label("labelling_id")).where(labellings.c.state.in_(NOT_LABELLED)).distinct().subquery()
    )
    counts: Counter[Key] = Counter()
    for each in (source, _from_labels(empty, empty.c.labelling_id)):
        counts += _count(conn, _select(conn, stretches, by, only).select_from(each), by)
    return counts


def _count(conn: Connection, query: Select[Any], by: Sequence[str]) -> Counter[Key]:
    """How many rows of a query there are, by day and `by`."""
    rows = query.subquery()
    keys = [rows.c[name] for name in ("day", *by)]
    return Counter({tuple(key): int(n) for *key, n in conn.execute(select(*keys, func.count()).group_by(*keys))})


def _needs_outlets(by: Sequence[str], only: Only) -> bool:
    """Whether what is counted by, or chosen by, stands with the outlets."""
    return only.groups is not None or any(_COLUMNS[name].table is outlets for name in by)


def _list_days(stretches: Sequence[Stretch]) -> Iterator[tuple[int, datetime, datetime]]:
    """(number, start, end) of each day."""
    for stretch in stretches:
        length = timedelta(seconds=stretch.day_seconds)
        for i in range((stretch.end - stretch.start) // length):
            yield stretch.first + i, stretch.start + i * length, stretch.start + (i + 1) * length


def _find_day(time: datetime | None, stretches: Sequence[Stretch]) -> int | None:
    """The number of the day in which a time lies; None if in none."""
    for stretch in stretches:
        if time and stretch.start <= time < stretch.end:
            return stretch.first + (time - stretch.start) // timedelta(seconds=stretch.day_seconds)
    return None


def _count_relevant(conn: Connection, stretches: Sequence[Stretch], by: Sequence[str], only: Only) -> Counter[Key]:
    """The relevant articles by day and `by`."""
    relevant = select(passages.c.labelling_id).where(passages.c.relevant).distinct().subquery()
    query = _select(conn, stretches, by, only).select_from(_from_labels(relevant, relevant.c.labelling_id))
    return _count(conn, query, by)


def _from_labels(table: Any, labelling_id: ColumnElement[Any]) -> Any:
    """What labels say, joined up to the articles: most articles have no label of a kind, so the labels are read first."""
    return (
        table.join(labellings, (labellings.c.id == labelling_id))
        .join(versions, (versions.c.id == labellings.c.version_id) & is_newest_labelling() & is_newest())
        .join(articles, articles.c.id == versions.c.article_id)
        .join(outlets, outlets.c.id == articles.c.outlet_id)
        .outerjoin(entries, first_entries())
    )


def _select(
    conn: Connection, stretches: Sequence[Stretch], by: Sequence[str], only: Only, *more: ColumnElement[Any]
) -> Select[Any]:
    """`day`, the columns of `by` and `more`, of the articles that count on one of the days."""
    counted, start, end = counted_at(), stretches[0].start, stretches[-1].end
    return select(
        _number_day(conn, counted, stretches).label("day"), *(_COLUMNS[name].label(name) for name in by), *more
    ).where(
        articles.c.first_seen_at >= start - _AHEAD,
        counted >= start,
        counted < end,
        *only.conditions_beside_time(),
    )


def _number_day(conn: Connection, time: ColumnElement[Any], stretches: Sequence[Stretch]) -> ColumnElement[int]:
    """The number of the day in which a time lies; the time is inside the stretches."""
    seconds = extract("epoch", time)
    if conn.dialect.name == "postgresql":
        seconds = cast(func.floor(seconds), BigInteger)  # type: ignore[assignment]
    numbers = [
        (time < stretch.end, (seconds - int(stretch.start.timestamp())) // stretch.day_seconds + stretch.first)
        for stretch in stretches
    ]
    return case(*numbers)


def _table(rows: Iterable[Key], by: Sequence[str]) -> pd.DataFrame:
    dtypes = {"day": WHOLE, **dict.fromkeys(by, TEXT), "item": TEXT, "n": WHOLE, "total": WHOLE}
    return build_table(sorted(rows, key=lambda row: tuple(row[: len(by) + 2])), dtypes)
