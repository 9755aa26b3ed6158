"""What travels with a table: a data package (Frictionless Table Schema) and a citation file."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from framewire.exports.columns import DEFUSED, ExportColumn, ExportTable

_TYPES = {
    "int64": "integer",
    "Int64": "integer",
    "float64": "number",
    "bool": "boolean",
    "boolean": "boolean",
    "text": "string",
    "object": "array",
    "datetime64[us]": "date",
    "datetime64[us, UTC]": "datetime",
}
MEDIA_TYPES = {"csv": "text/csv", "jsonl": "application/x-ndjson", "parquet": "application/vnd.apache.parquet"}
_DEFUSED = ExportColumn(
    DEFUSED, "text", "The columns of this row in which an apostrophe was put before a text that spreadsheets would run."
)


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a dataset comes from. `version` is the day and time of the export; `query` the options it was made with."""

    title: str
    made_at: datetime
    framewire: str
    codebook: str
    codebook_digest: str
    models: tuple[str, ...]
    query: Mapping[str, Any]

    @property
    def version(self) -> str:
        """The dataset's version: when it was made."""
        return f"{self.made_at:%Y-%m-%dT%H:%M:%SZ}"


@dataclass(frozen=True, slots=True)
class DataFile:
    """A written file: `sha256` in hex, `n_bytes`, `n_rows`."""

    name: str
    form: str
    sha256: str
    n_bytes: int
    n_rows: int


def build_schema(table: ExportTable, columns: Sequence[ExportColumn], *, form: str) -> dict[str, Any]:
    """The Table Schema of a file in this form. Source: specs.frictionlessdata.io, Table Schema 1."""
    shown = (*columns, _DEFUSED) if form == "csv" else columns
    return {"fields": [_build_field(column) for column in shown], "primaryKey": list(table.key), "missingValues": [""]}


def build_resource(
    table: ExportTable, columns: Sequence[ExportColumn], written: DataFile, about: Provenance
) -> dict[str, Any]:
    """The file as a resource of a data package."""
    resource: dict[str, Any] = {
        "profile": "tabular-data-resource",
        "name": table.name,
        "path": written.name,
        "title": table.title,
        "description": table.text,
        "format": written.form,
        "mediatype": MEDIA_TYPES[written.form],
        "bytes": written.n_bytes,
        "hash": f"sha256:{written.sha256}",
        "rows": written.n_rows,
        "schema": build_schema(table, columns, form=written.form),
        "framewire": _describe(about),
    }
    if written.form != "parquet":
        resource["encoding"] = "utf-8"
    if written.form == "csv":
        resource["dialect"] = {"delimiter": ",", "lineTerminator": "\r\n", "quoteChar": '"', "header": True}
    return resource


def add_to_package(package: Mapping[str, Any] | None, resource: Mapping[str, Any], about: Provenance) -> dict[str, Any]:
    """The data package with this resource in it, in place of an older one of its name; a new package for None."""
    kept = [other for other in (package or {}).get("resources", []) if other.get("name") != resource["name"]]
    return {
        "profile": "data-package",
        "name": "framewire-export",
        "title": about.title,
        "description": (
            "How outlets word a subject: made by a program from feeds, by a codebook and a model. Labels are measurements "
            "with errors. COVERAGE.md says what is missing. Texts and headlines belong to their outlets."
        ),
        "version": about.version,
        "created": about.version,
        "resources": sorted([*kept, resource], key=lambda other: str(other["name"])),
    }


def render_package(package: Mapping[str, Any]) -> str:
    """The data package as the text of `datapackage.json`."""
    return json.dumps(package, ensure_ascii=False, indent=1) + "\n"


def render_citation(about: Provenance, *, tables: Sequence[str], before: str | None = None) -> str:
    """The text of `CITATION.cff`. Source: Citation File Format 1.2.0; JSON strings are YAML strings.

    Of a file that is there already (`before`) only the lines about this export are made anew: its authors stay.
    """
    models = ", ".join(about.models) or "none"
    lines = {
        "cff-version": "1.2.0",
        "message": "If you use this dataset, please cite it, and say which codebook and which model made its labels.",
        "type": "dataset",
        "title": f"{about.title}: {', '.join(tables)}",
        "version": about.version,
        "date-released": f"{about.made_at:%Y-%m-%d}",
        "abstract": (
            f"Labelled press coverage. Codebook {about.codebook} (SHA-256 {about.codebook_digest}); models: {models}; "
            f"query: {json.dumps(dict(about.query), ensure_ascii=False)}; made with Framewire {about.framewire}. "
            "What is missing, and why, is in COVERAGE.md."
        ),
    }
    if before is not None:
        return _renew(before, {key: lines[key] for key in ("title", "version", "date-released", "abstract")})
    head = [_render_line(key, value) for key, value in lines.items()]
    authors = ["authors:", f"  - name: {_quote(f'{about.title} (put the names of the people here)')}"]
    keywords = ["keywords:", *(f"  - {word}" for word in ("framing", "content analysis", "news"))]
    return "\n".join(
        ["# Made by Framewire; the names of the authors are yours to fill in.", *head, *authors, *keywords, ""]
    )


def _renew(text: str, lines: Mapping[str, str]) -> str:
    """The citation file with these lines in place of those of their keys."""
    left = dict(lines)
    renewed = [
        _render_line(key, left.pop(key)) if (key := line.partition(":")[0]) in left else line
        for line in text.splitlines()
    ]
    return "\n".join([*renewed, *(_render_line(key, value) for key, value in left.items()), ""])


def _render_line(key: str, value: str) -> str:
    return f"{key}: {_quote(value)}"


def _quote(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)


def _describe(about: Provenance) -> dict[str, Any]:
    known = asdict(about)
    return {**known, "made_at": about.version, "models": list(about.models), "query": dict(about.query)}


def _build_field(column: ExportColumn) -> dict[str, Any]:
    field: dict[str, Any] = {"name": column.name, "type": _TYPES[column.type], "description": column.text}
    field["title"] = column.name.replace("_", " ")
    if column.unit:
        field["unit"] = column.unit
    limits = {
        "required": column.required or None,
        "minimum": column.minimum,
        "maximum": column.maximum,
        "enum": list(column.values) or None,
    }
    if constraints := {name: value for name, value in limits.items() if value is not None}:
        field["constraints"] = constraints
    return field
