"""An asynchronous server of invented feeds on loopback: what the pollers are timed against.

Each feed has its own address in 127.0.0.0/8, so that a limit of one request a host binds nobody, and answers after 50
to 100 ms, as a feed far away does. Its state is the validator that comes back: a feed asked without one gives its first
issue; asked with one, every other feed answers 304, and the rest give the second issue (`fresh` new entries at the top)
or, if there are no fresh ones, the same body again. So two pollers are served alike, however they go on.
Run: feed_press.py N_FEEDS N_ENTRIES N_FRESH; it prints its port, and ends when its input does.
"""

import asyncio
import contextlib
import random
import socket
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

LATENCY_SECONDS = (0.05, 0.1)
NEWEST = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Issues:
    """The two states of a feed; `stays` says that it answers 304 to its validator."""

    first: bytes
    second: bytes
    stays: bool


def find_address(number: int) -> str:
    """The loopback address of a feed."""
    return f"127.0.{1 + number // 250}.{1 + number % 250}"


def build_issues(number: int, sentences: list[str], *, n_entries: int, n_fresh: int) -> Issues:
    """A feed before and after its fresh entries."""
    chance = random.Random(number)
    items = [_build_item(number, n, sentences, chance) for n in range(n_entries + n_fresh)]
    first = _build_feed(number, items[:n_entries])
    return Issues(first, _build_feed(number, [*items[n_entries:], *items[: n_entries - n_fresh]]), number % 2 == 0)


def _build_feed(number: int, items: list[str]) -> bytes:
    head = f"<title>Invented paper {number}</title><link>http://paper{number}.example/</link><language>en</language>"
    return f'<?xml version="1.0" encoding="utf-8"?>\n<rss version="2.0"><channel>{head}{"".join(items)}</channel></rss>'.encode()


def _build_item(number: int, n: int, sentences: list[str], chance: random.Random) -> str:
    """An entry with a summary in HTML, of about 100 words."""
    address = f"http://paper{number}.example/{n}"
    title = " ".join(chance.choice(sentences).split()[:9]).strip('."').replace("&", "and").replace("<", "")
    opening, body = chance.choice(sentences), " ".join(chance.choices(sentences, k=3))
    summary = f'<p><img src="{address}.jpg" alt=""> {opening}</p><p>{body} <a href="{address}?utm_source=rss"><b>Read on</b></a></p>'
    date = NEWEST - timedelta(minutes=7 * n)
    return (
        f'<item><guid isPermaLink="false">{number}-{n}</guid><title>{title} ({n})</title><link>{address}</link>'
        f"<pubDate>{date:%a, %d %b %Y %H:%M:%S} +0000</pubDate><category>world</category>"
        f"<description><![CDATA[{summary}]]></description></item>\n"
    )


def build_answer(issues: Issues, head: str) -> bytes:
    """The whole answer to a request."""
    asked = "if-none-match:" in head.lower()
    if asked and issues.stays:
        return b'HTTP/1.1 304 Not Modified\r\nETag: "1"\r\nConnection: close\r\n\r\n'
    body = issues.second if asked else issues.first
    headers = f'HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\nContent-Length: {len(body)}\r\nETag: "1"\r\nConnection: close\r\n\r\n'
    return headers.encode() + body


async def serve(papers: dict[str, Issues]) -> None:
    """Serves the feeds until standard input ends."""
    chance = random.Random(0)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            await asyncio.sleep(chance.uniform(*LATENCY_SECONDS))
            writer.write(build_answer(papers[writer.get_extra_info("sockname")[0]], head.decode("latin-1")))
            await writer.drain()
            writer.close()
            await writer.wait_closed()

    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    async with await asyncio.start_server(answer, list(papers), port, backlog=16):
        print(port, flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


def main(n_feeds: int, n_entries: int, n_fresh: int) -> None:
    """Builds the feeds and serves them."""
    # Not above: the contestants read addresses from this file, and must not load Framewire by it.
    from bench_terms import read_sentences

    sentences = read_sentences(relevant=True) + read_sentences(relevant=False)
    papers = {
        find_address(number): build_issues(number, sentences, n_entries=n_entries, n_fresh=n_fresh)
        for number in range(n_feeds)
    }
    asyncio.run(serve(papers))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
