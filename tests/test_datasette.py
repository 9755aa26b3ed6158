"""The store as others open it: every table and column is described, and the queries run on the file itself."""

import json
import sqlite3
from pathlib import Path

import pytest
from click.testing import CliRunner

from framewire.cli import main
from framewire.exports import describe_columns, get_queries, render_metadata
from framewire.store import add_labels, claim_versions_to_label, list_columns, open_store, transaction
from framewire.store.schema import VERSION_TABLE, metadata
from framewire.workflow.workspace import init_workspace
from store_cases import NOW, add_pair, entry, labelled, poll


def test_every_table_and_column_is_described() -> None:
    tables = json.loads(render_metadata(list_columns(), title="T", database="framewire"))["databases"]["framewire"][
        "tables"
    ]
    assert set(tables) == {*metadata.tables, VERSION_TABLE}
    for name, table in metadata.tables.items():
        assert list(tables[name]["columns"]) == [column.name for column in table.columns]
        assert all(tables[name]["columns"].values())


def test_no_column_is_described_that_there_is_not() -> None:
    every = {column.name for table in metadata.tables.values() for column in table.columns} | {"version_num"}
    for name in metadata.tables:
        assert set(describe_columns(name)) <= every


def test_who_gets_mail_is_not_shown() -> None:
    tables = json.loads(render_metadata(list_columns(), title="T", database="d"))["databases"]["d"]["tables"]
    assert tables["outbox"]["hidden"]


PARAMETERS = {"outlet": "", "referent": "", "wording": "", "narrative": ""}
EXPECTED = {
    "articles_with_labels": [("labelled", "blame"), ("unlabelled", None)],
    "wordings_by_group": [("international", "place", "one", 1, 1, 1.0)],
    "narratives_by_outlet": [("north", "blame", "both", "denied", 1)],
    "mentions_in_context": [("", "Other", "\nText.", "attributed")],
    "changed_headlines": [("Dam one", "Dam two, quite another headline")],
    "feeds_by_answer": [("north", "ok", 2, 2)],
}
SHOWN = {
    "articles_with_labels": ("state", "narratives"),
    "wordings_by_group": ("group", "referent", "wording", "n", "total", "share"),
    "narratives_by_outlet": ("outlet", "narrative", "accused", "voice", "articles"),
    "mentions_in_context": ("before", "mention", "after", "voice"),
    "changed_headlines": ("old_title", "new_title"),
    "feeds_by_answer": ("outlet", "status", "polls", "new_articles"),
}


@pytest.mark.parametrize("name", sorted(get_queries()))
def test_the_queries_run_on_the_file(sqlite_path: Path, name: str) -> None:
    engine = open_store(f"sqlite:///{sqlite_path}")
    with transaction(engine) as conn:
        poll(conn, entry("a", "Dam one", "Body."), entry("b", "Other", "Text."))
        poll(conn, entry("a", "Dam two, quite another headline", "Body."), entry("b", "Other", "Text."))
        pair = add_pair(conn)
        (_, first) = claim_versions_to_label(conn, **pair, limit=9)
        add_labels(conn, [labelled(first)], labelled_at=NOW, **pair)
    engine.dispose()
    raw = sqlite3.connect(f"file:{sqlite_path}?mode=ro", uri=True)
    raw.row_factory = sqlite3.Row
    rows = raw.execute(get_queries()[name]["sql"], PARAMETERS).fetchall()
    assert sorted((tuple(row[column] for column in SHOWN[name]) for row in rows), key=str) == EXPECTED[name]
    raw.close()


def test_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seeds = tmp_path / "seeds"
    (seeds / "passages").mkdir(parents=True)
    (seeds / "codebook.yaml").write_bytes(Path(__file__).with_name("small_codebook.yaml").read_bytes())
    init_workspace(tmp_path / "watch", seeds=seeds)
    call = ["export", "datasette-metadata", "-w", str(tmp_path / "watch")]
    shown = CliRunner().invoke(main, call)
    assert list(json.loads(shown.stdout)["databases"]) == ["framewire"]
    monkeypatch.setenv("FRAMEWIRE_DATABASE", "postgresql+psycopg://nobody@127.0.0.1/none")
    refused = CliRunner().invoke(main, call)
    assert (refused.exit_code, "Datasette reads SQLite files" in refused.stderr) == (1, True)
