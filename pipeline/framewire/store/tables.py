"""Rows of the database as pandas tables with fixed columns and dtypes, also when there are none."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Connection, Select

if TYPE_CHECKING:
    import pandas as pd

TIME = "datetime64[us, UTC]"
WHOLE = "int64"
WHOLE_OR_NONE = "Int64"
NUMBER = "float64"
YES_NO = "bool"
TEXT = "text"
LISTS = "object"


def query_table(conn: Connection, query: Select[Any], dtypes: dict[str, str]) -> pd.DataFrame:
    """The rows of a query, in its order. `dtypes` names the query's columns in their order."""
    return build_table(conn.execute(query), dtypes)


def build_table(rows: Iterable[Sequence[Any]], dtypes: dict[str, str]) -> pd.DataFrame:
    """A table of these columns and dtypes, shape `(n_rows, n_columns)`.

    Text has the dtype that pandas itself gives to text (`str` from pandas 3 on, `object` before); missing text is what
    `isna` says so of.
    """
    columns = list(zip(*rows, strict=True)) or [()] * len(dtypes)
    import pandas as pd  # not needed by a run that only fetches

    text = pd.Series(["text"]).dtype
    return pd.DataFrame(
        {
            name: pd.Series(list(values), dtype=text if dtype == TEXT else dtype)
            for (name, dtype), values in zip(dtypes.items(), columns, strict=True)
        }
    )


def between(column: Any, since: datetime | None, until: datetime | None) -> list[ColumnElement[bool]]:
    """The conditions that hold a time in `[since, until)`."""
    return [*([column >= since] if since else []), *([column < until] if until else [])]
