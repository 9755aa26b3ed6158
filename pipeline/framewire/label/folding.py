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


def name_tokens(codebook: Codebook) -> dict[str, str]:
    """What each token stands for: the label of the side, the third party or the place."""
    labels = {("place", place.id): place.label or place.id for place in codebook.places}
    sides = {side.id: side.label for side in codebook.sides}
    labels |= {
        ("actor", actor.id): sides[actor.side] if actor.side else actor.label or actor.id for actor in codebook.actors
    }
    return {token: labels[name] for name, token in build_tokens(codebook).items()}


def fold_names(annotation: Annotation, tokens: dict[tuple[str, str], str]) -> str:
    """The normalised text with each name replaced by its token."""
    text, pieces, done = annotation.text.text, [], 0
    for hit in annotation.names:
        pieces += [text[done : hit.start], tokens[hit.kind, hit.key[0]]]
        done = hit.end
    return "".join([*pieces, text[done:]])
