"""Who a browser is, kept in a cookie that only this workspace can sign; and the tokens that forms carry.

HMAC-SHA-256 (RFC 2104) over the session as JSON. Nothing in it is secret but its id, which its own visitor alone has.
"""

import base64
import binascii
import hashlib
import hmac
import json
import secrets
from dataclasses import asdict, dataclass
from typing import Any

# A coder who comes back within two weeks is still known. Source: a fortnight covers a holiday.
MAX_AGE_SECONDS = 14 * 24 * 3600
MAX_SAVED = 20
"""How many codings can be undone, one after the other."""
MAX_SEEN = 40
# Source: RFC 6265, 6.1: browsers keep cookies of 4096 octets at least.
_MAX_COOKIE = 3800


@dataclass(frozen=True, slots=True)
class Session:
    """A visitor. `user` is the coder's name, '' before signing in; `at` when it was signed, in seconds since 1970.

    `hides_labels`: the coder wants to code blind. `seen` are the newest items whose labels were shown to them, `saved`
    the newest codings, which may be undone. `place` is the item of their queue that they coded or skipped last.
    """

    id: str
    at: int
    user: str = ""
    hides_labels: bool = False
    seen: tuple[str, ...] = ()
    saved: tuple[int, ...] = ()
    place: str = ""


def new_session(now: int, user: str = "") -> Session:
    """A session with an id that nobody can guess."""
    return Session(secrets.token_urlsafe(24), now, user)


def seal_session(session: Session, key: bytes) -> str:
    """The session as a cookie's value."""
    content = base64.urlsafe_b64encode(json.dumps(asdict(session), separators=(",", ":")).encode()).decode()
    return f"{content}.{_sign(key, 'session', content)}"


def open_session(value: str, key: bytes, *, now: int) -> Session | None:
    """The session in a cookie's value; None if we did not sign it, or too long ago."""
    content, _, signature = value.rpartition(".")
    if len(value) > _MAX_COOKIE or not hmac.compare_digest(signature.encode(), _sign(key, "session", content).encode()):
        return None
    try:
        values: dict[str, Any] = json.loads(base64.urlsafe_b64decode(content))
        session = Session(**{**values, "saved": tuple(values["saved"]), "seen": tuple(values["seen"])})
    except (binascii.Error, ValueError, TypeError, KeyError):
        return None  # written by another version
    return session if 0 <= now - session.at <= MAX_AGE_SECONDS else None


def build_form_token(session: Session, key: bytes) -> str:
    """What a form of this session carries, so that no other site can send one."""
    return _sign(key, "form", session.id)


def is_form_token(given: str, session: Session, key: bytes) -> bool:
    """Whether a form is one of this session's, compared in constant time."""
    return hmac.compare_digest(given.encode(), build_form_token(session, key).encode())


def bind_key(key: bytes, secret: str | None) -> bytes:
    """The key for sessions that end when the token changes."""
    return hmac.new(key, f"token\0{secret or ''}".encode(), hashlib.sha256).digest()


def _sign(key: bytes, kind: str, content: str) -> str:
    return hmac.new(key, f"{kind}\0{content}".encode(), hashlib.sha256).hexdigest()
