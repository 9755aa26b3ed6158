"""The coverage table of a workspace: what was expected of each outlet and day, what came, and why."""

from datetime import date, datetime, timedelta

import pandas as pd
from sqlalchemy import Engine

from framewire.errors import InputError
from framewire.store import read_asked, read_counted, read_followed, read_moments, reading
from framewire.summarise import N_DAYS, Watch, Window, build_coverage, find_window, window_of
from framewire.workflow.workspace import Workspace
from framewire.yamlfile import unknown_message

# What the run itself asks after the last day's end tells whether its last pause has ended.
GRACE = timedelta(days=1)
DEFAULT_DAYS = 28


def read_coverage(workspace: Workspace, engine: Engine, *, since: date, until: date, now: datetime) -> pd.DataFrame:
    """One row per day from `since` to `until`, both included, and outlet; see `framewire.summarise.build_coverage`."""
    config = workspace.config
    n_days = (until - since).days + 1
    windows = [
        window_of(since + timedelta(days=i), zone=config.zone, day_starts_at=config.day_starts_at)
        for i in range(-N_DAYS, n_days)
    ]
    watch = _read_watch(engine, windows)
    return build_coverage(watch, windows, since=since, languages=workspace.codebook.languages, now=now)


def choose_days(workspace: Workspace, *, since: date | None, until: date | None, now: datetime) -> tuple[date, date]:
    """The first and the last day to show: by default the 28 newest that have ended.

    Raises:
        InputError: the last day has not ended, or lies before the first.
    """
    newest = find_window(now, zone=workspace.config.zone, day_starts_at=workspace.config.day_starts_at).day
    last = until or newest
    if last > newest:
        raise InputError(f"{last} has not ended yet; the newest day that has is {newest}: --until {newest}")
    first = since or last - timedelta(days=DEFAULT_DAYS - 1)
    if first > last:
        raise InputError(f"no day lies between {first} and {last}: give a --since that is not after --until")
    return first, last


def pick_outlet(workspace: Workspace, coverage: pd.DataFrame, outlet: str) -> pd.DataFrame:
    """The rows of one outlet. Raises InputError for an id that neither the feed list nor the table knows."""
    known = sorted({*(item.id for item in workspace.outlets), *coverage["outlet"].tolist()})
    if outlet not in known:
        raise InputError(f"--outlet: {unknown_message('outlet', outlet, known)}")
    return coverage[coverage["outlet"] == outlet].reset_index(drop=True)


def _read_watch(engine: Engine, windows: list[Window]) -> Watch:
    spans = [(window.start, window.end) for window in windows]
    with reading(engine) as conn:
        return Watch(
            followed=read_followed(conn),
            asked=read_asked(conn, spans),
            counted=read_counted(conn, spans),
            moments=read_moments(conn, since=spans[0][0], until=spans[-1][1] + GRACE),
        )
