"""A codebook as a table: one row a narrative and a wording, the same columns for both."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from pydantic import BaseModel

from framewire.codebook.model import Codebook, Pattern, Referent, Wording

# What a wording has from its referent.
_OF_REFERENT = ("since", "until", "place_name")


def list_rows(codebook: Codebook) -> list[dict[str, Any]]:
    """The narratives, then the wordings; rules stand on lines of their own, patterns and sentences are counted."""
    rows = [_row("narrative", narrative.id, narrative, codebook) for narrative in codebook.narratives]
    rows += [
        _row("wording", f"{referent.id}/{wording.id}", wording, codebook) | _of_referent(referent, wording)
        for referent in codebook.terminology
        for wording in referent.wordings
    ]
    columns = sorted(dict.fromkeys(column for row in rows for column in row), key=_is_count)
    return [{column: row.get(column, "") for column in columns} for row in rows]


def _is_count(column: str) -> bool:
    return column.startswith("n_")


def _row(kind: str, row_id: str, part: BaseModel, codebook: Codebook) -> dict[str, Any]:
    row: dict[str, Any] = {"kind": kind, "id": row_id}
    counts: dict[str, int] = {f"n_patterns_{language}": 0 for language in codebook.languages}
    for name in type(part).model_fields:
        value = getattr(part, name)
        if not isinstance(value, dict):
            row.setdefault(name, _cell(value))
            continue
        for column, n in _count(name, value):
            counts[column] = counts.get(column, 0) + n
    return row | counts


def _of_referent(referent: Referent, wording: Wording) -> dict[str, Any]:
    own = {name: _cell(getattr(referent, name)) for name in _OF_REFERENT}
    return {"label": wording.title, "referent": referent.label} | own


def _cell(value: Any) -> Any:
    if isinstance(value, tuple):
        # Ids stand in one line, sentences each on its own.
        return (", " if all(str(item).isidentifier() for item in value) else "\n").join(map(str, value))
    if isinstance(value, date):
        return value.isoformat()
    return "" if value is None else value


def _count(name: str, lists: dict[str, tuple[Any, ...]]) -> Iterator[tuple[str, int]]:
    """`n_patterns_en` for patterns, whatever they are called; `n_match`, `n_not_match` for sentences of all languages."""
    for language, items in lists.items():
        patterns = [item for item in items if isinstance(item, Pattern)]
        if patterns:
            yield f"n_patterns_{language}", sum(len(pattern.phrases) for pattern in patterns)
        elif items:
            yield f"n_{name}", len(items)
