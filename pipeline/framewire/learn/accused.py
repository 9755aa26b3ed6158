"""Fits who is held responsible: one set of weights for the words around a side's names, whichever side it is."""

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from framewire.codebook import Codebook
from framewire.label import AccusedModel, Annotation
from framewire.label.accused import ONE_SIDE, find_clarity, find_events
from framewire.label.accused_roles import DOER, SUFFERER, find_roles
from framewire.label.accused_words import count_told
from framewire.learn.linear import fit_choice
from framewire.records import UNCLEAR, CodedNarrative, CodedPassage

# Fewer examples than this teach nothing about roles.
MIN_EXAMPLES = 15
# Source: grouped cross-validation on the training passages.
C_ACCUSED = 0.25
C_CLARITY = 0.3
# How many examples the meaning of a relation counts for. Source: as above; more of them hide what the passages teach.
N_KNOWN = 3
# How much a passage counts with its sides exchanged and the rest of it left: words that tell whom it accuses then count less
# than the roles do. Source: as above, on passages that name a side and then do not: without it a quarter of the answers ignores
# the exchange, with it one in seven, at equal accuracy in cross-validation.
MIRROR_WEIGHT = 0.12
# Words of fewer coded narratives are unknown.
MIN_COUNT = 2
# Weights nearer to nothing than this are left out. They move no score by a hundredth.
LEAST_WEIGHT = 0.005
# What is added to the leaning towards `unclear`: real press names a side much oftener than it accuses one, written passages do not.
# Source: real passages that no model was trained on, and the coded sample press (docs/method.md, "What was tried").
MORE_UNCLEAR = 1.0
N_FOLDS = 4
# The owner of a comparison that no example gave.
KNOWN = -1
_SEPARATOR = " told of "


class Example(NamedTuple):
    """One coded narrative, with the roles of its passage; `story` keeps those of one event together."""

    annotation: Annotation
    narrative: CodedNarrative
    roles: dict[str, dict[str, float]]
    story: str


class Comparisons(NamedTuple):
    """Sides of examples compared: `X` (n_comparisons, n_features), their weights, and the row of the example of each."""

    X: sparse.csr_matrix
    weights: NDArray[np.float64]
    owners: NDArray[np.int64]
    names: list[str]


def fit_accused(
    passages: Sequence[CodedPassage], annotations: Sequence[Annotation], codebook: Codebook
) -> AccusedModel:
    """Weights such that the accused side's roles weigh more than every other side's; empty with too few examples.

    Each example is the difference between the accused side and another one, once in each direction, without an intercept: so no
    side has a head start. What a passage tells beside its names weighs for each side apart.
    """
    examples = list(_find_examples(passages, annotations, codebook))
    if sum(example.narrative.accused in codebook.side_ids for example in examples) < MIN_EXAMPLES:
        return AccusedModel()
    idf = _find_idf(examples, codebook)
    told = [find_events(e.annotation, e.narrative.id, codebook, idf) for e in examples]
    comparisons = _compare(examples, told, codebook)
    leads = _find_leads(comparisons, examples, told)
    model = _fit_sides(comparisons, range(len(examples)))
    return replace(model, idf=idf, **_find_answers(examples, told, leads, codebook))


def _find_idf(examples: Sequence[Example], codebook: Codebook) -> dict[str, float]:
    """The rarity of each known word. Source: smoothed inverse document frequency as in scikit-learn's TfidfTransformer."""
    counts = Counter(word for example in examples for word in count_told(example.annotation, codebook))
    return {
        word: 1 + math.log((1 + len(examples)) / (1 + count)) for word, count in counts.items() if count >= MIN_COUNT
    }


def _compare(examples: Sequence[Example], told: Sequence[Mapping[str, float]], codebook: Codebook) -> Comparisons:
    """All comparisons of the examples, and what is known beforehand."""
    found = [
        (features, weight, i)
        for i, (example, events) in enumerate(zip(examples, told, strict=True))
        for features, weight in _compare_sides(example, events, codebook)
    ]
    found += [(known, 1.0, KNOWN) for known in _known_beforehand()]
    features, weights, owners = zip(*found, strict=True)
    vectorizer = DictVectorizer()
    X = vectorizer.fit_transform(features)
    return Comparisons(X, np.array(weights), np.array(owners), [str(n) for n in vectorizer.get_feature_names_out()])


def _fit_sides(comparisons: Comparisons, examples: Sequence[int]) -> AccusedModel:
    """Which side leads, by the comparisons of some examples."""
    rows = np.flatnonzero(np.isin(comparisons.owners, [*examples, KNOWN]))
    ahead = comparisons.X[rows]
    fitted = LogisticRegression(C=C_ACCUSED, fit_intercept=False, max_iter=1000).fit(
        sparse.vstack([ahead, -ahead]),
        [1] * len(rows) + [0] * len(rows),
        sample_weight=np.tile(comparisons.weights[rows], 2),
    )
    weights: dict[str, float] = {}
    events: dict[str, dict[str, float]] = {}
    for name, weight in zip(comparisons.names, fitted.coef_[0], strict=True):
        side, is_told, event = name.partition(_SEPARATOR)
        if abs(weight) >= LEAST_WEIGHT:
            (events.setdefault(side, {}) if is_told else weights)[event if is_told else side] = float(weight)
    return AccusedModel(weights, events)


def _known_beforehand() -> list[dict[str, float]]:
    """A few examples of what each relation means, so that a rare one is not learnt from two chance passages."""
    doing = [{f"is: {name}": 1.0} for name in (*DOER, "denies")]
    return [*doing, *({f"is: {name}": -1.0} for name in SUFFERER)] * N_KNOWN


def _find_answers(
    examples: Sequence[Example], told: Sequence[Mapping[str, float]], leads: Sequence[float], codebook: Codebook
) -> dict[str, Any]:
    """The weights and intercepts of the decision between one side, both and unclear."""
    features = [
        {**find_clarity(e.annotation, e.narrative.id, e.roles, lead=lead), **events}
        for e, events, lead in zip(examples, told, leads, strict=True)
    ]
    counts = Counter(name for found in features for name in found)
    kept = [{name: value for name, value in found.items() if counts[name] >= MIN_COUNT} for found in features]
    answers = [ONE_SIDE if e.narrative.accused in codebook.side_ids else str(e.narrative.accused) for e in examples]
    weights, intercepts = fit_choice(kept, answers, c=C_CLARITY)
    if UNCLEAR in intercepts:
        intercepts[UNCLEAR] += MORE_UNCLEAR
    kept_weights = {
        answer: {name: weight for name, weight in row.items() if abs(weight) >= LEAST_WEIGHT}
        for answer, row in weights.items()
    }
    return {"answers": kept_weights, "intercepts": intercepts}


def _find_leads(
    comparisons: Comparisons, examples: Sequence[Example], told: Sequence[Mapping[str, float]]
) -> list[float]:
    """How far one side leads in each example, by weights that have not seen its story: on their own examples leads are larger."""
    leads = [0.0] * len(examples)
    for train, test in _split_by_story(examples):
        model = _fit_sides(comparisons, train)
        for i in test:
            scores = sorted(model.score_sides(examples[i].roles, told[i]).values(), reverse=True)
            leads[i] = scores[0] - scores[1]
    return leads


def _split_by_story(examples: Sequence[Example]) -> Iterator[tuple[list[int], list[int]]]:
    """Rows to fit on and rows to score, N_FOLDS times; examples of one story alone are scored by themselves."""
    stories = [example.story for example in examples]
    rows = list(range(len(examples)))
    n_folds = min(N_FOLDS, len(set(stories)))
    if n_folds < 2:
        yield rows, rows
        return
    for train, test in GroupKFold(n_folds).split(rows, groups=stories):
        yield train.tolist(), test.tolist()


def _find_examples(
    passages: Sequence[CodedPassage], annotations: Sequence[Annotation], codebook: Codebook
) -> Iterator[Example]:
    """Each coded narrative whose side its definition leaves open."""
    for passage, annotation in zip(passages, annotations, strict=True):
        coded = [n for n in passage.narratives if n.accused and not codebook.get_narrative(n.id).bound_to]
        if coded:
            roles = find_roles(annotation, codebook)
            yield from (Example(annotation, narrative, roles, passage.story or passage.id) for narrative in coded)


def _compare_sides(
    example: Example, told: Mapping[str, float], codebook: Codebook
) -> Iterator[tuple[dict[str, float], float]]:
    """The accused side less each other one, and the same with the sides exchanged, with weights; nothing where not one is accused."""
    accused, roles = example.narrative.accused, example.roles
    if accused not in codebook.side_ids:
        return
    for other in codebook.side_ids:
        if other != accused:
            ahead, behind = roles[accused], roles[other]
            found = {name: ahead.get(name, 0.0) - behind.get(name, 0.0) for name in ahead.keys() | behind.keys()}
            yield found | _tell(told, accused, other), 1.0
            if ahead or behind:
                yield found | _tell(told, other, accused), MIRROR_WEIGHT


def _tell(told: Mapping[str, float], accused: str, other: str) -> dict[str, float]:
    """What is told, for the accused side and against the other one."""
    return {
        f"{side}{_SEPARATOR}{name}": sign * value
        for side, sign in ((accused, 1.0), (other, -1.0))
        for name, value in told.items()
    }
