"""An archive of any size from the sample press: `python archive_press.py FOLDER N [SHARE]` writes N invented articles as JSON Lines.

Each article has a headline and paragraphs of one outlet's items, put together anew until it is as long as articles are, a
place and a day of its own, and an address. So is a SHARE of the articles (all by default); the others are made of the
seeds' passages that are not on the subject, in the same countries and words. The same number, share and seed give the same
bytes; the first articles of a larger archive are those of a smaller one.
"""

import json
import random
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from measure import SEEDS

from framewire.codebook import load_codebook
from framewire.ingest import load_feed_list, parse_feed
from framewire.learn import find_passage_files, load_passages
from framewire.records import Outlet

SAMPLE = Path(__file__).parents[2] / "seeds" / "sample"
PER_FILE = 20_000
FIRST_DAY = datetime(2020, 1, 1, tzinfo=UTC)
N_DAYS = 366
# Source: news articles of agencies and dailies have 300 to 600 words; log-normal as lengths of texts are.
MEDIAN_WORDS, SPREAD = 430, 0.45
MIN_WORDS, MAX_WORDS = 60, 1_500


@dataclass(frozen=True, slots=True)
class Stock:
    """What one outlet's articles are made of."""

    outlet: str
    language: str
    titles: tuple[str, ...]
    paragraphs: tuple[str, ...]


def load_stock() -> list[Stock]:
    """The titles and paragraphs of each outlet of the sample press."""
    stock = []
    for outlet in _list_outlets():
        for feed in outlet.feeds:
            path = SAMPLE / feed.url.rpartition("/")[2]
            found = parse_feed(
                path.read_bytes(), url="https://sample.example/feed", fetched_at=datetime(2027, 1, 1, tzinfo=UTC)
            )
            paragraphs = [part for entry in found.entries for part in entry.text.split("\n\n") if part.strip()]
            titles = [entry.title for entry in found.entries]
            stock.append(Stock(outlet.id, feed.language, tuple(titles), tuple(paragraphs)))
    return stock


def load_other_stock() -> Stock:
    """What articles on other subjects are made of; the first words of a passage are a headline."""
    codebook = load_codebook(SEEDS / "codebook.yaml")
    passages = load_passages(find_passage_files(SEEDS / "passages"), codebook=codebook)
    texts = tuple(passage.text for passage in passages if not passage.relevant)
    return Stock("other-press", "en", tuple(" ".join(text.split()[:9]) for text in texts), texts)


def _list_outlets() -> tuple[Outlet, ...]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "feeds.yaml"
        text = (SAMPLE / "feeds.yaml").read_text(encoding="utf-8")
        path.write_text(text.replace("{base}", "https://sample.example"), encoding="utf-8")
        return load_feed_list(path)


def make_articles(n: int, *, share: float = 1.0, seed: int = 0) -> Iterator[dict[str, str]]:
    """`n` articles, a `share` of them on the subject, in no order of days; each from a generator of its own."""
    stock, other = load_stock(), load_other_stock()
    sizes = [len(one.titles) for one in stock]
    for number in range(n):
        draw = random.Random(f"{seed}:{number}")
        taken = draw.choices(stock, sizes)[0]
        yield _make_article(number, taken if draw.random() < share else other, draw)


def write_archive(folder: Path, n: int, *, share: float = 1.0, seed: int = 0) -> list[Path]:
    """The files of an archive of `n` articles."""
    folder.mkdir(parents=True, exist_ok=True)
    paths: list[Path] = []
    lines: list[str] = []
    for number, article in enumerate(make_articles(n, share=share, seed=seed), start=1):
        lines.append(json.dumps(article, ensure_ascii=False))
        if len(lines) == PER_FILE or number == n:
            paths.append(folder / f"{len(paths):04d}.jsonl")
            paths[-1].write_text("\n".join(lines) + "\n", encoding="utf-8")
            lines = []
    return paths


def _make_article(number: int, stock: Stock, draw: random.Random) -> dict[str, str]:
    wanted = min(MAX_WORDS, max(MIN_WORDS, draw.lognormvariate(0, SPREAD) * MEDIAN_WORDS))
    parts: list[str] = []
    n_words = 0
    while n_words < wanted:
        part = draw.choice(stock.paragraphs)
        parts.append(part)
        n_words += len(part.split())
    # Any day of the year, as in a crawl: the hardest order for what is written by day.
    published = FIRST_DAY + timedelta(seconds=draw.randrange(N_DAYS * 86_400))
    return {
        "id": f"{stock.outlet}-{number}",
        "title": draw.choice(stock.titles),
        "text": "\n\n".join([*parts, f"({number})"]),
        "url": f"https://{stock.outlet}.press.example/{published:%Y/%m/%d}/{number}",
        "published": published.isoformat(),
        "outlet": stock.outlet,
        "language": stock.language,
    }


def main() -> None:
    """Writes an archive and says how large it is."""
    folder, n, share = Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]) if len(sys.argv) > 3 else 1.0
    paths = write_archive(folder, n, share=share)
    print(f"{n} articles in {len(paths)} files, {sum(path.stat().st_size for path in paths) / 2**20:.1f} MiB")


if __name__ == "__main__":
    main()
