"""The feed list in use: state beside it, changes to it, feeds tried without storing anything."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from framewire.errors import ConfigError, InputError
from framewire.files import read_text
from framewire.ingest import (
    add_feed,
    check_feed,
    check_group,
    find_feed,
    import_opml,
    list_near_names,
    load_feed_list,
    poll_feeds,
    set_enabled,
)
from framewire.records import Feed, Outlet
from framewire.store import read_feeds, reading
from framewire.workflow.run import poll_settings
from framewire.workflow.workspace import Workspace

SUGGESTED = "feeds.suggested.yaml"
_GOOD = ("ok", "not modified", "empty")


def list_feeds(workspace: Workspace, *, only_failing: bool = False) -> list[dict[str, Any]]:
    """One row a feed of the list: outlet, group, language, enabled, last answer, failures, next poll."""
    with reading(workspace.engine) as conn:
        states = read_feeds(conn).set_index("url")
    rows = []
    for outlet in workspace.outlets:
        for feed in outlet.feeds:
            state = states.loc[feed.url].to_dict() if feed.url in states.index else {}
            last = _text_or_none(state.get("last_status"))
            if only_failing and (last is None or last in _GOOD):
                continue
            rows.append(
                {
                    "outlet": outlet.id,
                    "group": outlet.group,
                    "language": feed.language,
                    "enabled": feed.enabled,
                    "full_text": workspace.config.full_text if outlet.full_text is None else outlet.full_text,
                    "last": last or "never asked",
                    "message": (_text_or_none(state.get("last_message")) or "").removeprefix(f"{feed.url}: "),
                    "next": (_text_or_none(state.get("next_due_at")) or "")[:16],
                    "url": feed.url,
                }
            )
    return rows


def check_addition(
    workspace: Workspace, url: str, *, outlet: str, group: str | None, country: str | None, language: str
) -> list[str]:
    """Notes on names that look misspelt, if the feed can be added. Raises ConfigError if it cannot."""
    path = workspace.config.feeds
    if group is not None:
        check_group(path, outlet, group)
    check_feed(path, url, language=language, country=country)
    return list_near_names(path, outlet, group=group)


def add_feed_to(
    workspace: Workspace,
    url: str,
    *,
    outlet: str,
    group: str | None,
    country: str | None,
    language: str,
    user_agent: str | None,
) -> tuple[Outlet, list[str]]:
    """The outlet that got the feed, and notes on names that look misspelt.

    Raises:
        ConfigError: no feed address, one that is listed already, or a list that cannot be written.
    """
    notes = check_addition(workspace, url, outlet=outlet, group=group, country=country, language=language)
    path = workspace.config.feeds
    added = add_feed(path, outlet, url=url, group=group, country=country, language=language, user_agent=user_agent)
    return added, notes


def switch_feed(workspace: Workspace, url: str, *, enabled: bool) -> None:
    """Enables or disables a feed in the list. Raises ConfigError if the list does not have it."""
    set_enabled(workspace.config.feeds, url, enabled)


def check_feeds(
    workspace: Workspace, urls: Sequence[str], *, now: datetime, enable: bool = False, suggested: bool = False
) -> list[dict[str, Any]]:
    """What each feed answers now; nothing is stored. With `enable` those that work are enabled in the list (or added to it)."""
    outlets = load_feed_list(workspace.config.folder / SUGGESTED) if suggested else workspace.outlets
    feeds = [feed for outlet in outlets for feed in outlet.feeds if not urls or feed.url in urls]
    unknown = sorted(set(urls) - {feed.url for feed in feeds})
    feeds += [Feed(url, "(not in the list)", "en") for url in unknown]
    rows = []
    for outcome in poll_feeds(feeds, {}, settings=replace(poll_settings(workspace), force=True), now=now):
        works = outcome.status.is_success and bool(outcome.entries)
        rows.append(
            {
                "works": works,
                "outlet": outcome.feed.outlet_id,
                "entries": len(outcome.entries),
                "answer": outcome.status.value,
                "message": outcome.message,
                "url": outcome.feed.url,
            }
        )
        if enable and works and outcome.feed.url not in unknown:
            _enable(workspace, outlets, outcome.feed, add=suggested)
    return rows


def import_feeds(workspace: Workspace, path: Path, *, group: str, language: str, dry_run: bool) -> list[str]:
    """The addresses that an OPML file adds to the list, disabled; known ones are passed over."""
    text = read_text(path, error=InputError, missing="Name an OPML file, as feed readers export it.")
    added = []
    for outlet in import_opml(text, name=str(path)):
        for feed in outlet.feeds:
            if find_feed(workspace.outlets, feed.url) is not None or feed.url in added:
                continue
            added.append(feed.url)
            if not dry_run:
                add_feed(
                    workspace.config.feeds,
                    outlet.name,
                    url=feed.url,
                    group=group,
                    country=outlet.country,
                    language=feed.language or language,
                    enabled=False,
                )
    return added


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


def _text_or_none(value: Any) -> str | None:
    """The value as text; what pandas uses for missing is None."""
    return None if value is None or value != value or str(value) == "NaT" else str(value)
