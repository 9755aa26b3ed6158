"""explain: labels for a text of one's own, or for a stored article."""

import json
from datetime import datetime
from pathlib import Path

import click

from framewire.cli.common import command, now_option, open_here_or_seeds, read_input, workspace_option


@click.command("explain")
@click.argument("source", required=False)
@click.option(
    "--passages",
    type=click.Path(path_type=Path),
    help="JSON Lines with id and text: each text is one passage, one object out for each.",
)
@click.option("--language", "--lang", default="en", show_default=True, help="Language of the text.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a passage and line.")
@workspace_option
@now_option
@command
def explain_command(
    source: str | None, passages: Path | None, language: str, as_json: bool, workspace: Path | None, now: datetime
) -> int:
    """Label a text that is in no feed, with the evidence.

    SOURCE: - for standard input, or the number of a stored article.
    """
    from framewire.workflow import explain

    if (source is None) == (passages is None):
        raise click.UsageError("name a SOURCE (- for standard input, or an article's number), or --passages FILE.jsonl")
    here = open_here_or_seeds(workspace)
    if passages is not None:
        found = explain.explain_passages(here, passages, language=language, now=now)
    elif source == "-":
        found = explain.explain_text(here, read_input(), language=language, now=now)
    else:
        found = explain.explain_article(here, str(source))
    if found.problem:
        click.echo(f"reduced: {found.problem}", err=True)
    for passage in found.passages if as_json else ():
        click.echo(json.dumps(passage, ensure_ascii=False))
    if not as_json:
        click.echo(explain.render_passages(found.passages))
    return 3 if found.problem else 0


COMMANDS = (explain_command,)
