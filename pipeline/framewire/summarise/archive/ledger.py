"""What the archive's pages are counted from: every relevant article with its day, and what stands in it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np
import pandas as pd

from framewire.records import UNCLEAR, ArticleVersion
from framewire.summarise.archive.series import Array, Cases, Series, build_series, gather_cases
from framewire.summarise.cases import VOICE_SHOWN
from framewire.summarise.tables import find_places
from framewire.summarise.window import Window

NO_GROUP = "no group"


@dataclass(frozen=True, slots=True)
class ArchiveTables:
    """The store's reads of the same names, `texts` of the newest mentions by version, `coverage` of all days."""

    told: pd.DataFrame
    wordings: pd.DataFrame
    narratives: pd.DataFrame
    newest: pd.DataFrame
    texts: Mapping[int, ArticleVersion]
    coverage: pd.DataFrame
    label_starts: pd.DataFrame


@dataclass(frozen=True, slots=True)
class Break:
    """From this day on another model or codebook labels. `place` counts the days from 0."""

    place: int
    day: date
    what: str


@dataclass(frozen=True)
class Pool:
    """The articles of some place: which they are, shape `(n_articles,)`, and the cases that they make by day and text."""

    here: Array
    cases: Cases


@dataclass(frozen=True)
class Ledger:
    """All that is counted, by article; `day` counts from the first of `days`.

    `articles` has `article_id`, `day`, `outlet`, `outlet_name`, `group`, `root`; `wordings` and `narratives` these and their
    own, the voice as it is printed; `accused` is '' unless the narrative is sided.
    """

    days: tuple[date, ...]
    articles: pd.DataFrame
    wordings: pd.DataFrame
    narratives: pd.DataFrame
    breaks: tuple[Break, ...]

    @cached_property
    def groups(self) -> list[str]:
        """The groups with a relevant article, by name."""
        return sorted(self.articles["group"].unique())

    @cached_property
    def pools(self) -> dict[str, Pool]:
        """The articles of each group, and of all of them ('')."""
        group = self.articles["group"].to_numpy()
        return {"": self.pool(np.ones(len(group), dtype=bool))} | {one: self.pool(group == one) for one in self.groups}

    @cached_property
    def holding(self) -> dict[tuple[str, str], Array]:
        """The numbers of the articles that carry each (narrative, accused) otherwise than by denying it."""
        told = self.narratives[self.narratives["voice"] != "denied"]
        by_item = told.groupby(["narrative", "accused"])
        return {(str(name), str(accused)): own["article_id"].unique() for (name, accused), own in by_item}

    def find_holding(self, narrative: str, accused: str) -> Array:
        """The numbers of the articles that carry an item of these; none if it was never found."""
        return self.holding.get((narrative, accused), np.empty(0))

    def find_accused(self, narrative: str) -> set[str]:
        """Who is accused in the accounts of a narrative, denied ones too; '' alone if it is not sided, none if it was never found."""
        return set(self.narratives.loc[self.narratives["narrative"] == narrative, "accused"])

    def pool(self, here: Array) -> Pool:
        """The pool of the articles that `here`, shape `(n_articles,)`, says."""
        day, root = columns_of(self.articles[here], "day", "root")
        return Pool(here, gather_cases(day, root, np.ones(len(day))))

    def measure(self, holding: Array, pool: Pool) -> Series:
        """The share of a pool's articles that are among those of these numbers."""
        has = np.isin(self.articles["article_id"].to_numpy()[pool.here], holding)
        return build_series(pool.cases, has.astype("float64"), n_days=len(self.days))


def build_ledger(tables: ArchiveTables, windows: Sequence[Window], *, sided: Collection[str]) -> Ledger:
    """The ledger of these windows, which are in order and without holes. `sided` are the narratives with an accused side."""
    day = find_places(tables.told["counted_at"], windows)
    articles = tables.told.assign(day=day, group=tables.told["group"].fillna("").replace("", NO_GROUP))
    articles = articles[day >= 0].drop(columns=["counted_at"])
    wordings, narratives = (
        rows.assign(voice=rows["voice"].map(VOICE_SHOWN)).merge(articles, on="article_id", how="inner")
        for rows in (tables.wordings, tables.narratives)
    )
    is_sided = narratives["narrative"].isin(list(sided))
    narratives = narratives.assign(accused=narratives["accused"].fillna(UNCLEAR).where(is_sided, ""))
    days = tuple(window.day for window in windows)
    return Ledger(days, articles, wordings, narratives, _find_breaks(tables.label_starts, windows))


def columns_of(rows: pd.DataFrame, *names: str) -> list[Array]:
    """Columns as arrays."""
    return [np.asarray(rows[name]) for name in names]


def _find_breaks(starts: pd.DataFrame, windows: Sequence[Window]) -> tuple[Break, ...]:
    """When another model or codebook began to label; the first ones are a beginning and no break."""
    breaks = []
    for kind, columns in (("model", ["model", "model_digest"]), ("codebook", ["codebook", "codebook_digest"])):
        first = starts.drop_duplicates(columns).iloc[1:]
        for place, row in zip(find_places(first["since"], windows), first.to_dict("records"), strict=True):
            name = row["model"] if kind == "model" else f"{row['codebook']}, version {row['codebook_version']}"
            if place >= 0:
                breaks.append(Break(int(place), windows[place].day, f"{kind} {name} ({row[f'{kind}_digest'][:12]})"))
    return tuple(sorted(breaks, key=lambda one: (one.place, one.what)))
