"""Long feed lists are read once, and anew after any change."""

from pathlib import Path

import pytest

from framewire.errors import ConfigError
from framewire.ingest import feedlist
from framewire.ingest.feedlist import load_feed_list
from framewire.ingest.keptlist import MIN_CHARS


def write_list(path: Path, n_feeds: int, *, extra: str = "") -> None:
    outlets = "".join(
        f"- id: paper{n}\n  name: Paper {n}\n  group: invented\n  country: ZZ\n  feeds:\n  - url: https://paper{n}.example/feed\n    language: en\n{extra}"
        for n in range(n_feeds)
    )
    path.write_text(f"version: 1\noutlets:\n{outlets}", encoding="utf-8")


@pytest.fixture
def readings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[Path]:
    """The lists whose YAML was read."""
    found: list[Path] = []
    real = feedlist.load_yaml
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(feedlist, "load_yaml", lambda path, **options: (found.append(path), real(path, **options))[1])
    return found


def test_a_long_list_is_read_once_and_anew_after_a_change(tmp_path: Path, readings: list[Path]) -> None:
    path = tmp_path / "feeds.yaml"
    write_list(path, 120)
    assert path.stat().st_size > MIN_CHARS
    first = load_feed_list(path)
    assert load_feed_list(path) == first
    assert len(readings) == 1
    write_list(path, 119)
    assert len(load_feed_list(path)) == 119
    assert len(readings) == 2


def test_a_short_list_is_not_kept(tmp_path: Path, readings: list[Path]) -> None:
    path = tmp_path / "feeds.yaml"
    write_list(path, 2)
    assert load_feed_list(path) == load_feed_list(path)
    assert len(readings) == 2
    assert not (tmp_path / "cache").exists()


def test_faults_are_told_with_their_lines_each_time(tmp_path: Path, readings: list[Path]) -> None:
    path = tmp_path / "feeds.yaml"
    write_list(path, 120, extra="    langauge: en\n")
    for _ in range(2):
        with pytest.raises(ConfigError, match=r"feeds\.yaml:10:5: unknown key 'langauge'"):
            load_feed_list(path)


def test_a_damaged_copy_is_read_anew(tmp_path: Path, readings: list[Path]) -> None:
    path = tmp_path / "feeds.yaml"
    write_list(path, 120)
    first = load_feed_list(path)
    (kept,) = (tmp_path / "cache").rglob("*.json")
    kept.write_text('[{"id": 1}]')
    assert load_feed_list(path) == first
    assert len(readings) == 2


def test_a_cache_that_cannot_be_written_is_done_without(
    tmp_path: Path, readings: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    path = tmp_path / "feeds.yaml"
    write_list(path, 120)
    assert load_feed_list(path) == load_feed_list(path)
    assert len(readings) == 2
