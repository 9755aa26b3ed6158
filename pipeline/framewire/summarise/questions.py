"""What may have changed: for each referent and each narrative, which articles could have it and which do, as arrays."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from framewire.codebook import Codebook, Narrative, Referent
from framewire.summarise.cases import Cases
from framewire.summarise.resampling import Array, Sample
from framewire.summarise.words import say_inside


@dataclass(frozen=True, slots=True)
class Item:
    """A wording, or a narrative laid to a side ('' for one without sides)."""

    id: str
    accused: str
    title: str


@dataclass(frozen=True)
class Question:
    """A referent with its wordings, or a narrative with its sides: what one omnibus test asks about.

    `pool` are the articles that could have an item, today's and those of the days compared with, copies left out;
    `carries` has shape `(n_articles, n_items)`. Articles are the cases and not mentions: whoever uses a word once tends
    to use it again.
    """

    kind: str
    id: str
    items: tuple[Item, ...]
    among: str
    pool: pd.DataFrame
    carries: Array

    @property
    def is_today(self) -> Array:
        """Which articles are today's."""
        return np.asarray(self.pool["days_ago"].to_numpy() == 0)

    def narrow(self, column: str, value: str) -> "Question":
        """The same question for one outlet group, or one outlet."""
        kept = self.pool[column].to_numpy() == value
        return Question(self.kind, self.id, self.items, self.among, self.pool[kept], self.carries[kept])


def list_questions(cases: Cases, codebook: Codebook) -> Iterator[Question]:
    """The questions in the codebook's order, referents first."""
    days = [0, *cases.baseline.days]
    mentions = cases.mentions[~cases.mentions["is_copy"] & cases.mentions["days_ago"].isin(days)]
    by_referent = dict(list(mentions.groupby("referent")))
    for referent in codebook.terminology:
        if referent.id in by_referent:
            yield _ask_referent(by_referent[referent.id], referent)
    relevant = cases.relevant
    pool = relevant[~relevant["is_copy"] & relevant["days_ago"].isin(days)]
    for narrative in codebook.narratives:
        own = cases.narratives[cases.narratives["narrative"] == narrative.id]
        yield _ask_narrative(own[own["voice"] != "denied"], pool, narrative, codebook)


def as_sample(question: Question) -> Sample:
    """The question as arrays for the test.

    An outlet is compared with itself if it has articles in both periods, else with the others of its group that have not.
    """
    pool, is_today = question.pool, question.is_today
    outlets, groups = _number(pool["outlet"]), _number(pool["group"])
    n_today, n_before = (
        np.bincount(outlets[rows], minlength=outlets.max(initial=0) + 1) for rows in (is_today, ~is_today)
    )
    both = (n_today > 0) & (n_before > 0)
    strata = np.unique(np.where(both[outlets], outlets, len(both) + groups), return_inverse=True)[1]
    return Sample(question.carries, strata, _number(pool["story"]), is_today, _number(pool["language"]))


def _ask_referent(mentions: pd.DataFrame, referent: Referent) -> Question:
    pool = mentions.drop_duplicates("article_id")
    items = tuple(Item(f"{referent.id}/{w.id}", "", w.title) for w in referent.wordings)
    keys = mentions["wording"].map({wording.id: i for i, wording in enumerate(referent.wordings)})
    known = keys.notna().to_numpy()
    carries = _mark(mentions["article_id"].to_numpy()[known], keys.to_numpy()[known], pool, len(items))
    return Question(
        "wording", referent.id, items, f"articles that name {say_inside(referent.label)}", _slim(pool), carries
    )


def _ask_narrative(narratives: pd.DataFrame, pool: pd.DataFrame, narrative: Narrative, codebook: Codebook) -> Question:
    sides = [(side.id, side.label) for side in codebook.sides] if narrative.sided else [("", "")]
    titles = [f"{narrative.label}, laid to {label}" if label else narrative.label for _, label in sides]
    items = tuple(Item(narrative.id, side, title) for (side, _), title in zip(sides, titles, strict=True))
    keys = narratives["accused"].map({side: i for i, (side, _) in enumerate(sides)})
    known = (keys.notna() & narratives["article_id"].isin(pool["article_id"])).to_numpy()
    carries = _mark(narratives["article_id"].to_numpy()[known], keys.to_numpy()[known], pool, len(items))
    return Question("narrative", narrative.id, items, "relevant articles", _slim(pool), carries)


def _mark(articles: Array, items: Array, pool: pd.DataFrame, n_items: int) -> Array:
    carries = np.zeros((len(pool), n_items), dtype=bool)
    carries[pd.Index(pool["article_id"]).get_indexer(articles), items.astype(int)] = True
    return carries


def _slim(pool: pd.DataFrame) -> pd.DataFrame:
    return pool[["article_id", "outlet", "group", "story", "language", "days_ago"]].reset_index(drop=True)


def _number(values: pd.Series) -> Array:
    return np.asarray(pd.factorize(values)[0])
