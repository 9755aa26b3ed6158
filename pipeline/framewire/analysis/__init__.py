"""The coverage in a notebook: tables, plots, coding and training. What `import framewire as fw` shows comes from here."""

from framewire.analysis.coding import alpha, read_labels, write_labels
from framewire.analysis.collection import Collection, open_collection
from framewire.analysis.learning import Model, train

__all__ = ["Collection", "Model", "alpha", "open_collection", "read_labels", "train", "write_labels"]
