"""The stage that labels: batch after batch of what has no labels by the codebook and model in use."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from framewire.records import ArticleVersion, LabelledVersion
from framewire.store import (
    add_labels,
    claim_versions_to_label,
    hold_worker,
    release_versions,
    remove_lost_workers,
    transaction,
)
from framewire.workflow.reports import Progress, StageReport
from framewire.workflow.sharing import Share, hold, patiently, wait_for_claims
from framewire.workflow.workspace import Workspace

if TYPE_CHECKING:
    from framewire.label import Labeller
    from framewire.workflow.models import ModelInUse

LABEL_BATCH = 100
LABEL = "label"
Claim = Callable[..., list[ArticleVersion]]


def label_new(
    workspace: Workspace,
    in_use: ModelInUse,
    *,
    now: datetime,
    progress: Progress,
    share: Share | None = None,
    until_all: bool = False,
    claim: Claim = claim_versions_to_label,
) -> StageReport:
    """Labels what has no labels, of what `claim` gives. On a shared store each host labels a part.

    `until_all`: goes on until everything has labels, by whomever, and takes over what lost hosts leave.
    """
    from framewire.label import Labeller

    if share is not None and in_use.is_elsewhere:
        return StageReport("label", "left to hosts that have the model", {"labelled": 0}, in_use.problem)
    labeller = Labeller(workspace.codebook, in_use.model)
    done, states = 0, Counter[str]()
    take = partial(_claim, workspace, in_use, share, claim)
    for batch_states in _label_batches(workspace, labeller, in_use, take, now=now, share=share, until_all=until_all):
        states.update(batch_states)
        done += sum(batch_states.values())
        progress("label", done, done)
    by_state = "  ".join(f"{n} {state}" for state, n in sorted(states.items()))
    used = in_use.name or "no model: terms and rules only"
    line = f"{done} articles  {by_state}  ({used})" if done else f"nothing new  ({used})"
    return StageReport("label", line, {"labelled": done, "states": dict(states), "model": used}, in_use.problem)


def _label_batches(
    workspace: Workspace,
    labeller: Labeller,
    in_use: ModelInUse,
    take: Callable[[int | None], list[ArticleVersion]],
    *,
    now: datetime,
    share: Share | None,
    until_all: bool,
) -> Iterator[Counter[str]]:
    """Claims, labels and stores batch after batch, one transaction each, until none is left."""
    while True:
        lowest = None
        while versions := patiently(share, partial(take, lowest)):
            lowest = min(version.version_id for version in versions)
            labelled = labeller.label_versions(versions)
            patiently(share, partial(_store, workspace, in_use, share, labelled, now=now))
            yield Counter(item.state.value for item in labelled)
        if share is None or not until_all or not wait_for_claims(share, LABEL):
            return


def _claim(
    workspace: Workspace, in_use: ModelInUse, share: Share | None, claim: Claim, below: int | None
) -> list[ArticleVersion]:
    """The next batch."""
    # No read transaction: claiming locks rows, which PostgreSQL refuses in one.
    with transaction(workspace.engine) as conn:
        if share is not None:
            remove_lost_workers(conn)
            hold_worker(conn, share.worker_id)
        return claim(
            conn,
            codebook_row_id=in_use.codebook_row_id,
            model_row_id=in_use.row_id,
            limit=LABEL_BATCH,
            below=below,
            worker_id=share.worker_id if share else None,
        )


def _store(
    workspace: Workspace, in_use: ModelInUse, share: Share | None, labelled: Sequence[LabelledVersion], *, now: datetime
) -> None:
    """Stores the labels of a batch, which is given back."""
    rows = {"codebook_row_id": in_use.codebook_row_id, "model_row_id": in_use.row_id}
    with transaction(workspace.engine) as conn:
        hold(conn, share)
        add_labels(conn, labelled, **rows, labelled_at=now)
        if share is not None:
            release_versions(conn, share.worker_id, [item.version_id for item in labelled])
