"""Leases and claims on a shared store: taken over when they run out, by the database's clock, and never half."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, func, select, text, update

from framewire.config import load_config
from framewire.errors import LeaseLost, StoreUnreachable
from framewire.ingest import PollSettings
from framewire.records import FeedState
from framewire.store import (
    add_codebook,
    add_labels,
    add_model,
    add_worker,
    claim_feeds,
    claim_keys,
    claim_versions_to_label,
    count_claims_of_others,
    count_feeds_of_others,
    finish_run,
    get_claimant,
    get_feed_states,
    get_last_start,
    get_oldest_start,
    get_runs,
    get_workers,
    has_summed_up,
    hold_worker,
    is_shared,
    list_running,
    lock_free_feeds,
    open_store,
    reading,
    record_poll,
    release_keys,
    release_versions,
    remove_lost_workers,
    remove_worker,
    renew_lease,
    start_run,
    transaction,
    was_summed_up_beside,
)
from framewire.store.schema import workers
from framewire.workflow import sharing
from framewire.workflow.copies import find_copies
from framewire.workflow.feed_claims import CLOCK_SKEW, FeedClaims, keep_own
from framewire.workflow.page_claims import claim_pages
from framewire.workflow.sharing import Share, exclusively, join_store, patiently, try_claim, wait_for_feeds
from framewire.workflow.workspace import Workspace
from store_cases import HOUR, NEWS, NOW, OTHER, WORLD, add_pair, entry, fill, labelled, outcome, poll

URLS = [NEWS.url, WORLD.url, OTHER.url]
pytestmark = pytest.mark.postgres


@pytest.fixture
def engine(postgres_database: str) -> Iterator[Engine]:
    opened = open_store(fill(postgres_database))
    yield opened
    opened.dispose()


def join(engine: Engine, name: str, lease_seconds: float = 60) -> int:
    with transaction(engine) as conn:
        return add_worker(conn, name=name, place=name, lease_seconds=lease_seconds)


def lose(engine: Engine, worker_id: int) -> None:
    """The worker was silent for longer than its lease, and the server has been up for as long."""
    past = func.clock_timestamp() - text("interval '1 second'")
    with transaction(engine) as conn:
        row = update(workers).where(workers.c.id == worker_id)
        conn.execute(row.values(leased_until=past, lease_seconds=0))


def claim_all_feeds(engine: Engine, worker_id: int) -> set[str]:
    with transaction(engine) as conn:
        free = lock_free_feeds(conn, URLS)
        claim_feeds(conn, worker_id, list(free))
        return set(free)


def test_only_postgresql_is_shared(engine: Engine, sqlite_path: Path) -> None:
    assert is_shared(engine)
    alone = open_store(f"sqlite:///{sqlite_path}")
    assert not is_shared(alone)
    alone.dispose()


def test_what_one_has_claimed_no_other_gets(engine: Engine) -> None:
    a, b = join(engine, "a"), join(engine, "b")
    assert claim_all_feeds(engine, a) == set(URLS)
    assert claim_all_feeds(engine, b) == set()
    with transaction(engine) as conn:
        assert (count_feeds_of_others(conn, a), count_feeds_of_others(conn, b)) == (0, 3)
        assert claim_keys(conn, a, kind="pages", keys=["x", "y"]) == {"x", "y"}
        assert claim_keys(conn, a, kind="pages", keys=["x"]) == {"x"}
        assert claim_keys(conn, b, kind="pages", keys=["x", "z"]) == {"z"}
        assert claim_keys(conn, b, kind="summary", keys=["x"]) == {"x"}
        assert get_claimant(conn, kind="pages", key="x") == "a"
        assert get_claimant(conn, kind="pages", key="none") is None
        assert count_claims_of_others(conn, b, kind="pages") == 2
        release_keys(conn, b, kind="pages", keys=["x", "z"])  # x is not b's to give back
        assert get_claimant(conn, kind="pages", key="x") == "a"
        assert get_claimant(conn, kind="pages", key="z") is None


def test_feeds_that_another_looks_at_are_left_out(engine: Engine) -> None:
    with transaction(engine) as first:
        assert set(lock_free_feeds(first, [NEWS.url])) == {NEWS.url}
        with transaction(engine) as second:
            assert set(lock_free_feeds(second, URLS)) == {WORLD.url, OTHER.url}


def test_a_lost_worker_gives_up_everything_at_once(engine: Engine) -> None:
    a, b = join(engine, "a"), join(engine, "b")
    claim_all_feeds(engine, a)
    with transaction(engine) as conn:
        claim_keys(conn, a, kind="summary", keys=["2026-03-01"])
        run = start_run(conn, now=NOW, window_start=None, window_end=None, worker_id=a)
        assert remove_lost_workers(conn) == 0
    lose(engine, a)
    with transaction(engine) as conn:
        assert remove_lost_workers(conn) == 1
        assert [row["name"] for row in get_workers(conn)] == ["b"]
        assert get_claimant(conn, kind="summary", key="2026-03-01") is None
        start_run(conn, now=NOW, window_start=None, window_end=None, worker_id=b)
        assert {row["id"]: row["state"] for row in get_runs(conn, 5)}[run] == "crashed"
    assert claim_all_feeds(engine, b) == set(URLS)
    with transaction(engine) as conn:
        assert not renew_lease(conn, a, lease_seconds=60)
        with pytest.raises(LeaseLost, match="silent for longer than its lease"):
            hold_worker(conn, a)


def test_a_run_of_another_host_is_no_crash(engine: Engine) -> None:
    a, b = join(engine, "a"), join(engine, "b")
    with transaction(engine) as conn:
        first = start_run(conn, now=NOW, window_start=None, window_end=None, worker_id=a)
        start_run(conn, now=NOW, window_start=None, window_end=None, worker_id=b)
        assert {row["state"] for row in get_runs(conn, 5)} == {"running"}
        finish_run(conn, first, now=NOW, state="done", exit_code=0, stages={})
        remove_worker(conn, a)
        assert {row["id"]: row["state"] for row in get_runs(conn, 5)}[first] == "done"


def test_who_comes_to_the_same_place_again_frees_what_the_dead_one_had(engine: Engine) -> None:
    claim_all_feeds(engine, join(engine, "a"))
    assert claim_all_feeds(engine, join(engine, "a")) == set(URLS)


def test_leases_that_ran_out_while_the_server_was_away_are_given_again(engine: Engine) -> None:
    worker = join(engine, "a")
    past = func.clock_timestamp() - text("interval '1 hour'")
    with transaction(engine) as conn:
        # The test's server has been up for less than a day.
        conn.execute(update(workers).values(leased_until=past, lease_seconds=86_400.0))
        assert remove_lost_workers(conn) == 0
        hold_worker(conn, worker)


def test_one_that_is_just_storing_is_not_lost(engine: Engine) -> None:
    worker = join(engine, "a")
    lose(engine, worker)
    with transaction(engine) as storing:
        hold_worker(storing, worker)
        with transaction(engine) as other:
            assert remove_lost_workers(other) == 0
    with transaction(engine) as other:
        assert remove_lost_workers(other) == 1


def test_storing_a_poll_gives_its_feed_back_and_does_so_once(engine: Engine) -> None:
    worker = join(engine, "a")
    share = Share(engine, worker, "a")
    claim_all_feeds(engine, worker)
    told = [outcome(entry("one"), feed=OTHER), outcome(entry("two"), feed=NEWS)]
    with transaction(engine) as conn:
        kept = keep_own(conn, share, told)
        assert [one.feed for one in kept] == [NEWS, OTHER]  # in the order of outlets
        record_poll(conn, kept[0], run_id=None, seen_at=NOW)
        assert [one.feed for one in keep_own(conn, share, told)] == [OTHER]
        assert len(keep_own(conn, None, told)) == 2


def test_versions_are_labelled_by_one(engine: Engine) -> None:
    a, b = join(engine, "a"), join(engine, "b")
    with transaction(engine) as conn:
        poll(conn, *(entry(f"e{n}") for n in range(6)))
        rows = add_pair(conn)
    with transaction(engine) as conn:
        first = claim_versions_to_label(conn, **rows, limit=4, worker_id=a)
    with transaction(engine) as conn:
        second = claim_versions_to_label(conn, **rows, limit=4, worker_id=b)
    assert (len(first), len(second)) == (4, 2)
    assert not {one.version_id for one in first} & {one.version_id for one in second}
    with transaction(engine) as conn:
        add_labels(conn, [labelled(one) for one in first], **rows, labelled_at=NOW)
        release_versions(conn, a, [one.version_id for one in first])
        assert claim_versions_to_label(conn, **rows, limit=4, worker_id=a) == []
    lose(engine, b)
    with transaction(engine) as conn:
        remove_lost_workers(conn)
        assert claim_versions_to_label(conn, **rows, limit=4, worker_id=a) == second


def test_two_that_claim_at_the_same_moment_get_different_versions(engine: Engine) -> None:
    numbers = [join(engine, name) for name in "abcd"]
    with transaction(engine) as conn:
        poll(conn, *(entry(f"e{n}") for n in range(40)))
        rows = add_pair(conn)

    def claim_some(worker: int) -> list[int]:
        found = []
        for _ in range(5):
            with transaction(engine) as conn:
                found += [one.version_id for one in claim_versions_to_label(conn, **rows, limit=3, worker_id=worker)]
        return found

    with ThreadPoolExecutor(4) as pool:
        found = [number for some in pool.map(claim_some, numbers) for number in some]
    assert len(found) == len(set(found)) == 40


def claims_of(engine: Engine, worker: int, states: dict[str, FeedState], now: object = NOW) -> FeedClaims:
    settings = PollSettings(user_agent="test", poll_all_since=NOW - HOUR)
    return FeedClaims(Share(engine, worker, "x"), (NEWS, WORLD, OTHER), states, settings, now)  # type: ignore[arg-type]


def test_a_site_is_claimed_whole_or_not_at_all(engine: Engine) -> None:
    a, b = join(engine, "a"), join(engine, "b")
    with transaction(engine) as conn:
        claim_feeds(conn, a, [WORLD.url])
    # NEWS is free, but another host of ours asks its site.
    assert claims_of(engine, b, {}).claim([[NEWS], [OTHER]]) == [[OTHER]]


def test_a_feed_that_another_has_asked_meanwhile_is_not_asked(engine: Engine) -> None:
    a, b = join(engine, "a"), join(engine, "b")
    with reading(engine) as conn:
        states = get_feed_states(conn)
    late = claims_of(engine, b, states)
    ahead = replace(outcome(entry("one")), state=FeedState(NEWS.url, last_polled_at=NOW, next_due_at=NOW - HOUR))
    claim_all_feeds(engine, a)
    with transaction(engine) as conn:
        record_poll(conn, ahead, run_id=None, seen_at=NOW)
        remove_worker(conn, a)
    assert late.claim([[NEWS, WORLD], [OTHER]]) == [[WORLD], [OTHER]]
    with reading(engine) as conn:
        assert [feed.url for feed in late.list_left(get_feed_states(conn))] == [WORLD.url, OTHER.url]


@pytest.mark.parametrize(
    ("ahead", "asked"),
    [
        (timedelta(minutes=3), False),  # another host's clock
        (CLOCK_SKEW + HOUR, True),  # a clock that was wrong
    ],
)
def test_another_hosts_clock_that_is_ahead_is_no_reason_to_ask(engine: Engine, ahead: timedelta, asked: bool) -> None:
    with transaction(engine) as conn:
        record_poll(conn, outcome(entry("one"), at=NOW + ahead), run_id=None, seen_at=NOW)
    with reading(engine) as conn:
        states = get_feed_states(conn)
    found = claims_of(engine, join(engine, "a"), states).claim([[NEWS]])
    assert found == ([[NEWS]] if asked else [])


def test_who_made_the_summary_beside_this_run(engine: Engine) -> None:
    window = {"window_start": NOW - HOUR, "window_end": NOW}
    done = {"now": NOW, "state": "done", "exit_code": 0}
    with transaction(engine) as conn:
        earlier = start_run(conn, now=NOW, **window, worker_id=join(engine, "a"))
        running = list_running(conn)
        mine = start_run(conn, now=NOW, **window, worker_id=join(engine, "b"))
        finish_run(conn, earlier, **done, stages={"fetch": {}, "left": {}})
        assert not has_summed_up(conn, window_end=NOW)
        finish_run(conn, earlier, **done, stages={"fetch": {}, "summarise": {}})
        assert has_summed_up(conn, window_end=NOW)
        assert was_summed_up_beside(conn, mine, running=running, window_end=NOW)
        # One that had ended before this run began is none.
        assert not was_summed_up_beside(conn, mine, running=[], window_end=NOW)


def test_copies_are_looked_for_since_the_oldest_run_that_was_at_work(engine: Engine) -> None:
    with transaction(engine) as conn:
        start_run(conn, now=NOW - HOUR, window_start=None, window_end=None, worker_id=join(engine, "a"))
        run = start_run(conn, now=NOW, window_start=None, window_end=None, worker_id=join(engine, "b"))
        oldest = get_oldest_start(conn)
        assert oldest == NOW - HOUR
        figures = {"compared": 1, "oldest": oldest.isoformat()}
        finish_run(conn, run, now=NOW, state="done", exit_code=0, stages={"copies": figures, "fetch": {}})
        assert get_last_start(conn, stage="copies") == NOW - HOUR
        assert get_last_start(conn, stage="fetch") == NOW


def test_the_server_is_waited_for(monkeypatch: pytest.MonkeyPatch, engine: Engine) -> None:
    pauses: list[float] = []
    clock = [0.0]

    def sleep(seconds: float) -> None:
        pauses.append(seconds)
        clock[0] += seconds

    monkeypatch.setattr(sharing.time, "sleep", sleep)
    monkeypatch.setattr(sharing.time, "monotonic", lambda: clock[0])
    answers = [StoreUnreachable("away"), StoreUnreachable("away"), None]

    def work() -> str:
        if error := answers.pop(0):
            raise error
        return "done"

    share = Share(engine, 1, "a")
    assert patiently(share, work) == "done"
    assert pauses == [0.25, 0.5]
    answers = [StoreUnreachable("away")] * 1000
    with pytest.raises(StoreUnreachable):
        patiently(share, work)
    assert 100 < clock[0] <= sharing.PATIENCE_SECONDS + 1
    answers = [StoreUnreachable("away"), None]
    with pytest.raises(StoreUnreachable):
        patiently(None, work)  # SQLite has no server


def test_joining_renewing_and_leaving(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "framewire.toml").write_text("lease_seconds = 1\n")
    url = engine.url.render_as_string(hide_password=False)
    workspace = Workspace(load_config(tmp_path, database=url))
    monkeypatch.setattr(sharing, "WAIT_SECONDS", 0.01)
    renewed = select(workers.c.leased_until, workers.c.joined_at)
    with join_store(workspace) as share:
        assert share is not None
        assert share.name.endswith(f":{tmp_path.resolve()}")
        ended = False
        while not ended:  # until the thread has renewed the lease once
            with reading(engine) as conn:
                until, joined = conn.execute(renewed).one()
            ended = until - joined > timedelta(seconds=1.1)
        other = Share(engine, join(engine, "other"), "other")
        assert try_claim(other, "summary", "day") is None
        assert try_claim(share, "summary", "day") == "other"
        lose(engine, other.worker_id)
        with exclusively(share, "summary", "day"):  # the lost one is not waited for
            assert try_claim(Share(engine, join(engine, "late"), "late"), "summary", "day") == share.name
        wait_for_feeds(share)
    with reading(engine) as conn:
        assert [row["name"] for row in get_workers(conn)] == ["late"]
    workspace.engine.dispose()


def test_who_was_given_up_records_no_copies(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "framewire.toml").write_text("")
    workspace = Workspace(load_config(tmp_path, database=engine.url.render_as_string(hide_password=False)))
    lost = Share(engine, join(engine, "lost"), "lost")
    assert find_copies(workspace, since=None, now=NOW, share=lost)[1] == 0
    lose(engine, lost.worker_id)
    join(engine, "other")
    with transaction(engine) as conn:
        remove_lost_workers(conn)
    with pytest.raises(LeaseLost, match="the next run goes on"):
        find_copies(workspace, since=None, now=NOW, share=lost)
    assert find_copies(workspace, since=None, now=NOW)[1] == 0
    workspace.engine.dispose()


def test_hosts_that_record_the_same_codebook_and_model_at_once_get_the_same_rows(engine: Engine) -> None:
    def record() -> tuple[int, int]:
        with transaction(engine) as conn:
            return keep(conn)

    def keep(conn: Connection) -> tuple[int, int]:
        codebook = add_codebook(conn, codebook_id="dam", version=7, digest="seven", text="id: dam", now=NOW)
        return codebook, add_model(conn, name="dam/7", digest="7", card={"codebook": {"id": "dam"}}, now=NOW)

    with ThreadPoolExecutor(1) as pool:
        with transaction(engine) as conn:
            first = keep(conn)
            second = pool.submit(record)  # waits until the first has stored its rows
            with pytest.raises(TimeoutError):
                second.result(timeout=0.5)
        assert second.result(timeout=20) == first
    assert record() == first


def test_alone_all_pages_come_at_once() -> None:
    assert list(claim_pages(None, [], n_sites=3, n_pages=9, now=NOW, until_all=True)) == [[]]
