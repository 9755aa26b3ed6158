"""db: the database."""

from contextlib import nullcontext
from pathlib import Path
from typing import Any

import click

from framewire.cli.common import command, echo_rows, format_options, open_here, show_progress, workspace_option


@click.group("db")
def db() -> None:
    """The database: upgrade, backup, restore, copy, check."""


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
    """Copy the database to PATH, a SQLite file, also while a run writes to it."""
    from framewire.store import backup_store

    counts = backup_store(open_here(workspace).engine, path, progress=show_progress())
    click.echo(f"backed up to {path}: {_say_counts(counts)}")


@db.command("restore")
@click.argument("path", type=click.Path(path_type=Path))
@workspace_option
@click.option("--dry-run", is_flag=True, help="Restore it beside, check everything in it, and change nothing.")
@command
def restore_command(path: Path, workspace: Path | None, *, dry_run: bool) -> None:
    """Put the backup at PATH in the place of the database.

    A SQLite database that is there is kept under another name; a PostgreSQL database must be new or unused.
    """
    from framewire.store import examine_backup, restore_store
    from framewire.workflow.lock import hold_lock

    here = open_here(workspace)
    if dry_run:
        click.echo(f"{path} is whole and sound: {_say_counts(examine_backup(path))}")
        return
    with hold_lock(here.config.folder):
        aside = restore_store(here.config.database, path, progress=show_progress())
    click.echo(f"restored {path}" + (f"; what was there is now {aside}" if aside else ""))


@db.command("copy")
@click.argument("source")
@click.argument("target")
@click.option("--dry-run", is_flag=True, help="Say what would be copied; write nothing.")
@format_options
@command
def copy_command(source: str, target: str, output: str, *, dry_run: bool) -> None:
    """Copy all rows of the database SOURCE into TARGET, and compare them.

    Both are addresses: sqlite:///FILE or postgresql+psycopg://USER@HOST/NAME. A copy that was broken off goes on where
    it stood. TARGET must be new, unused, or an unfinished copy of SOURCE.
    """
    from framewire.store import copy_store, plan_copy

    if dry_run:
        echo_rows(plan_copy(source, target), output)
        return
    with _keep_runs_away(source):
        copied = copy_store(source, target, progress=show_progress())
    rows: list[dict[str, Any]] = [
        {"table": one.name, "rows": one.n_rows, "sha256": one.digest[:16], "verified": "equal"} for one in copied
    ]
    echo_rows(rows, output)
    if output == "table":
        click.echo("next: write the new address as `database` into framewire.toml", err=True)


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


def _keep_runs_away(source: str) -> Any:
    """The lock of the workspace in whose folder the source lies, if it lies in one."""
    from framewire.config import FILE_NAME
    from framewire.workflow.lock import hold_lock

    folder = Path(source.removeprefix("sqlite:///")).absolute().parent
    is_workspace = source.startswith("sqlite:///") and (folder / FILE_NAME).is_file()
    return hold_lock(folder) if is_workspace else nullcontext()


def _say_counts(counts: dict[str, int]) -> str:
    return f"{counts['articles']} articles, {counts['labellings']} labellings, {sum(counts.values())} rows in all"


COMMANDS = (db,)
