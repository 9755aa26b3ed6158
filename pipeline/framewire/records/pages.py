"""Article pages: what hosts allow, which pages are due, what became of them."""

from dataclasses import dataclass
from datetime import datetime

from framewire.records.states import PageState


@dataclass(frozen=True, slots=True)
class RobotsFile:
    """What is known of a robots.txt. `host` is scheme, host and port; `state` is 'read', 'none' or 'unreachable'."""

    host: str
    state: str
    text: str
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class DuePage:
    """An article whose page is to be asked for. `page_text` is the text that an earlier page gave, None if none did;
    `text_length` that of the text that is stored now; `tries` how often in a row asking failed."""

    article_id: int
    outlet_id: str
    feed_url: str
    url: str
    title: str
    text_length: int
    page_text: str | None = None
    tries: int = 0


@dataclass(frozen=True, slots=True)
class PageOutcome:
    """How asking for one page ended, with everything that one transaction must store.

    `text` is what replaces the feed's, None unless `state` is `EXTRACTED`; `blocks` are the hashes of all paragraphs that
    the page gave. `next_due_at` None = asked no more, unless the feed's entry changes.
    """

    page: DuePage
    state: PageState
    message: str
    asked_at: datetime
    http_status: int | None = None
    next_due_at: datetime | None = None
    tries: int = 0
    text: str | None = None
    published_at: datetime | None = None
    blocks: frozenset[str] = frozenset()
