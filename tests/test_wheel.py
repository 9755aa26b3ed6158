"""The package works from a wheel, outside the clone, with its seeds inside."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel of this tree, unpacked as an installer would."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def run_outside(unpacked: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A command of the unpacked wheel, run from another folder."""
    script = "from framewire.cli import main; main()"
    environment = {**os.environ, "PYTHONPATH": str(unpacked)}
    return subprocess.run(
        [sys.executable, "-c", script, *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_wheel_carries_what_the_package_reads(unpacked: Path) -> None:
    inside = {
        str(path.relative_to(unpacked / "framewire")) for path in (unpacked / "framewire").rglob("*") if path.is_file()
    }
    assert {
        "py.typed",
        "label/voice.yaml",
        "learn/card.md.j2",
        "seeds/karabakh/codebook.yaml",
        "seeds/karabakh/feeds.yaml",
    } <= inside
    assert any(name.startswith("seeds/karabakh/passages/") for name in inside)
    assert any(name.startswith("store/migrations/versions/") for name in inside)
    assert any(name.startswith("summarise/templates/") for name in inside)
    assert not [name for name in inside if name.endswith((".joblib", ".sqlite"))]


def test_a_workspace_is_made_from_the_wheels_own_seeds(unpacked: Path, tmp_path: Path) -> None:
    done = run_outside(unpacked, tmp_path, "init", "watch", "--no-train")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "watch" / "codebook.yaml").read_bytes() == (
        unpacked / "framewire" / "seeds" / "karabakh" / "codebook.yaml"
    ).read_bytes()
    checked = run_outside(unpacked, tmp_path / "watch", "codebook", "check")
    assert checked.returncode == 0, checked.stdout
    ran = run_outside(unpacked, tmp_path / "watch", "run")
    assert ran.returncode == 3
    assert "no feed is enabled" in ran.stderr
