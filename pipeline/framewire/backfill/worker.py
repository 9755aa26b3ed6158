"""Labelling one piece, in whatever process: read, labelled, written whole or not at all. The model is loaded once a process."""

import json
import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO
from uuid import uuid4

from framewire import __version__
from framewire.backfill.cutting import Piece
from framewire.backfill.labelled import Place, build_row, build_rows_table, build_version
from framewire.backfill.reading import Fault, Item, Reading, read_piece
from framewire.codebook import load_codebook
from framewire.errors import ModelCodebookMismatch, ModelVersionMismatch, OutputError
from framewire.files import describe_refusal
from framewire.label import Labeller
from framewire.learn import load_model
from framewire.records import ArticleVersion, LabelledVersion

STAGED = ".staged"
"""The folder of what is labelled and not yet put into days."""
SET_ASIDE = "set-aside"
"""The folder of records that could not be labelled, a file a piece."""


@dataclass(frozen=True, slots=True)
class LabellerPlace:
    """Where codebook and model lie, and the digests that they must have: they are loaded by who labels, never sent.

    `model` None: terms and rules only.
    """

    codebook: Path
    codebook_digest: str
    model: Path | None = None
    model_digest: str | None = None
    framewire: str = __version__


@dataclass(frozen=True, slots=True)
class Job:
    """What is the same for all pieces. `out` is the folder of the results, None if the labels themselves are wanted."""

    labeller: LabellerPlace
    reading: Reading
    place: Place
    out: Path | None


@dataclass(frozen=True, slots=True)
class Labelled:
    """A record with its labels, for the store."""

    item: Item
    version: ArticleVersion
    labels: LabelledVersion


@dataclass(frozen=True, slots=True)
class PieceDone:
    """What became of a piece: how many records were labelled, and how many set aside. `items` only where no folder is."""

    piece: Piece
    n_labelled: int
    n_set_aside: int
    by_reason: Mapping[str, int]
    items: tuple[Labelled, ...] = ()
    faults: tuple[Fault, ...] = ()


# Threads of one process take turns: a piece at a time is what its memory is reckoned for.
_turn = threading.Lock()


def label_piece(piece: Piece, columns: Mapping[str, str], job: Job) -> PieceDone:
    """What became of a piece. Called again, it writes the same files again.

    Raises:
        InputError: the file changed, or cannot be read.
        ModelError: codebook or model are not those of the job, or not usable here.
        OutputError: the results cannot be written.
    """
    with _turn:
        labeller = load_labeller(job.labeller)
        items, faults = read_piece(piece, columns, job.reading)
        labelled, broken = _label(items, labeller, job)
        faults = sorted([*faults, *broken], key=lambda fault: fault.line)
        reasons: dict[str, int] = {}
        for fault in faults:
            reasons[fault.reason] = reasons.get(fault.reason, 0) + 1
        if job.out is None:
            return PieceDone(piece, len(labelled), len(faults), reasons, tuple(labelled), tuple(faults))
        _write(piece, labelled, faults, job)
        return PieceDone(piece, len(labelled), len(faults), reasons)


def list_paths(piece_id: str, out: Path) -> tuple[Path, Path]:
    """Where the labels of a piece lie until they are put into days, and where what was set aside."""
    return out / STAGED / piece_id[:2] / f"{piece_id}.parquet", out / SET_ASIDE / f"{piece_id}.jsonl"


@lru_cache(maxsize=1)
def load_labeller(place: LabellerPlace) -> Labeller:
    """The labeller of this process.

    Raises:
        ModelError: it is not the one that is meant; each reason has its own class.
        CodebookError: the codebook cannot be read.
    """
    if place.framewire != __version__:
        raise ModelVersionMismatch(
            f"this machine has Framewire {__version__}, and the backfill was begun by {place.framewire}. "
            "Install the same one on every machine."
        )
    codebook = load_codebook(place.codebook)
    if codebook.digest != place.codebook_digest:
        raise ModelCodebookMismatch(
            f"{place.codebook}: another state of the codebook than that of the backfill. Copy the workspace's to this machine."
        )
    if place.model is None:
        return Labeller(codebook)
    return Labeller(codebook, load_model(place.model, codebook=codebook, trusted_digest=place.model_digest))


def _label(items: Sequence[Item], labeller: Labeller, job: Job) -> tuple[list[Labelled], list[Fault]]:
    """The records with their labels. One that cannot be labelled is set aside: nobody would look for it among a million."""
    versions = [build_version(item, now=job.reading.now) for item in items]
    try:
        found = labeller.label_versions(versions)
        return [Labelled(*one) for one in zip(items, versions, found, strict=True)], []
    except Exception:  # noqa: BLE001 - which of them, and why, is found out one by one
        return _label_singly(items, versions, labeller)


def _label_singly(
    items: Sequence[Item], versions: Sequence[ArticleVersion], labeller: Labeller
) -> tuple[list[Labelled], list[Fault]]:
    labelled: list[Labelled] = []
    faults: list[Fault] = []
    for item, version in zip(items, versions, strict=True):
        try:
            labelled.append(Labelled(item, version, labeller.label_version(version)))
        except Exception as error:  # noqa: BLE001 - told with its record
            cells = {"url": item.entry.url, "title": item.entry.title, "text": item.entry.text}
            faults.append(Fault(item.line, f"could not be labelled ({type(error).__name__}: {error})", cells))
    return labelled, faults


def _write(piece: Piece, labelled: Sequence[Labelled], faults: Sequence[Fault], job: Job) -> None:
    """Writes the labels, and what was set aside; the labels last, since they say that all is done."""
    from pyarrow import parquet

    out = job.out or Path()
    rows = [build_row(one.item, one.version, one.labels, source=piece.file.name, place=job.place) for one in labelled]
    table = build_rows_table(rows, with_text=job.place.with_text)
    write_faults(piece, faults, out)
    try:
        with open_anew(list_paths(piece.id, out)[0]) as file:
            parquet.write_table(table, file, compression="zstd", compression_level=1)
            _make_durable(file)
    except OSError as error:
        raise OutputError(describe_refusal(error, out)) from error


def write_faults(piece: Piece, faults: Sequence[Fault], out: Path) -> None:
    """Writes what was set aside of a piece, if there is anything.

    Raises:
        OutputError: it cannot be written.
    """
    if not faults:
        return
    try:
        with open_anew(list_paths(piece.id, out)[1]) as file:
            file.writelines(_encode(piece, fault) for fault in faults)
            _make_durable(file)
    except OSError as error:
        raise OutputError(describe_refusal(error, out)) from error


@contextmanager
def open_anew(path: Path) -> Iterator[BinaryIO]:
    """A file that takes the place of `path` at the end of the block, or not at all; several machines may do so at a time."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{uuid4().hex}")
    try:
        with partial.open("wb") as file:
            yield file
        partial.replace(path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


def _make_durable(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())


def _encode(piece: Piece, fault: Fault) -> bytes:
    told: dict[str, Any] = {"source": piece.file.name, "line": fault.line, "reason": fault.reason, "row": fault.row}
    return json.dumps(told, ensure_ascii=False, default=str).encode("utf-8", "backslashreplace") + b"\n"
