"""Addresses in one spelling, entries under one key."""

from datetime import UTC, datetime
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framewire.ingest.identity import _canonical_any, build_identity, canonical_url

DAY = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://g.press.example/a", "https://g.press.example/a"),
        ("HTTPS://G.Press.Example:443/a/../b", "https://g.press.example/b"),
        ("http://g.press.example", "http://g.press.example/"),
        ("http://g.press.example:8080/a", "http://g.press.example:8080/a"),
        ("https://g.press.example/a?utm_source=rss&utm_medium=feed", "https://g.press.example/a"),
        ("https://g.press.example/a?fbclid=x&gclid=y&yclid=z&at_medium=RSS&mc_cid=7", "https://g.press.example/a"),
        ("https://g.press.example/a?cmpid=12&ns_mchannel=rss&ns_source=3", "https://g.press.example/a"),
        ("https://g.press.example/a;jsessionid=AB12?id=5", "https://g.press.example/a?id=5"),
        ("https://g.press.example/a#top", "https://g.press.example/a"),
        ("https://g.press.example/#!/news/5", "https://g.press.example/#!/news/5"),
        ("https://g.press.example/n?b=2&a=1", "https://g.press.example/n?a=1&b=2"),
        ("https://user:pass@g.press.example/a", "https://g.press.example/a"),
        ("https://g.press.example/n?123456", "https://g.press.example/n?123456"),
        ("https://խորհուրդ.հայ/լուր", "https://xn--19arj5ab0ccp.xn--y9a3aq/%D5%AC%D5%B8%D6%82%D6%80"),
        ("https://g.press.example/n?talks-resumed&utm_source=x", "https://g.press.example/n?talks-resumed"),
        ("  https://g.press.example/a\n", "https://g.press.example/a"),
        ("https://[2606:4700::1111]/a", "https://[2606:4700::1111]/a"),
    ],
)
def test_canonical_url(url: str, expected: str) -> None:
    assert canonical_url(url) == expected
    assert canonical_url(expected) == expected


@pytest.mark.parametrize(
    "key", ["id", "eid", "cid", "uid", "gallery", "global_id", "a", "b", "q", "p", "newsid", "source"]
)
def test_numbers_that_may_name_the_article_stay(key: str) -> None:
    assert canonical_url(f"https://g.press.example/n?{key}=3") != canonical_url(f"https://g.press.example/n?{key}=4")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "javascript:alert(1)",
        "data:text/html,x",
        "mailto:a@b.example",
        "/a",
        "a",
        "http://",
        "http://[bad",
        "http://h:port/",
        "http://a b/",
        "http://\u00b4/",
        "x" * 5000,
    ],
)
def test_what_is_no_address(url: str) -> None:
    assert canonical_url(url) is None


def test_relative_addresses_and_their_base() -> None:
    assert canonical_url("../a?id=1", base="https://g.press.example/rss/feed.xml") == "https://g.press.example/a?id=1"
    assert canonical_url("a", base="not an address") is None


def test_too_long_is_no_address() -> None:
    assert canonical_url("https://g.press.example/" + "a" * 2100) is None


@given(
    st.text(max_size=60),
    st.sampled_from(["", "http://", "https://g.press.example/", "https://g.press.example/?", "//"]),
)
def test_canonical_url_never_fails_and_is_stable(text: str, prefix: str) -> None:
    found = canonical_url(prefix + text, base="https://g.press.example/feed")
    if found is not None:
        assert urlsplit(found).scheme in ("http", "https")
        assert found.isascii()
        assert len(found) <= 2048
        assert canonical_url(found) == found


def test_identity_ladder() -> None:
    link = "https://g.press.example/a"
    assert build_identity("tag:1", link, "T") == "tag:1"
    assert build_identity(None, link, "T") == build_identity(" ", link, "Other") == link
    by_title = build_identity(None, None, "T", published_at=DAY)
    assert by_title.startswith("sha256:")
    assert by_title == build_identity(None, None, " T ", text="changed", published_at=DAY.replace(hour=23))
    others = [("U", DAY), ("T", DAY.replace(day=24)), ("T", None)]
    assert by_title not in [build_identity(None, None, title, published_at=day) for title, day in others]
    assert build_identity(None, None, "", text="one") != build_identity(None, None, "", text="two")


def test_long_guids_are_hashed_whole() -> None:
    first, second = build_identity("x" * 5000 + "1", None, ""), build_identity("x" * 5000 + "2", None, "")
    assert first != second
    assert {len(first), len(second)} == {71}
    assert build_identity("a\x00b\ud800", None, "") == "ab"


@given(
    st.sampled_from(["http://", "https://"]),
    st.sampled_from(["g.example", "a-b.press.example", "x--y.example", "-bad.example", "a..b", "g.example.", ".g", "1", "xn--zzzzzz", "256.1.1.1", "a" * 70 + ".ex"]),
    st.lists(st.sampled_from(["a", "B", "news", "..", ".", "~x", "1.html", ""]), max_size=4),
    st.lists(st.sampled_from(["utm_source=rss", "id=5", "id=", "x", "=3", "a=b", "cmpid=1", "eid=3", "gclid=1", "page=1", "b=02"]), max_size=3),
)  # fmt: skip
def test_the_short_way_gives_what_the_long_way_gives(scheme: str, host: str, path: list[str], query: list[str]) -> None:
    url = scheme + host + "".join(f"/{part}" for part in path) + ("?" + "&".join(query) if query else "")
    assert canonical_url(url) == _canonical_any(url, None)
