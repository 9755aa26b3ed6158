"""The order in which a notebook's rows are read: that of time, then of the text; with a limit the newest ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Connection, Select

from framewire.store.schema import articles
from framewire.store.tables import query_table

if TYPE_CHECKING:
    import pandas as pd


def read_rows(
    conn: Connection, query: Select[Any], dtypes: dict[str, str], limit: int | None, *within: ColumnElement[Any]
) -> pd.DataFrame:
    """The rows, oldest article first; with a limit those of the newest end."""
    order = [articles.c.first_seen_at, articles.c.id, *within]
    table = query_table(conn, put_newest(query, limit, order), dtypes)
    return table.iloc[::-1].reset_index(drop=True) if limit else table


def put_newest(query: Select[Any], limit: int | None, order: Sequence[ColumnElement[Any]]) -> Select[Any]:
    """The query in this order; with a limit the rows of the other end, last one first."""
    if not limit:
        return query.order_by(*order)
    return query.order_by(*(column.desc() for column in order)).limit(limit)
