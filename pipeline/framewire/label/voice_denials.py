"""How far denials and negations reach, and what "so-called" keeps at a distance."""

from framewire.label.voice_cues import Cue
from framewire.label.voice_layout import Break, Layout, Scope
from framewire.label.voice_reports import begins_new_report, is_report
from framewire.label.voice_speakers import Speakers

# Reaches in words: a denial reaches over its object, plain negation does not.
# Source: the sentence tables of tests/voice_cases.py and grouped cross-validation on the training passages.
DENIAL_REACH = 14
REJECTION_REACH = 6
NONE_REACH = 4
NEGATION_REACH = 3
SO_CALLED_REACH = 4
NEW_CLAUSE_REACH = 4
_CLAIMS = ("noun", "claim", "charge", "doubt")


class Denials:
    """The denials of one text."""

    def __init__(self, layout: Layout, speakers: Speakers) -> None:
        self._layout = layout
        self._speakers = speakers

    def find(self, cue: Cue, a: int, b: int) -> Scope | None:
        """What a cue of the sentence [a, b) denies, and who does; None if nothing."""
        match cue.kind:
            case "deny" | "reject":
                return self._find_rejected(cue, a, b)
            case "none" | "not" | "not_do":
                return self._find_negated(cue, b)
            case "unreal":
                return self._find_unreal(cue, a)
            case "baseless":
                return self._find_baseless(cue, a, b)
        return None

    def find_distanced(self, cue: Cue, b: int) -> tuple[int, int]:
        """The words that "so-called" keeps at a distance, itself among them: up to the next preposition or article."""
        layout = self._layout
        if cue.end < b and layout.opens_quote(cue.end):
            return cue.first, min(layout.quotes[layout.quote_of[cue.end]][1], b)
        end = layout.end_of(cue.end, b, Break.WEAK) if cue.end < b else b
        end = layout.find_word(cue.end, end, "adjunct") or end
        end = layout.find_word(cue.end, end, "article") or end
        return cue.first, min(end, cue.end + SO_CALLED_REACH)

    def _find_rejected(self, cue: Cue, a: int, b: int) -> Scope | None:
        """The object of "denies", or of "rejects" where it is a claim or close by; in a verb-final language what precedes."""
        layout = self._layout
        speaker = self._speakers.speaker_of(cue, a, b)
        if layout.rules.is_verb_final:
            reach = DENIAL_REACH if cue.kind == "deny" else REJECTION_REACH
            return Scope(max(layout.start_of(cue.first, a, Break.STRONG), cue.first - reach), cue.first, speaker)
        if layout.is_word(cue.end, "by") or layout.is_parted(cue.end):
            return None  # what is denied stands before: `a charge that Norland denies, ...`
        end = self._end_of_object(cue, a, b)
        if cue.kind == "deny" or self._rejects_claim(cue):
            return Scope(cue.end, min(end, cue.end + DENIAL_REACH), speaker)
        return Scope(cue.end, min(end, cue.end + REJECTION_REACH, self._clause_end(cue, b)), speaker)

    def _find_negated(self, cue: Cue, b: int) -> Scope | None:
        layout = self._layout
        end = self._clause_end(cue, b)
        if cue.kind == "none" and not layout.rules.is_verb_final:
            ends = (layout.find_word(cue.end, end, name) or end for name in ("adjunct", "be", "aux", "finite"))
            end = min(*ends, cue.end + NONE_REACH)
        else:
            end = min(end, cue.end + (1 if cue.kind == "not_do" else NEGATION_REACH))
            end = layout.find_word(cue.end + 1, end, "not_speaker") or end
            end = layout.find_word(cue.end + 1, end, "that") or end
        return Scope(cue.end, end, None)

    def _find_unreal(self, cue: Cue, a: int) -> Scope:
        """The subject of "never happened"."""
        reach = NEGATION_REACH if self._layout.rules.is_verb_final else DENIAL_REACH
        return Scope(max(self._layout.start_of(cue.first, a, Break.WEAK), cue.first - reach), cue.first, None)

    def _find_baseless(self, cue: Cue, a: int, b: int) -> Scope | None:
        """The claim that is called baseless; what is not called a claim is not denied."""
        layout = self._layout
        start = layout.start_of(cue.first, a, Break.STRONG)
        claims = [other.first for other in layout.cues if other.kind in _CLAIMS and start <= other.first < cue.first]
        if claims:
            return Scope(max(claims[-1], cue.first - DENIAL_REACH), cue.first, None)
        if layout.rules.is_verb_final:
            speaker = self._speakers.speaker_of(cue, a, b)
            return Scope(max(start, cue.first - NEGATION_REACH - 1), cue.first, speaker)
        return None

    def _clause_end(self, cue: Cue, b: int) -> int:
        layout = self._layout
        return layout.end_of(cue.end, b, Break.WEAK, within=layout.quote_of[cue.first]) if cue.end < b else b

    def _end_of_object(self, cue: Cue, a: int, b: int) -> int:
        """The end of a denial: a strong break, a comma and a conjunction (`denies it, and ...`), or the next report."""
        layout = self._layout
        end = layout.end_of(cue.end - 1, b, Break.STRONG, within=layout.quote_of[cue.first])
        end = layout.end_of_opening(cue, a, end)
        end = next((i for i in range(cue.end + 1, end) if self._begins_clause(i)), end)
        end = layout.find_word(cue.end + 1, end, "outside") or end
        for other in layout.cues:
            if cue.end < other.first < end and layout.is_parted(other.first) and is_report(other):
                return other.first
            if cue.end < other.first < end and begins_new_report(other):
                start = layout.start_of(other.first, cue.end, Break.WEAK)
                return start if cue.end < start and other.first - start <= NEW_CLAUSE_REACH else end
        return end

    def _begins_clause(self, i: int) -> bool:
        layout = self._layout
        joins = "," in layout.gaps[i] and layout.is_word(i, "clause") and layout.quote_of[i] < 0
        return joins and not layout.is_word(i, "that") and not layout.is_word(i + 1, "that")

    def _rejects_claim(self, cue: Cue) -> bool:
        """Whether what is rejected is called a claim."""
        near = range(cue.end, cue.end + REJECTION_REACH)
        return any(other.first in near and other.kind in ("noun", "claim") for other in self._layout.cues)
