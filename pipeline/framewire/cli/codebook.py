"""codebook and terms: the categories, and which of their patterns match where."""

from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from framewire.cli.common import (
    Day,
    Folder,
    NewFile,
    command,
    echo_rows,
    format_options,
    now_option,
    open_here,
    open_here_or_seeds,
    read_input,
    render_csv,
    workspace_option,
)

FORMS = ("markdown", "skos", "csv", "json-schema")
_FORMS_OF = {"--language": ("markdown", "skos"), "--base": ("skos",), "PATH": ("markdown", "skos", "csv")}


@click.group("codebook")
def codebook() -> None:
    """The codebook: new, check, show, diff, migrate, export."""


def _path_of(path: Path | None, workspace: Path | None) -> Path:
    if path is not None:
        return path
    found: Path = open_here_or_seeds(workspace).config.codebook
    return found


@codebook.command("new")
@click.argument("folder", metavar="DIR", type=Folder())
@click.option("--id", "codebook_id", help="Small letters, digits and _ [default: the folder's name].")
@click.option("--title", help="What people read [default: the id in words].")
@click.option(
    "--languages",
    default="en",
    show_default=True,
    metavar="CODES",
    help="ISO 639-1 codes, such as en,fr; the passages' first.",
)
@command
def new_command(folder: Path, codebook_id: str | None, title: str | None, languages: str) -> None:
    """Begin a codebook: a commented example with coded passages, to be replaced part by part.

    DIR: a folder for codebook.yaml and passages/; nothing in it is overwritten.
    """
    from framewire.workflow.codebooks import write_skeleton

    codes = [code.strip() for code in languages.split(",") if code.strip()]
    for path in write_skeleton(folder, codebook_id=codebook_id, title=title, languages=codes):
        click.echo(path)
    click.echo(f"next: framewire codebook check {folder / 'codebook.yaml'}", err=True)


@codebook.command("check")
@click.argument("path", type=click.Path(path_type=Path), required=False)
@workspace_option
@command
def check_command(path: Path | None, workspace: Path | None) -> int:
    """Read a codebook, run its match / not_match sentences, and look for one-sided referents.

    PATH: a codebook file [default: the workspace's].
    """
    from framewire.workflow.codebooks import check_codebook_file

    report = check_codebook_file(_path_of(path, workspace))
    for line in report.lines:
        click.echo(line)
    return 1 if report.n_faults else 0


@codebook.command("show")
@click.argument("path", type=click.Path(path_type=Path), required=False)
@workspace_option
@format_options
@command
def show_command(path: Path | None, workspace: Path | None, output: str) -> None:
    """Narratives, referents and wordings.

    PATH: a codebook file [default: the workspace's].
    """
    from framewire.codebook import load_codebook
    from framewire.workflow.codebooks import list_categories, render_codebook

    loaded = load_codebook(_path_of(path, workspace))
    if output == "table":
        click.echo(render_codebook(loaded))
        return
    echo_rows(list_categories(loaded), output)


@codebook.command("diff")
@click.argument("old")
@click.argument("new", required=False)
@workspace_option
@format_options
@command
def diff_command(old: str, new: str | None, workspace: Path | None, output: str) -> None:
    """What changed from one codebook to another, and which codings and stored labels are stale with that.

    Parts are added, removed, renamed, merged or split; texts reworded; rules widened or narrowed.

    OLD, NEW: files, or @1 for version 1 in the workspace's store [default of NEW: the workspace's codebook].
    """
    from framewire.workflow.codebook_changes import describe_changes, find_codebook

    here = _find_here(workspace)
    before = find_codebook(here, old)
    after = find_codebook(here, new) if new is not None else open_here_or_seeds(workspace).codebook
    echo_rows(describe_changes(here, before, after), output)


@codebook.command("migrate")
@click.argument("old")
@workspace_option
@now_option
@click.option(
    "--passages", type=Folder(), help="Also write the workspace's coded passages under the new ids, to a new folder."
)
@command
def migrate_command(old: str, workspace: Path | None, now: datetime, passages: Path | None) -> None:
    """Carry codings by an older codebook over to the workspace's: narratives that were renamed or merged keep theirs.

    Old codings stay; new ones are put beside them. What was split, narrowed or removed is told, to be coded again.

    OLD: a file, or @1 for version 1 in the workspace's store.
    """
    from framewire.workflow.codebook_changes import describe_stale, find_codebook, migrate

    here = open_here(workspace)
    done = migrate(here, find_codebook(here, old), now=now, passages=passages)
    click.echo(f"{done.n_carried} codings carried over, {done.n_kept} count as they are")
    for line in describe_stale(done):
        click.echo(line)
    if done.files:
        click.echo(
            f'{len(done.files)} passage files written; to train on them: passages = "{passages}" in framewire.toml'
        )


def _find_here(workspace: Path | None) -> Any:
    """The workspace that is named or near; None if there is none."""
    from framewire.errors import ConfigError

    if workspace is not None:
        return open_here(workspace)
    try:
        return open_here(None)
    except ConfigError:
        return None


def _parse_base(_context: click.Context, _option: click.Parameter, value: str | None) -> str | None:
    from framewire.codebook.export import check_base

    try:
        if value is not None:
            check_base(value)
    except ValueError as error:
        raise click.BadParameter(str(error)) from error
    return value


def _render_export(codebook: Any, form: str, language: str | None, base: str | None) -> str:
    from framewire.codebook.export import check_tag, list_rows, render_markdown, render_skos
    from framewire.workflow.codebooks import check_language

    language = language or codebook.languages[0]
    if form == "csv":
        return render_csv(list_rows(codebook))
    if form == "markdown":
        check_language(codebook, language)
        return render_markdown(codebook, language=language)
    try:
        check_tag(language)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--language") from error
    return render_skos(codebook, language=language, base=base)


def _refuse_idle(form: str, given: dict[str, object]) -> None:
    """Refuses what would change nothing in this form."""
    for option, value in given.items():
        if value is not None and form not in _FORMS_OF[option]:
            *others, last = _FORMS_OF[option]
            known = f"{', '.join(others)} or {last}" if others else last
            raise click.UsageError(f"{option} goes with --as {known}, not with --as {form}.")


@codebook.command("export")
@click.argument("path", type=click.Path(path_type=Path), required=False)
@click.option(
    "--as",
    "--format",
    "form",
    type=click.Choice(FORMS),
    default=FORMS[0],
    show_default=True,
    help="markdown for coders, skos (Turtle) for vocabularies, csv for spreadsheets; json-schema: the file format, for editors.",
)
@click.option("--output", "-o", type=NewFile(), help="A new file [default: standard output].")
@click.option(
    "--language",
    "--lang",
    help="markdown: the language of the phrases and sentences shown; skos: the one that labels and definitions are written in "
    "[default: the codebook's first].",
)
@click.option(
    "--base",
    metavar="URI",
    callback=_parse_base,
    help="skos: what all URIs begin with, such as https://example.org/codebook/ [default: urn:framewire:codebook:ID:].",
)
@workspace_option
@command
def export_command(
    path: Path | None, form: str, output: Path | None, language: str | None, base: str | None, workspace: Path | None
) -> None:
    """The codebook as a document, a vocabulary or a table; or the JSON Schema of its format.

    PATH: a codebook file [default: the workspace's].
    """
    from framewire.codebook import load_codebook
    from framewire.codebook.export import render_schema
    from framewire.workflow.codebooks import write_export

    _refuse_idle(form, {"--language": language, "--base": base, "PATH": path})
    if form == "json-schema":
        text = render_schema()
    else:
        text = _render_export(load_codebook(_path_of(path, workspace)), form, language, base)
    if output is None:
        click.echo(text, nl=False)
        return
    write_export(output, text)
    click.echo(f"written to {output}", err=True)


@click.group("terms")
def terms() -> None:
    """Terminology: test a text, see a pattern in its contexts."""


@terms.command("test")
@click.argument("text")
@click.option("--language", "--lang", default="en", show_default=True, help="Language of the text.")
@click.option("--codebook", "path", type=click.Path(path_type=Path), help="A codebook file [default: the workspace's].")
@click.option("--published", type=Day(), help="The day of publication [default: unknown, and days are not looked at].")
@click.option("--all", "every_miss", is_flag=True, help="Also the hints at narratives that nearly hold.")
@workspace_option
@format_options
@command
def test_command(
    text: str,
    language: str,
    path: Path | None,
    published: date | None,
    every_miss: bool,
    workspace: Path | None,
    output: str,
) -> None:
    """Which pattern matches where in TEXT (- reads standard input), which nearly does, and why not."""
    from framewire.codebook import load_codebook
    from framewire.workflow.codebooks import list_matches

    source = read_input() if text == "-" else text
    chosen = load_codebook(_path_of(path, workspace))
    rows = list_matches(chosen, source, language=language, published_on=published, every_miss=every_miss)
    echo_rows(rows, output)


COMMANDS = (codebook, terms)
