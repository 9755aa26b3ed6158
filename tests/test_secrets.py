"""Secrets that are planted wherever one may stand are found nowhere that somebody else may read."""

import logging
import re
import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import inspect, text

from fault_server import RSS, FaultServer, answer, fault_server, redirect
from framewire.errors import FramewireError
from framewire.store import open_store, reading
from framewire.workflow.run import run_all
from framewire.workflow.workspace import open_workspace
from test_cli import NOW, invoke, write_seeds

# One secret a place; each is its own word, so that a find says where it comes from.
SECRETS = {
    "user name of a feed": "canaryuser",
    "password of a feed": "canarypass",
    "token in a feed's address": "canaryquery",
    "header of an answer": "canaryheader",
    "cookie of an answer": "canarycookie",
    "target of a redirect": "canarytarget",
    "password of the database": "canarybase",
    "variable of the environment": "canaryenv",
}
# The feed's address is what is asked, so the store holds it, and the redirect's target where a feed has moved for good.
KEPT = {("feeds", "url"), ("feeds", "moved_to")}
PATHS = (
    "/ok",
    "/missing",
    "/loop",
    "/noise",
    "/br",
    "/html",
    "/to-private",
    "/to-nonsense",
    "/told",
    "/sent-away",
    "/moved-away",
)


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with fault_server() as running:
        headers = {"X_Secret": "canaryheader", "Set_Cookie": "id=canarycookie"}
        running.scripts["/told"] = answer(200, RSS, **headers)
        running.scripts["/sent-away"] = redirect("/missing?token=canarytarget")
        running.scripts["/moved-away"] = redirect("/ok?token=canarytarget", 301)
        yield running


@pytest.fixture
def watch(server: FaultServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace whose feeds and surroundings hold the secrets."""
    monkeypatch.setenv("HTTPS_PROXY", "http://canaryenv:canaryenv@proxy.example:3128")
    monkeypatch.setenv("PRESS_TOKEN", "canaryenv")
    folder = tmp_path / "watch"
    seeds = write_seeds(tmp_path / "seeds")
    assert invoke("init", str(folder), "--seeds", str(seeds), "--now", NOW).exit_code == 0
    lines = ["version: 1", "outlets:"]
    for n, path in enumerate(PATHS):
        url = server.url(f"{path}?token=canaryquery{n}", "canaryuser:canarypass@127.0.0.1")
        lines += [f"- id: paper{n}", f"  name: Paper {n}", "  group: norland", "  country: XX", "  feeds:"]
        lines += [f'  - url: "{url}"', "    language: en"]
    (folder / "feeds.yaml").write_text("\n".join(lines) + "\n")
    settings = (folder / "framewire.toml").read_text()
    (folder / "framewire.toml").write_text(f'allow_private = ["127.0.0.1/32:{server.port}"]\n{settings}')
    return folder


def find_secrets(seen: str) -> list[str]:
    """The places whose secrets stand in a text."""
    return [place for place, secret in SECRETS.items() if secret in seen]


@pytest.mark.slow
def test_no_secret_is_told(watch: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    with caplog.at_level(logging.DEBUG):
        report = run_all(open_workspace(watch), now=_now())
    assert find_secrets(repr(report)) == []
    logged = "".join(f"{record.getMessage()} {vars(record)}" for record in caplog.records)
    assert find_secrets(caplog.text + logged) == []
    for command in (("status",), ("feeds", "list", "--failing"), ("feeds", "check"), ("run",), ("articles", "list")):
        told = invoke(*command, "-w", str(watch), "--now", NOW).output
        # A list of feeds names their addresses to whoever owns the list; nothing else does.
        assert find_secrets(_without_addresses(told, watch)) == [], command
    written = {
        path: path.read_bytes().decode("utf-8", "replace") for path in (watch / "out").rglob("*") if path.is_file()
    }
    assert len(written) >= 5
    assert {path.name: found for path, content in written.items() if (found := find_secrets(content))} == {}


@pytest.mark.slow
def test_the_store_holds_no_secret_but_the_addresses_themselves(watch: Path) -> None:
    run_all(open_workspace(watch), now=_now())
    engine = open_store(f"sqlite:///{watch}/framewire.sqlite")
    found = set()
    with reading(engine) as conn:
        for table in inspect(engine).get_table_names():
            for row in conn.execute(text(f'SELECT * FROM "{table}"')).mappings():
                found |= {(table, column) for column, value in row.items() if find_secrets(str(value))}
    engine.dispose()
    assert ("feeds", "url") in found
    assert found <= KEPT


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://me:canarybase@127.0.0.1:1/db",
        "postgres+psycopg://me:canarybase@127.0.0.1:1/db",
        "mysql://me:canarybase@h/db",
    ],
)
def test_the_database_password_is_told_nowhere(url: str, watch: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG), pytest.raises(FramewireError) as caught:
        open_workspace(watch, database=url).engine.connect()
    assert find_secrets("".join(traceback.format_exception(caught.value, limit=0)) + caplog.text) == []
    (watch / "framewire.toml").write_text(f'database = "{url}"\n' + (watch / "framewire.toml").read_text())
    for command in (("status",), ("run",), ("db", "check"), ("articles", "list")):
        result = invoke(*command, "-w", str(watch))
        assert result.exit_code == 1
        assert find_secrets(result.output) == [], command


def _without_addresses(told: str, watch: Path) -> str:
    """What was told without the addresses as they stand in the feed list."""
    for url in re.findall(r'url: "([^"]+)"', (watch / "feeds.yaml").read_text()):
        told = told.replace(url, "")
    return told


def _now():  # type: ignore[no-untyped-def]
    from datetime import datetime

    return datetime.fromisoformat(NOW)
