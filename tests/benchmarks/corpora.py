"""Turns the files of public framing corpora into seeds: a codebook that holds their categories, and their texts as passages.

    python tests/benchmarks/corpora.py gvfc headlines.csv DIR
    python tests/benchmarks/corpora.py frames data/en/train-articles-subtask-2 data/en/train-labels-subtask-2.txt DIR
    python tests/benchmarks/corpora.py narratives EN/raw-documents EN/subtask-2-annotations.txt DIR

Then `framewire train --seeds DIR`, as with any seeds. The corpora belong to others, and no text of theirs is in this project:
get them from those who made them. Sources of the formats: Liu et al. 2019 (the Gun Violence Frame Corpus), Piskorski et al. 2023
(SemEval-2023 task 3, subtask 2) and Piskorski et al. 2025 (SemEval-2025 task 10, subtask 2).
"""

import argparse
import csv
import json
import re
import sys
import unicodedata
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from xml.etree import ElementTree

from ruamel.yaml import YAML

# The themes by number. Source: the corpus's codebook protocol.
GVFC_FRAMES = {
    1: "Gun rights",
    2: "Gun control",
    3: "Politics",
    4: "Mental health",
    5: "School or public space safety",
    6: "Race or ethnicity",
    7: "Public opinion",
    8: "Society or culture",
    9: "Economic consequences",
}
YES = "1"
# Where a text fits no category of SemEval-2025.
OTHER = "Other"
_SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


@dataclass(frozen=True)
class CodedText:
    """A text of a corpus with its categories, as they are called there; one without any may still be on the subject."""

    id: str
    text: str
    categories: tuple[str, ...]
    relevant: bool = True


def read_gvfc(path: Path, *, framed_only: bool = False) -> list[CodedText]:
    """The headlines of the Gun Violence Frame Corpus, from CSV or XLSX.

    Args:
        path: a table with the columns news_title (or headline), Q1 Relevant, Q3 Theme1 and Q3 Theme2.
        framed_only: leave out what carries no frame, as the papers about this corpus do.
    """
    texts = []
    for number, row in enumerate(_read_table(path), start=1):
        relevant = _cell(row, "Q1 Relevant") == YES
        codes = [_cell(row, column) for column in ("Q3 Theme1", "Q3 Theme2")]
        frames = tuple(dict.fromkeys(GVFC_FRAMES[int(code)] for code in codes if code.isdigit() and int(code) <= 9))
        if frames or not framed_only:
            title = row.get("news_title") or row["headline"]
            texts.append(CodedText(f"gvfc-{number}", title.strip(), frames if relevant else (), relevant))
    return [text for text in texts if text.relevant] if framed_only else texts


def read_frames(folder: Path, labels: Path) -> list[CodedText]:
    """The articles of SemEval-2023 task 3, subtask 2: `article<ID>.txt`, and lines of `ID<TAB>frame,frame`."""
    return [
        CodedText(f"article{row[0]}", _read(folder / f"article{row[0]}.txt"), _split(row[1], ","))
        for row in _read_rows(labels)
    ]


def read_narratives(folder: Path, labels: Path, *, column: int = 1) -> list[CodedText]:
    """The articles of SemEval-2025 task 10, subtask 2: lines of `file<TAB>narrative;narrative<TAB>sub;sub`.

    `column` is 1 for narratives and 2 for sub-narratives; an article of `Other` alone carries none.
    """
    return [
        CodedText(row[0].removesuffix(".txt"), _read(folder / row[0]), _split(row[column], ";"))
        for row in _read_rows(labels)
    ]


def write_seeds(folder: Path, texts: Iterable[CodedText], *, name: str, title: str, language: str = "en") -> None:
    """Seeds that `framewire train --seeds` takes: the categories as narratives without patterns, and one passage a text."""
    texts = list(texts)
    categories = sorted({category for text in texts for category in text.categories})
    ids = {category: build_id(category) for category in categories}
    (folder / "passages").mkdir(parents=True, exist_ok=True)
    codebook = {
        "id": name,
        "version": 1,
        "title": title,
        "languages": [language],
        "relevance": {"definition": "What the corpus holds.", "anchors": {}},
        "narratives": [{"id": ids[c], "label": c, "definition": f"As the corpus defines: {c}"} for c in categories],
    }
    with (folder / "codebook.yaml").open("w", encoding="utf-8") as file:
        YAML().dump(codebook, file)
    lines = [
        json.dumps(
            {
                "id": text.id,
                "text": text.text,
                "relevant": text.relevant,
                "narratives": [{"id": ids[category]} for category in text.categories],
                "coder": name,
            },
            ensure_ascii=False,
        )
        for text in texts
    ]
    (folder / "passages" / f"{name}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")


def build_id(category: str) -> str:
    """A category's name as a codebook's id: small letters, digits and `_`."""
    plain = unicodedata.normalize("NFKD", category).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_")


def _split(cell: str, separator: str) -> tuple[str, ...]:
    names = dict.fromkeys(name.strip() for name in cell.split(separator))
    return tuple(name for name in names if name and name != OTHER)


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8-sig").strip()


def _read_rows(path: Path) -> Iterator[list[str]]:
    for line in _read(path).splitlines():
        yield (line.rstrip("\n") + "\t").split("\t")


def _cell(row: dict[str, str], column: str) -> str:
    """A cell without the `.0` that spreadsheets give to whole numbers."""
    return (row.get(column) or "").strip().removesuffix(".0")


def _read_table(path: Path) -> Iterator[dict[str, str]]:
    if path.suffix.lower() == ".xlsx":
        header, *rows = _read_sheet(path)
        return (dict(zip(header, row, strict=False)) for row in rows)
    return csv.DictReader(StringIO(path.read_text(encoding="utf-8-sig"), newline=""))


def _read_sheet(path: Path) -> list[list[str]]:
    """The cells of a workbook's first sheet, as texts. Source: ECMA-376, part 1, 18.3 and 18.4."""
    with zipfile.ZipFile(path) as book:
        shared = [_text_of(item) for item in ElementTree.fromstring(book.read("xl/sharedStrings.xml"))]
        sheet = ElementTree.fromstring(book.read("xl/worksheets/sheet1.xml"))
    rows = []
    for row in sheet.iter(f"{_SHEET}row"):
        cells: list[str] = []
        for cell in row:
            cells += [""] * (_column_of(cell.get("r", "")) - len(cells))
            value = cell.findtext(f"{_SHEET}v", "")
            cells.append(shared[int(value)] if cell.get("t") == "s" else value or _text_of(cell))
        rows.append(cells)
    return rows


def _text_of(node: ElementTree.Element) -> str:
    return "".join(part.text or "" for part in node.iter(f"{_SHEET}t"))


def _column_of(reference: str) -> int:
    """The column of a cell such as `AB12`, from 0."""
    number = 0
    for letter in re.match("[A-Z]*", reference)[0]:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


def main(arguments: list[str]) -> None:
    """What the lines at the top of this file show."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    kinds = parser.add_subparsers(dest="kind", required=True)
    gvfc = kinds.add_parser("gvfc")
    gvfc.add_argument("table", type=Path)
    gvfc.add_argument("--framed-only", action="store_true", help="only headlines that carry a frame, as in the papers")
    frames, narratives = kinds.add_parser("frames"), kinds.add_parser("narratives")
    for kind in (frames, narratives):
        kind.add_argument("articles", type=Path)
        kind.add_argument("labels", type=Path)
    narratives.add_argument("--sub", action="store_true", help="the sub-narratives instead of the narratives")
    for kind in (gvfc, frames, narratives):
        kind.add_argument("folder", type=Path)
        kind.add_argument("--language", default="en")
    given = parser.parse_args(arguments)
    if given.kind == "gvfc":
        texts, title = read_gvfc(given.table, framed_only=given.framed_only), "Gun Violence Frame Corpus"
    elif given.kind == "frames":
        texts, title = read_frames(given.articles, given.labels), "SemEval-2023 task 3, subtask 2: frames"
    else:
        texts = read_narratives(given.articles, given.labels, column=2 if given.sub else 1)
        title = "SemEval-2025 task 10, subtask 2: narratives"
    write_seeds(given.folder, texts, name=given.kind, title=title, language=given.language)
    print(f"{given.folder}: {len(texts)} texts")


if __name__ == "__main__":
    main(sys.argv[1:])
