"""Every command that the README shows is a command that exists, with options that exist."""

import re
import shlex
from pathlib import Path

import pytest

from shown import check_command, find_broken_links, shown_commands

README = Path(__file__).parents[1] / "README.md"
TEXT = README.read_text(encoding="utf-8")


COMMANDS = shown_commands(TEXT)


def test_the_readme_shows_commands() -> None:
    assert len(COMMANDS) > 20


@pytest.mark.parametrize("line", COMMANDS)
def test_a_shown_command_parses(line: str) -> None:
    check_command(line)


def test_every_command_is_shown_or_listed_by_help() -> None:
    shown = {shlex.split(line)[1] for line in COMMANDS}
    assert {
        "init",
        "run",
        "feeds",
        "status",
        "doctor",
        "units",
        "send",
        "mail",
        "codebook",
        "train",
        "evaluate",
        "explain",
        "terms",
        "articles",
        "model",
    } <= shown


@pytest.mark.parametrize("target", ["demo", "test", "lint", "types", "evaluate", "bench", "soak"])
def test_every_make_target_has_its_help(target: str) -> None:
    makefile = (README.parent / "Makefile").read_text(encoding="utf-8")
    assert re.search(rf"^{target}:.*## \S", makefile, re.MULTILINE)


def test_links_lead_somewhere() -> None:
    assert not find_broken_links(README)


def test_the_project_speaks_of_itself_alone() -> None:
    root = README.parent
    for path in [README, *root.glob("docs/*.md"), *root.glob("pipeline/**/*.py"), *root.glob("tests/**/*.py")]:
        if path == Path(__file__):
            continue
        text = path.read_text(encoding="utf-8")
        for word in ("/work/", "/root/", "pypi.org", "files.pythonhosted"):
            assert word not in text, f"{path}: {word}"
