"""One run at a time in a workspace."""

import fcntl
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from framewire.errors import OutputError, RunLocked
from framewire.files import describe_refusal

LOCK_FILE = ".framewire.lock"
# Sending waits for servers; fetching goes on meanwhile.
MAIL_LOCK_FILE = ".framewire-mail.lock"


@contextmanager
def hold_lock(folder: Path, name: str = LOCK_FILE) -> Iterator[None]:
    """Holds a lock of the workspace; the file stays, only the lock goes. It ends with the process, however that ends.

    Raises:
        RunLocked: another run holds it.
        OutputError: the folder cannot be written.
    """
    path = folder / name
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise OutputError(describe_refusal(error, path)) from error
    with os.fdopen(descriptor, "r+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = file.read(200).strip() or "unknown"
            raise RunLocked(
                f"{folder}: another run holds the lock ({holder}). Wait until it has ended, or end that process; "
                "the lock goes with it."
            ) from error
        _write_holder(file.fileno())
        yield


def _write_holder(descriptor: int) -> None:
    """For people only: the lock is the kernel's."""
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"pid {os.getpid()} on {socket.gethostname()}".encode(), 0)
