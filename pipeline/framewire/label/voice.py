"""In whose mouth a span of text is: asserted by the outlet, attributed, scare-quoted, or denied. Rules per language are data."""

import re
from bisect import bisect_right
from collections.abc import Sequence
from functools import cache
from importlib.resources import files

from framewire.codebook import Codebook
from framewire.label.quotes import find_quotes
from framewire.label.terms import Annotation
from framewire.records import Voice
from framewire.text import find_sentences, normalise
from framewire.yamlfile import read_yaml

# A quotation of at most so many words with no reporting verb beside it is distance, not a report.
# Source: our own reading of the training passages; longer ones are mostly somebody's words.
SCARE_QUOTE_WORDS = 4
# How far before a span a cue may stand, in words: denial reaches over a short object, plain negation does not.
DENIAL_REACH = 14
NEGATION_REACH = 3
SO_CALLED_REACH = 3
_HEADLINE_SPEAKER = re.compile(r"^\s*(?:[\w.'’-]+\s+){0,5}[\w.'’-]+:\s+(?=\S)")
_WORD = re.compile(r"\w+")


class VoiceRules:
    """The cues of one language, compiled."""

    def __init__(self, language: str) -> None:
        cues = _load_cues().get(language) or _load_cues()["en"]
        self.report, self.source, self.so_called, self.deny, self.plain_not = (
            _compile(cues[name], language) for name in ("report", "source", "so_called", "deny", "not")
        )


class VoiceReader:
    """Says the voice of spans in one passage. Spans are code points of the passage's own text."""

    def __init__(self, annotation: Annotation, *, language: str, codebook: Codebook) -> None:
        self._text = annotation.original
        self._annotation = annotation
        self._codebook = codebook
        self._rules = _rules_of(language)
        self._language = language
        self._found: dict[str, list[tuple[int, int]]] = {}
        self._quotes = find_quotes(self._text)
        self._sentences = find_sentences(self._text, language=language) or [(0, len(self._text))]

    def read(self, start: int) -> tuple[Voice, str | None]:
        """The voice of the span that starts here, and the speaker where it is not the outlet and the text names one."""
        a, b = self._sentence_at(start)
        if self._is_so_called(a, start):
            return Voice.SCARE_QUOTED, None
        if self._is_denied(a, start):
            return Voice.DENIED, self._speaker(a, b)
        quote = next(((x, y) for x, y in self._quotes if x <= start < y), None)
        reported = self._is_reported(a, b, start)
        if quote and not reported and self._is_scare_quote(quote):
            return Voice.SCARE_QUOTED, None
        if quote or reported:
            return Voice.ATTRIBUTED, self._speaker(a, b)
        return Voice.ASSERTED, None

    def read_passage(self) -> tuple[Voice, str | None]:
        """The voice of most words of the passage: what counts when nothing says which of its words carry a narrative."""
        votes: dict[Voice, int] = {}
        speaker = None
        for a, b in self._sentences:
            words = list(_WORD.finditer(self._text, a, b))
            for word in words[:: max(1, len(words) // 6)]:
                voice, said_by = self.read(word.start())
                voice = Voice.ATTRIBUTED if voice in (Voice.SCARE_QUOTED, Voice.DENIED) else voice
                votes[voice] = votes.get(voice, 0) + 1
                speaker = speaker or said_by
        best = max(votes, key=lambda voice: votes[voice], default=Voice.ASSERTED)
        return best, speaker if best is Voice.ATTRIBUTED else None

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

    def find_features(self, spans: Sequence[tuple[int, int]]) -> dict[str, float]:
        """What an arbiter is told of a narrative's voice: how its spans, the sentences and the whole passage speak."""
        features: dict[str, float] = {"evidence": float(bool(spans))}
        for start, _ in spans:
            features[f"evidence: {self.read(start)[0].value}"] = 1.0
        sentences = [self._read_sentence(a, b) for a, b in self._sentences]
        for voice in Voice:
            features[f"share: {voice.value}"] = sum(found is voice for found in sentences) / len(sentences)
        features[f"first: {sentences[0].value}"] = 1.0
        features[f"last: {sentences[-1].value}"] = 1.0
        for name in ("report", "source", "so_called", "deny"):
            n_cues = len(self._cues(name, 0, len(self._text)))
            features[f"cues: {name}"] = min(n_cues, 3) / len(sentences)
            features[f"any: {name}"] = float(n_cues > 0)
        quoted = sum(end - start for start, end in self._quotes)
        features["quoted"] = quoted / max(len(self._text), 1)
        features["opens with a quotation"] = float(bool(self._quotes) and self._quotes[0][0] <= 1)
        return features

    def _read_sentence(self, a: int, b: int) -> Voice:
        """The voice of a sentence's last words: what it says, rather than who says it."""
        words = list(_WORD.finditer(self._text, a, b))
        return self.read(words[len(words) * 2 // 3].start())[0] if words else Voice.ASSERTED

    def _sentence_at(self, start: int) -> tuple[int, int]:
        i = bisect_right([a for a, _ in self._sentences], start) - 1
        return self._sentences[max(i, 0)]

    def _is_so_called(self, a: int, start: int) -> bool:
        return any(_words_in(self._text[end:start]) < SO_CALLED_REACH for _, end in self._cues("so_called", a, start))

    def _is_denied(self, a: int, start: int) -> bool:
        if any(_words_in(self._text[end:start]) <= DENIAL_REACH for _, end in self._cues("deny", a, start)):
            return True
        return any(_words_in(self._text[end:start]) < NEGATION_REACH for _, end in self._cues("plain_not", a, start))

    def _is_reported(self, a: int, b: int, start: int) -> bool:
        """True if a report governs the span: a cue before it in the sentence, or a closing clause after it (`..., X said`)."""
        sentence = self._text[a:b]
        headline = _HEADLINE_SPEAKER.match(sentence)
        if headline and a + headline.end() <= start:
            return True
        if any(True for _ in self._cues("source", a, b)):
            return True
        for cue_start, cue_end in self._cues("report", a, b):
            if cue_end <= start:
                return True
            comma = self._text.rfind(",", start, cue_start)
            if cue_start > start and comma >= 0 and _words_in(self._text[comma:cue_start]) <= 8:
                return True
        return False

    def _is_scare_quote(self, quote: tuple[int, int]) -> bool:
        return _words_in(self._text[quote[0] : quote[1]]) <= SCARE_QUOTE_WORDS

    def _cues(self, name: str, a: int, b: int) -> list[tuple[int, int]]:
        """The cues of a kind inside [a, b), as spans of the passage; each kind is searched for once."""
        if name not in self._found:
            regex: re.Pattern[str] = getattr(self._rules, name)
            normal = self._annotation.text
            self._found[name] = [normal.span(*match.span()) for match in regex.finditer(normal.text)]
        return [(x, y) for x, y in self._found[name] if a <= x and y <= b]

    def _speaker(self, a: int, b: int) -> str | None:
        """Who speaks: the actor named nearest before the first report of the sentence, else the first actor after it."""
        cues = self._cues("report", a, b) or self._cues("source", a, b) or self._cues("deny", a, b)
        if not cues:
            return None
        at = cues[0][0]
        actors = [
            (self._annotation.text.span(hit.start, hit.end), hit.key[0])
            for hit in self._annotation.names
            if hit.kind == "actor"
        ]
        before = [(span, key) for span, key in actors if a <= span[0] < at]
        after = [(span, key) for span, key in actors if at <= span[0] < b]
        return before[-1][1] if before else after[0][1] if after else None


@cache
def _load_cues() -> dict[str, dict[str, list[str]]]:
    text = files("framewire.label").joinpath("voice.yaml").read_text(encoding="utf-8")
    return dict(read_yaml(text, name="voice.yaml"))


@cache
def _rules_of(language: str) -> VoiceRules:
    return VoiceRules(language)


def _compile(phrases: Sequence[str], language: str) -> re.Pattern[str]:
    """One regular expression of all phrases over normalised text, longest first."""
    folded = sorted({normalise(phrase, language=language).text.strip() for phrase in phrases}, key=len, reverse=True)
    parts = [
        " ".join(
            r"\w+"
            if word == "*"
            else re.escape(word.rstrip("*")).replace(r"\-", "[- ]") + (r"\w*" if word.endswith("*") else "")
            for word in p.split()
        )
        for p in folded
    ]
    return re.compile(rf"(?<!\w)(?:{'|'.join(parts)})(?!\w)")


def _words_in(text: str) -> int:
    return sum(1 for _ in _WORD.finditer(text))
