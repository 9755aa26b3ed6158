"""Words as features: the distinct words of a text, pairs of neighbours, and the groups of letters inside its words.

A word said n times counts 1 + ln n, and so does each group of letters in it. So every linear decision is a sum over distinct
words and pairs, and `WordTable` works out each word's share once: many times faster than the sparse matrix it comes from.
"""

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain, islice, pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Matrix = NDArray[np.float64]
Indexes = NDArray[np.int64]
Pair = tuple[str, str]
# In how many texts a word or pair, and a group of letters, has to stand to be a feature; and the most groups kept.
# Source: grouped cross-validation on the training passages (docs/method.md, "What was tried").
MIN_TEXTS_WORDS, MIN_TEXTS_GROUPS = 2, 3
MAX_GROUPS = 60_000
GROUP_SIZES = (3, 5)
# How many words a table keeps that were in no training text. Source: memory, some 300 bytes each.
MAX_NEW_WORDS = 100_000

# A known pair's number is looked for in a list of so many bits first. Source: memory, a megabyte.
FILTER_BITS = 20
_NO_KEY = np.iinfo(np.int64).max
# Odd, so that the upper bits of a product tell numbers apart. Source: 2 ** 64 / golden ratio (Knuth, Fibonacci hashing).
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)

# Finds the words that scikit-learn's CountVectorizer finds.
_WORD = re.compile(r"\w\w+")
# ASCII letters by which no word goes on, made spaces.
_SPACED = bytes(ord(" ") if re.match(r"\W", chr(i)) else i for i in range(128)) + bytes(128)


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
                    groups_of[word] = frozenset(_find_groups(word))
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
        return [column for group in _find_groups(word) if (column := self.groups.get(group)) is not None]

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

    `rows` are those of the words and pairs in `table`, which holds the shares of whole words, then those of groups of
    letters; each counts `counts` times, and a part's shares as much as its inverse length says.
    """

    words: list[str | Pair]
    rows: list[int]
    counts: Matrix
    table: Matrix
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
        n_decisions = self.table.shape[1] // 2
        found = self.table[self.rows, decision] * whole + self.table[self.rows, n_decisions + decision] * groups
        return np.asarray(found * self.counts)

    def _share(self, i: int, weight: float) -> Share:
        word = self.words[i]
        return Share(word if isinstance(word, str) else " ".join(word), weight)


class WeighedTexts:
    """What the words of several texts add to each decision, worked out for one text when it is asked for."""

    def __init__(self, table: "WordTable", split: Sequence[list[str]], places: Indexes, lengths: Matrix) -> None:
        """`split`: the words of each text; `places`: where in all of them, one after the other, known pairs begin."""
        self._table = table
        self._split = split
        self._places = places
        self._lengths = lengths

    @cached_property
    def _starts(self) -> Indexes:
        """Where each text begins in all of the words, and where the last one ends."""
        return np.cumsum([0, *map(len, self._split)])

    def __len__(self) -> int:
        return len(self._split)

    def __iter__(self) -> Iterator[WeighedText]:
        return map(self.__getitem__, range(len(self)))

    def __getitem__(self, i: int) -> WeighedText:
        words, start = self._split[i], self._starts[i]
        first, last = np.searchsorted(self._places, self._starts[i : i + 2])
        pairs = [(words[j], words[j + 1]) for j in (self._places[first:last] - start).tolist()]
        whole, groups = self._lengths[i].tolist()
        return self._table.build_text(_count(words), _count(pairs), (whole, groups))


class WordTable:
    """Linear decisions over `WordFeatures`, one row for each word and pair: what it adds to each decision, and to the lengths.

    Texts that are asked for together are one sparse matrix over these rows.
    """

    def __init__(self, features: WordFeatures, coef: Matrix) -> None:
        """`coef`: (n_columns, n_decisions)."""
        self._features = features
        self._coef = coef
        k = self._n_decisions = coef.shape[1]
        # Of each row: k shares as whole words, k shares by groups of letters; and the squares of both.
        self._table, self._squares = np.zeros((features.n_whole, 2 * k)), np.zeros((features.n_whole, 2))
        idf = features.idf[: features.n_whole]
        self._table[:, :k] = coef[: features.n_whole] * idf[:, None]
        self._squares[:, 0] = idf**2
        self._row_of = _Rows(self._learn)
        # What is never forgotten.
        self._n_known = len(self._find_rows(dict.fromkeys([*features.words, *chain.from_iterable(features.pairs)])))
        firsts, seconds = zip(*features.pairs, strict=True) if features.pairs else ((), ())
        self._pairs = _PairRows(self._find_rows(firsts), self._find_rows(seconds), list(features.pairs.values()))

    def decide(self, texts: Sequence[str]) -> Matrix:
        """The sums of all decisions, shape (n_texts, n_decisions), without intercepts."""
        return self.weigh(texts)[0]

    def weigh(self, texts: Sequence[str]) -> tuple[Matrix, WeighedTexts]:
        """The sums of all decisions, shape (n_texts, n_decisions), without intercepts; and what they are made of."""
        self._forget()
        split = [_split_words(text) for text in texts]
        sums, squares, places = self._sum_up_one(split[0]) if len(split) == 1 else self._sum_up(split)
        k, lengths = self._n_decisions, _inverse_length(squares)
        return sums[:, :k] * lengths[:, :1] + sums[:, k:] * lengths[:, 1:], WeighedTexts(self, split, places, lengths)

    def _sum_up(self, split: Sequence[list[str]]) -> tuple[Matrix, Matrix, Indexes]:
        """The sums of each text's rows and of their squares; and where in all of the words known pairs begin."""
        n = len(split)
        words = np.array(self._find_rows(chain.from_iterable(split)), np.int64)
        text_of = np.repeat(np.arange(n), list(map(len, split)))
        places, pairs = self._pairs.find(words, text_of)
        # The words of all texts, then their pairs, as rows of their own.
        members = _Members(np.concatenate([words, pairs]), np.concatenate([text_of, n + text_of[places]]), 2 * n)
        sums, squares = members.sum_up(self._table, self._squares)
        return sums[:n] + sums[n:], squares[:n] + squares[n:], places

    def _sum_up_one(self, words: list[str]) -> tuple[Matrix, Matrix, Indexes]:
        """The same of one text, in fewer steps."""
        pairs = {j: row for j, row in enumerate(map(self._features.pairs.get, pairwise(words))) if row is not None}
        sums, squares = self._add_rows(self._find_rows(words))
        more_sums, more_squares = self._add_rows(list(pairs.values()))
        return (sums + more_sums)[None], (squares + more_squares)[None], np.array(list(pairs), np.int64)

    def _add_rows(self, rows: list[int]) -> tuple[Matrix, Matrix]:
        """The sum of rows and of their squares, weighed as `_Members` does."""
        n_of = Counter(rows)
        n = np.array([n_of[row] for row in rows], float)
        weights = 1.0 + np.log(n)
        shares, squares = weights / n, weights**2 / n
        return (self._table[rows] * shares[:, None]).sum(axis=0), (self._squares[rows] * squares[:, None]).sum(axis=0)

    def build_text(
        self, words: Mapping[str, float], pairs: Mapping[Pair, float], inverse_lengths: tuple[float, float]
    ) -> WeighedText:
        """A text of words and known pairs, so often, as it is weighed."""
        rows = [*self._find_rows(words), *map(self._features.pairs.__getitem__, pairs)]
        counts = np.array([*words.values(), *pairs.values()])
        return WeighedText([*words, *pairs], rows, counts, self._table, inverse_lengths)

    def _find_rows(self, words: Iterable[str]) -> list[int]:
        """The row of each word."""
        return list(map(self._row_of.__getitem__, words))

    def _forget(self) -> None:
        """Forgets words of no training text when they are many."""
        if len(self._row_of) - self._n_known > MAX_NEW_WORDS:
            self._row_of = _Rows(self._learn, islice(self._row_of.items(), self._n_known))

    def _learn(self, word: str) -> int:
        """The row of a word that has none yet, with what the word adds by its groups of letters."""
        k, features = self._n_decisions, self._features
        row = features.words.get(word, features.n_whole + len(self._row_of) - len(features.words))
        if row >= len(self._table):
            n_more = len(self._table) // 4 + 64
            self._table = np.vstack([self._table, np.zeros((n_more, 2 * k))])
            self._squares = np.vstack([self._squares, np.zeros((n_more, 2))])
        columns = features.group_columns(word)
        idf = features.idf[columns]
        self._table[row, k:] = idf @ self._coef[columns]
        self._squares[row, 1] = idf @ idf
        return row


class _Rows(dict[str, int]):
    """The rows of words; one that is new is learned."""

    def __init__(self, learn: Callable[[str], int], known: Iterable[tuple[str, int]] = ()) -> None:
        super().__init__(known)
        self._learn = learn

    def __missing__(self, word: str) -> int:
        row = self[word] = self._learn(word)
        return row


class _PairRows:
    """The rows of known pairs, found for many neighbours at once."""

    def __init__(self, firsts: Sequence[int], seconds: Sequence[int], rows: Sequence[int]) -> None:
        keys = _join_numbers(np.array(firsts, np.int64), np.array(seconds, np.int64))
        order = np.argsort(keys)
        # The last one is larger than any: so what is looked for always has a place.
        self._keys, self._rows = np.append(keys[order], _NO_KEY), np.array(rows, np.int64)[order]
        # Most neighbours are no known pair, which one look tells: is any known pair's number here, cut short?
        self._shift = np.uint64(64 - FILTER_BITS)
        self._may_be_known = np.zeros(1 << FILTER_BITS, bool)
        self._may_be_known[self._shorten(keys)] = True

    def find(self, words: Indexes, text_of: Indexes) -> tuple[Indexes, Indexes]:
        """Where known pairs begin among the rows of words, and the pairs' rows; `text_of`: which text each word is of."""
        keys = _join_numbers(words[:-1], words[1:])
        places = np.flatnonzero(self._may_be_known[self._shorten(keys)] & (text_of[:-1] == text_of[1:]))
        keys = keys[places]
        found = self._keys.searchsorted(keys)
        known = self._keys[found] == keys
        return places[known], self._rows[found[known]]

    def _shorten(self, keys: Indexes) -> NDArray[np.uint64]:
        return keys.view(np.uint64) * _GOLDEN >> self._shift


class _Members:
    """Which rows belong to which sum, each with 1 + ln of how often it does. Rows stand in the order of their sums."""

    def __init__(self, rows: Indexes, sum_of: Indexes, n_sums: int) -> None:
        n = _count_equal(_join_numbers(sum_of, rows))
        weights = 1.0 + np.log(n)
        # One that stands there n times is added n times.
        self._shares, self._squares = weights / n, weights**2 / n
        self._rows, self._n_sums = rows.astype(np.int32), n_sums
        self._ends = np.searchsorted(sum_of, np.arange(n_sums + 1)).astype(np.int32)

    def sum_up(self, table: Matrix, squares: Matrix) -> tuple[Matrix, Matrix]:
        """The sums of the rows of a table, and of those of another one, whose weights count squared."""
        matrix = sparse.csr_matrix((self._shares, self._rows, self._ends), shape=(self._n_sums, len(table)))
        sums = np.asarray(matrix @ table)
        matrix.data = self._squares
        return sums, np.asarray(matrix @ squares)


def split_text(text: str) -> tuple[dict[str, float], dict[Pair, float]]:
    """The words of two letters or more and the pairs of neighbours, in the text's order, each with 1 + ln of its count."""
    words = _split_words(text)
    return _count(words), _count(pairwise(words))


def _split_words(text: str) -> list[str]:
    """The words of two letters or more; splitting at spaces is faster than an expression."""
    if not text.isascii():
        return _WORD.findall(text)
    return [word for word in text.encode().translate(_SPACED).decode().split() if len(word) > 1]


def _find_groups(word: str) -> dict[str, None]:
    """The groups of letters in a word, each once, with the spaces before and behind it."""
    padded = f" {word} "
    return dict.fromkeys(
        padded[i : i + n] for n in range(GROUP_SIZES[0], GROUP_SIZES[1] + 1) for i in range(len(padded) - n + 1)
    )


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


def _join_numbers(first: Indexes, second: Indexes) -> Indexes:
    """One number for each two below 2 ** 31."""
    return first << 32 | second


def _count_equal(numbers: Indexes) -> Indexes:
    """Of each number, how often it stands among them."""
    order = numbers.argsort()
    ordered = numbers[order]
    opens = np.ones(len(numbers) + 1, bool)
    np.not_equal(ordered[1:], ordered[:-1], out=opens[1:-1])
    edges = opens.nonzero()[0]
    n = edges[1:] - edges[:-1]
    counts = np.empty_like(numbers)
    counts[order] = n.repeat(n)
    return counts


def _inverse_length(squares: Matrix) -> Matrix:
    """1 / length; 0 where nothing is known."""
    return np.divide(1.0, np.sqrt(squares), out=np.zeros_like(squares), where=squares > 0)
