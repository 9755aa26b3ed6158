"""The container file: what it copies is there, and its steps, run as a script in a folder, give a command that works."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LINES = (ROOT / "Containerfile").read_text(encoding="utf-8").splitlines()
STEPS = [line.partition(" ") for line in LINES if line and not line.startswith("#")]


def values(name: str) -> list[str]:
    return [rest for word, _, rest in STEPS if word == name]


def test_every_line_is_an_instruction() -> None:
    known = {"FROM", "WORKDIR", "COPY", "RUN", "USER", "VOLUME", "ENV", "ENTRYPOINT", "CMD"}
    assert {word for word, _, _ in STEPS} == known
    # A short name only: whose registry it is, is the builder's business.
    assert {line.split()[0] for line in values("FROM")} == {"python:3.11-slim"}
    assert not any("://" in line for line in LINES)


def test_it_does_not_run_as_root_and_starts_framewire() -> None:
    names = [word for word, _, _ in STEPS]
    assert names.index("USER") < names.index("ENTRYPOINT")
    assert values("USER") == ["framewire"]
    assert values("ENTRYPOINT") == ['["framewire"]']


def test_what_is_left_out_of_it_is_not_needed() -> None:
    left_out = (ROOT / ".containerignore").read_text().split()
    needed = [
        "pipeline",
        "seeds",
        "pyproject.toml",
        "README.md",
        "LICENSE",
        "requirements.lock",
        "requirements-dev.lock",
    ]
    assert not set(left_out) & set(needed)
    assert all((ROOT / name).exists() for name in needed)


@pytest.mark.long
@pytest.mark.soak
@pytest.mark.slow
def test_the_steps_give_a_command_that_works(tmp_path: Path) -> None:
    """Every RUN of the build, with the packages of this environment in place of those that it would load."""
    source, prefix = tmp_path / "build", tmp_path / "framewire"
    wanted = ("pipeline", "seeds", "models", "pyproject.toml", "README.md", "LICENSE")
    source.mkdir()
    for name in (*wanted, "requirements.lock", "requirements-dev.lock"):
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copyfile
        copy(ROOT / name, source / name)  # type: ignore[operator]
    for step in values("RUN"):
        if step.startswith("useradd"):
            continue
        if "--require-hashes" in step:
            check_lock(source / step.split()[-1])
            continue
        made = step.replace("/opt/framewire", str(prefix)).replace("python -m venv", f"{sys.executable} -m venv")
        subprocess.run(["sh", "-euc", made], cwd=source, check=True, capture_output=True, env=environment())
    assert "psycopg==" in (source / "postgres.lock").read_text()
    command = [str(prefix / "bin" / "framewire"), "init", str(tmp_path / "watch"), "--no-train"]
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=environment(), cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "watch" / "framewire.sqlite").exists()


def check_lock(path: Path) -> None:
    """Every package in it is pinned and has a hash, so that pip takes it with --require-hashes."""
    packages = re.split(r"\n(?=\S)", path.read_text(encoding="utf-8").strip())
    packages = [text for text in packages if not text.startswith("#")]
    assert packages
    assert all(re.match(r"[\w.\[\]-]+==\S+", text) and "--hash=sha256:" in text for text in packages)


def environment() -> dict[str, str]:
    """This environment's packages are seen by the new one."""
    folders = [folder for folder in sys.path if folder.endswith("site-packages")]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(folders)}
