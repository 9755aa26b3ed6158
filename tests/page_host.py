"""One host that reads the due pages of a shared store, in a process of its own: `python page_host.py FOLDER NOW`.

It says that it is ready, waits for a line, and tells in the end what it did. Sites' own delays bind it, and no other.
"""

import json
import subprocess
import sys
from datetime import datetime
from pathlib import Path

from framewire.ingest import robots
from framewire.workflow.pages import ReadPages, read_due_pages
from framewire.workflow.sharing import join_store
from framewire.workflow.workspace import open_workspace


def read_pages(folder: Path, *, now: datetime) -> ReadPages:
    """What a run's stage of pages does."""
    here = open_workspace(folder)
    with join_store(here) as share:
        read = read_due_pages(here, now=now, progress=lambda *_: None, share=share, until_all=True)
    here.engine.dispose()
    return read


class PageHost:
    """Such a process, seen from the test; ready when made."""

    def __init__(self, folder: Path, *, now: datetime) -> None:
        paths = [str(Path(__file__).parent), *sys.path]
        self._process = subprocess.Popen(
            [sys.executable, __file__, str(folder), now.isoformat()],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={"PYTHONPATH": ":".join(paths), "PYTHONWARNINGS": "ignore", "OPENBLAS_NUM_THREADS": "1"},
        )

    def wait_until_ready(self) -> None:
        """Returns when everything is loaded."""
        assert self._process.stdout
        assert self._process.stdout.readline() == "ready\n"

    def go(self) -> None:
        """Lets it begin."""
        assert self._process.stdin
        self._process.stdin.write("go\n")
        self._process.stdin.flush()

    def kill(self) -> None:
        """Ends it at once, as a power cut does."""
        self._process.kill()
        self._process.wait(10)

    def finish(self, seconds: float = 60.0) -> dict[str, object]:
        """What it did."""
        out, _ = self._process.communicate(timeout=seconds)
        assert self._process.returncode == 0
        told: dict[str, object] = json.loads(out)
        return told

    def close(self) -> None:
        """Leaves nothing behind."""
        self._process.kill()
        self._process.communicate()


if __name__ == "__main__":
    robots.DELAY_SECONDS = 0.0
    print("ready", flush=True)
    sys.stdin.readline()
    done = read_pages(Path(sys.argv[1]), now=datetime.fromisoformat(sys.argv[2]))
    print(json.dumps({"line": done.line, **done.figures}))
