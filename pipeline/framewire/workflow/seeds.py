"""The seeds that come with Framewire: a codebook, its feed list and its coded passages."""

from pathlib import Path

import framewire
from framewire.errors import InputError

DEFAULT_SEEDS = "karabakh"


def find_seeds(name: str = DEFAULT_SEEDS) -> Path:
    """The folder of a seed set: inside the installed package, or in the clone.

    Raises:
        InputError: there is no such set.
    """
    package = Path(framewire.__file__).parent
    for folder in (package / "seeds", package.parents[1] / "seeds"):
        if (folder / name / "codebook.yaml").is_file():
            return folder / name
    known = [path.parent.name for path in package.glob("seeds/*/codebook.yaml")] or [DEFAULT_SEEDS]
    raise InputError(
        f"no seeds named '{name}' come with this installation (known: {', '.join(known)}); "
        "name one of them, or a folder with codebook.yaml and passages/."
    )


def find_cards() -> Path:
    """The folder of the model cards that come with Framewire: inside the installed package, or in the clone."""
    package = Path(framewire.__file__).parent
    inside = package / "seeds" / "models"
    return inside if inside.is_dir() else package.parents[1] / "models"
