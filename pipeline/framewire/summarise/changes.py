"""What changed: today's articles against the baseline's, tested, corrected for the number of comparisons."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import false_discovery_control, fisher_exact

from framewire.codebook import Codebook
from framewire.summarise.cases import Cases
from framewire.summarise.parts import Change
from framewire.summarise.shares import Share, compare, measure
from framewire.summarise.words import say_inside

# Source: design, sections 2 and 7; a q-value is the false discovery rate at which a comparison would pass.
MAX_Q = 0.05
MIN_DIFFERENCE = 0.05
MIN_OUTLETS = 3
MIN_ARTICLES_OF_ONE = 5
MAX_CHANGES = 5


@dataclass(frozen=True, slots=True)
class Candidate:
    """One comparison: the articles that could have the item (`pool`), with `has`. Copies are left out of both.

    Articles are the cases and not mentions, because the mentions of one article are not independent.
    """

    kind: str
    item: str
    accused: str
    title: str
    among: str
    pool: pd.DataFrame


def find_changes(
    cases: Cases, codebook: Codebook, *, names: dict[str, str], max_changes: int = MAX_CHANGES
) -> tuple[tuple[Change, ...], int]:
    """The changes worth saying, greatest first, and how many comparisons were made.

    A change is announced if its q-value is under 0.05, it is at least five points large, and it stands in three outlets,
    or in one with five articles. Sources: Fisher's exact test; Benjamini and Hochberg 1995; Newcombe 1998.
    """
    if cases.baseline.basis == "none":
        return (), 0
    candidates = [*_list_wordings(cases, codebook), *_list_narratives(cases, codebook)]
    tables = [_split(candidate.pool, cases) for candidate in candidates]
    testable = [(c, t) for c, t in zip(candidates, tables, strict=True) if _is_testable(*t)]
    if not testable:
        return (), 0
    p_values = [_test(now, before) for _, (now, before, _) in testable]
    q_values = false_discovery_control(p_values)
    found = [
        _describe(candidate, table, float(p), float(q), cases=cases, names=names)
        for (candidate, table), p, q in zip(testable, p_values, q_values, strict=True)
        if q < MAX_Q
    ]
    told = [change for change in found if change is not None]
    ranked = sorted(told, key=_rank)
    return tuple(_without_mirrors(ranked)[:max_changes]), len(testable)


def _list_wordings(cases: Cases, codebook: Codebook) -> Iterator[Candidate]:
    """Each wording, among the articles that name its referent."""
    mentions = cases.mentions[~cases.mentions["is_copy"]]
    for referent in codebook.terminology:
        own = mentions[mentions["referent"] == referent.id]
        pool = own.drop_duplicates("article_id")[["article_id", "outlet", "days_ago"]]
        for wording in referent.wordings:
            users = own.loc[own["wording"] == wording.id, "article_id"]
            marked = pool.assign(has=pool["article_id"].isin(users))
            yield Candidate(
                "wording",
                f"{referent.id}/{wording.id}",
                "",
                wording.title,
                f"articles that name {say_inside(referent.label)}",
                marked,
            )


def _list_narratives(cases: Cases, codebook: Codebook) -> Iterator[Candidate]:
    """Each narrative, a sided one for each accused side, among the relevant articles; denials do not carry it."""
    relevant = cases.relevant
    pool = relevant.loc[~relevant["is_copy"], ["article_id", "outlet", "days_ago"]]
    carried = cases.narratives[cases.narratives["voice"] != "denied"]
    for narrative in codebook.narratives:
        own = carried[carried["narrative"] == narrative.id]
        for side in codebook.sides if narrative.sided else [None]:
            accused = side.id if side else ""
            users = own.loc[own["accused"] == accused, "article_id"]
            title = f"{narrative.label}, laid to {side.label}" if side else narrative.label
            marked = pool.assign(has=pool["article_id"].isin(users))
            yield Candidate("narrative", narrative.id, accused, title, "relevant articles", marked)


def _split(pool: pd.DataFrame, cases: Cases) -> tuple[Share, Share, Share]:
    """Articles with the item today, on the days compared with, and on all days of history."""
    days_ago, has = pool["days_ago"].to_numpy(), pool["has"].to_numpy()
    masks = (np.isin(days_ago, days) for days in ((0,), cases.baseline.days, cases.baseline.history))
    now, before, all_days = (measure(int(has[mask].sum()), int(mask.sum())) for mask in masks)
    return now, before, all_days


def _is_testable(now: Share, before: Share, _: Share) -> bool:
    return now.total > 0 and before.total > 0 and now.n + before.n > 0


def _test(now: Share, before: Share) -> float:
    table = np.array([[now.n, now.total - now.n], [before.n, before.total - before.n]])
    return min(1.0, float(fisher_exact(table).pvalue))


def _describe(
    candidate: Candidate,
    shares: tuple[Share, Share, Share],
    p: float,
    q: float,
    *,
    cases: Cases,
    names: dict[str, str],
) -> Change | None:
    """The change, None if it is small or stands in too few outlets."""
    now, before, all_days = shares
    difference, low, high = compare(now, before)
    outlets = _find_outlets(candidate.pool, cases, is_rise=difference > 0)
    if abs(difference) < MIN_DIFFERENCE or outlets.empty:
        return None
    asserted, quoted = _count_voices(candidate, cases)
    return Change(
        kind=candidate.kind,
        item=candidate.item,
        accused=candidate.accused,
        title=candidate.title,
        among=candidate.among,
        now=now,
        before=before,
        all_days=all_days,
        difference=difference,
        low=low,
        high=high,
        p=p,
        q=q,
        outlets=tuple(names.get(outlet, outlet) for outlet in outlets.index),
        asserted=asserted,
        quoted=quoted,
    )


def _rank(change: Change) -> tuple[float, bool, float, str, str]:
    """The greatest difference first; of two equal ones the rise, since it names what is new."""
    return -round(abs(change.difference), 9), change.difference < 0, change.q, change.kind, change.item


def _find_outlets(pool: pd.DataFrame, cases: Cases, *, is_rise: bool) -> pd.Series:
    """Articles by outlet that make the change, most first; empty if they are too few to tell.

    A fall stands in the outlets that used the item before and wrote of the matter today: a silent outlet made no change.
    """
    today = pool[pool["days_ago"] == 0]
    if is_rise:
        users = today[today["has"]]
    else:
        before = pool[pool["has"] & pool["days_ago"].isin(list(cases.baseline.days))]
        users = before[before["outlet"].isin(today["outlet"])]
    outlets = users.groupby("outlet").size()
    outlets = outlets.sort_values(ascending=False, kind="stable")
    enough = len(outlets) >= MIN_OUTLETS or (len(outlets) > 0 and outlets.iloc[0] >= MIN_ARTICLES_OF_ONE)
    return outlets if enough else outlets.iloc[:0]


def _count_voices(candidate: Candidate, cases: Cases) -> tuple[int, int]:
    """Today's articles that say it in their own voice, and that quote it; one may do both."""
    rows = cases.mentions if candidate.kind == "wording" else cases.narratives
    if candidate.kind == "wording":
        referent, _, wording = candidate.item.partition("/")
        rows = rows[(rows["referent"] == referent) & (rows["wording"] == wording)]
    else:
        rows = rows[(rows["narrative"] == candidate.item) & (rows["accused"] == candidate.accused)]
    own = rows[(rows["days_ago"] == 0) & ~rows["is_copy"]]
    counts = own.groupby("voice")["article_id"].nunique()
    return int(counts.get("asserted", 0)), int(counts.get("quoted", 0))


def _without_mirrors(changes: Sequence[Change]) -> list[Change]:
    """The changes without those that only say another one backwards: of two wordings one rises as the other falls."""
    kept: list[Change] = []
    for change in changes:
        referent = change.item.partition("/")[0]
        said = any(
            other.kind == change.kind == "wording"
            and other.item.partition("/")[0] == referent
            and other.now.n + change.now.n == change.now.total
            and other.before.n + change.before.n == change.before.total
            for other in kept
        )
        if not said:
            kept.append(change)
    return kept
