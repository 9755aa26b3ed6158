"""Hostile documents in child processes: each ends as a named error or as a feed, and the next feed is well."""

import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from fault_server import FaultServer, answer, fault_server
from framewire.errors import (
    ChildCrash,
    ChildMemory,
    ChildTimeout,
    FeedParseError,
    NotAFeed,
    ParseCrash,
    ParseMemory,
    ParserUnavailable,
    ParseTimeout,
)
from framewire.ingest import reading
from framewire.ingest.answers import PollSettings
from framewire.ingest.clean import MAX_ADDRESS, MAX_TEXT, MAX_TITLE
from framewire.ingest.poll import poll_feeds
from framewire.ingest.reading import Document, ReadDocument, open_readers, read_document
from framewire.records import Feed, PollStatus

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
URL = "https://gazette.press.example/feed?token=canary"
MEBIBYTE = 1024**2
GOOD = b"<rss version='2.0'><channel><title>G</title><item><guid>1</guid><title>Talks resumed</title></item></channel></rss>"


def document(body: bytes | str, **options: Any) -> Document:
    return Document(body.encode() if isinstance(body, str) else body, URL, NOW, **options)


def rss(items: str, *, head: str = "") -> str:
    return f"{head}<rss version='2.0'><channel><title>G</title>{items}</channel></rss>"


def item(title: str, *, attributes: str = "", extra: str = "") -> str:
    return f"<item><title{attributes}>{title}</title>{extra}</item>"


def many_attributes(n: int) -> str:
    return rss(item("x", attributes="".join(f" a{k}='1'" for k in range(n))))


def laughs() -> str:
    """Ten levels of ten references each: ten thousand million laughs."""
    levels = "".join(f"<!ENTITY l{n} '{f'&l{n - 1};' * 10}'>" for n in range(1, 10))
    return rss(item("&l9;") + item("Second"), head=f"<!DOCTYPE rss [<!ENTITY l0 'ha'>{levels}]>")


def growing_entity() -> str:
    """A document of half a megabyte whose title would have 100 MB."""
    return rss(item("&a;" * 1_000), head=f"<!DOCTYPE rss [<!ENTITY a '{'x' * 100_000}'>]>")


@pytest.fixture(scope="module")
def read() -> Iterator[ReadDocument]:
    with open_readers(1, timeout_seconds=20, memory_bytes=512 * MEBIBYTE) as found:
        yield found


def test_a_feed_is_read_in_a_child_as_in_this_process(read: ReadDocument) -> None:
    text = "The ministry said that the talks on the border went on in the afternoon."
    one = document(rss(item(text)), declared="hy", languages=("en", "hy"))
    assert read(one) == read_document(one)
    assert read(one).entries[0].language == "en"


def test_no_feed_is_told_as_in_this_process(read: ReadDocument) -> None:
    with pytest.raises(NotAFeed) as caught:
        read(document("<html><p>Log in</p></html>"))
    assert caught.value.kind == "consent"
    with pytest.raises(FeedParseError, match="no list of items"):
        read(document('{"version": "https://jsonfeed.org/version/1"}'))


def test_attributes_that_take_minutes_are_stopped_and_the_next_feed_is_well() -> None:
    with open_readers(1, timeout_seconds=1.0) as read:
        with pytest.raises(
            ParseTimeout, match=r"gazette\.press\.example/feed: reading it was stopped .*not done after 1 s"
        ) as caught:
            read(document(many_attributes(80_000)))
        assert "canary" not in str(caught.value)
        assert [entry.title for entry in read(document(GOOD)).entries] == ["Talks resumed"]


def test_memory_is_bounded_and_the_next_feed_is_well() -> None:
    with open_readers(1, memory_bytes=24 * MEBIBYTE) as read:
        with pytest.raises((ParseMemory, ParseCrash)):
            read(document(rss(item("x", extra=f"<description>{'word ' * 2_000_000}</description>"))))
        assert len(read(document(GOOD)).entries) == 1


@pytest.mark.parametrize(
    ("body", "titles"),
    [
        (laughs(), "Second"),
        (growing_entity(), None),
        (rss(item("Deep", extra="<a>" * 20_000 + "</a>" * 20_000)), "Deep"),
        (rss(item("Deep", extra=f"<description>{'&lt;div&gt;' * 20_000}</description>")), "Deep"),
        (rss(item("Open", extra=f"<description>{'&lt;!--' * 3_000}</description>")), "Open"),
        (rss("<item>" * 5_000), None),
    ],
    ids=["laughs", "growing entity", "deep", "deep markup", "comments", "nested items"],
)  # fmt: skip
def test_hostile_documents_end_as_a_feed_or_a_named_error(read: ReadDocument, body: str, titles: str | None) -> None:
    try:
        found = read(document(body))
    except FeedParseError as error:
        assert titles is None, error  # noqa: PT017 - either is right where no title is expected
        return
    assert all(len(entry.title) <= MAX_TITLE and len(entry.text) <= MAX_TEXT for entry in found.entries)
    assert titles is None or titles in [entry.title for entry in found.entries]


def test_external_entities_are_fetched_from_nowhere(read: ReadDocument, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("canary-file")
    hits: list[object] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=_count_hits, args=(listener, hits), daemon=True)
        thread.start()
        web = f"http://127.0.0.1:{listener.getsockname()[1]}"
        for head in (
            f"<!DOCTYPE rss SYSTEM '{web}/rss.dtd'>",
            f"<!DOCTYPE rss [<!ENTITY x SYSTEM '{web}/x'>]>",
            f"<!DOCTYPE rss [<!ENTITY x SYSTEM 'file://{secret}'>]>",
            f"<!DOCTYPE rss [<!ENTITY % p SYSTEM '{web}/p'>%p;]>",
        ):
            reference = "&x;" if "ENTITY x" in head else "x"
            found = read(document(rss(item(f"Title {reference}") + item("Second"), head=head)))
            assert "canary-file" not in repr(found)
        included = rss(
            f"<xi:include xmlns:xi='http://www.w3.org/2001/XInclude' href='file://{secret}'/>" + item("First")
        )
        assert "canary-file" not in repr(read(document(included)))
        style = f"<?xml-stylesheet href='{web}/style.xsl' type='text/xsl'?>"
        assert len(read(document(rss(item("First"), head=style))).entries) == 1
        # One hit of our own shows that the listener would have heard others.
        socket.create_connection(listener.getsockname()).close()
        thread.join(timeout=10)
    assert len(hits) == 1


def _count_hits(listener: socket.socket, hits: list[object]) -> None:
    connection, address = listener.accept()
    connection.close()
    hits.append(address)


def test_fields_are_cut_to_their_limits(read: ReadDocument) -> None:
    extra = f"<link>https://g.example/{'x' * MAX_ADDRESS}</link><description>{'word ' * (MAX_TEXT // 2)}</description>"
    found = read(document(rss(item("T" * 5_000, extra=extra)))).entries[0]
    assert (len(found.title), found.url) == (MAX_TITLE, None)
    assert MAX_TEXT - 5 <= len(found.text) <= MAX_TEXT


def test_more_entries_than_are_kept_are_counted(read: ReadDocument) -> None:
    found = read(document(rss("".join(f"<item><guid>{n}</guid><title>{n}</title></item>" for n in range(2_100)))))
    assert (len(found.entries), found.dropped) == (2_000, 100)


class _Broken:
    """A pool whose call fails."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def call(self, _: Document) -> object:
        raise self.error


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (ChildTimeout("x"), ParseTimeout),
        (ChildMemory("x"), ParseMemory),
        (ChildCrash("x", cause="SIGSEGV"), ParseCrash),
    ],
)
def test_what_a_child_suffers_is_said_of_the_feed(error: Exception, expected: type[FeedParseError]) -> None:
    with pytest.raises(expected, match="disable it if it stays so") as caught:
        reading._read_in_child(_Broken(error), document(GOOD))  # type: ignore[arg-type]
    assert "canary" not in str(caught.value)


def test_children_that_do_not_work_end_the_run_and_charge_no_feed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "_SUNG", None)
    with fault_server() as server:
        settings = PollSettings("t", allow_private=server.allow)
        outcomes = poll_feeds([Feed(server.url("/ok"), "gazette", "en")], {}, settings=settings, now=NOW)
        with pytest.raises(ParserUnavailable, match="Nothing was charged"):
            next(outcomes)


def test_a_feed_that_takes_too_long_is_an_outcome_and_the_others_are_stored(monkeypatch: pytest.MonkeyPatch) -> None:
    real = reading.open_readers
    monkeypatch.setattr("framewire.ingest.poll.open_readers", lambda n: real(n, timeout_seconds=1.0))
    with fault_server() as server:
        _serve(server, "/slow", many_attributes(80_000).encode())
        feeds = [Feed(server.url(path), "gazette", "en") for path in ("/slow", "/ok?1", "/ok?2")]
        settings = PollSettings("t", allow_private=server.allow)
        outcomes = {out.feed.url: out for out in poll_feeds(feeds, {}, settings=settings, now=NOW)}
    slow, *others = (outcomes[feed.url] for feed in feeds)
    assert (slow.status, slow.entries, slow.state.body_hash) == (PollStatus.MALFORMED, (), None)
    assert "not done after 1 s" in slow.message
    assert slow.state.failures > 0
    assert [other.status for other in others] == [PollStatus.OK] * 2


def _serve(server: FaultServer, path: str, body: bytes) -> None:
    server.scripts[path] = answer(200, body)
