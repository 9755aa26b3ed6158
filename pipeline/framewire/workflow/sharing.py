"""This process as one of several that work on one store: its lease, waiting for the others, and for the server.

On SQLite a run is alone, and everything here does nothing: `join_store` gives None, and what takes a `Share | None`
goes on at once.
"""

import hashlib
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection, Engine

from framewire.errors import StoreError, StoreUnreachable
from framewire.store import (
    add_worker,
    claim_keys,
    count_claims_of_others,
    count_feeds_of_others,
    get_claimant,
    hold_worker,
    is_shared,
    release_keys,
    remove_lost_workers,
    remove_worker,
    renew_lease,
    transaction,
)
from framewire.workflow.workspace import Workspace

WAIT_SECONDS = 1.0
"""How often one looks whether the others are done."""

PATIENCE_SECONDS = 120.0
"""How long a server that is away is waited for. Source: PostgreSQL restarts in seconds, after a crash it first replays
what its log holds, five minutes of it at most by default and a fraction of that in time."""

_FIRST_PAUSE_SECONDS = 0.25
_LONGEST_PAUSE_SECONDS = 5.0
# A lease is renewed so often in its length that two renewals may fail.
_RENEWALS = 4

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Share:
    """This process among those that work on a shared store."""

    engine: Engine
    worker_id: int
    name: str


@contextmanager
def join_store(workspace: Workspace) -> Iterator[Share | None]:
    """This process as one of those on a shared store, with a lease that is renewed until the block ends; None on SQLite.

    To be called under the workspace's lock: whoever had it before is dead, and what he had claimed is free at once.
    """
    engine = workspace.engine
    if not is_shared(engine):
        yield None
        return
    name, seconds = f"{socket.gethostname()}:{workspace.config.folder}", workspace.config.lease_seconds
    place = _find_place(workspace.config.folder)

    def join() -> int:
        with transaction(engine) as conn:
            remove_lost_workers(conn)
            return add_worker(conn, name=name, place=place, lease_seconds=seconds)

    share = Share(engine, _try_until_there(join), name)
    ended = threading.Event()
    beating = threading.Thread(target=_renew, args=(share, seconds, ended), name="framewire-lease", daemon=True)
    beating.start()
    try:
        yield share
    finally:
        ended.set()
        beating.join()
        # A server that is away ends the lease by itself.
        with suppress(StoreError), transaction(engine) as conn:
            remove_worker(conn, share.worker_id)


def patiently(share: Share | None, work: Callable[[], Result]) -> Result:
    """What `work` gives. On a shared store it is done again while the server is away, so it must be right to do it twice.

    Raises:
        StoreUnreachable: the server has been away for `PATIENCE_SECONDS`.
    """
    return work() if share is None else _try_until_there(work)


def hold(conn: Connection, share: Share | None) -> None:
    """Keep this process from being given up until the write transaction ends; nothing if it is alone.

    Raises:
        LeaseLost: it was given up already.
    """
    if share is not None:
        hold_worker(conn, share.worker_id)


def wait_for_feeds(share: Share) -> None:
    """Returns when no other host asks a feed any more: each is done, or lost and its feeds free."""

    def look() -> int:
        with transaction(share.engine) as conn:
            remove_lost_workers(conn)
            return count_feeds_of_others(conn, share.worker_id)

    _wait_until_none(look)


def wait_for_claims(share: Share, kind: str) -> bool:
    """True if others had claimed something of this kind; returns when none has any more."""

    def look() -> int:
        with transaction(share.engine) as conn:
            remove_lost_workers(conn)
            return count_claims_of_others(conn, share.worker_id, kind=kind)

    return _wait_until_none(look)


def try_claim(share: Share, kind: str, key: str) -> str | None:
    """None if the key is this process's own from now on, until it gives it back or ends; else the name of whose it is."""

    def claim() -> str | None:
        with transaction(share.engine) as conn:
            remove_lost_workers(conn)
            if claim_keys(conn, share.worker_id, kind=kind, keys=[key]):
                return None
            return get_claimant(conn, kind=kind, key=key) or "another host"

    return patiently(share, claim)


@contextmanager
def exclusively(share: Share | None, kind: str, key: str) -> Iterator[None]:
    """A block in which no other host does this; waits for one that does."""
    if share is None:
        yield
        return
    while try_claim(share, kind, key) is not None:
        time.sleep(WAIT_SECONDS)
    try:
        yield
    finally:
        with suppress(StoreError), transaction(share.engine) as conn:
            release_keys(conn, share.worker_id, kind=kind, keys=[key])


def _wait_until_none(look: Callable[[], int]) -> bool:
    """True if it took any waiting."""
    waited = False
    while _try_until_there(look):
        waited = True
        time.sleep(WAIT_SECONDS)
    return waited


def _try_until_there(work: Callable[[], Result]) -> Result:
    """What `work` gives, tried again while the server does not answer."""
    ends_at, pause = time.monotonic() + PATIENCE_SECONDS, _FIRST_PAUSE_SECONDS
    while True:
        try:
            return work()
        except StoreUnreachable:
            if time.monotonic() + pause > ends_at:
                raise
        time.sleep(pause)
        pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)


def _renew(share: Share, lease_seconds: float, ended: threading.Event) -> None:
    """Renews the lease until the work has ended, or it was given up: the next write tells that."""
    while not ended.wait(lease_seconds / _RENEWALS):
        # What fails now is tried again at the next beat.
        with suppress(StoreError), transaction(share.engine) as conn:
            if not renew_lease(conn, share.worker_id, lease_seconds=lease_seconds):
                return


def _find_place(folder: Path) -> str:
    """What tells this folder on this machine from every other that is in use now: a copy of either has another one."""
    found = folder.stat()
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        boot = socket.gethostname()
    text = f"{boot} {os.uname().nodename} {found.st_dev} {found.st_ino}"
    return hashlib.sha256(text.encode()).hexdigest()
