"""What was compared before a model's kind was chosen: a table beside the passages that goes into the card as it is."""

import csv
from pathlib import Path

from framewire.errors import InputError
from framewire.files import read_text

TRIED_FILE = "tried.csv"


def load_tried(folder: Path) -> list[list[str]]:
    """The rows of `tried.csv` in a folder of passages, its head first; empty if there is no such file.

    Raises:
        InputError: it cannot be read, or a row has another number of cells than the head.
    """
    path = folder / TRIED_FILE
    if not path.exists():
        return []
    lines = csv.reader(read_text(path, error=InputError, missing="").splitlines())
    rows = [row for row in lines if row]
    for row in rows:
        if len(row) != len(rows[0]):
            raise InputError(
                f"{path}: the row '{row[0]}' has {len(row)} cells and the head has {len(rows[0])}; quote cells with commas."
            )
    return rows
