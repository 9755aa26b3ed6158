"""Every named fault has its one outcome, says so without a secret, and spoils nothing that is remembered."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import stamina

from fault_cases import CASES, FaultCase
from fault_server import FaultServer, fault_server
from framewire import errors
from framewire.ingest import FetchLimits, PollSettings, fetch_bytes, parse_feed, poll_feed
from framewire.records import Feed, FeedState, PollStatus

NOW = datetime(2026, 11, 24, 2, tzinfo=UTC)
# What only a deadline ends, ends soon; everything else has time, however busy the machine is.
SLOW_SECONDS, SECONDS = 0.5, 30.0


@pytest.fixture(scope="module")
def server() -> Iterator[FaultServer]:
    with fault_server() as running:
        running.scripts |= {case.path: case.behave for case in CASES}
        yield running


@pytest.fixture(autouse=True)
def _tried_once() -> Iterator[None]:
    with stamina.set_testing(True, attempts=1):
        yield


def settings_of(case: FaultCase, server: FaultServer) -> PollSettings:
    limits = FetchLimits(deadline_seconds=SLOW_SECONDS if case.is_slow else SECONDS)
    return PollSettings("test/1", limits=limits, allow_private=server.allow)


def address_of(case: FaultCase, server: FaultServer) -> str:
    """The case's address, with a secret in every place that may hold one."""
    if case.url:
        return case.url.replace("PORT", str(server.port))
    return server.url(
        f"{case.path}?token=canary" if "redirects" not in case.name else case.path, "canary:canary@127.0.0.1"
    )


def find_error(case: FaultCase, server: FaultServer) -> str:
    """The class of the error that fetching and reading raise; "" for none."""
    settings = settings_of(case, server)
    try:
        fetched = fetch_bytes(
            address_of(case, server), user_agent="t", limits=settings.limits, allow_private=server.allow, now=NOW
        )
        parse_feed(fetched.body, url=fetched.url, fetched_at=NOW, content_type=fetched.content_type)
    except (errors.FetchError, errors.FeedParseError) as error:
        told, name = f"{error} {getattr(error, 'url', '')}", type(error).__name__
    else:
        return ""
    assert "canary" not in told
    return name


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_each_fault_has_its_outcome(case: FaultCase, server: FaultServer) -> None:
    url = address_of(case, server)
    before = FeedState(url, etag='"1"', body_hash="h", last_unconditional_at=None)
    outcome = poll_feed(Feed(url, "gazette", "en"), before, settings=settings_of(case, server), now=NOW)
    assert (outcome.status.value in case.status.split("|"), len(outcome.entries)) == (True, case.n_entries), outcome
    assert outcome.message
    assert "canary" not in outcome.message
    assert all(entry.title or entry.text for entry in outcome.entries)
    if not outcome.status.is_success:
        assert (outcome.state.etag, outcome.state.body_hash, outcome.entries) == ('"1"', "h", ())
        assert outcome.state.failures > 0
    if case.error == "TruncatedBody":
        assert (outcome.state.etag, outcome.state.body_hash) == ('"1"', "h")  # the rest comes with the next poll
    if case.error and not case.is_slow:
        assert find_error(case, server) == case.error


def test_the_table_is_large_and_names_each_case_once() -> None:
    assert len(CASES) >= 120
    assert [name for name, n in Counter(case.path for case in CASES).items() if n > 1] == []
    known = {status.value for status in PollStatus} | {"redirected"}
    assert {status for case in CASES for status in case.status.split("|")} <= known


def test_nothing_outside_was_read() -> None:
    hostname = Path("/etc/hostname")
    secret = hostname.read_text().strip() if hostname.exists() else ""
    for case in (case for case in CASES if case.row == "P3"):
        parsed = parse_feed(_body_of(case), url="https://gazette.press.example/", fetched_at=NOW)
        assert not secret or all(secret not in entry.title for entry in parsed.entries)


def _body_of(case: FaultCase) -> bytes:
    from fault_documents import READABLE

    [build] = [build for name, _, _, build in READABLE if name == case.name]
    return str(build()).encode()
