"""terms kwic: a pattern in its contexts, through the whole store."""

import collections
import shutil
from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta, tzinfo
from itertools import islice
from pathlib import Path
from typing import Any

import click

from framewire.cli.codebook import terms
from framewire.cli.common import command, echo_rows, format_options, now_option, open_here, workspace_option

# Letters of context a side where no terminal sets the limit.
DEFAULT_WIDTH = 60


def _scope_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Adds the options that say which articles are searched."""
    for flags, kind, text in (
        (["--days"], click.IntRange(min=1), "First seen in the last so many days."),
        (["--until"], click.DateTime(), "First seen before; without a zone it is the workspace's."),
        (["--since"], click.DateTime(), "First seen since; without a zone it is the workspace's."),
        (["--outlet"], str, "Only this outlet (its id)."),
        (["--language", "--lang"], str, "Only this language [default: all that PATTERN has patterns in]."),
    ):
        function = click.option(*flags, type=kind, help=text)(function)
    return function


def _rule_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Adds the rules to be tried; they stand in for a wording's own rule of the kind."""
    for flags, more, text in (
        (["--exact"], {"is_flag": True}, "Capitals matter."),
        (["--within"], {"type": click.IntRange(1, 200)}, "How many words --near and --not-near reach [default: 10]."),
        (["--not-near"], {"multiple": True}, "Try a rule: none of these stands near."),
        (["--near"], {"multiple": True}, "Try a rule: one of these stands near (a phrase or @reference; repeatable)."),
    ):
        function = click.option(*flags, help=text, **more)(function)
    return function


@terms.command("kwic")
@click.argument("pattern")
@_rule_options
@click.option("--misses", is_flag=True, help="Show also the places that a rule rejects, and why.")
@_scope_options
@click.option(
    "--sort",
    type=click.Choice(["date", "left", "right"]),
    default="date",
    show_default=True,
    help="Order of the lines shown: newest first, or by the words on one side.",
)
@click.option(
    "--limit", type=click.IntRange(min=1), default=50, show_default=True, help="At most so many lines, newest first."
)
@click.option(
    "--width", type=click.IntRange(min=1), help="Letters of context on each side [default: what the terminal holds]."
)
@workspace_option
@now_option
@format_options
@command
def kwic_command(pattern: str, workspace: Path | None, output: str, **options: Any) -> None:
    """Where PATTERN stands in the stored articles, in context (a concordance).

    PATTERN: words as in a codebook ('ethnic* cleans*'), the id of a wording (referent/wording), which takes its patterns
    with their rules, or a reference (@subject). It is found as labelling would find it.
    """
    from framewire.cli.kwic_table import ORDERS, describe, render_lines
    from framewire.workflow.concordance import Concordance

    shown = options["width"] or (shutil.get_terminal_size().columns if output == "table" else DEFAULT_WIDTH)
    here = open_here(workspace)
    scope = _scope(options, here.config.zone)
    found = Concordance(here, pattern, rules=_rules(options), scope=scope, width=shown)
    misses = options["misses"]
    with closing(found.iter_lines(misses=misses)) as every:
        lines = sorted(islice(every, options["limit"]), key=ORDERS[options["sort"]])
        if output == "table":
            click.echo("".join(f"{row}\n" for row in render_lines(lines, width=options["width"])), nl=False)
        else:
            echo_rows([line.as_row() for line in lines], output)
        # The rest is counted while the first lines are being read.
        collections.deque(every, maxlen=0)
    click.echo(describe(found, pattern, n_shown=len(lines), misses=misses), err=True)


def _rules(options: dict[str, Any]) -> Any:
    from framewire.workflow.concordance import Rules

    if options["within"] and not (options["near"] or options["not_near"]):
        raise click.UsageError("--within says how far --near and --not-near reach; give one of these, too")
    return Rules(options["near"], options["not_near"], options["within"], options["exact"])


def _scope(options: dict[str, Any], zone: tzinfo) -> Any:
    from framewire.workflow.concordance import Scope

    since, until = (_in_zone(options[name], zone) for name in ("since", "until"))
    if options["days"]:
        if since:
            raise click.UsageError("--days and --since both say where to begin; give one of them")
        since = options["now"] - timedelta(days=options["days"])
    if since and until and since >= until:
        raise click.UsageError(f"--until {until:%Y-%m-%d %H:%M} is not after --since {since:%Y-%m-%d %H:%M}")
    return Scope(options["language"], options["outlet"], since, until)


def _in_zone(moment: datetime | None, zone: tzinfo) -> datetime | None:
    return moment.replace(tzinfo=zone) if moment and moment.tzinfo is None else moment


# It belongs to the group `terms`.
COMMANDS = ()
