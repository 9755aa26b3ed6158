"""Slow parts beside a peer in the same run; prints ratios and asserts none."""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import make_pipeline, make_union

from framewire.codebook import load_codebook
from framewire.label import Labeller, TermMatcher
from framewire.learn import find_passage_files, load_passages, train_model
from framewire.learn.training import build_training_set
from framewire.text import normalise

SEEDS = Path(__file__).parents[2] / "seeds" / "karabakh"


def seconds(work: Callable[[], object], *, repeats: int = 3) -> float:
    """The median time of a piece of work."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return sorted(times)[len(times) // 2]


def test_labelling_beside_a_naive_pipeline() -> None:
    codebook = load_codebook(SEEDS / "codebook.yaml")
    passages = load_passages(find_passage_files(SEEDS / "passages"), codebook=codebook)
    texts = [passage.text for passage in passages][:600]
    model = train_model(passages, codebook)
    union = make_union(TfidfVectorizer(ngram_range=(1, 2)), TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5)))
    naive = make_pipeline(union, OneVsRestClassifier(LogisticRegression(solver="liblinear", dual=True, max_iter=1000)))
    naive.fit([p.text for p in passages], build_training_set(passages, codebook).y)
    labeller = Labeller(codebook, model)
    peer = seconds(lambda: naive.predict_proba(texts))
    for name, work in (
        ("scores alone", lambda: model.predict_scores(model.annotate(texts))),
        (
            "everything: terms, scores, voice, accused, evidence",
            lambda: [labeller.label_passage(text) for text in texts],
        ),
    ):
        own = seconds(work)
        print(
            f"\n{name}: {len(texts) / own:,.0f} passages/s, {peer / own:.2f} times the naive pipeline ({len(texts) / peer:,.0f}/s)"
        )


def test_terms_beside_normalising_alone() -> None:
    codebook = load_codebook(SEEDS / "codebook.yaml")
    passages = load_passages(find_passage_files(SEEDS / "passages"), codebook=codebook)
    text = "\n\n".join(passage.text for passage in passages)
    matcher = TermMatcher(codebook)
    matcher.annotate("", language="en")
    floor, own = seconds(lambda: normalise(text)), seconds(lambda: matcher.annotate(text, language="en"))
    print(f"\nterms: {len(text) / own / 1e6:.2f} MB/s, {own / floor:.1f} times the time of normalising alone")


def test_help_beside_bare_python() -> None:
    command = Path(sys.executable).with_name("framewire")
    own = seconds(lambda: subprocess.run([command, "--help"], capture_output=True, check=True))
    floor = seconds(lambda: subprocess.run([sys.executable, "-c", "import click"], capture_output=True, check=True))
    print(f"\nframewire --help: {own:.2f} s, {own / floor:.1f} times python with click alone")
