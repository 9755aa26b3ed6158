"""What a server says about asking again: pauses, validators, how long an answer is good for."""

from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

# Source: below a minute a server's wish is no more than politeness; above a week the feed would be forgotten.
RETRY_AFTER_RANGE = (timedelta(seconds=60), timedelta(days=7))
# Used for a 429 that names no usable time. Source: the usual polling interval.
RETRY_AFTER_UNKNOWN = timedelta(minutes=15)
# Source: RFC 9110 sets no limit; real validators stay under 200 characters.
MAX_VALIDATOR = 1024


def parse_retry_after(value: str | None, *, now: datetime) -> datetime | None:
    """When a `Retry-After` header lets us ask again, between 60 s and 7 days from `now`; None if it is no use.

    Source: RFC 9110 section 10.2.3: seconds or an HTTP date.
    """
    text = (value or "").strip()
    try:
        # Nine digits are 31 years: a number beyond that is no wish but a fault.
        wait = timedelta(seconds=int(text)) if _is_short_number(text) else parsedate_to_datetime(text) - now
    except (ValueError, TypeError, OverflowError):
        return None
    shortest, longest = RETRY_AFTER_RANGE
    return now + min(max(wait, shortest), longest)


def parse_max_age(value: str | None) -> float | None:
    """The seconds that a `Cache-Control` header lets an answer be kept; None if it does not say so, or forbids it.

    Source: RFC 9111 section 5.2.2.
    """
    directives = {part.strip().lower() for part in (value or "").split(",")}
    if directives & {"no-cache", "no-store"}:
        return None
    seconds = next((part.removeprefix("max-age=").strip('"') for part in directives if part.startswith("max-age=")), "")
    return float(seconds) if _is_short_number(seconds) else None


def _is_short_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 9


def read_validator(value: str | None) -> str | None:
    """The validator as it came; None if there is none, or one too long to be stored."""
    return value if value and len(value) <= MAX_VALIDATOR else None
