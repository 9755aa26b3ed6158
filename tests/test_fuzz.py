"""Some thousand mutated inputs of every kind: each is read or refused by name. The long form runs hundred times as many.

`python tests/fuzzing.py TARGET FIRST COUNT [CORPUS]` runs any range; what it found stands below, rewritten small.
"""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from endurance_cases import IS_SOAK, SEED
from framewire.ingest import find_published_at
from fuzzing import NOW, TARGETS, check_moment, fuzz

# Inputs by target: about a second each; the long form is larger by this factor.
SHORT = {"feed": 150, "date": 3_000, "terms": 100, "labels": 30, "codebook": 15, "opml": 250}
LONGER = 100


def test_every_target_has_its_number() -> None:
    assert set(SHORT) == set(TARGETS)


@pytest.mark.soak
@pytest.mark.parametrize("name", sorted(SHORT))
def test_mutated_inputs_are_read_or_refused_by_name(name: str) -> None:
    n = SHORT[name] * (LONGER if IS_SOAK else 1)
    report = fuzz(name, range(SEED * 1_000_000, SEED * 1_000_000 + n))
    assert report.n == n
    assert report.finds == []
    print(f"{name}: {n} inputs, {dict(report.ends)}, slowest {report.slowest_seconds:.2f} s")


@given(st.text(max_size=80), st.none() | st.tuples(*[st.integers(-(10**6), 10**6)] * 9))
def test_no_text_and_no_tuple_is_a_date_out_of_range(text: str, parsed: tuple[int, ...] | None) -> None:
    found = find_published_at({"published": text, "published_parsed": parsed}, fetched_at=NOW)
    check_moment(found.published_at)
    assert (found.published_at is None) == (found.flag is not None)


@given(st.datetimes(datetime(1990, 1, 1), datetime(2026, 11, 24), timezones=st.just(UTC)))  # noqa: DTZ001
def test_every_date_that_is_written_plainly_is_found(moment: datetime) -> None:
    moment = moment.replace(microsecond=0)
    for written in (moment.isoformat(), f"{moment:%a, %d %b} {moment.year:04d} {moment:%H:%M:%S} GMT"):
        assert find_published_at({"published": written}, fetched_at=NOW).published_at == moment
