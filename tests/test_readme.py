"""Every command that the README shows is a command that exists, with options that exist; the plain ones are run."""

import re
import shlex
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from framewire.cli import main

README = Path(__file__).parents[1] / "README.md"
TEXT = README.read_text(encoding="utf-8")


def shown_commands() -> list[str]:
    """The `framewire ...` lines of the README's console blocks, from the last pipe on."""
    blocks = re.findall(r"```console\n(.*?)```", TEXT, re.DOTALL)
    lines = [line.removeprefix("$ ") for block in blocks for line in block.splitlines() if line.startswith("$ ")]
    return [line.rpartition("| ")[2] for line in lines if "framewire " in line]


COMMANDS = shown_commands()


def resolve(words: list[str]) -> tuple[click.Command, list[str]]:
    """The command that the words name, and the words that are left for it."""
    command: click.Command = main
    while isinstance(command, click.Group):
        assert words, "a group is no command"
        found = command.get_command(click.Context(command), words[0])
        assert found is not None, f"no such command: {words[0]}"
        command, words = found, words[1:]
    return command, words


def test_the_readme_shows_commands() -> None:
    assert len(COMMANDS) > 20


@pytest.mark.parametrize("line", COMMANDS)
def test_a_shown_command_parses(line: str) -> None:
    command, words = resolve(shlex.split(line)[1:])
    command.make_parser(click.Context(command)).parse_args(args=list(words))
    assert CliRunner().invoke(command, ["--help"]).exit_code == 0


def test_every_command_is_shown_or_listed_by_help() -> None:
    shown = {shlex.split(line)[1] for line in COMMANDS}
    assert {
        "init",
        "run",
        "feeds",
        "status",
        "doctor",
        "units",
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
    for target in re.findall(r"\]\(([^)#]+)\)", TEXT):
        assert target.startswith("http") or (README.parent / target).exists(), target


def test_the_project_speaks_of_itself_alone() -> None:
    root = README.parent
    for path in [README, *root.glob("docs/*.md"), *root.glob("pipeline/**/*.py"), *root.glob("tests/**/*.py")]:
        if path == Path(__file__):
            continue
        text = path.read_text(encoding="utf-8")
        for word in ("/work/", "/root/", "pypi.org", "files.pythonhosted"):
            assert word not in text, f"{path}: {word}"
