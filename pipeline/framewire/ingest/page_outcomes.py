"""What asking for a page means for its article: a state, a plain sentence, and when to ask again. Pure."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from framewire.errors import (
    BadURL,
    BlockedAddress,
    BodyTooLarge,
    ChildMemory,
    ChildTimeout,
    FetchError,
    FramewireError,
    Gone,
    HTTPStatus,
    RateLimited,
    RedirectLimit,
    UnsupportedEncoding,
    WireTooLarge,
)
from framewire.ingest.blocks import PAGES, hash_blocks, remove_repeated
from framewire.ingest.extract import MAX_PAGE_BYTES, ExtractedPage
from framewire.ingest.robots import UNREACHABLE
from framewire.records import DuePage, PageOutcome, PageState, RobotsFile

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
        return _build(page, found.state, found.message, now, http_status=200)
    blocks = hash_blocks(found.text) if page.page_text is None else frozenset()
    text = _choose_text(page, remove_repeated(found.text, counts), counts)
    for block in (*blocks, *([PAGES] if blocks else [])):
        counts[block] = counts.get(block, 0) + 1
    message = f"{len(found.text)} characters"
    if text is None:
        message = f"the feed's text is longer ({page.text_length} characters) than the page's ({len(found.text)}): kept"
    more = {"text": text, "published_at": found.published_at, "blocks": blocks}
    return _build(page, PageState.EXTRACTED, message, now, http_status=200, **more)


def build_unread(page: DuePage, error: FramewireError, *, now: datetime) -> PageOutcome:
    """The outcome of a page that could not be fetched or not be read."""
    if isinstance(error, HTTPStatus) and not isinstance(error, RateLimited):
        if error.status in _GONE or isinstance(error, Gone):
            return _build(page, PageState.GONE, f"the page is not there ({error.status})", now, http_status=error.status)
        if error.status in _FORBIDDEN:
            message = f"the site does not show it to this reader ({error.status})"
            return _build(page, PageState.FORBIDDEN, message, now, http_status=error.status)
    if isinstance(error, WireTooLarge | BodyTooLarge):
        return _build(page, PageState.TOO_LARGE, f"the page is larger than {MAX_PAGE_BYTES // 2**20} MiB", now)
    if isinstance(error, ChildTimeout):
        return _build(page, PageState.TIMEOUT, "the page takes too long to read; the feed's text is kept", now)
    if isinstance(error, ChildMemory):
        return _build(page, PageState.TOO_LARGE, "the page takes too much memory to read; the feed's text is kept", now)
    return _build_failed(page, error, now)


def build_blocked(page: DuePage, robots: RobotsFile, *, now: datetime) -> PageOutcome:
    """The outcome of a page that its site does not let us ask for, or of which it cannot be told whether it does."""
    if robots.state == UNREACHABLE:
        message = f"not asked: {robots.host}/robots.txt cannot be reached, so it is not known what is allowed"
        return _build_again(page, message, now)
    return _build(page, PageState.BY_ROBOTS, f"not asked: {robots.host}/robots.txt does not allow it", now)


def _build_failed(page: DuePage, error: FramewireError, now: datetime) -> PageOutcome:
    status = error.status if isinstance(error, HTTPStatus) else None
    if isinstance(error, _FINAL):
        return _build(page, PageState.FAILED, str(error), now, http_status=status)
    if isinstance(error, FetchError):
        return _build_again(page, str(error), now, http_status=status, until=getattr(error, "until", None))
    return _build(page, PageState.FAILED, "the page cannot be read: the reader broke off; the feed's text is kept", now)


def _build_again(
    page: DuePage, message: str, now: datetime, *, http_status: int | None = None, until: datetime | None = None
) -> PageOutcome:
    """A failure that may pass: asked again after a wait, three times in all."""
    wait = WAITS[page.tries] if page.tries < len(WAITS) else None
    due = None if wait is None else max(now + wait, until or now)
    tries = page.tries + 1
    return _build(page, PageState.FAILED, message, now, http_status=http_status, next_due_at=due, tries=tries)


def _choose_text(page: DuePage, text: str, counts: Mapping[str, int]) -> str | None:
    """The text to store; None if what is stored is as good.

    A text that differs from an earlier one of the same page only by what is known to be repeated now is no change.
    """
    if page.page_text is not None:
        return None if remove_repeated(page.page_text, counts) == text else text
    return text if len(text) > page.text_length else None


def _build(page: DuePage, state: PageState, message: str, now: datetime, **more: object) -> PageOutcome:
    return PageOutcome(page, state, message, now, **more)  # type: ignore[arg-type]
