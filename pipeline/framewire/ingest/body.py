"""Bytes of an answer, decoded under a limit, and whether they are all there."""

import re
import zlib
from collections.abc import Iterable, Iterator

import httpcore2

from framewire.errors import BodyTooLarge, ProtocolFailed, TruncatedBody, UnsupportedEncoding

# One step of decoding never yields more than this, whatever the input.
STEP_BYTES = 256 * 1024
# Source: a prolog with licence comment and style sheets stays below; the tail allows for comments after the root.
HEAD_BYTES = 4096
TAIL_BYTES = 1024

_ROOT = re.compile(rb"<(?P<name>(?:[\w.-]+:)?(?:rss|feed|RDF))(?=[\s>/])")


def read_body(chunks: Iterable[bytes], encoding: str, *, limit: int, label: str) -> bytes:
    """The whole body, with at most one layer of gzip taken off.

    Args:
        chunks: raw bytes as they come.
        encoding: the Content-Encoding header.
        limit: most bytes after decoding.
        label: the address as it may stand in a message.

    Raises:
        UnsupportedEncoding: not plain and not one layer of gzip.
        BodyTooLarge: more than `limit`.
        TruncatedBody: it ends early; `received` is what could be decoded.
        ProtocolFailed: the gzip layer is damaged.
    """
    name = encoding.strip().lower()
    if name not in ("", "identity", "gzip", "x-gzip"):
        message = f"{label}: sent in the encoding '{name[:40]}', which was not asked for"
        raise UnsupportedEncoding(message, url=label)
    layer = _GzipLayer() if name.endswith("gzip") else None
    body = bytearray()
    for piece in _pieces(chunks, layer, body=body, label=label):
        body += piece
        if len(body) > limit:
            raise BodyTooLarge(f"{label}: more than {limit} bytes; a feed is smaller, look at the address", url=label)
    if layer is not None and not layer.is_complete:
        raise TruncatedBody(f"{label}: the compressed body ends early", url=label, received=bytes(body))
    return bytes(body)


def is_cut_short(body: bytes) -> bool:
    """True if a document begins as XML, a feed or a JSON object and does not end as one. Other documents are never cut short."""
    # Source: UTF-16 interleaves NUL with ASCII.
    head = body[:HEAD_BYTES].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    tail = body[-TAIL_BYTES:].replace(b"\0", b"").rstrip()
    if head.startswith(b"{"):
        return not tail.endswith(b"}")
    if head.startswith(b"<?xml") and not tail.endswith(b">"):
        return True
    root = _ROOT.search(head)
    return root is not None and b"</" + root["name"] not in tail


def _pieces(chunks: Iterable[bytes], layer: "_GzipLayer | None", *, body: bytearray, label: str) -> Iterator[bytes]:
    """Decoded pieces of bounded size; errors of the connection become errors of the body."""
    try:
        for chunk in chunks:
            if layer is None:
                yield chunk
            else:
                yield from layer.decode(chunk)
    except zlib.error as error:
        raise ProtocolFailed(f"{label}: the gzip layer is damaged", url=label, retryable=True) from error
    except (httpcore2.ReadError, httpcore2.RemoteProtocolError) as error:
        if isinstance(error, httpcore2.RemoteProtocolError) and "peer closed" not in str(error):
            raise
        message = f"{label}: the connection broke off inside the body"
        raise TruncatedBody(message, url=label, received=bytes(body)) from error


class _GzipLayer:
    """One layer of gzip, members after each other included; checks length and CRC."""

    def __init__(self) -> None:
        self._member = zlib.decompressobj(16 + zlib.MAX_WBITS)
        self._started = False

    @property
    def is_complete(self) -> bool:
        """True at the end of a member, or if nothing came at all."""
        return self._member.eof or not self._started

    def decode(self, chunk: bytes) -> Iterator[bytes]:
        """What `chunk` decodes to, in bounded steps."""
        rest = chunk
        while rest:
            if self._member.eof:
                # Source: RFC 1952 section 2.2 allows members one after the other; servers also pad with zeros.
                rest = rest.lstrip(b"\0")
                if not rest:
                    return
                self._member = zlib.decompressobj(16 + zlib.MAX_WBITS)
            self._started = True
            yield self._member.decompress(rest, STEP_BYTES)
            rest = self._member.unused_data if self._member.eof else self._member.unconsumed_tail
