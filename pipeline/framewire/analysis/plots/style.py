"""What the plots share: colours, signs, axes, words."""

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

# Source: Okabe and Ito, Color Universal Design (2008); yellow is left out, since it fades on white.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000")
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
DASHES = (
    "-",
    (0, (5, 1.5)),
    (0, (1.2, 1.2)),
    (0, (6, 1.5, 1.2, 1.5)),
    (0, (9, 2)),
    (0, (3, 1, 1, 1, 1, 1)),
    (0, (2, 3)),
)
INK, FAINT, PAPER = "#222222", "#8a8a8a", "#ffffff"
WRAP = 22
VOICES = ("asserted", "attributed", "scare_quoted", "denied")
VOICE_WORDS = {
    "asserted": "in its own voice",
    "attributed": "quoted from somebody",
    "scare_quoted": "in scare quotes",
    "denied": "denied",
}


def get_axes(ax: Any, *, width: float, height: float) -> Any:
    """The axes that were given, or new ones of this size in inches, laid out so that no label is cut."""
    if ax is not None:
        return ax
    import matplotlib.pyplot as plt

    _, made = plt.subplots(figsize=(width, height), layout="constrained", facecolor=PAPER)
    return made


def dress(ax: Any, *, title: str = "", note: str = "") -> Any:
    """The axes without needless lines, with a title on the left and a small note below it."""
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        ax.spines[side].set_color(FAINT)
    ax.tick_params(colors=INK, labelsize=9)
    text = "\n".join(part for part in (wrap(title, 60), wrap(note, 78)) if part)
    if title and note:
        ax.set_title(wrap(note, 84), loc="left", fontsize=8.5, color=INK, pad=6)
        lines = wrap(note, 84).count("\n") + 1
        ax.annotate(
            wrap(title, 64),
            xy=(0, 1),
            xycoords="axes fraction",
            xytext=(0, 9 + 11.5 * lines),
            textcoords="offset points",
            fontsize=11,
            fontweight="bold",
            color=INK,
            va="bottom",
        )
    elif text:
        ax.set_title(
            text, loc="left", fontsize=11 if title else 8.5, fontweight="bold" if title else "normal", color=INK
        )
    return ax


def wrap(text: str, width: int = WRAP) -> str:
    """The text in lines of so many letters."""
    return "\n".join(textwrap.wrap(text, width)) or text


def name_items(table: pd.DataFrame, names: Mapping[str, str] | None, items: Sequence[str]) -> dict[str, str]:
    """The words for ids: those given, else those that came with the table, else the ids themselves."""
    known = names if names is not None else table.attrs.get("names", {})
    return {item: str(known.get(item, item.replace("_", " "))) for item in items}


def check_columns(table: pd.DataFrame, needed: Sequence[str], source: str) -> None:
    """Raises ValueError for a table that lacks a column, or has no rows; names the method that makes one."""
    for name in needed:
        if name not in table.columns:
            raise ValueError(f"column '{name}' is missing; give a table as {source} makes it")
    if table.empty:
        raise ValueError(f"the table has no rows: there is nothing to draw; choose other filters in {source}")
