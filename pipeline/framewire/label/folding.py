"""Names folded away, so that a model learns the story and not an outlet's vocabulary.

The variants of one place become one token; the names of a side become the side's token, those of a third party its own.
"""

from framewire.codebook import Codebook
from framewire.label.terms import Annotation


def build_tokens(codebook: Codebook) -> dict[tuple[str, str], str]:
    """The token of each (kind, id), in letters only, so that no tokenizer cuts it: `xxside0`, `xxactor3`, `xxplace1`."""
    sides = {side: f"xxside{i}" for i, side in enumerate(codebook.side_ids)}
    tokens = {("place", place.id): f"xxplace{i}" for i, place in enumerate(codebook.places)}
    for i, actor in enumerate(codebook.actors):
        tokens["actor", actor.id] = sides[actor.side] if actor.side else f"xxactor{i}"
    return tokens


def fold_names(annotation: Annotation, tokens: dict[tuple[str, str], str]) -> str:
    """The normalised text with each name replaced by its token."""
    text, pieces, done = annotation.text.text, [], 0
    for hit in annotation.names:
        pieces += [text[done : hit.start], tokens[hit.kind, hit.key[0]]]
        done = hit.end
    return "".join([*pieces, text[done:]])
