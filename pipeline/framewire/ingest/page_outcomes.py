"""What asking for a page means for its article: a state, a plain sentence, and when to ask again. Pure."""

from datetime import datetime, timedelta

from framewire.errors import (
    BadURL,
    BlockedAddress,
    BodyTooLarge,
    ChildCrash,
    ChildMemory,
    ChildTimeout,
    FramewireError,
    HTTPStatus,
    RedirectLimit,
    UnsupportedEncoding,
    WireTooLarge,
)
from framewire.ingest.blocks import hash_blocks, remove_repeated
from framewire.ingest.extract import MAX_PAGE_BYTES, ExtractedPage
from framewire.ingest.robots import UNREACHABLE
from framewire.records import ALL_PAGES, DuePage, PageOutcome, PageState, RobotsFile

# After the first and the second failure; after the third a page is left alone. Source: an outage of an evening is over
# after three hours, one of a day after a day and a half; after two days nobody waits for the article.
WAITS = (timedelta(hours=3), timedelta(hours=36))
_FORBIDDEN = frozenset({401, 402, 403, 407, 451})
_GONE = frozenset({404, 410})
# Failures that another try cannot better.
_FINAL = (BadURL, BlockedAddress, RedirectLimit, UnsupportedEncoding)


def build_read(page: DuePage, found: ExtractedPage, counts: dict[str, int], *, now: datetime) -> PageOutcome:
    """The outcome of a page that was read. What its outlet repeats on other pages is taken out of its text.

    `counts` (pages that hold a paragraph, by hash) grows by this page, unless the page was counted before.
    """
    if found.state is not PageState.EXTRACTED:
        return PageOutcome(page, found.state, found.message, now, http_status=200)
    blocks = hash_blocks(found.text) if page.page_text is None else frozenset()
    text = remove_repeated(found.text, counts)
    is_kept = page.page_text is None and len(text) <= page.text_length
    message = f"{len(text)} characters"
    if is_kept:
        message = f"the feed's text ({page.text_length} characters) is kept: the page's is no longer ({len(text)})"
    is_same = page.page_text is not None and remove_repeated(page.page_text, counts) == text
    _count(blocks, counts)
    return PageOutcome(
        page,
        PageState.EXTRACTED,
        message,
        now,
        http_status=200,
        text=None if is_kept or is_same else text,
        published_at=found.published_at,
        blocks=blocks,
    )


def build_unread(page: DuePage, error: FramewireError, *, now: datetime) -> PageOutcome:
    """The outcome of a page that could not be fetched or not be read."""
    status = error.status if isinstance(error, HTTPStatus) else None
    final = _find_final_state(error, status)
    if final is not None:
        return PageOutcome(page, *final, now, http_status=status)
    return _build_again(page, str(error), now, http_status=status, until=getattr(error, "until", None))


def build_blocked(page: DuePage, robots: RobotsFile, *, now: datetime) -> PageOutcome:
    """The outcome of a page that its site does not let us ask for, or of which it cannot be told whether it does."""
    if robots.state == UNREACHABLE:
        message = f"not asked: {robots.host}/robots.txt cannot be reached, so it is not known what is allowed"
        return _build_again(page, message, now)
    return PageOutcome(page, PageState.BY_ROBOTS, f"not asked: {robots.host}/robots.txt does not allow it", now)


def _find_final_state(error: FramewireError, status: int | None) -> tuple[PageState, str] | None:
    """State and sentence of a failure that another try cannot better; None if it can."""
    if status in _GONE:
        return PageState.GONE, f"the page is not there ({status})"
    if status in _FORBIDDEN:
        return PageState.FORBIDDEN, f"the site does not show it to this reader ({status})"
    if isinstance(error, WireTooLarge | BodyTooLarge):
        return PageState.TOO_LARGE, f"the page is larger than {MAX_PAGE_BYTES // 2**20} MiB"
    if isinstance(error, ChildTimeout):
        return PageState.TIMEOUT, "the page takes too long to read; the feed's text is kept"
    if isinstance(error, ChildMemory):
        return PageState.TOO_LARGE, "the page takes too much memory to read; the feed's text is kept"
    if isinstance(error, ChildCrash):
        return PageState.FAILED, "the page cannot be read: its reader broke off; the feed's text is kept"
    return (PageState.FAILED, str(error)) if isinstance(error, _FINAL) else None


def _build_again(
    page: DuePage, message: str, now: datetime, *, http_status: int | None = None, until: datetime | None = None
) -> PageOutcome:
    """A failure that may pass: asked again after a wait, three times in all."""
    due = max(now + WAITS[page.tries], until or now) if page.tries < len(WAITS) else None
    tries = page.tries + 1
    return PageOutcome(page, PageState.FAILED, message, now, http_status=http_status, next_due_at=due, tries=tries)


def _count(blocks: frozenset[str], counts: dict[str, int]) -> None:
    """Add one page that holds these paragraphs."""
    for block in (*blocks, *([ALL_PAGES] if blocks else [])):
        counts[block] = counts.get(block, 0) + 1
