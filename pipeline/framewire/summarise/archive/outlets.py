"""The pages of outlets: each one's words and narratives beside those of all others, and its calendar."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
import pandas as pd

from framewire.codebook import Codebook, Referent
from framewire.summarise.archive.chart import choose_scale, draw_spark
from framewire.summarise.archive.ledger import Ledger, columns_of
from framewire.summarise.archive.pages import Beside, CalendarDay, Contrast, OutletPage, Row
from framewire.summarise.archive.series import Array, Series, build_series, count_only, gather_cases
from framewire.summarise.archive.subjects import draw_panel
from framewire.summarise.calendar import SIGNS
from framewire.summarise.excerpts import clean_line
from framewire.summarise.gaps import Reason
from framewire.summarise.tables import iter_rows

# Pictures of the narratives and the wordings that an outlet has most of.
MAX_CHARTS = 6
_WEEK = 7


def build_outlet_pages(ledger: Ledger, coverage: pd.DataFrame, codebook: Codebook) -> list[OutletPage]:
    """A page for each outlet that was ever watched, by group and name."""
    pages = []
    for outlet, days in coverage.groupby("outlet", sort=True):
        if not _was_watched(days):
            continue
        newest = days.iloc[-1]
        narratives = _contrast_narratives(ledger, codebook, str(outlet))
        pages.append(
            OutletPage(
                id=str(outlet),
                label=clean_line(str(newest["outlet_name"]), limit=60),
                group=str(newest["group"] or "no group"),
                relevant=int(days["relevant"].sum()),
                articles=int(days["articles"].sum()),
                n_gaps=int(days["is_gap"].sum()),
                n_days=len(days),
                contrasts=tuple(_contrast_wordings(ledger, codebook.terminology, str(outlet))),
                narratives=narratives,
                rows=_draw_rows(ledger, codebook, str(outlet)),
                weeks=_arrange_weeks(days),
                signs=_explain_signs(days),
                spark=_draw_activity(ledger, str(outlet)),
            )
        )
    return sorted(pages, key=lambda page: (page.group, page.label.casefold(), page.id))


def _was_watched(days: pd.DataFrame) -> bool:
    return bool((days["polls"] > 0).any() or days["articles"].any())


def _contrast_wordings(ledger: Ledger, terminology: Sequence[Referent], outlet: str) -> list[Contrast]:
    """The referents that the outlet names, those named most often first."""
    counts = ledger.wordings.groupby(["referent", "wording", ledger.wordings["outlet"] == outlet])["n"].sum()
    own, others = (_pick(counts, mine) for mine in (True, False))
    contrasts = []
    for referent in terminology:
        ids = [wording.id for wording in referent.wordings]
        n_own, n_others = (sum(part[referent.id, w] for w in ids) for part in (own, others))
        if not n_own:
            continue
        items = [
            Beside(
                f"“{wording.title}”",
                count_only(own[referent.id, wording.id], n_own),
                count_only(others[referent.id, wording.id], n_others),
            )
            for wording in referent.wordings
            if own[referent.id, wording.id] or others[referent.id, wording.id]
        ]
        contrasts.append(Contrast(referent.id, referent.label, tuple(sorted(items, key=lambda one: -one.own.n))))
    return sorted(contrasts, key=lambda one: -one.items[0].own.total)


def _contrast_narratives(ledger: Ledger, codebook: Codebook, outlet: str) -> tuple[Beside, ...]:
    """The narratives that the outlet or the others tell, those that the outlet tells most first."""
    told = ledger.narratives[ledger.narratives["voice"] != "denied"].drop_duplicates(["article_id", "narrative"])
    is_own = ledger.articles["outlet"] == outlet
    n_own, n_others = int(is_own.sum()), int((~is_own).sum())
    own = Counter(told.loc[told["outlet"] == outlet, "narrative"].tolist())
    others = Counter(told.loc[told["outlet"] != outlet, "narrative"].tolist())
    items = [
        Beside(one.label, count_only(own[one.id], n_own), count_only(others[one.id], n_others))
        for one in codebook.narratives
        if own[one.id] or others[one.id]
    ]
    return tuple(sorted(items, key=lambda one: -one.own.n)) if n_own else ()


def _pick(counts: pd.Series, mine: bool) -> Counter[tuple[str, str]]:
    return Counter({(r, w): int(n) for (r, w, is_own), n in counts.items() if is_own == mine})


def _draw_rows(ledger: Ledger, codebook: Codebook, outlet: str) -> tuple[Row, ...]:
    """The narratives that the outlet tells most, as shares of its articles on the subject, beside all others."""
    told = ledger.narratives[(ledger.narratives["voice"] != "denied")]
    ranked = Counter(
        told[told["outlet"] == outlet].drop_duplicates(["article_id", "narrative"])["narrative"].tolist()
    ).most_common(MAX_CHARTS)
    labels = {one.id: one.label for one in codebook.narratives}
    pairs = [(labels[id_], *_count(ledger, set(told.loc[told["narrative"] == id_, "article_id"]), outlet)) for id_, _ in ranked if id_ in labels]
    if not pairs:
        return ()
    scale = choose_scale(ledger.days, [own for _, own, _ in pairs], ledger.breaks)
    panels = tuple(
        draw_panel(label, own, scale, label=f"{label}: share by day, beside all others", beside=others)
        for label, own, others in pairs
    )
    total = int(pairs[0][1].total.sum())
    return (Row("Narratives over time", "", total, total, panels),)


def _count(ledger: Ledger, holding: set[int], outlet: str) -> tuple[Series, Series]:
    """The series of the outlet's articles that hold something, and of all others'."""
    day, root, own = columns_of(ledger.articles.assign(own=ledger.articles["outlet"] == outlet), "day", "root", "own")
    has = ledger.articles["article_id"].isin(holding).to_numpy().astype("float64")
    return tuple(  # type: ignore[return-value]
        build_series(gather_cases(day[here], root[here], np.ones(int(here.sum()))), has[here], n_days=len(ledger.days))
        for here in (own.astype(bool), ~own.astype(bool))
    )


def _draw_activity(ledger: Ledger, outlet: str) -> tuple[str, ...]:
    """The outlet's articles on the subject in seven days, as a line."""
    day = ledger.articles.loc[ledger.articles["outlet"] == outlet, "day"].to_numpy()
    counts: Array = np.bincount(day, minlength=len(ledger.days)).astype("float64")
    weekly = np.convolve(counts, np.ones(_WEEK))[: len(counts)]
    return draw_spark(weekly, top=max(float(weekly.max()), 1.0))


def _arrange_weeks(days: pd.DataFrame) -> tuple[tuple[CalendarDay | None, ...], ...]:
    """The days in weeks, Monday first."""
    shown = {row.day.date(): _show_day(row) for row in iter_rows(days)}
    first, last = min(shown), max(shown)
    monday = first - timedelta(days=first.weekday())
    n_weeks = ((last - monday).days // _WEEK) + 1
    return tuple(
        tuple(shown.get(monday + timedelta(days=_WEEK * week + i)) for i in range(_WEEK)) for week in range(n_weeks)
    )


def _show_day(row: object) -> CalendarDay:
    day: date = row.day.date()  # type: ignore[attr-defined]
    reason, detail = row.reason, row.detail  # type: ignore[attr-defined]
    relevant, articles = row.relevant, row.articles  # type: ignore[attr-defined]
    sign = SIGNS[Reason(reason)] if Reason(reason).is_gap or Reason(reason) is Reason.QUIET else ""
    title = f"{day:%a} {day.day} {day:%b %Y}: {relevant} of {articles} articles on the subject; {reason}"
    return CalendarDay(day, relevant, articles, sign, clean_line(f"{title}. {detail}" if detail else title, limit=300))


def _explain_signs(days: pd.DataFrame) -> tuple[tuple[str, str], ...]:
    """The signs that occur and what they mean, with how often."""
    counts = Counter(days["reason"].tolist())
    return tuple(
        (sign, f"{reason.value} ({counts[reason.value]})")
        for reason, sign in SIGNS.items()
        if counts[reason.value] and (reason.is_gap or reason is Reason.QUIET)
    )
