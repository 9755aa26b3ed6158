"""Exports: the same rows in every form, described column by column, with what is missing beside them."""

import csv
import hashlib
import io
import json
import tomllib
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, event

from framewire.cli import main
from framewire.cli.export import _TABLES
from framewire.errors import InputError, OutputError
from framewire.exports import (
    GKG_COLUMNS,
    TABLES,
    ExportColumn,
    Mark,
    MarkedArticle,
    get_table,
    render_labelling_interface,
    render_statement,
    write_csv,
    write_csv_with_mark,
    write_doccano,
    write_gkg,
    write_jsonl,
    write_label_studio,
    write_parquet,
)
from framewire.exports.gkg import build_record
from framewire.exports.package import _TYPES
from framewire.store import (
    Extract,
    add_labels,
    claim_versions_to_label,
    iter_article_rows,
    iter_mention_rows,
    iter_narrative_rows,
    read_articles,
    read_mentions,
    read_narratives,
    read_revisions,
    reading,
    sync_feed_list,
    transaction,
)
from framewire.text.cells import FORMULA_STARTS, defuse
from framewire.workflow import exports
from framewire.workflow.exports import Order, export_to_file, export_to_folder, export_to_stream
from framewire.workflow.workspace import Workspace, init_workspace, open_workspace
from store_cases import NOW, OTHER, OUTLETS, add_pair, entry, labelled, poll

HOUR = timedelta(hours=1)
AFTER = NOW + timedelta(days=2)
TRICKY = '=HYPERLINK("x") \U0001f4a9 և "quoted", two\nlines'


def fill(conn: Any) -> None:
    """Three articles of two outlets; one without labels, one changed, one on the other day."""
    poll(conn, entry("a", "Dam first", "Body of it."), entry("b", TRICKY, "Body."), at=NOW)
    poll(conn, entry("c", "Плотина", "Текст.", url="https://south.example/c"), feed=OTHER, at=NOW + 30 * HOUR)
    poll(
        conn,
        entry("a", "Dam second, quite another headline", "Body of it."),
        entry("b", TRICKY, "Body."),
        at=NOW + HOUR,
    )
    pair = add_pair(conn)
    versions = claim_versions_to_label(conn, **pair, limit=9)
    add_labels(conn, [labelled(one) for one in versions if one.outlet_id == "north"], labelled_at=NOW, **pair)


@pytest.fixture
def filled(engine: Engine) -> Engine:
    with transaction(engine) as conn:
        fill(conn)
    return engine


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    seeds = tmp_path / "seeds"
    (seeds / "passages").mkdir(parents=True)
    (seeds / "codebook.yaml").write_bytes(Path(__file__).with_name("small_codebook.yaml").read_bytes())
    init_workspace(tmp_path / "watch", seeds=seeds)
    here = open_workspace(tmp_path / "watch")
    with transaction(here.engine) as conn:
        sync_feed_list(conn, OUTLETS)
        fill(conn)
    return here


def test_rows_of_articles(filled: Engine) -> None:
    with reading(filled) as conn:
        rows = list(iter_article_rows(conn, Extract()))
        texts = [row["text"] for row in iter_article_rows(conn, Extract(), with_text=True)]
    assert [row["title"] for row in rows] == ["Dam second, quite another headline", TRICKY, "Плотина"]
    assert [(row["state"], row["relevant"], row["model"]) for row in rows] == [
        ("labelled", True, "rules"),
        ("labelled", True, "rules"),
        ("unlabelled", None, None),
    ]
    assert "text" not in rows[0]
    assert texts[1] == f"{TRICKY}\nBody."


def test_rows_of_labels(filled: Engine) -> None:
    with reading(filled) as conn:
        mentions = list(iter_mention_rows(conn, Extract(), with_text=True))
        narratives = list(iter_narrative_rows(conn, Extract(), with_text=True))
    assert [(row["text"], row["start"], row["end"], row["prefix"]) for row in mentions] == [
        ("Dam", 0, 3, ""),
        ('=HYPERLINK("x")', 0, 15, ""),
    ]
    assert mentions[0]["suffix"] == " second, quite another headline\n"
    assert [row["passage_text"] for row in narratives] == ["Dam second, quite another headline", TRICKY]
    assert narratives[0]["evidence"] == ["rule: a", "word: b"]


def test_the_words_around_a_mention_are_those_of_the_text(engine: Engine) -> None:
    title = "\U0001f4a9" * 50 + " dam " + "z" * 50
    with transaction(engine) as conn:
        poll(conn, entry("a", title, "."))
        pair = add_pair(conn)
        (version,) = claim_versions_to_label(conn, **pair, limit=1)
        one = labelled(version)
        label = one.passages[0]
        from dataclasses import replace

        mention = replace(label.mentions[0], start=51, end=54, text="dam")
        add_labels(conn, [replace(one, passages=(replace(label, mentions=(mention,)),))], labelled_at=NOW, **pair)
        (row,) = iter_mention_rows(conn, Extract(), with_text=True)
    assert (row["prefix"], row["suffix"]) == (version.text[51 - 32 : 51], version.text[54 : 54 + 32])


@pytest.mark.parametrize(
    ("extract", "expected"),
    [
        (Extract(outlet="south"), [3]),
        (Extract(group="international"), [1, 2, 3]),
        (Extract(group="none"), []),
        (Extract(language="ru"), [3]),
        (Extract(until=NOW + HOUR), [1]),
        (Extract(since=NOW + HOUR), [3]),
    ],
)
def test_what_is_asked_for(engine: Engine, extract: Extract, expected: list[int]) -> None:
    with transaction(engine) as conn:
        poll(conn, entry("a", published_at=NOW), entry("b", published_at=None), at=NOW)
        poll(conn, entry("c", url="https://south.example/c"), feed=OTHER, at=NOW + 2 * HOUR)
        poll(conn, entry("d", url="https://south.example/d"), feed=OTHER, at=NOW + 3 * HOUR)
        conn.exec_driver_sql("UPDATE entries SET first_poll = (article_id < 3)")
        conn.exec_driver_sql("DELETE FROM entries WHERE article_id = 4")
        conn.exec_driver_sql("DELETE FROM versions WHERE article_id = 4")
        conn.exec_driver_sql("DELETE FROM articles WHERE id = 4")
        assert [row["article_id"] for row in iter_article_rows(conn, extract)] == expected


def test_portions_are_read_when_they_are_asked_for(filled: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("framewire.store.exports.PORTION", 1)
    statements: list[str] = []
    event.listen(filled, "before_cursor_execute", lambda _c, _u, statement, *_: statements.append(statement))
    with reading(filled) as conn:
        before = len(statements)
        rows = iter_mention_rows(conn, Extract())
        next(rows)
        assert len(statements) - before == 2, "the range, and the first portion"
        assert len(list(rows)) == 1
        assert len(statements) - before == 4


def test_columns_are_those_of_the_notebooks_tables(filled: Engine) -> None:
    with reading(filled) as conn:
        tables = {
            "articles": read_articles(conn),
            "mentions": read_mentions(conn),
            "narratives": read_narratives(conn),
            "revisions": read_revisions(conn),
        }
    for name, table in tables.items():
        known = {column.name: column for column in get_table(name).columns}
        for column, dtype in table.dtypes.items():
            assert column in known, f"{name}.{column}"
            told = known[column].type
            shown = "text" if str(dtype) in ("str", "object") and told == "text" else str(dtype)
            assert _TYPES[told] == _TYPES[shown], f"{name}.{column}"


def test_the_dictionary_is_whole() -> None:
    assert set(TABLES) == set(_TABLES)
    content = tomllib.loads((Path(exports.__file__).parents[1] / "exports" / "columns.toml").read_text())
    used: set[str] = set()
    for name in TABLES:
        table = get_table(name)
        names = [column.name for column in (*table.columns, *table.text_columns)]
        assert len(set(names)) == len(names)
        assert set(table.key) <= set(names)
        assert set(content[name]["own"]) <= set(names), name
        used |= set(names) - set(content[name]["own"])
    assert used == set(content["shared"])


COLUMNS = (
    ExportColumn("n", "Int64", ""),
    ExportColumn("text", "text", ""),
    ExportColumn("at", "datetime64[us, UTC]", ""),
    ExportColumn("day", "datetime64[us]", ""),
    ExportColumn("yes", "boolean", ""),
    ExportColumn("share", "float64", ""),
    ExportColumn("list", "object", ""),
)
ROW: dict[str, Any] = {
    "n": -3,
    "text": TRICKY,
    "at": NOW,
    "day": date(2026, 3, 1),
    "yes": True,
    "share": 0.5,
    "list": ["a", "ü"],
}


def test_a_row_as_csv() -> None:
    out = io.BytesIO()
    assert write_csv([ROW, {}], COLUMNS, out) == 2
    lines = list(csv.reader(io.StringIO(out.getvalue().decode(), newline="")))
    assert lines == [
        ["n", "text", "at", "day", "yes", "share", "list", "defused"],
        ["-3", "'" + TRICKY, "2026-03-01T06:00:00Z", "2026-03-01", "true", "0.5", '["a", "ü"]', "text"],
        ["", "", "", "", "", "", "", ""],
    ]
    marked = io.BytesIO()
    write_csv_with_mark([ROW, {}], COLUMNS, marked)
    assert marked.getvalue() == b"\xef\xbb\xbf" + out.getvalue()


def test_a_row_as_jsonl() -> None:
    out = io.BytesIO()
    assert write_jsonl([ROW, {}], COLUMNS, out) == 2
    first, second = map(json.loads, out.getvalue().splitlines())
    assert first == ROW | {"at": "2026-03-01T06:00:00Z", "day": "2026-03-01"}
    assert second == dict.fromkeys(ROW)


def test_a_row_as_parquet() -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    out = io.BytesIO()
    assert write_parquet([ROW, {}], COLUMNS, out) == 2
    table = parquet.read_table(io.BytesIO(out.getvalue()))
    assert table.to_pylist() == [ROW | {"day": datetime(2026, 3, 1)}, dict.fromkeys(ROW)]  # noqa: DTZ001 - a day


def test_parquet_without_pyarrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    with pytest.raises(OutputError, match=r"pip install 'framewire\[parquet\]'"):
        write_parquet([], COLUMNS, io.BytesIO())


@given(st.text(max_size=20))
def test_no_cell_is_a_formula_and_none_is_lost(text: str) -> None:
    safe = str(defuse(text))
    assert not safe.startswith(FORMULA_STARTS)
    assert text in (safe, safe.removeprefix("'"))


MARKED = MarkedArticle(
    {
        "article_id": 7,
        "outlet": "north",
        "group": "g",
        "language": "en",
        "title": "\U0001f4a9 Dam",
        "url": "https://north.example/a\tb",
        "counted_at": NOW,
        "first_seen_at": NOW,
        "model": "m",
        "codebook": "c",
        "codebook_version": 2,
    },
    "\U0001f4a9 Dam & all",
    (Mark(2, 5, "place:one", 1.0, "denied"), Mark(0, 5, "blame", 0.5, "asserted")),
)


def test_an_article_for_doccano() -> None:
    out = io.BytesIO()
    assert write_doccano([MARKED], out) == 1
    row = json.loads(out.getvalue())
    assert [(row["text"][a:b], label) for a, b, label in row["label"]] == [
        ("Dam", "place:one"),
        ("\U0001f4a9 Dam", "blame"),
    ]
    assert row["article_id"] == 7


@pytest.mark.parametrize("n", [0, 1, 2])
def test_articles_for_label_studio(n: int) -> None:
    out = io.BytesIO()
    assert write_label_studio([MARKED] * n, out) == n
    tasks = json.loads(out.getvalue())
    assert len(tasks) == n
    for task in tasks:
        (prediction,) = task["predictions"]
        assert (prediction["model_version"], prediction["score"]) == ("m", 0.75)
        for result in prediction["result"]:
            value = result["value"]
            assert task["data"]["text"][value["start"] : value["end"]] == value["text"]
    interface = render_labelling_interface(['a"b', "c"])
    assert interface.count("<Label ") == 2


def test_an_article_in_the_columns_of_the_graph() -> None:
    cells = dict(zip(GKG_COLUMNS, build_record(MARKED), strict=True))
    assert len(GKG_COLUMNS) == 27
    assert cells["V2.1DATE"] == "20260301060000"
    assert cells["V2DOCUMENTIDENTIFIER"] == "https://north.example/a b"
    assert cells["V2ENHANCEDTHEMES"] == "FRAMEWIRE_PLACE_ONE,2;FRAMEWIRE_BLAME,0;"
    assert "<FRAMEWIRE_CODEBOOK>c 2</FRAMEWIRE_CODEBOOK>" in cells["V2EXTRASXML"]
    out = io.BytesIO()
    assert write_gkg([MARKED, MARKED], out) == 2
    assert [line.count(b"\t") for line in out.getvalue().splitlines()] == [26, 26]


def read_all(workspace: Workspace, table: str, **more: Any) -> list[dict[str, Any]]:
    out = io.BytesIO()
    export_to_stream(workspace, Order(table, "jsonl", **more), out, now=AFTER)
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_undated_articles_of_a_first_poll_count_on_no_day(workspace: Workspace) -> None:
    assert [row["day"] for row in read_all(workspace, "articles")] == [None, None, None]
    assert read_all(workspace, "daily") == []
    assert read_all(workspace, "articles", since=date(2020, 1, 1)) == []


def test_the_days_of_articles(workspace: Workspace) -> None:
    with transaction(workspace.engine) as conn:
        conn.exec_driver_sql("UPDATE entries SET first_poll = 0")
    rows = read_all(workspace, "articles")
    assert [row["day"] for row in rows] == ["2026-03-01", "2026-03-01", "2026-03-02"]
    assert [row["article_id"] for row in read_all(workspace, "articles", until=date(2026, 3, 1))] == [1, 2]
    assert [row["article_id"] for row in read_all(workspace, "articles", since=date(2026, 3, 2))] == [3]
    daily = {
        (row["day"], row["outlet"], row["kind"], row["item"]): (row["n"], row["total"], row["share"])
        for row in read_all(workspace, "daily")
    }
    assert daily == {
        ("2026-03-01", "north", "articles", "relevant"): (2, 2, None),
        ("2026-03-01", "north", "articles", "unlabelled"): (0, 2, None),
        ("2026-03-01", "north", "wording", "one"): (2, 2, None),
        # The only narrative is denied: it is carried by none.
        ("2026-03-02", "south", "articles", "relevant"): (0, 0, None),
        ("2026-03-02", "south", "articles", "unlabelled"): (1, 1, None),
    }


def test_revisions_and_coverage(workspace: Workspace) -> None:
    (revision,) = read_all(workspace, "revisions")
    assert (revision["old_title"], revision["group"], revision["day"]) == ("Dam first", "international", "2026-03-01")
    assert read_all(workspace, "revisions", outlet="south") == []
    with transaction(workspace.engine) as conn:
        conn.exec_driver_sql("UPDATE entries SET first_poll = 0")
    rows = read_all(workspace, "coverage")
    assert {row["outlet"] for row in rows} == {"north", "south"}
    assert sum(row["articles"] for row in rows if row["outlet"] == "north") == 2
    assert {row["outlet"] for row in read_all(workspace, "coverage", outlet="south")} == {"south"}


def test_stories_hold_articles_of_several_outlets(workspace: Workspace) -> None:
    assert read_all(workspace, "stories") == []


def check_package(folder: Path) -> dict[str, Any]:
    """The data package, after every file was held against what it says."""
    package: dict[str, Any] = json.loads((folder / "datapackage.json").read_text())
    for resource in package["resources"]:
        content = (folder / resource["path"]).read_bytes()
        assert resource["bytes"] == len(content)
        assert resource["hash"] == "sha256:" + hashlib.sha256(content).hexdigest()
        fields = resource["schema"]["fields"]
        names = [field["name"] for field in fields]
        assert set(resource["schema"]["primaryKey"]) <= set(names)
        if resource["format"] == "csv":
            header, *rows = csv.reader(io.StringIO(content.decode(), newline=""))
            assert header == names
            assert len(rows) == resource["rows"]
            for row in rows:
                for field, cell in zip(fields, row, strict=True):
                    check_cell(field, cell)
            places = [names.index(name) for name in resource["schema"]["primaryKey"]]
            keys = [tuple(row[place] for place in places) for row in rows]
            assert len(set(keys)) == len(keys)
    return package


def check_cell(field: dict[str, Any], cell: str) -> None:
    """Holds a cell against its field. Source: Frictionless Table Schema 1, types and constraints."""
    limits = field.get("constraints", {})
    if cell == "":
        assert not limits.get("required"), field["name"]
        return
    read = {
        "integer": int,
        "number": float,
        "boolean": {"true": True, "false": False}.__getitem__,
        "string": str,
        "array": json.loads,
        "date": date.fromisoformat,
        "datetime": lambda text: datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ"),  # noqa: DTZ007
    }[field["type"]]
    value: Any = read(cell)
    assert "minimum" not in limits or value >= limits["minimum"]
    assert "maximum" not in limits or value <= limits["maximum"]
    assert "enum" not in limits or value in limits["enum"], (field["name"], value)


def test_a_folder_holds_what_travels_with_the_tables(workspace: Workspace, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    with transaction(workspace.engine) as conn:
        conn.exec_driver_sql("UPDATE entries SET first_poll = 0 WHERE article_id < 3")
    for table in TABLES:
        export_to_folder(workspace, Order(table), folder, now=AFTER)
    package = check_package(folder)
    assert [resource["name"] for resource in package["resources"]] == sorted(TABLES)
    assert {path.name for path in folder.iterdir()} == {
        *(f"{table}.csv" for table in TABLES),
        "datapackage.json",
        "CITATION.cff",
        "COVERAGE.md",
    }
    statement = (folder / "COVERAGE.md").read_text()
    assert "| north | The North | international |" in statement
    assert "## Outlet-days by reason" in statement
    again = export_to_folder(workspace, Order("articles", "jsonl", outlet="south"), folder, now=AFTER)
    assert again.n_rows == 1
    package = check_package(folder)
    assert len(package["resources"]) == len(TABLES), "an export takes the place of the older one"


def test_the_names_of_authors_stay(workspace: Workspace, tmp_path: Path) -> None:
    from framewire.yamlfile import load_yaml

    folder = tmp_path / "out"
    export_to_folder(workspace, Order("mentions"), folder, now=NOW)
    path = folder / "CITATION.cff"
    first = load_yaml(path, error=InputError, missing="")
    assert (first["cff-version"], first["type"], str(first["date-released"])) == ("1.2.0", "dataset", "2026-03-01")
    path.write_text(path.read_text().replace("authors:", "authors:\n  - name: Somebody Else"))
    export_to_folder(workspace, Order("articles"), folder, now=AFTER)
    second = load_yaml(path, error=InputError, missing="")
    assert second["authors"][0]["name"] == "Somebody Else"
    assert (second["title"][-18:], str(second["date-released"])) == ("articles, mentions", "2026-03-03")
    assert workspace.codebook.digest in second["abstract"]


def test_the_statement_names_imports_and_knows_an_empty_watch() -> None:
    imported = [{"source": "import:csv:1", "outlet": "a|b", "articles": 3}]
    text = render_statement([], imported, title="T", made="2026")
    assert "No feed was watched" in text
    assert "| import:csv:1 | a\\|b | 3 |" in text


def test_nothing_is_overwritten(workspace: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("mine")
    with pytest.raises(OutputError, match="nothing is overwritten"):
        export_to_file(workspace, Order("articles"), path, now=NOW)
    (tmp_path / "datapackage.json").write_text('{"name": "mine"}')
    with pytest.raises(OutputError, match="not of an export of Framewire"):
        export_to_folder(workspace, Order("articles"), tmp_path, now=NOW)
    assert path.read_text() == "mine"


def test_a_file_is_written_whole_or_not(workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_source: object) -> Iterator[dict[str, Any]]:
        yield {"article_id": 1}
        raise RuntimeError

    monkeypatch.setitem(exports.ROWS, "articles", broken)
    with pytest.raises(RuntimeError):
        export_to_file(workspace, Order("articles"), tmp_path / "a.csv", now=NOW)
    assert [path for path in tmp_path.iterdir() if "a.csv" in path.name] == []


@pytest.mark.parametrize(
    ("order", "message"),
    [
        (Order("articles", "label-studio"), "add --with-text"),
        (Order("articles", outlet="nort"), "--outlet: .*did you mean 'north'"),
        (Order("articles", group="internationa"), "--group: .*did you mean 'international'"),
        (Order("articles", language="xx"), "--language: "),
        (Order("articles", since=date(2026, 3, 2), until=date(2026, 3, 1)), "no day lies between"),
    ],
)
def test_what_cannot_be_exported(workspace: Workspace, order: Order, message: str) -> None:
    with pytest.raises(InputError, match=message):
        export_to_stream(workspace, order, io.BytesIO(), now=NOW)


def test_articles_are_marked_with_their_labels(workspace: Workspace) -> None:
    found = {}
    for table in ("articles", "narratives"):
        out = io.BytesIO()
        export_to_stream(workspace, Order(table, "doccano", with_text=True), out, now=NOW)
        rows = [json.loads(line) for line in out.getvalue().splitlines()]
        found[table] = {row["article_id"]: [label for _, _, label in row["label"]] for row in rows}
    assert found == {
        "articles": {1: ["place:one", "blame"], 2: ["place:one", "blame"], 3: []},
        "narratives": {1: ["blame"], 2: ["blame"]},
    }


def test_the_command(workspace: Workspace, tmp_path: Path) -> None:
    where = ["-w", str(workspace.config.folder)]
    done = CliRunner().invoke(main, ["export", "mentions", *where])
    assert done.exit_code == 0
    assert done.stdout.splitlines()[0].startswith("article_id,version_id,outlet")
    assert "`start` and `end` are places in a text that is not here" in done.stderr
    with_text = CliRunner().invoke(
        main, ["export", "narratives", *where, "--format", "label-studio", "--with-text", "-o", str(tmp_path / "ls")]
    )
    assert with_text.exit_code == 0
    assert "its rights are the outlets'" in with_text.stderr
    assert {path.name for path in (tmp_path / "ls").iterdir()} == {
        "narratives.label-studio.json",
        "labelling-interface.xml",
        "CITATION.cff",
        "COVERAGE.md",
    }
    for bad, message in (
        (["daily", "--format", "doccano"], "'doccano' is not one of"),
        (["articles", "--format", "jsonl", "--bom"], "--bom goes with --format csv"),
    ):
        result = CliRunner().invoke(main, ["export", *bad, *where])
        assert (result.exit_code, message in result.output) == (2, True)
    codebook = CliRunner().invoke(main, ["export", "codebook", "--as", "skos", *where])
    assert (codebook.exit_code, "skos:ConceptScheme" in codebook.stdout) == (0, True)
