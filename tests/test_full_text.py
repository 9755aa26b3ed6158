"""Feeds, pages, labels: whole runs over loopback, in a workspace with the small codebook."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from dam_press import START
from fault_server import FaultServer, answer, fault_server
from framewire.store import open_store, reading
from framewire.workflow import labelling
from framewire.workflow import run as workflow_run
from framewire.workflow.workspace import init_workspace, open_workspace
from pages_site import NOT_FREE, html, page, robots
from test_cli import invoke, write_seeds

RUN_AT = START.replace(hour=6, minute=20) + timedelta(days=4)
N_PAGES = 6
CLAIM = "Norland robs the river of its water, farmers said at the dam gate number {n}, and nobody in the hall laughed."
PADDING = (
    "<p>The hall of village number {n} was full, and the chair read the rules before anybody was allowed to speak.</p>"
    "<p>A report on the gates of village number {n} is to follow in the spring, when the ledger has been copied.</p>"
    "<p>Whoever came late to meeting number {n} stood in the corridor, where the stove was, and heard the rest there.</p>"
)


def build_feed(titles: dict[int, str] | None = None) -> bytes:
    items = "".join(
        f"<item><guid>g{n}</guid><title>{(titles or {}).get(n, f'Meeting number {n} in the hall')}</title>"
        f"<link>http://127.0.0.1:PORT/news/{n}</link><description>A short teaser, number {n}.</description>"
        f"<pubDate>Mon, 23 Nov 2026 10:0{n}:00 GMT</pubDate></item>"
        for n in range(N_PAGES)
    )
    return f'<rss version="2.0"><channel><title>Invented Gazette</title>{items}</channel></rss>'.encode()


def serve_feed(server: FaultServer, titles: dict[int, str] | None = None) -> None:
    body = build_feed(titles).replace(b"PORT", str(server.port).encode())
    server.scripts["/feed.xml"] = answer(200, body, Content_Type="application/rss+xml")


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with fault_server() as running:
        serve_feed(running)
        for n in range(N_PAGES):
            running.scripts[f"/news/{n}"] = html(page(f"<p>{CLAIM.format(n=n)}</p>{PADDING.format(n=n)}"))
        yield running


@pytest.fixture(autouse=True)
def no_delay(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages of the one host of these tests follow each other at once; turns are tested with a fake clock."""
    monkeypatch.setattr("framewire.ingest.robots.DELAY_SECONDS", 0.0)


@pytest.fixture
def watch(tmp_path: Path, server: FaultServer) -> Path:
    folder = tmp_path / "watch"
    init_workspace(folder, seeds=write_seeds(tmp_path / "seeds"))
    (folder / "feeds.yaml").write_text(
        "version: 1\noutlets:\n- id: gazette\n  name: Invented Gazette\n  group: world\n  country: GB\n"
        f"  full_text: true\n  feeds:\n  - url: {server.url('/feed.xml')}\n    language: en\n"
    )
    settings = (folder / "framewire.toml").read_text()
    (folder / "framewire.toml").write_text(f'allow_private = ["127.0.0.1/32:{server.port}"]\n{settings}')
    return folder


def fetch(watch: Path, at: datetime = RUN_AT) -> list[str]:
    """The lines of a fetch."""
    report = workflow_run.run_fetch(open_workspace(watch), now=at, force=True)
    return [stage.line for stage in report.stages]


def label(watch: Path, at: datetime = RUN_AT) -> str:
    return workflow_run.run_label(open_workspace(watch), now=at).stages[0].line


def query(watch: Path, sql: str) -> list[tuple[Any, ...]]:
    engine = open_store(f"sqlite:///{watch}/framewire.sqlite")
    with reading(engine) as conn:
        rows = [tuple(row) for row in conn.execute(text(sql))]
    engine.dispose()
    return rows


def test_pages_are_read_between_feeds_and_labels(watch: Path, server: FaultServer) -> None:
    _, line = fetch(watch)
    assert line == f"{N_PAGES} of {N_PAGES} pages asked  {N_PAGES} extracted  new texts {N_PAGES}"
    assert label(watch).startswith(f"{N_PAGES} articles")
    newest = query(watch, "SELECT text FROM versions WHERE source = 'page' ORDER BY id")
    assert newest[0][0].startswith("Meeting number 0 in the hall\nNorland robs the river")
    assert {row[0] for row in query(watch, "SELECT narrative FROM narratives")} == {"water_theft"}


def test_without_full_text_no_page_is_asked(watch: Path, server: FaultServer) -> None:
    feeds = watch / "feeds.yaml"
    feeds.write_text(feeds.read_text().replace("full_text: true", "full_text: false"))
    assert len(fetch(watch)) == 1
    assert set(server.hits) == {"/feed.xml"}


def test_the_setting_is_for_outlets_that_say_nothing(watch: Path, server: FaultServer) -> None:
    feeds = watch / "feeds.yaml"
    feeds.write_text(feeds.read_text().replace("  full_text: true\n", ""))
    assert len(fetch(watch)) == 1
    settings = (watch / "framewire.toml").read_text()
    (watch / "framewire.toml").write_text(f"full_text = true\npages_per_host = 4\n{settings}")
    assert fetch(watch)[1].startswith("4 of 6 pages asked")
    (row,) = json.loads(invoke("feeds", "list", "--json", "-w", str(watch)).stdout)
    assert row["full_text"] is True


def test_nothing_is_asked_twice_and_the_rest_comes_next(watch: Path, server: FaultServer) -> None:
    settings = (watch / "framewire.toml").read_text()
    (watch / "framewire.toml").write_text(f"pages_per_host = 4\n{settings}")
    assert fetch(watch)[1].endswith("2 left for the next run")
    assert fetch(watch, RUN_AT + timedelta(minutes=15))[1].startswith("2 of 2 pages asked")
    assert fetch(watch, RUN_AT + timedelta(minutes=30))[1] == "no page is due"
    assert {server.hits[f"/news/{n}"] for n in range(N_PAGES)} == {1}
    assert server.hits["/robots.txt"] == 1
    fetch(watch, RUN_AT + timedelta(days=2))
    assert server.hits["/robots.txt"] == 1


def test_a_run_that_breaks_off_before_labelling_is_continued(
    watch: Path, server: FaultServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(labelling, "label_new", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            workflow_run.run_all(open_workspace(watch), now=RUN_AT)
    assert query(watch, "SELECT count(*) FROM labellings") == [(0,)]
    report = workflow_run.run_all(open_workspace(watch), now=RUN_AT)
    assert [stage.stage for stage in report.stages] == ["fetch", "pages", "copies", "label", "summarise", "archive"]
    assert report.stages[1].line == "no page is due"
    assert {server.hits[f"/news/{n}"] for n in range(N_PAGES)} == {1}
    assert query(watch, "SELECT count(*) FROM labellings") == [(N_PAGES,)]


def test_a_change_of_the_page_is_a_revision_and_its_arrival_is_none(watch: Path, server: FaultServer) -> None:
    fetch(watch)
    serve_feed(server, {2: "Meeting number 2 in the yard"})
    server.scripts["/news/2"] = html(
        page(f"<p>{CLAIM.format(n=2)}</p>{PADDING.format(n=2)}<p>Corrected: it was in the yard.</p>")
    )
    assert fetch(watch, RUN_AT + timedelta(hours=3))[1].startswith("1 of 1 pages asked")
    assert server.hits["/news/2"] == 2
    changed = query(watch, "SELECT number, source FROM versions WHERE number > 2 ORDER BY number")
    assert changed == [(3, "page"), (4, "page")]
    from framewire.store import read_revisions

    with reading(open_workspace(watch).engine) as conn:
        assert read_revisions(conn)["new_title"].tolist() == ["Meeting number 2 in the yard"] * 2


def test_what_a_wall_hides_is_told(watch: Path, server: FaultServer) -> None:
    server.scripts["/news/3"] = html(page(f"<p>{CLAIM.format(n=3)}</p>{PADDING.format(n=3)}", head=NOT_FREE))
    server.scripts["/robots.txt"] = robots("User-agent: *\nDisallow: /news/4")
    result = invoke("run", "-w", str(watch), "--now", RUN_AT.isoformat())
    assert "1 blocked by robots  4 extracted  1 headline only" in result.output
    rows = json.loads(invoke("articles", "list", "--json", "-w", str(watch)).stdout)
    assert sorted(row["text"] for row in rows) == ["blocked by robots", "headline only", *["page"] * 4]
    number = next(row["article"] for row in rows if row["text"] == "headline only")
    shown = invoke("articles", "show", str(number), "-w", str(watch)).output
    assert "text: the feed's; page headline only: the page says that it is not free" in shown
    assert "page extracted" in invoke("articles", "show", str(rows[0]["article"]), "-w", str(watch)).output
    (as_json,) = json.loads(invoke("articles", "show", str(number), "--json", "-w", str(watch)).stdout)
    assert (as_json["text_from"], as_json["page"]["state"]) == ("feed", "headline only")
    summary = next((watch / "out").glob("*/summary.txt")).read_text()
    assert "1 with headline and teaser only" in " ".join(summary.split())


def test_without_children_the_run_is_reduced_and_goes_on(
    watch: Path, server: FaultServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    from framewire.errors import ParserUnavailable
    from framewire.ingest.child import ChildPool

    start = ChildPool._start

    def fail(pool: Any) -> Any:
        if pool.name != "reading pages":
            return start(pool)
        raise ParserUnavailable("reading pages: the child process does not work")

    monkeypatch.setattr(ChildPool, "_start", fail)
    report = workflow_run.run_fetch(open_workspace(watch), now=RUN_AT, force=True)
    assert report.reasons == ("reading pages: the child process does not work",)
    assert query(watch, "SELECT count(*) FROM articles") == [(N_PAGES,)]
    assert query(watch, "SELECT count(*) FROM pages") == [(0,)]


def test_doctor_wants_a_contact(watch: Path) -> None:
    def full_text() -> dict[str, Any]:
        rows = json.loads(invoke("doctor", "--json", "-w", str(watch)).stdout)
        return next(row for row in rows if row["what"] == "full text")

    assert "site owners cannot tell by whom" in full_text()["found"]
    settings = watch / "framewire.toml"
    settings.write_text(settings.read_text().replace("no contact given", "watch@example.org"))
    assert full_text() == {"what": "full text", "ok": True, "found": full_text()["found"]}
    assert "watch@example.org" in full_text()["found"]


KILLER = """
import os, sys
from sqlalchemy import Engine, event
import framewire.ingest.robots
from framewire.cli import main
framewire.ingest.robots.DELAY_SECONDS = 0.0
left = int(sys.argv.pop(1))

@event.listens_for(Engine, "before_cursor_execute")
def count(conn, cursor, statement, *_):
    global left
    left -= "INTO pages" in statement or "INTO versions" in statement or "INTO blocks" in statement
    if left == 0:
        os.kill(os.getpid(), 9)

main(sys.argv[1:])
"""


@pytest.mark.soak
@pytest.mark.parametrize("point", [2, 3, 7, 12])
def test_a_killed_run_asks_no_stored_page_again(watch: Path, server: FaultServer, point: int) -> None:
    """Killed before its n-th statement that stores of a page: all of a page is there, or nothing."""
    killed = subprocess.run(
        [sys.executable, "-c", KILLER, str(point), "fetch", "-w", str(watch), "--now", RUN_AT.isoformat()],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
    )
    assert killed.returncode == -9, killed.stderr
    stored = {row[0] for row in query(watch, "SELECT a.url FROM pages p JOIN articles a ON a.id = p.article_id")}
    with_text = {row[0] for row in query(watch, "SELECT a.url FROM versions v JOIN articles a ON a.id = v.article_id WHERE v.source = 'page'")}  # fmt: skip
    assert stored == with_text
    fetch(watch)
    assert query(watch, "SELECT count(*) FROM versions WHERE source = 'page'") == [(N_PAGES,)]
    assert query(watch, "SELECT n_pages FROM blocks WHERE block_hash = ''") == [(N_PAGES,)]
    for n in range(N_PAGES):
        asked = server.hits[f"/news/{n}"]
        assert asked == 1 or (asked == 2 and server.url(f"/news/{n}") not in stored)
