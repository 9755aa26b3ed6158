"""Fetching: limits, bodies, redirects, retries, secrets. Servers are on loopback."""

import logging
import time
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import stamina

from fault_server import RSS, FaultServer, answer, fault_server, redirect, truncated_at
from framewire import errors
from framewire.ingest.body import is_cut_short
from framewire.ingest.fetch import Fetched, FetchLimits, fetch_bytes
from framewire.ingest.headers import parse_max_age, parse_retry_after
from framewire.ingest.urls import safe_url

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)


QUICK = FetchLimits(deadline_seconds=1.0)


@pytest.fixture(scope="module")
def server() -> Iterator[FaultServer]:
    with fault_server() as running:
        yield running


def fetch(server: FaultServer, path: str, **options: Any) -> Fetched:
    settings: dict[str, Any] = {"user_agent": "test/1", "allow_private": server.allow, "limits": QUICK, "now": NOW}
    return fetch_bytes(server.url(path), **(settings | options))


def test_ok(server: FaultServer) -> None:
    fetched = fetch(server, "/ok")
    assert (fetched.status, fetched.body, fetched.redirects) == (200, RSS, ())
    assert fetched.content_type == "application/rss+xml; charset=utf-8"
    assert server.requests[-1].headers["user-agent"] == "test/1"
    assert server.requests[-1].headers["accept-encoding"] == "gzip"


def test_validators_come_and_go_verbatim(server: FaultServer) -> None:
    first = fetch(server, "/conditional")
    assert (first.etag, first.last_modified) == ('"v1"', "Mon, 23 Nov 2026 10:00:00 GMT")
    second = fetch(server, "/conditional", etag=first.etag, last_modified=first.last_modified)
    assert (second.status, second.body, second.etag) == (304, b"", '"v1"')
    assert server.requests[-1].headers["if-modified-since"] == "Mon, 23 Nov 2026 10:00:00 GMT"


@pytest.mark.parametrize("path", ["/gzip", "/gzip-members"])
def test_one_layer_of_gzip(server: FaultServer, path: str) -> None:
    assert fetch(server, path).body == RSS


def test_empty_bodies_are_empty(server: FaultServer) -> None:
    assert fetch(server, "/gzip-empty").body == fetch(server, "/empty").body == b""


@pytest.mark.parametrize(
    ("path", "error"),
    [
        ("/gone", errors.Gone),
        ("/missing", errors.HTTPStatus),
        ("/forbidden", errors.HTTPStatus),
        ("/broken", errors.HTTPStatus),
        ("/unavailable", errors.HTTPStatus),
        ("/pause", errors.RateLimited),
        ("/too-often", errors.RateLimited),
        ("/nothing", errors.HTTPStatus),
        ("/unasked-304", errors.HTTPStatus),
        ("/br", errors.UnsupportedEncoding),
        ("/zstd", errors.UnsupportedEncoding),
        ("/deflate", errors.UnsupportedEncoding),
        ("/triple", errors.UnsupportedEncoding),
        ("/gzip-damaged", errors.ProtocolFailed),
        ("/large-head", errors.ProtocolFailed),
        ("/noise", errors.ProtocolFailed),
        ("/close", errors.ProtocolFailed),
        ("/loop", errors.RedirectLimit),
        ("/to-loopback", errors.BlockedAddress),
        ("/to-metadata", errors.BlockedAddress),
        ("/to-private", errors.BlockedAddress),
        ("/to-mapped", errors.BlockedAddress),
        ("/to-port", errors.BlockedAddress),
        ("/to-javascript", errors.BadURL),
        ("/to-data", errors.BadURL),
        ("/to-file", errors.BadURL),
        ("/to-nonsense", errors.BadURL),
    ],
)
def test_each_fault_has_its_name(server: FaultServer, path: str, error: type[errors.FetchError]) -> None:
    with pytest.raises(errors.FetchError) as caught:
        fetch(server, path)
    assert type(caught.value) is error
    assert caught.value.url == server.url(path)


@pytest.mark.parametrize("path", ["/drip", "/drip-head", "/silent", "/early-hints"])
def test_deadline_holds_whatever_the_server_does(server: FaultServer, path: str) -> None:
    started = time.monotonic()
    with pytest.raises((errors.DeadlineExceeded, errors.WireTooLarge)) as caught:
        fetch(server, path)
    assert time.monotonic() - started < 1.5
    assert path == "/early-hints" or isinstance(caught.value, errors.DeadlineExceeded)


def test_endless_body_stops_at_the_wire_allowance(server: FaultServer) -> None:
    limits = FetchLimits(deadline_seconds=10, max_wire_bytes=300_000)
    with pytest.raises(errors.WireTooLarge):
        fetch(server, "/endless", limits=limits)


def test_bomb_stops_at_the_decoded_limit(server: FaultServer) -> None:
    with pytest.raises(errors.BodyTooLarge):
        fetch(server, "/bomb", limits=FetchLimits(deadline_seconds=10))


@pytest.mark.parametrize("how", ["length", "chunked", "close", "gzip"])
@pytest.mark.parametrize("share", [0.02, 0.2, 0.5, 0.8, 0.97])
def test_truncation_is_found(server: FaultServer, how: str, share: float) -> None:
    server.scripts["/cut"] = truncated_at(int(len(RSS) * share), how=how)
    with pytest.raises(errors.TruncatedBody) as caught:
        fetch(server, "/cut")
    assert RSS.startswith(caught.value.received)


@pytest.mark.parametrize(
    ("body", "is_cut"),
    [
        (b"<rss><channel></channel></rss>", False),
        (b"<rss><channel></channel></rss>\n<!-- cached -->\n", False),
        (b"<rss><channel>", True),
        (b'<?xml version="1.0"?><feed xmlns="x"><entry>', True),
        (b"<rdf:RDF><item></item></rdf:RDF>", False),
        (b"<rdf:RDF><item></item>", True),
        ("<rss><channel></channel></rss>".encode("utf-16"), False),
        ("<rss><channel>".encode("utf-16"), True),
        (b'{"version": "x"}', False),
        (b'{"version": ', True),
        (b"<!doctype html><p>A page that never closes", False),
        (b"", False),
    ],
)
def test_document_that_does_not_close(body: bytes, is_cut: bool) -> None:
    assert is_cut_short(body) is is_cut


def test_redirects_are_told_hop_by_hop(server: FaultServer) -> None:
    server.scripts["/first"] = redirect("/moved", 307)
    fetched = fetch(server, "/first")
    assert fetched.redirects == ((307, server.url("/moved")), (301, server.url("/ok")))
    assert fetched.url == server.url("/ok")


def test_redirect_limit_counts_requests(server: FaultServer) -> None:
    before = server.hits["/loop"]
    with pytest.raises(errors.RedirectLimit):
        fetch(server, "/loop")
    assert server.hits["/loop"] - before == 6


@pytest.mark.parametrize(
    "url",
    ["file:///etc/hostname", "ftp://h.example/x", "javascript:alert(1)", "", "h.example/feed", "//h.example/feed", "http:///x",
     "http://h.example:0/", "http://h.example:99999/", "http://h.example:port/", "http://h.example/\x00"],
)  # fmt: skip
def test_bad_urls(url: str) -> None:
    with pytest.raises(errors.BadURL):
        fetch_bytes(url, user_agent="test/1", now=NOW)


@pytest.mark.parametrize("host", ["a..b.example", "a" * 300 + ".example", "xn--\x7f.example", "no such host.example"])
def test_impossible_hosts(host: str) -> None:
    with pytest.raises((errors.BadURL, errors.ResolveFailed)):
        fetch_bytes(f"http://{host}/", user_agent="test/1", limits=QUICK, now=NOW)


def test_retryable_errors_are_tried_three_times(server: FaultServer) -> None:
    server.hits.clear()
    with stamina.set_testing(True, attempts=3), pytest.raises(errors.HTTPStatus):
        fetch(server, "/unavailable", limits=FetchLimits(deadline_seconds=10))
    with stamina.set_testing(True, attempts=3), pytest.raises(errors.HTTPStatus):
        fetch(server, "/missing", limits=FetchLimits(deadline_seconds=10))
    assert (server.hits["/unavailable"], server.hits["/missing"]) == (3, 1)


def test_second_try_succeeds(server: FaultServer) -> None:
    answers = [answer(502), answer(200, RSS)]
    server.scripts["/flaky"] = lambda conn, request, running: answers.pop(0)(conn, request, running)
    with stamina.set_testing(True, attempts=3):
        assert fetch(server, "/flaky", limits=FetchLimits(deadline_seconds=10)).body == RSS


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120),
        (" 120 ", 120),
        ("60", 60),
        ("0", 60),
        ("5", 60),
        ("604800", 604800),
        ("604801", 604800),
        ("2592000", 604800),
        ("999999999", 604800),
        ("9999999999", None),
        ("1" + "0" * 5000, None),
        ("-5", None),
        ("1.5", None),
        ("soon", None),
        ("", None),
        (None, None),
        ("١٢٠", None),
        ("Tue, 24 Nov 2026 03:00:00 GMT", 3600),
        ("Tue, 24 Nov 2026 01:00:00 GMT", 60),
        ("Tue, 24 Nov 2099 01:00:00 GMT", 604800),
        ("Tue, 24 Nov 2026 03:00:00 -0000", None),
        ("Tue, 99 Nov 2026", None),
    ],
)
def test_retry_after_table(value: str | None, seconds: int | None) -> None:
    expected = None if seconds is None else NOW + timedelta(seconds=seconds)
    assert parse_retry_after(value, now=NOW) == expected


def test_rate_limit_without_a_usable_time_has_one_all_the_same(server: FaultServer) -> None:
    server.scripts["/vague"] = answer(429, Retry_After="soon")
    with pytest.raises(errors.RateLimited) as caught:
        fetch(server, "/vague")
    assert caught.value.until == NOW + timedelta(minutes=15)


def test_credentials_go_to_their_origin_only(server: FaultServer) -> None:
    with fault_server() as other:
        server.scripts["/away"] = redirect(other.url("/ok"))
        url = server.url("/away", "canary-user:canary%21pass@127.0.0.1")
        fetched = fetch_bytes(url, user_agent="t", allow_private=(*server.allow, *other.allow), limits=QUICK, now=NOW)
        assert server.requests[-1].headers["authorization"] == "Basic Y2FuYXJ5LXVzZXI6Y2FuYXJ5IXBhc3M="
        assert "authorization" not in other.requests[-1].headers
        assert "canary" not in fetched.url
        same = fetch_bytes(
            server.url("/to-ok", "canary-user:pass@127.0.0.1"),
            user_agent="t",
            allow_private=server.allow,
            limits=QUICK,
            now=NOW,
        )
        assert "authorization" in server.requests[-1].headers
        assert "canary" not in repr(same)


@pytest.mark.parametrize(
    "path",
    ["/ok", "/missing", "/loop", "/drip", "/noise", "/br", "/to-private", "/to-nonsense", "/moved-query", "/too-often"],
)
def test_no_secret_in_logs_or_errors(server: FaultServer, path: str, caplog: pytest.LogCaptureFixture) -> None:
    url = server.url(f"{path}?token=canary-query", "canary-user:canary-pass@127.0.0.1")
    seen = ""
    with caplog.at_level(logging.DEBUG):
        try:
            fetch_bytes(
                url, user_agent="t", allow_private=server.allow, limits=FetchLimits(deadline_seconds=0.5), now=NOW
            )
        except errors.FetchError as error:
            seen = "".join(traceback.format_exception(error)) + error.url + repr(vars(error))
    assert "canary" not in seen + caplog.text + repr([vars(record) for record in caplog.records])


@pytest.mark.parametrize("url", ["http://user:canary@h.example:port/?canary", "canary", "http://canary:canary@/x"])
def test_no_secret_in_errors_of_bad_urls(url: str) -> None:
    with pytest.raises(errors.BadURL) as caught:
        fetch_bytes(url, user_agent="t", now=NOW)
    assert "canary" not in "".join(traceback.format_exception(caught.value, limit=0)) + caught.value.url


def test_safe_url() -> None:
    assert safe_url("https://user:pass@h.example:8443/a/b?c=d#e") == "https://h.example:8443/a/b"


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        ("", None),
        ("max-age=600", 600.0),
        ("public, Max-Age=900, must-revalidate", 900.0),
        ('max-age="60"', 60.0),
        ("no-cache, max-age=600", None),
        ("no-store", None),
        ("max-age=-1", None),
        ("max-age=ten", None),
        ("max-age=99999999999999", None),
        ("s-maxage=600", None),
    ],
)
def test_max_age(value: str | None, seconds: float | None) -> None:
    assert parse_max_age(value) == seconds


def test_caches_are_passed_on_request_only(server: FaultServer) -> None:
    server.requests.clear()
    options: dict[str, Any] = {"user_agent": "t", "allow_private": server.allow, "now": NOW}
    fetch_bytes(server.url("/ok"), **options)
    fetch_bytes(server.url("/ok"), past_caches=True, **options)
    assert [request.headers.get("cache-control") for request in server.requests] == [None, "no-cache"]


def test_a_retry_prints_nothing(server: FaultServer, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(errors.HTTPStatus):
        fetch_bytes(server.url("/unavailable"), user_agent="t", allow_private=server.allow, now=NOW)
    assert stamina.instrumentation.get_on_retry_hooks() == ()
    assert capfd.readouterr() == ("", "")
