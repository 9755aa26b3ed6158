"""codebook and terms: the categories, and which of their patterns match where."""

from pathlib import Path

import click

from framewire.cli.common import (
    command,
    echo_rows,
    format_options,
    open_here_or_seeds,
    read_input,
    workspace_option,
)


@click.group("codebook")
def codebook() -> None:
    """The codebook: check, show, diff."""


def _path_of(path: Path | None, workspace: Path | None) -> Path:
    if path is not None:
        return path
    found: Path = open_here_or_seeds(workspace).config.codebook
    return found


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
@click.argument("old", type=click.Path(path_type=Path))
@click.argument("new", type=click.Path(path_type=Path))
@format_options
@command
def diff_command(old: Path, new: Path, output: str) -> None:
    """What changed from one codebook file to another: added, removed, reworded, widened, narrowed."""
    from framewire.codebook import diff_codebooks, load_codebook

    changes = diff_codebooks(load_codebook(old), load_codebook(new))
    echo_rows([{"change": change.kind, "place": change.place, "detail": change.detail} for change in changes], output)


@click.group("terms")
def terms() -> None:
    """Terminology: test a text."""


@terms.command("test")
@click.argument("text")
@click.option("--language", "--lang", default="en", show_default=True, help="Language of the text.")
@click.option("--codebook", "path", type=click.Path(path_type=Path), help="A codebook file [default: the workspace's].")
@workspace_option
@format_options
@command
def test_command(text: str, language: str, path: Path | None, workspace: Path | None, output: str) -> None:
    """Which pattern matches where in TEXT (- reads standard input), which nearly does, and why not."""
    from framewire.codebook import load_codebook
    from framewire.workflow.codebooks import list_matches

    source = read_input() if text == "-" else text
    echo_rows(list_matches(load_codebook(_path_of(path, workspace)), source, language=language), output)


COMMANDS = (codebook, terms)
