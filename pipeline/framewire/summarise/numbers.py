"""The numbers of a summary as one tidy table."""

import pandas as pd

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
)
# A spreadsheet runs what begins with these. Source: OWASP, CSV injection.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_DIGITS = 6


def build_numbers(summary: Summary) -> pd.DataFrame:
    """One row a number, in the summary's order.

    `group` '' = all outlets; `voice` 'any' = not told apart; `copies` 'raw' = every article, 'once' = each text once.
    `share`, `lo`, `hi` and `baseline_share` lie in [0, 1], missing where there are under ten cases. Text that a
    spreadsheet would run as a formula begins with an apostrophe.
    """
    day = summary.day.isoformat()
    rows = [
        (
            day,
            number.section,
            number.referent,
            number.narrative,
            number.wording,
            number.group,
            number.voice,
            number.accused,
            number.share.n,
            number.share.total,
            number.share.share,
            number.share.low,
            number.share.high,
            number.before.share,
            number.copies,
        )
        for number in summary.numbers
    ]
    rows += [
        (day, "coverage", "", "", "", group, "any", "", relevant, n, None, None, None, None, "raw")
        for group, n, relevant in (("", summary.n_articles, summary.health.n_relevant), *summary.health.by_group)
    ]
    table = pd.DataFrame([tuple(map(_defuse, row)) for row in rows], columns=list(COLUMNS))
    floats = ["share", "lo", "hi", "baseline_share"]
    return table.astype({"n": "int64", "total": "int64"} | dict.fromkeys(floats, "float64")).round(_DIGITS)


def _defuse(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
