"""Coding in a notebook: the queue as a table, and codings out of a table into the store."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import framewire as fw
from framewire.errors import InputError
from framewire.records import CodingOrigin
from framewire.workflow.workspace import Workspace
from review_cases import codings_of, leave_open
from test_web_review import offer
from web_cases import make_watch


@pytest.fixture(scope="module")
def module_watch(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    watch = make_watch(tmp_path_factory.mktemp("notebook"), n=3)
    offer(watch, (2, 0), (1, 1))
    offer(watch, (3, 0), coder="ben", blind=True)
    offer(watch, (3, None), coder=None, blind=True, strategy="audit")
    return watch


@pytest.fixture
def c(module_watch: Workspace) -> fw.Collection:
    return fw.open(module_watch.config.folder, writable=True)


def test_the_queue_is_a_table(c: fw.Collection) -> None:
    table = c.review(2, by="anna")
    assert [item.split(":")[0] for item in table["item"]] == ["2.0", "1.1"]
    assert table.loc[0, "says"] == "water_theft=denied:unclear, lawful_use=attributed"
    assert table.loc[0, "narratives"] == ["water_theft", "lawful_use"]
    assert table.attrs["definitions"]["lawful_use"] == "The dam is the exercise of a right."
    # Then comes what everybody is asked, whole and blind.
    assert c.review(by="anna")["blind"].tolist() == [False, False, True]
    hidden = c.review(by="anna", labels=False)
    assert hidden["blind"].all()
    assert hidden["says"].isna().all()
    assert "left open by the model" not in "".join(hidden["reason"])
    assert c.review(by="ben")["says"].isna().all()
    with pytest.raises(ValueError, match="0 passages"):
        c.review(0, by="anna")


def test_what_is_left_open_is_no_answer_to_begin_with(tmp_path: Path) -> None:
    watch = make_watch(tmp_path, n=2)
    leave_open(watch, 1, 0, "water_theft")
    offer(watch, (1, 0), (2, 1))
    says = fw.open(watch.config.folder).review(by="anna")["says"]
    assert (says.isna().tolist(), says[1]) == ([True, False], "none")


def test_codings_out_of_a_table_are_stored_once(c: fw.Collection, module_watch: Workspace) -> None:
    table = c.review(by="carla")
    assert table["item"].str.startswith("3:").all(), "the audit is asked of everybody"
    rows = pd.DataFrame(
        {
            "item": ["1.0", "2.0", "3.0"],
            "says": ["neglect=denied", None, "none"],
            "note": ["reported", None, float("nan")],
        }
    )
    done = c.correct(rows, by="carla")
    assert done.to_dict("list") == {"item": ["1.0", "3.0"], "says": ["neglect=denied", "none"], "is_new": [True, True]}
    assert c.correct(rows, by="carla")["is_new"].tolist() == [False, False]
    stored = [one for one in codings_of(module_watch) if one.coder == "carla"]
    assert [(one.origin, one.note) for one in stored] == [
        (CodingOrigin.NOTEBOOK, "reported"),
        (CodingOrigin.NOTEBOOK, None),
    ]
    assert len(c.correct(rows.iloc[1:2], by="carla")) == 0


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        ({"says": ["none"]}, "column item: is missing"),
        ({"item": ["1.0"]}, "column says: is missing"),
        ({"item": ["1.0"], "says": ["none"], "nots": ["x"]}, "column nots: .*did you mean 'note'"),
        ({"item": ["1.0", "1.1"], "says": ["none", "water_thief=asserted"]}, "row 1, column says: .*'water_theft'"),
        ({"item": ["1.0", "9.9"], "says": ["none", "none"]}, "row 1, column item: there is no labelled article 9"),
        ({"item": [None], "says": ["none"]}, "row 0, column item: is empty"),
        ({"item": ["1.0", "1.0"], "says": ["none", "irrelevant"]}, "row 1, column item: 1.0 stands in row 0 already"),
        ({"item": ["1.0:00000000"], "says": ["none"]}, "row 0, column item: .*another than that of code"),
    ],
)
def test_a_fault_names_column_and_row_and_nothing_is_stored(
    c: fw.Collection, module_watch: Workspace, columns: dict[str, Any], told: str
) -> None:
    before = len(codings_of(module_watch))
    with pytest.raises(InputError, match=told):
        c.correct(pd.DataFrame(columns), by="dora")
    assert len(codings_of(module_watch)) == before


def test_who_codes_has_a_name(c: fw.Collection) -> None:
    with pytest.raises(InputError, match="no coder's name"):
        c.correct(pd.DataFrame({"item": ["1.0"], "says": ["none"]}), by=" ")


def test_a_collection_is_read_only_unless_asked_otherwise(module_watch: Workspace) -> None:
    table = pd.DataFrame({"item": ["1.0"], "says": ["none"]})
    with pytest.raises(InputError, match="writable=True"):
        fw.open(module_watch.config.folder).correct(table, by="anna")
    with pytest.raises(InputError, match="opened for reading only"):
        fw.open(module_watch.config.database, writable=True)


def test_the_folder_may_be_a_path(module_watch: Workspace) -> None:
    assert isinstance(fw.open(Path(module_watch.config.folder), writable=True), fw.Collection)
