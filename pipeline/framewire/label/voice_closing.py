"""Reports that stand behind what they report, or inside it: `..., the ministry said on Monday`, `The road, said Norland, is open`."""

from framewire.label.voice_cues import Cue
from framewire.label.voice_layout import Break, Layout, Scope
from framewire.label.voice_speakers import Speakers

# Between a comma and a closing report (`..., the ministry in the capital said`), and between that report and its end.
# Source: the sentence tables of tests/voice_cases.py and grouped cross-validation on the training passages.
SUBJECT_WORDS = 9
ADJUNCT_WORDS = 8
# Behind a quotation the speaker may be told of at length: `“...,” says a young man who left his village in spring`.
SPEECH_ADJUNCT_WORDS = 25


class Closings:
    """The closing reports of one text."""

    def __init__(self, layout: Layout, speakers: Speakers) -> None:
        self._layout = layout
        self._speakers = speakers

    def find(self, cue: Cue, a: int, b: int) -> list[Scope] | None:
        """What stands before and behind a closing report of the sentence [a, b); None if it is no such report."""
        closes_at = self._find_end(cue, a, b)
        if closes_at is None or not self._closes(cue, a, closes_at):
            return None
        layout, speaker = self._layout, self._speaker_of(cue, a, closes_at)
        said = layout.clause_start(cue, a)
        end = layout.end_of(cue.end - 1, b, Break.OWN)
        goes_on = closes_at < end and layout.words.texts[closes_at].endswith("ing")
        is_last = end - cue.end <= ADJUNCT_WORDS or goes_on or layout.closes_quote(said)
        start = layout.start_of(said, a, Break.OWN if is_last else Break.WEAK)
        opens = self._start_behind(cue, a, closes_at, end)
        ends = layout.end_of(cue.end - 1, end, Break.STRONG)
        behind = [Scope(opens, ends, speaker)] if opens < ends else []
        return [Scope(start, said, speaker), *behind]

    def _speaker_of(self, cue: Cue, a: int, closes_at: int) -> str | None:
        """Who speaks: named in the reporting clause itself, or a pronoun there; an actor of what is reported does not."""
        layout, speakers = self._layout, self._speakers
        said = layout.clause_start(cue, a)
        has_own_subject = not layout.is_bare(said, cue.first)
        is_told = self._tells(cue) and layout.is_word(cue.first - 1, "be")
        if layout.rules.is_verb_final or is_told or layout.is_word(cue.end, "by"):
            return speakers.speaker_of(cue, a, closes_at)
        if has_own_subject:
            return speakers.named(said, cue.first, last=True) or speakers.meant(said, cue.first)
        return speakers.named(cue.end, closes_at) or speakers.meant(cue.end, closes_at)

    def _find_end(self, cue: Cue, a: int, b: int) -> int | None:
        """Where the reporting clause itself ends; None where it cannot close anything."""
        layout = self._layout
        start = layout.clause_start(cue, a)
        if start <= a or cue.first - start > SUBJECT_WORDS:
            return None
        if layout.is_word(start, "relative") or (layout.is_word(start, "joins") and not layout.is_word(start, "as")):
            return None
        is_participle = layout.words.texts[cue.end - 1].endswith("ing")
        if is_participle or (layout.is_passive(cue) and not self._tells(cue)):
            return None
        reach = SPEECH_ADJUNCT_WORDS if layout.ends_speech(start) else ADJUNCT_WORDS
        limit = min(cue.end + reach + 1, b)
        end: int | None = layout.parted.first(cue.end, limit)
        if end == limit:
            end = b if b - cue.end <= reach else None
        if end is None or (
            end < b and (":" in layout.gaps[end] or (layout.opens_quote(end) and not layout.ends_speech(start)))
        ):
            return None
        return None if layout.is_word(end, "that") or self._has_content(cue.end, end) else end

    def _closes(self, cue: Cue, a: int, end: int) -> bool:
        """Whether a clause of saying that ends here is a closing one: behind a quotation, inverted, or with nothing said in it."""
        layout = self._layout
        start = layout.clause_start(cue, a)
        if layout.ends_speech(start):
            return True
        has_adjunct = layout.is_word(cue.end, "adjunct")
        if layout.is_bare(start, cue.first):
            has_subject_behind = not has_adjunct or self._speakers.is_named(cue.end, end)
            return has_subject_behind and (layout.is_inverted(cue, a) or layout.is_name(cue.end, end))
        return end == cue.end or has_adjunct or self._tells(cue)

    def _start_behind(self, cue: Cue, a: int, closes_at: int, end: int) -> int:
        """Where what is said goes on: behind what only says more of the speaker or the day (`says Ana Bel, an adviser, ...`)."""
        layout = self._layout
        is_told_of = layout.is_word(closes_at, "determiner") or layout.is_word(closes_at, "relative")
        if not is_told_of or not (layout.is_inverted(cue, a) or layout.is_word(cue.end, "adjunct")):
            return closes_at
        behind = layout.parted.first(closes_at + 1, end)
        return closes_at if self._has_content(closes_at, behind) else behind

    def _tells(self, cue: Cue) -> bool:
        """Whether who is told may follow the verb, or be its subject in the passive: `experts warned the commission`."""
        return cue.kind == "tell" or self._layout.is_word(cue.end - 1, "addressed")

    def _has_content(self, a: int, b: int) -> bool:
        """Whether the words [a, b) hold a clause of their own, and not only a subject, a day or one who is told."""
        layout = self._layout
        until = layout.find_word(a, b, "relative") or b
        if layout.find_word(a, until, "that") is not None:
            return True
        return any(
            layout.is_word(i, "be") or layout.is_word(i, "aux") or layout.is_word(i, "finite") for i in range(a, until)
        )
