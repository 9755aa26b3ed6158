"""Stories across languages: groups of articles in different languages that tell of the same event."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import TfidfVectorizer

from framewire.summarise.nearness import WITHIN_DAYS, fade
from framewire.summarise.openings import Opening, list_marks

# Likeness of two groups that are one story at least, once time is taken off. Source: tests/benchmarks/bench_stories.py,
# chosen on the first half of the sample press, with and without the English articles of every second event.
MIN_LIKENESS = 0.15
# Groups looked at in one go, each beside all that come within its time: 1,000 by 10,000 likenesses are 80 MB.
_AT_ONCE = 1000


def link_groups(
    groups: NDArray[np.int64], days: NDArray[np.float64], told: Sequence[Opening], *, others: Sequence[Opening]
) -> NDArray[np.int64]:
    """The groups of the articles, shape `(n_articles,)`, those that tell of one event in several languages made one.

    The likest groups are joined first, and a story takes at most one group of a language: which articles in one language
    belong together is better told by all their words.

    Args:
        groups: of each article, from 0 on without gaps, one language a group.
        days: when each article came, in days.
        told: the articles.
        others: other articles of the subject, so that what is common weighs little.
    """
    languages = _name_languages(groups, told)
    if len(set(languages)) < 2 or (marks := _find_marks(told, others)) is None:
        return groups
    means = _average(groups)
    return _join(_list_links(means @ marks, means @ days, languages), languages)[groups]


def _name_languages(groups: NDArray[np.int64], told: Sequence[Opening]) -> list[str]:
    language_of = {group: opening.language for group, opening in zip(groups.tolist(), told, strict=True)}
    return [language_of[group] for group in range(len(language_of))]


def _average(groups: NDArray[np.int64]) -> csr_matrix:
    """What makes the groups' means of values of the articles, shape `(n_groups, n_articles)`."""
    return csr_matrix((1 / np.bincount(groups)[groups], (groups, np.arange(len(groups)))))


def _find_marks(told: Sequence[Opening], others: Sequence[Opening]) -> csr_matrix | None:
    """TF-IDF of the marks that two languages share, rows of length 1, shape `(n_articles, n_marks)`; None without any.

    What only one language says can link nothing, and would make its articles the less alike the more of it they say.
    """
    marks = [list_marks(opening) for opening in (*told, *others)]
    said_in: dict[tuple[str, ...], set[str]] = {}
    for opening, own in zip((*told, *others), marks, strict=True):
        for mark in own:
            said_in.setdefault(mark, set()).add(opening.language)
    vocabulary = sorted(mark for mark, languages in said_in.items() if len(languages) > 1)
    if not vocabulary:
        return None
    vectorizer = TfidfVectorizer(sublinear_tf=True, analyzer=_as_it_is, vocabulary=vocabulary)
    return csr_matrix(vectorizer.fit(marks).transform(marks[: len(told)]))


def _as_it_is(marks: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    return marks


def _list_links(means: csr_matrix, days: NDArray[np.float64], languages: Sequence[str]) -> list[tuple[int, int]]:
    """Pairs of groups in different languages that are like enough, the likest first."""
    order = np.argsort(days, kind="stable")
    numbers = np.unique(languages, return_inverse=True)[1]
    found = list(_iter_likenesses(means[order], days[order], numbers[order]))
    likeness = np.concatenate([part for part, _, _ in found])
    pairs = order[np.concatenate([[first, second] for _, first, second in found], axis=1)]
    low, high = pairs.min(axis=0), pairs.max(axis=0)
    return [(int(low[i]), int(high[i])) for i in np.lexsort((high, low, -likeness))]


def _iter_likenesses(
    means: csr_matrix, days: NDArray[np.float64], languages: NDArray[np.int64]
) -> Iterator[tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]]:
    """(likeness, first, second) of the pairs that are like enough, of some groups after the others; groups by time."""
    for start in range(0, len(days), _AT_ONCE):
        stop = min(start + _AT_ONCE, len(days))
        end = int(np.searchsorted(days, days[stop - 1] + WITHIN_DAYS, side="right"))
        likeness = fade(
            (means[start:stop] @ means[start:end].T).toarray(), days[None, start:end] - days[start:stop, None]
        )
        likeness[languages[start:stop, None] == languages[None, start:end]] = 0.0
        first, second = np.nonzero(np.triu(likeness, k=1) >= MIN_LIKENESS)
        yield likeness[first, second], first + start, second + start


def _join(links: Sequence[tuple[int, int]], languages: Sequence[str]) -> NDArray[np.int64]:
    """The number of each group's story, from 0 on; a link that would bring a language twice is left out."""
    members = {group: [group] for group in range(len(languages))}
    story = list(members)
    for first, second in links:
        into, other = story[first], story[second]
        both = [languages[group] for group in (*members[into], *members[other])]
        if into != other and len(set(both)) == len(both):
            for group in members[other]:
                story[group] = into
            members[into] += members.pop(other)
    return np.unique(story, return_inverse=True)[1]
