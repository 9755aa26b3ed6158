"""What an article's story is told by: its first words, and what of it is the same in every language."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import pandas as pd

from framewire.records import ArticleVersion
from framewire.text import normalise
from framewire.text.sounds import sound_of

# Title and first words. Longer texts of one subject all come to resemble each other (docs/method.md, "Stories").
N_WORDS = 150
# Letters of a word that count: what comes after them is mostly an ending. Source: tests/benchmarks/bench_stories.py, by
# which letters one half of an article finds its other half; Turkic words begin to inflect sooner.
STEM = 5
STEMS: Mapping[str, int] = {"az": 4, "tr": 4}
# A name counts by its first consonants: so many are a name at all, so many are told from an ending.
NAME_SOUNDS = range(3, 6)
_WORD = re.compile(r"\b\w{3,}\b")
_LETTERS = re.compile(r"[^\W\d_]{3,}")
# Digits, with a point, a comma or a space between thousands. One digit alone is mostly written out, and no mark.
_NUMBER = re.compile(r"(?<!\d)(?:\d{1,3}(?:[.,'\u2019 \u00a0\u2009\u202f]\d{3})+|\d{2,})(?!\d)")
_NO_DIGIT = re.compile(r"\D")

Mark = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Opening:
    """The first words of an article in its language, and the (referent, wording) of each mention in it."""

    text: str
    language: str = "en"
    wordings: tuple[tuple[str, str], ...] = ()


def list_openings(versions: Iterable[ArticleVersion], mentions: pd.DataFrame) -> dict[int, Opening]:
    """The openings by article id. `mentions` has `article_id`, `referent` and `wording`, of other articles, too."""
    wordings: dict[int, list[tuple[str, str]]] = {}
    columns = (mentions[name].tolist() for name in ("article_id", "referent", "wording"))
    for article, referent, wording in zip(*columns, strict=True):
        wordings.setdefault(article, []).append((referent, wording))
    return {
        one.article_id: Opening(cut_opening(one.text), one.language, tuple(wordings.get(one.article_id, ())))
        for one in versions
    }


def cut_opening(text: str) -> str:
    """The first words of a text that begins with its title."""
    return " ".join(text.split(maxsplit=N_WORDS)[:N_WORDS])


def list_stems(opening: Opening) -> list[str]:
    """The stems of its words, by which articles in one language are likened."""
    length = STEMS.get(opening.language, STEM)
    return [word[:length] for word in _WORD.findall(normalise(opening.text, language=opening.language).text)]


def list_marks(opening: Opening) -> list[Mark]:
    """What an article in another language has in common with it, if it tells of the same: names, numbers, wordings."""
    return [*_list_names(opening), *_list_numbers(opening.text), *_list_wordings(opening)]


def _list_names(opening: Opening) -> Iterator[Mark]:
    """The sounds of words with a capital. Some only begin a sentence; they are rarely the same in two languages."""
    for word in _LETTERS.findall(opening.text):
        if word[0].isupper():
            sound = sound_of(word, language=opening.language)
            yield from (("name", sound[:length]) for length in NAME_SOUNDS if length <= len(sound))


def _list_numbers(text: str) -> Iterator[Mark]:
    return (("number", _NO_DIGIT.sub("", number)) for number in _NUMBER.findall(text))


def _list_wordings(opening: Opening) -> Iterator[Mark]:
    for referent, wording in opening.wordings:
        yield from (("wording", referent, wording), ("referent", referent))
