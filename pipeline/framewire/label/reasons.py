"""Why a passage has its labels: where rules hold, which words weighed, who speaks by which cues, and what led to the accused side.

Labels come first and are the labeller's; reasons are worked out beside them, for whoever asks, and change nothing of them.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from framewire.codebook import Codebook
from framewire.label.account import Account
from framewire.label.folding import name_tokens
from framewire.label.labeller import Labeller, evidence_spans
from framewire.label.narratives import NarrativeModel
from framewire.label.reason_words import say_feature, say_role, say_rule, say_words
from framewire.label.terms import Annotation
from framewire.label.voice import VoiceCue, VoiceReader
from framewire.records import NarrativeLabel, PassageLabels, Voice

# How many words are told for a narrative and against it, and how many features of a voice and of an accused side.
N_FOR, N_AGAINST, N_FEATURES = 6, 3, 3


@dataclass(frozen=True, slots=True)
class Weight:
    """Words of the passage, or in brackets what the codebook finds in it, and what they add to a sum."""

    words: str
    weight: float


@dataclass(frozen=True, slots=True)
class RuleSpan:
    """A rule of a narrative that holds, and where in the passage's text."""

    pattern: str
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class ScoreReasons:
    """What a score is made of: `logit` = `base` + all of `weighed_for` and `weighed_against` + `others`; the score is sigmoid(logit).

    Attributes:
        weighed_for: the heaviest words for the narrative, heaviest first.
        weighed_against: the heaviest ones against it, heaviest first.
        others: what the other words add together.
        n_others: how many they are.
        base: the logit of a passage of which nothing is known.
        left_open_from: from this score on the label is left open.
        threshold: from this score on it is assigned; None = the model assigns it never, for want of examples.
    """

    weighed_for: tuple[Weight, ...]
    weighed_against: tuple[Weight, ...]
    others: float
    n_others: int
    base: float
    logit: float
    left_open_from: float
    threshold: float | None


@dataclass(frozen=True, slots=True)
class VoiceReasons:
    """In whose mouth a narrative is, and by what. `quoted`: one of its rules holds inside a quotation.

    With an arbiter: the voice that came next, how far that is behind, and what added most to this lead; else None and nothing.
    """

    cues: tuple[VoiceCue, ...]
    quoted: bool
    over: Voice | None = None
    lead: float | None = None
    weighed: tuple[Weight, ...] = ()


@dataclass(frozen=True, slots=True)
class SideWeight:
    """A role of a side, or for None what the passage tells beside the sides' names, and what it adds to the lead."""

    side: str | None
    words: str
    weight: float


@dataclass(frozen=True, slots=True)
class AccusedReasons:
    """What led to the accused side. `names`: the account names `one side`, `both` or, not clearly, none (`unclear`).

    `scores` has each side's sum (positive = it does it), the highest first; `lead` is how far the first is ahead of the next,
    and `weighed` what counted most in this lead, either way.
    """

    names: str
    scores: tuple[tuple[str, float], ...]
    lead: float
    weighed: tuple[SideWeight, ...]


@dataclass(frozen=True, slots=True)
class LabelReasons:
    """One label with its reasons. Without a model `score` is None, and `accused` too.

    `accused` is also None where nothing had to be found out: the narrative is not sided, or is bound to a side.
    """

    label: NarrativeLabel
    rules: tuple[RuleSpan, ...]
    score: ScoreReasons | None
    voice: VoiceReasons
    accused: AccusedReasons | None


@dataclass(frozen=True, slots=True)
class PassageReasons:
    """The labels of a passage, and the reasons of each of its narratives, in the same order."""

    labels: PassageLabels
    narratives: tuple[LabelReasons, ...]


def explain_text(
    labeller: Labeller, text: str, *, title_end: int = 0, language: str = "en", published_on: date | None = None
) -> tuple[PassageReasons, ...]:
    """The labels of each passage of a text, as `Labeller.label_text` gives them, with their reasons."""
    labels = labeller.label_text(text, title_end=title_end, language=language, published_on=published_on)
    return _explain(labeller, labels, labeller.annotate(text, language=language, published_on=published_on), language)


def explain_passage(
    labeller: Labeller, text: str, *, language: str = "en", published_on: date | None = None
) -> PassageReasons:
    """The same of a text that is one passage as it stands."""
    labels = labeller.label_passage(text, language=language, published_on=published_on)
    annotation = labeller.annotate(text, language=language, published_on=published_on)
    return _explain(labeller, [labels], annotation, language)[0]


def _explain(
    labeller: Labeller, labels: Iterable[PassageLabels], annotation: Annotation, language: str
) -> tuple[PassageReasons, ...]:
    model = labeller.model_for(language)
    found = []
    for item in labels:
        part = annotation.slice(item.passage.start, item.passage.end)
        reader = VoiceReader(part, language=language)
        reasons = [
            LabelReasons(
                label,
                find_rule_spans(part, label.narrative),
                _weigh_score(model, part, label) if model else None,
                _weigh_voice(model, part, reader, label),
                _weigh_accused(model, part, labeller.codebook, label) if model else None,
            )
            for label in item.narratives
        ]
        found.append(PassageReasons(item, tuple(reasons)))
    return tuple(found)


def find_rule_spans(part: Annotation, narrative: str) -> tuple[RuleSpan, ...]:
    """Where in a passage a narrative's rules hold; they may overlap."""
    patterns = [hit.pattern for hit in part.rules_of(narrative)]
    spans = zip(patterns, evidence_spans(part, narrative), strict=True)
    return tuple(dict.fromkeys(RuleSpan(rule, start, end, part.original[start:end]) for rule, (start, end) in spans))


def _weigh_score(model: NarrativeModel, part: Annotation, label: NarrativeLabel) -> ScoreReasons:
    narrative = label.narrative
    names = name_tokens(model.codebook)
    rules = set(model.rules_.names_)
    weights = [
        Weight(say_rule(name, narrative, model.codebook) if name in rules else say_words(name, names), float(weight))
        for name, weight in model.weigh(part, narrative)
    ]
    ahead = tuple(weight for weight in weights if weight.weight > 0)[:N_FOR]
    against = tuple(weight for weight in reversed(weights) if weight.weight < 0)[:N_AGAINST]
    base, total = model.weigh_nothing(narrative), math.fsum(weight.weight for weight in weights)
    open_from, threshold = model.band_of(narrative)
    return ScoreReasons(
        ahead,
        against,
        others=total - math.fsum(weight.weight for weight in (*ahead, *against)),
        n_others=len(weights) - len(ahead) - len(against),
        base=base,
        logit=base + total,
        left_open_from=open_from,
        threshold=threshold if threshold <= 1 else None,
    )


def _weigh_voice(
    model: NarrativeModel | None, part: Annotation, reader: VoiceReader, label: NarrativeLabel
) -> VoiceReasons:
    spans = evidence_spans(part, label.narrative)
    cues, quoted = reader.list_cues(spans), reader.is_quoted(spans)
    if model is None or model.voice_ is None or len(model.voice_.weights) < 2:
        return VoiceReasons(cues, quoted)
    found = model.voice_.compare(reader.find_features(label.narrative, spans))
    told = {name: say_feature(name) for name in found.weights}
    best = [weight for weight in _sum_up(found.weights, told) if weight.weight > 0][:N_FEATURES]
    return VoiceReasons(cues, quoted, found.over, found.lead, tuple(best))


def _weigh_accused(
    model: NarrativeModel, part: Annotation, codebook: Codebook, label: NarrativeLabel
) -> AccusedReasons | None:
    narrative = codebook.get_narrative(label.narrative)
    if not narrative.sided or narrative.bound_to:
        return None
    account = Account(model.accused_, part, codebook)
    reading = account.read(narrative)
    sums: dict[tuple[str | None, str], float] = {}
    for side, name, weight in account.weigh(reading):
        key = side, say_role(name, part.text.text)
        sums[key] = sums.get(key, 0.0) + weight
    most = sorted(((*key, weight) for key, weight in sums.items() if weight), key=lambda item: -abs(item[2]))
    ranked = sorted(reading.scores.items(), key=lambda item: -item[1])
    weighed = (SideWeight(side, words, float(weight)) for side, words, weight in most[:N_FEATURES])
    return AccusedReasons(reading.answer, tuple(ranked), reading.lead, tuple(weighed))


def _sum_up(weights: Mapping[str, float], told: Mapping[str, str]) -> list[Weight]:
    """Features that are told in the same words as one, the heaviest first."""
    sums: dict[str, float] = {}
    for name, weight in weights.items():
        sums[told[name]] = sums.get(told[name], 0.0) + float(weight)
    return sorted((Weight(words, weight) for words, weight in sums.items()), key=lambda item: -item.weight)
