"""YAML 1.2 files whose errors know their place: line and column, and the nearest known key."""

import difflib
import re
from collections.abc import Callable, Iterable, Sequence
from io import StringIO
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from framewire.files import read_text

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
        raise YAMLProblem(line, column, _explain(error, text.splitlines(), line)) from error
    except (YAMLError, ValueError, TypeError, RecursionError) as error:
        raise YAMLProblem(*_place_of(text, error), f"{name} is no YAML: {_first_line(str(error))}") from error
    if not isinstance(tree, CommentedMap):
        found = "nothing" if tree is None else "a list" if isinstance(tree, CommentedSeq) else "a single value"
        raise YAMLProblem(
            1, 1, f"expected `key: value` lines, found {found}; look at the file that `framewire init` makes"
        )
    return tree


def load_yaml(path: Path, *, error: Callable[[str], Exception], missing: str = "Check its spelling.") -> CommentedMap:
    """The mapping in a YAML 1.2 file.

    Args:
        path: the file, UTF-8.
        error: makes the exception that is raised from a message, such as `ConfigError`.
        missing: what to do if there is no such file.
    """
    text = read_text(path, error=error, missing=missing)
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


def nearest(word: str, known: Iterable[str], *, at_least: float = CLOSE_ENOUGH) -> str | None:
    """The known word most like `word`; None if none is like it, that is at least to this ratio."""
    close = difflib.get_close_matches(str(word), list(known), n=1, cutoff=at_least)
    return close[0] if close else None


def unknown_message(what: str, word: object, known: Iterable[str]) -> str:
    """`unknown outlet 'Exmaple' (did you mean 'Example'?)`, or the list of known ones if none is near."""
    names = list(known)
    guess = nearest(str(word), names)
    hint = f"did you mean '{guess}'?" if guess else f"known: {', '.join(names) or 'none'}"
    return f"unknown {what} '{word}' ({hint})"


def unknown_key_message(key: object, known: Iterable[str]) -> str:
    """`unknown key 'langauge' (did you mean 'language'?)`, or the list of known keys if none is near."""
    return unknown_message("key", key, sorted(known))


def _round_trip() -> YAML:
    yaml = YAML(typ="rt", pure=True)
    yaml.preserve_quotes = True
    # Long URLs and definitions stay on their line.
    yaml.width = 1_000_000
    return yaml


def _explain(error: MarkedYAMLError, lines: Sequence[str], line: int) -> str:
    """What a YAML error means for somebody who does not know YAML's words, and what to write instead."""
    problem = _first_line(error.problem or error.context or "")
    began = f" in line {error.context_mark.line + 1}" if error.context_mark else ""
    if "'\\t'" in problem:
        return "a tab stands where YAML wants spaces; replace it with spaces"
    if duplicate := re.search('duplicate key "([^"]*)"', problem):
        return f"duplicate key '{duplicate[1]}': it stands here a second time; remove one of the two"
    if "quoted scalar" in (error.context or ""):
        return f"the quote that opens{began} is not closed; close it"
    if "flow" in (error.context or ""):
        return f"the bracket that opens{began} is not closed ({problem}); close it, or put the text in quotes"
    if "block end" in problem or "mapping values" in problem or "could not find expected ':'" in problem:
        return _explain_indent(lines, line) or "expected `key: value`; a text that holds ': ' stands in quotes"
    return f"no YAML: {problem}; a text with special characters stands in quotes"


def _explain_indent(lines: Sequence[str], line: int) -> str | None:
    """Where the key of a line begins, and where that of the line above; None if both begin in the same column."""
    above = next((n for n in range(line - 1, 0, -1) if _column_of(lines[n - 1])), None)
    here = _column_of(lines[line - 1]) if line <= len(lines) else None
    if above is None or here is None or here == _column_of(lines[above - 1]):
        return None
    return (
        f"wrong indent: the key here begins in column {here}, the one in line {above} in column "
        f"{_column_of(lines[above - 1])}; keys of one block begin in the same column"
    )


def _column_of(line: str) -> int | None:
    """The column, from 1, of the first character that is no indent and no list's hyphen; None for blanks and comments."""
    match = re.match(r"(?:[ ]*-[ ]+)*[ ]*(?=[^\s#])", line)
    return match.end() + 1 if match else None


def _first_line(text: str) -> str:
    return text.strip().splitlines()[0] if text.strip() else "cannot be read"


def _place_of(text: str, error: Exception) -> tuple[int, int]:
    """Line and column of errors that carry only a character offset."""
    offset = getattr(error, "position", None)
    if not isinstance(offset, int):
        return 1, 1
    before = text[:offset]
    return before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1
