"""Three hosts run at once against one PostgreSQL store; one of them is killed, and the server restarts in between."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from endurance_cases import IS_SOAK, Watch, chance_of
from forked_runs import Run, Runner, Trouble
from postgres_server import restart_command
from shared_press import N_STORIES, SharedPress, shared_press

N_FEEDS = 60 if IS_SOAK else 18
N_ROUNDS = 20 if IS_SOAK else 1
pytestmark = [pytest.mark.postgres, pytest.mark.slow]


@pytest.fixture(scope="module")
def runner() -> Iterator[Runner]:
    with Runner() as running:
        yield running


@pytest.fixture(scope="module")
def press(tmp_path_factory: pytest.TempPathFactory, own_server: str, runner: Runner) -> Iterator[SharedPress]:
    with shared_press(tmp_path_factory.mktemp("shared"), own_server, runner, n_feeds=N_FEEDS) as made:
        yield made


def run_together(hosts: list[Watch], *troubles: Trouble) -> list[Run]:
    numbers = [host.start(trouble=trouble) for host, trouble in zip(hosts, troubles, strict=True)]
    return [host.runner.finish(number) for host, number in zip(hosts, numbers, strict=True)]


def count(url: str, query: str) -> list[tuple[object, ...]]:
    engine = create_engine(url)
    with engine.connect() as conn:
        found = [tuple(row) for row in conn.execute(text(query))]
    engine.dispose()
    return found


def check_shared(press: SharedPress, url: str, *, may_be_lost: int = 0) -> None:
    """Everything is stored once, and nobody has anything claimed any more.

    One that was killed while it had nothing claimed is in nobody's way: its row stays until somebody looks next.
    """
    assert count(url, "SELECT count(*), count(DISTINCT feed_id) FROM polls") == [(N_FEEDS, N_FEEDS)]
    n = N_FEEDS * N_STORIES
    assert count(url, "SELECT count(*) FROM articles") == count(url, "SELECT count(*) FROM versions") == [(n,)]
    assert count(url, "SELECT count(*), count(DISTINCT version_id) FROM labellings") == [(n, n)]
    assert count(url, "SELECT count(*) FROM summaries") == [(1,)]
    assert count(url, "SELECT count(*) FROM feeds WHERE worker_id IS NOT NULL") == [(0,)]
    assert count(url, "SELECT count(*) FROM claims") == [(0,)]
    assert count(url, "SELECT count(*) FROM workers") in [[(n_lost,)] for n_lost in range(may_be_lost + 1)]
    assert len(press.server.hits) == N_FEEDS


def test_three_hosts_share_a_run(press: SharedPress, tmp_path: Path) -> None:
    with press.hosts(tmp_path, "north", "south", "east") as hosts:
        runs = run_together(hosts, Trouble(), Trouble(), Trouble())
        assert [run.code for run in runs] == [0, 0, 0], [run.err for run in runs]
        assert press.server.hits.total() == N_FEEDS  # no feed is asked twice
        check_shared(press, hosts[0].url)
        made = [run for run in runs if "\nsummarise " in run.out]
        left = [run for run in runs if "is made by" in run.out]
        assert (len(made), len(left)) == (1, 2)
        assert [host for host in hosts if (host.folder / "out").exists()] == [hosts[runs.index(made[0])]]
        asked = [int(run.out.split("fetch")[1].split()[0]) for run in runs]
        assert sum(asked) == N_FEEDS
        assert sum(n > 0 for n in asked) >= 2
        due = hosts[0].run("--if-due")
        assert "is summed up already" in due.out


def test_one_is_killed_and_the_server_restarts(press: SharedPress, own_server: str, tmp_path: Path) -> None:
    chance = chance_of("shared")
    for n in range(N_ROUNDS):
        with press.hosts(tmp_path / str(n), f"a{n}", f"b{n}", f"c{n}") as hosts:
            killed = Trouble(at=chance.randint(40, 90), kill=True)
            restart = Trouble(at=chance.randint(40, 120), call=restart_command(own_server))
            runs = run_together(hosts, killed, restart, Trouble())
            codes = [run.code for run in runs]
            assert codes[1:] == [0, 0], [run.err for run in runs]
            assert sum("\nsummarise " in run.out for run in runs) == 1
            check_shared(press, hosts[0].url, may_be_lost=1)
            # What the killed one had under way is asked again, and nothing else.
            assert press.server.hits.total() <= N_FEEDS + 3 * 3
            again = hosts[0].run()
            assert again.code == 0, again.err
            check_shared(press, hosts[0].url)
            states = count(hosts[0].url, "SELECT state, count(*) FROM runs GROUP BY state")
            assert dict(states) == ({"done": 3, "crashed": 1} if codes[0] == -9 else {"done": 4})  # type: ignore[comparison-overlap]
