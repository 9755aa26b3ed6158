"""Shares in long tables: n of total with its interval, by Wilson or by drawing articles anew."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from framewire.summarise.shares import MIN_TOTAL, measure

N_DRAWS = 1000
CONFIDENCE = 0.95
# Draws are made in blocks of so many numbers, some tens of megabytes.
_BLOCK = 4_000_000
SHARE_COLUMNS = ("n", "total", "share", "low", "high")


def add_shares(counts: pd.DataFrame) -> pd.DataFrame:
    """The counts (`n`, `total`) with `share`, `low` and `high`; all three are missing under ten cases."""
    shares = [measure(int(n), int(total)) for n, total in zip(counts["n"], counts["total"], strict=True)]
    columns = {name: [getattr(share, name) for share in shares] for name in ("share", "low", "high")}
    return counts.assign(
        **{name: pd.Series(values, index=counts.index, dtype="float64") for name, values in columns.items()}
    )


def count_shares(rows: pd.DataFrame, by: Sequence[str], item: str, items: Sequence[str]) -> pd.DataFrame:
    """`by`, `item`, `n`, `total`: every item for every value of `by` that has rows at all, so that 0 stands as 0."""
    keys = list(by)
    own = rows.dropna(subset=keys) if keys else rows
    places = own[keys].drop_duplicates().sort_values(keys) if keys else pd.DataFrame(index=range(min(len(own), 1)))
    names = pd.DataFrame({item: pd.Series(list(items), dtype=rows[item].dtype)})
    counts = own.groupby([*keys, item], observed=True).size().rename("n").reset_index()
    whole = places.merge(names, how="cross").merge(counts, on=[*keys, item], how="left")
    whole["n"] = whole["n"].fillna(0).astype("int64")
    whole["total"] = (whole.groupby(keys)["n"].transform("sum") if keys else whole["n"].sum()) + 0
    return whole.astype({"total": "int64"})


def draw_intervals(
    rows: pd.DataFrame, by: Sequence[str], item: str, items: Sequence[str], *, random_state: int
) -> dict[tuple[Any, ...], tuple[float, float]]:
    """(low, high) of each (by ..., item): whole articles are drawn anew, since the mentions of one are alike.

    Source: percentile bootstrap over clusters, Davison and Hinkley 1997, section 3.8.
    """
    rng = np.random.default_rng(random_state)
    intervals: dict[tuple[Any, ...], tuple[float, float]] = {}
    groups = rows.groupby(list(by), sort=True, observed=True) if by else [((), rows)]
    for key, own in groups:
        counts = pd.crosstab(own["article_id"], own[item]).reindex(columns=list(items), fill_value=0).to_numpy(float)
        if counts.sum() < MIN_TOTAL:
            continue
        shares = _draw(counts, rng)
        tail = (1 - CONFIDENCE) / 2
        for place, name in enumerate(items):
            low, high = np.quantile(shares[:, place], [tail, 1 - tail])
            intervals[(*(key if isinstance(key, tuple) else (key,)), name)] = (float(low), float(high))
    return intervals


def draw_sums(counts: NDArray[np.float64], times: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.float64]:
    """The sums of rows drawn anew, as many as there are, (N_DRAWS, n_columns). A row of `counts` stands for `times` alike."""
    n = int(times.sum())
    size = max(1, min(N_DRAWS, _BLOCK // len(counts)))
    drawn = []
    for begin in range(0, N_DRAWS, size):
        weights = rng.multinomial(n, times / n, size=min(size, N_DRAWS - begin))
        drawn.append(weights @ counts)
    return np.concatenate(drawn)


def _draw(counts: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    """Shares of each item in each draw, (N_DRAWS, n_items), from counts by article, (n_articles, n_items)."""
    sums = draw_sums(counts, np.ones(len(counts), dtype=np.int64), rng)
    return np.asarray(sums / np.maximum(sums.sum(axis=1, keepdims=True), 1))


def widen(table: pd.DataFrame, by: Sequence[str], item: str) -> pd.DataFrame:
    """A matrix of shares: a row per value of `by`, a column per item, and `n`, the mentions behind the row."""
    matrix = table.pivot(index=list(by), columns=item, values="share")[list(dict.fromkeys(table[item]))]
    matrix["n"] = table.groupby(list(by))["total"].first()
    matrix.columns.name = item
    return matrix
