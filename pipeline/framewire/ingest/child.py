"""Killable child processes: a call in one of them ends in time and in memory, whatever it is given.

Size limits do not bound a parser's time: 0.8 MB of attributes keep feedparser busy for two minutes, and no thread can be
stopped. Children come from a fork server, so they hold none of the caller's files, locks and connections; they end when
their pipe does, however the caller ends.
"""

import contextlib
import multiprocessing
import os
import queue
import signal
import threading
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.context import BaseContext
from typing import Any, Generic, Self, TypeVar

from framewire.errors import ChildCrash, ChildFailed, ChildMemory, ChildTimeout, ParserUnavailable

Argument = TypeVar("Argument")
Result = TypeVar("Result")

# Source: 2,000 long items parse in 1.5 s, 50,000 tiny ones in 28 s; a feed of that kind is no feed.
TIMEOUT_SECONDS = 20.0
# Source: 16 MiB of text in one node take feedparser some 100 MB, an entity that grows to 100 MB some 400.
MEMORY_BYTES = 1024**3
# Source: Python and a parser from a slow, busy disk; scikit-learn takes 5 s there.
START_SECONDS = 120.0
# How much longer a child lives that nobody kills, because whoever should have was killed first.
ORPHAN_SECONDS = 5.0
# A child that has grown by this share of its limit makes room for a fresh one, so that the memory that one call left
# behind is not charged to the next.
WORN_SHARE = 0.5


class ChildPool(Generic[Argument, Result]):
    """Children that run one function. They start when they are first needed; one that is killed is replaced.

    Threads may call at the same time: as many calls run as there are children, the others wait for their turn.

    Args:
        function: of a module's top level, so that a child can import it. Failures that are part of its answer it
            returns; what it raises ends as `ChildCrash`.
        canary: an argument and what `function` gives for it. Each child shows that it works before its limits are set.
        n_children: how many calls run at once.
        timeout_seconds: wall-clock limit of a call.
        memory_bytes: address space that a child may take beyond what it has when it is ready.
        name: of what the children do, for messages: "reading feeds".
    """

    def __init__(
        self,
        function: Callable[[Argument], Result],
        *,
        canary: tuple[Argument, Result],
        n_children: int,
        timeout_seconds: float = TIMEOUT_SECONDS,
        memory_bytes: int = MEMORY_BYTES,
        name: str,
    ) -> None:
        if n_children < 1 or timeout_seconds <= 0 or memory_bytes <= 0:
            raise ValueError("n_children, timeout_seconds and memory_bytes must be positive")
        self.name = name
        self._task = _Task(function, canary, timeout_seconds, memory_bytes)
        self._context = _find_context(function.__module__)
        # Last in, first out: a child that runs is taken before the place of one that has not been started.
        self._places: queue.LifoQueue[_Child | None] = queue.LifoQueue()
        for _ in range(n_children):
            self._places.put(None)
        self._running: set[_Child] = set()
        self._guard = threading.Lock()
        self._is_closed = False

    def call(self, argument: Argument) -> Result:
        """What the function gives for an argument, computed in a child.

        Raises:
            ChildTimeout: it took longer than the limit.
            ChildMemory: it wanted more memory than the limit.
            ChildCrash: it raised, or the child died.
            ParserUnavailable: a child cannot be started, or does not pass its canary.
        """
        child = self._places.get()
        is_fit = False
        try:
            child = child or self._start()
            result, is_fit = child.ask(argument, name=self.name)
            return result  # type: ignore[no-any-return]
        finally:
            if child is not None and not is_fit:
                self._end(child)
            self._places.put(child if is_fit else None)

    def warm_up(self) -> None:
        """Starts a child if none runs yet, so that the first call need not wait for it.

        Raises:
            ParserUnavailable: it cannot be started, or does not pass its canary.
        """
        child = self._places.get()
        try:
            child = child or self._start()
        finally:
            self._places.put(child)

    def close(self) -> None:
        """Ends the children. A call that runs in another thread ends as `ChildCrash`."""
        with self._guard:
            self._is_closed = True
            running = list(self._running)
        for child in running:
            child.stop()

    def _start(self) -> "_Child":
        child = _Child(self._context, self._task, name=self.name)
        with self._guard:
            self._running.add(child)
            is_late = self._is_closed
        if is_late:
            self._end(child)
            raise ChildCrash(f"{self.name}: stopped", cause="stopped")
        return child

    def _end(self, child: "_Child") -> None:
        with self._guard:
            self._running.discard(child)
        child.stop()
        child.hang_up()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Task:
    """What a child does, as it is sent to it."""

    def __init__(
        self, function: Callable[[Any], Any], canary: tuple[Any, Any], timeout_seconds: float, memory_bytes: int
    ) -> None:
        self.function = function
        self.canary = canary
        self.timeout_seconds = timeout_seconds
        self.memory_bytes = memory_bytes


class _Child:
    """One child process, seen from the caller's side."""

    def __init__(self, context: BaseContext, task: _Task, *, name: str) -> None:
        self._timeout_seconds = task.timeout_seconds
        self._pipe, theirs = multiprocessing.Pipe()
        # Nothing of the caller's is needed in a child; a daemon is ended with a caller who does not close the pool.
        self._process = context.Process(target=_serve, args=(theirs, task), name=f"framewire {name}", daemon=True)  # type: ignore[attr-defined]
        try:
            self._process.start()
            theirs.close()
            self._await_canary(name)
        except BaseException:
            self.stop()
            self.hang_up()
            raise

    def _await_canary(self, name: str) -> None:
        told = "no answer"
        with contextlib.suppress(EOFError, OSError):
            told = self._pipe.recv() if self._pipe.poll(START_SECONDS) else f"no answer for {START_SECONDS:g} s"
        if told != "ready":
            raise ParserUnavailable(
                f"{name}: the child process does not work ({told}); is the installation whole? Nothing was charged to any "
                "feed. Install Framewire anew, or tell its developers."
            )

    def ask(self, argument: Any, *, name: str) -> tuple[Any, bool]:
        """The result, and whether the child may be asked again."""
        try:
            self._pipe.send(argument)
            if not self._pipe.poll(self._timeout_seconds):
                raise ChildTimeout(f"{name}: not done after {self._timeout_seconds:g} s")
            kind, value = self._pipe.recv()
        except (EOFError, OSError) as error:
            cause = self._describe_death()
            raise ChildCrash(f"{name}: the process ended ({cause})", cause=cause) from error
        if kind == "memory":
            raise ChildMemory(f"{name}: more memory wanted than allowed")
        if kind == "raised":
            raise ChildCrash(f"{name}: failed ({value})", cause=value)
        return value, kind == "done"

    def _describe_death(self) -> str:
        self._process.join(timeout=1.0)
        code = self._process.exitcode
        if code is not None and code < 0:
            with contextlib.suppress(ValueError):
                return signal.Signals(-code).name
        return "no exit code" if code is None else f"exit code {code}"

    def stop(self) -> None:
        """Ends the process, whatever it does. Any thread may do so: one that waits for an answer sees the pipe end."""
        if self._process.pid is not None:
            self._process.kill()
            self._process.join(timeout=10.0)

    def hang_up(self) -> None:
        """Closes the pipe; only where no thread waits for an answer."""
        self._pipe.close()


def _find_context(module: str) -> BaseContext:
    """How children are started: by forking a server that has imported the function's module, else each anew."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    # Counts for the first pool of a process only; the children of a later one import their module themselves.
    context.set_forkserver_preload([module, __name__])
    return context


def _serve(pipe: Connection, task: _Task) -> None:
    """A child's whole life: the canary, the limits, calls until the pipe ends."""
    _leave_the_terminal()
    argument, expected = task.canary
    try:
        found = task.function(argument)
    except Exception as error:  # noqa: BLE001 - told to the caller
        pipe.send(f"{type(error).__name__} in its canary")
        return
    if found != expected:
        pipe.send("its canary came out otherwise")
        return
    most, worn = _limit_memory(task.memory_bytes)
    pipe.send("ready")
    with contextlib.suppress(EOFError, OSError):
        while True:
            # Whoever should kill this process may be gone by then.
            argument = pipe.recv()
            signal.setitimer(signal.ITIMER_REAL, task.timeout_seconds + ORPHAN_SECONDS)
            pipe.send(_call(task.function, argument, worn=worn if most else None))
            signal.setitimer(signal.ITIMER_REAL, 0)


def _call(function: Callable[[Any], Any], argument: Any, *, worn: int | None) -> tuple[str, Any]:
    """What to answer: ('done', result), ('last', result) if the child is worn, ('memory', None), ('raised', name)."""
    try:
        result = function(argument)
    except MemoryError:
        return "memory", None
    except Exception as error:  # noqa: BLE001 - told to the caller, who replaces this process
        return "raised", type(error).__name__
    return ("last" if worn is not None and _read_address_space() > worn else "done"), result


def _leave_the_terminal() -> None:
    """No signal of a terminal, no input, no output: the run answers for its children."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    os.close(nowhere)


def _limit_memory(memory_bytes: int) -> tuple[int, int]:
    """The address space that is allowed from now on, and that at which the child is worn; 0 where there is no limit."""
    try:
        import resource

        held = _read_address_space()
        resource.setrlimit(resource.RLIMIT_AS, (held + memory_bytes, held + memory_bytes))
    except (ImportError, ValueError, OSError):
        # macOS knows no such limit, Windows no such module.
        return 0, 0
    return held + memory_bytes, held + int(memory_bytes * WORN_SHARE)


def _read_address_space() -> int:
    """The address space of this process in bytes. Source: proc(5): statm counts pages."""
    with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123 - called after each call, nothing heavier
        return int(file.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")


__all__ = ["MEMORY_BYTES", "TIMEOUT_SECONDS", "ChildFailed", "ChildPool"]
