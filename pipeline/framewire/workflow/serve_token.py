"""The token with which visitors of the web pages sign in: from a file that only its owner may read, or the environment."""

import os
import stat
from pathlib import Path

from framewire.errors import ConfigError
from framewire.files import describe_refusal

TOKEN_VARIABLE = "FRAMEWIRE_SERVE_TOKEN"  # noqa: S105 - its name
_MAX_BYTES = 1024


def find_token(path: Path | None) -> str | None:
    """The token of a file, else of the environment; None if there is neither.

    Raises:
        ConfigError: the file cannot be read, others may read it, or it holds no single line of printable ASCII.
    """
    if path is None:
        given = os.environ.get(TOKEN_VARIABLE)
        return _check(given, TOKEN_VARIABLE) if given else None
    try:
        with path.open("rb") as file:
            if stat.S_IMODE(os.fstat(file.fileno()).st_mode) & 0o077:
                raise ConfigError(f"{path}: others may read or write this token, so it is not used; `chmod 600 {path}`")
            text = file.read(_MAX_BYTES).decode("ascii", errors="replace").strip()
    except FileNotFoundError as error:
        raise ConfigError(f"{path}: no such file. Make it: (umask 077; openssl rand -hex 32 > {path})") from error
    except OSError as error:
        raise ConfigError(describe_refusal(error, path)) from error
    return _check(text, str(path))


def _check(text: str, where: str) -> str:
    if not text or not text.isascii() or not text.isprintable():
        raise ConfigError(
            f"{where}: no usable token: one line of printable ASCII is wanted, such as of `openssl rand -hex 32`"
        )
    return text
