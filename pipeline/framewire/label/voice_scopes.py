"""How far each report, doubt and denial of a text reaches: for every word, in whose mouth it is.

A cue is a phrase of voice.yaml; its kind says where its scope lies. Scopes end at a sentence's end and where the outlet's own
clause begins; what a quotation says stays inside it.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from framewire.label.quotes import find_quotes
from framewire.label.voice_cues import Cue, Word, find_gaps, find_words, load_rules, word_at
from framewire.records import Voice
from framewire.text import NormalisedText, find_sentences

# A quotation of at most so many words with no report around it is distance, not a report.
# Source: our own reading of the training passages; longer ones are mostly somebody's words.
SCARE_QUOTE_WORDS = 4
# Reaches in words. Source: the sentence tables of tests/test_voice.py and grouped cross-validation on the training passages.
DENIAL_REACH = 14
REJECTION_REACH = 6
NONE_REACH = 4
NEGATION_REACH = 3
SO_CALLED_REACH = 4
HIS_WORDS_REACH = 8
LINKER_REACH = 8
NOUN_LINKER_REACH = 4
# Between a comma and a closing report (`..., the ministry in the capital said`), and between that report and its end.
SUBJECT_WORDS = 9
ADJUNCT_WORDS = 8
SPEAKER_REACH = 14
HEADLINE_WORDS = 6

# How strongly a clause ends before a word.
_NONE, _WEAK, _STRONG, _OWN = 0, 1, 2, 3
Names = Sequence[tuple[int, int, str]]


@dataclass(slots=True)
class Scopes:
    """For each word its voice, its speaker, and whether a report (not only quotation marks) puts it in somebody's mouth."""

    words: list[Word]
    sentences: list[tuple[int, int]]
    voices: list[Voice]
    speakers: list[str | None]
    quoted: list[bool]
    cues: list[Cue] = field(default_factory=list)


def find_scopes(original: str, normal: NormalisedText, names: Names, *, language: str) -> Scopes:
    """The voice of every word. `names` are the actors named: (start, end) in the original text, and the actor's id."""
    return _Reading(original, normal, names, language).read()


class _Reading:
    """One text being read; every list is by word."""

    def __init__(self, original: str, normal: NormalisedText, names: Names, language: str) -> None:
        self.rules = load_rules(language)
        self.words = find_words(normal)
        self.gaps = find_gaps(original, self.words)
        self.cues = self.rules.find(self.words, self.gaps)
        self.quotes = [self._word_span(a, b) for a, b in find_quotes(original)]
        self.quote_of = [-1] * len(self.words)
        for number, (a, b) in enumerate(self.quotes):
            self.quote_of[a:b] = [number] * (b - a)
        self.sentences = self._find_sentences(original, language)
        self.names = [(*self._word_span(a, b), actor) for a, b, actor in names]
        self.name_starts = [a for a, _, _ in self.names]
        self.breaks = [self._break_before(i) for i in range(len(self.words))]
        n = len(self.words)
        self.reported: list[tuple[bool, str | None]] = [(False, None)] * n
        self.denied: list[tuple[bool, str | None]] = [(False, None)] * n
        self.so_called = [False] * n
        self.last_speaker: str | None = None

    def read(self) -> Scopes:
        spoke = False
        for a, b in self.sentences:
            spoke = self._read_sentence(a, b, spoke)
        self._read_quotes()
        voices, speakers = [], []
        for i in range(len(self.words)):
            voice, speaker = self._voice_of(i)
            voices.append(voice)
            speakers.append(speaker)
        return Scopes(self.words, self.sentences, voices, speakers, [q >= 0 for q in self.quote_of], self.cues)

    def _voice_of(self, i: int) -> tuple[Voice, str | None]:
        (reported, speaker), (denied, denier) = self.reported[i], self.denied[i]
        if denied:
            return Voice.DENIED, denier or speaker
        if reported:
            return Voice.ATTRIBUTED, speaker
        if self.so_called[i] or self.quote_of[i] >= 0:
            return Voice.SCARE_QUOTED, None
        return Voice.ASSERTED, None

    # --- sentences, clauses ------------------------------------------------------------------------------------------

    def _word_span(self, start: int, end: int) -> tuple[int, int]:
        a = word_at(self.words, start)
        return a, max(bisect_left(self.words, end, key=lambda word: word.start), a)

    def _find_sentences(self, original: str, language: str) -> list[tuple[int, int]]:
        """Sentences as spans of words; a line's end (a headline's) ends one too."""
        starts = {0, *(word_at(self.words, a) for a, _ in find_sentences(original, language=language))}
        starts |= {i for i, gap in enumerate(self.gaps[:-1]) if "\n" in gap}
        ordered = sorted(start for start in starts if start < len(self.words))
        return list(zip(ordered, [*ordered[1:], len(self.words)], strict=True))

    def _break_before(self, i: int) -> int:
        gap, word = self.gaps[i], self.words[i].text
        if word in self.rules.words["border"] and i > 0:
            return _OWN
        if ";" in gap:
            return _STRONG
        if any(mark in gap for mark in ",:՝()") or " – " in gap or " — " in gap or "—" in gap or " - " in gap:
            return _WEAK
        return _WEAK if word in self.rules.words["clause"] else _NONE

    def _end_of(self, start: int, limit: int, *, strength: int, within: int = -1) -> int:
        """Where a scope from a word on ends: at a break of that strength that does not lie inside a further quotation."""
        for i in range(start + 1, limit):
            inside = self.quote_of[i]
            if within >= 0 and inside != within:
                return i
            hidden = within < 0 and inside >= 0 and self.quote_of[i - 1] == inside
            if self.breaks[i] >= strength and not hidden:
                return i
        return limit

    def _start_of(self, end: int, limit: int, *, strength: int) -> int:
        """Where a scope that ends before a word began."""
        for i in range(end - 1, limit, -1):
            hidden = self.quote_of[i] >= 0 and self.quote_of[i - 1] == self.quote_of[i]
            if self.breaks[i] >= strength and not hidden:
                return i
        return limit

    def _is_word(self, i: int, name: str) -> bool:
        return 0 <= i < len(self.words) and self.words[i].text in self.rules.words[name]

    def _find_word(self, start: int, end: int, name: str) -> int | None:
        """The first word of a list in [start, end)."""
        return next((i for i in range(start, min(end, len(self.words))) if self._is_word(i, name)), None)

    # --- one sentence ------------------------------------------------------------------------------------------------

    def _read_sentence(self, a: int, b: int, spoke: bool) -> bool:
        """Lays the scopes of a sentence's cues; true if the sentence reports."""
        cues = [cue for cue in self.cues if a <= cue.first < b]
        reports = False
        body = self._read_headline(a, b)
        reports |= body > a
        if spoke and cues and cues[0].kind == "goes_on" and cues[0].first == a:
            self._report(a, b, self.last_speaker)
            reports = True
        for cue in cues:
            scope = self._scope_of(cue, a, b, cues)
            if scope:
                self._report(*scope)
                reports = True
                if self.quote_of[cue.first] < 0:
                    self.last_speaker = scope[2] or self.last_speaker
        for cue in cues:
            self._deny(cue, a, b)
        return reports or (any(self.quote_of[i] >= 0 for i in range(a, b)) and spoke)

    def _read_headline(self, a: int, b: int) -> int:
        """Where the body begins behind a speaker and a colon, or the sentence's start; what ends in `- speaker` is reported too."""
        colon = next((i for i in range(a + 1, min(a + HEADLINE_WORDS + 1, b)) if ":" in self.gaps[i]), None)
        if colon is not None and self.quote_of[a] < 0 and self._is_speaker(a, colon):
            speaker = self._name_in(a, colon)
            self._report(colon, b, speaker)
            self.last_speaker = speaker or self.last_speaker
            return colon
        dash = next((i for i in range(b - 1, max(b - 5, a), -1) if self.gaps[i].strip() in ("-", "–", "—")), None)
        ends_open = "." not in self.gaps[b] if b < len(self.gaps) else True
        if dash is not None and ends_open and self._names_speaker(dash, b) and dash - a > 1:
            self._report(a, dash, self._name_in(dash, b))
        return a

    def _is_speaker(self, a: int, b: int) -> bool:
        """Whether the words before a headline's colon name one who speaks: one actor, an office, or a person."""
        if any(self._is_word(i, "label") for i in range(a, b)) or any(w.text.isdigit() for w in self.words[a:b]):
            return False
        actors = {actor for i, _, actor in self.names if a <= i < b}
        return len(actors) <= 1 and self._names_speaker(a, b)

    def _names_speaker(self, a: int, b: int) -> bool:
        return any(a <= i < b for i in self.name_starts) or any(
            cue.kind == "office" and a <= cue.first < b for cue in self.cues
        )

    def _report(self, a: int, b: int, speaker: str | None) -> None:
        for i in range(a, b):
            if not self.reported[i][0] or speaker:
                self.reported[i] = (True, speaker)

    # --- reports -----------------------------------------------------------------------------------------------------

    def _scope_of(self, cue: Cue, a: int, b: int, cues: Sequence[Cue]) -> tuple[int, int, str | None] | None:
        """(start, end, speaker) of what a reporting cue reports; None if it reports nothing."""
        quote = self.quote_of[cue.first]
        limit = self._limit(cue, b, cues)
        if cue.kind in ("charge", "call", "demand") and self._is_final(cue):
            return self._start_of(cue.first, a, strength=_STRONG), cue.first, self._speaker(cue, a, b)
        match cue.kind:
            case "say" | "say_that" | "tell" | "claim":
                return self._scope_of_saying(cue, a, b, limit)
            case "charge":
                at = self._find_word(cue.end, min(cue.end + LINKER_REACH, limit), "of")
                return (at, limit, self._speaker(cue, a, b)) if at is not None else None
            case "call":
                at = self._after_object(cue, limit)
                return (
                    None
                    if at is None or self._is_noun(cue) or self._is_word(cue.end, "adjunct")
                    else (at, limit, self._speaker(cue, a, b))
                )
            case "demand":
                return None if self._is_noun(cue) else (cue.end, limit, self._speaker(cue, a, b))
            case "noun" | "his_noun" | "thought":
                if cue.kind == "his_noun" and not self._is_somebodys(cue):
                    return None
                reach = NOUN_LINKER_REACH if self._is_word(cue.end, "noun_by") else 1
                linker = "that" if cue.kind == "thought" else "of"
                at = self._find_word(cue.end, min(cue.end + reach, limit), linker)
                return None if at is None or self._parts(at) else (at, limit, self._noun_speaker(cue, a))
            case "source":
                start = self._start_of(cue.first, a, strength=_STRONG)
                end = self._end_of(cue.end, min(cue.end + SPEAKER_REACH, b), strength=_WEAK)
                return (
                    start,
                    limit,
                    self._name_in(cue.end, end) or self._resolve(cue.end, end) or self._speaker(cue, a, b),
                )
            case "rumour":
                return cue.end, limit, None
            case "doubt":
                start = self._start_of(cue.first, a, strength=_WEAK)
                return start, self._end_of(cue.end, b, strength=_WEAK, within=quote), None
            case "his_words":
                end = self._end_of(cue.end, b, strength=_WEAK, within=quote)
                speaker = (
                    self._name_in(cue.first, cue.end) or self._resolve(cue.first, cue.end) or self._speaker(cue, a, b)
                )
                return cue.end, min(end, cue.end + HIS_WORDS_REACH), speaker
        return None

    def _is_final(self, cue: Cue) -> bool:
        """Whether the content of a report stands before its verb."""
        if cue.kind not in self.rules.verb_final:
            return False
        return (
            self.rules.is_verb_final
            or cue.end >= len(self.words)
            or self.breaks[cue.end] > _NONE
            or self._ends(cue.end)
        )

    def _ends(self, i: int) -> bool:
        return any(first == i for first, _ in self.sentences)

    def _limit(self, cue: Cue, b: int, cues: Sequence[Cue]) -> int:
        """Where the content behind a cue ends at the latest: at a strong break, or before the next speaker's clause."""
        end = self._end_of(cue.end - 1, b, strength=_STRONG, within=self.quote_of[cue.first])
        for other in cues:
            if (
                other.kind in ("say", "say_that", "tell", "deny", "call", "demand")
                and cue.end < other.first < end
                and self.quote_of[other.first] < 0
            ):
                start = self._start_of(other.first, cue.end, strength=_WEAK)
                if cue.end + 1 < start < other.first and self._has_speaker(start, other.first):
                    return start
        return end

    def _has_speaker(self, a: int, b: int) -> bool:
        return self._names_speaker(a, b) or self._find_word(a, b, "he") is not None

    def _scope_of_saying(self, cue: Cue, a: int, b: int, limit: int) -> tuple[int, int, str | None] | None:
        if cue.kind == "claim" and self._is_noun(cue) and not self._is_word(cue.end, "of"):
            return None
        if self._is_closing(cue, a, b):
            said, end = self._clause_start(cue, a), self._end_of(cue.end - 1, b, strength=_OWN)
            is_last = end - cue.end <= ADJUNCT_WORDS or self._closes_quote(said)
            return self._start_of(said, a, strength=_OWN if is_last else _WEAK), end, self._speaker(cue, a, b)
        linker = self._linker(cue, limit)
        if self._is_final(cue) and linker is None:
            start = self._start_of(cue.first, a, strength=_STRONG)
            return start, cue.first, self._speaker(cue, a, b)
        if self._is_word(cue.end, "by"):
            return None
        if cue.kind == "say_that" and self._is_word(cue.first - 1, "be"):
            return None
        if cue.kind == "say_that":
            return (linker, limit, self._speaker(cue, a, b)) if linker is not None else None
        return cue.end, limit, self._speaker(cue, a, b)

    def _linker(self, cue: Cue, limit: int) -> int | None:
        """Where "that", a colon or a quotation opens the content behind a verb."""
        for i in range(cue.end, min(cue.end + LINKER_REACH, limit)):
            opens = self.quote_of[i] >= 0 and self.quote_of[cue.first] != self.quote_of[i]
            if self._is_word(i, "that") or ":" in self.gaps[i] or opens or "՝" in self.gaps[i]:
                return i
            if self.breaks[i] >= _WEAK and "," in self.gaps[i] and not opens:
                following = self._is_word(i, "that")
                return i if following else None
        return None

    def _is_closing(self, cue: Cue, a: int, b: int) -> bool:
        """True for a report behind or inside what it reports: `..., the ministry said on Monday`, `..., said X`, `The road, he said, ...`."""
        if self.words[cue.end - 1].text.endswith("ing") or self._is_word(cue.end, "that"):
            return False
        start = self._clause_start(cue, a)
        if (
            start <= a
            or cue.first - start > SUBJECT_WORDS
            or (cue.kind == "say_that" and self._is_word(cue.first - 1, "be"))
        ):
            return False
        end = next((i for i in range(cue.end, min(cue.end + ADJUNCT_WORDS + 1, b)) if self._parts(i)), None)
        if end is None:
            end = b if b - cue.end <= ADJUNCT_WORDS else None
        if end is None or (end < b and (":" in self.gaps[end] or self._opens_quote(end))):
            return False
        if all(self._is_word(i, "aux") for i in range(start, cue.first)):
            return True
        brief = self._is_word(cue.end, "adjunct") or cue.kind == "tell"
        return end == cue.end or self._closes_quote(start) or brief

    def _clause_start(self, cue: Cue, a: int) -> int:
        """The first word of the clause that a cue stands in, after the last comma, dash or quotation's end."""
        for i in range(cue.first, a, -1):
            if self._parts(i) or self._closes_quote(i):
                return i
        return a

    def _parts(self, i: int) -> bool:
        return i < len(self.words) and any(
            mark in self.gaps[i] for mark in (",", ";", ":", " – ", " — ", "—", " - ", "՝")
        )

    def _closes_quote(self, i: int) -> bool:
        return i > 0 and self.quote_of[i - 1] >= 0 and self.quote_of[i] != self.quote_of[i - 1]

    def _opens_quote(self, i: int) -> bool:
        return self.quote_of[i] >= 0 and self.quote_of[i - 1] != self.quote_of[i]

    def _is_noun(self, cue: Cue) -> bool:
        """Whether a word that is verb and noun, or participle, is no verb of a speaker here."""
        if self._is_word(cue.end, "by") or self._is_word(cue.end, "be"):
            return True
        return cue.end - cue.first == 1 and self._is_word(cue.first - 1, "article")

    def _after_object(self, cue: Cue, limit: int) -> int | None:
        """Where the name begins that somebody gives a thing: behind "as", or behind an object that opens with an article."""
        if not self._is_word(cue.end, "article") or self._is_word(cue.end, "as") or self._is_word(cue.end - 1, "as"):
            return cue.end
        for i in range(cue.end + 1, min(cue.end + DENIAL_REACH, limit)):
            if self._opens_quote(i) or self._is_word(i, "as"):
                return i
        return None

    # --- speakers ----------------------------------------------------------------------------------------------------

    def _speaker(self, cue: Cue, a: int, b: int) -> str | None:
        """Who speaks: named before the verb, else behind it in an inverted or passive clause; a pronoun is the last speaker."""
        if self.quote_of[cue.first] >= 0:
            return None
        start = max(self._start_of(cue.first, a, strength=_STRONG), cue.first - SPEAKER_REACH)
        by = self._find_word(cue.end, min(cue.end + NEGATION_REACH, b), "by")
        if by is None and cue.kind == "charge" and self._is_word(cue.first - 1, "be"):
            return None
        if by is not None:
            return self._name_in(by + 1, min(by + SPEAKER_REACH, self._end_of(by, b, strength=_WEAK)))
        near = self._clause_start(cue, a)
        if near > a and all(self._is_word(i, "aux") for i in range(near, cue.first)):
            behind = self._name_in(cue.end, min(cue.end + SPEAKER_REACH, b))
            if behind:
                return behind
        if self._is_final(cue):
            return self._name_in(start, cue.first)
        for first in (max(near, start), start):
            found = self._resolve(first, cue.first) if first == near else None
            named = self._name_in(first, cue.first, last=True)
            if named or found:
                return named or found
        return None

    def _is_somebodys(self, cue: Cue) -> bool:
        named = any(end == cue.first for _, end, _ in self.names)
        return named or self._is_word(cue.first - 1, "his") or self._is_word(cue.end, "noun_by")

    def _noun_speaker(self, cue: Cue, a: int) -> str | None:
        """Whose claim it is: "Norlander claims of ...", "an accusation by Norland that ..."."""
        if self._is_word(cue.end, "by"):
            return self._name_in(cue.end + 1, cue.end + NOUN_LINKER_REACH)
        return self._name_in(max(a, cue.first - NEGATION_REACH), cue.first, last=True)

    def _resolve(self, a: int, b: int) -> str | None:
        """The last speaker, if a pronoun stands for it."""
        return self.last_speaker if self._find_word(a, b, "he") is not None else None

    def _name_in(self, a: int, b: int, *, last: bool = False) -> str | None:
        """The actor named in [a, b), with the office where one is named: `armenia: foreign ministry`; or the office alone."""
        actors = [
            actor
            for i, _, actor in self.names
            if a <= i < b and (i == a or not self._is_word(i - 1, "not_speaker")) and self.quote_of[i] < 0
        ]
        offices = [
            cue for cue in self.cues if cue.kind == "office" and a <= cue.first < b and self.quote_of[cue.first] < 0
        ]
        actor = (actors[-1] if last else actors[0]) if actors else None
        office = " ".join(word.text for word in self.words[offices[0].first : offices[0].end]) if offices else None
        return f"{actor}: {office}" if actor and office else actor or office

    # --- doubts and denials ------------------------------------------------------------------------------------------

    def _deny(self, cue: Cue, a: int, b: int) -> None:
        quote = self.quote_of[cue.first]
        strong = self._end_of(cue.end - 1, b, strength=_STRONG, within=quote)
        strong = self._before_next_report(cue, self._before_new_clause(cue, strong))
        weak = self._end_of(cue.end, b, strength=_WEAK, within=quote) if cue.end < b else b
        match cue.kind:
            case "so_called":
                stop = self._find_word(cue.end, weak, "adjunct") or weak
                stop = self._find_word(cue.end, stop, "article") or stop
                for i in range(cue.first, min(stop, cue.end + SO_CALLED_REACH)):
                    self.so_called[i] = True
            case "deny" if self.rules.is_verb_final:
                start = max(self._start_of(cue.first, a, strength=_STRONG), cue.first - DENIAL_REACH)
                self._set_denied(start, cue.first, self._speaker(cue, a, b))
            case "deny" | "reject" if not self.rules.is_verb_final:
                noun = any(
                    other.kind in ("noun", "claim") and cue.end <= other.first < cue.end + REJECTION_REACH
                    for other in self.cues
                )
                far = cue.kind == "deny" or noun
                end = min(strong, cue.end + (DENIAL_REACH if far else REJECTION_REACH))
                by = self._is_word(cue.end, "by")
                if not by:
                    self._set_denied(cue.end, end if far else min(end, weak), self._speaker(cue, a, b))
            case "not_do":
                self._set_denied(cue.end, min(weak, cue.end + 1), None)
            case "none" if not self.rules.is_verb_final:
                self._set_denied(
                    cue.end, min(self._find_word(cue.end, weak, "adjunct") or weak, cue.end + NONE_REACH), None
                )
            case "not" | "none":
                self._set_denied(cue.end, min(weak, cue.end + NEGATION_REACH), None)
            case "reject":
                self._set_denied(max(a, cue.first - REJECTION_REACH), cue.first, self._speaker(cue, a, b))
            case "baseless" | "unreal":
                self._deny_before(cue, a, b)

    def _before_new_clause(self, cue: Cue, end: int) -> int:
        """The end of a denial, or where a comma and a conjunction begin another clause: `denies it, and the siege goes on`."""
        for i in range(cue.end + 1, end):
            joins = "," in self.gaps[i] and self._is_word(i, "clause") and self.quote_of[i] < 0
            if joins and not self._is_word(i, "that") and not self._is_word(i + 1, "that"):
                return i
        return end

    def _before_next_report(self, cue: Cue, end: int) -> int:
        """The end of a denial, or where the next report begins: `denied a blockade and spoke of a checkpoint`."""
        for other in self.cues:
            if cue.end < other.first < end and other.kind in ("say", "say_that", "tell", "call", "demand"):
                start = self._start_of(other.first, cue.end, strength=_WEAK)
                return start if start > cue.end and other.first - start <= NEGATION_REACH + 1 else end
        return end

    def _deny_before(self, cue: Cue, a: int, b: int) -> None:
        """Denies the subject of "... is baseless"; what is not called a claim may only be unreal."""
        start = self._start_of(cue.first, a, strength=_STRONG)
        if cue.kind == "unreal":
            reach = NEGATION_REACH if self.rules.is_verb_final else DENIAL_REACH
            self._set_denied(max(self._start_of(cue.first, a, strength=_WEAK), cue.first - reach), cue.first, None)
            return
        claims = [
            other.first
            for other in self.cues
            if other.kind in ("noun", "claim", "charge", "doubt") and start <= other.first < cue.first
        ]
        if claims or self.rules.is_verb_final:
            first = claims[-1] if claims else max(start, cue.first - NEGATION_REACH - 1)
            self._set_denied(
                max(first, cue.first - DENIAL_REACH), cue.first, self._speaker(cue, a, b) if not claims else None
            )

    def _set_denied(self, a: int, b: int, speaker: str | None) -> None:
        for i in range(a, b):
            self.denied[i] = (True, speaker)

    # --- quotations --------------------------------------------------------------------------------------------------

    def _read_quotes(self) -> None:
        """Puts quotations into their speakers' mouths; short ones that no report governs stay as they are."""
        for a, b in self.quotes:
            if a >= b:
                continue
            speaker = next((self.reported[i][1] for i in range(a, b) if self.reported[i][1]), None)
            governed = any(self.reported[i][0] for i in range(a, b))
            if governed or b - a > SCARE_QUOTE_WORDS:
                self._report_quote(a, b, speaker or self._speaker_beside(a, b))

    def _report_quote(self, a: int, b: int, speaker: str | None) -> None:
        for i in range(a, b):
            self.reported[i] = (True, self.reported[i][1] or speaker)

    def _speaker_beside(self, a: int, b: int) -> str | None:
        """The speaker of a quotation that no report governs: of a report in its first or last sentence, else of the next one."""
        ends = [end for _, end in self.sentences]
        for place in (b - 1, a, max(a - 1, 0), min(b, len(self.words) - 1)):
            first, last = self.sentences[min(bisect_right(ends, place), len(ends) - 1)]
            for cue in self.cues:
                if (
                    first <= cue.first < last
                    and cue.kind in ("say", "say_that", "tell", "source")
                    and self.quote_of[cue.first] < 0
                ):
                    return self._speaker(cue, first, last)
        return None


def cue_counts(scopes: Scopes) -> Iterator[tuple[str, int]]:
    """(kind, how many cues) of a reading."""
    kinds = [cue.kind for cue in scopes.cues]
    yield from ((kind, kinds.count(kind)) for kind in dict.fromkeys(kinds))
