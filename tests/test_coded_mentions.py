"""The coded mentions that term lists are measured on: each stands in its passage, and its code is the codebook's."""

import sys
from datetime import date
from pathlib import Path

import pytest

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE / "benchmarks")]

from bench_mentions import (  # noqa: E402
    CODED,
    CODED_AGAIN,
    READ,
    UNREAD,
    WRITTEN_FROM,
    CodedText,
    Mention,
    compare_codings,
    count_found,
    read_coded,
)
from measure import SEEDS  # noqa: E402

from framewire.codebook import load_codebook  # noqa: E402
from framewire.label import Labeller  # noqa: E402


@pytest.mark.parametrize("file", [CODED, CODED_AGAIN])
def test_codes_and_places(file: Path) -> None:
    codebook = load_codebook(SEEDS / "codebook.yaml")
    known = {f"{referent.id}/{wording.id}" for referent in codebook.terminology for wording in referent.wordings}
    coded = read_coded(file)
    assert len({one.id for one in coded}) == len(coded) >= 250
    assert {mention.code for one in coded for mention in one.mentions} <= known
    assert {one.part for one in coded} == {READ, UNREAD}
    assert all(one.day is None or one.day < WRITTEN_FROM for one in coded)


def test_counts() -> None:
    labeller = Labeller(load_codebook(SEEDS / "codebook.yaml"))
    text = "Shushi was theirs, they said in Stepanakert."
    coded = CodedText("a", text, date(2021, 1, 1), [Mention(0, 6, "shushi/shushi"), Mention(11, 17, "outcome/retook")])
    counts = count_found(labeller, [coded])
    told = {what: counts[coded.part, "all", what] for what in ("coded", "found", "said", "right")}
    assert told == {"coded": 2, "found": 1, "said": 2, "right": 1}
    assert counts[coded.part, "outcome", "coded"] == 1
    assert counts[coded.part, "outcome", "found"] == 0


def test_codings_of_the_same_passages_are_compared() -> None:
    first = [CodedText("a", "", None, [Mention(0, 4, "x/y"), Mention(9, 12, "x/z")]), CodedText("b", "", None, [])]
    second = [CodedText("a", "", None, [Mention(2, 6, "x/y"), Mention(9, 12, "x/y"), Mention(20, 22, "x/y")])]
    assert compare_codings(first, second) == (2, 3, 1)
