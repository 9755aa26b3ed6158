"""Times as people read them in tables."""

from datetime import datetime
from zoneinfo import ZoneInfo


def say_minute(moment: datetime | str, zone: ZoneInfo) -> str:
    """An aware time, or its text in ISO 8601, in a zone: '2026-11-24 06:20'."""
    aware = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    return f"{aware.astimezone(zone):%Y-%m-%d %H:%M}"
