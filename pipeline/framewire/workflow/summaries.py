"""One day's summary: read from the store, built, rendered, written whole or not at all."""

import csv
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import pandas as pd
from sqlalchemy import Connection

from framewire.errors import OutputError
from framewire.files import describe_refusal, write_whole
from framewire.records import ArticleVersion
from framewire.store import (
    StoredMail,
    get_mail,
    read_all_versions,
    read_articles,
    read_feed_starts,
    read_feeds,
    read_label_starts,
    read_mentions,
    read_narratives,
    read_passages,
    read_polls,
    read_revisions,
    read_texts,
    reading,
    record_summary,
    transaction,
)
from framewire.summarise import (
    EVERYTHING,
    Selection,
    Summary,
    Tables,
    Window,
    build_numbers,
    build_summary,
    render_coverage,
    render_html,
    render_json,
    render_markdown,
    render_text,
)
from framewire.summarise.parts import MailTrouble
from framewire.summarise.selection import select_tables
from framewire.workflow.agreement import with_stored_agreement
from framewire.workflow.audit import read_audited
from framewire.workflow.coverage import read_coverage
from framewire.workflow.drift import describe_drift
from framewire.workflow.models import ModelInUse
from framewire.workflow.review_queue import offer_audit
from framewire.workflow.sharing import Share, hold
from framewire.workflow.workspace import Workspace

# The baseline: 28 days before the day itself.
BASELINE = timedelta(days=28)


@dataclass(frozen=True, slots=True)
class WrittenSummary:
    """Where a summary lies and what it says in short. `is_new` is False if the same summary lay there already.

    `running` says until when a day that still runs has been counted; '' of one that has ended.
    """

    day: str
    folder: Path
    headline: str
    n_articles: int
    n_changes: int
    is_new: bool
    running: str = ""

    @property
    def line(self) -> str:
        """Day, headline and where it lies, for a terminal."""
        told = (self.day, self.running, self.headline, str(self.folder / "summary.html"))
        return "  ".join(part for part in told if part)


@dataclass(frozen=True, slots=True)
class Edition:
    """A summary of its own beside the whole: `name` is its folder under the day's, '' the whole summary."""

    name: str = ""
    title: str | None = None
    selection: Selection = EVERYTHING


WHOLE = Edition()


def write_summary(
    workspace: Workspace,
    in_use: ModelInUse,
    *,
    window: Window,
    now: datetime,
    edition: Edition = WHOLE,
    tables: Tables | None = None,
    share: Share | None = None,
) -> WrittenSummary:
    """The summary of a window, written to `out/<day>/` or `out/<from>_<to>/` as HTML, text, Markdown, JSON and CSV.

    The whole summary of one day is put on record. `tables` are read unless given.

    Raises:
        LeaseLost: another host makes it by now.
        OutputError: the folder cannot be written.
    """
    tables = tables or read_tables(workspace, window, now=now)
    if edition == WHOLE:
        # The audit is drawn from everything, so it corrects nothing smaller.
        drift = describe_drift(workspace, in_use, until=window.end)
        tables = replace(tables, audited=read_audited(workspace, in_use), drift=drift.lines if drift else ())
    summary = build_summary(
        tables,
        workspace.codebook,
        window,
        title=edition.title or workspace.config.title,
        now=now,
        model_card=with_stored_agreement(workspace, in_use.card),
        model_error=in_use.problem,
        max_articles=workspace.config.max_articles,
        selection=edition.selection,
    )
    folder = find_folder(workspace, window, edition)
    chosen = select_tables(tables, edition.selection)
    is_new = write_files(folder, summary, chosen, address=workspace.config.public_url)
    if window.n_days == 1 and edition == WHOLE:
        _record(workspace, in_use, share, window, summary, now=now)
        drawn = [int(item.where) for item in summary.checks if item.is_audit]
        offer_audit(workspace, drawn, day=window.day.isoformat(), now=now)
    return WrittenSummary(
        window.name, folder, summary.headline, summary.n_articles, len(summary.changes), is_new, summary.running
    )


def find_folder(workspace: Workspace, window: Window, edition: Edition = WHOLE) -> Path:
    """Where the summary of a window lies."""
    return workspace.config.out / window.name / edition.name


def read_tables(workspace: Workspace, window: Window, *, now: datetime) -> Tables:
    """What the store holds of the window and its baseline."""
    # What the run itself does after the window's end belongs to it: its polls, and what a first poll brings of the day.
    since = window.start - BASELINE if window.n_days == 1 else window.before(1).start
    late = {"since": since, "until": window.end + timedelta(days=1)}
    coverage = read_coverage(workspace, workspace.engine, since=window.day, until=window.last, now=now)
    with reading(workspace.engine) as conn:
        articles = read_articles(conn, **late)
        return Tables(
            articles=articles,
            mentions=read_mentions(conn, **late),
            narratives=read_narratives(conn, **late),
            passages=read_passages(conn, **late),
            polls=read_polls(conn, **late),
            feeds=read_feeds(conn),
            revisions=read_revisions(conn, since=window.start, until=window.end),
            texts=read_texts(conn, articles["version_id"].tolist()) | _read_copied(conn, articles, window),
            label_starts=read_label_starts(conn),
            feed_starts=read_feed_starts(conn),
            coverage=coverage,
            mail=_find_mail_trouble(get_mail(conn, states=("refused", "uncertain")), window),
        )


def _read_copied(conn: Connection, articles: pd.DataFrame, window: Window) -> dict[int, ArticleVersion]:
    """Every version of the texts that the window's copies may have been taken from, by number."""
    copies = articles[articles["copy_of"].notna() & (articles["first_seen_at"] >= window.start)]
    return read_all_versions(conn, sorted({int(original) for original in copies["copy_of"].tolist()}))


def _find_mail_trouble(rows: Sequence[StoredMail], window: Window) -> tuple[MailTrouble, ...]:
    """What went wrong with the mail of earlier days in the window, so that each trouble is told once."""
    day = window.day.isoformat()
    told = Counter(
        (row.list_name, row.day, row.state)
        for row in rows
        if row.kind == "summary" and row.day < day and window.start <= row.changed_at < window.end
    )
    return tuple(MailTrouble(*key, n) for key, n in sorted(told.items()))


def write_files(folder: Path, summary: Summary, tables: Tables, *, address: str | None = None) -> bool:
    """True if anything was written: files that hold the same already are left alone."""
    contents = {
        "summary.html": render_html(summary, address=address),
        "summary.txt": render_text(summary, address=address),
        "summary.md": render_markdown(summary, address=address),
        "summary.json": render_json(summary),
        "numbers.csv": build_numbers(summary).to_csv(index=False, quoting=csv.QUOTE_MINIMAL),
    }
    # An archive tells nothing of who was asked when.
    if len(tables.coverage.columns):
        contents["coverage.csv"] = render_coverage(tables.coverage)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        written = [_write_if_changed(folder / name, content) for name, content in contents.items()]
        return any(written)
    except OSError as error:
        raise OutputError(
            f"the summary cannot be written: {describe_refusal(error, folder)} Then run `framewire summarise`."
        ) from error


def _write_if_changed(path: Path, content: str) -> bool:
    data = content.encode("utf-8")
    if path.exists() and path.read_bytes() == data:
        return False
    write_whole(path, data)
    return True


def _record(
    workspace: Workspace, in_use: ModelInUse, share: Share | None, window: Window, summary: Summary, *, now: datetime
) -> None:
    with transaction(workspace.engine) as conn:
        hold(conn, share)
        record_summary(
            conn,
            day=window.day.isoformat(),
            window_start=window.start,
            window_end=window.end,
            made_at=now,
            codebook_row_id=in_use.codebook_row_id,
            model_row_id=in_use.row_id,
            digest=summary.digest,
            numbers=json.loads(render_json(summary)),
        )
