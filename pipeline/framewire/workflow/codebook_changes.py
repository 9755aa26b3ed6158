"""A codebook that has changed: which labels and codings are stale, and codings carried over to the new version."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from framewire.codebook import Codebook, load_codebook, parse_codebook
from framewire.codebook.effects import (
    BOTH_STALE,
    STAYS,
    YES_STALE,
    Effect,
    find_effects,
    find_renames,
    find_stale_codes,
)
from framewire.errors import InputError, OutputError
from framewire.files import describe_refusal, write_whole
from framewire.learn import find_passage_files
from framewire.records import CodedNarrative, Coding, StoredCoding
from framewire.store import add_coding, count_labels_by, get_codebooks, get_codings, keep_newest, reading, transaction
from framewire.workflow.models import record_codebook
from framewire.workflow.workspace import Workspace
from framewire.yamlfile import unknown_message

STORED = "@"
_MOVED = "carried over from version {}"


@dataclass(frozen=True, slots=True)
class Migrated:
    """What became of the codings by an old codebook: carried over under new ids, kept as they are, stale and why."""

    n_carried: int
    n_kept: int
    stale: dict[str, int]
    files: tuple[Path, ...] = ()


def find_codebook(workspace: Workspace | None, name: str) -> Codebook:
    """The codebook of a file, or `@2`: the one of version 2 that the store of a workspace holds.

    Raises:
        InputError: there is no such version, or no workspace.
        CodebookError: the file is no codebook.
    """
    if not name.startswith(STORED):
        return load_codebook(Path(name))
    if workspace is None:
        raise InputError(f"{name} is a version in a workspace's store, and here is none. Name one with --workspace.")
    with reading(workspace.readonly_engine) as conn:
        rows = [row for row in get_codebooks(conn) if row["codebook_id"] == workspace.codebook.id]
    for row in reversed(rows):
        if str(row["version"]) == name.removeprefix(STORED):
            return parse_codebook(row["text"], name=f"version {row['version']} in the store")
    known = [f"{STORED}{row['version']}" for row in rows]
    raise InputError(f"{unknown_message('version', name, known)}; the store holds those that labelled something.")


def describe_changes(workspace: Workspace | None, old: Codebook, new: Codebook) -> list[dict[str, Any]]:
    """One row a change: what it does, which codings by coders are stale, and how many stored labels by rules and model.

    Of a workspace whose store holds labels by the old codebook the labels are counted.
    """
    counts = _count_labels(workspace, old) if workspace else {}
    return [
        {
            "change": effect.change.kind,
            "place": effect.change.place,
            "detail": effect.change.detail,
            "codings_stale": "" if effect.codings == STAYS else effect.codings,
            "labels_stale": _say_labels(effect, counts),
        }
        for effect in find_effects(old, new)
    ]


def migrate(workspace: Workspace, old: Codebook, *, now: datetime, passages: Path | None = None) -> Migrated:
    """Carries the codings by an old codebook over to the workspace's: a new coding beside each old one, under the new ids.

    A narrative that was renamed or merged keeps its codings; of one that was split, narrowed or removed what carries it is
    stale and has to be coded again. Codings that name no changed id count under the new version as they are. Run again, it
    changes nothing.

    Args:
        workspace: with the new codebook.
        old: the codebook that they were coded by.
        now: when they are carried over.
        passages: a new folder for the coded passages of the workspace under the new ids; None = leave them.

    Raises:
        InputError: both codebooks are the same, or of two subjects.
        OutputError: the folder exists, or cannot be written.
    """
    new = workspace.codebook
    if old.digest == new.digest or old.id != new.id:
        raise InputError(
            f"nothing to carry over: the old codebook is {old.id} version {old.version}, the workspace's {new.id} version {new.version}"
            f"{' and the same' if old.digest == new.digest else ''}."
        )
    renames, stale = find_renames(old, new), find_stale_codes(find_effects(old, new))
    files = _migrate_passages(workspace, renames, passages) if passages else ()
    row_id, old_rows = record_codebook(workspace, now), _find_rows(workspace, old)
    counts: Counter[str] = Counter()
    n_carried = n_kept = 0
    with transaction(workspace.engine) as conn:
        for one in keep_newest(get_codings(conn)):
            if one.coding.codebook_row_id not in old_rows:
                continue
            names = {narrative.id for narrative in one.coding.narratives}
            lost = sorted(name for name in names if stale.get(name) in (YES_STALE, BOTH_STALE))
            if lost:
                counts.update(lost)
            elif names & renames.keys():
                n_carried += add_coding(conn, _carry(one, renames, row_id, old.version, now))
            else:
                n_kept += 1
    return Migrated(n_carried, n_kept, dict(counts), files)


def _carry(one: StoredCoding, renames: dict[str, str], row_id: int, version: int, now: datetime) -> Coding:
    """The same coding under the new ids; of two that have become one the first counts."""
    carried: dict[str, CodedNarrative] = {}
    for narrative in one.coding.narratives:
        name = renames.get(narrative.id, narrative.id)
        carried.setdefault(name, CodedNarrative(name, narrative.voice, narrative.accused))
    note = "; ".join(part for part in (one.coding.note, _MOVED.format(version)) if part)
    return replace(
        one.coding,
        coded_at=max(now, one.coding.coded_at),
        codebook_row_id=row_id,
        narratives=tuple(carried.values()),
        replaces={**one.coding.replaces, "coding_id": one.id},
        note=note,
    )


def _migrate_passages(workspace: Workspace, renames: dict[str, str], folder: Path) -> tuple[Path, ...]:
    """The passage files of the workspace under the new ids, in a new folder."""
    if folder.exists():
        raise OutputError(f"{folder} exists already; nothing is overwritten. Name a new folder.")
    source = workspace.config.passages
    paths = [*find_passage_files(source), *sorted((source / "second").glob("*.jsonl"))]
    written = []
    try:
        for path in paths:
            target = folder / path.relative_to(source)
            target.parent.mkdir(parents=True, exist_ok=True)
            lines = [_rename_line(line, renames) for line in path.read_text(encoding="utf-8").split("\n")]
            write_whole(target, "\n".join(lines).encode())
            written.append(target)
    except OSError as error:
        raise OutputError(describe_refusal(error, folder)) from error
    return tuple(written)


def _rename_line(line: str, renames: dict[str, str]) -> str:
    """A line under the new ids; one that names none of the old ones stays as it is, letter by letter."""
    if not any(f'"{name}"' in line for name in renames):
        return line
    fields = json.loads(line)
    named: dict[str, dict[str, Any]] = {}
    for narrative in fields.get("narratives", []):
        name = renames.get(narrative["id"], narrative["id"])
        named.setdefault(name, {**narrative, "id": name})
    return json.dumps({**fields, "narratives": list(named.values())}, ensure_ascii=False)


def _find_rows(workspace: Workspace, codebook: Codebook) -> set[int]:
    with reading(workspace.engine) as conn:
        return {row["id"] for row in get_codebooks(conn) if row["digest"] == codebook.digest}


def _count_labels(workspace: Workspace, codebook: Codebook) -> Counter[str]:
    counts: Counter[str] = Counter()
    rows = _find_rows(workspace, codebook)
    with reading(workspace.readonly_engine) as conn:
        for row_id in rows:
            counts.update(count_labels_by(conn, row_id))
    return counts


def _say_labels(effect: Effect, counts: Mapping[str, int]) -> str:
    if not effect.labels_stale:
        return ""
    if not effect.part:
        return "all"
    names = [name for name in counts if name == effect.part or name.startswith(f"{effect.part}/")]
    return str(sum(counts[name] for name in names)) if counts else "those of it"


def describe_stale(done: Migrated) -> Sequence[str]:
    """What has to be coded again, in lines."""
    return [f"stale      {name}: {n} to be coded again" for name, n in sorted(done.stale.items())]
