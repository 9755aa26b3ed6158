"""What every test shares: a fixed moment, a small codebook, and no network but loopback."""

import os
import socket
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from framewire.codebook import Codebook, load_codebook

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "seeds" / "sample"), str(ROOT / "tests")]

from store_cases import empty_url, engine, own_server, postgres_database, postgres_server, sqlite_path, store_url  # noqa: E402

# A busy machine is no fault of what is tested.
settings.register_profile("any-machine", deadline=None)
settings.load_profile("any-machine")

__all__ = ["empty_url", "engine", "own_server", "postgres_database", "postgres_server", "sqlite_path", "store_url"]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves the tests marked `long` to `make soak`, so that the others end soon; what they hold a shorter one holds, too."""
    if os.environ.get("FRAMEWIRE_SOAK") == "1":
        return
    left = [item for item in items if item.get_closest_marker("long")]
    if left:
        config.hook.pytest_deselected(items=left)
        items[:] = [item for item in items if not item.get_closest_marker("long")]


@pytest.fixture
def now() -> datetime:
    """The moment of the tests: Tuesday 24 November 2026, 06:20 in Yerevan."""
    return datetime(2026, 11, 24, 2, 20, tzinfo=UTC)


@pytest.fixture(scope="session")
def small_codebook() -> Codebook:
    """An invented dispute over a dam: nothing in the code may know another subject."""
    return load_codebook(Path(__file__).with_name("small_codebook.yaml"))


@pytest.fixture(autouse=True)
def user_data(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keeps the per-user store of whoever runs the tests out of them."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path_factory.mktemp("user-data")))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.getbasetemp() / "user-cache"))
    of_tests = ("FRAMEWIRE_REQUIRE_ALL", "FRAMEWIRE_SOAK", "FRAMEWIRE_SOAK_SEED")
    for name in [name for name in os.environ if name.startswith("FRAMEWIRE_") and name not in of_tests]:
        monkeypatch.delenv(name)


@pytest.fixture(autouse=True)
def only_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuses every connection that leaves this machine."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        host = address[0] if isinstance(address, tuple) else ""
        if self.family in (socket.AF_INET, socket.AF_INET6) and not str(host).startswith(("127.", "::1", "localhost")):
            raise AssertionError(f"a test wanted to connect to {host}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)
