"""Series and summaries of a backfill's result: the numbers of the store, from the days that are needed alone."""

import json
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from backfill_cases import NOW, build_articles, write_archive
from framewire.backfill import summaries
from framewire.backfill.days import list_files
from framewire.backfill.manifest import load_manifest
from framewire.backfill.run import BackfillOrder, run_backfill
from framewire.backfill.series import count_days
from framewire.backfill.summaries import read_tables, summarise_parquet
from framewire.errors import InputError
from framewire.summarise import build_summary, window_of
from framewire.workflow.imports import ImportOrder, import_articles
from framewire.workflow.run import run_label
from framewire.workflow.workspace import Workspace, open_workspace
from test_backfill import trained
from test_cli import invoke

__all__ = ["trained"]
ARTICLES = build_articles(80)
LAST, BUSY = date(2026, 10, 9), date(2026, 10, 2)


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_archive(tmp_path_factory.mktemp("archive"), "jsonl", ARTICLES)


@pytest.fixture(scope="module")
def result(trained: Path, archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("result") / "out"
    run_backfill(open_workspace(trained), BackfillOrder((str(archive),), with_text=True), out, now=NOW)
    return out


@pytest.fixture(scope="module")
def stored(trained: Path, archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The same archive, imported and labelled."""
    path = tmp_path_factory.mktemp("stored") / "copy.sqlite"
    path.write_bytes((trained / "framewire.sqlite").read_bytes())
    workspace = open_workspace(trained, database=f"sqlite:///{path}")
    import_articles(workspace, ImportOrder(archive, "jsonl"), now=NOW)
    run_label(workspace, now=NOW)
    return workspace


def test_the_series_is_that_of_the_store(
    result: Path, stored: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = summarise_parquet(stored, result, window=None, now=NOW)
    monkeypatch.setenv("FRAMEWIRE_DATABASE", stored.config.database)
    told = invoke("export", "daily", "-w", str(stored.config.folder), "-o", str(tmp_path / "daily.csv"))
    assert told.exit_code == 0, told.output
    assert done.series.read_text() == (tmp_path / "daily.csv").read_text()
    assert done.n_rows == len(done.series.read_text().splitlines()) - 1 > 50


def test_the_summary_counts_what_the_series_counts(result: Path, stored: Workspace) -> None:
    """Wordings of all referents and articles with each narrative, cell by cell."""
    config, manifest = stored.config, load_manifest(result)
    window = window_of(BUSY, zone=config.zone, day_starts_at=config.day_starts_at)
    tables = read_tables(manifest, stored, window)
    told = build_summary(tables, stored.codebook, window, title="t", now=NOW, model_card=None, model_error="none")
    every = [one for one in told.numbers if (one.group, one.voice, one.copies) == ("", "any", "raw")]
    found = {(one.referent, one.wording or one.narrative, one.accused): one.share.n for one in every if one.share.n}
    counts, _ = count_days(manifest, [BUSY])
    wanted: Counter[tuple[str, str, str]] = Counter()
    for (_, referent, wording), n in counts.wordings.items():
        wanted[referent, wording, ""] += n
    for (_, narrative, accused), n in counts.narratives.items():
        wanted["", narrative, accused] += n
    assert found == wanted
    assert len(wanted) >= 5


def test_the_command(result: Path, trained: Path) -> None:
    told = invoke("summarise", "--from-parquet", str(result), "-w", str(trained), "--now", NOW.isoformat())
    assert told.exit_code == 0, told.output
    page = result / "summaries" / str(LAST) / "summary.html"
    assert str(page) in told.output
    assert "Report" in page.read_text(), "with texts, articles are listed"
    assert invoke("summarise", "--from-parquet", str(result), "-w", str(trained), "--outlet", "nort").exit_code == 1
    span = ("--from", "2026-10-02", "--to", "2026-10-05", "--outlet", "north")
    assert invoke("summarise", "--from-parquet", str(result), "-w", str(trained), *span).exit_code == 0
    assert json.loads((result / "summaries" / "2026-10-02_2026-10-05" / "north" / "summary.json").read_text())[
        "numbers"
    ]


def test_only_the_days_that_are_needed_are_read(
    result: Path, stored: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []

    def listing(manifest, table, days=None):  # type: ignore[no-untyped-def]
        asked.extend(days or ())
        return list_files(manifest, table, days)

    monkeypatch.setattr(summaries, "list_files", listing)
    config = stored.config
    window = window_of(date(2026, 10, 3), zone=config.zone, day_starts_at=config.day_starts_at, n_days=2)
    read_tables(load_manifest(result), stored, window)
    assert set(asked) == {date(2026, 10, n) for n in (1, 2, 3, 4)}


def test_what_cannot_be_summed_up_is_told(
    result: Path, stored: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = stored.config
    window = window_of(date(2025, 1, 1), zone=config.zone, day_starts_at=config.day_starts_at)
    with pytest.raises(InputError, match="no article counts in 2025-01-01"):
        summarise_parquet(stored, result, window=window, now=NOW)
    with pytest.raises(InputError, match="no backfill that has come to its end"):
        summarise_parquet(stored, tmp_path, window=window, now=NOW)
    monkeypatch.setattr(summaries, "MAX_ARTICLES", 20)
    with pytest.raises(InputError, match="Choose fewer days"):
        summarise_parquet(stored, result, window=None, now=NOW)
    elsewhere = open_workspace(config.folder, timezone="UTC", database=config.database)
    with pytest.raises(InputError, match="its days begin"):
        summarise_parquet(elsewhere, result, window=None, now=NOW)
