"""Handing over a message: what each answer, fault and trick of a server means, at every step."""

import logging
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from framewire.errors import MailDeferred, MailError, MailRejected, MailUncertain
from framewire.summarise.smtp import SmtpServer, check_server, deliver
from mail_server import PASSWORD, USER, MailServer, certificates, server_context

__all__ = ["certificates"]

CONTENT = b"Subject: a test\r\n\r\n.a dot\r\n..two\r\nend\r\n"
STEPS = ("connect", "ehlo", "mail", "rcpt", "data", "dot")


@pytest.fixture(autouse=True)
def short_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: "box")


@pytest.fixture
def trusting(certificates: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """This process trusts the good certificate."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates / "good.pem"))
    return certificates


def send(server: MailServer, *, content: bytes = CONTENT, before_data: Any = lambda: None, **settings: Any) -> str:
    told = {"host": "127.0.0.1", "security": "none", "timeout_seconds": 5.0, "dot_timeout_seconds": 5.0} | settings
    return deliver(
        SmtpServer(port=server.port, **told),
        content,
        sender="watch@example.org",
        recipient="anna@example.org",
        before_data=before_data,
    )


def test_a_message_arrives_as_it_was() -> None:
    with MailServer() as server:
        assert send(server) == "250 taken"
    (one,) = server.accepted
    assert one.recipient == "anna@example.org"
    assert one.raw == CONTENT
    assert server.asked == ["ehlo", "mail", "rcpt", "data", "quit"]


@pytest.mark.parametrize(
    "content", [b"a\nb\n", b"a\rb\r", b"a\r\nb", b"a\n.\nQUIT\n", b"a\r\n.\r\nRCPT TO:<x@y.z>\r\n"]
)
def test_no_line_feed_stands_alone_and_no_dot_ends_a_message_early(content: bytes) -> None:
    with MailServer() as server:
        send(server, content=content)
    (one,) = server.accepted
    assert one.raw == b"".join(line + b"\r\n" for line in content.splitlines())
    assert server.asked == ["ehlo", "mail", "rcpt", "data", "quit"]


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("code", [421, 450, 530, 550])
def test_a_refusal_at_each_step(step: str, code: int) -> None:
    """Who is refused by 5xx after the greeting is refused for good; 530 and all before concern every message."""
    final = code == 550 and step not in ("connect", "ehlo")
    script = {step: f"{code} for a reason"}
    if step == "ehlo":  # HELO, which comes after a refused EHLO, is refused as well
        script["helo"] = script[step]
    with MailServer(script) as server, pytest.raises(MailRejected if final else MailDeferred) as caught:
        send(server)
    assert str(code) in str(caught.value) or step == "ehlo"
    assert not server.accepted
    if not final:
        assert caught.value.is_for_all is (step in ("connect", "ehlo"))


@pytest.mark.parametrize("fault", ["drop", "hang"])
@pytest.mark.parametrize("step", STEPS)
def test_a_line_that_goes_dead_is_uncertain_only_after_the_dot(step: str, fault: str) -> None:
    limits = {"timeout_seconds": 0.3, "dot_timeout_seconds": 0.3} if fault == "hang" else {}
    expected = MailUncertain if step == "dot" else MailDeferred
    with MailServer({step: fault}) as server, pytest.raises(expected) as caught:
        send(server, **limits)
    assert len(server.accepted) == (step == "dot")
    if fault == "hang":
        assert "timed out" in str(caught.value)


def test_a_message_that_was_lost_after_the_dot_is_uncertain_too() -> None:
    with MailServer({"dot": "drop unread"}) as server, pytest.raises(MailUncertain):
        send(server)
    assert not server.accepted


@pytest.mark.parametrize("answer", ["nonsense", "354 go on", "250" + "x" * 9000])
def test_an_answer_that_is_none_after_the_dot_is_uncertain(answer: str) -> None:
    with MailServer({"dot": answer}) as server, pytest.raises(MailUncertain):
        send(server)


def test_what_a_server_says_when_it_is_left_is_no_error() -> None:
    for fault in ("drop", "554 go away"):
        with MailServer({"quit": fault}) as server:
            assert send(server) == "250 taken"


def test_nobody_listens() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        server = SmtpServer("127.0.0.1", taken.getsockname()[1], "none")
        with pytest.raises(MailDeferred, match="refused") as caught:
            check_server(server)
    assert caught.value.is_for_all


def test_the_caller_is_told_between_recipient_and_message() -> None:
    with MailServer() as server:
        seen: list[list[str]] = []
        send(server, before_data=lambda: seen.append(list(server.asked)))
    assert seen == [["ehlo", "mail", "rcpt"]]


def test_if_the_caller_cannot_note_it_nothing_is_sent() -> None:
    def fail() -> None:
        raise ZeroDivisionError

    with MailServer() as server, pytest.raises(ZeroDivisionError):
        send(server, before_data=fail)
    assert "data" not in server.asked


@pytest.mark.parametrize("implicit", [False, True])
def test_a_message_goes_through_tls(trusting: Path, implicit: bool) -> None:
    with MailServer(tls=server_context(trusting, "good"), implicit_tls=implicit, signing_in=True) as server:
        security = "tls" if implicit else "starttls"
        assert send(server, host="localhost", security=security, user=USER, password=PASSWORD) == "250 taken"
    assert len(server.accepted) == 1
    assert ("starttls" in server.asked) is not implicit


@pytest.mark.parametrize("implicit", [False, True])
@pytest.mark.parametrize("name", ["other", "untrusted"])
def test_a_wrong_certificate_is_refused_before_anything_secret(
    trusting: Path, monkeypatch: pytest.MonkeyPatch, name: str, implicit: bool
) -> None:
    shown = "other" if name == "other" else "good"
    monkeypatch.setenv("SSL_CERT_FILE", str(trusting / f"{'other' if name == 'untrusted' else shown}.pem"))
    running = MailServer(tls=server_context(trusting, shown), implicit_tls=implicit, signing_in=True)
    settings = {"host": "localhost", "security": "tls" if implicit else "starttls"}
    with running as server, pytest.raises(MailDeferred, match="certificate is not good") as caught:
        send(server, **settings, user=USER, password=PASSWORD)
    assert caught.value.is_for_all
    assert "auth" not in server.asked
    assert not server.accepted


def test_a_server_without_starttls_gets_nothing() -> None:
    with MailServer(signing_in=True) as server, pytest.raises(MailDeferred, match="offers no STARTTLS"):
        send(server, security="starttls", user=USER, password=PASSWORD)
    assert server.asked == ["ehlo"]


def test_another_machine_gets_nothing_without_tls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("framewire.summarise.smtp._is_this_machine", lambda _sock: False)
    with MailServer() as server, pytest.raises(MailDeferred, match="not on this machine"):
        send(server)
    assert server.asked == ["ehlo"]


@pytest.fixture
def caught_logs(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    with caplog.at_level(logging.DEBUG):
        yield caplog


def test_a_wrong_password_is_never_repeated(
    caught_logs: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    secret = "hunter2-canary"
    running = MailServer({"auth": f"535 no, not {secret}"}, signing_in=True)
    with running as server, pytest.raises(MailDeferred, match="did not let watch sign in") as caught:
        send(server, user=USER, password=secret)
    assert "535 no, not ***" in str(caught.value)
    mail_log = [record.getMessage() for record in caught_logs.records if not record.name.startswith("mail.log")]
    for place in (str(caught.value), repr(SmtpServer("h", 1, password=secret)), *mail_log, *capfd.readouterr()):
        assert secret not in place


def test_a_server_that_cannot_sign_in() -> None:
    with MailServer() as server, pytest.raises(MailDeferred, match="leave `user` out"):
        send(server, user=USER, password=PASSWORD)


def test_a_check_sends_nothing(trusting: Path) -> None:
    with MailServer(tls=server_context(trusting, "good"), signing_in=True) as server:
        said = check_server(SmtpServer("localhost", server.port, "starttls", USER, PASSWORD))
    assert said.endswith(f"signed in as {USER}")
    assert "TLS" in said
    assert server.asked == ["ehlo", "starttls", "ehlo", "auth", "noop", "quit"]


def test_every_failure_is_one_of_ours() -> None:
    for answer in ("", " ", "\x00\xff", "999 what", "250-half", "-1 x"):
        for step in STEPS:
            with MailServer({step: answer}) as server:
                try:
                    send(server, timeout_seconds=0.2, dot_timeout_seconds=0.2)
                except MailError:
                    continue
                assert len(server.accepted) == 1
