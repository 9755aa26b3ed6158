"""Sentences and passages of a stored text."""

import re

import sentencex

from framewire.records import Passage

# Source: design, section 3: a passage is headline + lead or a paragraph, of one to four sentences.
MAX_SENTENCES = 4
# A paragraph with fewer words carries no account: by-lines, "Read more", agency marks.
MIN_WORDS = 4
_PARAGRAPH = re.compile(r"[^\n]+(?:\n(?!\s*\n)[^\n]+)*")
_LINE = re.compile(r"[^\n]+")
# sentencex cuts after these; the text goes on. Source: ecosystem anchors, "left to fix by the list".
_NO_END = {
    "en": re.compile(
        r"\b(?:Gen|Col|Lt|Sgt|Maj|Brig|St|No|Art|vs|approx|U\.S|U\.N|Nov|Dec|Oct|Sept|Sep|Aug|Feb|Jan)\.\s*$"
    ),
    "ru": re.compile(r"(?:\bт\.\s*[едпк]\.|\bт\.|\bг\.|\bул\.|\bим\.|\b[А-Я]\.)\s*$"),
    "az": re.compile(r"(?:\b[A-ZƏİÖÜÇŞĞ]\.|\bs\.)\s*$"),
    "tr": re.compile(r"(?:\b[A-ZİÖÜÇŞĞ]\.|\bDr\.|\bvb\.)\s*$"),
    "fr": re.compile(r"\b(?:M|MM|Mme|St|O\.N\.U|p|art)\.\s*$"),
    "hy": re.compile(r"\b[Ա-Ֆ]\.\s*$"),
}


def find_sentences(text: str, *, language: str = "en") -> list[tuple[int, int]]:
    """The spans of the text's sentences, in order, without surrounding space."""
    cut_after = _NO_END.get(language)
    spans: list[tuple[int, int]] = []
    open_start: int | None = None
    for boundary in sentencex.get_sentence_boundaries(language, text):
        start, end = boundary["start_index"], boundary["end_index"]
        if open_start is not None:
            start = open_start
        piece = text[start:end]
        open_start = start if cut_after and cut_after.search(piece) and "\n\n" not in piece else None
        if open_start is None:
            _append_stripped(spans, text, start, end)
    if open_start is not None:
        _append_stripped(spans, text, open_start, len(text))
    return spans


def _append_stripped(spans: list[tuple[int, int]], text: str, start: int, end: int) -> None:
    piece = text[start:end]
    left = len(piece) - len(piece.lstrip())
    right = len(piece.rstrip())
    if right > left:
        spans.append((start + left, start + right))


def find_passages(text: str, *, title_end: int = 0, language: str = "en") -> tuple[Passage, ...]:
    """The passages of a text: headline + lead first, then each paragraph, cut after at most four sentences.

    Args:
        text: title, newline, body; or a body alone.
        title_end: where the title ends; 0 = no title.
        language: for the sentence rules.
    """
    units = _paragraphs(text, title_end, language)
    if title_end:
        lead_end = units.pop(0)[1] if units else title_end
        units.insert(0, (0, max(lead_end, title_end)))
    kept = [
        (start, end)
        for i, (start, end) in enumerate(units)
        if (i == 0 and title_end) or len(text[start:end].split()) >= MIN_WORDS
    ]
    return tuple(Passage(i, start, end, text[start:end]) for i, (start, end) in enumerate(kept))


def _paragraphs(text: str, title_end: int, language: str) -> list[tuple[int, int]]:
    """Spans of at most four sentences, none across a paragraph end. A body without blank lines is cut by lines."""
    body = text[title_end:]
    rule = _PARAGRAPH if "\n\n" in body.strip() else _LINE
    spans = []
    for match in rule.finditer(text, title_end):
        sentences = find_sentences(match.group(), language=language)
        for i in range(0, len(sentences), MAX_SENTENCES):
            group = sentences[i : i + MAX_SENTENCES]
            spans.append((match.start() + group[0][0], match.start() + group[-1][1]))
    return spans
