"""What a change is looked for in."""

from collections.abc import Mapping
from typing import Any

from framewire.codebook import Codebook
from framewire.summarise.method import is_accused_reliable
from framewire.summarise.reliability import find_unreliable


def select_testable(codebook: Codebook, card: Mapping[str, Any] | None) -> Codebook:
    """The codebook that changes are looked for in: without narratives below a floor, nor sided ones while their sides are.

    These are not tested as a whole either: opposite claims are never added up.
    """
    unreliable, with_sides = find_unreliable(card), is_accused_reliable(card)
    kept = tuple(n for n in codebook.narratives if n.id not in unreliable and (with_sides or not n.sided))
    return codebook.model_copy(update={"narratives": kept})
