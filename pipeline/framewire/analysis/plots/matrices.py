"""Outlets beside wordings: shares of many articles, and the single mentions of one story."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from framewire.analysis.plots.style import (
    COLOURS,
    INK,
    VOICE_WORDS,
    VOICES,
    check_columns,
    dress,
    get_axes,
    name_items,
    wrap,
)
from framewire.summarise.shares import MIN_TOTAL
from framewire.summarise.tables import iter_rows

_SHARE_COLUMNS = ("wording", "n", "total", "share", "low", "high")


def outlets_by_wordings(compared: pd.DataFrame, *, names: Mapping[str, str] | None = None, ax: Any = None) -> Any:
    """The axes: a row an outlet (or group), a column a wording, the darker the larger its share; n beside the row.

    Rows with fewer than ten mentions are hatched and have no numbers.

    Args:
        compared: of `c.compare(referent)`, long.
        names: words for the wordings; by default those of the codebook.
        ax: where to draw.

    Raises:
        ValueError: the table is none of `c.compare`, or empty.
    """
    check_columns(compared, _SHARE_COLUMNS, "c.compare(referent)")
    by = [str(name) for name in compared.columns if name not in _SHARE_COLUMNS]
    rows = compared[by].astype(str).agg(", ".join, axis=1) if by else pd.Series("all", index=compared.index)
    table = compared.assign(row=rows)
    items = list(dict.fromkeys(table["wording"]))
    first = items[0]
    order = table[table["wording"] == first].sort_values(
        ["share", "total"], ascending=[True, True], na_position="first"
    )
    outlets = order["row"].tolist()
    words = name_items(compared, names, items)
    ax = get_axes(ax, width=2.6 + 1.15 * len(items), height=1.5 + 0.36 * len(outlets))
    for row in iter_rows(table):
        _draw_cell(ax, items.index(row.wording), outlets.index(row.row), row)
    totals = table.groupby("row")["total"].first()
    shown = [
        f"{name}  (n = {totals[name]})" if totals[name] >= MIN_TOTAL else f"{name}  (n < {MIN_TOTAL})"
        for name in outlets
    ]
    ax.set_yticks(range(len(outlets)), shown)
    ax.set_xticks(range(len(items)), [wrap(words[item], 13) for item in items])
    ax.set_xlim(-0.5, len(items) - 0.5)
    ax.set_ylim(-0.5, len(outlets) - 0.5)
    ax.tick_params(length=0)
    ax.xaxis.tick_top()
    dress(ax)
    for spine in ax.spines.values():
        spine.set_visible(False)
    label = str(compared.attrs.get("label", ""))
    ax.set_xlabel(
        wrap(f"{label}: share of each wording among an outlet’s mentions, and its 95 % interval".strip(": "), 70),
        fontsize=8.5,
        color=INK,
    )
    return ax


def _draw_cell(ax: Any, x: int, y: int, row: Any) -> None:
    import matplotlib as mpl
    from matplotlib.patches import Rectangle

    box: dict[str, Any] = {"xy": (x - 0.48, y - 0.46), "width": 0.96, "height": 0.92}
    if pd.isna(row.share):
        ax.add_patch(Rectangle(**box, facecolor="white", edgecolor="#cccccc", hatch="////", linewidth=0))
        return
    # Lightness alone carries the value, so that a grey print says the same.
    colour = mpl.colormaps["Blues"](0.05 + 0.9 * row.share)
    ax.add_patch(Rectangle(**box, facecolor=colour, edgecolor="#bbbbbb", linewidth=0.5))
    ink = "white" if row.share > 0.55 else INK
    ax.text(x, y + 0.12, f"{100 * row.share:.0f} %", ha="center", va="center", fontsize=9.5, color=ink)
    ax.text(x, y - 0.25, f"{100 * row.low:.0f}–{100 * row.high:.0f}", ha="center", va="center", fontsize=6.5, color=ink)


def story_wordings(mentions: pd.DataFrame, *, names: Mapping[str, str] | None = None, ax: Any = None) -> Any:
    """The axes: which outlet names one thing how in one story, a sign a voice; no shares, since a story has few mentions.

    Args:
        mentions: of `c.mentions(referent, articles=...)`, of the articles of one story.
        names: words for the wordings.
        ax: where to draw.

    Raises:
        ValueError: the table is none of `c.mentions`, is empty, or holds several referents.
    """
    check_columns(mentions, ("outlet", "referent", "wording", "voice"), "c.mentions(referent, articles=...)")
    referents = sorted(mentions["referent"].unique())
    if len(referents) > 1:
        raise ValueError(
            f"column 'referent': {', '.join(referents)}; draw one referent: c.mentions(referent, articles=...)"
        )
    items = mentions["wording"].value_counts().index.tolist()
    used = {
        str(outlet): sorted(items.index(item) for item in own["wording"]) for outlet, own in mentions.groupby("outlet")
    }
    rows = sorted(used, key=lambda outlet: used[outlet], reverse=True)
    words = name_items(mentions, names, items)
    ax = get_axes(ax, width=3.4 + 1.2 * len(items), height=1.9 + 0.34 * len(rows))
    for number, voice in enumerate(VOICES):
        own = mentions[mentions["voice"] == voice].drop_duplicates(["outlet", "wording"])
        _draw_voice(
            ax,
            [
                (items.index(w) + (number - 1.5) * 0.17, rows.index(o))
                for w, o in zip(own["wording"], own["outlet"], strict=True)
            ],
            voice,
        )
    ax.set_yticks(range(len(rows)), rows)
    ax.set_xticks(range(len(items)), [wrap(words[item], 14) for item in items])
    ax.set_xlim(-0.5, len(items) - 0.5)
    ax.set_ylim(-0.6, len(rows) - 0.4)
    ax.set_xticks([place + 0.5 for place in range(len(items) - 1)], minor=True)
    ax.grid(axis="x", which="minor", color="#dddddd", linewidth=0.8)
    ax.grid(axis="y", color="#eeeeee", linewidth=0.8)
    ax.set_axisbelow(True)
    ax.tick_params(length=0, which="both")
    ax.xaxis.tick_top()
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.02), ncols=2, frameon=False, fontsize=8.5)
    dress(ax)
    for spine in ax.spines.values():
        spine.set_visible(False)
    return ax


def _draw_voice(ax: Any, places: list[tuple[float, int]], voice: str) -> None:
    signs = {
        "asserted": {"marker": "o", "facecolors": COLOURS[0], "edgecolors": COLOURS[0]},
        "attributed": {"marker": "o", "facecolors": "white", "edgecolors": COLOURS[0]},
        "scare_quoted": {"marker": "D", "facecolors": "white", "edgecolors": COLOURS[5]},
        "denied": {"marker": "x", "color": COLOURS[1]},
    }
    if places:
        x, y = zip(*places, strict=True)
        ax.scatter(x, y, s=58, linewidths=1.7, label=VOICE_WORDS[voice], zorder=3, **signs[voice])
