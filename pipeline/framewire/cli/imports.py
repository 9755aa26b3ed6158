"""import: articles of others' collections."""

import re
from datetime import datetime
from pathlib import Path

import click

from framewire.cli.common import command, now_option, open_here, show_progress, workspace_option

_FORMATS = ("mediacloud", "gdelt", "csv", "jsonl", "parquet")
_MAPPING = re.compile(r"(?P<field>[a-z]+)=(?P<column>[^,]+)")


def parse_map(_context: click.Context, _option: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
    """The columns by field of `--map`."""
    found: dict[str, str] = {}
    for part in (part for value in values for part in value.split(",")):
        match = _MAPPING.fullmatch(part.strip())
        if match is None:
            raise click.BadParameter(f"'{part}' is not of the form title=COLUMN")
        found[match["field"]] = match["column"]
    return found


map_option = click.option(
    "--map",
    "columns",
    multiple=True,
    callback=parse_map,
    metavar="FIELD=COLUMN,...",
    help="Where title, text, url, published, seen, outlet, language, id stand, if not under names that are known.",
)


@click.command("import")
@click.argument("path", metavar="SOURCE", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--format", "form", type=click.Choice(_FORMATS), required=True, help="Whose columns they are.")
@map_option
@click.option("--outlet", help="Whose articles they are (id or name) [default: what each row says].")
@click.option("--group", help="The group of outlets that are new [default: unassigned].")
@click.option("--language", help="The language of rows that do not say theirs [default: the codebook's first].")
@click.option(
    "--outlets-from",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A feed list that knows the outlets: their names, groups and countries. None of its feeds is added.",
)
@click.option("--rejects", type=click.Path(path_type=Path), help="Rows set aside [default: SOURCE.rejects.jsonl].")
@click.option("--dry-run", is_flag=True, help="Read everything, write nothing.")
@workspace_option
@now_option
@command
def import_command(
    path: Path,
    form: str,
    columns: dict[str, str],
    outlet: str | None,
    group: str | None,
    language: str | None,
    outlets_from: Path | None,
    rejects: Path | None,
    dry_run: bool,
    workspace: Path | None,
    now: datetime,
) -> None:
    """Articles of a collection: Media Cloud's, GDELT's, or any table with a title.

    They count on the day on which they were published. A row that is stored already adds nothing.
    """
    from framewire.workflow.imports import ImportOrder, import_articles, try_import

    order = ImportOrder(path, form, columns, outlet, group, language, outlets_from)
    here = open_here(workspace)
    if dry_run:
        found, shown = try_import(here, order, now=now)
        click.echo(f"{found.counts.new} articles could be read, {found.n_rejected} rows could not; nothing was stored")
        for line in shown:
            click.echo(f"  {line}")
    else:
        found = import_articles(here, order, now=now, rejects=rejects, progress=show_progress())
        counts = found.counts
        click.echo(f"{counts.new} new articles; {counts.stored} stored before, {counts.known} imported before")
        for reason, n in sorted(found.by_reason.items(), key=lambda item: -item[1])[:5]:
            click.echo(f"  {n} set aside: {reason}")
        if found.rejects:
            click.echo(f"  rows set aside are in {found.rejects}")
    if found.new_outlets:
        click.echo(f"  new outlets: {', '.join(found.new_outlets)}")


COMMANDS = (import_command,)
