"""Corrections by reply: only from those on a list, with the code that was sent to them, each once."""

import mailbox
import stat
from datetime import timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path

import pytest

from framewire.errors import MailError
from framewire.learn.reply_lines import find_reply_lines
from framewire.records import CodingOrigin
from framewire.store import text_hash
from framewire.workflow.reply_keys import KEY_FILE, build_code, load_key
from framewire.workflow.reply_part import ReplyItem, build_reply_part, find_reply_items, put_into_html
from framewire.workflow.workspace import Workspace, open_workspace
from review_cases import AT, codings_of, copy_watch, leave_open, review, spans_of
from test_cli import trained

__all__ = ["trained"]

MAIL = """
[mail]
from = "Watch <watch@example.org>"
[[mail.list]]
name = "daily"
to = ["anna@example.org", "ben@example.org"]
"""


@pytest.fixture
def watch(trained: Path, tmp_path: Path) -> Workspace:
    workspace = copy_watch(trained, tmp_path / "watch", n=3)
    path = workspace.config.folder / "framewire.toml"
    path.write_text(path.read_text() + MAIL)
    return open_workspace(workspace.config.folder)


def code_for(watch: Workspace, address: str, item: str = "1.0", asked: str = "") -> str:
    """The item with the code that this address was sent."""
    article, _, position = item.partition(".")
    wanted = int(position) if position else None
    span = next(span for span in spans_of(watch, int(article)) if span.position == wanted)
    return f"{item}:{build_code(load_key(watch.config.folder), address, item, text_hash(span.text), asked)}"


def mail(text: str, *, sender: str = "Anna <anna@example.org>", hours: float = 0, **headers: str) -> EmailMessage:
    message = EmailMessage()
    message["From"] = sender
    message["Date"] = format_datetime(AT + timedelta(hours=hours))
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    return message


def put(folder: Path, *messages: EmailMessage) -> Path:
    folder.mkdir()
    for number, message in enumerate(messages):
        (folder / f"{number}.eml").write_bytes(message.as_bytes())
    return folder


def test_a_reply_corrects_and_the_same_mail_again_changes_nothing(watch: Workspace, tmp_path: Path) -> None:
    item = code_for(watch, "anna@example.org")
    folder = put(
        tmp_path / "in",
        mail(f"Good morning,\nfix {item} neglect=denied -water_theft\n\nOn Tue, Watch wrote:\n> ok {item}"),
    )
    first = review(watch, "import", "--mail", str(folder))
    assert first.exit_code == 0
    assert first.stdout.splitlines() == [
        "1.0  neglect=denied  (was: water_theft=asserted:norland)",
        "1 messages: 1 corrections, 0 known already, 0 messages without any",
    ]
    (coding,) = codings_of(watch)
    assert (coding.coder, coding.origin, coding.coded_at.replace(microsecond=0)) == (
        "anna@example.org",
        CodingOrigin.REPLY,
        AT,
    )
    again = review(watch, "import", "--mail", str(folder), at=AT + timedelta(days=1))
    assert "0 corrections, 1 known already" in again.output
    assert len(codings_of(watch)) == 1
    assert sorted(path.name for path in folder.iterdir()) == ["0.eml"]


@pytest.mark.parametrize(
    ("line", "asked", "says"),
    [
        ("ok {item}", "", "water_theft=asserted:norland"),
        ("Yes {item}", "", "water_theft=asserted:norland"),
        ("no {item}", "", "none"),
        ("ok {item}", "water_theft", "water_theft=asserted:norland"),
        ("NO {item}", "water_theft", "none"),
    ],
)
def test_a_reply_answers_what_was_left_open(watch: Workspace, tmp_path: Path, line: str, asked: str, says: str) -> None:
    leave_open(watch, 1, 0, "water_theft")
    item = code_for(watch, "anna@example.org", asked=asked)
    told = review(watch, "import", "--mail", str(put(tmp_path / "in", mail(line.format(item=item)))))
    assert told.output.splitlines()[0] == f"1.0  {says}  (was: none)"


def test_a_reply_answers_what_the_mail_asked_whatever_the_labels_are_by_then(watch: Workspace, tmp_path: Path) -> None:
    item = code_for(watch, "anna@example.org", "2.0", asked="lawful_use")
    leave_open(watch, 2, 0, "water_theft", "lawful_use")
    told = review(watch, "import", "--mail", str(put(tmp_path / "yes", mail(f"ok {item}"))))
    assert told.output.startswith("2.0  lawful_use=asserted  (was: none)")
    gone = code_for(watch, "anna@example.org", asked="neglect")
    told = review(watch, "import", "--mail", str(put(tmp_path / "gone", mail(f"ok {gone}"))))
    assert told.exit_code == 3
    assert "labels no neglect there any more; say how it is told: fix 1.0 neglect=asserted" in told.stderr


def test_maildir_and_mbox_are_read(watch: Workspace, tmp_path: Path) -> None:
    box = mailbox.Maildir(tmp_path / "maildir")
    box.add(mail(f"ok {code_for(watch, 'anna@example.org')}"))
    one = mailbox.mbox(tmp_path / "mbox")
    one.add(mail(f"ok {code_for(watch, 'ben@example.org')}", sender="ben@example.org"))
    one.close()
    for path, coder in ((tmp_path / "maildir", "anna@example.org"), (tmp_path / "mbox", "ben@example.org")):
        assert review(watch, "import", "--mail", str(path)).exit_code == 0
        assert [coding.coder for coding in codings_of(watch)][-1] == coder


@pytest.mark.parametrize(
    ("sender", "of", "text", "told"),
    [
        ("eve@example.org", "eve@example.org", "ok {item}", "from eve@example.org, who is on no list"),
        ("ben@example.org", "anna@example.org", "ok {item}", "its code was not sent to ben@example.org"),
        ("anna@example.org", "anna@example.org", "ok 1.0", "without its code"),
        ("anna@example.org", "anna@example.org", "ok 1.0:0123456789abcdef", "its code was not sent to anna"),
        ("anna@example.org", "anna@example.org", "ok {item} is wrong", "behind it says something else"),
        ("anna@example.org", "anna@example.org", "fix {item} neglekt=denied", "unknown narrative 'neglekt'"),
        ("anna@example.org", "anna@example.org", "fix {item}", "nothing is said"),
        ("anna@example.org", "anna@example.org", "no 1.0", "without its code"),
        ("anna@example.org", "anna@example.org", "no {item}\n-water_theft", "behind it says something else"),
    ],
)
def test_what_is_refused(watch: Workspace, tmp_path: Path, sender: str, of: str, text: str, told: str) -> None:
    line = text.format(item=code_for(watch, of))
    result = review(watch, "import", "--mail", str(put(tmp_path / "in", mail(line, sender=sender))))
    assert result.exit_code == 3
    assert told in result.stderr
    assert codings_of(watch) == []


def test_machines_are_not_believed_and_odd_mail_is_told(watch: Workspace, tmp_path: Path) -> None:
    item = code_for(watch, "anna@example.org")
    html = EmailMessage()
    html["From"] = "anna@example.org"
    html.set_content(f"<p>ok {item}</p>", subtype="html")
    undated = mail(f"ok {item}")
    del undated["Date"]
    folder = put(
        tmp_path / "in", mail(f"ok {item}", Auto_Submitted="auto-replied"), html, undated, mail(f"ok {item}", hours=48)
    )
    result = review(watch, "import", "--mail", str(folder))
    assert result.exit_code == 3
    assert "4 messages: 0 corrections, 0 known already, 1 messages without any" in result.stdout
    for told in (
        "1.eml: holds no plain text",
        "2.eml: no usable date",
        "3.eml: dated 2026-11-26 02:20 UTC, which is still",
    ):
        assert told in result.stderr
    assert codings_of(watch) == []


def test_without_mail_there_is_nothing_to_take_in(watch: Workspace, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "odd").write_text("no mail")
    for name, told in (("empty", "no mail here"), ("odd", "no mbox"), ("gone", "no such file")):
        result = review(watch, "import", "--mail", str(tmp_path / name))
        assert result.exit_code == 1
        assert told in result.output


def test_the_key_is_made_once_and_only_for_its_owner(tmp_path: Path) -> None:
    key = load_key(tmp_path)
    path = tmp_path / KEY_FILE
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [len(key), load_key(tmp_path)] == [32, key]
    assert list(tmp_path.iterdir()) == [path]
    path.chmod(0o640)
    with pytest.raises(MailError, match="others may read or write this key"):
        load_key(tmp_path)
    path.chmod(0o600)
    path.write_text("short")
    with pytest.raises(MailError, match="no key"):
        load_key(tmp_path)


def test_a_code_is_for_one_recipient_item_and_text() -> None:
    codes = {
        build_code(key, recipient, item, text)
        for key in (b"a" * 32, b"b" * 32)
        for recipient in ("a@x.org", "b@x.org")
        for item in ("1.0", "1.1", "1")
        for text in ("0a", "0b")
    }
    codes |= {build_code(b"a" * 32, "a@x.org", "1.0", "0a", asked) for asked in ("", "neglect", "lawful_use")}
    assert len(codes) == 26
    assert build_code(b"a" * 32, "A@x.org ", "1.0", "0a") == build_code(b"a" * 32, "a@x.org", "1.0", "0a")


def test_the_mail_asks_what_the_summary_asks(watch: Workspace) -> None:
    asks = {"where": "1.0", "question": "Is this “Neglect”?"}
    checks = [{**asks, "narrative": "neglect"}, asks, {**asks, "where": "9.9"}]
    assert [one.asked for one in find_reply_items(watch, {"checks": checks})] == ["neglect", ""]


def test_the_part_in_the_mail_is_no_correction_when_it_is_sent_back() -> None:
    items = [ReplyItem("12.3", "0a", "Is this “<b>”?"), ReplyItem("7", "0b", "Read it.")]
    part = build_reply_part(items, b"k" * 32, "anna@example.org")
    assert find_reply_lines(part.text) == []
    assert build_code(b"k" * 32, "anna@example.org", "12.3", "0a") in part.text
    assert max(map(len, part.text.splitlines())) <= 72
    assert "<b>" not in part.html
    assert put_into_html("<body><p>x</p></body></html>", part.html).endswith("</ul></body></html>")
    assert build_reply_part([], b"k" * 32, "a@x.org") == ("", "")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("fix 1.2:ab a=denied, -b\n", [("fix", "1.2:ab", ("a=denied", "-b"))]),
        ("  OK 1.2:ab\nOk 3:cd", [("ok", "1.2:ab", ()), ("ok", "3:cd", ())]),
        ("fix 1.2:ab a=denied:x\nb=asserted\n\nc=asserted", [("fix", "1.2:ab", ("a=denied:x", "b=asserted"))]),
        ("fix 1.2:ab \u2013b", [("fix", "1.2:ab", ("-b",))]),
        ("No 1.2:ab\nyes 3.4:cd ", [("no", "1.2:ab", ()), ("ok", "3.4:cd", ())]),
        ("No outlet was silent.\nYes it is\nno 3 of them\nno 1.2:ab is wrong\nno 7", []),
        ("> ok 1.2:ab", []),
        ("-----Original Message-----\nok 1.2:ab", []),
        ("Le mardi, X a écrit :\nok 1.2:ab", []),
        ("it is ok 1.2:ab", []),
    ],
)
def test_lines_that_say_something(text: str, found: list[tuple[str, str, tuple[str, ...]]]) -> None:
    assert [line[1:] for line in find_reply_lines(text)] == found
