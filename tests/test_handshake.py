"""Secure connections that fail, on loopback with made certificates: what is wrong is told in words."""

import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from fault_server import RSS, FaultServer, fault_server
from framewire.errors import TLSFailed
from framewire.ingest.answers import PollSettings
from framewire.ingest.fetch import fetch_bytes
from framewire.ingest.handshake import build_tls_error
from framewire.ingest.poll import poll_feed
from framewire.records import Feed, PollStatus

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
HOST = "gazette.press.example"
EC = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")


class Authority:
    """A certificate authority of one test session, and certificates by it."""

    def __init__(self, folder: Path, *, trusted: bool) -> None:
        self.folder, self.trusted = folder, trusted
        folder.mkdir()
        key, own = str(folder / "ca.key"), str(folder / "ca.pem")
        run("req", "-x509", *EC, "-days", "30000", "-subj", f"/CN=Invented {folder.name}", "-keyout", key, "-out", own)

    def sign(self, name: str, host: str, *dates: str) -> ssl.SSLContext:
        """A server's settings with a certificate for a host; `dates` are OpenSSL's options for its validity."""
        key, wish, signed, about = (self.folder / f"{name}.{end}" for end in ("key", "csr", "pem", "cnf"))
        run("req", *EC, "-subj", f"/CN={host}", "-keyout", str(key), "-out", str(wish))
        index = self.folder / f"{name}.index"
        index.touch()
        about.write_text(
            f"[ca]\ndefault_ca=c\n[c]\ndatabase={index}\nnew_certs_dir={self.folder}\nrand_serial=yes\ndefault_md=sha256\n"
            f"policy=p\nx509_extensions=e\n[p]\ncommonName=supplied\n[e]\nsubjectAltName=DNS:{host}\n"
            "authorityKeyIdentifier=keyid\n"
        )
        signer = ("-cert", str(self.folder / "ca.pem"), "-keyfile", str(self.folder / "ca.key"))
        run("ca", "-batch", "-config", str(about), *signer, "-in", str(wish), "-out", str(signed), *dates)
        return serve_with(signed, key)


def run(*arguments: str) -> None:
    program = shutil.which("openssl")
    if program is None:
        pytest.skip("needs the openssl program")
    subprocess.run([program, *arguments], check=True, capture_output=True)


def serve_with(certificate: Path, key: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("tls") / "authority", trusted=True)


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("tls") / "stranger", trusted=False)


@pytest.fixture
def ask(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> Callable[[FaultServer], bytes]:
    """Fetches a feed from the host under TLS, trusting one authority."""
    trusting = ssl.create_default_context(cafile=str(authority.folder / "ca.pem"))
    monkeypatch.setattr("framewire.ingest.fetch._tls", lambda: trusting)
    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    return lambda server: fetch_bytes(address(server), user_agent="t", allow_private=server.allow, now=NOW).body


def resolve(_host: str, port: int, *_: object, **__: object) -> list[tuple[object, ...]]:
    return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]


def address(server: FaultServer) -> str:
    return server.url("/ok", HOST).replace("http:", "https:")


VALID = ("-days", "30000")
PAST = ("-startdate", "20200101000000Z", "-enddate", "20200201000000Z")
FUTURE = ("-startdate", "21000101000000Z", "-enddate", "21010101000000Z")


def test_a_good_certificate_is_taken(ask: Callable[[FaultServer], bytes], authority: Authority) -> None:
    with fault_server(tls=authority.sign("good", HOST, *VALID)) as server:
        assert ask(server) == RSS


@pytest.mark.parametrize(
    ("name", "host", "dates", "reason"),
    [
        ("old", HOST, PAST, "its certificate has expired"),
        ("early", HOST, FUTURE, "its certificate is not valid yet"),
        ("other", "courier.press.example", VALID, "its certificate is for another host name"),
    ],
)
def test_a_bad_certificate_is_told_in_words(
    ask: Callable[[FaultServer], bytes],
    authority: Authority,
    name: str,
    host: str,
    dates: tuple[str, ...],
    reason: str,
) -> None:
    with fault_server(tls=authority.sign(name, host, *dates)) as server, pytest.raises(TLSFailed) as caught:
        ask(server)
    assert caught.value.reason == reason
    assert str(caught.value).startswith(f"{address(server)}: no secure connection ({reason}); ")
    assert not caught.value.retryable
    assert server.hits.total() == 0


def test_an_unknown_issuer(ask: Callable[[FaultServer], bytes], stranger: Authority) -> None:
    tls = stranger.sign("unknown", HOST, *VALID)
    with (
        fault_server(tls=tls) as server,
        pytest.raises(TLSFailed, match="the issuer of its certificate is unknown here"),
    ):
        ask(server)


def test_a_self_signed_certificate(ask: Callable[[FaultServer], bytes], stranger: Authority) -> None:
    tls = serve_with(stranger.folder / "ca.pem", stranger.folder / "ca.key")
    with fault_server(tls=tls) as server, pytest.raises(TLSFailed, match="its certificate is self-signed"):
        ask(server)


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
def test_an_old_protocol(ask: Callable[[FaultServer], bytes], authority: Authority) -> None:
    context = authority.sign("protocol", HOST, *VALID)
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.maximum_version = ssl.TLSVersion.TLSv1_1
    told = r"old versions of TLS|no version of TLS in common|no cipher in common"
    with fault_server(tls=context) as server, pytest.raises(TLSFailed, match=told):
        ask(server)


def test_no_tls_at_all(ask: Callable[[FaultServer], bytes]) -> None:
    with fault_server() as server, socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(10)
        server.port = listener.getsockname()[1]

        def talk() -> None:
            conn, _ = listener.accept()
            conn.recv(1000)
            conn.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            conn.close()

        thread = threading.Thread(target=talk)
        thread.start()
        with pytest.raises(TLSFailed, match=r"no TLS is spoken there.; try http://"):
            ask(server)
        thread.join()


def test_a_handshake_that_breaks_off_may_be_tried_again() -> None:
    error = build_tls_error(ssl.SSLEOFError(8, "EOF occurred in violation of protocol"), label="https://a.example/")
    assert (error.reason, error.retryable) == ("it broke off the handshake", True)


def test_a_poll_has_its_own_outcome(ask: Callable[[FaultServer], bytes], authority: Authority) -> None:
    with fault_server(tls=authority.sign("polled", HOST, *PAST)) as server:
        settings = PollSettings("t", allow_private=server.allow)
        outcome = poll_feed(Feed(address(server), "gazette", "en"), None, settings=settings, now=NOW)
    assert outcome.status is PollStatus.TLS
    assert outcome.state.failures == 0.5
    assert outcome.state.failing_since == NOW
