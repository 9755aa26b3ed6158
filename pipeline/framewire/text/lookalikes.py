"""Words that hide behind letters of another script that look alike, and what they are in one script.

Source: Unicode confusables.txt (UTS 39), the common subset of Latin, Cyrillic, Greek and Armenian.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping

_LATIN, _CYRILLIC, _GREEK, _ARMENIAN = "Latin", "Cyrillic", "Greek", "Armenian"
# Small letters only: the text has been folded.
_LETTERS = {
    _LATIN: "a-z\u00df-\u02af",
    _CYRILLIC: "\u0430-\u0481\u048a-\u052f",
    _GREEK: "\u0370-\u03ff",
    _ARMENIAN: "\u0561-\u0587",
}
_SCRIPT_OF_LANGUAGE = {"en": _LATIN, "fr": _LATIN, "tr": _LATIN, "az": _LATIN, "ru": _CYRILLIC, "hy": _ARMENIAN}
# The Latin letter that a small letter looks like; then what a capital looks like where the small letters differ.
_SMALL = (
    dict(zip("аеорсухіјѕһԁԛԝӏә", "aeopcyxijshdqwlə", strict=True))
    | dict(zip("αεορυινκτχη", "aeopuivktxn", strict=True))
    | dict(zip("օսոհզցյքա", "ounhqgjfw", strict=True))
)
_CAPITAL = dict(zip("вкмнтβζημνտլ", "bkmhtbzhmnsl", strict=True))
# Cyrillic small letters that are drawn like their capitals count inside a mixed word, whatever their size.
_IN_MIXED_WORDS = _SMALL | dict(zip("вкмнт", "bkmht", strict=True))
# The way back, by small letter, and by capital.
_INTO = {
    _CYRILLIC: dict(zip("aeopcyxk", "аеорсухк", strict=True)),
    _GREEK: dict(zip("aeopuivktxn", "αεορυινκτχη", strict=True)),
    _ARMENIAN: dict(zip("ounhqgjfw", "օսոհզցյքա", strict=True)),
}
_INTO_CAPITAL = {
    _CYRILLIC: dict(zip("bkmht", "вкмнт", strict=True)),
    _GREEK: dict(zip("bzhmn", "βζημν", strict=True)),
    _ARMENIAN: dict(zip("sl", "տլ", strict=True)),
}
_IN_SCRIPT = {script: re.compile(f"[{letters}]") for script, letters in _LETTERS.items()}
_FOREIGN = {
    own: re.compile("[" + "".join(letters for script, letters in _LETTERS.items() if script != own) + "]+")
    for own in _LETTERS
}


def own_script(language: str) -> str | None:
    """The script that a language is written in, None = not known here."""
    return _SCRIPT_OF_LANGUAGE.get(language)


def has_own_script(text: str, language: str) -> bool:
    """False if a text has letters, and none of the script that the language is written in; True where that is not known."""
    script = own_script(language)
    return script is None or bool(_IN_SCRIPT[script].search(text.lower())) or not any(map(str.isalpha, text))


def find_disguised(
    text: str, source_of: Callable[[int], str], *, language: str
) -> Iterator[tuple[int, int, str, bool]]:
    """(start, end, the word in one script, whether it mixed scripts) of each word that look-alikes hide, by start.

    Args:
        text: folded text.
        source_of: what the letter at a position was made from; tells capitals.
        language: of the text. Where its script is not known, only words that mix scripts are found.
    """
    own, done = own_script(language), 0
    for match in _FOREIGN[own or _LATIN].finditer(text):
        if match.start() < done:
            continue
        start, done = _word_around(text, match.start(), match.end())
        word = text[start:done]
        scripts = Counter(_script_of(letter) for letter in word if letter.isalpha())
        if len(scripts) > 1:
            plain = _unmix(word, [source_of(i) for i in range(start, done)], scripts, own)
        else:
            plain = _write(word, own, _SMALL) if own else None
        if plain is not None:
            yield start, done, plain, len(scripts) > 1


def _word_around(text: str, start: int, end: int) -> tuple[int, int]:
    while start > 0 and _is_word(text[start - 1]):
        start -= 1
    while end < len(text) and _is_word(text[end]):
        end += 1
    return start, end


def _is_word(letter: str) -> bool:
    return letter.isalnum() or letter == "_"


def _script_of(letter: str) -> str | None:
    return next((script for script, pattern in _IN_SCRIPT.items() if pattern.match(letter)), None)


def _unmix(word: str, sources: list[str], scripts: "Counter[str | None]", own: str | None) -> str | None:
    """The word in the language's own script, or if that is not known in the most frequent that takes it; None = none does."""
    for script in [own] if own else [script for script, _ in scripts.most_common()]:
        if script is not None:
            plain = _write(word, script, _IN_MIXED_WORDS, sources)
            if plain is not None:
                return plain
    return None


def _write(word: str, script: str, alike: Mapping[str, str], sources: list[str] | None = None) -> str | None:
    """The word with every letter in one script; None if one looks like no letter of it."""
    letters = []
    for i, letter in enumerate(word):
        found = _script_of(letter)
        if found == script or not letter.isalpha():
            letters.append(letter)
            continue
        is_capital = sources is not None and sources[i].isupper()
        latin = letter if found == _LATIN else (_CAPITAL.get(letter) if is_capital else None) or alike.get(letter)
        if latin is not None and script != _LATIN:
            latin = (_INTO_CAPITAL[script].get(latin) if is_capital else None) or _INTO[script].get(latin)
        if latin is None:
            return None
        letters.append(latin)
    return "".join(letters)
