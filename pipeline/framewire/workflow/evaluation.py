"""Evaluation in a workspace, and its report."""

from pathlib import Path
from typing import Any

from framewire.errors import InputError
from framewire.learn import cross_validate, evaluate_model, load_passages
from framewire.processes import side_by_side
from framewire.workflow.models import choose_jobs, load_current_model, load_training_passages
from framewire.workflow.workspace import Workspace


def evaluate_in_workspace(workspace: Workspace, path: Path | None, *, random_state: int = 0) -> dict[str, Any]:
    """The report of the model in use on a file of coded passages; without one, of cross-validation on the training passages.

    Raises:
        InputError: the passages cannot be read.
        ModelError: with a file: there is no usable model.
    """
    if path is None:
        train = load_training_passages(workspace)
        codebook = workspace.codebook
        with side_by_side(choose_jobs(train)):
            found = cross_validate(train, codebook, language=codebook.languages[0], random_state=random_state)
        return {"on": "cross-validation by story"} | found
    test = load_passages([path], codebook=workspace.codebook)
    if not test:
        raise InputError(f"{path}: no coded passage in it. Code some, or name another file.")
    model, row = load_current_model(workspace)
    train = load_training_passages(workspace)
    return {"on": path.name, "model": row["name"]} | evaluate_model(model, test, train, random_state=random_state)


def render_report(report: dict[str, Any]) -> str:
    """The report as a table for a terminal."""
    systems = {"model": report, **report["baselines"]}
    lines = [
        f"{report['on']}: {report['n']['passages']} passages, {report['n']['relevant']} relevant, {report['n']['narratives']} narratives"
    ]
    lines.append(f"{'':<28}" + "".join(f"{name:>10}" for name in systems))
    for title, key in (
        ("micro-F1", "micro_f1"),
        ("macro-F1", "macro_f1"),
        ("macro-F1, 5 or more coded", "macro_f1_min5"),
    ):
        lines.append(
            f"{'narratives, ' + title if key == 'micro_f1' else title:<28}"
            + "".join(_figure(s["narratives"][key]) for s in systems.values())
        )
    lines.append(f"{'relevance, F1':<28}" + "".join(_figure(s["relevance"]["f1"]) for s in systems.values()))
    low, high = report["narratives"]["micro_f1_interval"]
    lines.append(
        f"model's micro-F1: 95 % interval {low:.3f} to {high:.3f}; calibration error {report['narratives']['ece']:.3f}"
    )
    lines.append(
        f"voice, macro-F1 {_figure(report['voice']['macro_f1']).strip()} (n = {report['voice']['n']}); "
        f"accused side, accuracy {_figure(report['accused']['accuracy']).strip()} (n = {report['accused']['n']})"
    )
    for name, other in report["baselines"].items():
        low, high = other["gain_of_model_interval"]
        lines.append(f"gain over {name}: {low:+.3f} to {high:+.3f}")
    lines.append(f"\n{'narrative':<28}{'coded':>10}{'precision':>10}{'recall':>10}{'F1':>10}")
    for name, scores in report["narratives"]["by_id"].items():
        lines.append(
            f"{name:<28}{scores['support']:>10}"
            + "".join(_figure(scores[key]) for key in ("precision", "recall", "f1"))
        )
    return "\n".join(lines)


def _figure(value: float | None) -> str:
    return f"{'-' if value is None else format(value, '.3f'):>10}"
