"""The codes in mailed summaries by which a reply shows that it answers this item, of this text, sent to this recipient.

HMAC-SHA-256 (RFC 2104) under a key that only the workspace knows: who has not got the mail cannot make a code up, and a
code that was sent to one address is worth nothing from another.
"""

import hashlib
import hmac
import os
import secrets
import stat
from pathlib import Path

from framewire.errors import MailError, OutputError
from framewire.files import describe_refusal

KEY_FILE = ".framewire-replies.key"
# Source: RFC 2104, section 3: a key as long as the hash's output.
KEY_BYTES = 32
CODE_LENGTH = 16
"""Hex digits of a code: 64 bits. Source: RFC 2104, section 5, asks for half of the output; a reply is no place for
32 digits, and each wrong guess is told when replies are taken in."""


def load_key(folder: Path) -> bytes:
    """The workspace's key, made when it is first needed: a file that only its owner may read.

    Raises:
        MailError: others may read it, or it is no key.
        OutputError: it cannot be read or made.
    """
    path = folder / KEY_FILE
    try:
        _make_key(path)
        with path.open("rb") as file:
            if stat.S_IMODE(os.fstat(file.fileno()).st_mode) & 0o077:
                raise MailError(f"{path}: others may read or write this key, so it is not used; `chmod 600 {path}`")
            text = file.read(200).strip()
    except OSError as error:
        raise OutputError(describe_refusal(error, path)) from error
    try:
        key = bytes.fromhex(text.decode("ascii"))
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise MailError(f"{path}: no key. Remove it; a new one is made, and codes that were mailed before fit no more.")
    return key


def build_code(key: bytes, recipient: str, item: str, text_hash: str) -> str:
    """The code of an item for one recipient: the same for ever for the same key, address, id and text."""
    message = "\0".join((recipient.strip().lower(), item, text_hash)).encode()
    return hmac.new(key, message, hashlib.sha256).hexdigest()[:CODE_LENGTH]


def is_code(given: str, expected: str) -> bool:
    """Whether a code is the expected one, compared in constant time."""
    return hmac.compare_digest(given.encode(), expected.encode())


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
