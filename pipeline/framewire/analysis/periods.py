"""Two spans of time as the cases of a test: which article counts in which, which is a copy, and what story it tells."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from framewire.analysis.counting import keep_relevant, read_counted
from framewire.codebook import Codebook
from framewire.records import UNCLEAR
from framewire.store import Only, read_texts, reading
from framewire.summarise.cases import FIRM, Baseline, Cases, find_originals
from framewire.summarise.openings import list_openings
from framewire.summarise.stories import MAX_ARTICLES, number_stories
from framewire.workflow.workspace import Workspace

BY_STORY, BY_COPY = "story", "copy"
# What comes after counts as today, what comes before as the one span that it is compared with.
AFTER, BEFORE = 0, 1


@dataclass(frozen=True, slots=True)
class Periods:
    """The cases of both spans, `grouped_by` stories or by copies alone, and how that came in words."""

    cases: Cases
    grouped_by: str
    note: str


def check_apart(before: Only, after: Only) -> None:
    """Raises ValueError if an article could count in both spans."""
    if before.until is None or after.since is None or before.until > after.since:
        raise ValueError(
            "before= and after= overlap: the later span must begin when the earlier one has ended, or later"
        )


def read_periods(workspace: Workspace, before: Only, after: Only, *, referent: str | None) -> Periods:
    """The relevant articles of both spans with their labels; with a referent only its mentions, and no narratives.

    Stories are looked for as the summaries do, among 3,000 relevant articles at most, copies left out. If there are more,
    then among those that name the referent; if these are too many as well, or none is asked for, each text is its own.
    """
    names = ("articles", "mentions", "narratives") if referent is None else ("articles", "mentions")
    tables = read_counted(workspace, replace(before, until=after.until), referent=referent, names=names)
    articles = _place(tables["articles"], before, after)
    originals = find_originals(articles)
    articles = articles.assign(is_copy=articles["article_id"].isin(list(originals)))
    mentions = keep_relevant(tables["mentions"])
    told = articles[~articles["is_copy"]]
    if referent is not None and len(told) > MAX_ARTICLES:
        told = told[told["article_id"].isin(mentions["article_id"])]
    by_story = len(told) <= MAX_ARTICLES
    numbers = _find_stories(workspace, told, tables["mentions"]) if by_story else {}
    stories = articles["article_id"].map(lambda article: numbers.get(article, -article)).astype("int64")
    articles = articles.assign(story=stories)
    narratives = _settle(tables["narratives"], workspace.codebook) if "narratives" in tables else mentions.iloc[:0]
    cases = Cases(
        articles,
        _attach(mentions, articles),
        _attach(narratives, articles),
        originals,
        Baseline("range", (BEFORE,), (BEFORE,)),
    )
    note = f"{len(set(numbers.values())):,} stories of {len(told):,} texts" if by_story else _say_too_many(len(told))
    return Periods(cases, BY_STORY if by_story else BY_COPY, note)


def _say_too_many(n_texts: int) -> str:
    return (
        f"{n_texts:,} texts are more than {MAX_ARTICLES:,}, the most that stories are looked for in: each text counts as its "
        "own story, copies left out, so p, q and the intervals are too small where one event fills many articles; "
        "narrow the spans, or ask for one referent="
    )


def _place(articles: pd.DataFrame, before: Only, after: Only) -> pd.DataFrame:
    """The relevant articles that count in one of the spans, with `days_ago` saying in which, by time."""
    times = articles["counted_at"]
    is_before, is_after = times < before.until, times >= after.since
    kept = articles["relevant"].fillna(False).astype(bool) & (is_before | is_after)
    placed = articles.assign(days_ago=np.where(is_after, AFTER, BEFORE), relevant=True)[kept]
    return placed.sort_values(["counted_at", "article_id"], ignore_index=True)


def _find_stories(workspace: Workspace, told: pd.DataFrame, mentions: pd.DataFrame) -> dict[int, int]:
    with reading(workspace.engine) as conn:
        texts = read_texts(conn, told["version_id"].tolist())
    return number_stories(told, list_openings(texts.values(), mentions))


def _settle(narratives: pd.DataFrame, codebook: Codebook) -> pd.DataFrame:
    """The narratives that hold, with `accused` '' unless they are sided."""
    sided = narratives["narrative"].isin([narrative.id for narrative in codebook.narratives if narrative.sided])
    accused = narratives["accused"].fillna(UNCLEAR).where(sided, "")
    return narratives.assign(accused=accused)[narratives["state"].isin(FIRM)]


def _attach(rows: pd.DataFrame, articles: pd.DataFrame) -> pd.DataFrame:
    """The rows of these articles, with what is known of the article."""
    known = articles[["article_id", "days_ago", "is_copy", "story"]]
    return rows.merge(known, on="article_id", how="inner")
