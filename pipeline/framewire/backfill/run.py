"""A backfill: the archive cut into pieces, those that are left labelled, all of them put into days."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from framewire import __version__
from framewire.backfill.cutting import Piece, cut_file
from framewire.backfill.days import settle
from framewire.backfill.labelled import Place
from framewire.backfill.manifest import Manifest, load_manifest, mend_manifest
from framewire.backfill.pools import NO_TLS, Tls, Work, check_cluster, label_here, label_on_cluster
from framewire.backfill.reading import Reading, close_sources, find_columns
from framewire.backfill.sources import find_sources
from framewire.backfill.worker import Job, LabellerPlace, PieceDone, list_paths
from framewire.errors import InputError, OutputError
from framewire.files import describe_refusal
from framewire.ingest import explain_language, load_feed_list
from framewire.records import Outlet
from framewire.store import RULES, get_outlets, reading
from framewire.workflow.lock import hold_lock
from framewire.workflow.model_records import get_row_in_use
from framewire.workflow.workspace import Workspace

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class BackfillOrder:
    """What is to be labelled, and by whom: `dask` is the address of a scheduler, else `n_jobs` processes of this machine.

    `columns` by field; `outlet`, `group` and `language` for records that do not say theirs.
    """

    sources: tuple[str, ...]
    form: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    outlet: str | None = None
    group: str | None = None
    language: str | None = None
    outlets_from: Path | None = None
    with_text: bool = False
    n_jobs: int = 1
    dask: str | None = None
    tls: Tls = NO_TLS


@dataclass(frozen=True, slots=True)
class Backfilled:
    """What a backfill did now, and what `folder` holds, where what was set aside is, too. `problem` says what is reduced."""

    n_pieces: int
    n_labelled: int
    n_set_aside: int
    by_reason: Mapping[str, int]
    n_articles: int
    n_doubles: int
    n_versions: int
    n_held: int
    folder: Path
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Labels:
    """What labels: where it lies, how it is called in the results, its row in the store, and why there is no model."""

    place: LabellerPlace
    name: str
    row_id: int | None = None
    problem: str | None = None


def run_backfill(
    workspace: Workspace, order: BackfillOrder, out: Path, *, now: datetime, progress: Progress = lambda *_: None
) -> Backfilled:
    """Labels an archive into a folder; killed and called again, it goes on; called twice, it adds nothing.

    Raises:
        InputError: the sources cannot be read, or the folder holds another backfill.
        BackfillError: a process or a cluster failed; what is done stays done.
        OutputError: the folder cannot be written.
        RunLocked: another backfill writes the folder.
    """
    check_order(order)
    labels = find_labels(workspace)
    work = list_work(order, build_reading(workspace, order, now=now), progress)
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(describe_refusal(error, out)) from error
    with hold_lock(out):
        mend_manifest(out)
        manifest = load_manifest(out)
        now = _begin(manifest, describe_order(workspace, order, labels), now=now)
        job = build_job(workspace, order, labels, out=out.resolve(), now=now)
        settled = manifest.settled
        left = [one for one in work if one[0].id not in settled and not _is_labelled(manifest, one[0])]
        before = sum(one[0].n_records for one in work) - sum(one[0].n_records for one in left)
        told = _label(manifest, left, job, order, lambda n, m: progress("label", before + n, before + m))
        done = settle(manifest, [piece.id for piece, _ in work], progress=lambda n, m: progress("days", n, m))
    return Backfilled(
        n_pieces=len(left),
        n_labelled=told.n_labelled,
        n_set_aside=told.reasons.total(),
        by_reason=told.reasons,
        n_articles=done.n_articles if done else 0,
        n_doubles=done.n_doubles if done else 0,
        n_versions=done.n_versions if done else 0,
        n_held=sum(one.n_articles for one in manifest.rounds),
        folder=out,
        problem=labels.problem,
    )


def check_order(order: BackfillOrder) -> None:
    """Nothing, if the order can be followed.

    Raises:
        InputError: a language that is none.
        ConfigError: a cluster that may not be used.
        BackfillError: Dask is not installed.
    """
    if order.language is not None and (fault := explain_language(order.language)):
        raise InputError(f"--language: {fault}")
    if order.dask:
        check_cluster(order.dask, order.tls)


def find_labels(workspace: Workspace) -> Labels:
    """What labels now: the model in use, or terms and rules only where none was ever trained.

    A model that is there and cannot be used is for its workers to tell: an archive is nothing to label by less than was meant.
    """
    config, codebook = workspace.config, workspace.codebook
    row = get_row_in_use(workspace)
    if row is None:
        problem = f"no model has been trained for codebook '{codebook.id}'; run `framewire train`"
        return Labels(LabellerPlace(config.codebook, codebook.digest), RULES, None, problem)
    place = LabellerPlace(config.codebook, codebook.digest, config.models / row["name"], row["digest"])
    return Labels(place, row["name"], row["id"])


def build_job(workspace: Workspace, order: BackfillOrder, labels: Labels, *, out: Path | None, now: datetime) -> Job:
    """What every worker is told."""
    config, codebook = workspace.config, workspace.codebook
    place = Place(config.timezone, config.day_starts_at, codebook.id, codebook.version, labels.name, order.with_text)
    return Job(labels.place, build_reading(workspace, order, now=now), place, out)


def build_reading(workspace: Workspace, order: BackfillOrder, *, now: datetime) -> Reading:
    """How the records of an order are read."""
    return Reading(
        now=now,
        languages=tuple(workspace.codebook.languages),
        outlets=_list_outlets(workspace, order),
        form=order.form,
        columns=dict(order.columns),
        outlet=order.outlet,
        group=order.group,
        language=order.language,
    )


def list_work(order: BackfillOrder, reading_order: Reading, progress: Progress) -> list[Work]:
    """All pieces of the sources, in order, each with the columns of its file."""
    work: list[Work] = []
    form = None if order.form in ("mediacloud", "gdelt") else order.form
    files = find_sources(order.sources, form=form)
    for n, file in enumerate(files, start=1):
        pieces = list(cut_file(file))
        columns = find_columns(pieces[0], reading_order) if pieces else {}
        work += [(piece, columns) for piece in pieces]
        progress("read", n, len(files))
    close_sources()
    return work


def iter_done(work: Sequence[Work], job: Job, order: BackfillOrder) -> Iterator[PieceDone]:
    """What becomes of the pieces, as they are done, by whomever the order names."""
    if not work:
        return
    try:
        if order.dask:
            yield from label_on_cluster(work, job, address=order.dask, tls=order.tls)
        else:
            yield from label_here(work, job, n_jobs=min(order.n_jobs, len(work)))
    finally:
        close_sources()


@dataclass(slots=True)
class _Told:
    n_labelled: int = 0
    reasons: Counter[str] = field(default_factory=Counter)


def _label(
    manifest: Manifest, left: Sequence[Work], job: Job, order: BackfillOrder, progress: Callable[[int, int], None]
) -> _Told:
    """Labels the pieces that are left, and puts each on record."""
    told, n, total = _Told(), 0, sum(piece.n_records for piece, _ in left)
    if total:
        progress(0, total)
    for done in iter_done(left, job, order):
        piece = done.piece
        manifest.add_piece(
            piece.id,
            {
                "source": piece.file.name,
                "first": piece.first,
                "start": piece.start,
                "end": piece.end,
                "labelled": done.n_labelled,
                "set_aside": done.n_set_aside,
            },
        )
        told.n_labelled += done.n_labelled
        told.reasons.update(done.by_reason)
        n += piece.n_records
        progress(n, total)
    return told


def _is_labelled(manifest: Manifest, piece: Piece) -> bool:
    """Whether a piece is on record, and what was written of it is there."""
    return piece.id in manifest.pieces and list_paths(piece.id, manifest.folder)[0].exists()


def describe_order(workspace: Workspace, order: BackfillOrder, labels: Labels) -> dict[str, Any]:
    """What makes a backfill the same one: what labels, and how records are read."""
    codebook, config = workspace.codebook, workspace.config
    return {
        "codebook": codebook.id,
        "codebook_version": codebook.version,
        "codebook_digest": codebook.digest,
        "model": labels.name,
        "model_digest": labels.place.model_digest,
        "timezone": config.timezone,
        "day_starts_at": config.day_starts_at.isoformat(),
        "form": order.form,
        "columns": dict(sorted(order.columns.items())),
        "outlet": order.outlet,
        "group": order.group,
        "language": order.language,
        "with_text": order.with_text,
    }


def _begin(manifest: Manifest, described: dict[str, Any], *, now: datetime) -> datetime:
    """The time as of which records are read: that of the first run. Puts the order on record, or compares it with that there.

    Raises:
        InputError: the folder holds another backfill, or something else.
    """
    if manifest.order is None:
        others = [path.name for path in manifest.folder.iterdir() if not path.name.startswith(".")]
        if others:
            raise InputError(
                f"{manifest.folder}: not empty, and no backfill ({others[0]}). Name a new folder with --out."
            )
        manifest.begin({**described, "framewire": __version__, "now": now.astimezone(UTC).isoformat()})
        return now
    for key, value in described.items():
        if manifest.order.get(key) != value:
            raise InputError(
                f"{manifest.folder}: holds a backfill with {key.replace('_', ' ')} {manifest.order.get(key)}, and this one "
                f"has {value}. Labels are never overwritten: name another folder with --out."
            )
    return datetime.fromisoformat(manifest.order["now"])


def _list_outlets(workspace: Workspace, order: BackfillOrder) -> tuple[Outlet, ...]:
    """The outlets that are known: of the store, of the feed list, and of the list that was named."""
    with reading(workspace.readonly_engine) as conn:
        stored = get_outlets(conn)
    listed = load_feed_list(order.outlets_from) if order.outlets_from else ()
    return (*stored, *workspace.outlets, *listed)
