"""Two models' labels of the same stored articles: how much of each series' movement is the world's."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from framewire.errors import InputError
from framewire.store import (
    RULES,
    Extract,
    LabelledBy,
    count_labelled_by,
    get_models,
    list_models_used,
    reading,
)
from framewire.summarise import window_of
from framewire.workflow.decomposition import Row, Span, check_spans, decompose_counts
from framewire.workflow.export_rows import Source, count_daily
from framewire.workflow.model_records import find_row
from framewire.workflow.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Relabelled:
    """The rows, by which models, and what was left out."""

    rows: tuple[Row, ...]
    old: str
    new: str
    notes: tuple[str, ...]


def decompose_store(
    workspace: Workspace,
    named: tuple[str, str] | None,
    *,
    before: Span,
    after: Span,
    random_state: int = 0,
) -> Relabelled:
    """The rows of `decompose_counts` for the articles of the store that two models have labelled.

    An article counts by the newest of its texts that both have labelled, on the day on which it counts in summaries. Those
    that one of the two has not labelled are left out, and told.

    Args:
        workspace: with the store.
        named: the old and the new model, as `framewire model list` names them, or 'rules'; None = the model in use, and the
            one before it that has labels here.
        before: the period before.
        after: the period after.
        random_state: of the intervals.

    Raises:
        ModelMissing: a name that no model has.
        InputError: a model has no labels here, the periods overlap, or one has no article with labels by both.
    """
    check_spans(before, after)
    with reading(workspace.readonly_engine) as conn:
        old, new = _find_named(workspace, conn, named) if named else _find_newest(workspace, conn)
        notes = [_check_labelled(workspace, conn, span, (old, new)) for span in (before, after)]
        counted = [
            count_daily(_open(workspace, conn, Span(before.first, after.last), pair))
            for pair in ((old, new), (new, old))
        ]
        rows = tuple(decompose_counts(*counted, before=before, after=after, random_state=random_state))
    return Relabelled(rows, old, new, tuple(note for note in notes if note))


def _find_newest(workspace: Workspace, conn: Connection) -> tuple[str, str]:
    """The model in use and the one before it, of those that have labels: the older first."""
    used = set(list_models_used(conn))
    names = [row["name"] for row in get_models(conn, codebook_id=workspace.codebook.id) if row["name"] in used]
    if len(names) >= 2:
        return names[1], names[0]
    alone = f"{names[0]} alone has labels" if names else "no model has labels"
    also = f"Labels by terms and rules alone count as a model's, if it is named: {RULES}." if RULES in used else ""
    raise InputError(
        f"{alone} in this store, so there are no two to compare. After `framewire train`, `framewire label` labels what is "
        f"stored by the new model, and the old labels stay. {also}".rstrip()
    )


def _find_named(workspace: Workspace, conn: Connection, named: tuple[str, str]) -> tuple[str, str]:
    used = list_models_used(conn)
    old, new = (name if name == RULES else str(find_row(workspace, name)["name"]) for name in named)
    if old == new:
        raise InputError(f"{old} twice: name two models. See `framewire model list`.")
    for name in (old, new):
        if name not in used:
            raise InputError(
                f"{name} has labelled nothing in this store. `framewire model promote` puts a model in use, and "
                "`framewire label` labels with it what is stored; the old labels stay."
            )
    return old, new


def _open(workspace: Workspace, conn: Connection, span: Span, names: tuple[str, str]) -> Source:
    """The articles of a period that two models have labelled, with the labels by the first of them."""
    start, end = _find_ends(workspace, span)
    return Source(workspace, conn, Extract(since=start, until=end, models=names), now=end)


def _find_ends(workspace: Workspace, span: Span) -> tuple[datetime, datetime]:
    config = workspace.config
    first, last = (
        window_of(day, zone=config.zone, day_starts_at=config.day_starts_at) for day in (span.first, span.last)
    )
    return first.start, last.end


def _check_labelled(workspace: Workspace, conn: Connection, span: Span, names: Sequence[str]) -> str | None:
    """What is left out of a period; None if nothing is.

    Raises:
        InputError: everything is.
    """
    old, new = names
    start, end = _find_ends(workspace, span)
    found = count_labelled_by(conn, Extract(since=start, until=end), old, new)
    days = f"{span.first} to {span.last}"
    left = "; ".join(_list_left(found, old, new))
    if found.both:
        return f"{days}: {found.both} articles have labels by both; left out: {left}" if left else None
    if not left:
        raise InputError(f"no article counts in {days}.")
    raise InputError(
        f"{days}: no article has labels by both {old} and {new}: {left}. To label these by a model that is not in use, put it "
        "in use (`framewire model promote`, with its codebook in place), run `framewire label`, and go back the same way."
    )


def _list_left(found: LabelledBy, old: str, new: str) -> list[str]:
    parts = (
        (found.first, f"by {old} alone"),
        (found.second, f"by {new} alone"),
        (found.apart, "by both, but no text of theirs by both"),
        (found.neither, "by neither"),
    )
    return [f"{n} {what}" for n, what in parts if n]
