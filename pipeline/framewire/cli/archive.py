"""archive: the static site of all summaries."""

from datetime import datetime
from pathlib import Path

import click

from framewire.cli.common import Folder, command, now_option, open_here, workspace_option


@click.command("archive")
@workspace_option
@now_option
@click.option("--out", type=Folder(), help="Folder of the site [default: `archive` of the settings].")
@click.option("--quiet", "-q", is_flag=True, help="Print nothing when all is well.")
@command
def archive_command(workspace: Path | None, now: datetime, out: Path | None, quiet: bool) -> None:
    """Write the site of all summaries: pages of referents, narratives and outlets, with their series.

    It opens from the disk, loads nothing and runs no script. `run` keeps it up to date.
    """
    from framewire.workflow.archive import write_archive

    done = write_archive(open_here(workspace), now=now, folder=out)
    if not quiet:
        removed = f", {done.n_removed} removed" if done.n_removed else ""
        click.echo(f"{done.n_pages} pages, {done.n_written} written{removed}  {done.folder / 'index.html'}")


COMMANDS = (archive_command,)
