"""Pages in the store: what is due, versions, counts, robots.txt; on SQLite and on PostgreSQL."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection, Engine, select

from framewire.records import ALL_PAGES, DuePage, PageOutcome, PageState, RobotsFile
from framewire.store import (
    claim_versions_to_label,
    get_block_counts,
    get_due_pages,
    get_robots,
    read_articles,
    read_revisions,
    reading,
    record_page,
    record_robots,
    transaction,
)
from framewire.store.pages import RECENT_PAGES
from framewire.store.schema import articles, blocks, pages, versions
from store_cases import HOUR, NEWS, NOW, OTHER, WORLD, add_pair, entry, poll

LONG = "First paragraph of the page.\n\nSecond paragraph of the page."
OLDEST = NOW - timedelta(days=7)


def due(conn: Connection, *, at: datetime = NOW, since: datetime = OLDEST) -> list[DuePage]:
    return get_due_pages(conn, [NEWS.url, WORLD.url], now=at, since=since)


def read(conn: Connection, page: DuePage, text: str | None = LONG, *, at: datetime = NOW, **more: object) -> bool:
    """Store a page that went well, or another state."""
    state = more.pop("state", PageState.EXTRACTED)
    return record_page(conn, PageOutcome(page, state, "told", at, text=text, **more))  # type: ignore[arg-type]


def texts(conn: Connection) -> list[tuple[int, str, str]]:
    query = select(versions.c.number, versions.c.source, versions.c.text).order_by(versions.c.number)
    return [tuple(row) for row in conn.execute(query)]


def test_articles_of_these_feeds_are_due_oldest_first(engine: Engine) -> None:
    with transaction(engine) as conn:
        poll(conn, entry("b"), at=NOW)
        poll(conn, entry("a"), feed=WORLD, at=NOW - HOUR)
        poll(conn, entry("c", url="https://south.example/c"), feed=OTHER)
        poll(conn, entry("d", url=None))
        poll(conn, entry("e"), at=NOW - timedelta(days=8))
        found = due(conn)
    assert [page.url for page in found] == ["https://north.example/a", "https://north.example/b"]
    first = found[0]
    assert (first.outlet_id, first.feed_url, first.title) == ("north", WORLD.url, "A title")
    assert (first.text_length, first.page_text, first.tries) == (len("A body."), None, 0)


def test_a_page_takes_the_place_of_the_teaser_and_is_no_revision(engine: Engine) -> None:
    with transaction(engine) as conn:
        poll(conn, entry("a", "Gates open", "A teaser."))
        (page,) = due(conn)
        assert read(conn, page, published_at=NOW - HOUR)
        assert due(conn) == []
        assert texts(conn) == [(1, "feed", "Gates open\nA teaser."), (2, "page", f"Gates open\n{LONG}")]
        assert read_revisions(conn).empty
        (row,) = read_articles(conn).to_dict("records")
        assert (row["source"], row["page"], row["n_versions"]) == ("page", "extracted", 2)
        assert row["published_at"] == NOW - HOUR
        (claimed,) = claim_versions_to_label(conn, **add_pair(conn), limit=9)
        assert (claimed.text, claimed.title) == (f"Gates open\n{LONG}", "Gates open")


def test_the_date_of_the_feed_stays(engine: Engine) -> None:
    with transaction(engine) as conn:
        poll(conn, entry("a", published_at=NOW - 2 * HOUR))
        read(conn, due(conn)[0], published_at=NOW - HOUR)
        assert conn.execute(select(articles.c.published_at)).scalar_one() == NOW - 2 * HOUR


@pytest.mark.parametrize("state", [state for state in PageState if state is not PageState.EXTRACTED])
def test_other_states_leave_the_feeds_text(engine: Engine, state: PageState) -> None:
    with transaction(engine) as conn:
        poll(conn, entry("a"))
        assert not read(conn, due(conn)[0], None, state=state, http_status=200)
        assert [row[:2] for row in texts(conn)] == [(1, "feed")]
        assert due(conn) == []
        (row,) = read_articles(conn).to_dict("records")
        assert (row["source"], row["page"]) == ("feed", state.value)


def test_an_article_that_was_never_asked_for_has_no_state(engine: Engine) -> None:
    with transaction(engine) as conn:
        poll(conn, entry("a"))
        assert read_articles(conn)["page"].isna().all()


def test_a_failed_page_is_due_again_with_its_tries(engine: Engine) -> None:
    with transaction(engine) as conn:
        poll(conn, entry("a"))
        read(conn, due(conn)[0], None, state=PageState.FAILED, next_due_at=NOW + HOUR, tries=1)
        assert due(conn) == []
        (page,) = due(conn, at=NOW + HOUR)
        assert page.tries == 1


def test_a_new_teaser_makes_the_page_due_and_no_version(engine: Engine) -> None:
    with transaction(engine) as conn:
        poll(conn, entry("a", "Gates open", "A teaser."))
        read(conn, due(conn)[0])
        assert poll(conn, entry("a", "Gates open", "Another teaser."), at=NOW + 2 * HOUR).changed == 0
        (page,) = due(conn, at=NOW + 2 * HOUR)
        assert page.page_text == LONG
        assert not read(conn, page, None, at=NOW + 2 * HOUR)
        assert len(texts(conn)) == 2
        assert due(conn, at=NOW + 9 * HOUR) == []


def test_a_page_is_asked_again_after_an_hour_at_the_earliest(engine: Engine) -> None:
    with transaction(engine) as conn:
        poll(conn, entry("a", "Gates open", "A teaser."))
        read(conn, due(conn)[0])
        poll(conn, entry("a", "Gates open", "Another teaser."), at=NOW + HOUR / 4)
        assert due(conn, at=NOW + HOUR / 2) == []
        assert len(due(conn, at=NOW + HOUR)) == 1


@pytest.mark.parametrize("teaser", ["A teaser.", ""])
def test_a_new_headline_is_a_revision_over_the_pages_text(engine: Engine, teaser: str) -> None:
    with transaction(engine) as conn:
        poll(conn, entry("a", "Gates open", teaser))
        read(conn, due(conn)[0])
        assert poll(conn, entry("a", "Gates forced open", teaser), at=NOW + 2 * HOUR).changed == 1
        assert texts(conn)[-1] == (3, "page", f"Gates forced open\n{LONG}")
        (row,) = read_revisions(conn).to_dict("records")
        assert (row["old_title"], row["new_title"]) == ("Gates open", "Gates forced open")
        assert read(conn, due(conn, at=NOW + 2 * HOUR)[0], f"{LONG}\n\nThird.", at=NOW + 2 * HOUR)
        assert texts(conn)[-1] == (4, "page", f"Gates forced open\n{LONG}\n\nThird.")
        assert len(read_revisions(conn)) == 2


def test_the_same_text_again_makes_no_version(engine: Engine) -> None:
    with transaction(engine) as conn:
        poll(conn, entry("a"))
        (page,) = due(conn)
        assert read(conn, page)
        assert not read(conn, page)


def test_paragraphs_are_counted_by_outlet_and_forgotten(engine: Engine) -> None:
    with transaction(engine) as conn:
        poll(conn, entry("a"))
        (page,) = due(conn)
        for n in range(RECENT_PAGES - 1):
            read(conn, page, None, blocks=frozenset({"box", f"own {n}"}))
        counts = get_block_counts(conn, ["north", "south"])
        assert (counts["north"][ALL_PAGES], counts["north"]["box"], counts["north"]["own 7"]) == (199, 199, 1)
        read(conn, page, None, blocks=frozenset({"box", "own 7"}))
        counts = get_block_counts(conn, ["north", "south"])
        assert counts == {"north": {ALL_PAGES: 100, "box": 100, "own 7": 1}}
        assert conn.execute(select(blocks.c.block_hash)).scalars().all()


def test_robots_txt_is_kept_once_a_host(engine: Engine) -> None:
    first = RobotsFile("https://north.example", "read", "User-agent: *\nDisallow: /x", NOW)
    second = RobotsFile("https://north.example", "none", "", NOW + HOUR)
    with transaction(engine) as conn:
        record_robots(conn, first)
        assert get_robots(conn) == {first.host: first}
        record_robots(conn, second)
        assert get_robots(conn) == {second.host: second}


def test_a_page_is_stored_whole_or_not_at_all(engine: Engine) -> None:
    with transaction(engine) as conn:
        poll(conn, entry("a"))
        (page,) = due(conn)

    def store_and_break() -> None:
        with transaction(engine) as conn:
            read(conn, page, blocks=frozenset({"box"}))
            raise KeyError("killed")

    with pytest.raises(KeyError):
        store_and_break()
    with reading(engine) as conn:
        assert conn.execute(select(pages)).all() == []
        assert len(texts(conn)) == 1
        assert get_block_counts(conn, ["north"]) == {}
        assert due(conn) == [page]
