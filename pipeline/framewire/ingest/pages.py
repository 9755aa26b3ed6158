"""The pages of articles: asked politely, several hosts at once, one request a host at a time. Failures are outcomes."""

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlsplit

from framewire.errors import ChildFailed, ConnectFailed, DeadlineExceeded, FetchError, RateLimited, ResolveFailed
from framewire.ingest.extract import MAX_PAGE_BYTES, ExtractedPage, PageBytes
from framewire.ingest.fetch import Fetched, FetchLimits, fetch_bytes
from framewire.ingest.gather import gather
from framewire.ingest.page_outcomes import build_blocked, build_read, build_unread
from framewire.ingest.robots import Rules, fetch_robots, find_host, is_fresh, read_rules
from framewire.records import DuePage, PageOutcome, RobotsFile

# So many pages in a row without an answer, and the rest of the host waits for the next run.
MAX_SILENT = 2
# A host with a long delay must not hold up a run that another run waits for.
SECONDS_PER_HOST = 300.0
_SILENT = (ConnectFailed, ResolveFailed, DeadlineExceeded)
ACCEPT = "text/html, application/xhtml+xml, */*;q=0.1"

Extract = Callable[[PageBytes], ExtractedPage]


@dataclass(frozen=True, slots=True)
class Clock:
    """Seconds that only go up, and waiting for some of them; without `wait` until the run ends at the latest."""

    seconds: Callable[[], float] = time.monotonic
    wait: Callable[[float], None] | None = None


@dataclass(frozen=True, slots=True)
class PageSettings:
    """How pages are asked for. `user_agents` are those of feeds that have one of their own, by the feed's address.

    `rests`: a host counts as done only when it may be asked again, because somebody else may ask it next.
    """

    user_agent: str
    user_agents: Mapping[str, str] = field(default_factory=dict)
    deadline_seconds: float = 30.0
    allow_private: tuple[str, ...] = ()
    max_hosts: int = 20
    pages_per_host: int = 50
    rests: bool = False
    clock: Clock = Clock()

    @property
    def limits(self) -> FetchLimits:
        """What fetching one page may use."""
        return FetchLimits(self.deadline_seconds, max_wire_bytes=MAX_PAGE_BYTES, max_body_bytes=MAX_PAGE_BYTES)


@dataclass(frozen=True, slots=True)
class _Read:
    """A page as it was extracted, before what its outlet repeats is removed."""

    page: DuePage
    extracted: ExtractedPage


_Item = RobotsFile | PageOutcome | _Read


def fetch_pages(
    due: Sequence[DuePage],
    robots: Mapping[str, RobotsFile],
    counts: dict[str, dict[str, int]],
    *,
    extract: Extract,
    settings: PageSettings,
    now: datetime,
) -> Iterator[RobotsFile | PageOutcome]:
    """What became of the pages, as they come, and each robots.txt that had to be asked for before them.

    Pages over the number for a host, after a wish for a pause, or of a host that does not answer, have no outcome: they
    stay due.

    Args:
        due: in the order in which a host is asked for them.
        robots: those that are known, by host.
        counts: pages that hold a paragraph, by outlet and hash; grows by what is read.
        extract: pure; may raise `ChildFailed`, where it runs in a child process.
        settings: how to ask.
        now: time of the run.
    """
    stop = threading.Event()
    hosts = [_Host(pages, robots, extract, settings, now, stop) for pages in _group_by_host(due)]
    for item in gather([host.ask for host in hosts], max_threads=settings.max_hosts, stop=stop):
        if isinstance(item, _Read):
            yield build_read(item.page, item.extracted, counts.setdefault(item.page.outlet_id, {}), now=now)
        else:
            yield item


def _group_by_host(due: Sequence[DuePage]) -> list[list[DuePage]]:
    hosts: defaultdict[str, list[DuePage]] = defaultdict(list)
    for page in due:
        hosts[(urlsplit(page.url).hostname or page.url).lower()].append(page)
    return list(hosts.values())


@dataclass(slots=True)
class _Host:
    """One host that is asked for its pages, one after the other."""

    pages: list[DuePage]
    robots: Mapping[str, RobotsFile]
    extract: Extract
    settings: PageSettings
    now: datetime
    stop: threading.Event
    rules: dict[str, Rules] = field(default_factory=dict)
    asked_at: float | None = None
    delay_seconds: float = 0.0

    def ask(self) -> Iterator[_Item]:
        """What became of the pages, until the host wants a pause, is silent, or has had its time."""
        yield from self._ask_pages()
        if self.settings.rests:
            self._rest(self.delay_seconds)

    def _ask_pages(self) -> Iterator[_Item]:
        started, n_silent = self.settings.clock.seconds(), 0
        for page in self.pages[: self.settings.pages_per_host]:
            if self.settings.clock.seconds() - started > SECONDS_PER_HOST or n_silent == MAX_SILENT:
                return
            if self.stop.is_set():
                return
            rules, asked = self._find_rules(page, page.url)
            yield from asked
            self.delay_seconds = rules.delay_seconds
            if not rules.allows(page.url):
                yield build_blocked(page, rules.file, now=self.now)
                continue
            fetched = self._fetch(page, rules)
            yield from self._read(page, fetched)
            if isinstance(fetched, RateLimited):
                return
            n_silent = n_silent + 1 if isinstance(fetched, _SILENT) else 0

    def _read(self, page: DuePage, fetched: Fetched | FetchError) -> Iterator[_Item]:
        if isinstance(fetched, FetchError):
            yield build_unread(page, fetched, now=self.now)
            return
        # The other host's rules count too, where a redirect led away.
        rules, asked = self._find_rules(page, fetched.url)
        yield from asked
        if not rules.allows(fetched.url):
            yield build_blocked(page, rules.file, now=self.now)
            return
        try:
            yield _Read(page, self.extract(self._as_bytes(page, fetched)))
        except ChildFailed as error:
            yield build_unread(page, error, now=self.now)

    def _as_bytes(self, page: DuePage, fetched: Fetched) -> PageBytes:
        return PageBytes(fetched.body, fetched.url, page.url, page.title, self.now, fetched.content_type)

    def _fetch(self, page: DuePage, rules: Rules) -> Fetched | FetchError:
        self._take_turn(rules.delay_seconds)
        try:
            return fetch_bytes(
                page.url,
                user_agent=self._user_agent(page),
                limits=self.settings.limits,
                allow_private=self.settings.allow_private,
                now=self.now,
                accept=ACCEPT,
            )
        except FetchError as error:
            return error

    def _find_rules(self, page: DuePage, url: str) -> tuple[Rules, list[RobotsFile]]:
        """The rules for an address, and the robots.txt if it had to be asked for."""
        host = find_host(url)
        if host in self.rules:
            return self.rules[host], []
        known = self.robots.get(host)
        asked = []
        if known is None or not is_fresh(known, now=self.now):
            known = fetch_robots(
                host,
                known,
                user_agent=self._user_agent(page),
                limits=self.settings.limits,
                allow_private=self.settings.allow_private,
                now=self.now,
            )
            self.asked_at = self.settings.clock.seconds()
            asked.append(known)
        self.rules[host] = read_rules(known)
        return self.rules[host], asked

    def _take_turn(self, delay_seconds: float) -> None:
        """Waits until the host may be asked again, and says that it is asked now."""
        self._rest(delay_seconds)
        self.asked_at = self.settings.clock.seconds()

    def _rest(self, delay_seconds: float) -> None:
        """Waits until the host may be asked again."""
        clock = self.settings.clock
        if self.asked_at is not None:
            left = self.asked_at + delay_seconds - clock.seconds()
            if left > 0:
                (clock.wait or self.stop.wait)(left)

    def _user_agent(self, page: DuePage) -> str:
        return self.settings.user_agents.get(page.feed_url, self.settings.user_agent)
