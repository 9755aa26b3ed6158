"""The review queue as a table, and codings out of a table into the store."""

from collections.abc import Hashable, Iterator
from datetime import UTC, datetime
from typing import Any

import pandas as pd

from framewire.analysis.choice import check_name
from framewire.analysis.fixed import fixed_table
from framewire.errors import InputError
from framewire.learn.corrections import Verdict, render_verdict
from framewire.records import CodingOrigin
from framewire.workflow.corrections import Said
from framewire.workflow.opening import ReadOnlyWorkspace
from framewire.workflow.review_items import ReviewItem, list_open_items
from framewire.workflow.review_saving import parse_said, save_words
from framewire.workflow.workspace import Workspace

_REVIEW = {
    "item": "text",
    "article_id": "int64",
    "outlet": "text",
    "group": "text",
    "language": "text",
    "reason": "text",
    "blind": "bool",
    "text": "text",
    "narratives": "object",
    "says": "text",
}
_CORRECTED = {"item": "text", "says": "text", "is_new": "bool"}
_NEEDED, _ALLOWED = ("item", "says"), ("item", "says", "note", *_REVIEW)


def list_items(workspace: Workspace, n: int, *, by: str, labels: bool) -> pd.DataFrame:
    """The next `n` passages that wait for a coder, in the order of the queue."""
    if n < 1:
        raise ValueError(f"n: {n} passages cannot be shown; write c.review(20, by='anna')")
    rows = [_as_row(item) for item in list_open_items(workspace, by, n=n, hides=not labels)]
    return fixed_table(rows, _REVIEW)


def store_table(workspace: Workspace, table: pd.DataFrame, *, by: str, now: datetime | None = None) -> pd.DataFrame:
    """What came of the codings of a table: all are stored, or none. Rows where `says` is missing are passed over.

    Raises:
        InputError: the collection is read-only; a column is missing or unknown; a row cannot be used: names both.
    """
    if isinstance(workspace, ReadOnlyWorkspace):
        raise InputError(
            "this collection is read-only, so nothing can be stored; "
            "open it with fw.open(folder, writable=True), naming the workspace's folder"
        )
    if not by.strip() or not by.isprintable() or len(by) > 80:
        raise InputError(f"by: '{by}' is no coder's name; write by='anna'")
    moment = now or datetime.now(UTC)
    said = [
        (place, item, Said(by.strip(), moment, CodingOrigin.NOTEBOOK, verdict=verdict, note=note))
        for place, item, verdict, note in _read_rows(workspace, table)
    ]
    saved = save_words(workspace, said)
    return fixed_table([(one.item, one.says, one.is_new) for one in saved], _CORRECTED)


def _as_row(item: ReviewItem) -> tuple[Any, ...]:
    verdict = item.verdict
    return (
        item.id,
        item.article,
        item.version.outlet_id,
        item.group,
        item.version.language,
        item.reason,
        item.is_blind,
        item.text,
        [] if verdict is None else [narrative.id for narrative in verdict.narratives],
        None if verdict is None else render_verdict(verdict),
    )


def _read_rows(workspace: Workspace, table: pd.DataFrame) -> Iterator[tuple[str, str, Verdict, str | None]]:
    """(where, item, what is said, note) of each row that says something. Raises InputError."""
    for name in _NEEDED:
        if name not in table.columns:
            raise InputError(f"column {name}: is missing; c.review() gives a table with it")
    for name in table.columns:
        try:
            check_name("column", str(name), _ALLOWED)
        except ValueError as error:
            raise InputError(f"column {name}: {error}") from error
    for label, row in zip(table.index.tolist(), table.to_dict("records"), strict=True):
        if not _is_text(row["says"]):
            continue
        where = f"row {label}"
        if not _is_text(row["item"]):
            raise InputError(f"{where}, column item: is empty; it names the passage, such as 12.3")
        try:
            verdict = parse_said(workspace, str(row["says"]))
        except InputError as error:
            raise InputError(f"{where}, column says: {error}") from error
        yield where, str(row["item"]), verdict, _read_note(row)


def _read_note(row: dict[Hashable, Any]) -> str | None:
    note = row.get("note")
    return str(note).strip() if _is_text(note) else None


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())
