"""Texts of others as a page may show them: without letters that nobody sees and that turn the page round."""

import unicodedata

# Marks that turn the direction of what follows them. Source: UAX 9; a text must not turn the page round.
TURNS = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C])


def show_letters(text: str) -> str:
    """The text without direction marks, control characters as spaces; line ends stay."""
    return "".join(
        " " if letter != "\n" and unicodedata.category(letter) in ("Cc", "Zl", "Zp") else letter
        for letter in text.translate(TURNS)
    )
