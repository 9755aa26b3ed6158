"""Coded passages as files: JSON Lines with `id, text, relevant, narratives: [{id, voice, accused}]`."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from framewire.codebook import Codebook
from framewire.errors import InputError
from framewire.records import CodedNarrative, CodedPassage, Voice
from framewire.yamlfile import nearest

_KNOWN = {"id", "text", "relevant", "narratives", "register", "side", "story", "coder", "date"}


def load_passages(paths: Iterable[Path], *, codebook: Codebook) -> list[CodedPassage]:
    """The coded passages of some JSON Lines files, in order. Lines with only `about` are headers.

    Raises:
        InputError: a file cannot be read, or a line is no coded passage of this codebook; names file and line.
    """
    passages = [passage for path in paths for passage in _read_file(path, codebook)]
    seen: set[str] = set()
    for passage in passages:
        if passage.id in seen:
            raise InputError(f"the passage id '{passage.id}' occurs twice; each passage needs its own.")
        seen.add(passage.id)
    return passages


def find_passage_files(folder: Path) -> list[Path]:
    """The passage files of a folder, by name.

    Raises:
        InputError: there are none.
    """
    found = sorted(folder.glob("*.jsonl"))
    if not found:
        raise InputError(
            f"{folder}: no coded passages (*.jsonl) here. `framewire init` copies the ones that come with Framewire."
        )
    return found


def digest_passages(passages: Sequence[CodedPassage]) -> str:
    """The SHA-256 of texts and codes, in the order of the ids: what a model was trained on."""
    lines = [
        json.dumps(
            [p.id, p.text, p.relevant, [[n.id, n.voice.value, n.accused] for n in p.narratives]], ensure_ascii=False
        )
        for p in sorted(passages, key=lambda p: p.id)
    ]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _read_file(path: Path, codebook: Codebook) -> Iterator[CodedPassage]:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise InputError(f"{path}: no such file") from error
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read as UTF-8 text: {error}") from error
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            passage = _read_line(line, f"{path.name}:{number}", codebook)
            if passage:
                yield passage


def _read_line(line: str, place: str, codebook: Codebook) -> CodedPassage | None:
    try:
        fields = json.loads(line)
    except json.JSONDecodeError as error:
        raise InputError(f"{place}: no JSON: {error.msg} at column {error.colno}") from error
    if not isinstance(fields, dict):
        raise InputError(f"{place}: expected an object with id, text, relevant and narratives")
    if set(fields) == {"about"}:
        return None
    for key, kind in (("id", str), ("text", str), ("relevant", bool), ("narratives", list)):
        if not isinstance(fields.get(key), kind):
            raise InputError(f"{place}: '{key}' is missing or not a {kind.__name__}")
    narratives = tuple(_read_narrative(item, place, codebook) for item in fields["narratives"])
    if narratives and not fields["relevant"]:
        raise InputError(f"{place}: an irrelevant passage cannot carry narratives")
    return CodedPassage(
        fields["id"],
        fields["text"],
        fields["relevant"],
        narratives,
        register=fields.get("register"),
        side=fields.get("side"),
        story=fields.get("story"),
        coder=fields.get("coder"),
        extra={key: value for key, value in fields.items() if key not in _KNOWN},
    )


def _read_narrative(item: Any, place: str, codebook: Codebook) -> CodedNarrative:
    if not isinstance(item, dict) or "id" not in item:
        raise InputError(f"{place}: a narrative is an object with id, voice and, if sided, accused")
    if item["id"] not in codebook.narrative_ids:
        guess = nearest(str(item["id"]), list(codebook.narrative_ids))
        hint = f" (did you mean '{guess}'?)" if guess else ""
        raise InputError(
            f"{place}: unknown narrative '{item['id']}'{hint}; codebook {codebook.id} version {codebook.version}"
        )
    try:
        voice = Voice(item.get("voice", "asserted"))
    except ValueError as error:
        raise InputError(f"{place}: unknown voice '{item['voice']}' (known: {', '.join(Voice)})") from error
    accused = item.get("accused")
    allowed = (*codebook.side_ids, "both", "unclear")
    if accused is not None and accused not in allowed:
        raise InputError(f"{place}: unknown accused side '{accused}' (known: {', '.join(allowed)})")
    return CodedNarrative(item["id"], voice, accused)
