"""Tables for notebooks: what cron has stored, tidy, with its provenance. Read-only.

import framewire as fw
c = fw.open("watch")
c.mentions("displacement").groupby(["group", "wording"]).size()
"""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from framewire.config import find_workspace
from framewire.store import read_articles, read_mentions, read_narratives, read_passages, read_revisions, reading
from framewire.workflow.coverage import choose_days, read_coverage
from framewire.workflow.workspace import Workspace, open_workspace

When = str | datetime | None
Day = str | date | None


class Collection:
    """The stored coverage of one workspace as pandas tables; every table's `attrs` say where it comes from."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def articles(self, *, since: When = None, until: When = None) -> pd.DataFrame:
        """One row an article: outlet, group, language, dates, state of its labels, relevant or not."""
        return self._read("articles", read_articles, since, until)

    def passages(self, *, since: When = None, until: When = None) -> pd.DataFrame:
        """One row a passage with its span and relevance."""
        return self._read("passages", read_passages, since, until)

    def mentions(self, referent: str | None = None, *, since: When = None, until: When = None) -> pd.DataFrame:
        """One row a term mention: referent, wording, surface, voice, speaker.

        Raises:
            ValueError: the codebook has no such referent.
        """
        known = [item.id for item in self._workspace.codebook.terminology]
        if referent is not None and referent not in known:
            raise ValueError(f"unknown referent '{referent}' (known: {', '.join(known)})")
        table = self._read("mentions", read_mentions, since, until)
        return table if referent is None else _keep(table, table["referent"] == referent)

    def narratives(self, narrative: str | None = None, *, since: When = None, until: When = None) -> pd.DataFrame:
        """One row a narrative of a passage: score, state, voice, accused side, evidence.

        Raises:
            ValueError: the codebook has no such narrative.
        """
        known = self._workspace.codebook.narrative_ids
        if narrative is not None and narrative not in known:
            raise ValueError(f"unknown narrative '{narrative}' (known: {', '.join(known)})")
        table = self._read("narratives", read_narratives, since, until)
        return table if narrative is None else _keep(table, table["narrative"] == narrative)

    def revisions(self, *, since: When = None, until: When = None) -> pd.DataFrame:
        """One row a changed headline or text, with the old and the new headline."""
        return self._read("revisions", read_revisions, since, until)

    def coverage(self, *, since: Day = None, until: Day = None, now: datetime | None = None) -> pd.DataFrame:
        """One row an outlet and day, both ends included [default: the 28 newest days that have ended].

        What was `expected` (the median of the last four same weekdays, missing if too few days are known, with the range
        `expected_low` to `expected_high`), what came (`articles`, `relevant`, by `languages`), and why: `reason`, one of
        `framewire.summarise.Reason`, `is_gap`, and all that is known in words as `detail`. `day` is the local date of the
        workspace's day. `hours_down` are hours in which no feed of any outlet was asked. `now` is the clock's by default.

        Raises:
            InputError: the last day has not ended yet, or lies before the first.
        """
        moment = now or datetime.now(UTC)
        first, last = choose_days(self._workspace, since=_day(since), until=_day(until), now=moment)
        engine = self._workspace.readonly_engine
        table = read_coverage(self._workspace, engine, since=first, until=last, now=moment)
        return self._with_provenance(table, "coverage", first, last)

    def compare(self, referent: str, *, by: str = "outlet", since: When = None, until: When = None) -> pd.DataFrame:
        """Shares of a referent's wordings, shape (n_values_of_by, n_wordings + 1); the last column is n.

        Only mentions in relevant passages count.

        Raises:
            ValueError: the codebook has no such referent, or mentions have no such column.
        """
        mentions = self.mentions(referent, since=since, until=until)
        if by not in mentions.columns:
            raise ValueError(f"mentions have no column '{by}' (known: {', '.join(mentions.columns)})")
        relevant = mentions[mentions["relevant"]]
        counts = pd.crosstab(relevant[by], relevant["wording"])
        shares = counts.div(counts.sum(axis=1), axis=0)
        shares["n"] = counts.sum(axis=1)
        shares.attrs = mentions.attrs
        return shares

    def _read(self, name: str, read: Any, since: When, until: When) -> pd.DataFrame:
        with reading(self._workspace.readonly_engine) as conn:
            table: pd.DataFrame = read(conn, since=_moment(since), until=_moment(until))
        return self._with_provenance(table, name, since, until)

    def _with_provenance(self, table: pd.DataFrame, name: str, since: object, until: object) -> pd.DataFrame:
        table.attrs = {
            "table": name,
            "workspace": str(self._workspace.config.folder),
            "codebook": f"{self._workspace.codebook.id} version {self._workspace.codebook.version}",
            "since": str(since),
            "until": str(until),
            "read_at": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        return table


def open_collection(folder: str | Path | None = None) -> Collection:
    """The collection of a workspace; without a folder, of the nearest one from the current folder upwards.

    Raises:
        ConfigError: there is no workspace.
    """
    return Collection(open_workspace(Path(folder) if folder is not None else find_workspace(Path.cwd())))


def _moment(value: When) -> datetime | None:
    """The time, aware; a text without zone is UTC."""
    if value is None:
        return None
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _day(value: Day) -> date | None:
    """The date; a time counts by its own date."""
    if isinstance(value, str):
        return date.fromisoformat(value[:10])
    return value.date() if isinstance(value, datetime) else value


def _keep(table: pd.DataFrame, rows: "pd.Series[bool]") -> pd.DataFrame:
    kept = table[rows].reset_index(drop=True)
    kept.attrs = table.attrs
    return kept
