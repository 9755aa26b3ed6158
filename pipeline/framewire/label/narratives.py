"""The narrative model: from passages to calibrated scores, with what weighed most.

Relevance and narratives are decided on words with the names folded away, beside the codebook's rules.
`learn.training` fits it; this room only knows how to use it.
"""

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from framewire.codebook import Codebook
from framewire.label.accused import AccusedModel
from framewire.label.arbiter import VoiceArbiter
from framewire.label.features import RuleFeatures
from framewire.label.terms import Annotation, TermMatcher

Matrix = NDArray[np.float64]
_REBUILT = ("codebook", "rules_", "_matcher", "_readable_names")
_VECTORIZERS = ("word_vectorizer", "char_vectorizer")


@dataclass(frozen=True, slots=True)
class Scores:
    """Calibrated probabilities: `relevance` (n_passages,), `narratives` (n_passages, n_narratives).

    `features` are what they come from, sparse (n_passages, n_features).
    """

    relevance: Matrix
    narratives: Matrix
    features: Any


@dataclass(frozen=True, slots=True)
class LinearLayer:
    """One linear decision over sparse features, with Platt's scaling of its value.

    The probability is sigmoid(slope * (X @ coef + intercept) + offset). Source: Platt 1999.
    """

    coef: Matrix
    intercept: float
    slope: float = 1.0
    offset: float = 0.0

    def predict_proba(self, X: Any) -> Matrix:
        """The probability of yes, shape (n_passages,)."""
        decision = np.asarray(X @ self.coef).ravel() + self.intercept
        return np.asarray(1.0 / (1.0 + np.exp(-np.clip(self.slope * decision + self.offset, -30, 30))))


@dataclass
class NarrativeModel:
    """A fitted model of one codebook and one language.

    `thresholds_` and `abstain_from_` have one entry a narrative: at or above the threshold a narrative is assigned,
    between the two it is left open, because there the model is wrong too often.
    """

    codebook: Codebook
    language: str
    word_vectorizer: Any
    char_vectorizer: Any
    relevance_layer: LinearLayer
    layers: list[LinearLayer]
    relevance_threshold: float = 0.5
    thresholds_: list[float] = field(default_factory=list)
    abstain_from_: list[float] = field(default_factory=list)
    accused_: AccusedModel = field(default_factory=AccusedModel)
    voice_: VoiceArbiter | None = None

    def __getstate__(self) -> dict[str, Any]:
        """Everything but the codebook and what is built from it; vocabularies as one text, which loads in no time."""
        kept = {name: value for name, value in self.__dict__.items() if name not in _REBUILT}
        return kept | {name: _pack(kept[name]) for name in _VECTORIZERS}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state | {name: _unpack(*state[name]) for name in _VECTORIZERS})

    def bind(self, codebook: Codebook) -> None:
        """Gives an unpickled model the codebook that it was made for: it is not in the file."""
        self.codebook = codebook
        self.__post_init__()

    def __post_init__(self) -> None:
        self.rules_ = RuleFeatures(self.codebook)
        self._matcher = TermMatcher(self.codebook)

    @property
    def narratives(self) -> tuple[str, ...]:
        """The narratives' ids, in the order of the columns."""
        return self.codebook.narrative_ids

    def annotate(self, texts: Sequence[str]) -> list[Annotation]:
        """The texts with the codebook's hits."""
        return [self._matcher.annotate(text, language=self.language) for text in texts]

    def predict_scores(self, annotations: Sequence[Annotation]) -> Scores:
        """Calibrated probabilities of relevance and of each narrative."""
        if not annotations:
            return Scores(np.zeros(0), np.zeros((0, len(self.narratives))), sparse.csr_matrix((0, 0)))
        rules = sparse.csr_matrix(self.rules_.transform(annotations))
        features = self.build_features(annotations, rules)
        relevance = self.relevance_layer.predict_proba(features)
        return Scores(relevance, np.column_stack([layer.predict_proba(features) for layer in self.layers]), features)

    def build_features(self, annotations: Sequence[Annotation], rules: Any) -> Any:
        """Folded words, character n-grams and rules, shape (n_passages, n_features)."""
        folded = self.rules_.fold(annotations)
        return sparse.hstack(
            [self.word_vectorizer.transform(folded), self.char_vectorizer.transform(folded), rules]
        ).tocsr()

    def explain(self, annotation: Annotation, narrative: str, features: Any, *, top: int = 4) -> tuple[str, ...]:
        """What weighed most for a narrative, most first: `rule: ...` for indicators, `word: ...` for words.

        Args:
            annotation: the passage.
            narrative: the narrative's id.
            features: the passage's row of `Scores.features`.
            top: how many to tell.
        """
        coef = self.layers[self.narratives.index(narrative)].coef
        names = self._readable_names
        weights = {names[i]: value * coef[i] for i, value in zip(features.indices, features.data, strict=True)}
        hits = [f"rule: {hit.pattern}" for hit in annotation.of_kind("indicator") if hit.key == (narrative,)]
        words = [name for name, weight in sorted(weights.items(), key=lambda item: -item[1]) if name and weight > 0]
        return tuple(dict.fromkeys([*hits, *words]))[:top]

    @cached_property
    def _readable_names(self) -> list[str]:
        """The name of each column that a person can read, words and rules; '' for groups of letters."""
        words = [f"word: {word}" for word in self.word_vectorizer.get_feature_names_out()]
        return [*words, *[""] * len(self.char_vectorizer.vocabulary_), *self.rules_.names_]


def _pack(vectorizer: Any) -> tuple[Any, str]:
    """The vectorizer without its vocabulary, and the vocabulary's terms in the order of the columns, NUL between them."""
    bare = copy(vectorizer)
    terms = bare.__dict__.pop("vocabulary_")
    return bare, "\0".join(sorted(terms, key=terms.__getitem__))


def _unpack(bare: Any, terms: str) -> Any:
    """The vectorizer with its vocabulary again."""
    bare.vocabulary_ = {term: i for i, term in enumerate(terms.split("\0"))}
    return bare
