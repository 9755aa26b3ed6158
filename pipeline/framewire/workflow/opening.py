"""Opening a store for a notebook: that of a workspace, or one by its address; for reading only unless asked otherwise."""

from functools import cached_property
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from framewire.codebook import Codebook, parse_codebook
from framewire.config import Config, find_workspace, load_config
from framewire.errors import InputError
from framewire.records import Outlet
from framewire.store import get_codebooks, reading
from framewire.workflow.workspace import Workspace, open_workspace


class ReadOnlyWorkspace(Workspace):
    """A workspace whose store is never written."""

    @cached_property
    def engine(self) -> Engine:
        """The store, for reading. Raises StoreError."""
        return self.readonly_engine


class StoredWorkspace(ReadOnlyWorkspace):
    """A stand-in for the workspace of a store that is known by its address alone."""

    @cached_property
    def codebook(self) -> Codebook:
        """The codebook that was added to the store last. Raises InputError if there is none."""
        with reading(self.engine) as conn:
            rows = get_codebooks(conn)
        if not rows:
            raise InputError("the database holds no codebook yet: nothing was labelled. Run `framewire run` first.")
        return parse_codebook(rows[-1]["text"], name=f"codebook {rows[-1]['codebook_id']} in the database")

    @cached_property
    def outlets(self) -> tuple[Outlet, ...]:
        """None: the feed list lies with the workspace."""
        return ()


def open_for_reading(where: str | Path | None = None, **settings: Any) -> Workspace:
    """The workspace in a folder, of a database address, or (None) the nearest one from the current folder upwards.

    `settings` override those of the workspace; with an address they are all there is.

    Raises:
        ConfigError: there is no workspace, or a setting that cannot be.
        StoreError: the store is missing, older or newer than this Framewire.
    """
    if isinstance(where, str) and "://" in where:
        return StoredWorkspace(Config(folder=Path.cwd(), database=where, **settings))
    folder = Path(where) if where is not None else find_workspace(Path.cwd())
    return ReadOnlyWorkspace(load_config(folder, **settings))


def open_for_writing(where: str | Path | None = None, **settings: Any) -> Workspace:
    """The same of a workspace, for storing codings.

    Raises:
        InputError: an address: who says what of which codebook lies with a workspace.
        ConfigError, StoreError: as `open_for_reading`.
    """
    if isinstance(where, str) and "://" in where:
        raise InputError("a database address is opened for reading only; to store codings, name the workspace's folder")
    folder = Path(where) if where is not None else find_workspace(Path.cwd())
    return open_workspace(folder, **settings)
