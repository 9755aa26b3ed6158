"""Words that mix scripts by letters that look alike: as they stand, and as they are read."""

from typing import Any

from framewire.text import normalise


def list_mixed_words(text: str, *, language: str) -> list[dict[str, Any]]:
    """One row a word that mixes scripts: where it stands in the text, how it is written, how it is read."""
    normal = normalise(text, language=language)
    rows = []
    for span in normal.mixed_words:
        start, end = normal.span(*span)
        rows.append({"start": start, "end": end, "text": text[start:end], "read_as": normal.text[slice(*span)]})
    return rows
