"""A text in, its labels out: passages, relevance, term mentions, narratives, voice, accused side, evidence."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import numpy as np

from framewire.codebook import Codebook
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
    Voice,
)
from framewire.text import find_passages


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
        published = (version.published_at or version.first_seen_at).date()
        passages = self.label_text(
            version.text, title_end=version.title_end, language=version.language, published_on=published
        )
        state = self.state_of(version.language) if passages else LabelState.NOT_EXTRACTED
        return LabelledVersion(version.version_id, state, passages)

    def label_text(
        self, text: str, *, title_end: int = 0, language: str = "en", published_on: date | None = None
    ) -> tuple[PassageLabels, ...]:
        """The labels of each passage of a text, spans in that text."""
        return self._label(text, find_passages(text, title_end=title_end, language=language), language, published_on)

    def label_passage(self, text: str, *, language: str = "en", published_on: date | None = None) -> PassageLabels:
        """The labels of a text that is one passage as it stands."""
        return self._label(text, [Passage(0, 0, len(text), text)], language, published_on)[0]

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

    def _label(
        self, text: str, passages: Sequence[Passage], language: str, published_on: date | None
    ) -> tuple[PassageLabels, ...]:
        annotation = self.annotate(text, language=language, published_on=published_on)
        mentions = find_mentions(annotation, passages)
        parts = [annotation.slice(passage.start, passage.end) for passage in passages]
        model = self.model_for(language)
        scored = self._score(model, parts) if model else [self._apply_rules(part) for part in parts]
        return tuple(
            self._finish(passage, part, scores, [m for m in mentions if m.passage == passage.position], language)
            for passage, part, scores in zip(passages, parts, scored, strict=True)
        )

    def _score(
        self, model: NarrativeModel, parts: Sequence[Annotation]
    ) -> list[tuple[bool, float, list[NarrativeLabel]]]:
        """(relevant, relevance, narratives) of each passage by the model; the gate is relevance."""
        scores, weighed = model.read(parts)
        told = scores.narratives >= model.abstain_from_
        found = []
        for i, (part, words) in enumerate(zip(parts, weighed, strict=True)):
            relevance = float(scores.relevance[i])
            relevant = relevance >= model.relevance_threshold
            columns = np.flatnonzero(told[i]).tolist() if relevant else []
            row = scores.narratives[i]
            labels = [_label_of(model, part, words, column, score=float(row[column])) for column in columns]
            found.append((relevant, relevance, labels))
        return found

    def _apply_rules(self, part: Annotation) -> tuple[bool, float, list[NarrativeLabel]]:
        """The cold start: indicators assign, and the score n / (n + 1) only orders them."""
        relevant = is_on_subject(part, self._side_of)
        labels = []
        for narrative in self._codebook.narrative_ids:
            patterns = [hit.pattern for hit in part.rules_of(narrative)]
            if relevant and patterns:
                evidence = tuple(dict.fromkeys(f"rule: {pattern}" for pattern in patterns))
                labels.append(
                    NarrativeLabel(
                        narrative,
                        len(patterns) / (len(patterns) + 1),
                        LabelState.RULES_ONLY,
                        Voice.ASSERTED,
                        evidence=evidence,
                    )
                )
        return relevant, float(relevant), labels

    def _finish(
        self,
        passage: Passage,
        part: Annotation,
        scores: tuple[bool, float, list[NarrativeLabel]],
        mentions: list[TermMention],
        language: str,
    ) -> PassageLabels:
        """Adds voice and accused side."""
        relevant, relevance, narratives = scores
        reader = VoiceReader(part, language=language)
        finished = tuple(self._finish_narrative(label, part, reader, language) for label in narratives)
        voiced = tuple(self._voice_mention(mention, reader, passage) for mention in mentions)
        return PassageLabels(passage, relevant, relevance, finished, voiced)

    def _voice_mention(self, mention: TermMention, reader: VoiceReader, passage: Passage) -> TermMention:
        """The mention with its voice and speaker; the name of a place is never denied."""
        read = reader.read_name if mention.referent in self._place_names else reader.read
        voice, speaker = read(mention.start - passage.start)
        return replace(mention, voice=voice, speaker=speaker)

    def _finish_narrative(
        self, label: NarrativeLabel, part: Annotation, reader: VoiceReader, language: str
    ) -> NarrativeLabel:
        """The label with its voice, by the model's arbiter where there is one, its speaker and its accused side."""
        voice, speaker, accused = read_account(
            part, label.narrative, reader, codebook=self._codebook, model=self.model_for(language)
        )
        return replace(label, voice=voice, speaker=speaker, accused=accused)


def _label_of(
    model: NarrativeModel, part: Annotation, words: WeighedText, column: int, *, score: float
) -> NarrativeLabel:
    """The label of one narrative with its evidence; in the abstain band it is left open."""
    state = LabelState.LABELLED if score >= model.thresholds_[column] else LabelState.ABSTAINED
    narrative = model.narratives[column]
    return NarrativeLabel(narrative, score, state, Voice.ASSERTED, evidence=model.explain(part, words, narrative))


def read_account(
    part: Annotation, narrative: str, reader: VoiceReader, *, codebook: Codebook, model: NarrativeModel | None
) -> tuple[Voice, str | None, str | None]:
    """The voice, the speaker and the accused side of a narrative in a passage, by a model or by rules alone."""
    spans = evidence_spans(part, narrative)
    voice, speaker = reader.read_spans(spans)
    if model and model.voice_:
        voice = model.voice_.predict(reader.find_features(narrative, spans))
        speaker = None if voice is Voice.ASSERTED else speaker
    accused = (model.accused_ if model else AccusedModel()).predict(part, codebook.get_narrative(narrative), codebook)
    return voice, speaker, accused


def evidence_spans(part: Annotation, narrative: str) -> list[tuple[int, int]]:
    """Where in a passage a narrative's indicators stand, as spans of the passage."""
    return [part.text.span(hit.start, hit.end) for hit in part.rules_of(narrative)]
