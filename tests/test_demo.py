"""The demo as a new user runs it, held against the sample press's key; then the tables on what it leaves."""

import json
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML
from sqlalchemy import text

from framewire.codebook import load_codebook
from framewire.store import open_store, reading

ROOT = Path(__file__).parents[1]
SAMPLE = ROOT / "seeds" / "sample"
KEY: dict[str, Any] = YAML(typ="safe").load((SAMPLE / "key.yaml").read_text(encoding="utf-8"))

PLANTED: list[dict[str, Any]] = KEY["planted"]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The workspace that the demo leaves."""
    folder = tmp_path_factory.mktemp("demo") / "demo"
    done = subprocess.run(
        [sys.executable, str(SAMPLE / "demo.py"), str(folder)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert str(folder / "out" / "2026-11-23" / "summary.html") in done.stdout
    return folder


def list_changes(demo: Path, day: str) -> list[dict[str, Any]]:
    """What the summary of a day announces."""
    changes: list[dict[str, Any]] = json.loads((demo / "out" / day / "summary.json").read_text())["changes"]
    return changes


def test_every_day_has_its_summary(demo: Path) -> None:
    days = [date(2026, 10, 20) + timedelta(days=i) for i in range(35)]
    assert sorted(path.name for path in (demo / "out").iterdir()) == [day.isoformat() for day in days]


@pytest.mark.parametrize("planted", PLANTED, ids=lambda planted: planted["id"])
def test_what_is_planted_is_found_and_the_noise_is_not(demo: Path, planted: dict[str, Any]) -> None:
    found = [change["item"] for change in list_changes(demo, str(planted["day"])) if change["kind"] == "wording"]
    if planted["must_be_found"]:
        assert f"{planted['referent']}/{planted['wording']}" in found
    elif "wording" in planted:
        assert f"{planted['referent']}/{planted['wording']}" not in found
    else:
        assert found == []


def test_no_other_day_announces_a_change_of_wording(demo: Path) -> None:
    announced = [
        (path.name, change["item"])
        for path in sorted((demo / "out").iterdir())
        for change in list_changes(demo, path.name)
        if change["kind"] == "wording"
    ]
    assert announced == [
        (str(planted["day"]), f"{planted['referent']}/{planted['wording']}")
        for planted in PLANTED
        if planted["must_be_found"]
    ]


def test_every_item_is_stored_once_with_its_revisions(demo: Path) -> None:
    with reading(open_store(f"sqlite:///{demo}/framewire.sqlite")) as conn:
        n_articles, n_versions = (
            int(conn.execute(text(f"SELECT count(*) FROM {t}")).scalar_one()) for t in ("articles", "versions")
        )
        n_labelled = int(conn.execute(text("SELECT count(DISTINCT version_id) FROM labellings")).scalar_one())
        changed = {str(row.url) for row in conn.execute(text(_CHANGED))}
    n_elements = sum(
        path.read_text(encoding="utf-8").count(marker)
        for marker, pattern in (("press:from=", "*.xml"), ('"_from"', "*.json"))
        for path in SAMPLE.glob(pattern)
    )
    # One feed is down for its last day and a half: what it published then was never seen.
    unseen = n_elements - len(KEY["revisions"]) - n_articles
    assert 0 <= unseen <= 3
    assert n_articles <= n_labelled <= n_versions
    # A headline that was changed between two polls was never seen in its first form.
    assert 5 <= n_versions - n_articles == len(changed) <= len(KEY["revisions"])


_CHANGED = (
    "SELECT DISTINCT url FROM articles JOIN versions ON versions.article_id = articles.id WHERE versions.number > 1"
)


def test_planted_faults_are_told(demo: Path) -> None:
    with reading(open_store(f"sqlite:///{demo}/framewire.sqlite")) as conn:
        rows = conn.execute(text("SELECT feeds.url, polls.status FROM polls JOIN feeds ON feeds.id = polls.feed_id"))
        seen = {(row.url.rpartition("/")[2].partition(".")[0], row.status) for row in rows}
    wanted = {"down": "http error", "wall": "not a feed"}
    told = {(fault["feed"], wanted[fault["kind"]]) for fault in KEY["faults"] if fault["kind"] in wanted}
    assert told <= seen
    health = json.loads((demo / "out" / "2026-11-23" / "summary.json").read_text())["health"]
    assert [feed["outlet"] for feed in health["failing"]] == ["Ağçay Gündəliyi"]


def test_the_key_fits_the_codebook() -> None:
    codebook = load_codebook(ROOT / "seeds" / "karabakh" / "codebook.yaml")
    for code in KEY["codes"]:
        for narrative in code.get("narratives") or ():
            assert narrative["id"] in codebook.narrative_ids
            assert bool(narrative.get("accused")) == codebook.get_narrative(narrative["id"]).sided


def test_the_summary_mail_stays_small(demo: Path) -> None:
    assert (demo / "out" / "2026-11-23" / "summary.html").stat().st_size < 80_000


def test_tables_for_notebooks(demo: Path) -> None:
    import framewire as fw

    c = fw.open(demo)
    assert len(c.articles(since="2026-11-23T02:00:00Z")) >= 30
    shares = c.compare("displacement", by="group", wide=True)
    assert shares["n"].sum() > 50
    assert shares[shares["n"] >= 10].drop(columns="n").sum(axis=1).round(6).eq(1).all()
    assert c.daily("displacement", by=())["n"].sum() == shares["n"].sum()
    assert set(c.narratives("ethnic_cleansing")["narrative"]) == {"ethnic_cleansing"}
    assert len(c.revisions()) >= 5
    assert c.mentions().attrs["codebook"] == "karabakh version 1"
    with pytest.raises(ValueError, match="unknown referent 'displacment'"):
        c.mentions("displacment")
    with pytest.raises(ValueError, match="unknown narrative"):
        c.narratives("x")
    with pytest.raises(ValueError, match="unknown column in by= 'colour'"):
        c.compare("displacement", by="colour")


def test_a_folder_that_is_no_workspace_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep")
    done = subprocess.run(
        [sys.executable, str(SAMPLE / "demo.py"), str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "is no Framewire workspace" in done.stderr
    assert (tmp_path / "mine.txt").read_text() == "keep"
