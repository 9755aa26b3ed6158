"""Fits who is held responsible: one set of weights for the words around a side's names, whichever side it is."""

from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression

from framewire.codebook import Codebook
from framewire.label import AccusedModel, Annotation
from framewire.label.accused import find_clarity, find_roles
from framewire.records import CodedPassage

# Fewer examples than this teach nothing about roles.
MIN_EXAMPLES = 15
C_ACCUSED = 1.0
MIN_UNNAMED = 5
C_CLARITY = 0.3


def fit_accused(
    passages: Sequence[CodedPassage], annotations: Sequence[Annotation], codebook: Codebook
) -> AccusedModel:
    """Weights such that the accused side's roles weigh more than every other side's; empty with too few examples.

    Each example is the difference between the roles of the accused side and of another one, once in each direction, without
    an intercept: so no side has a head start.
    """
    pairs = list(_find_pairs(passages, annotations, codebook))
    if len(pairs) < MIN_EXAMPLES:
        return AccusedModel()
    vectorizer = DictVectorizer()
    ahead = vectorizer.fit_transform([_difference(a, b) for a, b in pairs])
    X = np.concatenate([ahead.toarray(), -ahead.toarray()])
    y = np.concatenate([np.ones(len(pairs)), np.zeros(len(pairs))])
    fitted = LogisticRegression(C=C_ACCUSED, fit_intercept=False, max_iter=500).fit(X, y)
    names = vectorizer.get_feature_names_out()
    weights = {str(name): float(weight) for name, weight in zip(names, fitted.coef_[0], strict=True)}
    clear, intercept = _fit_clarity(passages, annotations, codebook)
    return AccusedModel(weights, clear, intercept, _find_unnamed(passages, annotations, codebook))


def _find_unnamed(
    passages: Sequence[CodedPassage], annotations: Sequence[Annotation], codebook: Codebook
) -> dict[str, str]:
    """For each narrative, whom most of its passages accuse that name no side; left out where they are too few."""
    answers: dict[str, Counter[str]] = {}
    for passage, annotation in zip(passages, annotations, strict=True):
        if any(find_roles(annotation, codebook).values()):
            continue
        for narrative in passage.narratives:
            if narrative.accused is not None:
                answers.setdefault(narrative.id, Counter())[narrative.accused] += 1
    return {name: counts.most_common(1)[0][0] for name, counts in answers.items() if counts.total() >= MIN_UNNAMED}


def _fit_clarity(
    passages: Sequence[CodedPassage], annotations: Sequence[Annotation], codebook: Codebook
) -> tuple[dict[str, float], float]:
    """Weights and intercept of "one side is held responsible"; an intercept alone if the codes know only one answer."""
    examples = [
        (find_clarity(annotation, narrative.id, codebook), narrative.accused in codebook.side_ids)
        for passage, annotation in zip(passages, annotations, strict=True)
        for narrative in passage.narratives
        if narrative.accused is not None
    ]
    y = [clear for _, clear in examples]
    if len(set(y)) < 2:
        return {}, 1.0 if y and y[0] else -1.0
    vectorizer = DictVectorizer()
    fitted = LogisticRegression(C=C_CLARITY, max_iter=500).fit(vectorizer.fit_transform([f for f, _ in examples]), y)
    names = vectorizer.get_feature_names_out()
    return {str(n): float(w) for n, w in zip(names, fitted.coef_[0], strict=True)}, float(fitted.intercept_[0])


def _find_pairs(
    passages: Sequence[CodedPassage], annotations: Sequence[Annotation], codebook: Codebook
) -> Iterator[tuple[dict[str, float], dict[str, float]]]:
    """(roles of the accused side, roles of another side) of each passage with one accused side."""
    for passage, annotation in zip(passages, annotations, strict=True):
        accused = {narrative.accused for narrative in passage.narratives if narrative.accused in codebook.side_ids}
        if len(accused) != 1:
            continue
        roles = find_roles(annotation, codebook)
        (side,) = accused
        if side is not None and any(roles.values()):
            yield from ((roles[side], roles[other]) for other in codebook.side_ids if other != side)


def _difference(a: dict[str, float], b: dict[str, float]) -> dict[str, float]:
    return {name: a.get(name, 0.0) - b.get(name, 0.0) for name in a.keys() | b.keys()}
