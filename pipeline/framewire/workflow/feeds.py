"""The feed list in use: state beside it, changes to it, feeds tried without storing anything."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from framewire.errors import ConfigError, InputError
from framewire.files import read_text
from framewire.ingest import (
    add_feed,
    add_outlets,
    describe_move,
    find_feed,
    find_new_feeds,
    get_feed,
    import_opml,
    load_feed_list,
    poll_feeds,
    remove_feed,
    say_duration,
    say_once,
    set_enabled,
)
from framewire.masking import mask_url
from framewire.records import ANSWERED, Feed, FeedNews, FeedState, Outlet
from framewire.store import get_feed_polls, get_feed_states, get_news, read_feeds, reading
from framewire.workflow.fetching import poll_settings
from framewire.workflow.workspace import Workspace

SUGGESTED = "feeds.suggested.yaml"
# How far back it is looked for what a feed brought.
NEWS_WITHIN = timedelta(days=90)
# Polls that `feeds show` shows.
N_SHOWN = 20


@dataclass(frozen=True, slots=True)
class _Known:
    """What the store knows of the feeds, by address."""

    states: Mapping[str, FeedState]
    last: Mapping[str, tuple[str, str]]
    news: Mapping[str, FeedNews]


def list_feeds(
    workspace: Workspace, *, now: datetime, only_failing: bool = False, show_secrets: bool = False
) -> list[dict[str, Any]]:
    """One row a feed of the list: outlet, group, language, state, since when, next poll and why, last answer, address.

    Times are texts in ISO 8601, UTC, '' for none.
    """
    known = _read_known(workspace, now=now)
    rows = []
    for outlet in workspace.outlets:
        for feed in outlet.feeds:
            last = known.last.get(feed.url)
            if only_failing and (last is None or last[0] in ANSWERED):
                continue
            rows.append(
                _describe_feed(feed, outlet, known, now=now)
                | {"full_text": _wants_pages(workspace, outlet), "url": _show(feed.url, show_secrets)}
            )
    return rows


def show_feed(workspace: Workspace, url: str, *, now: datetime) -> dict[str, Any]:
    """The row of one listed feed, with its rhythm and, under `polls`, its latest polls, newest first.

    Raises:
        ConfigError: the list does not have it.
    """
    feed = get_feed(workspace.config.feeds, url)
    outlet = next(outlet for outlet in workspace.outlets if outlet.id == feed.outlet_id)
    known = _read_known(workspace, now=now)
    with reading(workspace.engine) as conn:
        polls = get_feed_polls(conn, feed.url, N_SHOWN)
    state, news = known.states.get(feed.url, FeedState(feed.url)), known.news.get(feed.url)
    per_day = news.per_day if news else None
    return _describe_feed(feed, outlet, known, now=now) | {
        "full_text": _wants_pages(workspace, outlet),
        "url": mask_url(feed.url),
        "last_success": _time(state.last_success_at),
        "rhythm": "not known" if state.interval_seconds is None else f"may wait {_minutes(state.interval_seconds)}",
        "new_a_day": None if per_day is None else round(per_day, 1),
        "moved": describe_move(state) or None,
        "polls": [_describe_poll(poll, feed) for poll in polls],
    }


def switch_feed(workspace: Workspace, url: str, *, enabled: bool) -> str:
    """The address of the feed that is enabled or disabled in the list. Raises ConfigError if the list does not have it."""
    return mask_url(set_enabled(workspace.config.feeds, url, enabled).url)


def drop_feed(workspace: Workspace, url: str) -> str:
    """The address of the feed that is taken from the list. Raises ConfigError if the list does not have it."""
    return mask_url(remove_feed(workspace.config.feeds, url).url)


def check_feeds(
    workspace: Workspace, urls: Sequence[str], *, now: datetime, enable: bool = False, suggested: bool = False
) -> list[dict[str, Any]]:
    """What each feed answers now; nothing is stored. With `enable` those that work are enabled in the list (or added to it)."""
    outlets = load_feed_list(workspace.config.folder / SUGGESTED) if suggested else workspace.outlets
    named = {url: find_feed(outlets, url) for url in urls}
    feeds = [feed for outlet in outlets for feed in outlet.feeds if not urls or feed in named.values()]
    unknown = sorted(url for url, feed in named.items() if feed is None)
    feeds += [Feed(url, "(not in the list)", "en") for url in unknown]
    rows = []
    for outcome in poll_feeds(feeds, {}, settings=replace(poll_settings(workspace), force=True), now=now):
        works = outcome.status.is_success and bool(outcome.entries)
        message = _without_address(outcome.message, outcome.feed.url)
        rows.append(
            {
                "works": works,
                "outlet": outcome.feed.outlet_id,
                "entries": len(outcome.entries),
                "answer": outcome.status.value,
                "message": say_once(message) if suggested or outcome.feed.url in unknown else message,
                "url": mask_url(outcome.feed.url),
            }
        )
        if enable and works and outcome.feed.url not in unknown:
            _enable(workspace, outlets, outcome.feed, add=suggested)
    return rows


def import_feeds(workspace: Workspace, path: Path, *, group: str, language: str, dry_run: bool) -> list[str]:
    """The addresses that an OPML file adds to the list, disabled; known ones are passed over."""
    text = read_text(path, error=InputError, missing="Name an OPML file, as feed readers export it.")
    path_of_list = workspace.config.feeds
    fresh = find_new_feeds(path_of_list, import_opml(text, name=str(path)), group=group, language=language)
    if not dry_run and fresh:
        add_outlets(path_of_list, fresh)
    return [mask_url(feed.url) for outlet in fresh for feed in outlet.feeds]


def find_stale(workspace: Workspace, *, now: datetime) -> list[str]:
    """The outlets, sorted, with an enabled feed that answers, but has had nothing new for much longer than usual."""
    known = _read_known(workspace, now=now)
    return sorted(
        {
            outlet.id
            for outlet in workspace.outlets
            for feed in outlet.feeds
            if feed.enabled and _is_stale(feed.url, known, now=now)
        }
    )


def _read_known(workspace: Workspace, *, now: datetime) -> _Known:
    with reading(workspace.engine) as conn:
        states, table, news = get_feed_states(conn), read_feeds(conn), get_news(conn, since=now - NEWS_WITHIN)
    asked = table[table["last_status"].notna()]
    last = zip(asked["url"], asked["last_status"], asked["last_message"], strict=True)
    return _Known(states, {str(url): (str(status), str(message)) for url, status, message in last}, news)


def _describe_feed(feed: Feed, outlet: Outlet, known: _Known, *, now: datetime) -> dict[str, Any]:
    state = known.states.get(feed.url, FeedState(feed.url))
    last, message = known.last.get(feed.url, ("never asked", ""))
    stale = known.news[feed.url] if _is_stale(feed.url, known, now=now) else None
    failing = last not in ANSWERED and last != "never asked"
    message = _without_address(message, feed.url)
    why = state.due_reason or ""
    if stale is not None:
        why = f"answers, but nothing new since {stale.last_new_at:%Y-%m-%d}; usually {stale.per_day:.1f} a day"
    return {
        "outlet": outlet.id,
        "group": outlet.group,
        "language": feed.language,
        "enabled": feed.enabled,
        "state": "disabled" if not feed.enabled else "stale" if stale is not None else last,
        "since": _time(state.failing_since if failing else stale.last_new_at if stale is not None else None),
        "next": _time(state.next_due_at) if feed.enabled else "",
        "why": "; ".join(part for part in (message if failing else "", why, _move_of(state)) if part),
        "last": last,
        "message": message,
    }


def _wants_pages(workspace: Workspace, outlet: Outlet) -> bool:
    """Whether the pages of the outlet's articles are read."""
    return workspace.config.full_text if outlet.full_text is None else outlet.full_text


def _is_stale(url: str, known: _Known, *, now: datetime) -> bool:
    news = known.news.get(url)
    return news is not None and known.last.get(url, ("", ""))[0] in ANSWERED and news.is_stale(now)


def _move_of(state: FeedState) -> str:
    """What is said of a feed that moved: in the list, if the operator wants to."""
    told = describe_move(state)
    return f"{told} (to change the list: edit the address in feeds.yaml)" if told else ""


def _describe_poll(poll: Mapping[str, Any], feed: Feed) -> dict[str, Any]:
    return {
        "at": _time(poll["started_at"]),
        "answer": poll["status"],
        "entries": poll["n_entries"],
        "new": poll["n_new"],
        "changed": poll["n_changed"],
        "seconds": round(poll["seconds"], 2),
        "message": _without_address(poll["message"], feed.url),
    }


def _without_address(message: str, url: str) -> str:
    """The message without the address at its beginning, as rows name it anyway."""
    plain = mask_url(url).partition("?")[0].replace("***@", "")
    return message.removeprefix(f"{url}: ").removeprefix(f"{plain}: ")


def _minutes(seconds: float) -> str:
    return say_duration(timedelta(seconds=seconds))


def _time(moment: datetime | None) -> str:
    """A time in ISO 8601, UTC; '' for none."""
    return "" if moment is None else moment.isoformat(timespec="seconds")


def _show(url: str, with_secrets: bool) -> str:
    return url if with_secrets else mask_url(url)


def _enable(workspace: Workspace, outlets: Sequence[Outlet], feed: Feed, *, add: bool) -> None:
    if not add:
        set_enabled(workspace.config.feeds, feed.url, True)
        return
    outlet = next(outlet for outlet in outlets if outlet.id == feed.outlet_id)
    try:
        add_feed(
            workspace.config.feeds,
            outlet.name,
            url=feed.url,
            group=outlet.group,
            country=outlet.country,
            language=feed.language,
            user_agent=feed.user_agent,
        )
    except ConfigError:  # it is in the list already
        set_enabled(workspace.config.feeds, feed.url, True)
