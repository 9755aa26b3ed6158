"""A pool's processes: tasks in their order, in as many processes as are asked for, and none left afterwards."""

import os
from pathlib import Path

import pytest

from dam_passages import build_dam_passages
from framewire import processes
from framewire.codebook import Codebook
from framewire.errors import ChildCrash
from framewire.learn import cross_validate, train_with_held_out
from framewire.processes import count_cores, end_pool, run_tasks, side_by_side
from framewire.workflow.models import WORTH_PROCESSES, choose_jobs

FEW = build_dam_passages()[::3]


def test_tasks_run_here_when_they_are_asked_for(tmp_path: Path) -> None:
    found = run_tasks([(os.getpid,), (Path.touch, tmp_path / "late")])
    assert next(found) == os.getpid()
    assert not (tmp_path / "late").exists()
    assert list(found) == [None]
    assert (tmp_path / "late").exists()


def test_side_by_side_they_run_in_other_processes_and_come_in_order() -> None:
    psutil = pytest.importorskip("psutil")
    with side_by_side(2):
        assert list(run_tasks((pow, base, 2) for base in range(20))) == [base**2 for base in range(20)]
        (child,) = run_tasks([(os.getpid,)])
    assert child != os.getpid()
    assert not psutil.pid_exists(child)
    assert list(run_tasks([(os.getpid,)])) == [os.getpid()]


def test_what_a_task_raises_is_raised_here() -> None:
    with side_by_side(2), pytest.raises(ZeroDivisionError):
        list(run_tasks([(divmod, 1, 1), (divmod, 1, 0)]))


def test_a_process_that_dies_is_told() -> None:
    with side_by_side(2), pytest.raises(ChildCrash, match="want of memory"):
        list(run_tasks([(os._exit, 9), (pow, 2, 2)]))
    with side_by_side(2):
        assert list(run_tasks([(pow, 2, 2)])) == [4], "the next pool is a sound one"


def test_as_they_are_done_they_come_once_each() -> None:
    try:
        assert sorted(run_tasks(((pow, base, 2) for base in range(20)), n_jobs=2, in_order=False)) == [
            base**2 for base in range(20)
        ]
    finally:
        end_pool()
    assert list(run_tasks([(divmod, 7, 2)], n_jobs=1, in_order=False)) == [(3, 1)]


def test_as_many_cores_as_this_process_may_use() -> None:
    assert 1 <= count_cores() <= (os.cpu_count() or 1)


def test_training_and_its_measures_are_the_same_side_by_side(small_codebook: Codebook) -> None:
    def learn() -> tuple[bytes, list[float], object]:
        model, held_out = train_with_held_out(FEW, small_codebook)
        return held_out.narratives.tobytes(), model.thresholds_, cross_validate(FEW, small_codebook)

    here = learn()
    with side_by_side(2):
        assert learn() == here


@pytest.mark.parametrize(
    ("content", "room"),
    [
        ("MemTotal: 9999999 kB\nMemAvailable:    3145728 kB\n", 3),
        ("MemAvailable:  1000 kB\n", 1),
        ("MemTotal: 9999999 kB\n", 8),
        (None, 8),
    ],
)
def test_as_many_processes_as_there_are_cores_and_memory_for(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: str | None, room: int
) -> None:
    monkeypatch.setattr(processes, "count_cores", lambda: 8)
    monkeypatch.setattr(processes, "MEMINFO", tmp_path / "meminfo")
    if content is not None:
        processes.MEMINFO.write_text(content)
    assert processes.count_room(2**30) == room


def test_only_a_long_training_gets_processes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(processes, "MEMINFO", tmp_path / "none")
    assert choose_jobs(FEW) == 1
    assert choose_jobs(FEW * (WORTH_PROCESSES // len(FEW) + 1)) == count_cores()
