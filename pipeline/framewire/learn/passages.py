"""Coded passages as files: JSON Lines with `id, text, relevant, narratives: [{id, voice, accused}]`."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from framewire.codebook import Codebook
from framewire.errors import InputError
from framewire.files import read_text
from framewire.records import CodedNarrative, CodedPassage, Voice
from framewire.yamlfile import nearest, unknown_message

_KINDS = {str: "a text", bool: "true or false", list: "a list"}
# What a line looks like; stands at the end of each message about one that does not.
_FORM = 'a line is {"id": "1", "text": "...", "relevant": true, "narratives": [{"id": "...", "voice": "asserted"}]}'
_MISSING = "Name a file of coded passages, one JSON object a line."
_KNOWN = {"id", "text", "relevant", "narratives", "register", "side", "story", "coder", "date"}


def load_passages(paths: Iterable[Path], *, codebook: Codebook) -> list[CodedPassage]:
    """The coded passages of some JSON Lines files, in order. Lines with only `about` are headers.

    Raises:
        InputError: a file cannot be read, or a line is no coded passage of this codebook; names file and line.
    """
    seen: dict[str, str] = {}
    passages = []
    for place, passage in (item for path in paths for item in _read_file(path, codebook)):
        if passage.id in seen:
            raise InputError(
                f"{place}: the passage id '{passage.id}' stands here a second time, first in {seen[passage.id]}; "
                "give each passage its own."
            )
        seen[passage.id] = place
        passages.append(passage)
    return passages


def load_second_codings(folder: Path, passages: Sequence[CodedPassage], *, codebook: Codebook) -> list[CodedPassage]:
    """What another coder said of some of the passages: `second/*.jsonl` in their folder, the same lines without `text`.

    Raises:
        InputError: as `load_passages`, or a line is about no passage of these.
    """
    texts = {passage.id: passage.text for passage in passages}
    paths = sorted((folder / "second").glob("*.jsonl"))
    return [passage for path in paths for _, passage in _read_file(path, codebook, texts=texts)]


def load_headers(paths: Iterable[Path]) -> tuple[str, ...]:
    """What files that `load_passages` can read say about themselves, each thing once: their lines with only `about`."""
    texts = (read_text(path, error=InputError, missing=_MISSING) for path in paths)
    lines = (json.loads(line) for text in texts for line in text.split("\n") if line.strip())
    return tuple(dict.fromkeys(str(fields["about"]) for fields in lines if set(fields) == {"about"}))


def find_passage_files(folder: Path) -> list[Path]:
    """The passage files of a folder, by name.

    Raises:
        InputError: there are none.
    """
    found = sorted(folder.glob("*.jsonl"))
    if not found:
        raise InputError(
            f"{folder}: no coded passages (*.jsonl) here. Write some, or copy those of a new workspace: `framewire init DIR`."
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


def _read_file(
    path: Path, codebook: Codebook, *, texts: Mapping[str, str] | None = None
) -> Iterator[tuple[str, CodedPassage]]:
    """(`file:line`, passage) of each line that is no header. With texts, by passage, the lines need none."""
    text = read_text(path, error=InputError, missing=_MISSING)
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            place = f"{path.name}:{number}"
            passage = _read_line(line, place, codebook, texts)
            if passage:
                yield place, passage


def _read_line(line: str, place: str, codebook: Codebook, texts: Mapping[str, str] | None) -> CodedPassage | None:
    try:
        fields = json.loads(line)
    except json.JSONDecodeError as error:
        raise InputError(f"{place}: no JSON: {error.msg} (column {error.colno}); {_FORM}") from error
    if not isinstance(fields, dict):
        raise InputError(f"{place}: expected an object; {_FORM}")
    if set(fields) == {"about"}:
        return None
    if texts is not None:
        if fields.get("id") not in texts:
            raise InputError(f"{place}: there is no passage '{fields.get('id')}' among those that are coded first")
        fields["text"] = texts[fields["id"]]
    for key, kind in (("id", str), ("text", str), ("relevant", bool), ("narratives", list)):
        if not isinstance(fields.get(key), kind):
            raise InputError(f"{place}: {_explain_field(key, kind, fields)}; {_FORM}")
    narratives = tuple(_read_narrative(item, place, codebook) for item in fields["narratives"])
    if narratives and not fields["relevant"]:
        raise InputError(
            f"{place}: an irrelevant passage cannot carry narratives; write relevant: true, or take the narratives out"
        )
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


def _explain_field(key: str, kind: type, fields: dict[str, Any]) -> str:
    """What is wrong with a field that is missing or of another kind."""
    wanted = _KINDS[kind]
    if key in fields:
        return f"'{key}' is {json.dumps(fields[key], ensure_ascii=False)[:60]}; expected {wanted}"
    guess = nearest(key, set(fields) - _KNOWN)
    return f"'{key}' is missing; expected {wanted}" + (f" (is it '{guess}'?)" if guess else "")


def _read_narrative(item: Any, place: str, codebook: Codebook) -> CodedNarrative:
    if not isinstance(item, dict) or "id" not in item:
        raise InputError(f"{place}: a narrative without id; {_FORM}")
    if item["id"] not in codebook.narrative_ids:
        told = unknown_message("narrative", item["id"], codebook.narrative_ids)
        raise InputError(f"{place}: {told}; codebook {codebook.id} version {codebook.version}")
    try:
        voice = Voice(item.get("voice", "asserted"))
    except ValueError as error:
        raise InputError(f"{place}: unknown voice '{item['voice']}' (known: {', '.join(Voice)})") from error
    accused = item.get("accused")
    allowed = codebook.accused_answers
    if accused is not None and accused not in allowed:
        raise InputError(f"{place}: unknown accused side '{accused}' (known: {', '.join(allowed)})")
    return CodedNarrative(item["id"], voice, accused)
