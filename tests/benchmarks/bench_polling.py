"""How long polling takes, from the request to the stored entry, beside the library reader in the same run.

Polling is what Framewire does most: every 15 minutes, on a small machine. Each feed lies on a host of its own, answers
after 50 to 100 ms, and holds 50 entries with summaries in HTML. In the first round everything is new; in the second,
half of the feeds answer 304 and half bring five new entries. A third benchmark polls 1,000 feeds that bring nothing:
the most frequent run of all. Ratios are printed and none is asserted; that both stored the same entries is.
"""

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from measure import HERE, is_full, run_apart, show_table

N_ENTRIES, N_FRESH = 50, 5
# The size of a large national press; the sweep over sizes is the longest form.
SIZES = (10, 50, 200, 500) if is_full() else (500,)
N_QUIET, N_QUIET_ENTRIES = 1_000, 5


@contextlib.contextmanager
def feed_press(n_feeds: int, *, n_entries: int, n_fresh: int) -> Iterator[int]:
    """The port of a running server of feeds."""
    command = [sys.executable, HERE / "feed_press.py", *map(str, (n_feeds, n_entries, n_fresh))]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdin
        assert server.stdout
        try:
            yield int(server.stdout.readline())
        finally:
            server.stdin.close()


def test_polling_beside_reader(tmp_path: Path) -> None:
    rows = []
    for n_feeds in SIZES:
        with feed_press(n_feeds, n_entries=N_ENTRIES, n_fresh=N_FRESH) as port:
            found = {
                name: run_apart("pollers.py", name, tmp_path / f"{name}-{n_feeds}", port, n_feeds, 0, 1)
                for name in ("framewire", "reader")
            }
        assert (
            found["framewire"]["stored"] == found["reader"]["stored"] == [n_feeds * 50, n_feeds * 50 + n_feeds // 2 * 5]
        )
        rows += [[n_feeds, what, *_compare(found, k, n_feeds)] for k, what in enumerate(("all new", "half 304"))]
    header = [
        "feeds",
        "round",
        "framewire feeds/s",
        "entries/s",
        "peak MB + children",
        "reader feeds/s",
        "entries/s",
        "peak MB + children",
        "ratio",
    ]
    show_table("polling, stored (feeds/s of framewire : reader)", header, rows)


def _compare(found: dict[str, dict[str, Any]], k: int, n_feeds: int) -> list[str]:
    """Feeds and sent entries a second and the peak memory of each, and the ratio of feeds a second."""
    n_sent = N_ENTRIES * (n_feeds if k == 0 else n_feeds // 2)
    cells = []
    for one in found.values():
        taken = one["seconds"][k]
        cells += [f"{n_feeds / taken:.1f}", f"{n_sent / taken:,.0f}", _show_memory(one)]
    return [*cells, f"{found['reader']['seconds'][k] / found['framewire']['seconds'][k]:.2f}"]


def _show_memory(one: dict[str, Any]) -> str:
    """The peak of the process, and that of its children beside."""
    return f"{one['peak_mb']:.0f} + {one['children_mb']}"


def test_nothing_new_beside_reader(tmp_path: Path) -> None:
    rows, found = [], {}
    with feed_press(N_QUIET, n_entries=N_QUIET_ENTRIES, n_fresh=0) as port:
        for name in ("framewire-run", "framewire", "reader"):
            folder = tmp_path / name.removesuffix("-run")
            if not folder.exists():
                run_apart("pollers.py", name, folder, port, N_QUIET, 0)
            found[name] = run_apart("pollers.py", name, folder, port, N_QUIET, 1 if name == "framewire-run" else 2)
    assert {tuple(one["stored"]) for one in found.values()} == {(N_QUIET * N_QUIET_ENTRIES,)}
    peer = found["reader"]["seconds"][0]
    for name, one in found.items():
        taken = one["seconds"][0]
        rows.append([name, f"{taken:.1f}", f"{one['wall_seconds']:.1f}", _show_memory(one), f"{peer / taken:.2f}"])
    header = ["", "seconds", "with start-up", "peak MB + children", "times as fast as reader"]
    show_table(f"nothing new in {N_QUIET:,} feeds (half 304, half the same body)", header, rows)
