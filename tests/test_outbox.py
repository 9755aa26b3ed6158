"""The outbox: one row for each list, day and recipient; a row moves on only from where it was."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from framewire.store import (
    MAIL_STATES,
    OutgoingMail,
    StoredMail,
    add_mail,
    drop_old_content,
    get_due_mail,
    get_mail,
    get_mail_content,
    get_newest_mail_day,
    reading,
    set_mail_state,
    transaction,
)
from store_cases import HOUR, NOW

FIRST = OutgoingMail("summary", "daily", "2026-03-01", "anna@example.org", "<1@example.org>", "Of «1»", b"\x00one\r\n")
SECOND = replace(FIRST, recipient="ben@example.org", message_id="<2@example.org>", content=b"two")


def add(engine: Engine, *messages: OutgoingMail) -> int:
    with transaction(engine) as conn:
        return add_mail(conn, messages, now=NOW)


def only(engine: Engine) -> StoredMail:
    with reading(engine) as conn:
        (row,) = get_mail(conn)
    return row


def move(engine: Engine, row: StoredMail, state: str, **other: object) -> None:
    with transaction(engine) as conn:
        set_mail_state(conn, row, state, now=NOW + HOUR, **other)  # type: ignore[arg-type]


def test_a_message_is_added_once_and_keeps_its_bytes(engine: Engine) -> None:
    assert add(engine, FIRST, SECOND) == 2
    assert add(engine, replace(FIRST, content=b"another", message_id="<3@example.org>"), SECOND) == 0
    with reading(engine) as conn:
        rows = get_mail(conn)
        assert [row.recipient for row in rows] == ["anna@example.org", "ben@example.org"]
        assert get_mail_content(conn, rows[0].id) == FIRST.content
    assert rows[0] == StoredMail(
        *(rows[0].id, "summary", "daily", "2026-03-01", "anna@example.org", "<1@example.org>", "Of «1»"),
        *("pending", None, 0, NOW, NOW, NOW),
    )


@pytest.mark.parametrize("other", [{"day": "2026-03-02"}, {"list_name": "week"}, {"kind": "alert"}])
def test_another_day_list_or_kind_is_another_message(engine: Engine, other: dict[str, str]) -> None:
    assert add(engine, FIRST, replace(FIRST, message_id="<9@example.org>", **other)) == 2  # type: ignore[arg-type]


def test_messages_are_found_by_what_they_are(engine: Engine) -> None:
    add(engine, FIRST, SECOND)
    with reading(engine) as conn:
        assert len(get_mail(conn, day="2026-03-01", list_name="daily")) == 2
        assert [row.recipient for row in get_mail(conn, message_id="<2@example.org>")] == ["ben@example.org"]
        assert get_mail(conn, states=("sent",)) == []
        assert get_newest_mail_day(conn) == "2026-03-01"


def test_the_newest_day_is_that_of_a_summary(engine: Engine) -> None:
    with reading(engine) as conn:
        assert get_newest_mail_day(conn) is None
    add(engine, replace(FIRST, kind="alert", day="2026-09-09"))
    with reading(engine) as conn:
        assert get_newest_mail_day(conn) is None


def test_what_is_due(engine: Engine) -> None:
    add(engine, FIRST)
    move(engine, only(engine), "pending", next_due_at=NOW + 2 * HOUR, reason="450 later", tries=1)
    with reading(engine) as conn:
        assert get_due_mail(conn, now=NOW + HOUR) == []
        (due,) = get_due_mail(conn, now=NOW + 2 * HOUR)
    assert (due.tries, due.reason, due.changed_at) == (1, "450 later", NOW + HOUR)
    move(engine, due, "sending")
    with reading(engine) as conn:
        assert get_due_mail(conn, now=NOW + 9 * HOUR) == []


def test_a_row_that_has_moved_on_is_not_moved_again(engine: Engine) -> None:
    add(engine, FIRST)
    row = only(engine)
    move(engine, row, "sending")
    with pytest.raises(ValueError, match="no longer pending"):
        move(engine, row, "sending")
    assert only(engine).state == "sending"


def test_a_state_that_is_none(engine: Engine) -> None:
    add(engine, FIRST)
    with pytest.raises(ValueError, match=f"there are {', '.join(MAIL_STATES)}"):
        move(engine, only(engine), "delivered")


def test_old_bytes_are_forgotten_and_that_it_was_sent_is_not(engine: Engine) -> None:
    add(engine, FIRST, SECOND)
    with reading(engine) as conn:
        sent, waiting = get_mail(conn)
    move(engine, sent, "sent")
    with transaction(engine) as conn:
        drop_old_content(conn, before=NOW + HOUR)
        assert get_mail_content(conn, sent.id) == FIRST.content
        drop_old_content(conn, before=NOW + HOUR + timedelta(seconds=1))
        assert get_mail_content(conn, sent.id) == b""
        assert get_mail_content(conn, waiting.id) == SECOND.content
        assert [row.state for row in get_mail(conn)] == ["sent", "pending"]


def test_a_message_that_is_none(engine: Engine) -> None:
    with reading(engine) as conn, pytest.raises(ValueError, match="no message 7"):
        get_mail_content(conn, 7)
