"""What a page shows: its `framewire` commands, its blocks and its links, for the tests of README and docs."""

import re
import shlex
from pathlib import Path

import click
from click.testing import CliRunner

from framewire.cli import main

ROOT = Path(__file__).parents[1]
# `framewire feeds list` in running text; a lone `framewire`, or a file such as `framewire.toml`, is no command.
_INLINE = re.compile(r"`((?:[\w./~-]+/)?framewire [^`\n]+)`")
_COMMAND = re.compile(r"^(?:\S+/)?framewire ")


def shown_blocks(text: str, language: str) -> list[str]:
    """The insides of the fenced blocks of a language, without their indent."""
    found = re.findall(rf"^( *)```{language}\n(.*?)^ *```", text, re.DOTALL | re.MULTILINE)
    return ["\n".join(line.removeprefix(indent) for line in block.splitlines()) + "\n" for indent, block in found]


def shown_commands(text: str) -> list[str]:
    """The `framewire ...` lines of the console blocks, from the last pipe on, and the commands in running text."""
    lines = [line.removeprefix("$ ") for block in shown_blocks(text, "console") for line in block.splitlines()]
    typed = [line.rpartition("| ")[2] for line in lines]
    inline = _INLINE.findall(re.sub(r"^ *```.*?^ *```", "", text, flags=re.DOTALL | re.MULTILINE))
    return list(dict.fromkeys(line for line in (*typed, *inline) if _COMMAND.match(line)))


def check_command(line: str) -> None:
    """Nothing, if the line names a command and options that exist."""
    command, words = _resolve(shlex.split(line, comments=True)[1:])
    command.make_parser(click.Context(command)).parse_args(args=words)
    assert CliRunner().invoke(command, ["--help"]).exit_code == 0


def _resolve(words: list[str]) -> tuple[click.Command, list[str]]:
    """The command that the words name, and the words that are left for it."""
    command: click.Command = main
    while isinstance(command, click.Group) and words[:1] != ["--help"]:
        assert words, "a group is no command"
        found = command.get_command(click.Context(command), words[0])
        assert found is not None, f"no such command: {words[0]}"
        command, words = found, words[1:]
    return command, words


def find_broken_links(page: Path) -> list[str]:
    """The relative links of a page that lead nowhere: no such file, or no such heading in it."""
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        name, _, anchor = target.partition("#")
        path = page.parent / name if name else page
        if target.startswith(("http:", "https:")):
            continue
        if not path.exists() or (anchor and anchor not in _find_anchors(path)):
            broken.append(target)
    return broken


def _find_anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub and GitLab make them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
