"""Cells of tables that spreadsheets open."""

# What a spreadsheet takes for the beginning of a formula, the full-width forms that some fold to it, and what it skips
# before it looks. Source: OWASP, CSV injection; OWASP ASVS 5.0, 1.2.10.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def is_formula(text: str) -> bool:
    """Whether a spreadsheet may run the text as a formula."""
    return text.startswith(FORMULA_STARTS)


def defuse(value: object) -> object:
    """The value, with a leading ' where a spreadsheet would take a text for a formula."""
    return f"'{value}" if isinstance(value, str) and is_formula(value) else value
