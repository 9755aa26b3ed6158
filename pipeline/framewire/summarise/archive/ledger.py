"""What the archive's pages are counted from: every relevant article with its day, and what stands in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from framewire.records import ArticleVersion
from framewire.summarise.archive.series import Array
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


@dataclass(frozen=True, slots=True)
class Ledger:
    """All that is counted, by article; `day` counts from the first of `days`.

    `articles` has `article_id`, `day`, `outlet`, `outlet_name`, `group`, `root`; `wordings` and `narratives` these and their
    own, the voice as it is printed.
    """

    days: tuple[date, ...]
    articles: pd.DataFrame
    wordings: pd.DataFrame
    narratives: pd.DataFrame
    breaks: tuple[Break, ...]

    @property
    def groups(self) -> list[str]:
        """The groups with a relevant article, by name."""
        return sorted(self.articles["group"].unique())


def build_ledger(tables: ArchiveTables, windows: Sequence[Window]) -> Ledger:
    """The ledger of these windows, which are in order and without holes."""
    day = find_places(tables.told["counted_at"], windows)
    articles = tables.told.assign(day=day, group=tables.told["group"].fillna("").replace("", NO_GROUP))
    articles = articles[day >= 0].drop(columns=["counted_at"])
    voiced = (
        rows.assign(voice=rows["voice"].map(VOICE_SHOWN)).merge(articles, on="article_id", how="inner")
        for rows in (tables.wordings, tables.narratives)
    )
    return Ledger(
        tuple(window.day for window in windows), articles, *voiced, _find_breaks(tables.label_starts, windows)
    )


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
