"""A text in, its labels out: passages, relevance, term mentions, narratives, voice, accused side, evidence."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from typing import NamedTuple

import numpy as np

from framewire.codebook import Codebook
from framewire.label.account import Account
from framewire.label.accused import AccusedModel
from framewire.label.features import is_on_subject
from framewire.label.narratives import NarrativeModel
from framewire.label.terms import Annotation, TermMatcher, find_mentions
from framewire.label.voice import VoiceReader
from framewire.label.words import WeighedText
from framewire.records import (
    ArticleVersion,
    LabelledVersion,
    LabelState,
    NarrativeLabel,
    Passage,
    PassageLabels,
    TermMention,
)
from framewire.records.portions import in_portions
from framewire.text import find_passages

# So many texts are scored together: more are no faster, and what is found in them is held meanwhile.
# Source: tests/benchmarks/bench_speed.py.
TEXTS_TOGETHER = 100


class Labeller:
    """Labels texts with one codebook and, where it knows the language, one model; without a model by rules alone."""

    def __init__(self, codebook: Codebook, model: NarrativeModel | None = None) -> None:
        self._codebook = codebook
        self._model = model
        self._matcher = TermMatcher(codebook)
        self._place_names = {referent.id for referent in codebook.terminology if referent.place_name}
        self._side_of = {actor.id: actor.side for actor in codebook.actors}

    def label_version(self, version: ArticleVersion) -> LabelledVersion:
        """The labels of one stored version. A text without a passage is `not-extracted`."""
        return self.label_versions([version])[0]

    def label_versions(self, versions: Sequence[ArticleVersion]) -> list[LabelledVersion]:
        """The labels of stored versions, in their order: together they take less time than one by one."""
        labels = [
            labels
            for part in in_portions(map(self._take_apart, versions), TEXTS_TOGETHER)
            for labels in self._label(part)
        ]
        return [
            LabelledVersion(
                version.version_id,
                self.state_of(version.language) if passages else LabelState.NOT_EXTRACTED,
                passages,
            )
            for version, passages in zip(versions, labels, strict=True)
        ]

    def label_text(
        self, text: str, *, title_end: int = 0, language: str = "en", published_on: date | None = None
    ) -> tuple[PassageLabels, ...]:
        """The labels of each passage of a text, spans in that text."""
        passages = find_passages(text, title_end=title_end, language=language)
        return self._label([self._read(text, passages, language, published_on)])[0]

    def label_passage(self, text: str, *, language: str = "en", published_on: date | None = None) -> PassageLabels:
        """The labels of a text that is one passage as it stands."""
        return self.label_passages([text], language=language, published_on=published_on)[0]

    def label_passages(
        self, texts: Iterable[str], *, language: str = "en", published_on: date | None = None
    ) -> list[PassageLabels]:
        """The labels of several texts, each one passage as it stands; together they take less time than one by one."""
        passages = [Passage(0, 0, len(text), text) for text in texts]
        read = (self._read(passage.text, [passage], language, published_on) for passage in passages)
        return [labels for part in in_portions(read, TEXTS_TOGETHER) for (labels,) in self._label(part)]

    def state_of(self, language: str) -> LabelState:
        """Whether texts of a language are labelled by the model or by rules only."""
        return LabelState.LABELLED if self._knows(language) else LabelState.RULES_ONLY

    @property
    def codebook(self) -> Codebook:
        """The codebook that is labelled with."""
        return self._codebook

    def model_for(self, language: str) -> NarrativeModel | None:
        """The model, if texts of this language are labelled by one."""
        return self._model if self._knows(language) else None

    def annotate(self, text: str, *, language: str = "en", published_on: date | None = None) -> Annotation:
        """A text with everything of the codebook that is found in it, as its labels are read from."""
        return self._matcher.annotate(text, language=language, published_on=published_on)

    def _knows(self, language: str) -> bool:
        return self._model is not None and self._model.language == language

    def _take_apart(self, version: ArticleVersion) -> "_Text":
        passages = find_passages(version.text, title_end=version.title_end, language=version.language)
        published = (version.published_at or version.first_seen_at).date()
        return self._read(version.text, passages, version.language, published)

    def _read(self, text: str, passages: Sequence[Passage], language: str, published_on: date | None) -> "_Text":
        """The text with what is found in each of its passages."""
        annotation = self.annotate(text, language=language, published_on=published_on)
        mentions: dict[int, list[TermMention]] = {}
        for mention in find_mentions(annotation, passages):
            mentions.setdefault(mention.passage, []).append(mention)
        parts = [_Part(one, _cut(annotation, one), mentions.get(one.position, [])) for one in passages]
        return _Text(language, parts)

    def _label(self, texts: Sequence["_Text"]) -> list[tuple[PassageLabels, ...]]:
        """The labels of each text's passages; those in the model's language are scored together."""
        scored = iter(self._score([part for text in texts if self._knows(text.language) for part in text.parts]))
        return [
            tuple(
                self._finish(
                    part, next(scored) if self._knows(text.language) else self._apply_rules(part), text.language
                )
                for part in text.parts
            )
            for text in texts
        ]

    def _score(self, parts: Sequence["_Part"]) -> list["_Scored"]:
        """Relevance and narratives of each passage by the model; the gate is relevance."""
        model = self._model
        if model is None or not parts:
            return []
        scores, weighed = model.read([part.annotation for part in parts])
        relevant = scores.relevance >= model.relevance_threshold
        told = scores.narratives >= model.abstain_from_
        scored = [_Scored(*found, []) for found in zip(relevant.tolist(), scores.relevance.tolist(), strict=True)]
        for i in np.flatnonzero(relevant).tolist():
            row = scores.narratives[i].tolist()
            if columns := np.flatnonzero(told[i]).tolist():
                words = weighed[i]
                scored[i].narratives.extend(
                    _score_narrative(model, parts[i].annotation, words, column, row[column]) for column in columns
                )
        return scored

    def _apply_rules(self, part: "_Part") -> "_Scored":
        """The cold start: indicators assign, and the score n / (n + 1) only orders them."""
        relevant = is_on_subject(part.annotation, self._side_of)
        narratives = []
        for narrative in self._codebook.narrative_ids if relevant else ():
            patterns = [hit.pattern for hit in part.annotation.rules_of(narrative)]
            if patterns:
                evidence = tuple(dict.fromkeys(f"rule: {pattern}" for pattern in patterns))
                score = len(patterns) / (len(patterns) + 1)
                narratives.append(_ScoredNarrative(narrative, score, LabelState.RULES_ONLY, evidence))
        return _Scored(relevant, float(relevant), narratives)

    def _finish(self, part: "_Part", scored: "_Scored", language: str) -> PassageLabels:
        """The labels with voice and accused side."""
        relevant, relevance, narratives = scored
        if not narratives and not part.mentions:
            return PassageLabels(part.passage, relevant, relevance)
        model = self.model_for(language)
        reader = VoiceReader(part.annotation, language=language, arbiter=model.voice_ if model else None)
        account = Account(model.accused_ if model else AccusedModel(), part.annotation, self._codebook)
        finished = tuple(self._finish_narrative(scored, part, reader, account) for scored in narratives)
        voiced = tuple(self._voice_mention(mention, reader, part.passage) for mention in part.mentions)
        return PassageLabels(part.passage, relevant, relevance, finished, voiced)

    def _voice_mention(self, mention: TermMention, reader: VoiceReader, passage: Passage) -> TermMention:
        """The mention with its voice and speaker; the name of a place is never denied."""
        read = reader.read_name if mention.referent in self._place_names else reader.read
        voice, speaker = read(mention.start - passage.start)
        is_plain = voice is mention.voice and speaker is None
        return mention if is_plain else replace(mention, voice=voice, speaker=speaker)

    def _finish_narrative(
        self, scored: "_ScoredNarrative", part: "_Part", reader: VoiceReader, account: Account
    ) -> NarrativeLabel:
        """The label with its voice, by the model's arbiter where there is one, its speaker and its accused side."""
        narrative, score, state, evidence = scored
        voice, speaker = reader.read_narrative(narrative, evidence_spans(part.annotation, narrative))
        accused = account.accuse(self._codebook.get_narrative(narrative))
        return NarrativeLabel(narrative, score, state, voice, accused, speaker, evidence)


class _Part(NamedTuple):
    """A passage with what is found in it."""

    passage: Passage
    annotation: Annotation
    mentions: Sequence[TermMention]


class _Text(NamedTuple):
    """A text in its passages."""

    language: str
    parts: Sequence[_Part]


class _ScoredNarrative(NamedTuple):
    """A narrative that a passage carries, or may carry."""

    narrative: str
    score: float
    state: LabelState
    evidence: tuple[str, ...]


class _Scored(NamedTuple):
    """What is decided of a passage before its voices are read."""

    relevant: bool
    relevance: float
    narratives: list[_ScoredNarrative]


def _cut(annotation: Annotation, passage: Passage) -> Annotation:
    """The part of an annotated text that is a passage; as it stands if it is all of the text."""
    if (passage.start, passage.end) == (0, len(annotation.original)):
        return annotation
    return annotation.slice(passage.start, passage.end)


def _score_narrative(
    model: NarrativeModel, part: Annotation, words: WeighedText, column: int, score: float
) -> _ScoredNarrative:
    """One narrative with its evidence; in the abstain band it is left open."""
    state = LabelState.LABELLED if score >= model.thresholds_[column] else LabelState.ABSTAINED
    narrative = model.narratives[column]
    return _ScoredNarrative(narrative, score, state, model.explain(part, words, narrative))


def evidence_spans(part: Annotation, narrative: str) -> list[tuple[int, int]]:
    """Where in a passage a narrative's indicators stand, as spans of the passage."""
    return [part.text.span(hit.start, hit.end) for hit in part.rules_of(narrative)]
