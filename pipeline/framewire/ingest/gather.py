"""Items of several iterators, each running in a thread of its own, handed over as they come."""

import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TypeVar

Item = TypeVar("Item")


def gather(
    sources: Sequence[Callable[[], Iterator[Item]]], *, max_threads: int, stop: threading.Event
) -> Iterator[Item]:
    """The items of all sources. An error in one is raised here. `stop` is set at the end, also when the caller stops
    early: a source that waits should look at it.
    """
    if not sources:
        return
    n_threads = min(max_threads, len(sources))
    # Bounded, so that items do not pile up before a caller who takes his time. None is the end of a source.
    items: queue.Queue[Item | BaseException | None] = queue.Queue(maxsize=n_threads)
    pool = ThreadPoolExecutor(max_workers=n_threads, thread_name_prefix="framewire-pages")

    def run(source: Callable[[], Iterator[Item]]) -> None:
        try:
            for item in source():
                _put(items, item, stop)
                if stop.is_set():
                    return
            _put(items, None, stop)
        except BaseException as error:  # noqa: BLE001 - a bug in a thread must reach the caller
            _put(items, error, stop)

    try:
        for source in sources:
            pool.submit(run, source)
        n_running = len(sources)
        while n_running:
            item = items.get()
            if isinstance(item, BaseException):
                raise item
            if item is None:
                n_running -= 1
            else:
                yield item
    finally:
        stop.set()
        pool.shutdown(wait=False, cancel_futures=True)


def _put(
    items: "queue.Queue[Item | BaseException | None]", item: Item | BaseException | None, stop: threading.Event
) -> None:
    """Waits until there is room, or nobody takes anything any more."""
    while not stop.is_set():
        with suppress(queue.Full):
            items.put(item, timeout=0.2)
            return
