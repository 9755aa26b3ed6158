"""The notebooks run from top to bottom, and what is kept of them is theirs and tells nothing of the machine."""

import os
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import jupytext
import pytest
from server import PressServer

from framewire.workflow.run import run_fetch, run_label
from framewire.workflow.workspace import init_workspace, open_workspace
from test_cli import ROOT

NOTEBOOKS = sorted((ROOT / "notebooks").glob("[0-9]*.py"))
SAMPLE = ROOT / "seeds" / "sample"
LAST = datetime.fromisoformat("2026-11-24T02:20:00+00:00")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `demo/`: the last days of the sample press, labelled by terms and rules; and the seeds."""
    folder = tmp_path_factory.mktemp("notebooks")
    (folder / "seeds").symlink_to(ROOT / "seeds")
    demo = folder / "demo"
    init_workspace(demo, seeds=ROOT / "seeds" / "karabakh", timezone="Asia/Yerevan")
    with PressServer(SAMPLE, now=LAST - timedelta(days=6)) as press:
        feeds = (SAMPLE / "feeds.yaml").read_text(encoding="utf-8").replace("{base}", press.address)
        (demo / "feeds.yaml").write_text(feeds, encoding="utf-8")
        workspace = open_workspace(demo, allow_private=(f"127.0.0.1/32:{press.port}",))
        while press.now <= LAST:
            run_fetch(workspace, now=press.now)
            press.now += timedelta(days=1)
    run_label(workspace, now=LAST)
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
@pytest.mark.filterwarnings("default::DeprecationWarning", "default::ResourceWarning")
def test_a_notebook_runs(path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUPYTER_PLATFORM_DIRS", "1")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT / "pipeline"), os.environ.get("PYTHONPATH", "")]))
    monkeypatch.syspath_prepend(str(ROOT / "notebooks"))
    sys.modules.pop("run", None)
    from run import run_notebook

    notebook = run_notebook(path, folder)
    assert sum(bool(cell.get("outputs")) for cell in notebook.cells) >= 4


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_what_is_kept_is_of_this_notebook(path: Path) -> None:
    kept = jupytext.read(path.with_suffix(".ipynb"))
    source = jupytext.read(path)
    assert [(cell.cell_type, cell.source) for cell in kept.cells] == [
        (cell.cell_type, cell.source) for cell in source.cells
    ]
    code = [cell for cell in kept.cells if cell.cell_type == "code"]
    assert sum(bool(cell.outputs) for cell in code) >= len(code) // 2


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_what_is_kept_tells_nothing_of_the_machine(path: Path) -> None:
    kept = jupytext.read(path.with_suffix(".ipynb"))
    for text in list_texts(kept):
        for word in (
            "/tmp/",
            "/" + "root/",
            "/home/",
            "/" + "work/",
            "/Users/",
            "site-packages",
            "localhost",
            "127.0.0.1",
        ):
            assert word not in text, text[:200]
    assert set(kept.metadata) <= {"kernelspec", "jupytext"}
    assert all(not cell.metadata for cell in kept.cells)


def list_texts(notebook: Any) -> list[str]:
    """Everything that is shown as text; pictures are left out. An output that is an error fails."""
    texts = []
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            assert output.output_type != "error"
            texts.append(output.get("text", ""))
            texts += [str(value) for kind, value in output.get("data", {}).items() if not kind.startswith("image/")]
    return texts
