"""The normal form of a text for matching and for the model, with the way back to the stored text.

Most letters are folded by one look into a table; only letters that change the text's length, and those with marks behind
them, are taken one by one. A span found in the normal form is no span of the original then: case folding and compatibility
forms change lengths (dotted capital I, the Armenian ligature U+0587, an ellipsis), so every letter keeps where it comes from.
"""

import html
import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from html.entities import html5
from operator import itemgetter
from typing import Any, AnyStr

import numpy as np
from numpy.typing import NDArray

from framewire.text.lookalikes import find_disguised, own_script

# Armenian puts its question, emphasis and exclamation marks inside the word. Source: Unicode chapter 7.6; ecosystem anchors, section 3.
_ARMENIAN_MARKS = "\u055b\u055c\u055e"
# Letters that show nothing. Source: Unicode's Default_Ignorable_Code_Point, but for those of category Cf; and blank Braille.
_BLANKS = frozenset("\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0")
_SINGLE_QUOTES = "\u2018\u2019\u201a\u201b\u02bc\u2032\u055a\uff07`\u00b4\u275b\u275c"
_DOUBLE_QUOTES = "\u201c\u201d\u201e\u201f\u2033\uff02\u00ab\u00bb\u275d\u275e\u301d\u301e\u301f"
_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u058a\ufe58\ufe63\uff0d\u2043"
_SINGLES = str.maketrans(
    dict.fromkeys(_SINGLE_QUOTES, "'")
    | dict.fromkeys(_DOUBLE_QUOTES, '"')
    | dict.fromkeys(_DASHES, "-")
    | dict.fromkeys("\t\u00a0", " ")
)
_TURKIC = str.maketrans({"I": "ı", "İ": "i"})
_RUSSIAN = str.maketrans({"ё": "е"})
# The combining blocks of our scripts. A base letter and the marks behind it are one cluster.
_MARKS = r"\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u20d0-\u20ff\ufe20-\ufe2f"
_IS_MARK = re.compile(f"[{_MARKS}]")
_MARKS_BEHIND = re.compile(f"[{_MARKS}]*")
_RUN_OF_SPACES = re.compile("  +")
_BEFORE_LINE_END, _AFTER_LINE_END = re.compile(" \n"), re.compile("\n ")
# Right-to-left override: what is stored backwards is read forwards. A stray mark inside a word is only dropped.
_OVERRIDE = re.compile("(?<!\\w)\u202e([^\u202c\n]*)\u202c?")
_ENTITY = re.compile(r"&(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z][a-z0-9]{1,31});")
# Below this no letter is of a script that has look-alikes of Latin letters.
_FIRST_FOREIGN = 0x370
_SPACE = ord(" ")
# Stands where a letter was not folded yet; no normal form has it.
_RARE = 0x7F
# A text with more rare letters than one in so many is no Latin-1. Source: of the sample press's letters one in 7 in
# Azerbaijani, one in 14 in Turkish, one in 15,000 in French.
_LETTERS_A_RARE_ONE = 50

_START = itemgetter(0)
# (start, end, what stands there instead), in the text before.
_Edit = tuple[int, int, str]
# (start, end) in the normal form, (start, end) in the original: where lengths differ. Letters after it follow its end.
_Seam = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class NormalisedText:
    """A normal form. Letters come from those at the same place of the original, but for the seams, where lengths changed.

    `mixed_words` are the spans, in the normal form, of words that mixed scripts by letters that look alike.
    """

    text: str
    seams: tuple[_Seam, ...] = ()
    mixed_words: tuple[tuple[int, int], ...] = ()

    @property
    def mixed_script_words(self) -> int:
        """How many words mixed scripts."""
        return len(self.mixed_words)

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The span of the original that the normalised span [start, end) comes from; needs start < end."""
        if not self.seams:
            return start, end
        return _source(self.seams, start)[0], _source(self.seams, end - 1)[1]

    def slice(self, start: int, end: int) -> tuple["NormalisedText", int]:
        """The normal form of the part [start, end) of the original, and where it begins in this one."""
        a, b = start, end
        seams: list[_Seam] = []
        if self.seams:
            a, b = (bisect_left(range(len(self.text)), place, key=self._start_of) for place in (start, end))
            first = self._start_of(a) - start if a < len(self.text) else 0
            seams = [(0, 0, 0, first)]
            seams += [
                (max(x, a) - a, min(y, b) - a, p - start, q - start) for x, y, p, q in self.seams if x < b and y > a
            ]
        mixed = tuple((x - a, y - a) for x, y in self.mixed_words if a <= x and y <= b)
        return NormalisedText(self.text[a:b], tuple(seams), mixed), a

    def _start_of(self, place: int) -> int:
        return _source(self.seams, place)[0]


def normalise(text: str, *, language: str = "en") -> NormalisedText:
    """The normal form: lower case by the language's rules, NFKC, one space, plain quotes and dashes, no invisible marks.

    Words that hide behind look-alikes of another script are in one script; entities are decoded. Applied twice it changes
    nothing more. Line ends are kept.
    """
    letters = _letters_of(language if language in ("tr", "az", "ru", "hy") else "")
    draft = _Draft(text)
    if "\u202e" in text:
        draft.replace([(m.start(), m.end(), m.group(1)[::-1]) for m in _OVERRIDE.finditer(text)])
    letters.fold(draft)
    while "&" in draft.text and (edits := _find_entities(draft.text)):
        draft.replace(edits)
        letters.fold(draft)
    if draft.has_spare_spaces:
        draft.drop_spare_spaces()
    return draft.finish(language)


class _Letters:
    """How the letters of one language fold; each is worked out when it is first met."""

    def __init__(self, language: str) -> None:
        self._language = language
        # The normal form of each letter that keeps its length; 0 = look closer.
        self._table: NDArray[np.uint32] = np.zeros(0x110000, np.uint32)
        self._pieces: dict[str, str] = {}
        # The same in a byte, where the form is of Latin-1: of ASCII, and of all letters of the basic plane.
        forms = [self._fold_cluster(chr(i)) for i in range(128)]
        self._ascii = bytes(ord(form) if len(form) == 1 and form.isascii() else _RARE for form in forms) + bytes(128)
        self._latin: NDArray[np.uint8] = np.full(0x10000, _RARE, np.uint8)
        self._takes_latin = own_script(language or "en") == "Latin"

    def fold(self, draft: "_Draft") -> None:
        """Folds every letter of the draft."""
        if not (self._takes_latin and self._fold_latin(draft)):
            self._fold_any(draft)

    def _fold_latin(self, draft: "_Draft") -> bool:
        """Folds a draft nearly all in Latin-1, which is quicker. False, and nothing done, if it is not or has letters never met."""
        text = draft.text
        if text.isascii():
            plain = text.encode("ascii").translate(self._ascii)
        else:
            codes = np.frombuffer(text.encode("utf-16-le", "surrogatepass"), np.uint16)
            if len(codes) > len(text):
                return False
            plain = self._latin.take(codes).tobytes()
        if plain.count(_RARE) * _LETTERS_A_RARE_ONE > len(plain):
            return False
        rare = list_places(bytes([_RARE]), plain)
        if not {text[place] for place in rare} <= self._pieces.keys():
            return False
        draft.text = plain.decode("latin-1")
        draft.has_spare_spaces |= _has_spare_spaces(draft.text, np.frombuffer(plain, np.uint8))
        if rare:
            self._put_letters(draft, text, rare)
            self._replace_rare(draft, text, [place for place in rare if len(self._pieces[text[place]]) != 1])
        return True

    def _put_letters(self, draft: "_Draft", text: str, places: list[int]) -> None:
        """Puts the forms of letters into a folded draft that keep the length; `text` is what it was before."""
        pieces, done = [], 0
        for place in places:
            letter = self._pieces[text[place]]
            if len(letter) == 1:
                draft.is_plain_latin &= ord(letter) < _FIRST_FOREIGN
                pieces += [draft.text[done:place], letter]
                done = place + 1
        draft.text = "".join([*pieces, draft.text[done:]])

    def _fold_any(self, draft: "_Draft") -> None:
        """Folds a draft of any script; learns the letters never met."""
        text = draft.text
        codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
        folded = self._table.take(codes)
        rare = np.flatnonzero(folded == 0).tolist()
        if rare and self._learn({text[i] for i in rare}):
            folded = self._table.take(codes)
            rare = np.flatnonzero(folded == 0).tolist()
        draft.is_plain_latin &= self._takes_latin and bool(folded.max(initial=0) < _FIRST_FOREIGN)
        folded[rare] = _RARE
        draft.text = folded.tobytes().decode("utf-32-le", "surrogatepass")
        draft.has_spare_spaces |= _has_spare_spaces(draft.text, folded)
        self._replace_rare(draft, text, rare)

    def _replace_rare(self, draft: "_Draft", text: str, places: list[int]) -> None:
        """Puts the forms of letters into a folded draft that change the length; `text` is what it was before."""
        if places:
            edits = self._find_edits(text, places)
            draft.is_plain_latin &= all(piece.isascii() for _, _, piece in edits)
            draft.has_spare_spaces |= any(not piece or " " in piece for _, _, piece in edits)
            draft.replace(edits)

    def _learn(self, letters: set[str]) -> bool:
        """Works letters out; true if one was new."""
        new = letters - self._pieces.keys()
        for letter in new:
            piece = self._pieces[letter] = self._fold_cluster(letter)
            if len(piece) == 1:
                self._table[ord(letter)] = ord(piece)
                if ord(letter) < len(self._latin) and ord(piece) < 256:
                    self._latin[ord(letter)] = ord(piece)
        return bool(new)

    def _find_edits(self, text: str, places: list[int]) -> list[_Edit]:
        """What replaces each cluster around these places, by start."""
        edits: list[_Edit] = []
        done = 0
        for place in places:
            if place < done:
                continue
            start = place
            if place > done and _IS_MARK.match(text, place) and not text[place - 1].isspace():
                start -= 1
            done = _MARKS_BEHIND.match(text, place + 1).end()  # type: ignore[union-attr]
            cluster = text[start:done]
            piece = self._pieces.get(cluster)
            if piece is None:
                piece = self._fold_cluster(cluster)
                if len(cluster) == 1:
                    self._pieces[cluster] = piece
            edits.append((start, done, piece))
        return edits

    def _fold_cluster(self, cluster: str) -> str:
        if cluster in ("\n", "\u2028", "\u2029", "\x85"):
            return "\n"
        # NFKC takes an acute accent that stands for an apostrophe apart, and a double prime into two single ones.
        folded = unicodedata.normalize("NFKC", cluster.translate(_SINGLES))
        if self._language in ("tr", "az"):
            folded = folded.translate(_TURKIC)
        folded = unicodedata.normalize("NFKC", folded.replace("İ", "i").lower()).replace("և", "եւ").translate(_SINGLES)
        if self._language == "ru":
            folded = folded.translate(_RUSSIAN)
        return "".join(" " if letter.isspace() else letter for letter in folded if not _is_invisible(letter))


class _Draft:
    """A text on its way to its normal form."""

    def __init__(self, original: str) -> None:
        self.text = original
        # What the letters tell of themselves, so that nobody looks for look-alikes or spare spaces where there can be none.
        self.is_plain_latin = True
        self.has_spare_spaces = False
        self._original = original
        self._seams: list[_Seam] = []

    def replace(self, edits: list[_Edit]) -> None:
        """Replaces spans of the text by other letters, which come from all of the span. Edits are by start, without overlap."""
        if not edits:
            return
        pieces, done = [], 0
        for a, b, piece in edits:
            pieces += [self.text[done:a], piece]
            done = b
        self.text = "".join([*pieces, self.text[done:]])
        self._seams = list(_join(self._seams, edits))

    def drop_spare_spaces(self) -> None:
        """Runs of spaces become one; beside a line end and at the start they go."""
        self.replace([(m.start(), m.end(), " ") for m in _RUN_OF_SPACES.finditer(self.text)])
        spare = {m.start() for m in _BEFORE_LINE_END.finditer(self.text)}
        spare |= {m.start() + 1 for m in _AFTER_LINE_END.finditer(self.text)}
        spare |= {0} if self.text.startswith(" ") else set()
        self.replace([(place, place + 1, "") for place in sorted(spare)])

    def finish(self, language: str) -> NormalisedText:
        """The normal form, with the words that look-alikes hide in one script."""
        if self.is_plain_latin:
            return NormalisedText(self.text, tuple(self._seams))
        pieces, done, mixed = [], 0, []
        for a, b, plain, is_mixed in find_disguised(self.text, self._source_of, language=language):
            if self.text[a - 1 : a] in ("&", "#") and self.text[b : b + 1] == ";":
                continue  # it would become an entity
            pieces += [self.text[done:a], plain]
            mixed += [(a, b)] if is_mixed else []
            done = b
        return NormalisedText("".join([*pieces, self.text[done:]]), tuple(self._seams), tuple(mixed))

    def _source_of(self, place: int) -> str:
        start, end = _source(self._seams, place)
        return self._original[start:end]


def _source(seams: Sequence[_Seam], place: int) -> tuple[int, int]:
    """The span of the original that the letter at a place of the normal form comes from."""
    i = bisect_right(seams, place, key=_START) - 1
    if i < 0:
        return place, place + 1
    _, end, source_start, source_end = seams[i]
    if place < end:
        return source_start, source_end
    return source_end + place - end, source_end + place - end + 1


def _join(seams: list[_Seam], edits: list[_Edit]) -> Iterator[_Seam]:
    """The seams after some edits more."""
    i, shift = 0, 0
    rest = list(seams)
    for a, b, piece in edits:
        while i < len(rest) and rest[i][1] <= a:
            yield _moved(rest[i], shift)
            i += 1
        if i < len(rest) and rest[i][0] < a:
            yield rest[i][0] + shift, a + shift, *rest[i][2:]
        yield a + shift, a + shift + len(piece), _source(seams, a)[0], _source(seams, b - 1)[1]
        while i < len(rest) and rest[i][0] < b and rest[i][1] <= b:
            i += 1
        if i < len(rest) and rest[i][0] < b:
            rest[i] = (b, *rest[i][1:])
        shift += len(piece) - (b - a)
    for seam in rest[i:]:
        yield _moved(seam, shift)


def _moved(seam: _Seam, by: int) -> _Seam:
    return seam[0] + by, seam[1] + by, seam[2], seam[3]


@cache
def _letters_of(language: str) -> _Letters:
    return _Letters(language)


def list_places(mark: AnyStr, text: AnyStr) -> list[int]:
    """Where a mark stands in a text. Unlike an expression, `find` jumps from one to the next."""
    places = []
    place = text.find(mark)
    while place >= 0:
        places.append(place)
        place = text.find(mark, place + 1)
    return places


def _find_entities(text: str) -> list[_Edit]:
    """Entities that were left undecoded in a folded text; with each of them `&` and `;` get fewer, so this comes to an end."""
    edits = []
    for match in _ENTITY.finditer(text):
        name = match.group()
        if name[1] == "#" or name[1:] in html5:
            edits.append((match.start(), match.end(), html.unescape(name)))
    return edits


def _has_spare_spaces(text: str, codes: NDArray[Any]) -> bool:
    """True if a space stands at the start, beside another one or beside a line end; rarely true for others."""
    # Only line ends are less than a space. The bytes of its number are looked for, which is quicker than comparing numbers.
    return text.startswith(" ") or b" " in np.maximum(codes[1:], codes[:-1]).tobytes()


def _is_invisible(letter: str) -> bool:
    """True for format and control characters, variation selectors, marks without a letter that has them, and those inside Armenian words."""
    if letter in _ARMENIAN_MARKS or letter in _BLANKS or "\ufe00" <= letter <= "\ufe0f" or letter >= "\U000e0000":
        return letter < "\U000f0000"
    if _IS_MARK.match(letter):
        return True
    return unicodedata.category(letter) in ("Cf", "Cc", "Cn") and not letter.isspace()
