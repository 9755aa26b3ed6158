"""WARC files, such as CC-News: which records are answers of web servers, where they stand, and the pages in them.

Source: ISO 28500:2017; CC-News keeps one gzip member a record, so that each can be read alone.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any

from framewire.errors import InputError
from framewire.ingest.extract import MAX_PAGE_BYTES

NO_WARC = "WARC files need warcio; run pip install 'framewire[dask]'"
_OK = "200"


@dataclass(frozen=True, slots=True)
class WarcPlace:
    """Where a stretch of records begins: the byte, and how many answers lie before it. `fault`: nothing can be read from there."""

    offset: int
    n_before: int
    fault: str | None = None


@dataclass(frozen=True, slots=True)
class WarcPage:
    """One answer of a web server. `fault` says why it is no page."""

    url: str
    seen: str
    content_type: str | None = None
    body: bytes = b""
    fault: str | None = None


def iter_warc_places(file: IO[bytes], *, every: int) -> Iterator[WarcPlace]:
    """Where each stretch of `every` answers begins, and at last where the file ends, or cannot be read any more.

    Raises:
        InputError: warcio is not installed, or the file is no WARC with a record at a time.
    """
    n = 0
    end = file.tell()
    try:
        records = _open_records(file, parse=False)
        for record in records:
            is_answer = record.rec_type == "response"
            offset, length = records.get_record_offset(), records.get_record_length()
            if is_answer:
                if n % every == 0:
                    yield WarcPlace(offset, n)
                n += 1
            end = offset + length
    except InputError:
        raise
    except Exception as error:
        if n == 0:
            raise InputError(f"no WARC file that can be read ({_say(error)})") from error
        yield WarcPlace(end, n, f"the file is damaged from here on ({_say(error)})")
        return
    yield WarcPlace(end, n)


def iter_warc_pages(file: IO[bytes], *, n_pages: int) -> Iterator[WarcPage]:
    """The next answers in a file that stands at the beginning of a record."""
    left = n_pages
    for record in _open_records(file, parse=True) if left else ():
        if record.rec_type == "response":
            yield _read_page(record)
            left -= 1
            if not left:
                return


def _open_records(file: IO[bytes], *, parse: bool) -> Any:
    try:
        from warcio.archiveiterator import ArchiveIterator
    except ModuleNotFoundError as error:
        raise InputError(NO_WARC) from error
    return ArchiveIterator(file, no_record_parse=not parse)


def _read_page(record: Any) -> WarcPage:
    url = (record.rec_headers.get_header("WARC-Target-URI") or "").strip("<>")
    seen = record.rec_headers.get_header("WARC-Date") or ""
    status = record.http_headers.get_statuscode() if record.http_headers else None
    if status != _OK:
        return WarcPage(url, seen, fault=f"answered {status}" if status else "no answer of a web server")
    try:
        body = record.content_stream().read(MAX_PAGE_BYTES + 1)
    except Exception as error:  # noqa: BLE001 - compressed content breaks in as many ways as there are libraries
        return WarcPage(url, seen, fault=f"cannot be decompressed ({_say(error)})")
    return WarcPage(url, seen, record.http_headers.get_header("Content-Type"), body)


def _say(error: Exception) -> str:
    words = " ".join(str(error).split())
    return f"{type(error).__name__}: {words[:120]}" if words else type(error).__name__
