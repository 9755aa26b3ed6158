"""Who speaks: an actor of the codebook, an office (`foreign ministry`), or both (`norland: foreign ministry`)."""

from framewire.label.voice_cues import Cue
from framewire.label.voice_layout import Break, Layout

# How far from its verb a speaker may stand, and from a noun ("Norland's claims"), in words.
SPEAKER_REACH = 14
NOUN_SPEAKER_REACH = 3
PASSIVE_REACH = 3
# Verbs before which a speaker stands, or behind which: `..., says Norland`.
_INVERTED = ("say", "say_that", "tell", "think", "claim")


class Speakers:
    """The speakers of one text. `last` is who spoke last; a pronoun stands for it."""

    def __init__(self, layout: Layout) -> None:
        self.last: str | None = None
        self._layout = layout
        self._offices = [cue for cue in layout.cues if cue.kind == "office"]

    def speaker_of(self, cue: Cue, a: int, b: int) -> str | None:
        """Who speaks by the verb of a sentence [a, b): named before it, or behind it in an inverted or passive clause."""
        layout = self._layout
        if layout.quote_of[cue.first] >= 0:
            return None
        by = layout.find_word(cue.end, min(cue.end + PASSIVE_REACH, b), "by")
        if by is not None:
            return self.named(by + 1, min(by + SPEAKER_REACH, layout.end_of(by, b, Break.WEAK)))
        if cue.kind in ("charge", "tell") and layout.is_word(cue.first - 1, "be"):
            return None
        if cue.kind in _INVERTED and layout.is_inverted(cue, a):
            behind = self.named(cue.end, min(cue.end + SPEAKER_REACH, b))
            if behind:
                return behind
        near = layout.clause_start(cue, a)
        start = layout.start_of(cue.first, a, Break.STRONG)
        if layout.is_added(cue):
            return self.named(start, cue.first)
        start = max(start, cue.first - SPEAKER_REACH)
        if layout.is_final(cue):
            return self.named(start, cue.first)
        near = max(near, start)
        speaker = self.named(near, cue.first, last=True) or self.meant(near, cue.first)
        subject = near + layout.is_word(near, "joins")
        if speaker or (near > a and layout.is_parted(near) and not layout.is_bare(subject, cue.first)):
            return (
                speaker  # an actor of another clause does not speak: `Despite Norland's failure, many believe that ...`
            )
        return self.named(start, cue.first, last=True)

    def speaker_of_noun(self, cue: Cue, a: int) -> str | None:
        """Whose claim a noun is: "Norland's claims of ...", "an accusation by Norland that ..."."""
        if self._layout.is_word(cue.end, "by"):
            return self.named(cue.end + 1, cue.end + NOUN_SPEAKER_REACH + 1)
        return self.named(max(a, cue.first - NOUN_SPEAKER_REACH), cue.first, last=True)

    def meant(self, a: int, b: int) -> str | None:
        """The last speaker, if a pronoun in [a, b) stands for it."""
        return self.last if self._layout.find_word(a, b, "he") is not None else None

    def named(self, a: int, b: int, *, last: bool = False) -> str | None:
        """The first (or last) actor named in [a, b), with the office where one is named; or the office alone."""
        layout = self._layout
        actors = [
            actor
            for i, _, actor in layout.names
            if a <= i < b and (i == a or not layout.is_word(i - 1, "not_speaker")) and layout.quote_of[i] < 0
        ]
        offices = [cue for cue in self._offices if a <= cue.first < b and layout.quote_of[cue.first] < 0]
        actor = actors[-1 if last else 0] if actors else None
        office = " ".join(layout.words.texts[offices[0].first : offices[0].end]) if offices else None
        return f"{actor}: {office}" if actor and office else actor or office

    def is_named(self, a: int, b: int) -> bool:
        """Whether an actor or an office is named in [a, b)."""
        names = any(a <= i < b for i, _, _ in self._layout.names)
        return names or any(a <= cue.first < b for cue in self._offices)

    def is_somebodys(self, cue: Cue) -> bool:
        """Whether a noun belongs to somebody: "Norland's statement", "their version", "a report by"."""
        layout = self._layout
        named = any(end == cue.first for _, end, _ in layout.names)
        return named or layout.is_word(cue.first - 1, "his") or layout.is_word(cue.end, "noun_by")

    def actors_in(self, a: int, b: int) -> set[str]:
        """The actors named in [a, b)."""
        return {actor for i, _, actor in self._layout.names if a <= i < b}
