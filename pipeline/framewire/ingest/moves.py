"""Feeds that answer from another address: when a permanent redirect is believed, and what is said of it."""

from dataclasses import replace
from datetime import datetime, timedelta

from framewire.masking import mask_url
from framewire.records import FeedState

# Source: NewsBlur counts redirects before it believes them; a weekend's maintenance page does not last 72 hours.
MOVE_POLLS = 3
MOVE_SPAN = timedelta(hours=72)
PERMANENT = frozenset({301, 308})


def has_moved(state: FeedState) -> bool:
    """True if `moved_to` was the target of permanent redirects on 3 polls over 72 hours, and is asked instead."""
    return state.moved_to is not None and state.moved_count >= MOVE_POLLS


def find_permanent_target(redirects: tuple[tuple[int, str], ...]) -> str | None:
    """Where the permanent redirects at the beginning of a chain lead; None if the first is not permanent."""
    target = None
    for status, location in redirects:
        if status not in PERMANENT:
            break
        target = location
    return target


def after_redirects(state: FeedState, redirects: tuple[tuple[int, str], ...], *, now: datetime) -> FeedState:
    """The state with this sighting counted; an answer without the same permanent redirect begins anew."""
    target = find_permanent_target(redirects)
    if target is None:
        return forget_move(state)
    if target != state.moved_to or state.moved_since is None:
        return replace(state, moved_to=target, moved_since=now, moved_count=1)
    count = state.moved_count + 1
    # The third sighting counts only when the first is old enough.
    if count >= MOVE_POLLS and now - state.moved_since < MOVE_SPAN:
        count = MOVE_POLLS - 1
    return replace(state, moved_count=count)


def forget_move(state: FeedState) -> FeedState:
    """The state without a move: the listed address is asked."""
    return replace(state, moved_to=None, moved_since=None, moved_count=0)


def describe_move(state: FeedState) -> str:
    """What the publisher said of a new address, and what happens with it; "" if there is none."""
    if state.moved_to is None or state.moved_since is None:
        return ""
    where = f"moved for good to {mask_url(state.moved_to)}"
    if has_moved(state):
        return f"{where}, and asked there since {state.moved_since + MOVE_SPAN:%Y-%m-%d}; the list may keep the old address"
    from_when = state.moved_since + MOVE_SPAN
    return f"{where}: asked there from {from_when:%Y-%m-%d %H:%M} UTC on, if it still says so; nothing needs to be done"
