"""Which passages are worth a coder's time: by several strategies, spread over outlets, sides and stories. Pure."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from math import log, sqrt

MIXED = "mixed"
AUDIT, SECOND, NOISE = "audit", "second", "noise"
# How many passages of each strategy's best are looked at for each that is taken, so that spread does not cost sense.
DEPTH = 5
# How much it counts against a candidate that it is like one already taken, beside a weight of at most 1.
# Source: codes needed on public headlines (docs/method.md, "What the queue is worth"); the form is that of maximal marginal
# relevance, Carbonell and Goldstein 1998.
LIKENESS = 0.6
# A narrative of fewer coded passages is rare. Source: the card's own bound, below which its scores say little.
RARE_BELOW = 30
# A word is new if it stands in no passage that was coded and in so many of those that may be: less is a slip or a name.
MIN_NEW = 2
_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Candidate:
    """A passage that may be offered. `narratives` are what the model says: (id, score, whether left open).

    `scores` are those of all narratives, empty where no model speaks its language. `rules` are the narratives whose rules
    hold in it; `words` its words, folded. `coded_by` are the coders who coded it without having seen a model's labels;
    `doubt` how far somebody's coding is from what a model says that has not seen the passage, and of which narrative, if it
    is doubted.
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
    scores: tuple[tuple[str, float], ...] = ()
    doubt: tuple[float, str] | None = None

    @property
    def span(self) -> tuple[int, int, int]:
        """What it is: version, start, end."""
        return self.version_id, self.start, self.end


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of the subject: the model's thresholds, the passages coded of each narrative, the words in them.

    `ruled` are the narratives that have rules, None if all have; `n_offered` is how many items the coder was offered before.
    """

    thresholds: Mapping[str, float] = field(default_factory=dict)
    n_coded: Mapping[str, int] = field(default_factory=dict)
    words: frozenset[str] = frozenset()
    ruled: frozenset[str] | None = None
    n_offered: int = 0


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
    """Up to `size` candidates, each once; equal arguments give equal items.

    `mixed` takes from all strategies in turn, and goes on where it was after what the coder was offered before.

    Raises:
        ValueError: there is no such strategy.
    """
    turn = known.n_offered % len(TURNS)
    names = [NOISE, *TURNS[turn:], *TURNS[:turn]] if strategy == MIXED else [strategy]
    if strategy != MIXED and strategy not in STRATEGIES:
        raise ValueError(f"no strategy is called '{strategy}'; there are {', '.join((MIXED, *STRATEGIES))}")
    ranked = {name: _order(STRATEGIES[name](candidates, known), seed) for name in dict.fromkeys(names)}
    spread = _Spread(candidates)
    chosen: list[Chosen] = []
    taken: set[tuple[int, int, int]] = set()
    while len(chosen) < size:
        before = len(chosen)
        for name in names:
            best = list(islice((item for item in ranked[name] if item[1].span not in taken), DEPTH * size))
            if best and len(chosen) < size:
                _, candidate, reason = spread.take(best)
                taken.add(candidate.span)
                chosen.append(Chosen(candidate, name, reason))
        if len(chosen) == before:
            break
    return chosen


def find_uncertain(candidates: Iterable[Candidate], known: Known) -> Ranked:
    """Passages of which the model knows least: the sum of the entropies of its scores, over all narratives.

    Without scores, those with a label near the line between yes and no. Source: entropy over all labels of a text, Wu and
    others 2014; of eight measures the one that needed fewest codes (docs/method.md, "What the queue is worth").
    """
    found: Ranked = []
    for one in candidates:
        if one.scores and not one.is_whole:
            name = max(one.scores, key=lambda item: (_entropy(item[1]), item[0]))[0]
            found.append((sum(_entropy(score) for _, score in one.scores), one, _say_uncertain(one, name)))
        elif one.narratives and not one.is_whole:
            distance, name = min((abs(score - _threshold(known, name)), name) for name, score, _ in one.narratives)
            found.append((-distance, one, _say_uncertain(one, name)))
    return found


def _entropy(score: float) -> float:
    p = min(max(score, 1e-6), 1 - 1e-6)
    return -(p * log(p) + (1 - p) * log(1 - p))


def _say_uncertain(one: Candidate, name: str) -> str:
    is_open = {label: left_open for label, _, left_open in one.narratives}
    if name not in is_open:
        return f"uncertain: '{name}' not assigned, but the model is not sure"
    return f"uncertain: '{name}' {'left open by the model' if is_open[name] else 'assigned, but close to the line'}"


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


def find_disagreeing(candidates: Iterable[Candidate], known: Known) -> Ranked:
    """Passages in which a rule holds and the model says no, or the model says yes and no rule holds though there are some."""
    found: Ranked = []
    for one in candidates:
        if one.is_whole:
            continue
        assigned = {name: score for name, score, is_open in one.narratives if not is_open}
        missed = sorted(one.rules - assigned.keys())
        ruled = assigned.keys() if known.ruled is None else assigned.keys() & known.ruled
        alone = sorted(ruled - one.rules, key=lambda name: -assigned[name])
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


def find_rare(candidates: Sequence[Candidate], known: Known) -> Ranked:
    """The likeliest passages of each narrative of which few passages were coded, narrative by narrative in turn, the rarest first.

    Without scores, passages with such a narrative, assigned or left open.
    """
    passages = [one for one in candidates if not one.is_whole]
    likely: dict[str, list[tuple[float, Candidate]]] = defaultdict(list)
    for one in passages:
        for name, score in one.scores or [(name, score) for name, score, _ in one.narratives]:
            if known.n_coded.get(name, 0) < RARE_BELOW:
                likely[name].append((score, one))
    found: Ranked = []
    for place, name in enumerate(sorted(likely, key=lambda name: (known.n_coded.get(name, 0), name))):
        ranked = sorted(likely[name], key=lambda item: -item[0])
        n = known.n_coded.get(name, 0)
        found += [
            (-(rank + place / len(likely)), one, f"rare: only {n} coded passages of '{name}' so far")
            for rank, (_, one) in enumerate(ranked)
        ]
    return found


def find_doubtful(candidates: Iterable[Candidate], known: Known) -> Ranked:  # noqa: ARG001 - as all strategies
    """What somebody coded otherwise than a model that had not seen it, the farthest first: one of the two is wrong."""
    return [
        (one.doubt[0], one, f"noise: the coding of '{one.doubt[1]}' and the model, which had not seen it, disagree")
        for one in candidates
        if one.doubt
    ]


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
    NOISE: find_doubtful,
}
"""What each strategy finds, with a weight: the more, the sooner."""

_MOSTLY = ("uncertain", "uncertain", "rare") * 2
TURNS = (
    *_MOSTLY,
    "rules",
    *_MOSTLY,
    AUDIT,
    *_MOSTLY,
    "vocabulary",
    *_MOSTLY,
    "rules",
    *_MOSTLY,
    SECOND,
    *_MOSTLY,
    "confident",
)
"""The order in which a mixed queue takes from the strategies, one item each, after one doubted coding; then it begins anew.

Source: what it is worth was measured for this order (docs/method.md, "What the queue is worth").
"""

BLIND = (AUDIT, SECOND, NOISE)
"""The strategies whose items are shown without the model's labels."""


def _threshold(known: Known, narrative: str) -> float:
    return known.thresholds.get(narrative, 0.5)


def _order(found: Ranked, seed: str) -> Ranked:
    """The weightiest first, equal ones by lot."""
    return sorted(found, key=lambda item: (-item[0], _lot(item[1], seed)))


def _lot(one: Candidate, seed: str) -> str:
    return hashlib.sha256(f"{seed} {one.span}".encode()).hexdigest()


class _Spread:
    """What was taken so far, so that the next one is of another story, side and outlet, and in other words."""

    def __init__(self, candidates: Sequence[Candidate]) -> None:
        n_with = Counter(word for one in candidates for word in one.words)
        self._rarity = {word: log((1 + len(candidates)) / (1 + n)) ** 2 for word, n in n_with.items()}
        self._stories, self._sides, self._outlets = Counter[int](), Counter[str](), Counter[str]()
        self._taken: list[frozenset[str]] = []
        self._lengths: dict[frozenset[str], float] = {}
        # Of a candidate, to how many of those it was compared, and the greatest likeness to one of them.
        self._compared: dict[tuple[int, int, int], tuple[int, float]] = {}

    def take(self, ranked: Ranked) -> tuple[float, Candidate, str]:
        """The one whose story, side and outlet were taken least so far; of equals the one that weighs most and is least alike."""
        best = ranked[0][0]
        order = [
            (
                self._stories[one.story],
                self._sides[one.side],
                self._outlets[one.outlet],
                # Weights that only say an order are not above 0.
                LIKENESS * self._find_likeness(one) - (weight / best if best > 0 else 1 - place / len(ranked)),
                place,
            )
            for place, (weight, one, _) in enumerate(ranked)
        ]
        taken = ranked[min(order)[-1]]
        self._add(taken[1])
        return taken

    def _add(self, one: Candidate) -> None:
        self._stories[one.story] += 1
        self._sides[one.side] += 1
        self._outlets[one.outlet] += 1
        self._taken.append(one.words)

    def _find_likeness(self, one: Candidate) -> float:
        """The greatest cosine to one that was taken, over words weighed by rarity: 0 to 1."""
        n_compared, likeness = self._compared.get(one.span, (0, 0.0))
        for words in self._taken[n_compared:]:
            likeness = max(likeness, self._cosine(one.words, words))
        self._compared[one.span] = len(self._taken), likeness
        return likeness

    def _cosine(self, a: frozenset[str], b: frozenset[str]) -> float:
        return self._weigh(a & b) / (self._find_length(a) * self._find_length(b))

    def _find_length(self, words: frozenset[str]) -> float:
        if words not in self._lengths:
            self._lengths[words] = sqrt(self._weigh(words)) or 1.0
        return self._lengths[words]

    def _weigh(self, words: frozenset[str]) -> float:
        return sum(map(self._rarity.__getitem__, words))
