"""db: the database."""

from pathlib import Path

import click

from framewire.cli.common import command, open_here, workspace_option


@click.group("db")
def db() -> None:
    """The database: upgrade, backup, check."""


@db.command("upgrade")
@workspace_option
@command
def upgrade_command(workspace: Path | None) -> None:
    """Bring the database to this version's schema; nothing is lost."""
    from framewire.store import upgrade_store

    here = open_here(workspace)
    upgrade_store(here.config.database)
    click.echo("the database is up to date")


@db.command("backup")
@click.argument("path", type=click.Path(path_type=Path))
@workspace_option
@command
def backup_command(path: Path, workspace: Path | None) -> None:
    """Copy an SQLite database to PATH, also while a run writes to it."""
    from framewire.store import backup_store

    backup_store(open_here(workspace).engine, path)
    click.echo(f"backed up to {path}")


@db.command("check")
@workspace_option
@command
def check_command(workspace: Path | None) -> int:
    """Look for damage in the database."""
    from framewire.store import check_store

    problems = check_store(open_here(workspace).engine)
    for problem in problems:
        click.echo(problem)
    if not problems:
        click.echo("no damage found")
    return 1 if problems else 0


COMMANDS = (db,)
