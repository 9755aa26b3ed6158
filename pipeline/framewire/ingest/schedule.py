"""What a poll's result means for the next one: pure decisions on validators, due times, moves and removals."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

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
# Source: NewsBlur counts redirects before it believes them; a weekend's maintenance page does not last 72 hours.
MOVE_POLLS = 3
MOVE_SPAN = timedelta(hours=72)
PERMANENT = frozenset({301, 308})


@dataclass(frozen=True, slots=True)
class PollResult:
    """What one poll found, as far as the next poll depends on it.

    `is_whole` is False for a body that was cut short: its validators would make the loss permanent. `was_conditional`
    tells whether validators were sent; `was_moved` whether the address that the feed moved to was asked.
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


def has_moved(state: FeedState) -> bool:
    """True if `moved_to` was the target of permanent redirects on 3 polls over 72 hours, and is asked instead."""
    return state.moved_to is not None and state.moved_count >= MOVE_POLLS


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
        base_interval_seconds: time between polls of a feed that is well.
    """
    interval = timedelta(seconds=base_interval_seconds)
    state = replace(state, last_polled_at=now)
    if result.status is PollStatus.GONE:
        return _after_gone(state, now=now)
    if not result.status.is_success:
        return _after_failure(state, result, now=now, interval=interval)
    state = replace(state, failures=0.0, gone_at=None, last_success_at=now, next_due_at=now + interval)
    state = _after_redirects(state, result, now=now)
    return _with_validators(state, result, now=now) if result.is_whole else state


def failure_weight(result: PollResult) -> float:
    """How much a failed poll counts: 1 hard, 0.5 soft, 0.25 temporary, 0 for a success."""
    if result.status is PollStatus.HTTP_ERROR and (result.http_status or 0) >= 500:
        return TEMPORARY
    return _WEIGHTS.get(result.status, 0.0)


def find_permanent_target(redirects: tuple[tuple[int, str], ...]) -> str | None:
    """Where the permanent redirects at the beginning of a chain lead; None if the first is not permanent."""
    target = None
    for status, location in redirects:
        if status not in PERMANENT:
            break
        target = location
    return target


def _is_paused(state: FeedState, interval: timedelta) -> bool:
    """True if the next poll is later than our own back-off would have it: the host named the time."""
    if state.last_polled_at is None or state.next_due_at is None:
        return state.next_due_at is not None
    return state.next_due_at - state.last_polled_at > _back_off(state.failures, interval)


def _back_off(failures: float, interval: timedelta) -> timedelta:
    """The wait after so many weighted failures in a row: linear, up to a day."""
    return min(interval * (1 + INTERVALS_PER_FAILURE * failures), max(MAX_WAIT, interval))


def _after_gone(state: FeedState, *, now: datetime) -> FeedState:
    """410 once: ask again after a day. Twice, a day apart: once more after a week. Then never."""
    first = state.gone_at or now
    failures = state.failures + HARD
    due: datetime | None = first + GONE_CONFIRMED_AFTER
    if now - first >= GONE_CONFIRMED_AFTER:
        due = now + GONE_LAST_TRY_AFTER
    if now - first >= GONE_CONFIRMED_AFTER + GONE_LAST_TRY_AFTER:
        due = None
    return replace(state, gone_at=first, failures=failures, next_due_at=due)


def _after_failure(state: FeedState, result: PollResult, *, now: datetime, interval: timedelta) -> FeedState:
    weight = failure_weight(result)
    failures = state.failures + weight
    due = now + _back_off(failures, interval)
    state = replace(state, failures=failures, gone_at=None, next_due_at=max(due, result.until or due))
    # The new address does not work: back to the listed one.
    return _forget_move(state) if result.was_moved and weight >= SOFT else state


def _after_redirects(state: FeedState, result: PollResult, *, now: datetime) -> FeedState:
    if result.was_moved:
        return state
    target = find_permanent_target(result.redirects)
    if target is None:
        return _forget_move(state)
    if target != state.moved_to or state.moved_since is None:
        return replace(state, moved_to=target, moved_since=now, moved_count=1)
    count = state.moved_count + 1
    # The third sighting counts only when the first is old enough.
    if count >= MOVE_POLLS and now - state.moved_since < MOVE_SPAN:
        count = MOVE_POLLS - 1
    return replace(state, moved_count=count)


def _forget_move(state: FeedState) -> FeedState:
    return replace(state, moved_to=None, moved_since=None, moved_count=0)


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
