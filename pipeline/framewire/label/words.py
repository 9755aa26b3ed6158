"""Words as features: the distinct words of a text, pairs of neighbours, and the groups of letters inside its words.

A word said n times counts 1 + ln n, and so does each group of letters in it. So every linear decision is a sum over distinct
words and pairs, and `WordTable` works out each word's share once: many times faster than the sparse matrix it comes from.
"""

import math
from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.feature_extraction.text import CountVectorizer

Matrix = NDArray[np.float64]
Pair = tuple[str, str]
# In how many texts a word or pair, and a group of letters, has to stand to be a feature; and the most groups kept.
# Source: grouped cross-validation on the training passages (docs/method.md, "What was tried").
MIN_TEXTS_WORDS, MIN_TEXTS_GROUPS = 2, 3
MAX_GROUPS = 60_000
GROUP_SIZES = (3, 5)
# How many words a table keeps that were in no training text. Source: memory, some 300 bytes each.
MAX_NEW_WORDS = 100_000

_split_words = CountVectorizer(lowercase=False).build_tokenizer()
_split_letters = CountVectorizer(lowercase=False, analyzer="char_wb", ngram_range=GROUP_SIZES).build_analyzer()


@dataclass
class WordFeatures:
    """Columns: words and pairs, then groups of letters, weighed by rarity. Each part of a text has length 1.

    For groups of letters, that is the length if no two words had one in common: only so is it a sum over words.

    `words`, `pairs` and `groups` lead to columns; `idf` is each column's weight, ln((1 + n) / (1 + n_with)) + 1.
    Source: scikit-learn's TfidfTransformer(smooth_idf=True).
    """

    words: dict[str, int] = field(default_factory=dict)
    pairs: dict[Pair, int] = field(default_factory=dict)
    groups: dict[str, int] = field(default_factory=dict)
    idf: Matrix = field(default_factory=lambda: np.zeros(0))

    def fit(self, texts: Sequence[str]) -> "WordFeatures":
        """Learns columns and their weights from texts."""
        n_words, n_pairs, n_groups = Counter[str](), Counter[Pair](), Counter[str]()
        groups_of: dict[str, frozenset[str]] = {}
        for text in texts:
            words, pairs = split_text(text)
            n_words.update(words.keys())
            n_pairs.update(pairs.keys())
            for word in words:
                if word not in groups_of:
                    groups_of[word] = frozenset(_split_letters(word))
            n_groups.update(frozenset().union(*(groups_of[word] for word in words)))
        kept_words, kept_pairs = _common(n_words, MIN_TEXTS_WORDS), _common(n_pairs, MIN_TEXTS_WORDS)
        groups = sorted(_common(n_groups, MIN_TEXTS_GROUPS), key=lambda group: (-n_groups[group], group))[:MAX_GROUPS]
        self.words = _number(kept_words, start=0)
        self.pairs = _number(kept_pairs, start=len(self.words))
        self.groups = _number(groups, start=self.n_whole)
        counts = [
            *map(n_words.__getitem__, kept_words),
            *map(n_pairs.__getitem__, kept_pairs),
            *map(n_groups.__getitem__, groups),
        ]
        self.idf = np.log((1 + len(texts)) / (1 + np.array(counts, float))) + 1
        return self

    @property
    def n_whole(self) -> int:
        """How many columns are words and pairs."""
        return len(self.words) + len(self.pairs)

    def transform(self, texts: Sequence[str]) -> Any:
        """The features of texts, sparse (n_texts, n_columns)."""
        split = [split_text(text) for text in texts]
        whole = _build_rows((self._whole_columns(words, pairs) for words, pairs in split), self.n_whole)
        vocabulary = _number(dict.fromkeys(word for words, _ in split for word in words), start=0)
        members = _build_rows(
            ({vocabulary[word]: n for word, n in words.items()} for words, _ in split), len(vocabulary)
        )
        columns_of = ([column - self.n_whole for column in self.group_columns(word)] for word in vocabulary)
        groups = _build_rows((dict.fromkeys(columns, 1.0) for columns in columns_of), len(self.groups))
        whole, groups = whole.multiply(self.idf[: self.n_whole]), groups.multiply(self.idf[self.n_whole :])
        return sparse.hstack(
            [
                sparse.diags(_inverse_length(_squares(whole))) @ whole,
                sparse.diags(_inverse_length(members.power(2) @ _squares(groups))) @ (members @ groups),
            ]
        ).tocsr()

    def group_columns(self, word: str) -> list[int]:
        """The columns of the groups of letters in a word."""
        return [column for group in set(_split_letters(word)) if (column := self.groups.get(group)) is not None]

    def _whole_columns(self, words: Mapping[str, float], pairs: Mapping[Pair, float]) -> dict[int, float]:
        found = [(self.words.get(word), n) for word, n in words.items()]
        found += [(self.pairs.get(pair), n) for pair, n in pairs.items()]
        return {column: n for column, n in found if column is not None}

    def __getstate__(self) -> dict[str, Any]:
        """Names as one text each, in the order of the columns: they load in no time."""
        return {
            "words": "\0".join(self.words),
            "pairs": "\0".join(f"{a} {b}" for a, b in self.pairs),
            "groups": "\0".join(self.groups),
            "idf": self.idf,
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        words, pairs, groups = (state[name].split("\0") if state[name] else [] for name in ("words", "pairs", "groups"))
        self.words = _number(words, start=0)
        self.pairs = _number((_as_pair(pair) for pair in pairs), start=len(words))
        self.groups = _number(groups, start=len(words) + len(pairs))
        self.idf = state["idf"]


@dataclass(frozen=True, slots=True)
class Share:
    """What a word or a pair of words of a text adds to a decision."""

    words: str
    weight: float


@dataclass(frozen=True, slots=True)
class WeighedText:
    """What each word and pair of one text adds to each decision: as a whole word, and by its groups of letters.

    `whole`, `groups`: (n_words, n_decisions), to be multiplied by their parts' inverse lengths.
    """

    words: list[str | Pair]
    whole: Matrix
    groups: Matrix
    inverse_lengths: tuple[float, float]

    def list_shares(self, decision: int) -> list[Share]:
        """The shares of all words and pairs, in the text's order; the sum is what the table decides."""
        return [self._share(i, share) for i, share in enumerate(self._add_up(decision).tolist())]

    def list_heaviest(self, decision: int, *, top: int) -> list[Share]:
        """The `top` words and pairs that speak most for a decision, most first; of equal ones the text's order."""
        shares = self._add_up(decision)
        heaviest = np.argsort(-shares, kind="stable")[:top]
        return [self._share(i, float(shares[i])) for i in heaviest.tolist() if shares[i] > 0]

    def _add_up(self, decision: int) -> Matrix:
        whole, groups = self.inverse_lengths
        return self.whole[:, decision] * whole + self.groups[:, decision] * groups

    def _share(self, i: int, weight: float) -> Share:
        word = self.words[i]
        return Share(word if isinstance(word, str) else " ".join(word), weight)


class WordTable:
    """Linear decisions over `WordFeatures`, one row for each word and pair: what it adds to each decision, and to the lengths."""

    def __init__(self, features: WordFeatures, coef: Matrix) -> None:
        """`coef`: (n_columns, n_decisions)."""
        self._features = features
        self._coef = coef
        k = self._n_decisions = coef.shape[1]
        # Of each row: k shares as whole words, their square, k shares by groups of letters, their square.
        self._table = np.zeros((features.n_whole + 1, 2 * k + 2))
        idf = features.idf[: features.n_whole, None]
        self._table[:-1, : k + 1] = np.hstack([coef[: features.n_whole] * idf, idf**2])
        self._row_of: dict[str, int] = {}
        self._learn(features.words)

    def decide(self, texts: Sequence[str]) -> Matrix:
        """The sums of all decisions, shape (n_texts, n_decisions), without intercepts."""
        return self.weigh(texts)[0]

    def weigh(self, texts: Sequence[str]) -> tuple[Matrix, list[WeighedText]]:
        """The sums of all decisions, shape (n_texts, n_decisions), without intercepts; and what they are made of."""
        if not texts:
            return np.zeros((0, self._n_decisions)), []
        self._forget()
        split = [split_text(text, known=self._features.pairs) for text in texts]
        rows = [self._find_rows(words, pairs) for words, pairs in split]
        ends = np.cumsum([len(found) for found in rows])
        starts = np.concatenate([[0], ends[:-1]])
        # Of the empty row that ends each text there is one: so no text has none.
        counts = np.array([n for words, pairs in split for n in (*words.values(), *pairs.values(), 0.0)])
        found = self._table[[row for found in rows for row in found]] * counts[:, None]
        k = self._n_decisions
        found[:, [k, -1]] *= counts[:, None]
        sums = np.add.reduceat(found, starts, axis=0)
        lengths = _inverse_length(sums[:, [k, -1]])
        decisions = sums[:, :k] * lengths[:, :1] + sums[:, k + 1 : -1] * lengths[:, 1:]
        pieces = zip(split, starts.tolist(), ends.tolist(), lengths.tolist(), strict=True)
        return decisions, [
            WeighedText([*words, *pairs], found[a : b - 1, :k], found[a : b - 1, k + 1 : -1], (whole, groups))
            for (words, pairs), a, b, (whole, groups) in pieces
        ]

    def _find_rows(self, words: Mapping[str, float], pairs: Mapping[Pair, float]) -> list[int]:
        """The rows of words and known pairs, and an empty one."""
        if not self._row_of.keys() >= words.keys():
            self._learn(word for word in words if word not in self._row_of)
        return [
            *map(self._row_of.__getitem__, words),
            *map(self._features.pairs.__getitem__, pairs),
            self._features.n_whole,
        ]

    def _forget(self) -> None:
        """Forgets words of no training text when they are many."""
        if len(self._row_of) - len(self._features.words) > MAX_NEW_WORDS:
            self._row_of = {word: self._row_of[word] for word in self._features.words}

    def _learn(self, words: Iterable[str]) -> None:
        """Adds what words add by their groups of letters."""
        k, features = self._n_decisions, self._features
        for word in words:
            row = features.words.get(word, features.n_whole + 1 + len(self._row_of) - len(features.words))
            if row >= len(self._table):
                self._table = np.vstack([self._table, np.zeros((len(self._table) // 4 + 64, 2 * k + 2))])
            columns = features.group_columns(word)
            idf = features.idf[columns]
            self._table[row, k + 1 : -1] = idf @ self._coef[columns]
            self._table[row, -1] = idf @ idf
            self._row_of[word] = row


def split_text(text: str, *, known: Container[Pair] | None = None) -> tuple[dict[str, float], dict[Pair, float]]:
    """The words of two letters or more and the pairs of neighbours, in the text's order, each with 1 + ln of its count.

    With `known`, only pairs that are in it.
    """
    words = _split_words(text)
    pairs = pairwise(words)
    return _count(words), _count(pairs if known is None else filter(known.__contains__, pairs))


def _count(names: Iterable[Any]) -> dict[Any, float]:
    return {name: 1.0 if n == 1 else 1.0 + math.log(n) for name, n in Counter(names).items()}


def _common(counts: Counter[Any], least: int) -> list[Any]:
    return sorted(name for name, n in counts.items() if n >= least)


def _number(names: Iterable[Any], *, start: int) -> dict[Any, int]:
    return {name: i for i, name in enumerate(names, start=start)}


def _as_pair(pair: str) -> Pair:
    first, second = pair.split(" ")
    return first, second


def _build_rows(values_of: Iterable[Mapping[int, float]], n_columns: int) -> Any:
    """A sparse matrix from the values of each row by column."""
    rows = list(values_of)
    ends = np.cumsum([0, *map(len, rows)])
    columns = np.fromiter((column for row in rows for column in row), np.intp, int(ends[-1]))
    values = np.fromiter((value for row in rows for value in row.values()), float, int(ends[-1]))
    return sparse.csr_matrix((values, columns, ends), shape=(len(rows), n_columns))


def _squares(matrix: Any) -> Matrix:
    """The sum of squares of each row."""
    return np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel()


def _inverse_length(squares: Matrix) -> Matrix:
    """1 / length; 0 where nothing is known."""
    return np.divide(1.0, np.sqrt(squares), out=np.zeros_like(squares), where=squares > 0)
