"""How fast passages are labelled, terms found and the command line starts, each beside a peer in the same run.

Labelling is what a backfill waits for; the peers are the pipeline that one would write first with scikit-learn (word and
character n-grams, one classifier a narrative) and, where it is installed, fastText with words, pairs and subwords. Ratios are
printed and none is asserted.
"""

import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from bench_terms import read_sentences
from measure import SEEDS, median_seconds, show_table
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import make_pipeline, make_union

from framewire.codebook import load_codebook
from framewire.label import Labeller, TermMatcher
from framewire.learn import find_passage_files, load_passages, train_model
from framewire.learn.training import build_training_set
from framewire.processes import count_cores, side_by_side
from framewire.records import CodedPassage
from framewire.text import normalise

# The naive pipeline would take minutes for all of them: it is timed on a part, and counted by the passage.
N_PASSAGES, N_NAIVE = 20_000, 2_000
BATCH = 1_000
# What `--help` has no use for.
HEAVY = ("sklearn", "pandas", "sqlalchemy", "numpy", "scipy", "jinja2", "feedparser", "httpx2")


def build_passages(n: int, *, seed: int = 0) -> list[str]:
    """Passages of two to four sentences of the seeds' passages in new combinations, so that no cache has seen them."""
    chance = random.Random(seed)
    sentences = read_sentences(relevant=True) + read_sentences(relevant=False)
    return [" ".join(chance.sample(sentences, chance.randint(2, 4))) for _ in range(n)]


def test_labelling_beside_a_naive_pipeline() -> None:
    codebook = load_codebook(SEEDS / "codebook.yaml")
    passages = load_passages(find_passage_files(SEEDS / "passages"), codebook=codebook)
    texts = build_passages(N_PASSAGES)
    assert len(set(texts)) > 0.99 * N_PASSAGES
    begun = time.perf_counter()
    with side_by_side(count_cores()):
        model = train_model(passages, codebook)
    seconds = time.perf_counter() - begun
    union = make_union(TfidfVectorizer(ngram_range=(1, 2)), TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5)))
    naive = make_pipeline(union, OneVsRestClassifier(LogisticRegression(solver="liblinear", dual=True, max_iter=1000)))
    begun = time.perf_counter()
    naive.fit([p.text for p in passages], build_training_set(passages, codebook).y)
    ratio = seconds / (time.perf_counter() - begun)
    print(
        f"\ntraining on {len(passages):,} passages: {seconds:.0f} s on {count_cores()} cores, {ratio:.1f} times the naive pipeline's"
    )
    labeller = Labeller(codebook, model)
    peer = N_NAIVE / median_seconds(lambda: naive.predict_proba(texts[:N_NAIVE]))

    def score() -> None:
        for start in range(0, N_PASSAGES, BATCH):
            model.predict_scores(model.annotate(texts[start : start + BATCH]))

    own = N_PASSAGES / median_seconds(score, repeats=1)
    whole = N_NAIVE / median_seconds(lambda: [labeller.label_passage(text) for text in texts[:N_NAIVE]], repeats=1)
    rows = [
        ["naive pipeline", f"{N_NAIVE:,}", f"{peer:,.0f}", "1"],
        *_time_fasttext(passages, texts, naive_rate=peer),
        ["scores alone", f"{N_PASSAGES:,}", f"{own:,.0f}", f"{own / peer:.2f}"],
        ["everything: terms, scores, voice, accused, evidence", f"{N_NAIVE:,}", f"{whole:,.0f}", f"{whole / peer:.2f}"],
    ]
    show_table("labelling (all rates by the passage)", ["", "passages timed", "passages/s", "times the naive"], rows)


def _time_fasttext(passages: Sequence[CodedPassage], texts: Sequence[str], *, naive_rate: float) -> list[list[str]]:
    """The row of fastText (one decision a narrative); none, said aloud, where it is not installed."""
    try:
        import fasttext
    except ImportError:
        print("\nfastText is not installed (pip install fasttext-wheel): left out")
        return []
    with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as file:
        for passage in passages:
            labels = [f"__label__{narrative.id}" for narrative in passage.narratives] or ["__label__none"]
            file.write(" ".join([*labels, *passage.text.lower().split()]) + "\n")
        file.flush()
        fitted = fasttext.train_supervised(
            file.name, loss="ova", wordNgrams=2, minn=3, maxn=5, dim=50, epoch=5, verbose=0
        )
    lines = [" ".join(text.lower().split()) + "\n" for text in texts]
    rate = len(lines) / median_seconds(lambda: fitted.f.multilinePredict(lines, -1, 0.0, "strict"))
    return [["fastText with subwords", f"{len(lines):,}", f"{rate:,.0f}", f"{rate / naive_rate:.2f}"]]


def test_terms_beside_normalising_alone() -> None:
    codebook = load_codebook(SEEDS / "codebook.yaml")
    passages = load_passages(find_passage_files(SEEDS / "passages"), codebook=codebook)
    text = "\n\n".join(passage.text for passage in passages)
    matcher = TermMatcher(codebook)
    matcher.annotate("", language="en")
    floor, own = median_seconds(lambda: normalise(text)), median_seconds(lambda: matcher.annotate(text, language="en"))
    print(f"\nterms: {len(text) / own / 1e6:.2f} MB/s, {own / floor:.1f} times the time of normalising alone")


def test_help_beside_bare_python() -> None:
    command = Path(sys.executable).with_name("framewire")
    own = median_seconds(lambda: subprocess.run([command, "--help"], capture_output=True, check=True), repeats=5)
    bare = [sys.executable, "-c", "import click"]
    floor = median_seconds(lambda: subprocess.run(bare, capture_output=True, check=True), repeats=5)
    probe = f"import json, sys; from framewire.cli import main; main(['--help'], standalone_mode=False); print(json.dumps([m for m in {HEAVY} if m in sys.modules]))"
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    loaded = json.loads(done.stdout.splitlines()[-1])
    print(
        f"\nframewire --help: {own:.2f} s, {own / floor:.1f} times python with click alone; heavy libraries loaded: {loaded}"
    )
