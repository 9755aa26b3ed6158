"""What a site's robots.txt lets us ask, and how often. Source: RFC 9309."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from protego import Protego

from framewire.errors import FetchError, Gone, HTTPStatus, RateLimited
from framewire.ingest.encoding import decode_body
from framewire.ingest.fetch import FetchLimits, fetch_bytes
from framewire.records import RobotsFile

OUR_NAME = "Framewire"
"""The name under which robots.txt may speak of us, whatever the user agent says besides."""

READ, NONE, UNREACHABLE = "read", "none", "unreachable"
# Source: RFC 9309, section 2.5: crawlers must read this much.
MAX_BYTES = 500 * 1024
# Source: RFC 9309, section 2.4: a copy is not used for longer, unless the file cannot be reached.
KEPT = timedelta(hours=24)
# A site that is down is asked again in a later run, but not in each.
UNREACHABLE_KEPT = timedelta(hours=1)
# Source: most sites that name a delay name 1 to 10 s; two seconds are what a person who leafs through a site leaves.
DELAY_SECONDS = 2.0
MAX_DELAY_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Rules:
    """A robots.txt as it binds us: `file` as it was read, and seconds between two requests."""

    file: RobotsFile
    delay_seconds: float
    parsed: Protego

    def allows(self, url: str) -> bool:
        """True if we may ask for the address."""
        return self.file.state != UNREACHABLE and bool(self.parsed.can_fetch(url, OUR_NAME))


def find_host(url: str) -> str:
    """Scheme, host and port of an address, in lower case: what a robots.txt speaks for."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}".lower()


def is_fresh(known: RobotsFile | None, *, now: datetime) -> bool:
    """True if what is known need not be asked again yet."""
    if known is None:
        return False
    return now - known.asked_at < (UNREACHABLE_KEPT if known.state == UNREACHABLE else KEPT)


def fetch_robots(
    host: str,
    known: RobotsFile | None,
    *,
    user_agent: str,
    limits: FetchLimits,
    allow_private: tuple[str, ...],
    now: datetime,
) -> RobotsFile:
    """The robots.txt of a host as it is now.

    A site without one (an answer of 4xx) forbids nothing. One that cannot be reached (5xx, no answer, 429) is not asked
    for anything until it can, unless an older copy is `known`, which then goes on to hold.
    """
    try:
        answer = fetch_bytes(
            f"{host}/robots.txt", user_agent=user_agent, limits=limits, allow_private=allow_private, now=now
        )
    except RateLimited:
        return _use_known(known, host, now)
    except HTTPStatus as error:
        is_missing = isinstance(error, Gone) or 400 <= error.status < 500
        return RobotsFile(host, NONE, "", now) if is_missing else _use_known(known, host, now)
    except FetchError:
        return _use_known(known, host, now)
    return RobotsFile(host, READ, decode_body(answer.body[:MAX_BYTES]).replace("\0", ""), now)


def read_rules(file: RobotsFile) -> Rules:
    """The rules of a robots.txt for us, with the delay between two requests in seconds, at most a minute."""
    parsed = Protego.parse(file.text)
    wished = parsed.crawl_delay(OUR_NAME) or 0.0
    return Rules(file, min(max(wished, DELAY_SECONDS), MAX_DELAY_SECONDS), parsed)


def _use_known(known: RobotsFile | None, host: str, now: datetime) -> RobotsFile:
    """The older copy as it is, so that the next run asks again; without one, the host is out of reach."""
    return known if known is not None and known.state != UNREACHABLE else RobotsFile(host, UNREACHABLE, "", now)
