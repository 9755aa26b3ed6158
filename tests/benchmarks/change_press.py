"""A simulated press for the statistics of change: days without change, and days with a planted one.

Articles come in stories, a few of which are carried by many outlets; some articles are copies of the first of their story.
Every outlet leans to its own wordings, more like its group than like the others; a story leans, too, for all who tell it,
and the mentions of one article resemble each other. Wording differs by weekday. Nothing else tells one day from another, so
on a day without a plant every announced change is false.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from framewire.summarise.cases import Baseline, Cases
from framewire.summarise.changes import is_testable
from framewire.summarise.questions import Item, Question

Array = np.ndarray[Any, np.dtype[Any]]

DAYS = np.array((0, 7, 14, 21, 28))
GROUP_SIZES = (4, 4, 4, 2, 2)
GROUP_OF = np.repeat(np.arange(len(GROUP_SIZES)), GROUP_SIZES)
N_OUTLETS = len(GROUP_OF)
# How many articles of a story about a referent name it.
NAMES_IT = 0.85
# Referents and narratives of the seed codebook: wordings of each, and sides that a sided narrative may accuse.
N_WORDINGS = (5, 4, 3, 4, 3, 3, 2, 2, 4, 4, 2, 2, 3, 3, 3, 3, 4)
N_SIDES = (2, 2, 1, 1, 1, 1, 1, 2, 1, 1, 1, 2, 1, 2, 1, 1)


@dataclass(frozen=True, slots=True)
class Press:
    """How the simulated press behaves.

    Args:
        n_articles: relevant articles of a usual day.
        mentions_per_article: of a referent that it names at all; the sample press has 1.43.
        story_spread: deviation of a story's leaning on the logit scale; `measure_icc` says what it comes to.
        focus_mentions: mentions of the first referent on a usual day, copies counted.
        points: how much today's share of the first referent's first wording is raised, in every outlet.
        narrative_points: the same for the first narrative without sides.
        torn: share of the articles that the story finder does not join to their story.
        one_story: only today's largest story says the wording that is raised, and all of it does.
    """

    n_articles: int = 120
    mentions_per_article: float = 1.5
    story_spread: float = 1.0
    focus_mentions: int = 100
    points: float = 0.0
    narrative_points: float = 0.0
    torn: float = 0.15
    one_story: bool = False
    article_spread: float = 1.0
    outlet_spread: float = 0.7
    group_spread: float = 1.2
    weekday_spread: float = 0.3
    story_tail: float = 1.5
    copies: float = 0.15


@dataclass(frozen=True, slots=True)
class Articles:
    """The articles of five days, one value each; `found` is the story that the finder gives them, `story` the true one."""

    day: Array
    story: Array
    found: Array
    outlet: Array
    is_copy: Array
    writer: Array

    def __len__(self) -> int:
        return len(self.day)


@dataclass(frozen=True, slots=True)
class Referent:
    """`articles` that name it and how often in each wording, shape `(n_named, n_wordings)`."""

    articles: Array
    counts: Array


@dataclass(frozen=True, slots=True)
class Day:
    """A simulated day with its four days before. `narratives`: one array a narrative, shape `(n_articles, n_sides)`."""

    articles: Articles
    referents: tuple[Referent, ...]
    narratives: tuple[Array, ...]


def simulate(press: Press, *, seed: int) -> Day:
    """One day and the same weekday of the four weeks before."""
    rng = np.random.default_rng(seed)
    articles = _draw_articles(press, rng)
    referents = tuple(_draw_referent(press, articles, rank, rng) for rank in range(len(N_WORDINGS)))
    narratives = tuple(_draw_narrative(press, articles, rank, rng) for rank in range(len(N_SIDES)))
    return Day(articles, referents, narratives)


def _draw_articles(press: Press, rng: np.random.Generator) -> Articles:
    """Stories by day until the day is full; their outlets are drawn by volume."""
    volume = rng.lognormal(0.0, 0.6, N_OUTLETS)
    volume /= volume.sum()
    days, stories, outlets, writers, n_stories = [], [], [], [], 0
    n_rows = 0
    for day in DAYS:
        left = press.n_articles * rng.lognormal(0.0, 0.15)
        while left > 0:
            size = int(min(1 + rng.pareto(press.story_tail), 1.5 * N_OUTLETS))
            own = rng.choice(N_OUTLETS, size=size, replace=size > N_OUTLETS, p=volume)
            copied = rng.random(size) < press.copies
            copied[0] = False
            days.append(np.full(size, day))
            stories.append(np.full(size, n_stories))
            outlets.append(own)
            writers.append(np.where(copied, n_rows, n_rows + np.arange(size)))
            n_rows += size
            n_stories += 1
            left -= size
    story, writer = np.concatenate(stories), np.concatenate(writers)
    torn = (rng.random(n_rows) < press.torn)[writer]
    found = np.where(torn, n_stories + writer, story)
    is_copy = writer != np.arange(n_rows)
    return Articles(np.concatenate(days), story, found, np.concatenate(outlets), is_copy, writer)


def _lean(press: Press, articles: Articles, n_items: int, rng: np.random.Generator) -> Array:
    """Each article's leaning on the logit scale, shape `(n_articles, n_items)`; a copy's is its original's."""
    of_group = rng.normal(0, press.group_spread, (len(GROUP_SIZES), n_items))
    of_outlet = of_group[GROUP_OF] + rng.normal(0, press.outlet_spread, (N_OUTLETS, n_items))
    of_weekday = rng.normal(0, press.weekday_spread, n_items)
    of_story = rng.normal(0, press.story_spread, (int(articles.story[-1]) + 1, n_items))
    of_article = rng.normal(0, press.article_spread, (len(articles), n_items))
    lean = of_outlet[articles.outlet] + of_weekday + of_story[articles.story] + of_article
    return np.asarray(lean[articles.writer])


def _draw_referent(press: Press, articles: Articles, rank: int, rng: np.random.Generator) -> Referent:
    """Which stories are about it, which of their articles name it, how often and how."""
    is_focus, n = rank == 0, N_WORDINGS[rank]
    usual = press.focus_mentions / (press.n_articles * press.mentions_per_article * NAMES_IT)
    chance = min(1.0, usual) if is_focus else 0.35 / (1 + rank) ** 0.5
    about = rng.random(int(articles.story[-1]) + 1) < chance
    named = np.flatnonzero((about[articles.story] & (rng.random(len(articles)) < NAMES_IT))[articles.writer])
    logits = _lean(press, articles, n, rng)[named]
    share = np.exp(logits - logits.max(axis=1, keepdims=True))
    share /= share.sum(axis=1, keepdims=True)
    if is_focus:
        share = _plant(press, articles, named, share)
    times = (1 + rng.poisson(press.mentions_per_article - 1, len(articles)))[articles.writer][named]
    counts = rng.multinomial(times, share)
    first = np.searchsorted(named, articles.writer[named])
    return Referent(named, counts[first])


def _plant(press: Press, articles: Articles, named: Array, share: Array) -> Array:
    """The shares with today's moved towards the first wording, by so many points on average."""
    today = articles.day[named] == 0
    if press.one_story:
        stories, sizes = np.unique(articles.story[named][today], return_counts=True)
        largest = articles.story[named] == stories[np.argmax(sizes)]
        return np.where(largest[:, None], np.eye(share.shape[1])[0], share)
    if not press.points or not today.any():
        return share
    weight = min(1.0, press.points / (1 - share[today, 0].mean()))
    moved = (1 - weight) * share + weight * np.eye(share.shape[1])[0]
    return np.where(today[:, None], moved, share)


def _draw_narrative(press: Press, articles: Articles, rank: int, rng: np.random.Generator) -> Array:
    """Which articles carry a narrative, by accused side; the side follows the outlet's group."""
    base = rng.normal(-2.2, 0.6)
    chance = 1 / (1 + np.exp(-(base + _lean(press, articles, 1, rng)[:, 0])))
    if press.narrative_points and rank == N_SIDES.index(1):
        today = articles.day == 0
        weight = press.narrative_points / (1 - chance[today].mean())
        chance = np.where(today, chance + weight * (1 - chance), chance)
    carries = (rng.random(len(articles)) < chance)[articles.writer]
    sides = GROUP_OF[articles.outlet] % N_SIDES[rank]
    return np.asarray(carries[:, None] & (sides[:, None] == np.arange(N_SIDES[rank])))


def as_cases(day: Day) -> Cases:
    """The day as the tables that summaries are made from: referents r0, r1 ..., wordings w0 ..., narratives n0 ..."""
    rows = day.articles
    table = pd.DataFrame(
        {
            "article_id": np.arange(len(rows)),
            "version_id": np.arange(len(rows)),
            "days_ago": rows.day,
            "is_copy": rows.is_copy,
            "outlet": [f"outlet{i}" for i in rows.outlet],
            "outlet_name": [f"outlet{i}" for i in rows.outlet],
            "group": [f"group{i}" for i in GROUP_OF[rows.outlet]],
            "language": "en",
            "story": rows.found,
            "relevant": True,
        }
    )
    mentions = [
        table.iloc[np.repeat(own.articles, own.counts[:, i])].assign(referent=f"r{rank}", wording=f"w{i}")
        for rank, own in enumerate(day.referents)
        for i in range(own.counts.shape[1])
    ]
    narratives = [
        table[carries[:, i]].assign(narrative=f"n{rank}", accused=f"s{i}" if carries.shape[1] > 1 else "")
        for rank, carries in enumerate(day.narratives)
        for i in range(carries.shape[1])
    ]
    originals = {int(i): int(rows.writer[i]) for i in np.flatnonzero(rows.is_copy)}
    before = tuple(int(d) for d in DAYS[1:])
    told = [pd.concat(tables, ignore_index=True).assign(voice="asserted") for tables in (mentions, narratives)]
    return Cases(table, *told, originals, Baseline("weekday", before, before))


def as_questions(day: Day) -> list[Question]:
    """The day as what is tested, without the tables between: what `list_questions` makes of `as_cases`."""
    rows = day.articles
    table = pd.DataFrame(
        {
            "article_id": np.arange(len(rows)),
            "outlet": np.array([f"outlet{i}" for i in range(N_OUTLETS)])[rows.outlet],
            "group": np.array([f"group{i}" for i in range(len(GROUP_SIZES))])[GROUP_OF[rows.outlet]],
            "story": rows.found,
            "language": "en",
            "days_ago": rows.day,
        }
    )
    originals = np.flatnonzero(~rows.is_copy)
    questions = []
    for rank, own in enumerate(day.referents):
        kept = ~rows.is_copy[own.articles]
        items = tuple(Item(f"r{rank}/w{i}", "", f"w{i}") for i in range(own.counts.shape[1]))
        pool = table.iloc[own.articles[kept]]
        questions.append(Question("wording", f"r{rank}", items, "", pool, own.counts[kept] > 0))
    for rank, carries in enumerate(day.narratives):
        items = tuple(Item(f"n{rank}", f"s{i}", "") for i in range(carries.shape[1]))
        questions.append(Question("narrative", f"n{rank}", items, "", table.iloc[originals], carries[originals]))
    return [question for question in questions if is_testable(question)]


def measure_icc(values: Array, groups: Array) -> float:
    """The intra-class correlation of values in groups of unequal sizes. Source: Donner 1986, the ANOVA estimator."""
    _, number = np.unique(groups, return_inverse=True)
    sizes = np.bincount(number)
    means = np.bincount(number, values) / sizes
    n, k = len(values), len(sizes)
    between = float((sizes * (means - np.mean(values)) ** 2).sum()) / (k - 1)
    within = float(((values - means[number]) ** 2).sum()) / (n - k)
    typical = (n - (sizes**2).sum() / n) / (k - 1)
    return (between - within) / (between + (typical - 1) * within)
