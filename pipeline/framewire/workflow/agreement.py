"""Agreement over the codings in the store, or of two files; and what it says of a model's numbers."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from framewire.errors import InputError
from framewire.learn import load_passages
from framewire.learn.agreement import FLOOR, Alpha
from framewire.learn.agreement import MIN_UNITS as MIN_MEASURED
from framewire.learn.agreement_report import (
    MODEL,
    AgreementRow,
    UnitCoding,
    measure_categories,
    measure_languages,
    measure_pairs,
)
from framewire.records import CodedPassage, CodingOrigin, LabelState, StoredCoding
from framewire.store import get_codings, keep_newest, reading
from framewire.workflow.workspace import Workspace

MIN_UNITS = 50
"""Units from which agreement in the store counts for the summaries in place of the card's. Source: simulated, an alpha of .7
has an interval of .42 to either side with 20 units, .32 with 30, .24 with 50, .16 with 100 (docs/method.md)."""


def measure_stored(workspace: Workspace, *, by: str = "narrative", with_seen: bool = False) -> list[AgreementRow]:
    """Agreement over the codings in the store, of each coder the newest of a span.

    Args:
        workspace: whose store.
        by: 'narrative', 'language' or 'coders'.
        with_seen: count also what was coded with a model's labels in sight; they make coders agree.

    Raises:
        InputError: no span was coded twice.
    """
    codings, model = _read_units(workspace, with_seen=with_seen)
    rows = _measure(codings, model, workspace.codebook.narrative_ids, by)
    if not any(row.alpha.n_units for row in rows):
        raise InputError(
            "no passage was coded by two coders without seeing labels. Give them the same: `framewire review queue --blind "
            "--coder A`, import, then `framewire review queue --strategy second --coder B`."
        )
    return rows


def measure_files(workspace: Workspace, first: Path, second: Path, *, by: str = "narrative") -> list[AgreementRow]:
    """Agreement of two files of coded passages, by id. Raises InputError."""
    parts = [_read_passages(load_passages([path], codebook=workspace.codebook), path) for path in (first, second)]
    if not {one.unit for one in parts[0]} & {one.unit for one in parts[1]}:
        raise InputError(f"{first} and {second} have no passage id in common")
    return _measure([*parts[0], *parts[1]], [], workspace.codebook.narrative_ids, by)


def with_stored_agreement(workspace: Workspace, card: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """A model's card, with the agreement that was measured in the store in place of the one that it brings.

    Only of narratives with so many units that they say more; the card itself stays as it is.
    """
    if card is None:
        return None
    codings, _ = _read_units(workspace, with_seen=False)
    rows = measure_categories(codings, workspace.codebook.narrative_ids)
    measured = {
        row.category: {"alpha": row.alpha.alpha, "n": row.alpha.n_units}
        for row in rows
        if row.category in workspace.codebook.narrative_ids and row.alpha.n_units >= MIN_UNITS
    }
    if not measured:
        return dict(card)
    known = dict(card.get("agreement") or {})
    return {**card, "agreement": {**known, "narratives": {**known.get("narratives", {}), **measured}}}


def as_rows(rows: Sequence[AgreementRow], *, by: str) -> list[dict[str, Any]]:
    """The rows for reading; `note` says what is under the floor, and where units are too few for an alpha."""
    return [
        {
            **({} if by == "narrative" else {by: row.part}),
            "category": row.category,
            "alpha": _rounded(row.alpha.alpha),
            "low": _rounded(row.alpha.low),
            "high": _rounded(row.alpha.high),
            "units": row.alpha.n_units,
            "coded": row.n_coded,
            "note": _note(row.alpha),
        }
        for row in rows
    ]


def _note(alpha: Alpha) -> str:
    if alpha.is_few:
        return f"too few: {MIN_MEASURED} units are needed"
    return f"below {FLOOR}" if alpha.is_low else ""


def _measure(
    codings: Sequence[UnitCoding], model: Sequence[UnitCoding], narratives: Sequence[str], by: str
) -> list[AgreementRow]:
    if by == "language":
        return measure_languages(codings, narratives)
    if by == "coders":
        return measure_pairs(codings, model)
    return measure_categories(codings, narratives)


def _read_units(workspace: Workspace, *, with_seen: bool) -> tuple[list[UnitCoding], list[UnitCoding]]:
    """The coders' codings, and what the model had said of the same units."""
    with reading(workspace.readonly_engine) as conn:
        every = get_codings(conn)
    # Who decides between coders has read what they said: that is no coding of its own.
    stored = [one for one in every if one.coding.origin is not CodingOrigin.ADJUDICATION]
    stored = [one for one in stored if with_seen or one.coding.blind]
    newest = keep_newest(stored)
    model = {_unit_of(one): _read_model(one) for one in newest if "labelling_id" in one.coding.replaces}
    return [_read_coding(one) for one in newest], list(model.values())


def _unit_of(one: StoredCoding) -> str:
    return f"{one.coding.version_id}:{one.coding.start}-{one.coding.end}"


def _read_coding(one: StoredCoding) -> UnitCoding:
    carried = frozenset(narrative.id for narrative in one.coding.narratives)
    return UnitCoding(_unit_of(one), one.coding.coder, one.coding.relevant, carried, one.language)


def _read_model(one: StoredCoding) -> UnitCoding:
    labels = one.coding.replaces
    firm = [label["id"] for label in labels["narratives"] if label["state"] != LabelState.ABSTAINED.value]
    return UnitCoding(_unit_of(one), MODEL, bool(labels["relevant"]), frozenset(firm), one.language)


def _read_passages(passages: Sequence[CodedPassage], path: Path) -> list[UnitCoding]:
    return [
        UnitCoding(
            passage.id, str(path), passage.relevant, frozenset(n.id for n in passage.narratives), _language(passage)
        )
        for passage in passages
    ]


def _language(passage: CodedPassage) -> str:
    language = passage.extra.get("language")
    return language if isinstance(language, str) else ""


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)
