"""The words of a text by which it reports, doubts, denies and names a speaker: found once, in one pass over its words."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import product
from typing import NamedTuple

from framewire.text import NormalisedText, normalise
from framewire.yamlfile import read_yaml

_WORD = re.compile(r"\w+")
# What may stand between the words of a phrase: "so-called", "d'après", "т.н."; a comma or a full stop parts them.
_WITHIN_PHRASE = re.compile(r"[ \u00a0\t]?['’ʼ.\-‐‑]?[ \u00a0\t]?")


class Word(NamedTuple):
    """A word's normal form and its span in the text as it is stored."""

    text: str
    start: int
    end: int


class Cue(NamedTuple):
    """A phrase of a kind, as a span of words."""

    kind: str
    first: int
    end: int


@dataclass(frozen=True, slots=True)
class VoiceRules:
    """The phrases of one language by their first word or its first letters, longest first, and its lists of single words."""

    exact: Mapping[str, tuple[tuple[str, tuple[str, ...]], ...]]
    stems: Mapping[str, tuple[tuple[str, tuple[str, ...]], ...]]
    words: Mapping[str, frozenset[str]]
    verb_final: frozenset[str]

    @property
    def is_verb_final(self) -> bool:
        """Whether every report of the language stands behind what it reports."""
        return "say" in self.verb_final

    def find(self, words: Sequence[Word], gaps: Sequence[str]) -> list[Cue]:
        """The cues in order: what only looks like one first, then at each word the longest phrase; cues do not overlap."""
        undone = list(self._find(words, gaps, undo=True, taken=[False] * len(words)))
        taken = [False] * len(words)
        for cue in undone:
            taken[cue.first : cue.end] = [True] * (cue.end - cue.first)
        return sorted([*undone, *self._find(words, gaps, undo=False, taken=taken)], key=lambda cue: cue.first)

    def _find(self, words: Sequence[Word], gaps: Sequence[str], *, undo: bool, taken: Sequence[bool]) -> Iterator[Cue]:
        i = 0
        while i < len(words):
            length, found = 1, None
            for kind, parts in () if taken[i] else self._candidates(words[i].text):
                is_longer = found is None or len(parts) > length
                is_free = not any(taken[i : i + len(parts)])
                if (kind == "undo") is undo and is_longer and is_free and _stands(parts, i, words, gaps):
                    length, found = len(parts), kind
            if found:
                yield Cue(found, i, i + length)
            i += length

    def _candidates(self, text: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
        return (*self.exact.get(text, ()), *self.stems.get(text[:_STEM], ()))


def find_words(normal: NormalisedText) -> list[Word]:
    """The words of a text in order."""
    return [Word(m.group(), *normal.span(*m.span())) for m in _WORD.finditer(normal.text)]


def find_gaps(text: str, words: Sequence[Word]) -> list[str]:
    """What stands before each word and, last, behind all."""
    ends = [0, *(word.end for word in words)]
    starts = [*(word.start for word in words), len(text)]
    return [text[a:b] for a, b in zip(ends, starts, strict=True)]


def word_at(words: Sequence[Word], start: int) -> int:
    """The index of the word that holds a place of the text, or of the next one."""
    i = max(bisect_right(words, start, key=lambda word: word.start) - 1, 0)
    return i if i < len(words) and start < words[i].end else bisect_left(words, start, key=lambda word: word.start)


@cache
def load_rules(language: str) -> VoiceRules:
    """The rules of a language; English ones for a language that has none."""
    every = _load_file()
    own = every.get(language) or every["en"]
    exact: dict[str, list[tuple[str, tuple[str, ...]]]] = {}
    stems: dict[str, list[tuple[str, tuple[str, ...]]]] = {}
    for kind, phrases in own["phrases"].items():
        for parts in (parts for phrase in phrases for parts in _expand(str(phrase), language)):
            first = parts[0]
            table, key = (stems, first[:_STEM]) if first.endswith("*") else (exact, first)
            table.setdefault(key, []).append((kind, parts))
    words = {
        name: frozenset(normalise(str(word), language=language).text for word in listed)
        for name, listed in own["words"].items()
    }
    return VoiceRules(
        {key: tuple(found) for key, found in exact.items()},
        {key: tuple(found) for key, found in stems.items()},
        words,
        frozenset(own.get("verb_final", ())),
    )


# So many letters of a stem are looked up; no stem of the rules is shorter.
_STEM = 2


@cache
def _load_file() -> dict[str, dict[str, dict[str, list[str]]]]:
    text = files("framewire.label").joinpath("voice.yaml").read_text(encoding="utf-8")
    return dict(read_yaml(text, name="voice.yaml"))


def _expand(phrase: str, language: str) -> Iterator[tuple[str, ...]]:
    """The phrases that one with alternatives (`was|were no`) stands for, each a tuple of words."""
    for choice in product(*(part.split("|") for part in phrase.split())):
        folded = normalise(" ".join(choice), language=language).text
        yield tuple(re.findall(r"\w+\*?|\*\w*", folded))


def _stands(parts: tuple[str, ...], i: int, words: Sequence[Word], gaps: Sequence[str]) -> bool:
    if i + len(parts) > len(words):
        return False
    return all(_fits(part, words[i + k].text) for k, part in enumerate(parts)) and all(
        _WITHIN_PHRASE.fullmatch(gaps[i + k]) for k in range(1, len(parts))
    )


def _fits(part: str, word: str) -> bool:
    if part.endswith("*"):
        return word.startswith(part[:-1])
    return word == part or (part.startswith("*") and word.endswith(part[1:]))
