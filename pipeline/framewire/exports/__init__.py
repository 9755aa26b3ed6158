"""Tables for other programs: what they hold, how they are written, and what travels with them. No database, no files of its own."""

from framewire.exports.annotation import (
    Mark,
    MarkedArticle,
    render_labelling_interface,
    write_doccano,
    write_label_studio,
)
from framewire.exports.columns import DEFUSED, TABLES, ExportColumn, ExportTable, get_table
from framewire.exports.datasette import describe_columns, get_queries, render_metadata
from framewire.exports.files import write_csv, write_csv_with_mark, write_jsonl, write_parquet
from framewire.exports.gkg import GKG_COLUMNS, write_gkg
from framewire.exports.package import (
    DataFile,
    Provenance,
    add_to_package,
    build_resource,
    render_citation,
    render_package,
)
from framewire.exports.statement import render_statement

__all__ = [
    "DEFUSED",
    "GKG_COLUMNS",
    "TABLES",
    "DataFile",
    "ExportColumn",
    "ExportTable",
    "Mark",
    "MarkedArticle",
    "Provenance",
    "add_to_package",
    "build_resource",
    "describe_columns",
    "get_queries",
    "get_table",
    "render_citation",
    "render_labelling_interface",
    "render_metadata",
    "render_package",
    "render_statement",
    "write_csv",
    "write_csv_with_mark",
    "write_doccano",
    "write_gkg",
    "write_jsonl",
    "write_label_studio",
    "write_parquet",
]
