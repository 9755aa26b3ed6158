"""Which addresses may be called."""

import pytest

from framewire import errors
from framewire.ingest.addresses import find_refusal, parse_allowed, suggest_opening

ADDRESSES = [
    # public
    ("93.184.215.14", True, "an ordinary host"),
    ("8.8.8.8", True, "an ordinary host"),
    ("1.1.1.1", True, "an ordinary host"),
    ("172.15.255.255", True, "just below 172.16/12"),
    ("172.32.0.0", True, "just above 172.16/12"),
    ("100.63.255.255", True, "just below the shared space"),
    ("100.128.0.0", True, "just above the shared space"),
    ("169.253.255.255", True, "just below link-local"),
    ("198.20.0.1", True, "just above benchmarking"),
    ("223.255.255.255", True, "the last of class C"),
    ("2606:4700::1111", True, "an ordinary IPv6 host"),
    ("2a00:1450:4001:830::200e", True, "an ordinary IPv6 host"),
    ("2001:4860:4860::8888", True, "above 2001::/23"),
    ("::ffff:8.8.8.8", True, "a mapped public address"),
    ("64:ff9b::808:808", True, "NAT64 of a public address"),
    # not public
    ("0.0.0.0", False, "this host"),
    ("0.1.2.3", False, "this network"),
    ("10.0.0.1", False, "private"),
    ("100.64.0.1", False, "shared space: is_private says no"),
    ("100.100.100.200", False, "metadata of one cloud"),
    ("127.0.0.1", False, "loopback"),
    ("127.255.255.254", False, "loopback"),
    ("168.63.129.16", False, "metadata of one cloud: is_global says yes"),
    ("169.254.169.254", False, "metadata of most clouds"),
    ("172.16.0.1", False, "private"),
    ("192.0.0.192", False, "metadata of one cloud: is_global says yes"),
    ("192.0.2.1", False, "documentation"),
    ("192.88.99.1", False, "6to4 relay"),
    ("192.168.1.1", False, "private"),
    ("198.18.0.1", False, "benchmarking"),
    ("198.51.100.1", False, "documentation"),
    ("203.0.113.1", False, "documentation"),
    ("224.0.0.1", False, "multicast: is_global says yes"),
    ("240.0.0.1", False, "reserved"),
    ("255.255.255.255", False, "broadcast"),
    ("::", False, "unspecified"),
    ("::1", False, "loopback"),
    ("::127.0.0.1", False, "IPv4-compatible: is_global says yes"),
    ("::ffff:127.0.0.1", False, "mapped loopback"),
    ("::ffff:a9fe:a9fe", False, "mapped metadata"),
    ("64:ff9b::7f00:1", False, "NAT64 of loopback: is_global says yes"),
    ("64:ff9b:1::1", False, "local NAT64"),
    ("100::1", False, "discard"),
    ("2001::1", False, "Teredo"),
    ("2001:db8::1", False, "documentation"),
    ("2002:7f00:1::", False, "6to4 of loopback: is_global says yes"),
    ("3fff::1", False, "documentation"),
    ("5f00::1", False, "segment routing"),
    ("fc00::1", False, "unique local"),
    ("fd00:ec2::254", False, "metadata of one cloud"),
    ("fe80::1", False, "link-local"),
    ("fe80::1%eth0", False, "bound to an interface"),
    ("2606:4700::1111%eth0", False, "bound to an interface"),
    ("fec0::1", False, "site-local: is_global says yes"),
    ("ff02::1", False, "multicast"),
    ("no address", False, "no address"),
]


@pytest.mark.parametrize(("address", "is_open", "reason"), ADDRESSES)
def test_address_table(address: str, is_open: bool, reason: str) -> None:
    assert (find_refusal(address, port=443) is None) is is_open, reason


def test_only_named_ports_are_called() -> None:
    assert find_refusal("8.8.8.8", port=80) is None
    assert "port 8080" in (find_refusal("8.8.8.8", port=8080) or "")
    assert find_refusal("8.8.8.8", port=8080, own_port=8080) is None
    assert find_refusal("10.0.0.1", port=8080, own_port=8080) is not None


@pytest.mark.parametrize(
    ("text", "address", "port", "is_open"),
    [
        ("10.1.2.0/24", "10.1.2.3", 80, True),
        ("10.1.2.0/24", "10.1.3.3", 80, False),
        ("10.1.2.0/24", "10.1.2.3", 22, False),
        ("127.0.0.1/32:8080", "127.0.0.1", 8080, True),
        ("127.0.0.1/32:8080", "127.0.0.1", 80, False),
        ("127.0.0.1/32:8080", "::ffff:127.0.0.1", 8080, True),
        ("127.0.0.1:8080", "127.0.0.1", 8080, True),
        ("fd00:1::/64", "fd00:1::5", 443, True),
        ("fd00:1::/64:8443", "fd00:1::5", 8443, True),
        ("0.0.0.0/0", "169.254.169.254", 80, False),
        ("0.0.0.0/0", "168.63.129.16", 80, False),
        ("::/0", "fe80::1", 80, False),
        ("::/0", "fd00:ec2::254", 80, False),
    ],
)
def test_allowed_networks(text: str, address: str, port: int, is_open: bool) -> None:
    assert (find_refusal(address, port=port, allowed=parse_allowed([text])) is None) is is_open


@pytest.mark.parametrize(
    ("address", "port", "own_port", "opening"),
    [
        ("127.0.0.1", 8080, 8080, "127.0.0.1/32"),
        ("127.0.0.1", 8080, None, "127.0.0.1/32:8080"),
        ("::ffff:10.1.2.3", 443, None, "10.1.2.3/32"),
        ("fd00:1::5", 80, None, "fd00:1::5/128"),
        ("169.254.169.254", 80, None, None),
        ("fe80::1%eth0", 80, None, None),
        ("no address", 80, None, None),
    ],
)
def test_what_opens_an_address_is_named(address: str, port: int, own_port: int | None, opening: str | None) -> None:
    at = {"port": port, "own_port": own_port}
    assert suggest_opening(address, **at) == opening  # type: ignore[arg-type]
    allowed = parse_allowed([opening] if opening else [])
    assert (find_refusal(address, **at, allowed=allowed) is None) is (opening is not None)  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["", "everything", "10.0.0.0/33", "10.0.0.1/24", "127.0.0.1/32:99999", "true"])
def test_bad_network_is_a_config_error(text: str) -> None:
    with pytest.raises(errors.ConfigError, match="allow_private"):
        parse_allowed([text])
