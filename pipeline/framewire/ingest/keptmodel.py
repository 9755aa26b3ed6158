"""The language model as plain arrays in the user's cache folder, where processes read it at once and share its memory.

Unpacking py3langid's model takes most of a second of every process. It is kept by the digest of its file and of the code
that unpacked it: any change of either is unpacked anew, by one process at a time, since it takes 120 MB. Where nothing can
be kept, every process unpacks it.
"""

import fcntl
import hashlib
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from framewire.files import open_whole

Arrays = Mapping[str, npt.NDArray[Any]]


def load_arrays(model: Path, names: tuple[str, ...]) -> Arrays | None:
    """The arrays kept of a model, as they lie on the disk; None if there are none, or they cannot be used."""
    place = _find_place(model)
    try:
        return {name: np.load(place / f"{name}.npy", mmap_mode="r", allow_pickle=False) for name in names}
    except (OSError, ValueError, EOFError):
        return None


def keep_arrays(model: Path, arrays: Arrays) -> None:
    """Keeps the arrays of a model and forgets those of others; where that is not possible, nothing is kept."""
    place = _find_place(model)
    try:
        place.mkdir(parents=True, exist_ok=True, mode=0o700)
        for name, array in arrays.items():
            with open_whole(place / f"{name}.npy") as file:
                np.save(file, array, allow_pickle=False)
        for other in place.parent.iterdir():
            if other != place:
                for old in other.iterdir():
                    old.unlink(missing_ok=True)
                other.rmdir()
    except OSError:
        return


@contextmanager
def one_at_a_time(model: Path) -> Iterator[None]:
    """A block that one process after another goes through; where nothing can be written, all of them at once."""
    place = _find_place(model).parent.with_suffix(".lock")
    try:
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = place.open("ab")
    except OSError:
        yield
        return
    with file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _find_place(model: Path) -> Path:
    """Where the arrays are kept. Source: XDG base directory specification."""
    base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")  # noqa: PTH111 - never raises
    own = [model, Path(__file__), Path(__file__).with_name("langid.py")]
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in own)).hexdigest()
    return Path(base) / "framewire" / "languages" / digest
