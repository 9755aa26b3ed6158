"""A text laid out for reading its voice: words, sentences, quotations, names, cues, and where clauses end."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from enum import IntEnum
from functools import lru_cache
from typing import NamedTuple

from framewire.label.quotes import find_quotes
from framewire.label.voice_cues import Cue, load_rules
from framewire.label.voice_words import find_words
from framewire.text import NormalisedText, find_sentences

Names = Sequence[tuple[int, int, str]]
_COMMAS = (",", ":", "՝", "(", ")", " – ", "—", " - ")
_PARTING = (",", ";", ":", "՝", " – ", "—", " - ")
_DASHES = (" – ", "—", " - ")
# Before or behind its closing mark a quotation that is somebody's speech has one of these: `“It is late,” he said`.
_SPEECH_END = re.compile(r"[,.!?…։:–—-]")
# A quotation of at most so many words with no report around it is distance, not a report.
# Source: our own reading of the training passages; longer ones are mostly somebody's words.
SCARE_QUOTE_WORDS = 4
# A name in apposition has at most so many words. Source: the sentence tables of tests/voice_press_cases.py.
NAME_WORDS = 6
# Shorter words are small in a headline in capitals too ("of", "and").
LONG_WORD = 3


class Break(IntEnum):
    """How strongly a clause ends before a word: not; a comma or conjunction; a semicolon; a clause of the outlet's own begins."""

    NONE = 0
    WEAK = 1
    STRONG = 2
    OWN = 3


class Scope(NamedTuple):
    """Words [start, end) that a cue puts into somebody's mouth, or denies; the speaker where the text names one."""

    start: int
    end: int
    speaker: str | None


class Places:
    """Some of a text's words, by their indexes in order."""

    def __init__(self, places: Sequence[int]) -> None:
        self._places = places

    def first(self, start: int, end: int) -> int:
        """The first one in [start, end); else `end`."""
        i = bisect_left(self._places, start)
        return self._places[i] if i < len(self._places) and self._places[i] < end else end

    def last(self, start: int, end: int) -> int:
        """The last one in (start, end]; else `start`."""
        i = bisect_right(self._places, end) - 1
        return max(self._places[i], start) if i >= 0 else start

    def is_any_in(self, start: int, end: int) -> bool:
        """Whether one of them is in [start, end)."""
        return self.first(start, end) < end


class Layout:
    """One text; every list is by word, every place is a word's index."""

    def __init__(self, original: str, normal: NormalisedText, names: Names, language: str) -> None:
        self.original = original
        self.rules = load_rules(language)
        self.words = words = find_words(original, normal)
        self.gaps = words.gaps
        facts = self.rules.know(words)
        self._lists = [known.lists for known in facts]
        self._n_words = len(facts)
        # The words before which more stands than a space.
        self._marked = [i for i, gap in enumerate(words.gaps[:-1]) if gap != " "]
        self.quotes = [span for a, b in find_quotes(original) if (span := words.span(a, b))[0] < span[1]]
        self.quote_of = [-1] * len(words)
        for number, (a, b) in enumerate(self.quotes):
            self.quote_of[a:b] = [number] * (b - a)
        self.sentences = self._find_sentences(original, language)
        self.sentence_starts = {a for a, _ in self.sentences}
        self.names = [(*words.span(a, b), actor) for a, b, actor in names]
        self.inserted = self._find_inserted() if "[" in original else frozenset[int]()
        # The words that a comma, colon or dash stands before; and those that may begin a clause.
        parted = [i for i in self._marked if _parts(words.gaps[i])]
        self.parted = Places(parted)
        self._parted = frozenset(parted)
        self._clause_starts = self._find_clause_starts()
        self._breaks = self._find_breaks([i for i, known in enumerate(facts) if known.may_open])
        self._open_breaks = self._find_open_breaks()
        self.cues = [cue for cue in self.rules.find(words, facts) if not self._is_in_title(cue)]

    def is_word(self, i: int, name: str) -> bool:
        """Whether the word at a place, if there is one, stands in a list of the language."""
        return 0 <= i < self._n_words and name in self._lists[i]

    def marks_in(self, start: int, end: int) -> list[int]:
        """The words in [start, end) before which more stands than a space."""
        return self._marked[bisect_left(self._marked, start) : bisect_left(self._marked, end)]

    def find_word(self, start: int, end: int, name: str) -> int | None:
        """The first word of a list in [start, end)."""
        for i, lists in enumerate(self._lists[max(start, 0) : max(end, 0)], max(start, 0)):
            if name in lists:
                return i
        return None

    def end_of(self, start: int, limit: int, strength: Break, *, within: int = -1) -> int:
        """Where a scope from a word on ends: at a break that does not lie inside a further quotation, at the latest at `limit`.

        `within` is the quotation that the scope stands in; its end ends the scope too.
        """
        if within < 0:
            return self._open_breaks[strength].first(start + 1, limit)
        for i in range(start + 1, limit):
            if self.quote_of[i] != within or self._breaks.get(i, Break.NONE) >= strength:
                return i
        return limit

    def start_of(self, end: int, limit: int, strength: Break) -> int:
        """Where a scope that ends before a word began, at the earliest at `limit`."""
        return self._open_breaks[strength].last(limit, end - 1)

    def clause_start(self, cue: Cue, a: int) -> int:
        """The first word of the clause that a cue stands in, after the last comma, dash or quotation's end; at the earliest `a`."""
        return self._clause_starts.last(a, cue.first)

    def end_of_opening(self, cue: Cue, a: int, b: int) -> int:
        """Where a subordinate clause ends that opens the sentence and holds a cue: `Although Norland said so, ...`; else `b`."""
        opens = self.is_word(a, "subordinate") or (self.is_word(a, "joins") and self.is_word(a + 1, "subordinate"))
        if not opens or self.parted.is_any_in(a + 1, cue.first + 1):
            return b
        parted = (i for i in range(cue.end, b) if self.is_parted(i) and not self.is_word(i, "that"))
        return next((i for i in parted if self.quote_of[i] < 0 or self.quote_of[i] != self.quote_of[i - 1]), b)

    def is_inverted(self, cue: Cue, a: int) -> bool:
        """Whether a verb opens its clause and its subject follows: `..., says Norland`; behind an apposition it does not."""
        start = self.clause_start(cue, a)
        if start <= a or self.words.texts[cue.end - 1].endswith("ing"):
            return False
        return self.is_bare(start, cue.first) and not self._is_behind_apposition(start, a)

    def is_bare(self, a: int, b: int) -> bool:
        """Whether the words [a, b) before a verb hold no subject: none, or auxiliaries and adverbs."""
        return all(self.is_word(i, "aux") or self.is_word(i, "adverb") for i in range(a, b))

    def is_added(self, cue: Cue) -> bool:
        """Whether a participle adds a report to what the sentence's subject did: `Norland denies it, saying ...`."""
        return self.words.texts[cue.end - 1].endswith("ing") and self.is_parted(cue.first)

    def is_passive(self, cue: Cue) -> bool:
        """Whether an ambiguous verb stands behind a form of "be": "was admitted", "was once promised"."""
        return cue.kind == "say_that" and any(self.is_word(i, "be") for i in (cue.first - 1, cue.first - 2))

    def is_name(self, a: int, b: int) -> bool:
        """Whether the words [a, b) may be one person's or body's name: few, and in capitals."""
        return 0 < b - a <= NAME_WORDS and all(self._is_capital(i) for i in range(a, b))

    def is_parted(self, i: int) -> bool:
        """Whether a comma, colon or dash stands before a word."""
        return i in self._parted

    def is_dashed(self, i: int) -> bool:
        """Whether a dash stands before a word."""
        return i < len(self.words) and any(mark in self.gaps[i] for mark in _DASHES)

    def closes_quote(self, i: int) -> bool:
        """Whether a quotation ends before a word."""
        return i > 0 and self.quote_of[i - 1] >= 0 and self.quote_of[i] != self.quote_of[i - 1]

    def ends_speech(self, i: int) -> bool:
        """Whether a quotation ends before a word that is somebody's speech, not a quoted word or two inside a sentence."""
        if not self.closes_quote(i):
            return False
        a, b = self.quotes[self.quote_of[i - 1]]
        return self.rules.is_verb_final or b - a > SCARE_QUOTE_WORDS or bool(_SPEECH_END.search(self.gaps[i]))

    def opens_quote(self, i: int) -> bool:
        """Whether a quotation begins with a word."""
        return self.quote_of[i] >= 0 and (i == 0 or self.quote_of[i - 1] != self.quote_of[i])

    def is_final(self, cue: Cue) -> bool:
        """Whether what a cue reports stands before it, as its language has it."""
        if cue.kind not in self.rules.verb_final:
            return False
        end = cue.end
        ends = end >= len(self.words) or end in self._breaks or end in self.sentence_starts
        return self.rules.is_verb_final or ends

    def _find_inserted(self) -> frozenset[int]:
        """The words in square brackets inside a quotation: the outlet's own."""
        found, opened = set(), False
        for i, gap in enumerate(self.gaps[:-1]):
            opened = gap.rfind("[") > gap.rfind("]") or (opened and "]" not in gap)
            if opened and self.quote_of[i] >= 0:
                found.add(i)
        return frozenset(found)

    def _find_sentences(self, original: str, language: str) -> list[tuple[int, int]]:
        """Sentences as spans of words; a line's end (a headline's) ends one too."""
        words = self.words
        starts = {0, *(words.at(a) for a, _ in find_sentences(original, language=language))}
        starts |= {i for i in self._marked if "\n" in words.gaps[i]}
        ordered = sorted(start for start in starts if start < len(words))
        if not ordered:
            return []  # a passage without a word
        return list(zip(ordered, [*ordered[1:], len(self.words)], strict=True))

    def _find_breaks(self, opening: Sequence[int]) -> dict[int, Break]:
        """How strongly a clause ends before each word, but for those before which none does; `opening`: those that may open one."""
        found = ((i, self._break_before(i)) for i in sorted({*self._marked, *opening}))
        return {i: strength for i, strength in found if strength}

    def _break_before(self, i: int) -> Break:
        gap = self.gaps[i]
        if i and self.is_word(i, "border"):
            return Break.OWN
        if ";" in gap:
            return Break.STRONG
        if self.is_word(i, "clause") or _has_comma(gap):
            return Break.WEAK
        return Break.NONE

    def _find_clause_starts(self) -> Places:
        if not self.quotes:
            return self.parted
        speech_ends = (b for _, b in self.quotes if b < self._n_words and self.ends_speech(b))
        return Places(sorted(self._parted.union(speech_ends)))

    def _find_open_breaks(self) -> dict[Break, Places]:
        """The words before which a clause ends so strongly, or more, and not inside a quotation."""
        places = list(self._breaks)
        if self.quotes:
            places = [i for i in places if self.quote_of[i] < 0 or self.opens_quote(i)]
        return {
            strength: Places([i for i in places if self._breaks[i] >= strength])
            for strength in (Break.WEAK, Break.STRONG, Break.OWN)
        }

    def _is_behind_apposition(self, start: int, a: int) -> bool:
        """Whether a comma before a verb closes what says more of its subject: `Ana Bel, a farmer, says`, `the mayor, Ana Bel, says`."""
        opens = self.parted.last(a, start - 1)
        if opens == a or self._is_capital(start):
            return False
        first = self.parted.last(a, opens - 1)
        return self.is_word(opens, "relative") or self.is_name(first, opens) or self.is_name(opens, start)

    def _is_capital(self, i: int) -> bool:
        return 0 <= i < len(self.words) and self.original[self.words.starts[i]].isupper()

    def _is_in_title(self, cue: Cue) -> bool:
        """Whether a cue in capitals stands inside a sentence of running text, and so in a title or a name, where it reports nothing."""
        i = cue.first
        if cue.kind == "office" or not self._is_capital(i) or self.gaps[i] != " " or i in self.sentence_starts:
            return False
        a, b = next((a, b) for a, b in self.sentences if a <= i < b)
        long = [k for k in range(a, b) if len(self.words.texts[k]) > LONG_WORD]
        return 2 * sum(map(self._is_capital, long)) < len(long)


# The same few signs stand between most words.
@lru_cache(maxsize=10_000)
def _parts(gap: str) -> bool:
    return any(mark in gap for mark in _PARTING)


@lru_cache(maxsize=10_000)
def _has_comma(gap: str) -> bool:
    return any(mark in gap for mark in _COMMAS)
