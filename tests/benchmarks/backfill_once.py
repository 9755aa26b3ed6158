"""One backfill, measured: `python backfill_once.py WATCH ARCHIVE OUT jobs|dask N` prints seconds, CPU and the most memory held.

With `dask` a scheduler and N workers run in processes of their own, started before the clock is; a worker has one thread and
no nanny, its libraries one thread each, as a nanny would have it, and Dask's profiler off, as docs/backfill.md starts it.
"""

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from measure import ChildrenWatch, peak_mb

from framewire.backfill.run import BackfillOrder, run_backfill
from framewire.workflow.workspace import open_workspace

# Source: Dask's `distributed.nanny.pre-spawn-environ`.
ONE_THREAD = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
NO_PROFILER = {"DASK_DISTRIBUTED__WORKER__PROFILE__ENABLED": "False"}


@contextmanager
def start_cluster(folder: Path, n_workers: int) -> Iterator[str]:
    """The address of a scheduler on loopback with so many workers of one thread."""
    known = folder / "scheduler.json"
    known.unlink(missing_ok=True)
    with ExitStack() as stack, (folder / "dask.log").open("ab") as log:

        def start(*arguments: str) -> None:
            command = [sys.executable, "-m", "dask", *arguments]
            environment = {**os.environ, **ONE_THREAD, **NO_PROFILER}
            process = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder, env=environment)
            stack.callback(process.wait)
            stack.callback(process.kill)

        start("scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(known))
        # It is made first, and filled a little later.
        while not (known.exists() and known.stat().st_size):
            time.sleep(0.1)
        for _ in range(n_workers):
            start("worker", "--scheduler-file", str(known), "--no-nanny", "--nthreads", "1", "--no-dashboard")
        address = json.loads(known.read_text())["address"]
        from distributed import Client

        with Client(address, set_as_default=False) as client:
            client.wait_for_workers(n_workers)
        yield address


def main() -> None:
    """Measures one backfill."""
    watch, archive, out, who, n = Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]), sys.argv[4], int(sys.argv[5])
    out.parent.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        address = stack.enter_context(start_cluster(out.parent, n)) if who == "dask" else None
        children = stack.enter_context(ChildrenWatch())
        order = BackfillOrder((archive,), n_jobs=n, dask=address)
        steps: dict[str, float] = {}
        begun = time.perf_counter()
        done = run_backfill(
            open_workspace(watch),
            order,
            out,
            now=datetime(2026, 11, 26, tzinfo=UTC),
            progress=lambda stage, *_: steps.__setitem__(stage, time.perf_counter() - begun),
        )
        seconds = time.perf_counter() - begun
        own = resource.getrusage(resource.RUSAGE_SELF)
        told = {
            "articles": done.n_articles,
            "seconds": seconds,
            "steps": steps,
            "own_cpu": own.ru_utime + own.ru_stime,
            "peak_mb": peak_mb() + children.most_mb,
            "load": os.getloadavg()[0],
        }
    # Of processes that have ended and were waited for: what labelled.
    below = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(json.dumps({**told, "cpu": told["own_cpu"] + below.ru_utime + below.ru_stime}))


if __name__ == "__main__":
    main()
