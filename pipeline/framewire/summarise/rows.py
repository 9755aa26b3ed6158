"""The tables of sections 4 and 5: which word for what, and narratives."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pandas as pd

from framewire.codebook import Codebook, Narrative, Referent
from framewire.summarise.audit import AuditedArticle, compare_audited, correct_share
from framewire.summarise.cases import Cases
from framewire.summarise.counts import Counts
from framewire.summarise.excerpts import clean_line
from framewire.summarise.parts import Example, NarrativeRow, ReferentTable, WordingRow
from framewire.summarise.shares import NO_SHARE, Share
from framewire.summarise.tables import text_or_none
from framewire.summarise.words import say_accused

# What is missing today is listed if it had such a share before.
MIN_MISSED = 0.05


def build_referents(counts: Counts, cases: Cases, codebook: Codebook) -> tuple[ReferentTable, ...]:
    """A table for each referent that was named today, in the codebook's order."""
    today = cases.mentions[cases.mentions["days_ago"] == 0]
    tables = []
    for referent in codebook.terminology:
        own = today[today["referent"] == referent.id]
        if not own.empty:
            rows = tuple(_build_wordings(counts, own, cases, referent))
            tables.append(ReferentTable(referent.id, referent.label, len(own), int(own["article_id"].nunique()), rows))
    return tuple(tables)


def build_narrative_rows(
    counts: Counts,
    cases: Cases,
    codebook: Codebook,
    *,
    unreliable: Mapping[str, str],
    audited: Sequence[AuditedArticle] = (),
) -> tuple[NarrativeRow, ...]:
    """A row for each narrative that was found today or usually is; sided ones for each accused side.

    `unreliable` narratives have one row and no numbers. `audited` articles correct the shares of the others.
    """
    today = cases.narratives[cases.narratives["days_ago"] == 0]
    rows = []
    for narrative in codebook.narratives:
        own = today[today["narrative"] == narrative.id]
        if narrative.id in unreliable:
            rows += _withhold(narrative, own, unreliable[narrative.id])
            continue
        for accused in codebook.list_accused(narrative):
            row = _build_narrative(counts, own[own["accused"] == accused], cases, codebook, (narrative, accused))
            if row.share.n or row.denied or (row.before.share or 0.0) >= MIN_MISSED:
                told = compare_audited(audited, (narrative.id, accused))
                rows.append(replace(row, corrected=correct_share(row.share.n, row.share.total, told)))
    return tuple(rows)


def _withhold(narrative: Narrative, own: pd.DataFrame, too_low: str) -> list[NarrativeRow]:
    """A row without numbers for a narrative that was found today."""
    if own.empty:
        return []
    row = NarrativeRow(
        narrative=narrative.id,
        label=narrative.label,
        accused="",
        accused_label="",
        share=NO_SHARE,
        once=NO_SHARE,
        before=NO_SHARE,
        all_days=NO_SHARE,
        asserted=0,
        attributed=0,
        denied=0,
        groups=(),
        example=None,
        too_low=too_low,
    )
    return [row]


def _build_wordings(counts: Counts, mentions: pd.DataFrame, cases: Cases, referent: Referent) -> list[WordingRow]:
    groups = sorted(mentions["group"].unique())
    rows = []
    for wording in referent.wordings:
        item = (referent.id, wording.id)
        own = mentions[mentions["wording"] == wording.id]
        share, before = counts.share(item), counts.share_before(item)
        if share.n or (before.share or 0.0) >= MIN_MISSED:
            rows.append(
                WordingRow(
                    wording=wording.id,
                    title=wording.title,
                    usage=wording.usage,
                    share=share,
                    once=counts.share(item, copies="once"),
                    before=before,
                    all_days=counts.share_all_days(item),
                    asserted=counts.share(item, voice="asserted").n,
                    quoted=counts.share(item, voice="quoted").n,
                    denied=counts.share(item, voice="denied").n,
                    groups=_by_group(counts, item, groups),
                    example=find_example(own, cases),
                )
            )
    return sorted(rows, key=lambda row: -row.share.n)


def _build_narrative(
    counts: Counts, own: pd.DataFrame, cases: Cases, codebook: Codebook, part: tuple[Narrative, str]
) -> NarrativeRow:
    narrative, accused = part
    item = (narrative.id, accused)
    return NarrativeRow(
        narrative=narrative.id,
        label=narrative.label,
        accused=accused,
        accused_label=say_accused(codebook, accused),
        share=counts.share(item),
        once=counts.share(item, copies="once"),
        before=counts.share_before(item),
        all_days=counts.share_all_days(item),
        asserted=counts.share(item, voice="asserted").n,
        attributed=counts.share(item, voice="quoted").n,
        denied=counts.share(item, voice="denied").n,
        groups=_by_group(counts, item, cases.groups),
        example=find_example(own, cases),
    )


def find_example(rows: pd.DataFrame, cases: Cases) -> Example | None:
    """The first article behind a number that is no copy, else the first; None if there is none."""
    if rows.empty:
        return None
    originals = rows[~rows["is_copy"]]
    article = int((originals if not originals.empty else rows).iloc[0]["article_id"])
    row = cases.articles[cases.articles["article_id"] == article].iloc[0]
    return Example(clean_line(str(row["outlet_name"]), limit=60), text_or_none(row["url"]))


def _by_group(counts: Counts, item: tuple[str, str], groups: list[str]) -> tuple[tuple[str, Share], ...]:
    return tuple((group, counts.share(item, group=group)) for group in groups)
