"""The tables that count: shares by day and outlet, what changed, stories, coverage."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Unpack

import pandas as pd

from framewire.analysis.changes import find_changes
from framewire.analysis.choice import Filters, Names, check_by, check_referent
from framewire.analysis.comparisons import compare_wordings, share_narratives
from framewire.analysis.counting import count_by_day, keep_relevant, read_counted
from framewire.analysis.days import Span, When, split_span
from framewire.analysis.opened import Opened
from framewire.analysis.periods import check_apart, read_periods
from framewire.analysis.shares import widen
from framewire.analysis.stories import build_stories
from framewire.store import read_texts, reading
from framewire.workflow.coverage import choose_days, read_coverage

MENTION_BY = ("outlet", "group", "language", "voice", "speaker", "state", "day")
ARTICLE_BY = ("outlet", "group", "language", "day")


class Counts(Opened):
    """The methods that count."""

    def daily(
        self, what: str | None = None, *, by: str | Sequence[str] = "outlet", **filters: Unpack[Filters]
    ) -> pd.DataFrame:
        """Shares by day: the wordings of a referent, the articles with a narrative, or (None) the relevant articles.

        Counted in the database as summaries count: cost is of what is stored of the span, not of what comes back; a year
        of 365,000 articles takes some two seconds on SQLite.

        Raises:
            ValueError: `what` is neither a referent nor a narrative; nothing can be counted by that column.
        """
        names = check_by(by)
        table = count_by_day(self._workspace, self._calendar, self._choose(filters), what=what, by=names)
        done = self._done(table, "daily", what=what, by=by, **filters)
        return self._named(done, what)

    def compare(
        self,
        referent: str,
        *,
        by: str | Sequence[str] = "outlet",
        ci: str = "bootstrap",
        wide: bool = False,
        random_state: int = 0,
        **filters: Unpack[Filters],
    ) -> pd.DataFrame:
        """Shares of a referent's wordings in relevant passages, with intervals; with `wide` a matrix of shares and `n`.

        `ci="bootstrap"` draws whole articles anew; "wilson" takes mentions for independent, as summaries do, and is
        never wider. Cost: of the referent's mentions.

        Raises:
            ValueError: the codebook has no such referent; mentions have no such column; no such interval.
        """
        check_referent(self.codebook, referent)
        names = check_by(by, MENTION_BY)
        read = read_counted(self._workspace, self._choose(filters), referent=referent, names=("mentions",))
        mentions = self._with_days(keep_relevant(read["mentions"]))
        table = compare_wordings(
            mentions, self.codebook.get_referent(referent), names, ci=ci, random_state=random_state
        )
        table = widen(table, names, "wording") if wide else table
        done = self._done(table, "compare", referent=referent, by=by, ci=ci, random_state=random_state, **filters)
        return self._named(done, referent)

    def narrative_shares(self, *, by: str | Sequence[str] = "group", **filters: Unpack[Filters]) -> pd.DataFrame:
        """Shares of relevant articles with each narrative, by voice and accused side. Cost: of the articles.

        Raises:
            ValueError: articles have no such column.
        """
        names = check_by(by, ARTICLE_BY)
        read = read_counted(self._workspace, self._choose(filters), names=("articles", "narratives"))
        dated = {name: self._with_days(table) for name, table in read.items()}
        table = share_narratives(dated["narratives"], dated["articles"], self.codebook, names)
        done = self._done(table, "narrative_shares", by=by, **filters)
        done.attrs["names"] = {item.id: item.label for item in self.codebook.narratives}
        return done

    def change(
        self,
        *,
        before: Span,
        after: Span,
        referent: str | None = None,
        random_state: int = 0,
        **filters: Unpack[Filters],
    ) -> pd.DataFrame:
        """What changed between two spans of time: shares of articles, difference, interval, p and q, surest first.

        A span is `(since, until)`; a lone date is the end of `before` (included), or the beginning of `after`. Articles
        are the cases, copies of one text count once, and whole stories are exchanged between the spans, each outlet
        compared with itself: the test of the daily summaries. Among more than 3,000 texts stories are looked for only if
        those that name the `referent` are fewer; else each text counts as its own story, which `grouped_by` says, and
        `attrs["stories"]` in words. Cost: of the articles since `before` begins; some seconds for 3,000 texts.

        Sources: `framewire.summarise.resampling` (the test); Benjamini and Hochberg 1995 (q).

        Raises:
            ValueError: no such referent; the spans cannot be read, or overlap.
        """
        check_referent(self.codebook, referent)
        earlier, later = (
            self._choose({**filters, "since": since, "until": until})
            for since, until in (split_span(before, is_before=True), split_span(after, is_before=False))
        )
        check_apart(earlier, later)
        periods = read_periods(self._workspace, earlier, later, referent=referent)
        asked_of = self.codebook if referent is None else self.codebook.model_copy(update={"narratives": ()})
        table = find_changes(periods, asked_of, random_state=random_state)
        asked: dict[str, Any] = {"before": before, "after": after, "referent": referent, "random_state": random_state}
        done = self._done(table, "change", **asked, **filters)
        done.attrs["stories"] = periods.note
        return done

    def stories(self, *, min_outlets: int = 3, **filters: Unpack[Filters]) -> pd.DataFrame:
        """One row an article of a story: the articles of several outlets about one event, largest story first.

        Cost: reads the texts of the relevant articles, of which there may be 3,000; some seconds for a month.

        Raises:
            ValueError: more relevant articles than that.
        """
        read = read_counted(self._workspace, self._choose(filters), names=("articles", "mentions"))
        articles = read["articles"]
        relevant = articles[articles["relevant"].fillna(False).astype(bool)].reset_index(drop=True)
        with reading(self._workspace.engine) as conn:
            texts = read_texts(conn, relevant["version_id"].tolist()) if len(relevant) <= 3000 else {}
        table = build_stories(self._with_days(relevant), read["mentions"], texts, min_outlets=min_outlets)
        return self._done(table, "stories", min_outlets=min_outlets, **filters)

    def coverage(
        self,
        *,
        since: When = None,
        until: When = None,
        outlet: Names = None,
        group: Names = None,
        now: datetime | None = None,
    ) -> pd.DataFrame:
        """One row an outlet and day, both ends included [default: the 28 newest days that have ended].

        What was `expected` (the median of the last four same weekdays, missing if too few days are known, with the range
        `expected_low` to `expected_high`), what came (`articles`, `relevant`, by `languages`), and why: `reason`, one of
        `framewire.summarise.Reason`, `is_gap`, and all that is known in words as `detail`. `day` is the local date of the
        workspace's day. `hours_down` are hours in which no feed of any outlet was asked. `now` is the clock's by default.
        Cost: one query a day, seconds for a year.

        Raises:
            InputError: the last day has not ended yet, or lies before the first.
        """
        moment = now or datetime.now(UTC)
        only = self._choose({"outlet": outlet, "group": group})
        first, last = choose_days(
            self._workspace, since=self._day("since", since), until=self._day("until", until), now=moment
        )
        table = read_coverage(self._workspace, self._workspace.engine, since=first, until=last, now=moment)
        for column, names in (("outlet", only.outlets), ("group", only.groups)):
            table = table if names is None else table[table[column].isin(names)].reset_index(drop=True)
        return self._done(table, "coverage", days=False, since=first, until=last, outlet=outlet, group=group)
