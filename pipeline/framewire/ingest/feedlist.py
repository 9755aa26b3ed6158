"""The feed list: feeds.yaml to outlets, and what may stand in it."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from ruamel.yaml.comments import CommentedMap, CommentedSeq

from framewire.errors import ConfigError
from framewire.files import read_text
from framewire.ingest.identity import canonical_url
from framewire.ingest.keptlist import keep_list, load_kept_list
from framewire.ingest.language import explain_language
from framewire.ingest.urls import explain_address
from framewire.masking import has_secrets, mask_url
from framewire.records import Feed, Outlet
from framewire.yamlfile import load_yaml, nearest, position, unknown_key_message

VERSION = 1
TOP_KEYS = ("version", "outlets")
OUTLET_KEYS = ("id", "name", "group", "country", "full_text", "feeds")
REQUIRED_OUTLET_KEYS = ("id", "name", "group", "country", "feeds")
FEED_KEYS = ("url", "language", "enabled", "verified", "source", "user_agent")
# What is written for an outlet that was added by address alone. Source: ISO 3166 leaves ZZ to "unknown".
NO_GROUP = "unassigned"
NO_COUNTRY = "ZZ"
# So alike are two names of which one is a slip. Source: "armenain" and "armenian" reach 0.88, two outlets' names seldom 0.8.
NEAR_NAME = 0.85

_ID = re.compile(r"[a-z0-9]+(?:[-_][a-z0-9]+)*")
_COUNTRY = re.compile(r"[A-Z]{2}")
_URL = re.compile(r"https?://[^\s/?#]+\S*", re.IGNORECASE)

# What to do if there is no feed list.
NO_FILE = "Begin one with `framewire feeds add URL --outlet NAME`."

Problem = tuple[int, int, str]


def load_feed_list(path: Path) -> tuple[Outlet, ...]:
    """The outlets of a feeds.yaml with their feeds, in its order.

    Raises:
        ConfigError: one line per problem, `feeds.yaml:13:9: unknown key 'langauge' (did you mean 'language'?)`.
    """
    content = read_text(path, error=ConfigError, missing=NO_FILE)
    if (kept := load_kept_list(content)) is not None:
        return kept
    tree = load_yaml(path, error=ConfigError, missing=NO_FILE)
    problems = sorted(_find_problems(tree))
    if problems:
        raise ConfigError("\n".join(f"{path.name}:{line}:{column}: {text}" for line, column, text in problems))
    outlets = tuple(_build_outlet(node) for node in tree["outlets"])
    keep_list(content, outlets)
    return outlets


def find_feed(outlets: Sequence[Outlet], url: str) -> Feed | None:
    """The listed feed with this address; None if there is none.

    Spelled the same, or else canonically the same, or else as lists show it, with its secrets masked, if it is the only one.
    """
    feeds = [feed for outlet in outlets for feed in outlet.feeds]
    wanted = canonical_url(url)
    exact = next((feed for feed in feeds if feed.url == url), None)
    same = exact or next((feed for feed in feeds if wanted and canonical_url(feed.url) == wanted), None)
    shown = [feed for feed in feeds if has_secrets(feed.url) and mask_url(feed.url) == url]
    return same or (shown[0] if len(shown) == 1 else None)


def get_feed(path: Path, url: str) -> Feed:
    """The feed that the list has under this address, as `find_feed` finds it.

    Raises:
        ConfigError: no such feed; names the nearest.
    """
    outlets = load_feed_list(path)
    listed = find_feed(outlets, url)
    if listed is not None:
        return listed
    guess = nearest(url, [feed.url for outlet in outlets for feed in outlet.feeds], at_least=NEAR_NAME)
    hint = f"did you mean {mask_url(guess)}? See" if guess else "see"
    raise ConfigError(f"{path.name}: {mask_url(url)} is not listed; {hint} `framewire feeds list`")


def check_feed(path: Path, url: str, *, language: str, country: str | None = None) -> None:
    """Nothing, if such a feed can be added to the list.

    Raises:
        ConfigError: it cannot; says what to write instead.
    """
    if not _URL.fullmatch(url):
        raise ConfigError(f"'{mask_url(url)}' is {explain_address(mask_url(url))}")
    if fault := explain_language(language):
        raise ConfigError(f"--language: {fault}")
    if country is not None and not _COUNTRY.fullmatch(country):
        raise ConfigError(f"--country: '{country}' is no ISO 3166-1 code of two capital letters such as AM")
    if listed := find_feed(load_feed_list(path) if path.exists() else (), url):
        remedy = (
            "nothing to do" if listed.enabled else f"switch it on with `framewire feeds enable {mask_url(listed.url)}`"
        )
        raise ConfigError(
            f"{path.name}: {mask_url(listed.url)} is listed already, under '{listed.outlet_id}'; {remedy}"
        )


def check_group(path: Path, outlet_name: str, group: str) -> None:
    """Nothing, if the list has no such outlet, or has it in this group.

    Raises:
        ConfigError: the outlet is of another group.
    """
    wanted = outlet_name.strip().casefold()
    for outlet in load_feed_list(path) if path.exists() else ():
        if wanted in (outlet.name.casefold(), outlet.id) and outlet.group != group:
            raise ConfigError(
                f"{path.name}: outlet '{outlet.id}' is of group '{outlet.group}', not '{group}'; "
                f"leave --group out, or change the group in {path}"
            )


def list_near_names(path: Path, outlet_name: str, *, group: str | None) -> list[str]:
    """A note for each of outlet and group that is new to the list, but almost one that is in it."""
    outlets = load_feed_list(path) if path.exists() else ()
    notes = []
    for option, word, known in (
        ("outlet", outlet_name, {outlet.name for outlet in outlets}),
        ("group", group, {outlet.group for outlet in outlets}),
    ):
        guess = nearest(word, sorted(known), at_least=NEAR_NAME) if word and word not in known else None
        if guess and guess.casefold() != str(word).casefold():
            notes.append(f"{option} '{word}' is new to the list; if you meant '{guess}', change it in {path}")
    return notes


def _build_outlet(node: CommentedMap) -> Outlet:
    outlet_id = str(node["id"])
    return Outlet(
        id=outlet_id,
        name=str(node["name"]),
        group=str(node["group"]),
        country=str(node["country"]),
        feeds=tuple(_build_feed(feed, outlet_id) for feed in node["feeds"]),
        full_text=node.get("full_text"),
    )


def _build_feed(node: CommentedMap, outlet_id: str) -> Feed:
    source, user_agent = (None if node.get(key) is None else str(node[key]) for key in ("source", "user_agent"))
    return Feed(
        url=str(node["url"]),
        outlet_id=outlet_id,
        language=str(node["language"]),
        enabled=bool(node.get("enabled", True)),
        verified=bool(node.get("verified", True)),
        user_agent=user_agent,
        source=source,
    )


def _find_problems(tree: CommentedMap) -> Iterator[Problem]:
    yield from _key_problems(tree, known=TOP_KEYS, required=TOP_KEYS)
    if tree.get("version", VERSION) != VERSION:
        yield *position(tree, "version"), f"version {tree['version']} is not known; this Framewire reads {VERSION}"
    outlets = tree.get("outlets")
    if not isinstance(outlets, CommentedSeq):
        if "outlets" in tree:
            yield *position(tree, "outlets"), "expected a list of outlets"
        return
    seen: dict[str, str] = {}
    for i, outlet in enumerate(outlets):
        if not isinstance(outlet, CommentedMap):
            yield *position(outlets, i), "expected an outlet with id, name, group, country and feeds"
            continue
        yield from _outlet_problems(outlet)
        yield from _repeats(outlet, "id", "outlet id", seen)
        feeds = outlet.get("feeds")
        for feed in feeds if isinstance(feeds, CommentedSeq) else ():
            if isinstance(feed, CommentedMap):
                yield from _repeats(feed, "url", "feed", seen)


def _outlet_problems(outlet: CommentedMap) -> Iterator[Problem]:
    yield from _key_problems(outlet, known=OUTLET_KEYS, required=REQUIRED_OUTLET_KEYS)
    yield from _text_problems(outlet, ("id", "name", "group", "country"))
    if isinstance(outlet.get("id"), str) and not _ID.fullmatch(outlet["id"]):
        yield *position(outlet, "id"), f"'{outlet['id']}' is no id: lower-case letters, digits and hyphens"
    if "full_text" in outlet and not isinstance(outlet["full_text"], bool):
        yield *position(outlet, "full_text"), f"full_text: expected true or false, found '{outlet['full_text']}'"
    feeds = outlet.get("feeds")
    if "feeds" in outlet and not isinstance(feeds, CommentedSeq):
        yield *position(outlet, "feeds"), "expected a list of feeds, each with url and language"
        return
    for i, feed in enumerate(feeds or ()):
        if isinstance(feed, CommentedMap):
            yield from _feed_problems(feed)
        else:
            yield *position(feeds, i), "expected a feed with url and language"


def _feed_problems(feed: CommentedMap) -> Iterator[Problem]:
    yield from _key_problems(feed, known=FEED_KEYS, required=("url", "language"))
    yield from _text_problems(feed, ("url", "language", "source", "user_agent"))
    for key in ("enabled", "verified"):
        if key in feed and not isinstance(feed[key], bool):
            yield *position(feed, key), f"{key}: expected true or false, found '{feed[key]}'"
    if isinstance(feed.get("url"), str) and not _URL.fullmatch(feed["url"]):
        yield *position(feed, "url"), f"'{mask_url(feed['url'])}' is {explain_address(mask_url(feed['url']))}"
    if isinstance(feed.get("language"), str) and (fault := explain_language(feed["language"])):
        yield *position(feed, "language"), fault


def _key_problems(node: CommentedMap, *, known: Sequence[str], required: Sequence[str]) -> Iterator[Problem]:
    for key in node:
        if key not in known:
            yield *position(node, key), unknown_key_message(key, known)
    for key in required:
        if key not in node:
            yield *position(node, key), f"the key '{key}' is missing"


def _text_problems(node: CommentedMap, keys: Sequence[str]) -> Iterator[Problem]:
    for key in keys:
        value = node.get(key, "-")
        optional = key in ("source", "user_agent")
        if not (isinstance(value, str) and value.strip()) and not (optional and value is None):
            yield *position(node, key), f"{key}: expected a text, found {'nothing' if not value else repr(value)}"


def _repeats(node: CommentedMap, key: str, what: str, seen: dict[str, str]) -> Iterator[Problem]:
    value = node.get(key)
    if not isinstance(value, str):
        return
    line, column = position(node, key)
    if (name := f"{what} {value}") in seen:
        yield line, column, f"{what} '{mask_url(value)}' stands here a second time, first in line {seen[name]}"
    seen.setdefault(name, str(line))
