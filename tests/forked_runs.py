"""Runs of the command line in processes of their own, forked from one that has loaded everything: an interpreter's start
takes longer than a small run, and the endurance tests need hundreds of them.

A run can be told to stop itself at a step (kill -9), to have something done at a step, or to live under a limit. Its steps
are what it does to the world outside: every SQL statement and commit, every file that is opened for writing, synced,
renamed or removed, every connection, every process that is started. They are counted in the order in which they come.
"""

import contextlib
import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import Any

# How long what a dead run started may take to notice. Source: a process that waits for its parent's pipe ends at once;
# this is only the patience of the test.
ORPHAN_SECONDS = 20.0
RUN_SECONDS = 120.0
WARM_AT = "2026-11-22T06:20:00+00:00"


@dataclass(frozen=True)
class Trouble:
    """What happens to a run: `at` is the number of the step, from 1, before which it happens; 0 is never.

    `kill` ends it there; `call` runs a program there; `wait` lets it wait there until that file is there, after making
    the file of that name with `.waiting` at its end. `kill_after_seconds` ends it from outside. `max_pages` and
    `max_file_bytes` are limits of the database and of any file; `busy_seconds` is how long it waits for a lock.
    """

    at: int = 0
    kill: bool = False
    call: tuple[str, ...] = ()
    wait: str | None = None
    kill_after_seconds: float = 0.0
    max_pages: int = 0
    max_file_bytes: int = 0
    busy_seconds: float = 0.0


NO_TROUBLE = Trouble()


@dataclass(frozen=True)
class Run:
    """How a run ended: exit code (negative: the signal that ended it), what it said, its steps, seconds, and what it left alive."""

    code: int
    out: str
    err: str
    steps: tuple[str, ...] = ()
    seconds: float = 0.0
    n_orphans: int = 0


class Runner:
    """Starts runs. Use it as a context; `start` and `finish` let two runs go on at once."""

    def __enter__(self) -> "Runner":
        folders = [str(Path(__file__).parent), *sys.path]
        quiet = {"PYTHONWARNINGS": "ignore", "PYTHONDONTWRITEBYTECODE": "1"}
        single = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "PYTHONPATH": os.pathsep.join(folders)}
        self._process = subprocess.Popen(
            [sys.executable, __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, **quiet, **single},
        )
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.close()
        self._process.wait(60)
        self._process.stdout.close()

    def run(self, *arguments: str, trouble: Trouble = NO_TROUBLE, **environment: str) -> Run:
        """A run from its beginning to its end."""
        return self.finish(self.start(*arguments, trouble=trouble, **environment))

    def start(self, *arguments: str, trouble: Trouble = NO_TROUBLE, **environment: str) -> int:
        """The number of a run that has begun."""
        return int(self._ask({"arguments": arguments, "trouble": asdict(trouble), "environment": environment}))

    def finish(self, number: int) -> Run:
        """How a run ended, waited for."""
        told = self._ask({"finish": number})
        return Run(**{name: tuple(value) if isinstance(value, list) else value for name, value in told.items()})

    def warm_up(self, folder: Path) -> None:
        """Loads what a run in this workspace loads at its first use; the runs that are started later have it."""
        assert self._ask({"warm_up": str(folder)}) == [0, 0]

    def _ask(self, message: dict[str, Any]) -> Any:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(message) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        assert answer, "the process that starts the runs has ended"
        return json.loads(answer)


# From here on: inside the process that starts the runs.


def serve() -> None:
    """Starts runs as it is asked to, until its input ends."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    _load()
    started: dict[int, tuple[int, float, dict[str, Any]]] = {}
    for line in sys.stdin:
        message = json.loads(line)
        if "finish" in message:
            answer: object = _wait(*started.pop(message["finish"]))
        elif "warm_up" in message:
            answer = _warm_up(message["warm_up"])
        else:
            number = _count()
            report = os.memfd_create(f"run-{number}")
            pid = os.fork()
            if pid == 0:
                answers.close()
                _become_run(message, report)
            with contextlib.suppress(OSError):
                os.setpgid(pid, pid)
            started[number] = (pid, time.monotonic(), {"report": report, "trouble": message["trouble"]})
            answer = number
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


def _warm_up(folder: str) -> list[int]:
    """Exit codes of the commands that start no thread and no process, in this process."""
    from click.testing import CliRunner

    from framewire.cli import main
    from framewire.ingest.language import find_language

    find_language("The council spoke of the water of the lake again.", declared="en", candidates=("en", "tr", "hy"))
    return [
        CliRunner().invoke(main, [name, "-w", folder, "--now", WARM_AT]).exit_code for name in ("label", "summarise")
    ]


def _load() -> None:
    for name in (
        "framewire.cli",
        "framewire.workflow.run",
        "framewire.summarise",
        "psycopg",
        "sqlalchemy.dialects.sqlite",
    ):
        import_module(name)


def _count() -> int:
    _count.n = getattr(_count, "n", 0) + 1  # type: ignore[attr-defined]
    return int(_count.n)  # type: ignore[attr-defined]


def _wait(pid: int, began: float, about: dict[str, Any]) -> dict[str, Any]:
    """How a run ended; it is killed if it takes longer than it may."""
    kill_after = about["trouble"]["kill_after_seconds"]
    ends_at = began + (kill_after or RUN_SECONDS)
    while (found := os.waitpid(pid, os.WNOHANG))[0] == 0:
        if time.monotonic() >= ends_at:
            os.kill(pid, signal.SIGKILL)
        time.sleep(0.002)
    seconds = time.monotonic() - began
    n_orphans = _end_orphans(pid)
    with os.fdopen(about["report"], "rb") as file:
        file.seek(0)
        lines = [json.loads(line) for line in file.read().splitlines() if line.endswith(b"}")]
    told = {"code": os.waitstatus_to_exitcode(found[1]), "out": "", "err": "", "steps": []}
    for line in lines:
        told |= line
    return told | {"seconds": seconds, "n_orphans": n_orphans}


def _end_orphans(group: int) -> int:
    """How many processes of a run outlived it for longer than it takes to notice; they are ended."""
    ends_at = time.monotonic() + ORPHAN_SECONDS
    while time.monotonic() < ends_at:
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return 0
        time.sleep(0.01)
    left = [path for path in Path("/proc").glob("[0-9]*/stat") if _group_of(path) == group]
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)
    return len(left)


def _group_of(path: Path) -> int:
    try:
        return int(path.read_text().rpartition(")")[2].split()[2])
    except OSError:
        return 0


def _become_run(message: dict[str, Any], report: int) -> None:
    """The run itself, in the forked process; never returns."""
    os.setpgid(0, 0)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.environ.update(message["environment"])
    trouble = Trouble(**message["trouble"])
    steps = Steps(trouble)
    steps.watch()
    _limit(trouble)
    out, err = os.memfd_create("out"), os.memfd_create("err")
    os.dup2(out, 1)
    os.dup2(err, 2)
    sys.stdout, sys.stderr = os.fdopen(1, "w", closefd=False), os.fdopen(2, "w", closefd=False)
    code = 70
    try:
        from framewire.cli import main

        main(message["arguments"], standalone_mode=True)
        code = 0
    except SystemExit as ended:
        code = int(ended.code or 0)
    except BaseException:  # noqa: BLE001 - the test sees it in the exit code and the text
        import traceback

        traceback.print_exc()
    steps.is_over = True
    sys.stdout.flush()
    sys.stderr.flush()
    told = {"out": _read(out), "err": _read(err), "steps": steps.kinds}
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    os.write(report, json.dumps(told).encode() + b"\n")
    # As an interpreter does at its end: what was started is told to end.
    import atexit
    import multiprocessing.util

    multiprocessing.util._exit_function()
    atexit._run_exitfuncs()
    os._exit(code)


def _read(descriptor: int) -> str:
    os.lseek(descriptor, 0, os.SEEK_SET)
    with os.fdopen(descriptor, "r", errors="replace") as file:
        return file.read()


def _limit(trouble: Trouble) -> None:
    """Puts the run under its limits."""
    import framewire.store.engine as engine_module

    if trouble.max_file_bytes:
        resource.setrlimit(resource.RLIMIT_FSIZE, (trouble.max_file_bytes, resource.RLIM_INFINITY))
    if trouble.busy_seconds:
        engine_module.BUSY_SECONDS = trouble.busy_seconds  # type: ignore[assignment]
    if trouble.max_pages:
        from sqlalchemy import Engine, event

        @event.listens_for(Engine, "connect")
        def _cap(raw: Any, _record: object) -> None:
            raw.execute(f"PRAGMA max_page_count = {trouble.max_pages}")


class Steps:
    """Counts the steps of this process, and does at one of them what is to be done."""

    def __init__(self, trouble: Trouble) -> None:
        self.trouble = trouble
        self.kinds: list[str] = []
        self.is_over = False
        self._pid = os.getpid()
        self._is_inside = False

    def watch(self) -> None:
        """Begins to count."""
        import multiprocessing.process

        from sqlalchemy import Engine, event

        event.listen(Engine, "before_cursor_execute", lambda *_: self.take("statement"))
        event.listen(Engine, "commit", lambda *_: self.take("commit"))
        sys.addaudithook(self._hear)
        self._wrap(os, "fsync", "file")
        self._wrap(multiprocessing.process.BaseProcess, "start", "process")

    def take(self, kind: str) -> None:
        """One step; does not return if the run ends here."""
        if self.is_over or self._is_inside or os.getpid() != self._pid:
            return
        self.kinds.append(kind)
        if len(self.kinds) != self.trouble.at:
            return
        self._is_inside = True
        if self.trouble.call:
            subprocess.run(self.trouble.call, check=True, stdin=subprocess.DEVNULL)
        if self.trouble.wait:
            Path(f"{self.trouble.wait}.waiting").touch()
            while not Path(self.trouble.wait).exists():
                time.sleep(0.01)
        if self.trouble.kill:
            os.kill(self._pid, signal.SIGKILL)
        self._is_inside = False

    def _hear(self, name: str, arguments: Sequence[Any]) -> None:
        if name == "open":
            path, mode, flags = arguments
            if isinstance(path, str | bytes) and (
                flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT) or set(mode or "") & set("wax+")
            ):
                self.take("file")
        elif name in ("os.rename", "os.remove", "os.mkdir", "os.truncate"):
            self.take("file")
        elif name == "socket.connect":
            self.take("connection")
        elif name in ("subprocess.Popen", "os.fork", "os.posix_spawn"):
            self.take("process")

    def _wrap(self, owner: Any, name: str, kind: str) -> None:
        inner = getattr(owner, name)

        def counted(*arguments: Any, **options: Any) -> Any:
            self.take(kind)
            return inner(*arguments, **options)

        setattr(owner, name, counted)


def wait_for(path: Path, *, seconds: float = 60.0) -> None:
    """Returns when the file is there."""
    ends_at = time.monotonic() + seconds
    while not path.exists():
        assert time.monotonic() < ends_at, f"{path} did not come"
        time.sleep(0.01)


if __name__ == "__main__":
    serve()
