"""The codes in mailed summaries by which a reply shows that it answers this item, of this text, sent to this recipient.

HMAC-SHA-256 (RFC 2104) under a key that only the workspace knows: who has not got the mail cannot make a code up, and a
code that was sent to one address is worth nothing from another.
"""

import hashlib
import hmac
from pathlib import Path

from framewire.errors import MailError
from framewire.workflow.secret_keys import load_secret_key

KEY_FILE = ".framewire-replies.key"
CODE_LENGTH = 16
"""Hex digits of a code: 64 bits. Source: RFC 2104, section 5, asks for half of the output; a reply is no place for
32 digits, and each wrong guess is told when replies are taken in."""


def load_key(folder: Path) -> bytes:
    """The workspace's key, made when it is first needed: a file that only its owner may read.

    Raises:
        MailError: others may read it, or it is no key.
        OutputError: it cannot be read or made.
    """
    loss = "codes that were mailed before fit no more"
    return load_secret_key(folder / KEY_FILE, error=MailError, loss=loss)


def build_code(key: bytes, recipient: str, item: str, text_hash: str, asked: str = "") -> str:
    """The code of an item for one recipient: the same for ever for the same key, address, id, text and narrative asked."""
    message = "\0".join((recipient.strip().lower(), item, text_hash, *([asked] if asked else []))).encode()
    return hmac.new(key, message, hashlib.sha256).hexdigest()[:CODE_LENGTH]


def is_code(given: str, expected: str) -> bool:
    """Whether a code is the expected one, compared in constant time."""
    return hmac.compare_digest(given.encode(), expected.encode())
