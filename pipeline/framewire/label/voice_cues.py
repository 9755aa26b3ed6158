"""The words of a text by which it reports, doubts, denies and names a speaker: found once, in one pass over its words."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
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
    """What the rules know of a word: the phrases that may begin with it, longest first, the lists that it stands in, and
    whether one of these says that it may open a clause."""

    phrases: tuple[_Phrase, ...]
    lists: frozenset[str]
    may_open: bool


class Candidates(NamedTuple):
    """The phrases that may begin with two words: those that only look like a cue, and the others, longest first.

    `lasts`: one of these words ends each of them, at the latest so many words on as `reach`; empty where that is not known.
    """

    undo: tuple[_Phrase, ...]
    others: tuple[_Phrase, ...]
    lasts: frozenset[str]
    reach: int

    def may_stand(self, texts: Sequence[str], i: int) -> bool:
        """False if none of them stands at a place: a quick look."""
        return not self.lasts or not self.lasts.isdisjoint(texts[i + 2 : i + self.reach])


@dataclass(frozen=True, eq=False)
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
        texts, starting = [*words.texts, ""], self._starting
        starts = [
            (i, found.undo, found.others)
            for i, known in enumerate(facts)
            if known.phrases and (found := starting[texts[i], texts[i + 1]]) and found.may_stand(texts, i)
        ]
        taken = [False] * len(words)
        cues: list[Cue] = []
        for first in (True, False):
            for i, undo, others in starts:
                for kind, parts in undo if first else others:
                    if _stands(parts, i, words, taken):
                        cues.append(Cue(kind, i, i + len(parts)))
                        taken[i : i + len(parts)] = [True] * len(parts)
                        break
        return sorted(cues, key=_FIRST)

    def know(self, words: Words) -> list[WordFacts]:
        """What is known of each word."""
        return list(map(self._facts.__getitem__, words.texts))

    @cached_property
    def _facts(self) -> "_Facts":
        return _Facts(self)

    @cached_property
    def _starting(self) -> "_Starting":
        return _Starting(self._facts)


_FIRST = itemgetter(1)
_NO_LISTS: frozenset[str] = frozenset()
_OPENING = frozenset(("border", "clause"))
# How many words, and pairs of words, are kept with what is known of them. Source: memory, some 100 bytes each.
_MAX_WORDS = 50_000


class _Facts(dict[str, WordFacts]):
    """What the rules know of each word, found once a word; most words begin no phrase."""

    def __init__(self, rules: VoiceRules) -> None:
        super().__init__()
        self._rules = rules

    def __missing__(self, text: str) -> WordFacts:
        rules = self._rules
        found = (*rules.exact.get(text, ()), *rules.stems.get(text[:_STEM], ()))
        phrases = sorted((phrase for phrase in found if _fits(phrase[1][0], text)), key=lambda phrase: -len(phrase[1]))
        if len(self) >= _MAX_WORDS:
            self.clear()
        lists = rules.lists.get(text, _NO_LISTS)
        known = self[text] = WordFacts(tuple(phrases), lists, not _OPENING.isdisjoint(lists))
        return known


class _Starting(dict[tuple[str, str], Candidates | None]):
    """The phrases that may begin with a word and go on with the one behind it; None if there are none."""

    def __init__(self, facts: _Facts) -> None:
        super().__init__()
        self._facts = facts

    def __missing__(self, pair: tuple[str, str]) -> Candidates | None:
        text, behind = pair
        phrases = self._facts[text].phrases
        found = [(kind, parts) for kind, parts in phrases if len(parts) == 1 or _fits(parts[1], behind)]
        if len(self) >= _MAX_WORDS:
            self.clear()
        known = self[pair] = _as_candidates(found) if found else None
        return known


def _as_candidates(phrases: Sequence[_Phrase]) -> Candidates:
    undo, others = (tuple(phrase for phrase in phrases if (phrase[0] == "undo") is wanted) for wanted in (True, False))
    lasts = frozenset(parts[-1] for _, parts in phrases)
    is_known = all(len(parts) > 2 for _, parts in phrases) and not any("*" in last for last in lasts)
    return Candidates(undo, others, lasts if is_known else frozenset(), max(len(parts) for _, parts in phrases))


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
    """Whether a phrase that fits the first two words stands here: its words are not taken, and nothing between parts them."""
    end = i + len(parts)
    # The last word tells most of those apart that begin alike.
    if end > len(taken) or not _fits(parts[-1], words.texts[end - 1]) or True in taken[i:end]:
        return False
    if not all(map(_fits, parts[2:-1], words.texts[i + 2 :])):
        return False
    return all(gap == " " or _WITHIN_PHRASE.fullmatch(gap) for gap in words.gaps[i + 1 : end])


def _fits(part: str, word: str) -> bool:
    if part.endswith("*"):
        return word.startswith(part[:-1])
    return word == part or (part.startswith("*") and word.endswith(part[1:]))
