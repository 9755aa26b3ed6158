"""Did last night work, and is everything in order?"""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from framewire.config import Config, load_config
from framewire.errors import FramewireError, ModelMissing
from framewire.ingest import load_feed_list
from framewire.records import ANSWERED
from framewire.store import check_store, count_unlabelled, get_daily_run, read_feeds, reading
from framewire.summarise.smtp import check_server
from framewire.text.times import say_minute
from framewire.workflow.codebooks import check_codebook_file
from framewire.workflow.drift import as_rows, describe_drift
from framewire.workflow.editions import check_lists
from framewire.workflow.feeds import find_stale
from framewire.workflow.mail import find_server
from framewire.workflow.mail_queue import find_lists
from framewire.workflow.models import ModelInUse, load_current_model, load_model_or_reason
from framewire.workflow.pages import build_user_agent, list_full_text_feeds, lists_full_text
from framewire.workflow.run import current_window
from framewire.workflow.send import describe_mail
from framewire.workflow.workspace import Workspace

# A daily job that has not ended well for longer than this has missed a day.
STALE = timedelta(hours=26)
LOW_DISK_BYTES = 500 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Status:
    """Some lines, and 0 (well), 3 (reduced) or 1 (the last run failed, or is too old)."""

    lines: tuple[tuple[str, str], ...]
    exit_code: int


def get_status(workspace: Workspace, *, now: datetime) -> Status:
    """The state of the watch: last run, feeds, backlog, model and how the press drifts away from it, newest summary."""
    with reading(workspace.engine) as conn:
        run = get_daily_run(conn)
        feeds = read_feeds(conn)
        backlog = count_unlabelled(conn)
    run_text, code = _describe_run(run, now, workspace.config.zone)
    _, row, problem = load_model_or_reason(workspace)
    in_use = ModelInUse(None, row["id"], 0, row["name"], row["card"], trained_at=row["added_at"]) if row else None
    day = current_window(workspace, now).day.isoformat()
    summary = workspace.config.out / day / "summary.html"
    lines = (
        ("last run", run_text),
        ("feeds", _describe_feeds(feeds, find_stale(workspace, now=now))),
        ("to label", f"{backlog} articles"),
        ("model", row["name"] if row else f"none: {problem}"),
        *as_rows(describe_drift(workspace, in_use, until=now) if in_use else None),
        ("summary", str(summary) if summary.exists() else f"none of {day} yet"),
    )
    if workspace.config.mail is None:
        return Status(lines, code or (3 if problem else 0))
    mail_text, mail_code = describe_mail(workspace)
    return Status((*lines, ("mail", mail_text)), code or (3 if problem else mail_code))


def _describe_run(run: dict[str, Any] | None, now: datetime, zone: ZoneInfo) -> tuple[str, int]:
    if run is None:
        return "none yet; start with `framewire run`", 1
    age = now - run["started_at"]
    text = f"{say_minute(run['started_at'], zone)} {zone.key}  {run['state']}"
    if run["state"] in ("failed", "crashed", "running"):
        return f"{text}  {run['stages'].get('error', '') if run['stages'] else ''}".rstrip(), 1
    if age > STALE:
        return f"{text}, {age.days} day{'s' * (age.days != 1)} ago: is cron running?", 1
    return text, 3 if run["state"] == "reduced" else 0


def _describe_feeds(feeds: Any, stale: Sequence[str]) -> str:
    asked = feeds[feeds["listed"] & feeds["last_status"].notna()]
    failing = asked[~asked["last_status"].isin(ANSWERED)]
    text = f"{len(asked) - len(failing)} of {len(asked)} answered at their last poll"
    text += f"; failing: {', '.join(sorted(set(failing['outlet'])))}" if len(failing) else ""
    return text + (f"; answering without news: {', '.join(stale)}" if stale else "")


def examine(folder: Path, *, with_mail: bool = False) -> list[dict[str, Any]]:
    """One row a check: what, ok, found (with the remedy where it is not ok); `with_mail` calls the mail server."""
    try:
        workspace = Workspace(load_config(folder))
    except FramewireError as error:
        return [{"what": "settings", "ok": False, "found": str(error)}]
    checks: list[tuple[str, Callable[[Workspace], str]]] = [
        ("settings", lambda ws: f"{ws.config.folder}, day from {ws.config.day_starts_at:%H:%M} {ws.config.timezone}"),
        ("codebook", _examine_codebook),
        ("feed list", _examine_feeds),
        ("database", _examine_store),
        ("model", _examine_model),
        ("disk", _examine_disk),
    ]
    if _wants_full_text(workspace):
        checks.append(("full text", _examine_full_text))
    if with_mail or workspace.config.mail is not None:
        checks.append(("mail", _examine_mail))
    if with_mail:
        checks.append(("server", lambda ws: check_server(find_server(ws.config))))
    return [_try(what, check, workspace) for what, check in checks]


def _try(what: str, check: Callable[[Workspace], str], workspace: Workspace) -> dict[str, Any]:
    try:
        return {"what": what, "ok": True, "found": check(workspace)}
    except FramewireError as error:
        return {"what": what, "ok": False, "found": str(error)}


def _examine_codebook(workspace: Workspace) -> str:
    report = check_codebook_file(workspace.config.codebook)
    if report.n_faults:
        raise FramewireError(f"{report.n_faults} of its sentences fail; see `framewire codebook check`")
    return report.lines[-1]


def _examine_feeds(workspace: Workspace) -> str:
    feeds = [feed for outlet in load_feed_list(workspace.config.feeds) for feed in outlet.feeds]
    enabled = sum(feed.enabled for feed in feeds)
    if not enabled:
        raise FramewireError(
            f"{workspace.config.feeds}: no feed is enabled; add one with `framewire feeds add URL --outlet NAME`"
        )
    return f"{enabled} of {len(feeds)} feeds enabled"


def _examine_store(workspace: Workspace) -> str:
    problems = check_store(workspace.engine)
    if problems:
        raise FramewireError("; ".join(problems))
    return "sound, and of this version"


def _examine_model(workspace: Workspace) -> str:
    try:
        _, row = load_current_model(workspace)
    except ModelMissing as error:
        raise FramewireError(str(error)) from error
    return f"{row['name']}, loads and scores as after training"


def _wants_full_text(workspace: Workspace) -> bool:
    try:
        return lists_full_text(workspace)
    except FramewireError:
        return False  # what is wrong with the feed list is a check of its own


def _examine_full_text(workspace: Workspace) -> str:
    config = workspace.config
    if config.contact == Config.model_fields["contact"].default and "{contact}" in config.user_agent:
        raise FramewireError(
            "pages are asked for, but site owners cannot tell by whom: write an address or a page as `contact` in "
            "framewire.toml"
        )
    n_outlets = len({feed.outlet_id for feed in list_full_text_feeds(workspace)})
    return f"the pages of {n_outlets} outlet{'s' * (n_outlets != 1)} are asked for, as {build_user_agent(config)}"


def _examine_disk(workspace: Workspace) -> str:
    free = shutil.disk_usage(workspace.config.folder).free
    if free < LOW_DISK_BYTES:
        raise FramewireError(f"only {free // 2**20} MB are free; make room")
    return f"{free / 2**30:.1f} GB free"


def _examine_mail(workspace: Workspace) -> str:
    server, lists = find_server(workspace.config), find_lists(workspace.config)
    check_lists(workspace)
    return f"{', '.join(f'{one.name} to {len(one.to)}' for one in lists)}, by {server.name} ({server.security})"
