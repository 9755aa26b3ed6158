"""One resolution, the checked address, TLS by name, no other way out. Servers are on loopback."""

import ipaddress
import re
import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import framewire
from fault_server import RSS, FaultServer, fault_server, redirect
from framewire import errors
from framewire.ingest.fetch import Fetched, FetchLimits, fetch_bytes
from framewire.ingest.network import Budget, resolve_host

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)


QUICK = FetchLimits(deadline_seconds=1.0)


@pytest.fixture(scope="module")
def server() -> Iterator[FaultServer]:
    with fault_server() as running:
        yield running


def fetch(server: FaultServer, path: str, **options: Any) -> Fetched:
    settings: dict[str, Any] = {"user_agent": "test/1", "allow_private": server.allow, "limits": QUICK, "now": NOW}
    return fetch_bytes(server.url(path), **(settings | options))


def test_redirect_to_another_address_sends_no_packet(server: FaultServer) -> None:
    with fault_server("127.0.0.2") as canary:
        for target in (f"http://127.0.0.2:{canary.port}/ok", f"http://2130706434:{canary.port}/ok"):
            server.scripts["/away"] = redirect(target)
            with pytest.raises(errors.BlockedAddress):
                fetch(server, "/away")
        assert not canary.hits


@pytest.mark.parametrize(
    "host",
    [
        "127.1",
        "2130706433",
        "0x7f000001",
        "0",
        "0.0.0.0",
        "[::ffff:127.0.0.1]",
        "[::1]",
        "127。0。0。1",
        "localhost",
        "user@127.0.0.1",
    ],
)
def test_no_spelling_of_loopback_is_called(server: FaultServer, host: str) -> None:
    before = sum(server.hits.values())
    with pytest.raises((errors.BlockedAddress, errors.ResolveFailed)):
        fetch_bytes(server.url("/ok", host), user_agent="test/1", limits=QUICK, now=NOW)
    assert sum(server.hits.values()) == before


class FakeResolver:
    """Answers that are scripted per look-up; literals pass."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    def __call__(self, host: str, port: int, *args: Any, **kwargs: Any) -> list[Any]:
        try:
            ipaddress.ip_address(host)
            found = [host]
        except ValueError:
            self.asked.append(host)
            found = self.answers.pop(0)
        return [
            (socket.AF_INET6 if ":" in ip else socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, port)) for ip in found
        ]


def test_one_resolution_and_any_private_answer_refuses_all(
    server: FaultServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolver = FakeResolver(["127.0.0.1", "10.0.0.1"], ["127.0.0.1"])
    monkeypatch.setattr(socket, "getaddrinfo", resolver)
    url = server.url("/ok", "gazette.press.example")
    with pytest.raises(errors.BlockedAddress, match=r"10\.0\.0\.1"):
        fetch_bytes(url, user_agent="t", allow_private=server.allow, limits=QUICK, now=NOW)
    assert fetch_bytes(url, user_agent="t", allow_private=server.allow, limits=QUICK, now=NOW).body == RSS
    assert resolver.asked == ["gazette.press.example"] * 2


def test_a_private_address_is_refused_with_what_to_write(server: FaultServer) -> None:
    advice = (
        r'not called, 127\.0\.0\.1 is not a public address; .* allow_private = \["127\.0\.0\.1/32"\] in framewire\.toml'
    )
    with pytest.raises(errors.BlockedAddress, match=advice):
        fetch_bytes(server.url("/ok"), user_agent="t", limits=QUICK, now=NOW)


def test_rebinding_between_redirects_is_refused(server: FaultServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", FakeResolver(["127.0.0.1"], ["169.254.169.254"]))
    with pytest.raises(errors.BlockedAddress, match="metadata"):
        fetch_bytes(
            server.url("/to-ok", "gazette.press.example"),
            user_agent="t",
            allow_private=server.allow,
            limits=QUICK,
            now=NOW,
        )


def test_dead_address_is_passed_over(server: FaultServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", FakeResolver(["127.0.0.3", "127.0.0.1"]))
    allowed = (*server.allow, f"127.0.0.3/32:{server.port}")
    url = server.url("/ok", "gazette.press.example")
    assert fetch_bytes(url, user_agent="t", allow_private=allowed, limits=QUICK, now=NOW).status == 200


def test_unknown_name(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: Any, **kwargs: Any) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    with pytest.raises(errors.ResolveFailed, match="no address") as caught:
        fetch_bytes("http://gone.press.example/", user_agent="t", now=NOW)
    assert not caught.value.retryable


def test_fifty_hanging_lookups_block_nobody(server: FaultServer, monkeypatch: pytest.MonkeyPatch) -> None:
    release = threading.Event()
    real = socket.getaddrinfo

    def hang(host: str, *args: Any, **kwargs: Any) -> Any:
        if host.startswith("hang"):
            release.wait(20)
        return real(host, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    try:
        for n in range(50):
            with pytest.raises(errors.DeadlineExceeded):
                resolve_host(f"hang{n}.example", 80, budget=Budget(seconds=0.01, wire_bytes=1, label="x"))
        assert fetch(server, "/ok").status == 200
    finally:
        release.set()


def test_refused_connection() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(errors.ConnectFailed):
        fetch_bytes(f"http://127.0.0.1:{port}/", user_agent="t", allow_private=["127.0.0.1"], limits=QUICK, now=NOW)


def make_certificate(folder: Path, name: str) -> tuple[Path, Path]:
    program = shutil.which("openssl")
    if program is None:
        pytest.skip("needs the openssl program")
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    subject = ["-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}"]
    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30000"]
    files = ["-keyout", str(key), "-out", str(certificate)]
    subprocess.run([program, "req", "-x509", *curve, *subject, *files], check=True, capture_output=True)
    return key, certificate


@pytest.fixture(scope="module")
def tls_files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return make_certificate(tmp_path_factory.mktemp("tls"), "gazette.press.example")


@pytest.fixture
def tls_server(tls_files: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultServer]:
    key, certificate = tls_files
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    trusting = ssl.create_default_context(cafile=str(certificate))
    monkeypatch.setattr("framewire.ingest.fetch._tls", lambda: trusting)
    with fault_server(tls=context) as running:
        yield running


def test_tls_checks_the_name_of_the_url_not_the_address(
    tls_server: FaultServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", FakeResolver(["127.0.0.1"], ["127.0.0.1"]))
    options: dict[str, Any] = {"user_agent": "t", "allow_private": tls_server.allow, "limits": QUICK, "now": NOW}
    url = tls_server.url("/ok", "gazette.press.example").replace("http:", "https:")
    assert fetch_bytes(url, **options).body == RSS
    with pytest.raises(errors.TLSFailed, match="its certificate is for another host name") as caught:
        fetch_bytes(url.replace("gazette", "courier"), **options)
    assert not caught.value.retryable


def test_https_does_not_fall_to_http(tls_server: FaultServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", FakeResolver(["127.0.0.1"]))
    tls_server.scripts["/down"] = redirect("http://gazette.press.example:PORT/ok")
    url = tls_server.url("/down", "gazette.press.example").replace("http:", "https:")
    with pytest.raises(errors.RedirectLimit, match="https to http"):
        fetch_bytes(url, user_agent="t", allow_private=tls_server.allow, limits=QUICK, now=NOW)


def test_silent_handshake_meets_the_deadline(server: FaultServer) -> None:
    url = server.url("/ok").replace("http:", "https:")
    with pytest.raises(errors.DeadlineExceeded):
        fetch_bytes(url, user_agent="t", allow_private=server.allow, limits=FetchLimits(deadline_seconds=0.3), now=NOW)


def test_environment_is_not_used(server: FaultServer, monkeypatch: pytest.MonkeyPatch) -> None:
    with fault_server() as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url(""))
        monkeypatch.setenv("NO_PROXY", "")
        assert fetch(server, "/ok").status == 200
        assert not proxy.hits


def test_nothing_else_in_the_package_speaks_http() -> None:
    package = Path(framewire.__file__).parent
    own = {package / "ingest" / name for name in ("fetch.py", "network.py", "body.py", "urls.py")}
    client = re.compile(
        r"^\s*(?:import|from)\s+(?:httpx2?|httpcore2?|requests|urllib3?\.request|urllib3|http\.client|aiohttp)\b", re.M
    )
    found = [
        path.name
        for path in package.rglob("*.py")
        if path not in own and client.search(path.read_text(encoding="utf-8"))
    ]
    assert found == []
