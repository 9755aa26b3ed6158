"""What the archive's pages hold, in the order in which it is shown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from framewire.summarise.archive.chart import Chart
from framewire.summarise.parts import Line
from framewire.summarise.shares import Share


@dataclass(frozen=True, slots=True)
class Panel:
    """One chart with what stands above and below it: of whom, and the newest seven days in numbers."""

    title: str
    chart: Chart
    newest: Share
    beside: Share | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """The panels of one wording, or of one question; `n` of `total` over all days.

    `left_out` are those with too few cases for a line, each with how many it has.
    """

    title: str
    note: str
    n: int
    total: int
    panels: tuple[Panel, ...]
    left_out: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Passage:
    """An example: where it stood, when, in which words."""

    outlet: str
    day: date
    wording: str
    language: str
    line: Line
    url: str | None


@dataclass(frozen=True, slots=True)
class Glance:
    """The newest seven days in words, and a line of all days."""

    said: str
    spark: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SubjectPage:
    """The page of a referent or a narrative. `weight` is how many there are in the newest seven days.

    A sided narrative has a glance for each accused side, and in `laid` the articles of all days that accuse it.
    """

    id: str
    label: str
    note: str
    counted: str
    rows: tuple[Row, ...]
    examples: tuple[Passage, ...]
    glances: tuple[Glance, ...]
    weight: int
    laid: tuple[tuple[str, Share], ...] = ()


@dataclass(frozen=True, slots=True)
class Beside:
    """What an outlet has of an item, and what all others have; None under ten cases."""

    title: str
    own: Share
    others: Share


@dataclass(frozen=True, slots=True)
class Contrast:
    """The items of one referent, or all narratives, in one outlet beside all others."""

    id: str
    label: str
    items: tuple[Beside, ...]


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """A day of an outlet's calendar; None as its sign is a day on which all was as usual."""

    day: date
    relevant: int
    articles: int
    sign: str
    title: str


@dataclass(frozen=True, slots=True)
class OutletPage:
    """The page of an outlet. `weeks` are of seven days each, Monday first; None is a day that was not watched."""

    id: str
    label: str
    group: str
    relevant: int
    articles: int
    n_gaps: int
    n_days: int
    contrasts: tuple[Contrast, ...]
    narratives: tuple[Beside, ...]
    rows: tuple[Row, ...]
    weeks: tuple[tuple[CalendarDay | None, ...], ...]
    signs: tuple[tuple[str, str], ...]
    spark: tuple[str, ...]
