"""Rows of files that others made, one after the other with their line numbers; a bad one is a fault, and the rest goes on."""

import csv
import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO, Any

from framewire.errors import InputError
from framewire.ingest.clean import MAX_MARKUP

# What may stand between the columns of a "CSV". Source: the spreadsheets of countries that write 1,5 take semicolons.
CSV_DELIMITERS = ",;\t"
_NO_UTF8 = re.compile("[\udc80-\udcff]")
DEFUSED = "defused"
"""The column in which our own CSV exports name the columns that got an apostrophe in front."""
NO_PARQUET = "Parquet needs pyarrow; run pip install 'framewire[parquet]'"


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A row of a file: its line (or its number, where the file has no lines), its cells by column, or what is wrong with it."""

    line: int
    cells: dict[str, Any] = field(default_factory=dict)
    fault: str | None = None


def iter_csv_rows(file: IO[bytes]) -> Iterator[SourceRow]:
    """The rows of comma-separated values with a line of names; semicolons and tabs are recognised.

    Raises:
        InputError: the file is empty.
    """
    text = io.TextIOWrapper(file, encoding="utf-8-sig", errors="surrogateescape", newline="")
    csv.field_size_limit(MAX_MARKUP)
    try:
        yield from _iter_cells(text)
    finally:
        text.detach()


def _iter_cells(text: io.TextIOWrapper) -> Iterator[SourceRow]:
    head = text.readline()
    if not head.strip():
        raise InputError("the file is empty: it has no line with the names of the columns")
    delimiter = max(CSV_DELIMITERS, key=head.count)
    names = next(csv.reader([head], delimiter=delimiter))
    reader = csv.reader(text, delimiter=delimiter)
    while True:
        line = reader.line_num + 2
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield SourceRow(line, fault=f"no comma-separated values ({error})")
            continue
        if any(cell.strip() for cell in cells):
            yield _build_row(line, names, cells)


def _build_row(line: int, names: list[str], cells: list[str]) -> SourceRow:
    row = {name.strip(): cell for name, cell in zip(names, cells, strict=False)}
    if len(cells) != len(names):
        return SourceRow(line, row, f"{len(cells)} cells, and the line of names has {len(names)}")
    if any(_NO_UTF8.search(cell) for cell in cells):
        return SourceRow(line, {name: _show_bytes(cell) for name, cell in row.items()}, "cannot be read as UTF-8 text")
    for name in row.get(DEFUSED, "").split():
        row[name] = row.get(name, "").removeprefix("'")
    return SourceRow(line, row)


def iter_jsonl_rows(file: IO[bytes]) -> Iterator[SourceRow]:
    """The rows of a file with one JSON object a line."""
    for line, content in enumerate(file, start=1):
        if content.strip():
            yield _parse_object(line, content.removeprefix(b"\xef\xbb\xbf"))


def _parse_object(line: int, content: bytes) -> SourceRow:
    try:
        found = json.loads(content)
    except UnicodeDecodeError:
        return SourceRow(line, fault="cannot be read as UTF-8 text")
    except (ValueError, RecursionError) as error:
        return SourceRow(line, fault=f"no JSON ({error})")
    return SourceRow(line, found) if isinstance(found, dict) else SourceRow(line, fault="no JSON object")


def iter_json_rows(file: IO[bytes]) -> Iterator[SourceRow]:
    """The rows of a JSON document: a list of objects, or an object with such a list under `articles`, numbered from 1.

    Raises:
        InputError: it is neither.
    """
    try:
        found = json.loads(file.read())
    except (ValueError, RecursionError) as error:
        raise InputError(f"no JSON document ({error}); with an object a line, it is --format jsonl") from error
    rows = found.get("articles") if isinstance(found, dict) else found
    if not isinstance(rows, list):
        raise InputError("a JSON document without a list of articles")
    for number, row in enumerate(rows, start=1):
        yield SourceRow(number, row) if isinstance(row, dict) else SourceRow(number, fault="no JSON object")


def iter_parquet_rows(file: IO[bytes]) -> Iterator[SourceRow]:
    """The rows of a Parquet file, numbered from 1.

    Raises:
        InputError: pyarrow is not installed, or the file is no Parquet.
    """
    try:
        import pyarrow
        from pyarrow import parquet
    except ModuleNotFoundError as error:
        raise InputError(NO_PARQUET) from error
    number = 0
    try:
        for batch in parquet.ParquetFile(file).iter_batches(batch_size=1000):
            for row in batch.to_pylist():
                number += 1
                yield SourceRow(number, row)
    except pyarrow.ArrowException as error:
        raise InputError(f"no Parquet file ({error})") from error


def _show_bytes(text: str) -> str:
    """The text with what is no UTF-8 as `\\xe9`."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
