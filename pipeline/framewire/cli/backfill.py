"""backfill: an archive of any size, labelled into Parquet by day or into the store."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from framewire.cli.common import (
    Folder,
    command,
    echo_rows,
    format_options,
    now_option,
    open_here,
    workspace_option,
)
from framewire.cli.export import export
from framewire.cli.imports import map_option

REDUCED = 3
_FORMS = ("csv", "jsonl", "json", "parquet", "warc", "mediacloud", "gdelt")
_FILE = click.Path(path_type=Path)
_SHOWN = 5


@click.command("backfill")
@click.argument("sources", metavar="SOURCE...", nargs=-1, required=True)
@click.option("--out", type=Folder(), help="A new folder for the results, or that of a backfill to go on with.")
@click.option("--store", "to_store", is_flag=True, help="Into the workspace's store instead.")
@click.option("--format", "form", type=click.Choice(_FORMS), help="What the files hold [default: by their names].")
@map_option
@click.option("--outlet", help="Whose articles they are (id or name) [default: what each record says].")
@click.option("--group", help="The group of outlets that are new [default: unassigned].")
@click.option("--language", help="The language of records that do not say theirs [default: the codebook's first].")
@click.option("--outlets-from", type=_FILE, help="A feed list that knows the outlets. None of its feeds is added.")
@click.option("--with-text", is_flag=True, help="Keep the articles' text in the results, too.")
@click.option("--jobs", "n_jobs", type=click.IntRange(1, 256), help="Processes of this machine [default: one a core].")
@click.option("--dask", metavar="ADDRESS", help="The scheduler of a Dask cluster that sees the same files.")
@click.option(
    "--tls-ca", "ca", type=_FILE, help="With --dask tls://: the authority that signed the cluster's certificates."
)
@click.option("--tls-cert", "certificate", type=_FILE, help="With --dask tls://: our certificate.")
@click.option("--tls-key", "key", type=_FILE, help="With --dask tls://: its key.")
@click.option("--quiet", "-q", is_flag=True, help="Print nothing when all is well.")
@workspace_option
@now_option
@command
def backfill_command(
    sources: tuple[str, ...],
    out: Path | None,
    *,
    to_store: bool,
    n_jobs: int | None,
    dask: str | None,
    ca: Path | None,
    certificate: Path | None,
    key: Path | None,
    quiet: bool,
    workspace: Path | None,
    now: datetime,
    **chosen: Any,
) -> int:
    """Label an archive: CSV, JSON Lines, Parquet or WARC files, by path, pattern or address.

    Killed, it goes on where it stopped when called again. Each article is labelled once; a record that cannot be read is
    set aside with the reason.
    """
    from framewire.backfill.pools import Tls
    from framewire.backfill.run import BackfillOrder, run_backfill
    from framewire.backfill.stored import backfill_store
    from framewire.processes import count_cores

    if (out is None) != to_store:
        raise click.UsageError("name either a folder with --out, or --store")
    if dask and n_jobs:
        raise click.UsageError("--jobs is for this machine, --dask for a cluster: name one of them")
    if to_store and chosen["with_text"]:
        raise click.UsageError("--with-text goes with --out: the store always keeps the texts")
    tls = Tls(ca, certificate, key)
    if (ca or certificate or key) and not (dask or "").startswith("tls://"):
        raise click.UsageError("--tls-ca, --tls-cert and --tls-key go with --dask tls://HOST:PORT")
    order = BackfillOrder(sources, n_jobs=n_jobs or count_cores(), dask=dask, tls=tls, **chosen)
    here = open_here(workspace)
    with show_bar() as progress:
        if out is None:
            done = backfill_store(here, order, now=now, progress=progress)
        else:
            done = run_backfill(here, order, out, now=now, progress=progress)
    if done.problem:
        click.echo(f"reduced: terms and rules only: {done.problem}", err=True)
    if not quiet or done.n_set_aside:
        _tell(done, out)
    return REDUCED if done.problem else 0


def _tell(done: Any, out: Path | None) -> None:
    if not done.n_pieces and not done.n_articles:
        click.echo(f"nothing new: {done.n_held} articles are labelled already")
    else:
        click.echo(f"{done.n_articles} articles labelled, {done.n_held} in all")
    if done.n_doubles or done.n_versions:
        click.echo(f"  left out: {done.n_doubles} doubles, {done.n_versions} other texts of an article that is in")
    for reason, n in sorted(done.by_reason.items(), key=lambda item: (-item[1], item[0]))[:_SHOWN]:
        click.echo(f"  {n} set aside: {reason}")
    if done.n_set_aside:
        click.echo(f"  records set aside are in {done.folder / 'set-aside'}")
    if out is not None:
        click.echo(f"  series and summaries: framewire summarise --from-parquet {out}")


class _Span(click.ParamType):
    """Two days, both included."""

    name = "from:to"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The days."""
        from framewire.workflow.decomposition import Span

        try:
            first, last = map(date.fromisoformat, str(value).split(":"))
        except ValueError:
            self.fail(f"'{value}' is no span such as 2026-11-01:2026-11-14 (both days included)", param, ctx)
        return Span(first, last)


@export.command("change-decomposition")
@click.argument("old", required=False)
@click.argument("new", required=False)
@click.option("--before", type=_Span(), required=True, help="The days before the change.")
@click.option("--after", type=_Span(), required=True, help="The days after it.")
@workspace_option
@format_options
@command
def decomposition_command(
    old: str | None, new: str | None, before: Any, after: Any, *, workspace: Path | None, output: str
) -> None:
    """How much of a series' movement is the world, and how much the codebook or model.

    OLD and NEW are two models that have labelled the same stored articles, as `framewire model list` names them, or 'rules'
    [default: the model in use, and the one before it]; or the folders of two backfills of the same archive.
    """
    if old is not None and new is None:
        raise click.UsageError("name two models or two folders, OLD and NEW, or none of them")
    folders = [name for name in (old, new) if name is not None and Path(name).is_dir()]
    if len(folders) == 1:
        raise click.UsageError(f"{folders[0]} is a folder and the other one is none: name two models or two folders")
    if folders:
        from framewire.backfill.relabelled import decompose_change

        echo_rows(list(decompose_change(*map(Path, folders), before=before, after=after)), output)
        return
    from framewire.workflow.relabelled import decompose_store

    named = (old, new) if old and new else None
    found = decompose_store(open_here(workspace), named, before=before, after=after)
    click.echo(f"old: {found.old}  new: {found.new}", err=True)
    for note in found.notes:
        click.echo(f"note: {note}", err=True)
    echo_rows(found.rows, output)


@contextmanager
def show_bar() -> Iterator[Callable[[str, int, int], None]]:
    """A bar with what is done, the rate and the time that is left on a terminal; nothing elsewhere."""
    if not sys.stderr.isatty():
        yield lambda _stage, _done, _total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    rate = TextColumn("{task.fields[rate]}")
    parts = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), rate, TimeRemainingColumn())
    with Progress(*parts, console=Console(stderr=True), transient=True, speed_estimate_period=600) as bar:
        tasks: dict[str, tuple[Any, int]] = {}

        def show(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                for task, _ in tasks.values():
                    bar.update(task, visible=False)
                # What an earlier run did is no speed of this one.
                tasks[stage] = (bar.add_task(stage, total=total, completed=done, rate=""), done)
            task, began = tasks[stage]
            seconds = bar.tasks[task].elapsed or 0
            rate = f"{(done - began) / seconds:.1f}/s" if seconds > 0 and done > began else ""
            bar.update(task, completed=done, total=total, rate=rate)

        yield show


COMMANDS = (backfill_command,)
