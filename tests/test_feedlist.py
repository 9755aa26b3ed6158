"""The feed list and OPML."""

import re
from pathlib import Path

import pytest

from framewire.errors import ConfigError, InputError
from framewire.ingest import add_feed, export_opml, find_feed, import_opml, load_feed_list, set_enabled
from framewire.records import Feed, Outlet

TEXT = """\
# Invented outlets.
version: 1
outlets:
- id: ararat-courier
  name: Ararat Courier  # a remark that stays
  group: armenian
  country: AM
  feeds:
  - url: "https://courier.press.example/rss?a=1"
    language: en
  - url: https://courier.press.example/hy.xml
    language: hy
    enabled: false
    verified: false
    source: a public list
    user_agent: "Reader/1"
# the other side
- id: caspian-echo
  name: Caspian Echo
  group: azerbaijani
  country: AZ
  feeds: []
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "feeds.yaml"
    path.write_text(TEXT, encoding="utf-8")
    return path


def test_load(path: Path) -> None:
    courier, echo = load_feed_list(path)
    assert courier.feeds[0] == Feed("https://courier.press.example/rss?a=1", "ararat-courier", "en")
    assert courier.feeds[1] == Feed(
        url="https://courier.press.example/hy.xml",
        outlet_id="ararat-courier",
        language="hy",
        enabled=False,
        verified=False,
        user_agent="Reader/1",
        source="a public list",
    )
    assert echo == Outlet("caspian-echo", "Caspian Echo", "azerbaijani", "AZ")
    assert all(type(value) is str for value in (courier.id, courier.name, courier.feeds[0].url))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("    language: hy", "    langauge: hy", "feeds.yaml:12:5: unknown key 'langauge' (did you mean 'language'?)"),
        ("    language: hy", "    langauge: hy", "feeds.yaml:11:5: the key 'language' is missing"),
        ("  group: armenian\n", "", "feeds.yaml:4:3: the key 'group' is missing"),
        ("version: 1", "version: 2", "feeds.yaml:2:1: version 2 is not known"),
        ("version: 1\n", "", "feeds.yaml:2:1: the key 'version' is missing"),
        ("enabled: false", "enabled: no", "feeds.yaml:13:5: enabled: expected true or false, found 'no'"),
        ("https://courier.press.example/hy.xml", "courier.press.example/hy.xml", "feeds.yaml:11:5: 'courier.press.example/hy.xml' is no http(s) address"),
        ("https://courier.press.example/hy.xml", "file:///etc/hostname", "is no http(s) address"),
        ("country: AM", "country: AM\n  full_text: yes", "feeds.yaml:8:3: full_text: expected true or false, found 'yes'"),
        ("country: AM", "country: AM\n  fulltext: true", "feeds.yaml:8:3: unknown key 'fulltext' (did you mean 'full_text'?)"),
        ("language: hy", "language: Armenian", "feeds.yaml:12:5: 'Armenian' is no language tag"),
        ("language: hy", "language:", "feeds.yaml:12:5: language: expected a text, found nothing"),
        ("country: AM", "country: [AM]", "feeds.yaml:7:3: country: expected a text"),
        ("id: caspian-echo", "id: ararat-courier", "feeds.yaml:18:3: outlet id 'ararat-courier' stands here a second time, first in line 4"),
        ("https://courier.press.example/hy.xml", "https://courier.press.example/rss?a=1", "feeds.yaml:11:5: feed 'https://courier.press.example/rss?a=1' stands here a second time, first in line 9"),
        ("id: caspian-echo", "id: Caspian Echo", "feeds.yaml:18:3: 'Caspian Echo' is no id"),
        ("feeds: []", "feeds: none", "feeds.yaml:22:3: expected a list of feeds"),
        ("feeds: []", "feeds: [x]", "feeds.yaml:22:11: expected a feed"),
        ("group: armenian", "group: a: b", "feeds.yaml:6:11: expected `key: value`; a text that holds ': ' stands in quotes"),
    ],
)  # fmt: skip
def test_errors_say_where(path: Path, old: str, new: str, message: str) -> None:
    path.write_text(TEXT.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ConfigError, match=re.escape(message)):
        load_feed_list(path)


def test_full_text_is_of_an_outlet(path: Path) -> None:
    assert {outlet.full_text for outlet in load_feed_list(path)} == {None}
    path.write_text(TEXT.replace("country: AM", "country: AM\n  full_text: true", 1), encoding="utf-8")
    assert load_feed_list(path)[0].full_text is True


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("version: 1\noutlets: none\n", "feeds.yaml:2:1: expected a list of outlets"),
        ("version: 1\noutlets:\n- x\n", "feeds.yaml:3:3: expected an outlet"),
    ],
)
def test_errors_of_the_whole(path: Path, text: str, message: str) -> None:
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=re.escape(message)):
        load_feed_list(path)


def test_all_problems_are_told_at_once(path: Path) -> None:
    path.write_text(TEXT.replace("name:", "nmae:").replace("language: hy", "language: 7"), encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_feed_list(path)
    assert len(str(caught.value).splitlines()) == 5


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such file"):
        load_feed_list(tmp_path / "feeds.yaml")


def test_find_feed(path: Path) -> None:
    outlets = load_feed_list(path)
    assert find_feed(outlets, "HTTPS://courier.press.example:443/hy.xml#x") is outlets[0].feeds[1]
    assert find_feed(outlets, "https://courier.press.example/other.xml") is None


def test_add_to_a_known_outlet_keeps_the_rest(path: Path) -> None:
    outlet = add_feed(
        path, "caspian echo", url="https://echo.press.example/rss", language="az", source="by hand", enabled=False
    )
    assert outlet.feeds == (
        Feed("https://echo.press.example/rss", "caspian-echo", "az", enabled=False, source="by hand"),
    )
    text = path.read_text(encoding="utf-8")
    assert "# Invented outlets." in text
    assert "# a remark that stays" in text
    assert "# the other side" in text
    assert text.startswith(TEXT[: TEXT.index("  feeds: []")])


def test_add_a_new_outlet(path: Path) -> None:
    outlet = add_feed(
        path, "Black Sea Wire", url="https://wire.press.example/rss", language="en", group="international", country="GE"
    )
    assert (outlet.id, outlet.group, outlet.country) == ("black-sea-wire", "international", "GE")
    assert load_feed_list(path)[2] == outlet
    assert path.read_text(encoding="utf-8").startswith(TEXT)


def test_ids_do_not_collide(path: Path) -> None:
    add_feed(path, "Խոսք", url="https://a.press.example/rss", language="hy")
    second = add_feed(path, "Сөз", url="https://b.press.example/rss", language="ru")
    assert second.id == "outlet-2"


def test_add_begins_a_file(tmp_path: Path) -> None:
    add_feed(tmp_path / "feeds.yaml", "Black Sea Wire", url="https://wire.press.example/rss", language="en")
    assert [outlet.id for outlet in load_feed_list(tmp_path / "feeds.yaml")] == ["black-sea-wire"]


@pytest.mark.parametrize(
    ("url", "language", "message"),
    [
        ("https://courier.press.example/hy.xml?utm_source=x", "hy", "listed already, under 'ararat-courier'"),
        ("echo.press.example", "hy", r"did you mean https://echo.press.example\?"),
        ("https://echo.press.example/", "klingon", "no language tag"),
    ],
)
def test_a_refused_feed_leaves_the_file_as_it_was(path: Path, url: str, language: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        add_feed(path, "Caspian Echo", url=url, language=language)
    assert path.read_text(encoding="utf-8") == TEXT
    assert list(path.parent.iterdir()) == [path]


def test_set_enabled_changes_one_word(path: Path) -> None:
    set_enabled(path, "https://courier.press.example/hy.xml", True)
    assert path.read_text(encoding="utf-8") == TEXT.replace("enabled: false", "enabled: true")
    set_enabled(path, "https://courier.press.example/rss?a=1", False)
    assert not load_feed_list(path)[0].feeds[0].enabled
    with pytest.raises(ConfigError, match="is not listed"):
        set_enabled(path, "https://courier.press.example/none", True)


def test_file_mode_is_kept(path: Path) -> None:
    path.chmod(0o640)
    set_enabled(path, "https://courier.press.example/hy.xml", True)
    assert path.stat().st_mode & 0o777 == 0o640


def test_opml_round_trip(path: Path) -> None:
    outlets = load_feed_list(path)
    (back,) = import_opml(export_opml(outlets))
    assert (back.id, back.name, back.group) == ("ararat-courier", "Ararat Courier", "armenian")
    assert [(feed.url, feed.language) for feed in back.feeds] == [
        (feed.url, feed.language) for feed in outlets[0].feeds
    ]
    assert not any(feed.enabled or feed.verified for feed in back.feeds)


def test_export_escapes() -> None:
    feed = Feed('https://a.press.example/?a=1&b="2"', "a", "en")
    outlet = Outlet("a", '<A> & "B" Խոսք', "g", "AM", (feed,))
    (back,) = import_opml(export_opml([outlet]))
    assert (back.name, back.feeds[0].url) == ('<A> & "B" Խոսք', feed.url)


def opml(body: str) -> str:
    return f'<?xml version="1.0" encoding="windows-1251"?><opml version="1.0"><body>{body}</body></opml>'


def test_import_folders_repeats_and_odd_addresses() -> None:
    body = """<outline text="Invented"><outline text="Խոսք -&gt; 1" xmlUrl="https://a.press.example/"/>
    <outline text="again" xmlUrl="https://a.press.example/"/><outline text="bad" xmlUrl="javascript:alert(1)"/>
    <outline text="local" xmlUrl="file:///etc/hostname"/></outline><outline xmlUrl="http://b.press.example/"/>"""
    first, second = import_opml(opml(body))
    assert (first.name, first.group, first.feeds[0].language) == ("Խոսք -> 1", "Invented", "")
    assert (second.name, second.group) == ("http://b.press.example/", "unassigned")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no OPML"),
        ("http://opml.press.example/list", "no OPML"),
        ("<rss/>", "no OPML"),
        (opml('<outline text="x"/>' * 5001), "5000 outlines"),
        (opml('<outline text="x">' * 33 + "</outline>" * 33), "32 levels"),
        (opml(" " * (5 * 1024 * 1024)), "larger than"),
        ('<!DOCTYPE opml SYSTEM "http://x.press.example/x.dtd">' + opml(""), "DTD"),
        ('<!doctype opml [<!ENTITY x SYSTEM "file:///etc/hostname">]>' + opml("&x;"), "DTD"),
        (opml("<outline" * 100_000), None),
        (opml('<outline "' * 100_000), None),
    ],
)
def test_hostile_opml(text: str, message: str | None) -> None:
    if message is None:
        assert import_opml(text) == []
        return
    with pytest.raises(InputError, match=message):
        import_opml(text)


def test_shipped_feed_list_is_right() -> None:
    path = Path(__file__).parents[1] / "seeds" / "karabakh" / "feeds.yaml"
    outlets = load_feed_list(path)
    assert {"armenian", "azerbaijani", "international"} <= {outlet.group for outlet in outlets}
