"""Full text: the pages of articles whose outlet wants it, between polling and labelling."""

import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import framewire
from framewire.config import Config
from framewire.errors import ParserUnavailable
from framewire.ingest import ExtractedPage, PageBytes, PageSettings, extract_page, fetch_pages
from framewire.ingest.child import ChildPool
from framewire.records import DuePage, Feed, PageOutcome, PageState, RobotsFile
from framewire.store import (
    get_asked_pages,
    get_block_counts,
    get_due_pages,
    get_robots,
    reading,
    record_page,
    record_robots,
    transaction,
)
from framewire.workflow.page_claims import claim_pages
from framewire.workflow.sharing import Share, hold, patiently
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


def read_due_pages(
    workspace: Workspace,
    *,
    now: datetime,
    progress: Callable[[str, int, int], None],
    share: Share | None = None,
    until_all: bool = False,
) -> ReadPages:
    """Asks for the pages that are due and stores each in a transaction of its own, so that a killed run goes on.

    On a shared store each of our hosts asks some of the sites; `until_all` waits for the others, and takes over what
    lost ones leave.
    """
    feeds = list_full_text_feeds(workspace)
    due = patiently(share, lambda: _list_due(workspace, feeds, now))
    if not due:
        return ReadPages("no page is due", {"asked": 0, "states": {}, "left": 0})
    states, n_new = Counter[str](), 0
    try:
        # An idle connection stays open beside: SQLite copies its log back into the file whenever the last one closes.
        with build_page_pool() as pool, workspace.engine.connect():
            for some in _claim(workspace, share, due, now=now, until_all=until_all):
                for outcome in _ask(workspace, feeds, some, pool=pool, now=now, share=share):
                    n_new += patiently(share, partial(_store, workspace, share, outcome))
                    states[outcome.state.value] += 1
                    progress("pages", states.total(), len(due))
    except ParserUnavailable as error:
        return ReadPages(str(error), {"asked": states.total(), "states": dict(states)}, str(error))
    n_asked = patiently(share, lambda: _count_asked(workspace, due, now)) if share else states.total()
    return _report(due, states, n_new, n_asked - states.total())


def _claim(
    workspace: Workspace, share: Share | None, due: Sequence[DuePage], *, now: datetime, until_all: bool
) -> Iterator[Sequence[DuePage]]:
    config = workspace.config
    return claim_pages(
        share, due, n_sites=config.max_hosts, n_pages=config.pages_per_host, now=now, until_all=until_all
    )


def _count_asked(workspace: Workspace, due: Sequence[DuePage], now: datetime) -> int:
    """How many of the pages have been asked for, by whomever."""
    with reading(workspace.engine) as conn:
        return len(get_asked_pages(conn, [page.article_id for page in due], now=now))


def _list_due(workspace: Workspace, feeds: Sequence[Feed], now: datetime) -> list[DuePage]:
    with reading(workspace.engine) as conn:
        return get_due_pages(conn, [feed.url for feed in feeds], now=now, since=now - MAX_AGE)


def _store(workspace: Workspace, share: Share | None, outcome: PageOutcome) -> bool:
    """True if the page gave a new version."""
    with transaction(workspace.engine) as conn:
        hold(conn, share)
        return record_page(conn, outcome)


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
    due: Sequence[DuePage],
    *,
    pool: ChildPool[PageBytes, ExtractedPage],
    now: datetime,
    share: Share | None,
) -> Iterator[PageOutcome]:
    """What became of the pages, as they come; a robots.txt that was asked for is stored on the way."""
    robots, counts = patiently(share, lambda: _read_known(workspace, due))
    settings = _page_settings(workspace, feeds, share)
    for item in fetch_pages(due, robots, counts, extract=pool.call, settings=settings, now=now):
        if isinstance(item, PageOutcome):
            yield item
        else:
            patiently(share, partial(_store_robots, workspace, item))


def _read_known(
    workspace: Workspace, due: Sequence[DuePage]
) -> tuple[dict[str, RobotsFile], dict[str, dict[str, int]]]:
    """Every robots.txt, and how often the outlets' paragraphs came before."""
    with reading(workspace.engine) as conn:
        return get_robots(conn), get_block_counts(conn, {page.outlet_id for page in due})


def _store_robots(workspace: Workspace, file: RobotsFile) -> None:
    with transaction(workspace.engine) as conn:
        record_robots(conn, file)


def _page_settings(workspace: Workspace, feeds: list[Feed], share: Share | None) -> PageSettings:
    config = workspace.config
    return PageSettings(
        user_agent=build_user_agent(config),
        user_agents={feed.url: feed.user_agent for feed in feeds if feed.user_agent},
        deadline_seconds=config.deadline_seconds,
        allow_private=config.allow_private,
        max_hosts=config.max_hosts,
        pages_per_host=config.pages_per_host,
        rests=share is not None,
    )


def _report(due: list[DuePage], states: Counter[str], n_new: int, n_others: int) -> ReadPages:
    left = len(due) - states.total() - n_others
    parts = [f"{states.total()} of {len(due)} pages asked"]
    parts += [f"{n} {state}" for state, n in sorted(states.items())]
    parts += [f"new texts {n_new}", *([f"{n_others} asked by other hosts"] if n_others else [])]
    parts += [*([f"{left} left for the next run"] if left else [])]
    return ReadPages("  ".join(parts), {"asked": states.total(), "states": dict(states), "new": n_new, "left": left})
