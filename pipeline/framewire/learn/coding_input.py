"""Codings out of the files that `coding_files` writes, after coders have filled them in: line by line, faults with their line."""

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from framewire.codebook import Codebook
from framewire.errors import InputError
from framewire.learn.coding_files import COLUMNS, FORMULA, CodingItem
from framewire.learn.corrections import IRRELEVANT, NONE, Verdict, check_verdict, parse_verdict
from framewire.records import CodedNarrative, Voice
from framewire.text.anchors import Anchor
from framewire.yamlfile import unknown_message

_NEEDED = ("text", "start", "end")
_HOW = "give back the file that `framewire review queue --export` wrote, with the codings filled in"


class Fault(NamedTuple):
    """A line that cannot be used, and why."""

    line: int
    message: str


class ReadItem(NamedTuple):
    """An item and the line that it began on (of Label Studio: the number of the task)."""

    line: int
    item: CodingItem


def guess_format(text: str) -> str:
    """The format of a file, by how it begins."""
    start = text.lstrip()
    if start.startswith("["):
        return "label-studio"
    if not start.startswith("{"):
        return "csv"
    first = start.split("\n", 1)[0]
    return "doccano" if '"label"' in first and '"narratives"' not in first else "jsonl"


def read_items(text: str, form: str, codebook: Codebook) -> tuple[list[ReadItem], list[Fault]]:
    """The items of a file, and its faults. Items without a coding have no verdict.

    Raises:
        InputError: it is no file of this format at all.
    """
    readers = {"csv": _read_csv, "jsonl": _read_jsonl, "doccano": _read_jsonl, "label-studio": _read_tasks}
    items, faults = [], []
    for line, fields in readers[form](text):
        try:
            if isinstance(fields, str):
                raise InputError(fields)
            items.append(ReadItem(line, _read_fields(fields, codebook)))
        except InputError as error:
            faults.append(Fault(line, str(error)))
    return items, faults


def _read_csv(text: str) -> Iterator[tuple[int, Mapping[str, Any] | str]]:
    reader = csv.DictReader(io.StringIO(text, newline=""))
    names = reader.fieldnames or []
    if missing := [name for name in ("id", *_NEEDED, "coding") if name not in names]:
        told = next((unknown_message("column", name, COLUMNS) for name in names if name not in COLUMNS), "")
        raise InputError(f"line 1: no column '{missing[0]}'{f', but {told}' if told else ''}; {_HOW}")
    line = reader.line_num + 1
    for row in reader:
        if None in row or None in row.values():
            yield line, f"{'more' if None in row else 'fewer'} cells than the first line has; {_HOW}"
        else:
            fields = {name: _undefuse(value) for name, value in row.items()}
            yield line, {**fields, "blind": fields.get("blind") == "yes", "words": fields["coding"]}
        line = reader.line_num + 1


def _read_jsonl(text: str) -> Iterator[tuple[int, Mapping[str, Any] | str]]:
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            fields = json.loads(line)
        except json.JSONDecodeError as error:
            yield number, f"no JSON: {error.msg} (column {error.colno}); {_HOW}"
            continue
        if not isinstance(fields, dict):
            yield number, f"expected an object; {_HOW}"
        elif set(fields) != {"about"}:
            yield number, _read_labels(fields) if "label" in fields else fields


def _read_labels(fields: Mapping[str, Any]) -> Mapping[str, Any] | str:
    """A line of doccano: labels to words; metadata stands beside them or under `meta`."""
    labels, about = fields["label"], fields.get("meta", {})
    if not isinstance(labels, list) or not all(isinstance(label, str) for label in labels):
        return f"'label' is no list of texts; {_HOW}"
    told = {**(about if isinstance(about, dict) else {}), **fields}
    return {**told, "id": told.get("framewire_id", ""), "words": " ".join(labels)}


def _read_tasks(text: str) -> Iterator[tuple[int, Mapping[str, Any] | str]]:
    try:
        tasks = json.loads(text)
    except json.JSONDecodeError as error:
        raise InputError(f"line {error.lineno}: no JSON: {error.msg} (column {error.colno}); {_HOW}") from error
    if not isinstance(tasks, list):
        raise InputError(f"expected a list of tasks, as Label Studio exports it as JSON; {_HOW}")
    for number, task in enumerate(tasks, start=1):
        data = task.get("data") if isinstance(task, dict) else None
        if not isinstance(data, dict) or not isinstance(data.get("framewire"), dict):
            yield number, f"no task of ours: data.framewire is missing; {_HOW}"
            continue
        told = [one for one in task.get("annotations") or [] if isinstance(one, dict) and not one.get("was_cancelled")]
        fields = {**data["framewire"], "text": data.get("text")}
        if not told:
            yield number, fields
        elif len(told) > 1:
            yield number, f"{len(told)} annotations of one task; export one coder's at a time"
        else:
            words, moment = _say_results(told[0].get("result")), told[0].get("updated_at") or told[0].get("created_at")
            yield number, {**fields, "words": words, "date": moment or fields.get("date")}


def _say_results(results: Any) -> str:
    """The results of an annotation in words; '' if it says nothing."""
    words: list[str] = []
    relevant: list[str] = []
    for result in results if isinstance(results, list) else []:
        value = result.get("value") if isinstance(result, dict) else None
        if isinstance(value, dict):
            relevant += [str(word) for word in value.get("choices") or []]
            words += [_say_path([str(part) for part in path]) for path in value.get("taxonomy") or [] if path]
    if IRRELEVANT in relevant:
        return " ".join([IRRELEVANT, *words])
    return " ".join(words) or (NONE if relevant else "")


def _say_path(path: Sequence[str]) -> str:
    return path[0] + "".join(f"{sign}{part}" for sign, part in zip("=:", path[1:], strict=False))


def _read_fields(fields: Mapping[str, Any], codebook: Codebook) -> CodingItem:
    for name in _NEEDED:
        if fields.get(name) in (None, ""):
            raise InputError(f"'{name}' is missing; {_HOW}")
    anchor = Anchor(
        _read_number(fields, "start"),
        _read_number(fields, "end"),
        str(fields["text"]),
        str(fields.get("prefix") or ""),
        str(fields.get("suffix") or ""),
    )
    return CodingItem(
        str(fields.get("id", "")),
        anchor,
        str(fields.get("text_hash") or ""),
        str(fields.get("version_hash") or ""),
        url=fields.get("url") or None,
        blind=fields.get("blind") is True,
        verdict=_read_verdict(fields, codebook),
        coder=fields.get("coder") or None,
        coded_at=fields.get("coded_at") or fields.get("date") or None,
        note=fields.get("note") or None,
    )


def _read_number(fields: Mapping[str, Any], name: str) -> int:
    value = fields[name]
    if isinstance(value, bool) or not str(value).isascii() or not str(value).isdecimal():
        raise InputError(f"'{name}' is '{value}'; expected a whole number. {_HOW[0].upper()}{_HOW[1:]}")
    return int(value)


def _read_verdict(fields: Mapping[str, Any], codebook: Codebook) -> Verdict | None:
    """What is said, None if nothing is. Raises InputError."""
    if "words" in fields:
        return parse_verdict(str(fields["words"]), codebook) if str(fields["words"] or "").strip() else None
    relevant, narratives = fields.get("relevant"), fields.get("narratives")
    if relevant is None and not narratives:
        return None
    if not isinstance(relevant, bool | None) or not isinstance(narratives, list | None):
        raise InputError("'relevant' must be true or false, and 'narratives' a list")
    coded = tuple(_read_narrative(one) for one in narratives or [])
    if coded and relevant is False:
        raise InputError("an irrelevant passage cannot carry narratives; write relevant: true, or take them out")
    return check_verdict(Verdict(relevant is not False, coded), codebook)


def _read_narrative(value: Any) -> CodedNarrative:
    if not isinstance(value, dict) or not isinstance(value.get("id"), str):
        raise InputError('a narrative is {"id": "...", "voice": "asserted", "accused": null}')
    try:
        voice = Voice(value.get("voice", Voice.ASSERTED.value))
    except ValueError as error:
        raise InputError(unknown_message("voice", value["voice"], [voice.value for voice in Voice])) from error
    return CodedNarrative(value["id"], voice, value.get("accused"))


def _undefuse(value: str) -> str:
    """A cell without the ' that kept it from being a formula."""
    return value[1:] if value.startswith("'") and value[1:].startswith(FORMULA) else value
