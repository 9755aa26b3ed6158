"""The commands as a person types them, in a workspace with the small codebook."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from dam_passages import build_dam_passages
from framewire.cli import main
from framewire.config import Config

NOW = "2026-11-24T02:20:00+00:00"
ROOT = Path(__file__).parents[1]


def invoke(*arguments: str, text: str | None = None) -> Result:
    """Runs a command; an unexpected exception is the test's failure."""
    result = CliRunner().invoke(main, list(arguments), input=text)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def write_seeds(folder: Path) -> Path:
    """A seed folder with the small codebook and its passages."""
    (folder / "passages").mkdir(parents=True)
    (folder / "codebook.yaml").write_text(
        (ROOT / "tests" / "small_codebook.yaml").read_text(encoding="utf-8"), encoding="utf-8"
    )
    lines: list[dict[str, Any]] = [{"about": "invented"}]
    lines += [
        {"id": p.id, "text": p.text, "relevant": p.relevant, "story": p.story}
        | {"narratives": [{"id": n.id, "voice": n.voice.value, "accused": n.accused} for n in p.narratives]}
        for p in build_dam_passages()
    ]
    (folder / "passages" / "dam.jsonl").write_text("\n".join(json.dumps(line) for line in lines), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with a trained model; not to be changed."""
    folder = tmp_path_factory.mktemp("trained")
    result = invoke(
        "init",
        str(folder / "watch"),
        "--seeds",
        str(write_seeds(folder / "seeds")),
        "--timezone",
        "Asia/Yerevan",
        "--now",
        NOW,
    )
    assert result.exit_code == 0, result.output
    return folder / "watch"


@pytest.fixture
def watch(tmp_path: Path) -> Path:
    """A fresh workspace without a model."""
    result = invoke(
        "init", str(tmp_path / "watch"), "--seeds", str(write_seeds(tmp_path / "seeds")), "--no-train", "--now", NOW
    )
    assert result.exit_code == 0, result.output
    return tmp_path / "watch"


def test_init_makes_a_workspace(trained: Path) -> None:
    names = {path.name for path in trained.iterdir()}
    assert {"framewire.toml", "codebook.yaml", "feeds.yaml", "framewire.sqlite", "models", "passages"} <= names


def test_the_files_that_init_writes_name_only_what_is_there(tmp_path: Path) -> None:
    for name, has_feeds in (("with", True), ("without", False)):
        seeds = write_seeds(tmp_path / f"seeds-{name}")
        (seeds / "feeds.yaml").unlink(missing_ok=True)
        if has_feeds:
            (seeds / "feeds.yaml").write_text("version: 1\noutlets: []\n", encoding="utf-8")
        watch = tmp_path / name
        assert invoke("init", str(watch), "--seeds", str(seeds), "--no-train", "--now", NOW).exit_code == 0
        assert ("feeds.suggested.yaml" in (watch / "feeds.yaml").read_text()) is has_feeds
        assert (watch / "feeds.suggested.yaml").exists() is has_feeds
    settings = re.findall(r"^(?:# )?([a-z_]+) = ", (tmp_path / "with" / "framewire.toml").read_text(), re.MULTILINE)
    assert "allow_private" in settings
    assert set(settings) <= set(Config.model_fields)


def test_the_table_of_what_was_tried_comes_from_the_seeds_into_the_card(tmp_path: Path) -> None:
    seeds = write_seeds(tmp_path / "seeds")
    (seeds / "passages" / "tried.csv").write_text("what,F1\ntrees,.61\n", encoding="utf-8")
    made = invoke("init", str(tmp_path / "watch"), "--seeds", str(seeds), "--no-train", "--now", NOW)
    assert made.exit_code == 0, made.output
    trained = invoke("train", "--no-scores", "-w", str(tmp_path / "watch"), "--now", NOW)
    assert trained.exit_code == 0, trained.output
    shown = invoke("model", "show", "-w", str(tmp_path / "watch")).output
    assert "What was tried" in shown
    assert "| trees | .61 |" in shown


def test_init_overwrites_nothing(trained: Path) -> None:
    result = invoke("init", str(trained), "--seeds", str(trained), "--now", NOW)
    assert result.exit_code == 1
    assert "already a workspace" in result.output


def test_init_with_a_misspelt_time_zone_leaves_no_half_workspace(tmp_path: Path) -> None:
    seeds = write_seeds(tmp_path / "seeds")
    result = invoke("init", str(tmp_path / "watch"), "--seeds", str(seeds), "--timezone", "Asia/Yerewan", "--no-train")
    assert result.exit_code == 1
    assert "did you mean 'Asia/Yerevan'?" in result.output
    assert (
        invoke(
            "init", str(tmp_path / "watch"), "--seeds", str(seeds), "--timezone", "Asia/Yerevan", "--no-train"
        ).exit_code
        == 0
    )


def test_init_with_unknown_seeds(tmp_path: Path) -> None:
    result = invoke("init", str(tmp_path / "watch"), "--seeds", "atlantis")
    assert result.exit_code == 1
    assert "no seeds named 'atlantis'" in result.output


def test_feeds_are_added_listed_and_switched(watch: Path) -> None:
    at = ("--workspace", str(watch))
    url = "http://example.org/feed.xml"
    assert invoke("feeds", "add", url, "--outlet", "Example", "--group", "norland", "--no-check", *at).exit_code == 0
    (row,) = json.loads(invoke("feeds", "list", "--json", *at).stdout)
    assert (row["outlet"], row["group"], row["enabled"], row["last"]) == ("example", "norland", True, "never asked")
    assert invoke("feeds", "disable", url, *at).exit_code == 0
    assert json.loads(invoke("feeds", "list", "--json", *at).stdout)[0]["enabled"] is False
    assert invoke("feeds", "enable", url, *at).exit_code == 0
    again = invoke("feeds", "add", url, "--outlet", "Example", *at)
    assert again.exit_code == 1
    assert url in again.output


def test_feeds_add_dry_run_writes_nothing(watch: Path) -> None:
    before = (watch / "feeds.yaml").read_text()
    assert (
        "would add"
        in invoke(
            "feeds", "add", "http://example.org/f", "--outlet", "E", "--dry-run", "--no-check", "-w", str(watch)
        ).output
    )
    assert (watch / "feeds.yaml").read_text() == before


def test_disabling_an_unknown_feed(watch: Path) -> None:
    result = invoke("feeds", "disable", "http://example.org/none", "-w", str(watch))
    assert result.exit_code == 1
    assert "http://example.org/none" in result.output


def test_feeds_go_out_and_come_in_as_opml(watch: Path, tmp_path: Path) -> None:
    invoke("feeds", "add", "http://example.org/feed.xml", "--outlet", "Example", "--no-check", "-w", str(watch))
    opml = tmp_path / "feeds.opml"
    opml.write_text(
        invoke("feeds", "export", "-w", str(watch)).stdout.replace("example.org", "example.net"), encoding="utf-8"
    )
    assert "1 feeds would be added" in invoke("feeds", "import", str(opml), "--dry-run", "-w", str(watch)).output
    assert invoke("feeds", "import", str(opml), "--group", "sudland", "-w", str(watch)).exit_code == 0
    rows = json.loads(invoke("feeds", "list", "--json", "-w", str(watch)).stdout)
    assert [(row["url"], row["enabled"]) for row in rows][1] == ("http://example.net/feed.xml", False)


def test_codebook_check_passes_and_counts(watch: Path) -> None:
    result = invoke("codebook", "check", "-w", str(watch))
    assert result.exit_code == 0
    assert "must match 8/8, must not match 6/6" in result.output


def test_codebook_check_fails_with_the_sentences_place(tmp_path: Path) -> None:
    path = tmp_path / "codebook.yaml"
    text = (ROOT / "tests" / "small_codebook.yaml").read_text(encoding="utf-8")
    path.write_text(text.replace("He grabbed a coat.", "A plain water theft."), encoding="utf-8")
    result = invoke("codebook", "check", str(path))
    assert result.exit_code == 1
    assert "codebook.yaml:59:" in result.output
    assert "'water theft' is found, but must not be" in result.output


def test_codebook_show_and_diff(watch: Path, tmp_path: Path) -> None:
    assert "water_theft: Water theft  [by accused side]" in invoke("codebook", "show", "-w", str(watch)).output
    rows = json.loads(invoke("codebook", "show", "--json", "-w", str(watch)).stdout)
    assert {"narrative", "wording"} == {row["kind"] for row in rows}
    new = tmp_path / "new.yaml"
    new.write_text(
        (watch / "codebook.yaml").read_text().replace("[planned filling,", "[planned filling, slow filling,")
    )
    diff = invoke("codebook", "diff", str(watch / "codebook.yaml"), str(new), "--jsonl").stdout
    assert json.loads(diff) == {
        "change": "widened",
        "place": "terminology.filling.filling.patterns.en",
        "detail": "slow filling",
        "codings_stale": "",
        "labels_stale": "those of it",
    }


def test_terms_test(watch: Path) -> None:
    output = invoke("terms", "test", "Norland's dentists do a filling at Upper Lake", "-w", str(watch)).output
    assert "Upper Lake" in output
    assert "one of dentist* stands within 6 words" in output


def test_terms_test_knows_the_day_that_it_is_told(watch: Path) -> None:
    for day, told in (("2025-02-28", "no: not in articles of 2025-02-28, by since / until"), ("2025-03-01", "yes")):
        result = invoke("terms", "test", "Of water theft", "--published", day, "-w", str(watch), "--json")
        assert {row["matches"] for row in json.loads(result.output) if row["kind"] == "wording"} == {told}
    wrong = invoke("terms", "test", "Of water theft", "--published", "March", "-w", str(watch))
    assert wrong.exit_code == 2
    assert "'March' is no day such as 2026-11-23" in wrong.output


def test_explain_a_text(trained: Path) -> None:
    result = invoke(
        "explain",
        "-",
        "-w",
        str(trained),
        text="Norland took the water of Sudland at Lake Siv; farmers saw the theft of water.",
    )
    assert result.exit_code == 0
    assert "water_theft" in result.output
    assert "accused: norland" in result.output


def test_explain_passages_as_json(trained: Path, tmp_path: Path) -> None:
    path = tmp_path / "texts.jsonl"
    texts = [
        "Norland took the water of Sudland at Lake Siv; a theft of water.",
        "The football match was lost by the coach.",
    ]
    path.write_text("\n".join(json.dumps({"id": str(i), "text": text}) for i, text in enumerate(texts)))
    rows = [
        json.loads(line)
        for line in invoke("explain", "--passages", str(path), "--json", "-w", str(trained)).stdout.splitlines()
    ]
    assert [row["id"] for row in rows] == ["0", "1"]
    assert [row["relevant"] for row in rows] == [True, False]
    assert {"id", "score", "voice", "accused", "state"} <= set(rows[0]["narratives"][0])
    mention = rows[0]["mentions"][0]
    assert {"referent", "wording", "start", "end", "text", "voice"} <= set(mention)
    assert texts[0][mention["start"] : mention["end"]] == mention["text"]


def test_explain_without_a_model_is_reduced(watch: Path) -> None:
    result = invoke("explain", "-", "-w", str(watch), text="It is water theft at Upper Lake.")
    assert result.exit_code == 3
    assert "rules-only" in result.output
    assert "framewire train" in result.output


def test_explain_shows_words_that_mix_scripts_and_how_they_are_read(watch: Path) -> None:
    text = "It is w\u0430ter theft at Upper Lake."
    output = invoke("explain", "-", "-w", str(watch), text=text).output
    assert '  note: "w\u0430ter" mixes scripts by letters that look alike; read as "water"' in output
    row = json.loads(invoke("explain", "-", "--json", "-w", str(watch), text=text).stdout)
    assert row["mixed_scripts"] == [{"start": 6, "end": 11, "text": "w\u0430ter", "read_as": "water"}]
    assert "mixes" not in invoke("explain", "-", "-w", str(watch), text=text.replace("\u0430", "a")).output


@pytest.mark.parametrize(
    ("arguments", "code", "expected"),
    [
        (("explain",), 2, "name a SOURCE"),
        (("explain", "-"), 1, "there is no text"),
        (("explain", "abc"), 1, "no article's number"),
        (("explain", "77"), 1, "there is no article 77"),
        (("explain", "--passages", "nowhere.jsonl"), 1, "nowhere.jsonl"),
        (("articles", "show", "77"), 1, "there is no article 77"),
        (("summarise", "--day", "2030-01-01"), 2, "has not begun yet"),
        (("run", "--now", "yesterday"), 2, "is no time such as"),
        (("fetch", "--now", "9999-12-31T23:00:00"), 2, "is not between 1990 and 2999"),
        (("model", "show", "1-none"), 1, "no model 1-none"),
        (("train", "--models", "x"), 2, "--models goes with --seeds"),
        (("evaluate", "nowhere.jsonl"), 1, "nowhere.jsonl"),
        (("nonsense",), 2, "No such command"),
    ],
)
def test_wrong_use_is_told(trained: Path, arguments: tuple[str, ...], code: int, expected: str) -> None:
    place = () if arguments[0] == "nonsense" else ("-w", str(trained))
    result = invoke(*arguments, *place, text="")
    assert result.exit_code == code, result.output
    assert expected in result.output


def test_no_workspace_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = invoke("status")
    assert result.exit_code == 1
    assert "framewire init" in result.output


def test_a_settings_fault_is_told_before_anything_is_done(watch: Path) -> None:
    (watch / "framewire.toml").write_text('timezon = "UTC"')
    result = invoke("run", "-w", str(watch))
    assert result.exit_code == 1
    assert "did you mean 'timezone'?" in result.output


def test_doctor_names_what_is_wrong_and_the_remedy(watch: Path) -> None:
    result = invoke("doctor", "-w", str(watch))
    assert result.exit_code == 1
    lines = {line.split()[1]: line for line in result.output.splitlines()}
    assert lines["settings"].startswith("ok")
    assert lines["codebook"].startswith("ok")
    assert "framewire feeds add" in lines["feed"]
    assert "framewire train" in lines["model"]


def test_status_before_the_first_run(watch: Path) -> None:
    result = invoke("status", "-w", str(watch), "--now", NOW)
    assert result.exit_code == 1
    assert len(result.stdout.splitlines()) == 5
    assert "none yet; start with `framewire run`" in result.output


def test_units(trained: Path) -> None:
    crontab = invoke("units", "-w", str(trained)).output
    assert "CRON_TZ" not in crontab
    assert f"fetch --workspace {trained} --quiet" in crontab
    assert re.search(rf"^20 \* \* \* \* \S+ run --if-due --workspace {trained} --quiet$", crontab, re.MULTILINE)
    systemd = invoke("units", "--systemd", "-w", str(trained)).output
    assert "OnCalendar=*-*-* 06:20:00 Asia/Yerevan" in systemd
    assert "Persistent=true" in systemd


def test_models_are_listed_and_shown(trained: Path) -> None:
    (row,) = json.loads(invoke("model", "list", "--json", "-w", str(trained)).stdout)
    assert row["in_use"]
    assert row["passages"] == 96
    assert "# Model dam" in invoke("model", "show", "-w", str(trained)).output


def test_evaluate_on_a_file(trained: Path) -> None:
    path = trained / "passages" / "dam.jsonl"
    report = json.loads(invoke("evaluate", str(path), "--json", "-w", str(trained)).stdout)
    assert report["narratives"]["micro_f1"] > 0.9
    assert "gain over tfidf" in invoke("evaluate", str(path), "-w", str(trained)).output


def test_database_commands(watch: Path, tmp_path: Path) -> None:
    assert invoke("db", "upgrade", "-w", str(watch)).exit_code == 0
    assert "no damage" in invoke("db", "check", "-w", str(watch)).output
    assert invoke("db", "backup", str(tmp_path / "copy.sqlite"), "-w", str(watch)).exit_code == 0
    assert (tmp_path / "copy.sqlite").stat().st_size > 0


def test_work_without_a_workspace_uses_the_seeds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    seeds = write_seeds(tmp_path / "seeds")
    result = invoke("train", "--seeds", str(seeds), "--models", str(tmp_path / "models"), "--no-scores", "--now", NOW)
    assert result.exit_code == 0, result.output
    assert list((tmp_path / "models" / "dam").glob("*/card.md"))


def test_help_loads_no_heavy_library() -> None:
    script = "import sys; from framewire.cli import main; main(['--help'], standalone_mode=False); print([m for m in ('sklearn', 'pandas', 'sqlalchemy', 'numpy', 'jinja2') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def commands_of(group: Any, name: str) -> list[str]:
    found = []
    for child, item in group.commands.items():
        found += commands_of(item, f"{name} {child}") if hasattr(item, "commands") else [f"{name} {child}"]
    return found


@pytest.mark.parametrize("command", commands_of(main, ""))
def test_every_command_says_what_it_does(command: str) -> None:
    result = invoke(*command.split(), "--help")
    assert result.exit_code == 0
    assert len(result.output.splitlines()[2].strip()) > 15
