"""The states of what is watched: voices, labels, polls, pages, dates."""

from enum import StrEnum


class Voice(StrEnum):
    """In whose mouth a mention or a narrative is."""

    ASSERTED = "asserted"
    ATTRIBUTED = "attributed"
    SCARE_QUOTED = "scare_quoted"
    DENIED = "denied"


class LabelState(StrEnum):
    """What a narrative score is worth. Missing is never "no"."""

    LABELLED = "labelled"
    ABSTAINED = "abstained"
    RULES_ONLY = "rules-only"
    NOT_EXTRACTED = "not-extracted"


class PollStatus(StrEnum):
    """How a poll of one feed ended."""

    OK = "ok"
    NOT_MODIFIED = "not modified"
    EMPTY = "empty"
    REDIRECTED = "redirected"
    GONE = "gone"
    FORBIDDEN = "forbidden"
    RATE_LIMITED = "rate-limited"
    HTTP_ERROR = "http error"
    TIMEOUT = "timeout"
    DNS = "dns"
    CONNECTION = "connection"
    TLS = "tls"
    BLOCKED = "blocked address"
    TOO_LARGE = "too large"
    MALFORMED = "malformed"
    NOT_A_FEED = "not a feed"

    @property
    def is_success(self) -> bool:
        """True if the feed answered with what a feed may answer."""
        return self in (PollStatus.OK, PollStatus.NOT_MODIFIED, PollStatus.EMPTY, PollStatus.REDIRECTED)


ANSWERED = tuple(status.value for status in PollStatus if status.is_success)
"""The statuses of a feed that answered, as they are stored."""


class PageState(StrEnum):
    """How asking for the page of an article ended, or what is known of it now."""

    EXTRACTED = "extracted"
    HEADLINE_ONLY = "headline only"
    BY_ROBOTS = "blocked by robots"
    FORBIDDEN = "forbidden"
    GONE = "gone"
    NOT_HTML = "not html"
    TOO_LARGE = "too large"
    TIMEOUT = "timeout"
    TRUNCATED = "truncated"
    EMPTY = "empty"
    FAILED = "failed"


ALL_PAGES = ""
"""The hash under which the pages themselves are counted, beside the paragraphs that they hold."""


class DateSource(StrEnum):
    """Where the publication date of an article comes from."""

    FEED = "feed"
    FEED_UPDATED = "feed-updated"
    PAGE = "page"
    NONE = "none"


BOTH, UNCLEAR = "both", "unclear"
"""Who is accused, where that is no one side."""
