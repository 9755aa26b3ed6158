"""Wordings and narratives compared: by outlet or group, and before and after. Tables in, tables out."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import false_discovery_control, fisher_exact

from framewire.analysis.choice import check_name
from framewire.analysis.fixed import fixed_table
from framewire.analysis.shares import SHARE_COLUMNS, add_shares, count_shares, draw_intervals
from framewire.codebook import Codebook, Referent
from framewire.records import Voice
from framewire.summarise.shares import compare, measure

INTERVALS = ("wilson", "bootstrap")
FIRM = ("labelled", "rules-only")
# How voices are put together in counts: scare quotes are a way of quoting.
QUOTED = {Voice.SCARE_QUOTED.value: Voice.ATTRIBUTED.value}
VOICES = (Voice.ASSERTED.value, Voice.ATTRIBUTED.value, Voice.DENIED.value)
CHANGE_DTYPES = {
    "kind": "text",
    "referent": "text",
    "item": "text",
    "accused": "text",
    **dict.fromkeys(("n_before", "total_before"), "int64"),
    "share_before": "float64",
    **dict.fromkeys(("n_after", "total_after"), "int64"),
    **dict.fromkeys(("share_after", "difference", "low", "high", "p", "q"), "float64"),
}


def compare_wordings(
    mentions: pd.DataFrame, referent: Referent, by: Sequence[str], *, ci: str, random_state: int
) -> pd.DataFrame:
    """The columns of `by`, `wording`, `n`, `total`, `share`, `low`, `high`; wordings in the codebook's order.

    Every wording has a row for every value of `by` that names the referent at all. `ci` is one of `INTERVALS`.
    """
    check_name("interval in ci=", ci, INTERVALS)
    items = [wording.id for wording in referent.wordings]
    shares = add_shares(count_shares(mentions, by, "wording", items))
    if ci == "bootstrap":
        shares = _with_drawn(shares, draw_intervals(mentions, by, "wording", items, random_state=random_state), by)
    return shares[[*by, "wording", *SHARE_COLUMNS]]


def _with_drawn(shares: pd.DataFrame, intervals: dict[Any, tuple[float, float]], by: Sequence[str]) -> pd.DataFrame:
    keys = list(zip(*(shares[name] for name in (*by, "wording")), strict=True))
    found = np.array([intervals.get(key, (np.nan, np.nan)) for key in keys], dtype=float).reshape(-1, 2)
    # Draws of what never occurred never hold it: no interval is narrower than Wilson's, which is chance alone.
    return shares.assign(low=np.fmin(shares["low"], found[:, 0]), high=np.fmax(shares["high"], found[:, 1]))


def share_narratives(
    narratives: pd.DataFrame, articles: pd.DataFrame, codebook: Codebook, by: Sequence[str]
) -> pd.DataFrame:
    """`by`, `narrative`, `accused`, `voice`, `n`, `total`, `share`, `low`, `high`: articles with it, of the relevant ones.

    An article counts once for a voice; the voices of one narrative may be added up only if an article has one of them.
    Labels that were left open count nowhere. `accused` is '' unless the narrative is sided.
    """
    sided = [narrative.id for narrative in codebook.narratives if narrative.sided]
    relevant = _relevant(articles)
    totals = relevant.groupby(list(by), observed=True).size() if by else pd.Series({(): len(relevant)})
    firm = narratives[narratives["state"].isin(FIRM) & narratives["article_id"].isin(relevant["article_id"])]
    firm = firm.assign(
        voice=firm["voice"].replace(QUOTED),
        accused=firm["accused"].fillna("unclear").where(firm["narrative"].isin(sided), ""),
    )
    keys = [*by, "narrative", "accused", "voice"]
    counts = firm.groupby(keys, observed=True)["article_id"].nunique()
    kinds = sorted({key[len(by) : -1] for key in counts.index}, key=lambda kind: _order(codebook, kind))
    rows = [
        (*place, *kind, voice, int(counts.get((*place, *kind, voice), 0)), int(total))
        for place, total in ((key if isinstance(key, tuple) else (key,), n) for key, n in totals.items())
        for kind in kinds
        for voice in VOICES
    ]
    return add_shares(fixed_table(rows, {**dict.fromkeys(keys, "text"), "n": "int64", "total": "int64"}))


def _order(codebook: Codebook, kind: tuple[str, ...]) -> tuple[int, str]:
    return codebook.narrative_ids.index(kind[0]) if kind[0] in codebook.narrative_ids else 999, kind[1]


def find_changes(before: dict[str, pd.DataFrame], after: dict[str, pd.DataFrame], codebook: Codebook) -> pd.DataFrame:
    """One row a wording, narrative and accused side that occurs: shares of articles before and after, and their difference.

    Wordings are of the articles that name the referent in a relevant passage, narratives of the relevant articles; a
    narrative that an article only denies does not count. `p` is Fisher's exact test, `q` corrects it for all rows
    (Benjamini and Hochberg 1995), `low` and `high` hold the difference (Newcombe 1998, method 10).

    Args:
        before: the tables `articles`, `mentions` and `narratives` of the earlier span.
        after: those of the later span.
        codebook: whose wordings and narratives they are.
    """
    early, late = dict(_count_items(before, codebook)), dict(_count_items(after, codebook))
    rows = []
    for key in dict.fromkeys([*early, *late]):
        (n, total), (m, pool) = early.get(key, (0, _pool(before, key))), late.get(key, (0, _pool(after, key)))
        if total and pool:
            rows.append((*key, *_test(n, total, m, pool)))
    qs = list(false_discovery_control([row[-1] for row in rows])) if rows else []
    table = fixed_table([(*row, float(q)) for row, q in zip(rows, qs, strict=True)], CHANGE_DTYPES)
    order = np.lexsort((-table["difference"].abs(), table["q"]))
    return table.iloc[order].reset_index(drop=True)


def _pool(tables: dict[str, pd.DataFrame], key: tuple[str, str, str, str]) -> int:
    """How many articles of a span could have an item."""
    kind, referent, _, _ = key
    if kind == "narrative":
        return len(_relevant(tables["articles"]))
    mentions = tables["mentions"]
    return int(mentions.loc[mentions["referent"] == referent, "article_id"].nunique())


def _relevant(articles: pd.DataFrame) -> pd.DataFrame:
    return articles[articles["relevant"].fillna(False).astype(bool)]


def _test(n: int, total: int, m: int, pool: int) -> tuple[Any, ...]:
    early, late = measure(n, total), measure(m, pool)
    is_known = early.share is not None and late.share is not None
    difference, low, high = compare(late, early) if is_known else (m / pool - n / total, np.nan, np.nan)
    p = min(1.0, float(fisher_exact(np.array([[m, pool - m], [n, total - n]])).pvalue))
    return n, total, early.share, m, pool, late.share, difference, low, high, p


def _count_items(
    tables: dict[str, pd.DataFrame], codebook: Codebook
) -> Iterator[tuple[tuple[str, str, str, str], tuple[int, int]]]:
    """((kind, referent, item, accused), (articles with it, articles that could have it)) of what is in the tables."""
    for referent, own in tables["mentions"].groupby("referent", sort=True):
        total = int(own["article_id"].nunique())
        for wording, n in own.groupby("wording", sort=True)["article_id"].nunique().items():
            yield ("wording", str(referent), str(wording), ""), (int(n), total)
    relevant = _relevant(tables["articles"])["article_id"]
    sided = {narrative.id for narrative in codebook.narratives if narrative.sided}
    rows = tables["narratives"]
    rows = rows[rows["state"].isin(FIRM) & rows["article_id"].isin(relevant) & (rows["voice"] != Voice.DENIED.value)]
    rows = rows.assign(accused=rows["accused"].fillna("unclear").where(rows["narrative"].isin(list(sided)), ""))
    counts = rows.groupby(["narrative", "accused"], sort=True)["article_id"].nunique().reset_index()
    for narrative, accused, n in counts.itertuples(index=False):
        yield ("narrative", "", str(narrative), str(accused)), (int(n), len(relevant))
