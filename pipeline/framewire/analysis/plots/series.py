"""Shares of wordings over time."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from framewire.analysis.choice import check_name
from framewire.analysis.plots.style import (
    COLOURS,
    DASHES,
    FAINT,
    INK,
    MARKERS,
    check_columns,
    dress,
    get_axes,
    name_items,
    wrap,
)
from framewire.analysis.shares import add_shares
from framewire.summarise.shares import MIN_TOTAL
from framewire.summarise.tables import iter_rows

PERIODS = {"day": "D", "week": "W-SUN", "month": "M"}
# More lines than this cannot be told apart.
MAX_ITEMS = 6


def wordings_over_time(
    daily: pd.DataFrame,
    *,
    every: str = "week",
    breaks: pd.DataFrame | None = None,
    names: Mapping[str, str] | None = None,
    ax: Any = None,
) -> Any:
    """The axes: the share of each wording by day, week (from Monday) or month, with its 95 % interval; n stands below.

    Under ten cases nothing is drawn and the line is broken. Of more than six items the most frequent are shown.

    Args:
        daily: of `c.daily(referent)`; its outlets or groups are put together.
        every: 'day', 'week' or 'month'.
        breaks: of `c.labelled_by()`: where another codebook or model begins stands a line.
        names: words for the items; by default those of the codebook.
        ax: where to draw.

    Raises:
        ValueError: the table is none of `c.daily`, or empty; no such period.
    """
    check_columns(daily, ("day", "item", "n", "total"), "c.daily(referent)")
    check_name("period in every=", every, PERIODS)
    shares = sum_periods(daily, PERIODS[every])
    items = shares.groupby("item")["n"].sum().sort_values(ascending=False, kind="stable").index.tolist()[:MAX_ITEMS]
    words = name_items(daily, names, items)
    ax = get_axes(ax, width=8.6, height=4.4)
    places = {start: place for place, start in enumerate(sorted(shares["start"].unique()))}
    for number, item in enumerate(items):
        own = shares[shares["item"] == item].set_index("start").reindex(list(places))
        _draw_line(ax, own, number, len(items), words[item])
    _mark_periods(ax, shares, places, every)
    if breaks is not None:
        _mark_breaks(ax, breaks, list(places))
    highest = float(shares["high"].max()) if shares["high"].notna().any() else 1.0
    ax.set_ylim(0, max(0.1, highest * (1.08 if breaks is None else 1.25)))
    ax.yaxis.set_major_formatter(lambda value, _: f"{100 * value:.0f} %")
    ax.set_ylabel("share of mentions", color=INK, fontsize=9)
    ax.grid(axis="y", color="#e4e4e4", linewidth=0.7)
    ax.set_axisbelow(True)
    ax.legend(
        loc="center left", bbox_to_anchor=(1.01, 0.5), frameon=False, fontsize=9, labelspacing=0.9, handlelength=3
    )
    return dress(
        ax,
        title=str(daily.attrs.get("label", "")),
        note="Share of each wording among all mentions, with 95 % intervals",
    )


def sum_periods(daily: pd.DataFrame, frequency: str) -> pd.DataFrame:
    """`start`, `item`, `n`, `total`, `share`, `low`, `high` of each period, all values of `by` put together."""
    by = [str(name) for name in daily.columns if name not in ("item", "n", "total", "share", "low", "high")]
    starts = daily["day"].dt.to_period(frequency).dt.start_time
    n = daily.assign(start=starts).groupby(["start", "item"])["n"].sum().rename("n")
    places = daily.assign(start=starts).drop_duplicates(by)
    total = places.groupby("start")["total"].sum().rename("total")
    return add_shares(n.reset_index().merge(total.reset_index(), on="start"))


def _draw_line(ax: Any, own: pd.DataFrame, number: int, n_items: int, name: str) -> None:
    x = np.arange(len(own)) + (number - (n_items - 1) / 2) * 0.09
    share = own["share"].to_numpy(float)
    spread = np.vstack([share - own["low"].to_numpy(float), own["high"].to_numpy(float) - share]).clip(min=0)
    style = number % len(COLOURS)
    ax.errorbar(
        x,
        share,
        yerr=spread,
        color=COLOURS[style],
        marker=MARKERS[style],
        linestyle=DASHES[style],
        markersize=5.5,
        linewidth=1.6,
        elinewidth=0.9,
        capsize=2,
        markeredgecolor="white",
        markeredgewidth=0.6,
        label=wrap(name),
    )


def _mark_periods(ax: Any, shares: pd.DataFrame, places: Mapping[Any, int], every: str) -> None:
    """Dates with the number of mentions below; where there are too few, that it is so."""
    totals = shares.groupby("start")["total"].first()
    step = max(1, -(-len(places) // 12))
    labels = []
    for start in places:
        when = f"{start:%b %Y}" if every == "month" else f"{start.day} {start:%b}"
        n = int(totals[start])
        labels.append(f"{when}\nn = {n}" if n >= MIN_TOTAL else f"{when}\nn < {MIN_TOTAL}")
    ax.set_xticks(range(0, len(places), step), labels[::step])
    ax.set_xlim(-0.6, len(places) - 0.4)
    ax.set_xlabel({"week": "week from", "day": "day", "month": "month"}[every], color=INK, fontsize=9)


def _mark_breaks(ax: Any, breaks: pd.DataFrame, starts: list[Any]) -> None:
    """A dotted line where the labels of another codebook or model begin; the first ones are no break."""
    check_columns(breaks, ("codebook_version", "model", "first_seen_at"), "c.labelled_by()")
    for row in iter_rows(breaks.sort_values("first_seen_at").iloc[1:]):
        place = (
            int(
                np.searchsorted(
                    np.array(starts, dtype="datetime64[ns]"),
                    row.first_seen_at.tz_localize(None).to_datetime64(),
                    side="right",
                )
            )
            - 0.5
        )
        if not -0.5 <= place <= len(starts) - 0.5:
            continue
        model = "rules alone" if pd.isna(row.model) else str(row.model).rpartition("/")[2]
        ax.axvline(place, color=FAINT, linestyle=":", linewidth=1.4)
        ax.annotate(
            wrap(f"labels by {model}, codebook {row.codebook_version} from here", 20),
            xy=(place, 0.99),
            xycoords=("data", "axes fraction"),
            xytext=(4, 0),
            textcoords="offset points",
            fontsize=7.5,
            color=INK,
            va="top",
        )
