"""The commands of the feed list: what is asked before it is listed, what is told of it, and what is never shown."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import click
import pytest

from fault_server import Behaviour, FaultServer, answer, fault_server, slow
from framewire.cli import feeds as feeds_room
from framewire.ingest import load_feed_list
from framewire.records import FeedNews
from framewire.workflow.feeds import find_stale
from framewire.workflow.workspace import open_workspace
from test_cli import invoke, write_seeds

NOW = datetime(2026, 11, 24, 2, 20, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
ARMENIAN = "Կառավարությունը քննարկել է ջրամբարի շինարարության հարցը և հաստատել ծրագիրը"
ENGLISH = "The government discussed the building of the dam and approved the plan of the commission"


def build_feed(n: int, *, newest: datetime = NOW, gap: timedelta = HOUR, title: str = ENGLISH) -> bytes:
    items = "".join(
        f"<item><guid>g{newest - i * gap:%d%H%M}</guid><title>{title} {i}</title>"
        f"<link>https://gazette.press.example/{newest - i * gap:%d%H%M}</link>"
        f"<pubDate>{format_datetime(newest - i * gap)}</pubDate></item>"
        for i in range(n)
    )
    return f'<rss version="2.0"><channel><title>Invented Gazette</title>{items}</channel></rss>'.encode()


def page(*hrefs: str) -> bytes:
    links = "".join(f'<link rel="alternate" type="application/rss+xml" href="{href}">' for href in hrefs)
    return f"<!doctype html><html><head>{links}</head><body>Front page</body></html>".encode()


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with fault_server() as running:
        running.scripts |= {
            "/feed": answer(200, build_feed(40)),
            "/hy": answer(200, build_feed(12, title=ARMENIAN)),
            "/one": answer(200, page("/feed")),
            "/two": answer(200, page("/feed", "/hy")),
            "/bare": answer(200, b'<rss version="2.0"><channel><title>x</title></channel></rss>'),
        }
        yield running


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    seeds = write_seeds(folder / "seeds")
    assert invoke("init", str(folder / "watch"), "--seeds", str(seeds), "--no-train").exit_code == 0
    return folder / "watch"


@pytest.fixture
def watch(made: Path, server: FaultServer, tmp_path: Path) -> Path:
    import shutil

    folder = tmp_path / "watch"
    shutil.copytree(made, folder)
    settings = (folder / "framewire.toml").read_text()
    (folder / "framewire.toml").write_text(f'allow_private = ["127.0.0.1/32:{server.port}"]\n{settings}')
    return folder


def do(watch: Path, *arguments: str, at: datetime = NOW) -> Any:
    clock = () if {*arguments} & {"remove", "disable", "enable", "export", "articles"} else ("--now", at.isoformat())
    return invoke(*arguments, "-w", str(watch), *clock)


def add(watch: Path, url: str, *more: str) -> Any:
    return do(watch, "feeds", "add", url, "--outlet", "Gazette", *more)


def listed(watch: Path) -> list[tuple[str, str]]:
    return [(feed.url, feed.language) for outlet in load_feed_list(watch / "feeds.yaml") for feed in outlet.feeds]


def rows(watch: Path, at: datetime = NOW) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(do(watch, "feeds", "list", "--json", at=at).stdout)
    return found


def test_a_feed_is_asked_once_and_described_before_it_is_added(watch: Path, server: FaultServer) -> None:
    result = add(watch, server.url("/feed"))
    assert result.exit_code == 0, result.output
    assert "'Invented Gazette', 40 entries, newest 2026-11-24, language en" in result.stdout
    assert f"added {server.url('/feed')} to Gazette" in result.stdout
    assert listed(watch) == [(server.url("/feed"), "en")]
    assert server.hits.total() == 1


def test_the_language_is_found_and_a_wrong_one_is_told(watch: Path, server: FaultServer) -> None:
    wrong = add(watch, server.url("/hy"), "--language", "en", "--dry-run")
    assert "note: its headlines are in 'hy', and it is listed as 'en'" in wrong.stderr
    assert listed(watch) == []
    assert add(watch, server.url("/hy")).stderr == ""
    assert listed(watch) == [(server.url("/hy"), "hy")]


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/missing", "answered 404; there is no such page"),
        ("/forbidden", "answered 403"),
        ("/gone", "removed by its publisher (410)"),
        ("/empty", "the answer is empty"),
        ("/html", "the answer is an HTML page, which names no feed"),
    ],
)
def test_a_dead_feed_is_refused_with_its_reason(watch: Path, server: FaultServer, path: str, told: str) -> None:
    result = add(watch, server.url(path))
    assert result.exit_code == 1
    assert told in result.output
    assert "Nothing was added; --no-check adds it all the same." in result.output
    assert listed(watch) == []
    assert add(watch, server.url(path), "--no-check").exit_code == 0
    assert listed(watch) == [(server.url(path), "en")]


@pytest.mark.parametrize(
    ("behave", "told"),
    [
        (answer(500), "answered 500; the site has a fault; try it again later. Nothing was added"),
        (answer(429), "asked too often (429); try it again after 2026-11-2"),
        (slow(answer(200), 3.0), "the server is slow, try it again later. Nothing was added"),
    ],
)
def test_what_is_not_added_is_not_said_to_be_asked_again(
    watch: Path, server: FaultServer, behave: Behaviour, told: str
) -> None:
    server.scripts["/feed"] = behave
    settings = (watch / "framewire.toml").read_text()
    (watch / "framewire.toml").write_text(f"deadline_seconds = 0.5\n{settings}")
    result = add(watch, server.url("/feed"))
    assert (result.exit_code, told in result.output) == (1, True), result.output
    assert "asked again" not in result.output


@pytest.mark.parametrize("name", ["", "  "])
def test_an_outlet_without_a_name_is_refused(watch: Path, server: FaultServer, name: str) -> None:
    result = do(watch, "feeds", "add", server.url("/feed"), "--outlet", name)
    assert (result.exit_code, "--outlet: expected the name of the outlet" in result.output) == (1, True)
    assert not server.hits


def test_a_web_page_is_refused_with_the_feeds_it_names(watch: Path, server: FaultServer) -> None:
    result = add(watch, server.url("/two"))
    assert result.exit_code == 1
    assert f"is a web page, no feed; it names: \n  {server.url('/feed')}\n  {server.url('/hy')}\n" in result.output
    assert "add one of these" in result.output
    assert add(watch, server.url("/two"), "--discover").exit_code == 1
    assert "call this with --discover" in add(watch, server.url("/one")).output
    assert listed(watch) == []


def test_discover_adds_the_one_feed_that_a_page_names(watch: Path, server: FaultServer) -> None:
    result = add(watch, server.url("/one"), "--discover")
    assert result.exit_code == 0, result.output
    assert listed(watch) == [(server.url("/feed"), "en")]
    again = add(watch, server.url("/one"), "--discover")
    assert again.exit_code == 1
    assert "is listed already" in again.output


def test_an_empty_feed_and_a_moved_one_are_added_with_a_note(watch: Path, server: FaultServer) -> None:
    assert "it is a feed, but it holds no entry now" in add(watch, server.url("/bare")).stderr
    assert f"it moved: list {server.url('/ok')} in its place" in add(watch, server.url("/moved")).stderr


def test_a_removed_feed_leaves_the_list_and_not_the_store(watch: Path, server: FaultServer) -> None:
    add(watch, server.url("/feed"))
    do(watch, "fetch")
    result = do(watch, "feeds", "remove", server.url("/feed"))
    assert result.exit_code == 0
    assert "its articles and polls stay in the database" in result.output
    assert listed(watch) == []
    assert len(json.loads(invoke("articles", "list", "--json", "--limit", "100", "-w", str(watch)).stdout)) == 40
    again = do(watch, "feeds", "remove", server.url("/feed"))
    assert (again.exit_code, "is not listed" in again.output) == (1, True)


def test_the_list_says_state_since_next_and_why(watch: Path, server: FaultServer) -> None:
    add(watch, server.url("/feed"))
    add(watch, server.url("/missing"), "--no-check")
    add(watch, server.url("/moved"))
    do(watch, "fetch")
    do(watch, "feeds", "disable", server.url("/moved"))
    good, bad, off = rows(watch)
    assert (good["state"], good["since"]) == ("ok", "")
    assert good["why"] == "every 60 min: 40 items, the fastest 20 came in 20 h, the newest 0 min ago"
    assert (bad["state"], bad["since"]) == ("http error", "2026-11-24T02:20:00+00:00")
    assert bad["why"].startswith("answered 404; there is no such page")
    assert "failures in a row weigh 1" in bad["why"]
    assert off["state"] == "disabled"
    assert f"moved for good to {server.url('/ok')}" in off["why"]
    assert "edit the address in feeds.yaml" in off["why"]
    failing = json.loads(do(watch, "feeds", "list", "--failing", "--json").stdout)
    assert [row["url"] for row in failing] == [bad["url"]]


def test_a_list_on_a_pipe_has_a_line_of_names(watch: Path, server: FaultServer) -> None:
    add(watch, server.url("/feed"))
    head, row = do(watch, "feeds", "list").stdout.splitlines()
    assert head.split() == ["outlet", "state", "since", "next", "url", "why"]
    assert row.split()[:2] == ["gazette", "never"]
    assert head.index("url") == row.index("http://")


def test_tables_have_times_in_the_zone_of_the_watch_and_data_in_utc(watch: Path, server: FaultServer) -> None:
    add(watch, server.url("/feed"))
    add(watch, server.url("/missing"), "--no-check")
    do(watch, "fetch")
    settings = watch / "framewire.toml"
    settings.write_text(re.sub(r"(?m)^timezone = .*$", 'timezone = "Asia/Yerevan"', settings.read_text()))
    since, seen = "2026-11-24T02:20:00+00:00", "2026-11-24 06:20"
    for command in (["feeds", "list"], ["articles", "list"]):
        table = do(watch, *command)
        assert seen in table.stdout, command
        assert "02:20" not in table.stdout, command
        assert "Times in Asia/Yerevan." in table.stderr, command
        assert since in do(watch, *command, "--json").stdout, command
    shown = do(watch, "feeds", "show", server.url("/missing")).stdout
    assert re.search(rf"^since +{seen}$", shown, re.MULTILINE)
    assert re.search(r"^times in +Asia/Yerevan$", shown, re.MULTILINE)
    assert re.search(rf"^{seen} +http error", shown, re.MULTILINE)
    assert f"first seen {seen} (Asia/Yerevan)" in do(watch, "articles", "show", "1").stdout


def test_since_without_a_zone_is_in_that_of_the_watch(watch: Path, server: FaultServer) -> None:
    add(watch, server.url("/feed"))
    do(watch, "fetch")
    settings = watch / "framewire.toml"
    settings.write_text(re.sub(r"(?m)^timezone = .*$", 'timezone = "Asia/Yerevan"', settings.read_text()))
    assert do(watch, "articles", "list", "--since", "2026-11-24 06:20:00").stdout
    assert not do(watch, "articles", "list", "--since", "2026-11-24 06:20:01").stdout


@pytest.mark.parametrize("width", [80, 120])
def test_the_list_fits_a_terminal_and_its_addresses_can_be_copied(
    watch: Path, server: FaultServer, width: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    add(watch, server.url("/feed"))
    add(watch, server.url("/missing"), "--no-check")
    do(watch, "fetch")
    monkeypatch.setenv("COLUMNS", str(width))
    found = rows(watch)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    feeds_room._echo_short(found, "table", shown=feeds_room._SHOWN)
    lines = click.unstyle(capsys.readouterr().out).splitlines()
    assert lines[0].split() == ["outlet", "state", "since", "next"]
    assert [line.strip() for line in lines if "http://" in line] == [server.url("/feed"), server.url("/missing")]
    assert max(map(len, lines)) <= width


def test_one_feed_is_shown_with_its_polls(watch: Path, server: FaultServer) -> None:
    add(watch, server.url("/feed"))
    for n in range(22):
        do(watch, "fetch", "--all", at=NOW + n * HOUR)
    server.scripts["/feed"] = answer(500)
    do(watch, "fetch", "--all", at=NOW + DAY)
    result = do(watch, "feeds", "show", server.url("/feed"), at=NOW + DAY)
    assert result.exit_code == 0, result.output
    assert re.search(r"^state +http error$", result.stdout, re.MULTILINE)
    assert re.search(r"^since +2026-11-25 02:20$", result.stdout, re.MULTILINE)
    assert re.search(r"^rhythm +may wait 10\.2 h$", result.stdout, re.MULTILINE)
    (row,) = json.loads(do(watch, "feeds", "show", server.url("/feed"), "--json").stdout)
    assert [poll["answer"] for poll in row["polls"]] == ["http error"] + ["not modified"] * 19
    assert do(watch, "feeds", "show", "http://nowhere.example/").exit_code == 1


def test_a_feed_without_news_is_told_stale(watch: Path, server: FaultServer) -> None:
    for day in range(6):
        server.scripts["/feed"] = answer(200, build_feed(10, newest=NOW + day * DAY, title=f"Day {day}: {ENGLISH}"))
        if not day:
            add(watch, server.url("/feed"))
        do(watch, "fetch", "--all", at=NOW + day * DAY)
    for day in (6, 7, 9):
        do(watch, "fetch", "--all", at=NOW + day * DAY)
    assert rows(watch, NOW + 7 * DAY)[0]["state"] == "not modified"
    (row,) = rows(watch, NOW + 9 * DAY)
    assert (row["state"], row["since"]) == ("stale", "2026-11-29T02:20:00+00:00")
    assert row["why"] == "answers, but nothing new since 2026-11-29; usually 10.0 a day"
    assert find_stale(open_workspace(watch), now=NOW + 9 * DAY) == ["gazette"]
    status = do(watch, "status", "--json", at=NOW + 9 * DAY).stdout
    assert "answering without news: gazette" in status


@pytest.mark.parametrize(
    ("days", "n_new", "silent_days", "stale"),
    [(10, 100, 2.9, False), (10, 100, 3.1, True), (10, 10, 9, False), (10, 10, 11, True), (10, 3, 99, False), (0.5, 50, 99, False)],
)  # fmt: skip
def test_when_a_feed_is_stale(days: float, n_new: int, silent_days: float, stale: bool) -> None:
    news = FeedNews(NOW - days * DAY, NOW, n_new)
    assert news.is_stale(NOW + silent_days * DAY) is stale


CANARIES = ("canary-user", "canary-password", "canary-token")


def test_secrets_of_addresses_are_shown_nowhere(watch: Path, server: FaultServer) -> None:
    at = f"http://canary-user:canary-password@127.0.0.1:{server.port}"
    for path in ("/feed", "/missing", "/html"):
        assert add(watch, f"{at}{path}?token=canary-token", "--no-check").exit_code == 0
    told = [
        do(watch, *arguments.split(), at=NOW).output
        for arguments in (
            "fetch",
            "feeds list",
            "feeds list --json",
            "feeds list --csv",
            "feeds list --failing",
            "feeds check",
            "feeds check --json",
            "status",
            "status --json",
            "run --dry-run",
            "fetch --dry-run",
        )
    ]
    shown = rows(watch)[0]["url"]
    assert shown == f"http://***@127.0.0.1:{server.port}/feed?token=***"
    told += [do(watch, "feeds", verb, shown).output for verb in ("show", "disable", "enable")]
    told.append(invoke("doctor", "-w", str(watch)).output)
    told.append(add(watch, f"{at}/feed?token=canary-token").output)
    told.append(add(watch, f"{at}/gone?token=canary-token").output)
    run = do(watch, "run")
    told.append(run.output)
    told += [path.read_text() for path in (watch / "out").rglob("*.*")]
    for text in told:
        assert text
        assert [canary for canary in CANARIES if canary in text] == [], text
    assert "canary-token" in do(watch, "feeds", "list", "--show-secrets").stdout
    exported = do(watch, "feeds", "export")
    assert "canary-token" in exported.stdout
    assert "3 of the addresses hold passwords or keys" in exported.stderr


def test_fetch_tells_of_a_broken_feed_once_and_the_daily_run_each_day(watch: Path, server: FaultServer) -> None:
    add(watch, server.url("/missing"), "--no-check")
    first = do(watch, "fetch", "--quiet")
    assert (first.exit_code, "1 of 1 feeds failed" in first.output) == (3, True)
    for n in range(1, 20):
        again = do(watch, "fetch", "--quiet", at=NOW + n * 15 * MINUTE)
        assert (again.exit_code, again.output) == (0, "")
    assert "1 of 1 feeds failed" in do(watch, "run", "--quiet", at=NOW + DAY).output
    assert do(watch, "fetch", "--quiet", at=NOW + DAY + HOUR).exit_code == 0


def test_a_passing_fault_does_not_use_up_the_budget(watch: Path, server: FaultServer) -> None:
    for path in ("/feed", "/hy", "/broken"):
        add(watch, server.url(path), "--no-check")
    codes = [do(watch, "fetch", "--all", at=NOW + n * HOUR).exit_code for n in range(5)]
    assert codes == [0, 0, 0, 3, 0]


def test_a_run_if_due_works_once_a_day(watch: Path, server: FaultServer) -> None:
    add(watch, server.url("/feed"))
    outputs = [do(watch, "run", "--if-due", at=NOW + n * HOUR).stdout for n in range(25)]
    idle = ["nothing to do" in text for text in outputs]
    # The day ends at 06:00 UTC: 02:20 makes that of the day before yesterday, 06:20 yesterday's, and then nothing.
    assert [n for n, is_idle in enumerate(idle) if not is_idle] == [0, 4]
    assert do(watch, "run", "--if-due", "--quiet", at=NOW + HOUR).output == ""


def test_a_failed_run_is_made_up_for_in_the_next_hour(watch: Path, server: FaultServer) -> None:
    add(watch, server.url("/feed"))
    (watch / "out").write_text("a file where the folder should be")
    assert do(watch, "run", "--if-due").exit_code == 1
    (watch / "out").unlink()
    assert "summarise" in do(watch, "run", "--if-due", at=NOW + HOUR).stdout


def test_importing_many_feeds_is_one_write(watch: Path, tmp_path: Path) -> None:
    outlines = "".join(
        f'<outline type="rss" text="Outlet {n % 30}" xmlUrl="https://press.example/{n}" language="xx"/>'
        for n in range(60)
    )
    opml = tmp_path / "feeds.opml"
    opml.write_text(f'<opml version="2.0"><body>{outlines}</body></opml>')
    result = invoke("feeds", "import", str(opml), "-w", str(watch), "--language", "fr")
    assert result.exit_code == 0, result.output
    assert len(result.stdout.splitlines()) == 60
    assert {language for _, language in listed(watch)} == {"fr"}
    assert not any(feed.enabled for outlet in load_feed_list(watch / "feeds.yaml") for feed in outlet.feeds)
    assert invoke("feeds", "import", str(opml), "-w", str(watch)).stdout == ""
