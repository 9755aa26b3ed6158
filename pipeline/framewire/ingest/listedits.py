"""Changes to feeds.yaml that keep its comments; the file is written whole or not at all."""

import os
import re
import tempfile
from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ruamel.yaml.comments import CommentedMap, CommentedSeq

from framewire.errors import ConfigError
from framewire.files import describe_refusal
from framewire.ingest.feedlist import NO_COUNTRY, NO_GROUP, VERSION, check_feed, get_feed, load_feed_list
from framewire.ingest.identity import canonical_url
from framewire.ingest.language import explain_language
from framewire.records import Feed, Outlet
from framewire.yamlfile import dump_yaml, load_yaml


def add_feed(
    path: Path,
    outlet_name: str,
    *,
    url: str,
    language: str,
    group: str | None = None,
    country: str | None = None,
    enabled: bool = True,
    verified: bool = True,
    source: str | None = None,
    user_agent: str | None = None,
) -> Outlet:
    """The outlet with the feed that was added to it; the file is written at once, its comments kept.

    The outlet is found by name or id, else made, with `group` and `country`. A missing file is begun.

    Raises:
        ConfigError: the feed is listed already, it is no feed that can be listed, or the file cannot be written.
    """
    check_feed(path, url, language=language, country=country)
    tree = _load_or_begin(path)
    node = _get_node(tree, Outlet("", outlet_name, group or NO_GROUP, country or NO_COUNTRY))
    node["feeds"].append(
        _build_node(Feed(url, "", language, enabled=enabled, verified=verified, user_agent=user_agent, source=source))
    )
    _save(path, tree)
    return next(found for found in load_feed_list(path) if found.id == node["id"])


def add_outlets(path: Path, outlets: Sequence[Outlet]) -> None:
    """Add the feeds of many outlets in one write; those of a listed outlet, by name, join it.

    Raises:
        ConfigError: something cannot be listed, or the file cannot be written.
    """
    tree = _load_or_begin(path)
    for outlet in outlets:
        _get_node(tree, outlet)["feeds"].extend(_build_node(feed) for feed in outlet.feeds)
    _save(path, tree)


def find_new_feeds(path: Path, outlets: Sequence[Outlet], *, group: str, language: str) -> list[Outlet]:
    """The outlets with those of their feeds that the list does not have, as they would be added.

    Args:
        path: the feed list; it may be missing.
        outlets: as an OPML file names them.
        group: what new outlets belong to.
        language: of feeds whose own is not told, or no language.
    """
    listed = [feed.url for outlet in (load_feed_list(path) if path.exists() else ()) for feed in outlet.feeds]
    known = {canonical_url(url) or url for url in listed}
    fresh = []
    for outlet in outlets:
        feeds = []
        for feed in outlet.feeds:
            key = canonical_url(feed.url) or feed.url
            if key not in known:
                known.add(key)
                own = feed.language if feed.language and explain_language(feed.language) is None else language
                feeds.append(replace(feed, language=own, verified=True))
        if feeds:
            fresh.append(replace(outlet, group=group, feeds=tuple(feeds)))
    return fresh


def set_enabled(path: Path, url: str, enabled: bool) -> Feed:
    """The feed that is switched on or off in the file; comments stay.

    Raises:
        ConfigError: no such feed.
    """
    listed = get_feed(path, url)
    tree = load_yaml(path, error=ConfigError)
    for outlet in tree["outlets"]:
        for feed in outlet["feeds"]:
            if feed["url"] == listed.url:
                feed["enabled"] = enabled
    _save(path, tree)
    return listed


def remove_feed(path: Path, url: str) -> Feed:
    """The feed that is taken out of the file; its outlet and all comments but its own stay.

    Raises:
        ConfigError: no such feed.
    """
    listed = get_feed(path, url)
    tree = load_yaml(path, error=ConfigError)
    for outlet in tree["outlets"]:
        for position in reversed(range(len(outlet["feeds"]))):
            if outlet["feeds"][position]["url"] == listed.url:
                del outlet["feeds"][position]
    _save(path, tree)
    return listed


def build_id(name: str, *, taken: Collection[str] = ()) -> str:
    """An id for an outlet's name, not among those taken: `Ararat Courier` is `ararat-courier`."""
    base = re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-") or "outlet"
    return next(found for n in range(1, len(taken) + 2) if (found := base if n == 1 else f"{base}-{n}") not in taken)


def _load_or_begin(path: Path) -> CommentedMap:
    if not path.exists():
        return CommentedMap(version=VERSION, outlets=CommentedSeq())
    tree: CommentedMap = load_yaml(path, error=ConfigError)
    return tree


def _get_node(tree: CommentedMap, outlet: Outlet) -> CommentedMap:
    """The outlet's node in the file's tree, found by name or id, else made."""
    node: CommentedMap | None = _find_node(tree["outlets"], outlet.name)
    if node is None:
        node = CommentedMap(
            id=build_id(outlet.name, taken={known["id"] for known in tree["outlets"]}),
            name=outlet.name,
            group=outlet.group,
            country=outlet.country,
            feeds=CommentedSeq(),
        )
        tree["outlets"].append(node)
    return node


def _build_node(feed: Feed) -> CommentedMap:
    """The feed as it is written: what is as usual is left out."""
    fields = {
        "enabled": feed.enabled,
        "verified": feed.verified,
        "source": feed.source,
        "user_agent": feed.user_agent,
    }
    usual = {"enabled": True, "verified": True, "source": None, "user_agent": None}
    told = {key: value for key, value in fields.items() if value != usual[key]}
    return CommentedMap(url=feed.url, language=feed.language, **told)


def _find_node(outlets: Any, name: str) -> Any:
    wanted = name.strip().casefold()
    return next((node for node in outlets if wanted in (node["name"].casefold(), node["id"])), None)


def _save(path: Path, tree: CommentedMap) -> None:
    """Write the file whole or not at all, after a check that it still is a feed list. Raises ConfigError."""
    text = dump_yaml(tree)
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise ConfigError(describe_refusal(error, path)) from error
    temporary = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        load_feed_list(temporary)
        temporary.chmod(path.stat().st_mode & 0o777 if path.exists() else 0o644)
        temporary.replace(path)
    except ConfigError as error:
        raise ConfigError(str(error).replace(temporary.name, path.name)) from error
    except OSError as error:
        raise ConfigError(describe_refusal(error, path)) from error
    finally:
        temporary.unlink(missing_ok=True)
