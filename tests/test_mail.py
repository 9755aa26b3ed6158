"""The message itself: headers that no text can break, parts that every mail program reads, the same bytes each time."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP, default

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framewire.errors import MailUnsafeRuntime
from framewire.summarise.mail import (
    ATTACKS,
    MAX_HEADER,
    Heads,
    build_message,
    build_message_id,
    build_subject,
    clean_header,
    refuse_unsafe_runtime,
)

HEADS = Heads(
    sender="Framewire <watch@example.org>",
    recipient="anna@example.org",
    subject="Karabakh watch: Mon 23 Nov 2026 · “ethnic cleansing” up 87 points · 33 articles",
    message_id="<framewire.0123@example.org>",
    sent_at=datetime(2026, 11, 24, 2, 20, tzinfo=UTC),
    list_name="daily",
    list_title="Karabakh watch",
)
TEXT = "KARABAKH WATCH\n\n.a dot\nԱրցախ, Qarabağ, Карабах\n"
HTML = "<!DOCTYPE html>\n<html lang='en'><body><p>Արցախ</p>" + "x" * 2000 + "</body></html>\n"
PAYLOADS = (
    *ATTACKS,
    "Alert\nBcc: spy@example.org",
    "Alert\rBcc: spy@example.org",
    "Alert\r\n\r\n<script>",
    "Alert\x00Bcc: spy@example.org",
    "Alert\u2028Bcc: spy@example.org",
    "Alert\u2029Bcc: spy@example.org",
    "Alert\x85Bcc: spy@example.org",
    "Alert\x0bBcc: spy@example.org",
    "Alert\x0c\x1c\x1d\x1eBcc: spy@example.org",
    "=\u200b?utf-8?q?Alert=0D=0ABcc:_spy@example.org?=",
    "=?=?utf-8?q?Alert=0D=0ABcc:_spy@example.org?=?=",
    "=\r\n?utf-8?q?Alert=0D=0ABcc:_spy@example.org?=",
    "=?utf-8?q?a?= =?utf-8?q?=0D=0ABcc:_spy@example.org?=",
    "=?iso-2022-jp?b?QWxlcnQNCkJjYzogc3B5QGV4YW1wbGUub3Jn?=",
    "=?utf-7?q?Alert+AA0ACg-Bcc:_spy@example.org?=",
    '"\r\nBcc: spy@example.org\r\nX: "',
    'a" <spy@example.org>, "b',
    "spy@example.org>, <watch@example.org",
    "Subject: x\r\nContent-Type: text/html\r\n\r\n<b>",
    "\ud800\udfff lone surrogates =?utf-8?q?=0ABcc:_x?=",
    "\u202ereversed\u202c \u2066isolated\u2069",
    "=?utf-8?q?" + "=0D=0ABcc:_spy@example.org_" * 2000 + "?=",
    "x" * 100_000,
    "\U000e0041\U000e0042 tags",
    "",
)


def read(message: bytes) -> EmailMessage:
    return message_from_bytes(message, policy=default)  # type: ignore[return-value]


def test_the_headers_of_a_lists_mail() -> None:
    mail = read(build_message(HEADS, text=TEXT, html=HTML))
    assert {name: str(mail[name]) for name in mail} == {
        "From": "Framewire <watch@example.org>",
        "To": "anna@example.org",
        "Subject": HEADS.subject,
        "Date": "Tue, 24 Nov 2026 02:20:00 +0000",
        "Message-ID": "<framewire.0123@example.org>",
        "List-Id": "Karabakh watch <daily.framewire.example.org>",
        "List-Unsubscribe": "<mailto:watch@example.org?subject=unsubscribe%20daily>",
        "Precedence": "list",
        "Auto-Submitted": "auto-generated",
        "MIME-Version": "1.0",
        "Content-Type": str(mail["Content-Type"]),
    }
    assert mail["Content-Type"].content_type == "multipart/alternative"
    assert not mail.defects


def test_the_parts_say_what_was_given() -> None:
    mail = read(build_message(HEADS, text=TEXT, html=HTML))
    first, second = mail.iter_parts()
    assert (first.get_content_type(), second.get_content_type()) == ("text/plain", "text/html")
    for part, expected in ((first, TEXT), (second, HTML), (read(build_message(HEADS, text=TEXT)), TEXT)):
        assert part.get_content().replace("\r\n", "\n") == expected


@pytest.mark.parametrize("text", [TEXT, "plain\n" * 300, "Արցախ\n" * 300, "From me\n.\r\n..\rlone\x85\n=?x?=", ""])
def test_what_goes_over_the_line_is_short_ascii_lines_with_crlf(text: str) -> None:
    message = build_message(replace(HEADS, subject=text[:200]), text=text, html=text)
    assert message.isascii()
    assert re.search(rb"(?<!\r)\n|\r(?!\n)", message) is None
    head, body = message.split(b"\r\n\r\n", 1)
    assert max(map(len, head.split(b"\r\n"))) <= 998
    assert max(map(len, body.split(b"\r\n"))) <= 78


def test_equal_arguments_give_equal_bytes() -> None:
    assert build_message(HEADS, text=TEXT, html=HTML) == build_message(HEADS, text=TEXT, html=HTML)


def heads_with(payload: str) -> list[Heads]:
    """The payload wherever a text can come into a header."""
    return [
        replace(HEADS, subject=payload),
        replace(HEADS, list_title=payload),
        replace(HEADS, sender=f"{payload} <watch@example.org>") if not set('@"<>') & set(payload) else HEADS,
    ]


@pytest.mark.parametrize("payload", PAYLOADS, ids=range(len(PAYLOADS)))
def test_no_text_becomes_a_header_or_ends_them(payload: str) -> None:
    names = list(read(build_message(HEADS, text=TEXT, html=HTML)))
    for heads in heads_with(payload):
        message = build_message(heads, text=TEXT, html=HTML)
        for policy in (default, SMTP):
            mail: EmailMessage = message_from_bytes(message, policy=policy)  # type: ignore[assignment]
            assert list(mail) == names
            assert [address.addr_spec for address in mail["From"].addresses] == ["watch@example.org"]
            assert [address.addr_spec for address in mail["To"].addresses] == ["anna@example.org"]
            assert len(list(mail.iter_parts())) == 2
            # What a mail program writes when it sends the message on.
            assert [
                line.partition(b":")[0] for line in message.split(b"\r\n\r\n")[0].split(b"\r\n") if line[:1] > b" "
            ] == [name.encode() for name in names]
        assert len(message) < 12_000


def test_there_are_enough_payloads() -> None:
    assert len(set(PAYLOADS)) >= 20


@given(st.text(max_size=300))
def test_a_subject_arrives_as_it_was_cleaned(text: str) -> None:
    cleaned = clean_header(text)
    mail = read(build_message(replace(HEADS, subject=text), text="."))
    assert str(mail["Subject"]) == cleaned
    assert clean_header(cleaned) == cleaned
    assert len(cleaned) <= MAX_HEADER
    assert "=?" not in cleaned


def test_long_addresses_stay_whole() -> None:
    """The standard library breaks them into encoded words, which no mail program takes for an address."""
    address = f"{'a' * 60}@{'long.' * 12}example.org"
    mail = build_message(replace(HEADS, sender=f"Արցախի դիտարան <{address}>"), text=".").decode()
    assert f"List-Unsubscribe: <mailto:{address}?subject=unsubscribe%20daily>\r\n" in mail
    assert str(read(mail.encode())["From"]) == f"Արցախի դիտարան <{address}>"


@pytest.mark.parametrize(
    ("sender", "shown"),
    [
        ("watch@example.org", "watch@example.org"),
        ('"Watch, daily" <watch@example.org>', '"Watch, daily" <watch@example.org>'),
        ('"A \\"b\\"" <watch@example.org>', '"A \\"b\\"" <watch@example.org>'),
    ],
)
def test_names_are_quoted_where_they_must_be(sender: str, shown: str) -> None:
    assert f"From: {shown}\r\n" in build_message(replace(HEADS, sender=sender), text=".").decode()


def test_a_message_id_is_made_of_what_the_message_is() -> None:
    parts = ("summary", "daily", "2026-11-23", "anna@example.org")
    first = build_message_id(*parts, watch="/a", domain="example.org")
    assert first == build_message_id(*parts[:3], "Anna@example.org", watch="/a", domain="example.org")
    assert re.fullmatch(r"<framewire\.[0-9a-f]{32}@example\.org>", first)
    others = {build_message_id(*(*parts[:i], "x", *parts[i + 1 :]), watch="/a", domain="example.org") for i in range(4)}
    others.add(build_message_id(*parts, watch="/b", domain="example.org"))
    assert len(others | {first}) == 6


def test_subjects() -> None:
    day = date(2026, 11, 23)
    told = build_subject("Dam watch", day, headline="“water theft” up 12 points", n_articles=1204, n_failing=0)
    assert told == "Dam watch: Mon 23 Nov 2026 · “water theft” up 12 points · 1,204 articles"
    silent = build_subject("Dam watch", day, headline="no notable change", n_articles=0, n_failing=1)
    assert silent == "Dam watch: Mon 23 Nov 2026 · 0 articles, 1 feed failing"
    early = build_subject("Dam watch", day, headline="no change", n_articles=7, n_failing=0, still_runs=True)
    assert early == "Dam watch: Mon 23 Nov 2026 · no change · 7 articles so far"


def test_this_python_is_safe_with_our_builder() -> None:
    refuse_unsafe_runtime()


def _naive(header: Callable[[Heads], str]) -> Callable[..., bytes]:
    def build(heads: Heads, *, text: str) -> bytes:
        return f"From: {heads.sender}\r\nSubject: {header(heads)}\r\n\r\n{text}".encode()

    return build


@pytest.mark.parametrize("written", ["Alert\r\nBcc: spy@example.org", "Alert\r\n\r\nBcc", "Alert\nBcc: x"])
def test_a_builder_that_lets_an_attack_through_is_found_out(written: str) -> None:
    """Written as the Pythons of CVE-2024-6923 write the attack."""
    build = _naive(lambda heads: written if "=?" in heads.subject else heads.subject)
    with pytest.raises(MailUnsafeRuntime, match="CVE-2024-6923"):
        refuse_unsafe_runtime(build)


def test_plain_line_breaks_are_found_out_too() -> None:
    with pytest.raises(MailUnsafeRuntime):
        refuse_unsafe_runtime(_naive(lambda heads: heads.subject))
