"""explain: labels and their reasons, for a text of one's own or for a stored article."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from framewire.cli.common import command, now_option, open_here_or_seeds, read_input, workspace_option


@click.command("explain")
@click.argument("source", required=False)
@click.option(
    "--passages",
    type=click.Path(path_type=Path),
    help="JSON Lines with id and text: each text is one passage, one object out for each.",
)
@click.option(
    "--language",
    "--lang",
    help="Language of the text [default: told by the text; with --passages the codebook's first one].",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a passage and line.")
@click.option("--html", "as_html", is_flag=True, help="One HTML fragment, to put into a page or to open.")
@workspace_option
@now_option
@command
def explain_command(
    source: str | None,
    passages: Path | None,
    language: str | None,
    as_json: bool,
    as_html: bool,
    workspace: Path | None,
    now: datetime,
) -> int:
    """Label a text that is in no feed, and say why: rules, words that weighed, voice, accused side.

    SOURCE: - for standard input, or the number of a stored article.
    """
    from framewire.workflow import explain

    if (source is None) == (passages is None):
        raise click.UsageError("name a SOURCE (- for standard input, or an article's number), or --passages FILE.jsonl")
    if as_json and as_html:
        raise click.UsageError("--json and --html go not together; name one of them")
    here = open_here_or_seeds(workspace)
    if passages is not None:
        found = explain.explain_passages(here, passages, language=language, now=now)
    elif source == "-":
        found = explain.explain_text(here, read_input(), language=language, now=now)
    else:
        found = explain.explain_article(here, str(source))
    _echo(found, as_json=as_json, as_html=as_html)
    return 3 if found.problem else 0


def _echo(found: Any, *, as_json: bool, as_html: bool) -> None:
    from framewire.workflow.explain_html import render_html
    from framewire.workflow.explain_text import render_passages

    if found.problem:
        click.echo(f"reduced: {found.problem}", err=True)
    if found.note:
        click.echo(f"note: {found.note}", err=as_json or as_html)
    if as_html:
        click.echo(render_html(found.passages, problem=found.problem, note=found.note), nl=False)
        return
    for passage in found.passages if as_json else ():
        click.echo(json.dumps(passage, ensure_ascii=False))
    if not as_json:
        click.echo(render_passages(found.passages))


COMMANDS = (explain_command,)
