"""Tables for notebooks: what cron has stored, tidy, with its provenance. Read-only but for codings.

import framewire as fw
c = fw.open("watch")
c.mentions("displacement").groupby(["group", "wording"]).size()
"""

from collections.abc import Hashable, Sequence
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, TypedDict, Unpack

import pandas as pd

from framewire.analysis.choice import (
    Filter,
    Names,
    check_by,
    check_name,
    check_narrative,
    check_referent,
    choose,
)
from framewire.analysis.comparisons import compare_wordings, find_changes, share_narratives
from framewire.analysis.counting import count_by_day, drop_copies, read_counted, widen_narratives
from framewire.analysis.days import Calendar, Span, When, split_span
from framewire.analysis.provenance import describe_store, mark
from framewire.analysis.reviewing import list_items, store_table
from framewire.analysis.search import list_contexts, search_texts
from framewire.analysis.shares import widen
from framewire.analysis.show import Article, ModelCard
from framewire.analysis.stories import build_stories
from framewire.codebook import Codebook
from framewire.store import (
    Only,
    explore_articles,
    explore_labellings,
    explore_mentions,
    explore_narratives,
    explore_passages,
    explore_revisions,
    read_texts,
    reading,
)
from framewire.workflow.articles import show_article
from framewire.workflow.concordance import Concordance, Rules, Scope
from framewire.workflow.coverage import choose_days, read_coverage
from framewire.workflow.explain import Explanation, explain_article
from framewire.workflow.model_records import get_card
from framewire.workflow.opening import open_for_reading, open_for_writing
from framewire.workflow.workspace import Workspace

MENTION_BY = ("outlet", "group", "language", "voice", "speaker", "state", "day")
ARTICLE_BY = ("outlet", "group", "language", "day")
MAX_FOUND = 1000
"""The most articles that a search, or places that a concordance, brings unless told otherwise."""


class Filters(TypedDict, total=False):
    """What every table may be held to: time, outlets, groups, languages (one or several), numbers of articles.

    A date is a whole day of the workspace, `until` included; a time is exact, without zone the workspace's, `until` excluded.
    """

    since: When
    until: When
    outlet: Names
    group: Names
    language: Names
    articles: Sequence[int] | None


class Collection:
    """The stored coverage of one workspace as pandas tables; every table's `attrs` say where it comes from.

    Nothing is read before a table is asked for, and of a table only what its filters let through. The columns, their
    dtypes and what missing means stand in docs/tables.md.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._calendar = Calendar(workspace.config.zone, workspace.config.day_starts_at)

    def __repr__(self) -> str:
        about = self._about
        return f"<Framewire: {about['database']}, {about['codebook']}, {about['model']}>"

    @property
    def codebook(self) -> Codebook:
        """The codebook in use. In a notebook it and its entries (`get_referent`, `get_narrative`) show themselves."""
        return self._workspace.codebook

    @property
    def card(self) -> ModelCard:
        """The card of the model in use. Raises ModelMissing if none was trained."""
        return ModelCard(get_card(self._workspace, None))

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

    def daily(
        self, what: str | None = None, *, by: str | Sequence[str] = "outlet", **filters: Unpack[Filters]
    ) -> pd.DataFrame:
        """Shares by day: the wordings of a referent, the articles with a narrative, or (None) the relevant articles.

        Counted in the database as summaries count: cost is of what is stored of the span, not of what comes back.

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
        mentions = self._with_days(read["mentions"])
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
        self, *, before: Span, after: Span, referent: str | None = None, **filters: Unpack[Filters]
    ) -> pd.DataFrame:
        """What changed between two spans of time: shares of articles, difference, interval, p and q, surest first.

        A span is `(since, until)`; a lone date is the end of `before` (included), or the beginning of `after`. Articles
        are the cases, copies of one text count once. Cost: of the articles of both spans.

        Raises:
            ValueError: no such referent; the spans cannot be read.
        """
        check_referent(self.codebook, referent)
        tables = []
        for name, span in (("before", before), ("after", after)):
            since, until = split_span(span, is_before=name == "before")
            only = self._choose({**filters, "since": since, "until": until})
            tables.append(drop_copies(read_counted(self._workspace, only, referent=referent)))
        table = find_changes(tables[0], tables[1], self.codebook)
        table = table if referent is None else table[table["kind"] == "wording"].reset_index(drop=True)
        return self._done(table, "change", before=before, after=after, referent=referent, **filters)

    def stories(self, *, min_outlets: int = 3, **filters: Unpack[Filters]) -> pd.DataFrame:
        """One row an article of a story: the articles of several outlets about one event, largest story first.

        Cost: reads the texts of the relevant articles, of which there may be 3,000; some seconds for a month.

        Raises:
            ValueError: more relevant articles than that.
        """
        read = read_counted(self._workspace, self._choose(filters), names=("articles",))
        articles = read["articles"]
        relevant = articles[articles["relevant"].fillna(False).astype(bool)].reset_index(drop=True)
        with reading(self._workspace.engine) as conn:
            texts = read_texts(conn, relevant["version_id"].tolist()) if len(relevant) <= 3000 else {}
        table = build_stories(self._with_days(relevant), texts, min_outlets=min_outlets)
        return self._done(table, "stories", min_outlets=min_outlets, **filters)

    def revisions(self, *, limit: int | None = None, **filters: Unpack[Filters]) -> pd.DataFrame:
        """One row a changed headline or text, by when the change was seen. Cost: of the versions of the span."""
        with reading(self._workspace.engine) as conn:
            table = explore_revisions(conn, self._choose(filters), limit=limit)
        return self._done(table, "revisions", limit=limit, **filters)

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

    def review(self, n: int = 20, *, by: str, labels: bool = True) -> pd.DataFrame:
        """The next passages that wait for a coder, with text and reason; with `labels` what the model says, where it may be seen.

        What waits was offered by `framewire review queue` or on the web pages. Cost: of the queue.

        Raises:
            ValueError: no number of passages.
        """
        table = list_items(self._workspace, n, by=by, labels=labels)
        done = self._done(table, "review", n=n, by=by, labels=labels)
        done.attrs["definitions"] = {one.id: one.definition for one in self.codebook.narratives}
        return done

    def correct(self, table: pd.DataFrame, *, by: str) -> pd.DataFrame:
        """Stores the codings of a table with columns `item`, `says` and perhaps `note`; all of them, or none.

        `says` is as in `framewire review fix`: `water_theft=asserted:norland, neglect=denied`, `none`, `irrelevant`; rows
        without it are passed over. Needs a collection that was opened with `writable=True`.

        Raises:
            InputError: the collection is read-only; a column is missing; a row cannot be used. Names column and row.
        """
        return self._done(store_table(self._workspace, table, by=by), "correct", by=by)

    def article(self, number: int) -> Article:
        """One article with the labels of its newest version; a notebook shows it with its wordings marked.

        Raises:
            InputError: there is no such article.
        """
        return Article(show_article(self._workspace, int(number)))

    def explain(self, number: int) -> Explanation:
        """The labels of an article with their reasons; a notebook shows rules, words and cues in the text.

        Cost: loads the model once, some seconds.

        Raises:
            InputError: there is no such article.
        """
        return explain_article(self._workspace, str(number))

    @cached_property
    def _about(self) -> dict[Hashable, Any]:
        return describe_store(self._workspace)

    def _choose(self, filters: Any) -> Only:
        for name in filters:
            check_name("filter", name, Filters.__annotations__)
        return choose(self._workspace, self._calendar, Filter(**filters))

    def _day(self, name: str, value: When) -> date | None:
        moment = self._calendar.read_start(name, value)
        return self._calendar.day_at(moment) if moment else None

    def _with_days(self, table: pd.DataFrame) -> pd.DataFrame:
        """The table with `day` behind `counted_at`."""
        if "counted_at" not in table.columns or "day" in table.columns:
            return table
        place = int(table.columns.get_loc("counted_at")) + 1  # type: ignore[arg-type]
        table.insert(place, "day", self._calendar.find_days(table["counted_at"]))
        return table

    def _done(self, table: pd.DataFrame, method: str, *, days: bool = True, **arguments: Any) -> pd.DataFrame:
        return mark(self._with_days(table) if days else table, self._about, method, arguments)

    def _named(self, table: pd.DataFrame, referent: str | None) -> pd.DataFrame:
        """The table with the wordings' words in `attrs`, for plots."""
        wordings = [w for r in self.codebook.terminology if r.id == referent for w in r.wordings]
        if wordings:
            table.attrs["names"] = {wording.id: wording.title for wording in wordings}
            table.attrs["label"] = self.codebook.get_referent(str(referent)).label
        return table


def open_collection(where: str | Path | None = None, *, writable: bool = False, **settings: Any) -> Collection:
    """The collection of a workspace, of a database address, or (None) of the nearest workspace from here upwards.

    It is read-only unless it is opened as `writable`, which only a workspace can be. `settings` are those of
    framewire.toml, such as `timezone`; with an address they are all there is.

    Raises:
        ConfigError: there is no workspace, or a setting that cannot be.
        InputError: a database address cannot be opened for writing.
        StoreError: the database is missing, or older or newer than this Framewire.
    """
    return Collection(open_for_writing(where, **settings) if writable else open_for_reading(where, **settings))
