"""Two hosts read the pages of one outlet: none twice, at the sites' pace, and what a dead one leaves is read by the other."""

import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from fault_server import FaultServer, Request
from framewire.ingest import robots as robots_rules
from framewire.records import DuePage, PageOutcome, PageState
from framewire.store import get_due_pages, open_store, reading, record_page, transaction
from framewire.workflow.page_claims import claim_pages, find_left
from framewire.workflow.sharing import Share
from framewire.workflow.workspace import init_workspace
from page_host import PageHost, read_pages
from pages_site import html, page, paragraphs, robots
from press_crowd import Member, serve_crowd
from store_cases import NEWS, NOW, entry, fill, poll
from test_sharing import join, lose

pytestmark = pytest.mark.postgres
DELAY_SECONDS = 0.4
# Only the patience of the test: a busy machine takes long to load two processes.
PATIENCE_SECONDS = 120.0
SITES = ("127.8.0.1", "127.8.0.2")


@pytest.fixture
def engine(postgres_database: str) -> Iterator[Engine]:
    opened = open_store(fill(postgres_database))
    yield opened
    opened.dispose()


@dataclass
class Site:
    """The server of both sites, and who was asked for what, when."""

    server: FaultServer
    asked: list[tuple[float, str, str]] = field(default_factory=list)
    held: threading.Event = field(default_factory=threading.Event)
    let_go: threading.Event = field(default_factory=threading.Event)

    def serve(self, path: str, number: int) -> None:
        """A page at this path; of the first site the first waits for the other host, and the third until `let_go`."""
        answer = html(page(paragraphs(number), title=f"Report {number}"))

        def behave(conn: socket.socket, request: Request, server: FaultServer) -> None:
            self.asked.append((time.monotonic(), request.headers["host"].partition(":")[0], path))
            if path == "/1/0":
                wait_until(lambda: bool(self.paths(SITES[1])))
            if path == "/1/2" and not self.let_go.is_set():
                self.held.set()
                self.let_go.wait(PATIENCE_SECONDS)
            answer(conn, request, server)

        self.server.scripts[path] = behave

    def paths(self, host: str) -> list[str]:
        """The pages that a site was asked for, in order."""
        return [path for _, name, path in self.asked if name == host]

    def gaps(self, host: str) -> list[float]:
        """Seconds between two pages of a site."""
        times = [at for at, name, _ in self.asked if name == host]
        return [later - earlier for earlier, later in pairwise(times)]


@pytest.fixture
def site() -> Iterator[Site]:
    members = [Member(number, host, None) for number, host in enumerate(SITES)]
    with serve_crowd(members) as server:
        server.scripts["/robots.txt"] = robots(f"User-agent: *\nCrawl-delay: {DELAY_SECONDS}")
        yield Site(server)


@contextmanager
def hosts(tmp_path: Path, site: Site, url: str) -> Iterator[tuple[PageHost, PageHost]]:
    """Two hosts that are ready, with workspaces of their own on this database."""
    seeds = tmp_path / "seeds"
    (seeds / "passages").mkdir(parents=True)
    (seeds / "codebook.yaml").write_bytes(Path(__file__).with_name("small_codebook.yaml").read_bytes())
    init_workspace(tmp_path / "a", seeds=seeds)
    (tmp_path / "a" / "framewire.toml").write_text(
        f'database = "{url}"\nallow_private = ["127.8.0.0/24:{site.server.port}"]\nmax_hosts = 1\n'
        f"lease_seconds = 300\ndeadline_seconds = {PATIENCE_SECONDS}\npages_per_host = 3\n"
    )
    (tmp_path / "a" / "feeds.yaml").write_text(
        "version: 1\noutlets:\n- id: north\n  name: The North\n  group: international\n  country: GB\n"
        f"  full_text: true\n  feeds:\n  - url: {NEWS.url}\n    language: en\n"
    )
    shutil.copytree(tmp_path / "a", tmp_path / "b")
    both = [PageHost(tmp_path / name, now=NOW) for name in ("a", "b")]
    try:
        for one in both:
            one.wait_until_ready()
        yield both[0], both[1]
    finally:
        for one in both:
            one.close()


def publish(site: Site, engine: Engine, *, n_first: int, n_second: int) -> None:
    """So many articles of one outlet on either site, the first site's first, and their pages."""
    entries = []
    for host, n in zip(SITES, (n_first, n_second), strict=True):
        for number in range(n):
            path = f"/{host[-1]}/{number}"
            site.serve(path, number)
            entries.append(entry(path, f"Report {path}", "A teaser.", url=f"http://{host}:{site.server.port}{path}"))
    with transaction(engine) as conn:
        poll(conn, *entries)


def wait_until(holds: Callable[[], bool]) -> None:
    ends_at = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < ends_at
        time.sleep(0.02)


def find_first_worker(engine: Engine) -> int:
    with reading(engine) as conn:
        return int(conn.execute(text("SELECT min(id) FROM workers")).scalar_one())


def is_stored(engine: Engine, path: str) -> bool:
    query = text("SELECT count(*) FROM pages JOIN articles ON articles.id = article_id WHERE url LIKE :end")
    with reading(engine) as conn:
        return bool(conn.execute(query, {"end": f"%{path}"}).scalar())


def read_states(engine: Engine) -> list[str]:
    with reading(engine) as conn:
        assert conn.execute(text("SELECT count(*) FROM claims")).scalar() == 0
        assert conn.execute(text("SELECT count(*) FROM workers")).scalar() == 0
        return list(conn.execute(text("SELECT state FROM pages")).scalars())


@pytest.mark.slow
def test_a_killed_host_leaves_its_pages_to_the_other(
    site: Site, engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(site, engine, n_first=5, n_second=2)
    with hosts(tmp_path, site, engine.url.render_as_string(hide_password=False)) as (a, b):
        a.go()
        wait_until(lambda: bool(site.asked))
        b.go()
        assert site.held.wait(PATIENCE_SECONDS)
        wait_until(lambda: is_stored(engine, "/1/1"))
        a.kill()
        site.let_go.set()
        wait_until(lambda: len(site.paths(SITES[1])) == 2)
        assert site.paths(SITES[0]) == ["/1/0", "/1/1", "/1/2"], "its lease has not run out"
        time.sleep(DELAY_SECONDS)  # no lease is shorter than a site's delay
        lose(engine, find_first_worker(engine))
        told = b.finish(PATIENCE_SECONDS)
    # Three pages of a site in a run, whoever asks; what was stored is asked once.
    assert site.paths(SITES[0]) == ["/1/0", "/1/1", "/1/2", "/1/2"]
    assert site.paths(SITES[1]) == ["/2/0", "/2/1"]
    assert (told["asked"], told["left"]) == (3, 2)
    assert "2 asked by other hosts  2 left for the next run" in str(told["line"])
    # The next run comes at once, and waits all the same.
    monkeypatch.setattr(robots_rules, "DELAY_SECONDS", 0.0)
    read = read_pages(tmp_path / "a", now=NOW)
    assert read.figures == {"asked": 2, "states": {"extracted": 2}, "new": 2, "left": 0}
    for host in SITES:
        # A busy machine notes a request late; without the delay they would be some hundredths apart.
        assert min(site.gaps(host)) > DELAY_SECONDS / 2
    assert site.server.hits["/robots.txt"] == 2
    assert read_states(engine) == ["extracted"] * 7


def due_pages(engine: Engine) -> list[DuePage]:
    with reading(engine) as conn:
        return get_due_pages(conn, [NEWS.url], now=NOW, since=NOW)


def record(engine: Engine, pages: Sequence[DuePage], state: PageState = PageState.GONE) -> None:
    with transaction(engine) as conn:
        for one in pages:
            record_page(conn, PageOutcome(one, state, "told", NOW))


def test_sites_are_shared_out_and_taken_over(engine: Engine) -> None:
    with transaction(engine) as conn:
        poll(conn, *(entry(str(n), url=f"https://site{n % 3}.example/{n}") for n in range(9)))
    due = due_pages(engine)
    a, b = (Share(engine, join(engine, name), name) for name in "ab")
    more = {"n_sites": 1, "n_pages": 9, "now": NOW, "until_all": True}
    first, second = claim_pages(a, due, **more), claim_pages(b, due, **more)  # type: ignore[arg-type]
    of_a, of_b = list(next(first)), list(next(second))
    assert [page.url[-1] for page in of_a] == ["0", "3", "6"]
    assert [page.url[-1] for page in of_b] == ["1", "4", "7"]
    record(engine, [*of_a[:1], *of_b])
    assert [page.url[-1] for page in next(second)] == ["2", "5", "8"]
    lose(engine, a.worker_id)
    record(engine, [page for page in due if page.url[-1] in "258"])
    assert [page.url[-1] for page in next(second)] == ["3", "6"], "all but what the lost one has stored"
    record(engine, of_a[1:])
    assert list(second) == []


@pytest.mark.parametrize(
    ("asked", "n_pages", "left"),
    [
        ({}, 9, [0, 1, 2, 3]),
        ({}, 2, [0, 1]),
        ({0: PageState.EXTRACTED}, 9, [1, 2, 3]),
        ({0: PageState.FAILED, 1: PageState.EXTRACTED}, 9, [2, 3]),
        ({0: PageState.EXTRACTED, 1: PageState.FAILED}, 9, []),
        ({0: PageState.EXTRACTED, 1: PageState.GONE}, 3, [2]),
        ({0: PageState.EXTRACTED, 1: PageState.GONE}, 2, []),
        ({0: PageState.EXTRACTED, 1: PageState.GONE}, 1, []),
    ],
)
def test_a_sites_round_is_that_of_all_hosts_together(
    asked: dict[int, PageState], n_pages: int, left: list[int]
) -> None:
    pages = [DuePage(number, "north", NEWS.url, f"https://north.example/{number}", "", 0) for number in range(4)]
    assert [page.article_id for page in find_left(pages, asked, n_pages=n_pages)] == left
