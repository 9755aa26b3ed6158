"""Counts as people read them."""


def say_count(n: int, noun: str) -> str:
    """A count with its noun: '1 article', '2 articles', '1,204 articles'."""
    return f"{n:,} {noun}{'s' * (n != 1)}"
