"""Exports: what is asked for, checked; the table written to a stream, a file, or a folder with all that should travel with it."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import groupby
from pathlib import Path
from typing import IO, Any

from framewire import __version__
from framewire.errors import InputError, OutputError
from framewire.exports import (
    DataFile,
    Mark,
    MarkedArticle,
    Provenance,
    add_to_package,
    build_resource,
    get_table,
    render_citation,
    render_labelling_interface,
    render_metadata,
    render_package,
    render_statement,
    write_csv,
    write_csv_with_mark,
    write_doccano,
    write_gkg,
    write_jsonl,
    write_label_studio,
    write_parquet,
)
from framewire.files import describe_refusal, open_whole, write_whole
from framewire.records import LabelState
from framewire.store import Extract, list_columns, list_imports, list_languages, list_models_used, list_outlets, reading
from framewire.summarise import window_of
from framewire.workflow.export_rows import ROWS, Source, iter_articles, iter_coverage, iter_mentions, iter_narratives
from framewire.workflow.workspace import Workspace
from framewire.yamlfile import unknown_message

TABLE_FORMS = ("csv", "jsonl", "parquet")
MARKED_FORMS = {"label-studio": "json", "doccano": "jsonl", "gdelt-gkg": "tsv"}
"""The forms for articles and their labels together, and how their files end."""
PACKAGE, CITATION, STATEMENT = "datapackage.json", "CITATION.cff", "COVERAGE.md"
INTERFACE = "labelling-interface.xml"
WITHOUT_TEXT = (
    "the articles' text is left out, so `start` and `end` are places in a text that is not here "
    "(--with-text adds it; `text_hash` says which text)"
)
_TABLE_WRITERS = {"csv": write_csv, "jsonl": write_jsonl, "parquet": write_parquet}
_MARKED_WRITERS = {"label-studio": write_label_studio, "doccano": write_doccano, "gdelt-gkg": write_gkg}
_NEED_TEXT = ("label-studio", "doccano")
_WITH_SPANS = ("mentions", "narratives")


@dataclass(frozen=True, slots=True)
class Order:
    """What somebody wants exported. `since` and `until` are days, both included; `mark` is the byte order mark of a CSV."""

    table: str
    form: str = "csv"
    since: date | None = None
    until: date | None = None
    outlet: str | None = None
    group: str | None = None
    language: str | None = None
    with_text: bool = False
    mark: bool = False

    @property
    def file_name(self) -> str:
        """What the file is called in a folder."""
        if self.form in MARKED_FORMS:
            return f"{self.table}.{self.form}.{MARKED_FORMS[self.form]}"
        return f"{self.table}.{self.form}"

    @property
    def query(self) -> dict[str, Any]:
        """What was asked for, as it is told in the files."""
        chosen = {
            "since": self.since and self.since.isoformat(),
            "until": self.until and self.until.isoformat(),
            **{name: getattr(self, name) for name in ("outlet", "group", "language")},
        }
        given = {name: value for name, value in chosen.items() if value is not None}
        return {"table": self.table, **given, "with_text": self.with_text}


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written: rows, the files, and what whoever reads them must know."""

    n_rows: int
    files: tuple[Path, ...] = ()
    notes: tuple[str, ...] = ()


def export_to_stream(workspace: Workspace, order: Order, out: IO[bytes], *, now: datetime) -> Exported:
    """Writes the table to a stream.

    Raises:
        InputError: an outlet, group or language that there is not, an impossible range, a form that needs the text.
    """
    with _open_source(workspace, order, now=now) as source:
        return Exported(_write(source, order, out), notes=_list_notes(order))


def export_to_file(workspace: Workspace, order: Order, path: Path, *, now: datetime) -> Exported:
    """Writes the table to a new file, whole or not at all.

    Raises:
        InputError: see `export_to_stream`.
        OutputError: there is such a file, or it cannot be written.
    """
    if path.exists():
        raise OutputError(f"{path} exists already; nothing is overwritten. Name another file, or a folder.")
    with _open_source(workspace, order, now=now) as source:
        n = _write_file(source, order, path)
    return Exported(n, (path,), _list_notes(order))


def export_to_folder(workspace: Workspace, order: Order, folder: Path, *, now: datetime) -> Exported:
    """Writes the table into a folder, with the data package, citation and coverage statement; replaces an older export of it.

    Raises:
        InputError: see `export_to_stream`.
        OutputError: the folder holds another's data package, or cannot be written.
    """
    package = _read_package(folder)
    with _open_source(workspace, order, now=now) as source:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(describe_refusal(error, folder)) from error
        n = _write_file(source, order, folder / order.file_name)
        files = _write_companions(source, order, folder, package, n_rows=n)
    return Exported(n, (folder / order.file_name, *files), _list_notes(order))


def build_datasette_metadata(workspace: Workspace) -> str:
    """The text of Datasette's metadata for the workspace's database.

    Raises:
        InputError: it is no SQLite file.
    """
    address = workspace.config.database
    if not address.startswith("sqlite"):
        raise InputError(
            "Datasette reads SQLite files, and this workspace's database is on a server; export tables instead."
        )
    return render_metadata(
        list_columns(), title=workspace.config.title, database=Path(address.rpartition("///")[2]).stem
    )


@contextmanager
def _open_source(workspace: Workspace, order: Order, *, now: datetime) -> Iterator[Source]:
    """What the order's rows are read from, all in one state of the store."""
    if order.form in _NEED_TEXT and not order.with_text:
        raise InputError(
            f"--format {order.form} shows the articles' text: add --with-text, or choose csv, jsonl or parquet."
        )
    if order.since and order.until and order.until < order.since:
        raise InputError(
            f"no day lies between {order.since} and {order.until}: give a --since that is not after --until"
        )
    config = workspace.config
    windows = [
        day and window_of(day, zone=config.zone, day_starts_at=config.day_starts_at)
        for day in (order.since, order.until)
    ]
    extract = Extract(
        since=windows[0].start if windows[0] else None,
        until=windows[1].end if windows[1] else None,
        outlet=order.outlet,
        group=order.group,
        language=order.language,
    )
    with reading(workspace.readonly_engine) as conn:
        groups = dict(list_outlets(conn))
        known = {
            "outlet": sorted({*groups, *(outlet.id for outlet in workspace.outlets)}),
            "group": sorted({*groups.values(), *(outlet.group for outlet in workspace.outlets)}),
            "language": sorted({*list_languages(conn), *workspace.codebook.languages}),
        }
        for name, words in known.items():
            word = getattr(order, name)
            if word is not None and word not in words:
                raise InputError(f"--{name}: {unknown_message(name, word, words)}")
        yield Source(workspace, conn, extract, now, order.with_text)


def _write_file(source: Source, order: Order, path: Path) -> int:
    try:
        with open_whole(path) as out:
            return _write(source, order, out)
    except OSError as error:
        raise OutputError(describe_refusal(error, path)) from error


def _write(source: Source, order: Order, out: IO[bytes]) -> int:
    if order.form in MARKED_FORMS:
        return _MARKED_WRITERS[order.form](iter_marked(source, order.table), out)
    columns = get_table(order.table).choose_columns(with_text=order.with_text)
    write = write_csv_with_mark if order.mark and order.form == "csv" else _TABLE_WRITERS[order.form]
    return write(ROWS[order.table](source), columns, out)


def iter_marked(source: Source, table: str) -> Iterator[MarkedArticle]:
    """Articles with what is marked in them: `articles` all of them, with mentions and narratives; `narratives` those with one."""
    only_narratives = table == "narratives"
    streams = [_group(_mark_narratives(source))]
    if not only_narratives:
        streams.append(_group(_mark_mentions(source)))
    heads = [next(stream, None) for stream in streams]
    for row in iter_articles(source):
        marks: list[Mark] = []
        for place, head in enumerate(heads):
            if head is not None and head[0] == row["article_id"]:
                marks += head[1]
                heads[place] = next(streams[place], None)
        if marks or not only_narratives:
            about = {column.name: row[column.name] for column in get_table("articles").columns}
            yield MarkedArticle(about, row.get("text") or "", sorted(marks, key=lambda mark: (mark.start, mark.end)))


def _group(marks: Iterator[tuple[int, Mark]]) -> Iterator[tuple[int, list[Mark]]]:
    """The marks of each article; they come by its number, as articles do."""
    for article, own in groupby(marks, key=lambda pair: pair[0]):
        yield article, [mark for _, mark in own]


def _mark_mentions(source: Source) -> Iterator[tuple[int, Mark]]:
    for row in iter_mentions(source):
        label = f"{row['referent']}:{row['wording']}"
        yield row["article_id"], Mark(row["start"], row["end"], label, 1.0, row["voice"])


def _mark_narratives(source: Source) -> Iterator[tuple[int, Mark]]:
    for row in iter_narratives(source):
        if row["state"] != LabelState.ABSTAINED.value and row["start"] is not None:
            yield row["article_id"], Mark(row["start"], row["end"], row["narrative"], row["score"], row["voice"])


def _write_companions(
    source: Source, order: Order, folder: Path, package: Mapping[str, Any] | None, *, n_rows: int
) -> list[Path]:
    """The files that travel with the table."""
    workspace, about = source.workspace, _describe(source, order)
    texts = {}
    tables = [order.table]
    if order.form not in MARKED_FORMS:
        table = get_table(order.table)
        resource = build_resource(
            table,
            table.choose_columns(with_text=order.with_text),
            _measure_file(folder / order.file_name, order.form, n_rows),
            about,
        )
        package = add_to_package(package, resource, about)
        texts[PACKAGE] = render_package(package)
        tables = [item["name"] for item in package["resources"]]
    if order.form == "label-studio":
        texts[INTERFACE] = render_labelling_interface(_list_labels(workspace, order.table))
    texts[CITATION] = render_citation(about, tables=tables, before=_read_if_there(folder / CITATION))
    texts[STATEMENT] = render_statement(
        iter_coverage(source), list_imports(source.conn), title=workspace.config.title, made=about.version
    )
    for name, text in texts.items():
        try:
            write_whole(folder / name, text.encode())
        except OSError as error:
            raise OutputError(describe_refusal(error, folder / name)) from error
    return [folder / name for name in texts]


def _describe(source: Source, order: Order) -> Provenance:
    codebook = source.workspace.codebook
    return Provenance(
        title=source.workspace.config.title,
        made_at=source.now.astimezone(UTC),
        framewire=__version__,
        codebook=f"{codebook.id} version {codebook.version}",
        codebook_digest=codebook.digest,
        models=tuple(list_models_used(source.conn)),
        query=order.query,
    )


def _list_labels(workspace: Workspace, table: str) -> list[str]:
    codebook = workspace.codebook
    wordings = [f"{referent.id}:{wording.id}" for referent in codebook.terminology for wording in referent.wordings]
    return [*codebook.narrative_ids, *(wordings if table == "articles" else [])]


def _measure_file(path: Path, form: str, n_rows: int) -> DataFile:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return DataFile(path.name, form, digest, path.stat().st_size, n_rows)


def _read_package(folder: Path) -> dict[str, Any] | None:
    """The data package of an earlier export into this folder; None if there is none. Another's is refused."""
    text = _read_if_there(folder / PACKAGE)
    if text is None:
        return None
    try:
        package = json.loads(text)
    except ValueError:
        package = None
    if not isinstance(package, dict) or package.get("name") != "framewire-export":
        raise OutputError(
            f"{folder / PACKAGE} is not of an export of Framewire; nothing is overwritten. Name another folder."
        )
    return package


def _read_if_there(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise OutputError(
            f"{path} cannot be read ({type(error).__name__}); move it away, or name another folder."
        ) from error


def _list_notes(order: Order) -> tuple[str, ...]:
    if order.with_text:
        return ("the articles' text is in it: its rights are the outlets', so do not pass it on",)
    return (WITHOUT_TEXT,) if order.table in _WITH_SPANS or order.form == "gdelt-gkg" else ()
