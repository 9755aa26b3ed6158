"""What the store's own tables mean, and queries that join what a person wants, for Datasette.

Source: docs.datasette.io, Metadata and canned queries; both forms that Datasette reads them in are one document here.
"""

import json
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any


def render_metadata(columns: Mapping[str, Sequence[str]], *, title: str, database: str) -> str:
    """The text of Datasette's `metadata.json` for a SQLite store.

    Args:
        columns: the columns of each table of the store.
        title: of the watch.
        database: the file's name without its ending.
    """
    tables: dict[str, dict[str, Any]] = {
        name: {"description": about["about"], "columns": _pick(describe_columns(name), columns[name])}
        for name, about in _load()["tables"].items()
    }
    # People's addresses, and what no reader needs.
    for name in ("outbox", "framewire_version", "robots", "blocks"):
        tables[name]["hidden"] = True
    queries = {name: {"title": query["title"], "sql": query["sql"].strip()} for name, query in get_queries().items()}
    about = {
        "title": title,
        "description": "How outlets word a subject. Labels are measurements with errors; texts belong to their outlets.",
        "databases": {database: {"tables": tables, "queries": queries}},
    }
    return json.dumps(about, ensure_ascii=False, indent=1) + "\n"


def _pick(described: Mapping[str, str], columns: Sequence[str]) -> dict[str, str]:
    return {column: described[column] for column in columns}


def describe_columns(table: str) -> dict[str, str]:
    """What each column of a table of the store means. The columns that several tables share are in all of them."""
    content = _load()
    return {**content["shared"], **content["tables"][table]["columns"]}


def get_queries() -> dict[str, dict[str, str]]:
    """The queries by name: `title` and `sql`, with named parameters; an empty one is no limit."""
    queries: dict[str, dict[str, str]] = _load()["queries"]
    return queries


@cache
def _load() -> dict[str, Any]:
    return tomllib.loads(files("framewire.exports").joinpath("store.toml").read_text(encoding="utf-8"))
