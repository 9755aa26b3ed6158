"""Short pieces of text as they are printed: cleaned, cut, with what matters marked."""

import re
import unicodedata
from collections.abc import Sequence
from difflib import SequenceMatcher

from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

from framewire.summarise.parts import Line, Segment

# Source: design, section 7: evidence of at most 25 words.
MAX_WORDS = 25
MAX_TITLE = 200
# One "word" may be a thousand letters long.
MAX_LETTERS = 240
_WORD = re.compile(r"\S+")
# Marks that turn the direction of what follows them. Source: UAX 9; a title must not turn the page round.
_TURNS = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C])


def clean_line(text: str, *, limit: int = MAX_TITLE) -> str:
    """The text on one line, without control characters and direction marks, cut at a word with an ellipsis."""
    line = " ".join(_without_controls(text).split())
    if len(line) <= limit:
        return line
    cut = line[: limit - 1]
    head, _, _ = cut.rpartition(" ")
    return f"{head if len(head) > limit // 2 else cut}…"


def cut_excerpt(text: str, span: tuple[int, int] | None, *, max_words: int = MAX_WORDS) -> Line:
    """At most 25 words around a span of the text, the span strong; without a span the first words."""
    words = [match.span() for match in _WORD.finditer(text)]
    if not words:
        return ()
    start, end = span or (0, 0)
    hit = [i for i, (a, b) in enumerate(words) if a < end and b > start]
    if not hit:
        return _finish([Segment(text[: words[:max_words][-1][1]])], False, len(words) > max_words)
    first, last = _choose_words(words, hit, text, max_words)
    begin, stop = words[first][0], words[last][1]
    pieces = [
        Segment(text[begin : max(start, begin)]),
        Segment(text[max(start, begin) : min(end, stop)], strong=True),
        Segment(text[min(end, stop) : stop]),
    ]
    cut_before = first > 0 and not _ends_sentence(text, words[first - 1])
    return _finish(pieces, cut_before, last < len(words) - 1 and not _ends_sentence(text, words[last]))


def cut_line(line: Line, max_words: int) -> Line:
    """The line with so many words at most, those beside what is strong; the first ones if nothing is."""
    text = "".join(piece.text for piece in line)
    start = 0
    for piece in line:
        if piece.strong:
            return cut_excerpt(text, (start, start + len(piece.text)), max_words=max_words)
        start += len(piece.text)
    return cut_excerpt(text, None, max_words=max_words)


def mark_differences(old: str, new: str) -> tuple[Line, Line]:
    """Both headlines, what differs strong in each."""
    a, b = _split_words(clean_line(old)), _split_words(clean_line(new))
    sides: tuple[list[Segment], list[Segment]] = ([], [])
    for tag, a1, a2, b1, b2 in SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        for side, piece in ((sides[0], "".join(a[a1:a2])), (sides[1], "".join(b[b1:b2]))):
            if piece:
                side.append(Segment(piece, strong=tag != "equal" and bool(piece.strip())))
    return tuple(sides[0]), tuple(sides[1])


def find_phrase(text: str, evidence: Sequence[str]) -> tuple[int, int] | None:
    """Where the first findable piece of evidence stands in a text: `rule: starv* the people`, `word: starving`.

    Words that stand in every text are no evidence to show.
    """
    for item in evidence:
        kind, _, phrase = item.partition(": ")
        words = [re.escape(word).replace(r"\*", r"\w*") for word in phrase.split()]
        if kind not in ("rule", "word") or ENGLISH_STOP_WORDS.issuperset(phrase.split()):
            continue
        match = re.search(r"(?<!\w)" + r"\W+".join(words) + r"(?!\w)", text, re.IGNORECASE)
        if match and match.end() > match.start():
            return match.span()
    return None


def _choose_words(words: list[tuple[int, int]], hit: list[int], text: str, max_words: int) -> tuple[int, int]:
    """First and last word: the hit, then its sentence to both sides as far as the words reach."""
    first, last = hit[0], min(hit[-1], hit[0] + max_words - 1)
    while last - first + 1 < max_words:
        before = first > 0 and not _ends_sentence(text, words[first - 1])
        after = last < len(words) - 1 and not _ends_sentence(text, words[last])
        if not before and not after:
            break
        if after and (not before or hit[0] - first >= last - hit[-1]):
            last += 1
        else:
            first -= 1
    return first, last


def _ends_sentence(text: str, word: tuple[int, int]) -> bool:
    """True for a word before a full stop, or at a line's end. Short abbreviations do not end a sentence."""
    piece = text[word[0] : word[1]].rstrip("\"'”’»)")
    return (piece[-1:] in ".!?։…" and len(piece) > 3) or text[word[1] : word[1] + 1] == "\n"


def _finish(pieces: Sequence[Segment], cut_before: bool, cut_after: bool) -> Line:
    """The pieces cleaned, with ellipses, and none longer than a line can bear."""
    lined = [Segment(_clip(" ".join(_spaced(piece.text))), piece.strong) for piece in pieces]
    kept = [piece for piece in lined if piece.text]
    if cut_before and kept:
        kept.insert(0, Segment("… "))
    if cut_after and kept:
        kept.append(Segment(" …"))
    return tuple(kept)


def _spaced(text: str) -> list[str]:
    """The words, keeping one space at either end where there was one."""
    cleaned = _without_controls(text)
    words = cleaned.split()
    if not words:
        return ["", ""] if cleaned else []
    return [
        *([""] if cleaned[:1].isspace() else []),
        *words,
        *([""] if cleaned[-1:].isspace() else []),
    ]


def _clip(text: str) -> str:
    return text if len(text) <= MAX_LETTERS else text[: MAX_LETTERS - 1] + "…"


def _split_words(text: str) -> list[str]:
    return re.findall(r"\S+\s*", text)


def _without_controls(text: str) -> str:
    kept = (
        " — " if letter == "\n" else " " if unicodedata.category(letter) in ("Cc", "Zl", "Zp") else letter
        for letter in text.translate(_TURNS)
    )
    return "".join(kept)
