"""The fast reader of sound feeds against the parser of record: the same, or declined."""

import os
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from press import answer

from framewire.errors import FeedParseError
from framewire.ingest.encoding import decode_body
from framewire.ingest.items import RawFeed, build_feed
from framewire.ingest.parse import prepare_text, read_any_feed
from framewire.ingest.plain import find_plain_feed
from framewire.records import ParsedFeed

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
SAMPLE = Path(__file__).parents[1] / "seeds" / "sample"
URL = "https://gazette.press.example/feed"
# A folder with feeds of any kind: the test documents of feedparser, gofeed and feed-rs were such. Read at import, since
# tests run without the variables of whoever runs them.
CORPUS = os.environ.get("FRAMEWIRE_FEED_CORPUS")
NAMESPACES = {
    "atom": "http://www.w3.org/2005/Atom",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "media": "http://search.yahoo.com/mrss/",
    "slash": "http://purl.org/rss/1.0/modules/slash/",
    "feedburner": "http://rssnamespace.org/feedburner/ext/1.0",
    "paper": "https://gazette.press.example/ns",
}
DECLARED = " ".join(f'xmlns:{prefix}="{address}"' for prefix, address in NAMESPACES.items())


def rss(items: str, *, head: str = "", root: str = "") -> str:
    return f'<rss version="2.0" {DECLARED} {root}><channel><title>Invented Gazette</title>{head}{items}</channel></rss>'


def atom(entries: str, *, root: str = "") -> str:
    declared = DECLARED.replace("xmlns:atom=", "xmlns:a=")
    return (
        f'<feed xmlns="http://www.w3.org/2005/Atom" {declared} {root}><title>Invented Gazette</title>{entries}</feed>'
    )


def rdf(items: str) -> str:
    return (
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" '
        f'{DECLARED}><channel rdf:about="/"><title>Invented Gazette</title><items><rdf:Seq><rdf:li rdf:resource="/1"/></rdf:Seq></items></channel>'
        f"{items}</rdf:RDF>"
    )


def compare(text: str) -> str:
    """'declined' or 'equal'; fails if the two readers differ."""
    fast = find_plain_feed(text)
    if fast is None:
        return "declined"
    slow = read_any_feed(text, url=URL)
    assert without_struct_times(fast) == without_struct_times(slow)
    assert build(fast) == build(slow)
    return "equal"


def without_struct_times(feed: RawFeed) -> RawFeed:
    """The feed without the dates as feedparser reads them, which count only where our own reading fails."""
    items = [
        item
        and replace(item, dates={name: date for name, date in item.dates.items() if isinstance(date, str) and date})
        for item in feed.items
    ]
    return replace(feed, items=tuple(items))


def build(feed: RawFeed) -> ParsedFeed:
    return build_feed(feed, url=URL, fetched_at=NOW, max_entries=2000)


def test_feeds_of_the_sample_press_are_read_alike() -> None:
    counts: Counter[str] = Counter()
    for path in sorted(SAMPLE.glob("*.xml")):
        for day in (30, 54):
            moment = datetime(2026, 10, 1, tzinfo=UTC) + timedelta(days=day)
            found = answer(SAMPLE, path.stem, moment, length=15)
            counts[compare(prepare_text(decode_body(found.body, content_type=found.content_type)))] += 1
    assert counts["equal"] > counts["declined"]


PLAIN_RSS = "<item><title>Talks</title><link>https://g.example/1</link><guid>7</guid><description>A &lt;b&gt;word&lt;/b&gt;</description></item>"


@pytest.mark.parametrize(
    "text",
    [
        rss(PLAIN_RSS),
        rss("<item><guid isPermaLink='false'>7</guid><title><![CDATA[ Talks <b>x</b> ]]></title></item>", root="xml:lang='en_GB'"),
        rss("<item><title>\u00d4\u00b5</title><pubDate>23.11.2026 10:00</pubDate><dc:date>2026-11-23</dc:date></item>"),
        rss("<item><title>a</title><content:encoded>c</content:encoded><description>d</description></item>"),
        rss("<item><title>a</title><description>d</description><media:content url='x'><media:description>m</media:description></media:content></item>"),
        rss("<item><title>a</title><media:group><media:title type='plain'>b</media:title></media:group><paper:place id='1'>c</paper:place></item>"),
        rss("<item><title>a</title><link>https://g.example/1</link><atom:link rel='self' href='https://g.example/x'/><source url='u'>s</source></item>"),
        rss("<item><title>a</title><link>https://f.example/1</link><feedburner:origLink>https://g.example/1</feedburner:origLink></item>"),
        rss(PLAIN_RSS, head="<language>hy</language><image><url>u</url><title>Logo</title><link>l</link></image><ttl>5</ttl>"),
        rss("<item><title>a</title><pubDate>0001-01-01T00:00:00+14:00</pubDate></item>"),
        atom("<entry><id>tag:1</id><title type='html'>A &amp;lt;i&amp;gt;b</title><link href='/1'/><updated>2026-11-23T06:00:00Z</updated><author><name>n</name></author></entry>"),
        atom("<entry><link rel='alternate' type='text/html' href='/1'/><id>1</id><title xml:lang='ru'>b</title><content type='html'>c</content><summary>s</summary></entry>"),
        atom("<entry><id>https://g.example/1</id><title>b</title><link rel='enclosure' href='/x.mp3' type='audio/mpeg'/></entry>", root="xml:lang='az'"),
        rdf("<item rdf:about='https://g.example/1'><title>a</title><link>https://g.example/1</link><dc:date>2026-11-23</dc:date><dc:creator>n</dc:creator></item>"),
    ],
)  # fmt: skip
def test_plain_feeds_are_read_alike(text: str) -> None:
    assert compare(text) == "equal"


@pytest.mark.parametrize(
    "text",
    [
        rss(PLAIN_RSS)[:-3],
        "<!DOCTYPE rss>" + rss(PLAIN_RSS),
        "<!doctype rss>" + rss(PLAIN_RSS),
        rss("<item><title>a</title></item>", root='xmlns:old="http://Backend.UserLand.com/RSS2"'),
        rss("<item><title>a &nbsp; b</title></item>"),
        rss("<item><title>a <b>b</b></title></item>"),
        rss("<item><title>a</title><pubDate>when the sun rises</pubDate></item>"),
        rss("<item xml:base='https://other.example/'><title>a</title><link>1</link></item>"),
        rss("<item><title>a</title><title>b</title></item>"),
        rss("<item><title>a</title><link>https:///g.example/1</link></item>"),
        rss("<item><title>a</title><link>https://g.example/?a=1&amp;copy;=2</link></item>"),
        rss("<item><title>a</title><image><title>b</title></image></item>"),
        rss("<item><paper:group><title>b</title></paper:group></item>"),
        rss("<item><title>a</title></item>", root='xmlns:dc2="http://purl.org/rss/1.0/"'),
        rss("<item><title>a</title></item>").replace(NAMESPACES["media"], "https://gazette.press.example/other"),
        rss("<item><title>a</title></item>").replace('version="2.0"', 'version="0.91"'),
        rss("<item><title>\x93a\x94 \u0416</title></item>"),
        rss("<item><title>a</title></item><title>Another</title>"),
        atom("<entry><id>1</id><title>b</title><content type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'>c</div></content></entry>"),
        atom("<entry><id>1</id><title>b</title><content src='https://g.example/1.html'/></entry>"),
        atom("<entry><id>1</id><title>b</title><source><title>c</title></source></entry>"),
        atom("<entry><title mode='base64'>Yg==</title></entry>"),
        "<opml><body/></opml>",
        "no markup",
        "<item>" * 300,
    ],
)  # fmt: skip
def test_unusual_documents_are_declined(text: str) -> None:
    assert find_plain_feed(text) is None


PIECES = [
    "<title>One</title>", "<title> </title>", "<title type='html'>&lt;b&gt;T&lt;/b&gt;</title>", "<link>https://g.example/1</link>", "<link/>",
    "<link href='https://g.example/2'/>", "<link rel='alternate' type='application/pdf' href='/3'/>", "<link rel='SELF' href='/4'>x</link>",
    "<guid>g1</guid>", "<guid isPermaLink='false'>g2</guid>", "<guid isPermaLink='True'>/g3</guid>", "<id>tag:4</id>", "<id/>",
    "<description>First</description>", "<description/>", "<summary>Second</summary>", "<summary type='text'>a &lt; b</summary>",
    "<content:encoded><![CDATA[<p>Third</p>]]></content:encoded>", "<content type='html'>Fourth</content>", "<content>Fifth</content>",
    "<pubDate>Mon, 23 Nov 2026 10:00:00 +0400</pubDate>", "<pubDate/>", "<pubdate>23 Nov</pubdate>", "<published>2026-11-23</published>",
    "<dc:date>2026-11-22</dc:date>", "<updated>2026-11-21T00:00:00Z</updated>", "<dc:title>Other</dc:title>", "<dc:creator>n</dc:creator>",
    "<atom:link href='/5'/>", "<atom:link rel='replies' href='/6'/>", "<atom:title>x</atom:title>", "<author>n</author>",
    "<author><name>n</name><uri>/u</uri></author>", "<category domain='d'>c</category>", "<enclosure url='/7' type='text/html'/>",
    "<media:title>Picture</media:title>", "<media:content url='/8'><media:title>Picture</media:title></media:content>",
    "<media:content url='/9'><media:description type='plain'>Shown</media:description></media:content>", "<media:thumbnail url='/t'/>",
    "<media:description>Shown too</media:description>", "<media:group><media:credit>n</media:credit></media:group>",
    "<source url='/s'>Source</source>", "<source><title>Source</title><id>s</id></source>", "<slash:comments>3</slash:comments>",
    "<feedburner:origLink>https://g.example/10</feedburner:origLink>", "<paper:title>x</paper:title>", "<paper:id a='1'>x</paper:id>",
    "<paper:box><paper:title>x</paper:title></paper:box>", "<paper:box><title>x</title></paper:box>", "<comments>/c</comments>",
    "<image><url>/i</url><title>Logo</title></image>", "<title xml:lang='fr'>Deux</title>", "<x xmlns='urn:other'>y</x>",
    "<title xmlns='urn:other'>Strange</title>", "text", "<!-- <title>no</title> -->", "<?pi x?>", "<link>https://g.example/é</link>",
    "<title>Ã©tÃ©</title>", "<title>été</title>", "<dc:language>ru</dc:language>", "<language>tr</language>", "<rights>r</rights>",
]  # fmt: skip


@settings(max_examples=150)
@given(
    st.lists(st.lists(st.sampled_from(PIECES), max_size=6), min_size=1, max_size=3),
    st.sampled_from([rss, atom, rdf]),
    st.lists(st.sampled_from(PIECES), max_size=2),
)
def test_any_mixture_of_elements_is_read_alike_or_declined(
    items: list[list[str]], form: object, beside: list[str]
) -> None:
    tag = "entry" if form is atom else "item"
    text = "".join(f"<{tag}>{''.join(pieces)}</{tag}>" for pieces in items)
    compare(form(text + "".join(beside)))  # type: ignore[operator]


@settings(max_examples=100)
@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=3), st.sampled_from([rss, atom, rdf]))
def test_single_items_are_read_alike_or_declined(pieces: list[str], form: object) -> None:
    tag = "entry" if form is atom else "item"
    compare(form(f"<{tag}>{''.join(pieces)}</{tag}>"))  # type: ignore[operator]


if CORPUS is not None:  # a folder of feeds from elsewhere is read only where somebody names one

    def test_feeds_of_a_folder_are_read_alike_or_declined(capsys: pytest.CaptureFixture[str]) -> None:
        counts: Counter[str] = Counter()
        for path in sorted(Path(str(CORPUS)).rglob("*")):
            if path.suffix.lower() in (".xml", ".rss", ".atom", ".rdf"):
                try:
                    counts[compare(prepare_text(decode_body(path.read_bytes())))] += 1
                except (AssertionError, FeedParseError) as error:
                    raise AssertionError(f"{path}: read otherwise") from error
        with capsys.disabled():
            print(f"\n{counts.total()} files: {counts['equal']} read fast and alike, {counts['declined']} declined")
        assert counts["equal"]
