"""The files of an archive: found by name, pattern or address, each with its form and what tells one state of it from another."""

import hashlib
import lzma
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any

from framewire.errors import InputError
from framewire.files import describe_refusal
from framewire.masking import mask_url

FORMS = {
    ".csv": "csv",
    ".tsv": "csv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "json",
    ".parquet": "parquet",
    ".warc": "warc",
}
"""The form of a file by the ending of its name."""
# Source: the endings that fsspec knows without further packages.
COMPRESSIONS = {".gz": "gzip", ".bz2": "bz2", ".xz": "xz", ".lzma": "lzma"}
NO_FSSPEC = "archives need fsspec; run pip install 'framewire[dask]'"
_GLOB = "*?["
# What file systems call the time or the digest of a file's state.
_STATES = ("ETag", "etag", "md5Hash", "mtime", "LastModified", "last_modified", "updated", "created")


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file. `url` is its address for fsspec, `size` in bytes, `state` tells one state of its content from another."""

    url: str
    form: str
    compression: str | None
    size: int
    state: str

    @property
    def name(self) -> str:
        """How it is called in messages: without passwords."""
        return mask_url(self.url.removeprefix("file://"))

    @property
    def digest(self) -> str:
        """What stands for this state of the file: 16 hexadecimal digits."""
        told = "\n".join((self.url, self.form, str(self.size), self.state))
        return hashlib.sha256(told.encode()).hexdigest()[:16]


def find_sources(patterns: Sequence[str], *, form: str | None = None) -> tuple[SourceFile, ...]:
    """The files that are meant, each once, in the order of their addresses.

    Args:
        patterns: paths, patterns such as `2020/*.jsonl.gz`, or addresses for fsspec.
        form: of all of them; by their names if None.

    Raises:
        InputError: one means no file, or a file's form is not known.
    """
    found = {file.url: file for pattern in patterns for file in _find_files(pattern, form)}
    return tuple(found[url] for url in sorted(found))


@contextmanager
def open_source(file: SourceFile) -> Iterator[IO[bytes]]:
    """The file's content, decompressed but for WARC, which is compressed record by record.

    Raises:
        InputError: it cannot be opened or read.
    """
    try:
        fs, path = _open_system(file.url)
        compression = None if file.form == "warc" else file.compression
        content = fs.open(path, "rb", compression=compression)
    except InputError:
        raise
    except Exception as error:
        raise InputError(describe_fault(error, file.url)) from error
    try:
        with content as opened:
            yield opened
    except (OSError, EOFError, zlib.error, lzma.LZMAError) as error:
        raise InputError(describe_fault(error, file.url)) from error


def describe_fault(error: Exception, url: str) -> str:
    """What is wrong with a file that a file system refused, and what to do."""
    name = mask_url(url.removeprefix("file://"))
    if isinstance(error, OSError) and error.errno is not None:
        return describe_refusal(error, Path(name))
    if isinstance(error, ImportError):
        return f"{name}: {error}. Install what it names beside Framewire."
    if isinstance(error, EOFError):
        return f"{name}: the file ends too early ({error}). Fetch it again."
    words = " ".join(str(error).split())[:200]
    return f"{name}: cannot be read ({type(error).__name__}: {words}). Check the file."


def _find_files(pattern: str, form: str | None) -> list[SourceFile]:
    try:
        fs, path = _open_system(pattern)
        is_pattern = any(mark in path for mark in _GLOB) and not fs.exists(path)
        paths = fs.glob(path) if is_pattern else [path]
        infos = [info for info in map(fs.info, paths) if info["type"] == "file"]
    except InputError:
        raise
    except Exception as error:
        raise InputError(describe_fault(error, pattern)) from error
    if not infos:
        raise InputError(
            f"{mask_url(pattern)}: no file is meant by that. "
            + ("Check its spelling." if is_pattern else "It is a folder: name the files in it, for example with *.")
        )
    return [_describe(fs, info, form) for info in infos]


def _describe(fs: Any, info: dict[str, Any], form: str | None) -> SourceFile:
    url = fs.unstrip_protocol(info["name"])
    name = PurePosixPath(info["name"])
    compression = COMPRESSIONS.get(name.suffix.lower())
    ending = (name.with_suffix("") if compression else name).suffix.lower()
    found = form or FORMS.get(ending)
    if found is None:
        raise InputError(
            f"{mask_url(url)}: what the file holds is not to be seen from its name. Name its form with --format, or let "
            f"it end with one of {', '.join(FORMS)} (and .gz, .bz2 or .xz)."
        )
    state = next((str(info[key]) for key in _STATES if info.get(key) is not None), "")
    return SourceFile(url, found, compression, int(info.get("size") or 0), state)


def _open_system(url: str) -> tuple[Any, str]:
    """The file system of an address, and the path in it."""
    try:
        from fsspec.core import url_to_fs
    except ModuleNotFoundError as error:
        raise InputError(NO_FSSPEC) from error
    try:
        fs, path = url_to_fs(url)
    except (ValueError, ImportError) as error:
        raise InputError(f"{mask_url(url)}: {error}. Name a path, or an address that fsspec knows.") from error
    return fs, str(path)
