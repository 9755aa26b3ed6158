"""Backfills on a Dask cluster: the same result, whatever becomes of a worker; never in the clear to another machine."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from backfill_cases import NOW, build_articles, read_all, write_archive
from framewire.backfill import cutting
from framewire.backfill.pools import NO_TLS, Tls, check_address
from framewire.backfill.run import BackfillOrder, run_backfill
from framewire.errors import BackfillError, ConfigError, ModelUntrusted
from framewire.workflow.workspace import open_workspace
from test_backfill import trained, without_source

__all__ = ["trained"]
ARTICLES = build_articles(60)
START_SECONDS = 120
WORKER = ("--no-nanny", "--nthreads", "1", "--no-dashboard", "--host", "127.0.0.1")


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("tcp://10.0.0.7:8786", "in the clear"),
        ("tcp://scheduler.example:8786", "in the clear"),
        ("tcp://127.0.0.1.example:8786", "in the clear"),
        ("10.0.0.7:8786", "no address of a scheduler"),
        ("ucx://127.0.0.1:8786", "no address of a scheduler"),
        ("inproc://x", "no address of a scheduler"),
    ],
)
def test_texts_are_not_sent_in_the_clear(address: str, told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        check_address(address, NO_TLS)


@pytest.mark.parametrize(
    "address", ["tcp://127.0.0.1:8786", "tcp://[::1]:8786", "tcp://localhost:1", "tls://10.0.0.7:1"]
)
def test_this_machine_and_tls_are_allowed(address: str) -> None:
    check_address(address, NO_TLS)


def test_files_for_tls_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="--tls-key"):
        check_address("tls://10.0.0.7:1", Tls(key=tmp_path / "none.pem"))


def test_tls_without_certificates_is_refused(trained: Path, tmp_path: Path) -> None:
    order = BackfillOrder((str(write_archive(tmp_path, "jsonl", ARTICLES)),), dask="tls://127.0.0.1:1")
    with pytest.raises(ConfigError, match="TLS needs an authority"):
        run_backfill(open_workspace(trained), order, tmp_path / "out", now=NOW)


def start_dask(folder: Path, *arguments: str) -> subprocess.Popen[bytes]:
    """A scheduler or a worker of its own, which ends with the test."""
    paths = os.pathsep.join(path for path in sys.path if path)
    env = {**os.environ, "PYTHONPATH": paths, "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "3"}
    with (folder / "dask.log").open("ab") as log:
        return subprocess.Popen([sys.executable, "-m", "dask", *arguments], stdout=log, stderr=log, env=env, cwd=folder)


@contextmanager
def cluster(
    folder: Path, *, n_workers: int, tls: Sequence[str] = (), security: Any = None
) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """The address of a scheduler with workers in processes of their own, and these.

    `tls` are the options by which they know each other, `security` is what a client of theirs needs.
    """
    known = folder / "scheduler.json"
    with ExitStack() as stack:

        def start(*arguments: str) -> subprocess.Popen[bytes]:
            process = start_dask(folder, *arguments)
            stack.callback(process.wait)
            stack.callback(process.kill)
            return process

        protocol = ("--protocol", "tls") if tls else ()
        about = ("--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(known))
        start("scheduler", *protocol, *about, *tls)
        # It is made first, and filled a little later.
        wait_for(lambda: known.exists() and known.stat().st_size > 0)
        address = json.loads(known.read_text())["address"]
        workers = [start("worker", address, *WORKER, *tls) for _ in range(n_workers)]
        wait_for(lambda: count_workers(address, security) == n_workers)
        yield address, workers


def count_workers(address: str, security: Any = None) -> int:
    from distributed import Client

    with Client(address, security=security, set_as_default=False) as client:
        return len(client.nthreads())


def wait_for(is_so) -> None:  # type: ignore[no-untyped-def]
    end = time.monotonic() + START_SECONDS
    while not is_so():
        assert time.monotonic() < end, "the cluster does not come up"
        time.sleep(0.05)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
def test_a_cluster_gives_the_same_also_when_a_worker_is_lost(
    trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cutting, "PIECE_RECORDS", 4)
    path, here = write_archive(tmp_path, "jsonl", ARTICLES), open_workspace(trained)
    run_backfill(here, BackfillOrder((str(path),)), tmp_path / "one", now=NOW)
    with cluster(tmp_path, n_workers=2) as (address, workers):
        order = BackfillOrder((str(path),), dask=address)

        def kill_one(stage: str, done: int, total: int) -> None:
            if stage == "label" and done < total and workers[0].poll() is None:
                workers[0].send_signal(signal.SIGKILL)

        run_backfill(here, order, tmp_path / "two", now=NOW, progress=kill_one)
        assert workers[0].wait() == -signal.SIGKILL
        assert without_source(read_all(tmp_path / "two")) == without_source(read_all(tmp_path / "one"))
        # What a worker refuses comes back as what it is.
        manifest = next(trained.glob("models/*/*/manifest.json"))
        content = manifest.read_bytes()
        try:
            manifest.write_bytes(content + b" ")
            restart_workers(address)
            fresh = BackfillOrder((str(path),), dask=address, with_text=True)
            with pytest.raises(ModelUntrusted):
                run_backfill(here, fresh, tmp_path / "three", now=NOW)
        finally:
            manifest.write_bytes(content)
        workers[1].kill()
        wait_for(lambda: count_workers(address) == 0)
        with pytest.raises(BackfillError, match="no worker"):
            run_backfill(here, order, tmp_path / "four", now=NOW)


def restart_workers(address: str) -> None:
    """Lets the workers forget the model that they have loaded."""
    from distributed import Client

    from framewire.backfill.worker import load_labeller

    with Client(address, set_as_default=False) as client:
        client.run(load_labeller.cache_clear)


def test_a_scheduler_that_is_not_there_is_named(trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from framewire.backfill import pools

    monkeypatch.setattr(pools, "CONNECT_SECONDS", 0.2)
    order = BackfillOrder((str(write_archive(tmp_path, "jsonl", ARTICLES)),), dask="tcp://127.0.0.1:1")
    with pytest.raises(BackfillError, match="does not answer"):
        run_backfill(open_workspace(trained), order, tmp_path / "out", now=NOW)
