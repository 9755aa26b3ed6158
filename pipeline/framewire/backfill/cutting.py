"""Files cut into pieces: stretches of whole records, named by what they are, so that the next run finds the same ones."""

import csv
import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO, Any

from framewire.backfill.sources import SourceFile, open_source
from framewire.errors import InputError
from framewire.ingest import iter_json_rows, iter_warc_places
from framewire.ingest.clean import MAX_MARKUP
from framewire.ingest.rows import CSV_DELIMITERS, NO_PARQUET

# Records of a piece: some ten seconds of labelling, and some megabytes of labels. Pages of a crawl take longer.
PIECE_RECORDS = 500
PIECE_PAGES = 100
PIECE_BYTES = 8 * 1_048_576
# A record may be as large as the largest text that is read, with its escapes.
MAX_RECORD_BYTES = 4 * MAX_MARKUP
# Documents of one object are read whole.
MAX_DOCUMENT_BYTES = 64 * 1_048_576


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a file, half-open: bytes of the decompressed content, or rows of a Parquet file, or bytes of a WARC.

    `first` is the number of its first line, row or answer, from 1; `n_records` how many there are, at most. `head` is
    the line of names of a CSV. `fault` says that it cannot be read, and why.
    """

    file: SourceFile
    start: int
    end: int
    first: int
    n_records: int
    head: bytes = field(default=b"", repr=False)
    fault: str | None = None

    @property
    def id(self) -> str:
        """Its name: the same whenever the same state of the file is cut."""
        told = f"{self.file.digest}\n{self.start}\n{self.end}"
        return hashlib.sha256(told.encode()).hexdigest()[:24]

    @property
    def place(self) -> str:
        """Where it stands, for messages."""
        return f"{self.file.name}, records {self.first} to {self.first + max(self.n_records, 1) - 1}"


def cut_file(file: SourceFile, *, n_records: int | None = None) -> Iterator[Piece]:
    """The pieces of a file, in order.

    Args:
        file: the file.
        n_records: how many records a piece has at most; by the form of the file if None.

    Raises:
        InputError: it cannot be read, or is not of its form.
    """
    try:
        with open_source(file) as opened:
            yield from _CUTTERS[file.form](file, opened, n_records or _PIECE_OF.get(file.form, PIECE_RECORDS))
    except InputError as error:
        if str(error).startswith(file.name):
            raise
        raise InputError(f"{file.name}: {error}") from error


class _Counting:
    """The lines of a text, counted with the bytes they take, none longer than a record may be."""

    def __init__(self, text: io.TextIOWrapper, offset: int) -> None:
        self._text = text
        self.offset, self.n_lines = offset, 0

    def __iter__(self) -> Iterator[str]:
        while line := self._text.readline(MAX_RECORD_BYTES):
            self.offset += len(line.encode("utf-8", "surrogateescape"))
            self.n_lines += 1
            yield line


def _cut_csv(file: SourceFile, opened: IO[bytes], n_records: int) -> Iterator[Piece]:
    # As the reader of rows has it: a lone carriage return ends a line, too.
    text = io.TextIOWrapper(opened, encoding="utf-8", errors="surrogateescape", newline="")
    named = text.readline(MAX_RECORD_BYTES)
    if not named.strip():
        raise InputError("the file is empty: it has no line with the names of the columns")
    head = named.encode("utf-8", "surrogateescape")
    lines = _Counting(text, len(head))
    csv.field_size_limit(MAX_MARKUP)
    start, line, n = len(head), 2, 0
    for _ in _step(csv.reader(iter(lines), delimiter=max(CSV_DELIMITERS, key=named.count))):
        n += 1
        if n == n_records or lines.offset - start >= PIECE_BYTES:
            yield Piece(file, start, lines.offset, line, n, head)
            start, line, n = lines.offset, lines.n_lines + 2, 0
    if n or start == len(head):
        yield Piece(file, start, lines.offset, line, n, head)
    text.detach()


def _step(reader: Any) -> Iterator[None]:
    """Once for each record, or for what is none, until the end."""
    while True:
        try:
            next(reader)
        except csv.Error:
            pass
        except StopIteration:
            return
        yield


def _cut_jsonl(file: SourceFile, opened: IO[bytes], n_records: int) -> Iterator[Piece]:
    start = offset = n = 0
    first = 1
    while content := opened.readline(MAX_RECORD_BYTES + 1):
        if len(content) > MAX_RECORD_BYTES:
            if n:
                yield Piece(file, start, offset, first, n)
            length = len(content) + _skip_line(opened)
            fault = f"a line of more than {MAX_RECORD_BYTES // 2**20} MiB"
            yield Piece(file, offset, offset + length, first + n, 1, fault=fault)
            start = offset = offset + length
            first, n = first + n + 1, 0
            continue
        offset, n = offset + len(content), n + 1
        if n == n_records or offset - start >= PIECE_BYTES:
            yield Piece(file, start, offset, first, n)
            start, first, n = offset, first + n, 0
    if n or not offset:
        yield Piece(file, start, offset, first, n)


def _skip_line(opened: IO[bytes]) -> int:
    """How many bytes are left of a line; they are read and forgotten."""
    length = 0
    while content := opened.readline(1_048_576):
        length += len(content)
        if content.endswith(b"\n"):
            break
    return length


def _cut_document(file: SourceFile, opened: IO[bytes], n_records: int) -> Iterator[Piece]:  # noqa: ARG001 - it has one piece
    content = opened.read(MAX_DOCUMENT_BYTES + 1)
    if len(content) > MAX_DOCUMENT_BYTES:
        raise InputError(
            f"a JSON document of more than {MAX_DOCUMENT_BYTES // 2**20} MiB; write it with an object a line (.jsonl)"
        )
    yield Piece(file, 0, len(content), 1, sum(1 for _ in iter_json_rows(io.BytesIO(content))))


def _cut_parquet(file: SourceFile, opened: IO[bytes], n_records: int) -> Iterator[Piece]:
    try:
        import pyarrow
        from pyarrow import parquet
    except ModuleNotFoundError as error:
        raise InputError(NO_PARQUET) from error
    try:
        n_rows = parquet.ParquetFile(opened).metadata.num_rows
    except pyarrow.ArrowException as error:
        raise InputError(f"no Parquet file ({error})") from error
    for start in range(0, max(n_rows, 1), n_records):
        end = min(start + n_records, n_rows)
        yield Piece(file, start, end, start + 1, end - start)


def _cut_warc(file: SourceFile, opened: IO[bytes], n_records: int) -> Iterator[Piece]:
    before = None
    for place in iter_warc_places(opened, every=n_records):
        if before is not None and place.offset > before.offset:
            n = place.n_before - before.n_before
            yield Piece(file, before.offset, place.offset, before.n_before + 1, n)
        if place.fault:
            yield Piece(file, place.offset, file.size, place.n_before + 1, 1, fault=place.fault)
        before = place


_CUTTERS = {
    "csv": _cut_csv,
    "jsonl": _cut_jsonl,
    "json": _cut_document,
    "parquet": _cut_parquet,
    "warc": _cut_warc,
}
_PIECE_OF = {"warc": PIECE_PAGES}
