"""run, fetch, label, summarise: the daily work."""

import sys
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from framewire.cli.common import Day, command, echo_rows, now_option, open_here, show_progress, workspace_option


@click.command("run")
@workspace_option
@now_option
@click.option("--dry-run", is_flag=True, help="Say what would be done; ask no feed, write nothing.")
@click.option("--if-due", is_flag=True, help="Do nothing if the newest day that has ended is summed up already.")
@click.option("--quiet", "-q", is_flag=True, help="Print nothing when all is well.")
@command
def run_command(workspace: Path | None, now: datetime, dry_run: bool, if_due: bool, quiet: bool) -> int:
    """Fetch, label and summarise the newest day that has ended.

    Safe from cron at any time: a killed run is continued by the next, a second run changes nothing, two runs never overlap.
    """
    from framewire.workflow.run import current_window, is_summed_up, list_due_feeds, run_all

    here = open_here(workspace)
    if if_due and is_summed_up(here, now):
        if not quiet:
            click.echo(f"nothing to do: {current_window(here, now).day} is summed up already")
        return 0
    if dry_run:
        due = list_due_feeds(here, now=now)
        click.echo(
            f"would ask {len(due)} feeds, label what is new, and write {here.config.out / str(current_window(here, now).day)}"
        )
        return 0
    return _finish(run_all(here, now=now, progress=show_progress()), quiet=quiet)


@click.command("fetch")
@workspace_option
@now_option
@click.option("--all", "force", is_flag=True, help="Ask every enabled feed, whether due or not.")
@click.option("--dry-run", is_flag=True, help="List the feeds that would be asked.")
@click.option("--quiet", "-q", is_flag=True, help="Print nothing when all is well.")
@command
def fetch_command(workspace: Path | None, now: datetime, force: bool, dry_run: bool, quiet: bool) -> int:
    """Ask the feeds that are due and store what is new."""
    from framewire.masking import mask_url
    from framewire.workflow.run import list_due_feeds, run_fetch

    here = open_here(workspace)
    if dry_run:
        echo_rows(
            [{"outlet": feed.outlet_id, "url": mask_url(feed.url)} for feed in list_due_feeds(here, now=now)], "table"
        )
        return 0
    return _finish(run_fetch(here, now=now, force=force, progress=show_progress()), quiet=quiet)


@click.command("label")
@workspace_option
@now_option
@click.option("--quiet", "-q", is_flag=True, help="Print nothing when all is well.")
@command
def label_command(workspace: Path | None, now: datetime, quiet: bool) -> int:
    """Label every article that has no label by the codebook and model in use."""
    from framewire.workflow.run import run_label

    return _finish(run_label(open_here(workspace), now=now, progress=show_progress()), quiet=quiet)


@click.command("summarise")
@workspace_option
@now_option
@click.option("--day", type=Day(), help="The day [default: the newest that has ended].")
@click.option("--quiet", "-q", is_flag=True, help="Print nothing when all is well.")
@command
def summarise_command(workspace: Path | None, now: datetime, day: date | None, quiet: bool) -> int:
    """Write the summary of one day."""
    from framewire.errors import InputError
    from framewire.summarise import window_of
    from framewire.workflow.run import check_day, current_window, run_summarise

    here = open_here(workspace)
    if day is None:
        return _finish(run_summarise(here, window=current_window(here, now), now=now), quiet=quiet)
    window = window_of(day, zone=here.config.zone, day_starts_at=here.config.day_starts_at)
    try:
        check_day(here, window, now=now)
    except InputError as error:
        raise click.BadParameter(str(error), param_hint="--day") from error
    return _finish(run_summarise(here, window=window, now=now), quiet=quiet)


def _finish(report: Any, *, quiet: bool) -> int:
    """One line a stage; on a quiet cron run only what is wrong."""
    reasons = report.reasons
    if not (quiet and not reasons):
        for stage in report.stages:
            click.echo(f"{stage.stage:<10} {stage.line}", file=sys.stdout)
    for reason in reasons:
        click.echo(f"reduced: {reason}", err=True)
    return int(report.exit_code)


COMMANDS = (run_command, fetch_command, label_command, summarise_command)
