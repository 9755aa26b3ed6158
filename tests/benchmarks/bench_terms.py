"""How fast texts are normalised, searched and annotated; prints MB/s on one core and asserts none.

The news is recombined from the sentences of the training passages, about 500 words an article, with curly quotes, dashes and
some accents: general news in the subject's loaded words (siege, refugees, peacekeepers) that names none of its places and
sides; news of its countries about other matters; each with one article in twenty on the subject; and the subject alone.
Run: make bench, or this file alone with python.
"""

import json
import random
import resource
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from framewire.codebook import Codebook, load_codebook
from framewire.label.terms import TermMatcher, find_mentions
from framewire.text import find_sentences, normalise

SEEDS = Path(__file__).parents[2] / "seeds" / "karabakh"
WORDS_AN_ARTICLE = 500
SHARE_ON_SUBJECT = 0.05
# So few that some of the passes are not disturbed.
ARTICLES_A_BATCH = 10
# One text, or some at once.
Text = TypeVar("Text", str, list[str])
_ACCENTED = ["café", "São Paulo", "Zürich", "Łódź", "naïve", "Curaçao", "Malmö", "Béatrice"]


def read_sentences(*, relevant: bool) -> list[str]:
    """The sentences of the training passages that are, or are not, on the subject."""
    sentences = []
    for path in sorted((SEEDS / "passages").glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            passage = json.loads(line)
            if "text" in passage and passage["relevant"] is relevant:
                sentences += [passage["text"][a:b] for a, b in find_sentences(passage["text"])]
    return sentences


def names_nothing(sentence: str, codebook: Codebook) -> bool:
    """True if a sentence names no place of the subject, nothing that anchors it and nobody of a side."""
    annotation = TermMatcher(codebook).annotate(sentence, language="en")
    sides = {actor.id for actor in codebook.actors if actor.side}
    named = {hit.key[0] for hit in annotation.names if hit.kind == "place" or hit.key[0] in sides}
    return not named and not annotation.of_kind("anchor")


def build_articles(n: int, *, share_on_subject: float, off: Sequence[str] | None = None, seed: int = 0) -> list[str]:
    """So many articles; each is wholly on the subject or not at all, then of the sentences `off` (all irrelevant ones)."""
    chance = random.Random(seed)
    on, off = read_sentences(relevant=True), off or read_sentences(relevant=False)
    return [_build_article(on if chance.random() < share_on_subject else off, chance) for _ in range(n)]


def _build_article(sentences: Sequence[str], chance: random.Random) -> str:
    paragraphs: list[str] = []
    while sum(len(paragraph.split()) for paragraph in paragraphs) < WORDS_AN_ARTICLE:
        paragraphs.append(_with_typography(" ".join(chance.choices(sentences, k=chance.randint(2, 4))), chance))
    return "\n\n".join(paragraphs)


def _with_typography(text: str, chance: random.Random) -> str:
    pieces = text.replace(" - ", chance.choice([" – ", " — ", "—"])).replace("'", "’").split('"')
    text = "".join(piece + ("" if i == len(pieces) - 1 else "“”"[i % 2]) for i, piece in enumerate(pieces))
    return f"{text} It was heard in {chance.choice(_ACCENTED)}…" if chance.random() < 0.1 else text


def measure(texts: Sequence[Text], work: Callable[[Text], object], *, passes: int = 15) -> float:
    """MB (of UTF-8) a second of one core: each text, or batch, counts with its best of some passes, for the machine is shared."""
    size = sum(len("".join(text).encode()) for text in texts)
    best = [float("inf")] * len(texts)
    for _ in range(passes):
        for i, text in enumerate(texts):
            start = time.perf_counter()
            work(text)
            best[i] = min(best[i], time.perf_counter() - start)
    return size / sum(best) / 1e6


def peak_mb() -> float:
    """The most memory that this process has held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def test_terms() -> None:
    codebook = load_codebook(SEEDS / "codebook.yaml")
    print()
    for language in codebook.languages:
        start = time.perf_counter()
        assert TermMatcher(codebook).annotate("-", language=language).hits == ()
        print(f"building a matcher for {language}: {time.perf_counter() - start:.3f} s")
    matcher = TermMatcher(codebook)
    pattern_matcher = matcher.matcher_of("en")

    def search(text: str) -> None:
        """What the automata of every kind of pattern find."""
        haystack = pattern_matcher.index.build_haystack(text)
        for searched in pattern_matcher.searches.values():
            searched.phrases.find_literals(haystack)

    def search_wordings(text: str) -> None:
        pattern_matcher.searches["wording"].phrases.find_literals(pattern_matcher.index.build_haystack(text))

    def annotate(text: str) -> object:
        return find_mentions(matcher.annotate(text, language="en"))

    def mention_all(texts: list[str]) -> object:
        return [find_mentions(annotation) for annotation in matcher.annotate_all(texts, language="en")]

    def find_all(texts: list[str]) -> object:
        return [annotation.hits for annotation in matcher.annotate_all(texts, language="en")]

    elsewhere = [sentence for sentence in read_sentences(relevant=False) if names_nothing(sentence, codebook)]
    for name, share, off in (
        ("general news", SHARE_ON_SUBJECT, elsewhere),
        ("news of the same countries", SHARE_ON_SUBJECT, None),
        ("all on the subject", 1.0, None),
    ):
        articles = build_articles(200, share_on_subject=share, off=off)
        normal = [normalise(article) for article in articles]
        by_text = {n.text: n for n in normal}
        print(f"{name}: {sum(map(len, articles)) / len(articles):,.0f} letters an article")
        for step, texts, work in (
            ("normalise", articles, normalise),
            ("automaton of the wordings over normal text", list(by_text), search_wordings),
            ("automata of every kind over normal text", list(by_text), search),
            ("normalise + automaton of the wordings", articles, lambda text: search_wordings(normalise(text).text)),
            ("annotate + find_mentions", articles, annotate),
            ("annotate, hits of every kind", articles, lambda text: matcher.annotate(text, language="en").hits),
        ):
            print(f"  {step}: {measure(texts, work):.1f} MB/s")
        batches = [articles[i : i + ARTICLES_A_BATCH] for i in range(0, len(articles), ARTICLES_A_BATCH)]
        for step, work_on in (("annotate + find_mentions", mention_all), ("annotate, hits of every kind", find_all)):
            print(f"  {step}, {ARTICLES_A_BATCH} articles at once: {measure(batches, work_on):.1f} MB/s")


def test_memory_is_flat() -> None:
    matcher = TermMatcher(load_codebook(SEEDS / "codebook.yaml"))
    articles = build_articles(600, share_on_subject=SHARE_ON_SUBJECT)
    size = sum(len(article.encode()) for article in articles)
    done, peaks = 0, []
    while done < 200e6:
        for article in articles:
            find_mentions(matcher.annotate(article, language="en"))
        done += size
        peaks.append(peak_mb())
    print(f"\npeak memory after {size / 1e6:.1f} MB: {peaks[0]:.0f} MB; after {done / 1e6:.0f} MB: {peaks[-1]:.0f} MB")


if __name__ == "__main__":
    test_terms()
