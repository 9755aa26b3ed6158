"""The archive of a workspace: read from the store, rendered, and written where a page says something new."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from framewire.errors import InputError, OutputError
from framewire.files import describe_refusal, write_whole
from framewire.store import (
    get_first_poll,
    read_label_starts,
    read_narrative_counts,
    read_newest_mentions,
    read_summed_days,
    read_texts,
    read_told,
    read_wording_counts,
    reading,
)
from framewire.summarise import Window, find_window, window_of
from framewire.summarise.archive import GENERATOR, ArchiveTables, DayLine, build_ledger, frame_summary, render_archive
from framewire.summarise.cases import FIRM
from framewire.workflow.coverage import read_coverage
from framewire.workflow.workspace import Workspace

N_EXAMPLES = 10
DAYS = "days"
FOLDERS = (DAYS, "referents", "narratives", "outlets")


@dataclass(frozen=True, slots=True)
class WrittenArchive:
    """Where the archive lies, how many pages it has, and how many of them were written or removed."""

    folder: Path
    n_pages: int
    n_written: int
    n_removed: int


def write_archive(workspace: Workspace, *, now: datetime, folder: Path | None = None) -> WrittenArchive:
    """The archive, written to the folder; pages that say the same already are left alone.

    Raises:
        InputError: nothing has been asked yet.
        OutputError: the folder cannot be written.
    """
    target = folder or workspace.config.archive
    tables, windows, days = read_archive(workspace, now=now)
    pages = render_archive(
        tables,
        build_ledger(tables, windows, sided=workspace.codebook.sided_ids),
        workspace.codebook,
        title=workspace.config.title,
        days=days,
        zone=workspace.config.zone,
    )
    try:
        for name in ("", *FOLDERS):
            (target / name).mkdir(parents=True, exist_ok=True)
        # Pages come before the index, so that it never links to one that is not there yet.
        written = {path: _write_if_changed(target / path, page) for path, page in _join(workspace, days, pages)}
        n_removed = sum(_remove_forgotten(target, name, set(written)) for name in FOLDERS)
    except OSError as error:
        raise OutputError(
            f"the archive cannot be written: {describe_refusal(error, target)} Then run `framewire archive`."
        ) from error
    return WrittenArchive(target, len(written), sum(written.values()), n_removed)


def read_archive(workspace: Workspace, *, now: datetime) -> tuple[ArchiveTables, list[Window], list[DayLine]]:
    """What the archive is counted from, its days, and the summaries that were made. Raises InputError if nothing was asked yet."""
    days = list_days(workspace)
    windows = _list_windows(workspace, days, now=now)
    return _read_tables(workspace, windows, now=now), windows, days


def _join(workspace: Workspace, days: list[DayLine], pages: Iterator[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """The summaries' pages, then the others."""
    for line in days:
        if line.has_page:
            yield f"{DAYS}/{line.day}.html", frame_summary(_page_of(workspace, line.day).read_text(encoding="utf-8"))
    yield from pages


def _list_windows(workspace: Workspace, days: list[DayLine], *, now: datetime) -> list[Window]:
    """The days from the date of the first poll, or the first summary, to the newest that has ended or was summed up."""
    config = workspace.config
    with reading(workspace.engine) as conn:
        first = get_first_poll(conn)
    if first is None:
        raise InputError("no feed has been asked yet, so there is nothing to archive; start with `framewire run`")
    newest = find_window(now, zone=config.zone, day_starts_at=config.day_starts_at).day
    last = max((newest, *(line.day for line in days)))
    # By its date: a poll at 05:20 lies in the day before if days start at 06:00, but nobody watched that one.
    opening = first.astimezone(config.zone).date()
    # What the first run asks just after a day's end is that day's, and all that there is.
    begin = min(opening, last, *(line.day for line in days))
    return [
        window_of(begin + timedelta(days=i), zone=config.zone, day_starts_at=config.day_starts_at)
        for i in range((last - begin).days + 1)
    ]


def list_days(workspace: Workspace) -> list[DayLine]:
    """The summaries that were made, newest first."""
    with reading(workspace.engine) as conn:
        rows = read_summed_days(conn)
    return [
        DayLine(day, headline, n_articles, _page_of(workspace, day).is_file())
        for day, headline, n_articles in ((date.fromisoformat(day), headline, n) for day, headline, n in rows)
    ]


def _page_of(workspace: Workspace, day: date) -> Path:
    return workspace.config.out / day.isoformat() / "summary.html"


def _read_tables(workspace: Workspace, windows: list[Window], *, now: datetime) -> ArchiveTables:
    coverage = read_coverage(workspace, workspace.engine, since=windows[0].day, until=windows[-1].day, now=now)
    with reading(workspace.engine) as conn:
        newest = read_newest_mentions(conn, per_referent=N_EXAMPLES)
        return ArchiveTables(
            told=read_told(conn),
            wordings=read_wording_counts(conn),
            narratives=read_narrative_counts(conn, states=FIRM),
            newest=newest,
            texts=read_texts(conn, newest["version_id"].unique().tolist()),
            coverage=coverage,
            label_starts=read_label_starts(conn),
        )


def _write_if_changed(path: Path, content: str) -> bool:
    data = content.encode("utf-8")
    if path.is_file() and path.read_bytes() == data:
        return False
    write_whole(path, data)
    return True


def _remove_forgotten(target: Path, folder: str, kept: set[str]) -> int:
    """How many pages that we wrote once, and that are no longer among the archive's, were removed."""
    forgotten = [path for path in (target / folder).glob("*.html") if f"{folder}/{path.name}" not in kept]
    ours = [path for path in forgotten if GENERATOR.encode() in path.read_bytes()[:1000]]
    for path in ours:
        path.unlink(missing_ok=True)
    return len(ours)
