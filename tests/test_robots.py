"""What a robots.txt lets us ask: rules, delay, and how long a copy holds."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from fault_server import FaultServer, answer, fault_server, raw
from framewire.ingest.fetch import FetchLimits
from framewire.ingest.robots import MAX_BYTES, fetch_robots, find_host, is_fresh, read_rules
from framewire.records import RobotsFile
from pages_site import robots

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
HOST = "https://gazette.example"


@pytest.fixture(scope="module")
def server() -> Iterator[FaultServer]:
    with fault_server() as running:
        yield running


def file(text: str, *, state: str = "read", age: timedelta = timedelta(0)) -> RobotsFile:
    return RobotsFile(HOST, state, text, NOW - age)


def fetch(server: FaultServer, known: RobotsFile | None = None) -> RobotsFile:
    limits = FetchLimits(deadline_seconds=2.0)
    host = server.url("")
    return fetch_robots(
        host, known, user_agent="Framewire/1 (test)", limits=limits, allow_private=server.allow, now=NOW
    )


@pytest.mark.parametrize(
    ("text", "path", "allowed", "why"),
    [
        ("", "/news/1", True, "nothing is forbidden"),
        ("User-agent: *\nDisallow:", "/news/1", True, "an empty rule forbids nothing"),
        ("User-agent: *\nDisallow: /", "/news/1", False, "all is forbidden"),
        ("User-agent: *\nDisallow: /news", "/news/1", False, "a prefix"),
        ("User-agent: *\nDisallow: /news", "/sport/1", True, "another path"),
        ("User-agent: *\nDisallow: /news\nAllow: /news/free", "/news/free/1", True, "the longer rule counts"),
        ("User-agent: *\nAllow: /news\nDisallow: /news", "/news/1", True, "of equal length allow counts"),
        ("User-agent: *\nDisallow: /*/print", "/news/1/print", False, "a star in the middle"),
        ("User-agent: *\nDisallow: /*.pdf$", "/news/1.pdf", False, "an end"),
        ("User-agent: *\nDisallow: /*.pdf$", "/news/1.pdf?v=2", True, "not at the end"),
        ("User-agent: *\nDisallow: /*?amp", "/news/1?amp", False, "the query counts"),
        (
            "User-agent: *\nDisallow: /\n\nUser-agent: Framewire\nAllow: /",
            "/news/1",
            True,
            "our own group alone counts",
        ),
        ("User-agent: framewire\nDisallow: /", "/news/1", False, "in any case of letters"),
        ("User-agent: Otherbot\nDisallow: /", "/news/1", True, "for another one"),
        ("User-agent: Otherbot\nUser-agent: Framewire\nDisallow: /", "/news/1", False, "a group for two"),
        ("Disallow: /", "/news/1", True, "a rule of no group"),
        (
            "User-agent: *\nDisallow: /новости",
            "/%D0%BD%D0%BE%D0%B2%D0%BE%D1%81%D1%82%D0%B8",
            False,
            "letters and escapes",
        ),
        ("<html><body>Not found</body></html>", "/news/1", True, "a page in its place says nothing"),
    ],
)
def test_rules(text: str, path: str, allowed: bool, why: str) -> None:
    assert read_rules(file(text)).allows(HOST + path) is allowed, why


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("", 2.0),
        ("User-agent: *\nCrawl-delay: 10", 10.0),
        ("User-agent: *\nCrawl-delay: 0.5", 2.0),
        ("User-agent: *\nCrawl-delay: 86400", 60.0),
        ("User-agent: *\nCrawl-delay: never", 2.0),
        ("User-agent: *\nCrawl-delay: inf", 2.0),
        ("User-agent: *\nCrawl-delay: 30\n\nUser-agent: Framewire\nCrawl-delay: 5", 5.0),
    ],
)
def test_delay(text: str, seconds: float) -> None:
    assert read_rules(file(text)).delay_seconds == seconds


def test_a_host_that_cannot_be_reached_allows_nothing() -> None:
    assert not read_rules(file("", state="unreachable")).allows(f"{HOST}/news/1")


@pytest.mark.parametrize(
    ("behaviour", "state"),
    [
        (robots("User-agent: *\nDisallow: /x"), "read"),
        (answer(404), "none"),
        (answer(403), "none"),
        (answer(410), "none"),
        (answer(500), "unreachable"),
        (answer(503, Retry_After="120"), "unreachable"),
        (answer(429), "unreachable"),
        (raw(b""), "unreachable"),
    ],
)
def test_what_an_answer_means(server: FaultServer, behaviour: object, state: str) -> None:
    server.scripts["/robots.txt"] = behaviour  # type: ignore[assignment]
    assert fetch(server).state == state


def test_an_older_copy_holds_while_the_host_cannot_be_reached(server: FaultServer) -> None:
    server.scripts["/robots.txt"] = answer(500)
    known = RobotsFile(server.url(""), "read", "User-agent: *\nDisallow: /", NOW - timedelta(days=3))
    assert fetch(server, known) == known


def test_only_so_much_is_read(server: FaultServer) -> None:
    server.scripts["/robots.txt"] = robots("User-agent: *\n" + "#" * MAX_BYTES + "\nDisallow: /")
    found = fetch(server)
    assert len(found.text) == MAX_BYTES
    assert read_rules(found).allows(f"{HOST}/news/1")


def test_it_is_asked_under_our_name(server: FaultServer) -> None:
    server.scripts["/robots.txt"] = robots("")
    fetch(server)
    assert server.requests[-1].headers["user-agent"] == "Framewire/1 (test)"


@pytest.mark.parametrize(
    ("state", "hours", "fresh"),
    [
        ("read", 23, True),
        ("read", 24, False),
        ("none", 23, True),
        ("unreachable", 0.5, True),
        ("unreachable", 1, False),
    ],
)
def test_how_long_a_copy_holds(state: str, hours: float, fresh: bool) -> None:
    assert is_fresh(file("", state=state, age=timedelta(hours=hours)), now=NOW) is fresh


def test_nothing_known_is_not_fresh() -> None:
    assert not is_fresh(None, now=NOW)


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://Gazette.Example/a?b", "https://gazette.example"),
        ("http://gazette.example:8080/a", "http://gazette.example:8080"),
        ("https://name:secret@gazette.example/a", "https://gazette.example"),
    ],
)
def test_host(url: str, host: str) -> None:
    assert find_host(url) == host
