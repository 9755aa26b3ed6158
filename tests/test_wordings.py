"""Which wording the codebook finds in many ways of saying the same: invented sentences, and the same words about other events.

`wordings/english.tsv`: the day a sentence is published on, the wording that must be found in it ("-": none but names of
places), the sentence.
"""

import csv
from datetime import date
from functools import cache
from pathlib import Path

import pytest

from framewire.codebook import load_codebook
from framewire.label.terms import TermMatcher, find_mentions

SENTENCES = Path(__file__).parent / "wordings" / "english.tsv"
NAMES_OF_PLACES = ("region", "capital", "shushi")


@cache
def build_matcher() -> TermMatcher:
    """The matcher of the codebook that comes along."""
    return TermMatcher(load_codebook(Path(__file__).parents[1] / "seeds" / "karabakh" / "codebook.yaml"))


def read_sentences() -> dict[str, list[tuple[date, str]]]:
    """The dated sentences of each wording, and of none ("-")."""
    sentences: dict[str, list[tuple[date, str]]] = {}
    with SENTENCES.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(
            (line for line in lines if not line.startswith("#")), delimiter="\t", quoting=csv.QUOTE_NONE
        ):
            day = date.fromisoformat(row["published_on"])
            sentences.setdefault(row["wording"], []).append((day, row["sentence"]))
    return sentences


def find_wordings(sentence: str, published_on: date) -> set[str]:
    """The wordings found in a sentence of that day."""
    mentions = find_mentions(build_matcher().annotate(sentence, language="en", published_on=published_on))
    return {f"{mention.referent}/{mention.wording}" for mention in mentions}


BY_WORDING = read_sentences()


@pytest.mark.parametrize("wording", sorted(BY_WORDING.keys() - {"-"}))
def test_a_wording_is_found_in_the_ways_in_which_it_is_said(wording: str) -> None:
    missed = [sentence for day, sentence in BY_WORDING[wording] if wording not in find_wordings(sentence, day)]
    assert not missed


def test_the_same_words_about_other_events_are_no_mentions() -> None:
    found = {sentence: find_wordings(sentence, day) for day, sentence in BY_WORDING["-"]}
    wrong = {
        sentence: [wording for wording in wordings if not wording.startswith(NAMES_OF_PLACES)]
        for sentence, wordings in found.items()
    }
    assert not {sentence: wordings for sentence, wordings in wrong.items() if wordings}
