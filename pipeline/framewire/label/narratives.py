"""The narrative model: from passages to calibrated scores, with what weighed most.

Relevance and narratives are decided on words with the names folded away, beside the codebook's rules.
`learn.training` fits it; this room only knows how to use it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from framewire.codebook import Codebook
from framewire.label.accused import AccusedModel
from framewire.label.arbiter import VoiceArbiter
from framewire.label.features import RuleFeatures
from framewire.label.folding import name_tokens
from framewire.label.reason_words import say_words
from framewire.label.terms import Annotation, TermMatcher
from framewire.label.words import WeighedText, WeighedTexts, WordFeatures, WordTable

Matrix = NDArray[np.float64]
_REBUILT = frozenset(
    {"codebook", "narratives", "rules_", "_matcher", "_table", "_rule_weights", "_scale", "ruled", "_token_names"}
)


@dataclass(frozen=True, slots=True)
class Scores:
    """Calibrated probabilities: `relevance` (n_passages,), `narratives` (n_passages, n_narratives)."""

    relevance: Matrix
    narratives: Matrix


def to_probabilities(logits: Matrix) -> Matrix:
    """The probabilities of logits of any shape."""
    return np.asarray(1.0 / (1.0 + np.exp(-np.minimum(np.maximum(logits, -30.0), 30.0))))


@dataclass(frozen=True, slots=True)
class LinearLayer:
    """One linear decision over word features and rules, in this order, with Platt's scaling of its value.

    The probability is sigmoid(slope * (X @ coef + intercept) + offset). Source: Platt 1999.
    """

    coef: Matrix
    intercept: float
    slope: float = 1.0
    offset: float = 0.0


@dataclass(frozen=True, slots=True)
class Transfer:
    """How a score that was learnt on passages written for the purpose reads on real press: slope * logit + offset, and a
    bonus where a rule of the narrative holds. Relevance is raised by half of `subject` where the passage names the subject,
    and lowered by as much elsewhere.

    Words that tell a frame in written passages stand in plain news, too, while a rule is as right there as here.
    """

    slope: float = 1.0
    offset: float = 0.0
    bonus: float = 0.0
    subject: float = 0.0

    def apply(self, logits: Matrix, has_rule: NDArray[np.bool_]) -> Matrix:
        """The logits of the narratives, (n_passages, n_narratives), as they read on real press."""
        return self.slope * logits + self.offset + self.bonus * has_rule

    def shift_relevance(self, logits: Matrix, on_subject: NDArray[np.bool_]) -> Matrix:
        """The logits of relevance, (n_passages,), as they read on real press."""
        return logits + self.subject * (on_subject - 0.5)


@dataclass
class NarrativeModel:
    """A fitted model of one codebook and one language.

    `thresholds_` and `abstain_from_` have one entry a narrative: at or above the threshold a narrative is assigned,
    between the two it is left open, because there the model is wrong too often.
    """

    codebook: Codebook
    language: str
    words: WordFeatures
    relevance_layer: LinearLayer
    layers: list[LinearLayer]
    relevance_threshold: float = 0.5
    thresholds_: list[float] = field(default_factory=list)
    abstain_from_: list[float] = field(default_factory=list)
    transfer: Transfer = Transfer()
    accused_: AccusedModel = field(default_factory=AccusedModel)
    voice_: VoiceArbiter | None = None

    def __getstate__(self) -> dict[str, Any]:
        """Everything but the codebook and what is built from it."""
        return {name: value for name, value in self.__dict__.items() if name not in _REBUILT}

    def bind(self, codebook: Codebook) -> None:
        """Gives an unpickled model the codebook that it was made for: it is not in the file."""
        self.codebook = codebook
        self.__post_init__()

    def __post_init__(self) -> None:
        # The narratives' ids, in the order of the columns.
        self.narratives = self.codebook.narrative_ids
        self.rules_ = RuleFeatures(self.codebook)
        self._matcher = TermMatcher(self.codebook)

    def annotate(self, texts: Sequence[str]) -> list[Annotation]:
        """The texts with the codebook's hits."""
        return self._matcher.annotate_all(texts, language=self.language)

    def predict_scores(self, annotations: Sequence[Annotation]) -> Scores:
        """Calibrated probabilities of relevance and of each narrative."""
        return self.read(annotations)[0]

    def read(self, annotations: Sequence[Annotation]) -> tuple[Scores, WeighedTexts]:
        """The probabilities, and what the words of each passage add to them: layer 0 is relevance, then the narratives."""
        rules = self.rules_.transform(annotations)
        words, weighed = self._table.weigh(self.rules_.fold(annotations))
        slope, offset = self._scale
        return self.finish_scores(slope * (words + rules @ self._rule_weights) + offset, rules), weighed

    def finish_scores(self, logits: Matrix, rules: Matrix) -> Scores:
        """The scores of calibrated logits of relevance and narratives, (n_passages, 1 + n_narratives), as on real press."""
        narratives = self._transfer(logits[:, 1:], rules[:, : len(self.narratives)] > 0)
        relevance = self.transfer.shift_relevance(logits[:, 0], self.rules_.find_on_subject(rules))
        return Scores(to_probabilities(relevance), to_probabilities(narratives))

    def assign(self, scores: Scores) -> NDArray[np.bool_]:
        """Which narratives are assigned at these scores, (n_passages, n_narratives)."""
        gate = scores.relevance >= self.relevance_threshold
        return np.asarray((scores.narratives >= self.thresholds_) & gate[:, None])

    def _transfer(self, logits: Matrix, has_rule: NDArray[np.bool_]) -> Matrix:
        """As they read on real press; narratives without rules in this language stay as they are."""
        return np.where(self.ruled, self.transfer.apply(logits, has_rule), logits)

    def explain(self, annotation: Annotation, words: WeighedText, narrative: str, *, top: int = 4) -> tuple[str, ...]:
        """What weighed most for a narrative, most first: `rule: ...` for indicators, `word: ...` for words.

        Args:
            annotation: the passage.
            words: its words, as `read` weighed them.
            narrative: the narrative's id.
            top: how many to tell.
        """
        hits = [f"rule: {hit.pattern}" for hit in annotation.rules_of(narrative)]
        heaviest = words.list_heaviest(1 + self.narratives.index(narrative), top=top)
        said = [f"word: {say_words(share.words, self._token_names)}" for share in heaviest]
        return tuple(dict.fromkeys([*hits, *said]))[:top]

    def weigh(self, annotation: Annotation, narrative: str) -> list[tuple[str, float]]:
        """(words or rule, what it adds to the logit of the narrative), the heaviest first."""
        i = self.narratives.index(narrative)
        slope = self._scale[0][1 + i] * (self.transfer.slope if self.ruled[i] else 1.0)
        (rules,), (_, (words,)) = self.rules_.transform([annotation]), self._table.weigh(self.rules_.fold([annotation]))
        weights = [(share.words, slope * share.weight) for share in words.list_shares(1 + i)]
        added = slope * rules * self._rule_weights[:, 1 + i]
        if rules[i] and self.ruled[i]:
            added[i] += self.transfer.bonus
        weights += [(name, float(weight)) for name, weight in zip(self.rules_.names_, added, strict=True) if weight]
        return sorted(weights, key=lambda item: -item[1])

    def weigh_nothing(self, narrative: str) -> float:
        """The logit of a narrative in a passage of which nothing is known; with all of `weigh` it is that of the score."""
        i = self.narratives.index(narrative)
        offset = float(self._scale[1][1 + i])
        return self.transfer.slope * offset + self.transfer.offset if self.ruled[i] else offset

    def band_of(self, narrative: str) -> tuple[float, float]:
        """The scores from which a narrative is left open, and from which it is assigned; above 1 = never."""
        i = self.narratives.index(narrative)
        return float(self.abstain_from_[i]), float(self.thresholds_[i])

    @cached_property
    def ruled(self) -> NDArray[np.bool_]:
        """Which narratives have rules in this language."""
        return np.array([bool(narrative.indicators.get(self.language)) for narrative in self.codebook.narratives], bool)

    @cached_property
    def _token_names(self) -> dict[str, str]:
        return name_tokens(self.codebook)

    @cached_property
    def _table(self) -> WordTable:
        n = len(self.words.idf)
        return WordTable(self.words, np.column_stack([layer.coef[:n] for layer in self._all_layers]))

    @cached_property
    def _rule_weights(self) -> Matrix:
        """What each rule adds to each decision, (n_rules, 1 + n_narratives)."""
        return np.column_stack([layer.coef[len(self.words.idf) :] for layer in self._all_layers])

    @cached_property
    def _scale(self) -> tuple[Matrix, Matrix]:
        """Slope and offset of each decision, its intercept included."""
        slope = np.array([layer.slope for layer in self._all_layers])
        return slope, slope * [layer.intercept for layer in self._all_layers] + [
            layer.offset for layer in self._all_layers
        ]

    @property
    def _all_layers(self) -> list[LinearLayer]:
        return [self.relevance_layer, *self.layers]
