"""For every word of a text, in whose mouth it is.

A cue is a phrase of voice.yaml; its kind says where its scope lies. Scopes end at a sentence's end and where the outlet's own
clause begins; what a quotation says stays inside it.
"""

from bisect import bisect_right
from dataclasses import dataclass
from typing import NamedTuple

from framewire.label.voice_cues import Cue
from framewire.label.voice_denials import Denials
from framewire.label.voice_layout import SCARE_QUOTE_WORDS, Layout, Names, Scope
from framewire.label.voice_reports import Reports, find_sentence_cues
from framewire.label.voice_speakers import Speakers
from framewire.label.voice_words import Words
from framewire.records import Voice
from framewire.text import NormalisedText

_BESIDE_QUOTES = ("say", "say_that", "tell", "source")
_Said = tuple[Voice, str | None]
_ASSERTED: _Said = (Voice.ASSERTED, None)


class Speaking(NamedTuple):
    """A cue that does something, as a span of words, with what it puts into somebody's mouth, denies or keeps at a distance.

    Its kind is that of the cue, or `headline`, or `quotation`.
    """

    kind: str
    first: int
    end: int
    scopes: tuple[Scope, ...]


@dataclass(frozen=True, slots=True)
class Scopes:
    """The words of a text with their voices and speakers; its sentences as spans of words; its cues.

    `name_voices` and `name_speakers` are those of a place's name, which nobody denies. `quoted` are words inside quotation
    marks, `framing` those that only say who speaks, when and where. `speaking` are the cues that reach over any word.
    """

    words: Words
    sentences: list[tuple[int, int]]
    voices: list[Voice]
    speakers: list[str | None]
    name_voices: list[Voice]
    name_speakers: list[str | None]
    quoted: list[bool]
    framing: list[bool]
    cues: list[Cue]
    speaking: list[Speaking]


def find_scopes(original: str, normal: NormalisedText, names: Names, *, language: str) -> Scopes:
    """The voice of every word. `names` are the actors named: (start, end) in the original text, and the actor's id."""
    layout = Layout(original, normal, names, language)
    marks = _Marks(layout)
    marks.mark()
    return Scopes(
        layout.words,
        layout.sentences,
        *marks.read_voices(),
        [number >= 0 for number in layout.quote_of],
        marks.framing,
        layout.cues,
        marks.speaking,
    )


class _Marks:
    """What the cues of one text say of each of its words: (whether it is reported or denied, by whom)."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._speakers = Speakers(layout)
        self._reports = Reports(layout, self._speakers)
        self._denials = Denials(layout, self._speakers)
        nobody: tuple[bool, str | None] = (False, None)
        self._reported = [nobody] * len(layout.words)
        self._denied = [nobody] * len(layout.words)
        self._denied_that = [nobody] * len(layout.words)
        self._distanced = [False] * len(layout.words)
        # The words that one of these is said of.
        self._touched: set[int] = set()
        self.framing = [False] * len(layout.words)
        self.speaking: list[Speaking] = []

    def mark(self) -> None:
        """Marks sentence by sentence, for a report may go on in the next; then the quotations."""
        spoke = False
        for a, b in self._layout.sentences:
            spoke = self._mark_sentence(a, b, spoke)
        for a, b in self._layout.quotes:
            self._mark_quote(a, b)

    def read_voices(self) -> tuple[list[Voice], list[str | None], list[Voice], list[str | None]]:
        """The voices and speakers of the words, and of each were it a place's name."""
        n = len(self._layout.words)
        voices = [Voice.ASSERTED] * n
        speakers: list[str | None] = [None] * n
        name_voices, name_speakers = list(voices), list(speakers)
        for i in self._touched.union(*(range(a, b) for a, b in self._layout.quotes)):
            voices[i], speakers[i] = name_voices[i], name_speakers[i] = self._voice_of(i)
            if self._denied[i][0]:
                name_voices[i], name_speakers[i] = self._voice_of_name(i)
        return voices, speakers, name_voices, name_speakers

    def _voice_of(self, i: int) -> _Said:
        """The voice of a word and its speaker: a denial beats a report, a report beats distance."""
        denied, denier = self._denied[i]
        if denied:
            return Voice.DENIED, denier or self._reported[i][1]
        return self._voice_undenied(i, self._reported[i])

    def _voice_of_name(self, i: int) -> _Said:
        """The voice of a place's name and its speaker: who rejects a status for a place or denies a thing there, denies no name.

        What somebody "denies that" is his words as is what he "says that".
        """
        return self._voice_undenied(i, self._reported[i] if self._reported[i][0] else self._denied_that[i])

    def _voice_undenied(self, i: int, report: tuple[bool, str | None]) -> _Said:
        reported, speaker = report
        if i in self._layout.inserted:
            return _ASSERTED
        if reported:
            return Voice.ATTRIBUTED, speaker
        if self._distanced[i] or self._layout.quote_of[i] >= 0:
            return Voice.SCARE_QUOTED, None
        return _ASSERTED

    def _mark_sentence(self, a: int, b: int, spoke: bool) -> bool:
        """Whether the sentence reports, so that the next may go on."""
        cues = find_sentence_cues(self._layout.cues, a, b)
        reports = self._mark_headline(a, b)
        if spoke and cues and cues[0].kind == "goes_on" and cues[0].first == a:
            goes_on = Scope(a, b, self._speakers.last)
            self._report(goes_on)
            self._note(cues[0], goes_on)
            reports = True
        found: list[Scope] = []
        for cue in cues:
            scopes = self._reports.find(cue, a, b)
            self._note(cue, *scopes)
            self._mark_frame(cue, scopes, a, b)
            found += scopes
            if scopes and self._layout.quote_of[cue.first] < 0:
                self._speakers.last = scopes[0].speaker or self._speakers.last
        for scope in sorted(found, key=lambda scope: scope.start - scope.end):
            self._report(scope)  # the longest first: what a report in a report says is the inner speaker's
        for cue in cues:
            self._mark_denial(cue, a, b)
        is_quoted = any(first < b and a < end for first, end in self._layout.quotes)
        return reports or bool(found) or (spoke and is_quoted)

    def _mark_frame(self, cue: Cue, scopes: list[Scope], a: int, b: int) -> None:
        """Marks the words from the clause's start to what is reported, or to the clause's end."""
        if not scopes:
            return
        layout = self._layout
        end = layout.parted.first(cue.end, b)
        end = min((scope.start for scope in scopes if scope.start >= cue.end), default=end)
        start = layout.clause_start(cue, a)
        self.framing[start:end] = [True] * (end - start)

    def _mark_headline(self, a: int, b: int) -> bool:
        scope = self._reports.find_headline(a, b)
        if scope is None:
            return False
        self._report(scope)
        own = (a, scope.start) if scope.start > a else (scope.end, b)
        self.speaking.append(Speaking("headline", *own, (scope,)))
        self._speakers.last = scope.speaker or self._speakers.last
        return True

    def _mark_denial(self, cue: Cue, a: int, b: int) -> None:
        if cue.kind == "so_called":
            start, end = self._denials.find_distanced(cue, b)
            self._distanced[start:end] = [True] * (end - start)
            self._touched.update(range(start, end))
            self._note(cue, Scope(start, end, None))
        scope = self._denials.find(cue, a, b)
        if scope is None:
            return
        self._note(cue, scope)
        denied = [(True, scope.speaker)] * (scope.end - scope.start)
        self._denied[scope.start : scope.end] = denied
        self._touched.update(range(scope.start, scope.end))
        if cue.kind == "deny" and (self._layout.is_word(cue.end, "that") or self._layout.is_word(cue.end - 1, "that")):
            self._denied_that[scope.start : scope.end] = denied

    def _note(self, cue: Cue, *scopes: Scope) -> None:
        if scopes:
            self.speaking.append(Speaking(*cue, scopes))

    def _report(self, scope: Scope) -> None:
        self._touched.update(range(scope.start, scope.end))
        for i in range(scope.start, scope.end):
            if scope.speaker or not self._reported[i][0]:
                self._reported[i] = (True, scope.speaker)

    def _mark_quote(self, a: int, b: int) -> None:
        """Puts a quotation into its speaker's mouth; a short one that no report governs stays as it is."""
        by = next((self._reported[i][1] for i in range(a, b) if self._reported[i][1]), None)
        is_distance = not any(self._reported[i][0] for i in range(a, b)) and b - a <= SCARE_QUOTE_WORDS
        speaker = None if is_distance else by or self._find_speaker_beside(a, b)
        self.speaking.append(Speaking("quotation", a, b, (Scope(a, b, speaker),)))
        if is_distance:
            return
        for i in range(a, b):
            self._reported[i] = (True, self._reported[i][1] or speaker)

    def _find_speaker_beside(self, a: int, b: int) -> str | None:
        """The speaker of a report in a quotation's last or first sentence, else in the one before or behind it."""
        layout = self._layout
        ends = [end for _, end in layout.sentences]
        for place in (b - 1, a, max(a - 1, 0), min(b, len(layout.words) - 1)):
            first, last = layout.sentences[min(bisect_right(ends, place), len(ends) - 1)]
            for cue in find_sentence_cues(layout.cues, first, last):
                if cue.kind in _BESIDE_QUOTES and layout.quote_of[cue.first] < 0:
                    return self._speakers.speaker_of(cue, first, last)
        return None
