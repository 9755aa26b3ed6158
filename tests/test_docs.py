"""The pages in docs/: links that lead somewhere, commands that exist, and what they show is what comes out."""

import os
import stat
import subprocess
from email import message_from_string, policy
from pathlib import Path

import pytest
from click.testing import CliRunner

from framewire.cli import main
from shown import ROOT, check_command, find_broken_links, shown_blocks, shown_commands

PAGES = sorted((ROOT / "docs").glob("*.md"))
CODEBOOKS = (ROOT / "docs" / "codebooks.md").read_text(encoding="utf-8")
FIRST_DAY = (ROOT / "docs" / "first-day.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("page", [ROOT / "README.md", *PAGES], ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    assert not find_broken_links(page)


@pytest.mark.parametrize(
    ("page", "line"), [(p.name, line) for p in PAGES for line in shown_commands(p.read_text("utf-8"))]
)
def test_a_shown_command_parses(page: str, line: str) -> None:
    check_command(line)


def test_what_is_no_command_is_found_out() -> None:
    for line in ("framewire fetsch", "framewire run --send", "framewire feeds"):
        with pytest.raises(Exception, match=r"no such command|[Nn]o such option|a group is no command"):
            check_command(line)


def test_a_link_to_nowhere_is_found_out(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# A title, here\n[a](page.md#a-title-here) [b](#b) [c](no.md) [d](https://example.org/x)\n")
    assert find_broken_links(page) == ["#b", "no.md"]


def test_the_first_day_has_ten_steps() -> None:
    steps = [line.split(".")[0] for line in FIRST_DAY.splitlines() if line.startswith("## ")]
    assert steps == [f"## {n}" for n in range(1, 11)]


@pytest.mark.parametrize(
    "line", [line for line in shown_commands(CODEBOOKS) if "terms test" in line and "--codebook" not in line]
)
def test_the_worked_examples_come_out_as_shown(line: str) -> None:
    shown = CODEBOOKS.split(f"$ {line}\n```\n\n```text\n")[1].split("```")[0]
    sentence = line.split('"')[1]
    codebook = str(ROOT / "seeds" / "karabakh" / "codebook.yaml")
    assert CliRunner().invoke(main, ["terms", "test", sentence, "--codebook", codebook]).output == shown


def test_what_explain_shows_without_a_model_comes_out_as_shown(tmp_path: Path) -> None:
    typed = '$ echo "Baku denies that there was an ethnic cleansing in Karabakh." | framewire explain -'
    shown = CODEBOOKS.split(f"{typed}\n```\n\n```text\n")[1].split("```")[0]
    watch = str(tmp_path / "watch")
    seeds = str(ROOT / "seeds" / "karabakh")
    assert CliRunner().invoke(main, ["init", watch, "--seeds", seeds, "--no-train"]).exit_code == 0
    result = CliRunner().invoke(main, ["explain", "-", "-w", watch], input=typed.split('"')[1])
    assert result.exit_code == 3
    assert result.stdout == shown


def test_the_example_codebook_passes_and_its_draft_does_not(tmp_path: Path) -> None:
    (text,) = shown_blocks(CODEBOOKS, "yaml")
    guard = ", not_near: {any: [account*], within: 4}"
    assert guard in text
    results = [row for row in CODEBOOKS.splitlines() if row.startswith(("mill_street version", "codebook.yaml:"))]
    path = tmp_path / "codebook.yaml"
    path.write_text(text, encoding="utf-8")
    good = CliRunner().invoke(main, ["codebook", "check", str(path)])
    assert (good.exit_code, good.output.strip()) == (0, results[0])
    path.write_text(text.replace(guard, ""), encoding="utf-8")
    draft = CliRunner().invoke(main, ["codebook", "check", str(path)])
    assert draft.exit_code == 1
    assert results[1] in draft.output.splitlines()


def test_the_example_passages_are_coded_for_the_example_codebook(tmp_path: Path) -> None:
    from framewire.codebook import parse_codebook
    from framewire.learn.passages import load_passages

    (codebook,), (lines,) = shown_blocks(CODEBOOKS, "yaml"), shown_blocks(CODEBOOKS, "json")
    path = tmp_path / "a.jsonl"
    path.write_text(lines, encoding="utf-8")
    assert len(load_passages([path], codebook=parse_codebook(codebook))) == 3


class Morning:
    """The script of step 9, in a home of its own, with a false Framewire and a false mailer."""

    def __init__(self, home: Path) -> None:
        self.home, self.out, self.sent = home, home / "watch" / "out", home / "sent"
        self.out.mkdir(parents=True)
        (script,) = shown_blocks(FIRST_DAY, "sh")
        assert len(script.splitlines()) == 4
        self.script = home / "watch" / "morning.sh"
        self.script.write_text(script.replace("/usr/sbin/sendmail", str(home / "sendmail")), encoding="utf-8")
        self.mailer_says(0)

    def mailer_says(self, code: int) -> None:
        _write_program(self.home / "sendmail", f'[ "$1" = -t ] && cat >> "{self.sent}"; exit {code}')

    def run(self, code: int, *, makes: str | None = None) -> int:
        """The script's exit code, if the run ends with `code` and makes the summary of the day `makes`."""
        make = f'mkdir -p out/{makes}; printf "<p>Արցախ {makes}</p>" > out/{makes}/summary.html; ' if makes else ""
        program = self.home / "framewire" / ".venv" / "bin" / "framewire"
        program.parent.mkdir(parents=True, exist_ok=True)
        _write_program(program, f'[ "$1 $2 $3" = "run --if-due --quiet" ] || exit 9; {make}exit {code}')
        env = {"HOME": str(self.home), "PATH": os.defpath}
        return subprocess.run(["sh", str(self.script)], env=env, capture_output=True, check=False).returncode

    @property
    def mails(self) -> list[str]:
        """The mails that were handed over, each as its subject and text."""
        raw = self.sent.read_text(encoding="utf-8") if self.sent.exists() else ""
        messages = [message_from_string("To: " + part, policy=policy.default) for part in raw.split("To: ")[1:]]
        return [f"{m['Subject']}: {m.get_content().strip()}" for m in messages]


def _write_program(path: Path, body: str) -> None:
    path.write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


MONDAY, TUESDAY = "2026-11-23", "2026-11-24"


def test_a_morning_mails_each_new_summary_once(tmp_path: Path) -> None:
    morning = Morning(tmp_path)
    codes = [morning.run(0, makes=MONDAY), morning.run(0, makes=MONDAY), morning.run(3, makes=TUESDAY)]
    assert codes == [0, 0, 3]
    assert morning.mails == [f"Framewire, {day}: <p>Արցախ {day}</p>" for day in (MONDAY, TUESDAY)]


@pytest.mark.parametrize("code", [1, 4])
def test_a_morning_without_a_new_summary_mails_none(tmp_path: Path, code: int) -> None:
    morning = Morning(tmp_path)
    assert morning.run(code) == code
    assert morning.run(0, makes=MONDAY) == 0
    assert morning.run(code) == code
    assert len(morning.mails) == 1


def test_a_morning_whose_mailer_fails_tries_again(tmp_path: Path) -> None:
    morning = Morning(tmp_path)
    morning.mailer_says(75)
    assert morning.run(0, makes=MONDAY) == 1
    morning.sent.unlink()
    morning.mailer_says(0)
    assert morning.run(0) == 0
    assert len(morning.mails) == 1


def test_a_morning_without_its_workspace_fails(tmp_path: Path) -> None:
    morning = Morning(tmp_path)
    script = morning.script.read_text(encoding="utf-8")
    morning.script = tmp_path / "morning.sh"
    morning.script.write_text(script.replace("/watch", "/moved"), encoding="utf-8")
    assert (morning.run(0), morning.mails) == (1, [])
