"""send, mail: the summary to its readers, and what became of it."""

from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from framewire.cli.common import (
    Day,
    command,
    echo_rows,
    format_options,
    now_option,
    open_here,
    tell_times,
    workspace_option,
)
from framewire.cli.run import finish

STATES = ("pending", "sending", "sent", "refused", "uncertain")


@click.command("send")
@workspace_option
@now_option
@click.option("--day", type=Day(), help="The day of the summary [default: the newest that has ended].")
@click.option("--list", "list_name", help="One list only [default: all].")
@click.option("--resend", is_flag=True, help="Send it again to those who got it, with the same Message-ID.")
@click.option("--waiting", is_flag=True, help="Send what waits from before, and nothing new.")
@click.option(
    "--test", "address", metavar="ADDRESS", help="Send a small test message to this address, and nothing else."
)
@click.option("--dry-run", is_flag=True, help="Say who would get what; send and write nothing.")
@click.option("--quiet", "-q", is_flag=True, help="Print nothing when all is well.")
@command
def send_command(workspace: Path | None, now: datetime, quiet: bool, dry_run: bool, **options: Any) -> int:
    """Mail the summary of a day, once to each recipient.

    What the server did not take waits for `framewire send --waiting`; who was refused is told by `framewire mail list`.
    As long as there is either, the exit code is 3; with --quiet it is told once.
    """
    from framewire.workflow.reports import RunReport
    from framewire.workflow.run import current_window
    from framewire.workflow.send import plan_summary, send_summary, send_test, send_waiting

    _refuse_contradiction(options)
    here, day, list_name = open_here(workspace), options["day"], options["list_name"]
    if options["address"]:
        click.echo(f"sent to {options['address']}; the server said: {send_test(here, options['address'], now=now)}")
        return 0
    if options["waiting"]:
        return finish(RunReport((send_waiting(here, now=now),)), quiet=quiet)
    day = day or current_window(here, now).day
    if dry_run:
        echo_rows(plan_summary(here, day, now=now, list_name=list_name), "table")
        return 0
    stage = send_summary(here, day, now=now, list_name=list_name, resend=options["resend"])
    return finish(RunReport((stage,)), quiet=quiet)


def _refuse_contradiction(options: dict[str, Any]) -> None:
    """Raises UsageError for options that exclude one another."""
    alone = [name for name in ("waiting", "address") if options[name]]
    others = [name for name in ("day", "list_name", "resend") if options[name]]
    if alone and (len(alone) > 1 or others):
        flag = {"waiting": "--waiting", "address": "--test"}[alone[0]]
        raise click.UsageError(f"{flag} goes without --day, --list and --resend, and not with the other of the two")


@click.group("mail")
def mail_group() -> None:
    """What was mailed, what waits, what was refused."""


@mail_group.command("list")
@workspace_option
@click.option("--state", type=click.Choice(STATES), help="Messages in this state only.")
@click.option("--day", type=Day(), help="Messages of this day only.")
@format_options
@command
def list_command(workspace: Path | None, state: str | None, day: date | None, output: str) -> None:
    """List the messages: day, list, recipient, state, tries, when, Message-ID, why.

    The table has times in the workspace's time zone, the other formats in UTC.
    """
    from framewire.workflow.send import list_mail

    here = open_here(workspace)
    rows = list_mail(here, state=state, day=day.isoformat() if day else None)
    echo_rows(tell_times(rows, "changed", zone=here.config.zone) if output == "table" else rows, output)


@mail_group.command("resolve")
@workspace_option
@now_option
@click.argument("message_id")
@click.option("--sent", "was_sent", flag_value=True, type=bool, default=None, help="It arrived: count it as sent.")
@click.option(
    "--resend", "was_sent", flag_value=False, type=bool, help="It did not: send it again, with the same Message-ID."
)
@command
def resolve_command(workspace: Path | None, now: datetime, message_id: str, was_sent: bool | None) -> None:
    """Say what became of an uncertain message, after a look into the mail server's log."""
    from framewire.workflow.send import resolve_mail

    if was_sent is None:
        raise click.UsageError("say which: --sent if the message arrived, --resend if it did not")
    click.echo(resolve_mail(open_here(workspace), message_id, was_sent=was_sent, now=now))


COMMANDS = (send_command, mail_group)
