"""A workspace: the folder that holds the settings, the codebook, the feed list, the database, the models and the summaries."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from sqlalchemy import Engine

from framewire.codebook import Codebook, load_codebook
from framewire.config import FILE_NAME, Config, load_config
from framewire.errors import InputError, OutputError
from framewire.ingest import load_feed_list
from framewire.records import Outlet
from framewire.store import open_store, upgrade_store

_SETTINGS = """# Settings of this Framewire workspace. Every key may also be set as FRAMEWIRE_<KEY> in the environment.

title = "{title}"
# The day that a summary covers: from this hour to the same hour of the next day, in this time zone.
timezone = "{timezone}"
day_starts_at = "06:00"
# An address or page for the owners of the sites you ask; it becomes part of the user agent.
contact = "no contact given"

# database = "sqlite:///framewire.sqlite"      # or "postgresql+psycopg://user@host/framewire"
# max_hosts = 20                               # how many hosts are asked at once
# failure_budget = 0.25                        # share of feeds that may fail before a run counts as reduced (exit 3)
# max_articles = 15                            # articles listed in a summary
"""
_EMPTY_FEEDS = """# The feeds of this workspace. Add one with: framewire feeds add URL --outlet NAME
# A list of real outlets to choose from lies beside this file in feeds.suggested.yaml (none is asked until you add it).
version: 1
outlets: []
"""


@dataclass(frozen=True)
class Workspace:
    """An opened workspace. The codebook, the feed list and the store are read when first needed."""

    config: Config

    @cached_property
    def codebook(self) -> Codebook:
        """The codebook. Raises CodebookError."""
        return load_codebook(self.config.codebook)

    @cached_property
    def outlets(self) -> tuple[Outlet, ...]:
        """The feed list. Raises ConfigError."""
        return load_feed_list(self.config.feeds)

    @cached_property
    def engine(self) -> Engine:
        """The store, of this version's schema. Raises StoreError."""
        return open_store(self.config.database)

    @cached_property
    def readonly_engine(self) -> Engine:
        """The store, for reading. Raises StoreError."""
        return open_store(self.config.database, read_only=True)

    @property
    def model_folder(self) -> Path:
        """Where this codebook's models lie."""
        return self.config.models / self.codebook.id


def user_folder() -> Path:
    """Where Framewire keeps what belongs to no workspace. Source: XDG base directory specification."""
    base = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(base) / "framewire"


def open_seeds(seeds: Path, *, models: Path | None = None) -> Workspace:
    """A stand-in workspace for work without one: the seeds' codebook and passages, with a per-user store.

    Args:
        seeds: folder with codebook.yaml and passages/.
        models: where models lie; None = `models/` beside the seeds of a clone, else the per-user folder.

    Raises:
        OutputError: the per-user folder cannot be written.
    """
    folder = user_folder()
    in_clone = seeds.resolve().parents[1] / "models"
    with _writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
    config = Config(
        folder=folder,
        codebook=(seeds / "codebook.yaml").resolve(),
        passages=(seeds / "passages").resolve(),
        models=(models or (in_clone if in_clone.is_dir() else folder / "models")).resolve(),
    )
    upgrade_store(config.database)
    return Workspace(config)


def open_workspace(folder: Path, **settings: object) -> Workspace:
    """The workspace in a folder. Raises ConfigError."""
    return Workspace(load_config(folder, **settings))


def init_workspace(folder: Path, *, seeds: Path, title: str | None = None, timezone: str = "UTC") -> Workspace:
    """A new workspace with a copy of the seeds and an empty store; nothing that exists is overwritten.

    Raises:
        InputError: the folder already is a workspace.
        OutputError: it cannot be written.
    """
    if (folder / FILE_NAME).exists():
        raise InputError(
            f"{folder}: already a workspace ({FILE_NAME} exists). Choose another folder, or go on with that one."
        )
    name = title or load_codebook(seeds / "codebook.yaml").title
    with _writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "passages").mkdir(exist_ok=True)
        shutil.copyfile(seeds / "codebook.yaml", folder / "codebook.yaml")
        for path in sorted((seeds / "passages").glob("*.jsonl")):
            shutil.copyfile(path, folder / "passages" / path.name)
        if (seeds / "feeds.yaml").exists():
            shutil.copyfile(seeds / "feeds.yaml", folder / "feeds.suggested.yaml")
        if not (folder / "feeds.yaml").exists():
            (folder / "feeds.yaml").write_text(_EMPTY_FEEDS, encoding="utf-8")
        settings = _SETTINGS.format(title=name.replace("\\", "").replace('"', "'"), timezone=timezone)
        (folder / FILE_NAME).write_text(settings, encoding="utf-8")
    try:
        workspace = open_workspace(folder)
        upgrade_store(workspace.config.database)
    except Exception:
        (folder / FILE_NAME).unlink(missing_ok=True)
        raise
    return workspace


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        name = error.filename or folder
        raise OutputError(
            f"{name}: cannot be written: {error.strerror}. Choose another folder, change its permissions or free space."
        ) from error
