"""Breaks in the series: days from which on another model, codebook or feed list fills the store."""

from datetime import date, timedelta

import pandas as pd

from framewire.summarise.cases import N_DAYS
from framewire.summarise.excerpts import clean_line
from framewire.summarise.parts import Break
from framewire.summarise.tables import Tables, find_days_ago, iter_rows
from framewire.summarise.window import Window

# The run that sums up a day begins soon after it has ended, and what it brings is that day's.
RUN_WITHIN = timedelta(hours=1)
_MAX_NAMES = 6


def find_breaks(tables: Tables, window: Window) -> tuple[Break, ...]:
    """The breaks of the window and the 28 days before it, oldest first.

    What the first labels and the first polls of a store came with is a beginning and no break. Stored articles are
    labelled anew by a new model or codebook, so a comparison inside one summary is of one of them; summaries printed
    before keep the numbers of the former.
    """
    found = [*_find_label_breaks(tables, window), *_find_feed_breaks(tables, window)]
    return tuple(sorted(found, key=lambda one: (one.day, one.kind)))


def _find_label_breaks(tables: Tables, window: Window) -> list[Break]:
    starts = tables.label_starts
    if starts is None or starts.empty:
        return []
    breaks = []
    for kind, columns in (("model", ["model", "model_digest"]), ("codebook", ["codebook", "codebook_digest"])):
        first = starts.drop_duplicates(columns).iloc[1:]
        for row in iter_rows(first.assign(days_ago=_count_days(first["since"], window))):
            if row.days_ago >= 0:
                name = row.model if kind == "model" else f"{row.codebook}, version {row.codebook_version}"
                digest = row.model_digest if kind == "model" else row.codebook_digest
                breaks.append(Break(_date_of(window, row.days_ago), kind, f"{name} ({digest[:12]})"))
    return breaks


def _find_feed_breaks(tables: Tables, window: Window) -> list[Break]:
    starts = tables.feed_starts
    if starts is None or starts.empty:
        return []
    opening = starts["since"].min() + timedelta(days=1)
    added = starts[starts["since"] >= opening]
    dropped = starts[~starts["listed"]]
    days: dict[int, dict[str, list[str]]] = {}
    for what, rows, column in (("added", added, "since"), ("no longer asked", dropped, "until")):
        for outlet, days_ago in zip(rows["outlet"].tolist(), _count_days(rows[column], window).tolist(), strict=True):
            if days_ago >= 0:
                days.setdefault(days_ago, {}).setdefault(what, []).append(clean_line(str(outlet), limit=60))
    return [Break(_date_of(window, days_ago), "feeds", _say_feeds(parts)) for days_ago, parts in days.items()]


def _say_feeds(parts: dict[str, list[str]]) -> str:
    said = []
    for what, outlets in parts.items():
        names = sorted(set(outlets))
        more = f" and {len(names) - _MAX_NAMES} more" if len(names) > _MAX_NAMES else ""
        said.append(f"{len(outlets)} {what} ({', '.join(names[:_MAX_NAMES])}{more})")
    return "; ".join(said)


def _count_days(times: pd.Series, window: Window) -> pd.Series:
    return find_days_ago(times - RUN_WITHIN, window, n_days=N_DAYS)


def _date_of(window: Window, days_ago: int) -> date:
    return window.day - timedelta(days=int(days_ago))
