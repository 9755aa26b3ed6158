"""Which passages are worth a coder's time: by several strategies, spread over outlets, sides and stories. Pure."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

MIXED = "mixed"
AUDIT, SECOND = "audit", "second"
# How many passages of each strategy's best are looked at for each that is taken, so that spread does not cost sense.
DEPTH = 5
# A narrative of fewer coded passages is rare. Source: the card's own bound, below which its scores say little.
RARE_BELOW = 30
# A word is new if it stands in no passage that was coded and in so many of those that may be: less is a slip or a name.
MIN_NEW = 2
_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Candidate:
    """A passage that may be offered. `narratives` are what the model says: (id, score, whether left open).

    `rules` are the narratives whose rules hold in it; `words` its words, folded. `coded_by` are the coders who coded it
    without having seen a model's labels.
    """

    version_id: int
    start: int
    end: int
    article_id: int
    outlet: str
    side: str
    story: int
    relevant: bool
    narratives: tuple[tuple[str, float, bool], ...] = ()
    rules: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()
    coded_by: frozenset[str] = frozenset()
    is_whole: bool = False

    @property
    def span(self) -> tuple[int, int, int]:
        """What it is: version, start, end."""
        return self.version_id, self.start, self.end


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of the subject: the model's thresholds, the passages coded of each narrative, the words in them."""

    thresholds: Mapping[str, float] = field(default_factory=dict)
    n_coded: Mapping[str, int] = field(default_factory=dict)
    words: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Chosen:
    """A candidate that is offered, by which strategy, and why."""

    candidate: Candidate
    strategy: str
    reason: str


Ranked = list[tuple[float, Candidate, str]]


def choose_items(
    candidates: Sequence[Candidate], known: Known, *, size: int, strategy: str = MIXED, seed: str = ""
) -> list[Chosen]:
    """Up to `size` candidates, each once. `mixed` takes from all strategies in turn; equal arguments give equal items.

    Raises:
        ValueError: there is no such strategy.
    """
    names = list(STRATEGIES) if strategy == MIXED else [strategy]
    if strategy != MIXED and strategy not in STRATEGIES:
        raise ValueError(f"no strategy is called '{strategy}'; there are {', '.join((MIXED, *STRATEGIES))}")
    ranked = {name: _order(STRATEGIES[name](candidates, known), seed) for name in names}
    chosen: list[Chosen] = []
    taken: set[tuple[int, int, int]] = set()
    while len(chosen) < size:
        before = len(chosen)
        for name in names:
            left = [item for item in ranked[name] if item[1].span not in taken]
            if left and len(chosen) < size:
                _, candidate, reason = _spread(left[: DEPTH * size], chosen)
                taken.add(candidate.span)
                chosen.append(Chosen(candidate, name, reason))
        if len(chosen) == before:
            break
    return chosen


def find_uncertain(candidates: Iterable[Candidate], known: Known) -> Ranked:
    """Passages whose label is near the line between yes and no, the nearest first."""
    found: Ranked = []
    for one in candidates:
        near = [(abs(score - _threshold(known, name)), name, is_open) for name, score, is_open in one.narratives]
        if near and not one.is_whole:
            distance, name, is_open = min(near)
            how = "left open by the model" if is_open else "assigned, but close to the line"
            found.append((-distance, one, f"uncertain: '{name}' {how}"))
    return found


def find_confident(candidates: Iterable[Candidate], known: Known) -> Ranked:
    """Passages with a label far above the line: where the model is wrong here, it is wrong for good."""
    found: Ranked = []
    for one in candidates:
        sure = [
            (score - _threshold(known, name), name, score) for name, score, is_open in one.narratives if not is_open
        ]
        if sure and not one.is_whole:
            above, name, score = max(sure)
            found.append((above, one, f"confident: '{name}' with score {score:.2f}; is that right?"))
    return found


def find_disagreeing(candidates: Iterable[Candidate], known: Known) -> Ranked:  # noqa: ARG001 - as all strategies
    """Passages in which a rule holds and the model says no, or the model says yes and no rule holds."""
    found: Ranked = []
    for one in candidates:
        if one.is_whole:
            continue
        assigned = {name: score for name, score, is_open in one.narratives if not is_open}
        missed = sorted(one.rules - assigned.keys())
        alone = sorted(assigned.keys() - one.rules, key=lambda name: -assigned[name])
        if missed:
            found.append((2.0, one, f"against the rules: a rule of '{missed[0]}' holds, the model does not assign it"))
        elif alone:
            found.append(
                (assigned[alone[0]], one, f"against the rules: '{alone[0]}' assigned, and no rule of it holds")
            )
    return found


def find_new_words(candidates: Iterable[Candidate], known: Known) -> Ranked:
    """Passages on the subject with words that several of them hold and no coded passage does."""
    relevant = [one for one in candidates if one.relevant and not one.is_whole]
    counts = Counter(word for one in relevant for word in one.words - known.words)
    found: Ranked = []
    for one in relevant:
        new = sorted((word for word in one.words if counts[word] >= MIN_NEW), key=lambda word: (-counts[word], word))
        if new:
            found.append((float(len(new)), one, f"new words: {', '.join(new[:_SHOWN])}"))
    return found


def find_rare(candidates: Iterable[Candidate], known: Known) -> Ranked:
    """Passages with a narrative, assigned or left open, of which few passages were coded; the rarest first."""
    found: Ranked = []
    for one in candidates:
        rare = [(known.n_coded.get(name, 0), name) for name, _, _ in one.narratives]
        if rare and not one.is_whole and min(rare)[0] < RARE_BELOW:
            n, name = min(rare)
            found.append((-float(n), one, f"rare: only {n} coded passages of '{name}' so far"))
    return found


def find_audited(candidates: Iterable[Candidate], known: Known) -> Ranked:  # noqa: ARG001 - as all strategies
    """Whole articles, which were drawn at random beforehand."""
    return [(0.0, one, "audit: drawn at random; code the whole article") for one in candidates if one.is_whole]


def find_second(candidates: Iterable[Candidate], known: Known) -> Ranked:  # noqa: ARG001 - as all strategies
    """What another coder has coded blind, for the measure of agreement."""
    return [
        (0.0, one, "second coding: another coder has coded this without seeing labels")
        for one in candidates
        if one.coded_by
    ]


STRATEGIES: Mapping[str, Callable[[Sequence[Candidate], Known], Ranked]] = {
    "uncertain": find_uncertain,
    "confident": find_confident,
    "rules": find_disagreeing,
    "vocabulary": find_new_words,
    "rare": find_rare,
    AUDIT: find_audited,
    SECOND: find_second,
}
"""What each strategy finds, with a weight: the more, the sooner."""

BLIND = (AUDIT, SECOND)
"""The strategies whose items are shown without the model's labels."""


def _threshold(known: Known, narrative: str) -> float:
    return known.thresholds.get(narrative, 0.5)


def _order(found: Ranked, seed: str) -> Ranked:
    """The weightiest first, equal ones by lot."""
    return sorted(found, key=lambda item: (-item[0], _lot(item[1], seed)))


def _lot(one: Candidate, seed: str) -> str:
    return hashlib.sha256(f"{seed} {one.span}".encode()).hexdigest()


def _spread(ranked: Ranked, chosen: Sequence[Chosen]) -> tuple[float, Candidate, str]:
    """The one whose story, side and outlet were taken least so far; of equals the first."""
    stories, sides, outlets = (
        Counter(getattr(item.candidate, name) for item in chosen) for name in ("story", "side", "outlet")
    )
    order = {
        place: (stories[one.story], sides[one.side], outlets[one.outlet], place)
        for place, (_, one, _) in enumerate(ranked)
    }
    return ranked[min(order, key=lambda place: order[place])]
