"""What each exported table holds: its columns, their types and meaning, read from `columns.toml`."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

TABLES = ("articles", "mentions", "narratives", "daily", "stories", "coverage", "revisions")
"""The tables that can be exported."""

DEFUSED = "defused"
"""The column of a CSV file that says in which columns of its row an apostrophe was put before the text."""


@dataclass(frozen=True, slots=True)
class ExportColumn:
    """One column. `type` is its dtype in notebooks; `values` are all that it may hold, empty = anything of the type."""

    name: str
    type: str
    text: str
    unit: str | None = None
    required: bool = False
    minimum: float | None = None
    maximum: float | None = None
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ExportTable:
    """One table. `text_columns` hold the text of articles and come only if they are asked for."""

    name: str
    title: str
    text: str
    key: tuple[str, ...]
    columns: tuple[ExportColumn, ...]
    text_columns: tuple[ExportColumn, ...]

    def choose_columns(self, *, with_text: bool) -> tuple[ExportColumn, ...]:
        """The columns of an export, in their order."""
        return (*self.columns, *self.text_columns) if with_text else self.columns


@cache
def get_table(name: str) -> ExportTable:
    """The table of this name, one of `TABLES`. Raises KeyError for another."""
    content = _load()
    table = content[name]
    known = content["shared"] | table["own"]
    return ExportTable(
        name=name,
        title=table["title"],
        text=table["text"],
        key=tuple(table["key"]),
        columns=tuple(_build_column(column, known[column]) for column in table["columns"]),
        text_columns=tuple(_build_column(column, known[column]) for column in table.get("with_text", [])),
    )


@cache
def _load() -> dict[str, Any]:
    return tomllib.loads(files("framewire.exports").joinpath("columns.toml").read_text(encoding="utf-8"))


def _build_column(name: str, about: dict[str, Any]) -> ExportColumn:
    known: dict[str, Any] = {**about, "values": tuple(about.get("values", ()))}
    return ExportColumn(name, **known)
