"""Long feed lists that were found good, kept in the user's cache folder.

Reading the YAML of a thousand feeds takes seconds, and it is done by every command. A list is kept by the digest of its
text and of the code that read it, as codebooks are: any change of either is read anew, and so is every list with a fault,
whose message needs the line.
"""

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from framewire import records
from framewire.files import write_whole
from framewire.records import Feed, Outlet

# Shorter lists are read in a tenth of a second. Source: 130 characters a feed with an outlet of its own.
MIN_CHARS = 10_000
# How many lists are kept. Source: a few workspaces, each in a few states while somebody edits it.
MAX_KEPT = 8


def load_kept_list(text: str) -> tuple[Outlet, ...] | None:
    """The outlets kept for the text of a feed list; None if there are none, or they cannot be used."""
    if len(text) < MIN_CHARS:
        return None
    try:
        return _build(json.loads(_find_place(text).read_bytes()))
    except (OSError, ValueError, TypeError, KeyError):
        return None


def keep_list(text: str, outlets: Sequence[Outlet]) -> None:
    """Keeps the outlets of a good list and forgets the oldest lists; where that is not possible, nothing is kept."""
    if len(text) < MIN_CHARS:
        return
    place = _find_place(text)
    try:
        content = json.dumps([asdict(outlet) for outlet in outlets])
        if _build(json.loads(content)) != tuple(outlets):
            return
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_whole(place, content.encode())
        for old in sorted(place.parent.glob("*.json"), key=lambda kept: kept.stat().st_mtime)[:-MAX_KEPT]:
            old.unlink(missing_ok=True)
    except (OSError, ValueError, TypeError):
        return


def _build(rows: list[dict[str, Any]]) -> tuple[Outlet, ...]:
    return tuple(Outlet(**{**row, "feeds": tuple(Feed(**feed) for feed in row["feeds"])}) for row in rows)


def _find_place(text: str) -> Path:
    """Where a list is kept. Source: XDG base directory specification."""
    base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")  # noqa: PTH111 - never raises
    code = [*sorted(Path(__file__).parent.glob("*.py")), Path(records.__file__)]
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in code) + text.encode()).hexdigest()
    return Path(base) / "framewire" / "feedlists" / f"{digest}.json"
