"""Which addresses may be called: a table of our own, since the standard library's flags differ between versions."""

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass

from framewire.errors import ConfigError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

WEB_PORTS = frozenset({80, 443})
# Source: IANA IPv4 Special-Purpose Address Registry, whole blocks even where single addresses are global.
_REFUSED_V4 = tuple(
    ipaddress.IPv4Network(block)
    for block in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
)
# Source: RFC 4291 and the IANA IPv6 registries: global unicast is 2000::/3; without IETF protocol assignments
# (Teredo, ORCHID ...), documentation, and 6to4, which wraps an IPv4 address.
_GLOBAL_V6 = ipaddress.IPv6Network("2000::/3")
_REFUSED_V6 = tuple(ipaddress.IPv6Network(block) for block in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"))
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
# Refused even if the settings allow the network around them.
# Source: link-local (RFC 3927, RFC 4291) and the addresses where clouds answer with credentials: AWS and most others
# on 169.254.169.254 and fd00:ec2::254, Alibaba on 100.100.100.200, Oracle on 192.0.0.192, Azure on 168.63.129.16.
_NEVER: tuple[Network, ...] = (
    ipaddress.IPv4Network("169.254.0.0/16"),
    ipaddress.IPv4Network("100.100.100.200/32"),
    ipaddress.IPv4Network("192.0.0.192/32"),
    ipaddress.IPv4Network("168.63.129.16/32"),
    ipaddress.IPv6Network("fe80::/10"),
    ipaddress.IPv6Network("fd00:ec2::254/128"),
)

_ALLOWED = re.compile(r"(?P<network>[0-9a-fA-F:.]+/\d{1,3}|[0-9.]+)(?::(?P<port>\d{1,5}))?")


@dataclass(frozen=True, slots=True)
class AllowedNetwork:
    """A private network that feeds may live in. `port` None = the ports that are allowed anyway."""

    network: Network
    port: int | None = None


def parse_allowed(texts: Sequence[str]) -> tuple[AllowedNetwork, ...]:
    """The networks of `allow_private`: `10.1.2.0/24`, `127.0.0.1/32:8080`, `fd00:1::/64`.

    Raises:
        ConfigError: a text is neither `network` nor `network:port`.
    """
    return tuple(_parse_allowed_one(text) for text in texts)


def _parse_allowed_one(text: str) -> AllowedNetwork:
    match = _ALLOWED.fullmatch(text.strip())
    try:
        if match is None:
            raise ValueError("not of the form network or network:port")
        port = int(match["port"]) if match["port"] else None
        if port is not None and not 0 < port < 65536:
            raise ValueError(f"no such port: {port}")
        return AllowedNetwork(ipaddress.ip_network(match["network"]), port)
    except ValueError as error:
        raise ConfigError(
            f"allow_private: '{text}' is no network ({error}); write it as 10.1.2.0/24 or 127.0.0.1/32:8080"
        ) from error


def find_refusal(
    text: str, *, port: int, own_port: int | None = None, allowed: Sequence[AllowedNetwork] = ()
) -> str | None:
    """Why an address literal may not be called; None if it may.

    Args:
        text: the address as the resolver gave it.
        port: the port to be dialled.
        own_port: the port that the feed list's own URL names, allowed besides 80 and 443.
        allowed: private networks that the settings open.
    """
    if "%" in text:
        return f"{text} is bound to one interface"
    try:
        address = _unwrap(ipaddress.ip_address(text))
    except ValueError:
        return f"{text} is no address"
    if any(address in network for network in _NEVER):
        return f"{text} is a link-local or metadata address"
    openings = [opening for opening in allowed if address in opening.network]
    if any(opening.port == port for opening in openings):
        return None
    if port not in WEB_PORTS and port != own_port:
        return f"port {port} is neither 80 nor 443 nor named in the feed list"
    if any(opening.port is None for opening in openings) or _is_public(address):
        return None
    return f"{text} is not a public address"


def suggest_opening(text: str, *, port: int, own_port: int | None = None) -> str | None:
    """What to write under `allow_private` so that a refused address is called; None if nothing opens it."""
    try:
        address = _unwrap(ipaddress.ip_address(text))
    except ValueError:
        return None
    if "%" in text or any(address in network for network in _NEVER):
        return None
    network = f"{address}/{address.max_prefixlen}"
    return network if port in WEB_PORTS or port == own_port else f"{network}:{port}"


def _unwrap(address: Address) -> Address:
    """The IPv4 address inside a mapped or NAT64 address, else the address itself."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return address.ipv4_mapped
        if address in _NAT64:
            return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def _is_public(address: Address) -> bool:
    # Not `is_global`: on 3.11.7 that is True for NAT64 of loopback, 6to4 of loopback, site-local and multicast.
    if isinstance(address, ipaddress.IPv4Address):
        return not any(address in block for block in _REFUSED_V4)
    return address in _GLOBAL_V6 and not any(address in block for block in _REFUSED_V6)
