"""The demo as a new user runs it, held against the sample press's key; then the notebook on what it leaves."""

import json
import subprocess
import sys
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

# The trivial revision is made and out between two polls, as real ones are.
WORDING_CHANGES = [revision for revision in KEY["revisions"] if revision["kind"] == "wording"]


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


@pytest.fixture(scope="module")
def summary(demo: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((demo / "out" / "2026-11-23" / "summary.json").read_text())
    return found


def test_every_day_has_its_summary(demo: Path) -> None:
    assert sorted(path.name for path in (demo / "out").iterdir()) == [f"2026-11-{day}" for day in range(10, 24)]


def test_the_planted_change_is_found_and_the_noise_is_not(summary: dict[str, Any]) -> None:
    announced = json.dumps(summary["changes"], ensure_ascii=False)
    assert KEY["planted"]
    assert "ethnic cleansing" in announced
    assert "separatist regime" not in announced
    assert "junta" not in announced


def test_quiet_days_announce_little(demo: Path) -> None:
    announced = [
        len(json.loads((path / "summary.json").read_text())["changes"])
        for path in sorted((demo / "out").iterdir())[:-1]
    ]
    assert sum(announced) <= 1


def test_every_item_is_stored_once_with_its_revisions(demo: Path) -> None:
    engine = open_store(f"sqlite:///{demo}/framewire.sqlite")
    with reading(engine) as conn:
        n_articles, n_versions = (
            int(conn.execute(text(f"SELECT count(*) FROM {t}")).scalar_one()) for t in ("articles", "versions")
        )
        n_labelled = int(conn.execute(text("SELECT count(DISTINCT version_id) FROM labellings")).scalar_one())
    n_elements = sum(path.read_text().count("press:from=") for path in SAMPLE.glob("*.xml"))
    assert n_articles == n_elements - len(KEY["revisions"])
    assert n_versions == n_articles + len(WORDING_CHANGES)
    assert n_articles <= n_labelled <= n_versions


def test_the_key_fits_the_codebook() -> None:
    codebook = load_codebook(ROOT / "seeds" / "karabakh" / "codebook.yaml")
    for code in KEY["codes"]:
        for narrative in code.get("narratives") or ():
            assert narrative["id"] in codebook.narrative_ids
            assert bool(narrative.get("accused")) == codebook.get_narrative(narrative["id"]).sided


def test_the_summary_mail_stays_small(demo: Path) -> None:
    assert (demo / "out" / "2026-11-23" / "summary.html").stat().st_size < 80_000


def test_the_notebook_runs(demo: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", str(ROOT / "notebooks" / "01-first-look.py"), str(demo)],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "", "HOME": str(demo)},
    )
    assert done.returncode == 0, done.stderr
    assert "ethnic_cleansing" in done.stdout
    assert "karabakh version 1" in done.stdout


def test_tables_for_notebooks(demo: Path) -> None:
    import framewire as fw

    c = fw.open(demo)
    assert len(c.articles(since="2026-11-23T02:00:00Z")) == 18
    shares = c.compare("displacement", by="group")
    assert shares["n"].sum() > 50
    assert shares.drop(columns="n").sum(axis=1).round(6).eq(1).all()
    assert set(c.narratives("ethnic_cleansing")["narrative"]) == {"ethnic_cleansing"}
    assert len(c.revisions()) == len(WORDING_CHANGES)
    assert c.mentions().attrs["codebook"] == "karabakh version 1"
    with pytest.raises(ValueError, match="unknown referent 'displacment'"):
        c.mentions("displacment")
    with pytest.raises(ValueError, match="unknown narrative"):
        c.narratives("x")
    with pytest.raises(ValueError, match="no column 'colour'"):
        c.compare("displacement", by="colour")


def test_a_folder_that_is_no_workspace_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep")
    done = subprocess.run(
        [sys.executable, str(SAMPLE / "demo.py"), str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "is no Framewire workspace" in done.stderr
    assert (tmp_path / "mine.txt").read_text() == "keep"
