"""Coded passages as tables: read, written, and how far coders agree."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from framewire.analysis.choice import check_name
from framewire.analysis.fixed import fixed_table
from framewire.codebook import Codebook
from framewire.errors import OutputError
from framewire.files import describe_refusal
from framewire.learn import find_passage_files, load_passages, load_second_codings
from framewire.learn.agreement import measure_alpha
from framewire.records import CodedNarrative, CodedPassage, Voice

LABEL_DTYPES = {
    "id": "text",
    "text": "text",
    "relevant": "bool",
    "narrative": "text",
    "voice": "text",
    "accused": "text",
    "coder": "text",
    "story": "text",
    "register": "text",
    "side": "text",
}
_NEEDED = ("id", "text", "relevant", "narrative")
_OF_PASSAGE = ("text", "relevant", "coder", "story", "register", "side")
_ALPHA = {"category": "text", "n": "int64", "coders": "int64", **dict.fromkeys(("alpha", "low", "high"), "float64")}


def read_labels(path: str | Path, codebook: Codebook, *, second: bool = False) -> pd.DataFrame:
    """One row a narrative of a coded passage, from a file of JSON lines or a folder of them.

    A passage that carries no narrative has one row with `narrative` missing.

    With `second` the codings by others, in `second/` of the folder, stand behind the first ones, for `alpha`.

    Raises:
        InputError: a file cannot be read, or a line is no coded passage of this codebook; names file and line.
    """
    place = Path(path)
    files = find_passage_files(place) if place.is_dir() else [place]
    passages = load_passages(files, codebook=codebook)
    others = load_second_codings(place, passages, codebook=codebook) if second else []
    return build_labels([*passages, *others])


def build_labels(passages: Iterable[CodedPassage]) -> pd.DataFrame:
    """The coded passages as such a table."""
    rows: list[tuple[Any, ...]] = []
    for p in passages:
        behind = (p.coder, p.story, p.register, p.side)
        for n in p.narratives or (None,):
            codes = (n.id, n.voice.value, n.accused) if n else (None, None, None)
            rows.append((p.id, p.text, p.relevant, *codes, *behind))
    return fixed_table(rows, LABEL_DTYPES)


def write_labels(table: pd.DataFrame, path: str | Path, codebook: Codebook) -> int:
    """How many coded passages were written: such a table as JSON lines, which `train` and `evaluate` read.

    Raises:
        ValueError: the table is none of coded passages; names column and row.
        OutputError: the file cannot be written.
    """
    passages = parse_labels(table, codebook)
    lines = [json.dumps(_as_line(passage), ensure_ascii=False) for passage in passages]
    target = Path(path)
    try:
        target.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    except OSError as error:
        raise OutputError(describe_refusal(error, target)) from error
    return len(passages)


def parse_labels(table: pd.DataFrame, codebook: Codebook) -> list[CodedPassage]:
    """The coded passages of a table, in its order.

    Raises:
        ValueError: a column is missing, or a value is not of the codebook; names column and row.
    """
    for name in _NEEDED:
        if name not in table.columns:
            raise ValueError(f"column '{name}' is missing (the table has: {', '.join(map(str, table.columns))})")
    passages = []
    for passage_id, rows in table.groupby("id", sort=False, dropna=False):
        if pd.isna(passage_id):
            raise ValueError(f"column 'id', row {rows.index[0]}: missing; every passage needs an id of its own")
        passages.append(_parse_passage(str(passage_id), rows, codebook))
    return passages


def _parse_passage(passage_id: str, rows: pd.DataFrame, codebook: Codebook) -> CodedPassage:
    values = {name: rows[name].tolist() for name in _OF_PASSAGE if name in rows.columns}
    for name, found in values.items():
        known = {value for value in found if not pd.isna(value)}
        if len(known) > 1:
            raise ValueError(
                f"column '{name}', row {rows.index[1]}: passage '{passage_id}' has two values; give it one"
            )
    first = {name: None if pd.isna(found[0]) else found[0] for name, found in values.items()}
    if not isinstance(first["text"], str) or not first["text"].strip():
        raise ValueError(f"column 'text', row {rows.index[0]}: no text; expected the passage")
    if not isinstance(first["relevant"], bool | np.bool_):
        raise ValueError(f"column 'relevant', row {rows.index[0]}: {first['relevant']!r}; expected True or False")
    narratives = tuple(_parse_narratives(rows, codebook))
    if narratives and not first["relevant"]:
        raise ValueError(f"column 'relevant', row {rows.index[0]}: False, but the passage carries {narratives[0].id}")
    more: dict[str, Any] = {name: first.get(name) for name in ("coder", "story", "register", "side")}
    return CodedPassage(passage_id, first["text"], bool(first["relevant"]), narratives, **more)


def _parse_narratives(rows: pd.DataFrame, codebook: Codebook) -> Iterable[CodedNarrative]:
    sides = codebook.accused_answers
    empty = [None] * len(rows)
    voices = rows["voice"].tolist() if "voice" in rows.columns else empty
    accused = rows["accused"].tolist() if "accused" in rows.columns else empty
    for place, name, voice, side in zip(rows.index, rows["narrative"].tolist(), voices, accused, strict=True):
        if pd.isna(name):
            continue
        for column, value, known in (
            ("narrative", name, codebook.narrative_ids),
            ("voice", voice, [v.value for v in Voice]),
            ("accused", side, sides),
        ):
            if not pd.isna(value):
                _check_value(column, place, str(value), known)
        yield CodedNarrative(
            str(name), Voice.ASSERTED if pd.isna(voice) else Voice(voice), None if pd.isna(side) else str(side)
        )


def _check_value(column: str, place: Any, value: str, known: Sequence[str]) -> None:
    try:
        check_name(column, value, known)
    except ValueError as error:
        raise ValueError(f"column '{column}', row {place}: {error}") from error


def _as_line(passage: CodedPassage) -> dict[str, Any]:
    more = {name: getattr(passage, name) for name in ("coder", "story", "register", "side")}
    narratives = [
        {"id": n.id, "voice": n.voice.value} | ({"accused": n.accused} if n.accused else {}) for n in passage.narratives
    ]
    return {
        "id": passage.id,
        "text": passage.text,
        "relevant": passage.relevant,
        "narratives": narratives,
        **{name: value for name, value in more.items() if value is not None},
    }


def alpha(
    table: pd.DataFrame,
    value: str = "narrative",
    *,
    unit: str | Sequence[str] = "id",
    coder: str = "coder",
    random_state: int = 0,
) -> pd.DataFrame:
    """How far coders agree, Krippendorff's alpha with a 95 % interval: 1 = always, 0 = as often as by chance.

    One row a category. For `narrative` each narrative is one: carried or not, by each coder of a passage. Any other
    column is one category, its values taken as names; code voice and accused by `unit=["id", "narrative"]`. Units that
    one coder alone coded are left out. `alpha` is missing where nothing varies, and under ten units.

    Args:
        table: long: a row a unit, coder and value, as `read_labels` gives it with `coder`.
        value: the column that was coded.
        unit: what was coded: one column, or several.
        coder: the column that says who did.
        random_state: for the interval: units are drawn anew 1,000 times.

    Raises:
        ValueError: the table lacks a column, or a row has no coder; names column and row.
    """
    units = [unit] if isinstance(unit, str) else list(unit)
    for name in (*units, coder, value):
        check_name("column", name, [str(column) for column in table.columns])
    missing = table.index[table[coder].isna()]
    if len(missing):
        raise ValueError(f"column '{coder}', row {missing[0]}: missing; agreement needs to know who coded")
    rows = [_measure(name, codes, random_state) for name, codes in _list_codes(table, value, units, coder).items()]
    return fixed_table(rows, _ALPHA)


def _list_codes(
    table: pd.DataFrame, value: str, units: list[str], coder: str
) -> Mapping[str, list[list[tuple[str, str]]]]:
    """By category: what each unit was given, as (coder, value); units of one coder are left out."""
    by_unit: dict[Any, dict[str, list[Any]]] = {}
    for *key, who, what in table[[*units, coder, value]].itertuples(index=False):
        by_unit.setdefault(tuple(key), {}).setdefault(str(who), []).append(what)
    shared = [codes for codes in by_unit.values() if len(codes) > 1]
    if value != "narrative":
        found = [[(who, str(v[0])) for who, v in codes.items() if not pd.isna(v[0])] for codes in shared]
        return {value: [unit for unit in found if len(unit) > 1]}
    names = sorted({str(v) for codes in shared for values in codes.values() for v in values if not pd.isna(v)})
    return {name: [[(who, str(name in values)) for who, values in codes.items()] for codes in shared] for name in names}


def _measure(category: str, codes: list[list[tuple[str, str]]], random_state: int) -> tuple[Any, ...]:
    n, coders = len(codes), len({who for unit in codes for who, _ in unit})
    found = measure_alpha([[value for _, value in unit] for unit in codes], random_state=random_state)
    if found.alpha is None:
        return category, n, coders, np.nan, np.nan, np.nan
    return category, n, coders, found.alpha, found.low, found.high
