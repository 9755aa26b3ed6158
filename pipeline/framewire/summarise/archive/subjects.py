"""The pages of referents and narratives: their shares over time, everywhere and by group."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from framewire.codebook import Codebook, Narrative, Referent
from framewire.records import ArticleVersion
from framewire.summarise.archive.chart import Scale, choose_scale, draw_chart, draw_spark
from framewire.summarise.archive.ledger import Ledger, columns_of
from framewire.summarise.archive.pages import Glance, Panel, Passage, Row, SubjectPage
from framewire.summarise.archive.series import Array, Series, build_series, gather_cases
from framewire.summarise.excerpts import clean_line, cut_excerpt
from framewire.summarise.shares import Share, count_only
from framewire.summarise.tables import iter_rows, text_or_none
from framewire.summarise.words import say_laid, say_of

EVERYWHERE = "all outlets"
VOICES = (("asserted", "in the outlet's own voice"), ("quoted", "quoted"), ("denied", "denied"))


def build_referent_page(
    referent: Referent, ledger: Ledger, codebook: Codebook, examples: Sequence[Passage]
) -> SubjectPage | None:
    """The page of a referent; None if it was never named."""
    mentions = ledger.wordings[ledger.wordings["referent"] == referent.id]
    # Labels of a codebook before this one may name wordings that it no longer has.
    mentions = mentions[mentions["wording"].isin([wording.id for wording in referent.wordings])]
    if mentions.empty:
        return None
    found: list[tuple[str, str, dict[str, Series]]] = []
    for wording in referent.wordings:
        own = (mentions["wording"] == wording.id).to_numpy()
        if own.any():
            note = ", ".join(map(codebook.say_side, wording.usage))
            found.append((f"“{wording.title}”", note and f"usage: {note}", _count_mentions(mentions, own, ledger)))
    ranked = sorted(found, key=lambda one: -int(one[2][EVERYWHERE].n.sum()))
    rows = _draw_rows(ranked, ledger)
    leading = ranked[0]
    return SubjectPage(
        id=referent.id,
        label=referent.label,
        note=referent.note,
        counted="mention",
        rows=rows,
        examples=tuple(examples),
        glances=(_glance(leading[2][EVERYWHERE], leading[0], top=1.0),),
        weight=int(leading[2][EVERYWHERE].week_total[-1]),
    )


def build_narrative_page(narrative: Narrative, ledger: Ledger, codebook: Codebook) -> SubjectPage | None:
    """The page of a narrative, a sided one by accused side; None if it was never found.

    Articles that only deny it are not counted but as such.
    """
    labels = ledger.narratives[ledger.narratives["narrative"] == narrative.id]
    if labels.empty:
        return None
    accused = list_accused(narrative, codebook, ledger.find_accused(narrative.id))
    series = {one: _count_narrative(labels, (narrative.id, one), ledger) for one in accused}
    laid = {one: say_laid(codebook, one) for one in accused}
    parts = [part for one in accused for part in _name_parts(laid[one], *series[one])]
    scale_of = [own for _, _, by in parts for own in by.values()]
    everywhere = {one: by_group[EVERYWHERE] for one, (by_group, _) in series.items()}
    highest = max((float(np.nanmax(one.share)) for one in everywhere.values() if can_be_drawn(one)), default=1.0)
    return SubjectPage(
        id=narrative.id,
        label=narrative.label,
        note=narrative.definition,
        counted="article",
        rows=tuple(_draw_row(part, ledger, scale_of) for part in parts),
        examples=(),
        glances=tuple(_glance(everywhere[one], laid[one], top=highest or 1.0) for one in accused),
        weight=max(int(one.week_n[-1]) for one in everywhere.values()),
        laid=tuple((laid[one], _sum_up(everywhere[one])) for one in accused) if narrative.sided else (),
    )


def list_accused(narrative: Narrative, codebook: Codebook, found: Collection[str]) -> tuple[str, ...]:
    """Whom a narrative is shown by: who was found accused, and each side, so that none is missing beside the other."""
    sides = (narrative.bound_to,) if narrative.bound_to else codebook.side_ids
    return tuple(one for one in codebook.list_accused(narrative) if one in ("", *sides, *found))


def list_examples(
    newest: pd.DataFrame, texts: Mapping[int, ArticleVersion], codebook: Codebook, zone: ZoneInfo
) -> dict[str, list[Passage]]:
    """The newest examples of each referent, its words strong in their sentence."""
    known = codebook.wording_titles
    examples: dict[str, list[Passage]] = {}
    for row in iter_rows(newest):
        version = texts.get(row.version_id)
        if version is None:
            continue
        passage = version.text[row.passage_start : row.passage_end]
        span = (row.start - row.passage_start, row.end - row.passage_start)
        examples.setdefault(row.referent, []).append(
            Passage(
                outlet=clean_line(str(row.outlet_name), limit=60),
                day=row.counted_at.astimezone(zone).date(),
                wording=known.get((row.referent, row.wording), row.wording),
                language=row.language,
                line=cut_excerpt(passage, span),
                url=text_or_none(row.url),
            )
        )
    return examples


def newest_of(series: Series) -> Share:
    """The seven newest days."""
    share = count_only(int(series.week_n[-1]), int(series.week_total[-1]))
    low, high = (None if np.isnan(part[-1]) else float(part[-1]) for part in (series.low, series.high))
    return Share(share.n, share.total, share.share, low, high)


def can_be_drawn(series: Series) -> bool:
    """Whether any seven days have the ten cases that a share needs."""
    return bool(np.isfinite(series.share).any())


def draw_panel(title: str, series: Series, scale: Scale, *, label: str, beside: Series | None = None) -> Panel:
    """The panel of a series."""
    return Panel(
        title,
        draw_chart(series, scale, label=label, beside=beside),
        newest_of(series),
        None if beside is None else newest_of(beside),
    )


def _count_mentions(mentions: pd.DataFrame, own: Array, ledger: Ledger) -> dict[str, Series]:
    """The series of a wording, everywhere and in each group that names the thing often enough."""
    day, root, n, group = columns_of(mentions, "day", "root", "n", "group")
    found = {}
    for name in (EVERYWHERE, *ledger.groups):
        here = np.ones(len(day), dtype=bool) if name == EVERYWHERE else group == name
        cases = gather_cases(day[here], root[here], n[here])
        found[name] = build_series(cases, np.where(own[here], n[here], 0), n_days=len(ledger.days))
    return found


def _count_narrative(
    labels: pd.DataFrame, item: tuple[str, str], ledger: Ledger
) -> tuple[dict[str, Series], dict[str, Series]]:
    """The series of the articles with an item among the relevant ones: everywhere and by group, then by voice."""
    numbers = ledger.find_holding(*item)
    own = labels[labels["accused"] == item[1]]
    by_group = {name or EVERYWHERE: ledger.measure(numbers, pool) for name, pool in ledger.pools.items()}
    by_voice = {
        said: ledger.measure(own.loc[own["voice"] == voice, "article_id"].unique(), ledger.pools[""])
        for voice, said in VOICES
    }
    return by_group, by_voice


def _name_parts(
    laid: str, by_group: dict[str, Series], by_voice: dict[str, Series]
) -> tuple[tuple[str, str, dict[str, Series]], ...]:
    """What a narrative's rows are drawn of: by group, then by voice."""
    titles = (f"{laid}, by group", f"{laid}, by voice") if laid else ("by group", "by voice")
    return tuple((title[0].upper() + title[1:], "", by) for title, by in zip(titles, (by_group, by_voice), strict=True))


def _glance(series: Series, what: str, *, top: float) -> Glance:
    return Glance(f"{what} {say_of(newest_of(series))}".lstrip(), draw_spark(series.share, top=top))


def _sum_up(series: Series) -> Share:
    """All days together."""
    return count_only(int(series.n.sum()), int(series.total.sum()))


def _draw_rows(found: Sequence[tuple[str, str, dict[str, Series]]], ledger: Ledger) -> tuple[Row, ...]:
    return tuple(_draw_row(one, ledger, [s for other in found for s in other[2].values()]) for one in found)


def _draw_row(part: tuple[str, str, dict[str, Series]], ledger: Ledger, scale_of: Sequence[Series]) -> Row:
    title, note, series = part
    first, *others = series
    drawn = [first, *(name for name in others if can_be_drawn(series[name]))]
    scale = choose_scale(ledger.days, scale_of, ledger.breaks)
    panels = tuple(draw_panel(name, series[name], scale, label=f"{title}, {name}: share by day") for name in drawn)
    left_out = tuple((name, int(series[name].total.sum())) for name in others if name not in drawn)
    return Row(title, note, int(series[first].n.sum()), int(series[first].total.sum()), panels, left_out)
