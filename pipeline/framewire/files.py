"""Files as the person who named them sees them: read as UTF-8 text, written whole, refusals of the system in plain words."""

import errno
import os
import pwd
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from glob import escape
from pathlib import Path
from typing import BinaryIO

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
# Source: the two byte order marks of UTF-16 (RFC 2781 section 3.2); spreadsheets and editors of Windows write them.
_UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")


def read_text(path: Path, *, error: Callable[[str], Exception], missing: str) -> str:
    """The text of a UTF-8 file, without a byte order mark.

    Args:
        path: the file.
        error: makes the exception that is raised from a message, such as `ConfigError`.
        missing: what to do if there is no such file.
    """
    try:
        return decode_text(path.read_bytes(), name=str(path))
    except FileNotFoundError as cause:
        raise error(f"{path}: no such file. {missing}") from cause
    except UnicodeDecodeError as cause:
        raise error(cause.reason) from cause
    except OSError as cause:
        raise error(describe_refusal(cause, path)) from cause


def decode_text(content: bytes, *, name: str) -> str:
    """The text in some bytes, without a byte order mark; every line ends with a line feed.

    Raises:
        UnicodeDecodeError: no UTF-8; its `reason` is the message: name, line, and the command that converts it.
    """
    try:
        return content.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        found = "UTF-16" if content.startswith(_UTF_16_MARKS) else "WINDOWS-1252"
        error.reason = (
            f"{name}: cannot be read as UTF-8 text (byte 0x{content[error.start]:02x} in line {line}). "
            f"Convert it, for example with `iconv -f {found} -t UTF-8`."
        )
        raise


def write_whole(path: Path, content: bytes, *, mode: int | None = None) -> None:
    """Writes a file so that whoever reads it finds the old content or all of the new one, even after a power loss.

    Args:
        path: the file; its folder exists.
        content: what it holds then.
        mode: its permissions; None = as the system gives them.

    Raises:
        OSError: the system refused.
    """
    with open_whole(path, mode=mode) as file:
        file.write(content)


@contextmanager
def open_whole(path: Path, *, mode: int | None = None) -> Iterator[BinaryIO]:
    """A file to write into that takes the place of `path` at the end of the block, or not at all; see `write_whole`."""
    _remove_forgotten(path)
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with partial.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if mode is not None:
            partial.chmod(mode)
        partial.replace(path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


def _remove_forgotten(path: Path) -> None:
    """Removes what processes that were killed while they wrote this file have left beside it."""
    for partial in path.parent.glob(f".{escape(path.name)}.*"):
        number = partial.suffix[1:]
        if number.isdecimal() and not _is_running(int(number)):
            partial.unlink(missing_ok=True)


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True  # somebody else's, or no process number at all
    return True


def describe_refusal(error: OSError, path: Path) -> str:
    """`PATH: what is wrong. What to do.` for a file that the system refused to read or write."""
    named = Path(os.fsdecode(error.filename)) if isinstance(error.filename, str | bytes) else path
    standing = next(place for place in (named, *named.absolute().parents) if place.exists() or place.parent == place)
    match error.errno:
        case errno.EACCES | errno.EPERM:
            return f"{path}: no permission. {_permit(standing)}"
        case errno.ENOTDIR | errno.EEXIST:
            return f"{path}: {standing} is a file where a folder is wanted. Move it away, or name another folder."
        case errno.EISDIR:
            return f"{path}: a folder where a file is wanted. Name a file."
        case errno.ENOENT:
            return f"{path}: no such file or folder. Check its spelling."
        case errno.EROFS:
            return f"{path}: the file system is read-only. Choose another folder."
        case number if number in _FULL:
            return f"{path}: no space left (disk, quota or file-size limit). Free some, and run the command again."
    return f"{path}: {error.strerror or error}. Choose another place."


def user_name(uid: int) -> str:
    """The name of a user; the number if it has none."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _permit(place: Path) -> str:
    """What opens a place to us."""
    try:
        owner = place.stat().st_uid
    except OSError:
        return "Choose another place."
    if owner == os.geteuid():
        return f"Open it with `chmod u+rwX {place}`, or choose another place."
    return (
        f"{place} belongs to user {user_name(owner)}, and this runs as {user_name(os.geteuid())}: "
        f"run it as {user_name(owner)}, or choose another place."
    )
