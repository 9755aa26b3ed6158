"""YAML 1.2 files whose errors know their place: line and column, and the nearest known key."""

import difflib
from collections.abc import Callable, Iterable
from io import StringIO
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError

# Source: the ratio at which difflib itself calls two words close; "langauge" and "language" reach 0.88.
CLOSE_ENOUGH = 0.6


class YAMLProblem(ValueError):
    """A YAML text that cannot be used. `line` and `column` count from 1."""

    def __init__(self, line: int, column: int, message: str) -> None:
        super().__init__(f"{line}:{column}: {message}")
        self.line = line
        self.column = column
        self.message = message


def read_yaml(text: str, *, name: str = "text") -> CommentedMap:
    """The mapping in a YAML 1.2 text, with positions and comments; `dump_yaml` writes it back unchanged.

    Raises:
        YAMLProblem: no YAML, a key twice, more than one document, or no mapping at the top.
    """
    try:
        tree = _round_trip().load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        problem = (error.problem or error.context or f"{name} is no YAML").strip()
        raise YAMLProblem(line, column, _first_line(problem)) from error
    except (YAMLError, ValueError, RecursionError) as error:
        raise YAMLProblem(*_place_of(text, error), f"no YAML: {_first_line(str(error))}") from error
    if not isinstance(tree, CommentedMap):
        found = "nothing" if tree is None else "a list" if isinstance(tree, CommentedSeq) else "a single value"
        raise YAMLProblem(1, 1, f"expected `key: value` lines, found {found}")
    return tree


def load_yaml(path: Path, *, error: Callable[[str], Exception]) -> CommentedMap:
    """The mapping in a YAML 1.2 file.

    Args:
        path: the file, UTF-8.
        error: makes the exception that is raised from a message, such as `ConfigError`.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as cause:
        raise error(f"{path}: no such file") from cause
    except (OSError, UnicodeDecodeError) as cause:
        raise error(f"{path}: cannot be read as UTF-8 text: {cause}") from cause
    try:
        return read_yaml(text, name=path.name)
    except YAMLProblem as problem:
        raise error(f"{path.name}:{problem}") from problem


def dump_yaml(tree: CommentedMap) -> str:
    """The text of a tree of `read_yaml`, comments and order kept."""
    stream = StringIO()
    _round_trip().dump(tree, stream)
    return stream.getvalue()


def position(node: object, key_or_index: str | int) -> tuple[int, int]:
    """Line and column, from 1, of a key of a mapping or of an item of a list; of the node itself if it has no such part.

    Raises:
        AttributeError: `node` does not come from `read_yaml`.
    """
    marks = node.lc  # type: ignore[attr-defined]
    found = (marks.data or {}).get(key_or_index)
    line, column = (found[0], found[1]) if found else (marks.line, marks.col)
    return line + 1, column + 1


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word most like `word`; None if none is like it."""
    close = difflib.get_close_matches(str(word), list(known), n=1, cutoff=CLOSE_ENOUGH)
    return close[0] if close else None


def unknown_key_message(key: object, known: Iterable[str]) -> str:
    """`unknown key 'langauge' (did you mean 'language'?)`, or the list of known keys if none is near."""
    names = sorted(known)
    guess = nearest(str(key), names)
    return f"unknown key '{key}' " + (f"(did you mean '{guess}'?)" if guess else f"(known: {', '.join(names)})")


def _round_trip() -> YAML:
    yaml = YAML(typ="rt", pure=True)
    yaml.preserve_quotes = True
    # Long URLs and definitions stay on their line.
    yaml.width = 1_000_000
    return yaml


def _first_line(text: str) -> str:
    return text.strip().splitlines()[0] if text.strip() else "cannot be read"


def _place_of(text: str, error: Exception) -> tuple[int, int]:
    """Line and column of errors that carry only a character offset."""
    offset = getattr(error, "position", None)
    if not isinstance(offset, int):
        return 1, 1
    before = text[:offset]
    return before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1
