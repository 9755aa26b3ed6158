"""What each reporting cue reports: the words behind its verb, before a closing one, or those of its whole clause."""

from collections.abc import Sequence

from framewire.label.voice_cues import Cue
from framewire.label.voice_layout import Break, Layout, Scope
from framewire.label.voice_speakers import SPEAKER_REACH, Speakers

# Reaches in words. Source: the sentence tables of tests/voice_cases.py and grouped cross-validation on the training passages.
LINKER_REACH = 8
NOUN_LINKER_REACH = 4
OBJECT_REACH = 14
HIS_WORDS_REACH = 8
# Between a comma and a closing report (`..., the ministry in the capital said`), and between that report and its end.
SUBJECT_WORDS = 9
ADJUNCT_WORDS = 8
HEADLINE_WORDS = 6
HEADLINE_SPEAKER_WORDS = 4
SAYING = ("say", "say_that", "tell", "think", "claim")
_NEW_CLAUSES = ("say", "say_that", "tell", "think", "deny", "call", "demand")


class Reports:
    """The reports of one text."""

    def __init__(self, layout: Layout, speakers: Speakers) -> None:
        self._layout = layout
        self._speakers = speakers

    def find(self, cue: Cue, a: int, b: int) -> list[Scope]:
        """What a cue of the sentence [a, b) reports; empty if it reports nothing. The speaker's own name is no part of it."""
        layout = self._layout
        if layout.is_word(cue.first - 1, "we") and layout.quote_of[cue.first] < 0:
            return []  # the writer speaks of himself
        limit = self._limit(cue, a, b)
        if cue.kind in ("charge", "call", "demand") and layout.is_final(cue):
            start = layout.start_of(cue.first, a, Break.STRONG)
            return [Scope(start, cue.first, self._speakers.speaker_of(cue, a, b))]
        if cue.kind == "noun" and layout.is_final(cue):
            start = max(layout.start_of(cue.first, a, Break.WEAK), cue.first - NOUN_LINKER_REACH)
            return [Scope(start, cue.first, None)]
        match cue.kind:
            case kind if kind in SAYING:
                return self._find_said(cue, a, b, limit)
            case "charge" | "call" | "demand":
                return self._find_behind(self._start_behind(cue, limit), limit, self._speakers.speaker_of(cue, a, b))
            case "noun" | "his_noun" | "thought":
                opens = self._start_behind_noun(cue, limit)
                return [] if opens is None else [Scope(opens, limit, self._speakers.speaker_of_noun(cue, a))]
            case "source":
                return self._find_sourced(cue, a, b, limit)
            case "rumour":
                return [Scope(cue.end, limit, None)]
            case "doubt":
                end = layout.end_of(cue.end, b, Break.WEAK, within=layout.quote_of[cue.first])
                return [Scope(layout.start_of(cue.first, a, Break.WEAK), end, None)]
            case "his_words":
                return [self._find_his_words(cue, a, b)]
        return []

    def _find_behind(self, start: int | None, limit: int, speaker: str | None) -> list[Scope]:
        """What stands between a start, if there is one, and where the clause leaves the object."""
        if start is None:
            return []
        return [Scope(start, self._layout.find_word(start + 1, limit, "outside") or limit, speaker)]

    def find_headline(self, a: int, b: int) -> Scope | None:
        """What a headline's speaker says: `Norland: the road is open`, `The road is open - Norland`."""
        layout = self._layout
        colon = next((i for i in range(a + 1, min(a + HEADLINE_WORDS + 1, b)) if ":" in layout.gaps[i]), None)
        if colon is not None and layout.quote_of[a] < 0 and self._opens_headline(a, colon):
            return Scope(colon, b, self._speakers.named(a, colon))
        last = range(b - 1, max(b - HEADLINE_SPEAKER_WORDS - 1, a + 1), -1)
        dash = next((i for i in last if layout.gaps[i].strip() in ("-", "–", "—")), None)
        if dash is not None and "." not in layout.gaps[b] and self._speakers.is_named(dash, b):
            return Scope(a, dash, self._speakers.named(dash, b))
        return None

    def _opens_headline(self, a: int, b: int) -> bool:
        """Whether the words before a headline's colon name one who speaks; two actors, a date or a rubric are a topic."""
        layout = self._layout
        if any(layout.is_word(i, "label") or layout.words[i].text.isdigit() for i in range(a, b)):
            return False
        return len(self._speakers.actors_in(a, b)) <= 1 and self._speakers.is_named(a, b)

    def _limit(self, cue: Cue, a: int, b: int) -> int:
        """Where what stands behind a cue ends at the latest: at a strong break, or before the next speaker's clause."""
        layout = self._layout
        end = layout.end_of(cue.end - 1, b, Break.STRONG, within=layout.quote_of[cue.first])
        clause = layout.clause_start(cue, a)
        if clause > a and layout.is_word(clause, "relative"):
            end = next((i for i in range(cue.end, end) if layout.is_parted(i)), end)
        for other in layout.cues:
            is_next = cue.end < other.first < end and other.kind in _NEW_CLAUSES
            if is_next and layout.quote_of[other.first] < 0:
                begins = layout.start_of(other.first, cue.end, Break.WEAK)
                if cue.end + 1 < begins < other.first and self._has_subject(begins, other.first):
                    return begins
        return end

    def _has_subject(self, a: int, b: int) -> bool:
        return self._speakers.is_named(a, b) or self._layout.find_word(a, b, "he") is not None

    # --- saying ------------------------------------------------------------------------------------------------------

    def _find_said(self, cue: Cue, a: int, b: int, limit: int) -> list[Scope]:
        layout, speaker = self._layout, self._speakers.speaker_of(cue, a, b)
        if cue.kind == "claim" and self._is_noun(cue) and not layout.is_word(cue.end, "of"):
            return []
        closes_at = self._end_of_closing(cue, a, b)
        if closes_at is not None:
            return self._find_around(cue, a, b, closes_at)
        linker = self._find_linker(cue, limit)
        if layout.is_final(cue) and linker is None:
            return [Scope(layout.start_of(cue.first, a, Break.STRONG), cue.first, speaker)]
        if layout.is_word(cue.end, "by") or self._is_passive(cue):
            return []
        if cue.kind in ("say_that", "think"):
            return [] if linker is None else [Scope(linker, limit, speaker)]
        return [Scope(cue.end, limit, speaker)]

    def _find_around(self, cue: Cue, a: int, b: int, closes_at: int) -> list[Scope]:
        """What stands before and behind a closing report or one inside its sentence: `The road, Norland said, is open.`"""
        layout, speaker = self._layout, self._speakers.speaker_of(cue, a, b)
        said = layout.clause_start(cue, a)
        end = layout.end_of(cue.end - 1, b, Break.OWN)
        goes_on = closes_at < end and layout.words[closes_at].text.endswith("ing")
        is_last = end - cue.end <= ADJUNCT_WORDS or goes_on or layout.closes_quote(said)
        start = layout.start_of(said, a, Break.OWN if is_last else Break.WEAK)
        behind = [Scope(closes_at, end, speaker)] if closes_at < end else []
        return [Scope(start, said, speaker), *behind]

    def _find_linker(self, cue: Cue, limit: int) -> int | None:
        """Where "that", a colon or a quotation opens the content behind a verb; None where a comma comes first."""
        layout = self._layout
        for i in range(cue.end, min(cue.end + LINKER_REACH, limit)):
            opens = layout.quote_of[i] >= 0 and layout.quote_of[cue.first] != layout.quote_of[i]
            if layout.is_word(i, "that"):
                return i
            if cue.kind != "think" and (":" in layout.gaps[i] or "՝" in layout.gaps[i] or opens):
                return i
            if "," in layout.gaps[i]:
                return None
        return None

    def _end_of_closing(self, cue: Cue, a: int, b: int) -> int | None:
        """Where a report ends that stands behind or inside what it reports: `..., the ministry said on Monday`, `..., said X`.

        None if it is no such report.
        """
        layout = self._layout
        start = layout.clause_start(cue, a)
        if start <= a or cue.first - start > SUBJECT_WORDS or layout.is_word(start, "relative"):
            return None
        is_participle = layout.words[cue.end - 1].text.endswith("ing")
        if is_participle or self._is_passive(cue) or layout.is_word(cue.end, "that"):
            return None
        end = next((i for i in range(cue.end, min(cue.end + ADJUNCT_WORDS + 1, b)) if layout.is_parted(i)), None)
        if end is None:
            end = b if b - cue.end <= ADJUNCT_WORDS else None
        if end is None or (end < b and (":" in layout.gaps[end] or layout.opens_quote(end))):
            return None
        has_subject = not all(layout.is_word(i, "aux") for i in range(start, cue.first))
        has_adjunct = layout.is_word(cue.end, "adjunct")
        is_brief = end == cue.end or has_adjunct or cue.kind == "tell"
        is_inverted = not has_subject and (not has_adjunct or self._speakers.is_named(cue.end, end))
        return end if layout.closes_quote(start) or is_inverted or (has_subject and is_brief) else None

    def _is_passive(self, cue: Cue) -> bool:
        """Whether an ambiguous verb stands behind a form of "be": "was admitted", "was once promised"."""
        before = (cue.first - 1, cue.first - 2)
        return cue.kind == "say_that" and any(self._layout.is_word(i, "be") for i in before)

    # --- other reports -----------------------------------------------------------------------------------------------

    def _is_noun(self, cue: Cue) -> bool:
        """Whether a word that is verb, noun and participle is no verb of a speaker here."""
        layout = self._layout
        if layout.is_word(cue.end, "by") or layout.is_word(cue.end, "be"):
            return True
        return cue.end - cue.first == 1 and layout.is_word(cue.first - 1, "article")

    def _start_behind(self, cue: Cue, limit: int) -> int | None:
        """Where begins what somebody is charged with, calls a thing, or asks for; None where the word does none of it."""
        layout = self._layout
        if cue.kind == "charge":
            return layout.find_word(cue.end, min(cue.end + LINKER_REACH, limit), "of")
        if self._is_noun(cue):
            return None
        if cue.kind == "demand":
            return cue.end
        return None if layout.is_word(cue.end, "adjunct") else self._start_of_name(cue, limit)

    def _start_of_name(self, cue: Cue, limit: int) -> int | None:
        """Where the name begins that somebody gives a thing: behind "as", or behind an object that opens with an article."""
        layout = self._layout
        opens_object = layout.is_word(cue.end, "article") and not layout.is_word(cue.end, "as")
        if not opens_object or layout.is_word(cue.end - 1, "as"):
            return cue.end
        behind = range(cue.end + 1, min(cue.end + OBJECT_REACH, limit))
        return next((i for i in behind if layout.opens_quote(i) or layout.is_word(i, "as")), None)

    def _start_behind_noun(self, cue: Cue, limit: int) -> int | None:
        """Where begins what a noun reports: its "of" or "that", behind "by X" or "against X" if need be."""
        layout = self._layout
        if cue.kind == "his_noun" and not self._speakers.is_somebodys(cue):
            return None
        reach = NOUN_LINKER_REACH if layout.is_word(cue.end, "noun_by") else 1
        linker = "that" if cue.kind == "thought" else "of"
        start = layout.find_word(cue.end, min(cue.end + reach, limit), linker)
        return None if start is None or layout.is_parted(start) else start

    def _find_sourced(self, cue: Cue, a: int, b: int, limit: int) -> list[Scope]:
        """The clause before "according to X" and what follows X."""
        layout, speakers = self._layout, self._speakers
        end = layout.end_of(cue.end, min(cue.end + SPEAKER_REACH, b), Break.WEAK)
        speaker = speakers.named(cue.end, end) or speakers.meant(cue.end, end) or speakers.speaker_of(cue, a, b)
        start = layout.start_of(cue.first, a, Break.STRONG)
        if "source" in layout.rules.verb_final:
            return [Scope(start, layout.clause_start(cue, start), speaker), Scope(cue.end, limit, speaker)]
        return [Scope(start, cue.first, speaker), Scope(end, limit, speaker)]

    def _find_his_words(self, cue: Cue, a: int, b: int) -> Scope:
        layout, speakers = self._layout, self._speakers
        end = layout.end_of(cue.end, b, Break.WEAK, within=layout.quote_of[cue.first])
        speaker = speakers.named(cue.first, cue.end) or speakers.meant(cue.first, cue.end)
        return Scope(cue.end, min(end, cue.end + HIS_WORDS_REACH), speaker or speakers.speaker_of(cue, a, b))


def begins_new_report(cue: Cue) -> bool:
    """Whether a cue begins a clause of its own, so that an earlier denial ends."""
    return cue.kind in _NEW_CLAUSES and cue.kind != "deny"


def find_sentence_cues(cues: Sequence[Cue], a: int, b: int) -> list[Cue]:
    """The cues of the sentence [a, b)."""
    return [cue for cue in cues if a <= cue.first < b]
