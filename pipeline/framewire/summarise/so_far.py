"""What has changed on a day that is not over: its first hours beside the same hours of the days compared with."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import numpy as np

from framewire.codebook import Codebook
from framewire.summarise.cases import N_DAYS, find_cases
from framewire.summarise.changes import MAX_Q, Found, find_changes
from framewire.summarise.excerpts import clean_line
from framewire.summarise.parts import Change
from framewire.summarise.tables import Tables, count_at, find_places, name_outlets
from framewire.summarise.testable import select_testable
from framewire.summarise.window import Window
from framewire.summarise.words import say_change, say_of, say_points


@dataclass(frozen=True, slots=True)
class Told:
    """A mail on changes: its subject, its text, and the first change in few words."""

    subject: str
    text: str
    headline: str


def find_changes_so_far(
    tables: Tables,
    codebook: Codebook,
    window: Window,
    *,
    hours: int,
    model_card: Mapping[str, Any] | None,
    n_looks: int,
) -> Found:
    """The changes of the first hours of a day, as `find_changes` tells those of a whole one.

    Args:
        tables: the day and the 28 days before it.
        codebook: the referents and narratives to ask for.
        window: the whole day.
        hours: how many of it count, on every day.
        model_card: of the model in use.
        n_looks: how many looks at a day share the rate of false alarms.
    """
    cases = find_cases(cut_hours(tables, window, hours=hours), window, sided=codebook.sided_ids)
    return find_changes(
        cases,
        select_testable(codebook, model_card),
        names=name_outlets(tables.articles),
        random_state=window.day.toordinal(),
        max_q=MAX_Q / n_looks,
    )


def cut_hours(tables: Tables, window: Window, *, hours: int) -> Tables:
    """The tables with the articles that came in the first hours of their day."""
    days = [window.before(n) for n in range(N_DAYS, -1, -1)]
    counted = count_at(tables.articles)["counted_at"]
    places = find_places(counted, days)
    starts = np.array([day.start.replace(tzinfo=None) for day in days], dtype="datetime64[us]")
    times = counted.dt.tz_localize(None).to_numpy("datetime64[us]")
    early = (places >= 0) & (times - starts[places] < np.timedelta64(timedelta(hours=hours)))
    return replace(tables, articles=tables.articles[early])


def render_changes(found: Found, *, title: str, window: Window, hours: int, n_looks: int) -> Told:
    """The mail that says what has changed so far. Its subject holds labels and numbers alone."""
    watch, headline = clean_line(title, limit=60), clean_line(say_change(found.changes[0]), limit=90)
    when = f"{window.day:%a} {window.day.day} {window.day:%b %Y}"
    lines = [_say(change) for change in found.changes]
    text = (
        f"{watch}, {when}, the first {hours} hours\n\n" + "\n\n".join(lines) + "\n\n"
        f"Compared with the same {hours} hours of the days before; {found.tested} questions asked.\n"
        f"A day is looked at {n_looks} times while it runs, and the looks share the false alarms that one test is\n"
        "allowed. The day's own summary may say otherwise: it has the whole day.\n\nThere is one such mail a day at most.\n"
    )
    return Told(f"{watch}: {when} · so far {headline}", text, headline)


def _say(change: Change) -> str:
    outlets = ", ".join(change.outlets[:6]) + (
        f" and {len(change.outlets) - 6} more" if len(change.outlets) > 6 else ""
    )
    return (
        f"{say_change(change)}: {say_of(change.now)} of the {change.among}; before {say_of(change.before)}.\n"
        f"95 % interval {say_points(change.low)} to {say_points(change.high)} points. {change.asserted} in the outlet's "
        f"own voice, {change.quoted} quoting.\nIn {outlets}."
    )
