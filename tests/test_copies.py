"""Copies: found on labelled pairs well enough, in any order, and kept in the store."""

from datetime import timedelta
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, select

from copy_cases import LabelledPair, list_press_pairs, list_wire_pairs
from framewire.ingest.copies import compare_texts, iter_pairs, split_words
from framewire.store import Copy, read_articles, record_copies, transaction
from framewire.store.schema import copies
from store_cases import HOUR, NOW, OTHER, dump, entry, poll

WITHIN = timedelta(days=3).total_seconds()
# Source: the aim of the house; on real pairs, kept outside the project, see docs/method.md.
PRECISION, RECALL = 0.98, 0.95

WIRE = (
    "The League of Rivers called both banks of the lake to a table in spring, and asked them to leave the gauges to its "
    "engineers until every reading of the last three years has been compared."
)
OWN = "Fishermen of three villages pulled their boats ashore on Monday, because the harbour of the old town lies dry."


@pytest.fixture(scope="module")
def pairs() -> list[LabelledPair]:
    return [*list_press_pairs(), *list_wire_pairs()]


def test_copies_are_told_from_reports_of_the_same_event(pairs: list[LabelledPair]) -> None:
    found = {pair.name: compare_texts(pair.first, pair.second).is_copy for pair in pairs}
    true = {pair.name for pair in pairs if pair.is_copy}
    said = {name for name, is_copy in found.items() if is_copy}
    assert (len(true) >= 60, len(pairs) - len(true) >= 200) == (True, True)
    assert len(said & true) / len(said) >= PRECISION, sorted(said - true)
    assert len(said & true) / len(true) >= RECALL, sorted(true - said)


def test_edited_wire_texts_one_by_one() -> None:
    wrong = [p.name for p in list_wire_pairs() if compare_texts(p.first, p.second).is_copy != p.is_copy]
    assert wrong == []


@pytest.mark.parametrize(
    ("first", "second", "expected", "reason"),
    [
        (WIRE, WIRE, True, "the same text"),
        (WIRE, WIRE.upper() + " (AGENCY)", True, "case and a mark at the end"),
        (WIRE, f"NORTHAVEN, 3 May (Agency) - {WIRE}", True, "place and agency before it"),
        (WIRE, OWN, False, "another text"),
        (WIRE, WIRE[:90] + OWN, False, "half of it is its own"),
        ("Morning news of the day", "Morning news of the day", False, "too short to tell"),
        ("", "", False, "no words"),
    ],
)
def test_copies(first: str, second: str, expected: bool, reason: str) -> None:
    words = [split_words("", first), split_words("", second)]
    found = list(iter_pairs(words, [0.0, 60.0], new=[True, True], within=WITHIN))
    assert [pair.likeness.is_copy for pair in found] == ([True] if expected else [False] * len(found)), reason


def test_a_headline_counts_only_where_there_is_no_text() -> None:
    title = "Board of the upper lake opens gauge to engineers of both banks at last"
    assert split_words(title, WIRE) == split_words("Another", WIRE)
    assert compare_texts(split_words(title, ""), split_words(title, "")).is_copy


@pytest.mark.parametrize(
    ("times", "new", "expected", "reason"),
    [
        ([0, 1, 2], [True, True, True], [(1, 0), (2, 0), (2, 1)], "each with each earlier one"),
        ([0, 1, 2], [False, False, True], [(2, 0), (2, 1)], "only what is new is compared"),
        ([0, 2, 4], [True, True, True], [(1, 0), (2, 1)], "three days apart at most"),
        ([9, 1, 2], [True, True, True], [(2, 1)], "the order is that of the list, the distance that of the times"),
    ],
)
def test_which_pairs_are_compared(
    times: list[float], new: list[bool], expected: list[tuple[int, int]], reason: str
) -> None:
    seconds = [days * 86_400.0 for days in times]
    found = list(iter_pairs([split_words("", WIRE)] * 3, seconds, new=new, within=WITHIN))
    assert [(pair.later, pair.earlier) for pair in found] == expected, reason


WORDS = st.lists(st.sampled_from(["a", "b", "c", "d", "e", "f"]), max_size=30)


@given(st.lists(WORDS, max_size=6))
def test_pairs_found_by_the_matrix_are_those_found_one_by_one(texts: list[list[str]]) -> None:
    found = {(p.later, p.earlier) for p in iter_pairs(texts, [0.0] * len(texts), new=[True] * len(texts), within=1.0)}
    for i, j in combinations(range(len(texts)), 2):
        likeness = compare_texts(texts[j], texts[i])
        assert likeness == compare_texts(texts[i], texts[j])
        assert 0.0 <= likeness.jaccard <= likeness.contained <= 1.0
        if (
            likeness.is_copy
            and min(len(set(zip(*(t[k:] for k in range(4)), strict=False))) for t in (texts[i], texts[j])) >= 5
        ):
            assert (j, i) in found


def test_recording_copies_again_changes_nothing_and_an_original_is_no_copy(engine: Engine) -> None:
    with transaction(engine) as conn:
        poll(conn, *(entry(str(n), f"Title {n}", f"{WIRE} {n}") for n in range(3)))
        poll(
            conn,
            *(entry(str(n), f"Title {n}", f"{WIRE} {n}", url=f"https://south.example/{n}") for n in (3, 4)),
            feed=OTHER,
        )
        assert record_copies(conn, [1, 2, 3, 4], {3: Copy(3, 2, 0.9), 4: Copy(4, 2, 0.8)}, now=NOW) == 2
        before = dump(conn)["copies"]
        assert record_copies(conn, [3, 4], {3: Copy(3, 2, 0.9), 4: Copy(4, 2, 0.8)}, now=NOW + HOUR) == 0
        assert dump(conn)["copies"] == before
        table = read_articles(conn).set_index("article_id")
        assert table["copy_of"].fillna(0).tolist() == [0, 0, 2, 2, 0]
        assert table["pickup"].tolist() == [1, 2, 2, 2, 1]
        record_copies(conn, [2], {2: Copy(2, 1, 0.7)}, now=NOW + HOUR)
        assert {row[0]: row[1] for row in conn.execute(select(copies.c.article_id, copies.c.original_id))} == {
            2: 1,
            3: 1,
            4: 1,
        }
        record_copies(conn, [3], {}, now=NOW + HOUR)
        assert read_articles(conn)["copy_of"].fillna(0).tolist() == [0, 1, 0, 1, 0]
