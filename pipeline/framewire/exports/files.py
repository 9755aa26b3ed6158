"""Rows to files, one after the other: CSV, JSON Lines, Parquet. No file is larger in memory than a portion of its rows."""

import csv
import io
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import IO, Any

from framewire.errors import OutputError
from framewire.exports.columns import DEFUSED, ExportColumn
from framewire.records.portions import in_portions
from framewire.text.cells import defuse, is_formula

Row = Mapping[str, Any]
Write = Callable[[Iterable[Row], Sequence[ExportColumn], IO[bytes]], int]

# Rows of a Parquet row group that are in memory at once. Source: 20,000 mentions are some ten megabytes.
GROUP_ROWS = 20_000
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
NO_PARQUET = "Parquet needs pyarrow; run pip install 'framewire[parquet]', or choose csv or jsonl"


def write_csv(rows: Iterable[Row], columns: Sequence[ExportColumn], out: IO[bytes]) -> int:
    """How many rows were written, as comma-separated values (RFC 4180, UTF-8) with a line of names.

    A text that a spreadsheet would run as a formula gets an apostrophe in front, and the last column, `defused`, names
    the columns in which that was done, with spaces between. Lists are JSON; what is missing is empty.
    """
    text = io.TextIOWrapper(out, encoding="utf-8", newline="", write_through=False)
    try:
        return _write_cells(csv.writer(text), rows, columns)
    finally:
        text.detach()


def _write_cells(writer: Any, rows: Iterable[Row], columns: Sequence[ExportColumn]) -> int:
    writer.writerow([*(column.name for column in columns), DEFUSED])
    n = 0
    for n, row in enumerate(rows, start=1):  # noqa: B007 - counted
        cells = [_to_cell(row.get(column.name)) for column in columns]
        changed = [column.name for column, cell in zip(columns, cells, strict=True) if _is_risky(cell)]
        writer.writerow([*map(defuse, cells), " ".join(changed)])
    return n


def write_csv_with_mark(rows: Iterable[Row], columns: Sequence[ExportColumn], out: IO[bytes]) -> int:
    """The same behind a byte order mark, by which spreadsheets on Windows know UTF-8."""
    out.write(BYTE_ORDER_MARK)
    return write_csv(rows, columns, out)


def write_jsonl(rows: Iterable[Row], columns: Sequence[ExportColumn], out: IO[bytes]) -> int:
    """How many rows were written, one JSON object a line, every column in each; what is missing is null."""
    n = 0
    for n, row in enumerate(rows, start=1):  # noqa: B007 - counted
        out.write(encode_line({column.name: to_plain(row.get(column.name)) for column in columns}))
    return n


def write_parquet(rows: Iterable[Row], columns: Sequence[ExportColumn], out: IO[bytes]) -> int:
    """How many rows were written, as Parquet with the columns' own types.

    Raises:
        OutputError: pyarrow is not installed.
    """
    try:
        import pyarrow
        from pyarrow import parquet
    except ModuleNotFoundError as error:
        raise OutputError(NO_PARQUET) from error
    kinds = {
        "int64": pyarrow.int64(),
        "float64": pyarrow.float64(),
        "bool": pyarrow.bool_(),
        "text": pyarrow.string(),
        "object": pyarrow.list_(pyarrow.string()),
        "datetime64[us]": pyarrow.timestamp("us"),
        "datetime64[us, UTC]": pyarrow.timestamp("us", tz="UTC"),
    }
    kinds |= {"Int64": kinds["int64"], "boolean": kinds["bool"]}
    fields = [pyarrow.field(one.name, kinds[one.type], metadata={"description": one.text}) for one in columns]
    schema = pyarrow.schema(fields)
    n = 0
    with parquet.ParquetWriter(out, schema) as writer:
        for portion in in_portions(rows, GROUP_ROWS):
            plain = [{column.name: _to_arrow(row.get(column.name)) for column in columns} for row in portion]
            writer.write_table(pyarrow.Table.from_pylist(plain, schema=schema))
            n += len(portion)
    return n


def to_plain(value: Any) -> Any:
    """The value as JSON knows it: times as `2026-11-23T06:00:00Z`, days as `2026-11-23`."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return value.isoformat() if isinstance(value, date) else value


def encode_line(value: Any) -> bytes:
    """The value as a line of JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _to_cell(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return json.dumps(list(value), ensure_ascii=False)
    return "" if value is None else to_plain(value)


def _to_arrow(value: Any) -> Any:
    """The value as pyarrow takes it; a day is its midnight, as in the notebook's tables."""
    is_day = isinstance(value, date) and not isinstance(value, datetime)
    return datetime.combine(value, time()) if is_day else value


def _is_risky(cell: Any) -> bool:
    return isinstance(cell, str) and is_formula(cell)
