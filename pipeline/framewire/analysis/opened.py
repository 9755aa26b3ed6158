"""An opened workspace: what every table of it shares, the reading of its filters, its days, and where it comes from."""

from collections.abc import Hashable
from datetime import date
from functools import cached_property
from typing import Any

import pandas as pd

from framewire.analysis.choice import Filter, Filters, check_name, choose
from framewire.analysis.days import Calendar, When
from framewire.analysis.provenance import describe_store, mark
from framewire.codebook import Codebook
from framewire.store import Only
from framewire.workflow.workspace import Workspace


class Opened:
    """A workspace, its calendar and its codebook; what makes a filter of arguments, and a table complete."""

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
