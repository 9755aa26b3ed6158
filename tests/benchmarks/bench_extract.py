"""How well and how fast pages are read, beside trafilatura as it comes and readability; asserts nothing.

Needs a folder with `ground-truth.json` (by key: `articleBody`, `url`) and `html/KEY.html.gz`, as the public
article-extraction-benchmark of Scrapinghub has them (MIT; 181 news pages); or the folder `tests/resources/parser/test_data`
of Fundus (MIT; pages of publishers of forty countries, with the text that its parser for that publisher finds), of which
those publishers are taken that have one page. Measured as in the first: a text is the multiset of
its runs of four words; precision and recall are means over the pages, F1 is of these two means; intervals are of 1,000
resamples of the pages.

Run: FRAMEWIRE_EXTRACTION=FOLDER make bench, or this file with the folder.
"""

import gzip
import json
import os
import random
import re
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import lxml.html
import pytest

from framewire.ingest.blocks import hash_blocks
from framewire.ingest.extract import PageBytes, extract_page, extract_text
from framewire.records import PageState

NOW = datetime(2026, 11, 25, tzinfo=UTC)
RUN = 4
_WORD = re.compile(r"\w+")


class Case(NamedTuple):
    """One page of the benchmark."""

    url: str
    body: bytes
    expected: str


class Score(NamedTuple):
    """Means over pages."""

    f1: float
    precision: float
    recall: float


def read_cases(folder: Path) -> list[Case]:
    """The pages with their texts, of either benchmark."""
    if not (folder / "ground-truth.json").exists():
        return list(read_fundus(folder))
    truth = json.loads((folder / "ground-truth.json").read_text(encoding="utf-8"))
    return [
        Case(case["url"], gzip.decompress((folder / "html" / f"{key}.html.gz").read_bytes()), case["articleBody"])
        for key, case in truth.items()
    ]


def read_fundus(folder: Path) -> Iterator[Case]:
    """The pages of Fundus' publishers that have one page, in the order of their names."""
    for truth in sorted(folder.glob("*/*.json")):
        versions = list(json.loads(truth.read_text(encoding="utf-8")).values())
        pages = list(truth.parent.glob(f"{truth.stem}_[0-9]*.html.gz"))
        if len(versions) == len(pages) == 1 and versions[0].get("body"):
            about = json.loads((truth.parent / "meta.info").read_text(encoding="utf-8"))[pages[0].name]
            yield Case(about["url"], gzip.decompress(pages[0].read_bytes()), join_body(versions[0]["body"]))


def join_body(body: dict[str, Any]) -> str:
    """Summary, headlines and paragraphs of a text as Fundus keeps it."""
    parts = [*body["summary"]]
    for section in body["sections"]:
        parts += [*section["headline"], *section["paragraphs"]]
    return "\n\n".join(parts)


def count_runs(text: str) -> Counter[tuple[str, ...]]:
    """The runs of four words in a text; a shorter text is one run."""
    words = _WORD.findall(text)
    return Counter(tuple(words[i : i + RUN]) for i in range(max(1, len(words) - RUN + 1)) if words)


def compare(expected: str, found: str) -> tuple[float | None, float | None]:
    """Precision and recall of a text; None where it has no runs to take a share of."""
    a, b = count_runs(expected), count_runs(found)
    shared = (a & b).total()
    return (shared / b.total() if b else None), (shared / a.total() if a else None)


def score(pairs: list[tuple[float | None, float | None]]) -> Score:
    """The means of the pages that have a value."""
    precision = statistics.mean(p for p, _ in pairs if p is not None)
    recall = statistics.mean(r for _, r in pairs if r is not None)
    return Score(2 * precision * recall / (precision + recall), precision, recall)


def find_interval(pairs: list[tuple[float | None, float | None]], n: int = 1_000) -> tuple[float, float]:
    """The middle 95 % of F1 over resamples of the pages."""
    chance = random.Random(0)
    values = sorted(score(chance.choices(pairs, k=len(pairs))).f1 for _ in range(n))
    return values[n // 40], values[-n // 40]


def parse(body: bytes) -> lxml.html.HtmlElement:
    """A page as a tree."""
    parser = lxml.html.HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True)
    return lxml.html.document_fromstring(body, parser=parser)


def list_readers() -> dict[str, Callable[[Case], str]]:
    """Ours and the others, those that are installed."""
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import trafilatura

    def whole(case: Case) -> str:
        return extract_page(PageBytes(case.body, case.url, case.url, "", NOW, "text/html")).text

    def markup(case: Case) -> str:
        return case.body.decode("utf-8", "replace")

    readers: dict[str, Callable[[Case], str]] = {
        "ours, text alone": lambda case: extract_text(parse(case.body)),
        "ours, declared walls honoured": whole,
        "trafilatura": lambda case: trafilatura.extract(markup(case), include_comments=False) or "",
        "trafilatura, precision": lambda case: (
            trafilatura.extract(markup(case), include_comments=False, favor_precision=True) or ""
        ),
        "trafilatura, precision, no tables": lambda case: (
            trafilatura.extract(markup(case), include_comments=False, favor_precision=True, include_tables=False) or ""
        ),
        "trafilatura, fast": lambda case: trafilatura.extract(markup(case), include_comments=False, fast=True) or "",
        "trafilatura, baseline": lambda case: trafilatura.baseline(markup(case))[1],
    }
    try:
        from readability import Document
    except ImportError:
        return readers
    readers["readability-lxml"] = lambda case: " ".join(
        lxml.html.fromstring(Document(markup(case)).summary()).itertext()
    )
    return readers


def report_quality(cases: list[Case]) -> None:
    """Prints a line a reader."""
    print(f"\n{len(cases)} pages\n{'':34} F1     95 %           precision recall  pages/s")
    for name, read in list_readers().items():
        started = time.process_time()
        texts = [read(case) for case in cases]
        seconds = time.process_time() - started
        pairs = [compare(case.expected, text) for case, text in zip(cases, texts, strict=True)]
        found, (low, high) = score(pairs), find_interval(pairs)
        print(
            f"{name:34} {found.f1:.4f} {low:.4f}-{high:.4f} {found.precision:.4f}    {found.recall:.4f}"
            f"  {len(cases) / seconds:.1f}",
            flush=True,
        )


def report_states(cases: list[Case]) -> None:
    """Prints what became of the pages, and why, of those without a text."""
    found = [(case, extract_page(PageBytes(case.body, case.url, case.url, "", NOW, "text/html"))) for case in cases]
    print(Counter(page.state.value for _, page in found))
    for case, page in found:
        if page.state is PageState.HEADLINE_ONLY and "isAccessible" not in page.message:
            print(f"     {case.url}: {page.message}; {len(case.expected)} characters expected")
    for message, n in Counter(p.message for _, p in found if p.state is not PageState.EXTRACTED).most_common():
        print(f"{n:4} {message}")
    sites = Counter(case.url.split("/")[2] for case, page in found if page.text)
    shared = Counter(block for _, page in found for block in hash_blocks(page.text))
    n_shared = sum(n > 1 for n in shared.values())
    print(
        f"{len(sites)} sites, at most {max(sites.values())} pages of one; {n_shared} paragraphs stand on more than one page"
    )


def test_extraction() -> None:
    """Skipped without a folder."""
    if not (folder := os.environ.get("FRAMEWIRE_EXTRACTION")):
        pytest.skip("FRAMEWIRE_EXTRACTION names no folder")
    cases = read_cases(Path(folder))
    report_quality(cases)
    report_states(cases)


if __name__ == "__main__":
    os.environ["FRAMEWIRE_EXTRACTION"] = sys.argv[1]
    test_extraction()
