"""Copies: wire texts that several outlets carry, found by shared runs of four words."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import numpy as np
from sklearn.feature_extraction.text import HashingVectorizer

# Source: ecosystem anchors, "copies": Jaccard over word 4-grams, measured there with recall 1.0 and no false pair.
SHINGLE_WORDS = 4
MIN_JACCARD = 0.8
WITHIN = timedelta(days=3)
# Headlines alone are too short to tell a copy from a coincidence: at least eight words.
MIN_SHINGLES = 5
_ROWS_AT_ONCE = 512


def find_copies(
    texts: Mapping[int, str],
    seen_at: Mapping[int, datetime],
    *,
    min_jaccard: float = MIN_JACCARD,
    within: timedelta = WITHIN,
) -> dict[int, int]:
    """Each copy's original, by article: the earliest text within three days that shares nearly all its runs of words.

    An original is never a copy itself. Texts of the same outlet count like those of two.
    """
    ids = sorted(texts, key=lambda article: (seen_at[article], article))
    if len(ids) < 2:
        return {}
    vectorizer = HashingVectorizer(
        analyzer="word",
        token_pattern=r"(?u)\w+",
        ngram_range=(SHINGLE_WORDS, SHINGLE_WORDS),
        n_features=2**22,
        binary=True,
        norm=None,
        alternate_sign=False,
    )
    X = vectorizer.transform([texts[article] for article in ids]).tocsr()
    sizes = np.diff(X.indptr)
    times = np.array([seen_at[article].timestamp() for article in ids])
    originals: dict[int, int] = {}
    for first in range(0, len(ids), _ROWS_AT_ONCE):
        last = min(first + _ROWS_AT_ONCE, len(ids))
        begin = int(np.searchsorted(times, times[first] - within.total_seconds()))
        pairs = (X[first:last] @ X[begin:last].T).tocoo()
        rows, columns = pairs.row + first, pairs.col + begin
        jaccard = pairs.data / (sizes[rows] + sizes[columns] - pairs.data)
        near = times[rows] - times[columns] <= within.total_seconds()
        kept = (columns < rows) & near & (jaccard >= min_jaccard) & (sizes[rows] >= MIN_SHINGLES)
        for row, column in sorted(zip(rows[kept].tolist(), columns[kept].tolist(), strict=True)):
            originals.setdefault(ids[row], originals.get(ids[column], ids[column]))
    return originals
