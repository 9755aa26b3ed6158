"""A store that several hosts share: feeds on loopback addresses of their own that count who asks, and the hosts' folders."""

import contextlib
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from email.utils import format_datetime
from pathlib import Path

from sqlalchemy import create_engine, make_url, text

from dam_press import START, STORIES
from endurance_cases import RUN_AT, Watch
from fault_server import FaultServer, raw
from forked_runs import Runner
from press_crowd import Member, serve_crowd
from test_cli import write_seeds

LATENCY_SECONDS = 0.05
N_STORIES = 2
# Long enough that a host on a busy machine is not taken for a dead one, short enough to wait for.
LEASE_SECONDS = 20


@dataclass(frozen=True)
class SharedPress:
    """The feeds' server, and one trained host's workspace, whose database is a PostgreSQL one."""

    server: FaultServer
    base: Watch
    n_feeds: int

    @contextlib.contextmanager
    def hosts(self, tmp: Path, *names: str) -> Iterator[list[Watch]]:
        """Workspaces of so many hosts on a fresh copy of the database."""
        url = make_url(self.base.url).set(database=f"fw_{names[0]}")
        _tell(self.base.url, f"CREATE DATABASE {url.database} TEMPLATE {make_url(self.base.url).database}")
        self.server.hits.clear()
        address = url.render_as_string(hide_password=False)
        for name in names:
            shutil.copytree(self.base.folder, tmp / name)
        try:
            yield [replace(self.base, folder=tmp / name, url=address) for name in names]
        finally:
            _tell(self.base.url, f"DROP DATABASE {url.database} WITH (FORCE)")


@contextlib.contextmanager
def shared_press(tmp: Path, server: str, runner: Runner, *, n_feeds: int) -> Iterator[SharedPress]:
    """A press of so many feeds, and a host that is trained to read it."""
    members = [Member(number, f"127.7.0.{number + 1}", None) for number in range(n_feeds)]
    url = make_url(server).set(database="fw_shared")
    _tell(server, f"CREATE DATABASE {url.database}")
    base = Watch(tmp / "watch", url.render_as_string(hide_password=False), runner)
    with serve_crowd(members) as press:
        for member in members:
            press.scripts[f"/feed/{member.number}"] = _behave(member.number)
        seeds = ("--seeds", str(write_seeds(tmp / "seeds")), "--now", RUN_AT.isoformat())
        made = runner.run("init", str(base.folder), *seeds, FRAMEWIRE_DATABASE=base.url)
        assert made.code == 0, made.err
        _write_feeds(base.folder, members, press.port)
        settings = (base.folder / "framewire.toml").read_text()
        mine = f'allow_private = ["127.7.0.0/24:{press.port}"]\nmax_hosts = 3\nlease_seconds = {LEASE_SECONDS}\n'
        (base.folder / "framewire.toml").write_text(mine + settings)
        yield SharedPress(press, base, n_feeds)


def _behave(number: int) -> object:
    """An RSS document, after a moment."""
    items = "".join(
        f"<item><title>{title} ({number})</title><link>http://paper{number}.example/{n}</link>"
        f"<description>{body}</description><pubDate>{format_datetime(START)}</pubDate></item>"
        for n, (title, body) in enumerate(STORIES[:N_STORIES])
    )
    body = f'<rss version="2.0"><channel><title>Paper {number}</title>{items}</channel></rss>'.encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    return raw(LATENCY_SECONDS, head + body)


def _write_feeds(folder: Path, members: list[Member], port: int) -> None:
    lines = ["version: 1", "outlets:"]
    for member in members:
        group = "norland" if member.number % 2 else "sudland"
        lines += [f"- id: paper{member.number}", f"  name: Paper {member.number}", f"  group: {group}", "  country: XX"]
        lines += ["  feeds:", f"  - url: {member.url(port)}", "    language: en"]
    (folder / "feeds.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _tell(server: str, statement: str) -> None:
    engine = create_engine(make_url(server).set(database="postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as conn:
        conn.execute(text(statement))
    engine.dispose()
