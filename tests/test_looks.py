"""Looks at the running day: when one is due, what it compares, and the one mail that says so."""

from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framewire.codebook import Codebook
from framewire.summarise import Tables, find_changes_so_far, render_changes
from framewire.summarise.so_far import cut_hours
from framewire.workflow import looks
from framewire.workflow.looks import LOOKS_AFTER, Look, find_look
from mail_server import MailServer
from summarise_cases import DAY, WINDOW, Desk, own_words
from test_cli import invoke
from test_send import FIVE, RUN_AT, set_up, summed_up, watch

__all__ = ["summed_up", "watch"]

YEREVAN = ZoneInfo("Asia/Yerevan")
SIX = time(6)


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-11-{text}+00:00")


@pytest.mark.parametrize(
    ("now", "last_at", "look", "reason"),
    [
        ("23T07:59", None, None, "the first look is at 08:00 UTC, six hours after 06:00 in Yerevan"),
        ("23T08:00", None, (23, 6), "its time has come"),
        ("23T09:00", "23T08:00", None, "it was taken"),
        ("23T09:00", "22T20:00", (23, 6), "the last one was another day's"),
        ("23T14:05", "23T08:10", (23, 12), "the next one"),
        ("23T20:10", "23T08:10", (23, 18), "one that was missed is not made up for"),
        ("24T01:59", "23T08:10", (23, 18), "the day runs until 02:00 UTC"),
        ("24T02:00", "23T08:10", None, "a new day, too early"),
    ],
)
def test_when_a_look_is_due(now: str, last_at: str | None, look: tuple[int, int] | None, reason: str) -> None:
    found = find_look(at(now), last_at=at(last_at) if last_at else None, zone=YEREVAN, day_starts_at=SIX)
    assert (found and (found.day.day, found.hours)) == look, reason


@given(st.lists(st.integers(1, 60 * 24 * 3), min_size=1, max_size=60))
def test_a_day_is_looked_at_no_oftener_than_the_rate_was_shared_for(minutes: list[int]) -> None:
    taken: list[Look] = []
    last_at = None
    for minute in sorted(minutes):
        now = at("22T00:00") + timedelta(minutes=minute)
        if (look := find_look(now, last_at=last_at, zone=YEREVAN, day_starts_at=SIX)) is not None:
            taken.append(look)
            last_at = now
    assert len(taken) == len(set(taken))
    assert max([taken.count(one) for one in taken], default=0) <= 1
    assert all(sum(one.day == look.day for one in taken) <= len(LOOKS_AFTER) for look in taken)


def rising(hour: float) -> Tables:
    """A day on which three outlets turn to another word from an hour on; before, all wrote at that hour as well."""
    desk = Desk()
    for ago in range(29):
        wording, surface = ("theft", "water theft") if ago == 0 else ("filling", "planned filling")
        for outlet in ("north", "south", "world"):
            for i in range(8):
                desk.article(
                    outlet, f"{surface} {own_words(outlet, ago, i)}", ago=ago, hour=hour, mentions=[("filling", wording, surface)]
                )  # fmt: skip
    return desk.tables()


@pytest.mark.parametrize(("hour", "hours", "n_found"), [(3.0, 6, 1), (9.0, 6, 0), (9.0, 12, 1)])
def test_only_the_first_hours_count_on_every_day(
    small_codebook: Codebook, hour: float, hours: int, n_found: int
) -> None:
    found = find_changes_so_far(rising(hour), small_codebook, WINDOW, hours=hours, model_card=None, n_looks=3)
    assert len(found.changes) == n_found
    assert bool(found.tested) == bool(n_found)


def test_the_hours_are_half_open_and_the_same_on_every_day() -> None:
    desk = Desk()
    for ago in (0, 7, 28):
        for hour in (0.0, 5.99, 6.0, 23.0):
            desk.article("north", "Of the lake", ago=ago, hour=hour)
    kept = cut_hours(desk.tables(), WINDOW, hours=6).articles
    assert kept["article_id"].tolist() == [1, 2, 5, 6, 9, 10]


def test_what_the_mail_says(small_codebook: Codebook) -> None:
    found = find_changes_so_far(rising(3.0), small_codebook, WINDOW, hours=6, model_card=None, n_looks=3)
    told = render_changes(found, title="Dam watch", window=WINDOW, hours=6, n_looks=3)
    assert told.subject == "Dam watch: Mon 23 Nov 2026 · so far “water theft” up 100 points"
    for said in (
        "the first 6 hours",
        "24 of 24",
        "before 0 of 96",
        "looked at 3 times",
        "The North, The South, The World",
    ):
        assert said in told.text, said


class Found:
    """What a look found, without a press behind it."""

    tested = 1
    changes = ("one",)


class Told:
    """The mail on it."""

    subject, text, headline = (
        "Dam watch: so far “water theft” up 20 points",
        "More of it.\n",
        "“water theft” up 20 points",
    )


def fetch(watch: Path, moment: datetime) -> str:
    return invoke("fetch", "-w", str(watch), "--now", moment.isoformat()).output


def test_a_change_is_mailed_once_a_day_to_who_asked(watch: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("framewire.summarise.find_changes_so_far", lambda *_args, **_more: Found)
    monkeypatch.setattr("framewire.summarise.render_changes", lambda *_args, **_more: Told)
    morning = datetime.combine(RUN_AT.date(), time(12, 30), tzinfo=UTC)
    with MailServer() as server:
        set_up(watch, server, to=FIVE[:2], more='change_alerts = true\nalerts_to = ["ops@example.org"]')
        first = fetch(watch, morning)
        assert "changes" in first
        assert "alert      1 sent, 0 wait" in first
        assert "changes" not in fetch(watch, morning + timedelta(hours=1))
        second = fetch(watch, morning + timedelta(hours=6))
        assert "changes" in second
        assert "alert" not in second
    (mail,) = server.accepted
    assert mail.recipient == "ops@example.org"
    assert mail.message["Subject"] == Told.subject
    assert mail.message["Auto-Submitted"] == "auto-generated"


def test_nobody_is_told_of_changes_who_did_not_ask(watch: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looks, "look_at_changes", lambda *_args, **_more: pytest.fail("looked"))
    with MailServer() as server:
        set_up(watch, server, more="alerts = true")
        assert "changes" not in fetch(watch, datetime.combine(RUN_AT.date(), time(12, 30), tzinfo=UTC))


def test_a_look_that_finds_nothing_says_so_and_mails_nothing(watch: Path) -> None:
    with MailServer() as server:
        set_up(watch, server, more="change_alerts = true")
        output = fetch(watch, datetime.combine(RUN_AT.date(), time(12, 30), tzinfo=UTC))
    assert "none in the first 6 hours" in output
    assert not server.accepted
    assert DAY.isoformat() in output or RUN_AT.date().isoformat() in output
