"""Read a codebook; every error says file, line and column.

Reading the YAML of a large codebook takes seconds. A codebook that was found good is therefore kept as JSON in the user's
cache folder, named by the digest of its text and of the code that read it: any change of either is read anew.
"""

import hashlib
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from framewire.codebook.model import Codebook, Pattern, spell_out
from framewire.errors import CodebookError
from framewire.files import read_text, write_whole
from framewire.yamlfile import YAMLProblem, nearest, position, read_yaml, unknown_key_message

Location = Sequence[str | int]
# How many good codebooks are kept. Source: a few subjects, each in a few states while somebody edits it.
MAX_KEPT = 8
# What patterns name with an @; all share one set of ids.
_NAMED = "actor, place or context"
_NO_LETTER = "'{}' has no letter or digit"
# What is expected, for those faults whose own words only a programmer knows; the rest of pydantic's are plain.
_EXPECTED = {
    "too_short": "expected at least one, and the list is empty",
    "tuple_type": "expected a list such as [one, another]",
    "string_type": "expected a text; put it in quotes",
    "int_type": "expected a whole number such as 1",
    "int_parsing": "expected a whole number such as 1",
}


def load_codebook(path: Path) -> Codebook:
    """The codebook in a YAML 1.2 file.

    Raises:
        CodebookError: the file is missing, no YAML, or no codebook; `problems` lists every fault with its place.
    """
    text = read_text(
        path, error=_one_problem, missing="Make a workspace with `framewire init`, or name another codebook."
    )
    kept_at = _find_cache() / f"{_name_of(text)}.json"
    found = _load_kept(kept_at, text)
    if found is None:
        found = parse_codebook(text, name=path.name)
        _keep(kept_at, found)
    return found


def _find_cache() -> Path:
    """Where good codebooks are kept. Source: XDG base directory specification."""
    base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")  # noqa: PTH111 - never raises
    return Path(base) / "framewire" / "codebooks"


def _name_of(text: str) -> str:
    """The digest of a codebook's text and of the code that reads it."""
    own = b"".join(path.read_bytes() for path in sorted(Path(__file__).parent.glob("*.py")))
    return hashlib.sha256(own + text.encode()).hexdigest()


def _load_kept(path: Path, text: str) -> Codebook | None:
    """The codebook kept in a file; None if there is none, or it cannot be used."""
    try:
        codebook = Codebook.model_validate_json(path.read_bytes())
    except (OSError, ValueError):
        return None
    return _complete(codebook, text)


def _keep(path: Path, codebook: Codebook) -> None:
    """Keeps a good codebook and forgets the oldest ones; where that is not possible, the next reading takes its time."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_whole(path, codebook.model_dump_json(exclude_none=True).encode())
        for old in sorted(path.parent.glob("*.json"), key=lambda kept: kept.stat().st_mtime)[:-MAX_KEPT]:
            old.unlink(missing_ok=True)
    except OSError:
        return


def _complete(codebook: Codebook, text: str) -> Codebook:
    return codebook.model_copy(update={"text": text, "digest": codebook.digest or _digest_of(codebook)})


def _digest_of(codebook: Codebook) -> str:
    """The digest of what decides about labels: comments, sentences that test a wording and what symmetry is told by do not."""
    beside: dict[str, Any] = {
        "terminology": {"__all__": {"wordings": {"__all__": {"match", "not_match"}}}},
        "sides": {"__all__": {"outlets"}},
        "exchanges": True,
    }
    return hashlib.sha256(codebook.model_dump_json(exclude=beside).encode()).hexdigest()


def _one_problem(text: str) -> CodebookError:
    return CodebookError([text])


def parse_codebook(text: str, *, name: str = "codebook.yaml") -> Codebook:
    """The codebook in a YAML text. `name` stands before each problem.

    Raises:
        CodebookError: see `load_codebook`.
    """
    try:
        tree = read_yaml(text, name=name)
    except YAMLProblem as error:
        raise CodebookError([f"{name}:{error.line}:{error.column}: {error.message}"]) from error
    try:
        codebook = Codebook.model_validate(_plain(tree))
    except ValidationError as error:
        faults = _without_echoes([dict(fault) for fault in error.errors()])
        raise CodebookError([_describe(tree, name, fault) for fault in faults]) from error
    problems = [_at(tree, name, place) + problem for place, problem in _find_faults(codebook)]
    if problems:
        raise CodebookError(problems)
    return _complete(codebook, text)


def _plain(node: Any) -> Any:
    """The tree as plain dicts, lists and strings: ruamel's own types do not pass strict checks."""
    if isinstance(node, dict):
        return {str(key): _plain(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_plain(value) for value in node]
    return str(node) if isinstance(node, str) else node


def _without_echoes(faults: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The faults without those of lists that count as empty only because each of their items has a fault of its own."""
    places = [fault["loc"] for fault in faults]
    return [
        fault
        for fault in faults
        if fault["type"] != "too_short" or not any(place[:-1] == fault["loc"] for place in places)
    ]


def _describe(tree: Any, name: str, fault: dict[str, Any]) -> str:
    location = tuple(part for part in fault["loc"] if part != "function-before[_as_mapping()]")
    place = ".".join(str(part) for part in location)
    if fault["type"] == "extra_forbidden":
        return f"{_at(tree, name, location)}{place}: {unknown_key_message(location[-1], _known_keys(location[:-1]))}"
    if fault["type"] == "missing":
        return f"{_at(tree, name, location[:-1])}{place}: the key '{location[-1]}' is missing"
    return f"{_at(tree, name, location)}{place}: {_say_fault(fault)}"


def _say_fault(fault: dict[str, Any]) -> str:
    """What a value should be, in words that need no knowledge of Python."""
    given, kind = fault["input"], fault["type"]
    if kind == "string_too_short":
        few = f"expected at least {fault['ctx']['min_length']} letters, found '{given}'"
        return few if any(letter.isalnum() for letter in given) else _NO_LETTER.format(given)
    if kind == "string_too_long":
        return f"expected at most {fault['ctx']['max_length']} letters, found {len(given)}"
    return _EXPECTED.get(kind) or str(fault["msg"]).removeprefix("Value error, ")


def _known_keys(location: Location) -> list[str]:
    """The keys that the codebook format knows at a place."""
    part: Any = Codebook
    for step in location:
        if isinstance(step, str) and isinstance(part, type) and issubclass(part, BaseModel):
            part = part.model_fields[step].annotation if step in part.model_fields else None
        part = _part_of(part)
    fields = part.model_fields if part else {}
    return [field.alias or key for key, field in fields.items() if key not in ("text", "digest")]


def _part_of(annotation: Any) -> Any:
    """The codebook part inside `tuple[Part, ...]`, `Part | None` or `dict[str, tuple[Pattern, ...]]`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for argument in getattr(annotation, "__args__", ()):
        if found := _part_of(argument):
            return found
    return None


def _at(tree: Any, name: str, location: Location) -> str:
    """`codebook.yaml:13:9: ` for the nearest place above `location` that the file has."""
    node, line, column = tree, 1, 1
    for step in location:
        try:
            step = _find_written(node, step)
            line, column = position(node, step)
            node = node[step]
        except (KeyError, IndexError, TypeError, AttributeError):
            break
    return f"{name}:{line}:{column}: "


def _find_written(node: Any, step: str | int) -> str | int:
    """Where a list of the file says what stands at `step` once its phrases are spelt out."""
    if not isinstance(node, list) or not any(isinstance(item, str) and "|" in item for item in node):
        return step
    places: dict[str, int] = {}
    for i, phrase in enumerate(node):
        for form in spell_out(phrase):
            places.setdefault(form, i)
    return list(places.values())[int(step)]


def find_problems(codebook: Codebook) -> tuple[str, ...]:
    """What is wrong between the parts of a codebook that comes from no file: languages, references, stars; () = nothing."""
    return tuple(problem for _, problem in _find_faults(codebook))


def _find_faults(codebook: Codebook) -> Iterable[tuple[Location, str]]:
    """What the single parts cannot know: ids that stand twice, languages, references, mirrors."""
    yield from _repeats(codebook)
    names = {part.id for part in codebook.named_parts} | set(codebook.side_ids) | {"subject", "anchor"}
    for i, context in enumerate(codebook.contexts):
        for language, words in context.words.items():
            yield from _language_fault(("contexts", i, "words", language), codebook)
            # A context names no other one, so no circle can arise.
            for k, word in enumerate(words):
                for problem in _phrase_faults(word, names):
                    yield ("contexts", i, "words", language, k), problem
    for place, lists in codebook.iter_pattern_lists():
        for language, patterns in lists.items():
            yield from _language_fault((*place, language), codebook)
            known = names | {context.id for context in codebook.contexts if context.words.get(language)}
            for i, pattern in enumerate(patterns):
                for problem in _pattern_faults(pattern, known):
                    yield (*place, language, i), problem
    yield from _exchange_faults(codebook)
    for i, actor in enumerate(codebook.actors):
        if actor.side is not None and actor.side not in codebook.side_ids:
            yield ("actors", i, "side"), f"unknown side '{actor.side}' (known: {', '.join(codebook.side_ids)})"
    for i, narrative in enumerate(codebook.narratives):
        if narrative.bound_to is not None and narrative.bound_to not in codebook.side_ids:
            yield (
                ("narratives", i, "bound_to"),
                f"unknown side '{narrative.bound_to}' (known: {', '.join(codebook.side_ids)})",
            )
        if narrative.mirror is not None and narrative.mirror not in codebook.narrative_ids:
            guess = nearest(narrative.mirror, list(codebook.narrative_ids))
            yield (
                ("narratives", i, "mirror"),
                f"unknown narrative '{narrative.mirror}'" + (f" (did you mean '{guess}'?)" if guess else ""),
            )


def _repeats(codebook: Codebook) -> Iterable[tuple[Location, str]]:
    """The second place of each id that stands twice among parts that are named alike."""
    seen: set[tuple[str, str]] = set()
    for what, key, ids in (
        ("narrative", "narratives", codebook.narrative_ids),
        ("referent", "terminology", [part.id for part in codebook.terminology]),
        ("side", "sides", codebook.side_ids),
        (_NAMED, "actors", [part.id for part in codebook.actors]),
        (_NAMED, "places", [part.id for part in codebook.places]),
        (_NAMED, "contexts", [part.id for part in codebook.contexts]),
    ):
        for i, name in enumerate(ids):
            if (what, name) in seen:
                place = (key, i, "referent" if key == "terminology" else "id")
                yield place, f"{what} id '{name}' stands here a second time; give one of the two another id"
            seen.add((what, name))


def _exchange_faults(codebook: Codebook) -> Iterable[tuple[Location, str]]:
    for language, pairs in codebook.exchanges.items():
        yield from _language_fault(("exchanges", language), codebook)
        seen: set[str] = set()
        for i, pair in enumerate(pairs):
            for name in pair:
                if name in seen:
                    yield (
                        ("exchanges", language, i),
                        f"'{name}' stands in two pairs; keep one, so that it has one counterpart",
                    )
                seen.add(name)


def _language_fault(place: Location, codebook: Codebook) -> Iterable[tuple[Location, str]]:
    if (language := place[-1]) not in codebook.languages:
        known = ", ".join(codebook.languages)
        yield place, f"'{language}' is not among the codebook's languages ({known}); add it to `languages`"


def _pattern_faults(pattern: Pattern, names: set[str]) -> Iterable[str]:
    phrases = list(pattern.phrases)
    for context in (pattern.near, pattern.not_near):
        phrases += context.any if context else ()
    for phrase in phrases:
        yield from _phrase_faults(phrase, names)


def _phrase_faults(phrase: str, names: set[str]) -> Iterable[str]:
    if phrase.startswith("@"):
        if phrase[1:] not in names:
            guess = nearest(phrase[1:], sorted(names))
            yield f"unknown reference '{phrase}'" + (f" (did you mean '@{guess}'?)" if guess else "")
    elif not any(letter.isalnum() for letter in phrase):
        yield _NO_LETTER.format(phrase)
    elif "*" in phrase.replace("* ", " ").rstrip("*").replace(" *", " ").lstrip("*"):
        yield f"'{phrase}': a * stands only at the start or the end of a word"
