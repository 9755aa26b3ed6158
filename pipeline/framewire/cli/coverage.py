"""coverage: what was expected of each outlet and day, what came, and why."""

from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from framewire.cli.common import Day, command, echo_rows, format_options, now_option, open_here, workspace_option


@click.command("coverage")
@workspace_option
@now_option
@click.option("--day", type=Day(), help="Only this day.")
@click.option("--since", type=Day(), help="From this day on [default: the last 28 days].")
@click.option("--until", type=Day(), help="Up to this day, included [default: the newest that has ended].")
@click.option("--outlet", help="Only this outlet (its id).")
@click.option("--gaps", is_flag=True, help="Only days on which articles are or may be missing.")
@click.option("--calendar", is_flag=True, help="A line an outlet, a sign a day.")
@format_options
@command
def coverage_command(
    workspace: Path | None,
    now: datetime,
    day: date | None,
    since: date | None,
    until: date | None,
    outlet: str | None,
    gaps: bool,
    calendar: bool,
    output: str,
) -> None:
    """Each outlet and day: what was expected, what came, and why there is a gap."""
    from framewire.summarise import list_coverage, render_calendar
    from framewire.workflow.coverage import choose_days, pick_outlet, read_coverage

    if day and (since or until):
        raise click.UsageError("--day is one day; give either it, or --since and --until")
    if calendar and (gaps or output != "table"):
        raise click.UsageError("--calendar shows every day as text; leave out --gaps and the format")
    here = open_here(workspace)
    first, last = choose_days(here, since=day or since, until=day or until, now=now)
    table = read_coverage(here, here.engine, since=first, until=last, now=now)
    if outlet is not None:
        table = pick_outlet(here, table, outlet)
    if calendar:
        click.echo(render_calendar(table, since=first, until=last), nl=False)
        return
    rows = list_coverage(table[table["is_gap"]] if gaps else table)
    echo_rows([_shorten(row) for row in rows] if output == "table" else rows, output)


def _shorten(row: dict[str, Any]) -> dict[str, Any]:
    """What fits beside the reason in words, which tells the rest."""
    return {name: row[name] for name in ("day", "outlet", "articles", "relevant", "reason", "detail")}


COMMANDS = (coverage_command,)
