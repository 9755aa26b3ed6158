"""The bytes of a page to the text of its article. Pure; run it in a process that may be killed, since a page decides how
long it takes: 0.8 MB of attributes keep the parser busy for a quarter of a minute."""

import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

import lxml.html
from lxml import etree

from framewire.ingest.blocks import fold, is_prompt, join_blocks
from framewire.ingest.clean import build_text, clean_line, clean_text
from framewire.ingest.dates import find_published_at
from framewire.ingest.encoding import decode_body
from framewire.ingest.walls import SHORT_CHARS, find_article_value, find_declared_wall, find_told_wall, is_led_to_gate
from framewire.records import PageState

MAX_PAGE_BYTES = 5 * 1024 * 1024
# Less is a caption or a notice. Source: docs/method.md: no article of the extraction benchmark is shorter.
MIN_CHARS = 80

_META_CHARSET = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([A-Za-z0-9._:-]{1,40})""", re.IGNORECASE)
_OTHER_KINDS = (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"PK\x03\x04", b"RIFF", b"\x00\x00\x00", b"{")
_HTML_TYPES = ("text/html", "application/xhtml+xml", "text/plain", "application/octet-stream", "")
# Elements of the extracted tree that begin and end a paragraph. Source: trafilatura, its own dialect of TEI.
_PARAGRAPHS = frozenset({"p", "head", "item", "quote", "list", "table", "row", "code", "lb", "div", "body"})


@dataclass(frozen=True, slots=True)
class PageBytes:
    """A page as it came: `asked` is the article's address, `url` where that led; `title` the feed's headline."""

    body: bytes
    url: str
    asked: str
    title: str
    fetched_at: datetime
    content_type: str | None = None


@dataclass(frozen=True, slots=True)
class ExtractedPage:
    """What a page holds. `text` has its paragraphs apart by a blank line; it is empty unless `state` is `EXTRACTED`."""

    state: PageState
    message: str
    text: str = ""
    published_at: datetime | None = None


def extract_page(page: PageBytes) -> ExtractedPage:
    """The article of a page, or why there is none."""
    if len(page.body) > MAX_PAGE_BYTES:
        return ExtractedPage(PageState.TOO_LARGE, f"the page is larger than {MAX_PAGE_BYTES // 2**20} MiB")
    if kind := _find_other_kind(page):
        return ExtractedPage(PageState.NOT_HTML, f"not a web page but {kind}")
    if is_led_to_gate(page.asked, page.url):
        return ExtractedPage(PageState.HEADLINE_ONLY, "the address leads to a login, consent or subscription page")
    markup = decode_page(page)
    tree, is_cut = parse_page(markup)
    if tree is None:
        return ExtractedPage(PageState.EMPTY, "the page is empty")
    if wall := find_declared_wall(tree):
        return ExtractedPage(PageState.HEADLINE_ONLY, wall)
    if is_cut:
        message = "the page is nested so deeply that only a part of it can be read; the feed's text is kept"
        return ExtractedPage(PageState.TRUNCATED, message)
    return _extract(tree, markup, page)


def _extract(tree: lxml.html.HtmlElement, markup: str, page: PageBytes) -> ExtractedPage:
    # What the page says of itself is read first: extraction takes the tree apart.
    page_title = clean_line(tree.findtext(".//title") or "")
    published = find_article_value(tree, "datePublished") or find_meta(tree, "article:published_time")
    text = extract_text(tree, titles=(page.title, page_title))
    if len(text) < SHORT_CHARS and (wall := find_told_wall(text, title=page_title, visible=build_text(markup))):
        return ExtractedPage(PageState.HEADLINE_ONLY, wall)
    if len(text) < MIN_CHARS:
        return ExtractedPage(PageState.EMPTY, "no text of an article was found in the page")
    found = find_published_at({"published": published}, fetched_at=page.fetched_at)
    return ExtractedPage(PageState.EXTRACTED, f"{len(text)} characters", text, found.published_at)


def extract_text(tree: lxml.html.HtmlElement, *, titles: tuple[str, ...] = ()) -> str:
    """The article in a parsed page, paragraphs apart by a blank line, without prompts and without a repeated title."""
    bare_extraction, document = _load_extractor()
    found = bare_extraction(
        tree, favor_precision=True, include_comments=False, include_tables=True, with_metadata=False
    )
    if not isinstance(found, document):
        return ""
    paragraphs = [paragraph for paragraph in _list_paragraphs(found.body) if not is_prompt(paragraph)]
    known = {fold(title) for title in titles if title}
    while paragraphs and fold(paragraphs[0]) in known:
        paragraphs.pop(0)
    return clean_text(join_blocks(paragraphs))


@cache
def _load_extractor() -> tuple[Any, Any]:
    """trafilatura's extraction and the class of what it finds. Loaded where pages are read: that takes a second."""
    with warnings.catch_warnings():
        # Its downloads, which are never used here, complain of a proxy library that is not there.
        warnings.simplefilter("ignore")
        from trafilatura import bare_extraction
        from trafilatura.settings import Document
    return bare_extraction, Document


def _list_paragraphs(body: etree._Element) -> list[str]:
    """The paragraphs of an extracted tree: an item of a list and a line are paragraphs of their own."""
    pieces = "".join(_walk(body)).split("\n")
    return [folded for piece in pieces if (folded := " ".join(piece.split()))]


def _walk(element: etree._Element) -> Iterator[str]:
    """The text of an element, a newline where a paragraph begins or ends and no other."""
    for event, node in etree.iterwalk(element, events=("start", "end")):
        name = node.tag if isinstance(node.tag, str) else ""
        yield "\n" if name in _PARAGRAPHS else " " if name == "cell" else ""
        yield ((node.text if event == "start" else node.tail) or "").replace("\n", " ")


def decode_page(page: PageBytes) -> str:
    """The markup of a page as text."""
    header = page.content_type or ""
    declared = _META_CHARSET.search(page.body[:4096])
    if "charset" not in header.lower() and declared:
        header = f"text/html; charset={declared[1].decode('ascii')}"
    return clean_text(decode_body(page.body, content_type=header), max_chars=MAX_PAGE_BYTES)


def parse_page(markup: str) -> tuple[lxml.html.HtmlElement | None, bool]:
    """The tree of a page, and whether a limit of the parser cut it; no tree of an empty page.

    Without `huge_tree` everything below 256 nested elements would be lost; with it, below 2,048. Either is silent but
    for the parser's log.
    """
    parser = lxml.html.HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True)
    try:
        tree = lxml.html.document_fromstring(markup.encode("utf-8", "replace"), parser=parser)
    except etree.ParserError:
        return None, False
    return tree, any(entry.type == etree.ErrorTypes.ERR_RESOURCE_LIMIT for entry in parser.error_log)


def _find_other_kind(page: PageBytes) -> str | None:
    """What a body is that is no web page; None for one that may be."""
    kind = (page.content_type or "").partition(";")[0].strip().lower()
    if kind not in _HTML_TYPES:
        return f"of the kind {clean_line(kind, max_chars=60)}"
    head = page.body[:64].lstrip(b"\xef\xbb\xbf \t\r\n")
    return "another kind of file" if head.startswith(_OTHER_KINDS) else None


def find_meta(tree: lxml.html.HtmlElement, name: str) -> str | None:
    """The content of a page's property, such as `og:title`; None without one."""
    return next((e.get("content") for e in tree.iterfind(f".//meta[@property='{name}']") if e.get("content")), None)
