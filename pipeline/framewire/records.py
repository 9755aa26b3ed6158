"""The values that cross from one room to the next. All are frozen; all times are aware UTC.

Spans (`start`, `end`) are half-open code points of the stored text of a version.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

# When a feed that answers is stale. Source: a long weekend lasts three days; the gaps of a feed that publishes at random
# exceed ten times their mean once in 22,000.
STALE_AFTER, STALE_GAPS = timedelta(days=3), 10
MIN_NEWS = 4


class Voice(StrEnum):
    """In whose mouth a mention or a narrative is."""

    ASSERTED = "asserted"
    ATTRIBUTED = "attributed"
    SCARE_QUOTED = "scare_quoted"
    DENIED = "denied"


class LabelState(StrEnum):
    """What a narrative score is worth. Missing is never "no"."""

    LABELLED = "labelled"
    ABSTAINED = "abstained"
    RULES_ONLY = "rules-only"
    NOT_EXTRACTED = "not-extracted"


class PollStatus(StrEnum):
    """How a poll of one feed ended."""

    OK = "ok"
    NOT_MODIFIED = "not modified"
    EMPTY = "empty"
    REDIRECTED = "redirected"
    GONE = "gone"
    FORBIDDEN = "forbidden"
    RATE_LIMITED = "rate-limited"
    HTTP_ERROR = "http error"
    TIMEOUT = "timeout"
    DNS = "dns"
    CONNECTION = "connection"
    TLS = "tls"
    BLOCKED = "blocked address"
    TOO_LARGE = "too large"
    MALFORMED = "malformed"
    NOT_A_FEED = "not a feed"

    @property
    def is_success(self) -> bool:
        """True if the feed answered with what a feed may answer."""
        return self in (PollStatus.OK, PollStatus.NOT_MODIFIED, PollStatus.EMPTY, PollStatus.REDIRECTED)


ANSWERED = tuple(status.value for status in PollStatus if status.is_success)
"""The statuses of a feed that answered, as they are stored."""


class PageState(StrEnum):
    """How asking for the page of an article ended, or what is known of it now."""

    EXTRACTED = "extracted"
    HEADLINE_ONLY = "headline only"
    BY_ROBOTS = "blocked by robots"
    FORBIDDEN = "forbidden"
    GONE = "gone"
    NOT_HTML = "not html"
    TOO_LARGE = "too large"
    TIMEOUT = "timeout"
    TRUNCATED = "truncated"
    EMPTY = "empty"
    FAILED = "failed"


ALL_PAGES = ""
"""The hash under which the pages themselves are counted, beside the paragraphs that they hold."""


class DateSource(StrEnum):
    """Where the publication date of an article comes from."""

    FEED = "feed"
    FEED_UPDATED = "feed-updated"
    PAGE = "page"
    NONE = "none"


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
    it is, in words.
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
    feed's date was dropped ('absurd', 'future', 'unreadable', 'missing').
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


@dataclass(frozen=True, slots=True)
class ParsedFeed:
    """What a feed document holds. `skipped` counts items that could not be read, `dropped` those over the cap."""

    title: str
    kind: str
    entries: tuple[Entry, ...]
    language: str | None = None
    skipped: int = 0
    dropped: int = 0


@dataclass(frozen=True, slots=True)
class FeedOutcome:
    """How one poll ended, with everything that one transaction must store. Failures are outcomes, never exceptions."""

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


@dataclass(frozen=True, slots=True)
class StoredCounts:
    """What storing one poll changed."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0

    def __add__(self, other: "StoredCounts") -> "StoredCounts":
        return StoredCounts(self.new + other.new, self.changed + other.changed, self.unchanged + other.unchanged)


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


@dataclass(frozen=True, slots=True)
class ArticleVersion:
    """One stored wording of one article: the unit that is labelled.

    `text` is title, newline, body (or the title alone); `title_end` is where the title ends in it.
    """

    version_id: int
    article_id: int
    number: int
    outlet_id: str
    url: str | None
    language: str
    text: str
    title_end: int
    text_hash: str
    first_seen_at: datetime
    seen_at: datetime
    published_at: datetime | None = None

    @property
    def title(self) -> str:
        """The headline."""
        return self.text[: self.title_end]


@dataclass(frozen=True, slots=True)
class Passage:
    """The unit of coding: headline + lead (position 0), or a paragraph of 1-4 sentences."""

    position: int
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class TermMention:
    """One match of a wording. `text` is the surface; `passage` the position of the passage it stands in."""

    referent: str
    wording: str
    start: int
    end: int
    text: str
    pattern: str
    voice: Voice = Voice.ASSERTED
    speaker: str | None = None
    passage: int = 0


@dataclass(frozen=True, slots=True)
class NarrativeLabel:
    """One narrative of one passage. `accused` is None unless the narrative is sided.

    `evidence` names what weighed most: `("rule: blockade* of the corridor", "word: starv")`.
    """

    narrative: str
    score: float
    state: LabelState
    voice: Voice
    accused: str | None = None
    speaker: str | None = None
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PassageLabels:
    """All that is said of one passage."""

    passage: Passage
    relevant: bool
    relevance: float
    narratives: tuple[NarrativeLabel, ...] = ()
    mentions: tuple[TermMention, ...] = ()


@dataclass(frozen=True, slots=True)
class LabelledVersion:
    """The labels of one version by one model and one codebook. `model_id` None = terms and rules only."""

    version_id: int
    state: LabelState
    passages: tuple[PassageLabels, ...] = ()
    note: str | None = None


@dataclass(frozen=True, slots=True)
class CodedNarrative:
    """A narrative as a coder coded it."""

    id: str
    voice: Voice = Voice.ASSERTED
    accused: str | None = None


@dataclass(frozen=True, slots=True)
class CodedPassage:
    """A passage as a coder coded it: the unit of training and evaluation."""

    id: str
    text: str
    relevant: bool
    narratives: tuple[CodedNarrative, ...] = ()
    register: str | None = None
    side: str | None = None
    story: str | None = None
    coder: str | None = None
    extra: dict[str, object] = field(default_factory=dict, compare=False)


class CodingOrigin(StrEnum):
    """Where a coding comes from."""

    QUEUE = "queue"
    AUDIT = "audit"
    REPLY = "reply"
    FILE = "file"
    WEB = "web"
    COMMAND = "command"


@dataclass(frozen=True, slots=True)
class Coding:
    """What one coder says of one span of one stored text at one time; a whole text is the span from 0 to its end.

    `blind`: the coder had not seen what a model says of it. `replaces` holds the labels as they were: `labelling_id`,
    `model`, `relevant`, `narratives`; None in it = there were none.
    """

    version_id: int
    start: int
    end: int
    text_hash: str
    coder: str
    coded_at: datetime
    codebook_row_id: int
    origin: CodingOrigin
    blind: bool
    relevant: bool
    narratives: tuple[CodedNarrative, ...] = ()
    replaces: dict[str, Any] = field(default_factory=dict)
    note: str | None = None


@dataclass(frozen=True, slots=True)
class StoredCoding:
    """A coding as it is stored, with what it is about. `text` is the span's."""

    id: int
    coding: Coding
    article_id: int
    outlet_id: str
    language: str
    text: str
    is_whole: bool


@dataclass(frozen=True, slots=True)
class QueueItem:
    """A span that a coder is asked to code, and why. `coder` None = whoever reads the summary."""

    batch: str
    version_id: int
    start: int
    end: int
    coder: str | None
    reason: str
    strategy: str
    position: int
    offered_at: datetime
    blind: bool
    done_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class LabelledSpan:
    """A passage of a stored text, or all of it, with the labels of its newest labelling.

    `position` is None for a whole text. `labels` has `relevant`, and `narratives` as `id, voice, accused, score, state`.
    """

    version_id: int
    number: int
    position: int | None
    start: int
    end: int
    text: str
    labelling_id: int
    model: str
    labels: dict[str, Any]
