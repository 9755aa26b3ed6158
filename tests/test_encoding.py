"""Bytes of a feed to text."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framewire.ingest.encoding import decode_body, find_codec
from framewire.ingest.parse import parse_feed
from framewire.records import ParsedFeed

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)


URL = "https://gazette.press.example/rss/feed.xml?token=canary"


def parse(body: bytes | str, **options: object) -> ParsedFeed:
    raw = body.encode() if isinstance(body, str) else body
    return parse_feed(raw, url=URL, fetched_at=NOW, **options)  # type: ignore[arg-type]


def rss(items: str, head: str = "") -> str:
    return f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0">{head}<channel><title>Invented Gazette</title>{items}</channel></rss>'


def item(title: str = "Talks resumed", extra: str = "") -> str:
    return f"<item><title>{title}</title>{extra}</item>"


CYRILLIC = "Переговоры «возобновлены» — источник"


@pytest.mark.parametrize(
    "codec", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "windows-1251", "koi8-r"]
)
@pytest.mark.parametrize("where", ["declaration", "header"])
def test_encodings(codec: str, where: str) -> None:
    label = codec.removesuffix("-sig") if where == "declaration" else "utf-8"
    text = CYRILLIC.replace("«", '"').replace("»", '"').replace("—", "-") if codec == "koi8-r" else CYRILLIC
    document = rss(item(text)).replace("utf-8", label)
    content_type = f"text/xml; charset={codec.removesuffix('-sig')}" if where == "header" else None
    if where == "header":
        document = document.replace(' encoding="utf-8"', "")
    assert parse(document.encode(codec), content_type=content_type).entries[0].title == text


@pytest.mark.parametrize(
    "label",
    ["rot13", "zip", "base64", "hex", "idna", "punycode", "undefined", "unicode_escape", "raw_unicode_escape", "bz2",
     "uu", "quopri", "mbcs", "utf-7", "no-such-codec", "utf-8\x00", "x" * 500, "", "../../etc", "string_escape"],
)  # fmt: skip
def test_odd_codecs_are_never_used(label: str) -> None:
    assert find_codec(label) is None
    document = rss(item("Talks resumed €")).replace("utf-8", label)
    assert parse(document, content_type=f"text/xml; charset={label}").entries[0].title == "Talks resumed €"


def test_one_bad_byte_does_not_spoil_the_others() -> None:
    document = rss(item("Price in €" + " and so on" * 200)).encode().replace(b"and so on", b"and\xffso on", 1)
    assert parse(document).entries[0].title.startswith("Price in € and�so on and so on")


def test_latin_text_without_utf8_sequences_follows_its_label() -> None:
    document = rss(item("The minister’s word" + " and so on" * 500)).replace("utf-8", "windows-1252").encode("cp1252")
    assert parse(document).entries[0].title.startswith("The minister’s word")


def test_default_label_of_a_server_yields_to_the_document() -> None:
    document = rss(item(CYRILLIC)).replace("utf-8", "windows-1251").encode("windows-1251")
    assert parse(document, content_type="text/xml; charset=iso-8859-1").entries[0].title == CYRILLIC


@given(st.binary(max_size=300))
def test_decoding_never_fails(body: bytes) -> None:
    assert isinstance(decode_body(body, content_type="text/xml; charset=windows-1251"), str)
