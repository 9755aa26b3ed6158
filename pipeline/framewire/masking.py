"""Addresses as they may be shown: what is secret in them is `***`."""

import re
from urllib.parse import unquote

MASK = "***"
# Source: the names under which feed services and CMSs hand out access (API keys, feed tokens, signatures, sessions).
_SECRET_NAME = re.compile(
    r"(?:key|token|secret|password|passwd|signature|credentials?|authorization)$|"
    r"(?:^|[_.-])(?:auth|pass|pwd|sig|session(?:_?id)?|sid|jwt|user(?:name)?|login|email)$",
    re.IGNORECASE,
)
# Such a value is drawn by a machine: digits stand before letters at two places. Source: tokens have 100 bits and more, 20
# letters and digits at the least.
_DRAWN = re.compile(r"(?=(?:\D*\d+[^A-Za-z]*[A-Za-z]){2})[\w~.+/=-]{20,}")
_PAIR = re.compile(r"(?P<start>[?&;]|#)(?P<name>[^=&;#\s]+)=(?P<value>[^&;#\s]*)")
_USER_INFO = re.compile(r"(?<=//)[^/?#\s]*@")


def mask_url(url: str) -> str:
    """The address with its user-info, and the values of secret query keys, replaced by `***`.

    A key is secret by its name (`token`, `api_key` ...) or if its value is one that a machine has drawn: 20 letters and
    digits or more, mixed. What is secret in a path cannot be told from an article's name, and stays.
    """
    return _PAIR.sub(_mask_pair, _USER_INFO.sub(f"{MASK}@", url))


def has_secrets(url: str) -> bool:
    """True if the address is shown otherwise than it is written."""
    return mask_url(url) != url


def _mask_pair(pair: re.Match[str]) -> str:
    value = unquote(pair["value"])
    is_secret = value and (_SECRET_NAME.search(unquote(pair["name"])) or _DRAWN.fullmatch(value))
    return f"{pair['start']}{pair['name']}={MASK}" if is_secret else pair[0]
