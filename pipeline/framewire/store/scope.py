"""Which articles a read is held to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, exists, func, select

from framewire.store.schema import articles, outlets
from framewire.store.tables import between

# Source: SQLite takes 32,766 values in one statement (SQLITE_MAX_VARIABLE_NUMBER), and PostgreSQL's driver 65,535.
MAX_IDS = 30_000


@dataclass(frozen=True, slots=True)
class Only:
    """Articles first seen in [since, until), of these outlets, groups and languages, of these numbers. None = all of the kind."""

    since: datetime | None = None
    until: datetime | None = None
    outlets: tuple[str, ...] | None = None
    groups: tuple[str, ...] | None = None
    languages: tuple[str, ...] | None = None
    articles: tuple[int, ...] | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """The conditions on `articles` and `outlets`, times by when an article was first seen."""
        return [*between(articles.c.first_seen_at, self.since, self.until), *self.conditions_beside_time()]

    def conditions_beside_time(self) -> list[ColumnElement[bool]]:
        """The same without times."""
        chosen: list[tuple[ColumnElement[Any], Sequence[Any] | None]] = [
            (articles.c.outlet_id, self.outlets),
            (outlets.c.group_name, self.groups),
            (articles.c.language, self.languages),
            (articles.c.id, self.articles),
        ]
        return [column.in_(values) for column, values in chosen if values is not None]


def list_outlets(conn: Connection) -> list[tuple[str, str]]:
    """(id, group) of every outlet on record, by id."""
    rows = conn.execute(select(outlets.c.id, outlets.c.group_name).order_by(outlets.c.id))
    return [(row.id, row.group_name) for row in rows]


def has_language(conn: Connection, language: str) -> bool:
    """Whether an article in this language is stored."""
    return bool(conn.execute(select(exists().where(articles.c.language == language))).scalar())


def get_first_seen(conn: Connection) -> datetime | None:
    """When the oldest article was seen, or published if a first poll brought it later; None without articles."""
    times = conn.execute(select(func.min(articles.c.first_seen_at), func.min(articles.c.published_at))).one()
    return min((time for time in times if time), default=None)
