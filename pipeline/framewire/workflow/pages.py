"""Full text: the pages of articles whose outlet wants it, between polling and labelling."""

import os
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import framewire
from framewire.config import Config
from framewire.errors import ParserUnavailable
from framewire.ingest import ExtractedPage, PageBytes, PageSettings, extract_page, fetch_pages
from framewire.ingest.child import ChildPool
from framewire.records import DuePage, Feed, PageOutcome, PageState
from framewire.store import (
    get_block_counts,
    get_due_pages,
    get_robots,
    reading,
    record_page,
    record_robots,
    transaction,
)
from framewire.workflow.workspace import Workspace

# An article that nobody could ask for in a week is news no more.
MAX_AGE = timedelta(days=7)
EXTRACT_SECONDS = 10.0
EXTRACT_BYTES = 1024**3

_SENTENCES = (
    "The commission met in the valley for the third time.",
    "Its members said that the water would be shared.",
)
_CANARY = PageBytes(
    f"<html><body><article><p>{'</p><p>'.join(_SENTENCES)}</p></article></body></html>".encode(),
    url="https://valley.example/1",
    asked="https://valley.example/1",
    title="",
    fetched_at=datetime(2026, 1, 1, tzinfo=UTC),
)


@dataclass(frozen=True, slots=True)
class ReadPages:
    """What reading pages did: a line for people, figures for the record, and what was reduced (None = nothing)."""

    line: str
    figures: dict[str, Any] = field(default_factory=dict)
    problem: str | None = None


def lists_full_text(workspace: Workspace) -> bool:
    """True if an enabled feed is of an outlet whose pages are to be read."""
    return bool(list_full_text_feeds(workspace))


def list_full_text_feeds(workspace: Workspace) -> list[Feed]:
    """The enabled feeds of outlets whose pages are to be read."""
    return [
        feed
        for outlet in workspace.outlets
        if (workspace.config.full_text if outlet.full_text is None else outlet.full_text)
        for feed in outlet.feeds
        if feed.enabled
    ]


def build_user_agent(config: Config) -> str:
    """Who asks, with the contact for site owners."""
    return config.user_agent.format(version=framewire.__version__, contact=config.contact)


def read_due_pages(workspace: Workspace, *, now: datetime, progress: Callable[[str, int, int], None]) -> ReadPages:
    """Asks for the pages that are due and stores each in a transaction of its own, so that a killed run goes on."""
    feeds = list_full_text_feeds(workspace)
    with reading(workspace.engine) as conn:
        due = get_due_pages(conn, [feed.url for feed in feeds], now=now, since=now - MAX_AGE)
    if not due:
        return ReadPages("no page is due", {"asked": 0, "states": {}, "left": 0})
    states, n_new = Counter[str](), 0
    try:
        # An idle connection stays open beside: SQLite copies its log back into the file whenever the last one closes.
        with build_page_pool() as pool, workspace.engine.connect():
            for outcome in _ask(workspace, feeds, due, pool=pool, now=now):
                with transaction(workspace.engine) as conn:
                    n_new += record_page(conn, outcome)
                states[outcome.state.value] += 1
                progress("pages", states.total(), len(due))
    except ParserUnavailable as error:
        return ReadPages(str(error), {"asked": states.total(), "states": dict(states)}, str(error))
    return _report(due, states, n_new)


def build_page_pool() -> ChildPool[PageBytes, ExtractedPage]:
    """Child processes that read pages, as many as there are processors, at most four."""
    n_children = min(4, os.cpu_count() or 1)
    text = "\n\n".join(_SENTENCES)
    canary = (_CANARY, ExtractedPage(PageState.EXTRACTED, f"{len(text)} characters", text))
    return ChildPool(
        extract_page,
        canary=canary,
        n_children=n_children,
        timeout_seconds=EXTRACT_SECONDS,
        memory_bytes=EXTRACT_BYTES,
        name="reading pages",
    )


def _ask(
    workspace: Workspace,
    feeds: list[Feed],
    due: list[DuePage],
    *,
    pool: ChildPool[PageBytes, ExtractedPage],
    now: datetime,
) -> Iterator[PageOutcome]:
    """What became of the pages, as they come; a robots.txt that was asked for is stored on the way."""
    with reading(workspace.engine) as conn:
        robots = get_robots(conn)
        counts = get_block_counts(conn, {page.outlet_id for page in due})
    settings = _page_settings(workspace, feeds)
    for item in fetch_pages(due, robots, counts, extract=pool.call, settings=settings, now=now):
        if isinstance(item, PageOutcome):
            yield item
        else:
            with transaction(workspace.engine) as conn:
                record_robots(conn, item)


def _page_settings(workspace: Workspace, feeds: list[Feed]) -> PageSettings:
    config = workspace.config
    return PageSettings(
        user_agent=build_user_agent(config),
        user_agents={feed.url: feed.user_agent for feed in feeds if feed.user_agent},
        deadline_seconds=config.deadline_seconds,
        allow_private=config.allow_private,
        max_hosts=config.max_hosts,
        pages_per_host=config.pages_per_host,
    )


def _report(due: list[DuePage], states: Counter[str], n_new: int) -> ReadPages:
    left = len(due) - states.total()
    parts = [f"{states.total()} of {len(due)} pages asked"]
    parts += [f"{n} {state}" for state, n in sorted(states.items())]
    parts += [f"new texts {n_new}", *([f"{left} left for the next run"] if left else [])]
    return ReadPages("  ".join(parts), {"asked": states.total(), "states": dict(states), "new": n_new, "left": left})
