"""What changed: today's articles against the baseline's, tested by whole stories, corrected for the number of comparisons."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from zlib import crc32

import pandas as pd
from scipy.stats import false_discovery_control

from framewire.codebook import Codebook
from framewire.summarise.allowance import find_q_values
from framewire.summarise.cases import Cases
from framewire.summarise.parts import Change
from framewire.summarise.questions import Item, Question, as_sample, list_questions
from framewire.summarise.resampling import Array, Tested, compare_periods, compare_without_largest
from framewire.summarise.shares import MIN_TOTAL, Share, compare, count_only, measure_by_story

# Source: design, sections 2 and 7; a q-value is the false discovery rate at which a comparison would pass.
MAX_Q = 0.05
MIN_DIFFERENCE = 0.05
MIN_OUTLETS = 3
MIN_ARTICLES_OF_ONE = 5
MAX_CHANGES = 5
# What is left without its largest story must still be more than chance, for itself.
MAX_P_OF_REST = 0.05
EVERYWHERE = ""


@dataclass(frozen=True, slots=True)
class Found:
    """The changes worth saying, greatest first, those that one story alone makes, and how many questions were tested."""

    changes: tuple[Change, ...] = ()
    of_one_story: tuple[Change, ...] = ()
    tested: int = 0


@dataclass(frozen=True, slots=True)
class Candidate:
    """One item of a question that passed, at one place: everywhere (''), in a group, or in an outlet."""

    question: Question
    item: Item
    place: str
    difference: float
    p: float
    random_state: int
    q: float = 1.0

    @property
    def column(self) -> int:
        """The item's column in the question's arrays."""
        return self.question.items.index(self.item)


@dataclass(frozen=True, slots=True)
class Judged:
    """An item that passed, the narrower places where it passes too, and whether it stands without its largest story."""

    candidate: Candidate
    places: tuple[str, ...]
    is_broad: bool


def find_changes(
    cases: Cases, codebook: Codebook, *, names: dict[str, str], random_state: int, max_q: float = MAX_Q
) -> Found:
    """The changes of the day.

    First one test for each referent and each narrative, at a false discovery rate of 0.05 (`allowance`); within those, the
    single wordings and sides, everywhere, by group and by outlet, at the same rate. What passes is announced if it is at
    least five points large, stands in three outlets or in one with five articles, and is still there without the one
    story that makes most of it. Sources: Benjamini and Hochberg 1995; Yekutieli 2008 (within what passed).

    Args:
        cases: what is counted.
        codebook: the referents and narratives to ask for.
        names: of the outlets, by id.
        random_state: the same gives the same p-values.
        max_q: the rate of false discoveries, at either step.
    """
    if cases.baseline.basis == "none":
        return Found()
    questions = [question for question in list_questions(cases, codebook) if is_testable(question)]
    if not questions:
        return Found()
    several: list[Change] = []
    alone: list[Change] = []
    for one in judge_questions(questions, random_state=random_state, max_q=max_q):
        change = _describe(one.candidate, cases, names=names)
        if change is not None:
            kept = replace(change, places=tuple(names.get(place, place) for place in one.places))
            (several if one.is_broad else alone).append(kept)
    ranked = _without_mirrors(sorted(several, key=_rank))[:MAX_CHANGES]
    single = _without_mirrors(sorted(alone, key=_rank))[:MAX_CHANGES]
    return Found(tuple(ranked), tuple(single), len(questions))


def judge_questions(questions: Sequence[Question], *, random_state: int, max_q: float = MAX_Q) -> list[Judged]:
    """The items that changed, at their widest place. `questions` must be testable."""
    p_values = [_test(question, EVERYWHERE, random_state)[0].p for question in questions]
    q_values = find_q_values(questions, p_values)
    passing = [question for question, q in zip(questions, q_values, strict=True) if q <= max_q]
    return [
        Judged(candidate, places, _is_broad(candidate))
        for question in passing
        for candidate, places in _widest(_find_items(question, random_state=random_state, max_q=max_q))
    ]


def is_testable(question: Question) -> bool:
    """Whether both periods have enough articles for a share to be printed."""
    n_today = int(question.is_today.sum())
    return min(n_today, len(question.pool) - n_today) >= MIN_TOTAL


def _is_broad(candidate: Candidate) -> bool:
    """Whether the difference is still there without the one story that makes most of it."""
    difference, p = compare_without_largest(
        as_sample(candidate.question), candidate.column, random_state=candidate.random_state
    )
    is_same_way = difference * candidate.difference > 0
    return is_same_way and abs(difference) >= MIN_DIFFERENCE and p <= MAX_P_OF_REST


def _find_items(question: Question, *, random_state: int, max_q: float) -> list[Candidate]:
    """The items of a question that passed, at the places where they pass."""
    candidates = []
    for place, narrowed in _list_places(question):
        tested, seed = _test(narrowed, place, random_state)
        for i, item in enumerate(question.items):
            if narrowed.carries[:, i].any() and not narrowed.carries[:, i].all():
                p, difference = float(tested.p_values[i]), float(tested.differences[i])
                candidates.append(Candidate(narrowed, item, place, difference, p, seed))
    p_values = [candidate.p for candidate in candidates]
    q_values: Sequence[float] = false_discovery_control(p_values).tolist() if p_values else []
    judged = [replace(candidate, q=float(q)) for candidate, q in zip(candidates, q_values, strict=True)]
    return [one for one in judged if one.q <= max_q and abs(one.difference) >= MIN_DIFFERENCE]


def _list_places(question: Question) -> Iterator[tuple[str, Question]]:
    """Everywhere, the groups and the outlets, as far as there are enough articles."""
    yield EVERYWHERE, question
    for column in ("group", "outlet"):
        for place in sorted(question.pool[column].unique()):
            narrowed = question.narrow(column, str(place))
            if is_testable(narrowed) and len(narrowed.pool) < len(question.pool):
                yield str(place), narrowed


def _test(question: Question, place: str, random_state: int) -> tuple[Tested, int]:
    """The test of a question at a place, and the seed that it was made with."""
    seed = crc32(f"{question.kind} {question.id} {place}".encode()) ^ random_state
    return compare_periods(as_sample(question), random_state=seed), seed


def _widest(candidates: Sequence[Candidate]) -> Iterator[tuple[Candidate, tuple[str, ...]]]:
    """Each item at its widest place, with the narrower ones where the same difference passes by itself."""
    taken: dict[Item, list[Candidate]] = {}
    for candidate in candidates:
        taken.setdefault(candidate.item, []).append(candidate)
    for first, *others in taken.values():
        yield first, tuple(other.place for other in others if other.difference * first.difference > 0)


def _describe(candidate: Candidate, cases: Cases, *, names: dict[str, str]) -> Change | None:
    """The change, None if the plain shares differ little or the other way, or it stands in too few outlets."""
    question = candidate.question
    has, is_today = question.carries[:, candidate.column], question.is_today
    now, before = _measure(question, has, is_today), _measure(question, has, ~is_today)
    difference, low, high = compare(now, before)
    outlets = _find_outlets(question, has, is_rise=difference > 0)
    if difference * candidate.difference <= 0 or abs(difference) < MIN_DIFFERENCE or not outlets:
        return None
    asserted, quoted = _count_voices(candidate, cases)
    return Change(
        kind=question.kind,
        item=candidate.item.id,
        accused=candidate.item.accused,
        title=candidate.item.title,
        among=question.among,
        place=names.get(candidate.place, candidate.place),
        places=(),
        now=now,
        before=before,
        all_days=_count_all_days(candidate, cases),
        difference=difference,
        low=low,
        high=high,
        p=candidate.p,
        q=candidate.q,
        outlets=tuple(names.get(outlet, outlet) for outlet in outlets),
        asserted=asserted,
        quoted=quoted,
    )


def _measure(question: Question, has: Array, rows: Array) -> Share:
    """The share of a period's articles that have the item, with its interval by story."""
    stories = question.pool["story"].to_numpy()
    return measure_by_story(Counter(stories[rows & has].tolist()), Counter(stories[rows].tolist()))


def _count_all_days(candidate: Candidate, cases: Cases) -> Share:
    """The articles with the item on all days of history, among those that could have it, copies left out."""
    rows = _select(candidate, cases, with_item=False)
    days = list(cases.baseline.history)
    pool = rows[rows["days_ago"].isin(days) & ~rows["is_copy"]]
    own = _select(candidate, cases, with_item=True)
    own = own[(own["voice"] != "denied") | (candidate.question.kind == "wording")]
    users = set(own["article_id"]) & set(pool["article_id"])
    return count_only(len(users), pool["article_id"].nunique())


def _select(candidate: Candidate, cases: Cases, *, with_item: bool) -> pd.DataFrame:
    """The rows of the candidate's place that have its item, or that could have it."""
    kind, item = candidate.question.kind, candidate.item
    if kind == "wording":
        rows = cases.mentions[cases.mentions["referent"] == candidate.question.id]
        rows = rows[rows["wording"] == item.id.partition("/")[2]] if with_item else rows
    elif with_item:
        rows = cases.narratives[(cases.narratives["narrative"] == item.id)]
        rows = rows[rows["accused"] == item.accused]
    else:
        rows = cases.relevant
    return rows if candidate.place == EVERYWHERE else rows[_is_at(rows, candidate.place)]


def _is_at(rows: pd.DataFrame, place: str) -> "pd.Series[bool]":
    return (rows["group"] == place) | (rows["outlet"] == place)


def _find_outlets(question: Question, has: Array, *, is_rise: bool) -> tuple[str, ...]:
    """The outlets that make the change, those with most articles first; none if they are too few to tell.

    A fall stands in the outlets that used the item before and wrote of the matter today: a silent outlet made no change.
    """
    pool, is_today = question.pool, question.is_today
    if is_rise:
        users = pool.loc[is_today & has, "outlet"]
    else:
        users = pool.loc[~is_today & has & pool["outlet"].isin(pool.loc[is_today, "outlet"]).to_numpy(), "outlet"]
    counts = sorted(Counter(users.tolist()).items(), key=lambda one: (-one[1], one[0]))
    enough = len(counts) >= MIN_OUTLETS or (len(counts) > 0 and counts[0][1] >= MIN_ARTICLES_OF_ONE)
    return tuple(outlet for outlet, _ in counts) if enough else ()


def _count_voices(candidate: Candidate, cases: Cases) -> tuple[int, int]:
    """Today's articles that say it in their own voice, and that quote it; one may do both."""
    rows = _select(candidate, cases, with_item=True)
    own = rows[(rows["days_ago"] == 0) & ~rows["is_copy"]]
    counts = own.groupby("voice")["article_id"].nunique()
    return int(counts.get("asserted", 0)), int(counts.get("quoted", 0))


def _rank(change: Change) -> tuple[float, bool, float, str, str]:
    """The greatest difference first; of two equal ones the rise, since it names what is new."""
    return -round(abs(change.difference), 9), change.difference < 0, change.q, change.kind, change.item


def _without_mirrors(changes: Sequence[Change]) -> list[Change]:
    """The changes without those that only say another one backwards: of two wordings one rises as the other falls."""
    kept: list[Change] = []
    for change in changes:
        referent = change.item.partition("/")[0]
        said = any(
            other.kind == change.kind == "wording"
            and other.item.partition("/")[0] == referent
            and other.place == change.place
            and other.now.n + change.now.n == change.now.total
            and other.before.n + change.before.n == change.before.total
            for other in kept
        )
        if not said:
            kept.append(change)
    return kept
