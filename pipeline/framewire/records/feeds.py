"""Outlets, their feeds, and what a poll of one gives."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from framewire.records.items import SeenItem
from framewire.records.states import DateSource, PollStatus

# When a feed that answers is stale. Source: a long weekend lasts three days; the gaps of a feed that publishes at random
# exceed ten times their mean once in 22,000.
STALE_AFTER, STALE_GAPS = timedelta(days=3), 10
MIN_NEWS = 4


@dataclass(frozen=True, slots=True)
class Feed:
    """One feed of an outlet, as the feed list says it."""

    url: str
    outlet_id: str
    language: str
    enabled: bool = True
    verified: bool = True
    user_agent: str | None = None
    source: str | None = None


@dataclass(frozen=True, slots=True)
class Outlet:
    """Who publishes: its group is whose press it is (`armenian`, `azerbaijani`, `international` ...).

    `full_text` says whether the pages of its articles are fetched; None leaves that to the workspace's settings.
    """

    id: str
    name: str
    group: str
    country: str
    feeds: tuple[Feed, ...] = ()
    full_text: bool | None = None


@dataclass(frozen=True, slots=True)
class FeedState:
    """What is remembered of a feed between polls.

    `failures` is the weighted count of failures in a row, `failing_since` the first of them. `interval_seconds` is the
    wait that the feed's own rhythm allows, None as long as it is unknown; `due_reason` says why `next_due_at` is when
    it is, in words. `seen_items` holds what stood in its last document, as `pack_items` writes it.
    """

    url: str
    etag: str | None = None
    last_modified: str | None = None
    body_hash: str | None = None
    next_due_at: datetime | None = None
    last_polled_at: datetime | None = None
    last_success_at: datetime | None = None
    last_unconditional_at: datetime | None = None
    failures: float = 0.0
    gone_at: datetime | None = None
    moved_to: str | None = None
    moved_since: datetime | None = None
    moved_count: int = 0
    failing_since: datetime | None = None
    interval_seconds: float | None = None
    due_reason: str | None = None
    seen_items: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class FeedNews:
    """When a feed had something new: `n_new` articles from `first_at`, its first poll, to `last_new_at`."""

    first_at: datetime
    last_new_at: datetime
    n_new: int

    @property
    def per_day(self) -> float | None:
        """New articles a day while there were some; None if that was too short to tell."""
        days = (self.last_new_at - self.first_at) / timedelta(days=1)
        return self.n_new / days if days >= 1 and self.n_new >= MIN_NEWS else None

    def is_stale(self, now: datetime) -> bool:
        """True if nothing new came for three days and ten times as long as usual."""
        per_day, silent = self.per_day, now - self.last_new_at
        return per_day is not None and silent > max(STALE_AFTER, timedelta(days=STALE_GAPS / per_day))


@dataclass(frozen=True, slots=True)
class Entry:
    """One item of a feed, cleaned, as text. `identity` is its key within the feed.

    `text` is plain text, paragraphs separated by a blank line; it may be empty. `date_flag` is None or says why the
    feed's date was dropped ('absurd', 'future', 'unreadable', 'missing'). `fingerprint` tells its item again; None if
    nothing that holds between documents does.
    """

    identity: str
    url: str | None
    title: str
    text: str
    published_at: datetime | None = None
    date_source: DateSource = DateSource.NONE
    date_flag: str | None = None
    raw_date: str | None = None
    language: str | None = None
    fingerprint: int | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class ParsedFeed:
    """What a feed document holds. `skipped` counts items that could not be read, `dropped` those over the cap.

    `seen_again` holds the fingerprints of items that were left unread, since they stand as they stood before.
    """

    title: str
    kind: str
    entries: tuple[Entry, ...]
    language: str | None = None
    skipped: int = 0
    dropped: int = 0
    seen_again: tuple[int, ...] = ()

    @property
    def n_items(self) -> int:
        """How many items the document holds, read or not."""
        return len(self.entries) + len(self.seen_again)


@dataclass(frozen=True, slots=True)
class FeedOutcome:
    """How one poll ended, with everything that one transaction must store. Failures are outcomes, never exceptions.

    `entries` are those that were read; `seen_again` are items that stand as they are stored.
    """

    feed: Feed
    status: PollStatus
    message: str
    state: FeedState
    started_at: datetime
    seconds: float
    http_status: int | None = None
    entries: tuple[Entry, ...] = ()
    skipped: int = 0
    dropped: int = 0
    seen_again: tuple[SeenItem, ...] = ()

    @property
    def n_items(self) -> int:
        """How many items the document held, read or not."""
        return len(self.entries) + len(self.seen_again)


@dataclass(frozen=True, slots=True)
class StoredCounts:
    """What storing one poll changed."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0

    def __add__(self, other: "StoredCounts") -> "StoredCounts":
        return StoredCounts(self.new + other.new, self.changed + other.changed, self.unchanged + other.unchanged)
