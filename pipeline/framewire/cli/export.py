"""export: tables for other programs, with what should travel with them."""

import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from framewire.cli.codebook import export_command as codebook_command
from framewire.cli.common import Day, NewFile, command, now_option, open_here, workspace_option

_TABLES = {
    "articles": "One row an article, with its labels' state and where its text is from.",
    "mentions": "One row a term mention: wording, voice, speaker, span.",
    "narratives": "One row a narrative of a passage: score, state, voice, accused side.",
    "daily": "Counts and shares by day and outlet.",
    "stories": "The articles of several outlets about one event.",
    "coverage": "What came on each outlet and day, what was expected, and why there is a gap.",
    "revisions": "Headlines and texts changed after publication.",
}
_FORMS = ("csv", "jsonl", "parquet")
_MARKED = ("label-studio", "doccano", "gdelt-gkg")


@click.group("export")
def export() -> None:
    """Tables for other programs: csv, jsonl, parquet, annotation tools.

    Into a folder, a table comes with datapackage.json (its columns), CITATION.cff and COVERAGE.md (what is missing).
    """


def _build_command(table: str, about: str) -> click.Command:
    forms = (*_FORMS, *_MARKED) if table in ("articles", "narratives") else _FORMS
    options = [
        workspace_option,
        now_option,
        click.option("--format", "form", type=click.Choice(forms), default="csv", show_default=True, help="The form."),
        click.option(
            "--output",
            "-o",
            type=NewFile(),
            help="A new file; or a folder, which gets the files that travel with the table [default: standard output].",
        ),
        click.option("--since", type=Day(), help="From this day on, by the day on which an article counts."),
        click.option("--until", type=Day(), help="Up to this day, included."),
        click.option("--outlet", help="Only this outlet (its id)."),
        click.option("--group", help="Only outlets of this group."),
    ]
    if table not in ("coverage",):
        options.append(click.option("--language", help="Only articles in this language."))
    if table in ("articles", "mentions", "narratives"):
        options.append(
            click.option("--with-text", is_flag=True, help="With the articles' text, whose rights are theirs.")
        )
    options.append(
        click.option("--bom", "mark", is_flag=True, help="csv: begin with a byte order mark, for spreadsheets.")
    )

    def run(workspace: Path | None, now: datetime, form: str, output: Path | None, mark: bool, **chosen: Any) -> None:
        _export(open_here(workspace), {"table": table, "form": form, "mark": mark, **chosen}, output, now=now)

    run.__doc__ = about
    function = command(run)
    for option in reversed(options):
        function = option(function)
    return click.command(table)(function)


def _export(here: Any, chosen: dict[str, Any], output: Path | None, *, now: datetime) -> None:
    from framewire.workflow.exports import Order, export_to_file, export_to_folder, export_to_stream

    order = Order(**chosen)
    if order.mark and order.form != "csv":
        raise click.UsageError(f"--bom goes with --format csv, not with --format {order.form}")
    if output is None:
        if order.form == "parquet" and sys.stdout.isatty():
            raise click.UsageError("Parquet is no text for a terminal: name a file with -o")
        done = export_to_stream(here, order, sys.stdout.buffer, now=now)
        sys.stdout.buffer.flush()
    elif _is_folder(output):
        done = export_to_folder(here, order, output, now=now)
    else:
        done = export_to_file(here, order, output, now=now)
    for note in done.notes:
        click.echo(f"note: {note}", err=True)
    if done.files:
        click.echo(f"{done.n_rows} rows written to {', '.join(map(str, done.files))}", err=True)


def _is_folder(path: Path) -> bool:
    """Whether a folder is meant: one that is there, or a new one, whose name has no ending."""
    return path.is_dir() or (not path.exists() and not path.suffix)


@export.command("datasette-metadata")
@workspace_option
@click.option("--output", "-o", type=NewFile(), help="A new file [default: standard output].")
@command
def datasette_command(workspace: Path | None, output: Path | None) -> None:
    """What the database's own tables mean, and queries to begin with, as metadata.json for Datasette."""
    from framewire.workflow.codebooks import write_export
    from framewire.workflow.exports import build_datasette_metadata

    text = build_datasette_metadata(open_here(workspace))
    if output is None:
        click.echo(text, nl=False)
        return
    write_export(output, text)
    click.echo(f"written to {output}", err=True)


for _name, _about in _TABLES.items():
    export.add_command(_build_command(_name, _about))
export.add_command(codebook_command, "codebook")

COMMANDS = (export,)
