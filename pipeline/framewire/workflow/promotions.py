"""Which model labels: put one in use, go back to the one before, and what one says beside another."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from framewire.errors import HeldBack, InputError, ModelError, ModelMissing
from framewire.learn import load_model
from framewire.learn.comparison import Pairing, compare_models, list_flips, list_unseen, pair_models
from framewire.learn.held_out import HeldOut, score_unseen
from framewire.learn.readings import read_unseen
from framewire.records import CodedPassage
from framewire.store import (
    HELD_BACK,
    PROMOTED,
    add_event,
    find_promotion,
    get_models,
    reading,
    recall_labels,
    transaction,
)
from framewire.workflow.model_records import find_row, get_row_in_use
from framewire.workflow.rivals import load_record
from framewire.workflow.workspace import Workspace


def promote(workspace: Workspace, name: str, *, by: str, now: datetime, reason: str | None = None) -> str:
    """Puts a model in use and gives its name. `reason` puts one in use that was held back, or is in use already.

    Raises:
        ModelError: there is no such model, or it cannot be loaded.
        InputError: it is in use already.
        HeldBack: it was held back, and no reason is given.
    """
    row = find_row(workspace, name)
    in_use = get_row_in_use(workspace)
    if in_use and in_use["id"] == row["id"] and reason is None:
        raise InputError(f"{row['name']} is in use already.")
    last = row["history"][-1] if row["history"] else None
    if last and last["what"] == HELD_BACK and reason is None:
        raise HeldBack(f"{row['name']} was held back: {last['why']}. To use it all the same, say why: --force REASON")
    _put_in_use(workspace, row, by=by, now=now, why=reason or f"promoted by {by}")
    return str(row["name"])


def roll_back(workspace: Workspace, *, by: str, now: datetime, reason: str | None = None) -> tuple[str, str]:
    """Puts the model in use that was in use before, and gives the names of both: from which, to which.

    Raises:
        ModelError: none was in use before, or it cannot be loaded.
    """
    with reading(workspace.engine) as conn:
        rows = [row for row in get_models(conn, codebook_id=workspace.codebook.id) if find_promotion(row) is not None]
    if len(rows) < 2:
        raise ModelMissing(
            f"no other model of codebook '{workspace.codebook.id}' was in use before, so there is none to go back to. "
            "See `framewire model list`."
        )
    now_used, before = rows[0], rows[1]
    _put_in_use(workspace, before, by=by, now=now, why=reason or f"rolled back from {now_used['name']}")
    return now_used["name"], before["name"]


def _put_in_use(workspace: Workspace, row: dict[str, Any], *, by: str, now: datetime, why: str) -> None:
    """Records the promotion of a model that can be loaded; what it has labelled before counts again."""
    load_model(workspace.config.models / row["name"], codebook=workspace.codebook, trusted_digest=row["digest"])
    with transaction(workspace.engine) as conn:
        add_event(conn, row["id"], what=PROMOTED, now=now, by=by, why=why)
        recall_labels(conn, model_row_id=row["id"], now=now)


def compare_versions(workspace: Workspace, first: str, second: str) -> dict[str, Any]:
    """Two models on record: codebook versions, training sets, scores by part on passages unseen by either, and every flip.

    `rows` and `flips` are empty, with the reason in `problem`, where what one was trained on is not on record.

    Raises:
        ModelMissing: one of them is not on record.
    """
    rows = [find_row(workspace, name) for name in (first, second)]
    records = [load_record(workspace.config.models / row["name"], row["card"]) for row in rows]
    report: dict[str, Any] = {
        "models": [_describe(row) for row in rows],
        "training": None,
        "rows": [],
        "flips": [],
        "n": 0,
        "problem": None,
    }
    before, after = records
    if before is None or after is None:
        missing = ", ".join(row["name"] for row, record in zip(rows, records, strict=True) if record is None)
        report["problem"] = f"what {missing} was trained on is not on record; train it anew to compare"
        return report
    pairing = _pair(workspace, rows[0], before, after)
    report["training"] = compare_training(before.passages, after.passages)
    report["rows"] = compare_models(pairing, language=rows[1]["card"]["language"])
    report["flips"], report["n"] = list_flips(pairing), len(pairing.passages)
    return report


def compare_training(before: Sequence[CodedPassage], after: Sequence[CodedPassage]) -> dict[str, int]:
    """How many passages two training sets have in common, how many of these are coded otherwise, and how many each has alone."""
    old, new = ({p.text: (p.relevant, frozenset(p.narratives)) for p in part} for part in (before, after))
    shared = old.keys() & new.keys()
    return {
        "common": len(shared),
        "coded_otherwise": sum(old[text] != new[text] for text in shared),
        "only_first": len(old.keys() - shared),
        "only_second": len(new.keys() - shared),
    }


def _pair(workspace: Workspace, row: dict[str, Any], before: HeldOut, after: HeldOut) -> Pairing:
    """The passages of both; those that only the second was trained on are scored by the first, if it can be loaded."""
    later = list_unseen(before, after.passages)
    folder = workspace.config.models / row["name"]
    try:
        model = load_model(folder, codebook=workspace.codebook, trusted_digest=row["digest"])
    except ModelError:
        return pair_models([before], after)
    return pair_models([before, read_unseen(score_unseen(model, later), model)] if later else [before], after)


def _describe(row: dict[str, Any]) -> dict[str, Any]:
    card = row["card"]
    measured = card.get("cross_validation") or {}
    return {
        "name": row["name"],
        "trained": row["added_at"].isoformat(timespec="minutes"),
        "codebook_version": card["codebook"]["version"],
        "codebook_digest": card["codebook"]["digest"],
        "passages": card["passages"]["n"],
        "stories": card["passages"]["stories"],
        "coders": card["passages"]["by_coder"],
        "cross_validated_micro_f1": measured.get("narratives", {}).get("micro_f1"),
        "cross_validated_relevance_f1": measured.get("relevance", {}).get("f1"),
    }
