"""Who labels: processes of this machine (joblib), or the workers of a cluster (Dask). Pieces are given out a few at a time."""

import ipaddress
import ssl
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from framewire.backfill.cutting import Piece
from framewire.backfill.worker import Job, PieceDone, label_piece
from framewire.errors import BackfillError, ChildCrash, ConfigError, FramewireError
from framewire.processes import end_pool, run_tasks

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
    try:
        yield from run_tasks(((label_piece, *one, job) for one in work), n_jobs=n_jobs, in_order=False)
    except ChildCrash as error:
        raise BackfillError(f"a process that labelled died, perhaps for want of memory. {GO_ON}") from error
    finally:
        if n_jobs > 1:
            # Its memory is wanted while the articles are put into days.
            end_pool()


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
            raise BackfillError(f"{address}: the cluster has no worker. {_tell_to_start(address)}")
        yield from _label_bounded(client, work, job, n_at_once=PIECES_PER_WORKER * n_threads)


def check_cluster(address: str, tls: Tls) -> None:
    """Nothing, if a cluster at this address may be used: before an archive is read that nobody could label.

    Raises:
        ConfigError: see `check_address` and `build_security`.
        BackfillError: Dask is not installed.
    """
    check_address(address, tls)
    build_security(address, tls)


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
    security = build_security(address, tls)
    from distributed import Client

    try:
        return Client(address, security=security, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        raise BackfillError(_explain_silence(address, error)) from error


def _tell_to_start(address: str) -> str:
    if not address.startswith("tls://"):
        return f"Start some with `dask worker {address}`."
    return (
        f"Start some with `dask worker {address} --tls-ca-file CA --tls-cert CERT --tls-key KEY`; one that is refused, because "
        "another authority signed its certificate, stands in the scheduler's log with `TLS handshake failed`."
    )


def _explain_silence(address: str, error: Exception) -> str:
    """Why there is no connection to the scheduler, and what to do."""
    from distributed.comm.core import CommClosedError

    words = " ".join(str(error).split())[:200]
    if address.startswith("tls://") and isinstance(error, CommClosedError):
        return (
            f"--dask {address}: the scheduler and this machine do not accept each other's certificates ({words}). The "
            "authority of --tls-ca must have signed both ours and the scheduler's."
        )
    tls = " If it asks for TLS, its address begins with tls://." if address.startswith("tcp://") else ""
    return f"--dask {address}: the scheduler does not answer ({words}). Is it running there?{tls}"


def build_security(address: str, tls: Tls) -> Any:
    """How the cluster is spoken to: never otherwise than over TLS, but to this machine, where it is None.

    Raises:
        ConfigError: an authority, a certificate or a key is missing, or they are none, or do not fit each other.
        BackfillError: Dask is not installed.
    """
    try:
        from distributed.security import Security
    except ModuleNotFoundError as error:
        raise BackfillError(NO_DASK) from error

    if not address.startswith("tls://"):
        return None
    given = {"tls_ca_file": tls.ca, "tls_client_cert": tls.certificate, "tls_client_key": tls.key}
    security = Security(require_encryption=True, **{name: str(path) for name, path in given.items() if path})
    if not all(getattr(security, name) for name in given):
        raise ConfigError(
            f"--dask {address}: TLS needs an authority, a certificate and a key. Name them with --tls-ca, --tls-cert and "
            "--tls-key, or in Dask's configuration (distributed.comm.tls)."
        )
    try:
        security.get_connection_args("client")
    except OSError as error:
        raise ConfigError(
            f"--dask {address}: --tls-ca, --tls-cert and --tls-key cannot be used: {_say_tls(error)}."
        ) from error
    return security


def _say_tls(error: OSError) -> str:
    """What is wrong with files for TLS. Their names are not told: Dask's configuration may hold the key itself."""
    if not isinstance(error, ssl.SSLError):
        return error.strerror or str(error)
    if error.reason == "KEY_VALUES_MISMATCH":
        return "the key is not that of the certificate"
    return f"one of them is no PEM file of its kind ({error.reason or error})"


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
