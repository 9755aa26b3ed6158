"""The language model is unpacked once, and anew where what was kept cannot be used; languages come out alike."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from framewire.ingest import keptmodel, langid
from framewire.ingest.langid import Identifier, load_identifier

TEXTS = ["The ministry said that the talks on the border went on.", "Переговоры о границе продолжались.", "12", ""]


@pytest.fixture
def unpacked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[Path]:
    """The models that were unpacked."""
    found: list[Path] = []
    real = langid._unpack
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(langid, "_unpack", lambda path: (found.append(path), real(path))[1])
    return found


@pytest.fixture
def load(unpacked: list[Path]) -> Callable[[], Identifier]:
    """Loads the identifier as another process does."""
    return lambda: load_identifier.__wrapped__(("en", "ru"))


def test_what_is_kept_is_what_was_unpacked(load: Callable[[], Identifier], unpacked: list[Path]) -> None:
    first, second = load(), load()
    assert len(unpacked) == 1
    assert first.classify(TEXTS) == second.classify(TEXTS)
    assert isinstance(second.steps, np.memmap)
    for name in ("steps", "rows", "outputs", "jumps", "pairs", "weights", "priors"):
        assert np.array_equal(getattr(first, name), getattr(second, name)), name


def test_those_who_come_together_unpack_once(load: Callable[[], Identifier], unpacked: list[Path]) -> None:
    with ThreadPoolExecutor(4) as pool:
        first, *others = [found.classify(TEXTS) for found in pool.map(lambda _: load(), range(4))]
    assert len(unpacked) == 1
    assert others == [first] * 3


@pytest.mark.parametrize("damage", ["cut", "empty", "gone"])
def test_a_damaged_copy_is_unpacked_anew(
    load: Callable[[], Identifier], unpacked: list[Path], tmp_path: Path, damage: str
) -> None:
    first = load().classify(TEXTS)
    (steps,) = (tmp_path / "cache").rglob("steps.npy")
    if damage == "gone":
        steps.unlink()
    else:
        steps.write_bytes(steps.read_bytes()[: -1000 if damage == "cut" else 0])
    assert load().classify(TEXTS) == first
    assert len(unpacked) == 2


def test_a_cache_that_cannot_be_written_is_done_without(
    load: Callable[[], Identifier], unpacked: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert load().classify(TEXTS) == load().classify(TEXTS)
    assert len(unpacked) == 2


def test_only_the_newest_model_is_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    old, new = tmp_path / "old", tmp_path / "new"
    for model in (old, new):
        model.write_text(model.name)
        keptmodel.keep_arrays(model, {"steps": np.arange(3)})
    assert keptmodel.load_arrays(old, ("steps",)) is None
    kept = keptmodel.load_arrays(new, ("steps",))
    assert kept is not None
    assert kept["steps"].tolist() == [0, 1, 2]
