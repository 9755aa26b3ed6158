"""One feed: asked over the network, and its answer read. What goes wrong is part of the answer, never an exception.

Both may happen in many threads: asking waits for the network, reading for a child process.
"""

import hashlib
import re
import time
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlsplit, urlunsplit

from framewire.errors import (
    BadURL,
    BlockedAddress,
    BodyTooLarge,
    DeadlineExceeded,
    FeedParseError,
    FetchError,
    FramewireError,
    Gone,
    HTTPStatus,
    NotAFeed,
    RateLimited,
    RedirectLimit,
    ResolveFailed,
    TLSFailed,
    TruncatedBody,
    UnsupportedEncoding,
    WireTooLarge,
)
from framewire.ingest.addresses import parse_allowed
from framewire.ingest.fetch import Fetched, FetchLimits, fetch_bytes
from framewire.ingest.moves import describe_move, find_permanent_target, has_moved
from framewire.ingest.reading import Document, ReadDocument, read_document
from framewire.ingest.schedule import PollResult, next_state, wants_unconditional
from framewire.ingest.urls import safe_url
from framewire.records import Entry, Feed, FeedOutcome, FeedState, ParsedFeed, PollStatus, SeenItem, unpack_items

# Every leaf has its status; what is not named here is a failed connection.
_STATUSES: tuple[tuple[type[FramewireError], PollStatus], ...] = (
    (Gone, PollStatus.GONE),
    (RateLimited, PollStatus.RATE_LIMITED),
    (HTTPStatus, PollStatus.HTTP_ERROR),
    (RedirectLimit, PollStatus.HTTP_ERROR),
    (BlockedAddress, PollStatus.BLOCKED),
    (BadURL, PollStatus.BLOCKED),
    (ResolveFailed, PollStatus.DNS),
    (TLSFailed, PollStatus.TLS),
    (DeadlineExceeded, PollStatus.TIMEOUT),
    (WireTooLarge, PollStatus.TOO_LARGE),
    (BodyTooLarge, PollStatus.TOO_LARGE),
    (UnsupportedEncoding, PollStatus.MALFORMED),
    (NotAFeed, PollStatus.NOT_A_FEED),
    (FeedParseError, PollStatus.MALFORMED),
)
_ITEM = re.compile(rb"<(?:item|entry)[\s>]")
_FORBIDDEN = frozenset({401, 402, 403, 407, 451})


@dataclass(frozen=True, slots=True)
class PollSettings:
    """How feeds are polled. `force` asks every feed, due or not; `poll_all_since` those not asked
    since then as well, whatever their interval; `languages` are those that an entry may be in besides its feed's."""

    user_agent: str
    limits: FetchLimits = FetchLimits()  # noqa: RUF009 - frozen
    allow_private: tuple[str, ...] = ()
    max_hosts: int = 20
    base_interval_seconds: float = 900.0
    force: bool = False
    poll_all_since: datetime | None = None
    languages: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        parse_allowed(self.allow_private)
        if self.max_hosts < 1 or self.base_interval_seconds <= 0:
            raise ValueError("max_hosts and base_interval_seconds must be positive")


@dataclass(frozen=True, slots=True)
class Answer:
    """What the network gave for one feed, not read yet; `seconds` is how long that took.

    Once a day a feed is asked as if nothing were known of it (`is_conditional` is false), and then read as a whole.
    """

    feed: Feed
    state: FeedState
    fetched: Fetched | FetchError
    seconds: float
    was_moved: bool
    is_conditional: bool

    @property
    def was_conditional(self) -> bool:
        """True if anything remembered stood between us and the whole document: a validator, or items left unread."""
        state = self.state
        return self.is_conditional and bool(state.etag or state.last_modified or state.seen_items)


def ask_feed(feed: Feed, state: FeedState | None, *, settings: PollSettings, now: datetime) -> Answer:
    """What the network gives for a feed, asked once."""
    state = state or FeedState(url=feed.url)
    started = time.monotonic()
    moved = has_moved(state)
    is_conditional = not wants_unconditional(state, now=now)
    fetched: Fetched | FetchError
    try:
        fetched = fetch_bytes(
            _restore_credentials(str(state.moved_to), feed.url) if moved else feed.url,
            user_agent=feed.user_agent or settings.user_agent,
            etag=state.etag if is_conditional else None,
            last_modified=state.last_modified if is_conditional else None,
            past_caches=not is_conditional,
            limits=settings.limits,
            allow_private=settings.allow_private,
            now=now,
        )
    except FetchError as error:
        fetched = error
    return Answer(feed, state, fetched, time.monotonic() - started, moved, is_conditional)


def read_answer(
    answer: Answer, *, settings: PollSettings, now: datetime, read: ReadDocument = read_document
) -> FeedOutcome:
    """How the poll ended, with the entries and the state to remember.

    Args:
        answer: of the network.
        settings: of polling.
        now: time of the run.
        read: reads a document; in this process if nothing else is said.
    """
    feed, state, fetched = answer.feed, answer.state, answer.fetched
    started = time.monotonic()
    reading = _Reading(feed, settings, now, read, state.seen_items if answer.is_conditional else None)
    try:
        if isinstance(fetched, TruncatedBody):
            result, parsed, message = _read_truncated(fetched, reading)
        elif isinstance(fetched, FetchError):
            result, parsed, message = _build_failure(fetched), None, str(fetched)
        elif _ends_inside_an_item(fetched.body):
            label = safe_url(fetched.url)
            cut = TruncatedBody(f"{label}: the feed breaks off in an item", url=label, received=fetched.body)
            result, parsed, message = _read_truncated(cut, reading)
        else:
            result, parsed = _read_fetched(fetched, state, reading)
            message = _describe(result, parsed)
    except FeedParseError as error:
        result, parsed, message = _build_failure(error), None, str(error)
    result = replace(result, was_conditional=answer.was_conditional, was_moved=answer.was_moved)
    if result.status in (PollStatus.OK, PollStatus.NOT_MODIFIED) and _was_sent_on(result):
        result = replace(result, status=PollStatus.REDIRECTED)
    entries = parsed.entries if parsed else ()
    seen_again = _find_seen(state, parsed)
    items: tuple[Entry | SeenItem, ...] = (*entries, *seen_again)
    published = tuple(at for item in items if (at := item.published_at))
    result = replace(result, n_entries=len(items), published=published)
    after = next_state(state, result, now=now, base_interval_seconds=settings.base_interval_seconds)
    if result.status is PollStatus.REDIRECTED:
        message = f"{message}; {describe_move(after)}"
    return FeedOutcome(
        feed=feed,
        status=result.status,
        message=message,
        state=after,
        started_at=now,
        seconds=answer.seconds + time.monotonic() - started,
        http_status=result.http_status,
        entries=entries,
        skipped=parsed.skipped if parsed else 0,
        dropped=parsed.dropped if parsed else 0,
        seen_again=seen_again,
    )


@dataclass(frozen=True, slots=True)
class _Reading:
    """How the documents of one feed are read."""

    feed: Feed
    settings: PollSettings
    now: datetime
    read: ReadDocument
    seen_items: bytes | None

    def parse(self, body: bytes, *, url: str, content_type: str | None = None) -> ParsedFeed:
        """The feed in a body. Raises FeedParseError."""
        return self.read(
            Document(body, url, self.now, content_type, self.feed.language, self.settings.languages, self.seen_items)
        )


def _read_fetched(fetched: Fetched, state: FeedState, reading: _Reading) -> tuple[PollResult, ParsedFeed | None]:
    """What an answer means. The body decides whether anything changed, never the validators."""
    result = PollResult(
        status=PollStatus.NOT_MODIFIED,
        http_status=fetched.status,
        etag=fetched.etag,
        last_modified=fetched.last_modified,
        redirects=fetched.redirects,
        max_age_seconds=fetched.max_age_seconds,
    )
    if fetched.status == 304:
        return result, None
    result = replace(result, body_hash=hashlib.sha256(fetched.body).hexdigest())
    if result.body_hash == state.body_hash:
        return result, None
    parsed = reading.parse(fetched.body, url=fetched.url, content_type=fetched.content_type)
    return replace(result, status=PollStatus.OK if parsed.n_items else PollStatus.EMPTY), parsed


def _read_truncated(error: TruncatedBody, reading: _Reading) -> tuple[PollResult, ParsedFeed | None, str]:
    """The whole items of a body that was cut short; a failure if there are none."""
    try:
        parsed = reading.parse(_cut_to_whole_items(error.received), url=error.url)
    except FeedParseError:
        return _build_failure(error), None, str(error)
    if not parsed.n_items:
        return _build_failure(error), None, str(error)
    message = f"{error}; {parsed.n_items} whole entries were kept, the rest comes with the next poll"
    return PollResult(status=PollStatus.OK, http_status=200, is_whole=False), parsed, message


def _ends_inside_an_item(body: bytes) -> bool:
    """True if items are whole and the last one is not, though the server says that this is the whole body."""
    last_end = max(body.rfind(b"</item>"), body.rfind(b"</entry>"))
    return last_end >= 0 and _ITEM.search(body, last_end) is not None


def _cut_to_whole_items(body: bytes) -> bytes:
    """The body up to the end of its last whole item: half an item would be stored as if its text had changed."""
    ends = [body.rfind(tag) + len(tag) for tag in (b"</item>", b"</entry>") if tag in body]
    return body[: max(ends, default=0)]


def _build_failure(error: FetchError | FeedParseError) -> PollResult:
    status = next((found for leaf, found in _STATUSES if isinstance(error, leaf)), PollStatus.CONNECTION)
    http_status = error.status if isinstance(error, HTTPStatus) else None
    if status is PollStatus.HTTP_ERROR and http_status in _FORBIDDEN:
        status = PollStatus.FORBIDDEN
    if isinstance(error, FeedParseError | TruncatedBody):
        http_status = 200
    return PollResult(status=status, http_status=http_status, until=getattr(error, "until", None))


def _find_seen(state: FeedState, parsed: ParsedFeed | None) -> tuple[SeenItem, ...]:
    """The items that stand as they are stored."""
    if not parsed or not parsed.seen_again:
        return ()
    known = unpack_items(state.seen_items)
    return tuple(known[fingerprint] for fingerprint in parsed.seen_again)


def _was_sent_on(result: PollResult) -> bool:
    """True if the listed address answered that the feed lives elsewhere for good."""
    return not result.was_moved and find_permanent_target(result.redirects) is not None


def _describe(result: PollResult, parsed: ParsedFeed | None) -> str:
    if parsed is None:
        return "not modified"
    left_out = [f"{n} {what}" for n, what in ((parsed.skipped, "unreadable"), (parsed.dropped, "over the limit")) if n]
    counted = f"{parsed.n_items} entries" if result.status is PollStatus.OK else "a feed without entries"
    return ", ".join([counted, *left_out])


def _restore_credentials(moved_to: str, listed: str) -> str:
    """The new address with the listed one's user-info, if the origin is the same."""
    new, old = urlsplit(moved_to), urlsplit(listed)
    if "@" not in old.netloc or (new.scheme, new.netloc) != (old.scheme, old.netloc.rpartition("@")[2]):
        return moved_to
    return urlunsplit(new._replace(netloc=old.netloc))
