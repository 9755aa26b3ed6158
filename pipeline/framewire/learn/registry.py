"""Model folders: written once, and read only if they are what `train` recorded.

A folder holds `card.json` and `card.md` (in git), `model.joblib` and `manifest.json` (built here, never in git). joblib
executes code on loading, so trust lives outside the folder: the caller brings the manifest's digest from the store.
"""

import hashlib
import io
import json
import os
import platform
import stat
import warnings
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import joblib
import numpy as np

from framewire.codebook import Codebook
from framewire.errors import (
    ModelCodebookMismatch,
    ModelCorrupt,
    ModelMissing,
    ModelProbeFailed,
    ModelUntrusted,
    ModelVersionMismatch,
    OutputError,
)
from framewire.files import describe_refusal, user_name, write_whole
from framewire.label import NarrativeModel

MODEL_FILE, MANIFEST_FILE, CARD_FILE, CARD_TEXT = "model.joblib", "manifest.json", "card.json", "card.md"
FORMAT = 1
# Source: reliability anchors, section 5.1.
MAX_BYTES = 256 * 1024 * 1024
PROBE_TOLERANCE = 1e-6
_LIBRARIES = ("scikit-learn", "numpy", "scipy", "joblib")


def save_model(
    folder: Path, model: NarrativeModel, *, card: dict[str, Any], card_text: str, probes: Sequence[str]
) -> str:
    """The digest of the manifest of the written folder; the caller records it as trusted.

    Args:
        folder: `models/<codebook>/<version>`; files of the same names are replaced.
        model: what is pickled.
        card: the card, written as JSON.
        card_text: the card for reading.
        probes: texts whose scores are kept, to be compared on each loading.

    Raises:
        OutputError: the folder cannot be written.
    """
    buffer = io.BytesIO()
    joblib.dump(model, buffer, compress=3)
    payload = buffer.getvalue()
    manifest = {
        "format": FORMAT,
        "size": len(payload),
        "sha256": hashlib.sha256(payload).hexdigest(),
        "libraries": _library_versions(),
        "codebook": {"id": model.codebook.id, "version": model.codebook.version, "digest": model.codebook.digest},
        "language": model.language,
        "probes": [
            {"text": text, "scores": row} for text, row in zip(probes, _probe_scores(model, probes), strict=True)
        ],
    }
    manifest_bytes = json.dumps(manifest, ensure_ascii=False, indent=1).encode()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in (
            (MODEL_FILE, payload),
            (MANIFEST_FILE, manifest_bytes),
            (CARD_FILE, (json.dumps(card, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()),
            (CARD_TEXT, card_text.encode()),
        ):
            write_whole(folder / name, content, mode=0o644)
    except OSError as error:
        raise OutputError(describe_refusal(error, folder)) from error
    return hashlib.sha256(manifest_bytes).hexdigest()


def load_model(folder: Path, *, codebook: Codebook, trusted_digest: str | None) -> NarrativeModel:
    """The model in a folder, after every check; the bytes that are checked are the bytes that are unpickled.

    Raises:
        ModelMissing: no model in the folder.
        ModelUntrusted: a symlink, somebody else's or a world-writable file, or not the recorded manifest.
        ModelCorrupt: payload and manifest disagree.
        ModelVersionMismatch: other library versions.
        ModelCodebookMismatch: made for another codebook or another state of it.
        ModelProbeFailed: the probe texts score differently.
    """
    manifest_bytes = _read_own_file(folder / MANIFEST_FILE)
    if trusted_digest is None:
        raise ModelUntrusted(f"{folder}: no training of this model is on record here. Run `framewire train`.")
    if hashlib.sha256(manifest_bytes).hexdigest() != trusted_digest:
        raise ModelUntrusted(
            f"{folder}: the manifest is not the one that training recorded. Run `framewire train` to build the model anew."
        )
    manifest = json.loads(manifest_bytes)
    payload = _read_own_file(folder / MODEL_FILE)
    if len(payload) != manifest["size"] or hashlib.sha256(payload).hexdigest() != manifest["sha256"]:
        raise ModelCorrupt(f"{folder / MODEL_FILE}: the file is damaged. Run `framewire train` to build it anew.")
    _check_versions(folder, manifest)
    _check_codebook(folder, manifest, codebook)
    model = _unpickle(folder, payload)
    model.bind(codebook)
    _check_probes(folder, manifest, model)
    return model


def find_versions(models: Path, codebook_id: str) -> list[str]:
    """The versions that have a built model, oldest first."""
    built = [path.parent for path in (models / codebook_id).glob(f"*/{MANIFEST_FILE}")]
    return [path.name for path in sorted(built, key=lambda path: (path / MANIFEST_FILE).stat().st_mtime)]


def _library_versions() -> dict[str, str]:
    return {"python": platform.python_version(), **{name: version(name) for name in _LIBRARIES}}


def _probe_scores(model: NarrativeModel, probes: Sequence[str]) -> list[list[float]]:
    scores = model.predict_scores(model.annotate(probes))
    return [[float(r), *map(float, row)] for r, row in zip(scores.relevance, scores.narratives, strict=True)]


def _read_own_file(path: Path) -> bytes:
    """The file's bytes, read once, if it is a plain file of ours that nobody else may write."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError as error:
        raise ModelMissing(f"{path}: there is no trained model. Run `framewire train`.") from error
    except OSError as error:
        raise ModelUntrusted(
            f"{path}: refused: a symbolic link, or a file that cannot be opened ({error.strerror})."
        ) from error
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(file.fileno())
        if refusal := _find_refusal(path, status):
            raise ModelUntrusted(f"{path}: refused: {refusal}")
        if status.st_size > MAX_BYTES:
            raise ModelUntrusted(
                f"{path}: refused: {status.st_size:,} bytes are more than the {MAX_BYTES:,} that a model may have."
            )
        return file.read(MAX_BYTES + 1)


def _find_refusal(path: Path, status: os.stat_result) -> str | None:
    """Why a file may not be unpickled, and what to do; None if it may."""
    if not stat.S_ISREG(status.st_mode):
        return "no plain file. Run `framewire train` to build the model anew."
    if status.st_uid != os.getuid():
        owner, own = user_name(status.st_uid), user_name(os.getuid())
        return f"it belongs to user {owner}, and this runs as {own}. Run it as {owner}, or `framewire train` as {own}."
    if status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        return f"others may write it. Run `chmod go-w {path}`, or `framewire train` to build it anew."
    return None


def _check_versions(folder: Path, manifest: dict[str, Any]) -> None:
    here = _library_versions()
    for name, trained_with in manifest["libraries"].items():
        if trained_with != here.get(name):
            raise ModelVersionMismatch(
                f"{folder}: trained with {name} {trained_with}, but {here.get(name)} is installed. Run `framewire train` to build it anew."
            )


def _check_codebook(folder: Path, manifest: dict[str, Any], codebook: Codebook) -> None:
    made_for = manifest["codebook"]
    if made_for["digest"] != codebook.digest:
        raise ModelCodebookMismatch(
            f"{folder}: trained for codebook {made_for['id']} version {made_for['version']} in another state than the "
            f"{codebook.id} version {codebook.version} in use. Run `framewire train`."
        )


def _unpickle(folder: Path, payload: bytes) -> NarrativeModel:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            model = joblib.load(io.BytesIO(payload))
    except Exception as error:
        raise ModelCorrupt(
            f"{folder / MODEL_FILE}: cannot be loaded by this Framewire ({type(error).__name__}). Run `framewire train`."
        ) from error
    if not isinstance(model, NarrativeModel):
        raise ModelCorrupt(
            f"{folder / MODEL_FILE}: holds a {type(model).__name__}, not a model. Run `framewire train`."
        )
    return model


def _check_probes(folder: Path, manifest: dict[str, Any], model: NarrativeModel) -> None:
    wanted = np.array([probe["scores"] for probe in manifest["probes"]])
    found = np.array(_probe_scores(model, [probe["text"] for probe in manifest["probes"]]))
    if wanted.shape != found.shape or (wanted.size and np.abs(wanted - found).max() > PROBE_TOLERANCE):
        raise ModelProbeFailed(
            f"{folder}: the probe texts score differently than after training. Run `framewire train`."
        )
