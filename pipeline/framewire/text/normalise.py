"""The normal form of a text for matching and for the model, with the way back to the stored text.

Case folding and compatibility forms change a text's length (dotted capital I, the Armenian ligature U+0587, NFD accents), so
a span found in the normal form is no span of the original: every normalised code point keeps the span it comes from.
"""

import re
import unicodedata
from array import array
from dataclasses import dataclass

# Armenian puts its question, emphasis and exclamation marks inside the word. Source: Unicode chapter 7.6; ecosystem anchors, section 3.
_ARMENIAN_MARKS = "\u055b\u055c\u055e"
_SINGLE_QUOTES = "\u2018\u2019\u201a\u201b\u02bc\u2032\u055a\uff07`\u00b4"
_DOUBLE_QUOTES = "\u201c\u201d\u201e\u201f\u2033\uff02\u00ab\u00bb\u275d\u275e"
_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u058a\ufe58\ufe63\uff0d\u2043"
_SINGLES = str.maketrans(
    dict.fromkeys(_SINGLE_QUOTES, "'")
    | dict.fromkeys(_DOUBLE_QUOTES, '"')
    | dict.fromkeys(_DASHES, "-")
    | dict.fromkeys("\t\u00a0", " ")
)
_TURKIC = str.maketrans({"I": "ı", "İ": "i"})
_RUSSIAN = str.maketrans({"ё": "е"})
# Letters that look alike in two scripts, Latin first. Source: Unicode confusables.txt (UTS 39), the common subset.
_LOOK_ALIKES = (
    dict(zip("аеорсухіјѕһԁԛԝ", "aeopcyxijshdqw", strict=True)),  # Cyrillic
    dict(zip("αεορυχινκτ", "aeopyxivkt", strict=True)),  # Greek
    dict(zip("օսոզցյ", "ounqgj", strict=True)),  # Armenian
)
_TO_LATIN = {letter: latin for table in _LOOK_ALIKES for letter, latin in table.items()}
_TO_CYRILLIC = {latin: letter for letter, latin in reversed(_LOOK_ALIKES[0].items())}
_LATIN = "a-z\u00df-\u024f"
_OTHER = "\u0370-\u03ff\u0400-\u04ff\u0561-\u0587"
_MIXED_WORD = re.compile(rf"[\w]*(?:[{_LATIN}][{_OTHER}]|[{_OTHER}][{_LATIN}])[\w]*")
# One base character with the marks that follow it. The ranges are the combining blocks of our scripts.
_MARKS = r"\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u20d0-\u20ff\ufe20-\ufe2f"
_CLUSTER = re.compile(rf"[^\s{_MARKS}][{_MARKS}]*|.", re.DOTALL)
_LONE_MARKS = re.compile(rf"(?:^|(?<=\s))[{_MARKS}]+")
_NEEDS_FOLDING = re.compile("  |\n |[\x00-\x09\x0b-\x1f\x60\x7f]")


@dataclass(frozen=True, slots=True)
class NormalisedText:
    """A normal form. Code point i comes from `original[starts[i]:ends[i]]`."""

    text: str
    starts: "array[int]"
    ends: "array[int]"
    mixed_script_words: int = 0

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The span of the original that the normalised span [start, end) comes from; needs start < end."""
        return self.starts[start], self.ends[end - 1]


def normalise(text: str, *, language: str = "en") -> NormalisedText:
    """The normal form: lower case by the language's rules, NFKC, one space, plain quotes and dashes, no invisible marks.

    Applied twice it changes nothing more. Line ends are kept.
    """
    if text.isascii() and language not in ("tr", "az") and not text.startswith(" ") and not _NEEDS_FOLDING.search(text):
        return NormalisedText(text.lower(), array("l", range(len(text))), array("l", range(1, len(text) + 1)))
    pieces: list[str] = []
    starts, ends = array("l"), array("l")
    last = "\n"
    for a, b, piece in _pieces(text, language):
        for letter in piece:
            if letter == " " and last in " \n":
                if last == " " and ends:
                    ends[-1] = b
                continue
            pieces.append(letter)
            starts.append(a)
            ends.append(b)
            last = letter
    return _unmix("".join(pieces), starts, ends)


def _pieces(text: str, language: str) -> list[tuple[int, int, str]]:
    """(start, end, normalised characters) for each cluster of the text; dropped ones are left out."""
    cache: dict[str, str] = {}
    found = []
    for match in _CLUSTER.finditer(text):
        cluster = match.group()
        piece = cache.get(cluster)
        if piece is None:
            piece = cache[cluster] = _normalise_cluster(cluster, language)
        if piece:
            found.append((match.start(), match.end(), piece))
    return found


def _normalise_cluster(cluster: str, language: str) -> str:
    if cluster in ("\n", "\u2028", "\u2029", "\x85"):
        return "\n"
    folded = unicodedata.normalize("NFKC", cluster)
    if language in ("tr", "az"):
        folded = folded.translate(_TURKIC)
    folded = unicodedata.normalize("NFKC", folded.replace("İ", "i").lower()).replace("և", "եւ").translate(_SINGLES)
    if language == "ru":
        folded = folded.translate(_RUSSIAN)
    kept = [" " if letter.isspace() else letter for letter in folded if not _is_invisible(letter)]
    return _LONE_MARKS.sub("", "".join(kept))


def _is_invisible(letter: str) -> bool:
    """True for format and control characters, variation selectors, and marks that stand inside Armenian words."""
    if letter in _ARMENIAN_MARKS or "\ufe00" <= letter <= "\ufe0f":
        return True
    return unicodedata.category(letter) in ("Cf", "Cc", "Cn") and not letter.isspace()


def _unmix(text: str, starts: "array[int]", ends: "array[int]") -> NormalisedText:
    """Words that mix scripts get the letters of their main script, where the letters look alike."""
    if text.isascii():
        return NormalisedText(text, starts, ends)
    count = 0

    def fold(match: re.Match[str]) -> str:
        nonlocal count
        count += 1
        word = match.group()
        latin = sum(1 for letter in word if letter < "\u0250" and letter.isalpha())
        table = _TO_LATIN if latin * 2 >= len(word) else _TO_CYRILLIC
        return "".join(table.get(letter, letter) for letter in word)

    return NormalisedText(_MIXED_WORD.sub(fold, text), starts, ends, count)
