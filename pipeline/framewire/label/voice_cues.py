"""The words of a text by which it reports, doubts, denies and names a speaker: found once, in one pass over its words."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from itertools import product
from operator import itemgetter
from typing import NamedTuple

from framewire.label.voice_words import Words
from framewire.text import normalise
from framewire.yamlfile import read_yaml

# What may stand between the words of a phrase: "so-called", "d'après", "т.н."; a comma or a full stop parts them.
_WITHIN_PHRASE = re.compile(r"[ \u00a0\t]?['’ʼ.\-‐‑]?[ \u00a0\t]?")


# A kind and the words of its phrase.
_Phrase = tuple[str, tuple[str, ...]]


class Cue(NamedTuple):
    """A phrase of a kind, as a span of words."""

    kind: str
    first: int
    end: int


class WordFacts(NamedTuple):
    """What the rules know of a word: the phrases that may begin with it, longest first, and the lists that it stands in."""

    phrases: tuple[_Phrase, ...]
    lists: frozenset[str]


@dataclass(frozen=True, slots=True, eq=False)
class VoiceRules:
    """The phrases of one language by their first word or its first letters, longest first, and its lists of single words."""

    exact: Mapping[str, tuple[_Phrase, ...]]
    stems: Mapping[str, tuple[_Phrase, ...]]
    words: Mapping[str, frozenset[str]]
    lists: Mapping[str, frozenset[str]]
    verb_final: frozenset[str]

    @property
    def is_verb_final(self) -> bool:
        """Whether every report of the language stands behind what it reports."""
        return "say" in self.verb_final

    def find(self, words: Words, facts: Sequence[WordFacts]) -> list[Cue]:
        """The cues in order: what only looks like one first, then at each word the longest phrase; cues do not overlap."""
        behind = [*words.texts[1:], ""]
        starts = [
            (i, found)
            for i, known in enumerate(facts)
            if known.phrases and (found := _find_candidates(self, words.texts[i], behind[i]))
        ]
        taken = [False] * len(words)
        cues: list[Cue] = []
        for which in (_UNDO, _OTHERS):
            for i, candidates in starts:
                fitting = (phrase for phrase in candidates[which] if _stands(phrase[1], i, words, taken))
                if longest := next(fitting, None):
                    kind, parts = longest
                    cues.append(Cue(kind, i, i + len(parts)))
                    taken[i : i + len(parts)] = [True] * len(parts)
        return sorted(cues, key=_FIRST)

    def know(self, words: Words) -> list[WordFacts]:
        """What is known of each word."""
        return [_know(self, text) for text in words.texts]


_FIRST = itemgetter(1)
_NO_LISTS: frozenset[str] = frozenset()
# How many words, and pairs of words, are kept with what is known of them. Source: memory, some 100 bytes each.
_MAX_WORDS = 50_000


# Which of a word's candidates: those that only look like a cue, and the others.
_UNDO, _OTHERS = 0, 1


@lru_cache(maxsize=_MAX_WORDS)
def _know(rules: VoiceRules, text: str) -> WordFacts:
    """What the rules know of a word; most words begin no phrase."""
    found = (*rules.exact.get(text, ()), *rules.stems.get(text[:_STEM], ()))
    phrases = sorted((phrase for phrase in found if _fits(phrase[1][0], text)), key=lambda phrase: -len(phrase[1]))
    return WordFacts(tuple(phrases), rules.lists.get(text, _NO_LISTS))


@lru_cache(maxsize=_MAX_WORDS)
def _find_candidates(rules: VoiceRules, text: str, behind: str) -> tuple[tuple[_Phrase, ...], ...]:
    """The phrases that may begin with a word and go on with the one behind it, by `_UNDO` and `_OTHERS`; empty if there are none."""
    found = [(kind, parts) for kind, parts in _know(rules, text).phrases if len(parts) == 1 or _fits(parts[1], behind)]
    undo, others = (tuple(phrase for phrase in found if (phrase[0] == "undo") is wanted) for wanted in (True, False))
    return (undo, others) if found else ()


@cache
def load_rules(language: str) -> VoiceRules:
    """The rules of a language; English ones for a language that has none."""
    every = _load_file()
    own = every.get(language) or every["en"]
    exact: dict[str, list[_Phrase]] = {}
    stems: dict[str, list[_Phrase]] = {}
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
        {
            word: frozenset(n for n, listed in words.items() if word in listed)
            for word in frozenset().union(*words.values())
        },
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


def _stands(parts: tuple[str, ...], i: int, words: Words, taken: Sequence[bool]) -> bool:
    """Whether the words from the first on are those of a phrase, not taken, with nothing between that parts them."""
    if taken[i] or i + len(parts) > len(words):
        return False
    for k in range(1, len(parts)):
        gap = words.gaps[i + k]
        if taken[i + k] or not (gap == " " or _WITHIN_PHRASE.fullmatch(gap)) or not _fits(parts[k], words.texts[i + k]):
            return False
    return True


def _fits(part: str, word: str) -> bool:
    if part.endswith("*"):
        return word.startswith(part[:-1])
    return word == part or (part.startswith("*") and word.endswith(part[1:]))
