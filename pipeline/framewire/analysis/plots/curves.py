"""How good a model is: what its scores are worth, and what more coding would bring."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from framewire.analysis.plots.style import COLOURS, FAINT, INK, check_columns, dress, get_axes
from framewire.analysis.show import ModelCard
from framewire.summarise.shares import MIN_TOTAL
from framewire.summarise.tables import iter_rows


def calibration_curve(bins: pd.DataFrame, *, ax: Any = None) -> Any:
    """The axes: how many labels of a score are right, beside what the score says; the nearer the diagonal the better.

    Bins with fewer than ten cases are left out.

    Args:
        bins: of `model.calibration(labels)`, on passages that the model was not trained on.
        ax: where to draw.

    Raises:
        ValueError: the table is none of `model.calibration`, or empty.
    """
    check_columns(bins, ("score", "share", "low", "high", "total"), "model.calibration(labels)")
    ax = get_axes(ax, width=4.8, height=4.6)
    known = bins[bins["total"] >= MIN_TOTAL]
    ax.plot([0, 1], [0, 1], color=FAINT, linestyle="--", linewidth=1, label="as the scores say")
    spread = np.vstack([known["share"] - known["low"], known["high"] - known["share"]]).clip(min=0)
    ax.errorbar(
        known["score"],
        known["share"],
        yerr=spread,
        color=COLOURS[0],
        marker="o",
        markersize=6,
        capsize=3,
        linewidth=1.4,
        label="measured, with 95 % interval",
    )
    for row in iter_rows(known):
        above = row.share < 0.85
        ax.annotate(
            f"n = {row.total:,}",
            (row.score, row.high if above else row.low),
            xytext=(0, 5 if above else -5),
            textcoords="offset points",
            ha="center",
            va="bottom" if above else "top",
            fontsize=7,
            color=INK,
            bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 0.6},
        )
    ax.set_xlim(-0.03, 1.03)
    ax.set_ylim(-0.03, 1.12)
    ax.set_xlabel("mean score of the bin", fontsize=9, color=INK)
    ax.set_ylabel("share coded so", fontsize=9, color=INK)
    ax.legend(loc="lower right", frameon=False, fontsize=8.5)
    return dress(ax)


def learning_curve(of: ModelCard | Mapping[str, Any] | pd.DataFrame, *, ax: Any = None) -> Any:
    """The axes: micro-F1 on held-out stories by how many coded passages the model learns from.

    Args:
        of: a model card (`c.card`) with scores, or a table with `passages` and `micro_f1`.
        ax: where to draw.

    Raises:
        ValueError: the card has no scores, or the table no such columns.
    """
    curve, interval = _read_curve(of)
    check_columns(curve, ("passages", "micro_f1"), "model.learning_curve")
    ax = get_axes(ax, width=5.4, height=3.8)
    ax.plot(curve["passages"], curve["micro_f1"], color=COLOURS[0], marker="o", markersize=6, linewidth=1.6)
    for row in iter_rows(curve):
        ax.annotate(
            f"{row.micro_f1:.2f}",
            (row.passages, row.micro_f1),
            xytext=(0, -7),
            textcoords="offset points",
            ha="center",
            va="top",
            fontsize=8,
            color=INK,
        )
    if interval:
        last = curve.iloc[-1]
        spread = [[last["micro_f1"] - interval[0]], [interval[1] - last["micro_f1"]]]
        ax.errorbar([last["passages"]], [last["micro_f1"]], yerr=spread, color=COLOURS[0], capsize=4, linewidth=1.2)
    ax.set_ylim(0, 1)
    ax.set_xlim(0, float(curve["passages"].max()) * 1.06)
    ax.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    ax.set_xlabel("coded passages learnt from", fontsize=9, color=INK)
    ax.set_ylabel("micro-F1 of narratives, held-out stories", fontsize=9, color=INK)
    ax.grid(axis="y", color="#e4e4e4", linewidth=0.7)
    return dress(ax)


def _read_curve(of: ModelCard | Mapping[str, Any] | pd.DataFrame) -> tuple[pd.DataFrame, tuple[float, float] | None]:
    """The curve, and the interval of its last point if it is known."""
    if isinstance(of, pd.DataFrame):
        return of, None
    card = of.values if isinstance(of, ModelCard) else of
    scores = card.get("cross_validation")
    if not scores or "learning_curve" not in scores:
        raise ValueError("the card has no learning curve: the model was trained without scores; run `framewire train`")
    low, high = scores["narratives"]["micro_f1_interval"]
    return pd.DataFrame(scores["learning_curve"]), (low, high)
