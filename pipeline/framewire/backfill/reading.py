"""The records of a piece, read again by whoever labels it, as entries or with what is wrong with them."""

import io
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from itertools import groupby, islice
from typing import IO, Any

from framewire.backfill.cutting import Piece
from framewire.backfill.sources import SourceFile, open_source
from framewire.errors import ChildFailed, InputError
from framewire.ingest import (
    ArchivedPage,
    Collected,
    ExtractedPage,
    OutletNames,
    PageBytes,
    SourceRow,
    WarcPage,
    choose_columns,
    collect_page,
    collect_row,
    iter_csv_rows,
    iter_json_rows,
    iter_jsonl_rows,
    iter_warc_pages,
    read_archived,
    with_languages,
)
from framewire.ingest.child import ChildPool
from framewire.records import Entry, Outlet, PageState

# Rows of a Parquet file that are in memory at once.
_BATCH = 200
# Objects of JSON Lines need not have all keys; so many of them show which there are.
_LOOKED_AT = 100
EXTRACT_SECONDS = 20.0
EXTRACT_BYTES = 512 * 1_048_576
NO_OUTLET = "no outlet: name it with --outlet, or the column with --map outlet=COLUMN"


@dataclass(frozen=True, slots=True)
class Reading:
    """How records become entries: `columns` by field as somebody named them, `outlet` and `language` for records that do not say theirs.

    `outlets` are those that are known, `languages` those of the codebook; `form` is whose columns they are.
    """

    now: datetime
    languages: tuple[str, ...]
    outlets: tuple[Outlet, ...] = ()
    form: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    outlet: str | None = None
    group: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """A record that can be labelled: its line or number in the file, its outlet, and what it holds."""

    line: int
    outlet: Outlet
    entry: Entry


@dataclass(frozen=True, slots=True)
class Fault:
    """A record that is set aside, as it was found, and why."""

    line: int
    reason: str
    row: Mapping[str, Any] = field(default_factory=dict)


def read_piece(piece: Piece, columns: Mapping[str, str], reading: Reading) -> tuple[list[Item], list[Fault]]:
    """The records of a piece that can be labelled, in order, and those that are set aside.

    Raises:
        InputError: the file cannot be read any more.
    """
    names = OutletNames(reading.outlets, group=reading.group)
    found: list[tuple[Collected, Outlet]] = []
    faults: list[Fault] = []
    for line, collected, row in _collect(piece, columns, reading):
        if isinstance(collected, str):
            faults.append(Fault(line, collected, row))
            continue
        name = reading.outlet or collected.outlet
        if name is None:
            faults.append(Fault(line, NO_OUTLET, row))
        else:
            found.append((collected, names.find(name)))
    return _tell_languages(found, reading), faults


def find_columns(piece: Piece, reading: Reading) -> dict[str, str]:
    """The column of each field in a file, by the first records of its first piece; nothing for WARC, which has none.

    Raises:
        InputError: no column is the title, or one that was named is not there.
    """
    if piece.file.form == "warc" or piece.fault:
        return {}
    try:
        with closing(_iter_rows(piece, None)) as rows:
            sound = [row for row in islice(rows, _LOOKED_AT) if row.fault is None]
        present = list(dict.fromkeys(name for row in sound for name in row.cells))
        return choose_columns(reading.form or piece.file.form, present, reading.columns) if sound else {}
    except InputError as error:
        raise InputError(f"{piece.file.name}: {error}") from error


def _collect(
    piece: Piece, columns: Mapping[str, str], reading: Reading
) -> Iterator[tuple[int, Collected | str, Mapping[str, Any]]]:
    """Each record: its line, what it is or what is wrong with it, and its cells."""
    if piece.fault:
        yield piece.first, piece.fault, {}
    elif piece.file.form == "warc":
        yield from _collect_pages(piece, reading)
    else:
        for row in _iter_rows(piece, sorted(set(columns.values()))):
            yield row.line, row.fault or collect_row(row.line, row.cells, columns, now=reading.now), row.cells


def _iter_rows(piece: Piece, columns: Sequence[str] | None) -> Generator[SourceRow]:
    """The rows of a piece with their numbers in the file; of Parquet only the columns that are wanted."""
    if piece.file.form == "parquet":
        with open_source(piece.file) as opened:
            yield from _iter_parquet(piece, opened, columns)
        return
    content = piece.head + _read_bytes(piece)
    if piece.file.form == "csv":
        for row in iter_csv_rows(io.BytesIO(content)):
            yield replace(row, line=row.line - 2 + piece.first)
    elif piece.file.form == "jsonl":
        for row in iter_jsonl_rows(io.BytesIO(content)):
            yield replace(row, line=row.line - 1 + piece.first)
    else:
        yield from iter_json_rows(io.BytesIO(content))


def _iter_parquet(piece: Piece, opened: IO[bytes], columns: Sequence[str] | None) -> Iterator[SourceRow]:
    """The rows of a stretch, from the row groups that hold it, a batch at a time."""
    from pyarrow import parquet

    # Pages are read one after the other: a row group of a large file need not fit into memory.
    file = parquet.ParquetFile(opened, buffer_size=1_048_576, pre_buffer=False)
    present = file.schema_arrow.names
    wanted = present if columns is None else [name for name in columns if name in present]
    groups: list[int] = []
    start = number = 0
    for group in range(file.metadata.num_row_groups):
        n = file.metadata.row_group(group).num_rows
        if number < piece.end and number + n > piece.start:
            start = start if groups else number
            groups.append(group)
        number += n
    number = start
    for batch in file.iter_batches(batch_size=_BATCH, row_groups=groups, columns=wanted):
        if number >= piece.end:
            return
        if number + batch.num_rows > piece.start:
            inside = batch.slice(max(0, piece.start - number), piece.end - max(number, piece.start))
            for i, cells in enumerate(inside.to_pylist(), start=max(number, piece.start) + 1):
                yield SourceRow(i, cells)
        number += batch.num_rows


def _read_bytes(piece: Piece) -> bytes:
    opened = _keep_open(piece.file)
    opened.seek(piece.start)
    content = opened.read(piece.end - piece.start)
    if len(content) < piece.end - piece.start:
        raise InputError(f"{piece.file.name}: shorter than it was. Leave it as it is while it is read, and run again.")
    return content


_open: dict[str, tuple[Any, IO[bytes]]] = {}


def _keep_open(file: SourceFile) -> IO[bytes]:
    """The file's content, opened once a process: pieces come in order, and what is compressed is so read through once."""
    if file.url not in _open:
        for context, _ in _open.values():
            context.__exit__(None, None, None)
        _open.clear()
        context = open_source(file)
        _open[file.url] = (context, context.__enter__())
    return _open[file.url][1]


def close_sources() -> None:
    """Closes what is open in this process."""
    for context, _ in _open.values():
        context.__exit__(None, None, None)
    _open.clear()


def _collect_pages(piece: Piece, reading: Reading) -> Iterator[tuple[int, Collected | str, Mapping[str, Any]]]:
    """The pages of a WARC, each read in a child process that may be killed: whoever wrote them decides how long they take."""
    pool = _open_extractor()
    with open_source(piece.file) as opened:
        opened.seek(piece.start)
        for line, page in enumerate(iter_warc_pages(opened, n_pages=piece.n_records), start=piece.first):
            yield line, page.fault or _collect_page(line, page, pool, reading), {"url": page.url, "seen": page.seen}


def _collect_page(
    line: int, page: WarcPage, pool: ChildPool[PageBytes, ArchivedPage], reading: Reading
) -> Collected | str:
    given = PageBytes(page.body, page.url, page.url, "", reading.now, page.content_type)
    try:
        found = pool.call(given)
    except ChildFailed as error:
        return f"could not be read: {error}"
    return collect_page(line, page.url, found, seen=page.seen, now=reading.now)


_SENTENCES = (
    "The commission met in the valley for the third time.",
    "Its members said that the water would be shared.",
)
_CANARY = PageBytes(
    f"<html><body><h1>Water</h1><article><p>{'</p><p>'.join(_SENTENCES)}</p></article></body></html>".encode(),
    url="https://valley.example/1",
    asked="https://valley.example/1",
    title="",
    fetched_at=datetime(2026, 1, 1, tzinfo=UTC),
)
_SUNG = ArchivedPage("Water", None, ExtractedPage(PageState.EXTRACTED, "102 characters", "\n\n".join(_SENTENCES)))


@cache
def _open_extractor() -> ChildPool[PageBytes, ArchivedPage]:
    """The child of this process that reads pages; it ends with it."""
    import multiprocessing

    # Workers of a cluster are daemons, which may have no children, so that none is left behind; ours end with their pipe.
    multiprocessing.current_process().daemon = False
    return ChildPool(
        read_archived,
        canary=(_CANARY, _SUNG),
        n_children=1,
        timeout_seconds=EXTRACT_SECONDS,
        memory_bytes=EXTRACT_BYTES,
        name="reading a page",
    )


def _tell_languages(found: Sequence[tuple[Collected, Outlet]], reading: Reading) -> list[Item]:
    """The records with their languages: what each declares, unless its text plainly is another; in their order."""
    default = reading.language or reading.languages[0]

    def declared_of(pair: tuple[Collected, Outlet]) -> str:
        return pair[0].language or default

    items: list[Item] = []
    for declared, own in groupby(sorted(found, key=declared_of), key=declared_of):
        pairs = list(own)
        told = with_languages([one.entry for one, _ in pairs], declared=declared, candidates=reading.languages)
        items += [Item(one.line, outlet, entry) for (one, outlet), entry in zip(pairs, told, strict=True)]
    return sorted(items, key=lambda item: item.line)
