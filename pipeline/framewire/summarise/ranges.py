"""The coverage of several days as that of one: an outlet's days added up, and the gaps told by their reason."""

from collections import Counter

import pandas as pd

from framewire.summarise.excerpts import clean_line
from framewire.summarise.gaps import Reason
from framewire.summarise.tables import MAX_NAME, iter_rows
from framewire.text.counts import say_count

# Outlets named in a line.
MAX_NAMED = 6


def add_up_coverage(coverage: pd.DataFrame) -> pd.DataFrame:
    """One row an outlet: its articles and those expected, and the reason that most of its days have.

    Gaps are not marked: `describe_gaps` tells them all.
    """
    if coverage.empty:
        return coverage
    rows = []
    for _, days in coverage.groupby("outlet", sort=True):
        (reason, n), *_ = Counter(days["reason"].tolist()).most_common(1)
        rows.append(
            days.iloc[-1].to_dict()
            | {
                "articles": int(days["articles"].sum()),
                "relevant": int(days["relevant"].sum()) if "relevant" in days else 0,
                "expected": days["expected"].sum(min_count=1),
                "reason": reason,
                "detail": f"on {n} of {say_count(len(days), 'day')}",
                "is_gap": False,
                "hours_down": 0.0,
            }
        )
    return pd.DataFrame(rows)


def describe_gaps(coverage: pd.DataFrame) -> tuple[str, ...]:
    """A line for each reason that left articles out, or may have: on how many outlets' days, and of which outlets."""
    if coverage.empty:
        return ()
    gaps = coverage[coverage["is_gap"]]
    lines = []
    for reason in Reason:
        days = Counter(clean_line(row.outlet_name, limit=MAX_NAME) for row in iter_rows(gaps[gaps["reason"] == reason]))
        if days:
            named = sorted(days.items(), key=lambda item: (-item[1], item[0]))
            shown = ", ".join(f"{name} {n}" for name, n in named[:MAX_NAMED])
            rest = f" and {len(named) - MAX_NAMED} more" if len(named) > MAX_NAMED else ""
            lines.append(f"{reason.value}: {say_count(days.total(), 'outlet day')} ({shown}{rest})")
    return tuple(lines)
