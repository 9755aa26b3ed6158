"""What a word sounds like, roughly and in any of three scripts, so that one name is found again in another language."""

import re
from functools import lru_cache
from unicodedata import combining, normalize

# Consonants that languages and their ways of writing names exchange for one another, each class by its first Latin letter:
# Karabakh, Garabagh, Qarabağ, Карабах and Ղարաբաղ are one word. Vowels and half-vowels say too little and are left out.
# Source: the romanisations of the Library of Congress for Russian and Armenian; the alphabets of Turkish and Azerbaijani.
_CLASSES = (
    "bp" "бп" "բպփ",
    "dt" "дт" "դթտ",
    "kghqx" "гкх" "գխկհղք",
    "l" "л" "լ",
    "m" "м" "մ",
    "n" "н" "ն",
    "r" "р" "րռ",
    "szcj" "зсжцчшщ" "զժծձճշչջսց",
    "vfw" "вф" "վֆւև",
)  # fmt: skip
_CLASS_OF = {letter: letters[0] for letters in _CLASSES for letter in letters}
# Two letters, or a letter before another, that are one sound.
_DIGRAPHS = (
    (re.compile("(?<=[szcgkt])h|t(?=[sc])|[dд](?=[jzcж])"), ""),
    (re.compile("ph"), "f"),
    (re.compile("ու"), ""),
)
# In other languages than these a c is a k, but before a light vowel, and in ch.
_SOFT_C = frozenset({"az", "tr"})
_HARD_C = re.compile("c(?![eiyh])")
_RUN = re.compile(r"(.)\1+")


@lru_cache(maxsize=65536)
def sound_of(word: str, *, language: str) -> str:
    """The consonants of a word by their classes, one letter a class; '' for a script that is not known here.

    Words that sound alike have the same, and so have some that do not. `language` says how a c is read.
    """
    letters = word.lower().replace("ç", "s")
    letters = "".join(letter for letter in normalize("NFD", letters) if not combining(letter))
    if language not in _SOFT_C:
        letters = _HARD_C.sub("k", letters)
    for digraph, sound in _DIGRAPHS:
        letters = digraph.sub(sound, letters)
    return _RUN.sub(r"\1", "".join(_CLASS_OF.get(letter, "") for letter in letters))
