"""What all pages share: the workspace, who may call, the key, the clock."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from threading import Lock

from framewire.config import FILE_NAME
from framewire.web.access import Access
from framewire.web.sessions import bind_key
from framewire.web.throttle import Throttle
from framewire.workflow.subjects import LedgerShelf
from framewire.workflow.workspace import Workspace, open_workspace

Stamps = tuple[tuple[int, int], ...]


@dataclass
class Site:
    """The pages of one workspace. `clock` gives aware UTC; `key` signs sessions, and is another for another token."""

    opened: Workspace
    access: Access
    secret: bytes
    clock: Callable[[], datetime]
    throttle: Throttle = field(default_factory=lambda: Throttle(time.monotonic))
    shelf: LedgerShelf = field(default_factory=LedgerShelf)

    def __post_init__(self) -> None:
        self.key = bind_key(self.secret, self.access.token)
        self._lock = Lock()
        self._stamps = _stamp(self.opened)

    @property
    def workspace(self) -> Workspace:
        """The workspace, opened again when its settings, codebook or feed list were edited. Raises ConfigError, CodebookError."""
        with self._lock:
            if (stamps := _stamp(self.opened)) != self._stamps:
                fresh = open_workspace(self.opened.config.folder)
                _ = fresh.codebook, fresh.outlets
                self.opened, self._stamps = fresh, stamps
            return self.opened

    def seconds(self) -> int:
        """Now, in seconds since 1970."""
        return int(self.clock().timestamp())


def _stamp(workspace: Workspace) -> Stamps:
    """What changes when a file of the workspace is edited."""
    config = workspace.config
    return tuple(map(_stamp_file, (config.folder / FILE_NAME, config.codebook, config.feeds)))


def _stamp_file(path: Path) -> tuple[int, int]:
    try:
        found = path.stat()
    except OSError:
        return (0, 0)
    return found.st_mtime_ns, found.st_size
