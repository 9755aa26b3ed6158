"""What gets into the outbox: a day's summary for everybody on a list, once; alerts; what is to be sent again."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from framewire.config import Config
from framewire.errors import InputError, MailError
from framewire.files import read_text
from framewire.mail_settings import MailList
from framewire.store import (
    OutgoingMail,
    StoredMail,
    add_mail,
    get_mail,
    get_mail_content,
    get_summary,
    reading,
    set_mail_state,
    transaction,
)
from framewire.summarise import Window, window_of
from framewire.summarise.mail import Heads, build_message, build_message_id, build_subject, clean_header
from framewire.workflow.editions import choose_edition, find_window_of
from framewire.workflow.mail import get_mail_settings
from framewire.workflow.reply_keys import load_key
from framewire.workflow.reply_part import build_reply_part, find_reply_items, put_into_html
from framewire.workflow.summaries import WHOLE, Edition, find_folder
from framewire.workflow.workspace import Workspace
from framewire.yamlfile import unknown_message

# The files of a summary that a mail is made of.
_PARTS = ("summary.txt", "summary.html", "summary.json")
SUMMARY, ALERT, CHANGE_ALERT = "summary", "alert", "change-alert"
ALERTS = "alerts"


def queue_summary(workspace: Workspace, day: date, lists: Sequence[MailList], *, now: datetime) -> int:
    """How many messages were put into the outbox: none for whom the day's summary lies there already.

    Raises:
        InputError: there is no summary of the day.
    """
    messages = list(build_summary_mail(workspace, day, lists, now=now))
    with transaction(workspace.engine) as conn:
        return add_mail(conn, messages, now=now)


def find_waiting_lists(workspace: Workspace, day: date, lists: Sequence[MailList]) -> list[MailList]:
    """Those of the lists on which somebody has no message of the day in the outbox."""
    known = find_mailed(workspace, day)
    return [one for one in lists if any((one.name, recipient) not in known for recipient in one.to)]


def find_mailed(workspace: Workspace, day: date) -> set[tuple[str, str]]:
    """(list, recipient) of each message with the day's summary in the outbox."""
    with reading(workspace.engine) as conn:
        return {(row.list_name, row.recipient) for row in get_mail(conn, day=day.isoformat()) if row.kind == SUMMARY}


def queue_alert(workspace: Workspace, *, subject: str, text: str, now: datetime, kind: str = ALERT) -> int:
    """How many messages were put into the outbox: none if there was an alert of this kind today already."""
    config = workspace.config
    mail = get_mail_settings(config)
    everybody = dict.fromkeys(address for one in mail.lists for address in one.to)
    day = now.astimezone(config.zone).date().isoformat()
    messages = [
        _build_mail(config, kind, None, day=day, recipient=recipient, subject=subject, text=text, now=now)
        for recipient in mail.alerts_to or everybody
    ]
    with transaction(workspace.engine) as conn:
        return add_mail(conn, messages, now=now)


def repeat_mail(workspace: Workspace, rows: Sequence[StoredMail], *, now: datetime) -> int:
    """How many messages are to be sent again, each with the same bytes and the same Message-ID.

    Raises:
        MailError: their bytes are no longer kept.
    """
    with transaction(workspace.engine) as conn:
        for row in rows:
            if not get_mail_content(conn, row.id):
                raise MailError(f"{row.message_id} of {row.day} cannot be sent again: its text is kept for 30 days")
            set_mail_state(conn, row, "pending", now=now, reason=None, tries=0, next_due_at=now)
    return len(rows)


def find_missing_summary(workspace: Workspace, day: date, one: MailList) -> tuple[Window, Edition] | None:
    """The summary that a list has to itself and that does not lie there, as of a list that is younger; None if it does.

    Raises:
        InputError: there is no summary of the day at all.
        ConfigError: the list names what is not there.
    """
    get_summary_of(workspace, day)
    span, edition = find_window_of(_window_of(workspace, day), one), choose_edition(workspace, one)
    if span is None or (span.n_days == 1 and edition == WHOLE):
        return None
    folder = find_folder(workspace, span, edition)
    return None if all((folder / name).is_file() for name in _PARTS) else (span, edition)


def find_lists(config: Config, list_name: str | None = None) -> tuple[MailList, ...]:
    """The lists, or the one of this name.

    Raises:
        InputError: there is none.
        ConfigError: mail is not set up.
    """
    lists = get_mail_settings(config).lists
    if not lists:
        raise InputError(f"{config.folder}/framewire.toml: no [[mail.list]]; add one with `name` and `to`")
    chosen = tuple(one for one in lists if list_name in (None, one.name))
    if not chosen:
        raise InputError(unknown_message("list", list_name, [one.name for one in lists]))
    return chosen


def find_lists_of(workspace: Workspace, day: date, list_name: str | None = None) -> tuple[MailList, ...]:
    """The lists that get something when this day has ended; raises as `find_lists`."""
    lists, window = find_lists(workspace.config, list_name), _window_of(workspace, day)
    return tuple(one for one in lists if find_window_of(window, one) is not None)


def get_summary_of(workspace: Workspace, day: date) -> Mapping[str, Any]:
    """The summary of a day as it is on record. Raises InputError if there is none."""
    with reading(workspace.engine) as conn:
        row = get_summary(conn, day.isoformat())
    if row is None:
        raise InputError(f"no summary of {day} yet; `framewire summarise --day {day}` makes it")
    return row


def build_summary_mail(
    workspace: Workspace, day: date, lists: Sequence[MailList], *, now: datetime
) -> Iterator[OutgoingMail]:
    """The messages of a day's summaries as they lie in `out/`, one a recipient.

    Raises:
        InputError: there is no summary of the day.
    """
    config, row = workspace.config, get_summary_of(workspace, day)
    for one in lists:
        span, edition = find_window_of(_window_of(workspace, day), one), choose_edition(workspace, one)
        if span is None:
            continue
        folder = find_folder(workspace, span, edition)
        text, html = (_read_part(folder / name, day) for name in ("summary.txt", "summary.html"))
        is_whole_day = span.n_days == 1 and edition == WHOLE
        numbers = row["numbers"] if is_whole_day else json.loads(_read_part(folder / "summary.json", day))
        subject = _say_subject(numbers, span, one, still_runs=now < span.end)
        items = find_reply_items(workspace, numbers)
        key = load_key(config.folder) if items else b""
        for recipient in one.to:
            parts: dict[str, Any] = {"day": day.isoformat(), "recipient": recipient, "subject": subject, "now": now}
            told = build_reply_part(items, key, recipient)
            yield _build_mail(config, SUMMARY, one, **parts, text=text + told.text, html=put_into_html(html, told.html))


def build_test_mail(config: Config, address: str, *, now: datetime) -> OutgoingMail:
    """A small message that says that mail works."""
    text = (
        f"{config.title}\n\nThis is a test. If you read it, Framewire can send mail from\n{config.folder}.\n\n"
        "The daily summary comes with `framewire run --send`.\n"
    )
    moment = now.isoformat()
    return _build_mail(
        config, "test", None, day=moment, recipient=address, subject=f"{config.title}: a test", text=text, now=now
    )


def _build_mail(
    config: Config,
    kind: str,
    one: MailList | None,
    *,
    day: str,
    recipient: str,
    subject: str,
    text: str,
    now: datetime,
    html: str | None = None,
) -> OutgoingMail:
    mail = get_mail_settings(config)
    name = one.name if one else ALERTS if kind == ALERT else kind
    domain = mail.address.rpartition("@")[2]
    message_id = build_message_id(kind, name, day, recipient, watch=str(config.folder), domain=domain)
    title = (one.title or config.title) if one else None
    heads = Heads(
        sender=mail.sender,
        recipient=recipient,
        subject=subject,
        message_id=message_id,
        sent_at=now.astimezone(config.zone),
        list_name=one.name if one else None,
        list_title=title,
    )
    content = build_message(heads, text=text, html=html)
    return OutgoingMail(kind, name, day, recipient, message_id, clean_header(subject), content)


def _window_of(workspace: Workspace, day: date) -> Window:
    return window_of(day, zone=workspace.config.zone, day_starts_at=workspace.config.day_starts_at)


def _say_subject(numbers: dict[str, Any], span: Window, one: MailList, *, still_runs: bool) -> str:
    return build_subject(
        one.title or numbers["title"],
        span.day,
        last=span.last,
        headline=numbers["headline"],
        n_articles=numbers["n_articles"],
        n_failing=len(numbers["health"]["failing"]),
        still_runs=still_runs,
    )


def _read_part(path: Path, day: date) -> str:
    return read_text(path, error=InputError, missing=f"`framewire summarise --day {day}` makes it anew.")
