"""How fast passages are labelled, terms found and the command line starts, each beside a peer in the same run.

Labelling is what a backfill waits for; the peers are the pipeline that one would write first with scikit-learn (word and
character n-grams, one classifier a narrative) and, where it is installed, fastText with words, pairs and subwords. Half of the
seeds' sentences are on the subject; a monitor meets a tenth or less, so that is timed, too. Ratios are printed and none is
asserted.
"""

import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from bench_terms import names_nothing, read_sentences
from measure import SEEDS, median_seconds, show_table
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import make_pipeline, make_union

from framewire.codebook import load_codebook
from framewire.label import Labeller, NarrativeModel, TermMatcher
from framewire.learn import find_passage_files, load_passages, train_model
from framewire.learn.training import build_training_set
from framewire.processes import count_cores, side_by_side
from framewire.records import CodedPassage
from framewire.text import normalise

# The naive pipeline would take minutes for all of them: it is timed on a part, and counted by the passage.
N_PASSAGES, N_NAIVE = 20_000, 2_000
BATCH = 1_000
# The share of a monitor's passages that are on the subject.
NEWS_ON_SUBJECT = 0.1
# What is timed, of how many passages, in how many seconds.
Timed = tuple[str, int, float]
# What `--help` has no use for.
HEAVY = ("sklearn", "pandas", "sqlalchemy", "numpy", "scipy", "jinja2", "feedparser", "httpx2")


def build_passages(n: int, *, seed: int = 0) -> list[str]:
    """Passages of two to four sentences of the seeds' passages in new combinations, so that no cache has seen them."""
    chance = random.Random(seed)
    sentences = read_sentences(relevant=True) + read_sentences(relevant=False)
    return [" ".join(chance.sample(sentences, chance.randint(2, 4))) for _ in range(n)]


def build_news(n: int, *, seed: int = 0) -> list[str]:
    """The same of general news in the subject's loaded words, with one passage in ten on the subject."""
    chance, codebook = random.Random(seed), load_codebook(SEEDS / "codebook.yaml")
    on = read_sentences(relevant=True)
    off = [sentence for sentence in read_sentences(relevant=False) if names_nothing(sentence, codebook)]
    drawn = (on if chance.random() < NEWS_ON_SUBJECT else off for _ in range(n))
    return [" ".join(chance.sample(sentences, chance.randint(2, 4))) for sentences in drawn]


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
    for name, drawn in (("the seeds' sentences", texts), ("a tenth on the subject", build_news(N_PASSAGES))):
        timed = [
            ("naive pipeline", N_NAIVE, median_seconds(lambda some=drawn[:N_NAIVE]: naive.predict_proba(some))),
            *_time_fasttext(passages, drawn),
            *_time_own(Labeller(codebook, model), model, drawn),
        ]
        rates = [n / seconds for _, n, seconds in timed]
        rows = [
            [one, f"{n:,}", f"{rate:,.0f}", f"{rate / rates[0]:.2f}"]
            for (one, n, _), rate in zip(timed, rates, strict=True)
        ]
        show_table(f"labelling, {name}", ["", "passages timed", "passages/s", "times the naive"], rows)


def _time_own(labeller: Labeller, model: NarrativeModel, texts: Sequence[str]) -> list[Timed]:
    """Scores alone, and everything: together and one by one."""
    some = texts[:N_NAIVE]

    def score() -> None:
        for start in range(0, len(texts), BATCH):
            model.predict_scores(model.annotate(texts[start : start + BATCH]))

    everything = "everything: terms, scores, voice, accused, evidence"
    return [
        ("scores alone", len(texts), median_seconds(score, repeats=1)),
        (everything, len(some), median_seconds(lambda: labeller.label_passages(some))),
        ("everything, one by one", len(some), median_seconds(lambda: [labeller.label_passage(text) for text in some])),
    ]


def _time_fasttext(passages: Sequence[CodedPassage], texts: Sequence[str]) -> list[Timed]:
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
    seconds = median_seconds(lambda: fitted.f.multilinePredict(lines, -1, 0.0, "strict"))
    return [("fastText with subwords", len(lines), seconds)]


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
