"""How many of the mentions that a coder lists the term lists find, in the right wording, and how many of theirs are on the list.

Run: make bench, or this file with python. `coded_mentions.jsonl` holds the mentions of the project's own passages (those of the
seeds that are on the subject, and half of the sample press'), coded by reading, without a look at what the lists find. Two
thirds may be read to mend lists by; of the last third (by checksum of the passage's id) only the counts are looked at, so that
it tells what a mending is worth elsewhere.
"""

import json
import sys
import zlib
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from coded_press import read_coded_press  # noqa: E402
from measure import SEEDS, show_table  # noqa: E402

from framewire.codebook import load_codebook  # noqa: E402
from framewire.label import Labeller  # noqa: E402
from framewire.learn import find_passage_files  # noqa: E402

CODED, CODED_AGAIN = HERE / "coded_mentions.jsonl", HERE / "coded_mentions_second.jsonl"
# Passages of the seeds without a day of their own bear the one on which they were written, which is no event's.
WRITTEN_FROM = date(2026, 11, 24)
READ, UNREAD = "to read", "only counted"


class Mention(NamedTuple):
    """A stretch of a passage and its code, `referent/wording`."""

    start: int
    end: int
    code: str

    def agrees(self, other: "Mention") -> bool:
        """Whether both stand in the same place and say the same."""
        return self.code == other.code and self.start < other.end and other.start < self.end


class CodedText(NamedTuple):
    """A passage, its day if it has one, and the mentions that a coder lists."""

    id: str
    text: str
    day: date | None
    mentions: list[Mention]

    @property
    def part(self) -> str:
        """Whether it may be read to mend lists by."""
        return READ if zlib.crc32(self.id.encode()) % 3 else UNREAD


def read_coded(file: Path = CODED) -> list[CodedText]:
    """The coded passages, in the file's order.

    Raises:
        KeyError: a passage is not there any more.
        ValueError: a quote does not stand in its passage.
    """
    texts = dict(_list_texts())
    lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    found = []
    for line in lines[1:]:
        text, day = texts[line["id"]]
        found.append(CodedText(line["id"], text, day, [_place(text, **mention) for mention in line["mentions"]]))
    return found


def count_found(labeller: Labeller, coded: list[CodedText]) -> Counter[tuple[str, str, str]]:
    """`coded`, `found`, `said` and `right` by part and referent; the referent `all` is their sum."""
    counts: Counter[tuple[str, str, str]] = Counter()
    for one in coded:
        labels = labeller.label_passage(one.text, published_on=one.day)
        said = [Mention(m.start, m.end, f"{m.referent}/{m.wording}") for m in labels.mentions]
        for wanted, other, whole, hit in (
            (one.mentions, said, "coded", "found"),
            (said, one.mentions, "said", "right"),
        ):
            for mention in wanted:
                for referent in ("all", mention.code.partition("/")[0]):
                    counts[one.part, referent, whole] += 1
                    counts[one.part, referent, hit] += any(map(mention.agrees, other))
    return counts


def compare_codings(one: list[CodedText], other: list[CodedText]) -> tuple[int, int, int]:
    """Mentions of the one coding and of the other, in the passages of both, and those of the one that the other has, too."""
    theirs = {coded.id: coded.mentions for coded in other}
    both = [(coded.mentions, theirs[coded.id]) for coded in one if coded.id in theirs]
    agreed = sum(any(map(mention.agrees, others)) for ours, others in both for mention in ours)
    return sum(len(ours) for ours, _ in both), sum(len(others) for _, others in both), agreed


def _list_texts() -> Iterator[tuple[str, tuple[str, date | None]]]:
    for file in find_passage_files(SEEDS / "passages"):
        for line in file.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            if "text" in row:
                day = date.fromisoformat(row["date"])
                yield row["id"], (row["text"], day if day < WRITTEN_FROM else None)
    for dated in read_coded_press():
        yield dated.passage.id, (dated.passage.text, dated.day)


def _place(text: str, quote: str, n: int, code: str) -> Mention:
    """The n-th place of a quote, counted from 1."""
    start = -1
    for _ in range(n):
        start = text.index(quote, start + 1)
    return Mention(start, start + len(quote), code)


def test_mentions_that_coders_list() -> None:
    codebook = load_codebook(SEEDS / "codebook.yaml")
    coded = read_coded()
    counts = count_found(Labeller(codebook), coded)
    for part in (READ, UNREAD):
        rows = []
        for referent in ("all", *(referent.id for referent in codebook.terminology)):
            whole, hit, said, right = (counts[part, referent, what] for what in ("coded", "found", "said", "right"))
            rows.append(
                [referent, f"{whole:,}", f"{hit / max(whole, 1):.3f}", f"{said:,}", f"{right / max(said, 1):.3f}"]
            )
        n = sum(one.part == part for one in coded)
        show_table(
            f"mentions in {n:,} passages {part}", ["", "coded", "of these found", "said", "of these coded"], rows
        )
    again = read_coded(CODED_AGAIN)
    one, other, agreed = compare_codings(coded, again)
    print(
        f"\ntwo coders of one kind, {len(again)} passages: {one} and {other} mentions, F1 of the one against the other {2 * agreed / (one + other):.3f}"
    )


if __name__ == "__main__":
    test_mentions_that_coders_list()
