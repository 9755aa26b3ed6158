"""What stands with a side's names beyond the next few words: the sentences and passages that name no other side, and the order.

"The families left what they had" in a passage that names one side only tells of that side, however far from its name.
"""

from collections import Counter
from collections.abc import Iterator, Sequence

from framewire.label.accused_words import STEM_LETTERS, RoleWord

# Beside the words next to a name. Source: grouped cross-validation on the training passages: 0.5 and 1 differ little.
COMPANY_WEIGHT = 0.5


def find_company(words: Sequence[RoleWord], side: str) -> Counter[str]:
    """`alone: word` of sentences and `only: word` of passages that name this side and no other, and where its names stand."""
    found: Counter[str] = Counter()
    alone: set[str] = set()
    sentences = list(_split_sentences(words))
    for i, sentence in enumerate(sentences):
        named = [word.side for word in sentence if word.side]
        if side not in named:
            continue
        if set(named) == {side}:
            alone |= _stems(sentence)
        else:
            found["first of two" if named[0] == side else "second of two"] += 1
        if sentence[0].side == side:
            found["opens sentence"] += 1
        for place, at in (("first", 0), ("last", len(sentences) - 1)):
            if i == at:
                found[f"{place} sentence"] += named.count(side)
    found.update(f"alone: {stem}" for stem in alone)
    found.update(_find_place_in_passage(words, side))
    return found


def _find_place_in_passage(words: Sequence[RoleWord], side: str) -> Counter[str]:
    named = [word.side for word in words if word.side]
    if side not in named:
        return Counter()
    if set(named) == {side}:
        return Counter(["only", *(f"only: {stem}" for stem in _stems(words))])
    found = Counter(["first named" if named[0] == side else "named later"])
    ahead = 2 * named.count(side) - len(named)
    return found | Counter({"more often": ahead} if ahead > 0 else {})


def _split_sentences(words: Sequence[RoleWord]) -> Iterator[Sequence[RoleWord]]:
    starts = [i for i, word in enumerate(words) if word.opens]
    for start, end in zip(starts, [*starts[1:], len(words)], strict=True):
        yield words[start:end]


def _stems(words: Sequence[RoleWord]) -> set[str]:
    return {word.text[:STEM_LETTERS] for word in words if not word.side}
