"""Files written whole: nothing half written is left behind."""

import os
from pathlib import Path

import pytest

from framewire.files import write_whole


def test_a_file_is_written_whole(tmp_path: Path) -> None:
    write_whole(tmp_path / "a.txt", b"one")
    write_whole(tmp_path / "a.txt", b"two", mode=0o600)
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]
    assert (tmp_path / "a.txt").read_bytes() == b"two"
    assert (tmp_path / "a.txt").stat().st_mode & 0o777 == 0o600


def test_what_cannot_be_written_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_whole(tmp_path / "a.txt", b"one")

    def refuse(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(OSError, match="No space"):
        write_whole(tmp_path / "a.txt", b"two")
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]
    assert (tmp_path / "a.txt").read_bytes() == b"one"


def test_what_a_killed_process_left_is_removed_and_what_a_living_one_writes_is_not(tmp_path: Path) -> None:
    process = os.fork() or os._exit(0)  # type: ignore[func-returns-value]
    os.waitpid(process, 0)
    kept = {f".a.txt.{os.getppid()}", ".a.txt.note", f".b.txt.{process}", ".a.txt.99999999999999999999"}
    for name in {f".a.txt.{process}", *kept}:
        (tmp_path / name).touch()
    write_whole(tmp_path / "a.txt", b"one")
    assert {path.name for path in tmp_path.iterdir()} == {"a.txt", *kept}
