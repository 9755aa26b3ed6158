"""A feed that is to be listed: asked once first, so that no web page and no dead address gets into the list."""

from dataclasses import dataclass, replace
from datetime import datetime

from framewire.errors import ConfigError
from framewire.ingest import Trial, add_feed, check_feed, check_group, list_near_names, say_once, try_feed
from framewire.masking import mask_url
from framewire.records import Feed, Outlet
from framewire.workflow.fetching import poll_settings
from framewire.workflow.workspace import Workspace

# What a feed is listed as if nobody says its language and it was not asked.
DEFAULT_LANGUAGE = "en"
ADD_ANYWAY = "Nothing was added; --no-check adds it all the same."


@dataclass(frozen=True, slots=True)
class Addition:
    """A feed that somebody wants to list, as they named it; what is None is the list's or the feed's to say."""

    url: str
    outlet: str
    group: str | None = None
    country: str | None = None
    language: str | None = None
    user_agent: str | None = None


def check_addition(workspace: Workspace, wanted: Addition) -> list[str]:
    """Notes on names that look misspelt, if the list can take the feed.

    Raises:
        ConfigError: it cannot.
    """
    path = workspace.config.feeds
    if not wanted.outlet.strip():
        raise ConfigError(
            '--outlet: expected the name of the outlet, found nothing; write it as --outlet "Example News"'
        )
    if wanted.group is not None:
        check_group(path, wanted.outlet, wanted.group)
    check_feed(path, wanted.url, language=wanted.language or DEFAULT_LANGUAGE, country=wanted.country)
    return list_near_names(path, wanted.outlet, group=wanted.group)


def try_addition(
    workspace: Workspace, wanted: Addition, *, now: datetime, discover: bool = False
) -> tuple[Addition, Trial]:
    """The feed as it is to be listed, asked once, and what it answered; with `discover`, the one that a web page names.

    Raises:
        ConfigError: a web page, or an address that gives no feed; says why, and what to do.
    """
    trial = _ask(workspace, wanted, now=now)
    if trial.names and discover and len(trial.names) == 1:
        wanted = replace(wanted, url=trial.names[0])
        check_addition(workspace, wanted)
        trial = _ask(workspace, wanted, now=now)
    if trial.names:
        raise ConfigError(_refuse_page(wanted.url, trial.names))
    if not trial.outcome.status.is_success:
        raise ConfigError(f"{say_once(trial.outcome.message)}. {ADD_ANYWAY}")
    return replace(wanted, language=wanted.language or trial.language or DEFAULT_LANGUAGE), trial


def add_to_list(workspace: Workspace, wanted: Addition) -> Outlet:
    """The outlet that got the feed.

    Raises:
        ConfigError: a feed that cannot be listed, or a list that cannot be written.
    """
    return add_feed(
        workspace.config.feeds,
        wanted.outlet,
        url=wanted.url,
        group=wanted.group,
        country=wanted.country,
        language=wanted.language or DEFAULT_LANGUAGE,
        user_agent=wanted.user_agent,
    )


def describe_trial(wanted: Addition, trial: Trial) -> tuple[str, list[str]]:
    """One line on what the feed is, and what to look at twice."""
    n, notes = len(trial.outcome.entries), []
    newest = f"newest {trial.newest:%Y-%m-%d}" if trial.newest else "none dated"
    line = f"'{trial.title or 'untitled'}', {n} entries, {newest}, language {trial.language or 'not told by so little text'}"
    if trial.language and trial.language != (wanted.language or "").partition("-")[0]:
        notes.append(
            f"its headlines are in '{trial.language}', and it is listed as '{wanted.language}': "
            f"if that is wrong, set `language: {trial.language}` in the feed list"
        )
    if not n:
        notes.append("it is a feed, but it holds no entry now")
    if trial.outcome.state.moved_to:
        notes.append(f"it moved: list {mask_url(trial.outcome.state.moved_to)} in its place")
    return line, notes


def _ask(workspace: Workspace, wanted: Addition, *, now: datetime) -> Trial:
    feed = Feed(wanted.url, wanted.outlet, wanted.language or DEFAULT_LANGUAGE, user_agent=wanted.user_agent)
    return try_feed(feed, settings=poll_settings(workspace), now=now)


def _refuse_page(url: str, names: tuple[str, ...]) -> str:
    listed = "".join(f"\n  {name}" for name in names)
    what = "add it, or call this with --discover" if len(names) == 1 else "add one of these"
    return f"{mask_url(url)} is a web page, no feed; it names: {listed}\nNothing was added; {what}."
