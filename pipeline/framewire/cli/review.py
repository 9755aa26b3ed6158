"""review: what coders are asked, what they say, and where they differ."""

import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from framewire.cli.common import command, echo_rows, format_options, now_option, open_here, workspace_option
from framewire.files import user_name

REDUCED = 3
_FORMATS = ("csv", "jsonl", "label-studio", "doccano")
_STRATEGIES = ("mixed", "uncertain", "confident", "rules", "vocabulary", "rare", "audit", "second", "noise")


class WordsCommand(click.Command):
    """A command whose arguments may begin with `-` and be no options: `-water_theft` takes a narrative away."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """The arguments, such words behind `--`, where they are taken as they are."""
        if "--" in args:
            return super().parse_args(ctx, args)
        words = [word for word in args if _is_removal(word)]
        return super().parse_args(ctx, [*(word for word in args if not _is_removal(word)), "--", *words])


def _is_removal(word: str) -> bool:
    return len(word) > 2 and word[0] == "-" and word[1].isalpha()


def coder_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """Adds `--coder`; the command gets `coder`."""
    return click.option(
        "--coder",
        "-c",
        default=lambda: user_name(os.geteuid()),
        callback=_check_coder,
        help="Who codes [default: your login name].",
    )(function)


def _check_coder(_context: click.Context, _option: click.Parameter, value: str) -> str:
    name = value.strip()
    if not name or not name.isprintable() or len(name) > 80:
        raise click.BadParameter("expected a short name such as project-1")
    return name


@click.group("review")
def review() -> None:
    """Check and correct labels: queue, ok, no, fix, list, conflicts, noise, export, import."""


@review.command("queue")
@workspace_option
@now_option
@coder_option
@click.option("--size", default=20, show_default=True, type=click.IntRange(1, 1000), help="At most so many.")
@click.option("--strategy", type=click.Choice(_STRATEGIES), default="mixed", show_default=True, help="What is chosen.")
@click.option("--blind", "is_blind", is_flag=True, help="Without the model's labels, as agreement needs it.")
@click.option(
    "--open", "only_open", is_flag=True, help="Show what was offered before and is not coded yet; offer nothing."
)
@click.option("--export", "path", type=click.Path(path_type=Path), help="Write them to this file, to be filled in.")
@click.option("--format", "form", type=click.Choice(_FORMATS), default="csv", show_default=True, help="Its format.")
@format_options
@command
def queue_command(
    workspace: Path | None,
    now: datetime,
    coder: str,
    size: int,
    strategy: str,
    is_blind: bool,
    only_open: bool,
    path: Path | None,
    form: str,
    output: str,
) -> None:
    """Passages worth coding, each with the reason; never the same to one coder twice."""
    from framewire.workflow import review_queue

    here = open_here(workspace)
    if only_open:
        echo_rows(review_queue.list_queue(here, coder), output)
        return
    if path:
        review_queue.refuse_existing(path, form)
    items = review_queue.fill_queue(here, coder, size=size, strategy=strategy, now=now, is_blind=is_blind)
    if not items:
        review_queue.refuse_no_items(coder, strategy)
    if path is None:
        echo_rows(review_queue.show_items(here, items), output)
        return
    for written in review_queue.export_items(here, items, path, form=form):
        click.echo(f"wrote {written}")
    click.echo(
        f"{len(items)} to code by {coder}; then: framewire review import {path} --coder {coder}", err=output != "table"
    )


@review.command("fix", cls=WordsCommand)
@click.argument("item")
@click.argument("words", nargs=-1, required=True)
@workspace_option
@now_option
@coder_option
@click.option("--note", help="Why, in a few words.")
@command
def fix_command(
    item: str, words: tuple[str, ...], workspace: Path | None, now: datetime, coder: str, note: str | None
) -> None:
    """Say what a passage carries.

    ITEM: article.passage as the summary shows it, such as 12.3; 12 for the whole article.
    WORDS: narrative=voice, narrative=voice:accused, -narrative, or alone: none, irrelevant.
    """
    from framewire.records import CodingOrigin
    from framewire.workflow.corrections import Said, correct, join_words

    said = Said(coder, now, CodingOrigin.COMMAND, words=join_words(words), note=note)
    click.echo(str(correct(open_here(workspace), item, said)))


@review.command("ok")
@click.argument("items", nargs=-1, required=True)
@workspace_option
@now_option
@coder_option
@command
def ok_command(items: tuple[str, ...], workspace: Path | None, now: datetime, coder: str) -> None:
    """Say yes to the summary's "Is this X?".

    The passage carries what the model left open there, beside what it assigned; where nothing is left open, its labels
    are right as they are. ITEMS: article.passage as the summary shows it, such as 12.3.
    """
    _answer(workspace, items, coder, now)


@review.command("no")
@click.argument("items", nargs=-1, required=True)
@workspace_option
@now_option
@coder_option
@command
def no_command(items: tuple[str, ...], workspace: Path | None, now: datetime, coder: str) -> None:
    """Say no to the summary's "Is this X?".

    The passage does not carry what the model left open there, and what it assigned is right; where nothing is left
    open, its only label is wrong. ITEMS: article.passage as the summary shows it, such as 12.3.
    """
    _answer(workspace, items, coder, now, is_no=True)


def _answer(workspace: Path | None, items: tuple[str, ...], coder: str, now: datetime, *, is_no: bool = False) -> None:
    from framewire.records import CodingOrigin
    from framewire.workflow.corrections import Said, correct

    here = open_here(workspace)
    for item in items:
        click.echo(str(correct(here, item, Said(coder, now, CodingOrigin.COMMAND, is_no=is_no))))


@review.command("list")
@workspace_option
@click.option("--coder", "-c", help="Only this coder's.")
@format_options
@command
def list_command(workspace: Path | None, coder: str | None, output: str) -> None:
    """What was coded, newest first: of each coder and passage the coding that counts."""
    from framewire.workflow.corrections import list_corrections

    echo_rows(list_corrections(open_here(workspace), coder=coder), output)


@review.command("conflicts")
@workspace_option
@format_options
@command
def conflicts_command(workspace: Path | None, output: str) -> None:
    """Passages that coders code differently, with what each says."""
    from framewire.workflow.corrections import list_conflicts

    echo_rows(list_conflicts(open_here(workspace)), output)


@review.command("noise")
@workspace_option
@click.option("--size", default=20, show_default=True, type=click.IntRange(1, 1000), help="At most so many.")
@format_options
@command
def noise_command(workspace: Path | None, size: int, output: str) -> None:
    """Coded passages whose code is farthest from what a model says that has not seen them: one of the two is wrong.

    Written passages are mended in their file; codings are offered to others by `review queue --strategy noise`.
    """
    from framewire.workflow.doubts import list_doubts

    echo_rows(list_doubts(open_here(workspace), size=size), output)


@review.command("export")
@click.argument("path", type=click.Path(path_type=Path))
@workspace_option
@click.option("--coder", "-c", help="Only this coder's.")
@click.option(
    "--format", "form", type=click.Choice(_FORMATS), default="jsonl", show_default=True, help="The file's format."
)
@command
def export_command(path: Path, workspace: Path | None, coder: str | None, form: str) -> None:
    """Write the codings to a file: of each coder and passage the one that counts.

    PATH: a new file.
    """
    from framewire.workflow.review_queue import export_codings

    n, written = export_codings(open_here(workspace), path, form=form, coder=coder)
    click.echo(f"{n} {'coding' if n == 1 else 'codings'} in {', '.join(map(str, written))}")


@review.command("import")
@click.argument("path", type=click.Path(path_type=Path), required=False)
@workspace_option
@now_option
@click.option("--coder", "-c", callback=lambda c, o, v: v and _check_coder(c, o, v), help="Who coded the file.")
@click.option("--format", "form", type=click.Choice(_FORMATS), help="The file's format [default: by how it begins].")
@click.option("--mail", type=click.Path(path_type=Path), help="Replies instead: a maildir, an mbox, or .eml files.")
@click.option("--imap", "from_imap", is_flag=True, help="New replies in the folder of [mail.replies] instead.")
@command
def import_command(
    path: Path | None,
    workspace: Path | None,
    now: datetime,
    coder: str | None,
    form: str | None,
    mail: Path | None,
    from_imap: bool,
) -> int:
    """Take codings in: a file that a coder filled in, or replies to summaries.

    PATH: the file. Nothing is overwritten; what cannot be used is told with its line, and the command ends with 3.
    """
    if (path is not None) + (mail is not None) + from_imap != 1:
        raise click.UsageError("name a PATH, or --mail PATH, or --imap")
    if path is None and (coder or form):
        raise click.UsageError("--coder and --format go with a PATH; replies say themselves who wrote them")
    if path is None:
        return _import_mail(open_here(workspace), mail, now)
    if coder is None:
        raise click.UsageError("--coder is missing: who coded the file?")
    return _import_file(open_here(workspace), Path(str(path)), (coder, form), now)


def _import_file(here: Any, path: Path, by: tuple[str, str | None], now: datetime) -> int:
    from framewire.workflow.review_files import import_codings

    coder, form = by
    done = import_codings(here, path, coder=coder, now=now, form=form)
    click.echo(f"{len(done.new)} new, {done.known} known already, {done.left_open} without a coding")
    if done.moved:
        click.echo(f"{done.moved} found again elsewhere in the text")
    for fault in done.faults:
        click.echo(f"refused    {path}:{fault.line}: {fault.message}", err=True)
    return REDUCED if done.faults else 0


def _import_mail(here: Any, path: Path | None, now: datetime) -> int:
    from framewire.workflow.replies import import_from_imap, import_replies

    done = import_from_imap(here, now=now) if path is None else import_replies(here, path, now=now)
    for line in done.corrections:
        click.echo(str(line))
    click.echo(
        f"{done.n_messages} messages: {sum(one.is_new for one in done.corrections)} corrections, "
        f"{sum(not one.is_new for one in done.corrections)} known already, {done.n_without} messages without any"
    )
    for refused in done.refused:
        click.echo(f"refused    {refused}", err=True)
    return REDUCED if done.refused else 0


COMMANDS = (review,)
