"""Where a text quotes: spans inside quotation marks of six typographies, nested and unclosed ones too."""

import re

# »...« and ”...” open with what closes elsewhere: they open only before a word and behind none.
_OPEN_TO_CLOSE = {
    "“": "”",
    "«": "»",
    "„": "“”",
    "‹": "›",
    '"': '"',
    "‘": "’",
    "'": "'",
    "❝": "❞",
    "‚": "‘’",
    "»": "«",
    "›": "‹",
    "”": "”",
}
_MARK = re.compile("[“”«»„‹›\"‘’'❝❞‚]")
# Unclosed: the quotation goes on to the paragraph's end. Source: English and French typography of quotations over paragraphs.
_PARAGRAPH_END = re.compile(r"\n")


def find_quotes(text: str) -> list[tuple[int, int]]:
    """The spans of the quoted words, outermost quotations only, without marks and the space inside them, by start."""
    spans: list[tuple[int, int]] = []
    position = 0
    while opening := _next_opening(text, position):
        start = opening.end()
        end, position = _find_end(text, start, _OPEN_TO_CLOSE[opening.group()])
        words = text[start:end].strip()
        if words:
            start = text.index(words, start)
            spans.append((start, start + len(words)))
    return spans


def _next_opening(text: str, position: int) -> re.Match[str] | None:
    """The next mark that opens a quotation: it has an opening partner and no letter before it."""
    for match in _MARK.finditer(text, position):
        if match.group() in _OPEN_TO_CLOSE and _can_open(text, match.start()):
            return match
    return None


def _can_open(text: str, at: int) -> bool:
    before = text[at - 1] if at else " "
    after = text[at + 1] if at + 1 < len(text) else " "
    return not before.isalnum() and (text[at] in "«‹" or not after.isspace())


def _find_end(text: str, start: int, closers: str) -> tuple[int, int]:
    """(end of the quoted words, where to go on). An apostrophe inside a word closes nothing."""
    paragraph = _PARAGRAPH_END.search(text, start)
    limit = paragraph.start() if paragraph else len(text)
    for match in _MARK.finditer(text, start, limit):
        if match.group() in closers and not _is_apostrophe(text, match.start()):
            return match.start(), match.end()
    if closers in ("'", "’"):  # an apostrophe such as in '90s, not a quotation
        return start, start
    return limit, limit


def _is_apostrophe(text: str, at: int) -> bool:
    after = text[at + 1] if at + 1 < len(text) else " "
    return text[at] in "'’" and text[at - 1].isalnum() and after.isalnum()
