"""Paragraphs of a page: which of them an outlet repeats on page after page, and which are prompts and no article."""

import hashlib
import re
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources

from framewire.records import ALL_PAGES

# Two pages of one story share paragraphs. Source: the measurement in docs/method.md, "Full text".
MIN_PAGES = 3
MIN_SHARE = 0.2
# A long paragraph that returns is an outlet's background on the subject more often than a box: that is what we count.
LONG_CHARS = 160
MIN_PAGES_LONG = 5
MIN_SHARE_LONG = 0.5
# A longer paragraph that begins like a prompt is a sentence of the article. Source: two lines of a headline.
MAX_PROMPT_CHARS = 200
# A credit alone; a longer paragraph that names an agency is a report like any other.
MAX_CREDIT_CHARS = 80


def split_blocks(text: str) -> list[str]:
    """The paragraphs of a text that are apart by blank lines."""
    return [block for block in text.split("\n\n") if block.strip()]


def join_blocks(blocks: Sequence[str]) -> str:
    """A text of these paragraphs."""
    return "\n\n".join(blocks)


def hash_block(block: str) -> str:
    """What makes a paragraph the same paragraph: its words, whatever their case; numbers count as one word."""
    folded = re.sub(r"\d+", "0", " ".join(block.split()).casefold())
    return hashlib.sha256(folded.encode()).hexdigest()[:32]


def hash_blocks(text: str) -> frozenset[str]:
    """The hashes of a text's paragraphs."""
    return frozenset(hash_block(block) for block in split_blocks(text))


def remove_repeated(text: str, counts: Mapping[str, int]) -> str:
    """The text without the paragraphs that its outlet repeats; the whole text if nothing else is in it.

    Args:
        text: paragraphs apart by blank lines.
        counts: pages that hold a paragraph, by its hash; under `ALL_PAGES` the pages that were counted.
    """
    blocks = split_blocks(text)
    kept = [block for block in blocks if not _is_repeated(block, counts) or is_credit(block)]
    return join_blocks(kept) if kept else text


def is_prompt(block: str) -> bool:
    """True for a short paragraph that begins as prompts do."""
    folded = fold(block)
    return len(folded) <= MAX_PROMPT_CHARS and folded.startswith(load_phrases("prompt")) and not is_credit(block)


def is_credit(block: str) -> bool:
    """True for a short paragraph that names an agency."""
    return len(block) <= MAX_CREDIT_CHARS and bool(_credits().search(fold(block)))


def fold(text: str) -> str:
    """The text in lower case on one line."""
    return " ".join(text.split()).casefold()


@cache
def load_phrases(kind: str) -> tuple[str, ...]:
    """The phrases of one kind, folded: 'wall', 'gate', 'prompt' or 'credit'."""
    path = resources.files("framewire.ingest") / "page_phrases.toml"
    return tuple(fold(phrase) for phrase in tomllib.loads(path.read_text(encoding="utf-8"))[kind])


@cache
def _credits() -> re.Pattern[str]:
    names = "|".join(re.escape(name) for name in load_phrases("credit"))
    return re.compile(rf"(?<!\w)(?:{names})(?!\w)")


def _is_repeated(block: str, counts: Mapping[str, int]) -> bool:
    n, n_pages = counts.get(hash_block(block), 0), counts.get(ALL_PAGES, 0)
    is_long = len(block) > LONG_CHARS
    least, share = (MIN_PAGES_LONG, MIN_SHARE_LONG) if is_long else (MIN_PAGES, MIN_SHARE)
    return n >= least and n >= share * n_pages
