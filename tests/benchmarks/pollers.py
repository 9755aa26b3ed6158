"""The contestants of the polling benchmarks, each in a process of its own that loads its own libraries only.

Run: pollers.py NAME FOLDER PORT N_FEEDS ROUND...; it polls every feed once a round and reports in JSON: seconds and
stored entries after each round, and its peak memory. Only polling is timed: not imports, not the listing of the feeds.
"""

import json
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from feed_press import find_address
from measure import SEEDS, ChildrenWatch, peak_mb

START = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
# By then every feed is due again, and none is asked without its validators, as once a day. Framewire's clock is an argument.
BETWEEN_ROUNDS = timedelta(hours=11)
WORKERS = 20


def list_addresses(port: int, n_feeds: int) -> list[str]:
    """The addresses of the feeds of a server."""
    return [f"http://{find_address(number)}:{port}/feed.xml" for number in range(n_feeds)]


def open_framewire(folder: Path, port: int, addresses: list[str]) -> Any:
    """A workspace with one outlet a feed, made if it is not there."""
    from framewire.workflow.workspace import init_workspace, open_workspace

    if not (folder / "framewire.toml").exists():
        init_workspace(folder, seeds=SEEDS)
        outlets = [
            f'- id: paper{n}\n  name: "Paper {n}"\n  group: international\n  country: "ZZ"\n  feeds:\n  - url: {address}\n    language: en\n'
            for n, address in enumerate(addresses)
        ]
        (folder / "feeds.yaml").write_text("version: 1\noutlets:\n" + "".join(outlets), encoding="utf-8")
    return open_workspace(folder, allow_private=(f"127.0.0.0/8:{port}",), max_hosts=WORKERS)


def prepare_framewire(
    folder: Path, port: int, addresses: list[str]
) -> tuple[Callable[[int], object], Callable[[], int]]:
    """How to poll in a round, and how to count what is stored."""
    from sqlalchemy import text

    from framewire.store import reading
    from framewire.workflow.run import run_fetch

    workspace = open_framewire(folder, port, addresses)
    # Read once and kept by Framewire, as reader was told its feeds once.
    _ = workspace.outlets

    def count() -> int:
        with reading(workspace.engine) as conn:
            return int(conn.execute(text("SELECT count(*) FROM entries")).scalar_one())

    return lambda k: run_fetch(workspace, now=START + k * BETWEEN_ROUNDS), count


def prepare_framewire_run(
    folder: Path, port: int, addresses: list[str]
) -> tuple[Callable[[int], object], Callable[[], int]]:
    """The same for whole runs: fetch, label, summarise; a model is trained before the first one."""
    from framewire.workflow.models import train_in_workspace
    from framewire.workflow.run import run_all

    workspace = open_framewire(folder, port, addresses)
    if not workspace.config.models.exists():
        train_in_workspace(workspace, now=START, with_scores=False)
    _, count = prepare_framewire(folder, port, addresses)
    return lambda k: run_all(workspace, now=START + k * BETWEEN_ROUNDS), count


def prepare_reader(folder: Path, port: int, addresses: list[str]) -> tuple[Callable[[int], object], Callable[[], int]]:
    """The same with the library reader, every feed asked in every round."""
    import feedparser_sgmllib

    # The feedparser inside reader 3.26 wants this module by the name that it had in feedparser up to 6.0.12.
    sys.modules.setdefault("sgmllib", feedparser_sgmllib)
    from reader import make_reader

    folder.mkdir(parents=True, exist_ok=True)
    found = make_reader(str(folder / "reader.sqlite"))
    for address in addresses:
        found.add_feed(address, exist_ok=True)
    return lambda _k: found.update_feeds(workers=WORKERS, scheduled=False), lambda: found.get_entry_counts().total or 0


CONTESTANTS = {"framewire": prepare_framewire, "framewire-run": prepare_framewire_run, "reader": prepare_reader}


def main(name: str, folder: str, port: str, n_feeds: str, *rounds: str) -> None:
    """Polls and reports."""
    poll, count = CONTESTANTS[name](Path(folder), int(port), list_addresses(int(port), int(n_feeds)))
    seconds, stored = [], []
    with ChildrenWatch() as children:
        for k in rounds:
            start = time.perf_counter()
            poll(int(k))
            seconds.append(time.perf_counter() - start)
            stored.append(count())
    print(
        json.dumps({"seconds": seconds, "stored": stored, "peak_mb": peak_mb(), "children_mb": round(children.most_mb)})
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
