"""Copies: texts that several outlets carry, found by the runs of four words that they share.

Real copies are edited: another headline, a credit, the last paragraphs cut, two sentences put in. So a pair is measured
in three ways: by what all their runs have in common (Jaccard), by how much of the shorter text is in the longer one
(containment), and by the longest run of words that both have. Figures: docs/method.md, "Copies".
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

# Source: ecosystem anchors, "copies": word 4-grams.
SHINGLE_WORDS = 4
# Fewer runs tell no copy from a coincidence: a text of eight words.
MIN_SHINGLES = 5
# A run that so many texts share belongs to their pages, not to what they tell.
MAX_CARRIERS = 400
# What a pair must share to be looked at more closely.
MIN_SHARED, MIN_CONTAINED = 5, 0.3
# What a text begins with counts from such a run on: shorter ones are names and set phrases.
_HEAD_WORDS = 8
# Texts whose pairs are counted at a time: bounds the memory.
_ROWS_AT_ONCE = 256

_WORD = re.compile(r"\w+")
_FACTOR = np.uint64(0x9E3779B97F4A7C15)


# Nearly the same text. Source: this and the three below: chosen on real and written pairs, see docs/method.md.
SAME_JACCARD = 0.5
# An edition: most of the shorter text stands in the longer one, which is not much more than that.
EDITION_CONTAINED, EDITION_JACCARD = 0.65, 0.35
# A cut: the longer text, but for its end. Both begin alike, within so many words for place, credit and a new first line.
CUT_CONTAINED, CUT_HEAD = 0.75, 25
# A text of under so many words is a teaser: it may be one quotation that both report, so it takes a long identical run.
TEASER_WORDS, TEASER_RUN_SHARE = 60, 0.6
MIN_RUN = 12


@dataclass(frozen=True, slots=True)
class Likeness:
    """How alike two texts are. `jaccard` and `contained` are shares of runs of four words, in [0, 1].

    `contained` is of the shorter text, which has `n_words`; `longest_run` counts words; `head` says how many words at
    most stand before the first shared run of eight words, in either text.
    """

    jaccard: float
    contained: float
    longest_run: int
    head: int
    n_words: int

    @property
    def is_copy(self) -> bool:
        """Whether one is a copy of the other: nearly the same, an edition, or a cut of it."""
        if self.longest_run < MIN_RUN and self.jaccard < 1.0:
            return False
        if self.n_words < TEASER_WORDS and self.longest_run < TEASER_RUN_SHARE * self.n_words:
            return False
        return (
            self.jaccard >= SAME_JACCARD
            or (self.contained >= EDITION_CONTAINED and self.jaccard >= EDITION_JACCARD)
            or (self.contained >= CUT_CONTAINED and self.head <= CUT_HEAD)
        )


@dataclass(frozen=True, slots=True)
class Pair:
    """Two texts by their places in the list, the later one first, and how alike they are."""

    later: int
    earlier: int
    likeness: Likeness


def split_words(title: str, text: str) -> list[str]:
    """The words by which a text is compared: of its body, since a copy has another headline; of a bare title its own."""
    body = _WORD.findall(_fold(text))
    return body if len(body) >= SHINGLE_WORDS + MIN_SHINGLES - 1 else [*_WORD.findall(_fold(title)), *body]


def iter_pairs(
    texts: Sequence[Sequence[str]], times: Sequence[float], *, new: Sequence[bool], within: float
) -> Iterator[Pair]:
    """Every pair that shares enough to be compared closely, of texts not more than `within` seconds apart.

    Args:
        texts: the words of each, in the order in which they were seen: of a pair, the one further on is the later one.
        times: when each was published, in seconds.
        new: whether a text is to be compared; of a pair, the later one is.
        within: seconds.
    """
    if len(texts) < 2:
        return
    X, sizes = _build_matrix(texts)
    at, is_new = np.asarray(times, dtype=float), np.asarray(new, dtype=bool)
    rows = np.flatnonzero(is_new & (sizes >= MIN_SHINGLES))
    transposed = X.T.tocsr()
    for start in range(0, len(rows), _ROWS_AT_ONCE):
        some = rows[start : start + _ROWS_AT_ONCE]
        counted = (X[some] @ transposed).tocoo()
        later, earlier, shared = some[counted.row], counted.col, counted.data
        contained = shared / np.maximum(1, np.minimum(sizes[later], sizes[earlier]))
        kept = (
            (earlier < later)
            & (sizes[earlier] >= MIN_SHINGLES)
            & (np.abs(at[later] - at[earlier]) <= within)
            & (shared >= MIN_SHARED)
            & (contained >= MIN_CONTAINED)
        )
        for i, j in sorted(zip(later[kept].tolist(), earlier[kept].tolist(), strict=True)):
            yield Pair(i, j, compare_texts(texts[i], texts[j]))


def _fold(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _list_runs(words: Sequence[str]) -> list[tuple[str, ...]]:
    return [tuple(words[i : i + SHINGLE_WORDS]) for i in range(len(words) - SHINGLE_WORDS + 1)]


def compare_texts(first: Sequence[str], second: Sequence[str]) -> Likeness:
    """How alike two texts are, given as `split_words` gives them: what runs of four words the one shares with the other."""
    a, b = _list_runs(first), _list_runs(second)
    runs_a, runs_b = set(a), set(b)
    shared = len(runs_a & runs_b)
    hits_a, hits_b = [run in runs_b for run in a], [run in runs_a for run in b]
    return Likeness(
        jaccard=shared / max(1, len(runs_a | runs_b)),
        contained=shared / max(1, min(len(runs_a), len(runs_b))),
        longest_run=min(_find_longest(hits_a), _find_longest(hits_b)),
        head=max(_find_head(hits_a), _find_head(hits_b)),
        n_words=min(len(first), len(second)),
    )


def _find_longest(hits: Sequence[bool]) -> int:
    """The words of the longest row of shared runs."""
    longest = max((len(list(own)) for is_hit, own in groupby(hits) if is_hit), default=0)
    return longest + SHINGLE_WORDS - 1 if longest else 0


def _find_head(hits: Sequence[bool]) -> int:
    """How many words stand before the first shared run of eight words; all of them if there is none."""
    at, n = 0, _HEAD_WORDS - SHINGLE_WORDS + 1
    for is_hit, own in groupby(hits):
        length = len(list(own))
        if is_hit and length >= n:
            return at
        at += length
    return at


def _build_matrix(texts: Sequence[Sequence[str]]) -> tuple[Any, NDArray[np.int64]]:
    """Which text has which run of four words, shape `(n_texts, n_runs)`, and how many different ones each has.

    A run is known by a number of 64 bits made from its words' numbers. Runs of one text alone are left out of the matrix:
    they are shared by none. So are those of more than 400 texts.
    """
    numbers: dict[str, int] = {}
    runs = [_hash_runs([numbers.setdefault(word, len(numbers) + 1) for word in words]) for words in texts]
    sizes = np.array([len(own) for own in runs], dtype=np.int64)
    known, column, n_carriers = np.unique(np.concatenate(runs), return_inverse=True, return_counts=True)
    row = np.repeat(np.arange(len(texts)), sizes)
    kept = (n_carriers[column] > 1) & (n_carriers[column] <= MAX_CARRIERS)
    ones = np.ones(int(kept.sum()), dtype=np.int32)
    return sparse.csr_matrix((ones, (row[kept], column[kept])), shape=(len(texts), len(known))), sizes


def _hash_runs(numbers: Sequence[int]) -> NDArray[np.uint64]:
    """The runs of four of a text's words as numbers, each once."""
    words = np.array(numbers, dtype=np.uint64)
    n = len(words) - SHINGLE_WORDS + 1
    if n < 1:
        return np.array([], dtype=np.uint64)
    mixed = words[:n]
    for k in range(1, SHINGLE_WORDS):
        mixed = mixed * _FACTOR + words[k : n + k]  # wraps round at 64 bits, as it should
    return np.unique(mixed)
