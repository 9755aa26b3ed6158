"""Polling: one feed, and all that are due, several hosts at once. A failure is an outcome, never an exception."""

import queue
import threading
from collections import defaultdict
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from framewire.errors import RateLimited
from framewire.ingest.answers import PollSettings, ask_feed, read_answer
from framewire.ingest.reading import ReadDocument, open_readers
from framewire.ingest.schedule import is_due, is_gone_for_good, pause
from framewire.records import Feed, FeedOutcome, FeedState, PollStatus

# Outcomes that are handed over, and stored, together: what a killed run loses at most, and asks again.
MAX_GROUP = 16
# Those of some hosts, each with its due feeds, that nobody else asks, and of their feeds those that are still due.
Claim = Callable[[Sequence[Sequence[Feed]]], Sequence[Sequence[Feed]]]
# What a thread hands over: an outcome, an error that ends the run, or None at its end.
_Item = FeedOutcome | BaseException | None


def poll_feed(feed: Feed, state: FeedState | None, *, settings: PollSettings, now: datetime) -> FeedOutcome:
    """How one poll of the feed ended, with the state to remember. Whatever goes wrong is told by the outcome.

    The feed is read in this process, without limits of time and memory; `poll_feeds` has them.

    Args:
        feed: the feed as listed.
        state: what is remembered of it; None if nothing.
        settings: how to ask.
        now: time of the poll.
    """
    return read_answer(ask_feed(feed, state, settings=settings, now=now), settings=settings, now=now)


def poll_feeds(
    feeds: Sequence[Feed],
    states: Mapping[str, FeedState],
    *,
    settings: PollSettings,
    now: datetime,
    max_hosts: int | None = None,
) -> Iterator[FeedOutcome]:
    """Outcomes of those feeds that are due, one by one; see `poll_in_groups`."""
    with closing(poll_in_groups(feeds, states, settings=settings, now=now, max_hosts=max_hosts)) as groups:
        for group in groups:
            yield from group


def poll_in_groups(
    feeds: Sequence[Feed],
    states: Mapping[str, FeedState],
    *,
    settings: PollSettings,
    now: datetime,
    max_hosts: int | None = None,
    claim: Claim | None = None,
) -> Generator[Sequence[FeedOutcome], None, None]:
    """Outcomes of those feeds that are due, as they come: several hosts at once, one request a host at a time.

    A group is what has come while the caller was busy with the one before: one outcome if he is fast, at most 16.

    A host that answers 429, or 503 with Retry-After, is not asked for its other feeds; these get an outcome that says so.
    Threads only wait: for the network, and for the child processes that read, each feed within 20 s and 1 GiB. So this
    process is left to the caller, who stores.

    Args:
        feeds: those that may be asked; whether a feed is enabled is the caller's choice.
        states: by feed URL, as far as known.
        settings: how to ask.
        now: time of the run.
        max_hosts: overrides the settings' number of hosts at once.
        claim: called with some hosts before they are asked, by one thread at a time; may change `states`. None if this
            process is alone.

    Raises:
        ParserUnavailable: child processes do not work; no feed is to blame.
    """
    hosts = _group_by_host(feeds, states, settings=settings, now=now)
    if not hosts:
        return
    n_threads = min(max_hosts or settings.max_hosts, len(hosts))
    with open_readers(sum(map(len, hosts))) as read:
        polling = _Polling(states, settings, now, read)
        yield from _poll_hosts(_claim_hosts(hosts, claim, n_threads), polling, n_threads=n_threads)


def _claim_hosts(hosts: Sequence[Sequence[Feed]], claim: Claim | None, n_at_once: int) -> Iterator[Sequence[Feed]]:
    """The hosts to ask; each is claimed when a thread is about to be free for it."""
    if claim is None:
        yield from hosts
        return
    for start in range(0, len(hosts), n_at_once):
        yield from claim(hosts[start : start + n_at_once])


@dataclass(frozen=True, slots=True)
class _Polling:
    """What polling a host depends on."""

    states: Mapping[str, FeedState]
    settings: PollSettings
    now: datetime
    read: ReadDocument


def _poll_hosts(
    hosts: Iterator[Sequence[Feed]], polling: _Polling, *, n_threads: int
) -> Iterator[Sequence[FeedOutcome]]:
    """The outcomes of all hosts' feeds as they come. Ends early with the first error that is no outcome."""
    # Bounded, so that entries do not pile up before a caller who takes his time.
    outcomes: queue.Queue[_Item] = queue.Queue(maxsize=n_threads)
    stop = threading.Event()
    pool = ThreadPoolExecutor(max_workers=n_threads, thread_name_prefix="framewire-poll")

    taking = threading.Lock()

    def take_host() -> Sequence[Feed] | None:
        with taking:
            return next(hosts, None)

    def ask_hosts() -> None:
        try:
            while not stop.is_set() and (due := take_host()) is not None:
                for item in _ask_host(due, polling):
                    _put(outcomes, item, stop)
                    if stop.is_set():
                        break
        except BaseException as error:  # noqa: BLE001 - a bug in a thread must reach the caller
            _put(outcomes, error, stop)
        _put(outcomes, None, stop)

    try:
        for _ in range(n_threads):
            pool.submit(ask_hosts)
        n_running = n_threads
        while n_running:
            items = _take_arrived(outcomes)
            if group := [item for item in items if isinstance(item, FeedOutcome)]:
                yield group
            for item in items:
                if isinstance(item, BaseException):
                    raise item
            n_running -= items.count(None)
    finally:
        stop.set()
        pool.shutdown(wait=False, cancel_futures=True)


def _take_arrived(outcomes: "queue.Queue[_Item]") -> list[_Item]:
    """What the threads have handed over, at least one thing, which is waited for."""
    items = [outcomes.get()]
    with suppress(queue.Empty):
        while len(items) < MAX_GROUP:
            items.append(outcomes.get_nowait())
    return items


def _put(outcomes: "queue.Queue[_Item]", item: _Item, stop: threading.Event) -> None:
    """Waits until there is room, or nobody takes anything any more."""
    while not stop.is_set():
        with suppress(queue.Full):
            outcomes.put(item, timeout=0.2)
            return


def _group_by_host(
    feeds: Sequence[Feed], states: Mapping[str, FeedState], *, settings: PollSettings, now: datetime
) -> list[list[Feed]]:
    """The due feeds by host, the longest overdue first, so that a run that is stopped early starves none."""
    earliest = datetime.min.replace(tzinfo=UTC)
    due: list[tuple[datetime, Feed]] = []
    for feed in feeds:
        state = states.get(feed.url) or FeedState(url=feed.url)
        if is_asked(state, settings=settings, now=now):
            due.append((state.next_due_at or earliest, feed))
    hosts: defaultdict[str, list[Feed]] = defaultdict(list)
    for _, feed in sorted(due, key=lambda pair: pair[0]):
        hosts[find_feed_host(feed.url)].append(feed)
    return list(hosts.values())


def is_asked(state: FeedState, *, settings: PollSettings, now: datetime) -> bool:
    """True if a run with these settings asks the feed now."""
    if settings.force:
        return not is_gone_for_good(state)
    return is_due(state, now=now, since=settings.poll_all_since, base_interval_seconds=settings.base_interval_seconds)


def _ask_host(feeds: Sequence[Feed], polling: _Polling) -> Iterator[FeedOutcome]:
    """The outcomes of one host, one request at a time; feeds after one that wants a pause are not asked."""
    settings, now = polling.settings, polling.now
    paused: FeedOutcome | None = None
    for feed in feeds:
        state = polling.states.get(feed.url)
        if paused is not None:
            yield _build_paused(feed, state, paused, now=now)
            continue
        answer = ask_feed(feed, state, settings=settings, now=now)
        outcome = read_answer(answer, settings=settings, now=now, read=polling.read)
        if isinstance(answer.fetched, RateLimited):
            paused = outcome
        yield outcome


def _build_paused(feed: Feed, state: FeedState | None, paused: FeedOutcome, *, now: datetime) -> FeedOutcome:
    """The outcome of a feed that was not asked because its host wants a pause."""
    until = paused.state.next_due_at or now
    state = pause(state or FeedState(url=feed.url), until)
    message = f"not asked: {find_feed_host(feed.url)} wants a pause until {until:%Y-%m-%d %H:%M} UTC"
    return FeedOutcome(feed, PollStatus.RATE_LIMITED, message, state, started_at=now, seconds=0.0)


def find_feed_host(url: str) -> str:
    """The host that is asked for a feed, or the address if none can be read from it."""
    try:
        return (urlsplit(url).hostname or url).lower()
    except ValueError:
        return url
