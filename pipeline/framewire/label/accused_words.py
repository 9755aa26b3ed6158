"""The words of a passage as the accused side is read from them: a side's name is one word, with its side."""

import re
from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

from framewire.codebook import Codebook
from framewire.label.terms import Annotation

# So many letters of a word stand for its forms: "attacked", "attacks", "attacking".
STEM_LETTERS = 6
WORD = re.compile(r"[\w']+")
_SENTENCE_END = re.compile(r"[.;!?\n](?:\s|$)|\n")


class RoleWord(NamedTuple):
    """A word; a name is one word, with its side. `opens` = a sentence begins here."""

    text: str
    side: str | None
    opens: bool


def find_role_words(annotation: Annotation, side_of: Mapping[str, str | None]) -> list[RoleWord]:
    """The words in order."""
    text = annotation.text.text
    names = {hit.start: hit for hit in annotation.names if hit.kind == "actor" and side_of[hit.key[0]]}
    words: list[RoleWord] = []
    done = 0
    for match in WORD.finditer(text):
        start, end = match.span()
        if start < done:
            continue
        gap = text[done:start]
        opens = not words or (gap != " " and _SENTENCE_END.search(gap) is not None)
        hit = names.get(start)
        done = hit.end if hit else end
        words.append(RoleWord(text[start:done], side_of[hit.key[0]] if hit else None, opens))
    return words


def count_told(annotation: Annotation, codebook: Codebook) -> Counter[str]:
    """What a passage tells whoever is named in it: its words, places, years, third parties, and the codebook's wordings.

    The names of the sides are left out, those of places and third parties are one name each.
    """
    side_of = {actor.id: actor.side for actor in codebook.actors}
    text, found, done = annotation.text.text, list[str](), 0
    for hit in annotation.names:
        found += WORD.findall(text[done : hit.start])
        if not (hit.kind == "actor" and side_of[hit.key[0]]):
            found.append(f"{hit.kind}: {hit.key[0]}")
        done = hit.end
    found += WORD.findall(text[done:])
    found += [f"wording: {'/'.join(hit.key)}" for hit in annotation.wordings]
    return Counter(found)
