"""Records, rows and texts a portion at a time."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

Item = TypeVar("Item")


def in_portions(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """The items in lists of at most `size`, each read when it is asked for."""
    left = iter(items)
    while portion := list(islice(left, size)):
        yield portion
