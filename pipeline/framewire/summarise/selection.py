"""A part of the whole: some outlets, referents and narratives, for a summary of their own."""

from collections.abc import Collection
from dataclasses import dataclass, replace

import pandas as pd

from framewire.codebook import Codebook
from framewire.summarise.tables import Tables


@dataclass(frozen=True, slots=True)
class Selection:
    """Which outlets, referents and narratives, by id; empty = all of them."""

    outlets: frozenset[str] = frozenset()
    referents: frozenset[str] = frozenset()
    narratives: frozenset[str] = frozenset()


EVERYTHING = Selection()


def select_tables(tables: Tables, selection: Selection) -> Tables:
    """The rows of the selection. Articles on the subject stay, whatever stands in them."""
    articles, mentions, narratives = tables.articles, tables.mentions, tables.narratives
    if selection.outlets:
        articles, mentions, narratives = (
            _keep(one, "outlet", selection.outlets) for one in (articles, mentions, narratives)
        )
        tables = replace(
            tables,
            polls=_keep(tables.polls, "outlet", selection.outlets),
            feeds=_keep(tables.feeds, "outlet", selection.outlets),
            revisions=tables.revisions[tables.revisions["article_id"].isin(articles["article_id"])],
            passages=tables.passages[tables.passages["article_id"].isin(articles["article_id"])],
            coverage=tables.coverage if tables.coverage.empty else _keep(tables.coverage, "outlet", selection.outlets),
            feed_starts=_select_starts(tables, articles),
        )
    if selection.referents:
        mentions = _keep(mentions, "referent", selection.referents)
    if selection.narratives:
        narratives = _keep(narratives, "narrative", selection.narratives)
    return replace(tables, articles=articles, mentions=mentions, narratives=narratives)


def select_codebook(codebook: Codebook, selection: Selection) -> Codebook:
    """The codebook with the selected referents and narratives alone."""
    terminology = tuple(one for one in codebook.terminology if one.id in (selection.referents or {one.id}))
    narratives = tuple(one for one in codebook.narratives if one.id in (selection.narratives or {one.id}))
    return codebook.model_copy(update={"terminology": terminology, "narratives": narratives})


def _select_starts(tables: Tables, articles: pd.DataFrame) -> pd.DataFrame | None:
    """The beginnings of the selected outlets' feeds, which go by name."""
    starts = tables.feed_starts
    return None if starts is None else _keep(starts, "outlet", set(articles["outlet_name"]))


def _keep(rows: pd.DataFrame, column: str, ids: Collection[str]) -> pd.DataFrame:
    return rows[rows[column].isin(list(ids))]
