"""The countable cases of a day and its baseline: which article counts on which day, which is a copy, what stands in it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

import pandas as pd

from framewire.records import ANSWERED, UNCLEAR, LabelState, Voice
from framewire.summarise.openings import list_openings
from framewire.summarise.stories import number_stories
from framewire.summarise.tables import Tables, count_at, find_days_ago, find_places
from framewire.summarise.window import Window

# Source: design, section 7: the last four same weekdays, all 28 days shown beside.
N_DAYS = 28
WEEK = 7
# Source: summary contract: with fewer same weekdays, all days; with fewer days, no test.
MIN_SAME_WEEKDAYS = 2
MIN_DAYS = 7
FIRM = (LabelState.LABELLED.value, LabelState.RULES_ONLY.value)
# How a voice is printed: scare quotes are a way of quoting.
VOICE_SHOWN = {
    Voice.ASSERTED.value: "asserted",
    Voice.ATTRIBUTED.value: "quoted",
    Voice.SCARE_QUOTED.value: "quoted",
    Voice.DENIED.value: "denied",
}


@dataclass(frozen=True, slots=True)
class Baseline:
    """The days compared with, as numbers of days ago. `basis` is 'weekday', 'all days' or 'none' (too little history).

    With 'range' the days are ranges: the one before.
    """

    basis: str
    days: tuple[int, ...]
    history: tuple[int, ...]


@dataclass(frozen=True)
class Cases:
    """What is counted. Every table has `article_id`, `days_ago`, `is_copy`, `outlet`, `group` and `story`.

    `story` is a number that articles about one event share, copies included, today and on the days compared with.

    `articles` are all that count in the 29 days; `mentions` those of relevant passages with the voice as printed;
    `narratives` those that hold (labelled or by rules), `accused` '' unless the narrative is sided.
    """

    articles: pd.DataFrame
    mentions: pd.DataFrame
    narratives: pd.DataFrame
    originals: Mapping[int, int]
    baseline: Baseline

    @cached_property
    def today(self) -> pd.DataFrame:
        """The articles of the day."""
        return self.articles[self.articles["days_ago"] == 0]

    @cached_property
    def groups(self) -> list[str]:
        """The outlet groups with a relevant article today, by name."""
        return sorted(self.today.loc[self.today["relevant"], "group"].unique())

    @cached_property
    def relevant(self) -> pd.DataFrame:
        """The relevant articles of all days."""
        return self.articles[self.articles["relevant"]]


def find_cases(tables: Tables, window: Window, *, sided: Sequence[str]) -> Cases:
    """The cases of a window and the 28 days before it. `sided` are the narratives with an accused side."""
    dated = count_at(tables.articles)
    # A range is compared with the one before it: `days_ago` counts ranges then.
    n_before = N_DAYS if window.n_days == 1 else 1
    dated = dated.assign(days_ago=find_days_ago(dated["counted_at"], window, n_days=n_before))
    articles = dated[dated["days_ago"] >= 0].sort_values(["counted_at", "article_id"])
    articles = articles.assign(group=articles["group"].fillna("").replace("", "no group"))
    originals = find_originals(articles)
    articles = articles.assign(is_copy=articles["article_id"].isin(list(originals)))
    if window.n_days == 1:
        baseline = choose_baseline(_find_history(articles, tables.polls, window))
    else:
        baseline = choose_range_baseline(articles, tables.polls, window)
    articles = articles.assign(story=_find_stories(articles, originals, tables, baseline))
    mentions = _attach(tables.mentions[tables.mentions["relevant"]], articles)
    mentions = mentions.assign(voice=mentions["voice"].map(VOICE_SHOWN))
    narratives = _attach(tables.narratives[tables.narratives["state"].isin(FIRM)], articles)
    is_sided = narratives["narrative"].isin(list(sided))
    narratives = narratives.assign(
        voice=narratives["voice"].map(VOICE_SHOWN), accused=narratives["accused"].fillna(UNCLEAR).where(is_sided, "")
    )
    return Cases(articles, mentions, narratives, originals, baseline)


def choose_baseline(history: Sequence[int]) -> Baseline:
    """What today is compared with: two to four same weekdays, else at least seven days, else nothing."""
    known = tuple(sorted(history))
    weekdays = tuple(days for days in known if days % WEEK == 0)
    if len(weekdays) >= MIN_SAME_WEEKDAYS:
        return Baseline("weekday", weekdays, known)
    if len(known) >= MIN_DAYS:
        return Baseline("all days", known, known)
    return Baseline("none", (), known)


def choose_range_baseline(articles: pd.DataFrame, polls: pd.DataFrame, window: Window) -> Baseline:
    """What a range is compared with: the one before it, if it was watched on seven of its days, or on all that it has."""
    answered = polls.loc[polls["status"].isin(ANSWERED), "started_at"]
    seen = articles.loc[~articles["first_poll"], "counted_at"]
    days = window.before(1).days()
    watched = set(find_places(answered, days).tolist()) | set(find_places(seen, days).tolist())
    if len(watched - {-1}) >= min(MIN_DAYS, window.n_days):
        return Baseline("range", (1,), (1,))
    return Baseline("none", (), ())


def describe_range_baseline(baseline: Baseline, window: Window) -> str:
    """What a range is compared with, in words."""
    before = window.before(1)
    days = f"the {window.n_days} days before, {before.day.isoformat()} to {before.last.isoformat()}"
    return days if baseline.days else f"nothing: {days}, were not watched long enough"


def describe_baseline(baseline: Baseline, day: date) -> str:
    """What today is compared with, in words."""
    n = len(baseline.history)
    if baseline.basis == "weekday":
        return f"the last {len(baseline.days)} {day:%A}s"
    if baseline.basis == "all days":
        return f"all {n} days of history, for want of earlier {day:%A}s"
    return f"nothing yet: {n} of {N_DAYS} days of history, {MIN_DAYS} are needed"


def list_dates(days_ago: Sequence[int], day: date) -> tuple[date, ...]:
    """The dates that lie so many days before, oldest first."""
    return tuple(sorted(day - timedelta(days=days) for days in days_ago))


def _attach(rows: pd.DataFrame, articles: pd.DataFrame) -> pd.DataFrame:
    """The rows of relevant counted articles, with the article's day, group and whether it is a copy."""
    known = articles.loc[articles["relevant"], ["article_id", "days_ago", "is_copy", "group", "story", "counted_at"]]
    return rows.drop(columns=["group"]).merge(known, on="article_id", how="inner")


def find_originals(articles: pd.DataFrame) -> dict[int, int]:
    """Each copy with the article that stands for its text: the original, or the first one that counts, if that does not."""
    relevant = articles[articles["relevant"]]
    ids = relevant["article_id"].tolist()
    roots = relevant["copy_of"].fillna(relevant["article_id"]).astype("int64").tolist()
    standing = {root: root for root in set(roots) & set(ids)}
    for article, root in zip(ids, roots, strict=True):
        standing.setdefault(root, article)
    return {article: standing[root] for article, root in zip(ids, roots, strict=True) if article != standing[root]}


def _find_stories(
    articles: pd.DataFrame, originals: Mapping[int, int], tables: Tables, baseline: Baseline
) -> "pd.Series[int]":
    """Each article's story as a number; an article whose text is not here, or on a day that nothing needs, has its own."""
    needed = articles["relevant"] & ~articles["is_copy"] & articles["version_id"].isin(list(tables.texts))
    told = articles[needed & articles["days_ago"].isin([0, *baseline.days])]
    openings = list_openings([tables.texts[version] for version in told["version_id"]], tables.mentions)
    numbers = number_stories(told, openings)
    writers = articles["article_id"].map(lambda article: originals.get(article, article))
    return writers.map(lambda article: numbers.get(article, -article)).astype("int64")


def _find_history(articles: pd.DataFrame, polls: pd.DataFrame, window: Window) -> tuple[int, ...]:
    """The days on which the feeds were watched: one answered, or brought an article by more than its first poll.

    What a first poll brings of earlier days is only what the feed still showed, so it makes no day of history.
    """
    answered = polls[polls["status"].isin(ANSWERED)]
    watched = set(find_days_ago(answered["started_at"], window, n_days=N_DAYS))
    watched |= set(articles.loc[~articles["first_poll"], "days_ago"])
    return tuple(sorted(int(days) for days in watched if days > 0))
