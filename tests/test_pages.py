"""Pages asked for on loopback: robots.txt, turns, failures, and what an outlet repeats."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from fault_server import Behaviour, FaultServer, answer, fault_server, meet, raw, redirect
from framewire.errors import ChildCrash, ChildMemory, ChildTimeout
from framewire.ingest.blocks import hash_block, remove_repeated
from framewire.ingest.extract import MAX_PAGE_BYTES, ExtractedPage, PageBytes, extract_page
from framewire.ingest.page_outcomes import WAITS, build_read, build_unread
from framewire.ingest.pages import MAX_SILENT, SECONDS_PER_HOST, Clock, PageSettings, fetch_pages
from framewire.records import ALL_PAGES, DuePage, PageOutcome, PageState, RobotsFile
from pages_site import ARTICLE, NOT_FREE, html, page, paragraphs, robots

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
# Of the test alone: a busy machine takes its time.
PATIENCE_SECONDS = 20.0
WHOLE = "\n\n".join(ARTICLE)


@dataclass
class FakeTime:
    """A clock that goes on only while somebody waits; each look takes `step` seconds."""

    at: float = 0.0
    step: float = 0.0
    waits: list[float] = field(default_factory=list)

    def seconds(self) -> float:
        self.at += self.step
        return self.at

    def wait(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.at += seconds

    @property
    def clock(self) -> Clock:
        return Clock(self.seconds, self.wait)


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with fault_server() as running:
        running.scripts["/1"] = html(page(paragraphs()))
        yield running


def due(server: FaultServer, *paths: str, outlet: str = "gazette", **more: object) -> list[DuePage]:
    return [
        DuePage(number, outlet, "https://gazette.example/feed", server.url(path), "A title", 20, **more)  # type: ignore[arg-type]
        for number, path in enumerate(paths, start=1)
    ]


def settings_for(server: FaultServer, *, time: FakeTime | None = None, **more: object) -> PageSettings:
    clock = (time or FakeTime()).clock
    return PageSettings(
        "Framewire/1 (test)", allow_private=server.allow, deadline_seconds=2.0, clock=clock, **more  # type: ignore[arg-type]
    )  # fmt: skip


def ask(
    server: FaultServer,
    *paths: str,
    known: Mapping[str, RobotsFile] | None = None,
    time: FakeTime | None = None,
    **more: object,
) -> list[RobotsFile | PageOutcome]:
    settings = settings_for(server, time=time, **more)
    pages = due(server, *paths)
    return list(fetch_pages(pages, known or {}, {}, extract=extract_page, settings=settings, now=NOW))


def ask_one(server: FaultServer, path: str) -> PageOutcome:
    *_, last = ask(server, path)
    assert isinstance(last, PageOutcome)
    return last


def states(items: list[RobotsFile | PageOutcome]) -> list[str]:
    return [item.state for item in items if isinstance(item, PageOutcome)]


def test_a_page_is_read_after_robots_txt(server: FaultServer) -> None:
    asked, outcome = ask(server, "/1")
    assert isinstance(asked, RobotsFile)
    assert (asked.host, asked.state, asked.asked_at) == (server.url(""), "none", NOW)
    assert isinstance(outcome, PageOutcome)
    assert (outcome.state, outcome.text, outcome.http_status) == (PageState.EXTRACTED, WHOLE, 200)
    assert outcome.message == f"{len(WHOLE)} characters"
    assert outcome.next_due_at is None
    assert [request.path for request in server.requests] == ["/robots.txt", "/1"]
    assert {request.headers["user-agent"] for request in server.requests} == {"Framewire/1 (test)"}
    assert server.requests[1].headers["accept"].startswith("text/html")


def test_no_cookie_and_no_referrer_is_ever_sent(server: FaultServer) -> None:
    server.scripts["/1"] = html(page(paragraphs()), Set_Cookie="seen=1")
    ask(server, "/1", "/1")
    assert not {"cookie", "referer"} & {name for request in server.requests for name in request.headers}


def test_a_known_robots_txt_is_not_asked_again(server: FaultServer) -> None:
    known = {server.url(""): RobotsFile(server.url(""), "read", "User-agent: *\nDisallow: /", NOW)}
    (outcome,) = ask(server, "/1", known=known)
    assert isinstance(outcome, PageOutcome)
    assert outcome.state is PageState.BY_ROBOTS
    assert "robots.txt does not allow it" in outcome.message
    assert outcome.next_due_at is None
    assert server.requests == []


def test_what_robots_txt_forbids_is_not_asked(server: FaultServer) -> None:
    server.scripts["/robots.txt"] = robots("User-agent: Framewire\nDisallow: /1$")
    server.scripts["/10"] = html(page(paragraphs()))
    assert states(ask(server, "/1", "/10")) == ["blocked by robots", "extracted"]
    assert server.hits == {"/robots.txt": 1, "/10": 1}


def test_an_unreachable_robots_txt_forbids_for_now(server: FaultServer) -> None:
    server.scripts["/robots.txt"] = answer(500)
    outcome = ask_one(server, "/1")
    assert (outcome.state, outcome.tries, outcome.next_due_at) == (PageState.FAILED, 1, NOW + WAITS[0])
    assert "robots.txt cannot be reached" in outcome.message
    assert "/1" not in server.hits


def test_the_rules_of_a_host_that_a_redirect_leads_to_count(server: FaultServer) -> None:
    with fault_server() as other:
        other.scripts["/2"] = html(page(paragraphs()))
        other.scripts["/robots.txt"] = robots("User-agent: *\nDisallow: /")
        server.scripts["/1"] = redirect(other.url("/2"))
        settings = PageSettings("test", allow_private=server.allow + other.allow, clock=FakeTime().clock)
        items = list(fetch_pages(due(server, "/1"), {}, {}, extract=extract_page, settings=settings, now=NOW))
    assert states(items) == ["blocked by robots"]


def test_pages_of_a_host_are_apart_by_its_delay(server: FaultServer) -> None:
    server.scripts["/robots.txt"] = robots("User-agent: *\nCrawl-delay: 7")
    time = FakeTime()
    ask(server, "/1", "/1", "/1", time=time)
    assert time.waits == [7.0, 7.0, 7.0]
    time = FakeTime()
    server.scripts["/robots.txt"] = answer(404)
    ask(server, "/1", "/1", time=time)
    assert time.waits == [2.0, 2.0]


@pytest.mark.parametrize(("rule", "waits"), [("Crawl-delay: 7", [7.0, 7.0, 7.0]), ("Disallow: /", [2.0])])
def test_a_host_that_others_ask_too_is_done_when_it_may_be_asked_again(
    server: FaultServer, rule: str, waits: list[float]
) -> None:
    server.scripts["/robots.txt"] = robots(f"User-agent: *\n{rule}")
    time = FakeTime()
    ask(server, "/1", "/1", time=time, rests=True)
    assert time.waits == waits


def test_one_page_of_a_host_at_a_time_and_several_hosts_at_once() -> None:
    with fault_server() as first, fault_server("127.0.0.2") as second:
        both_at_once = meet(2, html(page(paragraphs())), patience_seconds=PATIENCE_SECONDS)
        pages = []
        for server, host in ((first, "127.0.0.1"), (second, "127.0.0.2")):
            server.scripts["/1"] = both_at_once
            for _ in range(3):
                url = server.url("/1", host)
                pages.append(DuePage(len(pages), "gazette", "https://gazette.example/feed", url, "A title", 20))
        allow = (f"127.0.0.1/32:{first.port}", f"127.0.0.2/32:{second.port}")
        settings = PageSettings("test", allow_private=allow, deadline_seconds=PATIENCE_SECONDS, clock=FakeTime().clock)
        items = list(fetch_pages(pages, {}, {}, extract=extract_page, settings=settings, now=NOW))
        assert states(items) == ["extracted"] * 6
        assert [first.most_active, second.most_active] == [1, 1]


def test_only_so_many_pages_of_a_host_are_asked_in_a_run(server: FaultServer) -> None:
    items = ask(server, "/1", "/1", "/1", pages_per_host=2)
    assert [item.page.article_id for item in items if isinstance(item, PageOutcome)] == [1, 2]


def test_a_host_has_its_time(server: FaultServer) -> None:
    time = FakeTime(step=SECONDS_PER_HOST / 4)
    assert 0 < len(states(ask(server, *["/1"] * 9, time=time))) < 9


def test_a_host_that_does_not_answer_is_left_alone() -> None:
    with fault_server() as closed:
        port, allow = closed.port, closed.allow
    pages = [DuePage(n, "o", "f", f"http://127.0.0.1:{port}/{n}", "A title", 20) for n in range(9)]
    settings = PageSettings("test", allow_private=allow, deadline_seconds=2.0, clock=FakeTime().clock)
    known = {f"http://127.0.0.1:{port}": RobotsFile(f"http://127.0.0.1:{port}", "none", "", NOW)}
    items = list(fetch_pages(pages, known, {}, extract=extract_page, settings=settings, now=NOW))
    assert states(items) == ["failed"] * MAX_SILENT


def test_a_wish_for_a_pause_ends_the_host_for_this_run(server: FaultServer) -> None:
    server.scripts["/slow"] = answer(429, Retry_After="86400")
    outcomes = [item for item in ask(server, "/1", "/slow", "/1") if isinstance(item, PageOutcome)]
    assert [item.state for item in outcomes] == ["extracted", "failed"]
    assert outcomes[1].next_due_at == NOW + timedelta(days=1)


@pytest.mark.parametrize(
    ("behaviour", "state", "word", "again"),
    [
        (answer(404), PageState.GONE, "404", False),
        (answer(410), PageState.GONE, "410", False),
        (answer(401), PageState.FORBIDDEN, "401", False),
        (answer(402), PageState.FORBIDDEN, "402", False),
        (answer(403), PageState.FORBIDDEN, "403", False),
        (answer(451), PageState.FORBIDDEN, "451", False),
        (answer(500), PageState.FAILED, "500", True),
        (raw(b""), PageState.FAILED, "disconnected", True),
        (raw(b"HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\n<html>"), PageState.FAILED, "broke off", True),
        (html(page(paragraphs(), head=NOT_FREE)), PageState.HEADLINE_ONLY, "not free", False),
        (answer(200, b"%PDF-1.7", Content_Type="application/pdf"), PageState.NOT_HTML, "pdf", False),
        (html(b"x" * (MAX_PAGE_BYTES + 1)), PageState.TOO_LARGE, "5 MiB", False),
        (html(page("<p>A photograph.</p>")), PageState.EMPTY, "no text", False),
        (redirect("http://10.0.0.1/1"), PageState.FAILED, "not called", False),
        (redirect("http://169.254.169.254/latest"), PageState.FAILED, "not called", False),
        (redirect("file:///etc/hostname"), PageState.FAILED, "http", False),
        (redirect("/loop"), PageState.FAILED, "redirects", False),
    ],
)
def test_states(server: FaultServer, behaviour: Behaviour, state: PageState, word: str, again: bool) -> None:
    server.scripts["/x"] = behaviour
    outcome = ask_one(server, "/x")
    assert (outcome.state, outcome.text) == (state, None)
    assert word in outcome.message
    assert (outcome.next_due_at is not None) is again


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (ChildTimeout("x"), PageState.TIMEOUT),
        (ChildMemory("x"), PageState.TOO_LARGE),
        (ChildCrash("x", cause="SIGSEGV"), PageState.FAILED),
    ],
)
def test_a_page_that_its_reader_cannot_bear(server: FaultServer, error: Exception, state: PageState) -> None:
    def extract(_page: PageBytes) -> ExtractedPage:
        raise error

    items = list(fetch_pages(due(server, "/1"), {}, {}, extract=extract, settings=settings_for(server), now=NOW))
    assert states(items) == [state]
    assert isinstance(items[-1], PageOutcome)
    assert items[-1].next_due_at is None


def test_a_temporary_failure_is_tried_three_times_over_two_days(server: FaultServer) -> None:
    server.scripts["/1"] = answer(500)
    at, tries, moments = NOW, 0, []
    while True:
        (found,) = due(server, "/1", tries=tries)
        settings, robots_known = settings_for(server), {server.url(""): RobotsFile(server.url(""), "none", "", at)}
        (outcome,) = fetch_pages([found], robots_known, {}, extract=extract_page, settings=settings, now=at)
        assert isinstance(outcome, PageOutcome)
        moments.append(at)
        tries = outcome.tries
        if outcome.next_due_at is None:
            break
        at = outcome.next_due_at
    assert tries == len(moments) == 3
    assert moments[-1] - moments[0] <= timedelta(days=2)


def test_a_bug_in_a_thread_reaches_the_caller(server: FaultServer) -> None:
    def extract(_page: PageBytes) -> ExtractedPage:
        raise KeyError("a bug")

    with pytest.raises(KeyError):
        list(fetch_pages(due(server, "/1"), {}, {}, extract=extract, settings=settings_for(server), now=NOW))


def test_a_feed_that_tells_more_keeps_its_text(server: FaultServer) -> None:
    found = ExtractedPage(PageState.EXTRACTED, "", "Short.")
    outcome = build_read(due(server, "/1")[0], found, {}, now=NOW)
    assert (outcome.state, outcome.text) == (PageState.EXTRACTED, None)
    assert "kept" in outcome.message


def test_a_page_that_is_the_same_is_no_change(server: FaultServer) -> None:
    found = ExtractedPage(PageState.EXTRACTED, "", WHOLE)
    assert build_read(due(server, "/1", page_text=WHOLE)[0], found, {}, now=NOW).text is None
    assert build_read(due(server, "/1", page_text="Other.")[0], found, {}, now=NOW).text == WHOLE


def test_a_box_that_is_known_by_now_is_no_change(server: FaultServer) -> None:
    box = "Mill news every morning"
    counts = {ALL_PAGES: 10, hash_block(box): 10}
    found = ExtractedPage(PageState.EXTRACTED, "", f"{WHOLE}\n\n{box}")
    again = build_read(due(server, "/1", page_text=f"{WHOLE}\n\n{box}")[0], found, counts, now=NOW)
    assert (again.text, again.blocks) == (None, frozenset())
    assert counts[ALL_PAGES] == 10


def test_what_an_outlet_repeats_is_removed_from_the_fourth_page_on(server: FaultServer) -> None:
    box = "<p>Mill owners deny theft: our most discussed piece of the week</p>"
    for n in range(12):
        server.scripts[f"/{n}"] = html(page(paragraphs(n) + box + "<p>Reporting by Reuters</p>"))
    counts: dict[str, dict[str, int]] = {}
    pages = due(server, *(f"/{n}" for n in range(12)))
    items = fetch_pages(pages, {}, counts, extract=extract_page, settings=settings_for(server), now=NOW)
    texts = [item.text or "" for item in items if isinstance(item, PageOutcome)]
    assert ["deny theft" in text for text in texts] == [True] * 3 + [False] * 9
    assert all(text.endswith("Reporting by Reuters") for text in texts)
    assert all("water has no side" in text for text in texts)
    assert counts["gazette"][ALL_PAGES] == 12


@pytest.mark.parametrize(
    ("block", "n", "n_pages", "removed", "why"),
    [
        ("A box", 2, 4, False, "on two pages only"),
        ("A box", 3, 15, True, "on three pages, a fifth of all"),
        ("A box", 3, 16, False, "on less than a fifth"),
        ("A background " * 20, 9, 20, False, "a long paragraph on less than half of the pages"),
        ("A notice " * 30, 10, 20, True, "a long paragraph on half of them"),
        ("A notice " * 30, 4, 4, False, "a long paragraph on four pages"),
        ("(AFP)", 20, 20, False, "who wrote it belongs to a text"),
    ],
)
def test_what_counts_as_repeated(block: str, n: int, n_pages: int, removed: bool, why: str) -> None:
    block = block.strip()
    text = remove_repeated(f"{WHOLE}\n\n{block}", {ALL_PAGES: n_pages, hash_block(block): n})
    assert (text == WHOLE) is removed, why


def test_a_text_of_nothing_but_repeated_paragraphs_stays() -> None:
    assert remove_repeated("A box", {ALL_PAGES: 9, hash_block("A box"): 9}) == "A box"


def test_no_message_holds_a_query_or_a_password(server: FaultServer) -> None:
    server.scripts["/x"] = answer(500)
    pages = [DuePage(1, "o", "f", server.url("/x?token=canary").replace("//", "//me:canary@"), "t", 1)]
    items = list(fetch_pages(pages, {}, {}, extract=extract_page, settings=settings_for(server), now=NOW))
    assert all("canary" not in str(getattr(item, "message", item)) for item in items)


def test_unknown_errors_are_told_as_they_are(server: FaultServer) -> None:
    outcome = build_unread(due(server, "/1")[0], ChildCrash("x", cause="y"), now=NOW)
    assert "reader broke off" in outcome.message
