"""`framewire coverage` and `c.coverage()`: the same table on a terminal, in files and in notebooks."""

import json
import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

import framewire
from framewire.errors import InputError
from framewire.records import Entry, Feed, FeedOutcome, FeedState, Outlet, PollStatus
from framewire.store import open_store, record_poll, sync_feed_list, transaction
from framewire.summarise import COVERAGE_COLUMNS
from test_cli import invoke, write_seeds

# Day begins at 06:00 UTC. Twenty days asked hourly, of which the last is 23 November.
FIRST = datetime(2026, 11, 4, 6, tzinfo=UTC)
NOW = "2026-11-24T06:20:00+00:00"
STEADY, DYING = Feed("https://steady.example/rss", "steady", "en"), Feed("https://dying.example/rss", "dying", "en")
OUTLETS = (
    Outlet("steady", "The Steady", "norland", "XX", (STEADY,)),
    Outlet("dying", "The Dying", "sudland", "XX", (DYING,)),
)
FEEDS = "version: 1\noutlets:\n" + "".join(
    f"- id: {o.id}\n  name: {o.name}\n  group: {o.group}\n  country: XX\n  feeds:\n  - url: {o.feeds[0].url}\n    language: en\n"
    for o in OUTLETS
)


@pytest.fixture(scope="module")
def watch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with twenty days behind it: one outlet steady, one gone since 20 November, and a night of ours."""
    base = tmp_path_factory.mktemp("covered")
    folder = base / "watch"
    assert invoke("init", str(folder), "--seeds", str(write_seeds(base / "seeds")), "--no-train").exit_code == 0
    (folder / "feeds.yaml").write_text(FEEDS, encoding="utf-8")
    engine = open_store(f"sqlite:///{folder / 'framewire.sqlite'}")
    with transaction(engine) as conn:
        sync_feed_list(conn, OUTLETS)
        for hour in range(20 * 24):
            at = FIRST + timedelta(hours=hour)
            # Nothing is asked in the night to 22 November.
            if datetime(2026, 11, 21, 20, tzinfo=UTC) < at < datetime(2026, 11, 22, 4, tzinfo=UTC):
                continue
            for feed in (STEADY, DYING):
                record_poll(conn, outcome_of(feed, hour, at), run_id=None, seen_at=at)
    engine.dispose()
    return folder


def outcome_of(feed: Feed, hour: int, at: datetime) -> FeedOutcome:
    """A new article every eight hours; the dying feed is gone for good after 16 days."""
    dead = feed is DYING and hour >= 16 * 24
    status = PollStatus.GONE if dead else PollStatus.OK
    entries = [Entry(f"{n}", f"https://{feed.outlet_id}.example/{n}", f"Title {n}", "") for n in range(hour // 8 + 1)]
    state = FeedState(feed.url, last_polled_at=at, last_success_at=FIRST + timedelta(days=16) if dead else at)
    shown = () if dead else tuple(entries[-9:])
    return FeedOutcome(feed, status, "", state, at, 0.1, http_status=410 if dead else 200, entries=shown)


def coverage(watch: Path, *arguments: str) -> str:
    """What the command prints."""
    result = invoke("coverage", "-w", str(watch), "--now", NOW, *arguments)
    assert result.exit_code == 0, result.output
    return str(result.stdout)


def test_one_day(watch: Path) -> None:
    lines = [re.split(r" {2,}", line.strip()) for line in coverage(watch, "--day", "2026-11-23").splitlines()]
    assert lines == [
        ["day", "outlet", "articles", "relevant", "reason", "detail"],
        [
            "2026-11-23",
            "dying",
            "0",
            "0",
            "dead",
            "its feed gave no good answer: gone (410); last good answer 20 Nov 05:00",
        ],
        ["2026-11-23", "steady", "3", "0", "as usual", "3 articles, usually 3 (the last 2 Mondays)"],
    ]


def test_a_night_of_ours_is_told_on_its_day(watch: Path) -> None:
    (row,) = json.loads(coverage(watch, "--day", "2026-11-21", "--outlet", "steady", "--json"))
    assert (row["reason"], row["hours_down"], row["is_gap"]) == ("partly asked", 7.0, True)
    assert row["detail"].startswith("no feed was asked for 7.0 of 24 hours; ")


def test_gaps_only(watch: Path) -> None:
    rows = [json.loads(line) for line in coverage(watch, "--gaps", "--jsonl").splitlines()]
    assert [(row["day"], row["outlet"], row["reason"]) for row in rows] == [
        ("2026-11-04", "dying", "new"),
        ("2026-11-04", "steady", "new"),
        ("2026-11-20", "dying", "dead"),
        ("2026-11-21", "dying", "dead"),
        ("2026-11-21", "steady", "partly asked"),
        ("2026-11-22", "dying", "dead"),
        ("2026-11-23", "dying", "dead"),
    ]


def test_csv_has_every_column(watch: Path) -> None:
    head, *rows = coverage(watch, "--since", "2026-11-22", "--csv").splitlines()
    assert head == ",".join(COVERAGE_COLUMNS)
    assert len(rows) == 4


def test_the_calendar(watch: Path) -> None:
    text = coverage(watch, "--calendar", "--since", "2026-11-02")
    assert text == (
        "                        2 Nov  9 Nov  16 Nov\n"
        "The Dying                 nooooooo........DDDD\n"
        "The Steady                nooooooo.........h..\n"
        "\n"
        ". as usual (19), o too early to tell (14), n new (2), h partly asked (1),\n"
        "D dead (4)\n"
        "7 of 40 outlet days have a gap; `--gaps` lists them with their reasons\n"
    )


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("--day", "2026-11-24"), 1, "2026-11-24 has not ended yet; the newest day that has is 2026-11-23"),
        (("--since", "2026-11-23", "--until", "2026-11-20"), 1, "no day lies between 2026-11-23 and 2026-11-20"),
        (("--outlet", "stedy"), 1, "unknown outlet 'stedy' (did you mean 'steady'?)"),
        (("--day", "2026-11-23", "--since", "2026-11-20"), 2, "--day is one day"),
        (("--calendar", "--csv"), 2, "--calendar shows every day as text"),
        (("--calendar", "--gaps"), 2, "--calendar shows every day as text"),
    ],
)
def test_what_cannot_be_shown_is_refused(watch: Path, arguments: tuple[str, ...], code: int, said: str) -> None:
    result = invoke("coverage", "-w", str(watch), "--now", NOW, *arguments)
    assert result.exit_code == code
    assert said in " ".join(result.stderr.split())


def test_in_a_notebook(watch: Path) -> None:
    c = framewire.open(watch)
    now = datetime.fromisoformat(NOW)
    table = c.coverage(since="2026-11-22", until=date(2026, 11, 23), now=now)
    assert list(table.columns) == list(COVERAGE_COLUMNS)
    assert table["reason"].tolist() == ["dead", "as usual"] * 2
    assert table.attrs["query"]["method"] == "coverage"
    assert (table.attrs["query"]["since"], table.attrs["query"]["until"]) == ("2026-11-22", "2026-11-23")
    assert len(c.coverage(now=now)) == 40
    with pytest.raises(InputError, match="has not ended yet"):
        c.coverage(until=now, now=now)


def test_a_store_without_a_poll(watch: Path, tmp_path: Path) -> None:
    folder = tmp_path / "fresh"
    seeds = str(watch.parent / "seeds")
    assert invoke("init", str(folder), "--seeds", seeds, "--no-train").exit_code == 0
    table = framewire.open(folder).coverage(now=datetime.fromisoformat(NOW))
    assert table.empty
    assert pd.api.types.is_bool_dtype(table["is_gap"])
    assert coverage(folder) == ""
