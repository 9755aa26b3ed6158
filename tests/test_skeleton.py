"""`framewire codebook new`: what it writes is good as it stands, explained in full, and about nothing in particular."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from framewire.cli import main
from framewire.codebook import Codebook, parse_codebook
from framewire.codebook.skeleton import render_skeleton
from framewire.learn import find_passage_files, load_passages, load_second_codings
from framewire.yamlfile import read_yaml

NOW = "2026-11-24T02:20:00+00:00"


def invoke(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.fixture
def made(tmp_path: Path) -> Path:
    folder = tmp_path / "two schools"
    result = invoke("codebook", "new", folder, "--languages", "en,fr")
    assert result.exit_code == 0, result.output
    return folder


def test_from_nothing_to_a_model(made: Path, tmp_path: Path) -> None:
    checked = invoke("codebook", "check", made / "codebook.yaml")
    assert (checked.exit_code, checked.output) == (
        0,
        "two_schools version 1: 2 narratives, 1 referents, 22 patterns in 2 languages; must match 5/5, must not match 3/3\n",
    )
    sentence = "The parents of Upper Birch call it a school closure."
    rows = invoke("terms", "test", sentence, "--codebook", made / "codebook.yaml", "--json").stdout
    assert [row["category"] for row in json.loads(rows) if row["kind"] == "wording" and row["matches"] == "yes"] == [
        "school_plan/closure"
    ]
    trained = invoke("train", "--seeds", made, "--models", tmp_path / "models", "--now", NOW)
    assert trained.exit_code == 0, trained.output
    (card,) = (tmp_path / "models" / "two_schools").glob("*/card.md")
    assert "Agreement of two codings (5 passages that both coded)" in card.read_text(encoding="utf-8")
    assert "| never assigned |" in card.read_text(encoding="utf-8")


def test_a_workspace_is_made_from_it(made: Path, tmp_path: Path) -> None:
    result = invoke("init", tmp_path / "watch", "--seeds", made, "--no-train")
    assert result.exit_code == 0, result.output
    assert invoke("codebook", "check", "-w", tmp_path / "watch").exit_code == 0


@pytest.mark.parametrize("there", ["codebook.yaml", "passages/example.jsonl", "passages/second/example.jsonl"])
def test_nothing_is_overwritten(tmp_path: Path, there: str) -> None:
    path = tmp_path / there
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("mine\n")
    result = invoke("codebook", "new", tmp_path, "--id", "x")
    assert result.exit_code == 1
    assert f"{there} exists already; nothing is overwritten. Name another folder." in result.output
    assert [p.read_text() for p in tmp_path.rglob("*") if p.is_file()] == ["mine\n"]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--id", "Two Schools"], "'Two Schools' is no id: small letters, digits and _ only. Give one with --id."),
        (["--languages", "english"], "'english' is no language tag such as en or hy; did you mean 'en'?"),
        (["--languages", "en,en"], "name each language once"),
        (["--languages", ","], "name each language once"),
    ],
)
def test_what_cannot_be_is_refused(tmp_path: Path, arguments: list[str], expected: str) -> None:
    result = invoke("codebook", "new", tmp_path / "x", *arguments)
    assert result.exit_code == 1
    assert expected in result.output
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("languages", ["fr", "tr,en", "hy", "az", "ru,uk", "ka", "en-GB"])
def test_it_is_good_in_any_language(tmp_path: Path, languages: str) -> None:
    invoke("codebook", "new", tmp_path / "x", "--languages", languages)
    result = invoke("codebook", "check", tmp_path / "x" / "codebook.yaml")
    assert result.exit_code == 0, result.output


@pytest.mark.parametrize("title", ['"Two schools": a # quarrel', "- it's {so}", "Ճամբարակ", "a\nb"])
def test_a_title_comes_out_as_it_was_given(title: str) -> None:
    assert parse_codebook(render_skeleton("x", title=title, languages=["en"])).title == title.strip()


def test_its_passages_are_coded_for_it(made: Path) -> None:
    codebook = parse_codebook((made / "codebook.yaml").read_text(encoding="utf-8"))
    passages = load_passages(find_passage_files(made / "passages"), codebook=codebook)
    coded = {narrative.id for passage in passages for narrative in passage.narratives}
    assert coded == set(codebook.narrative_ids)
    assert {narrative.voice.value for p in passages for narrative in p.narratives} == {
        "asserted",
        "attributed",
        "denied",
    }
    sided = {narrative.id for narrative in codebook.narratives if narrative.sided}
    assert all((n.accused is not None) == (n.id in sided) for p in passages for n in p.narratives)
    assert len(load_second_codings(made / "passages", passages, codebook=codebook)) == 5


def test_every_key_of_the_format_is_in_it() -> None:
    text = render_skeleton("x", title="X", languages=["en", "fr"])

    def keys(node: object) -> set[str]:
        schema = node if isinstance(node, dict) else {}
        own = set(schema.get("properties", {}))
        return own.union(
            *(keys(part) for part in schema.values()),
            *(keys(p) for v in schema.values() if isinstance(v, list) for p in v),
        )

    names = keys(Codebook.model_json_schema(by_alias=True)) - {"text", "digest"}
    assert {"sided", "not_near", "until", "place_name"} <= names
    assert [name for name in sorted(names) if f"{name}:" not in text and f"`{name}`" not in text] == []


def test_every_part_of_it_is_explained() -> None:
    lines = render_skeleton("x", title="X", languages=["en"]).splitlines()
    for key in read_yaml("\n".join(lines)):
        line = next(i for i, text in enumerate(lines) if text.startswith(f"{key}:"))
        assert lines[line - 1].startswith("#"), key


def test_it_is_about_nothing_that_comes_along(made: Path) -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in made.rglob("*") if path.is_file())
    for word in ("Karabakh", "Artsakh", "Armenia", "Azerbaijan", "Baku", "Yerevan", "Lachin", "Turk", "Russia"):
        assert word.lower() not in text.lower()
