"""A summary as plain values, for JSON."""

from dataclasses import fields, is_dataclass
from datetime import date, datetime, time
from typing import Any

# Floats are the same on every machine to so many digits.
DIGITS = 6


def as_plain(value: Any) -> Any:
    """The value as dicts, lists, strings and numbers; times as ISO 8601, floats to six digits."""
    if value is None or isinstance(value, str | int):  # most values, so first
        return value
    if is_dataclass(value) and not isinstance(value, type):
        return {part.name: as_plain(getattr(value, part.name)) for part in fields(value)}
    if isinstance(value, dict):
        return {str(key): as_plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [as_plain(item) for item in value]
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, float):
        return round(value, DIGITS) + 0.0
    return value
