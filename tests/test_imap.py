"""Replies over IMAP: read once, marked as seen when they are stored, and nothing else is touched."""

from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from framewire.errors import ConfigError, MailError
from framewire.workflow.imap import ImapServer, open_mail_folder
from framewire.workflow.replies import MAX_BYTES
from framewire.workflow.workspace import Workspace, open_workspace
from imap_server import PASSWORD, USER, ImapFake
from mail_server import certificates, server_context
from review_cases import codings_of, review
from test_cli import trained
from test_replies import code_for, mail, watch

__all__ = ["certificates", "trained", "watch"]


def set_up(watch: Workspace, fake: ImapFake, **settings: Any) -> Workspace:
    """The workspace with the settings of replies and the password."""
    folder = watch.config.folder
    told = {
        "host": "127.0.0.1",
        "port": fake.port,
        "security": "none",
        "user": USER,
        "password_file": "secret",
    } | settings
    lines = [f"{key} = {value if isinstance(value, int) else repr(value)}" for key, value in told.items()]
    path = folder / "framewire.toml"
    path.write_text(path.read_text().partition("\n[mail.replies]")[0] + "\n[mail.replies]\n" + "\n".join(lines) + "\n")
    (folder / "secret").write_text(PASSWORD)
    (folder / "secret").chmod(0o600)
    return open_workspace(folder)


def as_bytes(message: EmailMessage) -> bytes:
    return message.as_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


@pytest.fixture
def box(watch: Workspace) -> Iterator[ImapFake]:
    """A folder with a reply, a stranger's, a newsletter, and one that is seen already."""
    item = code_for(watch, "anna@example.org")
    messages = [
        mail(f"fix {item} neglect=denied -water_theft"),
        mail(f"ok {item}", sender="mallory@example.net"),
        mail("Our offers of the week"),
        mail(f"ok {item}", hours=5),
    ]
    with ImapFake({uid: as_bytes(one) for uid, one in zip((3, 5, 8, 9), messages, strict=True)}, seen={9}) as fake:
        yield fake


def test_new_replies_are_stored_and_marked_as_seen(watch: Workspace, box: ImapFake) -> None:
    set_up(watch, box)
    first = review(watch, "import", "--imap")
    assert first.exit_code == 3
    assert "3 messages: 1 corrections, 0 known already, 1 messages without any" in first.output
    assert "INBOX message 5: from mallory@example.net, who is on no list" in first.output
    assert [one.coder for one in codings_of(watch)] == ["anna@example.org"]
    assert box.seen == {3, 5, 9}
    again = review(watch, "import", "--imap")
    assert (again.exit_code, len(codings_of(watch))) == (0, 1)
    assert "1 messages: 0 corrections, 0 known already, 1 messages without any" in again.output


def test_nothing_is_asked_that_could_remove_a_message(watch: Workspace, box: ImapFake) -> None:
    set_up(watch, box)
    review(watch, "import", "--imap")
    known = {"CAPABILITY", "LOGIN", "SELECT", "UID SEARCH", "UID FETCH", "UID STORE", "LOGOUT"}
    assert set(box.asked) == known
    assert sorted(box.messages) == [3, 5, 8, 9]


def test_a_line_that_breaks_before_the_mark_loses_and_doubles_nothing(watch: Workspace, box: ImapFake) -> None:
    set_up(watch, box)
    box.script = {"UID STORE": "drop"}
    broken = review(watch, "import", "--imap")
    assert broken.exit_code == 1
    assert len(codings_of(watch)) == 1
    assert box.seen == {9}
    box.script = {}
    assert "0 corrections, 1 known already" in review(watch, "import", "--imap").output
    assert (len(codings_of(watch)), box.seen) == (1, {3, 5, 9})


def test_a_message_that_is_too_large_is_refused_unread(watch: Workspace) -> None:
    with ImapFake({4: b"x" * (MAX_BYTES + 1)}) as fake:
        set_up(watch, fake)
        result = review(watch, "import", "--imap")
    assert (result.exit_code, fake.asked.count("UID FETCH"), fake.seen) == (3, 1, {4})
    assert "more than a reply may have" in result.output


def server_of(fake: ImapFake, **settings: Any) -> ImapServer:
    told: dict[str, Any] = {
        "host": "127.0.0.1",
        "port": fake.port,
        "security": "none",
        "user": USER,
        "password": PASSWORD,
    }
    return ImapServer(**(told | {"timeout_seconds": 5.0} | settings))


@pytest.mark.parametrize(
    ("script", "settings", "words"),
    [
        ({}, {"password": "wrong"}, "wrong name or password; check user, password and folder"),
        ({}, {"folder": "Replies"}, "refused folder Replies: no such folder"),
        ({"LOGIN": "NO try\tlater"}, {}, "try later"),
        ({"LOGIN": "drop"}, {}, "check"),
        ({"CAPABILITY": "hang"}, {"timeout_seconds": 0.2}, "timed out; check host and port"),
        ({}, {"security": "starttls"}, "TLS not supported by server"),
    ],
)
def test_what_goes_wrong_is_told(script: dict[str, str], settings: dict[str, Any], words: str) -> None:
    with (
        ImapFake(script=script) as fake,
        pytest.raises(MailError, match=words),
        open_mail_folder(server_of(fake, **settings)),
    ):
        pass


def test_a_server_that_is_not_there_is_told() -> None:
    with ImapFake() as fake:
        pass
    with pytest.raises(MailError, match="check host and port"), open_mail_folder(server_of(fake)):
        pass


@pytest.mark.parametrize("implicit", [False, True])
def test_replies_come_through_tls(certificates: Path, monkeypatch: pytest.MonkeyPatch, implicit: bool) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates / "good.pem"))
    running = ImapFake({1: b"Subject: x\r\n\r\ny"}, tls=server_context(certificates, "good"), implicit_tls=implicit)
    settings = {"host": "localhost", "security": "tls" if implicit else "starttls"}
    with running as fake, open_mail_folder(server_of(fake, **settings)) as folder:
        assert folder.read_message("1") == b"Subject: x\r\n\r\ny"
        assert folder.read_message("7") == b""


@pytest.mark.parametrize("implicit", [False, True])
def test_a_wrong_certificate_is_refused_before_the_password(certificates: Path, implicit: bool) -> None:
    running = ImapFake(tls=server_context(certificates, "good"), implicit_tls=implicit)
    settings = {"host": "localhost", "security": "tls" if implicit else "starttls"}
    with (
        running as fake,
        pytest.raises(MailError, match="certificate is not good"),
        open_mail_folder(server_of(fake, **settings)),
    ):
        pass
    assert "LOGIN" not in fake.asked


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"host": "imap.example.org"}, "only for a server on this machine"),
        ({"user": 'a"b'}, "printable ASCII"),
        ({"folder": "Réponses"}, "printable ASCII"),
        ({"security": "ssl"}, 'expected "starttls", "tls", or "none"'),
        ({"passwort_file": "x"}, "unknown key 'passwort_file'"),
        ({"password": "x"}, "a password does not stand in this file"),
    ],
)
def test_settings_that_cannot_be_used_are_refused(watch: Workspace, settings: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        set_up(watch, ImapFake.__new__(_Anywhere), **settings)


class _Anywhere(ImapFake):
    """A server that is not asked."""

    port = 143


def test_without_settings_or_password_it_is_told_what_to_add(watch: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    told = review(watch, "import", "--imap")
    assert (told.exit_code, "no [mail.replies]; add one with `host`" in told.output) == (1, True)
    with ImapFake() as fake:
        set_up(watch, fake)
        path = watch.config.folder / "framewire.toml"
        path.write_text(path.read_text().replace("password_file = 'secret'\n", ""))
        assert "or set FRAMEWIRE_REPLIES_PASSWORD" in review(watch, "import", "--imap").output
        monkeypatch.setenv("FRAMEWIRE_REPLIES_PASSWORD", PASSWORD)
        assert review(watch, "import", "--imap").exit_code == 0


def test_the_port_follows_the_security() -> None:
    from framewire.mail_settings import ReplySettings

    ports = [
        ReplySettings(host="localhost", user="x", security=one).effective_port for one in ("tls", "starttls", "none")
    ]
    assert ports == [993, 143, 143]


def test_one_source_at_a_time(watch: Workspace) -> None:
    assert review(watch, "import", "--imap", "--mail", "x").exit_code == 2
    assert review(watch, "import", "--imap", "--coder", "anna").exit_code == 2
