"""Feeds of every format, honest and hostile, to entries."""

import contextlib
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framewire.errors import FeedParseError, NotAFeed
from framewire.ingest.parse import parse_feed, repair_references
from framewire.records import DateSource, ParsedFeed

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)


URL = "https://gazette.press.example/rss/feed.xml?token=canary"


ITEM_DATE = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)


def parse(body: bytes | str, **options: object) -> ParsedFeed:
    raw = body.encode() if isinstance(body, str) else body
    return parse_feed(raw, url=URL, fetched_at=NOW, **options)  # type: ignore[arg-type]


def rss(items: str, head: str = "") -> str:
    return f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0">{head}<channel><title>Invented Gazette</title>{items}</channel></rss>'


def item(title: str = "Talks resumed", extra: str = "") -> str:
    return f"<item><title>{title}</title>{extra}</item>"


RSS_2 = """<?xml version="1.0"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>
<title>Invented Gazette</title><language>en-GB</language>
<item><guid isPermaLink="false">tag:1</guid><title>Talks &amp;amp; tea</title>
<link>https://gazette.press.example/a?utm_source=rss&amp;id=5</link>
<pubDate>Mon, 23 Nov 2026 10:00:00 +0400</pubDate><description>Short.</description>
<content:encoded><![CDATA[<p>First paragraph, at <b>length</b>.</p><p>Second one.</p>]]></content:encoded></item>
</channel></rss>"""


RSS_091 = """<rss version="0.91"><channel><title>Invented Gazette</title><language>en-GB</language>
<item><title>Talks &amp;amp; tea</title><link>/a?id=5</link><description>First paragraph, at length.&lt;br&gt;&lt;br&gt;Second one.</description></item>
</channel></rss>"""


RSS_1 = """<?xml version="1.0"?><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
 xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel rdf:about="https://gazette.press.example/"><title>Invented Gazette</title><dc:language>en-GB</dc:language></channel>
<item rdf:about="https://gazette.press.example/a?id=5"><title>Talks &amp;amp; tea</title><link>https://gazette.press.example/a?id=5</link>
<dc:date>2026-11-23T10:00:00+04:00</dc:date><description>First paragraph, at length.&lt;p&gt;Second one.&lt;/p&gt;</description></item></rdf:RDF>"""


ATOM = """<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en-GB"><title>Invented Gazette</title>
<entry><id>tag:1</id><title>Talks &amp; tea</title><link rel="self" href="https://gazette.press.example/self"/>
<link rel="alternate" type="text/html" href="../a?id=5"/><published>2026-11-23T06:00:00Z</published><updated>2026-11-23T09:00:00Z</updated>
<summary>Short.</summary><content type="html">&lt;div&gt;First paragraph, at length.&lt;/div&gt;&lt;div&gt;Second one.&lt;/div&gt;</content></entry></feed>"""


ATOM_XHTML = """<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en-GB"><title>Invented Gazette</title>
<entry><id>tag:1</id><title type="html">Talks &amp;amp; tea</title><link href="https://gazette.press.example/a?id=5"/><updated>2026-11-23T06:00:00Z</updated>
<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>First paragraph, at <em>length</em>.</p><ul><li>Second one.</li></ul></div></content></entry></feed>"""


JSON_FEED = """{"version": "https://jsonfeed.org/version/1.1", "title": "Invented Gazette", "language": "en-GB", "items": [
{"id": "tag:1", "url": "https://gazette.press.example/a?id=5", "title": "Talks & tea", "date_published": "2026-11-23T10:00:00+04:00",
"summary": "Short.", "content_html": "<p>First paragraph, at length.</p><p>Second one.</p>"}]}"""


@pytest.mark.parametrize(
    ("document", "kind", "identity", "source"),
    [
        (RSS_2, "rss20", "tag:1", DateSource.FEED),
        (RSS_091, "rss091u", "https://gazette.press.example/a?id=5", DateSource.NONE),
        (RSS_1, "rss10", "https://gazette.press.example/a?id=5", DateSource.FEED),
        (ATOM, "atom10", "tag:1", DateSource.FEED),
        (ATOM_XHTML, "atom10", "tag:1", DateSource.FEED_UPDATED),
        (JSON_FEED, "json1.1", "tag:1", DateSource.FEED),
    ],
)
def test_each_format_gives_the_same_entry(document: str, kind: str, identity: str, source: DateSource) -> None:
    feed = parse(document)
    assert (feed.kind, feed.title, feed.language, feed.skipped, feed.dropped) == (
        kind,
        "Invented Gazette",
        "en-gb",
        0,
        0,
    )
    (entry,) = feed.entries
    assert (entry.title, entry.identity, entry.date_source) == ("Talks & tea", identity, source)
    assert entry.url == "https://gazette.press.example/a?id=5"
    assert entry.published_at == (None if source is DateSource.NONE else ITEM_DATE)
    assert entry.text == "First paragraph, at length.\n\nSecond one."


@pytest.mark.parametrize(
    "poison",
    ["&#xD800;", "&#x110000;", "&#99999999999999999999;", "&#" + "9" * 5000 + ";", "&#x1F;", "&#0;", "&#;", "&#x;"],
)
def test_poison_reference_costs_no_item(poison: str) -> None:
    feed = parse(
        rss(item("First") + item(f"Second {poison} title", f"<description>{poison}</description>") + item("Third"))
    )
    titles = [entry.title for entry in feed.entries]
    assert titles[0] == "First"
    assert titles[2] == "Third"
    assert titles[1].startswith("Second")
    assert titles[1].endswith("title")


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Bread & butter", "Bread & butter"),
        ("a\x00b", "ab"),
        ("a\x1fb\x9dc", "abc"),
        ("and so\x85 on", "and so… on"),
        ("AT&amp;amp;T", "AT&T"),
        ("5 &lt; 6", "5 < 6"),
        ("&lt;b&gt;Bold&lt;/b&gt; words", "Bold words"),
        ("&lt;img src=x onerror=alert(1)&gt;Title", "Title"),
        ("&lt;script&gt;alert(1)&lt;/script&gt;Title", "Title"),
        ("&nbsp;&laquo;Quoted&raquo;", "«Quoted»"),
        ("  many\n\n  spaces ", "many spaces"),
        ("&amp;quot;Quoted&amp;quot;", '"Quoted"'),
        ("x" * 3000, "x" * 1000),
        ("Զտո՞ւմ թե՞ տեղահանում", "Զտո՞ւմ թե՞ տեղահանում"),
    ],
)
def test_titles_are_clean_text(title: str, expected: str) -> None:
    assert parse(rss(item(title))).entries[0].title == expected


def test_unclosed_document_keeps_its_items() -> None:
    assert [entry.title for entry in parse(rss(item("One") + item("Two"))[:-20]).entries] == ["One", "Two"]


def test_item_that_breaks_the_parser_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    import feedparser

    real = feedparser.parse

    def fragile(stream: object, **options: object) -> object:
        body = stream.read()  # type: ignore[attr-defined]
        if b"poison" in body:
            raise UnicodeEncodeError("utf-8", "x", 0, 1, "invented")
        return real(body, **options)

    monkeypatch.setattr("framewire.ingest.parse.feedparser.parse", fragile)
    monkeypatch.setattr("framewire.ingest.parse.find_plain_feed", lambda text: None)
    feed = parse(rss(item("One") + item("A poison title") + item("Three")))
    assert ([entry.title for entry in feed.entries], feed.skipped) == (["One", "Three"], 1)
    with pytest.raises(FeedParseError, match="UnicodeEncodeError") as caught:
        parse(rss(item("One"), head="<!-- poison -->"))
    assert "canary" not in str(caught.value)


def test_one_bad_item_is_skipped_and_counted() -> None:
    feed = parse(rss(item("One") + "<item></item><item><title> </title></item>" + item("Two")))
    assert (len(feed.entries), feed.skipped) == (2, 2)


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("javascript:alert(1)", None),
        ("data:text/html,x", None),
        ("ftp://gazette.press.example/x", None),
        ("http://[bad", None),
        ("/news/5", "https://gazette.press.example/news/5"),
        ("news/5", "https://gazette.press.example/rss/news/5"),
        ("//gazette.press.example/x", "https://gazette.press.example/x"),
        ("https://gazette.press.example/" + "x" * 3000, None),
    ],
)
def test_links(link: str, expected: str | None) -> None:
    feed = parse(rss(item(extra=f"<link>{link}</link>") + item("Other")))
    assert (feed.entries[0].url, len(feed.entries)) == (expected, 2)


def test_outlets_own_link_is_preferred_to_a_feed_services() -> None:
    extra = "<link>https://feeds.example/~r/1</link><f:origLink>https://gazette.press.example/1</f:origLink>"
    document = rss(item(extra=extra)).replace("<rss ", '<rss xmlns:f="http://rssnamespace.org/feedburner/ext/1.0" ')
    assert parse(document).entries[0].url == "https://gazette.press.example/1"


def test_guid_that_names_several_articles_names_none() -> None:
    items = "".join(item(f"T{n}", f"<guid>same</guid><link>https://g.press.example/{n}</link>") for n in range(3))
    assert [entry.identity for entry in parse(rss(items)).entries] == [f"https://g.press.example/{n}" for n in range(3)]


def test_same_item_twice_is_one_entry() -> None:
    twice = item("New wording", "<guid>1</guid>") + item("Old wording", "<guid>1</guid>")
    assert [entry.title for entry in parse(rss(twice)).entries] == ["New wording"]


def test_newest_entries_are_kept() -> None:
    items = "".join(
        item(f"T{n}", f"<guid>{n}</guid><pubDate>{n + 1:02d} Nov 2026 10:00:00 GMT</pubDate>") for n in range(10)
    )
    feed = parse(rss(items), max_entries=3)
    assert ([entry.title for entry in feed.entries], feed.dropped) == (["T7", "T8", "T9"], 7)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", "empty"),
        (b" \n\x00 ", "empty"),
        (b"<!doctype html><html><title>Front page</title><p>News.</p></html>", "html"),
        (b"<html><body><h1>We value your privacy</h1><p>Accept cookies</p></body></html>", "consent"),
        (b"<!DOCTYPE html><html><title>Just a moment...</title></html>", "consent"),
        (b"<html><form>Please log in</form></html>", "consent"),
        (b"nothing of the sort", "unknown"),
        (b"{}", "unknown"),
        (b'{"version": "2", "items": []}', "unknown"),
        (b'{"a":' * 50_000, "unknown"),
        (b"<opml version='2.0'><body/></opml>", "unknown"),
        (bytes(range(256)) * 10, "unknown"),
    ],
)
def test_what_is_no_feed_is_named(body: bytes, kind: str) -> None:
    with pytest.raises(NotAFeed) as caught:
        parse(body)
    assert caught.value.kind == kind
    assert "canary" not in str(caught.value)


def test_json_feed_without_items() -> None:
    with pytest.raises(FeedParseError, match="no list of items"):
        parse('{"version": "https://jsonfeed.org/version/1"}')


def test_json_feed_with_odd_items() -> None:
    items = '[{"id": 7, "content_text": "a < b\\n\\nc &amp; d"}, "x", null, {"id": true, "title": {"no": 1}}, {"title": "T\\ud800"}]'
    feed = parse('{"version": "https://jsonfeed.org/version/1", "items": ' + items + "}")
    assert [(entry.identity, entry.title, entry.text) for entry in feed.entries[:1]] == [
        ("7", "", "a < b\n\nc &amp; d")
    ]
    assert (feed.entries[1].title, feed.skipped) == ("T", 3)


def test_feed_without_entries_is_a_feed() -> None:
    assert parse(rss("")).entries == ()


def test_external_entities_are_not_read(tmp_path: object) -> None:
    path = f"{tmp_path}/secret.txt"
    with open(path, "w") as file:  # noqa: PTH123
        file.write("canary-file")
    head = f'<!DOCTYPE rss [<!ENTITY x SYSTEM "file://{path}">]>'
    document = rss(item("Title &x;", "<description>&x;</description>")).replace("<rss", head + "<rss", 1)
    assert "canary" not in repr(parse(document))


@given(st.text("&#x0123456789ABCDEFabcdef;D8", max_size=60))
def test_repaired_references_are_legal(text: str) -> None:
    repaired = repair_references(text)
    assert repair_references(repaired) == repaired
    assert parse(rss(item(f"T {repaired} T"))).entries


FRAGMENTS = ["<item>", "</item>", "<title>", "</title>", "<![CDATA[", "]]>", "<!--", "-->", "&amp;", "&", "&#xD800;", "&#x110000;",
             "<!DOCTYPE rss [", "]>", '<!ENTITY a "b">', "&a;", "\x00", "\ufffe", "<link>http://[bad</link>", "<pubDate>0000", "xml:base='http://['",
             "<content type='html'>", "<entry>", "</rss>", "<a href='//['>", "<rss version='", "\U0001f600", "<?xml encoding='rot13'?>"]  # fmt: skip


@given(
    st.lists(st.tuples(st.integers(0, 2000), st.sampled_from(FRAGMENTS)), max_size=6),
    st.sampled_from([RSS_2, RSS_1, ATOM, JSON_FEED]),
)
def test_mutated_feeds_raise_named_errors_only(mutations: list[tuple[int, str]], document: str) -> None:
    for place, fragment in mutations:
        at = place % len(document)
        document = document[:at] + fragment + document[at:]
    with contextlib.suppress(FeedParseError):
        assert all(entry.title or entry.text for entry in parse(document).entries)
