"""Backfills into the store, on either database: each article with its labels, once; what is stored is left as it is."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select

from backfill_cases import NOW, as_jsonl, build_articles, write_archive
from framewire.backfill import cutting, stored
from framewire.backfill.run import BackfillOrder
from framewire.backfill.stored import FOLDER, backfill_store
from framewire.errors import BackfillError
from framewire.store import add_model, get_models, reading, transaction
from framewire.store.schema import articles, labellings, mentions, passages, versions
from framewire.workflow.imports import ImportOrder, import_articles
from framewire.workflow.run import run_label
from framewire.workflow.workspace import Workspace, open_workspace
from test_backfill import trained
from test_cli import invoke

__all__ = ["trained"]
ARTICLES = build_articles(30)


@pytest.fixture
def here(trained: Path, tmp_path: Path, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    """The trained workspace with a store of its own, in which its model is on record."""
    monkeypatch.setattr(cutting, "PIECE_RECORDS", 8)
    before = open_workspace(trained)
    with reading(before.readonly_engine) as conn:
        (model,) = get_models(conn, codebook_id=before.codebook.id)
    with transaction(engine) as conn:
        add_model(conn, name=model["name"], digest=model["digest"], card=model["card"], now=NOW)
    for name in ("framewire.toml", "codebook.yaml", "feeds.yaml"):
        (tmp_path / name).write_bytes((trained / name).read_bytes())
    url = engine.url.render_as_string(hide_password=False)
    workspace = open_workspace(tmp_path, database=url, models=trained / "models")
    yield workspace
    workspace.engine.dispose()
    workspace.readonly_engine.dispose()


def count(here: Workspace) -> dict[str, int]:
    with reading(here.engine) as conn:
        return {
            table.name: conn.execute(select(func.count()).select_from(table)).scalar_one()
            for table in (articles, versions, labellings, passages, mentions)
        }


def fill(here: Workspace, path: Path) -> tuple[int, int, int]:
    done = backfill_store(here, BackfillOrder((str(path),)), now=NOW)
    return done.n_articles, done.n_doubles, done.n_pieces


def test_articles_are_stored_with_their_labels_once(here: Workspace, tmp_path: Path) -> None:
    path = write_archive(tmp_path, "jsonl", [*ARTICLES, ARTICLES[3]])
    assert fill(here, path) == (30, 1, 4)
    before = count(here)
    assert (before["articles"], before["versions"], before["labellings"]) == (30, 30, 30)
    assert before["mentions"] > 10
    assert fill(here, path) == (0, 0, 0)
    assert count(here) == before
    assert run_label(here, now=NOW).stages[0].figures["labelled"] == 0, "nothing is left to a run"


def test_an_article_that_is_stored_keeps_its_text_and_gets_labels_of_no_other(here: Workspace, tmp_path: Path) -> None:
    other = {**ARTICLES[0], "text": "A feed brought quite another text under this address, and it is long enough."}
    first = tmp_path / "first.jsonl"
    first.write_bytes(as_jsonl([other, ARTICLES[1]]))
    import_articles(here, ImportOrder(first, "jsonl"), now=NOW)
    assert fill(here, write_archive(tmp_path, "jsonl", ARTICLES))[:2] == (28, 2)
    assert count(here)["labellings"] == 29
    assert run_label(here, now=NOW).stages[0].figures["labelled"] == 1


def test_broken_off_it_goes_on(here: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_archive(tmp_path, "jsonl", ARTICLES)
    write_faults, left = stored.write_faults, [3]

    def breaking(*arguments: object) -> None:
        left[0] -= 1
        if not left[0]:
            raise BackfillError("after the third piece was stored, and before that was put on record")
        write_faults(*arguments)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(stored, "write_faults", breaking)
        with pytest.raises(BackfillError):
            fill(here, path)
    assert count(here)["labellings"] == 24
    assert fill(here, path) == (6, 8, 2)
    assert count(here)["labellings"] == 30


def test_the_command_tells_where_bad_records_are(trained: Path, tmp_path: Path) -> None:
    watch, path = tmp_path / "watch", tmp_path / "a.jsonl"
    shutil.copytree(trained, watch)
    path.write_bytes(as_jsonl(ARTICLES[:2]) + b"no json\n")
    result = invoke("backfill", str(path), "--store", "-w", str(watch), "--jobs", "1", "--now", NOW.isoformat())
    assert result.exit_code == 0, result.output
    assert result.output.startswith("2 articles labelled")
    (told,) = watch.glob(f"{FOLDER}/*/set-aside/*.jsonl")
    assert str(told.parent) in result.output
    assert json.loads(told.read_text())["line"] == 3
