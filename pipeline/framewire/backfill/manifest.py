"""What is done, a line each: which order it was, which pieces are labelled, which of them are put into days.

A line is written after what it tells lies on the disk. One that was cut off by a kill counts for nothing.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from framewire.errors import InputError, OutputError
from framewire.files import describe_refusal

MANIFEST = "manifest.jsonl"
FORMAT = 1


@dataclass(frozen=True, slots=True)
class Round:
    """Pieces whose articles were put into days together. Its files are called by its name."""

    name: str
    pieces: tuple[str, ...]
    n_articles: int
    n_doubles: int
    n_versions: int


@dataclass(slots=True)
class Manifest:
    """What is done in a folder. `order` is None before anything was asked of it; `pieces` are those labelled, by id."""

    folder: Path
    order: dict[str, Any] | None = None
    pieces: dict[str, dict[str, Any]] = field(default_factory=dict)
    rounds: list[Round] = field(default_factory=list)

    @property
    def settled(self) -> set[str]:
        """The pieces whose articles are in days."""
        return {piece for one in self.rounds for piece in one.pieces}

    def begin(self, order: Mapping[str, Any]) -> None:
        """Puts the order on record."""
        self.order = dict(order)
        self._append({"kind": "order", "format": FORMAT, **order})

    def add_piece(self, piece: str, told: Mapping[str, Any]) -> None:
        """Puts a labelled piece on record."""
        self.pieces[piece] = dict(told)
        self._append({"kind": "piece", "id": piece, **told})

    def add_round(self, done: Round) -> None:
        """Puts on record that pieces are in days."""
        self.rounds.append(done)
        told = {name: getattr(done, name) for name in Round.__dataclass_fields__}
        self._append({"kind": "round", **told})

    def _append(self, line: Mapping[str, Any]) -> None:
        path = self.folder / MANIFEST
        try:
            with path.open("ab") as file:
                file.write(json.dumps(line, ensure_ascii=False, default=str).encode() + b"\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise OutputError(describe_refusal(error, path)) from error


def load_manifest(folder: Path) -> Manifest:
    """What is done in a folder; an empty manifest if nothing is.

    Raises:
        InputError: there is a manifest that is none of ours, or of a newer Framewire.
    """
    manifest = Manifest(folder)
    for number, line in enumerate(_read_lines(folder / MANIFEST), start=1):
        try:
            told = json.loads(line)
            _take(manifest, told)
        except (ValueError, KeyError, TypeError) as error:
            raise InputError(
                f"{folder / MANIFEST}:{number}: no line of a backfill. Name another folder with --out."
            ) from error
    return manifest


def mend_manifest(folder: Path) -> None:
    """Takes away what a kill left of a last line."""
    path = folder / MANIFEST
    if path.exists():
        content = path.read_bytes()
        whole = content.rfind(b"\n") + 1
        if whole < len(content):
            os.truncate(path, whole)


def _read_lines(path: Path) -> list[bytes]:
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return []
    except OSError as error:
        raise InputError(describe_refusal(error, path)) from error
    return content.split(b"\n")[:-1]


def _take(manifest: Manifest, told: dict[str, Any]) -> None:
    kind = told.pop("kind")
    if kind == "order":
        if told.pop("format") != FORMAT:
            raise InputError(f"{manifest.folder / MANIFEST}: written by a newer Framewire. Use that one.")
        manifest.order = told
    elif kind == "piece":
        manifest.pieces[told.pop("id")] = told
    elif kind == "round":
        manifest.rounds.append(Round(**{**told, "pieces": tuple(told["pieces"])}))
    else:
        raise ValueError(kind)
