"""Mailing summaries from a workspace: each recipient once, and none lost in silence."""

import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from server import PressServer

from dam_press import START, write_dam_press
from framewire.store import reading
from framewire.store.outbox import get_mail
from framewire.summarise import smtp
from framewire.workflow.lock import MAIL_LOCK_FILE, hold_lock
from framewire.workflow.mail import SECOND_TRY
from framewire.workflow.workspace import open_workspace
from mail_server import PASSWORD, USER, MailServer
from test_cli import invoke, write_seeds

RUN_AT = START.replace(hour=6, minute=20) + timedelta(days=4)
DAY = "2026-11-23"
FIVE = [f"{name}@example.org" for name in ("anna", "ben", "cleo", "dan", "eve")]


@pytest.fixture(scope="module")
def summed_up(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace without a model and with one summary; not to be changed."""
    folder = tmp_path_factory.mktemp("summed-up")
    write_dam_press(folder / "press")
    watch = folder / "watch"
    at = ("--now", RUN_AT.isoformat())
    assert invoke("init", str(watch), "--seeds", str(write_seeds(folder / "seeds")), "--no-train", *at).exit_code == 0
    with PressServer(folder / "press", now=RUN_AT) as press:
        feeds = (folder / "press" / "feeds.yaml").read_text().replace("{base}", press.address)
        (watch / "feeds.yaml").write_text(feeds)
        settings = (watch / "framewire.toml").read_text()
        (watch / "framewire.toml").write_text(f'allow_private = ["127.0.0.1/32:{press.port}"]\n{settings}')
        assert invoke("run", "-w", str(watch), *at).exit_code == 3
    assert (watch / "out" / DAY / "summary.html").exists()
    return watch


@pytest.fixture
def watch(summed_up: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(summed_up, tmp_path / "watch")
    monkeypatch.setattr(smtp.socket, "gethostname", lambda: "box")
    return tmp_path / "watch"


def set_up(watch: Path, server: MailServer | None, to: list[str] = FIVE, more: str = "") -> None:
    """Writes the settings of mail, anew if they are there."""
    path = watch / "framewire.toml"
    before = path.read_text().partition("\n[mail]")[0]
    port = server.port if server else 9
    path.write_text(
        f'{before}\n[mail]\nfrom = "Dam watch <watch@example.org>"\nhost = "127.0.0.1"\nport = {port}\n'
        f'security = "none"\n{more}\n[[mail.list]]\nname = "daily"\nto = {json.dumps(to)}\n'
    )


def send(watch: Path, *more: str, at: datetime = RUN_AT) -> Result:
    return invoke("send", "-w", str(watch), "--now", at.isoformat(), *more)


def states(watch: Path) -> dict[str, str]:
    with reading(open_workspace(watch).readonly_engine) as conn:
        return {row.recipient.partition("@")[0]: row.state for row in get_mail(conn)}


def reasons(watch: Path) -> dict[str, str | None]:
    with reading(open_workspace(watch).readonly_engine) as conn:
        return {row.recipient.partition("@")[0]: row.reason for row in get_mail(conn)}


@pytest.fixture
def server() -> Iterator[MailServer]:
    with MailServer() as running:
        yield running


def test_each_recipient_gets_one_message_of_their_own(watch: Path, server: MailServer) -> None:
    set_up(watch, server)
    result = send(watch)
    assert result.exit_code == 0, result.output
    assert result.stdout == f"send       {DAY}  5 sent\n"
    assert sorted(one.recipient for one in server.accepted) == FIVE
    assert all(str(one.message["To"]) == one.recipient for one in server.accepted)
    assert len({one.id for one in server.accepted}) == 5
    mail = server.accepted[0].message
    text, html = (part.get_content().replace("\r\n", "\n") for part in mail.iter_parts())
    assert text.partition("\nCORRECT BY REPLY\n")[0] == (watch / "out" / DAY / "summary.txt").read_text()
    before, end, after = (watch / "out" / DAY / "summary.html").read_text().rpartition("</body>")
    assert html.startswith(f"{before}<h2>Correct by reply</h2>")
    assert html.endswith(end + after)
    assert str(mail["Subject"]).endswith("articles")
    assert "Mon 23 Nov 2026" in str(mail["Subject"])


def test_a_day_is_mailed_once_even_if_its_summary_changes(watch: Path, server: MailServer) -> None:
    set_up(watch, server)
    send(watch)
    path = watch / "out" / DAY / "summary.txt"
    path.write_text(path.read_text() + "changed\n")
    again = send(watch)
    assert (again.exit_code, len(server.accepted)) == (0, 5)
    assert "nothing new to send" in again.output
    assert send(watch, "--quiet").output == ""


def test_a_run_sends_the_summary_it_made(watch: Path, server: MailServer) -> None:
    set_up(watch, server)
    (watch / "feeds.yaml").write_text("version: 1\noutlets: []\n")
    result = invoke("run", "--send", "-w", str(watch), "--now", RUN_AT.isoformat())
    assert f"send       {DAY}  5 sent" in result.output
    again = invoke("run", "--send", "-w", str(watch), "--now", RUN_AT.isoformat())
    assert "nothing new to send" in again.output
    assert len(server.accepted) == 5


def test_a_day_without_articles_is_mailed_as_that(watch: Path, server: MailServer) -> None:
    set_up(watch, server, to=FIVE[:1])
    later = RUN_AT + timedelta(days=3)
    result = invoke("run", "--send", "-w", str(watch), "--now", later.isoformat())
    assert "1 sent" in result.output
    assert str(server.accepted[0].message["Subject"]).endswith("0 articles, 2 feeds failing")


def test_somebody_new_on_a_list_gets_it_and_nobody_else_again(watch: Path, server: MailServer) -> None:
    set_up(watch, server, to=FIVE[:1])
    send(watch)
    set_up(watch, server, to=FIVE[:2])
    send(watch)
    assert [one.recipient for one in server.accepted] == FIVE[:2]


def test_resending_repeats_the_same_bytes(watch: Path, server: MailServer) -> None:
    set_up(watch, server, to=FIVE[:2])
    send(watch)
    result = send(watch, "--day", DAY, "--resend", at=RUN_AT + timedelta(days=2))
    assert result.exit_code == 0, result.output
    first, second = server.accepted[:2], server.accepted[2:]
    assert [one.raw for one in first] == [one.raw for one in second]


def test_what_is_forgotten_cannot_be_resent(watch: Path, server: MailServer) -> None:
    set_up(watch, server, to=FIVE[:1])
    send(watch)
    later = RUN_AT + timedelta(days=31)
    send(watch, "--waiting", at=later)
    result = send(watch, "--day", DAY, "--resend", at=later)
    assert result.exit_code == 1
    assert "kept for 30 days" in result.output
    assert states(watch) == {"anna": "sent"}


def test_one_bad_recipient_of_five(watch: Path) -> None:
    with MailServer({"rcpt": "550 no such user"}, only_for=FIVE[2]) as server:
        set_up(watch, server)
        result = send(watch)
    assert result.exit_code == 3
    assert "mail refused: cleo@example.org (127.0.0.1" in result.output
    assert "550 no such user" in result.output
    assert states(watch) == {"anna": "sent", "ben": "sent", "cleo": "refused", "dan": "sent", "eve": "sent"}
    assert len(server.accepted) == 4
    status = invoke("status", "-w", str(watch), "--now", RUN_AT.isoformat())
    assert f"mail       {DAY}  4 sent, 1 refused" in status.output
    rows = json.loads(invoke("mail", "list", "--state", "refused", "--json", "-w", str(watch)).stdout)
    assert [row["recipient"] for row in rows] == ["cleo@example.org"]


def test_what_waits_or_was_refused_ends_with_three_as_long_as_it_does_and_cron_hears_of_it_once(watch: Path) -> None:
    with MailServer({"rcpt": "550 no such user"}, only_for=FIVE[0]) as server:
        set_up(watch, server, to=FIVE[:1])
        assert send(watch, "--quiet").exit_code == 3
    with MailServer({"rcpt": "451 greylisted"}, only_for=FIVE[1]) as server:
        set_up(watch, server, to=FIVE[:2])
        first = send(watch, "--quiet")
        assert "1 message waits" in first.stderr
        assert "anna" not in first.stderr
        for command in (["send"], ["run", "--if-due", "--send"]):
            again = invoke(*command, "-w", str(watch), "--now", RUN_AT.isoformat())
            assert (again.exit_code, again.stdout.split()[2:]) == (
                3,
                ["1", "waiting,", "1", "refused", "nothing", "new", "to", "send"],
            )
            assert "mail refused: anna@example.org (" in again.stderr
            assert "1 message waits, to be tried again: ben@example.org (" in again.stderr
            quiet = invoke(*command, "--quiet", "-w", str(watch), "--now", RUN_AT.isoformat())
            assert (quiet.exit_code, quiet.output) == (3, "")


def test_who_was_refused_is_told_in_the_next_summary_without_an_address(watch: Path) -> None:
    with MailServer({"rcpt": "550 <cleo@example.org> unknown"}, only_for=FIVE[2]) as server:
        set_up(watch, server)
        send(watch)
    next_day = RUN_AT + timedelta(days=1)
    invoke("run", "-w", str(watch), "--now", next_day.isoformat())
    for name in ("summary.txt", "summary.html", "summary.md", "summary.json"):
        text = " ".join((watch / "out" / "2026-11-24" / name).read_text().split())
        assert f"Mail of {DAY}, list daily: 1 message refused." in text.replace("\\", ""), name
        assert "cleo" not in text
    invoke("run", "-w", str(watch), "--now", (next_day + timedelta(days=1)).isoformat())
    assert "message refused" not in (watch / "out" / "2026-11-25" / "summary.txt").read_text()


def test_what_is_not_taken_now_waits_longer_each_time(watch: Path) -> None:
    waits = []
    with MailServer({"rcpt": "451 greylisted"}, only_for=FIVE[0]) as server:
        set_up(watch, server, to=FIVE[:2])
        first = send(watch)
        assert first.exit_code == 3
        assert "1 message waits, to be tried again: anna@example.org" in first.output
        at = RUN_AT
        for _ in range(9):
            with reading(open_workspace(watch).readonly_engine) as conn:
                (row,) = get_mail(conn, states=("pending",))
            assert row.next_due_at is not None
            waits.append((row.next_due_at - at) / timedelta(minutes=15))
            early = send(watch, "--waiting", at=row.next_due_at - timedelta(seconds=1))
            assert (early.exit_code, early.stdout) == (3, "send       0 sent, 1 waits, 0 refused\n")
            at = row.next_due_at
            quiet = send(watch, "--waiting", "--quiet", at=at)
            assert (quiet.exit_code, quiet.output) == (3, "")
    assert waits == [1, 2, 4, 8, 16, 32, 64, 96, 96]
    with MailServer() as server:
        set_up(watch, server, to=FIVE[:2])
        assert "1 sent" in send(watch, "--waiting", at=at + timedelta(days=1)).output
    assert states(watch) == {"anna": "sent", "ben": "sent"}


def test_what_was_tried_for_five_days_is_given_up_loudly(watch: Path) -> None:
    with MailServer({"rcpt": "451 greylisted"}) as server:
        set_up(watch, server, to=FIVE[:1])
        send(watch)
        result = send(watch, "--waiting", at=RUN_AT + timedelta(days=5, minutes=1))
    assert result.exit_code == 3
    assert "given up after 2 tries" in result.output
    assert states(watch) == {"anna": "refused"}


def test_a_server_that_is_away_is_called_once_not_for_each(watch: Path) -> None:
    with MailServer({"connect": "421 busy"}) as server:
        set_up(watch, server)
        result = send(watch)
    assert result.exit_code == 3
    assert (
        "5 messages wait, to be tried again: anna@example.org, ben@example.org, cleo@example.org, and 2 more (127"
        in (result.output)
    )
    assert set(states(watch).values()) == {"pending"}
    assert len(server.transports) == 1


@pytest.mark.parametrize("step", ["connect", "ehlo", "mail", "rcpt", "data"])
def test_a_line_that_dies_before_the_message_makes_nothing_uncertain(watch: Path, step: str) -> None:
    with MailServer({step: "drop"}) as server:
        set_up(watch, server, to=FIVE[:1])
        assert send(watch).exit_code == 3
    assert states(watch) == {"anna": "pending"}
    with MailServer() as server:
        set_up(watch, server, to=FIVE[:1])
        send(watch, "--waiting", at=RUN_AT + timedelta(minutes=15))
    assert (states(watch), len(server.accepted)) == ({"anna": "sent"}, 1)


def test_a_line_that_dies_after_the_dot_is_held_and_told_until_resolved(watch: Path) -> None:
    with MailServer({"dot": "drop"}) as server:
        set_up(watch, server, to=FIVE[:1])
        first = send(watch)
    assert first.exit_code == 3
    assert f"look for {server.accepted[0].id} in the mail server's log" in first.output
    with MailServer() as second:
        set_up(watch, second, to=FIVE[:1])
        again = send(watch)
        assert again.exit_code == 3
        assert "may have arrived or not" in again.output
        quiet = send(watch, "--waiting", "--quiet")
        assert (quiet.exit_code, quiet.output) == (3, "")
        assert not second.accepted
        status = invoke("status", "-w", str(watch), "--now", RUN_AT.isoformat())
        assert (status.exit_code, "1 uncertain in all" in status.output) == (3, True)
        message_id = server.accepted[0].id
        told = invoke("mail", "resolve", message_id, "--sent", "-w", str(watch), "--now", RUN_AT.isoformat())
        assert "counts as sent" in told.output
        assert send(watch).exit_code == 0
        assert not second.accepted
        twice = invoke("mail", "resolve", message_id, "--sent", "-w", str(watch))
        assert (twice.exit_code, "is sent, not uncertain" in twice.output) == (1, True)


def test_an_uncertain_message_is_resent_by_hand_with_its_id(watch: Path) -> None:
    with MailServer({"dot": "drop unread"}) as server:
        set_up(watch, server, to=FIVE[:1])
        send(watch)
    row = json.loads(invoke("mail", "list", "--json", "-w", str(watch)).stdout)[0]
    bare = row["message_id"].strip("<>")
    assert invoke("mail", "resolve", bare, "--resend", "-w", str(watch), "--now", RUN_AT.isoformat()).exit_code == 0
    with MailServer() as server:
        set_up(watch, server, to=FIVE[:1])
        send(watch, "--waiting")
    assert [one.id for one in server.accepted] == [row["message_id"]]


def test_if_set_so_an_uncertain_message_is_sent_once_more_and_then_held(watch: Path) -> None:
    ids = []
    for _ in range(3):
        with MailServer({"dot": "drop"}) as server:
            set_up(watch, server, to=FIVE[:1], more="hold_uncertain = false")
            send(watch)
            ids += [one.id for one in server.accepted]
    assert len(ids) == 2
    assert len(set(ids)) == 1
    assert states(watch) == {"anna": "uncertain"}


def test_the_second_try_is_remembered_while_it_waits(watch: Path) -> None:
    with MailServer({"dot": "drop"}) as server:
        set_up(watch, server, to=FIVE[:1], more="hold_uncertain = false")
        send(watch)
    assert states(watch) == {"anna": "pending"}
    with MailServer({"mail": "450 later"}) as server:
        set_up(watch, server, to=FIVE[:1], more="hold_uncertain = false")
        send(watch)
    assert (reasons(watch)["anna"] or "").startswith(SECOND_TRY)
    with MailServer({"dot": "drop"}) as server:
        set_up(watch, server, to=FIVE[:1], more="hold_uncertain = false")
        send(watch, at=RUN_AT + timedelta(days=1) - timedelta(hours=1))
    assert states(watch) == {"anna": "uncertain"}


def test_dry_run_sends_and_writes_nothing(watch: Path, server: MailServer) -> None:
    set_up(watch, server, to=FIVE[:2])
    result = send(watch, "--dry-run")
    rows = [line.split()[:2] for line in result.stdout.splitlines()]
    assert rows == [["list", "recipient"], *(["daily", name] for name in FIVE[:2])]
    assert (states(watch), server.accepted) == ({}, [])
    send(watch)
    assert send(watch, "--dry-run").stdout == ""


def test_a_test_message(watch: Path, server: MailServer) -> None:
    set_up(watch, server)
    result = send(watch, "--test", "anna@example.org")
    assert result.output == "sent to anna@example.org; the server said: 250 taken\n"
    assert "This is a test." in server.accepted[0].message.get_content()
    assert states(watch) == {}
    wrong = send(watch, "--test", "anna")
    assert (wrong.exit_code, "'anna' is no mail address" in wrong.output) == (1, True)


@pytest.mark.parametrize(
    ("arguments", "code", "expected"),
    [
        (["--list", "dayly"], 1, "unknown list 'dayly' (did you mean 'daily'?)"),
        (["--day", "2026-11-24"], 1, "no summary of 2026-11-24 yet; `framewire summarise --day 2026-11-24` makes it"),
        (
            ["--day", "2026-11-01"],
            1,
            "2026-11-01: the first feed was asked on 2026-11-24; name that day or a later one",
        ),
        (["--day", "2026-11-01", "--dry-run"], 1, "2026-11-01: the first feed was asked on 2026-11-24"),
        (["--day", "2026-12-01"], 1, "2026-12-01 has not begun yet"),
        (["--waiting", "--resend"], 2, "--waiting goes without"),
        (["--test", "a@b.org", "--day", DAY], 2, "--test goes without"),
    ],
)
def test_what_cannot_be_sent(watch: Path, server: MailServer, arguments: list[str], code: int, expected: str) -> None:
    set_up(watch, server)
    result = send(watch, *arguments)
    assert (result.exit_code, expected in result.output) == (code, True), result.output


def test_a_summary_file_that_is_gone(watch: Path, server: MailServer) -> None:
    set_up(watch, server)
    (watch / "out" / DAY / "summary.html").unlink()
    result = send(watch)
    assert (result.exit_code, f"`framewire summarise --day {DAY}` makes it anew" in result.output) == (1, True)


@pytest.mark.parametrize("command", [["send"], ["run", "--send"], ["send", "--test", "a@example.org"]])
def test_mail_that_is_not_set_up(watch: Path, command: list[str]) -> None:
    result = invoke(*command, "-w", str(watch), "--now", RUN_AT.isoformat())
    assert (result.exit_code, "mail is not set up" in result.output) == (1, True)


def test_two_senders_never_overlap_and_fetching_goes_on(watch: Path, server: MailServer) -> None:
    set_up(watch, server)
    (watch / "feeds.yaml").write_text("version: 1\noutlets: []\n")
    with hold_lock(watch, MAIL_LOCK_FILE):
        assert send(watch).exit_code == 4
        assert invoke("fetch", "-w", str(watch), "--now", RUN_AT.isoformat()).exit_code == 3
    assert not server.accepted
    assert send(watch, "--waiting").exit_code == 0
    assert len(server.accepted) == 5


def test_the_password_comes_from_a_file_that_only_we_may_read(watch: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with MailServer(signing_in=True) as server:
        set_up(watch, server, to=FIVE[:1], more=f'user = "{USER}"\npassword_file = "secret"')
        missing = send(watch)
        assert (missing.exit_code, "secret: no such file" in missing.output) == (1, True)
        (watch / "secret").write_text(PASSWORD + "\n")
        (watch / "secret").chmod(0o640)
        opened = send(watch)
        assert (opened.exit_code, f"`chmod 600 {watch / 'secret'}`" in opened.output) == (1, True)
        assert states(watch) == {"anna": "pending"}
        (watch / "secret").chmod(0o600)
        assert send(watch).exit_code == 0
        (watch / "secret").write_text("")
        assert "no usable password" in send(watch).output
        monkeypatch.setenv("FRAMEWIRE_MAIL_PASSWORD", PASSWORD)
        assert send(watch, "--test", FIVE[1]).exit_code == 0
    assert PASSWORD not in json.dumps([str(reasons(watch)), missing.output, opened.output])


def test_a_name_without_a_password(watch: Path, server: MailServer) -> None:
    set_up(watch, server, more='user = "watch"')
    result = send(watch)
    assert (result.exit_code, "no password is there" in result.output) == (1, True)


def test_an_unsafe_python_mails_nothing(watch: Path, server: MailServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "framewire.summarise.mail.clean_header", lambda text: text.replace("=?", "\r\nBcc: x@example.org")
    )
    set_up(watch, server)
    result = send(watch)
    assert (result.exit_code, "CVE-2024-6923" in result.output) == (1, True)
    assert not server.accepted


def test_doctor_looks_at_mail(watch: Path, server: MailServer) -> None:
    def checks(*more: str) -> dict[str, Any]:
        rows = json.loads(invoke("doctor", "--json", "-w", str(watch), *more).stdout)
        return {row["what"]: row for row in rows}

    assert "mail" not in checks()
    assert "mail is not set up" in checks("--mail")["mail"]["found"]
    set_up(watch, server)
    assert checks()["mail"]["found"] == f"daily to 5, by 127.0.0.1:{server.port} (none)"
    assert not server.transports
    assert checks("--mail")["server"]["ok"]
    assert "noop" in server.asked
    set_up(watch, None)
    assert not checks("--mail")["server"]["ok"]


def test_a_feed_list_that_fails_as_a_whole_is_mailed_at_once_and_once_a_day(watch: Path, server: MailServer) -> None:
    set_up(watch, server, to=FIVE[:2], more='alerts = true\nalerts_to = ["ops@example.org"]')
    hour = timedelta(hours=30)
    for n in range(3):
        invoke("fetch", "--all", "-w", str(watch), "--now", (RUN_AT + hour + n * timedelta(hours=1)).isoformat())
    assert [one.recipient for one in server.accepted] == ["ops@example.org"]
    mail = server.accepted[0].message
    assert str(mail["Subject"]).endswith(": the feeds fail")
    assert "2 of 2 feeds failed" in mail.get_content()
    invoke("fetch", "--all", "-w", str(watch), "--now", (RUN_AT + hour + timedelta(days=1)).isoformat())
    assert len(server.accepted) == 2


def test_an_alert_that_cannot_be_sent_waits(watch: Path) -> None:
    set_up(watch, None, more="alerts = true")
    at = RUN_AT + timedelta(hours=30)
    result = invoke("fetch", "--all", "-w", str(watch), "--now", at.isoformat())
    assert "alert      0 sent, 5 wait" in result.output
    with MailServer() as server:
        set_up(watch, server, more="alerts = true")
        send(watch, "--waiting", at=at + timedelta(minutes=15))
    assert sorted(one.recipient for one in server.accepted) == FIVE


def test_nobody_is_alerted_who_did_not_ask(watch: Path, server: MailServer) -> None:
    set_up(watch, server)
    at = RUN_AT + timedelta(hours=30)
    assert "2 connection" in invoke("fetch", "--all", "-w", str(watch), "--now", at.isoformat()).output
    assert not server.accepted


def test_units_send_where_mail_is_set_up(watch: Path) -> None:
    from framewire.workflow.units import render_crontab, render_systemd

    config = open_workspace(watch).config
    assert "--send" not in render_crontab(config) + render_systemd(config)
    set_up(watch, None)
    config = open_workspace(watch).config
    for text in (render_crontab(config), render_systemd(config)):
        assert " run --if-due --send --workspace" in text
        assert " send --waiting --workspace" in text


def test_dates_of_a_message_are_stored(watch: Path, server: MailServer) -> None:
    from framewire.workflow.mail_queue import build_summary_mail, find_lists

    set_up(watch, server, to=FIVE[:1])
    here = open_workspace(watch)
    (first,) = build_summary_mail(here, date.fromisoformat(DAY), find_lists(here.config), now=RUN_AT)
    (later,) = build_summary_mail(
        here, date.fromisoformat(DAY), find_lists(here.config), now=RUN_AT + timedelta(days=1)
    )
    assert replace(first, content=b"") == replace(later, content=b"")
    assert first.content != later.content


def test_each_mail_ends_with_its_own_codes_and_a_reply_with_one_corrects(watch: Path, server: MailServer) -> None:
    set_up(watch, server, FIVE[:2])
    assert send(watch).exit_code == 0
    codes = {}
    for one in server.accepted:
        parsed = one.message
        text = parsed.get_body(("plain",)).get_content()  # type: ignore[union-attr]
        html = parsed.get_body(("html",)).get_content()  # type: ignore[union-attr]
        found = re.findall(r"\d+(?:\.\d+)?:[0-9a-f]{16}", text.partition("CORRECT BY REPLY")[2])
        assert found
        assert all(code in html for code in found)
        codes[one.recipient] = found
    assert not set(codes[FIVE[0]]) & set(codes[FIVE[1]])
    audited = next(code for code in codes[FIVE[0]] if "." not in code)
    folder = watch / "answers"
    folder.mkdir()
    for name, sender in (("own", FIVE[0]), ("stolen", FIVE[1])):
        head = f"From: {sender}\r\nDate: {format_datetime(RUN_AT)}\r\nContent-Type: text/plain\r\n\r\n"
        (folder / f"{name}.eml").write_text(f"{head}fix {audited} neglect=asserted\r\n")
    result = invoke("review", "import", "--mail", str(folder), "-w", str(watch), "--now", RUN_AT.isoformat())
    assert result.exit_code == 3
    assert "2 messages: 1 corrections" in result.stdout
    assert f"its code was not sent to {FIVE[1]}" in result.stderr
    (row,) = json.loads(invoke("review", "list", "--json", "-w", str(watch)).stdout)
    assert (row["coder"], row["origin"], row["blind"]) == (FIVE[0], "audit", True)
