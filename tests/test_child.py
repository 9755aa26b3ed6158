"""Child processes that are killed, starved, crashed and orphaned."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from child_orders import work
from framewire.errors import ChildCrash, ChildMemory, ChildTimeout, ParserUnavailable
from framewire.ingest.child import ChildPool

MEMORY = 256 * 1024**2


def open_pool(n_children: int = 1, **options: object) -> ChildPool[str, object]:
    settings = {
        "canary": ("echo a", "A"),
        "timeout_seconds": 10.0,
        "memory_bytes": MEMORY,
        "name": "working",
        **options,
    }
    return ChildPool(work, n_children=n_children, **settings)  # type: ignore[arg-type]


def test_calls_are_answered_by_one_child() -> None:
    with open_pool() as pool:
        assert pool.call("echo hello") == "HELLO"
        first = pool.call("pid")
        assert first == pool.call("pid") != os.getpid()


def test_a_call_that_does_not_end_is_killed_and_the_next_is_well() -> None:
    with open_pool(timeout_seconds=0.5) as pool:
        child = pool.call("pid")
        with pytest.raises(ChildTimeout, match=r"working: not done after 0\.5 s"):
            pool.call("spin")
        assert not is_alive(child)
        assert pool.call("echo next") == "NEXT"


def test_too_much_memory() -> None:
    with open_pool() as pool:
        assert pool.call("hoard 100") == 100 * 1024**2
        with pytest.raises(ChildMemory):
            pool.call("hoard 300")
        assert pool.call("echo next") == "NEXT"


def test_a_worn_child_makes_room_before_its_memory_is_charged_to_another_call() -> None:
    with open_pool() as pool:
        assert [pool.call("keep 90") for _ in range(5)] == [1, 2, 1, 2, 1]


@pytest.mark.parametrize(
    ("order", "cause"), [("fail", "ZeroDivisionError"), ("leave 3", "exit code 3"), ("segfault", "SIGSEGV")]
)
def test_a_crash_is_named_and_the_next_call_is_well(order: str, cause: str) -> None:
    with open_pool() as pool:
        with pytest.raises(ChildCrash) as caught:
            pool.call(order)
        assert caught.value.cause == cause
        assert "secret" not in str(caught.value)
        assert pool.call("echo next") == "NEXT"


@pytest.mark.parametrize(
    ("canary", "told"),
    [
        (("echo a", "B"), "its canary came out otherwise"),
        (("fail", None), "ZeroDivisionError in its canary"),
        (("leave 1", None), "no answer"),
    ],
)
def test_a_child_that_does_not_work_is_nobodys_fault_but_ours(canary: tuple[str, object], told: str) -> None:
    with open_pool(canary=canary) as pool, pytest.raises(ParserUnavailable, match=told):
        pool.call("echo a")


def test_limits_are_set_after_the_canary() -> None:
    with open_pool(canary=("hoard 300", 300 * 1024**2)) as pool, pytest.raises(ChildMemory):
        pool.call("hoard 300")


def test_as_many_calls_run_at_once_as_there_are_children() -> None:
    found: list[object] = []
    with open_pool(2) as pool:
        threads = [threading.Thread(target=lambda: found.append(pool.call("pid"))) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(found) == 20
    assert len(set(found)) <= 2


def test_children_say_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    with open_pool() as pool:
        assert pool.call("write loud") == "written"
    assert capfd.readouterr() == ("", "")


def test_a_child_is_not_stopped_by_the_terminal() -> None:
    with open_pool() as pool:
        child = pool.call("pid")
        assert isinstance(child, int)
        os.kill(child, signal.SIGINT)
        assert pool.call("pid") == child


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs /proc")
def test_a_child_holds_no_file_of_the_caller(tmp_path: Path) -> None:
    with (tmp_path / "lock").open("w") as lock, open_pool() as pool:
        os.set_inheritable(lock.fileno(), True)
        files = pool.call("files")
    assert isinstance(files, list)
    assert files
    assert not [name for name in files if str(tmp_path) in name]


def test_closing_ends_the_children_and_a_call_that_runs() -> None:
    pool = open_pool()
    child = pool.call("pid")
    ended: list[BaseException] = []

    def wait() -> None:
        try:
            pool.call("sleep 60")
        except ChildCrash as error:
            ended.append(error)

    thread = threading.Thread(target=wait)
    thread.start()
    time.sleep(0.1)
    pool.close()
    thread.join(timeout=20)
    assert not thread.is_alive()
    assert len(ended) == 1
    assert not is_alive(child)


@pytest.mark.parametrize("order", ["echo a", "sleep 60"])
def test_children_end_with_a_caller_who_is_killed(order: str, tmp_path: Path) -> None:
    script = f"""
import os, signal, sys, threading, time
sys.path.insert(0, {str(Path(__file__).parent)!r})
from test_child import open_pool
if __name__ == "__main__":
    pool = open_pool(timeout_seconds=1.0)
    print(pool.call("pid"), flush=True)
    threading.Thread(target=pool.call, args=({order!r},), daemon=True).start()
    time.sleep(0.3)
    os.kill(os.getpid(), signal.SIGKILL)
"""
    (tmp_path / "caller.py").write_text(script)
    done = subprocess.run([sys.executable, tmp_path / "caller.py"], capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stderr) == (-signal.SIGKILL, "")
    child = int(done.stdout)
    deadline = time.monotonic() + 60
    while is_alive(child) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not is_alive(child)


def test_nothing_is_started_before_it_is_needed() -> None:
    with open_pool(canary=("leave 1", None)):
        pass
    with open_pool(3) as pool:
        pool.warm_up()
        assert len(pool._running) == 1


@pytest.mark.parametrize("options", [{"n_children": 0}, {"timeout_seconds": 0}, {"memory_bytes": -1}])
def test_limits_that_cannot_be(options: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="positive"):
        open_pool(**options)  # type: ignore[arg-type]


def is_alive(process: object) -> bool:
    assert isinstance(process, int)
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{process}/stat")
    return not (stat.exists() and stat.read_text().rpartition(")")[2].split()[0] == "Z")
