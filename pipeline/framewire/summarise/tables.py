"""What a summary is made from, as tables, and on which day each article counts."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

from framewire.records import ArticleVersion
from framewire.summarise.audit import AuditedArticle
from framewire.summarise.excerpts import clean_line
from framewire.summarise.parts import MailTrouble
from framewire.summarise.window import Window

MAX_NAME = 60


@dataclass(frozen=True, slots=True)
class Tables:
    """The day and the 28 days before it. `texts` holds the newest version of each article by `version_id`.

    Columns are those of the store's reads of the same names. Rows that count on no day of these may be among them.
    `coverage` are the outlets' rows of the day itself, empty where nothing is known of them. `label_starts` and
    `feed_starts` say since when which model, codebook and feeds are in use; None where that is not known. `audited` are
    all articles that were ever audited with the labels of the model in use. `drift` says how the press has moved away
    from what the model was trained for, and what to do.
    """

    articles: pd.DataFrame
    mentions: pd.DataFrame
    narratives: pd.DataFrame
    passages: pd.DataFrame
    polls: pd.DataFrame
    feeds: pd.DataFrame
    revisions: pd.DataFrame
    texts: Mapping[int, ArticleVersion]
    mail: tuple[MailTrouble, ...] = ()
    coverage: pd.DataFrame = field(default_factory=pd.DataFrame)
    label_starts: pd.DataFrame | None = None
    feed_starts: pd.DataFrame | None = None
    audited: tuple[AuditedArticle, ...] = ()
    drift: tuple[str, ...] = ()


def count_at(articles: pd.DataFrame) -> pd.DataFrame:
    """The articles with `counted_at`: when first seen; of a feed's first poll when published, missing if unknown.

    Source: design, section 7: a new feed brings weeks of history at once.
    """
    seen, published = articles["first_seen_at"], articles["published_at"]
    return articles.assign(counted_at=seen.where(~articles["first_poll"], published))


def find_days_ago(times: pd.Series, window: Window, *, n_days: int) -> pd.Series:
    """How many days before the window each time lies: 0 inside it, up to `n_days`, -1 for any other and for none."""
    windows = [window.before(days) for days in range(n_days, 0, -1)]
    edges = _as_utc([*(earlier.start for earlier in windows), window.start, window.end])
    positions = np.searchsorted(edges, times.dt.tz_localize(None).to_numpy("datetime64[us]"), side="right")
    inside = (positions > 0) & (positions < len(edges)) & times.notna().to_numpy()
    return pd.Series(np.where(inside, n_days + 1 - positions, -1), index=times.index, dtype="int64")


def find_places(times: pd.Series, windows: Sequence[Window]) -> np.ndarray[Any, np.dtype[np.int64]]:
    """In which of these windows, which are in order and without holes, each time lies, from 0; -1 for any other and none."""
    edges = _as_utc([*(window.start for window in windows), windows[-1].end])
    moments = times.dt.tz_localize(None).to_numpy("datetime64[us]")
    places = np.searchsorted(edges, moments, side="right") - 1
    inside = (places < len(windows)) & times.notna().to_numpy()
    return np.where(inside, places, -1).astype("int64")


def iter_rows(table: pd.DataFrame) -> Iterator[Any]:
    """The rows as named tuples; which types their parts have, the table's columns say."""
    yield from table.itertuples(index=False)


def get_row(table: pd.DataFrame, key: int) -> Any:
    """The one row of this index label. Raises KeyError."""
    return table.loc[key]


def text_or_none(value: Any) -> str | None:
    """A table's text as str, None where it is missing."""
    return None if pd.isna(value) else str(value)


def name_outlets(articles: pd.DataFrame) -> dict[str, str]:
    """The names of the outlets that have articles, by id."""
    rows = articles.drop_duplicates("outlet")
    names = zip(rows["outlet"].tolist(), rows["outlet_name"].tolist(), strict=True)
    return {outlet: clean_line(outlet if pd.isna(name) else name, limit=MAX_NAME) for outlet, name in names}


def _as_utc(times: Sequence[datetime]) -> np.ndarray[Any, np.dtype[np.datetime64]]:
    naive = pd.DatetimeIndex(list(times)).tz_convert("UTC").tz_localize(None)
    return np.asarray(naive, dtype="datetime64[us]")
