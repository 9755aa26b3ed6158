"""A workspace: the folder that holds the settings, the codebook, the feed list, the database, the models and the summaries."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Engine

from framewire.codebook import Codebook, load_codebook
from framewire.config import FILE_NAME, Config, check_timezone, load_config
from framewire.errors import ConfigError, InputError, OutputError
from framewire.files import describe_refusal
from framewire.ingest import load_feed_list
from framewire.records import Outlet
from framewire.store import open_store, upgrade_store

if TYPE_CHECKING:
    from framewire.label import NarrativeModel

_SETTINGS = """# Settings of this Framewire workspace. Every key may also be set as FRAMEWIRE_<KEY> in the environment.

title = "{title}"
# The day that a summary covers: from this hour to the same hour of the next day, in this time zone.
timezone = "{timezone}"
day_starts_at = "06:00"
# An address or page for the owners of the sites you ask; it becomes part of the user agent.
contact = "no contact given"

# database = "sqlite:///framewire.sqlite"      # or "postgresql+psycopg://user@host/framewire"
# max_hosts = 20                               # how many hosts are asked at once
# full_text = true                             # read articles' pages, too; or full_text: true for an outlet in feeds.yaml
# allow_private = ["10.1.2.0/24"]              # networks of your own that feeds may live in; else only public addresses
# failure_budget = 0.25                        # share of feeds that may fail before a run counts as reduced (exit 3)
# max_articles = 15                            # articles listed in a summary
# public_url = "https://watch.example.org"     # where `framewire serve` is reached; summaries then link to it

# To have summaries mailed, put a table [mail] here, at the end: docs/first-day.md, step 9.
"""
_EMPTY_FEEDS = """# The feeds of this workspace. Add one with: framewire feeds add URL --outlet NAME
{suggested}version: 1
outlets: []
"""
_SUGGESTED = "# A list of real outlets to choose from lies beside this file in feeds.suggested.yaml (none is asked until you add it).\n"


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

    @cached_property
    def loaded_models(self) -> dict[object, NarrativeModel]:
        """The model that was loaded last, by digest and state of its files."""
        return {}

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
        InputError: the folder holds no seeds.
        OutputError: the per-user folder cannot be written.
    """
    if not (seeds / "codebook.yaml").is_file():
        raise InputError(f"{seeds}: no seeds: it has no codebook.yaml. Name a folder with codebook.yaml and passages/.")
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
        InputError: the folder already is a workspace, or holds other files of the names that would be written.
        ConfigError: there is no such time zone.
        OutputError: it cannot be written.
    """
    if (folder / FILE_NAME).exists():
        raise InputError(
            f"{folder}: already a workspace ({FILE_NAME} exists). Choose another folder, or go on with that one: `cd {folder}`."
        )
    try:
        check_timezone(timezone)
    except ValueError as error:
        raise ConfigError(f"--timezone: {error}") from error
    copies = _list_copies(folder, seeds)
    name = title or load_codebook(seeds / "codebook.yaml").title
    with _writing(folder):
        _refuse_other_files(folder, copies)
        (folder / "passages").mkdir(parents=True, exist_ok=True)
        for source, target in copies:
            target.parent.mkdir(exist_ok=True)
            shutil.copyfile(source, target)
        if not (folder / "feeds.yaml").exists():
            suggested = _SUGGESTED if (folder / "feeds.suggested.yaml").exists() else ""
            (folder / "feeds.yaml").write_text(_EMPTY_FEEDS.format(suggested=suggested), encoding="utf-8")
        settings = _SETTINGS.format(title=name.replace("\\", "").replace('"', "'"), timezone=timezone)
        (folder / FILE_NAME).write_text(settings, encoding="utf-8")
    try:
        workspace = open_workspace(folder)
        upgrade_store(workspace.config.database)
    except Exception:
        (folder / FILE_NAME).unlink(missing_ok=True)
        raise
    return workspace


def _list_copies(folder: Path, seeds: Path) -> list[tuple[Path, Path]]:
    """What a workspace gets from its seeds, and where to."""
    copies = [(seeds / "codebook.yaml", folder / "codebook.yaml")]
    passages = seeds / "passages"
    files = sorted([*passages.glob("*.jsonl"), *passages.glob("second/*.jsonl"), *passages.glob("*.csv")])
    copies += [(path, folder / "passages" / path.relative_to(passages)) for path in files]
    if (seeds / "feeds.yaml").exists():
        copies.append((seeds / "feeds.yaml", folder / "feeds.suggested.yaml"))
    return copies


def _refuse_other_files(folder: Path, copies: Sequence[tuple[Path, Path]]) -> None:
    """Raises InputError if a copy would replace a file that is another."""
    other = [target for source, target in copies if target.exists() and target.read_bytes() != source.read_bytes()]
    if other:
        names = ", ".join(str(target.relative_to(folder)) for target in other[:3])
        raise InputError(f"{folder}: not empty, {names} would be overwritten. Choose a new folder, or move these away.")


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OutputError(describe_refusal(error, Path(error.filename or folder))) from error
