"""Which roles the words of a passage give to each side's names: who does it, who suffers it, who accuses.

What is found of one side's names would be found of the other's in the same place: exchanging the names exchanges the roles.
"""

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, lru_cache
from importlib.resources import files

from framewire.codebook import Codebook
from framewire.label.accused_company import COMPANY_WEIGHT, find_company
from framewire.label.accused_words import STEM_LETTERS, WORD, RoleWord, find_role_words
from framewire.label.terms import Annotation
from framewire.yamlfile import read_yaml

# How many words on each side of a name tell its role, as they stand.
# Source: grouped cross-validation on the training passages: 3 beat 4 and 6, stems of 4 to 6 letters differ little.
REACH = 3
# How far a deed, a report or a preposition may stand from a name for a relation of the two.
RELATION_REACH = 8
VERB_REACH = 5
NEAR = 4
# Relations are few and say more than single words. Source: grouped cross-validation on the training passages.
RELATION_WEIGHT = 1.5
# How far apart the roles of two sides lie in every passage: a long one does not weigh more than a short one.
# Source: grouped cross-validation on the training passages: 4 to 6 differ little; unscaled, fewer answers follow an
# exchange of the sides.
ROLES_APART = 5.0
# How many words are kept with their kinds. Source: memory, some 200 bytes each.
MAX_WORDS = 50_000
# Squared distances below this are rounding.
SAME = 1e-9
# The relations that make a side the one who does it, and those of who suffers it or speaks of it.
DOER = ("active harm", "harm by", "his harm", "accused", "at the hands of", "is accused")
SUFFERER = (
    "harm against",
    "harm of",
    "harm object",
    "passive harm",
    "people of",
    "victim noun",
    "flees",
    "accuses",
    "says",
)
Lexicon = Mapping[str, tuple[frozenset[str], tuple[str, ...]]]


def find_roles(annotation: Annotation, codebook: Codebook) -> dict[str, dict[str, float]]:
    """For each side, the words around its names, its relations and its company: `l1:by`, `is: harm by`, `alone: fled`.

    Each counts log(1 + n); then all are scaled so that the sides of every passage that gives them unlike roles lie equally far apart.
    """
    side_of = {actor.id: actor.side for actor in codebook.actors}
    if not any(hit.kind == "actor" and side_of[hit.key[0]] for hit in annotation.names):
        return {side: {} for side in codebook.side_ids}
    words = find_role_words(annotation, side_of)
    return _scale({side: _roles_of(words, side) for side in codebook.side_ids})


def _roles_of(words: Sequence[RoleWord], side: str) -> dict[str, float]:
    near: Counter[str] = Counter()
    relations: Counter[str] = Counter()
    for i, word in enumerate(words):
        if word.side == side:
            near.update(_words_around(words, i, side))
            relations.update(_find_relations(words, i))
    return (
        {name: math.log1p(count) for name, count in near.items()}
        | {f"is: {name}": RELATION_WEIGHT * math.log1p(count) for name, count in relations.items()}
        | {name: COMPANY_WEIGHT * math.log1p(count) for name, count in find_company(words, side).items()}
    )


def _scale(roles: Mapping[str, Mapping[str, float]]) -> dict[str, dict[str, float]]:
    """The roles with the sides' distance from their mean made ROLES_APART; sides that have the same roles stay as they are."""
    totals: Counter[str] = Counter()
    for found in roles.values():
        totals.update(found)
    squares = math.fsum(value**2 for found in roles.values() for value in found.values())
    apart = 2 * (squares - math.fsum(total**2 for total in totals.values()) / max(len(roles), 1))
    factor = ROLES_APART / math.sqrt(apart) if apart > SAME else 1.0
    return {side: {name: value * factor for name, value in found.items()} for side, found in roles.items()}


def spares_no_side(annotation: Annotation) -> Iterator[str]:
    """The words that accounts use which spare no side: "both", "mutual"."""
    yield from sorted(word for word in set(WORD.findall(annotation.text.text)) if _is(word, "several"))


def _words_around(words: Sequence[RoleWord], at: int, side: str) -> list[str]:
    found = ["named"]
    name = words[at].text
    found.append("people" if name.endswith(("s", "ns", "is")) else "state")
    for offset in range(1, REACH + 1):
        for direction, i in (("l", at - offset), ("r", at + offset)):
            if 0 <= i < len(words):
                word, other, _ = words[i]
                token = "<same>" if other == side else "<other>" if other else word[:STEM_LETTERS]
                found += [f"{direction}{min(offset, 2)}:{token}", f"{direction}:{token}"]
    return found


def _find_relations(words: Sequence[RoleWord], at: int) -> Iterator[str]:
    """What the name at a place does or suffers; a relation that says much stands twice."""
    right = _reach(words, at, 1)
    left = _reach(words, at, -1)
    if right and right[0].text == "s":
        right = right[1:]
    yield from _relations_of_head(right)
    yield from _relations_of_clause(right)
    yield from _relations_before(left)


def _reach(words: Sequence[RoleWord], at: int, step: int) -> list[RoleWord]:
    """The words on one side of a name, nearest first, within its sentence."""
    found: list[RoleWord] = []
    i = at
    while len(found) < RELATION_REACH:
        if (step < 0 and words[i].opens) or not 0 <= i + step < len(words) or (step > 0 and words[i + 1].opens):
            break
        i += step
        found.append(words[i])
    return found


def _relations_of_head(right: Sequence[RoleWord]) -> Iterator[str]:
    """ "X's attack", "X forces", "X civilians"."""
    if not right:
        return
    head = right[0].text
    yield from (f"{kind} noun" for kind in ("victim", "agent") if _is(head, kind))
    if _is(head, "harm"):
        yield "his harm"
    elif len(right) > 1 and _is(right[1].text, "harm") and not any(_is(head, k) for k in ("be", "flee")):
        yield "harm near right"


def _relations_of_clause(right: Sequence[RoleWord]) -> Iterator[str]:
    """What the clause that a name opens says of it: "X shelled", "X was shelled", "X fled", "X accuses", "X denies"."""
    passive = False
    for offset, word in enumerate(right):
        if word.side or (_is(word.text, "stop") and offset > 1):
            return
        passive |= _is(word.text, "be")
        if offset <= VERB_REACH and _is(word.text, "harm"):
            passive &= not word.text.endswith("ing")
            yield "passive harm" if passive else "active harm"
            if passive and right[offset + 1 : offset + 2] and right[offset + 1].text == "by":
                yield "passive harm"
            return
        if offset <= NEAR:
            for kind, relation in (
                ("flee", "flees"),
                ("accuse", "is accused" if passive else "accuses"),
                ("deny", "denies"),
                ("say", "says"),
            ):
                if _is(word.text, kind) and (kind != "flee" or offset < NEAR):
                    yield relation
                    return


def _relations_before(left: Sequence[RoleWord]) -> Iterator[str]:
    """What leads to a name: "shelled by X", "at the hands of X", "attack on X", "accused X", "expulsion of X"."""
    for offset, word in enumerate(left):
        behind = [other.text for other in left[offset + 1 :]]
        if word.side and offset:
            return
        if word.text == "by" and offset < NEAR:
            yield "accuses" if behind and _is(behind[0], "accuse") else "by"
            yield from ["harm by"] * 2 * any(_is(text, "harm") for text in behind)
            return
        if word.text == "hands" or (word.text == "under" and offset <= 1):
            yield "at the hands of"
            return
        if _is(word.text, "against") and offset < NEAR:
            yield from _relations_of_against(behind[:NEAR])
            return
        if word.text == "of" and offset < NEAR:
            if any(_is(text, "harm") for text in behind[:REACH]):
                yield "harm of"
            elif behind and _is(behind[0], "victim"):
                yield "people of"
            return
        for kind, relations in (("accuse", ["accused"] * 2), ("harm", ["harm object"]), ("victim", ["victim before"])):
            if offset < REACH and _is(word.text, kind):
                yield from relations
                return


def _relations_of_against(behind: Sequence[str]) -> list[str]:
    if any(_is(text, "allegation") for text in behind):
        return ["accused"] * 2
    if any(_is(text, "harm") for text in behind):
        return ["harm against"] * 2
    return ["against"]


def _is(word: str, kind: str) -> bool:
    return kind in _kinds_of(word)


@lru_cache(maxsize=MAX_WORDS)
def _kinds_of(word: str) -> frozenset[str]:
    """The kinds of a word in the lexicon; most have none."""
    lexicon = _load_lexicon().items()
    return frozenset(kind for kind, (exact, stems) in lexicon if word in exact or word.startswith(stems))


@cache
def _load_lexicon() -> Lexicon:
    text = files("framewire.label").joinpath("accused.yaml").read_text(encoding="utf-8")
    return {
        kind: (
            frozenset(str(word) for word in words if not str(word).endswith("*")),
            tuple(str(word)[:-1] for word in words if str(word).endswith("*")),
        )
        for kind, words in read_yaml(text, name="accused.yaml").items()
    }
