"""What is remembered of the items that stood in a feed's last document, so that they are not read again in the next."""

import struct
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

# Fingerprint, number of the stored entry, microseconds since 1970 of its publication or _UNKNOWN.
_ROW = struct.Struct("<Qqq")
_UNKNOWN = -(2**63)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class SeenItem:
    """An item that is stored as it stands: `fingerprint` is a number of 64 bits made of all that the feed says of it."""

    fingerprint: int
    entry_id: int
    published_at: datetime | None = None


def pack_items(items: Iterable[SeenItem]) -> bytes:
    """The items as bytes, 24 each."""
    return b"".join(
        _ROW.pack(
            item.fingerprint,
            item.entry_id,
            _UNKNOWN if item.published_at is None else (item.published_at - _EPOCH) // _MICROSECOND,
        )
        for item in items
    )


def unpack_items(packed: bytes | None) -> dict[int, SeenItem]:
    """The items by fingerprint; none of bytes that are not whole, which costs a reading of the feed and nothing else."""
    return {
        fingerprint: SeenItem(fingerprint, entry_id, None if at == _UNKNOWN else _EPOCH + timedelta(microseconds=at))
        for fingerprint, entry_id, at in _iter_rows(packed)
    }


def unpack_fingerprints(packed: bytes | None) -> frozenset[int]:
    """The fingerprints alone."""
    return frozenset(fingerprint for fingerprint, _, _ in _iter_rows(packed))


def _iter_rows(packed: bytes | None) -> Iterable[tuple[int, int, int]]:
    """The rows; none of bytes that are not whole."""
    return _ROW.iter_unpack(packed) if packed and len(packed) % _ROW.size == 0 else ()
