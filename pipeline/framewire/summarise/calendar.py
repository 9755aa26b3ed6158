"""The coverage table as a calendar for a terminal: a line an outlet, a sign a day."""

import textwrap
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta

import pandas as pd

from framewire.summarise.gaps import Reason
from framewire.summarise.tables import iter_rows

# Source: what a terminal shows without breaking lines: a name, and eight weeks of days.
WIDTH = 80
DAYS_PER_BLOCK = 56
_NAME = WIDTH - DAYS_PER_BLOCK - 1
SIGNS = {
    Reason.AS_USUAL: ".",
    Reason.MORE: "+",
    Reason.FEWER: "-",
    Reason.QUIET: "q",
    Reason.TOO_EARLY: "o",
    Reason.NEW: "n",
    Reason.OVERRUN: "!",
    Reason.PARTLY_ASKED: "h",
    Reason.NOT_ASKED: "N",
    Reason.FAILING: "F",
    Reason.BLOCKED: "B",
    Reason.DEAD: "D",
    Reason.PAYWALLED: "P",
    Reason.NOT_COVERED: "L",
}


def render_calendar(coverage: pd.DataFrame, *, since: date, until: date) -> str:
    """The days from `since` to `until`, eight weeks at a time, and what the signs mean; no line over 80 columns.

    A blank is a day before the outlet was first asked. Only the signs that occur are explained, with how often they do.
    """
    signs, names = _place_signs(coverage)
    blocks = [_render_block(days, signs, names) for days in _cut_days(since, until)]
    return "\n\n".join((*blocks, _render_legend(coverage))) + "\n"


def _place_signs(coverage: pd.DataFrame) -> tuple[dict[tuple[str, date], str], dict[str, str]]:
    """The sign of each outlet's day, and the outlets' names by id."""
    signs: dict[tuple[str, date], str] = {}
    names: dict[str, str] = {}
    for row in iter_rows(coverage[["outlet", "outlet_name", "day", "reason"]]):
        signs[row.outlet, row.day.date()] = SIGNS[Reason(row.reason)]
        names[row.outlet] = " ".join(row.outlet_name.split())
    return signs, names


def _cut_days(since: date, until: date) -> Iterator[list[date]]:
    days = [since + timedelta(days=i) for i in range((until - since).days + 1)]
    for first in range(0, len(days), DAYS_PER_BLOCK):
        yield days[first : first + DAYS_PER_BLOCK]


def _render_block(days: Sequence[date], signs: Mapping[tuple[str, date], str], names: Mapping[str, str]) -> str:
    lines = [" " * (_NAME + 1) + _head_of(days)]
    for outlet in sorted(names, key=lambda outlet: (names[outlet].casefold(), outlet)):
        row = "".join(signs.get((outlet, day), " ") for day in days)
        if row.strip():
            lines.append(f"{_fit(names[outlet])} {row}".rstrip())
    return "\n".join(lines)


def _head_of(days: Sequence[date]) -> str:
    """The date above each Monday that has room for it."""
    head = ""
    for place, day in enumerate(days):
        label = f"{day.day} {day:%b}"
        if (
            (day.weekday() == 0 or not place)
            and len(head) <= place
            and place + len(label) <= max(len(days), len(label))
        ):
            head = head.ljust(place) + label + " "
    return head.rstrip()


def _fit(name: str) -> str:
    return (name if len(name) <= _NAME else name[: _NAME - 1] + "…").ljust(_NAME)


def _render_legend(coverage: pd.DataFrame) -> str:
    counts = Counter(coverage["reason"].tolist())
    parts = [
        f"{sign} {reason.value} ({counts[reason.value]})" for reason, sign in SIGNS.items() if counts[reason.value]
    ]
    # A no-break space keeps a sign and its meaning on one line.
    text = textwrap.fill(", ".join(part.replace(" ", "\xa0") for part in parts), WIDTH, break_on_hyphens=False)
    n_gaps = int(coverage["is_gap"].sum())
    return (
        f"{text}\n{n_gaps} of {len(coverage)} outlet days have a gap; `--gaps` lists them with their reasons".replace(
            "\xa0", " "
        )
    )
