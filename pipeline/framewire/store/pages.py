"""Pages of articles: which are due, what became of them, and what their outlets repeat. A page is one transaction."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, and_, delete, func, insert, or_, select, update

from framewire.records import ALL_PAGES, DateSource, DuePage, PageOutcome, PageState, RobotsFile
from framewire.store.columns import storable
from framewire.store.labelling import is_newest
from framewire.store.schema import articles, blocks, entries, feeds, outlets, pages, robots, versions
from framewire.store.versions import FROM_PAGE, MAX_VERSIONS, split_text
from framewire.store.writes import chunks, insert_ignoring, text_hash
from framewire.text.changes import is_trivial_change, measure_change

RECENT_PAGES = 200
"""When so many pages of an outlet are counted, all its counts are halved: what it repeated long ago is forgotten.

Source: a daily paper's output of some days.
"""


def get_due_pages(conn: Connection, feed_urls: Sequence[str], *, now: datetime, since: datetime) -> list[DuePage]:
    """The articles of these feeds, first seen since then, whose page was never asked for or is due, oldest first."""
    found: dict[int, DuePage] = {}
    for some in chunks(feed_urls):
        first_feed = (
            select(func.min(entries.c.feed_id))
            .join(feeds)
            .where(entries.c.article_id == articles.c.id, feeds.c.url.in_(some))
            .correlate(articles)
            .scalar_subquery()
        )
        query = (
            select(
                articles.c.id,
                articles.c.outlet_id,
                articles.c.url,
                articles.c.first_seen_at,
                feeds.c.url.label("feed_url"),
                versions.c.text,
                versions.c.title_end,
                versions.c.source,
                func.coalesce(pages.c.tries, 0).label("tries"),
            )
            .select_from(articles)
            .join(feeds, feeds.c.id == first_feed)
            .join(versions, and_(versions.c.article_id == articles.c.id, is_newest()))
            .outerjoin(pages, pages.c.article_id == articles.c.id)
            .where(articles.c.url.is_not(None), articles.c.first_seen_at >= since)
            .where(or_(pages.c.article_id.is_(None), pages.c.next_due_at <= now))
            .order_by(articles.c.first_seen_at, articles.c.id)
        )
        for row in conn.execute(query).mappings():
            found.setdefault(row["id"], _as_due(row))
    return list(found.values())


def _as_due(row: RowMapping) -> DuePage:
    body = row["text"][row["title_end"] + 1 :]
    return DuePage(
        article_id=row["id"],
        outlet_id=row["outlet_id"],
        feed_url=row["feed_url"],
        url=row["url"],
        title=row["text"][: row["title_end"]],
        text_length=len(body),
        page_text=body if row["source"] == FROM_PAGE else None,
        tries=row["tries"],
    )


def get_page(conn: Connection, article_id: int) -> dict[str, Any] | None:
    """What became of an article's page; None if it was never asked for.

    Keys: `state`, `message`, `http_status`, `asked_at`, `next_due_at`, `tries`.
    """
    row = conn.execute(select(pages).where(pages.c.article_id == article_id)).mappings().one_or_none()
    return {name: value for name, value in row.items() if name != "article_id"} if row else None


def get_asked_pages(conn: Connection, article_ids: Sequence[int], *, now: datetime) -> dict[int, PageState]:
    """Those of some articles whose page was due and has been asked for meanwhile, with what became of it."""
    asked: dict[int, PageState] = {}
    for some in chunks(article_ids):
        query = select(pages.c.article_id, pages.c.state).where(pages.c.article_id.in_(some))
        rows = conn.execute(query.where(or_(pages.c.next_due_at.is_(None), pages.c.next_due_at > now)))
        asked |= {row.article_id: PageState(row.state) for row in rows}
    return asked


def record_page(conn: Connection, outcome: PageOutcome) -> bool:
    """True if the page gave a new version. The page, its version and its outlet's counts, in one transaction."""
    page = outcome.page
    # As a poll does, so that no poll adds a version of the same number meanwhile.
    conn.execute(select(outlets.c.id).where(outlets.c.id == page.outlet_id).with_for_update())
    row = {
        "state": outcome.state.value,
        "message": storable(outcome.message),
        "http_status": outcome.http_status,
        "asked_at": outcome.asked_at,
        "next_due_at": outcome.next_due_at,
        "tries": outcome.tries,
    }
    put = insert_ignoring(conn, pages).values(article_id=page.article_id, **row)
    conn.execute(put.on_conflict_do_update(index_elements=["article_id"], set_=row))
    _fill_date(conn, outcome)
    _count_blocks(conn, page.outlet_id, outcome.blocks, seen_at=outcome.asked_at)
    return outcome.text is not None and _add_version(conn, outcome, storable(outcome.text))


def _add_version(conn: Connection, outcome: PageOutcome, body: str) -> bool:
    """True if a version was added: title of the newest version, newline, text of the page."""
    newest = (
        conn.execute(select(versions).where(versions.c.article_id == outcome.page.article_id, is_newest()))
        .mappings()
        .one()
    )
    title, before = split_text(newest)
    was_page = newest["source"] == FROM_PAGE
    if newest["number"] >= MAX_VERSIONS or (was_page and is_trivial_change(before, body)):
        return False
    text = f"{title}\n{body}"
    sizes = {"title_change": 0.0, "text_change": measure_change(before, body)} if was_page else {}
    about = {"title_end": newest["title_end"], "text": text, "text_hash": text_hash(text), "seen_at": outcome.asked_at}
    key = {"article_id": newest["article_id"], "number": newest["number"] + 1, "source": FROM_PAGE}
    conn.execute(insert(versions).values(**key, **about, **sizes))
    return True


def _fill_date(conn: Connection, outcome: PageOutcome) -> None:
    """Give an article whose feed told no date that of its page."""
    if outcome.published_at is not None:
        undated = (articles.c.id == outcome.page.article_id, articles.c.published_at.is_(None))
        found = {"published_at": outcome.published_at, "date_source": DateSource.PAGE.value, "date_flag": None}
        conn.execute(update(articles).where(*undated).values(**found))


def get_block_counts(conn: Connection, outlet_ids: Iterable[str]) -> dict[str, dict[str, int]]:
    """Pages that hold a paragraph, by outlet and hash; under `ALL_PAGES` the pages that were counted."""
    counts: dict[str, dict[str, int]] = {}
    for some in chunks(list(outlet_ids)):
        for row in conn.execute(select(blocks).where(blocks.c.outlet_id.in_(some))):
            counts.setdefault(row.outlet_id, {})[row.block_hash] = row.n_pages
    return counts


def _count_blocks(conn: Connection, outlet_id: str, hashes: frozenset[str], *, seen_at: datetime) -> None:
    """Count one page more that holds these paragraphs."""
    if not hashes:
        return
    rows = [
        {"outlet_id": outlet_id, "block_hash": found, "n_pages": 1, "last_seen_at": seen_at}
        for found in (ALL_PAGES, *sorted(hashes))
    ]
    put = insert_ignoring(conn, blocks)
    again = {"n_pages": blocks.c.n_pages + 1, "last_seen_at": put.excluded.last_seen_at}
    conn.execute(put.on_conflict_do_update(index_elements=["outlet_id", "block_hash"], set_=again), rows)
    counted = select(blocks.c.n_pages).where(blocks.c.outlet_id == outlet_id, blocks.c.block_hash == ALL_PAGES)
    if conn.execute(counted).scalar_one() >= RECENT_PAGES:
        # Rounded down: what stands on a single page is forgotten.
        own = blocks.c.outlet_id == outlet_id
        conn.execute(delete(blocks).where(own, blocks.c.n_pages < 2))
        conn.execute(update(blocks).where(own).values(n_pages=blocks.c.n_pages // 2))


def get_robots(conn: Connection) -> dict[str, RobotsFile]:
    """Every robots.txt that is known, by host."""
    return {row["host"]: RobotsFile(**row) for row in conn.execute(select(robots)).mappings()}


def record_robots(conn: Connection, file: RobotsFile) -> None:
    """Keep a robots.txt in place of an older one."""
    about = {"state": file.state, "text": storable(file.text), "asked_at": file.asked_at}
    put = insert_ignoring(conn, robots).values(host=file.host, **about)
    conn.execute(put.on_conflict_do_update(index_elements=["host"], set_=about))
