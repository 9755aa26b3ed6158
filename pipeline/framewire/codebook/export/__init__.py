"""A codebook for others: Markdown for coders, SKOS for vocabularies, rows for a table; and the file format for editors."""

from framewire.codebook.export.markdown import render_markdown
from framewire.codebook.export.schema import build_schema, render_schema
from framewire.codebook.export.skos import check_base, check_tag, render_skos
from framewire.codebook.export.table import list_rows

__all__ = [
    "build_schema",
    "check_base",
    "check_tag",
    "list_rows",
    "render_markdown",
    "render_schema",
    "render_skos",
]
