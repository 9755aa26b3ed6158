"""Where a table comes from: what travels with it in `table.attrs`."""

from collections.abc import Hashable, Mapping
from datetime import UTC, date, datetime
from typing import Any

import pandas as pd

from framewire.store import get_models, reading, shown
from framewire.workflow.workspace import Workspace


def describe_store(workspace: Workspace) -> dict[Hashable, Any]:
    """Database (no password, no path but the last folder), model in use and codebook, in words."""
    codebook = workspace.codebook
    with reading(workspace.engine) as conn:
        models = get_models(conn, codebook_id=codebook.id)
    return {
        "database": name_database(workspace),
        "model": models[0]["name"] if models else "terms and rules only",
        "codebook": f"{codebook.id} version {codebook.version}",
        "codebook_digest": codebook.digest,
    }


def name_database(workspace: Workspace) -> str:
    """The database: of a file its folder and name, of a server its address without the password."""
    url = workspace.engine.url
    if url.get_backend_name() == "sqlite":
        return "sqlite: " + "/".join(str(url.database).replace("\\", "/").split("/")[-2:])
    return shown(url)


def mark(table: pd.DataFrame, about: dict[Hashable, Any], method: str, arguments: Mapping[str, Any]) -> pd.DataFrame:
    """The table itself, with its provenance in `attrs`; arguments that were not given are left out."""
    table.attrs = {
        **about,
        "query": {"method": method, **{k: _plain(v) for k, v in arguments.items() if v is not None}},
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    return table


def _plain(value: Any) -> Any:
    """A value that can be written as JSON."""
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value if isinstance(value, str | int | float | bool) else str(value)
