"""Polls of a server that misbehaves."""

import hashlib
import queue
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

import pytest

from fault_server import RSS, FaultServer, answer, fault_server, meet, redirect, slow, truncated_at
from framewire.errors import ConfigError
from framewire.ingest import poll as polling
from framewire.ingest.answers import PollSettings
from framewire.ingest.fetch import FetchLimits
from framewire.ingest.moves import has_moved
from framewire.ingest.poll import MAX_GROUP, poll_feed, poll_feeds, poll_in_groups
from framewire.records import Feed, FeedOutcome, FeedState, PollStatus

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
# Of the test alone: a busy machine takes its time.
PATIENCE_SECONDS = 20.0


@pytest.fixture(scope="module")
def server() -> Iterator[FaultServer]:
    with fault_server() as running:
        yield running


def settings_for(*servers: FaultServer, **options: object) -> PollSettings:
    allow = tuple(opening for server in servers for opening in server.allow)
    limits = FetchLimits(deadline_seconds=1.0, max_wire_bytes=300_000)
    return PollSettings("test/1", limits=limits, allow_private=allow, **options)  # type: ignore[arg-type]


def poll(server: FaultServer, path: str, state: FeedState | None = None, now: datetime = NOW) -> FeedOutcome:
    return poll_feed(Feed(server.url(path), "gazette", "en"), state, settings=settings_for(server), now=now)


def test_first_poll_brings_entries(server: FaultServer) -> None:
    outcome = poll(server, "/ok")
    assert (outcome.status, outcome.http_status, outcome.message) == (PollStatus.OK, 200, "5 entries")
    assert [entry.identity for entry in outcome.entries] == ["g1", "g2", "g3", "g4", "g5"]
    assert outcome.state.body_hash == hashlib.sha256(RSS).hexdigest()
    assert outcome.started_at == NOW
    assert 0 < outcome.seconds < 1


def test_same_body_is_not_modified_whatever_the_validators_say(server: FaultServer) -> None:
    first = poll(server, "/ok")
    second = poll(server, "/ok", first.state, NOW + HOUR)
    assert (second.status, second.http_status, second.entries) == (PollStatus.NOT_MODIFIED, 200, ())


def test_conditional_polls_with_one_unconditional_a_day(server: FaultServer) -> None:
    state, sent = None, []
    for hours in (0, 1, 23, 24, 25):
        outcome = poll(server, "/conditional", state, NOW + hours * HOUR)
        state = outcome.state
        sent.append("if-none-match" in server.requests[-1].headers)
        assert outcome.status is (PollStatus.OK if hours == 0 else PollStatus.NOT_MODIFIED)
    assert sent == [False, True, True, False, True]


@pytest.mark.parametrize(
    ("path", "status", "http_status"),
    [
        ("/gone", PollStatus.GONE, 410),
        ("/missing", PollStatus.HTTP_ERROR, 404),
        ("/forbidden", PollStatus.FORBIDDEN, 403),
        ("/broken", PollStatus.HTTP_ERROR, 500),
        ("/too-often", PollStatus.RATE_LIMITED, 429),
        ("/pause", PollStatus.RATE_LIMITED, 503),
        ("/loop", PollStatus.HTTP_ERROR, None),
        ("/drip", PollStatus.TIMEOUT, None),
        ("/endless", PollStatus.TOO_LARGE, None),
        ("/br", PollStatus.MALFORMED, None),
        ("/noise", PollStatus.CONNECTION, None),
        ("/to-private", PollStatus.BLOCKED, None),
        ("/to-javascript", PollStatus.BLOCKED, None),
        ("/html", PollStatus.NOT_A_FEED, 200),
        ("/empty", PollStatus.NOT_A_FEED, 200),
    ],
)
def test_each_failure_is_an_outcome(
    server: FaultServer, path: str, status: PollStatus, http_status: int | None
) -> None:
    before = FeedState(server.url(path), etag='"1"', body_hash="h", last_unconditional_at=NOW)
    outcome = poll(server, path, before)
    assert (outcome.status, outcome.http_status, outcome.entries) == (status, http_status, ())
    assert outcome.message
    assert outcome.state.failures > 0
    assert (outcome.state.etag, outcome.state.body_hash) == ('"1"', "h")


def test_feed_without_entries_is_empty(server: FaultServer) -> None:
    server.scripts["/bare"] = answer(200, b"<rss version='2.0'><channel><title>x</title></channel></rss>")
    assert poll(server, "/bare").status is PollStatus.EMPTY


def test_half_an_item_of_a_feed_that_breaks_off_is_no_change(server: FaultServer) -> None:
    whole = RSS[: RSS.rfind(b"</description>") - 2]
    server.scripts["/broken"] = answer(200, whole)
    outcome = poll(server, "/broken")
    assert len(outcome.entries) == RSS.count(b"<item>") - 1
    assert "breaks off" in outcome.message
    assert outcome.state.body_hash is None


def test_whole_items_of_a_body_cut_short_are_kept(server: FaultServer) -> None:
    whole = poll(server, "/ok").entries
    for how, n_whole in (("length", 4), ("chunked", 4), ("close", 4), ("gzip", 3)):
        server.scripts["/cut"] = truncated_at(int(len(RSS) * 0.9), how=how)
        outcome = poll(server, "/cut", FeedState(server.url("/cut"), etag='"1"', last_unconditional_at=NOW))
        assert outcome.status is PollStatus.OK
        assert outcome.entries == whole[:n_whole]
        assert (
            "cut" in outcome.message
            or "early" in outcome.message
            or "clos" in outcome.message
            or "broke" in outcome.message
        )
        assert (outcome.state.etag, outcome.state.body_hash) == ('"1"', None)
    server.scripts["/cut"] = truncated_at(150, how="length")
    assert poll(server, "/cut").status is PollStatus.CONNECTION


def test_moved_feed_is_asked_at_its_new_address(server: FaultServer) -> None:
    server.scripts["/old"] = redirect("/ok", 301)
    state = None
    for hours in (0, 40, 80):
        state = poll(server, "/old", state, NOW + hours * HOUR).state
    assert state is not None
    assert has_moved(state)
    before = server.hits["/old"]
    outcome = poll(server, "/old", state, NOW + 90 * HOUR)
    assert outcome.status is PollStatus.NOT_MODIFIED
    assert server.hits["/old"] == before
    assert outcome.feed.url == server.url("/old")


def poll_all(servers: Sequence[FaultServer], feeds: list[Feed], **options: object) -> list[FeedOutcome]:
    states = options.pop("states", {})
    return list(poll_feeds(feeds, states, settings=settings_for(*servers, **options), now=NOW))  # type: ignore[arg-type]


def test_only_due_feeds_are_polled(server: FaultServer) -> None:
    feeds = [Feed(server.url(f"/ok?{name}"), "gazette", "en") for name in ("new", "due", "later", "gone")]
    states = {
        feeds[1].url: FeedState(feeds[1].url, next_due_at=NOW, last_polled_at=NOW - HOUR),
        feeds[2].url: FeedState(feeds[2].url, next_due_at=NOW + HOUR / 12, last_polled_at=NOW - HOUR / 6),
        feeds[3].url: FeedState(feeds[3].url, gone_at=NOW - 9 * DAY, last_polled_at=NOW - DAY),
    }
    assert [out.feed for out in poll_all([server], feeds, states=states)] == feeds[:2]
    assert [out.feed for out in poll_all([server], feeds, states=states, poll_all_since=NOW)] == feeds[:3]
    assert [out.feed for out in poll_all([server], feeds, states=states, force=True)] == feeds[:3]
    assert poll_all([server], []) == []


def test_one_request_a_host_at_a_time_and_several_hosts_at_once() -> None:
    with fault_server() as first, fault_server("127.0.0.2") as second, fault_server("127.0.0.3") as third:
        servers = [first, second, third]
        hosts = ["127.0.0.1", "127.0.0.2", "127.0.0.3"]
        all_at_once = meet(len(servers), answer(200, RSS), patience_seconds=PATIENCE_SECONDS)
        for server in servers:
            server.scripts["/slow"] = all_at_once
        feeds = [
            Feed(server.url(f"/slow?{n}", host), "gazette", "en")
            for server, host in zip(servers, hosts, strict=True)
            for n in range(3)
        ]
        allow = tuple(f"{host}/32:{server.port}" for server, host in zip(servers, hosts, strict=True))
        settings = PollSettings("t", limits=FetchLimits(deadline_seconds=PATIENCE_SECONDS), allow_private=allow)
        outcomes = list(poll_feeds(feeds, {}, settings=settings, now=NOW))
        assert {out.status for out in outcomes} == {PollStatus.OK}
        assert len(outcomes) == 9
        assert [server.most_active for server in servers] == [1, 1, 1]


def test_rate_limited_host_is_left_alone_for_the_run(server: FaultServer) -> None:
    feeds = [Feed(server.url(path), "gazette", "en") for path in ("/too-often", "/ok?1", "/ok?2")]
    before = server.hits["/ok"]
    first, *others = poll_all([server], feeds)
    assert first.state.next_due_at == NOW + HOUR
    assert server.hits["/ok"] == before
    for outcome in others:
        assert (outcome.status, outcome.http_status, outcome.entries) == (PollStatus.RATE_LIMITED, None, ())
        reason = "the host asked for a pause until 2026-11-23 03:00 UTC"
        assert outcome.state == FeedState(outcome.feed.url, next_due_at=NOW + HOUR, due_reason=reason)
        assert outcome.message == "not asked: 127.0.0.1 wants a pause until 2026-11-23 03:00 UTC"


def test_one_hostile_feed_does_not_disturb_the_others() -> None:
    with fault_server() as good, fault_server("127.0.0.2") as bad:
        feeds = [Feed(bad.url(path, "127.0.0.2"), "b", "en") for path in ("/drip", "/noise", "/to-private", "/html")]
        feeds += [Feed(good.url(f"/ok?{n}"), "g", "en") for n in range(5)]
        settings = PollSettings(
            "t", limits=FetchLimits(deadline_seconds=0.5), allow_private=(*good.allow, f"127.0.0.2/32:{bad.port}")
        )
        outcomes = {out.feed.url: out.status for out in poll_feeds(feeds, {}, settings=settings, now=NOW, max_hosts=2)}
    assert [outcomes[feed.url] for feed in feeds] == [
        PollStatus.TIMEOUT,
        PollStatus.CONNECTION,
        PollStatus.BLOCKED,
        PollStatus.NOT_A_FEED,
        *[PollStatus.OK] * 5,
    ]


def test_a_caller_that_stops_early_stops_the_polling(server: FaultServer) -> None:
    server.scripts["/later"] = slow(answer(200, RSS), 0.05)
    feeds = [Feed(server.url(f"/later?{n}"), "gazette", "en") for n in range(100)]
    outcomes = poll_feeds(feeds, {}, settings=settings_for(server), now=NOW)
    next(outcomes)
    outcomes.close()  # type: ignore[attr-defined]
    assert server.hits["/later"] < 100


def test_what_came_meanwhile_comes_together() -> None:
    outcome = FeedOutcome(Feed("https://a.example/", "a", "en"), PollStatus.OK, "", FeedState(""), NOW, 0.0)
    waiting: queue.Queue[object] = queue.Queue()
    for item in (outcome, None, outcome, *[None] * 20):
        waiting.put(item)
    assert polling._take_arrived(waiting) == [outcome, None, outcome, *[None] * (MAX_GROUP - 3)]  # type: ignore[arg-type]
    assert len(polling._take_arrived(waiting)) == 23 - MAX_GROUP  # type: ignore[arg-type]


def test_what_came_before_a_bug_reaches_the_caller_too(server: FaultServer, monkeypatch: pytest.MonkeyPatch) -> None:
    real = polling._take_arrived

    def add_bug(outcomes: object) -> list[object]:
        return [*real(outcomes), ZeroDivisionError()]  # type: ignore[arg-type]

    monkeypatch.setattr(polling, "_take_arrived", add_bug)
    feeds = [Feed(server.url("/ok"), "gazette", "en")]
    groups = poll_in_groups(feeds, {}, settings=settings_for(server), now=NOW)
    assert [outcome.status for outcome in next(groups)] == [PollStatus.OK]
    with pytest.raises(ZeroDivisionError):
        next(groups)


def test_a_bug_reaches_the_caller(server: FaultServer, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: object, **kwargs: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("framewire.ingest.poll.ask_feed", fail)
    with pytest.raises(ZeroDivisionError):
        poll_all([server], [Feed(server.url("/ok"), "gazette", "en")])


def test_user_agent_of_the_feed_wins(server: FaultServer) -> None:
    feed = Feed(server.url("/ok"), "gazette", "en", user_agent="Reader/9")
    poll_feed(feed, None, settings=settings_for(server), now=NOW)
    assert server.requests[-1].headers["user-agent"] == "Reader/9"


def test_credentials_reach_a_moved_feed_of_the_same_origin(server: FaultServer) -> None:
    url = server.url("/old", "user:pass@127.0.0.1")
    state = FeedState(url, moved_to=server.url("/ok"), moved_since=NOW - 4 * DAY, moved_count=3)
    outcome = poll_feed(Feed(url, "gazette", "en"), state, settings=settings_for(server), now=NOW)
    assert outcome.status is PollStatus.OK
    assert server.requests[-1].headers["authorization"] == "Basic dXNlcjpwYXNz"


def test_bad_settings_are_refused() -> None:
    with pytest.raises(ConfigError):
        PollSettings("t", allow_private=("everything",))
    with pytest.raises(ValueError, match="positive"):
        PollSettings("t", max_hosts=0)


def test_a_permanent_redirect_is_a_success_that_names_the_new_address(server: FaultServer) -> None:
    outcome = poll(server, "/moved")
    assert (outcome.status, len(outcome.entries)) == (PollStatus.REDIRECTED, 5)
    assert outcome.status.is_success
    assert f"5 entries; moved for good to {server.url('/ok')}: asked there from 2026-11-26" in outcome.message
    again = poll(server, "/moved", outcome.state, NOW + HOUR)
    assert (again.status, again.entries) == (PollStatus.REDIRECTED, ())
    secret = poll(server, "/moved-query")
    assert "canary" not in secret.message
    assert "/ok?token=***" in secret.message


def test_the_daily_unconditional_request_passes_caches(server: FaultServer) -> None:
    server.requests.clear()
    first = poll(server, "/conditional")
    second = poll(server, "/conditional", first.state, NOW + HOUR)
    poll(server, "/conditional", second.state, NOW + DAY)
    asked = [(r.headers.get("cache-control"), r.headers.get("if-none-match")) for r in server.requests]
    assert asked == [("no-cache", None), (None, '"v1"'), ("no-cache", None)]


def test_the_interval_comes_from_the_dates_of_the_entries(server: FaultServer) -> None:
    server.scripts["/dated"] = answer(200, dated_feed(40, every=HOUR / 2), Cache_Control="max-age=7200")
    outcome = poll(server, "/dated")
    assert outcome.state.interval_seconds == 20 * 1800 / 2
    assert outcome.state.due_reason == "every 2 h: 40 items, the fastest 20 came in 10 h, the newest 0 min ago"


def dated_feed(n: int, *, every: timedelta) -> bytes:
    items = "".join(
        f"<item><guid>g{i}</guid><title>Invented report {i}</title>"
        f"<pubDate>{(NOW - i * every).strftime('%a, %d %b %Y %H:%M:%S +0000')}</pubDate></item>"
        for i in range(n)
    )
    return f'<rss version="2.0"><channel><title>Invented</title>{items}</channel></rss>'.encode()
