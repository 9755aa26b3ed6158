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
    from framewire.analysis import Collection, Model, alpha, plots, read_labels, train, write_labels
    from framewire.analysis import open_collection as open
    from framewire.codebook import Codebook
    from framewire.errors import FramewireError, ModelError

__all__ = [
    "Codebook",
    "Collection",
    "FramewireError",
    "Model",
    "ModelError",
    "__version__",
    "alpha",
    "open",
    "plots",
    "read_labels",
    "train",
    "write_labels",
]

_FROM_ANALYSIS = ("Collection", "Model", "alpha", "read_labels", "train", "write_labels")


def __getattr__(name: str) -> Any:
    """The public names for notebooks, loaded when first used, so that the command line starts without pandas."""
    from importlib import import_module

    if name == "open":
        return import_module("framewire.analysis").open_collection
    if name == "Codebook":
        return import_module("framewire.codebook").Codebook
    if name in ("FramewireError", "ModelError"):
        return getattr(import_module("framewire.errors"), name)
    if name == "plots":
        return import_module("framewire.analysis.plots")
    if name in _FROM_ANALYSIS:
        return getattr(import_module("framewire.analysis"), name)
    raise AttributeError(f"module 'framewire' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted(__all__)
