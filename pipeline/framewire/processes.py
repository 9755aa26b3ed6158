"""Processes of joblib's pool on this machine: what runs side by side in them, and that none outlives whom it works for."""

import os
import re
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from framewire.errors import ChildCrash

P = ParamSpec("P")
R = TypeVar("R")

Task = tuple[Callable[..., Any], *tuple[Any, ...]]
"""A function and its arguments; in a pool they are pickled."""

MEMINFO = Path("/proc/meminfo")
# How often a process of a pool looks whether the one that it works for is still there.
WATCH_SECONDS = 1.0


def count_cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0))


def count_room(process_bytes: int) -> int:
    """How many processes of so much memory this machine has cores and memory for now; at least one."""
    available = _find_available()
    n_cores = count_cores()
    return n_cores if available is None else max(1, min(n_cores, available // process_bytes))


def _find_available() -> int | None:
    """The memory that can be had without swapping, in bytes; None where the system does not say it as Linux does."""
    try:
        found = re.search(r"^MemAvailable:\s+(\d+) kB$", MEMINFO.read_text(encoding="ascii"), re.MULTILINE)
    except OSError:
        return None
    return int(found[1]) * 1024 if found else None


@contextmanager
def side_by_side(n_jobs: int) -> Iterator[None]:
    """Inside, tasks run in so many processes. As in scikit-learn, outside they run one after the other in this one."""
    from joblib import parallel_config

    with parallel_config(n_jobs=n_jobs):
        try:
            yield
        finally:
            if n_jobs > 1:
                end_pool()


def run_tasks(tasks: Iterable[Task], *, n_jobs: int | None = None, in_order: bool = True) -> Iterator[Any]:
    """What tasks return, in their order or as they are done; in a pool one is at work and one waits for each process.

    In a pool they begin at once, in this process each one when it is asked for.

    Args:
        tasks: each long enough to be sent by itself.
        n_jobs: in how many processes; None = in as many as `side_by_side` says, and who gives a number calls `end_pool`.
        in_order: False = as they are done.

    Raises:
        ChildCrash: a process died. What a task raises comes as it is.
    """
    from joblib import Parallel, delayed

    parent, form = os.getpid(), "generator" if in_order else "generator_unordered"
    pool = Parallel(n_jobs=n_jobs, return_as=form, batch_size=1, pre_dispatch="2 * n_jobs")
    return _explain_loss(pool(delayed(_work_below)(parent, *task) for task in tasks))


def _explain_loss(found: Iterator[Any]) -> Iterator[Any]:
    from joblib.externals.loky.process_executor import BrokenProcessPool

    try:
        yield from found
    except BrokenProcessPool as error:
        raise ChildCrash(
            "a process died at its work, perhaps for want of memory. Close other programs, and run the same command again.",
            cause=type(error).__name__,
        ) from error


def end_pool() -> None:
    """Ends the processes of joblib's pool: it would keep them for minutes, with their memory."""
    from joblib.externals.loky import get_reusable_executor

    get_reusable_executor().shutdown(wait=True, kill_workers=True)


def _work_below(parent: int, function: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> R:
    """What a function returns, in a process that works for `parent`, or in that one itself."""
    if os.getpid() != parent:
        _end_with(parent)
    return function(*args, **kwargs)


@lru_cache(maxsize=1)
def _end_with(parent: int) -> None:
    """From now on this process ends when `parent` does, however that ends."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(WATCH_SECONDS)
        os._exit(1)

    threading.Thread(target=watch, name="end-with-parent", daemon=True).start()
