"""Polling: one feed, and all that are due, several hosts at once. A failure is an outcome, never an exception."""

import hashlib
import queue
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
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
    TruncatedBody,
    UnsupportedEncoding,
    WireTooLarge,
)
from framewire.ingest.addresses import parse_allowed
from framewire.ingest.fetch import Fetched, FetchLimits, fetch_bytes
from framewire.ingest.language import with_language
from framewire.ingest.parse import parse_feed
from framewire.ingest.schedule import PollResult, has_moved, is_due, is_gone_for_good, next_state, wants_unconditional
from framewire.records import Feed, FeedOutcome, FeedState, ParsedFeed, PollStatus

# Every leaf has its status; what is not named here is a failed connection.
_STATUSES: tuple[tuple[type[FramewireError], PollStatus], ...] = (
    (Gone, PollStatus.GONE),
    (RateLimited, PollStatus.RATE_LIMITED),
    (HTTPStatus, PollStatus.HTTP_ERROR),
    (RedirectLimit, PollStatus.HTTP_ERROR),
    (BlockedAddress, PollStatus.BLOCKED),
    (BadURL, PollStatus.BLOCKED),
    (ResolveFailed, PollStatus.DNS),
    (DeadlineExceeded, PollStatus.TIMEOUT),
    (WireTooLarge, PollStatus.TOO_LARGE),
    (BodyTooLarge, PollStatus.TOO_LARGE),
    (UnsupportedEncoding, PollStatus.MALFORMED),
    (NotAFeed, PollStatus.NOT_A_FEED),
    (FeedParseError, PollStatus.MALFORMED),
)
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


def poll_feed(feed: Feed, state: FeedState | None, *, settings: PollSettings, now: datetime) -> FeedOutcome:
    """How one poll of the feed ended, with the state to remember. Whatever goes wrong is told by the outcome.

    Args:
        feed: the feed as listed.
        state: what is remembered of it; None if nothing.
        settings: how to ask.
        now: time of the poll.
    """
    state = state or FeedState(url=feed.url)
    started = time.monotonic()
    moved = has_moved(state)
    is_conditional = not wants_unconditional(state, now=now)
    try:
        fetched = fetch_bytes(
            _restore_credentials(str(state.moved_to), feed.url) if moved else feed.url,
            user_agent=feed.user_agent or settings.user_agent,
            etag=state.etag if is_conditional else None,
            last_modified=state.last_modified if is_conditional else None,
            limits=settings.limits,
            allow_private=settings.allow_private,
            now=now,
        )
        result, parsed = _read_fetched(fetched, state, now=now)
        message = _describe(result, parsed)
    except TruncatedBody as error:
        result, parsed, message = _read_truncated(error, now=now)
    except (FetchError, FeedParseError) as error:
        result, parsed, message = _build_failure(error), None, str(error)
    result = replace(
        result, was_conditional=is_conditional and bool(state.etag or state.last_modified), was_moved=moved
    )
    return FeedOutcome(
        feed=feed,
        status=result.status,
        message=message,
        state=next_state(state, result, now=now, base_interval_seconds=settings.base_interval_seconds),
        started_at=now,
        seconds=time.monotonic() - started,
        http_status=result.http_status,
        entries=tuple(
            with_language(entry, declared=feed.language, candidates=settings.languages) for entry in parsed.entries
        )
        if parsed
        else (),
        skipped=parsed.skipped if parsed else 0,
        dropped=parsed.dropped if parsed else 0,
    )


def poll_feeds(
    feeds: Sequence[Feed],
    states: Mapping[str, FeedState],
    *,
    settings: PollSettings,
    now: datetime,
    max_hosts: int | None = None,
) -> Iterator[FeedOutcome]:
    """Outcomes of those feeds that are due, as they come: several hosts at once, one request a host at a time.

    A host that answers 429, or 503 with Retry-After, is not asked for its other feeds; these get an outcome that says so.

    Args:
        feeds: those that may be asked; whether a feed is enabled is the caller's choice.
        states: by feed URL, as far as known.
        settings: how to ask.
        now: time of the run.
        max_hosts: overrides the settings' number of hosts at once.
    """
    hosts = _group_by_host(feeds, states, settings=settings, now=now)
    if not hosts:
        return
    outcomes: queue.SimpleQueue[FeedOutcome | BaseException | None] = queue.SimpleQueue()
    stop = threading.Event()
    pool = ThreadPoolExecutor(
        max_workers=min(max_hosts or settings.max_hosts, len(hosts)), thread_name_prefix="framewire-poll"
    )

    def poll_host(due: Sequence[Feed]) -> None:
        try:
            for outcome in _poll_host(due, states, settings=settings, now=now):
                outcomes.put(outcome)
                if stop.is_set():
                    break
        except BaseException as error:  # noqa: BLE001 - a bug in a thread must reach the caller
            outcomes.put(error)
        outcomes.put(None)

    try:
        for due in hosts:
            pool.submit(poll_host, due)
        n_running = len(hosts)
        while n_running:
            item = outcomes.get()
            if isinstance(item, BaseException):
                raise item
            if item is None:
                n_running -= 1
            else:
                yield item
    finally:
        stop.set()
        pool.shutdown(wait=False, cancel_futures=True)


def _group_by_host(
    feeds: Sequence[Feed], states: Mapping[str, FeedState], *, settings: PollSettings, now: datetime
) -> list[list[Feed]]:
    """The due feeds by host, the longest overdue first, so that a run that is stopped early starves none."""
    earliest = datetime.min.replace(tzinfo=UTC)
    due: list[tuple[datetime, Feed]] = []
    for feed in feeds:
        state = states.get(feed.url) or FeedState(url=feed.url)
        if _is_asked(state, settings=settings, now=now):
            due.append((state.next_due_at or earliest, feed))
    hosts: defaultdict[str, list[Feed]] = defaultdict(list)
    for _, feed in sorted(due, key=lambda pair: pair[0]):
        hosts[_find_host(feed.url)].append(feed)
    return list(hosts.values())


def _is_asked(state: FeedState, *, settings: PollSettings, now: datetime) -> bool:
    if settings.force:
        return not is_gone_for_good(state)
    return is_due(state, now=now, since=settings.poll_all_since, base_interval_seconds=settings.base_interval_seconds)


def _poll_host(
    feeds: Sequence[Feed], states: Mapping[str, FeedState], *, settings: PollSettings, now: datetime
) -> Iterator[FeedOutcome]:
    paused: FeedOutcome | None = None
    for feed in feeds:
        state = states.get(feed.url)
        if paused is not None:
            yield _build_paused(feed, state, paused, now=now)
            continue
        outcome = poll_feed(feed, state, settings=settings, now=now)
        if outcome.status is PollStatus.RATE_LIMITED:
            paused = outcome
        yield outcome


def _build_paused(feed: Feed, state: FeedState | None, paused: FeedOutcome, *, now: datetime) -> FeedOutcome:
    """The outcome of a feed that was not asked because its host wants a pause."""
    until = paused.state.next_due_at or now
    state = state or FeedState(url=feed.url)
    state = replace(state, next_due_at=max(until, state.next_due_at or until))
    message = f"not asked: {_find_host(feed.url)} wants a pause until {until:%Y-%m-%d %H:%M} UTC"
    return FeedOutcome(feed, PollStatus.RATE_LIMITED, message, state, started_at=now, seconds=0.0)


def _read_fetched(fetched: Fetched, state: FeedState, *, now: datetime) -> tuple[PollResult, ParsedFeed | None]:
    """What an answer means. The body decides whether anything changed, never the validators."""
    result = PollResult(
        status=PollStatus.NOT_MODIFIED,
        http_status=fetched.status,
        etag=fetched.etag,
        last_modified=fetched.last_modified,
        redirects=fetched.redirects,
    )
    if fetched.status == 304:
        return result, None
    result = replace(result, body_hash=hashlib.sha256(fetched.body).hexdigest())
    if result.body_hash == state.body_hash:
        return result, None
    parsed = parse_feed(fetched.body, url=fetched.url, fetched_at=now, content_type=fetched.content_type)
    return replace(result, status=PollStatus.OK if parsed.entries else PollStatus.EMPTY), parsed


def _read_truncated(error: TruncatedBody, *, now: datetime) -> tuple[PollResult, ParsedFeed | None, str]:
    """The whole items of a body that was cut short; a failure if there are none."""
    try:
        parsed = parse_feed(_cut_to_whole_items(error.received), url=error.url, fetched_at=now)
    except FeedParseError:
        return _build_failure(error), None, str(error)
    if not parsed.entries:
        return _build_failure(error), None, str(error)
    message = f"{error}; {len(parsed.entries)} whole entries were kept, the rest comes with the next poll"
    return PollResult(status=PollStatus.OK, http_status=200, is_whole=False), parsed, message


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


def _describe(result: PollResult, parsed: ParsedFeed | None) -> str:
    if parsed is None:
        return "not modified"
    left_out = [f"{n} {what}" for n, what in ((parsed.skipped, "unreadable"), (parsed.dropped, "over the limit")) if n]
    counted = f"{len(parsed.entries)} entries" if result.status is PollStatus.OK else "a feed without entries"
    return ", ".join([counted, *left_out])


def _find_host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or url).lower()
    except ValueError:
        return url


def _restore_credentials(moved_to: str, listed: str) -> str:
    """The new address with the listed one's user-info, if the origin is the same."""
    new, old = urlsplit(moved_to), urlsplit(listed)
    if "@" not in old.netloc or (new.scheme, new.netloc) != (old.scheme, old.netloc.rpartition("@")[2]):
        return moved_to
    return urlunsplit(new._replace(netloc=old.netloc))
