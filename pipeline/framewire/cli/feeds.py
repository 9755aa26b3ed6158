"""feeds: the list of outlets and their feeds."""

from datetime import datetime
from pathlib import Path

import click

from framewire.cli.common import command, echo_rows, format_options, now_option, open_here, workspace_option


@click.group("feeds")
def feeds() -> None:
    """The outlets and their feeds: list, add, check, disable, import, export."""


@feeds.command("list")
@workspace_option
@click.option("--failing", is_flag=True, help="Only feeds whose last poll failed.")
@format_options
@command
def list_command(workspace: Path | None, failing: bool, output: str) -> None:
    """Each feed with its outlet, the last answer and the next poll."""
    from framewire.workflow.feeds import list_feeds

    echo_rows(list_feeds(open_here(workspace), only_failing=failing), output)


@feeds.command("add")
@click.argument("url")
@click.option("--outlet", required=True, help="Name of the outlet; a new one is made, a known one gets the feed.")
@click.option(
    "--group", help="Whose press it is, such as armenian or international [default: unassigned, or the outlet's]."
)
@click.option("--country", help="ISO 3166-1 code of the country [default: ZZ (unknown), or the outlet's].")
@click.option("--language", default="en", show_default=True, help="ISO 639-1 code of the feed's language.")
@click.option("--user-agent", help="Ask this feed as this user agent.")
@workspace_option
@click.option("--dry-run", is_flag=True, help="Say what would be added; write nothing.")
@command
def add_command(
    url: str,
    outlet: str,
    group: str | None,
    country: str | None,
    language: str,
    user_agent: str | None,
    workspace: Path | None,
    dry_run: bool,
) -> None:
    """Add a feed to the list."""
    from framewire.workflow.feeds import add_feed_to, check_addition

    here = open_here(workspace)
    if dry_run:
        check_addition(here, url, outlet=outlet, group=group, country=country, language=language)
        click.echo(f"would add {url} to {outlet} in {here.config.feeds}")
        return
    added, notes = add_feed_to(
        here, url, outlet=outlet, group=group, country=country, language=language, user_agent=user_agent
    )
    for note in notes:
        click.echo(f"note: {note}", err=True)
    click.echo(f"added {url} to {added.name} ({added.id}, {added.group}) in {here.config.feeds}")


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
    echo_rows(rows, output)
    return 0 if all(row["works"] for row in rows) else 3


@feeds.command("disable")
@click.argument("url")
@workspace_option
@command
def disable_command(url: str, workspace: Path | None) -> None:
    """Keep a feed in the list, but ask it no more."""
    from framewire.workflow.feeds import switch_feed

    switch_feed(open_here(workspace), url, enabled=False)
    click.echo(f"disabled {url}")


@feeds.command("enable")
@click.argument("url")
@workspace_option
@command
def enable_command(url: str, workspace: Path | None) -> None:
    """Ask a disabled feed again."""
    from framewire.workflow.feeds import switch_feed

    switch_feed(open_here(workspace), url, enabled=True)
    click.echo(f"enabled {url}")


@feeds.command("export")
@workspace_option
@command
def export_command(workspace: Path | None) -> None:
    """The feed list as OPML, to stdout."""
    from framewire.ingest import export_opml

    click.echo(export_opml(open_here(workspace).outlets))


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


COMMANDS = (feeds,)
