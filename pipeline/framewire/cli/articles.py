"""articles: what has been stored."""

from datetime import datetime
from pathlib import Path

import click

from framewire.cli.common import (
    ArticleNumber,
    command,
    echo_rows,
    format_options,
    open_here,
    say_time,
    tell_times,
    workspace_option,
)


@click.group("articles")
def articles() -> None:
    """The stored articles: list, show."""


@articles.command("list")
@workspace_option
@click.option("--outlet", help="Only this outlet (its id).")
@click.option("--language", help="Only this language.")
@click.option("--narrative", help="Only articles that carry this narrative.")
@click.option("--since", type=click.DateTime(), help="First seen since; without a zone it is the workspace's.")
@click.option(
    "--limit", type=click.IntRange(min=1), default=50, show_default=True, help="At most so many, newest first."
)
@format_options
@command
def list_command(
    workspace: Path | None,
    outlet: str | None,
    language: str | None,
    narrative: str | None,
    since: datetime | None,
    limit: int,
    output: str,
) -> None:
    """Articles, newest first, with their labels.

    The table has times in the workspace's time zone, the other formats in UTC.
    """
    from framewire.workflow.articles import list_articles

    here = open_here(workspace)
    rows = list_articles(here, outlet=outlet, language=language, narrative=narrative, since=since, limit=limit)
    echo_rows(tell_times(rows, "first_seen", zone=here.config.zone) if output == "table" else rows, output)


@articles.command("show")
@click.argument("article_id", type=ArticleNumber())
@workspace_option
@format_options
@command
def show_command(article_id: int, workspace: Path | None, output: str) -> None:
    """One article: text, where it is from, every label with its evidence, its copies, and its wordings before."""
    from framewire.workflow.articles import describe_labels, describe_text, render_history, show_article
    from framewire.workflow.explain_text import render_passages, say_coding

    here = open_here(workspace)
    article, zone = show_article(here, article_id), here.config.zone
    if output == "table":
        seen = f"first seen {say_time(article['first_seen_at'], zone)} ({zone.key})"
        click.echo(f"{article['title']}\n{article['outlet']}  {article['url']}  {seen}")
        click.echo(describe_text(article, zone))
        click.echo(render_history(article, zone))
        for coding in article["codings"]:
            click.echo(f"whole article {say_coding(coding)}")
        click.echo(describe_labels(article) or render_passages(article["passages"]))
        return
    echo_rows([article], output)


COMMANDS = (articles,)
