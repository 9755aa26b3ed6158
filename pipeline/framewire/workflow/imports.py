"""Imports: others' collections become stored articles, a portion a transaction; what cannot be read is set aside, by line."""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import IO

from framewire.errors import InputError, OutputError
from framewire.files import describe_refusal, open_whole
from framewire.ingest import (
    COLLECTIONS,
    NO_GROUP,
    Collected,
    OutletNames,
    SourceRow,
    choose_columns,
    collect_row,
    explain_language,
    iter_csv_rows,
    iter_json_rows,
    iter_jsonl_rows,
    iter_parquet_rows,
    load_feed_list,
    with_languages,
)
from framewire.records import Entry, Outlet
from framewire.records.portions import in_portions
from framewire.store import (
    IMPORT_PREFIX,
    ImportedCounts,
    add_imported,
    add_imported_outlets,
    get_outlets,
    reading,
    transaction,
)
from framewire.workflow.workspace import Workspace

# Rows of one transaction. Source: some hundred milliseconds of writing, so that a run beside it need not wait long.
PORTION = 500
FORMATS = (*COLLECTIONS, "csv", "jsonl", "parquet")
_READERS: dict[str, Callable[[IO[bytes]], Iterator[SourceRow]]] = {
    ".csv": iter_csv_rows,
    ".tsv": iter_csv_rows,
    ".json": iter_json_rows,
    ".jsonl": iter_jsonl_rows,
    ".ndjson": iter_jsonl_rows,
    ".parquet": iter_parquet_rows,
}
NO_OUTLET = "no outlet: name it with --outlet, or the column with --map outlet=COLUMN"


@dataclass(frozen=True, slots=True)
class ImportOrder:
    """What is to be imported, and how: `columns` by field; `outlet` and `language` for rows that do not say theirs."""

    path: Path
    form: str
    columns: Mapping[str, str] = field(default_factory=dict)
    outlet: str | None = None
    group: str | None = None
    language: str | None = None
    outlets_from: Path | None = None


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did. `n_rejected` rows were set aside, in `rejects`, if there were any; `by_reason` says why."""

    source: str
    counts: ImportedCounts
    n_rejected: int
    by_reason: Mapping[str, int]
    new_outlets: tuple[str, ...]
    rejects: Path | None = None


def import_articles(
    workspace: Workspace,
    order: ImportOrder,
    *,
    now: datetime,
    rejects: Path | None = None,
    progress: Callable[[str, int, int], None] = lambda *_: None,
) -> Imported:
    """Stores the articles of a file; killed and called again, it goes on; called twice, it adds nothing.

    Raises:
        InputError: the file cannot be read, or its columns are not known.
        OutputError: the rejects cannot be written.
    """
    importer = _Importer(workspace, order, now=now)
    target = rejects or order.path.with_name(f"{order.path.name}.rejects.jsonl")
    with ExitStack() as stack:
        n = 0
        rows = stack.enter_context(closing(_read(order)))
        for portion in in_portions(rows, PORTION):
            faults = importer.store(portion)
            n += len(portion)
            if faults:
                importer.set_aside(faults, _open_rejects(target, importer, stack))
            progress("import", n, n + 1)
    return importer.sum_up(target if importer.n_rejected else None)


def try_import(
    workspace: Workspace, order: ImportOrder, *, now: datetime, n_shown: int = 5
) -> tuple[Imported, list[str]]:
    """What an import would do before anything is compared with the store, and the first faults in words; nothing is written."""
    importer = _Importer(workspace, order, now=now)
    shown: list[str] = []
    n = 0
    for portion in in_portions(_read(order), PORTION):
        ready, faults = importer.prepare(portion)
        importer.note_outlets(ready)
        n += len(ready)
        importer.count(faults)
        shown += [f"line {row.line}: {reason}" for row, reason in faults][: n_shown - len(shown)]
    return Imported(
        importer.source, ImportedCounts(new=n), importer.n_rejected, importer.reasons, importer.new_outlets
    ), shown


Fault = tuple[SourceRow, str]
Ready = tuple[Collected, Outlet]


class _Importer:
    """One import: whose articles are whose, and what was counted so far."""

    def __init__(self, workspace: Workspace, order: ImportOrder, *, now: datetime) -> None:
        self._workspace, self._order, self._now = workspace, order, now
        if order.language is not None and (fault := explain_language(order.language)):
            raise InputError(f"--language: {fault}")
        self.source = f"{IMPORT_PREFIX}{order.form}:{_digest_file(order.path)}"
        with reading(workspace.readonly_engine) as conn:
            self._stored = get_outlets(conn)
        listed = load_feed_list(order.outlets_from) if order.outlets_from else ()
        self._names = OutletNames([*self._stored, *workspace.outlets, *listed], group=order.group)
        self._columns: dict[str, str] | None = None
        self.counts = ImportedCounts()
        self.reasons: Counter[str] = Counter()
        self._seen_outlets: dict[str, Outlet] = {}
        self.out: IO[bytes] | None = None

    @property
    def n_rejected(self) -> int:
        """How many rows were set aside."""
        return self.reasons.total()

    @property
    def new_outlets(self) -> tuple[str, ...]:
        """The ids of the outlets that were not stored before."""
        return tuple(sorted(set(self._seen_outlets) - {outlet.id for outlet in self._stored}))

    def prepare(self, portion: Sequence[SourceRow]) -> tuple[list[Ready], list[Fault]]:
        """The rows that can be stored, each with its outlet, and those that cannot, with the reason."""
        ready: list[Ready] = []
        faults: list[Fault] = []
        for row in portion:
            found = row.fault or self._collect(row)
            if isinstance(found, str):
                faults.append((row, found))
                continue
            name = self._order.outlet or found.outlet
            if name is None:
                faults.append((row, NO_OUTLET))
            else:
                ready.append((found, self._names.find(name)))
        return ready, faults

    def note_outlets(self, ready: Sequence[Ready]) -> None:
        """Remembers whose articles came."""
        self._seen_outlets |= {outlet.id: outlet for _, outlet in ready}

    def store(self, portion: Sequence[SourceRow]) -> list[Fault]:
        """The rows that could not be stored; the others are, in one transaction."""
        ready, faults = self.prepare(portion)
        self.note_outlets(ready)
        by_outlet = sorted(ready, key=lambda pair: pair[1].id)
        with transaction(self._workspace.engine) as conn:
            add_imported_outlets(conn, {outlet.id: outlet for _, outlet in ready}.values(), unassigned=NO_GROUP)
            for outlet_id, own in groupby(by_outlet, key=lambda pair: pair[1].id):
                entries = self._tell_languages([collected for collected, _ in own])
                self.counts += add_imported(conn, entries, source=self.source, outlet_id=outlet_id, seen_at=self._now)
        return faults

    def count(self, faults: Sequence[Fault]) -> None:
        """Counts rows that are set aside."""
        self.reasons.update(reason for _, reason in faults)

    def set_aside(self, faults: Sequence[Fault], out: IO[bytes]) -> None:
        """Counts rows and writes them, each with its line and the reason."""
        self.count(faults)
        for row, reason in faults:
            told = {"line": row.line, "reason": reason, "row": row.cells}
            out.write(json.dumps(told, ensure_ascii=False, default=str).encode("utf-8", "backslashreplace") + b"\n")

    def sum_up(self, rejects: Path | None) -> Imported:
        """What was done."""
        return Imported(self.source, self.counts, self.n_rejected, dict(self.reasons), self.new_outlets, rejects)

    def _collect(self, row: SourceRow) -> Collected | str:
        if self._columns is None:
            self._columns = choose_columns(self._order.form, list(row.cells), self._order.columns)
        return collect_row(row.line, row.cells, self._columns, now=self._now)

    def _tell_languages(self, found: Sequence[Collected]) -> list[Entry]:
        """The entries with their languages: what the row says, unless the text plainly is another."""
        known = self._workspace.codebook.languages
        default = self._order.language or known[0]
        entries: list[Entry] = []
        ordered = sorted(found, key=lambda one: one.language or default)
        for declared, own in groupby(ordered, key=lambda one: one.language or default):
            entries += with_languages([one.entry for one in own], declared=declared, candidates=known)
        return entries


def _read(order: ImportOrder) -> Generator[SourceRow]:
    """The rows of the file; its form is that of its name, but where `form` says it."""
    suffix = order.path.suffix.lower()
    reader = _READERS.get(f".{order.form}") or _READERS.get(suffix)
    if reader is None:
        raise InputError(f"{order.path}: a file of --format {order.form} ends with {', '.join(_READERS)}; rename it.")
    try:
        with order.path.open("rb") as file:
            yield from reader(file)
    except InputError as error:
        raise InputError(f"{order.path}: {error}") from error
    except OSError as error:
        raise InputError(describe_refusal(error, order.path)) from error


def _open_rejects(path: Path, importer: _Importer, stack: ExitStack) -> IO[bytes]:
    """The file for rows that are set aside, begun with the first of them."""
    if importer.out is None:
        try:
            importer.out = stack.enter_context(open_whole(path))
        except OSError as error:
            raise OutputError(f"{describe_refusal(error, path)} Or name a file with --rejects.") from error
    return importer.out


def _digest_file(path: Path) -> str:
    """The first 16 digits of the file's SHA-256: the same content is the same import, whatever its name."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()[:16]
    except OSError as error:
        raise InputError(describe_refusal(error, path)) from error
