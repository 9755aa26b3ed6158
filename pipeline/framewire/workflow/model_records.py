"""The models on record: which is in use, which were, and what their cards say."""

from collections.abc import Sequence
from typing import Any

from framewire.errors import ModelMissing
from framewire.store import PROMOTED, find_promotion, get_models, reading
from framewire.workflow.workspace import Workspace
from framewire.yamlfile import unknown_message


def get_row_in_use(workspace: Workspace) -> dict[str, Any] | None:
    """The row of the model in use: `id`, `name`, `digest`, `card`, `history`; None if none was put in use."""
    with reading(workspace.engine) as conn:
        rows = get_models(conn, codebook_id=workspace.codebook.id)
    return rows[0] if rows and find_promotion(rows[0]) is not None else None


def list_models(workspace: Workspace) -> list[dict[str, Any]]:
    """The models on record for this codebook, the one in use first; of each the last word on it."""
    in_use = get_row_in_use(workspace)
    with reading(workspace.engine) as conn:
        rows = get_models(conn, codebook_id=workspace.codebook.id)
    return [
        {
            "name": row["name"],
            "in_use": in_use is not None and row["id"] == in_use["id"],
            "trained": row["added_at"].strftime("%Y-%m-%d %H:%M"),
            "passages": row["card"]["passages"]["n"],
            "codebook_version": row["card"]["codebook"]["version"],
            **_describe_last_word(row["history"]),
        }
        for row in rows
    ]


def _describe_last_word(history: Sequence[dict[str, Any]]) -> dict[str, Any]:
    if not history:
        return {"state": PROMOTED, "by": "", "why": "trained before promotions were recorded"}
    last = history[-1]
    return {"state": last["what"], "by": last["by"], "why": last["why"]}


def find_row(workspace: Workspace, name: str | None) -> dict[str, Any]:
    """The row of a model, of the one in use if `name` is None.

    Raises:
        ModelMissing: none of this name is on record.
    """
    with reading(workspace.engine) as conn:
        rows = get_models(conn, codebook_id=workspace.codebook.id)
    for row in rows:
        if name in (None, row["name"], row["name"].partition("/")[2]):
            return row
    of = f"of codebook '{workspace.codebook.id}' in {workspace.config.folder}"
    if not rows:
        raise ModelMissing(f"no model {of} is on record. Run `framewire train`.")
    known = [row["name"].partition("/")[2] for row in rows]
    raise ModelMissing(
        f"no model {name} {of}: {unknown_message('model', str(name), known)}. See `framewire model list`."
    )


def get_card(workspace: Workspace, name: str | None) -> dict[str, Any]:
    """The card of a model, of the one in use if `name` is None.

    Raises:
        ModelMissing: none of this name is on record.
    """
    card: dict[str, Any] = find_row(workspace, name)["card"]
    return card
