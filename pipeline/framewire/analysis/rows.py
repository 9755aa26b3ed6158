"""The tables with a row a case: an article, a passage, a mention, a narrative, a change of a headline, a place in a text."""

from typing import Unpack

import pandas as pd

from framewire.analysis.choice import Filters, check_narrative, check_referent
from framewire.analysis.counting import widen_narratives
from framewire.analysis.days import When
from framewire.analysis.opened import Opened
from framewire.analysis.search import list_contexts, search_texts
from framewire.store import (
    explore_articles,
    explore_labellings,
    explore_mentions,
    explore_narratives,
    explore_passages,
    explore_revisions,
    reading,
)
from framewire.workflow.concordance import Concordance, Rules, Scope

MAX_FOUND = 1000
"""The most articles that a search, or places that a concordance, brings unless told otherwise."""


class Rows(Opened):
    """The methods that bring a row a case."""

    def articles(self, *, limit: int | None = None, **filters: Unpack[Filters]) -> pd.DataFrame:
        """One row an article, oldest first; with a limit the newest ones. `relevant` is missing where there are no labels.

        Cost: proportional to the rows that come back.
        """
        with reading(self._workspace.engine) as conn:
            table = explore_articles(conn, self._choose(filters), limit=limit)
        return self._done(table, "articles", limit=limit, **filters)

    def passages(
        self, *, relevant: bool | None = None, limit: int | None = None, **filters: Unpack[Filters]
    ) -> pd.DataFrame:
        """One row a passage of a labelled article, with its text. Cost: of the rows, texts included."""
        with reading(self._workspace.engine) as conn:
            table = explore_passages(conn, self._choose(filters), relevant=relevant, limit=limit)
        return self._done(table, "passages", relevant=relevant, limit=limit, **filters)

    def mentions(
        self,
        referent: str | None = None,
        *,
        relevant: bool | None = None,
        limit: int | None = None,
        **filters: Unpack[Filters],
    ) -> pd.DataFrame:
        """One row a term mention: referent, wording, surface, voice, speaker. Cost: of the rows.

        Raises:
            ValueError: the codebook has no such referent.
        """
        check_referent(self.codebook, referent)
        with reading(self._workspace.engine) as conn:
            only = self._choose(filters)
            table = explore_mentions(conn, only, referent=referent, relevant=relevant, limit=limit)
        done = self._done(table, "mentions", referent=referent, relevant=relevant, limit=limit, **filters)
        return self._named(done, referent)

    def narratives(
        self,
        narrative: str | None = None,
        *,
        wide: bool = False,
        limit: int | None = None,
        **filters: Unpack[Filters],
    ) -> pd.DataFrame:
        """One row a narrative of a passage; with `wide` one row an article and a column a narrative. Cost: of the rows.

        Raises:
            ValueError: the codebook has no such narrative.
        """
        check_narrative(self.codebook, narrative)
        only = self._choose(filters)
        with reading(self._workspace.engine) as conn:
            table = explore_narratives(conn, only, narrative=narrative, limit=None if wide else limit)
            articles = explore_articles(conn, only, limit=limit) if wide else None
        if articles is not None:
            dated = self._with_days(articles)
            table = widen_narratives(table, dated, [narrative] if narrative else list(self.codebook.narrative_ids))
        return self._done(table, "narratives", narrative=narrative, wide=wide, limit=limit, **filters)

    def revisions(self, *, limit: int | None = None, **filters: Unpack[Filters]) -> pd.DataFrame:
        """One row a changed headline or text, by when the change was seen. Cost: of the versions of the span."""
        with reading(self._workspace.engine) as conn:
            table = explore_revisions(conn, self._choose(filters), limit=limit)
        return self._done(table, "revisions", limit=limit, **filters)

    def labelled_by(self, **filters: Unpack[Filters]) -> pd.DataFrame:
        """One row a codebook and model whose labels the articles carry now: where a series breaks. Cost: of the articles."""
        with reading(self._workspace.engine) as conn:
            table = explore_labellings(conn, self._choose(filters))
        return self._done(table, "labelled_by", **filters)

    def search(self, text: str, *, limit: int = MAX_FOUND, **filters: Unpack[Filters]) -> pd.DataFrame:
        """The newest articles that hold every word of a text somewhere, capitals aside, with an excerpt.

        Cost: reads the texts of the span, newest first, until the limit is reached.

        Raises:
            ValueError: there is no word to look for.
        """
        table = search_texts(self._workspace, self._choose(filters), text, limit=limit)
        return self._done(table, "search", text=text, limit=limit, **filters)

    def kwic(
        self,
        pattern: str,
        *,
        misses: bool = False,
        width: int = 60,
        limit: int = MAX_FOUND,
        language: str | None = None,
        outlet: str | None = None,
        since: When = None,
        until: When = None,
    ) -> pd.DataFrame:
        """The places where a pattern, `referent/wording` or `@reference` stands, in context, newest article first.

        By the codebook's own matcher; with `misses` also places that do not count, with the reason. Cost: reads every
        text of the span until the limit is reached, some thousand a second.

        Raises:
            InputError: an unknown language, outlet, wording or reference, or words that are no pattern.
        """
        only = self._choose({"since": since, "until": until})
        scope = Scope(language=language, outlet=outlet, since=only.since, until=only.until)
        search = Concordance(self._workspace, pattern, rules=Rules(), scope=scope, width=width)
        table = list_contexts(search, misses=misses, limit=limit)
        return self._done(table, "kwic", pattern=pattern, misses=misses, language=language, outlet=outlet)
