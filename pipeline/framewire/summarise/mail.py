"""A summary as an e-mail message: bytes that go over the line as they are. Equal arguments give equal bytes.

The headers are written here and not by `email.message`: in the Pythons of CVE-2024-6923 that one lets a text become a
header of its own, and in all of them it breaks long addresses in `List-Unsubscribe`.
"""

import base64
import hashlib
import quopri
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from email.utils import format_datetime, parseaddr

from framewire.errors import MailUnsafeRuntime
from framewire.summarise.words import say_range
from framewire.text.counts import say_count

# Source: mail programs show 60 to 90 characters of a subject.
MAX_HEADER = 120
# Octets in an encoded word, so that with its marks it has at most 75 letters. Source: RFC 2047, section 2.
_WORD_OCTETS = 39
# From this share of octets beyond ASCII on, base64 is the shorter of the two. Source: 3 letters against 4/3.
_BASE64_FROM = 1 / 6
_DROPPED = ("Cf", "Cs")
_SPACED = ("Cc", "Zl", "Zp")
_ATEXT = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]*")
# A feed's title of this shape became a header in Python 3.11.7. Source: CVE-2024-6923, python/cpython#121650.
ATTACKS = (
    "=?utf-8?q?Alert=0D=0ABcc:_spy@example.org?=",
    "=?utf-8?q?Alert=0D=0A=0D=0AAnother_body?=",
    "=?utf-8?b?QWxlcnQNCkJjYzogc3B5QGV4YW1wbGUub3Jn?=",
    "Alert\r\nBcc: spy@example.org",
)


@dataclass(frozen=True, slots=True)
class Heads:
    """What stands in a message's headers. `sent_at` is aware; without `list_name` it is no list's mail."""

    sender: str
    recipient: str
    subject: str
    message_id: str
    sent_at: datetime
    list_name: str | None = None
    list_title: str | None = None


def build_message(heads: Heads, *, text: str, html: str | None = None) -> bytes:
    """The message: text alone, or text and HTML as two forms of the same. Lines end with CR LF, all octets are ASCII."""
    lines = [f"{name}: {value}" for name, value in _list_headers(heads)]
    if html is None:
        return "\r\n".join([*lines, *_build_part("plain", text)]).encode("ascii")
    # No line of base64 or quoted-printable can hold "=_". Source: RFC 2045, section 6.7.
    boundary = f"=_{hashlib.sha256(heads.message_id.encode()).hexdigest()[:32]}"
    lines += [f'Content-Type: multipart/alternative; boundary="{boundary}"', ""]
    for kind, content in (("plain", text), ("html", html)):
        lines += [f"--{boundary}", *_build_part(kind, content)]
    return "\r\n".join([*lines, f"--{boundary}--", ""]).encode("ascii")


def build_message_id(kind: str, list_name: str, day: str, recipient: str, *, watch: str, domain: str) -> str:
    """The id of a message: the same for ever for the same watch, list, day and recipient."""
    parts = "\0".join((watch, kind, list_name, day, recipient.lower()))
    return f"<framewire.{hashlib.sha256(parts.encode()).hexdigest()[:32]}@{domain}>"


def build_subject(
    title: str,
    day: date,
    *,
    headline: str,
    n_articles: int,
    n_failing: int,
    last: date | None = None,
    still_runs: bool = False,
) -> str:
    """The subject of a day's mail, or of the days up to `last`, from labels of the codebook and numbers.

    A day without articles says what failed, one that still runs that it is not whole.
    """
    when = say_range(day, last) if last and last != day else f"{day:%a} {day.day} {day:%b %Y}"
    told = f"{headline} · {say_count(n_articles, 'article')}"
    if not n_articles:
        told = f"0 articles, {say_count(n_failing, 'feed')} failing"
    if still_runs:
        told += " so far"
    return clean_header(f"{title}: {when} · {told}")


def clean_header(value: str) -> str:
    """The text as a header may bear it: one line without invisible letters or encoded words, 120 characters at most."""
    kinds = ((letter, unicodedata.category(letter)) for letter in value)
    kept = "".join(" " if kind in _SPACED else letter for letter, kind in kinds if kind not in _DROPPED)
    line = " ".join(kept.split()).replace("=?", "= ?")
    return line if len(line) <= MAX_HEADER else f"{line[: MAX_HEADER - 1]}…"


def refuse_unsafe_runtime(build: Callable[..., bytes] = build_message) -> None:
    """Nothing, if known attacks on headers stay text in a message that is built here and now.

    Raises:
        MailUnsafeRuntime: one became a header, or ended the headers.
    """
    moment = datetime.fromisoformat("2026-01-01T00:00:00+00:00")
    expected = _name_headers(build(Heads("a@b.example", "c@d.example", "Alert", "<1@b.example>", moment), text="."))
    for attack in ATTACKS:
        heads = Heads(f"{attack} <a@b.example>", "c@d.example", attack, "<1@b.example>", moment)
        if _name_headers(build(heads, text=".")) != expected:
            raise MailUnsafeRuntime(
                "this Python lets a text become a mail header (CVE-2024-6923), so nothing is mailed; "
                "install a newer one of its kind: 3.11.10, 3.12.5, 3.13 or later"
            )


def _list_headers(heads: Heads) -> Iterator[tuple[str, str]]:
    name, address = parseaddr(heads.sender)
    domain = address.rpartition("@")[2]
    yield "From", _with_name(name, address)
    yield "To", heads.recipient
    yield "Subject", _encode(clean_header(heads.subject), first="Subject: ")
    yield "Date", format_datetime(heads.sent_at)
    yield "Message-ID", heads.message_id
    if heads.list_name:
        yield "List-Id", _with_name(heads.list_title or "", f"{heads.list_name}.framewire.{domain}")
        yield "List-Unsubscribe", f"<mailto:{address}?subject=unsubscribe%20{heads.list_name}>"
        # Answering machines of before RFC 3834 look at this one.
        yield "Precedence", "list"
    yield "Auto-Submitted", "auto-generated"
    yield "MIME-Version", "1.0"


def _with_name(name: str, address: str) -> str:
    """`Framewire <watch@example.org>`, the name cleaned, and quoted or encoded where it must be."""
    name = clean_header(name)
    if not name:
        return f"<{address}>" if "@" not in address else address
    if not name.isascii():
        return f"{_encode(name, first='From: ')}\r\n <{address}>"
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f"{name} <{address}>" if _ATEXT.fullmatch(name) else f'"{escaped}" <{address}>'


def _encode(value: str, *, first: str) -> str:
    """A cleaned text as encoded words, if it has letters beyond ASCII. Source: RFC 2047."""
    if value.isascii():
        return value
    chunks, room = [""], _WORD_OCTETS - len(first) // 2
    for letter in value:
        if len((chunks[-1] + letter).encode()) > room:
            chunks, room = [*chunks, ""], _WORD_OCTETS
        chunks[-1] += letter
    return "\r\n ".join(f"=?utf-8?b?{base64.b64encode(chunk.encode()).decode()}?=" for chunk in chunks)


def _build_part(kind: str, content: str) -> list[str]:
    """The lines of a part: its headers, an empty line, its text in ASCII."""
    octets = "\n".join(content.splitlines()).encode("utf-8", errors="replace") + b"\n"
    if sum(octet > 127 for octet in octets) < _BASE64_FROM * len(octets):
        coding, coded = "quoted-printable", quopri.encodestring(octets)
    else:
        coding, coded = "base64", base64.encodebytes(octets.replace(b"\n", b"\r\n"))
    heads = [f'Content-Type: text/{kind}; charset="utf-8"', f"Content-Transfer-Encoding: {coding}", ""]
    return [*heads, *coded.decode("ascii").split("\n")]


def _name_headers(message: bytes) -> list[str]:
    """The names in the header block, in their order, and what stands where a header should."""
    lines = re.split(r"\r\n|\r|\n", message.split(b"\r\n\r\n")[0].decode("utf-8", errors="replace"))
    return [line.partition(":")[0] for line in lines if not line.startswith((" ", "\t"))]
