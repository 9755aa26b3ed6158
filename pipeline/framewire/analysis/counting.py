"""Counts by day, and rows that count in a span of days, for whoever compares spans of time."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd

from framewire.analysis.choice import check_name
from framewire.analysis.days import Calendar
from framewire.analysis.shares import add_shares
from framewire.codebook import Codebook
from framewire.store import (
    Only,
    count_articles,
    count_mentions,
    count_narratives,
    explore_articles,
    explore_mentions,
    explore_narratives,
    get_first_seen,
    reading,
)
from framewire.workflow.workspace import Workspace

# What a first poll brings counts when it was published, which may be long before it was seen, never much after.
_AHEAD = timedelta(days=2)


def count_by_day(
    workspace: Workspace, calendar: Calendar, only: Only, *, what: str | None, by: Sequence[str]
) -> pd.DataFrame:
    """`day`, the columns of `by`, `item`, `n`, `total`, `share`, `low`, `high`, counted in the database.

    Raises:
        ValueError: `what` is neither a referent nor a narrative of the codebook.
    """
    kind = _find_kind(workspace.codebook, what)
    with reading(workspace.engine) as conn:
        start = only.since or get_first_seen(conn) or datetime.now(UTC)
        first = calendar.day_at(start)
        last = calendar.day_at((only.until or datetime.now(UTC)) - timedelta(microseconds=1))
        stretches = calendar.list_stretches(first, max(first, last))
        if kind == "referent":
            table = count_mentions(conn, stretches, by=by, only=only, referent=str(what))
        elif kind == "narrative":
            table = count_narratives(conn, stretches, by=by, only=only, narrative=str(what))
        else:
            table = count_articles(conn, stretches, by=by, only=only)
    if kind == "referent":
        table = _with_zeros(table, by, [w.id for w in workspace.codebook.get_referent(str(what)).wordings])
    days = np.datetime64(first, "us") + table["day"].to_numpy().astype("timedelta64[D]")
    return add_shares(table.assign(day=pd.Series(days, index=table.index, dtype="datetime64[us]")))


def _find_kind(codebook: Codebook, what: str | None) -> str:
    if what is None:
        return "articles"
    referents = [referent.id for referent in codebook.terminology]
    check_name("referent or narrative", what, [*referents, *codebook.narrative_ids])
    return "referent" if what in referents else "narrative"


def _with_zeros(table: pd.DataFrame, by: Sequence[str], items: Sequence[str]) -> pd.DataFrame:
    """Every wording for every day and value of `by` on which the referent was named: 0 stands as 0."""
    keys = ["day", *by]
    known = [*items, *sorted(set(table["item"]) - set(items))]
    places = table[[*keys, "total"]].drop_duplicates()
    whole = places.merge(pd.DataFrame({"item": known}, dtype=table["item"].dtype), how="cross")
    whole = whole.merge(table[[*keys, "item", "n"]], on=[*keys, "item"], how="left")
    return whole.assign(n=whole["n"].fillna(0).astype("int64"))[[*keys, "item", "n", "total"]]


def read_counted(
    workspace: Workspace,
    only: Only,
    *,
    referent: str | None = None,
    names: Sequence[str] = ("articles", "mentions", "narratives"),
) -> dict[str, pd.DataFrame]:
    """The tables of these names with the articles that count in the span; mentions of passages beside the subject, too."""
    wide = replace(only, since=only.since - _AHEAD if only.since else None, until=None)
    with reading(workspace.engine) as conn:
        found = {}
        if "articles" in names:
            found["articles"] = explore_articles(conn, wide)
        if "mentions" in names:
            found["mentions"] = explore_mentions(conn, wide, referent=referent)
        if "narratives" in names:
            found["narratives"] = explore_narratives(conn, wide)
    return {name: keep_counted(table, only) for name, table in found.items()}


def keep_counted(table: pd.DataFrame, only: Only) -> pd.DataFrame:
    """The rows of articles that count in the span, by `counted_at`; those that count on no day go."""
    times = table["counted_at"]
    kept = times.notna()
    kept &= times >= only.since if only.since else True
    kept &= times < only.until if only.until else True
    return table[kept].reset_index(drop=True)


def keep_relevant(mentions: pd.DataFrame) -> pd.DataFrame:
    """The mentions of passages that are about the subject."""
    return mentions[mentions["relevant"]].reset_index(drop=True)


def widen_narratives(narratives: pd.DataFrame, articles: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """One row an article, one column a narrative: carried, not carried, or missing.

    Missing: the article has no labels, or the model left the narrative open (`abstained`) and no passage carries it.
    A narrative that an article only denies is not carried.
    """
    fixed = ["article_id", "outlet", "group", "language", "counted_at", "day", "state", "relevant"]
    wide = articles[fixed].copy()
    pairs = {
        kind: set(zip(rows["article_id"], rows["narrative"], strict=True))
        for kind, rows in (
            ("carried", narratives[(narratives["state"] != "abstained") & (narratives["voice"] != "denied")]),
            ("open", narratives[narratives["state"] == "abstained"]),
        )
    }
    known = wide["relevant"].notna()
    for name in names:
        carried = np.array([(number, name) in pairs["carried"] for number in wide["article_id"]], dtype=bool)
        left_open = np.array([(number, name) in pairs["open"] for number in wide["article_id"]], dtype=bool)
        values = pd.Series(carried, index=wide.index, dtype="boolean")
        wide[name] = values.mask(~known | (left_open & ~carried))
    return wide
