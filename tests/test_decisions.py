"""Linear decisions over named features, and the places of a text that clauses end at."""

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framewire.label import AccusedModel, VoiceArbiter
from framewire.label.decisions import NamedDecisions
from framewire.label.voice_layout import Places
from framewire.records import Voice

NAMES = st.sampled_from("abcdef")
ROWS = st.dictionaries(NAMES, st.floats(-9, 9), max_size=6)
INDEXES = st.integers(0, 30)


@given(weights=st.dictionaries(st.sampled_from(["one", "other", "third"]), ROWS), features=ROWS)
def test_sums_are_those_of_each_decision_alone(
    weights: dict[str, dict[str, float]], features: dict[str, float]
) -> None:
    expected = {
        decision: sum(row.get(name, 0.0) * value for name, value in features.items())
        for decision, row in weights.items()
    }
    assert NamedDecisions(weights).sum_up(features) == pytest.approx(expected)


def test_a_used_model_is_stored_without_what_was_built_from_it() -> None:
    arbiter = VoiceArbiter(
        {Voice.ASSERTED: {"a": 1.0}, Voice.DENIED: {"b": 2.0}}, {Voice.ASSERTED: 0.5, Voice.DENIED: 0.0}
    )
    accused = AccusedModel(events={"one": {"a": 1.0}}, answers={"both": {"a": 1.0}}, intercepts={"both": 0.0})
    unused = pickle.dumps((arbiter, accused))
    assert arbiter.predict({"b": 1.0}) is Voice.DENIED
    assert accused.score_sides({"one": {}, "other": {}}, {"a": 3.0}) == {"one": 3.0, "other": 0.0}
    assert pickle.dumps((arbiter, accused)) == unused
    again, _ = pickle.loads(unused)
    assert again == arbiter
    assert again.predict({}) is Voice.ASSERTED


@given(places=st.sets(INDEXES), start=INDEXES, end=INDEXES)
def test_places_are_found_as_by_looking_at_each(places: set[int], start: int, end: int) -> None:
    found = Places(sorted(places))
    assert found.first(start, end) == next((i for i in range(start, end) if i in places), end)
    assert found.last(start, end) == next((i for i in range(end, start, -1) if i in places), start)
    assert found.is_any_in(start, end) == any(i in places for i in range(start, end))
