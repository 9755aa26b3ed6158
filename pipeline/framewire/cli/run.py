"""run, fetch, label, summarise: the daily work."""

import re
import sys
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import click

from framewire.cli.common import Day, command, echo_rows, now_option, open_here, show_progress, workspace_option
from framewire.errors import FramewireError


@click.command("run")
@workspace_option
@now_option
@click.option("--send", "with_mail", is_flag=True, help="Then mail the summary, once to each recipient.")
@click.option("--dry-run", is_flag=True, help="Say what would be done; ask no feed, write nothing.")
@click.option("--if-due", is_flag=True, help="Do nothing if the newest day that has ended is summed up already.")
@click.option("--quiet", "-q", is_flag=True, help="Print nothing when all is well.")
@command
def run_command(
    workspace: Path | None, now: datetime, *, with_mail: bool, dry_run: bool, if_due: bool, quiet: bool
) -> int:
    """Fetch, label and summarise the newest day that has ended.

    Safe from cron at any time: a killed run is continued by the next, a second run changes nothing, two runs never overlap.
    """
    from framewire.workflow.editions import check_lists
    from framewire.workflow.fetching import list_due_feeds
    from framewire.workflow.mail_queue import find_lists
    from framewire.workflow.reports import RunReport
    from framewire.workflow.run import current_window, is_made_here, is_summed_up, run_all
    from framewire.workflow.send import send_summary

    here = open_here(workspace)
    window = current_window(here, now)
    if with_mail:
        find_lists(here.config)
    is_done = if_due and is_summed_up(here, now)
    if is_done and (dry_run or not with_mail):
        if not quiet:
            click.echo(f"nothing to do: {window.day} is summed up already")
        return 0
    if dry_run:
        check_lists(here)
        due = list_due_feeds(here, now=now)
        click.echo(f"would ask {len(due)} feeds, label what is new, and write {here.config.out / str(window.day)}")
        return 0
    # A run that was killed before its mail was written has summed up, too: what is missing is sent.
    report = RunReport(()) if is_done else _with_alert(here, run_all(here, now=now, progress=show_progress()), now=now)
    if not with_mail or not is_made_here(here, window, report):
        return finish(report, quiet=quiet)
    try:
        stage = send_summary(here, window.day, now=now)
    except FramewireError:
        finish(report, quiet=quiet)
        raise
    return finish(replace(report, stages=(*report.stages, stage)), quiet=quiet)


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
    from framewire.workflow.fetching import list_due_feeds
    from framewire.workflow.run import run_fetch

    here = open_here(workspace)
    if dry_run:
        echo_rows(
            [{"outlet": feed.outlet_id, "url": mask_url(feed.url)} for feed in list_due_feeds(here, now=now)], "table"
        )
        return 0
    report = run_fetch(here, now=now, force=force, progress=show_progress())
    return finish(_with_alert(here, report, now=now), quiet=quiet)


@click.command("label")
@workspace_option
@now_option
@click.option("--relabel", is_flag=True, help="Earlier versions of articles, too, so that all are labelled alike.")
@click.option("--quiet", "-q", is_flag=True, help="Print nothing when all is well.")
@command
def label_command(workspace: Path | None, now: datetime, relabel: bool, quiet: bool) -> int:
    """Label every article that has no label by the codebook and model in use. Old labels stay; new ones are added."""
    from framewire.workflow.run import run_label, run_relabel

    run_it = run_relabel if relabel else run_label
    return finish(run_it(open_here(workspace), now=now, progress=show_progress()), quiet=quiet)


@click.command("summarise")
@workspace_option
@now_option
@click.option("--day", type=Day(), help="The day, or with --days the last one [default: the newest that has ended].")
@click.option("--days", type=click.IntRange(1, 366), help="So many days, compared with as many before.")
@click.option("--from", "first", type=Day(), help="From this day on; with --to.")
@click.option("--to", "last", type=Day(), help="Up to this day, included; with --from.")
@click.option("--group", "groups", multiple=True, help="Only the outlets of this group; may be repeated.")
@click.option("--outlet", "outlets", multiple=True, help="Only this outlet (its id); may be repeated.")
@click.option(
    "--from-parquet",
    "result",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Of the result of a backfill instead of the store: its series, and a summary [default: of its newest day].",
)
@click.option("--quiet", "-q", is_flag=True, help="Print nothing when all is well.")
@command
def summarise_command(
    workspace: Path | None,
    now: datetime,
    *,
    day: date | None,
    days: int | None,
    first: date | None,
    last: date | None,
    groups: tuple[str, ...],
    outlets: tuple[str, ...],
    result: Path | None,
    quiet: bool,
) -> int:
    """Write the summary of one day, of several, or of some outlets."""
    from framewire.errors import InputError
    from framewire.summarise import window_of
    from framewire.workflow.run import check_day, current_window, run_summarise, run_summarise_part

    if (first is None) != (last is None) or (first and (day or days)):
        raise click.UsageError("name either --day and --days, or --from and --to")
    if first and last and first > last:
        raise click.UsageError(f"no day lies between {first} and {last}: give a --from that is not after --to")
    here = open_here(workspace)
    if result is not None:
        if days and not day:
            raise click.UsageError("--from-parquet with --days wants the last day, too: --day")
        span = (first or (day - timedelta(days=(days or 1) - 1) if day else None), last or day)
        return _summarise_parquet(here, result, span, (outlets, groups), now=now, quiet=quiet)
    end = last or day or current_window(here, now).day
    n_days = (end - first).days + 1 if first else days or 1
    at = {"zone": here.config.zone, "day_starts_at": here.config.day_starts_at}
    window = window_of(end - timedelta(days=n_days - 1), **at, n_days=n_days)
    if last or day or days:
        hint = "--to" if last else "--day" if day else "--days"
        try:
            for edge in dict.fromkeys((window_of(window.day, **at), window_of(end, **at))):
                check_day(here, edge, now=now)
        except InputError as error:
            raise click.BadParameter(str(error), param_hint=hint) from error
    if n_days == 1 and not groups and not outlets:
        return finish(run_summarise(here, window=window, now=now), quiet=quiet)
    edition = _choose_part(here, groups=groups, outlets=outlets)
    return finish(run_summarise_part(here, window=window, edition=edition, now=now), quiet=quiet)


def _summarise_parquet(
    here: Any,
    result: Path,
    span: tuple[date | None, date | None],
    part: tuple[tuple[str, ...], tuple[str, ...]],
    *,
    now: datetime,
    quiet: bool,
) -> int:
    """The series and a summary of the result of a backfill; of its newest day without a span."""
    from framewire.backfill.summaries import Part, summarise_parquet
    from framewire.summarise import window_of

    first, last = span
    config, window = here.config, None
    if first and last:
        n_days = (last - first).days + 1
        window = window_of(first, zone=config.zone, day_starts_at=config.day_starts_at, n_days=n_days)
    done = summarise_parquet(here, result, window=window, now=now, part=Part(*part))
    if not quiet:
        click.echo(f"series     {done.n_rows} rows  {done.series}")
        click.echo(f"summary    {done.headline}  {done.folder / 'summary.html'}")
    return 0


def _choose_part(here: Any, *, groups: tuple[str, ...], outlets: tuple[str, ...]) -> Any:
    """The edition with these groups and outlets, in a folder that is called as they are."""
    from framewire.errors import InputError
    from framewire.workflow.editions import select_part
    from framewire.workflow.summaries import WHOLE, Edition

    if not groups and not outlets:
        return WHOLE
    try:
        part = select_part(here, outlets=outlets, groups=groups)
    except InputError as error:
        raise click.BadParameter(str(error), param_hint="--group, --outlet") from error
    names = {outlet.id: outlet.name for outlet in here.outlets}
    told = ", ".join((*groups, *(names.get(outlet, outlet) for outlet in outlets)))
    folder = "+".join(re.sub(r"[^\w-]+", "-", name) for name in (*groups, *outlets))
    return Edition(folder[:100], f"{here.config.title}: {told}", part)


def _with_alert(here: Any, report: Any, *, now: datetime) -> Any:
    """The report, with what was mailed at once: that the feed list fails as a whole, or that something changed."""
    if here.config.mail is None or not (here.config.mail.alerts or here.config.mail.change_alerts):
        return report
    from framewire.workflow.send import send_alert

    stage = send_alert(here, report, now=now)
    return replace(report, stages=(*report.stages, stage)) if stage else report


def finish(report: Any, *, quiet: bool) -> int:
    """One line a stage; on a quiet cron run only what is wrong."""
    reasons = report.reasons
    if not (quiet and not reasons):
        for stage in report.stages:
            click.echo(f"{stage.stage:<10} {stage.line}", file=sys.stdout)
    for reason in (*reasons, *(() if quiet else report.lasting)):
        click.echo(f"reduced: {reason}", err=True)
    return int(report.exit_code)


COMMANDS = (run_command, fetch_command, label_command, summarise_command)
