"""Looks at the running day: which are due, whether something has changed by then, and the mail that says so.

What sums up is imported where it is used: a fetch for which no look is due needs no pandas.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from framewire.store import get_last_start, reading
from framewire.workflow.reports import StageReport
from framewire.workflow.workspace import Workspace

if TYPE_CHECKING:
    from framewire.workflow.models import ModelInUse

STAGE = "changes"
# Hours after the day's beginning. Three looks share the allowance of false alarms equally, so that a day without change
# is called changed as seldom as by one look. Source: Bonferroni; docs/decisions.md, "When is an alert sent?".
LOOKS_AFTER = (6, 12, 18)


@dataclass(frozen=True, slots=True)
class Look:
    """A look at a day that runs: at what has come in its first hours."""

    day: date
    hours: int


def find_look(now: datetime, *, last_at: datetime | None, zone: ZoneInfo, day_starts_at: time) -> Look | None:
    """The look that is due: the newest whose time has come, unless a run has looked since then.

    Args:
        now: aware.
        last_at: when the last run with a look began; None if there was none.
        zone: of the workspace.
        day_starts_at: when a day begins there.
    """
    local = now.astimezone(zone)
    day = local.date() - timedelta(days=local.time() < day_starts_at)
    start = datetime.combine(day, day_starts_at, tzinfo=zone).astimezone(UTC)
    for hours in reversed(LOOKS_AFTER):
        at = start + timedelta(hours=hours)
        if at <= now:
            return Look(day, hours) if last_at is None or last_at < at else None
    return None


def find_due_look(workspace: Workspace, *, now: datetime) -> Look | None:
    """The look that is due in this workspace; None if nobody asked for looks."""
    config = workspace.config
    if config.mail is None or not config.mail.change_alerts:
        return None
    with reading(workspace.engine) as conn:
        last_at = get_last_start(conn, stage=STAGE)
    return find_look(now, last_at=last_at, zone=config.zone, day_starts_at=config.day_starts_at)


def look_at_changes(workspace: Workspace, in_use: ModelInUse, look: Look, *, now: datetime) -> StageReport:
    """Whether something has changed on a day so far, and how many messages say so: they wait in the outbox.

    Raises:
        ConfigError: mail is not set up.
    """
    from framewire.summarise import find_changes_so_far, render_changes, window_of
    from framewire.workflow.agreement import with_stored_agreement
    from framewire.workflow.mail_queue import CHANGE_ALERT, queue_alert
    from framewire.workflow.summaries import read_tables

    config = workspace.config
    window = window_of(look.day, zone=config.zone, day_starts_at=config.day_starts_at)
    tables = read_tables(workspace, window, now=now)
    card = with_stored_agreement(workspace, in_use.card)
    found = find_changes_so_far(
        tables, workspace.codebook, window, hours=look.hours, model_card=card, n_looks=len(LOOKS_AFTER)
    )
    figures = {"day": look.day.isoformat(), "hours": look.hours, "tested": found.tested, "found": len(found.changes)}
    if not found.changes:
        return StageReport(STAGE, f"{look.day}  none in the first {look.hours} hours", figures)
    told = render_changes(found, title=config.title, window=window, hours=look.hours, n_looks=len(LOOKS_AFTER))
    queued = queue_alert(workspace, kind=CHANGE_ALERT, subject=told.subject, text=told.text, now=now)
    line = f"{look.day}  {told.headline}"
    return StageReport(STAGE, line, figures | {"queued": queued})
