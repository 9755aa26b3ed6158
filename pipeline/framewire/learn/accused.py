"""Fits who is held responsible: one set of weights for the words around a side's names, whichever side it is."""

from collections.abc import Iterator, Sequence

from scipy import sparse
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression

from framewire.codebook import Codebook
from framewire.label import AccusedModel, Annotation
from framewire.label.accused import ONE_SIDE, find_clarity, find_events
from framewire.label.accused_roles import DOER, SUFFERER, find_roles
from framewire.learn.linear import fit_choice
from framewire.records import CodedNarrative, CodedPassage

# Fewer examples than this teach nothing about roles.
MIN_EXAMPLES = 15
# Source: grouped cross-validation on the training passages.
C_ACCUSED = 0.3
C_CLARITY = 0.3
# How many examples the meaning of a relation counts for. Source: as above; more of them hide what the passages teach.
N_KNOWN = 3
_SEPARATOR = " told of "

Roles = dict[str, dict[str, float]]
Example = tuple[Annotation, CodedNarrative, Roles]


def fit_accused(
    passages: Sequence[CodedPassage], annotations: Sequence[Annotation], codebook: Codebook
) -> AccusedModel:
    """Weights such that the accused side's roles weigh more than every other side's; empty with too few examples.

    Each example is the difference between the accused side and another one, once in each direction, without an intercept: so no
    side has a head start. What a passage tells of events weighs for each side apart.
    """
    examples = list(_find_examples(passages, annotations, codebook))
    pairs = [pair for example in examples for pair in _compare_sides(example, codebook)]
    if len(pairs) < MIN_EXAMPLES:
        return AccusedModel()
    pairs += _known_beforehand()
    vectorizer = DictVectorizer()
    ahead = vectorizer.fit_transform(pairs)
    X = sparse.vstack([ahead, -ahead])
    y = [1] * len(pairs) + [0] * len(pairs)
    fitted = LogisticRegression(C=C_ACCUSED, fit_intercept=False, max_iter=1000).fit(X, y)
    weights: dict[str, float] = {}
    events: dict[str, dict[str, float]] = {}
    for name, weight in zip(vectorizer.get_feature_names_out(), fitted.coef_[0], strict=True):
        side, told, event = str(name).partition(_SEPARATOR)
        if told:
            events.setdefault(side, {})[event] = float(weight)
        else:
            weights[str(name)] = float(weight)
    return _with_answers(AccusedModel(weights, events), examples, codebook)


def _known_beforehand() -> list[dict[str, float]]:
    """A few examples of what each relation means, so that a rare one is not learnt from two chance passages."""
    doing = [{f"is: {name}": 1.0} for name in (*DOER, "denies")]
    return [*doing, *({f"is: {name}": -1.0} for name in SUFFERER)] * N_KNOWN


def _with_answers(model: AccusedModel, examples: Sequence[Example], codebook: Codebook) -> AccusedModel:
    """The model with its decision between one side, both and unclear."""
    features, answers = [], []
    for annotation, narrative, roles in examples:
        scores = sorted(model.score_sides(roles, find_events(annotation, narrative.id)).values(), reverse=True)
        features.append(find_clarity(annotation, narrative.id, roles, lead=scores[0] - scores[1]))
        answers.append(ONE_SIDE if narrative.accused in codebook.side_ids else str(narrative.accused))
    weights, intercepts = fit_choice(features, answers, c=C_CLARITY)
    return AccusedModel(model.weights, model.events, weights, intercepts)


def _find_examples(
    passages: Sequence[CodedPassage], annotations: Sequence[Annotation], codebook: Codebook
) -> Iterator[Example]:
    """Each coded narrative whose side its definition leaves open."""
    for passage, annotation in zip(passages, annotations, strict=True):
        coded = [n for n in passage.narratives if n.accused and not codebook.get_narrative(n.id).bound_to]
        if coded:
            roles = find_roles(annotation, codebook)
            yield from ((annotation, narrative, roles) for narrative in coded)


def _compare_sides(example: Example, codebook: Codebook) -> Iterator[dict[str, float]]:
    """The accused side less each other one; nothing where not one side is accused."""
    annotation, narrative, roles = example
    accused = narrative.accused
    if accused not in codebook.side_ids:
        return
    events = find_events(annotation, narrative.id)
    for other in codebook.side_ids:
        if other != accused:
            ahead, behind = roles[accused], roles[other]
            yield {name: ahead.get(name, 0.0) - behind.get(name, 0.0) for name in ahead.keys() | behind.keys()} | {
                f"{side}{_SEPARATOR}{name}": sign * value
                for side, sign in ((accused, 1.0), (other, -1.0))
                for name, value in events.items()
            }
