"""What each reporting cue reports: the words behind its verb, before a closing one, or those of its whole clause."""

from collections.abc import Sequence

from framewire.label.voice_closing import Closings
from framewire.label.voice_cues import Cue
from framewire.label.voice_layout import Break, Layout, Scope
from framewire.label.voice_speakers import SPEAKER_REACH, Speakers

# Reaches in words. Source: the sentence tables of tests/voice_cases.py and grouped cross-validation on the training passages.
LINKER_REACH = 8
NOUN_LINKER_REACH = 4
OBJECT_REACH = 14
HIS_WORDS_REACH = 8
BACKGROUND_WORDS = 5
HEADLINE_WORDS = 6
HEADLINE_SPEAKER_WORDS = 4
SAYING = ("say", "say_that", "tell", "think", "claim")
_OTHERS = "charge call demand noun his_noun thought source rumour doubted doubt his_words"
_REPORTS = frozenset((*SAYING, *_OTHERS.split()))
_NEW_CLAUSES = ("say", "say_that", "tell", "think", "deny", "call", "demand")
# These report what follows "that", a colon or a quotation.
_THAT_VERBS = ("say_that", "think")
_REPORTING = ("claim", "charge", "reject")
# A French participle is a verb of saying only behind its auxiliary, at most so many words before: "a-t-il déclaré".
_FRENCH_PARTICIPLES = ("é", "ée", "és", "ées")
AUX_REACH = 3
# Between the verb of `As the ministry said on Monday in a note, ...` and its comma.
PREPOSED_ADJUNCT_WORDS = 6


class Reports:
    """The reports of one text."""

    def __init__(self, layout: Layout, speakers: Speakers) -> None:
        self._layout = layout
        self._speakers = speakers
        self._closings = Closings(layout, speakers)

    def find(self, cue: Cue, a: int, b: int) -> list[Scope]:
        """What a cue of the sentence [a, b) reports; empty if it reports nothing. The speaker's own name is no part of it."""
        layout = self._layout
        if cue.kind not in _REPORTS:
            return []
        if layout.is_word(cue.first - 1, "we") and layout.quote_of[cue.first] < 0:
            return []  # the writer speaks of himself
        if self._is_participle(cue) or self._opens_resolution(cue, a):
            return []
        limit = self._limit(cue, a, b)
        if cue.kind in ("charge", "call", "demand") and layout.is_final(cue):
            start = layout.start_of(cue.first, a, Break.STRONG)
            return [Scope(start, cue.first, self._speakers.speaker_of(cue, a, b))]
        if cue.kind == "noun" and layout.is_final(cue):
            start = max(layout.start_of(cue.first, a, Break.WEAK), cue.first - NOUN_LINKER_REACH)
            return [Scope(start, cue.first, None)]
        match cue.kind:
            case kind if kind in SAYING:
                return [self._end_before_background(cue, scope) for scope in self._find_said(cue, a, b, limit)]
            case "call" if self._is_as_he_calls_it(cue, a):
                clause = layout.clause_start(cue, a)
                return [Scope(layout.start_of(clause, a, Break.WEAK), clause, self._speakers.speaker_of(cue, a, b))]
            case "charge" | "call" | "demand":
                return self._find_behind(self._start_behind(cue, limit), limit, self._speakers.speaker_of(cue, a, b))
            case "noun" | "his_noun" | "thought":
                opens = self._start_behind_noun(cue, limit)
                opens = None if self._is_denied(cue, limit) else opens
                return [] if opens is None else [Scope(opens, limit, self._speakers.speaker_of_noun(cue, a))]
            case "source":
                return self._find_sourced(cue, a, b, limit)
            case "rumour":
                return [Scope(cue.end, limit, None)]
            case "doubted":
                return [self._find_doubted(cue, b)]
            case "doubt":
                end = layout.end_of(cue.end, b, Break.WEAK, within=layout.quote_of[cue.first])
                start = cue.first if layout.is_parted(cue.first) else layout.start_of(cue.first, a, Break.WEAK)
                return [Scope(start, end, None)]
            case "his_words":
                return [self._find_his_words(cue, a, b)]
        return []

    def _find_behind(self, start: int | None, limit: int, speaker: str | None) -> list[Scope]:
        """What stands between a start, if there is one, and where the clause leaves the object."""
        if start is None:
            return []
        layout = self._layout
        if layout.is_word(start, "outside") and not layout.is_word(start, "as"):
            return []  # `a corridor that Norland has called for since spring`
        return [Scope(start, layout.find_word(start + 1, limit, "outside") or limit, speaker)]

    def find_headline(self, a: int, b: int) -> Scope | None:
        """What a headline's speaker says: `Norland: the road is open`, `The road is open - Norland`."""
        layout = self._layout
        opening = layout.marks_in(a + 1, min(a + HEADLINE_WORDS + 1, b))
        colon = next((i for i in opening if ":" in layout.gaps[i]), None)
        if colon is not None and layout.quote_of[a] < 0 and self._opens_headline(a, colon):
            return Scope(colon, b, self._speakers.named(a, colon))
        closing = reversed(layout.marks_in(max(b - HEADLINE_SPEAKER_WORDS, a + 2), b))
        dash = next((i for i in closing if layout.gaps[i].strip() in ("-", "–", "—")), None)
        if dash is not None and "." not in layout.gaps[b] and self._speakers.is_named(dash, b):
            return Scope(a, dash, self._speakers.named(dash, b))
        return None

    def _opens_headline(self, a: int, b: int) -> bool:
        """Whether the words before a headline's colon name one who speaks; two actors, a date or a rubric are a topic."""
        layout = self._layout
        if any(layout.is_word(i, "label") or layout.words.texts[i].isdigit() for i in range(a, b)):
            return False
        return len(self._speakers.actors_in(a, b)) <= 1 and self._speakers.is_named(a, b)

    def _limit(self, cue: Cue, a: int, b: int) -> int:
        """Where what stands behind a cue ends at the latest: at a strong break, or before the next speaker's clause."""
        layout = self._layout
        end = layout.end_of(cue.end - 1, b, Break.STRONG, within=layout.quote_of[cue.first])
        end = layout.end_of_opening(cue, a, end)
        clause = layout.clause_start(cue, a)
        is_reduced = clause == cue.first and layout.words.texts[cue.first].endswith("ed")
        if clause > a and (layout.is_word(clause, "relative") or is_reduced):
            end = layout.parted.first(cue.end, end)
        if clause > a and layout.is_dashed(clause):
            end = next((i for i in range(cue.end, end) if layout.is_dashed(i)), end)
        for other in layout.cues:
            is_next = cue.end < other.first < end and other.kind in _NEW_CLAUSES
            if is_next and layout.quote_of[other.first] < 0 and self._may_report(other, end):
                begins = layout.start_of(other.first, cue.end, Break.WEAK)
                if cue.end + 1 < begins < other.first and self._has_subject(begins, other.first):
                    return begins
        return end

    def _may_report(self, cue: Cue, limit: int) -> bool:
        """Whether a verb that reports only by "that" has it: "they held that ...", not "they held 33 prisoners"."""
        return cue.kind not in _THAT_VERBS or self._find_linker(cue, limit) is not None

    def _has_subject(self, a: int, b: int) -> bool:
        return self._speakers.is_named(a, b) or self._layout.find_word(a, b, "he") is not None

    # --- saying ------------------------------------------------------------------------------------------------------

    def _find_said(self, cue: Cue, a: int, b: int, limit: int) -> list[Scope]:
        layout, speaker = self._layout, self._speakers.speaker_of(cue, a, b)
        if cue.kind == "claim" and self._is_noun(cue) and not layout.is_word(cue.end, "of"):
            return []
        closing = self._closings.find(cue, a, b)
        if closing is not None:
            return closing
        preposed = self._find_preposed(cue, a, b)
        if preposed is not None:
            return [Scope(preposed, layout.end_of(preposed, b, Break.OWN), speaker)]
        linker = self._find_linker(cue, limit)
        if layout.is_final(cue) and linker is None:
            return [Scope(layout.start_of(cue.first, a, Break.STRONG), cue.first, speaker)]
        if layout.is_word(cue.end, "by") or (layout.is_passive(cue) and not layout.is_word(cue.end, "that")):
            return []
        if cue.kind == "say_that" and linker is None and self._adds(cue, a):
            return [Scope(cue.end, limit, speaker)]
        if cue.kind in _THAT_VERBS:
            return [] if linker is None else self._find_linked(cue, linker, limit, speaker)
        return [Scope(cue.end, limit, speaker)]

    def _end_before_background(self, cue: Cue, scope: Scope) -> Scope:
        """The scope without the outlet's own background at its end: `said it was open, a day after the siege`."""
        layout = self._layout
        if scope.start < cue.end:
            return scope
        i = layout.parted.first(scope.start + 1, scope.end)
        while i < scope.end:
            after = layout.find_word(i, min(i + BACKGROUND_WORDS, scope.end), "aftermath")
            if after is not None and not self._is_gerund(after + 1):
                is_timed = after == i or layout.find_word(i, after, "moment") is not None
                if is_timed and layout.quote_of[i] == layout.quote_of[cue.first]:
                    return Scope(scope.start, i, scope.speaker)
            i = layout.parted.first(i + 1, scope.end)
        return scope

    def _is_gerund(self, i: int) -> bool:
        """Whether a word goes on with what the subject of the report did: `said they left, after being told to`."""
        return i < len(self._layout.words) and self._layout.words.texts[i].endswith("ing")

    def _find_preposed(self, cue: Cue, a: int, b: int) -> int | None:
        """Where begins what a preposed clause reports: `As the ministry said on Monday, ...`; None if it is no such clause."""
        layout = self._layout
        if not layout.is_word(a, "as_said") or layout.parted.is_any_in(a + 1, cue.end):
            return None
        reach = PREPOSED_ADJUNCT_WORDS if layout.is_word(cue.end, "adjunct") else 0
        limit = min(cue.end + reach + 1, b)
        opens = layout.parted.first(cue.end, limit)
        return opens if opens < limit else None

    def _adds(self, cue: Cue, a: int) -> bool:
        """Whether a participle goes on with what the sentence has begun to report: `Norland denies it, adding the road is open`."""
        earlier = (other for other in self._layout.cues if a <= other.first < cue.first)
        return self._layout.is_added(cue) and any(other.kind in (*_NEW_CLAUSES, *_REPORTING) for other in earlier)

    def _find_linked(self, cue: Cue, linker: int, limit: int, speaker: str | None) -> list[Scope]:
        """What stands behind "that" or a colon; of a sentence that only quotes some words behind its object, those words."""
        layout = self._layout
        opens = layout.opens_quote(linker) and ":" not in layout.gaps[linker] and not layout.is_word(linker, "that")
        if not opens or linker == cue.end or layout.is_added(cue):
            return [Scope(linker, limit, speaker)]
        return [Scope(a, b, speaker) for a, b in layout.quotes if linker <= a < limit]

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
                break
        return cue.end if self._opens_content(cue.end, limit) else None

    def _opens_content(self, start: int, limit: int) -> bool:
        """Whether a clause without "that" begins here: `warned the siege could last`, `felt it had won`, `announced it ended`."""
        layout = self._layout
        opens = any(layout.is_word(start, name) for name in ("determiner", "article", "he")) or layout.is_name(
            start, start + 1
        )
        if start >= limit or not opens or layout.is_word(start - 2, "article"):
            return False
        for i in range(start, min(start + LINKER_REACH, limit)):
            if layout.is_parted(i) or any(layout.is_word(i, name) for name in ("adjunct", "clause", "relative", "by")):
                return False
            if any(layout.is_word(i, name) for name in ("be", "aux", "finite")):
                return i > start
            if i > start and layout.is_word(start, "he") and layout.words.texts[i].endswith("ed"):
                return True
        return False

    # --- other reports -----------------------------------------------------------------------------------------------

    def _is_participle(self, cue: Cue) -> bool:
        """Whether a form that is also a verb's belongs to a noun: "the newly announced talks", "l'accord annoncé"."""
        layout = self._layout
        if cue.end - cue.first > 1 or cue.kind not in (*SAYING, "call", "demand"):
            return False
        if layout.words.texts[cue.first].endswith(_FRENCH_PARTICIPLES):
            return not any(layout.is_word(cue.first - k, "aux") for k in range(1, AUX_REACH + 1))
        if not layout.words.texts[cue.first].endswith("ed") or layout.is_word(cue.end, "by"):
            return False
        before = cue.first - 1
        while layout.is_word(before, "adverb") and not layout.is_parted(before + 1):
            before -= 1
        is_bare = before < cue.first - 1 and (before + 1 in layout.sentence_starts or layout.is_word(before, "adjunct"))
        return is_bare or layout.is_word(before, "determiner")

    def _opens_resolution(self, cue: Cue, a: int) -> bool:
        """Whether a verb without a subject opens the sentence, behind a number perhaps: `(1) Notes that ...`."""
        layout = self._layout
        first = a + layout.words.texts[a].isdigit()
        return cue.first == first and layout.quote_of[first] < 0 and layout.is_word(first, "resolves")

    def _find_doubted(self, cue: Cue, b: int) -> Scope:
        """The thing that is called alleged: its noun and what belongs to it, up to the verb, a preposition of place or a comma."""
        layout = self._layout
        end = layout.end_of(cue.end, b, Break.WEAK, within=layout.quote_of[cue.first]) if cue.end < b else b
        ends = (layout.find_word(cue.end, end, name) or end for name in ("adjunct", "be", "aux", "finite"))
        return Scope(cue.end, min(ends), None)

    def _is_noun(self, cue: Cue) -> bool:
        """Whether a word that is verb, noun and participle is no verb of a speaker here."""
        layout = self._layout
        if layout.is_word(cue.end, "by") or layout.is_word(cue.end, "be"):
            return True
        if cue.kind == "claim" and layout.closes_quote(cue.first) and not layout.is_word(cue.end, "that"):
            return True  # `rejects "siege" claims`
        is_owned = cue.kind == "call" and layout.is_word(cue.first - 1, "his")
        return cue.end - cue.first == 1 and (layout.is_word(cue.first - 1, "article") or is_owned)

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

    def _is_as_he_calls_it(self, cue: Cue, a: int) -> bool:
        """Whether a clause gives somebody the name before it: `The occupation, as Norland calls it, ended`."""
        layout = self._layout
        clause = layout.clause_start(cue, a)
        closes = (
            cue.end + 1 >= len(layout.words) or cue.end + 1 in layout.sentence_starts or layout.is_parted(cue.end + 1)
        )
        return clause > a and layout.is_word(clause, "as_said") and layout.is_word(cue.end, "he") and closes

    def _start_of_name(self, cue: Cue, limit: int) -> int | None:
        """Where the name begins that somebody gives a thing: behind "as", or behind an object that opens with an article."""
        layout = self._layout
        opens_object = layout.is_word(cue.end, "article") and not layout.is_word(cue.end, "as")
        if not opens_object or layout.is_word(cue.end - 1, "as"):
            return cue.end
        behind = range(cue.end + 1, min(cue.end + OBJECT_REACH, limit))
        marked = next((i for i in behind if layout.opens_quote(i) or layout.is_word(i, "as")), None)
        return self._start_of_bare_name(cue, limit) if marked is None else marked

    def _start_of_bare_name(self, cue: Cue, limit: int) -> int | None:
        """Where a name without article begins behind its object: `called the closure of the bridge [military necessity]`."""
        layout = self._layout
        if not layout.is_word(cue.end - 1, "names"):
            return None
        start = cue.end + 2
        while layout.is_word(start, "object_of"):
            start += 3 if layout.is_word(start + 1, "article") else 2
        ends = any(layout.is_word(start, name) for name in ("adjunct", "outside", "clause", "be", "aux", "finite"))
        is_parted = layout.parted.is_any_in(cue.end + 1, min(start, limit) + 1)
        return None if ends or is_parted or start >= limit else start

    def _start_behind_noun(self, cue: Cue, limit: int) -> int | None:
        """Where begins what a noun reports: its "of" or "that", behind "by X" or "against X" if need be; or the colon behind it."""
        layout = self._layout
        if cue.kind == "his_noun":
            if not self._speakers.is_somebodys(cue):
                return None
            if colon := self._find_colon(cue, limit):
                return colon
        reach = NOUN_LINKER_REACH if layout.is_word(cue.end, "noun_by") else 1
        linker = "that" if cue.kind == "thought" else "of"
        start = layout.find_word(cue.end, min(cue.end + reach, limit), linker)
        return None if start is None or layout.is_parted(start) else start

    def _find_colon(self, cue: Cue, limit: int) -> int | None:
        """Where the colon leads on behind a noun and its verb: "Norland's answer came within an hour: ..."."""
        gaps = self._layout.gaps
        for i in range(cue.end, min(cue.end + LINKER_REACH, limit)):
            if ":" in gaps[i]:
                return i
            if "," in gaps[i]:
                return None
        return None

    def _is_denied(self, cue: Cue, limit: int) -> bool:
        """Whether what follows a noun only says who denies it: "a charge that Norland denies"."""
        denials = (
            other for other in self._layout.cues if cue.end < other.first < limit and other.kind in ("deny", "reject")
        )
        return any(self._layout.is_parted(other.end) or other.end == limit for other in denials)

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


def is_report(cue: Cue) -> bool:
    """Whether a cue is a verb of saying or thinking."""
    return cue.kind in SAYING


def find_sentence_cues(cues: Sequence[Cue], a: int, b: int) -> list[Cue]:
    """The cues of the sentence [a, b)."""
    return [cue for cue in cues if a <= cue.first < b]
