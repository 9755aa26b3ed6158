"""Pages that a crawl kept: their headline, their text, and both as an entry. Pure; run it in a process that may be killed."""

from dataclasses import dataclass
from datetime import datetime

import lxml.html

from framewire.ingest.clean import clean_line
from framewire.ingest.collected import Collected, host_of
from framewire.ingest.dates import find_published_at
from framewire.ingest.extract import ExtractedPage, PageBytes, decode_page, extract_page, find_meta, parse_page
from framewire.ingest.identity import build_identity, canonical_url
from framewire.ingest.items import clean_language
from framewire.ingest.walls import find_article_value
from framewire.records import Entry, PageState

# What stands between a headline and the outlet's name in the title of a page.
_BETWEEN = (" | ", " — ", " – ", " :: ")


@dataclass(frozen=True, slots=True)
class ArchivedPage:
    """A page that a crawl kept, as it was read. `title` is its headline, '' if it has none; `language` what it declares."""

    title: str
    language: str | None
    page: ExtractedPage


def read_archived(page: PageBytes) -> ArchivedPage:
    """The headline and the article of a page of which no feed told anything."""
    tree, _ = parse_page(decode_page(page)) if page.body else (None, False)
    title = _find_headline(tree) if tree is not None else ""
    language = clean_language(str(tree.get("lang") or "")) if tree is not None else None
    told = PageBytes(page.body, page.url, page.asked, title, page.fetched_at, page.content_type)
    return ArchivedPage(title, language, extract_page(told))


def collect_page(line: int, address: str, found: ArchivedPage, *, seen: str, now: datetime) -> Collected | str:
    """The page as an entry, or in words why it is none.

    Args:
        line: which record of the archive it is.
        address: where the crawl found it.
        found: what was read.
        seen: when the crawl found it; stands in for a date that the page does not tell.
        now: later dates than a day after it are dropped.
    """
    if found.page.state is not PageState.EXTRACTED:
        return f"{found.page.state.value}: {found.page.message}"
    url = canonical_url(address)
    if url is None:
        return f"'{clean_line(address, max_chars=80)}' is no http(s) address"
    told = found.page.published_at.isoformat() if found.page.published_at else None
    date = find_published_at({"published": told, "updated": seen}, fetched_at=now)
    identity = build_identity(None, url, found.title, text=found.page.text, published_at=date.published_at)
    entry = Entry(identity, url, found.title, found.page.text, date.published_at, date.source, date.flag, date.raw)
    return Collected(line, entry, host_of(url) or None, found.language)


def _find_headline(tree: lxml.html.HtmlElement) -> str:
    """The headline that the page itself names, else its only first-level heading, else its title without the outlet's name."""
    headings = tree.findall(".//h1")
    only = headings[0].text_content() if len(headings) == 1 else None
    told = find_article_value(tree, "headline") or find_meta(tree, "og:title") or only
    if told and (line := clean_line(told)):
        return line
    title = clean_line(tree.findtext(".//title") or "")
    for mark in _BETWEEN:
        head, _, tail = title.rpartition(mark)
        if len(head) > len(tail):
            return head
    return title
