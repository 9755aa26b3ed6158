"""Text as it is stored, its normal form for matching, and its passages."""

from framewire.text.normalise import NormalisedText, normalise
from framewire.text.passages import find_passages, find_sentences

__all__ = ["NormalisedText", "find_passages", "find_sentences", "normalise"]
