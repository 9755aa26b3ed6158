"""Stories: the articles of several outlets about one event."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.cluster import AgglomerativeClustering
from sklearn.feature_extraction.text import TfidfVectorizer

from framewire.summarise.languages import link_groups
from framewire.summarise.nearness import WITHIN_DAYS, fade
from framewire.summarise.openings import Opening, list_stems

# Source: design, section 3 (a story is several outlets about one event).
MIN_OUTLETS = 3
# Mean distance inside a story. Source: tests/benchmarks/bench_stories.py, the sample press; on real press that is as dense
# the best is not far from there (docs/method.md, "Stories").
MAX_DISTANCE = 0.85
# More articles in one language than this make the square table of distances too large; they are looked at in parts, by time.
MAX_ARTICLES = 3000


def number_stories(
    articles: pd.DataFrame, openings: Mapping[int, Opening], *, background: Sequence[Opening] = ()
) -> dict[int, int]:
    """The number of each article's story, from 0 on; every article has one, if only its own.

    A story reaches over 48 hours at most, so days far apart are looked at one by one. Texts in one language are joined by
    their words, and what comes of that is joined over languages by names, numbers and wordings.

    Args:
        articles: `article_id`, `outlet`, `counted_at`; copies already left out.
        openings: what the articles are told by (`list_openings`), by article id.
        background: others of the subject, so that its everyday words weigh little.
    """
    table = articles.sort_values(["counted_at", "article_id"])
    ids = table["article_id"].tolist()
    told = [openings[article] for article in ids]
    days = (table["counted_at"] - pd.Timestamp(0, tz="UTC")).to_numpy() / np.timedelta64(1, "D")
    groups = np.zeros(len(ids), dtype=np.int64)
    n_groups = 0
    for rows, stems in _iter_languages(told, background):
        for part in _cut(days[rows]):
            groups[rows[part]] = n_groups + _cluster(stems[part], days[rows[part]])
            n_groups = int(groups.max()) + 1
    stories = link_groups(groups, days, told, others=background)
    return dict(zip(ids, stories.tolist(), strict=True))


def find_stories(
    articles: pd.DataFrame,
    openings: Mapping[int, Opening],
    *,
    background: Sequence[Opening] = (),
    min_outlets: int = MIN_OUTLETS,
) -> list[list[int]]:
    """The stories as lists of article ids, oldest article first; most outlets first.

    Args:
        articles: `article_id`, `outlet`, `counted_at`; copies already left out.
        openings: what the articles are told by (`list_openings`), by article id.
        background: others of the subject, so that its everyday words weigh little.
        min_outlets: a story has articles of at least so many.
    """
    table = articles.sort_values(["counted_at", "article_id"])
    if table["outlet"].nunique() < min_outlets:
        return []
    numbers = number_stories(table, openings, background=background)
    stories = [
        (group["outlet"].nunique(), group["article_id"].tolist())
        for _, group in table.groupby(table["article_id"].map(numbers), sort=True)
        if group["outlet"].nunique() >= min_outlets
    ]
    return [members for _, members in sorted(stories, key=lambda story: (-story[0], story[1]))]


def _iter_languages(
    told: Sequence[Opening], background: Sequence[Opening]
) -> Iterator[tuple[NDArray[np.int64], csr_matrix]]:
    """Of each language the rows of its articles, and their stems, shape `(n_rows, n_stems)`."""
    languages = np.array([opening.language for opening in told])
    for language in sorted(set(languages.tolist())):
        rows = np.flatnonzero(languages == language)
        others = [opening for opening in background if opening.language == language]
        yield rows, _find_stems([told[row] for row in rows.tolist()], others)


def _find_stems(told: Sequence[Opening], others: Sequence[Opening]) -> csr_matrix:
    """TF-IDF of stems, rows of length 1. A text without words has a row of zeros and is like no other."""
    vectorizer = TfidfVectorizer(sublinear_tf=True, analyzer=list_stems)
    try:
        vectorizer.fit([*others, *told])
    except ValueError:  # no word of three letters in any text
        return csr_matrix((len(told), 1))
    return csr_matrix(vectorizer.transform(told))


def _cut(days: NDArray[np.float64]) -> Iterator[slice]:
    """The parts of a language's articles, by time, that hold whole stories, unless there are too many at once."""
    gaps = np.flatnonzero(np.diff(days) > WITHIN_DAYS) + 1
    for start, end in zip([0, *gaps], [*gaps, len(days)], strict=True):
        yield from (slice(first, min(first + MAX_ARTICLES, end)) for first in range(start, end, MAX_ARTICLES))


def _cluster(stems: csr_matrix, days: NDArray[np.float64]) -> NDArray[np.int64]:
    """Which articles in one language belong together, shape `(n_articles,)`; numbers from 0 on."""
    if len(days) < 2:
        return np.zeros(len(days), dtype=np.int64)
    distances = 1.0 - fade((stems @ stems.T).toarray(), np.abs(days[:, None] - days[None, :]))
    np.fill_diagonal(distances, 0.0)
    clustering = AgglomerativeClustering(
        n_clusters=None, metric="precomputed", linkage="average", distance_threshold=MAX_DISTANCE
    )
    return np.asarray(clustering.fit_predict(distances), dtype=np.int64)
