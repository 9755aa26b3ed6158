"""A backfill into the store: pieces are labelled by whoever, and stored here, each in one transaction with its labels."""

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from itertools import groupby
from pathlib import Path

from framewire.backfill.labelled import build_name
from framewire.backfill.manifest import Manifest, load_manifest, mend_manifest
from framewire.backfill.run import (
    Backfilled,
    BackfillOrder,
    Progress,
    build_job,
    build_reading,
    check_order,
    describe_order,
    find_labels,
    iter_done,
    list_work,
)
from framewire.backfill.worker import Labelled, PieceDone, write_faults
from framewire.errors import OutputError
from framewire.files import describe_refusal
from framewire.ingest import NO_GROUP
from framewire.records import LabelledVersion
from framewire.store import (
    IMPORT_PREFIX,
    ImportedCounts,
    add_imported,
    add_imported_outlets,
    add_labels,
    find_imported,
    transaction,
)
from framewire.workflow.lock import hold_lock
from framewire.workflow.models import record_codebook, record_rules
from framewire.workflow.workspace import Workspace

FOLDER = "backfill"
"""Where in a workspace is kept how far backfills into its store have come, and what they set aside."""


def backfill_store(
    workspace: Workspace, order: BackfillOrder, *, now: datetime, progress: Progress = lambda *_: None
) -> Backfilled:
    """Labels an archive into the store; killed and called again, it goes on; called twice, it adds nothing.

    An article that is stored already is left as it is, as with an import; it gets labels if its text is that of the archive.

    Raises:
        InputError: the sources cannot be read.
        BackfillError: a process or a cluster failed; what is stored stays stored.
        StoreError: the store cannot be written.
        RunLocked: the same backfill is running.
    """
    check_order(order)
    labels = find_labels(workspace)
    work = list_work(order, build_reading(workspace, order, now=now), progress)
    described = describe_order(workspace, order, labels)
    folder = _make_folder(workspace, {**described, "sources": list(order.sources)})
    with hold_lock(folder):
        mend_manifest(folder)
        manifest = load_manifest(folder)
        if manifest.order is None:
            manifest.begin({**described, "now": now.isoformat()})
        job = build_job(workspace, order, labels, out=None, now=datetime.fromisoformat((manifest.order or {})["now"]))
        left = [one for one in work if one[0].id not in manifest.pieces]
        total = sum(piece.n_records for piece, _ in work)
        n = total - sum(piece.n_records for piece, _ in left)
        storing = _Storing(workspace, order, manifest, model_row_id=labels.row_id, now=now)
        for done in iter_done(left, job, order):
            storing.store(done)
            n += done.piece.n_records
            progress("label", n, total)
    return storing.sum_up(len(left), labels.problem)


class _Storing:
    """What is stored of one backfill: under which codebook and model, and what was counted so far."""

    def __init__(
        self,
        workspace: Workspace,
        order: BackfillOrder,
        manifest: Manifest,
        *,
        model_row_id: int | None,
        now: datetime,
    ) -> None:
        self._workspace, self._order, self._manifest, self._now = workspace, order, manifest, now
        self._codebook = record_codebook(workspace, now)
        self._model = record_rules(workspace, now) if model_row_id is None else model_row_id
        self._counts = ImportedCounts()
        self._reasons: Counter[str] = Counter()

    def store(self, done: PieceDone) -> None:
        """Stores the articles of a piece with their labels, keeps what was set aside, and puts the piece on record."""
        piece = done.piece
        source = f"{IMPORT_PREFIX}{self._order.form or piece.file.form}:{piece.file.digest}"
        by_outlet = sorted(done.items, key=lambda one: (one.item.outlet.id, one.item.line))
        outlets = {one.item.outlet.id: one.item.outlet for one in by_outlet}
        with transaction(self._workspace.engine) as conn:
            add_imported_outlets(conn, outlets.values(), unassigned=NO_GROUP)
            for outlet_id, group in groupby(by_outlet, key=lambda one: one.item.outlet.id):
                own = list(group)
                entries = [one.item.entry for one in own]
                self._counts += add_imported(conn, entries, source=source, outlet_id=outlet_id, seen_at=self._now)
                known = find_imported(
                    conn, source=source, outlet_id=outlet_id, names=[build_name(one.item) for one in own]
                )
                pair = {"codebook_row_id": self._codebook, "model_row_id": self._model}
                add_labels(conn, _place_labels(own, known), **pair, labelled_at=self._now)
        write_faults(piece, done.faults, self._manifest.folder)
        self._reasons.update(done.by_reason)
        told = {"source": piece.file.name, "labelled": done.n_labelled, "set_aside": done.n_set_aside}
        self._manifest.add_piece(piece.id, told)

    def sum_up(self, n_pieces: int, problem: str | None) -> Backfilled:
        """What was done."""
        counts = self._counts
        return Backfilled(
            n_pieces=n_pieces,
            n_labelled=counts.new + counts.known + counts.stored,
            n_set_aside=self._reasons.total(),
            by_reason=self._reasons,
            n_articles=counts.new,
            n_doubles=counts.known + counts.stored,
            n_versions=0,
            n_held=sum(told["labelled"] for told in self._manifest.pieces.values()),
            folder=self._manifest.folder,
            problem=problem,
        )


def _place_labels(own: Sequence[Labelled], known: dict[str, tuple[int, str]]) -> list[LabelledVersion]:
    """The labels with the versions that they are of; none for an article that is stored with another text."""
    placed: dict[int, LabelledVersion] = {}
    for one in own:
        version_id, text_hash = known[build_name(one.item)]
        if text_hash == one.version.text_hash:
            placed.setdefault(version_id, replace(one.labels, version_id=version_id))
    return list(placed.values())


def _make_folder(workspace: Workspace, described: dict[str, object]) -> Path:
    """The folder of this order's progress."""
    digest = hashlib.sha256(json.dumps(described, sort_keys=True, default=str).encode()).hexdigest()[:12]
    folder = workspace.config.folder / FOLDER / digest
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(describe_refusal(error, folder)) from error
    return folder
