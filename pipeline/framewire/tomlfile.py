"""A TOML file with the places of its keys, so that a fault can be told with its line."""

import re
import tomllib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from framewire.errors import ConfigError
from framewire.files import read_text

_HEADING = re.compile(r"\s*\[\[?\s*([\w.\"' -]+?)\s*\]\]?\s*(#.*)?$")


def read_toml(path: Path, *, missing: str) -> tuple[str, dict[str, Any]]:
    """The text of a TOML file, and what it holds.

    Raises:
        ConfigError: no file (`missing` says what to do), or no TOML; names line and column.
    """
    text = read_text(path, error=ConfigError, missing=missing)
    try:
        return text, tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(_explain_toml(path, text, str(error))) from error


def find_line(text: str, place: Sequence[str | int]) -> int | None:
    """The line (from 1) of a key such as `("title",)` or `("mail", "list", 0, "to")`; None if it stands nowhere.

    A key that is missing has the line of the table that it is missing from.
    """
    names, wanted = [part for part in place if isinstance(part, str)], next((p for p in place if isinstance(p, int)), 0)
    path, parent = ".".join(names), ".".join(names[:-1])
    table, seen, heading = "", Counter([""]), None
    for number, line in enumerate(text.splitlines(), start=1):
        if match := _HEADING.match(line):
            table = re.sub(r"[\"' ]", "", match[1])
            seen[table] += 1
            if table == path:
                return number
            heading = number if table == parent and seen[table] == wanted + 1 else heading
        elif table == parent and seen[table] == wanted + 1 and re.match(_key_pattern(names[-1]), line):
            return number
    return heading or (find_line(text, place[:-1]) if len(place) > 1 else None)


def _key_pattern(key: str) -> str:
    return rf"[ \t]*\"?{re.escape(key)}\"?[ \t]*="


def _explain_toml(path: Path, text: str, message: str) -> str:
    """`framewire.toml:3:9: no valid TOML: ...` with the line as it stands and how lines are written."""
    place = re.search(r" \(at line (\d+), column (\d+)\)$", message)
    line, column = (int(place[1]), int(place[2])) if place else (text.count("\n") + 1, 1)
    lines = text.splitlines()
    shown = lines[line - 1].strip() if line <= len(lines) else "the end of the file"
    problem = message.partition(" (at ")[0]
    if problem == "Cannot overwrite a value":
        return f"{path}:{line}:{column}: the key of `{shown}` stands here a second time; remove one of the two"
    return (
        f"{path}:{line}:{column}: no valid TOML: {problem}, in `{shown}`; "
        'write one `key = value` a line, texts in quotes: title = "Example"'
    )
