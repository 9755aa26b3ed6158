"""A codebook: what is named, by which wordings, and which narratives there are. It is data; nothing in the code knows its subject."""

from framewire.codebook.diff import Change, diff_codebooks
from framewire.codebook.load import find_problems, load_codebook, parse_codebook
from framewire.codebook.model import (
    Actor,
    Codebook,
    Context,
    Narrative,
    Pattern,
    Patterns,
    Place,
    Referent,
    Relevance,
    Side,
    Wording,
)

__all__ = [
    "Actor",
    "Change",
    "Codebook",
    "Context",
    "Narrative",
    "Pattern",
    "Patterns",
    "Place",
    "Referent",
    "Relevance",
    "Side",
    "Wording",
    "diff_codebooks",
    "find_problems",
    "load_codebook",
    "parse_codebook",
]
