"""Who may call, by which host names, and how a visitor proves who they are. Pure."""

import ipaddress
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from framewire.errors import ConfigError
from framewire.mail_settings import is_loopback

# Source: 64 bits of chance are beyond guessing at five tries in five minutes; sixteen letters of any kind hold as many.
MIN_TOKEN = 16
LOOPBACK_NAMES = ("localhost", "127.0.0.1", "[::1]")
LOOPBACK_NETWORKS = ("127.0.0.0/8", "::1/128")
# What proxies add to a request that they pass on. Source: RFC 7239 and the headers that it replaced; RFC 9110, 7.6.3.
_FORWARDED = ("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-real-ip")

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Mode(StrEnum):
    """How a visitor proves who they are: not at all (this machine only), by a token, by a proxy's word."""

    OPEN = "open"
    TOKEN = "token"  # noqa: S105 - the name of a way
    HEADER = "header"


@dataclass(frozen=True, slots=True)
class Access:
    """Who may call. `hosts` are the names under which the pages may be asked for, without port, in small letters.

    `proxies` are believed: in what they say of the visitor's address, and with `user_header` of who the visitor is.
    """

    mode: Mode
    hosts: frozenset[str]
    is_https: bool = False
    token: str | None = None
    user_header: str | None = None
    proxies: tuple[Network, ...] = ()

    def refuse_request(self, headers: Mapping[str, str], client: str) -> str | None:
        """Why a request is refused whoever sends it, in a sentence; None if it is not."""
        host = split_host(headers.get("host", ""))
        if host not in self.hosts:
            return (
                f"these pages do not answer to the name '{host[:80]}'; the setting public_url says which name is theirs"
            )
        if self.mode is Mode.OPEN and any(name in headers for name in _FORWARDED):
            return (
                "the request came through a proxy, and nobody is asked who they are; "
                "start `framewire serve` with --user-header or --token-file"
            )
        if self.mode is Mode.HEADER and not self.is_proxy(client):
            return "only the reverse proxy may ask for these pages; call them by its address"
        return None

    def is_proxy(self, client: str) -> bool:
        """Whether an address is that of a proxy that is believed."""
        try:
            address = ipaddress.ip_address(client)
        except ValueError:
            return False
        return any(address in network for network in self.proxies)

    def find_visitor(self, headers: Mapping[str, str], client: str) -> str:
        """The address of whoever is behind a request: the last one that a proxy tells, else the one that is connected."""
        told = headers.get("x-forwarded-for", "").rpartition(",")[2].strip()
        return told if told and self.is_proxy(client) else client


def choose_access(
    bind: str,
    *,
    public_url: str | None = None,
    token: str | None = None,
    user_header: str | None = None,
    proxies: Collection[str] = (),
) -> Access:
    """The access for an address that is listened on.

    Raises:
        ConfigError: it would let in whoever comes, or the settings contradict each other.
    """
    if token is not None and user_header is not None:
        raise ConfigError("a token and a user header exclude each other: either visitors sign in, or the proxy did it")
    if not is_loopback(bind) and token is None and user_header is None:
        raise ConfigError(
            f"{bind} can be reached from other machines, and nobody would be asked who they are: name a --token-file, "
            "or with a reverse proxy that signs visitors in its --user-header; or listen on 127.0.0.1"
        )
    if token is not None and len(token) < MIN_TOKEN:
        raise ConfigError(f"the token is shorter than {MIN_TOKEN} letters; make one with `openssl rand -hex 32`")
    mode = Mode.TOKEN if token is not None else Mode.HEADER if user_header else Mode.OPEN
    return Access(
        mode,
        _choose_hosts(bind, public_url, mode),
        is_https=bool(public_url and public_url.startswith("https:")),
        token=token,
        user_header=user_header.lower() if user_header else None,
        proxies=parse_networks(proxies or LOOPBACK_NETWORKS),
    )


def parse_networks(texts: Sequence[str] | Collection[str]) -> tuple[Network, ...]:
    """The networks or addresses as they are written. Raises ConfigError."""
    found = []
    for text in texts:
        try:
            found.append(ipaddress.ip_network(text, strict=False))
        except ValueError as error:
            raise ConfigError(f"'{text}' is no address or network such as 10.1.2.3 or 10.1.2.0/24") from error
    return tuple(found)


def split_host(host: str) -> str:
    """The name in a `Host` header, in small letters, without its port."""
    name = host.strip().lower()
    if name.startswith("["):
        return name.partition("]")[0] + "]"
    return name.partition(":")[0].rstrip(".")


def _choose_hosts(bind: str, public_url: str | None, mode: Mode) -> frozenset[str]:
    hosts = {*LOOPBACK_NAMES} if is_loopback(bind) or _is_any(bind) else {f"[{bind}]" if ":" in bind else bind.lower()}
    if mode is not Mode.OPEN and public_url:
        hosts.add(split_host(urlsplit(public_url).netloc.rpartition("@")[2]))
    if _is_any(bind) and not public_url:
        raise ConfigError(
            f"{bind} is every address of this machine: say by which one the pages are called, "
            'in framewire.toml as public_url = "https://watch.example.org"'
        )
    return frozenset(hosts)


def _is_any(bind: str) -> bool:
    try:
        return ipaddress.ip_address(bind).is_unspecified
    except ValueError:
        return False
