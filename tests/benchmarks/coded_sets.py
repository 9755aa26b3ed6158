"""Coded passages as training sets, with their codebooks: of a folder of seeds, and of the sample press."""

from pathlib import Path

from coded_press import read_coded_press
from measure import SEEDS

from framewire.codebook import Codebook, load_codebook
from framewire.learn import find_passage_files, load_passages
from framewire.learn.training import TrainingSet, build_training_set


def load_set(folder: Path) -> tuple[TrainingSet, Codebook]:
    """The passages of seeds, such as `corpora.py` makes."""
    codebook = load_codebook(folder / "codebook.yaml")
    passages = load_passages(find_passage_files(folder / "passages"), codebook=codebook)
    return build_training_set(passages, codebook, language=codebook.languages[0]), codebook


def build_press_set() -> tuple[TrainingSet, Codebook]:
    """The sample press, coded from nothing: rules, and no written passage."""
    codebook = load_codebook(SEEDS / "codebook.yaml")
    return build_training_set([dated.passage for dated in read_coded_press()], codebook), codebook
