"""The settings of mail: the tables `[mail]` and `[[mail.list]]` of framewire.toml."""

import ipaddress
import re
from collections.abc import Iterator, Mapping, Sequence
from email.utils import parseaddr
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from framewire.yamlfile import unknown_message

Security = Literal["starttls", "tls", "none"]
# Source: RFC 6409 (submission), RFC 8314 (implicit TLS), RFC 5321.
PORTS: Mapping[Security, int] = {"starttls": 587, "tls": 465, "none": 25}
# Source: RFC 5321, 4.5.3.1: 64 octets before the @, 255 behind it. No quoted or international local part: not every
# server takes them.
_ADDRESS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@(?=.{1,255}$)[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?")
# What stands between quotation marks in an IMAP command. Source: RFC 9051, section 9, "quoted".
_QUOTABLE = re.compile(r"[ !#-\[\]-~]{1,255}")
_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?")
_ABOUT_SECRETS = (
    "a password does not stand in this file; write it into a file of its own that only you may read "
    '(password_file = "smtp-password"), or set FRAMEWIRE_MAIL_PASSWORD'
)


class MailList(BaseModel):
    """One list: who gets which summary, frozen. Without outlets, groups, referents and narratives it is the whole one."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(description="Short name of the list.")
    to: tuple[str, ...] = Field(description="Addresses; each gets a message of its own.", min_length=1)
    title: str | None = Field(default=None, description="Begins the subject [default: the watch's].", max_length=60)
    every: Literal["day", "week"] = Field(default="day", description="day, or week: Monday to Sunday.")
    outlets: tuple[str, ...] = Field(default=(), description="Only these outlets, by id.")
    groups: tuple[str, ...] = Field(default=(), description="Only the outlets of these groups.")
    referents: tuple[str, ...] = Field(default=(), description="Only the words for these things, by id.")
    narratives: tuple[str, ...] = Field(default=(), description="Only these narratives, by id.")

    @property
    def is_part(self) -> bool:
        """Whether it gets a part of the summary."""
        return bool(self.outlets or self.groups or self.referents or self.narratives)

    @field_validator("every", mode="before")
    @classmethod
    def _is_known_rhythm(cls, value: object) -> object:
        if value not in ("day", "week"):
            raise ValueError('expected "day" or "week"')
        return value

    @field_validator("name")
    @classmethod
    def _is_short_name(cls, name: str) -> str:
        if not _NAME.fullmatch(name):
            raise ValueError(f"'{name}' is no name of a list such as daily (letters a to z, digits, -; at most 32)")
        return name

    @field_validator("to")
    @classmethod
    def _are_addresses(cls, addresses: tuple[str, ...]) -> tuple[str, ...]:
        for address in addresses:
            check_address(address)
        folded = [address.lower() for address in addresses]
        if twice := next((address for address in folded if folded.count(address) > 1), None):
            raise ValueError(f"'{twice}' stands here twice; name each address once")
        return addresses


class ReplySettings(BaseModel):
    """Where replies to summaries lie: a folder on an IMAP server, frozen."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    host: str = Field(description="The IMAP server.", min_length=1, max_length=255)
    port: int = Field(default=0, ge=0, le=65535, description="Its port [default: by security: 993, 143, 143].")
    security: Security = Field(default="tls", description="tls, starttls, or none (only on this machine).")
    user: str = Field(description="Name for signing in at the server.", min_length=1)
    password_file: str | None = Field(default=None, description="File that holds the password and nothing else.")
    folder: str = Field(default="INBOX", description="The folder that replies come to.")

    @field_validator("user", "folder")
    @classmethod
    def _is_plain(cls, name: str) -> str:
        if not _QUOTABLE.fullmatch(name):
            raise ValueError(f"'{name}': printable ASCII letters without \" and \\ are wanted")
        return name

    @field_validator("security", mode="before")
    @classmethod
    def _is_known(cls, value: object) -> object:
        return _check_security(value)

    @model_validator(mode="after")
    def _is_safe(self) -> Self:
        _refuse_unprotected(self.security, self.host)
        return self

    @property
    def effective_port(self) -> int:
        """The port, by the security if none is set. Source: RFC 8314; RFC 9051."""
        return self.port or (993 if self.security == "tls" else 143)


class MailSettings(BaseModel):
    """How summaries are mailed, frozen."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sender: str = Field(
        alias="from", description="Whom mail comes from: an address, with a name before it if you like."
    )
    host: str = Field(default="localhost", description="The SMTP server.", min_length=1, max_length=255)
    port: int = Field(default=0, ge=0, le=65535, description="Its port [default: by security: 587, 465, 25].")
    security: Security = Field(default="starttls", description="starttls, tls, or none (only on this machine).")
    user: str | None = Field(default=None, description="Name for signing in at the server.")
    password_file: str | None = Field(default=None, description="File that holds the password and nothing else.")
    hold_uncertain: bool = Field(default=True, description="After a crash in mid-delivery: hold, or send once more.")
    alerts: bool = Field(default=False, description="Mail at once when the feed list fails as a whole.")
    change_alerts: bool = Field(default=False, description="Mail a change at once, while the day still runs.")
    alerts_to: tuple[str, ...] = Field(default=(), description="Who gets alerts [default: everybody on the lists].")
    lists: tuple[MailList, ...] = Field(default=(), alias="list", description="The lists.")
    replies: ReplySettings | None = Field(default=None, description="Where replies lie, for `review import --imap`.")

    @field_validator("sender")
    @classmethod
    def _has_address(cls, text: str) -> str:
        check_address(parseaddr(text)[1] or text)
        return text

    @field_validator("user")
    @classmethod
    def _is_ascii(cls, name: str | None) -> str | None:
        if name is not None and not (name.isascii() and name.isprintable() and name):
            raise ValueError(f"'{name}': signing in takes printable ASCII letters only")
        return name

    @field_validator("alerts_to")
    @classmethod
    def _are_addresses(cls, addresses: tuple[str, ...]) -> tuple[str, ...]:
        for address in addresses:
            check_address(address)
        return addresses

    @field_validator("security", mode="before")
    @classmethod
    def _is_known(cls, value: object) -> object:
        return _check_security(value)

    @field_validator("lists", mode="before")
    @classmethod
    def _are_tables(cls, value: object) -> object:
        if not isinstance(value, list | tuple):
            raise ValueError("begin each list with a line [[mail.list]], in two brackets")
        return value

    @field_validator("lists")
    @classmethod
    def _names_differ(cls, lists: tuple[MailList, ...]) -> tuple[MailList, ...]:
        names = [one.name for one in lists]
        if twice := next((name for name in names if names.count(name) > 1), None):
            raise ValueError(f"two lists are named '{twice}'; give each its own name")
        return lists

    @model_validator(mode="after")
    def _is_safe(self) -> Self:
        _refuse_unprotected(self.security, self.host)
        return self

    @property
    def address(self) -> str:
        """The address that mail comes from."""
        return parseaddr(self.sender)[1]

    @property
    def effective_port(self) -> int:
        """The port, by the security if none is set."""
        return self.port or PORTS[self.security]


def check_address(address: str) -> None:
    """Nothing, if this is a plain mail address.

    Raises:
        ValueError: it is none, or has letters beyond ASCII.
    """
    if not address.isascii():
        raise ValueError(f"'{address}': only ASCII addresses can be mailed; write the domain in its xn-- form")
    local = address.partition("@")[0]
    if not _ADDRESS.fullmatch(address) or ".." in address or local.startswith(".") or local.endswith("."):
        raise ValueError(f"'{address}' is no mail address such as anna@example.org")


def _check_security(value: object) -> object:
    if value not in PORTS:
        raise ValueError('expected "starttls", "tls", or "none" (only for a server on this machine)')
    return value


def _refuse_unprotected(security: Security, host: str) -> None:
    if security == "none" and not is_loopback(host):
        raise ValueError(
            f'security = "none" is only for a server on this machine, and {host} is not; '
            'write security = "starttls" or "tls"'
        )


def is_loopback(host: str) -> bool:
    """Whether a host's name or address says that it is this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower().rstrip(".") == "localhost"


def find_unknown_keys(values: Any) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """The keys of a `[mail]` table that no setting has: each with its place and what to say of it."""
    if not isinstance(values, dict):
        return
    yield from _find_unknown(values, MailSettings, ("mail",))
    if isinstance(values.get("replies"), dict):
        yield from _find_unknown(values["replies"], ReplySettings, ("mail", "replies"))
    lists = values.get("list")
    for number, one in enumerate(lists if isinstance(lists, list) else []):
        if isinstance(one, dict):
            yield from _find_unknown(one, MailList, ("mail", "list", number))


def _find_unknown(
    values: Mapping[str, Any], model: type[BaseModel], place: Sequence[str | int]
) -> Iterator[tuple[tuple[str | int, ...], str]]:
    known = [field.alias or name for name, field in model.model_fields.items()]
    for key in values:
        if key not in known:
            yield (*place, key), _ABOUT_SECRETS if key == "password" else unknown_message("key", key, known)
