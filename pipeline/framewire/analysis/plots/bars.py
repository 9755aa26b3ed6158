"""Narratives by group and voice."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from framewire.analysis.plots.style import (
    COLOURS,
    FAINT,
    INK,
    VOICE_WORDS,
    check_columns,
    dress,
    get_axes,
    name_items,
)
from framewire.summarise.shares import MIN_TOTAL

_LOOKS: dict[str, dict[str, Any]] = {
    "asserted": {"facecolor": COLOURS[0], "hatch": ""},
    "attributed": {"facecolor": "#b9dcf2", "hatch": "////"},
    "denied": {"facecolor": "white", "hatch": "...."},
}
# So many narratives fit on a page.
MAX_NARRATIVES = 6


def narratives_by_group(
    shares: pd.DataFrame,
    *,
    narratives: Sequence[str] | None = None,
    names: Mapping[str, str] | None = None,
    ax: Any = None,
) -> Any:
    """The axes: for each narrative a bar a group, its parts the voices, in per cent of the group's relevant articles.

    Sided narratives have a block for each accused side. An article may have two voices, so parts may overlap in articles.

    Args:
        shares: of `c.narrative_shares(by=...)`, with one column in by=.
        narratives: ids; by default the six blocks with most articles.
        names: words for the narratives; by default those of the codebook.
        ax: where to draw.

    Raises:
        ValueError: the table is none of `c.narrative_shares`, or holds none of the narratives.
    """
    check_columns(shares, ("narrative", "accused", "voice", "n", "total"), "c.narrative_shares()")
    by = str(shares.columns[0])
    own = shares if narratives is None else shares[shares["narrative"].isin(list(narratives))]
    check_columns(own, ("narrative",), "c.narrative_shares()")
    blocks = own.groupby(["narrative", "accused"])["n"].sum().sort_values(ascending=False, kind="stable")
    chosen = blocks.index.tolist()[: None if narratives is not None else MAX_NARRATIVES]
    groups = sorted(own[by].unique(), reverse=True)
    words = name_items(shares, names, [narrative for narrative, _ in chosen])
    ax = get_axes(ax, width=8.2, height=1.5 + len(chosen) * (0.24 * len(groups) + 0.16))
    ticks: list[tuple[float, str]] = []
    for number, (narrative, accused) in enumerate(reversed(chosen)):
        base = number * (len(groups) + 0.9)
        block = own[(own["narrative"] == narrative) & (own["accused"] == accused)]
        for place, group in enumerate(groups):
            total = _draw_bar(ax, base + place, block[block[by] == group])
            ticks.append(
                (base + place, f"{group} (n = {total})" if total >= MIN_TOTAL else f"{group} (n < {MIN_TOTAL})")
            )
        side = f", accused: {accused}" if accused else ""
        ax.text(
            -0.02,
            base + len(groups) - 0.35,
            words[narrative] + side,
            fontsize=9,
            fontweight="bold",
            color=INK,
            va="bottom",
            transform=ax.get_yaxis_transform(),
            ha="right",
        )
    ax.set_yticks([place for place, _ in ticks], [text for _, text in ticks])
    ax.set_ylim(-0.7, len(chosen) * (len(groups) + 0.9) + 0.1)
    ax.xaxis.set_major_formatter(lambda value, _: f"{100 * value:.0f} %")
    ax.set_xlabel(f"of the relevant articles of each {by}", fontsize=9, color=INK)
    ax.set_xlim(0, max(0.1, max((bar.get_x() + bar.get_width() for bar in ax.patches), default=0.1) * 1.04))
    ax.grid(axis="x", color="#e4e4e4", linewidth=0.7)
    ax.set_axisbelow(True)
    _add_legend(ax)
    dress(ax)
    ax.tick_params(axis="y", length=0, labelsize=8)
    return ax


def _draw_bar(ax: Any, y: float, rows: pd.DataFrame) -> int:
    """Draws the voices one behind the other; the total is returned. Too few cases are a word instead."""
    total = int(rows["total"].iloc[0]) if len(rows) else 0
    if total < MIN_TOTAL:
        ax.text(0.002, y, "too few articles", fontsize=7, color=FAINT, va="center", style="italic")
        return total
    left = 0.0
    for voice, look in _LOOKS.items():
        width = float(rows.loc[rows["voice"] == voice, "n"].sum()) / total
        ax.barh(y, width, left=left, height=0.78, edgecolor=INK, linewidth=0.6, **look)
        left += width
    return total


def _add_legend(ax: Any) -> None:
    from matplotlib.patches import Patch

    signs = [Patch(edgecolor=INK, linewidth=0.6, label=VOICE_WORDS[voice], **look) for voice, look in _LOOKS.items()]
    ax.legend(
        handles=signs,
        loc="lower right",
        bbox_to_anchor=(1, 1.005),
        ncols=3,
        frameon=False,
        fontsize=8.5,
        borderaxespad=0.2,
    )
