"""What a poll means for the next one, under a simulated clock."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from framewire.ingest.moves import describe_move, find_permanent_target, has_moved
from framewire.ingest.schedule import (
    PAUSED,
    PollResult,
    is_due,
    is_gone_for_good,
    next_state,
    pause,
    wants_unconditional,
)
from framewire.records import FeedState, PollStatus

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


HOUR = timedelta(hours=1)


DAY = timedelta(days=1)


URL = "https://gazette.press.example/rss"


NEW = "https://new.press.example/rss"


OK = PollResult(PollStatus.OK, http_status=200, etag='"2"', last_modified="Tue", body_hash="h2")


def after(state: FeedState, result: PollResult, now: datetime = NOW) -> FeedState:
    return next_state(state, result, now=now, base_interval_seconds=900)


def test_success_clears_failures_and_stores_validators() -> None:
    before = FeedState(URL, etag='"1"', failures=3.5, failing_since=NOW - DAY, gone_at=NOW - DAY)
    state = after(before, OK)
    assert timedelta(minutes=15) * 0.85 <= state.next_due_at - NOW <= timedelta(minutes=15)
    assert replace(state, next_due_at=None) == FeedState(
        URL,
        etag='"2"',
        last_modified="Tue",
        body_hash="h2",
        last_polled_at=NOW,
        last_success_at=NOW,
        last_unconditional_at=NOW,
        due_reason="every 15 min: its rhythm is not known, too few of its entries are dated",
    )


def test_validators_are_replaced_even_by_nothing() -> None:
    state = after(FeedState(URL, etag='"1"', last_modified="Mon"), replace(OK, etag=None, last_modified=None))
    assert (state.etag, state.last_modified) == (None, None)


def test_not_modified_keeps_or_renews_validators() -> None:
    before = FeedState(URL, etag='"1"', last_modified="Mon", body_hash="h1", last_unconditional_at=NOW - HOUR)
    silent = after(before, PollResult(PollStatus.NOT_MODIFIED, http_status=304, was_conditional=True))
    assert (silent.etag, silent.last_modified, silent.body_hash) == ('"1"', "Mon", "h1")
    assert silent.last_unconditional_at == NOW - HOUR
    renewed = after(before, PollResult(PollStatus.NOT_MODIFIED, http_status=304, etag='"3"', was_conditional=True))
    assert (renewed.etag, renewed.last_modified) == ('"3"', "Mon")


def test_body_cut_short_stores_no_validators() -> None:
    before = FeedState(URL, etag='"1"', body_hash="h1")
    state = after(before, replace(OK, is_whole=False))
    assert (state.etag, state.body_hash, state.last_unconditional_at) == ('"1"', "h1", None)
    assert state.last_success_at == NOW


def test_one_unconditional_fetch_a_day() -> None:
    assert wants_unconditional(FeedState(URL), now=NOW)
    assert not wants_unconditional(FeedState(URL, last_unconditional_at=NOW - DAY + HOUR), now=NOW)
    assert wants_unconditional(FeedState(URL, last_unconditional_at=NOW - DAY), now=NOW)


@pytest.mark.parametrize(
    ("status", "http_status", "weight"),
    [
        (PollStatus.HTTP_ERROR, 404, 1.0),
        (PollStatus.HTTP_ERROR, 500, 0.25),
        (PollStatus.HTTP_ERROR, 503, 0.25),
        (PollStatus.BLOCKED, None, 1.0),
        (PollStatus.FORBIDDEN, 403, 0.5),
        (PollStatus.DNS, None, 0.5),
        (PollStatus.TOO_LARGE, None, 0.5),
        (PollStatus.MALFORMED, 200, 0.5),
        (PollStatus.NOT_A_FEED, 200, 0.5),
        (PollStatus.TLS, None, 0.5),
        (PollStatus.TIMEOUT, None, 0.25),
        (PollStatus.CONNECTION, None, 0.25),
        (PollStatus.RATE_LIMITED, 429, 0.25),
    ],
)
def test_failure_weights_and_linear_back_off(status: PollStatus, http_status: int | None, weight: float) -> None:
    before = FeedState(URL, etag='"1"', body_hash="h1", last_success_at=NOW - DAY)
    state = after(before, PollResult(status, http_status=http_status))
    assert state.failures == weight
    assert state.next_due_at == NOW + timedelta(minutes=15) * (1 + 4 * weight)
    assert f"weigh {weight:g}" in str(state.due_reason)
    assert (state.etag, state.body_hash, state.last_success_at) == ('"1"', "h1", NOW - DAY)


def test_back_off_ends_at_a_day_and_polling_never_stops() -> None:
    state, now = FeedState(URL), NOW
    for _ in range(200):
        state = after(state, PollResult(PollStatus.HTTP_ERROR, http_status=404), now)
        assert state.next_due_at is not None
        assert timedelta(minutes=15) < state.next_due_at - now <= DAY
        now = state.next_due_at
    assert state.next_due_at - (state.last_polled_at or NOW) == DAY
    assert state.failures == 200


@pytest.mark.parametrize(
    ("wish", "wait"), [(timedelta(minutes=1), timedelta(minutes=30)), (3 * HOUR, 3 * HOUR), (7 * DAY, 7 * DAY)]
)
def test_rate_limit_waits_for_the_longer(wish: timedelta, wait: timedelta) -> None:
    state = after(FeedState(URL), PollResult(PollStatus.RATE_LIMITED, http_status=429, until=NOW + wish))
    assert state.next_due_at == NOW + wait
    assert str(state.due_reason).startswith(PAUSED) is (wish == wait)


def test_a_feed_that_its_paused_host_holds_back_waits_with_it() -> None:
    well = FeedState(URL, last_polled_at=NOW - HOUR, next_due_at=NOW + HOUR)
    held = pause(well, NOW + 3 * HOUR)
    assert (held.next_due_at, held.due_reason) == (NOW + 3 * HOUR, f"{PAUSED} 2026-11-23 05:00 UTC")
    assert not is_due(held, now=NOW + 2 * HOUR, since=NOW + HOUR)
    assert pause(well, NOW).next_due_at == NOW + HOUR


def test_failing_since_is_the_first_failure_in_a_row() -> None:
    failed = after(FeedState(URL), PollResult(PollStatus.TIMEOUT))
    again = after(failed, PollResult(PollStatus.TLS), NOW + HOUR)
    gone = after(again, PollResult(PollStatus.GONE, http_status=410), NOW + 2 * HOUR)
    assert [state.failing_since for state in (failed, again, gone)] == [NOW] * 3
    assert after(gone, OK, NOW + DAY).failing_since is None
    assert after(FeedState(URL), PollResult(PollStatus.GONE, http_status=410)).failing_since == NOW


def test_a_feed_that_is_well_and_waits_long_is_asked_by_the_daily_run() -> None:
    quiet = after(
        FeedState(URL, interval_seconds=86_400.0, last_success_at=NOW - DAY, last_polled_at=NOW - DAY, next_due_at=NOW),
        replace(OK, status=PollStatus.NOT_MODIFIED),
    )
    assert quiet.next_due_at > NOW + 12 * HOUR
    assert not is_due(quiet, now=NOW + HOUR, since=NOW - HOUR)
    assert is_due(quiet, now=NOW + 3 * HOUR, since=NOW + 2 * HOUR)


def test_gone_twice_a_day_apart_then_once_more_then_never() -> None:
    gone = PollResult(PollStatus.GONE, http_status=410)
    first = after(FeedState(URL), gone)
    assert (first.gone_at, first.next_due_at) == (NOW, NOW + DAY)
    assert after(first, gone, NOW + HOUR).next_due_at == NOW + DAY
    second = after(first, gone, NOW + DAY)
    assert second.next_due_at == NOW + 8 * DAY
    assert not is_gone_for_good(second)
    third = after(second, gone, NOW + 8 * DAY)
    assert is_gone_for_good(third)
    assert not is_due(third, now=NOW + 900 * DAY, since=NOW + 899 * DAY)
    assert after(second, OK, NOW + 8 * DAY).gone_at is None
    assert after(second, PollResult(PollStatus.TIMEOUT), NOW + 8 * DAY).gone_at is None


MOVED = replace(OK, redirects=((301, NEW),))


def test_move_is_believed_after_three_polls_over_three_days() -> None:
    state = FeedState(URL)
    for hours, count in ((0, 1), (1, 2), (2, 2), (71, 2), (72, 3)):
        state = after(state, MOVED, NOW + hours * HOUR)
        assert (state.moved_to, state.moved_since, state.moved_count) == (NEW, NOW, count)
        assert has_moved(state) is (count == 3)
    assert state.url == URL
    direct = after(state, replace(OK, was_moved=True), NOW + 73 * HOUR)
    assert has_moved(direct)


def test_a_move_is_told_in_words_without_secrets() -> None:
    assert describe_move(FeedState(URL)) == ""
    seen = after(FeedState(URL), replace(OK, redirects=((301, NEW + "?token=canary"),)))
    assert (
        describe_move(seen)
        == f"moved for good to {NEW}?token=***: asked there from 2026-11-26 02:00 UTC on, if it still says so; nothing needs to be done"
    )
    believed = replace(seen, moved_count=3)
    assert "asked there since 2026-11-26" in describe_move(believed)


def test_three_days_with_two_polls_are_not_enough() -> None:
    assert not has_moved(after(after(FeedState(URL), MOVED), MOVED, NOW + 100 * HOUR))


@pytest.mark.parametrize(
    "other",
    [
        OK,
        replace(OK, redirects=((302, NEW),)),
        replace(OK, redirects=((301, NEW + "2"),)),
        replace(OK, redirects=((302, "x"), (301, NEW))),
    ],
)
def test_another_answer_begins_anew(other: PollResult) -> None:
    state = after(after(after(FeedState(URL), MOVED), MOVED, NOW + HOUR), other, NOW + 80 * HOUR)
    assert state.moved_to != NEW
    assert state.moved_count <= 1


def test_failures_do_not_disturb_the_count_of_a_move() -> None:
    state = after(after(FeedState(URL), MOVED), PollResult(PollStatus.TIMEOUT), NOW + HOUR)
    assert (state.moved_to, state.moved_count) == (NEW, 1)


def test_new_address_that_fails_hard_is_given_up() -> None:
    moved = FeedState(URL, moved_to=NEW, moved_since=NOW - 4 * DAY, moved_count=3)
    assert has_moved(after(moved, PollResult(PollStatus.TIMEOUT, was_moved=True)))
    assert not has_moved(after(moved, PollResult(PollStatus.HTTP_ERROR, http_status=404, was_moved=True)))


@pytest.mark.parametrize(
    ("redirects", "target"),
    [
        ((), None),
        (((302, "a"),), None),
        (((303, "a"),), None),
        (((307, "a"),), None),
        (((301, "a"),), "a"),
        (((308, "a"), (301, "b")), "b"),
        (((301, "a"), (302, "b"), (301, "c")), "a"),
        (((302, "a"), (301, "b")), None),
    ],
)
def test_permanent_target(redirects: tuple[tuple[int, str], ...], target: str | None) -> None:
    assert find_permanent_target(redirects) == target


@pytest.mark.parametrize(
    ("state", "since", "due", "reason"),
    [
        (FeedState(URL), None, True, "never asked"),
        (FeedState(URL, next_due_at=NOW), None, True, "its time has come"),
        (FeedState(URL, next_due_at=NOW + HOUR), None, False, "not yet"),
        (FeedState(URL, last_polled_at=NOW - 5 * timedelta(minutes=1), next_due_at=NOW + timedelta(minutes=10)), NOW - HOUR, False, "asked since"),
        (FeedState(URL, last_polled_at=NOW - 5 * timedelta(minutes=1), next_due_at=NOW + timedelta(minutes=10)), NOW, True, "not asked since"),
        (FeedState(URL, failures=9.0, last_polled_at=NOW - HOUR, next_due_at=NOW + 8 * HOUR), NOW, True, "own back-off yields to a new day"),
        (FeedState(URL, failures=0.25, last_polled_at=NOW - HOUR, next_due_at=NOW + 8 * HOUR), NOW, False, "the host wants a pause"),
        (FeedState(URL, next_due_at=NOW + 8 * HOUR), NOW, False, "the host wanted a pause before the first poll"),
        (FeedState(URL, gone_at=NOW - HOUR, failures=1.0, last_polled_at=NOW - HOUR, next_due_at=NOW + 23 * HOUR), NOW, False, "410 just now"),
    ],
)  # fmt: skip
def test_is_due(state: FeedState, since: datetime | None, due: bool, reason: str) -> None:
    assert is_due(state, now=NOW, since=since) is due, reason
