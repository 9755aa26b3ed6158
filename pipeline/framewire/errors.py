"""Every error that Framewire raises on purpose.

    FramewireError
    ├── ConfigError            settings or feed list: unknown key or value (also ValueError)
    ├── CodebookError          file, line, column (also ValueError)
    ├── FetchError             url, retryable
    │   ├── BadURL             not an http(s) address, or one that cannot be parsed
    │   ├── BlockedAddress     the host resolves to an address that we refuse to call
    │   ├── ResolveFailed      the host name has no address
    │   ├── ConnectFailed      refused, reset, unreachable
    │   ├── TLSFailed          certificate or handshake: reason
    │   ├── DeadlineExceeded   the whole fetch took longer than its wall-clock limit
    │   ├── WireTooLarge       more bytes on the wire than allowed
    │   ├── BodyTooLarge       more bytes after decoding than allowed
    │   ├── UnsupportedEncoding  a content encoding other than one layer of gzip
    │   ├── TruncatedBody      the body ended before it should
    │   ├── RedirectLimit      too many redirects, or one from https to http
    │   ├── HTTPStatus         an answer other than 200 and 304
    │   │   ├── Gone           410
    │   │   └── RateLimited    429, or 503 with Retry-After: until
    │   └── ProtocolFailed     the server does not speak proper HTTP
    ├── FeedParseError         the body is no feed, or none that can be read
    │   ├── NotAFeed           an HTML page, a consent wall, an empty body: kind
    │   ├── ParseTimeout       reading it took longer than allowed
    │   ├── ParseMemory        reading it wanted more memory than allowed
    │   └── ParseCrash         the parser raised or died on it: cause
    ├── ChildFailed            a call in a child process did not end well
    │   ├── ChildTimeout       it took longer than allowed
    │   ├── ChildMemory        it wanted more memory than allowed
    │   └── ChildCrash         it raised, or the process died: cause
    ├── ParserUnavailable      child processes cannot be started, or do not work
    ├── StoreError
    │   ├── StoreLocked        another process holds the database
    │   ├── StoreFull          no space left
    │   ├── StoreReadOnly      no permission to write
    │   ├── StoreCorrupt       the file is damaged or no database
    │   ├── StoreUnreachable   the server does not answer
    │   ├── LeaseLost          another host took over what this one had claimed
    │   └── StoreVersion       written by a newer Framewire, or not upgraded yet
    ├── ModelError
    │   ├── ModelMissing       no model has been trained
    │   ├── ModelUntrusted     not the model that `train` recorded, or unsafe file
    │   ├── ModelCorrupt       payload and manifest disagree
    │   ├── ModelVersionMismatch   other library versions
    │   ├── ModelCodebookMismatch  trained for another codebook
    │   └── ModelProbeFailed   the probe texts score differently
    ├── HeldBack               a quality gate says no; may be overruled with a reason
    ├── MailError              a message cannot be built or sent
    │   ├── MailUnsafeRuntime  this Python lets a text become a header of its own
    │   ├── MailRejected       the server refused for good: code
    │   ├── MailDeferred       not now: the server or the way to it fails; may be tried again
    │   └── MailUncertain      the line broke after the final dot: nobody knows whether it was accepted
    ├── BackfillError          an archive was not labelled to its end: a process or a cluster failed
    ├── OutputError            a result cannot be written
    ├── InputError             a file given by the user cannot be used (also ValueError)
    └── RunLocked              another run holds the lock

A message says what, which one, and what to do. Ids are attributes; causes are chained. Exceptions never log.
"""

from datetime import datetime
from pathlib import Path


class FramewireError(Exception):
    """Base of every error that Framewire raises on purpose."""


class ConfigError(FramewireError, ValueError):
    """Settings or the feed list are wrong."""


class InputError(FramewireError, ValueError):
    """A file that the user named cannot be used: missing, unreadable, or not in the format."""


class OutputError(FramewireError):
    """A result cannot be written."""


class CodebookError(FramewireError, ValueError):
    """A codebook is wrong; `problems` holds one `file:line:column: text` each."""

    def __init__(self, problems: list[str], *, path: Path | None = None) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems
        self.path = path


# What the messages of failures that may pass promise of a listed feed.
ASKED_AGAIN, ASKED_AFTER = "it will be asked again", "asked again after"


class FetchError(FramewireError):
    """A fetch failed. `retryable` tells whether the same request may do better at once.

    The message never holds a query string or credentials.
    """

    retryable = False

    def __init__(self, message: str, *, url: str, retryable: bool | None = None) -> None:
        super().__init__(message)
        self.url = url
        if retryable is not None:
            self.retryable = retryable


class BadURL(FetchError):
    """Not an http(s) address, or one that cannot be parsed."""


class BlockedAddress(FetchError):
    """The host resolves to an address that we refuse to call."""


class ResolveFailed(FetchError):
    """The host name has no address."""

    retryable = True


class ConnectFailed(FetchError):
    """Refused, reset or unreachable."""

    retryable = True


class TLSFailed(FetchError):
    """No secure connection; `reason` says what is wrong in words: expired, another host's certificate ..."""

    def __init__(self, message: str, *, url: str, reason: str, retryable: bool | None = None) -> None:
        super().__init__(message, url=url, retryable=retryable)
        self.reason = reason


class DeadlineExceeded(FetchError):
    """The whole fetch took longer than its wall-clock limit."""


class WireTooLarge(FetchError):
    """More bytes on the wire than allowed."""


class BodyTooLarge(FetchError):
    """More bytes after decoding than allowed."""


class UnsupportedEncoding(FetchError):
    """A content encoding other than one layer of gzip."""


class TruncatedBody(FetchError):
    """The body ended before it should; `received` is what came, decoded."""

    retryable = True

    def __init__(self, message: str, *, url: str, received: bytes = b"", retryable: bool | None = None) -> None:
        super().__init__(message, url=url, retryable=retryable)
        self.received = received


class RedirectLimit(FetchError):
    """Too many redirects, or one that falls from https to http."""


class ProtocolFailed(FetchError):
    """The server does not speak proper HTTP."""


class HTTPStatus(FetchError):
    """An answer other than 200 and 304."""

    def __init__(self, message: str, *, url: str, status: int, retryable: bool | None = None) -> None:
        super().__init__(message, url=url, retryable=retryable)
        self.status = status


class Gone(HTTPStatus):
    """410: the feed was removed on purpose."""


class RateLimited(HTTPStatus):
    """429, or 503 with Retry-After. `until` is when the host may be asked again."""

    def __init__(self, message: str, *, url: str, status: int, until: datetime) -> None:
        super().__init__(message, url=url, status=status, retryable=False)
        self.until = until


class FeedParseError(FramewireError):
    """The body is no feed, or none that can be read."""


class NotAFeed(FeedParseError):
    """The body is something else; `kind` is one of 'html', 'consent', 'empty', 'unknown'."""

    def __init__(self, message: str, *, kind: str) -> None:
        super().__init__(message)
        self.kind = kind


class ParseTimeout(FeedParseError):
    """Reading the feed took longer than allowed."""


class ParseMemory(FeedParseError):
    """Reading the feed wanted more memory than allowed."""


class ParseCrash(FeedParseError):
    """The parser raised or died; `cause` is the class of the exception, the signal, or the exit code."""

    def __init__(self, message: str, *, cause: str) -> None:
        super().__init__(message)
        self.cause = cause


class ChildFailed(FramewireError):
    """A call in a child process did not end well; the caller says what that means."""


class ChildTimeout(ChildFailed):
    """It took longer than allowed."""


class ChildMemory(ChildFailed):
    """It wanted more memory than allowed."""


class ChildCrash(ChildFailed):
    """It raised, or the process died; `cause` is the class of the exception, the signal, or the exit code."""

    def __init__(self, message: str, *, cause: str) -> None:
        super().__init__(message)
        self.cause = cause


class ParserUnavailable(FramewireError):
    """Child processes cannot be started, or do not work; no feed is to blame."""


class StoreError(FramewireError):
    """The database cannot do what was asked."""


class StoreLocked(StoreError):
    """Another process holds the database."""


class StoreFull(StoreError):
    """No space left for the database."""


class StoreReadOnly(StoreError):
    """No permission to write the database."""


class StoreCorrupt(StoreError):
    """The file is damaged, or no database."""


class StoreUnreachable(StoreError):
    """The database server does not answer."""


class LeaseLost(StoreError):
    """This process was silent for too long, and another host took over what it had claimed."""


class StoreVersion(StoreError):
    """Written by a newer Framewire, or not upgraded yet."""


class ModelError(FramewireError):
    """A model cannot be used; the run goes on with terms only."""


class ModelMissing(ModelError):
    """No model has been trained."""


class ModelUntrusted(ModelError):
    """Not the model that `train` recorded, or its files are unsafe."""


class ModelCorrupt(ModelError):
    """Payload and manifest disagree."""


class ModelVersionMismatch(ModelError):
    """Trained with other library versions."""


class ModelCodebookMismatch(ModelError):
    """Trained for another codebook or another version of it."""


class ModelProbeFailed(ModelError):
    """The probe texts score differently than after training."""


class HeldBack(FramewireError):
    """A quality gate says no. Whoever knows better gives a reason, which is recorded."""


class MailError(FramewireError):
    """A message cannot be built or sent."""


class MailUnsafeRuntime(MailError):
    """This Python lets a text become a header of its own; nothing is mailed with it."""


class MailRejected(MailError):
    """The server refused the message or the recipient for good. `code` is its answer, 5xx."""

    def __init__(self, message: str, *, code: int) -> None:
        super().__init__(message)
        self.code = code


class MailDeferred(MailError):
    """The message was not accepted now: a 4xx answer, no connection, TLS or signing in failed. Try again later.

    `is_for_all`: what failed was the way to the server, so no other message would do better now.
    """

    is_for_all = False


class MailUncertain(MailError):
    """The line broke after the final dot: nobody knows whether the message was accepted."""


class BackfillError(FramewireError):
    """An archive was not labelled to its end: a process or a cluster failed. What is done stays done."""


class RunLocked(FramewireError):
    """Another run holds the lock of this workspace."""
