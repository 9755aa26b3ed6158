"""What was asked and what came, counted by span of time, on both databases."""

from datetime import datetime, timedelta

import pandas as pd
import pytest
from sqlalchemy import Engine, insert

from framewire.records import PollStatus
from framewire.store import (
    add_labels,
    claim_versions_to_label,
    read_asked,
    read_counted,
    read_followed,
    read_moments,
    reading,
    record_poll,
    start_run,
    transaction,
)
from framewire.store.schema import pages
from store_cases import HOUR, NEWS, NOW, OTHER, WORLD, add_pair, entry, labelled, outcome, poll

DAY = timedelta(days=1)
SPANS = [(NOW + DAY * i, NOW + DAY * (i + 1)) for i in range(3)]
TIME = "datetime64[us, UTC]"


def plain(table: pd.DataFrame, *names: str) -> list[tuple[object, ...]]:
    """The columns' values, None where missing."""
    rows = table[list(names)].astype(object)
    return [tuple(row) for row in rows.where(rows.notna(), None).itertuples(index=False)]


def test_answers_are_counted_by_span_feed_and_kind(engine: Engine) -> None:
    with transaction(engine) as conn:
        for hours in (0, 2, 23, 24):
            record_poll(conn, outcome(at=NOW + HOUR * hours), run_id=None, seen_at=NOW)
        down = outcome(at=NOW + HOUR * 5, status=PollStatus.HTTP_ERROR, http_status=503, message="503")
        record_poll(conn, down, run_id=None, seen_at=NOW)
        lost = outcome(feed=OTHER, at=NOW + HOUR * 71, status=PollStatus.DNS, http_status=None, message="no such host")
        record_poll(conn, lost, run_id=None, seen_at=NOW)
    with reading(engine) as conn:
        table = read_asked(conn, SPANS)
    assert plain(table, "span", "url", "status", "http_status", "n") == [
        (0, NEWS.url, "http error", 503, 1),
        (0, NEWS.url, "ok", 200, 3),
        (1, NEWS.url, "ok", 200, 1),
        (2, OTHER.url, "dns", None, 1),
    ]
    assert plain(table, "first_at", "last_at")[1] == (NOW, NOW + HOUR * 23)
    assert (str(table["first_at"].dtype), str(table["http_status"].dtype)) == (TIME, "Int64")


def test_a_poll_overran_when_all_was_new_and_there_had_been_entries_before(engine: Engine) -> None:
    with transaction(engine) as conn:
        poll(conn, at=NOW)  # empty
        poll(conn, entry("a"), entry("b"), at=NOW + HOUR)  # the first entries
        poll(conn, entry("b"), entry("c"), at=NOW + HOUR * 2)  # one that was known
        poll(conn, entry("x"), entry("y"), at=NOW + HOUR * 3)  # overran
        poll(conn, entry("x"), entry("y"), at=NOW + HOUR * 4)
        poll(conn, at=NOW + HOUR * 5)
        poll(conn, entry("z"), at=NOW + HOUR * 25)  # overran, on the next day
        poll(conn, entry("w"), feed=WORLD, at=NOW + HOUR * 26)  # the first of another feed
    with reading(engine) as conn:
        assert plain(read_asked(conn, SPANS), "span", "url", "n_overran") == [
            (0, NEWS.url, 1),
            (1, NEWS.url, 1),
            (1, WORLD.url, 0),
        ]


def test_articles_are_counted_when_seen_and_those_of_a_first_poll_when_published(engine: Engine) -> None:
    early, late = entry("old", published_at=NOW - HOUR), entry("first", published_at=NOW + HOUR)
    undated = entry("undated")
    with transaction(engine) as conn:
        poll(conn, early, late, undated, at=NOW + HOUR * 2)
        poll(conn, early, late, undated, entry("a", published_at=NOW - DAY * 9), at=NOW + HOUR * 47)
        record_poll(conn, outcome(entry("r", language="hy"), at=NOW), run_id=None, seen_at=NOW + HOUR * 48)
    with reading(engine) as conn:
        table = read_counted(conn, SPANS)
    names = ("span", "outlet", "language", "state", "relevant", "page", "n")
    assert plain(table, *names) == [
        (0, "north", "en", "unlabelled", False, None, 1),
        (1, "north", "en", "unlabelled", False, None, 1),
        (2, "north", "hy", "unlabelled", False, None, 1),
    ]


def test_articles_are_told_apart_by_label_relevance_and_page(engine: Engine) -> None:
    with transaction(engine) as conn:
        poll(conn, entry("zero"), at=NOW - DAY)
        poll(conn, *map(entry, "abcd"), at=NOW + HOUR)
        pair = add_pair(conn)
        versions = claim_versions_to_label(conn, **pair, limit=10)[1:4]
        add_labels(
            conn, [labelled(item, relevant=item is not versions[0]) for item in versions], **pair, labelled_at=NOW
        )
        for item, state in zip(versions, ("full text", "headline only", "headline only"), strict=True):
            row = {"article_id": item.article_id, "state": state, "message": "", "asked_at": NOW, "tries": 1}
            conn.execute(insert(pages).values(row))
    with reading(engine) as conn:
        table = read_counted(conn, SPANS)
    assert plain(table, "state", "relevant", "page", "n") == [
        ("labelled", False, "full text", 1),
        ("labelled", True, "headline only", 2),
        ("unlabelled", False, None, 1),
    ]


def test_moments_are_those_of_polls_and_runs_each_once(engine: Engine) -> None:
    with transaction(engine) as conn:
        poll(conn, at=NOW)
        poll(conn, feed=OTHER, at=NOW)
        poll(conn, at=NOW + HOUR * 3)
        for hours in (0, 1, 90):
            start_run(conn, now=NOW + HOUR * hours, window_start=None, window_end=None)
    with reading(engine) as conn:
        assert read_moments(conn, since=NOW, until=NOW + DAY) == [NOW, NOW + HOUR, NOW + HOUR * 3]
        assert read_moments(conn, since=NOW + DAY * 9, until=NOW + DAY * 10) == []


def test_feeds_are_followed_from_their_first_poll_to_their_last(engine: Engine) -> None:
    with transaction(engine) as conn:
        poll(conn, at=NOW)
        down = outcome(at=NOW + HOUR, status=PollStatus.GONE, http_status=410, message="gone")
        record_poll(conn, down, run_id=None, seen_at=NOW)
    with reading(engine) as conn:
        table = read_followed(conn).set_index("url")
    row = table.loc[NEWS.url]
    assert (row["outlet"], row["outlet_name"], row["group"], row["listed"]) == (
        "north",
        "The North",
        "international",
        True,
    )
    assert (row["first_polled_at"], row["last_polled_at"]) == (NOW, NOW + HOUR)
    assert (row["last_status"], row["last_http_status"]) == ("gone", 410)
    assert pd.isna(table.loc[OTHER.url, "first_polled_at"])
    assert str(table["last_polled_at"].dtype) == TIME


@pytest.mark.parametrize("spans", [[], SPANS])
def test_an_empty_store_has_the_columns_all_the_same(engine: Engine, spans: list[tuple[datetime, datetime]]) -> None:
    with reading(engine) as conn:
        asked, counted = read_asked(conn, spans), read_counted(conn, spans)
    assert asked.empty
    assert counted.empty
    assert list(asked.columns)[:2] == ["span", "url"]
    assert list(counted.columns)[-1] == "n"
