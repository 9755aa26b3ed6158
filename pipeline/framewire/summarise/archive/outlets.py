"""The pages of outlets: each one's words and narratives beside those of all others, and its calendar."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from framewire.codebook import Codebook, Narrative, Referent
from framewire.summarise.archive.chart import choose_scale, draw_spark
from framewire.summarise.archive.ledger import NO_GROUP, Ledger, columns_of
from framewire.summarise.archive.pages import Beside, CalendarDay, Contrast, OutletPage, Row
from framewire.summarise.archive.series import Array
from framewire.summarise.archive.subjects import can_be_drawn, draw_panel, list_accused
from framewire.summarise.calendar import SIGNS
from framewire.summarise.excerpts import clean_line
from framewire.summarise.gaps import Reason
from framewire.summarise.shares import count_only
from framewire.summarise.tables import iter_rows
from framewire.summarise.words import say_laid
from framewire.text.counts import say_count

# Pictures of the narratives and the wordings that an outlet has most of.
MAX_CHARTS = 6
_WEEK = 7


@dataclass(frozen=True, slots=True)
class Counts:
    """How often each outlet has an item, and all outlets together: mentions of (referent, wording), articles of (narrative, accused)."""

    by_outlet: Mapping[str, Counter[Any]]
    everywhere: Counter[Any]

    def others(self, outlet: str) -> Counter[Any]:
        """All outlets but this one."""
        return self.everywhere - self.by_outlet.get(outlet, Counter())

    def own(self, outlet: str) -> Counter[Any]:
        """This outlet."""
        return self.by_outlet.get(outlet, Counter())


def build_outlet_pages(ledger: Ledger, coverage: pd.DataFrame, codebook: Codebook) -> list[OutletPage]:
    """A page for each outlet that was ever watched, by group and name."""
    wordings, narratives = _count_wordings(ledger), _count_narratives(ledger)
    pages = [
        _build_page(str(outlet), days, ledger, codebook, (wordings, narratives))
        for outlet, days in coverage.groupby("outlet", sort=True)
        if _was_watched(days)
    ]
    return sorted(pages, key=lambda page: (page.group, page.label.casefold(), page.id))


def _build_page(
    outlet: str, days: pd.DataFrame, ledger: Ledger, codebook: Codebook, counts: tuple[Counts, Counts]
) -> OutletPage:
    newest = days.iloc[-1]
    wordings, narratives = counts
    return OutletPage(
        id=outlet,
        label=clean_line(str(newest["outlet_name"]), limit=60),
        group=str(newest["group"] or NO_GROUP),
        relevant=int(days["relevant"].sum()),
        articles=int(days["articles"].sum()),
        n_gaps=int(days["is_gap"].sum()),
        n_days=len(days),
        contrasts=tuple(_contrast_wordings(codebook.terminology, wordings.own(outlet), wordings.others(outlet))),
        narratives=_contrast_narratives(ledger, codebook, narratives, outlet),
        rows=_draw_rows(ledger, codebook, narratives.own(outlet), outlet),
        weeks=_arrange_weeks(days),
        signs=_explain_signs(days),
        spark=_draw_activity(ledger, outlet),
    )


def _was_watched(days: pd.DataFrame) -> bool:
    return bool((days["polls"] > 0).any() or days["articles"].any())


def _count_wordings(ledger: Ledger) -> Counts:
    counts: dict[str, Counter[Any]] = defaultdict(Counter)
    columns = columns_of(ledger.wordings, "outlet", "referent", "wording", "n")
    for outlet, referent, wording, n in zip(*(column.tolist() for column in columns), strict=True):
        counts[outlet][referent, wording] += n
    return Counts(counts, sum(counts.values(), Counter()))


def _count_narratives(ledger: Ledger) -> Counts:
    told = ledger.narratives[ledger.narratives["voice"] != "denied"]
    told = told.drop_duplicates(["article_id", "narrative", "accused"])
    counts: dict[str, Counter[Any]] = defaultdict(Counter)
    columns = columns_of(told, "outlet", "narrative", "accused")
    for outlet, narrative, accused in zip(*(column.tolist() for column in columns), strict=True):
        counts[outlet][narrative, accused] += 1
    return Counts(counts, sum(counts.values(), Counter()))


def _contrast_wordings(terminology: Sequence[Referent], own: Counter[Any], others: Counter[Any]) -> list[Contrast]:
    """The referents that the outlet names, those named most often first."""
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


def _contrast_narratives(ledger: Ledger, codebook: Codebook, counts: Counts, outlet: str) -> tuple[Beside, ...]:
    """The narratives that the outlet or the others tell, those that the outlet tells most first; sided ones by accused side."""
    n_own = int((ledger.articles["outlet"] == outlet).sum())
    own, others, n_others = counts.own(outlet), counts.others(outlet), len(ledger.articles) - n_own
    found = [
        [
            Beside(_title(one, item[1], codebook), count_only(own[item], n_own), count_only(others[item], n_others))
            for item in _list_items(one, codebook, counts.everywhere)
        ]
        for one in codebook.narratives
    ]
    ranked = sorted(filter(None, found), key=lambda items: -max(one.own.n for one in items))
    return tuple(one for items in ranked for one in items) if n_own else ()


def _list_items(narrative: Narrative, codebook: Codebook, counts: Counter[Any]) -> list[tuple[str, str]]:
    """The (narrative, accused) of a narrative that are shown where these are counted; none if there is none of it."""
    found = [accused for name, accused in counts if name == narrative.id and counts[name, accused]]
    return [(narrative.id, accused) for accused in list_accused(narrative, codebook, found)] if found else []


def _title(narrative: Narrative, accused: str, codebook: Codebook) -> str:
    return f"{narrative.label}, {say_laid(codebook, accused)}" if accused else narrative.label


def _draw_rows(ledger: Ledger, codebook: Codebook, own: Counter[Any], outlet: str) -> tuple[Row, ...]:
    """The narratives that the outlet tells most, as shares of its articles on the subject, beside all others."""
    items = _choose_items(codebook, own)
    is_own = (ledger.articles["outlet"] == outlet).to_numpy()
    pools = ledger.pool(is_own), ledger.pool(~is_own)
    pairs = {title: [ledger.measure(ledger.find_holding(*item), pool) for pool in pools] for item, title in items}
    drawn = {title: (mine, others) for title, (mine, others) in pairs.items() if can_be_drawn(mine)}
    if not drawn:
        return ()
    scale = choose_scale(ledger.days, [mine for mine, _ in drawn.values()], ledger.breaks)
    panels = tuple(
        draw_panel(title, mine, scale, label=f"{title}: share by day, beside all others", beside=others)
        for title, (mine, others) in drawn.items()
    )
    total = int(is_own.sum())
    return (Row("Narratives over time", "", total, total, panels),)


def _choose_items(codebook: Codebook, own: Counter[Any]) -> list[tuple[tuple[str, str], str]]:
    """The (narrative, accused) to draw with their titles: the narratives told most, sided ones for each accused side."""
    items = [(one, _list_items(one, codebook, own)) for one in codebook.narratives]
    ranked = sorted((pair for pair in items if pair[1]), key=lambda pair: -max(own[item] for item in pair[1]))
    return [(item, _title(one, item[1], codebook)) for one, parts in ranked[:MAX_CHARTS] for item in parts]


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


def _show_day(row: Any) -> CalendarDay:
    day: date = row.day.date()
    reason, detail = row.reason, row.detail
    relevant, articles = row.relevant, row.articles
    sign = SIGNS[Reason(reason)] if Reason(reason).is_gap or Reason(reason) is Reason.QUIET else ""
    title = f"{day:%a} {day.day} {day:%b %Y}: {relevant} of {say_count(articles, 'article')} on the subject; {reason}"
    return CalendarDay(day, relevant, articles, sign, clean_line(f"{title}. {detail}" if detail else title, limit=300))


def _explain_signs(days: pd.DataFrame) -> tuple[tuple[str, str], ...]:
    """The signs that occur and what they mean, with how often."""
    counts = Counter(days["reason"].tolist())
    return tuple(
        (sign, f"{reason.value} ({counts[reason.value]})")
        for reason, sign in SIGNS.items()
        if counts[reason.value] and (reason.is_gap or reason is Reason.QUIET)
    )
