"""Wordings and narratives compared: by outlet or group. Tables in, tables out."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from framewire.analysis.choice import check_name
from framewire.analysis.fixed import fixed_table
from framewire.analysis.shares import SHARE_COLUMNS, add_shares, count_shares, draw_intervals
from framewire.codebook import Codebook, Referent
from framewire.records import UNCLEAR, Voice

INTERVALS = ("wilson", "bootstrap")
FIRM = ("labelled", "rules-only")
# How voices are put together in counts: scare quotes are a way of quoting.
QUOTED = {Voice.SCARE_QUOTED.value: Voice.ATTRIBUTED.value}
VOICES = (Voice.ASSERTED.value, Voice.ATTRIBUTED.value, Voice.DENIED.value)


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
        accused=firm["accused"].fillna(UNCLEAR).where(firm["narrative"].isin(sided), ""),
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


def _relevant(articles: pd.DataFrame) -> pd.DataFrame:
    return articles[articles["relevant"].fillna(False).astype(bool)]
