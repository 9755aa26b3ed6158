"""The commands of mail: a day's summary to its lists, what waits, a test, an alert; and what is said of it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from framewire.errors import FramewireError, InputError, RunLocked
from framewire.mail_settings import MailList, check_address
from framewire.store import (
    MAIL_STATES,
    StoredMail,
    get_mail,
    get_newest_mail_day,
    get_summary,
    reading,
    set_mail_state,
    transaction,
)
from framewire.summarise import window_of
from framewire.summarise.smtp import deliver
from framewire.workflow.editions import check_lists
from framewire.workflow.looks import STAGE as LOOK
from framewire.workflow.mail import Delivery, deliver_waiting, find_server, get_mail_settings
from framewire.workflow.mail_queue import (
    SUMMARY,
    build_summary_mail,
    build_test_mail,
    find_lists_of,
    find_mailed,
    find_missing_summary,
    find_waiting_lists,
    queue_alert,
    queue_summary,
    repeat_mail,
)
from framewire.workflow.reports import RunReport, StageReport
from framewire.workflow.run import check_day, run_summarise_part
from framewire.workflow.workspace import Workspace

# Addresses named in a line.
_MAX_NAMED = 3


def send_summary(
    workspace: Workspace, day: date, *, now: datetime, list_name: str | None = None, resend: bool = False
) -> StageReport:
    """Mails a day's summary to everybody on the lists who has not got it, and whatever else waits.

    A list that cannot be mailed is told, and holds none of the others up.

    Args:
        workspace: whose.
        day: of the summary.
        now: when.
        list_name: one list only; None = all.
        resend: those who were sent it get it again, with the same Message-ID.

    Raises:
        InputError: there is no summary of the day, or no such list.
        ConfigError, MailError: mail cannot be sent as it is set up.
        RunLocked: another process is sending, or makes summaries while the only list waits for one.
    """
    _check_summary(workspace, day, now=now)
    added, left_out = _queue_lists(workspace, day, find_lists_of(workspace, day, list_name), now=now)
    again = _repeat_day(workspace, day, now=now, list_name=list_name) if resend else 0
    done = deliver_waiting(workspace, now=now)
    with reading(workspace.engine) as conn:
        held = get_mail(conn, states=("uncertain",))
        rows = [row for row in get_mail(conn, day=day.isoformat()) if row.kind == SUMMARY]
    here, told = Counter(row.state for row in rows), replace(done, uncertain=held)
    line = f"{day}  {_say_counts(here)}" + ("" if added or again or done.sent else "  nothing new to send")
    return StageReport(
        "send",
        line,
        {"day": day.isoformat(), "queued": added + again, "sent": len(done.sent), "states": dict(here)},
        "; ".join((*left_out, *_find_reasons(told))) or None,
        "; ".join(_find_reasons(_find_lasting(rows, told))) or None,
    )


def send_waiting(workspace: Workspace, *, now: datetime) -> StageReport:
    """Sends what waits and is due. What waits or is uncertain as before is no news. Raises as `send_summary`."""
    done = deliver_waiting(workspace, now=now)
    with reading(workspace.engine) as conn:
        rows = get_mail(conn, states=("pending", "uncertain"))
    waiting = sum(row.state == "pending" for row in rows)
    line = f"{len(done.sent)} sent, {waiting} wait{'s' * (waiting == 1)}, {len(done.refused)} refused"
    news = replace(done, waiting=[])
    return StageReport(
        "send",
        line,
        {"sent": len(done.sent)},
        "; ".join(_find_reasons(news)) or None,
        "; ".join(_find_reasons(_find_lasting(rows, news))) or None,
    )


def send_test(workspace: Workspace, address: str, *, now: datetime) -> str:
    """What the server answered to a small test message.

    Raises:
        InputError: no address.
        ConfigError, MailError: it could not be sent, or a list names what is not there.
    """
    try:
        check_address(address)
    except ValueError as error:
        raise InputError(str(error)) from error
    server, mail = find_server(workspace.config), get_mail_settings(workspace.config)
    check_lists(workspace)
    message = build_test_mail(workspace.config, address, now=now)
    return deliver(server, message.content, sender=mail.address, recipient=address, before_data=lambda: None)


def send_alert(workspace: Workspace, report: RunReport, *, now: datetime) -> StageReport | None:
    """Mails at once that the feed list fails as a whole, or that something changed, each once a day; None if neither is news.

    Who does not want to know of the one or the other is not told.

    If nothing can be sent (our own network may be what is down), the message waits.

    Raises:
        ConfigError, MailError: mail cannot be sent as it is set up.
    """
    queued = sum(stage.figures.get("queued", 0) for stage in report.stages if stage.stage == LOOK)
    if not queued + _queue_failure(workspace, report, now=now):
        return None
    try:
        done = deliver_waiting(workspace, now=now)
    except RunLocked:
        done = Delivery()
    return StageReport("alert", f"{len(done.sent)} sent, {len(done.waiting)} wait", {"sent": len(done.sent)})


def _queue_failure(workspace: Workspace, report: RunReport, *, now: datetime) -> int:
    """How many messages say that the feed list fails as a whole: none if it does not, or nobody wants to know."""
    mail, stage = workspace.config.mail, next((one for one in report.stages if one.stage == "fetch"), None)
    if mail is None or not mail.alerts or stage is None or not _fails_as_a_whole(stage):
        return 0
    text = _describe_failure(workspace, stage)
    return queue_alert(workspace, subject=f"{workspace.config.title}: the feeds fail", text=text, now=now)


def plan_summary(
    workspace: Workspace, day: date, *, now: datetime, list_name: str | None = None
) -> list[dict[str, Any]]:
    """One row a message that `send_summary` would send: list, recipient, subject, bytes. Raises as `send_summary`.

    Of a list whose summary is still to be made, subject and bytes are not known.
    """
    _check_summary(workspace, day, now=now)
    lists = find_waiting_lists(workspace, day, find_lists_of(workspace, day, list_name))
    unmade = [one for one in lists if find_missing_summary(workspace, day, one)]
    known = find_mailed(workspace, day)
    return [
        {"list": one.list_name, "recipient": one.recipient, "subject": one.subject, "bytes": len(one.content)}
        for one in build_summary_mail(workspace, day, [one for one in lists if one not in unmade], now=now)
        if (one.list_name, one.recipient) not in known
    ] + [
        {"list": one.name, "recipient": recipient, "subject": "its summary is made first", "bytes": None}
        for one in unmade
        for recipient in one.to
        if (one.name, recipient) not in known
    ]


def list_mail(workspace: Workspace, *, state: str | None = None, day: str | None = None) -> list[dict[str, Any]]:
    """One row a message of the outbox, oldest first."""
    with reading(workspace.engine) as conn:
        rows = get_mail(conn, day=day, states=(state,) if state else MAIL_STATES)
    return [
        {
            "day": row.day,
            "list": row.list_name,
            "recipient": row.recipient,
            "state": row.state,
            "tries": row.tries,
            "changed": row.changed_at.isoformat(timespec="seconds"),
            "message_id": row.message_id,
            "reason": row.reason,
        }
        for row in rows
    ]


def resolve_mail(workspace: Workspace, message_id: str, *, was_sent: bool, now: datetime) -> str:
    """What was done with an uncertain message: taken for sent, or put back to be sent again.

    Raises:
        InputError: there is no uncertain message of this id.
        MailError: its bytes are no longer kept.
    """
    with reading(workspace.engine) as conn:
        found = get_mail(conn, message_id=_bracketed(message_id))
    if not found:
        raise InputError(
            f"{message_id}: no such message; `framewire mail list --state uncertain` shows the uncertain ones"
        )
    (row,) = found
    if row.state != "uncertain":
        raise InputError(f"{message_id} is {row.state}, not uncertain; there is nothing to resolve")
    if was_sent:
        with transaction(workspace.engine) as conn:
            set_mail_state(conn, row, "sent", now=now, reason="taken for sent by hand")
        return f"{row.message_id} to {row.recipient} counts as sent"
    repeat_mail(workspace, [row], now=now)
    return f"{row.message_id} to {row.recipient} is sent again by `framewire send --waiting`"


def describe_mail(workspace: Workspace) -> tuple[str, int]:
    """The newest day's mail in a line, and 3 if something of it needs a person, else 0."""
    with reading(workspace.engine) as conn:
        day = get_newest_mail_day(conn)
        rows = [row for row in get_mail(conn, day=day) if row.kind == SUMMARY] if day else []
        held = get_mail(conn, states=("uncertain",))
    if day is None:
        return "none sent yet", 0
    here = Counter(row.state for row in rows)
    text = f"{day}  {_say_counts(here)}"
    if held:
        text += f"; {len(held)} uncertain in all: `framewire mail list --state uncertain`"
    return text, 3 if held or here["refused"] else 0


def _check_summary(workspace: Workspace, day: date, *, now: datetime) -> None:
    """Nothing, if the day's summary is on record, or can be made. Raises InputError."""
    with reading(workspace.engine) as conn:
        is_there = get_summary(conn, day.isoformat()) is not None
    if not is_there:
        config = workspace.config
        check_day(workspace, window_of(day, zone=config.zone, day_starts_at=config.day_starts_at), now=now)


def _queue_lists(workspace: Workspace, day: date, lists: Sequence[MailList], *, now: datetime) -> tuple[int, list[str]]:
    """How many messages were put into the outbox, and why some lists were left out. Raises if all were."""
    added, faults = 0, []
    for one in find_waiting_lists(workspace, day, lists):
        try:
            if missing := find_missing_summary(workspace, day, one):
                run_summarise_part(workspace, window=missing[0], edition=missing[1], now=now)
            added += queue_summary(workspace, day, [one], now=now)
        except FramewireError as error:
            faults.append((one.name, error))
    if faults and len(faults) == len(lists):
        raise faults[0][1]
    return added, [f"list '{name}' was not mailed: {error}" for name, error in faults]


def _repeat_day(workspace: Workspace, day: date, *, now: datetime, list_name: str | None) -> int:
    with reading(workspace.engine) as conn:
        rows = get_mail(conn, states=("sent", "refused", "uncertain"), day=day.isoformat(), list_name=list_name)
    return repeat_mail(workspace, [row for row in rows if row.kind == SUMMARY], now=now)


def _find_lasting(rows: Sequence[StoredMail], done: Delivery) -> Delivery:
    """What of these messages waits, was refused or is uncertain without being told of as `done`."""
    told = {row.id for row, _ in (*done.waiting, *done.refused)} | {row.id for row in done.uncertain}
    lasting = Delivery(uncertain=[row for row in rows if row.state == "uncertain" and row.id not in told])
    for row in rows:
        if row.id not in told and row.state in ("pending", "refused"):
            kept = lasting.waiting if row.state == "pending" else lasting.refused
            kept.append((row, row.reason or "not tried yet"))
    return lasting


def _find_reasons(done: Delivery) -> list[str]:
    """Why a sending counts as reduced, in words for the operator."""
    reasons = [f"mail refused: {_name(rows)}" for rows in (done.refused,) if rows]
    if done.waiting:
        verb = "waits" if len(done.waiting) == 1 else "wait"
        reasons.append(f"{_count(len(done.waiting))} {verb}, to be tried again: {_name(done.waiting)}")
    if done.uncertain:
        ids = ", ".join(row.message_id for row in done.uncertain[:_MAX_NAMED])
        reasons.append(
            f"{_count(len(done.uncertain))} may have arrived or not: look for {ids} in the mail server's log, then "
            f"`framewire mail resolve MESSAGE-ID --sent` or `--resend`"
        )
    return reasons


def _name(rows: Sequence[tuple[StoredMail, str]]) -> str:
    """`anna@example.org (550 no such user), ... and 2 more`; a reason that they share is told once."""
    alike = len({reason for _, reason in rows}) == 1
    shown = ", ".join(row.recipient + ("" if alike else f" ({reason})") for row, reason in rows[:_MAX_NAMED])
    rest = f", and {len(rows) - _MAX_NAMED} more" if len(rows) > _MAX_NAMED else ""
    return f"{shown}{rest}" + (f" ({rows[0][1]})" if alike else "")


def _count(n: int) -> str:
    return f"{n} message{'s' * (n != 1)}"


def _say_counts(states: Counter[str]) -> str:
    names = {
        "sent": "sent",
        "pending": "waiting",
        "sending": "being sent",
        "refused": "refused",
        "uncertain": "uncertain",
    }
    return ", ".join(f"{states[state]} {name}" for state, name in names.items() if states[state]) or "none sent"


def _fails_as_a_whole(stage: StageReport) -> bool:
    """True if more than half of the enabled feeds fail at the moment: what no single site can cause."""
    return bool(2 * stage.figures.get("failing", 0) > stage.figures.get("feeds", 0))


def _describe_failure(workspace: Workspace, stage: StageReport) -> str:
    outcomes = stage.figures.get("outcomes", {})
    told = ", ".join(f"{name} {n}" for name, n in sorted(outcomes.items())) or "none was asked"
    return (
        f"{stage.figures['failing']} of {stage.figures['feeds']} feeds failed.\n\nHow the feeds that were asked just now ended: {told}.\n\n"
        "If all of them fail alike, look at this machine's own network first.\n"
        f"`framewire feeds list --failing -w {workspace.config.folder}` names the feeds.\n\n"
        "There is one such mail a day at most.\n"
    )


def _bracketed(message_id: str) -> str:
    return f"<{message_id.strip('<> ')}>"
