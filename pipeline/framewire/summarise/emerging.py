"""Emerging terms: phrases of the day that the codebook does not know."""

import itertools
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from math import log, sqrt

from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

from framewire.codebook import Codebook
from framewire.summarise.parts import EmergingTerm, Example

# Source: summary contract: at least five articles or three outlets.
MIN_ARTICLES = 5
MIN_OUTLETS = 3
# A phrase of a single article is no trend even if three outlets shared it as a copy.
MAX_TERMS = 10
MAX_EXAMPLES = 2
# One-sided 0.5 %: thousands of phrases are looked at.
MIN_Z = 2.58
# How much the background weighs, in articles. Source: Monroe, Colaresi and Quinn 2008, section 3.3.2.
PRIOR_ARTICLES = 50.0
# A word in so many of the articles carries no news, in languages without a list of stop words.
MAX_ARTICLE_SHARE = 0.2
# Two phrases that share a word are one if the rarer stands in so much of what the other does.
SUBSUMED = 0.8
_WORD = re.compile(r"[^\W\d_](?:[\w'’-]*[^\W_])?")
_CLAUSE = re.compile(r"[.,;:!?()\[\]\"“”«»„—–\n։]+")
_NEWS_WORDS = frozenset(
    [
        "said",
        "says",
        "say",
        "told",
        "tell",
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
        "today",
        "yesterday",
        "tomorrow",
        "week",
        "month",
        "year",
        "day",
        "days",
        "people",
        "new",
        "news",
        "statement",
        "according",
        "reported",
        "report",
        "reports",
        "reporter",
        "also",
        "would",
        "could",
        "one",
        "two",
        "three",
    ]
)
STOP_WORDS = ENGLISH_STOP_WORDS | _NEWS_WORDS


@dataclass(frozen=True, slots=True)
class Document:
    """The relevant text of one article, copies left out."""

    article_id: int
    outlet: str
    text: str
    example: Example | None = None


def find_emerging_terms(
    today: Sequence[Document], before: Sequence[Document], *, codebook: Codebook, surfaces: Set[str]
) -> tuple[EmergingTerm, ...]:
    """Phrases of one or two words that are more frequent today than before, strongest first.

    Cases are articles, so that one article repeating a phrase is one. The log-odds ratio has an informative Dirichlet
    prior: the frequencies of both days together. Source: Monroe, Colaresi and Quinn 2008, "Fightin' Words".

    Args:
        today: the day's documents.
        before: those of the days before.
        codebook: its patterns are known already.
        surfaces: the term mentions as they stand in the texts.
    """
    now = {doc.article_id: set(iter_phrases(doc.text)) for doc in today}
    then = [set(iter_phrases(doc.text)) for doc in before]
    counts, background = _count(now.values()), _count(then)
    known = KnownWords(codebook, surfaces)
    limit = max(MAX_ARTICLE_SHARE * len(then), MIN_ARTICLES)
    outlets, examples = _find_users(today, now)
    terms = []
    for phrase, n in counts.items():
        if (n < MIN_ARTICLES and len(outlets[phrase]) < MIN_OUTLETS) or n < 2:
            continue
        if any(background[word] > limit for word in phrase.split()) or known.has(phrase):
            continue
        # Single words come and go; one that no pattern knows is news only where today outdoes all days before together.
        if " " not in phrase and background[phrase] >= n:
            continue
        z = find_log_odds(n, len(now), background[phrase], len(then))
        if z >= MIN_Z:
            terms.append(EmergingTerm(phrase, n, len(outlets[phrase]), background[phrase], z, examples[phrase]))
    ranked = sorted(terms, key=lambda term: (-round(term.z, 9), " " not in term.phrase, term.phrase))
    return tuple(_without_parts(ranked)[:MAX_TERMS])


def find_log_odds(n_now: int, total_now: int, n_before: int, total_before: int) -> float:
    """The z-score of the log-odds ratio of a phrase, prior from both together.

    delta = log((y1 + a) / (N1 + A - y1 - a)) - log((y2 + a) / (N2 + A - y2 - a)); variance = 1/(y1 + a) + 1/(y2 + a).
    """
    prior = PRIOR_ARTICLES * (n_now + n_before + 0.5) / (total_now + total_before + 1.0)
    y1, y2 = n_now + prior, n_before + prior
    rest1, rest2 = total_now + PRIOR_ARTICLES - y1, total_before + PRIOR_ARTICLES - y2
    delta = log(y1 / max(rest1, 0.5)) - log(y2 / max(rest2, 0.5))
    return delta / sqrt(1 / y1 + 1 / y2)


def iter_phrases(text: str) -> Iterator[str]:
    """The words and pairs of words of a text, lower case, within a clause, no stop word among them."""
    for clause in _CLAUSE.split(text.lower()):
        words = [word.replace("’", "'").removesuffix("'s") for word in _WORD.findall(clause)]
        plain = [word if len(word) > 2 and word not in STOP_WORDS else "" for word in words]
        yield from (word for word in plain if word)
        yield from (f"{a} {b}" for a, b in itertools.pairwise(plain) if a and b)


class KnownWords:
    """What the codebook has a pattern for, context left aside, and what its patterns have matched."""

    def __init__(self, codebook: Codebook, surfaces: Set[str]) -> None:
        # A pattern that needs a context does not know its word in every one: its mentions tell where it did.
        lists = [some for _, by_language in codebook.iter_pattern_lists() for some in by_language.values()]
        phrases = [phrase for some in lists for p in some if p.near is None for phrase in p.phrases]
        words = [[_as_expression(word) for word in p.lower().split()] for p in phrases if not p.startswith("@")]
        joined = "|".join(sorted({r" ".join(part) for part in words}, key=len, reverse=True))
        self._pattern = re.compile(rf"(?<!\w)(?:{joined})(?!\w)") if joined else None
        self._surfaces = "\n".join(sorted(_flat(surface) for surface in surfaces))

    def has(self, phrase: str) -> bool:
        """True if a pattern matches inside the phrase, or the phrase stands inside a mention."""
        if self._pattern and self._pattern.search(phrase):
            return True
        return re.search(rf"(?<!\w){re.escape(phrase)}(?!\w)", self._surfaces) is not None


def _as_expression(word: str) -> str:
    return re.escape(word).replace(r"\*", r"\w*")


def _flat(surface: str) -> str:
    return " ".join(surface.lower().split())


def _count(documents: object) -> Counter[str]:
    counts: Counter[str] = Counter()
    for phrases in documents:  # type: ignore[attr-defined]
        counts.update(phrases)
    return counts


def _find_users(
    today: Sequence[Document], phrases: Mapping[int, Set[str]]
) -> tuple[dict[str, set[str]], dict[str, tuple[Example, ...]]]:
    """The outlets that use each phrase, and the first articles that do, of two outlets."""
    outlets: dict[str, set[str]] = defaultdict(set)
    examples: dict[str, tuple[Example, ...]] = defaultdict(tuple)
    for doc in today:
        for phrase in phrases[doc.article_id]:
            is_news = doc.outlet not in outlets[phrase]
            outlets[phrase].add(doc.outlet)
            if doc.example and is_news and len(examples[phrase]) < MAX_EXAMPLES:
                examples[phrase] = (*examples[phrase], doc.example)
    return outlets, examples


def _without_parts(terms: Sequence[EmergingTerm]) -> list[EmergingTerm]:
    """The terms without those that share a word with a stronger one in nearly as many articles: it tells them already."""
    kept: list[EmergingTerm] = []
    for term in terms:
        words = set(term.phrase.split())
        told = (
            words & set(other.phrase.split())
            and min(term.n_articles, other.n_articles) >= SUBSUMED * max(term.n_articles, other.n_articles)
            for other in kept
        )
        if not any(told):
            kept.append(term)
    return kept
