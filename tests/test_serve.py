"""`framewire serve`: what it refuses to do, that it starts and ends, and the links that summaries get from `public_url`."""

import signal
import socket
import stat
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest

from framewire.config import load_config
from framewire.errors import ConfigError
from framewire.workflow.secret_keys import SESSION_KEY_FILE, load_session_key
from framewire.workflow.workspace import Workspace
from test_cli import NOW, invoke
from web_cases import make_watch

LONG = "0123456789abcdef"


@pytest.fixture(scope="module")
def watch(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return make_watch(tmp_path_factory.mktemp("serve"), n=3)


def serve(watch: Workspace, *arguments: str) -> tuple[int, str]:
    """Exit code and output of a command that is expected to refuse."""
    result = invoke("serve", "-w", str(watch.config.folder), *arguments)
    return result.exit_code, " ".join(result.output.split())


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--host", "0.0.0.0"], "nobody would be asked who they are"),
        (["--host", "192.0.2.1"], "--token-file"),
        (["--user-header", "X-User", "--trusted-proxy", "next door"], "no address or network"),
        (["--token-file", "nowhere"], "openssl rand -hex 32"),
        (["--port", "70000"], "0<=x<=65535"),
    ],
)
def test_what_would_let_anybody_in_is_wrong_usage(watch: Workspace, arguments: list[str], told: str) -> None:
    code, output = serve(watch, *arguments)
    assert code == 2
    assert told in output


@pytest.mark.parametrize(
    ("content", "mode", "told"),
    [
        (LONG, 0o644, "others may read or write this token"),
        ("too-few-ones", 0o600, "shorter than 16"),
        ("", 0o600, "no usable token"),
        ("zwei Zeilen\nund mehr als das", 0o600, "no usable token"),
        ("ключ ключ ключ ключ", 0o600, "no usable token"),
    ],
)
def test_a_token_that_is_none(watch: Workspace, tmp_path: Path, content: str, mode: int, told: str) -> None:
    path = tmp_path / "token"
    path.write_text(content, encoding="utf-8")
    path.chmod(mode)
    code, output = serve(watch, "--token-file", str(path))
    assert code == 2
    assert told in output
    assert content not in output or not content


def test_a_token_from_the_environment(watch: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FRAMEWIRE_SERVE_TOKEN", "short")
    assert serve(watch)[0] == 2
    monkeypatch.delenv("FRAMEWIRE_SERVE_TOKEN")
    monkeypatch.setenv("FRAMEWIRE_SERVE_TOKENS", LONG)
    assert "did you mean FRAMEWIRE_SERVE_TOKEN?" in serve(watch)[1]


def test_a_port_that_is_taken(watch: Workspace) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        code, output = serve(watch, "--port", port)
    assert code == 1
    assert f"port {port} of 127.0.0.1 is taken" in output
    assert serve(watch, "--host", "no.such.host.invalid", "--user-header", "X-User")[0] == 1


def test_without_the_extra_it_says_how_to_get_it(watch: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("framewire.web")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    code, output = serve(watch)
    assert code == 1
    assert "the web pages need uvicorn" in output
    assert "pip install 'framewire[web]'" in output


def test_the_key_of_sessions_is_its_owners(tmp_path: Path) -> None:
    key = load_session_key(tmp_path)
    path = tmp_path / SESSION_KEY_FILE
    assert (len(key), stat.S_IMODE(path.stat().st_mode)) == (32, 0o600)
    assert load_session_key(tmp_path) == key
    path.chmod(0o640)
    with pytest.raises(ConfigError, match="chmod 600"):
        load_session_key(tmp_path)
    path.chmod(0o600)
    path.write_text("no key", encoding="utf-8")
    with pytest.raises(ConfigError, match="visitors sign in again"):
        load_session_key(tmp_path)


def test_it_starts_says_where_and_ends_when_it_is_interrupted(watch: Workspace) -> None:
    program = [sys.executable, "-c", "from framewire.cli import main; main()"]
    command = [*program, "serve", "-w", str(watch.config.folder), "--port", "0", "--now", NOW]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        address = process.stderr.readline().split()[0]
        try:
            answer = httpx2.get(f"{address}articles/1", trust_env=False, timeout=60)
            assert "Headline number 0 about water" in answer.text
        finally:
            process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0
        assert process.stderr.read().split() == ["ended"]


@pytest.mark.parametrize(
    "given", ["https://w.example", "https://w.example/", "http://192.0.2.1:8000", "https://[2001:db8::1]:8443"]
)
def test_an_address_of_the_pages(watch: Workspace, given: str) -> None:
    assert load_config(watch.config.folder, public_url=given).public_url == given.rstrip("/")


@pytest.mark.parametrize(
    "given",
    ["w.example", "https://w.example/sub", "ftp://w.example", "https://anna:x@w.example", 'https://w.example"><b>', ""],
)
def test_what_is_no_address_of_the_pages(watch: Workspace, given: str) -> None:
    with pytest.raises(ConfigError, match="expected a site of its own"):
        load_config(watch.config.folder, public_url=given)


def test_summaries_link_to_the_pages_if_they_know_their_address(tmp_path: Path) -> None:
    watch = make_watch(tmp_path, n=3)
    folder = watch.config.folder
    out = watch.config.out / "2026-11-23"
    invoke("summarise", "-w", str(folder), "--now", NOW)
    plain = {
        name: (out / name).read_text("utf-8") for name in ("summary.html", "summary.txt", "summary.md", "summary.json")
    }
    assert all("/items/" not in text for text in plain.values())
    assert "framewire review fix" in plain["summary.txt"]
    settings = folder / "framewire.toml"
    settings.write_text('public_url = "https://watch.example"\n' + settings.read_text("utf-8"), encoding="utf-8")
    invoke("summarise", "-w", str(folder), "--now", NOW)
    linked = {name: (out / name).read_text("utf-8") for name in plain}
    assert 'href="https://watch.example/items/' in linked["summary.html"]
    assert "wrong?" in linked["summary.html"]
    assert "\n    wrong? https://watch.example/items/" in linked["summary.txt"]
    assert "[wrong?](https://watch.example/items/" in linked["summary.md"]
    assert linked["summary.json"] == plain["summary.json"], "numbers know no address"
    assert "framewire review fix" not in linked["summary.txt"]
    assert "nothing changes before one is pressed" in " ".join(linked["summary.txt"].split())
