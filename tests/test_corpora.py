"""The converters of public framing corpora, on tiny files in their formats; every text here is invented."""

import json
import sys
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from framewire.cli import main
from framewire.codebook import load_codebook
from framewire.learn import find_passage_files, load_passages

sys.path.append(str(Path(__file__).parent / "benchmarks"))

import bench_corpora
import corpora

HEADLINES = [
    ("Senator of nowhere promises a vote on rifles", "1", "3", "2"),
    ("Town closes its school gates after a threat", "1", "5", "99"),
    ("Gun maker of Nether Alder lays off forty", "1.0", "9.0", "99.0"),
    ("A shot is heard at the river", "1", "99", "99"),
    ("Hunters' ball, with raffle", "2", "99", "99"),
]
COLUMNS = ("news_title", "Q1 Relevant", "Q2 Focus", "Q3 Theme1", "Q3 Theme2")


def write_csv(path: Path) -> None:
    rows = [f'"{title}",{relevant},1,{one},{two}' for title, relevant, one, two in HEADLINES]
    path.write_text("\ufeff" + "\n".join([",".join(COLUMNS), *rows]) + "\n", encoding="utf-8")


def write_xlsx(path: Path) -> None:
    """A workbook as spreadsheets write it: texts shared and referred to, empty cells left out."""
    space = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    shared = [*COLUMNS, *(row[0] for row in HEADLINES)]
    lines = ["".join(f'<c r="{letter}1" t="s"><v>{i}</v></c>' for i, letter in enumerate("ABCDE"))]
    for i, (_, relevant, one, two) in enumerate(HEADLINES):
        cells = f'<c r="A{i + 2}" t="s"><v>{len(COLUMNS) + i}</v></c><c r="B{i + 2}"><v>{relevant}</v></c>'
        lines.append(cells + f'<c r="D{i + 2}"><v>{one}</v></c><c r="E{i + 2}"><v>{two}</v></c>')
    with zipfile.ZipFile(path, "w") as book:
        items = "".join(f"<si><t>{text}</t></si>" for text in shared)
        book.writestr("xl/sharedStrings.xml", f"<sst {space}>{items}</sst>")
        rows = "".join(f"<row>{line}</row>" for line in lines)
        book.writestr("xl/worksheets/sheet1.xml", f"<worksheet {space}><sheetData>{rows}</sheetData></worksheet>")


@pytest.mark.parametrize(("name", "write"), [("a.csv", write_csv), ("a.xlsx", write_xlsx)])
def test_headlines_with_up_to_two_frames(tmp_path: Path, name: str, write: object) -> None:
    path = tmp_path / name
    write(path)  # type: ignore[operator]
    texts = corpora.read_gvfc(path)
    assert [text.text for text in texts] == [row[0] for row in HEADLINES]
    assert [text.categories for text in texts] == [
        ("Politics", "Gun control"),
        ("School or public space safety",),
        ("Economic consequences",),
        (),
        (),
    ]
    assert [text.relevant for text in texts] == [True, True, True, True, False]
    assert len(corpora.read_gvfc(path, framed_only=True)) == 3


def test_articles_with_frames(tmp_path: Path) -> None:
    (tmp_path / "article12.txt").write_text("Bread is dear\n\nThe mill raised its price.\n")
    (tmp_path / "article7.txt").write_text("A quiet day\n")
    labels = tmp_path / "labels.txt"
    labels.write_text("12\tEconomic,Quality_of_life\n7\t\n")
    assert corpora.read_frames(tmp_path, labels) == [
        corpora.CodedText("article12", "Bread is dear\n\nThe mill raised its price.", ("Economic", "Quality_of_life")),
        corpora.CodedText("article7", "A quiet day", ()),
    ]


def test_articles_with_narratives_and_their_sub_narratives(tmp_path: Path) -> None:
    (tmp_path / "EN_1.txt").write_text("The windmill hums\n")
    (tmp_path / "EN_2.txt").write_text("The river is low\n")
    labels = tmp_path / "labels.txt"
    labels.write_text(
        "EN_1.txt\tCC: Doubts, large and small;CC: Doubts, large and small;CC: Praise\tCC: Doubts, large and small: Cost;CC: Doubts, large and small: Noise;CC: Praise: Other\n"
        "EN_2.txt\tOther\tOther\n"
    )
    assert [text.categories for text in corpora.read_narratives(tmp_path, labels)] == [
        ("CC: Doubts, large and small", "CC: Praise"),
        (),
    ]
    assert [len(text.categories) for text in corpora.read_narratives(tmp_path, labels, column=2)] == [3, 0]


@pytest.mark.parametrize(
    ("category", "expected"),
    [
        ("Legality_Constitutionality_and_jurisprudence", "legality_constitutionality_and_jurisprudence"),
        ("URW: The town’s history, rewritten", "urw_the_towns_history_rewritten"),
        ("CC: É/o", "cc_e_o"),
    ],
)
def test_categories_become_ids(category: str, expected: str) -> None:
    assert corpora.build_id(category) == expected


@pytest.fixture
def seeds(tmp_path: Path) -> Path:
    """Seeds of forty invented articles with one of two frames, in a corpus where everything is on the subject."""
    (tmp_path / "articles").mkdir()
    lines = []
    for i in range(40):
        said = (
            ("The price of bread and the budget rose", "Economic")
            if i % 2
            else ("The judge upheld the law", "Legality")
        )
        (tmp_path / "articles" / f"article{i}.txt").write_text(f"{said[0]} in week {i} of the year.\n")
        lines.append(f"{i}\t{said[1]}\n")
    (tmp_path / "labels.txt").write_text("".join(lines))
    arguments = [str(tmp_path / name) for name in ("articles", "labels.txt", "seeds")]
    corpora.main(["frames", *arguments, "--language", "fr"])
    return tmp_path / "seeds"


def test_the_seeds_are_good_and_train_as_they_are(seeds: Path, tmp_path: Path) -> None:
    assert CliRunner().invoke(main, ["codebook", "check", str(seeds / "codebook.yaml")]).exit_code == 0
    passages = load_passages(find_passage_files(seeds / "passages"), codebook=load_codebook(seeds / "codebook.yaml"))
    assert [len(passages), {n.id for p in passages for n in p.narratives}] == [40, {"economic", "legality"}]
    result = CliRunner().invoke(main, ["train", "--seeds", str(seeds), "--models", str(tmp_path / "models")])
    assert result.exit_code == 0, result.output
    (path,) = (tmp_path / "models" / "frames").glob("*/card.json")
    card = json.loads(path.read_text(encoding="utf-8"))
    assert card["language"] == "fr"
    assert card["cross_validation"]["narratives"]["micro_f1"] > 0.9


def test_every_contestant_is_measured_on_the_same_folds(seeds: Path) -> None:
    figures = bench_corpora.measure_folds(seeds, n_folds=4)
    assert set(figures) == set(bench_corpora.CONTESTANTS)
    assert all(micro > 0.9 and macro > 0.9 for micro, macro in figures.values())


def test_folds_spread_rare_examples() -> None:
    import numpy as np

    y = np.array([False] * 20 + [True] * 5)
    parts = list(bench_corpora.spread(y))
    assert [int(y[test].sum()) for _, test in parts] == [1] * 5
    assert sorted(np.concatenate([test for _, test in parts]).tolist()) == list(range(25))
