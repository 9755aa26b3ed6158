"""train, evaluate, model: the classifier."""

import json
import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from framewire.cli.common import (
    HELD_BACK,
    Folder,
    command,
    echo_rows,
    format_options,
    now_option,
    open_here_or_seeds,
    workspace_option,
)


def _seed_option(of: str) -> Callable[[Any], Any]:
    """Adds `--seed`; the command gets `random_state`."""
    return click.option(
        "--seed",
        "random_state",
        type=click.IntRange(0, 2**32 - 1),
        default=0,
        show_default=True,
        help=f"Random state of {of}.",
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
@_seed_option("the cross-validation's folds")
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
) -> int:
    """Train a model on coded passages, and put it in use unless it is worse than the one that is.

    Both are compared on passages that neither has seen. A model that is worse somewhere, beyond chance, is kept and not used
    (exit 5); `framewire model promote` overrules that. With --seeds nothing is compared.
    """
    from framewire.workflow.corrected_passages import load_corrections
    from framewire.workflow.model_report import render_comparison
    from framewire.workflow.models import train_in_workspace
    from framewire.workflow.workspace import open_seeds

    if models and not seeds:
        raise click.UsageError("--models goes with --seeds; a workspace has its own models folder")
    here = open_seeds(seeds, models=models) if seeds else open_here_or_seeds(workspace)
    corrected = load_corrections(here) if corrections and not seeds else []
    trained = train_in_workspace(
        here,
        now=now,
        random_state=random_state,
        with_scores=scores,
        corrections=corrected,
        by=find_user(),
        is_gated=not seeds,
    )
    told = f" ({len(corrected)} corrections among them)" if corrected else ""
    click.echo(f"trained {trained.name}  {trained.card['passages']['n']} passages{told}  {trained.folder / 'card.md'}")
    for line in render_comparison(trained.card["comparison"]) if "comparison" in trained.card else ():
        click.echo(line)
    if trained.is_promoted:
        click.echo(f"in use: {trained.name} ({trained.reason})")
        return 0
    click.echo(
        f"held back: {trained.reason}. The model in use stays. To use it all the same: "
        f"framewire model promote {trained.card['version']} --force REASON",
        err=True,
    )
    return HELD_BACK


def find_user() -> str:
    """Who runs the command, for the record."""
    from framewire.files import user_name

    return user_name(os.geteuid())


@click.command("evaluate")
@click.argument("path", type=click.Path(path_type=Path), required=False)
@workspace_option
@_seed_option("folds and bootstrap")
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
    """The trained models: list, show, diff, promote, rollback."""


@model.command("list")
@workspace_option
@format_options
@command
def list_command(workspace: Path | None, output: str) -> None:
    """The models on record, the one in use first."""
    from framewire.workflow.model_records import list_models

    echo_rows(list_models(open_here_or_seeds(workspace)), output)


@model.command("show")
@click.argument("name", required=False)
@workspace_option
@click.option("--json", "as_json", is_flag=True, help="The card as one JSON object.")
@command
def show_command(name: str | None, workspace: Path | None, as_json: bool) -> None:
    """A model's card [default: the model in use]."""
    from framewire.learn import render_card
    from framewire.workflow.model_records import get_card

    card = get_card(open_here_or_seeds(workspace), name)
    click.echo(json.dumps(card, indent=1, ensure_ascii=False) if as_json else render_card(card))


@model.command("diff")
@click.argument("first")
@click.argument("second")
@workspace_option
@click.option("--json", "as_json", is_flag=True, help="One JSON object, with every label that changes.")
@command
def diff_command(first: str, second: str, workspace: Path | None, as_json: bool) -> None:
    """Two models side by side: codebook, training passages, scores on passages unseen by either, labels that change.

    FIRST, SECOND: versions as `framewire model list` names them.
    """
    from framewire.workflow.model_report import render_versions
    from framewire.workflow.promotions import compare_versions

    report = compare_versions(open_here_or_seeds(workspace), first, second)
    click.echo(json.dumps(report, indent=1, ensure_ascii=False) if as_json else "\n".join(render_versions(report)))


@model.command("promote")
@click.argument("name", metavar="VERSION")
@workspace_option
@now_option
@click.option("--force", "reason", metavar="REASON", help="Use it though it was held back; why, for the record.")
@command
def promote_command(name: str, workspace: Path | None, now: datetime, reason: str | None) -> None:
    """Put a model in use; the next run labels with it.

    VERSION: as `framewire model list` names it.
    """
    from framewire.workflow.promotions import promote

    if reason is not None and not reason.strip():
        raise click.BadParameter("say why, in a few words", param_hint="--force")
    promoted = promote(open_here_or_seeds(workspace), name, by=find_user(), now=now, reason=reason)
    click.echo(f"in use: {promoted}; the next run labels with it, old labels stay")


@model.command("rollback")
@workspace_option
@now_option
@click.option("--reason", help="Why, for the record.")
@command
def rollback_command(workspace: Path | None, now: datetime, reason: str | None) -> None:
    """Put the model in use that was in use before. What it labelled counts again."""
    from framewire.workflow.promotions import roll_back

    before, after = roll_back(open_here_or_seeds(workspace), by=find_user(), now=now, reason=reason)
    click.echo(f"in use: {after}, instead of {before}")


COMMANDS = (train_command, evaluate_command, model)
