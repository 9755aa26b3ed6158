"""A run that is killed at any point loses nothing and doubles nothing: the next one ends where an undisturbed one does."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from endurance_cases import IS_SOAK, Watch, chance_of, copied, trained_watch
from forked_runs import Run, Runner, Trouble
from run_state import State

N_KILLS = 200 if IS_SOAK else 6
# Of ten kills, so many strike at any moment instead of at a step.
N_MOMENTS_OF_TEN = 2


@pytest.fixture(scope="module")
def runner() -> Iterator[Runner]:
    with Runner() as running:
        yield running


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def watch(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, runner: Runner) -> Iterator[Watch]:
    server = None if request.param == "sqlite" else request.getfixturevalue("postgres_server")
    with trained_watch(tmp_path_factory.mktemp(request.param), server, runner) as base:
        yield base


def run_undisturbed(watch: Watch, tmp_path: Path) -> tuple[Run, State]:
    """A run from beginning to end, and what it leaves; the runs after it are quicker."""
    with copied(watch, tmp_path, "whole") as whole:
        run = whole.run()
        assert run.code == 0, run.err
        state = whole.state()
        assert len(state["articles"]) == len(state["labellings"]) == 16
        assert state["narratives"]
        assert len(state["files"]) >= 5
        if watch.url.startswith("sqlite"):
            watch.runner.warm_up(whole.folder)
        return run, state


def choose_troubles(run: Run) -> list[Trouble]:
    """Where to kill: at steps of every kind, the rarer ones as often as the others, and at moments in between."""
    chance, troubles = chance_of("kill"), []
    by_kind = {kind: [n for n, found in enumerate(run.steps, start=1) if found == kind] for kind in set(run.steps)}
    kinds = sorted(by_kind)
    for n in range(N_KILLS):
        if n % 10 < N_MOMENTS_OF_TEN:
            troubles.append(Trouble(kill_after_seconds=chance.uniform(0.01, 0.95) * run.seconds))
        else:
            troubles.append(Trouble(at=chance.choice(by_kind[kinds[n % len(kinds)]]), kill=True))
    return troubles


@pytest.mark.soak
@pytest.mark.slow
def test_a_killed_run_is_continued_by_the_next(watch: Watch, tmp_path: Path) -> None:
    run, expected = run_undisturbed(watch, tmp_path)
    assert {"statement", "commit", "file", "connection"} <= set(run.steps)
    with copied(watch, tmp_path, "again") as again:
        run = again.run()
    n_killed = 0
    for n, trouble in enumerate(choose_troubles(run)):
        with copied(watch, tmp_path, f"killed{n}") as killed:
            ended = killed.run(trouble=trouble)
            assert ended.code in (-9, 0), ended.err
            assert ended.n_orphans == 0, f"{trouble}: what it had started went on"
            n_killed += ended.code == -9
            after = killed.run()
            assert after.code == 0, f"{trouble}: {after.err}"
            assert killed.state() == expected, trouble
            assert killed.partial_files() == [], trouble
    # A moment may lie behind the end of a run; a step never does.
    assert n_killed >= N_KILLS * (10 - N_MOMENTS_OF_TEN) // 10
    print(f"{n_killed} runs killed, each continued by the next")
