"""Framewire: how the press words a contested subject.

Feeds in, labelled coverage, a daily summary out::

    $ framewire init watch && cd watch
    $ framewire feeds add https://example.org/feed.xml --outlet "Example"
    $ framewire run

In a notebook::

    import framewire as fw
    c = fw.open("watch")
    c.mentions("displacement")
"""

import sys
from typing import TYPE_CHECKING, Any

if sys.version_info < (3, 11):  # noqa: UP036 - a copy that no installer has checked
    sys.exit(
        f"Framewire needs Python 3.11 or newer, this is {sys.version.split()[0]} ({sys.executable}). "
        "Run it with a newer one, such as: python3.12 -m venv .venv"
    )

__version__ = "0.1.0"

if TYPE_CHECKING:
    from framewire.analysis import Collection
    from framewire.analysis import open_collection as open

__all__ = ["Collection", "__version__", "open"]


def __getattr__(name: str) -> Any:
    """The public names for notebooks, loaded when first used, so that the command line starts without pandas."""
    from importlib import import_module

    if name == "open":
        return import_module("framewire.analysis").open_collection
    if name == "Collection":
        return import_module("framewire.analysis").Collection
    raise AttributeError(f"module 'framewire' has no attribute '{name}'")
