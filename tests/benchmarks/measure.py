"""What the benchmarks share: repeated times, contestants in processes of their own, tables.

Two programs that are compared never share a process: what one has imported or kept would count for the other, in time
as in memory.
"""

import contextlib
import json
import os
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
SEEDS = HERE.parents[1] / "seeds" / "karabakh"


def is_full() -> bool:
    """True if the longest forms are wanted: FRAMEWIRE_BENCH=full."""
    return os.environ.get("FRAMEWIRE_BENCH") == "full"


def median_seconds(work: Callable[[], object], *, repeats: int = 3) -> float:
    """The median time of a piece of work."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return sorted(times)[len(times) // 2]


def peak_mb() -> float:
    """The most memory that this process has held since it began its program.

    Source: getrusage(2) counts what the parent held before exec as well, so Linux's own high-water mark is read first.
    """
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 * 1024 if sys.platform == "darwin" else 1024)


class ChildrenWatch:
    """The most memory that the processes below this one have held at the same time, looked at five times a second.

    Pages that several of them share are counted once. Source: proc_pid_smaps(5), Pss.
    """

    def __init__(self) -> None:
        self.most_mb = 0.0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> "ChildrenWatch":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stop.wait(0.2):
            self.most_mb = max(self.most_mb, sum(map(_read_share_mb, list_below(os.getpid()))))


def list_below(process: int) -> list[int]:
    """The processes below a process."""
    found = []
    for path in Path(f"/proc/{process}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            children = [int(name) for name in path.read_text().split()]
            found += [*children, *[below for child in children for below in list_below(child)]]
    return found


def tree_cpu_seconds(process: int) -> float:
    """The seconds of CPU of a process, of those below it, and of those that have ended and were waited for.

    Source: proc_pid_stat(5), utime, stime, cutime and cstime, counted in clock ticks.
    """
    ticks = 0
    for one in (process, *list_below(process)):
        with contextlib.suppress(OSError):
            # The name of the program, in brackets, may hold spaces.
            told = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
            ticks += sum(map(int, told[11:15]))
    return ticks / os.sysconf("SC_CLK_TCK")


def _read_share_mb(process: int) -> float:
    with contextlib.suppress(OSError, StopIteration):
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
        return int(next(line for line in lines if line.startswith("Pss:")).split()[1]) / 1024
    return 0.0


def run_apart(script: str, *arguments: object) -> dict[str, Any]:
    """What a script of this folder reports in its last line, and `wall_seconds`, from its start to its end."""
    start = time.perf_counter()
    command = [sys.executable, HERE / script, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True)
    wall = time.perf_counter() - start
    if done.returncode:
        raise RuntimeError(f"{script} {arguments}: exit code {done.returncode}\n{done.stderr[-2000:]}")
    return {**json.loads(done.stdout.splitlines()[-1]), "wall_seconds": wall}


def show_table(title: str, header: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Prints a table: the first column to the left, the others to the right."""
    cells = [list(header), *[[str(cell) for cell in row] for row in rows]]
    widths = [max(len(row[i]) for row in cells) for i in range(len(header))]
    print(f"\n{title}")
    for row in cells:
        first, *others = (
            cell.rjust(width) if i else cell.ljust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        print("  " + "  ".join([first, *others]))
