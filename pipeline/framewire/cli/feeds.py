"""feeds: the list of outlets and their feeds."""

import shutil
import sys
import textwrap
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from framewire.cli.common import (
    command,
    echo_rows,
    format_options,
    now_option,
    open_here,
    say_time,
    tell_times,
    workspace_option,
)


@click.group("feeds")
def feeds() -> None:
    """The outlets and their feeds: list, show, add, remove, check, disable, import, export."""


# What a table shows; the other formats hold everything.
_SHOWN = ("outlet", "state", "since", "next", "url", "why")
_SHOWN_CHECKED = ("works", "outlet", "answer", "entries", "url", "message")


@feeds.command("list")
@workspace_option
@now_option
@click.option("--failing", is_flag=True, help="Only feeds whose last poll failed.")
@click.option("--show-secrets", is_flag=True, help="Show addresses with their passwords and keys.")
@format_options
@command
def list_command(workspace: Path | None, now: datetime, failing: bool, show_secrets: bool, output: str) -> None:
    """Each feed with its outlet and state, since when, the next poll, and why.

    The table has times in the workspace's time zone, the other formats in UTC.
    """
    from framewire.workflow.feeds import list_feeds

    here = open_here(workspace)
    rows = list_feeds(here, now=now, only_failing=failing, show_secrets=show_secrets)
    if output == "table":
        rows = tell_times(rows, "since", "next", zone=here.config.zone)
    _echo_short(rows, output, shown=_SHOWN)


@feeds.command("show")
@click.argument("url")
@workspace_option
@now_option
@format_options
@command
def show_command(url: str, workspace: Path | None, now: datetime, output: str) -> None:
    """One feed: its state, its rhythm, when it is asked next and why, and its latest polls.

    The table has times in the workspace's time zone, the other formats in UTC.
    """
    from framewire.workflow.feeds import show_feed

    here = open_here(workspace)
    row, zone = show_feed(here, url, now=now), here.config.zone
    if output != "table":
        echo_rows([row], output)
        return
    polls = [{**poll, "at": say_time(poll["at"], zone)} for poll in row.pop("polls")]
    times = {name: say_time(row[name], zone) for name in ("since", "next", "last_success")}
    for name, value in {**row, **times, "times_in": zone.key}.items():
        click.echo(f"{name.replace('_', ' '):<13} {'-' if value in (None, '') else value}")
    click.echo("")
    echo_rows(polls, output)


@feeds.command("add")
@click.argument("url")
@click.option("--outlet", required=True, help="Name of the outlet; a new one is made, a known one gets the feed.")
@click.option(
    "--group", help="Whose press it is, such as armenian or international [default: unassigned, or the outlet's]."
)
@click.option("--country", help="ISO 3166-1 code of the country [default: ZZ (unknown), or the outlet's].")
@click.option("--language", help="ISO 639-1 code of the feed's language [default: what its headlines are in, else en].")
@click.option("--user-agent", help="Ask this feed as this user agent.")
@click.option("--discover", is_flag=True, help="If URL is a web page that names one feed, add that one.")
@click.option("--no-check", is_flag=True, help="Add it without asking it first.")
@workspace_option
@now_option
@click.option("--dry-run", is_flag=True, help="Ask it, say what would be added; write nothing.")
@command
def add_command(
    url: str,
    workspace: Path | None,
    now: datetime,
    discover: bool,
    no_check: bool,
    dry_run: bool,
    **names: str,
) -> None:
    """Ask a feed once, say what it is, and add it to the list."""
    from framewire.masking import mask_url
    from framewire.workflow.additions import Addition, add_to_list, check_addition, describe_trial, try_addition

    here, wanted = open_here(workspace), Addition(url, **names)
    notes = check_addition(here, wanted)
    if not no_check:
        wanted, trial = try_addition(here, wanted, now=now, discover=discover)
        line, more = describe_trial(wanted, trial)
        click.echo(line)
        notes += more
    for note in notes:
        click.echo(f"note: {note}", err=True)
    shown = mask_url(wanted.url)
    if dry_run:
        click.echo(f"would add {shown} to {wanted.outlet} in {here.config.feeds}")
        return
    added = add_to_list(here, wanted)
    click.echo(f"added {shown} to {added.name} ({added.id}, {added.group}) in {here.config.feeds}")


@feeds.command("remove")
@click.argument("url")
@workspace_option
@command
def remove_command(url: str, workspace: Path | None) -> None:
    """Take a feed from the list. What it brought stays in the database."""
    from framewire.workflow.feeds import drop_feed

    here = open_here(workspace)
    click.echo(f"removed {drop_feed(here, url)} from {here.config.feeds}; its articles and polls stay in the database")


@feeds.command("check")
@click.argument("urls", nargs=-1)
@click.option("--enable", is_flag=True, help="Enable the feeds that work, and mark them as verified.")
@click.option(
    "--suggested",
    is_flag=True,
    help="Try the feeds of feeds.suggested.yaml instead; with --enable the working ones are added.",
)
@workspace_option
@now_option
@format_options
@command
def check_command(
    urls: tuple[str, ...], enable: bool, suggested: bool, workspace: Path | None, now: datetime, output: str
) -> int:
    """Ask feeds now, store nothing, and say what each answers."""
    from framewire.workflow.feeds import check_feeds

    rows = check_feeds(open_here(workspace), urls, now=now, enable=enable, suggested=suggested)
    works = [bool(row["works"]) for row in rows]
    if output == "table":
        rows = [row | {"works": "yes" if row["works"] else "NO", "message": row["message"]} for row in rows]
    _echo_short(rows, output, shown=_SHOWN_CHECKED)
    return 0 if all(works) else 3


@feeds.command("disable")
@click.argument("url")
@workspace_option
@command
def disable_command(url: str, workspace: Path | None) -> None:
    """Keep a feed in the list, but ask it no more."""
    from framewire.workflow.feeds import switch_feed

    click.echo(f"disabled {switch_feed(open_here(workspace), url, enabled=False)}")


@feeds.command("enable")
@click.argument("url")
@workspace_option
@command
def enable_command(url: str, workspace: Path | None) -> None:
    """Ask a disabled feed again."""
    from framewire.workflow.feeds import switch_feed

    click.echo(f"enabled {switch_feed(open_here(workspace), url, enabled=True)}")


@feeds.command("export")
@workspace_option
@command
def export_command(workspace: Path | None) -> None:
    """The feed list as OPML, to stdout, with the addresses as they are asked."""
    from framewire.ingest import export_opml
    from framewire.masking import has_secrets

    outlets = open_here(workspace).outlets
    click.echo(export_opml(outlets))
    n_secret = sum(has_secrets(feed.url) for outlet in outlets for feed in outlet.feeds)
    if n_secret:
        click.echo(f"note: {n_secret} of the addresses hold passwords or keys; mind who gets the file", err=True)


@feeds.command("import")
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--group", default="ungrouped", show_default=True, help="Group of the new outlets.")
@click.option(
    "--language", default="en", show_default=True, help="Language of the new feeds where the file does not say it."
)
@workspace_option
@click.option("--dry-run", is_flag=True, help="List what would be added; write nothing.")
@command
def import_command(path: Path, group: str, language: str, workspace: Path | None, dry_run: bool) -> None:
    """Add the feeds of an OPML file, disabled until `feeds check --enable` has tried them."""
    from framewire.workflow.feeds import import_feeds

    added = import_feeds(open_here(workspace), path, group=group, language=language, dry_run=dry_run)
    for url in added:
        click.echo(url)
    verb = "would be added" if dry_run else "added, disabled; try them with `framewire feeds check --enable`"
    click.echo(f"{len(added)} feeds {verb}", err=True)


def _echo_short(rows: list[dict[str, Any]], output: str, *, shown: tuple[str, ...]) -> None:
    """The rows; in a table some of their columns only, on a terminal with the last two below, where they have room."""
    if output != "table":
        echo_rows(rows, output)
        return
    short = [{name: row[name] for name in shown} for row in rows]
    if sys.stdout.isatty() and short:
        _echo_blocks(short, shutil.get_terminal_size().columns)
    else:
        echo_rows(short, output)


def _echo_blocks(rows: list[dict[str, Any]], width: int) -> None:
    """Each row as a line of columns, the address whole on the next, and the reason folded below it."""
    *columns, address, reason = rows[0]
    widths = {name: max(len(str(row[name])) for row in [*rows, {name: name}]) for name in columns}
    click.secho("  ".join(name.ljust(widths[name]) for name in columns).rstrip(), bold=True)
    for row in rows:
        click.echo("  ".join(str(row[name]).ljust(widths[name]) for name in columns).rstrip())
        click.echo(f"  {row[address]}")
        for line in textwrap.wrap(str(row[reason]), max(width - 2, 20)):
            click.echo(f"  {line}")


COMMANDS = (feeds,)
