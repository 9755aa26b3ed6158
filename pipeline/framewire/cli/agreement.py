"""agreement: how far coders agree, and a model with them."""

from pathlib import Path

import click

from framewire.cli.common import command, echo_rows, format_options, open_here_or_seeds, workspace_option


@click.command("agreement")
@workspace_option
@click.option(
    "--by",
    type=click.Choice(["narrative", "language", "coders"]),
    default="narrative",
    show_default=True,
    help="What is told apart; coders: each two of them, and the model with each.",
)
@click.option(
    "--files", nargs=2, type=click.Path(path_type=Path), help="Two files of coded passages instead of the store."
)
@click.option("--with-seen", is_flag=True, help="Count also what was coded with a model's labels in sight.")
@format_options
@command
def agreement_command(
    workspace: Path | None, by: str, files: tuple[Path, Path] | None, with_seen: bool, output: str
) -> None:
    """Krippendorff's alpha with 95 % intervals: relevance, all narratives as sets (MASI), each narrative.

    Below 0.667 a category is marked, and under ten units none is measured. From 50 units on a summary goes by what is
    measured here in place of the model card's agreement, and prints no share of a narrative below 0.667.
    """
    from framewire.workflow.agreement import as_rows, measure_files, measure_stored

    here = open_here_or_seeds(workspace)
    rows = measure_files(here, *files, by=by) if files else measure_stored(here, by=by, with_seen=with_seen)
    echo_rows(as_rows(rows, by=by), output)


COMMANDS = (agreement_command,)
