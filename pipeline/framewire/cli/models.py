"""train, evaluate, model: the classifier."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from framewire.cli.common import (
    Folder,
    command,
    echo_rows,
    format_options,
    now_option,
    open_here_or_seeds,
    workspace_option,
)


@click.command("train")
@workspace_option
@now_option
@click.option(
    "--seeds",
    type=Folder(),
    help="Train on these seeds (codebook.yaml, passages/) instead of a workspace's.",
)
@click.option(
    "--models",
    type=Folder(),
    help="With --seeds: where the model goes [default: models/ of the clone, or per user].",
)
@click.option(
    "--seed", "random_state", default=0, show_default=True, help="Random state of the cross-validation's folds."
)
@click.option(
    "--scores/--no-scores",
    default=True,
    show_default=True,
    help="Cross-validate for the card; takes about five times as long.",
)
@click.option(
    "--corrections/--no-corrections",
    default=True,
    show_default=True,
    help="Learn from what was corrected in this workspace, too.",
)
@command
def train_command(
    workspace: Path | None,
    now: datetime,
    seeds: Path | None,
    models: Path | None,
    random_state: int,
    scores: bool,
    corrections: bool,
) -> None:
    """Train a model on coded passages and put it in use."""
    from framewire.workflow.corrected_passages import load_corrections
    from framewire.workflow.models import train_in_workspace
    from framewire.workflow.workspace import open_seeds

    if models and not seeds:
        raise click.UsageError("--models goes with --seeds; a workspace has its own models folder")
    here = open_seeds(seeds, models=models) if seeds else open_here_or_seeds(workspace)
    corrected = load_corrections(here) if corrections and not seeds else []
    trained = train_in_workspace(here, now=now, random_state=random_state, with_scores=scores, corrections=corrected)
    told = f" ({len(corrected)} corrections among them)" if corrected else ""
    click.echo(f"trained {trained.name}  {trained.card['passages']['n']} passages{told}  {trained.folder / 'card.md'}")


@click.command("evaluate")
@click.argument("path", type=click.Path(path_type=Path), required=False)
@workspace_option
@click.option("--seed", "random_state", default=0, show_default=True, help="Random state of folds and bootstrap.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@command
def evaluate_command(path: Path | None, workspace: Path | None, random_state: int, as_json: bool) -> None:
    """How good the labels are, beside three baselines.

    PATH: coded passages as JSON Lines, {id, text, relevant, narratives: [{id, voice, accused}]} a line. Without it: cross-validation
    on the training passages, grouped by story.
    """
    from framewire.workflow.evaluation import evaluate_in_workspace, render_report

    report: dict[str, Any] = evaluate_in_workspace(open_here_or_seeds(workspace), path, random_state=random_state)
    click.echo(json.dumps(report, indent=1) if as_json else render_report(report))


@click.group("model")
def model() -> None:
    """The trained models: list, show."""


@model.command("list")
@workspace_option
@format_options
@command
def list_command(workspace: Path | None, output: str) -> None:
    """The models on record, newest first."""
    from framewire.workflow.models import list_models

    echo_rows(list_models(open_here_or_seeds(workspace)), output)


@model.command("show")
@click.argument("name", required=False)
@workspace_option
@click.option("--json", "as_json", is_flag=True, help="The card as one JSON object.")
@command
def show_command(name: str | None, workspace: Path | None, as_json: bool) -> None:
    """A model's card [default: the model in use]."""
    from framewire.learn import render_card
    from framewire.workflow.models import get_card

    card = get_card(open_here_or_seeds(workspace), name)
    click.echo(json.dumps(card, indent=1, ensure_ascii=False) if as_json else render_card(card))


COMMANDS = (train_command, evaluate_command, model)
