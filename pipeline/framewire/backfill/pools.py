"""Who labels: processes of this machine (joblib), or the workers of a cluster (Dask). Pieces are given out a few at a time."""

import ipaddress
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from framewire.backfill.cutting import Piece
from framewire.backfill.worker import Job, PieceDone, label_piece
from framewire.errors import BackfillError, ConfigError, FramewireError

Work = tuple[Piece, Mapping[str, str]]

# Pieces that a worker has and that wait for it. Source: one to be worked on while the next one is on its way.
PIECES_PER_WORKER = 2
CONNECT_SECONDS = 20
# How often a piece is given to another worker that raised what is no error of ours. A worker that dies is Dask's to count.
RETRIES = 2
NO_DASK = "--dask needs dask.distributed; run pip install 'framewire[dask]'"
GO_ON = "Run the same command again: it goes on where it stopped."


@dataclass(frozen=True, slots=True)
class Tls:
    """The files by which a cluster is known and we to it; None = what Dask's own configuration says."""

    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None


NO_TLS = Tls()


def label_here(work: Sequence[Work], job: Job, *, n_jobs: int) -> Iterator[PieceDone]:
    """What becomes of the pieces, as they are done, in `n_jobs` processes of this machine; one is this process itself.

    Raises:
        BackfillError: a process died.
        FramewireError: see `label_piece`.
    """
    from joblib import Parallel, delayed
    from joblib.externals.loky import get_reusable_executor
    from joblib.externals.loky.process_executor import BrokenProcessPool

    if n_jobs == 1:
        for piece, columns in work:
            yield label_piece(piece, columns, job)
        return
    pool = Parallel(
        n_jobs=n_jobs, return_as="generator_unordered", batch_size=1, pre_dispatch=PIECES_PER_WORKER * n_jobs
    )
    try:
        yield from pool(delayed(label_piece)(piece, columns, job) for piece, columns in work)
    except BrokenProcessPool as error:
        raise BackfillError(f"a process that labelled died, perhaps for want of memory. {GO_ON}") from error
    finally:
        # joblib would keep them, with their memory, while the articles are put into days.
        get_reusable_executor().shutdown(wait=True, kill_workers=True)


def label_on_cluster(work: Sequence[Work], job: Job, *, address: str, tls: Tls) -> Iterator[PieceDone]:
    """What becomes of the pieces, as they are done by the workers of a Dask cluster, which must see the same files.

    A piece whose worker is lost is given to another one.

    Raises:
        ConfigError: the address would send texts over a network in the clear, or cannot be used.
        BackfillError: the cluster does not answer, has no worker, or lost a piece too often.
        FramewireError: see `label_piece`.
    """
    check_address(address, tls)
    with _connect(address, tls) as client:
        n_threads = sum(client.nthreads().values())
        if not n_threads:
            raise BackfillError(f"{address}: the cluster has no worker. Start some with `dask worker {address}`.")
        yield from _label_bounded(client, work, job, n_at_once=PIECES_PER_WORKER * n_threads)


def check_address(address: str, tls: Tls) -> None:
    """Nothing, if texts may be sent to this address: over TLS, or to this machine.

    Raises:
        ConfigError: they may not, or a file for TLS is missing.
    """
    parts = urlsplit(address)
    if parts.scheme not in ("tcp", "tls") or not parts.hostname:
        raise ConfigError(
            f"--dask {address}: no address of a scheduler such as tcp://127.0.0.1:8786 or tls://host:8786."
        )
    if parts.scheme == "tcp" and not is_loopback(parts.hostname):
        raise ConfigError(
            f"--dask {address}: plain tcp to another machine would send texts in the clear, and let anybody who reaches "
            "it run code. Start the cluster with TLS, and name tls://, --tls-ca, --tls-cert and --tls-key."
        )
    for name, path in (("--tls-ca", tls.ca), ("--tls-cert", tls.certificate), ("--tls-key", tls.key)):
        if path is not None and not path.is_file():
            raise ConfigError(f"{name} {path}: no such file.")


def is_loopback(host: str) -> bool:
    """True if a host is this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _connect(address: str, tls: Tls) -> Any:
    try:
        from distributed import Client
    except ModuleNotFoundError as error:
        raise BackfillError(NO_DASK) from error
    security = _build_security(address, tls)
    try:
        return Client(address, security=security, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        words = " ".join(str(error).split())[:200]
        raise BackfillError(
            f"--dask {address}: the scheduler does not answer ({words}). Is it running there?"
        ) from error


def _build_security(address: str, tls: Tls) -> Any:
    """How the cluster is spoken to: never otherwise than over TLS, but to this machine."""
    from distributed.security import Security

    if not address.startswith("tls://"):
        return None
    given = {"tls_ca_file": tls.ca, "tls_client_cert": tls.certificate, "tls_client_key": tls.key}
    security = Security(require_encryption=True, **{name: str(path) for name, path in given.items() if path})
    if not all(getattr(security, name) for name in given):
        raise ConfigError(
            f"--dask {address}: TLS needs an authority, a certificate and a key. Name them with --tls-ca, --tls-cert and "
            "--tls-key, or in Dask's configuration (distributed.comm.tls)."
        )
    return security


def _label_bounded(client: Any, work: Sequence[Work], job: Job, *, n_at_once: int) -> Iterator[PieceDone]:
    from distributed import as_completed

    run, left = uuid4().hex[:8], iter(work)
    places: dict[str, str] = {}

    def submit(one: Work) -> Any:
        piece, columns = one
        # Named anew each time: a cluster must not answer from what an earlier run left there.
        key = f"framewire-{piece.id}-{run}"
        places[key] = piece.place
        return client.submit(label_piece, piece, columns, job, key=key, retries=RETRIES, pure=False)

    running = as_completed([submit(one) for one in islice(left, n_at_once)], loop=client.loop)
    for future in running:
        place = places.pop(future.key)
        yield _take(future, place)
        future.release()
        for one in islice(left, 1):
            running.add(submit(one))


def _take(future: Any, place: str) -> PieceDone:
    from distributed import KilledWorker

    try:
        done: PieceDone = future.result()
    except FramewireError:
        raise
    except KilledWorker as error:
        raise BackfillError(
            f"{place}: the workers that labelled it died, one after the other, perhaps for want of memory. {GO_ON}"
        ) from error
    except Exception as error:
        words = " ".join(str(error).split())[:200]
        raise BackfillError(f"{place}: the cluster failed ({type(error).__name__}: {words}). {GO_ON}") from error
    return done


def count_cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0))
