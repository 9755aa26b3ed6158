"""Feeds that are hostile, broken or odd, all invented. Each is the whole body of an answer."""

import json
from collections.abc import Callable

HEAD = '<?xml version="1.0" encoding="utf-8"?>\n'


def rss(items: str, *, before: str = "", head: str = HEAD) -> str:
    """An RSS document around some items."""
    return f'{head}{before}<rss version="2.0"><channel><title>Invented Gazette</title>{items}</channel></rss>'


def item(n: int, *, title: str = "", more: str = "") -> str:
    """One item."""
    address = f"<guid>g{n}</guid><link>https://gazette.press.example/{n}</link>"
    return f"<item>{address}<title>{title or f'Invented report {n}'}</title>{more}</item>"


def three(*, before: str = "", **parts: str) -> str:
    """Three items, the second with the given title or further elements."""
    return rss(item(1) + item(2, **parts) + item(3), before=before)


def laughing() -> str:
    """Ten entities, each ten times the one before: 10^10 letters if somebody wrote them out."""
    lines = ['<!ENTITY l0 "lol">', *(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 11))]
    return three(before=f"<!DOCTYPE rss [{''.join(lines)}]>", title="&l10;")


def swelling() -> str:
    """One long entity, named often: it grows as the square of the document."""
    return three(before=f'<!DOCTYPE rss [<!ENTITY a "{"a" * 20_000}">]>', title="&a;" * 2_000)


def reaching(target: str) -> str:
    """An entity, a parameter entity and a DTD that lie elsewhere."""
    inner = f'<!ENTITY x SYSTEM "{target}"><!ENTITY % p SYSTEM "{target}"> %p;'
    return three(before=f'<!DOCTYPE rss SYSTEM "{target}" [{inner}]>', title="Seen &x;")


def cut_after(words: str) -> str:
    """The document of three items up to these words."""
    whole = three()
    return whole[: whole.index(words) + len(words)]


def atom(entries: str, *, version: str = "http://www.w3.org/2005/Atom") -> str:
    """An Atom document."""
    return f'{HEAD}<feed xmlns="{version}"><title>Invented Gazette</title>{entries}</feed>'


def json_feed(**parts: object) -> str:
    """A JSON Feed of three items."""
    items = [{"id": str(n), "url": f"https://gazette.press.example/{n}", "title": f"Report {n}"} for n in range(3)]
    return json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": "Gazette", "items": items, **parts})


ENTRY = '<entry><id>tag:{n}</id><title>Report {n}</title><link href="https://gazette.press.example/{n}"/></entry>'
HALF = '<?xml version="1.0"?><rss><channel><title>Broken<item><title>half'
PREFIXED = (
    '<a:feed xmlns:a="http://www.w3.org/2005/Atom"><a:title>Gazette</a:title>'
    "<a:entry><a:id>tag:1</a:id><a:title>Report 1</a:title></a:entry></a:feed>"
)
RUSSIAN = three(title="Переговоры возобновлены у озера")
PAGE = "<!doctype html><html><head><title>{title}</title>{head}</head><body><p>{text}</p></body></html>"
NAMES = '<link rel="alternate" type="application/rss+xml" href="/feed.xml">'

# Bodies that are feeds, with the entries that must be kept: (name, row of the fault table, entries, body).
READABLE: tuple[tuple[str, str, int, Callable[[], str | bytes]], ...] = (
    ("entities that laugh", "P1", 3, laughing),
    ("entity that swells", "P2", 3, swelling),
    ("entity from a file", "P3", 3, lambda: reaching("file:///etc/hostname")),
    ("entity from the web", "P3", 3, lambda: reaching("http://127.0.0.1:1/canary")),
    ("elements 5,000 deep", "P4", 3, lambda: three(more="<a>" * 5_000 + "</a>" * 5_000)),
    ("markup 5,000 deep", "P4", 3, lambda: three(more=f"<description>{'&lt;div&gt;' * 5_000}</description>")),
    ("title of 200 kilobytes", "P5", 3, lambda: three(title="word " * 40_000)),
    ("title of 500 attributes", "P6", 3, lambda: three(title="x").replace("<title>x", f"<title {_attributes(500)}>x")),
    ("comments that open", "P6", 3, lambda: three(more=f"<description>{'&lt;!--' * 2_000}</description>")),
    ("2,100 items", "P7", 2000, lambda: rss("".join(item(n) for n in range(2_100)))),
    ("reference to a surrogate", "P8", 3, lambda: three(title="Seen &#xD800; here")),
    ("reference beyond Unicode", "P8", 3, lambda: three(title="Seen &#x110000; here")),
    ("reference of 25 digits", "P8", 3, lambda: three(title=f"Seen &#{'9' * 25}; here")),
    ("reference of 5,000 digits", "P8", 3, lambda: three(title=f"Seen &#{'9' * 5_000}; here")),
    ("reference to nothing", "P8", 3, lambda: three(title="Seen &#; here")),
    ("entity that is unknown", "P8", 3, lambda: three(title="Seen &nosuch; here")),
    ("ampersand alone", "P8", 3, lambda: three(title="Bread & butter")),
    ("less-than alone", "P8", 3, lambda: three(title="5 < 6 of them")),
    ("NUL in a title", "P10", 3, lambda: three(title="Seen\x00here")),
    ("control characters", "P10", 3, lambda: three(title="".join(map(chr, range(1, 32))) + "Seen")),
    ("characters that are none", "P10", 3, lambda: three(title="Seen \ufffe\uffff here")),
    ("direction overrides", "P10", 3, lambda: three(title="Seen \u202eereh\u202c")),
    ("UTF-8 with a mark", "P11", 3, lambda: b"\xef\xbb\xbf" + three().encode()),
    ("UTF-16 with a mark", "P11", 3, lambda: RUSSIAN.replace("utf-8", "utf-16").encode("utf-16")),
    ("UTF-16 without a mark", "P11", 3, lambda: RUSSIAN.replace("utf-8", "utf-16").encode("utf-16-le")),
    ("UTF-16 that says UTF-8", "P11", 3, lambda: RUSSIAN.encode("utf-16-be")),
    ("UTF-32", "P11", 3, lambda: RUSSIAN.replace("utf-8", "utf-32").encode("utf-32")),
    ("windows-1251 that says so", "P11", 3, lambda: RUSSIAN.replace("utf-8", "windows-1251").encode("cp1251")),
    ("windows-1251 that says UTF-8", "P11", 3, lambda: RUSSIAN.encode("cp1251")),
    ("codec rot13", "P11", 3, lambda: three().replace("utf-8", "rot13")),
    ("codec idna", "P11", 3, lambda: three().replace("utf-8", "idna")),
    ("codec undefined", "P11", 3, lambda: three().replace("utf-8", "undefined")),
    (
        "one bad byte",
        "P11",
        3,
        lambda: three(title="Price in € " + "word " * 300).encode().replace(b"word", b"w\xffrd", 1),
    ),
    ("blank lines before the declaration", "P11", 3, lambda: "\n\n  " + three()),
    ("words before the declaration", "P11", 3, lambda: "Warning: something in line 3\n" + three()),
    ("words after the end", "P11", 3, lambda: three() + "<!-- served in 3 ms --> and more"),
    ("two declarations", "P11", 3, lambda: HEAD + three()),
    ("no declaration", "P11", 3, lambda: three().replace(HEAD, "")),
    ("dates out of range", "P12", 3, lambda: three(more="<pubDate>0000-00-00T99:99:99Z</pubDate>")),
    ("date in the year 9999", "P12", 3, lambda: three(more="<pubDate>9999-12-31T23:59:59-14:00</pubDate>")),
    ("no guid and no link", "P13", 3, lambda: rss("".join(f"<item><title>T{n}</title></item>" for n in range(3)))),
    ("one guid for all", "P13", 3, lambda: three().replace("<guid>g1", "<guid>g2").replace("<guid>g3", "<guid>g2")),
    ("whole items, then no end", "F9", 3, lambda: cut_after(item(3))),
    ("whole entries with a prefix, then no end", "F9", 1, lambda: PREFIXED.partition("</a:feed>")[0]),
    ("the same item three times", "P13", 1, lambda: rss(item(1) * 3)),
    ("items without title and text", "P13", 2, lambda: rss(item(1) + "<item></item>" + item(2))),
    ("prefix without namespace", "P11", 3, lambda: three(more="<media:text>Seen</media:text>")),
    ("script as a title", "O2", 3, lambda: three(title="&lt;script&gt;alert(1)&lt;/script&gt;Seen")),
    ("script as a link", "O3", 3, lambda: three(more="<link>javascript:alert(1)</link>")),
    ("Atom", "-", 3, lambda: atom("".join(ENTRY.format(n=n) for n in range(3)))),
    (
        "Atom 0.3",
        "-",
        3,
        lambda: atom("".join(ENTRY.format(n=n) for n in range(3)), version="http://purl.org/atom/ns#"),
    ),
    ("JSON Feed", "-", 3, json_feed),
    ("JSON Feed with a mark", "-", 3, lambda: b"\xef\xbb\xbf" + json_feed().encode()),
    ("JSON Feed with odd items", "-", 1, lambda: json_feed(items=[None, 7, [], {"id": 1, "title": "T"}, {"id": {}}])),
)

# Bodies that are no feeds, or feeds that are cut: (name, row, status, class of the error, body).
UNREADABLE: tuple[tuple[str, str, str, str, Callable[[], str | bytes]], ...] = (
    ("nothing", "F15", "not a feed", "NotAFeed", lambda: ""),
    ("blanks only", "F15", "not a feed", "NotAFeed", lambda: " \n\x00 "),
    ("front page", "F15", "not a feed", "NotAFeed", lambda: PAGE.format(title="News", head="", text="Welcome.")),
    (
        "page that names its feed",
        "F15",
        "not a feed",
        "NotAFeed",
        lambda: PAGE.format(title="News", head=NAMES, text=""),
    ),
    (
        "consent page",
        "F15",
        "not a feed",
        "NotAFeed",
        lambda: PAGE.format(title="Consent", head="", text="Accept cookies"),
    ),
    ("login page", "F15", "not a feed", "NotAFeed", lambda: PAGE.format(title="x", head="", text="Please log in")),
    (
        "challenge page",
        "F15",
        "not a feed",
        "NotAFeed",
        lambda: PAGE.format(title="Just a moment...", head="", text=""),
    ),
    ("picture", "F15", "not a feed", "NotAFeed", lambda: b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20),
    ("archive", "F15", "not a feed", "NotAFeed", lambda: b"PK\x03\x04" + bytes(range(256)) * 20),
    ("plain words", "F15", "not a feed", "NotAFeed", lambda: "The feed has moved, ask the editor."),
    ("list of feeds", "F15", "not a feed", "NotAFeed", lambda: f'{HEAD}<opml version="2.0"><body/></opml>'),
    (
        "site map",
        "F15",
        "not a feed",
        "NotAFeed",
        lambda: f"{HEAD}<urlset><url><loc>https://a.example/</loc></url></urlset>",
    ),
    ("JSON of another kind", "F15", "not a feed", "NotAFeed", lambda: '{"error": "no such feed"}'),
    ("JSON 50,000 deep", "P4", "not a feed", "NotAFeed", lambda: '{"a":' * 50_000),
    ("feed that ends in its title", "F9", "malformed", "FeedParseError", lambda: cut_after("<title>Invented")),
    ("feed that ends before its items", "F9", "malformed", "FeedParseError", lambda: cut_after("Gazette</title>")),
    ("feed that ends in its first item", "F9", "malformed", "FeedParseError", lambda: cut_after("/1</link>")),
    ("feed whose title swallows half an item", "F9", "malformed", "FeedParseError", lambda: HALF),
    (
        "Atom that ends in its first entry",
        "F9",
        "malformed",
        "FeedParseError",
        lambda: atom(ENTRY.format(n=1)).partition("</title><link")[0],
    ),
    ("JSON Feed without items", "-", "malformed", "FeedParseError", lambda: json_feed(items=None)),
)


def _attributes(n: int) -> str:
    return " ".join(f'a{k}="{k}"' for k in range(n))
