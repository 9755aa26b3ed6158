"""Movements of a series in what the world and what the instrument does: exact sums, planted effects found, intervals that hold."""

import json
import shutil
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from click.testing import Result
from hypothesis import given
from hypothesis import strategies as st

from backfill_cases import NOW, build_articles, write_archive
from framewire.backfill.relabelled import decompose_change
from framewire.backfill.run import BackfillOrder, run_backfill
from framewire.errors import InputError
from framewire.store import add_model, get_models, reading, transaction
from framewire.summarise.decomposition import Period, decompose
from framewire.workflow.decomposition import COLUMNS, Span
from framewire.workflow.relabelled import decompose_store
from framewire.workflow.workspace import open_workspace
from test_backfill import trained
from test_cli import invoke

__all__ = ["trained"]
BEFORE, AFTER = Span(date(2026, 10, 1), date(2026, 10, 4)), Span(date(2026, 10, 5), date(2026, 10, 9))


def period(share_old: float, share_new: float, *, n_days: int = 10, per_day: int = 100) -> Period:
    n = np.tile([share_old * per_day, share_new * per_day], (n_days, 1))
    return Period(n, np.full((n_days, 2), float(per_day)))


@pytest.mark.parametrize(
    ("before", "after", "world", "instrument"),
    [
        ((0.2, 0.2), (0.5, 0.5), 0.3, 0.0),
        ((0.2, 0.5), (0.2, 0.5), 0.0, 0.3),
        ((0.2, 0.3), (0.4, 0.5), 0.2, 0.1),
        ((0.2, 0.1), (0.5, 0.6), 0.4, 0.0),
    ],
)
def test_planted_parts_are_found(
    before: tuple[float, float], after: tuple[float, float], world: float, instrument: float
) -> None:
    found = decompose(period(*before), period(*after), random_state=0)
    assert found
    assert (found.world.value, found.instrument.value) == (pytest.approx(world), pytest.approx(instrument, abs=1e-12))
    assert found.total.value == pytest.approx(after[1] - before[0])
    assert found.total.low == pytest.approx(found.total.value), "days that are alike leave nothing open"


counts = st.lists(st.tuples(*(st.integers(0, 30),) * 2, *(st.integers(30, 60),) * 2), min_size=1, max_size=8)


def as_period(days: list[tuple[int, int, int, int]]) -> Period:
    values = np.array(days, dtype=float)
    return Period(values[:, :2], values[:, 2:])


@given(counts, counts)
def test_the_parts_add_up_to_the_movement(before: list[tuple[int, ...]], after: list[tuple[int, ...]]) -> None:
    found = decompose(as_period(before), as_period(after), random_state=1)  # type: ignore[arg-type]
    assert found
    assert found.world.value + found.instrument.value == pytest.approx(found.total.value, abs=1e-12)
    swapped = decompose(as_period(after), as_period(before), random_state=1)  # type: ignore[arg-type]
    assert swapped
    assert swapped.world.value == pytest.approx(-found.world.value, abs=1e-12), "time turned round"
    assert swapped.instrument.value == pytest.approx(found.instrument.value, abs=1e-12)
    assert (found.world.low is None) == (min(len(before), len(after)) < 5)


def test_too_few_cases_are_told_by_nothing() -> None:
    assert decompose(period(0.5, 0.5, n_days=1, per_day=9), period(0.5, 0.5), random_state=0) is None


@pytest.mark.slow
def test_intervals_hold_what_they_promise() -> None:
    """Over worlds drawn anew, nine to all of ten 95 % intervals of twenty days hold the true part of the world."""
    rng = np.random.default_rng(5)
    held = 0
    for _ in range(100):
        periods = []
        for share in (0.3, 0.4):
            daily = rng.beta(share * 20, (1 - share) * 20, size=20)
            old = rng.binomial(50, daily)
            new = np.clip(old + rng.binomial(5, 0.5, size=20), 0, 50)
            periods.append(Period(np.stack([old, new], axis=1).astype(float), np.full((20, 2), 50.0)))
        found = decompose(*periods, random_state=0)
        assert found
        assert found.world.low is not None
        assert found.world.high is not None
        held += found.world.low <= 0.1 <= found.world.high
    assert 88 <= held <= 100


@pytest.fixture(scope="module")
def results(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """One archive by the model, and by terms and rules alone."""
    folder = tmp_path_factory.mktemp("results")
    path = write_archive(folder, "jsonl", build_articles(120))
    run_backfill(open_workspace(trained), BackfillOrder((str(path),)), folder / "model", now=NOW)
    shutil.copytree(trained, folder / "watch")
    (folder / "watch" / "framewire.sqlite").unlink()
    assert invoke("db", "upgrade", "-w", str(folder / "watch")).exit_code == 0
    run_backfill(open_workspace(folder / "watch"), BackfillOrder((str(path),)), folder / "rules", now=NOW)
    return folder / "rules", folder / "model"


def test_two_labellings_of_an_archive(results: tuple[Path, Path]) -> None:
    rows = list(decompose_change(*results, before=BEFORE, after=AFTER))
    assert {row["kind"] for row in rows} == {"wording", "narrative"}
    for row in rows:
        assert row["world"] + row["instrument"] == pytest.approx(row["total"], abs=1e-5)
        assert row["total"] == pytest.approx(row["new_after"] - row["old_before"], abs=1e-5)
    assert any(abs(row["instrument"]) > 0.01 for row in rows if row["kind"] == "narrative")


def test_one_labelling_has_no_part_of_the_instrument(results: tuple[Path, Path]) -> None:
    rows = list(decompose_change(results[1], results[1], before=BEFORE, after=AFTER))
    assert all(row["instrument"] == row["instrument_low"] or row["instrument"] == 0 for row in rows)


def test_the_command(results: tuple[Path, Path]) -> None:
    span = ("--before", "2026-10-01:2026-10-04", "--after", "2026-10-05:2026-10-09")
    told = invoke("export", "change-decomposition", *map(str, results), *span, "--json")
    assert told.exit_code == 0, told.output
    assert tuple(json.loads(told.output)[0]) == COLUMNS
    assert invoke("export", "change-decomposition", *map(str, results), "--before", "x", "--after", "y").exit_code == 2


def test_other_articles_and_periods_are_refused(results: tuple[Path, Path], trained: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="overlap"):
        list(decompose_change(*results, before=BEFORE, after=BEFORE))
    path = write_archive(tmp_path, "jsonl", build_articles(50))
    run_backfill(open_workspace(trained), BackfillOrder((str(path),)), tmp_path / "out", now=NOW)
    with pytest.raises(InputError, match="not of the same archive"):
        list(decompose_change(tmp_path / "out", results[1], before=BEFORE, after=AFTER))


@pytest.fixture(scope="module")
def stored(results: tuple[Path, Path], trained: Path) -> tuple[Path, str]:
    """The same archive in a store, by terms and rules and by the model, whose name comes with it."""
    folder = results[0].parent
    at = ("-w", str(folder / "watch"), "--now", NOW.isoformat())
    for words, code in ((("import", str(folder / "archive.jsonl"), "--format", "jsonl"), 0), (("label",), 3)):
        told = invoke(*words, *at)
        assert told.exit_code == code, told.output
    with reading(open_workspace(trained).engine) as conn:
        (row,) = get_models(conn, codebook_id="dam")
    with transaction(open_workspace(folder / "watch").engine) as conn:
        add_model(conn, name=row["name"], digest=row["digest"], card=row["card"], now=NOW)
    told = invoke("label", *at)
    assert told.exit_code == 0, told.output
    return folder / "watch", row["name"]


def test_a_store_and_two_folders_tell_the_same(stored: tuple[Path, str], results: tuple[Path, Path]) -> None:
    watch, name = stored
    found = decompose_store(open_workspace(watch), ("rules", name), before=BEFORE, after=AFTER)
    assert list(found.rows) == list(decompose_change(*results, before=BEFORE, after=AFTER))
    assert len(found.rows) > 3
    assert found.notes == ()


def test_the_command_on_a_store(stored: tuple[Path, str], results: tuple[Path, Path]) -> None:
    watch, name = stored
    span = ("--before", "2026-10-01:2026-10-04", "--after", "2026-10-05:2026-10-09")

    def ask(*words: str) -> Result:
        return invoke("export", "change-decomposition", *words, *span, "--json", "-w", str(watch))

    told = ask("rules", name.partition("/")[2])
    assert told.exit_code == 0, told.output
    assert tuple(json.loads(told.stdout)[0]) == COLUMNS
    assert told.stderr == f"old: rules  new: {name}\n"
    alone = ask()
    assert alone.exit_code == 1
    assert f"{name} alone has labels" in alone.stderr
    assert alone.stderr.endswith("if it is named: rules.\n")
    for words, said in (
        (("rules",), "name two models or two folders"),
        ((str(results[0]), name), "is a folder and the other one is none"),
    ):
        wrong = ask(*words)
        assert wrong.exit_code == 2
        assert said in " ".join(wrong.stderr.split())
