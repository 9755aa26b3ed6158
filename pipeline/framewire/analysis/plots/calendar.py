"""The coverage table as a calendar."""

from typing import Any

import pandas as pd

from framewire.analysis.plots.style import COLOURS, INK, check_columns, dress, get_axes
from framewire.summarise.calendar import SIGNS
from framewire.summarise.gaps import Reason
from framewire.summarise.tables import iter_rows

# What is no gap is a shade of grey, a gap a colour with a letter; so a grey print loses nothing.
_SHADES = {
    Reason.AS_USUAL: "#9a9a9a",
    Reason.MORE: "#5f5f5f",
    Reason.FEWER: "#c9c9c9",
    Reason.QUIET: "#ececec",
    Reason.TOO_EARLY: "#f7f7f7",
}
_LETTERS = {Reason.NEW: "n", Reason.OVERRUN: "!", Reason.PARTLY_ASKED: "h"}


def coverage_calendar(coverage: pd.DataFrame, *, ax: Any = None) -> Any:
    """The axes: a row an outlet, a column a day; grey where all was read, a colour with a letter where there is a gap.

    Args:
        coverage: of `c.coverage()`.
        ax: where to draw.

    Raises:
        ValueError: the table is none of `c.coverage`, or empty.
    """
    check_columns(coverage, ("day", "outlet_name", "reason", "is_gap"), "c.coverage()")
    outlets = sorted(coverage["outlet_name"].unique(), key=str.casefold, reverse=True)
    days = pd.date_range(coverage["day"].min(), coverage["day"].max(), freq="D")
    ax = get_axes(ax, width=min(14.0, 3.8 + 0.19 * len(days)), height=1.7 + 0.25 * len(outlets))
    reasons = [reason for reason in Reason if reason.value in set(coverage["reason"])]
    gaps = [reason for reason in reasons if reason.is_gap]
    colours = {**_SHADES, **{reason: COLOURS[(i + 1) % 6] for i, reason in enumerate(gaps)}}
    for row in iter_rows(coverage):
        _draw_day(ax, (row.day - days[0]).days, outlets.index(row.outlet_name), Reason(row.reason), colours)
    ax.set_xlim(-0.5, len(days) - 0.5)
    ax.set_ylim(-0.5, len(outlets) - 0.5)
    ax.set_yticks(range(len(outlets)), outlets)
    marks = [place for place, day in enumerate(days) if day.weekday() == 0] or [0]
    ax.set_xticks(marks, [f"{days[place].day} {days[place]:%b}" for place in marks])
    _add_legend(ax, coverage, reasons, colours)
    dress(ax)
    ax.tick_params(axis="y", length=0, labelsize=8.5)
    for side in ("left", "bottom"):
        ax.spines[side].set_visible(False)
    n_gaps = int(coverage["is_gap"].sum())
    ax.set_xlabel(
        f"day (Mondays are named); {n_gaps} of {len(coverage)} outlet days have a gap", fontsize=8.5, color=INK
    )
    return ax


def _draw_day(ax: Any, x: int, y: int, reason: Reason, colours: dict[Reason, str]) -> None:
    from matplotlib.patches import Rectangle

    ax.add_patch(
        Rectangle((x - 0.44, y - 0.42), 0.88, 0.84, facecolor=colours[reason], edgecolor="#bdbdbd", linewidth=0.4)
    )
    if reason.is_gap:
        ax.text(
            x,
            y,
            _LETTERS.get(reason, SIGNS[reason]),
            ha="center",
            va="center",
            fontsize=7,
            fontweight="bold",
            color="white",
        )


def _add_legend(ax: Any, coverage: pd.DataFrame, reasons: list[Reason], colours: dict[Reason, str]) -> None:
    from matplotlib.patches import Patch

    counts = coverage["reason"].value_counts()
    signs = []
    for reason in reasons:
        letter = f"{_LETTERS.get(reason, SIGNS[reason])}: " if reason.is_gap else ""
        label = f"{letter}{reason.value} ({counts[reason.value]})"
        signs.append(Patch(facecolor=colours[reason], edgecolor="#bdbdbd", linewidth=0.5, label=label))
    ax.legend(
        handles=signs,
        loc="upper left",
        bbox_to_anchor=(1.005, 1),
        frameon=False,
        fontsize=8,
        title="what a day holds",
        title_fontsize=8.5,
        alignment="left",
    )
