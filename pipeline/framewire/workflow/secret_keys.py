"""Keys that only the workspace knows: files that nobody but their owner may read, made when they are first needed."""

import os
import secrets
import stat
from collections.abc import Callable
from pathlib import Path

from framewire.errors import ConfigError, OutputError
from framewire.files import describe_refusal

# Source: RFC 2104, section 3: a key as long as the hash's output, which of SHA-256 is 32 octets.
KEY_BYTES = 32
SESSION_KEY_FILE = ".framewire-sessions.key"


def load_session_key(folder: Path) -> bytes:
    """The key that signs the web pages' sessions.

    Raises:
        ConfigError: others may read it, or it is no key.
        OutputError: it cannot be read or made.
    """
    loss = "visitors sign in again"
    return load_secret_key(folder / SESSION_KEY_FILE, error=ConfigError, loss=loss)


def load_secret_key(path: Path, *, error: Callable[[str], Exception], loss: str) -> bytes:
    """The key in a file, made if there is none.

    Args:
        path: the file.
        error: makes the exception for a key that others may read, or that is none.
        loss: what a new key costs, as a clause.

    Raises:
        OutputError: it cannot be read or made.
    """
    try:
        _make_key(path)
        with path.open("rb") as file:
            if stat.S_IMODE(os.fstat(file.fileno()).st_mode) & 0o077:
                raise error(f"{path}: others may read or write this key, so it is not used; `chmod 600 {path}`")
            text = file.read(200).strip()
    except OSError as cause:
        raise OutputError(describe_refusal(cause, path)) from cause
    try:
        key = bytes.fromhex(text.decode("ascii"))
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise error(f"{path}: no key. Remove it; a new one is made, and {loss}.")
    return key


def _make_key(path: Path) -> None:
    """Writes a new key unless there is one. Of two processes one makes it: the file comes with its content or not at all."""
    if path.exists():
        return
    partial = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(f"{secrets.token_hex(KEY_BYTES)}\n")
            file.flush()
            os.fsync(file.fileno())
        os.link(partial, path)
    except FileExistsError:
        pass
    finally:
        partial.unlink()
