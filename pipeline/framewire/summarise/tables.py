"""What a summary is made from, as tables, and on which day each article counts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from framewire.records import ArticleVersion
from framewire.summarise.window import Window


@dataclass(frozen=True, slots=True)
class Tables:
    """The day and the 28 days before it. `texts` holds the newest version of each article by `version_id`.

    Columns are those of the store's reads of the same names. Rows that count on no day of these may be among them.
    """

    articles: pd.DataFrame
    mentions: pd.DataFrame
    narratives: pd.DataFrame
    passages: pd.DataFrame
    polls: pd.DataFrame
    feeds: pd.DataFrame
    revisions: pd.DataFrame
    texts: Mapping[int, ArticleVersion]


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


def _as_utc(times: Sequence[object]) -> np.ndarray:
    return pd.DatetimeIndex(times).tz_convert("UTC").tz_localize(None).to_numpy("datetime64[us]")
