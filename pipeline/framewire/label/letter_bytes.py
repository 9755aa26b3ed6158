"""One byte for each letter of a normalised text: what the automata read."""

import unicodedata
from contextlib import suppress

import numpy as np
from numpy.typing import NDArray

_SPACE = ord(" ")
# Latin letters that look like others and do not decompose. Source: Unicode confusables.txt (UTS 39).
_ALIKE_IN_LATIN = {"ı": "i", "ɑ": "a", "ɡ": "g"}


class LetterBytes:
    """The byte of each letter: itself, or for other scripts one of 128, which a phrase's expression sorts out afterwards."""

    def __init__(self, *, folds_marks: bool) -> None:
        self._folds_marks = folds_marks
        self._latin = bytes(self._byte_of(chr(i)) for i in range(256))
        # 0 = not met yet.
        self._table: NDArray[np.uint8] = np.zeros(0x110000, np.uint8)
        self._bare = _BareLetters()

    def encode(self, text: str) -> bytes:
        """The text's letters as bytes."""
        with suppress(UnicodeEncodeError):
            return text.encode("latin-1").translate(self._latin)
        codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
        letters = self._table.take(codes)
        if not letters.all():
            for code in set(codes[letters == 0].tolist()):
                self._table[code] = self._byte_of(chr(code))
            letters = self._table.take(codes)
        return letters.tobytes()

    def strip_marks(self, text: str) -> str:
        """The text with its letters bare, where the language folds marks."""
        return text.translate(self._bare) if self._folds_marks and not text.isascii() else text

    def _byte_of(self, letter: str) -> int:
        if not (letter.isalnum() or letter == "_"):
            return _SPACE
        letter = _bare_letter(letter) if self._folds_marks else letter
        return ord(letter) if letter.isascii() else 128 + ord(letter) % 128


class _BareLetters(dict[int, str]):
    """Each letter without its marks, worked out when first met."""

    def __missing__(self, code: int) -> str:
        return self.setdefault(code, _bare_letter(chr(code)))


def _bare_letter(letter: str) -> str:
    base = unicodedata.normalize("NFD", letter)[0]
    return base if base.isascii() and base.isalpha() else _ALIKE_IN_LATIN.get(letter, letter)
