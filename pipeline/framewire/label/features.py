"""What a model sees of a passage: folded words, and the codebook's rules as numbers."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from framewire.codebook import Codebook
from framewire.label.folding import build_tokens, fold_names
from framewire.label.terms import Annotation

Matrix = NDArray[np.float64]


class RuleFeatures:
    """Rule hits as numbers: each narrative's indicators, each wording that is no place name, who is named.

    A count n becomes log(1 + n), so that a word said five times does not count five times.
    """

    def __init__(self, codebook: Codebook) -> None:
        self._tokens = build_tokens(codebook)
        wordings = [
            ("wording", (referent.id, wording.id))
            for referent in codebook.terminology
            if not referent.place_name
            for wording in referent.wordings
        ]
        indicators = [("indicator", (narrative,)) for narrative in codebook.narrative_ids]
        self._columns = {column: i for i, column in enumerate([*indicators, *wordings])}
        self._n_narratives = len(indicators)
        self._side_of = {actor.id: actor.side for actor in codebook.actors}
        self._sides = codebook.side_ids
        self.names_ = [
            *(f"rule: {narrative}" for narrative in codebook.narrative_ids),
            *(f"wording: {'/'.join(key)}" for _, key in wordings),
            *(f"named: {side}" for side in self._sides),
            "named: several sides",
            "named: subject",
        ]

    def transform(self, annotations: Sequence[Annotation]) -> Matrix:
        """The features, shape (n_passages, n_rules), all >= 0."""
        matrix = np.zeros((len(annotations), len(self.names_)))
        for row, annotation in zip(matrix, annotations, strict=True):
            self._count(row, annotation)
            row[len(self._columns) :] = self._say_who_is_named(annotation)
        counts = matrix[:, : len(self._columns)]
        np.log1p(counts, out=counts)
        return matrix

    def find_on_subject(self, rules: Matrix) -> NDArray[np.bool_]:
        """As `is_on_subject`, for each row of `transform`: shape (n_passages,)."""
        first = len(self._columns)
        sides = rules[:, first : first + len(self._sides)].any(axis=1)
        return np.asarray((rules[:, -1] > 0) | (sides & rules[:, : self._n_narratives].any(axis=1)))

    def fold(self, annotations: Sequence[Annotation]) -> list[str]:
        """The folded texts of the passages."""
        return [fold_names(annotation, self._tokens) for annotation in annotations]

    def _count(self, row: Matrix, annotation: Annotation) -> None:
        for hit in (*annotation.of_kind("indicator"), *annotation.wordings):
            column = self._columns.get((hit.kind, hit.key))
            if column is not None:
                row[column] += 1

    def _say_who_is_named(self, annotation: Annotation) -> list[bool]:
        """Each side, several of them, the subject."""
        sides = named_sides(annotation, self._side_of)
        return [*(side in sides for side in self._sides), len(sides) > 1, _names_subject(annotation, sides)]


def named_sides(annotation: Annotation, side_of: dict[str, str | None]) -> set[str]:
    """The sides of which an actor is named."""
    return {side for hit in annotation.names if hit.kind == "actor" and (side := side_of[hit.key[0]])}


def is_on_subject(annotation: Annotation, side_of: dict[str, str | None]) -> bool:
    """The relevance rule for a cold start: an anchor, a place or actors of two sides are named, or of one beside an indicator."""
    sides = named_sides(annotation, side_of)
    return _names_subject(annotation, sides) or (bool(sides) and bool(annotation.of_kind("indicator")))


def _names_subject(annotation: Annotation, sides: set[str]) -> bool:
    return len(sides) > 1 or bool(annotation.of_kind("anchor")) or bool(annotation.of_kind("place"))
