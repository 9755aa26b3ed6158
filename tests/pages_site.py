"""Invented pages of an invented outlet, each of a named kind. Nothing in them happened."""

from fault_server import Behaviour, answer

SENTENCES = (
    "The water commission of {place} met for the {n}th time on Monday, in a hall that the mill owners had paid for.",
    "Its members agreed that the dam of {place} would be opened at night, when the fields of both villages need water.",
    "Farmers who had come to {place} with their carts said that the promise was older than the dam, and never kept.",
    "An engineer of the mill replied that the gates of {place} had been repaired, and that the ledger would be shown.",
    "The chair closed the meeting in {place} with the words that water has no side, only a direction.",
    "A second meeting is to follow in the spring, below {place}, where the school has a room that is large enough.",
    "Observers from the valley beyond {place} wrote everything down and promised a report of {n} pages.",
    "Until then the gates of {place} stay as they are, the commission said, and whoever opens them will answer for it.",
)
PLACES = ("Alder", "Birch", "Cedar", "Damson", "Elm", "Fir", "Gorse", "Hazel", "Ivy", "Juniper", "Kale", "Larch")


def sentences(n: int = 4) -> tuple[str, ...]:
    """The paragraphs of an article; another number, from 0 to 11, makes another article."""
    return tuple(sentence.format(n=n, place=PLACES[n]) for sentence in SENTENCES)


ARTICLE = sentences()


def paragraphs(n: int = 4) -> str:
    """The paragraphs of an article as HTML."""
    return "".join(f"<p>{sentence}</p>" for sentence in sentences(n))


def page(body: str, *, title: str = "Gates open at night", head: str = "", charset: str = "utf-8") -> bytes:
    """A whole page around an article's body."""
    return (
        f'<!doctype html><html lang="en"><head><meta charset="{charset}"><title>{title}</title>{head}</head><body>'
        f'<nav><a href="/">Home</a> <a href="/news">News</a> <a href="/water">Water</a></nav>'
        f"<main><article><h1>{title}</h1>{body}</article></main>"
        f"<footer>Invented Gazette, Mill Lane 1</footer></body></html>"
    ).encode(charset)


def structured(data: str) -> str:
    """JSON-LD for the head of a page."""
    return f'<script type="application/ld+json">{data}</script>'


NOT_FREE = structured('{"@type": "NewsArticle", "headline": "x", "isAccessibleForFree": false}')
PART_NOT_FREE = structured(
    '{"@context": "https://schema.org", "@graph": [{"@type": "NewsArticle", "hasPart":'
    ' {"@type": "WebPageElement", "isAccessibleForFree": "False", "cssSelector": ".rest"}}]}'
)
OTHERS_NOT_FREE = structured(
    '{"@type": "ItemList", "itemListElement": [{"@type": "NewsArticle", "isAccessibleForFree": false}]}'
)
DATED = structured('{"@type": "NewsArticle", "datePublished": "2026-11-22T10:00:00+04:00"}')
TEASER = f"<p>{ARTICLE[0]}</p>"
WALLS = {
    "en": "Subscribe to continue reading this article.",
    "hy": "Հոդվածը ամբողջությամբ կարդալու համար բաժանորդագրվեք։",
    "az": "Məqalənin davamını oxumaq üçün abunə olun.",
    "ru": "Чтобы продолжить чтение, оформите подписку.",
    "tr": "Haberin devamını okumak için abone olun.",
    "fr": "Cet article est réservé aux abonnés. Pour lire la suite, abonnez-vous.",
}
CONSENT = page(
    "<p>We value your privacy. We and our partners store and use information on your device to show you things.</p>"
    "<button>Accept all cookies</button>",
    title="Before you continue to the Gazette",
)
CAPTCHA = page("<p>Verify you are human by completing the action below.</p>", title="Just a moment")
HEAVY = page(f"<p {' '.join(f'a{n}=1' for n in range(90_000))}>x</p>{paragraphs()}")


def nested(depth: int) -> bytes:
    """A page whose article stands so deep."""
    return page("<div>" * depth + paragraphs() + "</div>" * depth)


def html(body: bytes, **headers: str) -> Behaviour:
    """An answer that is a web page."""
    return answer(200, body, **{"Content_Type": "text/html; charset=utf-8", **headers})


def robots(text: str) -> Behaviour:
    """An answer that is a robots.txt."""
    return answer(200, text.encode(), Content_Type="text/plain")
