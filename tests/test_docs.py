"""The pages in docs/: links that lead somewhere, commands that exist, and what they show is what comes out."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from framewire.cli import main
from framewire.config import load_config
from framewire.workflow.units import render_crontab
from shown import ROOT, check_command, find_broken_links, shown_blocks, shown_commands

PAGES = sorted((ROOT / "docs").glob("*.md"))
CODEBOOKS = (ROOT / "docs" / "codebooks.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")
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
    for line in ("framewire fetsch", "framewire run --post", "framewire feeds"):
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


def test_the_settings_of_mail_as_shown_are_settings(tmp_path: Path) -> None:
    for page in (FIRST_DAY, README):
        text = "\n".join(shown_blocks(page, "toml"))
        (tmp_path / "framewire.toml").write_text(text, encoding="utf-8")
        mail = load_config(tmp_path).mail
        assert mail is not None
        assert (mail.effective_port, [one.name for one in mail.lists]) == (587, ["daily"])


def test_the_lines_to_schedule_are_those_that_are_shown(tmp_path: Path) -> None:
    (tmp_path / "framewire.toml").write_text('[mail]\nfrom = "a@example.org"\n', encoding="utf-8")
    printed = [line.split("framewire ")[1].split(" --workspace")[0] for line in made_crontab(tmp_path)]
    shown = [
        line
        for line in FIRST_DAY.split("## 9.")[1].splitlines()
        if "/framewire fetch" in line or "framewire/.venv" in line
    ]
    assert [line.split("/framewire ")[-1].split(" --workspace")[0] for line in shown] == printed
    assert [line.split(" /")[0] for line in shown] == [line.split(" /")[0] for line in made_crontab(tmp_path)]


def made_crontab(folder: Path) -> list[str]:
    """The lines of the crontab of a workspace in Yerevan's time, without its head."""
    config = load_config(folder, timezone="Asia/Yerevan")
    return [line for line in render_crontab(config).splitlines() if "--workspace" in line]
