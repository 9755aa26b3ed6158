"""Codebook files: begun, checked, shown, exported, tried on a text."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from framewire.codebook import Codebook, load_codebook
from framewire.codebook.model import SLUG
from framewire.codebook.skeleton import render_passages, render_second_codings, render_skeleton
from framewire.errors import InputError, OutputError
from framewire.files import describe_refusal, write_whole
from framewire.ingest.language import explain_language
from framewire.label.check import check_sentences, find_one_sided, find_untested
from framewire.label.patterns import Hit
from framewire.label.terms import TermMatcher
from framewire.workflow.disguises import list_mixed_words
from framewire.yamlfile import position, read_yaml, unknown_message


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What a check found, in lines for people; faults are what must be mended."""

    lines: tuple[str, ...]
    n_faults: int


def check_codebook_file(path: Path) -> CheckReport:
    """The result of reading a codebook and running its sentences. Raises CodebookError if it cannot be read at all."""
    codebook = load_codebook(path)
    report = check_sentences(codebook)
    tree = read_yaml(codebook.text, name=path.name)
    lines = []
    for fault in report.faults:
        line, column = _place(tree, fault.place)
        lines.append(
            f"{path.name}:{line}:{column}: {fault.referent}/{fault.wording} ({fault.language}) {fault.reason}: {fault.sentence}"
        )
    lines += [
        f"note: referent '{name}' has wordings of one side only ({side})"
        for name, side in find_one_sided(codebook).items()
    ]
    lines += [f"note: {name} has no match or no not_match sentence" for name in find_untested(codebook)]
    n_patterns = sum(
        len(pattern.phrases)
        for _, lists in codebook.iter_pattern_lists()
        for patterns in lists.values()
        for pattern in patterns
    )
    failed = {kind: sum(fault.place[4] == kind for fault in report.faults) for kind in ("match", "not_match")}
    lines.append(
        f"{codebook.id} version {codebook.version}: {len(codebook.narratives)} narratives, {len(codebook.terminology)} referents, "
        f"{n_patterns} patterns in {len(codebook.languages)} languages; must match {report.n_match - failed['match']}/{report.n_match}, "
        f"must not match {report.n_not_match - failed['not_match']}/{report.n_not_match}"
    )
    return CheckReport(tuple(lines), len(report.faults))


def list_categories(codebook: Codebook) -> list[dict[str, Any]]:
    """One row a narrative and a wording."""
    narratives = [
        {"kind": "narrative", "id": n.id, "label": n.label, "usage": "", "sided": n.sided, "definition": n.definition}
        for n in codebook.narratives
    ]
    wordings = [
        {
            "kind": "wording",
            "id": f"{referent.id}/{wording.id}",
            "label": wording.title,
            "usage": ", ".join(wording.usage),
            "sided": False,
            "definition": referent.label,
        }
        for referent in codebook.terminology
        for wording in referent.wordings
    ]
    return narratives + wordings


def render_codebook(codebook: Codebook) -> str:
    """The codebook in short, for a terminal."""
    lines = [
        f"{codebook.title}  ({codebook.id}, version {codebook.version}; {', '.join(codebook.languages)})",
        "",
        "NARRATIVES",
    ]
    for narrative in codebook.narratives:
        sided = "  [by accused side]" if narrative.sided else ""
        lines += [f"  {narrative.id}: {narrative.label}{sided}", f"      {narrative.definition}"]
    lines += ["", "TERMINOLOGY"]
    for referent in codebook.terminology:
        since = f"  (since {referent.since})" if referent.since else ""
        lines.append(f"  {referent.id}: {referent.label}{since}")
        for wording in referent.wordings:
            english = next(iter(wording.patterns.values()), ())
            phrases = [phrase for pattern in english for phrase in pattern.phrases]
            shown = ", ".join(phrases[:4]) + (" ..." if len(phrases) > 4 else "")
            lines.append(f"      {wording.id}  [{', '.join(wording.usage)}]  {shown}")
    return "\n".join(lines)


def write_skeleton(folder: Path, *, codebook_id: str | None, title: str | None, languages: Sequence[str]) -> list[Path]:
    """Writes seeds to begin from into a folder, an invented example with every key explained, and gives the files.

    Args:
        folder: where codebook.yaml and passages/ go; made if it is not there.
        codebook_id: None = the folder's name.
        title: None = the id in words.
        languages: ISO 639-1 codes; passages and the example are in the first.

    Raises:
        InputError: the id or a language is none.
        OutputError: a file is there already, or cannot be written; then none is written.
    """
    name = codebook_id or folder.resolve().name.lower().replace("-", "_").replace(" ", "_")
    if not re.fullmatch(SLUG, name):
        raise InputError(f"'{name}' is no id: small letters, digits and _ only. Give one with --id.")
    for language in languages:
        if problem := explain_language(language):
            raise InputError(f"--languages: {problem}")
    if not languages or len(set(languages)) < len(languages):
        raise InputError("--languages: name each language once, such as en,fr")
    text = render_skeleton(name, title=title or name.replace("_", " "), languages=languages)
    parts = {
        folder / "codebook.yaml": text,
        folder / "passages" / "example.jsonl": render_passages(),
        folder / "passages" / "second" / "example.jsonl": render_second_codings(),
    }
    for path in parts:
        if path.exists():
            raise OutputError(f"{path} exists already; nothing is overwritten. Name another folder.")
    try:
        (folder / "passages" / "second").mkdir(parents=True, exist_ok=True)
        for path, content in parts.items():
            write_whole(path, content.encode())
    except OSError as error:
        raise OutputError(describe_refusal(error, folder)) from error
    return list(parts)


def write_export(path: Path, text: str) -> None:
    """Writes an exported codebook to a new file.

    Raises:
        OutputError: there is such a file already, or it cannot be written.
    """
    if path.exists():
        raise OutputError(f"{path} exists already; nothing is overwritten. Name another file.")
    if not path.parent.is_dir():
        raise OutputError(f"{path}: its folder does not exist. Create it first: mkdir -p {path.parent}")
    try:
        write_whole(path, text.encode())
    except OSError as error:
        raise OutputError(describe_refusal(error, path)) from error


def check_language(codebook: Codebook, language: str) -> None:
    """Nothing, if the codebook has this language.

    Raises:
        InputError: it has not; names those that it has.
    """
    if language not in codebook.languages:
        told = unknown_message("language", language, codebook.languages)
        raise InputError(f"{told}: codebook '{codebook.id}' has no patterns for it. Name one with --language.")


def list_matches(
    codebook: Codebook, text: str, *, language: str, published_on: date | None = None, every_miss: bool = False
) -> list[dict[str, Any]]:
    """One row a hit, one a near miss with its reason, and one a word that mixes scripts.

    Hints at narratives that nearly hold are many, and told with `every_miss` only. `published_on` None = unknown.
    """
    check_language(codebook, language)
    matcher = TermMatcher(codebook)
    annotation = matcher.annotate(text, language=language, published_on=published_on)
    taken = set(annotation.wordings)
    rows = [
        _row(annotation.original, annotation.text.span(hit.start, hit.end), hit, _result(hit, taken))
        for hit in annotation.hits
    ]
    normal = annotation.text
    misses = matcher.matcher_of(language).explain_misses(normal, original=text, published_on=published_on)
    for hit, reason in ((hit, reason) for hit, reason in misses if every_miss or hit.kind != "indicator"):
        rows.append(_row(text, normal.span(hit.start, hit.end), hit, f"no: {reason}"))
    rows += [_mixed_row(text, word) for word in list_mixed_words(text, language=language)]
    return sorted(rows, key=lambda row: (row["start"], row["kind"]))


def _mixed_row(text: str, word: dict[str, Any]) -> dict[str, Any]:
    """A word behind look-alike letters, and how it is read."""
    note = Hit("note", ("mixed scripts",), word["start"], word["end"], "")
    return _row(text, (word["start"], word["end"]), note, f"read as '{word['read_as']}'")


def _result(hit: Hit, taken: set[Hit]) -> str:
    return "no: a longer or earlier wording stands there" if hit.kind == "wording" and hit not in taken else "yes"


def _row(text: str, span: tuple[int, int], hit: Hit, result: str) -> dict[str, Any]:
    start, end = span
    return {
        "start": start,
        "end": end,
        "text": text[start:end],
        "kind": hit.kind,
        "category": "/".join(hit.key),
        "pattern": hit.pattern,
        "matches": result,
    }


def _place(tree: Any, path: tuple[str | int, ...]) -> tuple[int, int]:
    node, place = tree, (1, 1)
    for step in path:
        place = position(node, step)
        node = node[step]
    return place
