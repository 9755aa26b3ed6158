"""Counts and shares: wordings within their referent, narratives within the relevant articles."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import pandas as pd

from framewire.codebook import Codebook
from framewire.summarise.cases import Cases
from framewire.summarise.parts import Number
from framewire.summarise.reliability import NOT_RELIABLE
from framewire.summarise.shares import NO_SHARE, Share, count_only, measure_by_story

EVERY = ""
"""All groups together."""
RAW = "raw"
"""The note of a number that is not corrected for the model's errors."""
TOTAL = "total"
"""The voice of the cells that hold totals: of a referent, or of all relevant articles."""


class Cell(NamedTuple):
    """What a number counts. `item` is (referent, wording), or (narrative, accused side)."""

    item: tuple[str, str]
    group: str
    voice: str
    copies: str


class Tally(NamedTuple):
    """Cases of a cell, and all that could have been, by story."""

    n: Mapping[int, int]
    total: Mapping[int, int]


Counted = dict[Cell, Tally]


@dataclass(frozen=True, slots=True)
class Counts:
    """n and total of each cell: today, on the days compared with, and on all days of history (without an interval)."""

    now: Counted
    before: Counted
    all_days: Counted

    def share(self, item: tuple[str, str], *, group: str = EVERY, voice: str = "any", copies: str = "raw") -> Share:
        """Today's share of a cell."""
        return _measure(_find(self.now, Cell(item, group, voice, copies)))

    def share_before(self, item: tuple[str, str]) -> Share:
        """The share on the days compared with, all outlets and copies counted."""
        return _measure(_find(self.before, Cell(item, EVERY, "any", "raw")))

    def share_all_days(self, item: tuple[str, str]) -> Share:
        """The share on all days of history."""
        return _without_interval(_find(self.all_days, Cell(item, EVERY, "any", "raw")))

    def list_cells(self) -> list[Cell]:
        """The cells that were counted today or before, in a fixed order, without the totals."""
        return sorted(cell for cell in {*self.now, *self.before} if cell.voice != TOTAL)


def count_wordings(cases: Cases) -> Counts:
    """Mentions of each (referent, wording), among those of the referent; by voice among those of the wording."""
    return Counts(*(_count_mentions(part) for part in _by_time(cases.mentions, cases)))


def count_narratives(cases: Cases) -> Counts:
    """Articles with each (narrative, accused side), among the relevant articles.

    'any' leaves out articles that only deny it; the voices are not exclusive.
    """
    parts = zip(_by_time(cases.narratives, cases), _by_time(cases.relevant, cases), strict=True)
    return Counts(*(_count_articles(narratives, articles) for narratives, articles in parts))


def build_number_rows(
    wordings: Counts, narratives: Counts, codebook: Codebook, *, unreliable: Collection[str]
) -> tuple[Number, ...]:
    """Every counted cell as a number, wordings first, in a fixed order. `unreliable` narratives keep n and total alone.

    Narratives are what the model says, not corrected for its errors: they are marked raw.
    """
    known = set(codebook.narrative_ids)
    found = [_number("narratives", cell, narratives) for cell in narratives.list_cells() if cell.item[0] in known]
    return tuple(
        [_number("wordings", cell, wordings) for cell in wordings.list_cells()]
        + [_withhold(one) if one.narrative in unreliable else replace(one, note=RAW) for one in found]
    )


def _withhold(number: Number) -> Number:
    """The number without its shares."""
    share, before, all_days = (Share(one.n, one.total) for one in (number.share, number.before, number.all_days))
    return replace(number, note=NOT_RELIABLE, share=share, before=before, all_days=all_days)


def _number(section: str, cell: Cell, counts: Counts) -> Number:
    first, second = cell.item
    is_wording = section == "wordings"
    return Number(
        section=section,
        referent=first if is_wording else "",
        narrative="" if is_wording else first,
        wording=second if is_wording else "",
        group=cell.group,
        voice=cell.voice,
        accused="" if is_wording else second,
        copies=cell.copies,
        share=_measure(_find(counts.now, cell)),
        before=_measure(_find(counts.before, cell)),
        all_days=_without_interval(_find(counts.all_days, cell)),
    )


def _find(counted: Mapping[Cell, Tally], cell: Cell) -> Tally | None:
    """The tally of a cell; None if nothing was counted that could have been it."""
    if cell in counted:
        return counted[cell]
    # The wording was not seen, but its referent was: 0 of so many, not "unknown".
    total = counted.get(Cell((cell.item[0], ""), cell.group, TOTAL, cell.copies)) or counted.get(
        Cell(("", ""), cell.group, TOTAL, cell.copies)
    )
    return Tally({}, total.total) if total and cell.voice == "any" else None


def _measure(tally: Tally | None) -> Share:
    return measure_by_story(*tally) if tally else NO_SHARE


def _without_interval(tally: Tally | None) -> Share:
    return count_only(sum(tally.n.values()), sum(tally.total.values())) if tally else NO_SHARE


def _by_time(rows: pd.DataFrame, cases: Cases) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """The rows of today, of the days compared with, and of all days of history."""
    days = rows["days_ago"]
    return (
        rows[days == 0],
        rows[days.isin(list(cases.baseline.days))],
        rows[days.isin(list(cases.baseline.history))],
    )


def _by_group(rows: pd.DataFrame) -> Sequence[tuple[str, str, pd.DataFrame]]:
    """(group, copies, rows) for all outlets and each group, with copies and without."""
    parts = []
    for copies, some in (("raw", rows), ("once", rows[~rows["is_copy"]])):
        parts.append((EVERY, copies, some))
        parts += [(str(group), copies, own) for group, own in some.groupby("group", sort=True)]
    return parts


def _count_mentions(mentions: pd.DataFrame) -> Counted:
    counted: Counted = {}
    for group, copies, rows in _by_group(mentions):
        totals, by_wording, by_voice = (defaultdict[tuple[str, ...], Counter[int]](Counter) for _ in range(3))
        columns = (rows[name].tolist() for name in ("referent", "wording", "voice", "story"))
        for referent, wording, voice, story in zip(*columns, strict=True):
            totals[referent,][story] += 1
            by_wording[referent, wording][story] += 1
            by_voice[referent, wording, voice][story] += 1
        for (referent,), total in totals.items():
            counted[Cell((referent, ""), group, TOTAL, copies)] = Tally(total, total)
        for (referent, wording), n in by_wording.items():
            counted[Cell((referent, wording), group, "any", copies)] = Tally(n, totals[referent,])
        for (referent, wording, voice), n in by_voice.items():
            counted[Cell((referent, wording), group, voice, copies)] = Tally(n, by_wording[referent, wording])
    return counted


def _count_articles(narratives: pd.DataFrame, articles: pd.DataFrame) -> Counted:
    totals = {(group, copies): Counter(rows["story"].tolist()) for group, copies, rows in _by_group(articles)}
    counted: Counted = {Cell(("", ""), group, TOTAL, copies): Tally(n, n) for (group, copies), n in totals.items()}
    for group, copies, rows in _by_group(narratives):
        carriers: dict[Cell, dict[int, int]] = defaultdict(dict)
        columns = (rows[name].tolist() for name in ("narrative", "accused", "voice", "article_id", "story"))
        for narrative, accused, voice, article, story in zip(*columns, strict=True):
            carriers[Cell((narrative, accused), group, voice, copies)][article] = story
            if voice != "denied":
                carriers[Cell((narrative, accused), group, "any", copies)][article] = story
        for cell, stories in carriers.items():
            counted[cell] = Tally(Counter(stories.values()), totals[group, copies])
    return counted
