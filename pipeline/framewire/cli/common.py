"""What commands share: the workspace, the clock, output formats, and the way errors become exits."""

import csv
import functools
import io
import json
import sys
from codecs import lookup
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from framewire.errors import FramewireError, HeldBack, InputError, RunLocked
from framewire.files import decode_text

LOCKED, HELD_BACK = 4, 5
# `--now` outside has no days before or after it to reckon with.
FIRST_YEAR, LAST_YEAR = 1990, 2999


def command(function: Callable[..., int | None]) -> Callable[..., None]:
    """Runs a command; a Framewire error goes to stderr and becomes exit 1 (4 for a held lock, 5 for a quality gate); a returned number is the exit code."""

    @functools.wraps(function)
    def run(*args: Any, **kwargs: Any) -> None:
        try:
            code = function(*args, **kwargs)
        except RunLocked as error:
            click.echo(f"framewire: {error}", err=True)
            sys.exit(LOCKED)
        except HeldBack as error:
            click.echo(f"framewire: {error}", err=True)
            sys.exit(HELD_BACK)
        except FramewireError as error:
            click.echo(f"framewire: {error}", err=True)
            sys.exit(1)
        except BrokenPipeError:
            sys.stderr.close()
            sys.exit(0)
        except UnicodeEncodeError as error:
            if lookup(error.encoding) not in (lookup(sys.stdout.encoding), lookup(sys.stderr.encoding)):
                raise
            click.echo(f"framewire: {_explain_encoding(error)}", err=True)
            sys.exit(1)
        sys.exit(code or 0)

    return run


def _explain_encoding(error: UnicodeEncodeError) -> str:
    letter = error.object[error.start]
    return (
        f"this terminal's encoding ({error.encoding}) has no letter U+{ord(letter):04X}, which the output holds. "
        "Set PYTHONUTF8=1, or a UTF-8 locale such as LC_ALL=C.UTF-8."
    )


class Folder(click.Path):
    """A folder that exists or will; a file of its name is refused."""

    def __init__(self) -> None:
        super().__init__(path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The folder's path."""
        path = Path(str(super().convert(value, param, ctx)))
        if str(path) == "-":
            self.fail("'-' is no folder; name one", param, ctx)
        if path.is_file():
            hint = f"name its folder, {path.parent}" if path.name == "framewire.toml" else "name a folder"
            self.fail(f"'{path}' is a file where a folder is wanted; {hint}", param, ctx)
        return path


class NewFile(click.Path):
    """A file to write, or where the command says so a folder; standard output is what is written to without it."""

    def __init__(self) -> None:
        super().__init__(path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The file's path."""
        if str(value) == "-":
            self.fail("'-' names no file or folder; leave the option out for standard output", param, ctx)
        return super().convert(value, param, ctx)


class ArticleNumber(click.ParamType):
    """The number of a stored article."""

    name = "number"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The number as an int."""
        if not str(value).isdecimal():
            self.fail(f"'{value}' is no article's number; `framewire articles list` shows the numbers", param, ctx)
        return int(value)


class Day(click.ParamType):
    """A date."""

    name = "day"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """The date."""
        try:
            return value if isinstance(value, date) else date.fromisoformat(value)
        except ValueError:
            self.fail(f"'{value}' is no day such as 2026-11-23 (year-month-day)", param, ctx)


def read_input() -> str:
    """The text on standard input.

    Raises:
        InputError: it is no UTF-8.
    """
    try:
        return decode_text(sys.stdin.buffer.read(), name="standard input")
    except UnicodeDecodeError as error:
        raise InputError(error.reason) from error


def workspace_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """Adds `--workspace`; the command gets `workspace`, a folder or None."""
    return click.option(
        "--workspace",
        "-w",
        type=Folder(),
        envvar="FRAMEWIRE_WORKSPACE",
        help="Folder of the workspace [default: this folder or the nearest above with a framewire.toml].",
    )(function)


def now_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """Adds `--now`; the command gets `now`, aware UTC."""
    return click.option(
        "--now",
        callback=_parse_now,
        metavar="TIME",
        help="Act as if it were this time (ISO 8601) [default: the clock].",
    )(function)


def format_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Adds `--json --jsonl --csv -t`; the command gets `output`, one of them or 'table'."""
    for flags, name, text in (
        (["--json"], "json", "One JSON document."),
        (["--jsonl"], "jsonl", "One JSON object a line."),
        (["--csv"], "csv", "Comma-separated values."),
        (["-t", "--table"], "table", "A table for reading [default]."),
    ):
        function = click.option(*flags, "output", flag_value=name, default="table", type=str, help=text)(function)
    return function


def _parse_now(_context: click.Context, _option: click.Parameter, value: str | None) -> datetime:
    if value is None:
        return datetime.now(UTC)
    try:
        moment = datetime.fromisoformat(value)
    except ValueError as error:
        raise click.BadParameter(f"'{value}' is no time such as 2026-11-24T06:30:00+04:00 (ISO 8601)") from error
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise click.BadParameter(f"'{value}' is not between {FIRST_YEAR} and {LAST_YEAR}")
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


def open_here(workspace: Path | None, **settings: Any) -> Any:
    """The workspace named, or the nearest one from the current folder upwards."""
    from framewire.config import find_workspace
    from framewire.workflow.workspace import open_workspace

    return open_workspace(workspace or find_workspace(Path.cwd()), **settings)


def open_here_or_seeds(workspace: Path | None) -> Any:
    """As `open_here`; where there is no workspace, the seeds that come with Framewire and the per-user store."""
    from framewire.config import find_workspace
    from framewire.errors import ConfigError
    from framewire.workflow.seeds import find_seeds
    from framewire.workflow.workspace import open_seeds, open_workspace

    if workspace is not None:
        return open_workspace(workspace)
    try:
        return open_workspace(find_workspace(Path.cwd()))
    except ConfigError:
        if any((folder / "framewire.toml").is_file() for folder in (Path.cwd(), *Path.cwd().parents)):
            raise
        return open_seeds(find_seeds())


def echo_rows(rows: Sequence[dict[str, Any]], output: str) -> None:
    """Rows to stdout in the chosen format."""
    if output == "json":
        click.echo(json.dumps(list(rows), ensure_ascii=False, indent=1, default=str))
    elif output == "jsonl":
        for row in rows:
            click.echo(json.dumps(row, ensure_ascii=False, default=str))
    elif output == "csv":
        click.echo(render_csv(rows), nl=False)
    else:
        _echo_table(rows)


def tell_times(rows: Sequence[dict[str, Any]], *names: str, zone: ZoneInfo) -> list[dict[str, Any]]:
    """Rows as a table shows them: the times of these names in a zone, to the minute. Which zone is said on stderr."""
    if rows:
        click.echo(f"Times in {zone.key}.", err=True)
    return [{**row, **{name: say_time(row[name], zone) for name in names}} for row in rows]


def say_time(moment: str | None, zone: ZoneInfo) -> str:
    """A time of ISO 8601 in a zone: '2026-11-24 06:20'; '' for none."""
    from framewire.text.times import say_minute

    return say_minute(moment, zone) if moment else ""


def render_csv(rows: Sequence[dict[str, Any]]) -> str:
    """Rows as comma-separated values (RFC 4180) with a line of names; no cell is a formula."""
    from framewire.text.cells import defuse

    buffer = io.StringIO()
    if rows:
        writer = csv.DictWriter(buffer, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows({key: defuse(value) for key, value in row.items()} for row in rows)
    return buffer.getvalue()


def _echo_table(rows: Sequence[dict[str, Any]]) -> None:
    if not rows:
        click.echo("(none)", err=True)
        return
    if not sys.stdout.isatty():
        _echo_plain_table(rows)
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in rows[0]:
        table.add_column(name.replace("_", " "), justify="right" if isinstance(rows[0][name], int | float) else "left")
    for row in rows:
        table.add_row(*(Text("" if value is None else str(value)) for value in row.values()))
    Console().print(table)


def _echo_plain_table(rows: Sequence[dict[str, Any]]) -> None:
    """The table where nobody may look at it: a line of names, columns in line, nothing cut."""
    lines = [[name.replace("_", " ") for name in rows[0]]]
    lines += [[" ".join(str(value).split()) if value is not None else "" for value in row.values()] for row in rows]
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    for line in lines:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def show_progress() -> Callable[[str, int, int], None]:
    """A counter of the stage on a terminal, nothing elsewhere."""
    if not sys.stderr.isatty():
        return lambda _stage, _done, _total: None

    def show(stage: str, done: int, total: int) -> None:
        click.echo(f"\r\033[K{stage}  {done}/{total}", err=True, nl=False)
        if done >= total:
            click.echo("\r\033[K", err=True, nl=False)

    return show
