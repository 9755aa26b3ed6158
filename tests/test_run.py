"""Whole runs over loopback: what is stored and written, again, after kills, beside another run, on bad ground."""

import json
import os
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from press import FEED_LENGTH
from server import PressServer
from sqlalchemy import text

from dam_press import START, write_dam_press
from framewire.store import open_store, reading
from test_cli import invoke, write_seeds

RUN_AT = START.replace(hour=6, minute=20) + timedelta(days=4)
TABLES = ("articles", "versions", "entries", "labellings", "passages", "narratives", "mentions", "summaries")
SUMMARY_FILES = {"summary.html", "summary.txt", "summary.md", "summary.json", "numbers.csv", "coverage.csv"}


@pytest.fixture(scope="module")
def press(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PressServer]:
    folder = tmp_path_factory.mktemp("press")
    write_dam_press(folder)
    with PressServer(folder, now=RUN_AT) as server:
        yield server


@pytest.fixture(scope="module")
def trained_watch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("watch")
    assert (
        invoke(
            "init", str(folder / "watch"), "--seeds", str(write_seeds(folder / "seeds")), "--now", RUN_AT.isoformat()
        ).exit_code
        == 0
    )
    return folder / "watch"


@pytest.fixture
def watch(trained_watch: Path, press: PressServer, tmp_path: Path) -> Path:
    """A trained workspace that reads the dam press."""
    import shutil

    press.now = RUN_AT
    folder = tmp_path / "watch"
    shutil.copytree(trained_watch, folder)
    (folder / "feeds.yaml").write_text((press.folder / "feeds.yaml").read_text().replace("{base}", press.address))
    settings = (folder / "framewire.toml").read_text()
    (folder / "framewire.toml").write_text(f'allow_private = ["127.0.0.1/32:{press.port}"]\n{settings}')
    return folder


def run(watch: Path, at: datetime = RUN_AT, *more: str) -> Any:
    return invoke("run", "-w", str(watch), "--now", at.isoformat(), *more)


def dump(watch: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Every table that matters, without the numbers of rows, in a fixed order."""
    engine = open_store(f"sqlite:///{watch}/framewire.sqlite")
    queries = {
        "articles": "SELECT outlet_id, url_key, first_seen_at, published_at FROM articles ORDER BY 1, 2",
        "versions": "SELECT a.url_key, v.number, v.text_hash FROM versions v JOIN articles a ON a.id = v.article_id ORDER BY 1, 2",
        "entries": "SELECT identity, first_seen_at FROM entries ORDER BY 1",
        "narratives": "SELECT a.url_key, n.passage, n.narrative, n.score, n.state, n.voice, n.accused FROM narratives n JOIN labellings l ON l.id = n.labelling_id JOIN versions v ON v.id = l.version_id JOIN articles a ON a.id = v.article_id ORDER BY 1, 2, 3",
        "mentions": "SELECT a.url_key, m.span_start, m.wording, m.voice FROM mentions m JOIN labellings l ON l.id = m.labelling_id JOIN versions v ON v.id = l.version_id JOIN articles a ON a.id = v.article_id ORDER BY 1, 2",
        "copies": "SELECT a.url_key, o.url_key, c.jaccard FROM copies c JOIN articles a ON a.id = c.article_id JOIN articles o ON o.id = c.original_id ORDER BY 1",
        "labellings": "SELECT version_id, state FROM labellings ORDER BY version_id",
        "summaries": "SELECT day, digest FROM summaries ORDER BY 1",
    }
    with reading(engine) as conn:
        found = {name: [tuple(row) for row in conn.execute(text(query))] for name, query in queries.items()}
    engine.dispose()
    return found


def test_a_run_stores_labels_and_sums_up(watch: Path) -> None:
    result = run(watch)
    assert result.exit_code == 0, result.output
    assert [line.split()[0] for line in result.stdout.splitlines()] == [
        "fetch",
        "copies",
        "label",
        "summarise",
        "archive",
    ]
    out = watch / "out" / "2026-11-23"
    assert {path.name for path in out.iterdir()} == SUMMARY_FILES
    summary = json.loads((out / "summary.json").read_text())
    assert summary
    stored = dump(watch)
    assert len(stored["articles"]) == 2 * FEED_LENGTH
    assert len(stored["labellings"]) == 2 * FEED_LENGTH
    assert {row[2] for row in stored["narratives"]} >= {"water_theft", "lawful_use"}


def test_a_second_run_changes_nothing(watch: Path) -> None:
    run(watch)
    before = dump(watch)
    written = {path: path.stat().st_mtime_ns for path in (watch / "out").rglob("*.*")}
    again = run(watch)
    assert again.exit_code == 0
    assert "new 0, changed 0" in again.output
    assert dump(watch) == before
    assert {path: path.stat().st_mtime_ns for path in (watch / "out").rglob("*.*")} == written


def test_the_next_day_asks_for_what_changed_only(watch: Path, press: PressServer) -> None:
    run(watch)
    press.now = RUN_AT + timedelta(days=1)
    result = run(watch, RUN_AT + timedelta(days=1))
    assert "2 not modified" in result.output
    assert (watch / "out" / "2026-11-24").is_dir()


def test_quiet_prints_nothing_when_all_is_well(watch: Path) -> None:
    assert run(watch, RUN_AT, "--quiet").output == ""


def test_dry_run_asks_and_writes_nothing(watch: Path) -> None:
    result = run(watch, RUN_AT, "--dry-run")
    assert "would ask 2 feeds" in result.output
    assert not (watch / "out").exists()
    assert dump(watch)["articles"] == []


def test_status_after_a_run(watch: Path) -> None:
    run(watch)
    result = invoke("status", "-w", str(watch), "--now", (RUN_AT + timedelta(hours=1)).isoformat())
    assert result.exit_code == 0, result.output
    assert "2 of 2 answered" in result.output
    late = invoke("status", "-w", str(watch), "--now", (RUN_AT + timedelta(days=3)).isoformat())
    assert late.exit_code == 1
    assert "is cron running?" in late.output


def test_articles_are_listed_and_shown(watch: Path) -> None:
    run(watch)
    rows = json.loads(invoke("articles", "list", "--json", "--narrative", "water_theft", "-w", str(watch)).stdout)
    assert rows
    assert all("water_theft" in row["narratives"] for row in rows)
    assert (
        len(
            json.loads(
                invoke("articles", "list", "--json", "--outlet", "north", "--limit", "3", "-w", str(watch)).stdout
            )
        )
        == 3
    )
    shown = invoke("articles", "show", str(rows[0]["article"]), "-w", str(watch)).output
    assert "water_theft" in shown
    assert "score" in invoke("explain", str(rows[0]["article"]), "-w", str(watch)).output


def test_an_article_that_waits_for_labels_is_not_called_irrelevant(watch: Path) -> None:
    at = ("-w", str(watch), "--now", RUN_AT.isoformat())
    assert invoke("fetch", *at).exit_code == 0
    rows = json.loads(invoke("articles", "list", "--json", *at[:2]).stdout)
    assert rows
    assert {(row["state"], row["relevant"], row["narratives"]) for row in rows} == {("unlabelled", None, None)}
    number = str(rows[0]["article"])
    shown = invoke("articles", "show", number, *at[:2]).stdout
    assert "not labelled yet: `framewire label` labels it" in shown
    assert invoke("label", *at).exit_code == 0
    rows = json.loads(invoke("articles", "list", "--json", *at[:2]).stdout)
    assert {row["relevant"] for row in rows} == {True, False}
    assert all(row["state"] in ("labelled", "rules-only") and row["narratives"] is not None for row in rows)
    assert "not labelled yet" not in invoke("articles", "show", number, *at[:2]).stdout


def test_a_dead_feed_stops_no_other_and_is_reported(watch: Path, press: PressServer) -> None:
    feeds = watch / "feeds.yaml"
    feeds.write_text(feeds.read_text().replace("/south.xml", "/gone.xml"))
    result = run(watch)
    assert result.exit_code == 3
    assert "1 of 2 feeds failed; see `framewire feeds list --failing`" in result.output
    assert len(dump(watch)["articles"]) == FEED_LENGTH
    failing = json.loads(invoke("feeds", "list", "--failing", "--json", "-w", str(watch)).stdout)
    assert [row["outlet"] for row in failing] == ["south"]


def test_a_dead_feed_that_is_not_asked_again_still_counts(watch: Path, press: PressServer) -> None:
    feeds = watch / "feeds.yaml"
    feeds.write_text(feeds.read_text().replace("/south.xml", "/gone.xml"))
    assert run(watch).exit_code == 3
    again = run(watch)
    assert "0 of 2 feeds asked" in again.output
    assert again.exit_code == 3
    assert "1 of 2 feeds failed" in again.output


def test_no_feed_at_all_is_told(watch: Path) -> None:
    (watch / "feeds.yaml").write_text("version: 1\noutlets: []\n")
    result = run(watch)
    assert result.exit_code == 3
    assert "no feed is enabled" in result.output


def test_feeds_check_stores_nothing(watch: Path) -> None:
    result = invoke("feeds", "check", "--json", "-w", str(watch), "--now", RUN_AT.isoformat())
    assert result.exit_code == 0, result.output
    assert [row["works"] for row in json.loads(result.stdout)] == [True, True]
    assert dump(watch)["articles"] == []


def test_an_untrusted_model_leaves_terms_and_rules(watch: Path) -> None:
    (manifest,) = (watch / "models").rglob("manifest.json")
    manifest.write_text(manifest.read_text() + " ")
    result = run(watch)
    assert result.exit_code == 3
    assert "the manifest is not the one that training recorded" in result.output
    assert {row[4] for row in dump(watch)["narratives"]} == {"rules-only"}
    assert "manifest" in (watch / "out" / "2026-11-23" / "summary.txt").read_text()


def test_a_retrained_model_labels_anew_and_keeps_the_old_labels(watch: Path) -> None:
    run(watch)
    before = dump(watch)["labellings"]
    (watch / "codebook.yaml").write_text((watch / "codebook.yaml").read_text().replace("version: 1", "version: 2", 1))
    assert invoke("train", "-w", str(watch), "--no-scores", "--now", RUN_AT.isoformat()).exit_code == 0
    assert invoke("label", "-w", str(watch), "--now", RUN_AT.isoformat()).exit_code == 0
    assert len(dump(watch)["labellings"]) == 2 * len(before)


def test_two_runs_never_overlap(watch: Path) -> None:
    from framewire.workflow.lock import hold_lock

    with hold_lock(watch):
        result = run(watch)
    assert result.exit_code == 4
    assert f"pid {os.getpid()}" in result.output
    assert run(watch).exit_code == 0


def test_a_changed_headline_makes_a_version(watch: Path, press: PressServer, tmp_path: Path) -> None:
    run(watch)
    later = tmp_path / "press"
    write_dam_press(later)
    path = later / "north.xml"
    path.write_text(path.read_text().replace("Minister defends the dam (3)", "Minister rejects theft claim (3)"))
    press.folder, old = later, press.folder
    try:
        invoke("fetch", "--all", "-w", str(watch), "--now", (RUN_AT + timedelta(hours=1)).isoformat())
    finally:
        press.folder = old
    versions = [row for row in dump(watch)["versions"] if row[1] == 2]
    assert [row[0] for row in versions] == ["http://north.example/north-3-2"]


def test_a_summary_that_cannot_be_written(watch: Path) -> None:
    (watch / "out").write_text("a file where the folder should be")
    result = run(watch)
    assert result.exit_code == 1
    assert "the summary cannot be written" in result.output
    assert len(dump(watch)["articles"]) == 2 * FEED_LENGTH
    (watch / "out").unlink()
    assert run(watch).exit_code == 0
