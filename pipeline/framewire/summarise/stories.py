"""Stories: the articles of several outlets about one event."""

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta

import numpy as np
import pandas as pd
from sklearn.cluster import AgglomerativeClustering
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics.pairwise import cosine_similarity

from framewire.records import ArticleVersion

# Source: design, section 3 (a story is several outlets about one event).
WITHIN = timedelta(hours=48)
MIN_OUTLETS = 3
# What an article's story is told by: its title and first words. Longer texts of one subject all come to resemble each other.
N_WORDS = 150
# Letters of a word that count: what comes after them is mostly an ending, in the six languages of the sample press.
STEM = 5
# Mean distance inside a story, and what is left of a likeness after a day. Source: tests/benchmarks/bench_stories.py, the
# sample press; on real press that is as dense the best is not far from there (docs/method.md, "Stories").
MAX_DISTANCE = 0.85
LEFT_AFTER_A_DAY = 0.74
_WORD = re.compile(r"\b\w{3,}\b")
# More articles than this make the square table of distances too large; the newest are kept.
MAX_ARTICLES = 3000


def opening_of(version: ArticleVersion) -> str:
    """Title and first words: what an article's story is told by."""
    return cut_opening(version.text)


def cut_opening(text: str) -> str:
    """The first words of a text that begins with its title."""
    return " ".join(text.split(maxsplit=N_WORDS)[:N_WORDS])


def number_stories(articles: pd.DataFrame, texts: Mapping[int, str]) -> dict[int, int]:
    """The number of each article's story, from 0 on; every article has one, if only its own.

    A story reaches over 48 hours at most, so days far apart are looked at one by one. Texts in different languages share
    too few words to be joined: one event told in two of them counts as two stories.

    Args:
        articles: `article_id`, `outlet`, `counted_at`; copies already left out.
        texts: the openings (`opening_of`) by article id.
    """
    table = articles.sort_values(["counted_at", "article_id"])
    times = table["counted_at"]
    block = (times.diff() > WITHIN).cumsum()
    numbers: dict[int, int] = {}
    for _, days in table.groupby(block.to_numpy(), sort=True):
        for first in range(0, len(days), MAX_ARTICLES):
            part = days.iloc[first : first + MAX_ARTICLES]
            labels = _cluster(part, texts, background=[texts[i] for i in table["article_id"].tolist()])
            n_before = len(set(numbers.values()))
            numbers |= {i: n_before + int(n) for i, n in zip(part["article_id"].tolist(), labels, strict=True)}
    return numbers


def find_stories(
    articles: pd.DataFrame, texts: Mapping[int, str], *, background: Sequence[str] = (), min_outlets: int = MIN_OUTLETS
) -> list[list[int]]:
    """The stories as lists of article ids, oldest article first; most outlets first.

    Args:
        articles: `article_id`, `outlet`, `counted_at`; copies already left out.
        texts: the openings (`opening_of`) by article id.
        background: other texts of the subject, so that its everyday words weigh little.
        min_outlets: a story has articles of at least so many.
    """
    table = articles.sort_values(["counted_at", "article_id"]).tail(MAX_ARTICLES)
    if table["outlet"].nunique() < min_outlets:
        return []
    labelled = table.assign(story=_cluster(table, texts, background))
    stories = [
        (group["outlet"].nunique(), group["article_id"].tolist())
        for _, group in labelled.groupby("story", sort=True)
        if group["outlet"].nunique() >= min_outlets
    ]
    return [members for _, members in sorted(stories, key=lambda story: (-story[0], story[1]))]


def _cluster(table: pd.DataFrame, texts: Mapping[int, str], background: Sequence[str]) -> np.ndarray:
    """Which articles belong together, shape `(n_articles,)`; numbers from 0 on."""
    if len(table) < 2:
        return np.zeros(len(table), dtype=np.int64)
    likeness = _find_likeness([texts[article] for article in table["article_id"]], background)
    times = table["counted_at"].to_numpy(dtype="datetime64[us]", na_value=np.datetime64("NaT"))
    days = np.nan_to_num(np.abs(times[:, None] - times[None, :]) / np.timedelta64(1, "D"))
    distances = 1.0 - likeness * LEFT_AFTER_A_DAY**days
    distances[days > WITHIN / timedelta(days=1)] = 1.0
    np.fill_diagonal(distances, 0.0)
    clustering = AgglomerativeClustering(
        n_clusters=None, metric="precomputed", linkage="average", distance_threshold=MAX_DISTANCE
    )
    return np.asarray(clustering.fit_predict(distances))


def _find_likeness(texts: Sequence[str], background: Sequence[str]) -> np.ndarray:
    """Cosines of TF-IDF vectors, shape `(n_texts, n_texts)`. A text without words is like no other."""
    vectorizer = TfidfVectorizer(sublinear_tf=True, analyzer=_list_stems)
    try:
        vectorizer.fit([*background, *texts])
    except ValueError:  # no word of three letters in any text
        return np.eye(len(texts))
    return np.asarray(cosine_similarity(vectorizer.transform(texts)))


def _list_stems(text: str) -> list[str]:
    return [word[:STEM] for word in _WORD.findall(text.lower())]
