"""Tables for notebooks: what cron has stored, tidy, with its provenance. Read-only but for codings.

import framewire as fw
c = fw.open("watch")
c.mentions("displacement").groupby(["group", "wording"]).size()
"""

from pathlib import Path
from typing import Any

import pandas as pd

from framewire.analysis.counts import Counts
from framewire.analysis.reviewing import list_items, store_table
from framewire.analysis.rows import Rows
from framewire.analysis.show import Article, ModelCard
from framewire.workflow.articles import show_article
from framewire.workflow.explain import Explanation, explain_article
from framewire.workflow.model_records import get_card
from framewire.workflow.opening import open_for_reading, open_for_writing


class Collection(Rows, Counts):
    """The stored coverage of one workspace as pandas tables; every table's `attrs` say where it comes from.

    Nothing is read before a table is asked for, and of a table only what its filters let through. The columns, their
    dtypes and what missing means stand in docs/tables.md.
    """

    @property
    def card(self) -> ModelCard:
        """The card of the model in use. Raises ModelMissing if none was trained."""
        return ModelCard(get_card(self._workspace, None))

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
