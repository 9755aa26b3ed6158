"""The column types of the store: aware UTC times, and text that both databases can hold."""

import re
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import DateTime, Dialect, String, Text
from sqlalchemy.exc import DontWrapMixin
from sqlalchemy.types import TypeDecorator, TypeEngine

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


class _NaiveTimeError(DontWrapMixin, ValueError):
    """A time without zone; SQLAlchemy lets it through instead of wrapping it."""


class UTCDateTime(TypeDecorator[datetime]):
    """Aware UTC times; naive ones are refused with ValueError.

    PostgreSQL: `timestamptz`. SQLite has no type for times: text of fixed width, so that it sorts as the times do.
    """

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """The column type of this database."""
        return dialect.type_descriptor(String(32) if dialect.name == "sqlite" else DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """What the driver gets. Raises ValueError for a naive time."""
        if value is None:
            return None
        if dialect.name != "sqlite":
            return _as_utc(value)
        return _write_utc(value if value.tzinfo is UTC else _as_utc(value))

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - its hook
        """The stored time in UTC."""
        if value is None:
            return None
        time: datetime = datetime.fromisoformat(value) if isinstance(value, str) else value
        return time.astimezone(UTC)


def _as_utc(value: datetime) -> datetime:
    if value.utcoffset() is None:
        raise _NaiveTimeError(f"the time {value.isoformat()} has no time zone; give an aware one, as now(UTC)")
    return value.astimezone(UTC)


@lru_cache(maxsize=64)
def _write_utc(value: datetime) -> str:
    """A time in UTC as SQLite holds it. Rows that go in together share most of their times."""
    return value.isoformat(timespec="microseconds")


class StoredText(TypeDecorator[str]):
    """Text as both databases can hold it; see `storable`."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - SQLAlchemy's hook
        """What the driver gets."""
        return None if value is None else storable(value)


def storable(text: str) -> str:
    """`text` with NUL and lone surrogates replaced by U+FFFD: same length, so spans hold.

    Source: PostgreSQL's text cannot hold NUL (manual, 8.3 Character Types), and neither driver encodes surrogates.
    """
    try:
        # Encoding tells faster than looking at each character that there is no surrogate.
        text.encode()
    except UnicodeEncodeError:
        return _UNSTORABLE.sub("\ufffd", text)
    return text.replace("\x00", "\ufffd")
