"""What a poll's result means for the next one: pure decisions on validators, due times, moves and removals."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from framewire.ingest.moves import after_redirects, forget_move
from framewire.ingest.rhythm import (
    FRESH_WAIT,
    MAX_AGE,
    MIN_INTERVAL,
    SHARE_OF_SILENCE,
    SPREAD,
    Rhythm,
    combine_intervals,
    find_rhythm,
    limit_by_silence,
    say_duration,
    spread_wait,
)
from framewire.records import FeedState, PollStatus

# Source: Media Cloud's rss-fetcher tells hard, soft and temporary failures apart by these weights.
HARD, SOFT, TEMPORARY = 1.0, 0.5, 0.25
_WEIGHTS = {
    PollStatus.GONE: HARD,
    PollStatus.BLOCKED: HARD,
    PollStatus.HTTP_ERROR: HARD,
    PollStatus.FORBIDDEN: SOFT,
    PollStatus.DNS: SOFT,
    PollStatus.TOO_LARGE: SOFT,
    PollStatus.MALFORMED: SOFT,
    PollStatus.NOT_A_FEED: SOFT,
    PollStatus.TLS: SOFT,
    PollStatus.TIMEOUT: TEMPORARY,
    PollStatus.CONNECTION: TEMPORARY,
    PollStatus.RATE_LIMITED: TEMPORARY,
}
# A temporary failure adds one interval to the wait, a hard one four.
INTERVALS_PER_FAILURE = 4
MAX_WAIT = timedelta(hours=24)
# Source: stuck validators (FreshRSS#1020: Last-Modified in 2041) cost a day at most.
UNCONDITIONAL_EVERY = timedelta(hours=24)
# Source: a slip of the publisher's server does not last a day; a removed feed is asked once more after a week.
GONE_CONFIRMED_AFTER = timedelta(hours=24)
GONE_LAST_TRY_AFTER = timedelta(days=7)
# A state whose reason begins so waits for its host and not for our own back-off.
PAUSED = "the host asked for a pause until"


@dataclass(frozen=True, slots=True)
class PollResult:
    """What one poll found, as far as the next poll depends on it.

    `is_whole` is False for a body that was cut short: its validators would make the loss permanent. `was_conditional`
    tells whether validators were sent; `was_moved` whether the address that the feed moved to was asked. `published`
    holds the dates of those of the `n_entries` that have one; `max_age_seconds` is how long the answer is good for, as
    its server says.
    """

    status: PollStatus
    http_status: int | None = None
    etag: str | None = None
    last_modified: str | None = None
    body_hash: str | None = None
    redirects: tuple[tuple[int, str], ...] = ()
    until: datetime | None = None
    is_whole: bool = True
    was_conditional: bool = False
    was_moved: bool = False
    n_entries: int = 0
    published: tuple[datetime, ...] = ()
    max_age_seconds: float | None = None


def is_due(
    state: FeedState, *, now: datetime, since: datetime | None = None, base_interval_seconds: float = 900.0
) -> bool:
    """True if the feed is to be asked now: never asked, its time has come, or not asked since `since`.

    A removed feed, and one whose host asked for a pause, waits for its time even so. A feed that was asked in the future
    is asked now: the clock was ahead, and its times mean nothing.
    """
    if is_gone_for_good(state):
        return False
    if state.next_due_at is None or state.next_due_at <= now:
        return True
    if state.last_polled_at is not None and state.last_polled_at > now:
        return True
    if since is None or is_gone(state) or _is_paused(state, timedelta(seconds=base_interval_seconds)):
        return False
    return state.last_polled_at is not None and state.last_polled_at < since


def is_gone(state: FeedState) -> bool:
    """True if the last answer was 410."""
    return state.gone_at is not None


def is_gone_for_good(state: FeedState) -> bool:
    """True after 410 on three polls, a day and a week apart; such a feed is never asked again."""
    return state.gone_at is not None and state.next_due_at is None


def wants_unconditional(state: FeedState, *, now: datetime) -> bool:
    """True once a day, so that a server with stuck validators cannot silence a feed for ever."""
    last = state.last_unconditional_at
    # A time in the future is that of a clock that was ahead.
    return last is None or last > now or now - last >= UNCONDITIONAL_EVERY


def next_state(state: FeedState, result: PollResult, *, now: datetime, base_interval_seconds: float) -> FeedState:
    """What to remember after a poll.

    Args:
        state: what was remembered before.
        result: of the poll.
        now: time of the poll.
        base_interval_seconds: the wait of a feed whose rhythm is unknown, and the unit of back-off.
    """
    base = timedelta(seconds=base_interval_seconds)
    if result.status is PollStatus.GONE:
        return _after_gone(state, now=now)
    if not result.status.is_success:
        return _after_failure(state, result, now=now, base=base)
    well = _after_success(state, result, now=now, base=base)
    if not result.was_moved:
        well = after_redirects(well, result.redirects, now=now)
    return _with_validators(well, result, now=now) if result.is_whole else well


def pause(state: FeedState, until: datetime) -> FeedState:
    """The state of a feed that is not asked because its host wants a pause."""
    due = max(until, state.next_due_at or until)
    return replace(state, next_due_at=due, due_reason=f"{PAUSED} {due:%Y-%m-%d %H:%M} UTC")


def failure_weight(result: PollResult) -> float:
    """How much a failed poll counts: 1 hard, 0.5 soft, 0.25 temporary, 0 for a success."""
    if result.status is PollStatus.HTTP_ERROR and (result.http_status or 0) >= 500:
        return TEMPORARY
    return _WEIGHTS.get(result.status, 0.0)


def _is_paused(state: FeedState, base: timedelta) -> bool:
    """True if the host named the time of the next poll."""
    if state.due_reason is not None:
        return state.due_reason.startswith(PAUSED)
    # Stored before reasons were: then the wait is longer than our own back-off would have it.
    if state.last_polled_at is None or state.next_due_at is None:
        return state.next_due_at is not None
    return state.next_due_at - state.last_polled_at > _back_off(state.failures, base)


def _back_off(failures: float, base: timedelta) -> timedelta:
    """The wait after so many weighted failures in a row: linear, up to a day."""
    return min(base * (1 + INTERVALS_PER_FAILURE * failures), max(MAX_WAIT, base))


def _after_gone(state: FeedState, *, now: datetime) -> FeedState:
    """410 once: ask again after a day. Twice, a day apart: once more after a week. Then never."""
    first = state.gone_at or now
    due: datetime | None = first + GONE_CONFIRMED_AFTER
    reason = "gone (410): asked again after a day"
    if now - first >= GONE_CONFIRMED_AFTER:
        due, reason = now + GONE_LAST_TRY_AFTER, "gone (410) for a day: asked once more after a week"
    if now - first >= GONE_CONFIRMED_AFTER + GONE_LAST_TRY_AFTER:
        due, reason = None, "gone for good (410 three times over a week): not asked any more"
    return replace(
        state,
        last_polled_at=now,
        gone_at=first,
        failures=state.failures + HARD,
        failing_since=state.failing_since or now,
        next_due_at=due,
        due_reason=reason,
    )


def _after_failure(state: FeedState, result: PollResult, *, now: datetime, base: timedelta) -> FeedState:
    weight = failure_weight(result)
    failures = state.failures + weight
    wait = _back_off(failures, base)
    failed = replace(
        state,
        last_polled_at=now,
        failures=failures,
        failing_since=state.failing_since or now,
        gone_at=None,
        next_due_at=now + wait,
        due_reason=f"after {say_duration(wait)}: failures in a row weigh {failures:g}, and each makes the wait longer",
    )
    if result.until is not None and result.until > now + wait:
        failed = pause(failed, result.until)
    # The new address does not work: back to the listed one.
    return forget_move(failed) if result.was_moved and weight >= SOFT else failed


def _after_success(state: FeedState, result: PollResult, *, now: datetime, base: timedelta) -> FeedState:
    """The state of a feed that answered, with the wait that its rhythm allows."""
    rhythm = find_rhythm(result.published, result.n_entries) if result.is_whole else None
    previous = None if state.interval_seconds is None else timedelta(seconds=state.interval_seconds)
    interval = combine_intervals(rhythm, previous, now - (state.last_success_at or now))
    wait = base if interval is None else _choose_wait(state, result, rhythm, interval, now=now)
    wait = max(wait, min(MIN_INTERVAL, base))
    # The second poll comes at any time within the wait, so that feeds that were added together part.
    share = 1.0 if state.last_success_at is None and interval is not None else SPREAD
    due = now + max(spread_wait(wait, state.url, now, share=share), min(MIN_INTERVAL, base, wait))
    return replace(
        state,
        last_polled_at=now,
        last_success_at=now,
        failures=0.0,
        failing_since=None,
        gone_at=None,
        interval_seconds=None if interval is None else interval.total_seconds(),
        next_due_at=due,
        due_reason=_explain_wait(wait, rhythm, interval, now=now),
    )


def _choose_wait(
    state: FeedState, result: PollResult, rhythm: Rhythm | None, interval: timedelta, *, now: datetime
) -> timedelta:
    """At most what the rhythm allows; less where fresh items may change, more again where the server says so."""
    if rhythm is not None:
        longest = limit_by_silence(now - rhythm.newest)
    else:
        longest = _last_wait(state) + (now - (state.last_success_at or now)) * SHARE_OF_SILENCE
    good_for = timedelta(seconds=result.max_age_seconds or 0)
    return min(interval, max(longest, min(good_for, MAX_AGE)))


def _last_wait(state: FeedState) -> timedelta:
    """The wait before this poll, if it was that of a feed that is well: where nothing is new, silence goes on from there."""
    if state.failures or state.next_due_at is None or state.last_polled_at is None:
        return FRESH_WAIT
    return max(state.next_due_at - state.last_polled_at, FRESH_WAIT)


def _explain_wait(wait: timedelta, rhythm: Rhythm | None, interval: timedelta | None, *, now: datetime) -> str:
    """Why a feed that is well waits so long."""
    every = f"every {say_duration(wait)}"
    if interval is None:
        return f"{every}: its rhythm is not known, too few of its entries are dated"
    if rhythm is None:
        return f"{every}: nothing new; its rhythm allows {say_duration(interval)}"
    pace = f"{rhythm.n_entries} items, the fastest {rhythm.n_half} came in {say_duration(rhythm.span)}"
    if wait < interval:
        return f"{every}: {pace}, the newest {say_duration(max(now - rhythm.newest, timedelta()))} ago"
    return f"{every}: {pace}"


def _with_validators(state: FeedState, result: PollResult, *, now: datetime) -> FeedState:
    """Both validators as the server gave them last: replaced by a 200, and by a 304 that names them."""
    if result.http_status == 304:
        return replace(
            state,
            etag=result.etag or state.etag,
            last_modified=result.last_modified or state.last_modified,
        )
    return replace(
        state,
        etag=result.etag,
        last_modified=result.last_modified,
        body_hash=result.body_hash or state.body_hash,
        last_unconditional_at=state.last_unconditional_at if result.was_conditional else now,
    )
