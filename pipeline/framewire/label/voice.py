"""In whose mouth a span of text is: asserted by the outlet, attributed, scare-quoted, or denied. Rules per language are data."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from framewire.label.arbiter import WORD, WORD_WEIGHT, VoiceArbiter
from framewire.label.terms import Annotation
from framewire.label.voice_cues import load_rules
from framewire.label.voice_scopes import Scopes, Speaking, find_scopes
from framewire.records import Voice

# Kinds of cues that an arbiter is told of.
_TOLD = ("say", "say_that", "tell", "think", "claim", "charge", "call", "demand", "noun", "his_noun", "thought", "rumour", "source", "doubt", "his_words", "so_called", "deny",
    "reject", "none", "not", "not_do", "baseless", "unreal", "undo", "goes_on", "office")  # fmt: skip


@dataclass(frozen=True, slots=True)
class VoiceCue:
    """A place of a passage that reports, denies, doubts or quotes: [start, end) of its text.

    `kind` is that of the rule (`say`, `deny`, `so_called` ...), `headline` or `quotation`. `quoted`: it stands inside a
    quotation. `reaches`: what it says of the words around it holds for one of the spans asked for.
    """

    kind: str
    start: int
    end: int
    text: str
    quoted: bool
    speaker: str | None
    reaches: bool


class VoiceReader:
    """Says the voice of spans in one passage. Spans are code points of the passage's own text."""

    def __init__(self, annotation: Annotation, *, language: str, arbiter: VoiceArbiter | None = None) -> None:
        """`arbiter`: decides on the voice of narratives; None = the rules do."""
        self._annotation = annotation
        self._arbiter = arbiter
        self._language = language

    @cached_property
    def _scopes(self) -> Scopes:
        """The passage read once, when the first span is asked for."""
        normal = self._annotation.text
        names = [
            (*normal.span(hit.start, hit.end), hit.key[0]) for hit in self._annotation.names if hit.kind == "actor"
        ]
        return find_scopes(self._annotation.original, normal, names, language=self._language)

    def read(self, start: int) -> tuple[Voice, str | None]:
        """The voice of the span that starts here, and the speaker where it is not the outlet and the text names one.

        A speaker is an actor's id, an office, or both: `armenia: foreign ministry`.
        """
        i = self._scopes.words.at(start)
        if i >= len(self._scopes.words):
            return Voice.ASSERTED, None
        return self._scopes.voices[i], self._scopes.speakers[i]

    def read_name(self, start: int) -> tuple[Voice, str | None]:
        """The same of a place's name: the voice of whoever speaks or reports, for nobody denies a name."""
        i = self._scopes.words.at(start)
        if i >= len(self._scopes.words):
            return Voice.ASSERTED, None
        return self._scopes.name_voices[i], self._scopes.name_speakers[i]

    def read_passage(self) -> tuple[Voice, str | None]:
        """The voice of most words of the passage: what counts when nothing says which of its words carry a narrative."""
        voices = [voice for sentence in self._told for voice in sentence]
        if 2 * voices.count(Voice.ASSERTED) >= len(voices):
            return Voice.ASSERTED, None
        return Voice.ATTRIBUTED, next((speaker for speaker in self._scopes.speakers if speaker), None)

    def read_spans(self, spans: Sequence[tuple[int, int]]) -> tuple[Voice, str | None]:
        """The voice of a narrative carried by several spans: asserted if the outlet says any of them itself.

        Claim and denial in one passage, neither in the outlet's voice, is attributed (the codebook's coding rule).
        """
        if not spans:
            return self.read_passage()
        voices = [self.read(start) for start, _ in spans]
        kinds = {voice for voice, _ in voices}
        speaker = next((said_by for _, said_by in voices if said_by), None)
        if Voice.ASSERTED in kinds:
            return Voice.ASSERTED, None
        if kinds == {Voice.DENIED}:
            return Voice.DENIED, speaker
        return Voice.ATTRIBUTED, speaker

    def read_narrative(self, narrative: str, spans: Sequence[tuple[int, int]]) -> tuple[Voice, str | None]:
        """The voice of a narrative carried by several spans, by the arbiter if there is one, and its speaker."""
        if self._arbiter is None:
            return self.read_spans(spans)
        voice = self._arbiter.choose(self._passage_sums, self._arbiter.sum_up(self._own_features(narrative, spans)))
        return voice, None if voice is Voice.ASSERTED else self.read_spans(spans)[1]

    def list_cues(self, spans: Sequence[tuple[int, int]] = ()) -> tuple[VoiceCue, ...]:
        """The cues that do something in this passage, in its order."""
        places = [self._scopes.words.at(start) for start, _ in spans]
        found = (self._as_cue(speaking, places) for speaking in self._scopes.speaking if speaking.first < speaking.end)
        return tuple(sorted(found, key=lambda cue: (cue.start, -cue.end)))

    def _as_cue(self, speaking: Speaking, places: Sequence[int]) -> VoiceCue:
        words, scopes = self._scopes.words, speaking.scopes
        start, end = words.starts[speaking.first], words.ends[speaking.end - 1]
        return VoiceCue(
            speaking.kind,
            start,
            end,
            self._annotation.original[start:end],
            self._scopes.quoted[speaking.first],
            next((scope.speaker for scope in scopes if scope.speaker), None),
            any(scope.start <= i < scope.end for i in places for scope in scopes),
        )

    def is_quoted(self, spans: Sequence[tuple[int, int]]) -> bool:
        """Whether any of the spans begins inside a quotation."""
        scopes = self._scopes
        places = (scopes.words.at(start) for start, _ in spans)
        return any(i < len(scopes.words) and scopes.quoted[i] for i in places)

    def find_features(self, narrative: str, spans: Sequence[tuple[int, int]]) -> dict[str, float]:
        """What an arbiter is told of a narrative's voice: how its spans, the sentences and the whole passage speak."""
        words = {f"{WORD}{word}": WORD_WEIGHT for word in self._find_plain_words()}
        return {**self._passage_features, **words, **self._own_features(narrative, spans)}

    def _own_features(self, narrative: str, spans: Sequence[tuple[int, int]]) -> dict[str, float]:
        features: dict[str, float] = {"evidence": float(bool(spans)), f"narrative: {narrative}": 1.0}
        counts = Counter(self.read(start)[0] for start, _ in spans)
        for voice, count in counts.items():
            features[f"evidence: {voice.value}"] = 1.0
            features[f"evidence share: {voice.value}"] = count / len(spans)
        return features

    @cached_property
    def _passage_sums(self) -> Mapping[Voice, float]:
        """What the passage's features add to each of the arbiter's voices."""
        if self._arbiter is None:
            return {}
        rules, words = self._arbiter.sum_up(self._passage_features), self._arbiter.count_words(self._find_plain_words())
        return {voice: added + words[voice] for voice, added in rules.items()}

    @cached_property
    def _passage_features(self) -> dict[str, float]:
        """How the sentences and the whole passage speak."""
        scopes = self._scopes
        told = [voice for sentence in self._told for voice in sentence]
        features = {f"words: {name}": told.count(voice) / max(len(told), 1) for voice, name in _VOICES}
        sentences = [_find_most(sentence) for sentence in self._told] or [Voice.ASSERTED]
        for voice, name in _VOICES:
            features[f"share: {name}"] = sentences.count(voice) / len(sentences)
        features[f"first: {sentences[0].value}"] = 1.0
        features[f"last: {sentences[-1].value}"] = 1.0
        for kind, count in Counter(cue.kind for cue in scopes.cues).items():
            if kind in _TOLD:
                features[f"cues: {kind}"] = min(count, 3) / len(sentences)
                features[f"any: {kind}"] = 1.0
        features |= self._telling_words()
        features["quoted"] = sum(scopes.quoted) / max(len(scopes.words), 1)
        features["opens with a quotation"] = float(scopes.quoted[:1] == [True])
        return features

    def _telling_words(self) -> dict[str, float]:
        """Words of the first person, outside and inside quotations, and negations by the voice that says them."""
        listed, scopes = load_rules(self._language).words, self._scopes
        we, negation = listed["we"], listed["negation"]
        if we.isdisjoint(scopes.words.texts) and negation.isdisjoint(scopes.words.texts):
            return {}
        found = set()
        for i in [i for i, word in enumerate(scopes.words.texts) if word in we or word in negation]:
            word, voice, quoted = scopes.words.texts[i], scopes.voices[i], scopes.quoted[i]
            if word in we:
                found.add("we: quoted" if quoted else "we")
            if word in negation:
                found.add("negation: quoted" if quoted else f"negation: {voice.value}")
        return dict.fromkeys(found, 1.0)

    def _find_plain_words(self) -> set[str]:
        """The passage's words but for numbers and the actors' names, so that no side has a voice of its own."""
        normal, words = self._annotation.text, self._scopes.words
        spans = [normal.span(hit.start, hit.end) for hit in self._annotation.names]
        named = {i for a, b in spans for i in range(words.at(a), words.at(b - 1) + 1)}
        return {word for i, word in enumerate(words.texts) if i not in named and not word.isdigit()}

    @cached_property
    def _told(self) -> list[list[Voice]]:
        """Of each sentence, the voices of its words without those that only say who speaks."""
        scopes = self._scopes
        said = [
            None if framing and voice is Voice.ASSERTED else voice
            for voice, framing in zip(scopes.voices, scopes.framing, strict=True)
        ]
        return [[voice for voice in said[a:b] if voice] for a, b in scopes.sentences]


_VOICES = [(voice, voice.value) for voice in Voice]


def _find_most(voices: list[Voice]) -> Voice:
    """The voice of most of what a sentence tells; of as many the one that is defined first."""
    if voices and voices.count(voices[0]) == len(voices):
        return voices[0]
    return max(Voice, key=voices.count)
