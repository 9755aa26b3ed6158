"""The numbers of a summary as one tidy table."""

from typing import Any

import pandas as pd

from framewire.summarise.parts import Number
from framewire.summarise.plain import DIGITS
from framewire.summarise.shares import Share, measure
from framewire.summarise.summary import Summary

COLUMNS = (
    "day",
    "section",
    "referent",
    "narrative",
    "wording",
    "group",
    "voice",
    "accused",
    "n",
    "total",
    "share",
    "lo",
    "hi",
    "baseline_share",
    "copies",
    "note",
    "breaks",
)
# A spreadsheet runs what begins with these. Source: OWASP, CSV injection.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def build_numbers(summary: Summary) -> pd.DataFrame:
    """One row a number, in the summary's order.

    `group` '' = all outlets; `voice` 'any' = not told apart; `copies` 'raw' = every article, 'once' = each text once.
    `note` 'raw' = not corrected for the model's errors, 'not reliable yet' = below a floor of the model's card, without
    shares; `breaks` = what was changed on this day (model, codebook, feeds), so that days before it are made otherwise.
    `share`, `lo`, `hi` and `baseline_share` lie in [0, 1], missing where there are under ten cases. Text that a
    spreadsheet would run as a formula begins with an apostrophe.
    """
    table = pd.DataFrame([tuple(map(defuse, row)) for row in list_numbers(summary)], columns=list(COLUMNS))
    floats = ["share", "lo", "hi", "baseline_share"]
    return table.astype({"n": "int64", "total": "int64"} | dict.fromkeys(floats, "float64")).round(DIGITS)


def list_numbers(summary: Summary) -> list[tuple[Any, ...]]:
    """The rows of `build_numbers` as they are, columns in the order of `COLUMNS`."""
    day, health = summary.day.isoformat(), summary.health
    breaks = " ".join(sorted({one.kind for one in summary.breaks if one.day == summary.day}))
    groups = (("", health.n_articles, health.n_relevant), *health.by_group)
    return [
        *((day, *_place(n), *_values(n.share), n.before.share, n.copies, n.note, breaks) for n in summary.numbers),
        *(
            (day, "coverage", "", "", "", group, "any", "", *_values(measure(k, n)), None, "raw", "", breaks)
            for group, n, k in groups
        ),
    ]


def _place(number: Number) -> tuple[str, ...]:
    kind = (number.section, number.referent, number.narrative, number.wording)
    return (*kind, number.group, number.voice, number.accused)


def _values(share: Share) -> tuple[int | float | None, ...]:
    return share.n, share.total, share.share, share.low, share.high


def defuse(value: object) -> object:
    """The value, with a leading ' where a spreadsheet would take a text for a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
