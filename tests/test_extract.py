"""Pages of every kind to text, or to the reason why there is none."""

from datetime import UTC, datetime

import pytest

from framewire.errors import ChildTimeout
from framewire.ingest.blocks import is_credit, is_prompt
from framewire.ingest.child import ChildPool
from framewire.ingest.extract import MAX_PAGE_BYTES, ExtractedPage, PageBytes, extract_page
from framewire.records import PageState
from framewire.workflow.pages import build_page_pool
from pages_site import (
    ARTICLE,
    CAPTCHA,
    CONSENT,
    DATED,
    HEAVY,
    NOT_FREE,
    OTHERS_NOT_FREE,
    PART_NOT_FREE,
    TEASER,
    WALLS,
    nested,
    page,
    paragraphs,
)

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
URL = "https://gazette.example/news/1"
WHOLE = "\n\n".join(ARTICLE)


def read(body: bytes, *, url: str = URL, kind: str | None = "text/html", title: str = "") -> ExtractedPage:
    return extract_page(PageBytes(body, url, URL, title, NOW, kind))


def test_a_plain_article() -> None:
    found = read(page(paragraphs()))
    assert (found.state, found.text) == (PageState.EXTRACTED, WHOLE)
    assert found.message == f"{len(WHOLE)} characters"
    assert found.published_at is None


def test_the_headline_is_not_repeated_in_the_text() -> None:
    assert read(page("<p>Gates  open at NIGHT</p>" + paragraphs()), title="Gates open at night").text == WHOLE


def test_the_date_that_a_page_tells() -> None:
    assert read(page(paragraphs(), head=DATED)).published_at == datetime(2026, 11, 22, 6, tzinfo=UTC)
    meta = '<meta property="article:published_time" content="2026-11-21T08:00:00Z">'
    assert read(page(paragraphs(), head=meta)).published_at == datetime(2026, 11, 21, 8, tzinfo=UTC)
    future = DATED.replace("2026-11-22", "2027-11-22")
    assert read(page(paragraphs(), head=future)).published_at is None


@pytest.mark.parametrize(
    ("body", "state", "word"),
    [
        (page(paragraphs(), head=NOT_FREE), PageState.HEADLINE_ONLY, "isAccessibleForFree"),
        (page(paragraphs(), head=PART_NOT_FREE), PageState.HEADLINE_ONLY, "isAccessibleForFree"),
        (page(f'<meta itemprop="isAccessibleForFree" content="false">{paragraphs()}'), PageState.HEADLINE_ONLY, "free"),
        (page(paragraphs(), head='<meta property="article:content_tier" content="locked">'), PageState.HEADLINE_ONLY, "locked"),
        (page(paragraphs(), head='<meta property="article:content_tier" content="metered">'), PageState.EXTRACTED, ""),
        (page(paragraphs(), head=OTHERS_NOT_FREE), PageState.EXTRACTED, ""),
        (page(paragraphs(), head=NOT_FREE.replace("false", "true")), PageState.EXTRACTED, ""),
        (page(paragraphs(), head='<script type="application/ld+json">{"broken": </script>'), PageState.EXTRACTED, ""),
        (page(paragraphs(), head=f'<script type="application/ld+json">{"[" * 100_000}</script>'), PageState.EXTRACTED, ""),
        (CONSENT, PageState.HEADLINE_ONLY, "consent"),
        (CAPTCHA, PageState.HEADLINE_ONLY, "proof"),
        (page("<p>A photograph.</p>"), PageState.EMPTY, "no text"),
        (b"", PageState.EMPTY, "empty"),
        (b"<!-- nothing -->", PageState.EMPTY, "empty"),
        (nested(300), PageState.EXTRACTED, ""),
        (nested(2_500), PageState.TRUNCATED, "feed's text is kept"),
        (b"%PDF-1.7 and so on", PageState.NOT_HTML, "another kind"),
        (b"<p>x</p>" + bytes(MAX_PAGE_BYTES), PageState.TOO_LARGE, "5 MiB"),
    ],
)  # fmt: skip
def test_states(body: bytes, state: PageState, word: str) -> None:
    found = read(body)
    assert found.state is state, found.message
    assert word in found.message
    assert bool(found.text) == (state is PageState.EXTRACTED)


@pytest.mark.parametrize("language", list(WALLS))
def test_a_wall_in_each_language(language: str) -> None:
    found = read(page(f"{TEASER}<div class='offer'><b>{WALLS[language]}</b></div>"))
    assert found.state is PageState.HEADLINE_ONLY
    assert "subscribers only" in found.message


@pytest.mark.parametrize("language", list(WALLS))
def test_an_offer_beside_a_whole_article_is_no_wall(language: str) -> None:
    assert read(page(f"{paragraphs()}{paragraphs(5)}<aside>{WALLS[language]}</aside>")).state is PageState.EXTRACTED


@pytest.mark.parametrize(
    ("reached", "state"),
    [
        ("https://gazette.example/login?next=/news/1", PageState.HEADLINE_ONLY),
        ("https://consent.gazette.example/ask", PageState.HEADLINE_ONLY),
        ("https://www.gazette.example/news/1", PageState.EXTRACTED),
        ("https://gazette.example/news/2026/1-login-hall-opened", PageState.EXTRACTED),
    ],
)
def test_where_the_address_leads(reached: str, state: PageState) -> None:
    assert read(page(paragraphs()), url=reached).state is state


@pytest.mark.parametrize("kind", ["application/pdf", "image/jpeg", "application/rss+xml", "video/mp4"])
def test_other_kinds_are_not_read(kind: str) -> None:
    found = read(page(paragraphs()), kind=kind)
    assert (found.state, found.message) == (PageState.NOT_HTML, f"not a web page but of the kind {kind}")


@pytest.mark.parametrize(
    ("codec", "header", "declared"),
    [
        ("utf-8", "text/html; charset=iso-8859-1", "utf-8"),
        ("utf-8", "text/html; charset=windows-1251", "windows-1251"),
        ("windows-1251", "text/html", "windows-1251"),
        ("windows-1251", "text/html; charset=windows-1251", "utf-8"),
        ("utf-16", "text/html", "utf-16"),
    ],
)
def test_wrong_and_missing_charsets(codec: str, header: str, declared: str) -> None:
    russian = (
        "<p>Комиссия собралась в верхней долине в четвёртый раз, и мельник показал всем книгу расходов за год.</p>"
    )
    markup = page(russian * 3).decode().replace("utf-8", declared, 1).encode(codec)
    assert "Комиссия собралась" in read(markup, kind=header).text


def test_prompts_are_no_part_of_an_article() -> None:
    box = "<p>Read also: Miller denies theft</p><p>Подписывайтесь на нас в Telegram</p><p>© Invented Gazette</p>"
    assert read(page(paragraphs() + box)).text == WHOLE


@pytest.mark.parametrize(
    ("text", "prompt"),
    [
        ("Read also: who owns the dam?", True),
        ("Читайте также: кому принадлежит плотина", True),
        ("Ən çox oxunan", True),
        ("Reading the ledger took all night.", False),
        ("Sign up for the vote, the chair told the farmers, and " + "bring your neighbours, " * 10, False),
    ],
)
def test_prompt(text: str, prompt: bool) -> None:
    assert is_prompt(text) is prompt


@pytest.mark.parametrize(
    ("text", "credit"),
    [
        ("(AFP)", True),
        ("Reporting by Reuters", True),
        ("ТАСС, 23 ноября", True),
        ("The chapter on water", False),
        ("Reuters reported that the dam would be opened at night, and that nobody in the valley knew of it.", False),
    ],
)
def test_credit(text: str, credit: bool) -> None:
    assert is_credit(text) is credit


def test_lines_lists_and_tables_are_paragraphs_of_their_own() -> None:
    body = (
        paragraphs()
        + "<ul><li>first gate of the dam</li><li>second gate of the dam</li></ul><p>one line<br>and another</p>"
    )
    text = read(page(body)).text
    assert text.endswith("first gate of the dam\n\nsecond gate of the dam\n\none line\n\nand another")


def test_a_heavy_page_costs_its_child_and_no_more() -> None:
    light = PageBytes(page(paragraphs()), URL, URL, "", NOW, "text/html")
    canary = (light, extract_page(light))
    with ChildPool(extract_page, canary=canary, n_children=1, timeout_seconds=2.0, name="pages") as pool:
        with pytest.raises(ChildTimeout):
            pool.call(PageBytes(HEAVY, URL, URL, "", NOW))
        assert pool.call(light).text == WHOLE


def test_the_pool_of_a_run_reads_pages() -> None:
    with build_page_pool() as pool:
        assert pool.call(PageBytes(page(paragraphs()), URL, URL, "", NOW)).text == WHOLE
