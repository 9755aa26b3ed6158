"""The store on both databases: what a poll stores, what a label adds, and what the tables say."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, select

from framewire.records import Entry, Feed, FeedState, PollStatus, StoredCounts
from framewire.store import (
    HELD_BACK,
    PROMOTED,
    RULES,
    add_codebook,
    add_event,
    add_labels,
    add_model,
    claim_every_version_to_label,
    claim_versions_to_label,
    count_unlabelled,
    find_promotion,
    finish_run,
    get_codebooks,
    get_feed_states,
    get_labelled_spans,
    get_labelling,
    get_model_digest,
    get_models,
    get_runs,
    get_summary,
    read_all_versions,
    read_articles,
    read_feeds,
    read_mentions,
    read_narratives,
    read_passages,
    read_polls,
    read_revisions,
    read_texts,
    reading,
    recall_labels,
    record_poll,
    record_summary,
    start_run,
    sync_feed_list,
    transaction,
)
from framewire.store.schema import articles, entries, labellings, runs, versions
from framewire.store.versions import MAX_VERSIONS
from store_cases import (
    HOUR,
    NEWS,
    NOW,
    OTHER,
    OUTLETS,
    WORLD,
    add_pair,
    entry,
    labelled,
    outcome,
    poll,
)

FIRST, LAST = (datetime(year, 1, 2, tzinfo=UTC).replace(tzinfo=None) for year in (2, 9999))
"""Between these every time zone's clock can be written in UTC."""

on_one_store = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def test_the_feed_list_is_followed_and_nothing_is_forgotten(engine: Engine) -> None:
    with transaction(engine) as conn:
        poll(conn, entry("1"))
        sync_feed_list(conn, [replace(OUTLETS[0], name="New name", feeds=(WORLD,))])
        feeds = read_feeds(conn).set_index("url")
    assert feeds["listed"].to_dict() == {NEWS.url: False, WORLD.url: True, OTHER.url: False}
    assert feeds.loc[NEWS.url, "last_success_at"] == NOW
    with transaction(engine) as conn:
        sync_feed_list(conn, OUTLETS)
        assert read_feeds(conn)["listed"].all()
        assert get_feed_states(conn)[NEWS.url].last_success_at == NOW


def test_a_feed_that_is_not_enabled_is_not_listed(engine: Engine) -> None:
    with transaction(engine) as conn:
        sync_feed_list(conn, [replace(OUTLETS[0], feeds=(replace(NEWS, enabled=False), WORLD))])
        listed = read_feeds(conn).set_index("url")["listed"]
    assert listed.to_dict() == {NEWS.url: False, WORLD.url: True, OTHER.url: False}


def test_the_whole_state_of_a_feed_comes_back(engine: Engine) -> None:
    times = {name: NOW + HOUR * n for n, name in enumerate(FeedState.__dataclass_fields__) if name.endswith("_at")}
    state = FeedState(NEWS.url, "tag", "date", "hash", failures=2.5, moved_to="https://new.example/", moved_count=3)
    state = replace(state, **times, moved_since=NOW)
    with transaction(engine) as conn:
        record_poll(conn, outcome(state=state), run_id=None, seen_at=NOW)
        assert get_feed_states(conn) == {
            NEWS.url: state,
            WORLD.url: FeedState(WORLD.url),
            OTHER.url: FeedState(OTHER.url),
        }


def test_a_failed_poll_is_a_row_with_its_reason(engine: Engine) -> None:
    failed = outcome(status=PollStatus.TIMEOUT, message="too slow", http_status=None, skipped=2, dropped=1)
    with transaction(engine) as conn:
        run_id = start_run(conn, now=NOW, window_start=None, window_end=None)
        record_poll(conn, failed, run_id=run_id, seen_at=NOW)
        row = read_polls(conn).iloc[0]
        feed = read_feeds(conn).set_index("url").loc[NEWS.url]
    assert (row["status"], row["message"], row["run_id"], row["n_skipped"]) == ("timeout", "too slow", run_id, 2)
    assert (feed["last_status"], feed["last_message"]) == ("timeout", "too slow")
    assert row["n_dropped"] == 1
    assert row["http_status"] is pd.NA


IDENTITY = [
    ([entry("1")], NEWS, [entry("1")], NEWS, (0, 0, 1), 1, "known entry"),
    ([entry("1")], NEWS, [entry("1", url="https://north.example/moved")], NEWS, (0, 0, 1), 1, "its address changed"),
    ([entry("1")], NEWS, [entry("2", url="https://north.example/1")], NEWS, (0, 0, 1), 1, "same address, new identity"),
    ([entry("1")], NEWS, [entry("1")], WORLD, (0, 0, 1), 1, "other feed of the outlet, same address"),
    ([entry("1")], NEWS, [entry("1")], OTHER, (1, 0, 0), 2, "same address at another outlet"),
    ([entry("1")], NEWS, [entry("2")], NEWS, (1, 0, 0), 2, "new entry"),
    ([entry("1", url=None)], NEWS, [entry("1", url=None)], NEWS, (0, 0, 1), 1, "no address, same feed"),
    ([entry("1", url=None)], NEWS, [entry("1", url=None)], WORLD, (1, 0, 0), 2, "no address, other feed"),
    ([entry("1")], NEWS, [entry("1", "Other"), entry("1")], NEWS, (0, 1, 1), 1, "twice in a poll: the first counts"),
]


@pytest.mark.parametrize(("first", "feed", "second", "other", "expected", "n_articles", "reason"), IDENTITY)
def test_which_article_an_entry_is(
    engine: Engine,
    first: list[Entry],
    feed: Feed,
    second: list[Entry],
    other: Feed,
    expected: tuple[int, int, int],
    n_articles: int,
    reason: str,
) -> None:
    with transaction(engine) as conn:
        poll(conn, *first, feed=feed)
        assert poll(conn, *second, feed=other, at=NOW + HOUR) == StoredCounts(*expected), reason
        assert len(read_articles(conn)) == n_articles, reason


VERSIONS = [
    ([("T", "b"), ("T", "b")], ["T\nb"], "nothing new"),
    ([("T", "b"), ("U", "b")], ["T\nb", "U\nb"], "a new headline"),
    ([("T", "b"), ("T", "c")], ["T\nb", "T\nc"], "a new text"),
    ([("T", "b c"), (" T ", "b\n\n c")], ["T\nb c"], "whitespace is no change"),
    ([("T", "b"), ("T", "")], ["T\nb"], "the teaser is missing today"),
    ([("T", "b"), ("T", ""), ("T", "b")], ["T\nb"], "and comes back"),
    ([("T", ""), ("T", "b")], ["T", "T\nb"], "a text is added"),
    ([("T", ""), ("U", "")], ["T", "U"], "titles alone"),
    ([("T", "b"), ("U", "b"), ("T", "b")], ["T\nb", "U\nb", "T\nb"], "and changed back"),
]


@pytest.mark.parametrize(("told", "stored", "reason"), VERSIONS)
def test_which_change_makes_a_version(
    engine: Engine, told: list[tuple[str, str]], stored: list[str], reason: str
) -> None:
    with transaction(engine) as conn:
        for n, (title, body) in enumerate(told):
            poll(conn, entry("1", title, body), at=NOW + n * HOUR)
        rows = conn.execute(select(versions).order_by(versions.c.number)).all()
        assert [row.text for row in rows] == stored, reason
        assert [row.number for row in rows] == list(range(1, len(stored) + 1))
        assert read_articles(conn)["n_versions"].tolist() == [len(stored)]


def test_two_feeds_of_an_outlet_do_not_overwrite_each_other_for_ever(engine: Engine) -> None:
    long, short = (
        entry("1", "T", "A long teaser of the article."),
        entry("w1", "T", "Short.", url="https://north.example/1"),
    )
    with transaction(engine) as conn:
        for n in range(4):
            poll(conn, long, feed=NEWS, at=NOW + n * HOUR)
            poll(conn, short, feed=WORLD, at=NOW + n * HOUR)
        assert read_articles(conn)["n_versions"].tolist() == [1]
        changed = poll(conn, replace(short, title="U"), feed=WORLD, at=NOW + 5 * HOUR)
        assert (changed.changed, poll(conn, long, at=NOW + 5 * HOUR).changed) == (1, 0)
        assert poll(conn, replace(long, title="U", text="Short."), at=NOW + 6 * HOUR).changed == 0  # stored already
        assert read_articles(conn)["title"].tolist() == ["U"]


def test_versions_are_capped(engine: Engine) -> None:
    with transaction(engine) as conn:
        changes = [poll(conn, entry("1", f"Ticker {n}"), at=NOW + n * HOUR).changed for n in range(MAX_VERSIONS + 3)]
        assert sum(changes) == MAX_VERSIONS - 1
        assert read_articles(conn)["n_versions"].tolist() == [MAX_VERSIONS]
        assert poll(conn, entry("1", f"Ticker {MAX_VERSIONS + 2}")) == StoredCounts(unchanged=1)


def test_first_poll_marks_what_came_with_the_first_success(engine: Engine) -> None:
    with transaction(engine) as conn:
        record_poll(conn, outcome(status=PollStatus.TIMEOUT, state=FeedState(NEWS.url)), run_id=None, seen_at=NOW)
        poll(conn, entry("1"), at=NOW + HOUR)
        poll(conn, entry("1"), entry("2"), at=NOW + 2 * HOUR)
        poll(conn, entry("2"), entry("3"), feed=WORLD, at=NOW + 3 * HOUR)
        found = read_articles(conn)
        seen = conn.execute(select(entries.c.first_poll).order_by(entries.c.id)).scalars().all()
    assert dict(zip(found["url"].str[-1], found["first_poll"], strict=True)) == {"1": True, "2": False, "3": True}
    assert seen == [True, False, True, True]


def test_an_unchanged_entry_is_seen_again(engine: Engine) -> None:
    with transaction(engine) as conn:
        poll(conn, entry("1"))
        poll(conn, entry("1"), at=NOW + HOUR)
        row = conn.execute(select(entries)).one()
    assert (row.first_seen_at, row.last_seen_at) == (NOW, NOW + HOUR)


def test_long_keys_and_letters_that_no_database_takes(engine: Engine) -> None:
    long, odd = "x" * 9000, "a\x00b\ud800c"
    told = [
        entry(long + "1", url=f"https://north.example/{long}1"),
        entry(long + "2", url=f"https://north.example/{long}2"),
    ]
    told.append(entry(f"odd{odd}", odd, odd, url=f"https://north.example/{odd}", raw_date=odd))
    with transaction(engine) as conn:
        assert poll(conn, *told).new == 3
        assert poll(conn, *told) == StoredCounts(unchanged=3)
        urls = conn.execute(select(articles.c.url).order_by(articles.c.id)).scalars().all()
        assert urls[0] == told[0].url
        [version] = [v for v in read_texts(conn, [1, 2, 3]).values() if v.title.startswith("a")]
    assert (version.text, version.title_end) == ("a\ufffdb\ufffdc\na\ufffdb\ufffdc", 5)


def test_a_poll_of_an_unknown_feed_is_refused(engine: Engine) -> None:
    with pytest.raises(ValueError, match="sync_feed_list"), transaction(engine) as conn:
        poll(conn, feed=Feed("https://nowhere.example/", "north", "en"))


def test_versions_are_claimed_last_stored_first_and_only_the_newest(engine: Engine) -> None:
    with transaction(engine) as conn:
        poll(conn, entry("b"), at=NOW + HOUR)
        poll(conn, entry("c"), at=NOW + 2 * HOUR)
        poll(conn, entry("a", url="https://south.example/a"), feed=OTHER, at=NOW)
        poll(conn, entry("b", "Edited"), at=NOW + 3 * HOUR)
        pair = add_pair(conn)
        claimed = claim_versions_to_label(conn, **pair, limit=10)
        assert [(v.url or "")[-1] for v in claimed] == ["b", "a", "c"]
        below = claim_versions_to_label(conn, **pair, limit=10, below=claimed[0].version_id)
        assert below == claimed[1:]
        assert (claimed[0].title, claimed[0].number, claimed[0].seen_at) == ("Edited", 2, NOW + 3 * HOUR)
        assert claimed[0].first_seen_at == NOW + HOUR
        assert claim_versions_to_label(conn, **pair, limit=1) == claimed[:1]
        assert count_unlabelled(conn) == 3
        add_labels(conn, [labelled(claimed[0])], **pair, labelled_at=NOW)
        assert claim_versions_to_label(conn, **pair, limit=10) == claimed[1:]
        assert count_unlabelled(conn) == 2
        assert claim_versions_to_label(conn, **add_pair(conn, model="m1"), limit=10) == claimed


def test_rules_claim_nothing_that_a_model_has_labelled(engine: Engine) -> None:
    with transaction(engine) as conn:
        poll(conn, entry("1"), entry("2"))
        model, rules = add_pair(conn, model="m1"), add_pair(conn)
        first, second = claim_versions_to_label(conn, **model, limit=10)
        add_labels(conn, [labelled(first)], **model, labelled_at=NOW)
        assert claim_versions_to_label(conn, **rules, limit=10) == [second]
        add_labels(conn, [labelled(second)], **rules, labelled_at=NOW)
        assert claim_versions_to_label(conn, **model, limit=10) == [second]
        assert claim_versions_to_label(conn, **add_pair(conn, codebook="book-2"), limit=10) == [first, second]


def test_a_relabel_adds_rows_and_the_newest_is_read(engine: Engine) -> None:
    with transaction(engine) as conn:
        poll(conn, entry("1"))
        old, new = add_pair(conn), add_pair(conn, model="m1")
        [version] = claim_versions_to_label(conn, **old, limit=10)
        add_labels(conn, [labelled(version, narrative="old")], **old, labelled_at=NOW)
        add_labels(conn, [labelled(version, narrative="new", relevant=False)], **new, labelled_at=NOW + HOUR)
        for again in (old, new):
            add_labels(conn, [labelled(version, narrative="again")], **again, labelled_at=NOW + 2 * HOUR)
        times = conn.execute(select(labellings.c.labelled_at).order_by(labellings.c.id)).scalars().all()
        assert times == [NOW, NOW + HOUR]
        assert read_narratives(conn)["narrative"].tolist() == ["new"]
        assert read_articles(conn)[["state", "relevant"]].values.tolist() == [["labelled", False]]


def test_labels_count_again_when_their_model_is_put_back_in_use(engine: Engine) -> None:
    with transaction(engine) as conn:
        poll(conn, entry("1"))
        for narrative, model, at in (("blame", "a", NOW), ("neglect", "b", NOW + HOUR)):
            pair = add_pair(conn, model=model)
            (version,) = claim_versions_to_label(conn, **pair, limit=9)
            add_labels(conn, [labelled(version, narrative=narrative)], **pair, labelled_at=at)
        assert read_narratives(conn)["narrative"].tolist() == ["neglect"]
        first = add_pair(conn, model="a")["model_row_id"]
        # A clock that runs backwards changes nothing.
        assert recall_labels(conn, model_row_id=first, now=NOW - 2 * HOUR) == 1
        assert read_narratives(conn)["narrative"].tolist() == ["blame"]
        assert [span.model for span in get_labelled_spans(conn, 1)] == ["a", "a"]
        assert (get_labelling(conn, 1) or {})["model"] == "a"
        assert claim_versions_to_label(conn, **add_pair(conn, model="a"), limit=9) == []
        third = add_pair(conn, model="c")
        add_labels(conn, [labelled(version, narrative="third")], **third, labelled_at=NOW - 9 * HOUR)
        assert read_narratives(conn)["narrative"].tolist() == ["third"]


def test_every_version_can_be_labelled_anew(engine: Engine) -> None:
    with transaction(engine) as conn:
        poll(conn, entry("1", title="First title of an article"))
        poll(conn, entry("1", title="Another headline stands here now"), at=NOW + HOUR)
        pair = add_pair(conn, model="b")
        assert [one.number for one in claim_versions_to_label(conn, **pair, limit=9)] == [2]
        found = claim_every_version_to_label(conn, **pair, limit=9)
        assert [one.number for one in found] == [2, 1]
        add_labels(conn, [labelled(one) for one in found], **pair, labelled_at=NOW)
        assert claim_every_version_to_label(conn, **pair, limit=9) == []


def test_promotions_are_kept_beside_the_card_and_the_last_one_is_in_use(engine: Engine) -> None:
    card = {"codebook": {"id": "test"}}
    with transaction(engine) as conn:
        old = add_model(conn, name="old", digest="1", card=card, now=NOW + 9 * HOUR)
        held = add_model(conn, name="held", digest="2", card=card, now=NOW + HOUR)
        new = add_model(conn, name="new", digest="3", card=card, now=NOW)
        add_event(conn, held, what=HELD_BACK, now=NOW + HOUR, by="anna", why="worse")
        add_event(conn, new, what=PROMOTED, now=NOW, by="anna", why="better")
        rows = get_models(conn, codebook_id="test")
        assert [(row["id"], find_promotion(row)) for row in rows] == [(new, 2), (old, 0), (held, None)]
        assert all(row["card"] == card for row in rows)
        told = {"number": 2, "what": "promoted", "at": NOW.isoformat(), "by": "anna", "why": "better"}
        assert rows[0]["history"] == [told]
        # A clock that runs backwards changes nothing, nor does training the same model anew.
        add_event(conn, held, what=PROMOTED, now=NOW - HOUR, by="bert", why="it is not worse")
        assert add_model(conn, name="held", digest="2", card=card, now=NOW) == held
        rows = get_models(conn, codebook_id="test")
        assert [row["id"] for row in rows] == [held, new, old]
        assert [event["what"] for event in rows[0]["history"]] == [HELD_BACK, PROMOTED]
        with pytest.raises(ValueError, match="not 'tried'"):
            add_event(conn, new, what="tried", now=NOW, by="anna", why="")


def test_labels_of_an_older_version_are_not_those_of_the_article(engine: Engine) -> None:
    with transaction(engine) as conn:
        poll(conn, entry("1"))
        pair = add_pair(conn)
        add_labels(conn, [labelled(claim_versions_to_label(conn, **pair, limit=1)[0])], **pair, labelled_at=NOW)
        poll(conn, entry("1", "Edited"))
        assert read_articles(conn)[["state", "relevant"]].values.tolist() == [["unlabelled", False]]
        assert read_mentions(conn).empty


def test_the_tables_say_what_was_stored(engine: Engine) -> None:
    published = datetime(2026, 2, 28, tzinfo=timezone(timedelta(hours=4)))
    with transaction(engine) as conn:
        poll(conn, entry("1", "Two words", "Body.", published_at=published, date_flag="future", language="hy"))
        pair = add_pair(conn)
        [version] = claim_versions_to_label(conn, **pair, limit=1)
        add_labels(conn, [labelled(version)], **pair, labelled_at=NOW)
    with reading(engine) as conn:
        article, mention = read_articles(conn).iloc[0], read_mentions(conn).iloc[0]
        narrative, passage = read_narratives(conn).iloc[0], read_passages(conn).iloc[0]
        assert read_texts(conn, [version.version_id, 999]) == {version.version_id: version}
    assert version.text == "Two words\nBody."
    assert (article["title"], article["country"], article["group"]) == ("Two words", "GB", "international")
    assert (article["language"], article["published_at"], article["date_flag"]) == ("hy", published, "future")
    assert (article["state"], article["relevant"], article["text_hash"]) == ("labelled", True, version.text_hash)
    assert (mention["text"], mention["start"], mention["end"], mention["voice"]) == ("Two", 0, 3, "attributed")
    assert (mention["speaker"], mention["relevant"], mention["outlet"]) == ("an aide", True, "north")
    assert (narrative["score"], narrative["accused"], narrative["voice"]) == (0.75, "both", "denied")
    assert (narrative["evidence"], narrative["state"]) == (["rule: a", "word: b"], "labelled")
    assert pd.isna(narrative["speaker"])
    assert (passage["start"], passage["end"], passage["relevance"]) == (0, 9, 0.9)


def test_empty_tables_have_the_columns_and_dtypes_of_full_ones(engine: Engine) -> None:
    reads = [read_articles, read_mentions, read_narratives, read_passages, read_revisions, read_polls]
    with transaction(engine) as conn:
        empty = [read(conn) for read in reads]
        poll(conn, entry("1"))
        poll(conn, entry("1", "Edited"), at=NOW + HOUR)
        pair = add_pair(conn)
        add_labels(conn, [labelled(claim_versions_to_label(conn, **pair, limit=1)[0])], **pair, labelled_at=NOW)
        full = [read(conn) for read in reads]
    for before, after in zip(empty, full, strict=True):
        assert (len(before), len(after) > 0) == (0, True)
        assert before.dtypes.to_dict() == after.dtypes.to_dict()
    assert {str(full[0][name].dtype) for name in ("first_seen_at", "published_at")} == {"datetime64[us, UTC]"}


def test_ranges_are_half_open(engine: Engine) -> None:
    with transaction(engine) as conn:
        for n in range(3):
            poll(conn, entry(str(n)), at=NOW + n * HOUR)
        cases = [(None, None, "012"), (NOW + HOUR, None, "12"), (None, NOW + HOUR, "0"), (NOW, NOW + 2 * HOUR, "01")]
        for since, until, expected in cases:
            found = read_articles(conn, since=since, until=until)["url"]
            assert "".join(found.str[-1]) == expected
            assert len(read_polls(conn, since=since, until=until)) == len(expected)


def test_a_revision_holds_both_titles(engine: Engine) -> None:
    with transaction(engine) as conn:
        for n, title in enumerate(["First", "Second", "Third"]):
            poll(conn, entry("1", title), at=NOW + n * HOUR)
        every = read_revisions(conn)
        late = read_revisions(conn, since=NOW + 2 * HOUR)
        texts = read_texts(conn, every["new_version_id"].tolist())
        (article,) = set(every["article_id"].tolist())
        versions = read_all_versions(conn, [article, article + 999])
    assert [versions[number].title for number in sorted(versions)] == ["First", "Second", "Third"]
    assert versions.items() >= texts.items()
    assert every[["old_title", "new_title"]].values.tolist() == [["First", "Second"], ["Second", "Third"]]
    assert late["old_title"].tolist() == ["Second"]
    assert [texts[number].title for number in every["new_version_id"]] == ["Second", "Third"]


def test_a_run_that_did_not_end_is_marked_by_the_next(engine: Engine) -> None:
    with transaction(engine) as conn:
        first = start_run(conn, now=NOW, window_start=NOW - HOUR, window_end=NOW)
        second = start_run(conn, now=NOW + HOUR, window_start=None, window_end=None)
        finish_run(conn, second, now=NOW + 2 * HOUR, state="reduced", exit_code=3, stages={"fetch": {"asked": 2}})
        third = start_run(conn, now=NOW + 3 * HOUR, window_start=None, window_end=None)
        found = {row["id"]: row for row in get_runs(conn, 10)}
        assert [row["id"] for row in get_runs(conn, 2)] == [third, second]
    assert {number: row["state"] for number, row in found.items()} == {
        first: "crashed",
        second: "reduced",
        third: "running",
    }
    assert (found[second]["stages"], found[second]["exit_code"]) == ({"fetch": {"asked": 2}}, 3)
    assert found[first]["window_start"] == NOW - HOUR


@pytest.mark.parametrize(("number", "state"), [(1, "crashed"), (99, "done")])
def test_a_run_cannot_end_otherwise(engine: Engine, number: int, state: str) -> None:
    with transaction(engine) as conn:
        start_run(conn, now=NOW, window_start=None, window_end=None)
    with pytest.raises(ValueError, match="run"), transaction(engine) as conn:
        finish_run(conn, number, now=NOW, state=state, exit_code=0, stages={})


def test_a_summary_of_a_day_is_replaced(engine: Engine) -> None:
    with transaction(engine) as conn:
        told = {"window_start": NOW, "window_end": NOW + HOUR, "made_at": NOW, **add_pair(conn)}
        assert get_summary(conn, "2026-03-01") is None
        record_summary(conn, day="2026-03-01", **told, digest="a", numbers={"n": 1})
        record_summary(conn, day="2026-03-01", **told, digest="b", numbers={"n": [2, None, "ü"]})
        found = get_summary(conn, "2026-03-01") or {}
    assert (found["digest"], found["numbers"], found["window_end"]) == ("b", {"n": [2, None, "ü"]}, NOW + HOUR)


def test_a_retrained_model_gets_a_row_of_its_own_and_the_trust(engine: Engine) -> None:
    card = {"codebook": {"id": "test"}}
    with transaction(engine) as conn:
        assert get_model_digest(conn, "m") is None
        first = add_model(conn, name="m", digest="one", card=card, now=NOW)
        second = add_model(conn, name="m", digest="two", card=card, now=NOW + HOUR)
        assert (first != second, get_model_digest(conn, "m")) == (True, "two")
        assert add_model(conn, name="m", digest="one", card=card, now=NOW + 2 * HOUR) == first
        assert get_model_digest(conn, "m") == "one"
        add_model(conn, name=RULES, digest="book", card={}, now=NOW)
        other = add_model(conn, name="n", digest="three", card=card, now=NOW + HOUR)
        assert [row["id"] for row in get_models(conn, codebook_id="test")] == [first, other]
        assert get_models(conn, codebook_id="another") == []


def test_a_codebook_is_stored_once(engine: Engine) -> None:
    with transaction(engine) as conn:
        told = {"codebook_id": "k", "text": "id: k", "now": NOW}
        numbers = [add_codebook(conn, **told, version=v, digest=f"d{v}") for v in (1, 2, 1)]
        assert [row["id"] for row in get_codebooks(conn)] == numbers[:2]
        assert numbers[0] == numbers[2]


@on_one_store
@given(st.datetimes(FIRST, LAST, timezones=st.timezones()))
def test_a_time_comes_back_as_the_same_moment_in_utc(engine: Engine, moment: datetime) -> None:
    with transaction(engine) as conn:
        run_id = start_run(conn, now=moment, window_start=None, window_end=None)
        [row] = [row for row in get_runs(conn, 1) if row["id"] == run_id]
    assert row["started_at"] == moment.astimezone(UTC)
    assert row["started_at"].tzinfo is UTC


@on_one_store
@given(st.lists(st.datetimes(FIRST, LAST, timezones=st.timezones()), min_size=2, max_size=5))
def test_stored_times_sort_as_times(engine: Engine, moments: list[datetime]) -> None:
    with transaction(engine) as conn:
        added = [start_run(conn, now=moment, window_start=None, window_end=None) for moment in moments]
        query = select(runs.c.started_at).where(runs.c.id.in_(added)).order_by(runs.c.started_at)
        assert conn.execute(query).scalars().all() == sorted(moment.astimezone(UTC) for moment in moments)


@on_one_store
@given(title=st.text(), body=st.text())
def test_any_text_is_stored_with_its_title_in_front(engine: Engine, title: str, body: str) -> None:
    with transaction(engine) as conn:
        poll(conn, entry(f"{title}/{body}", title, body, url=None))
        number = conn.execute(select(versions.c.id).order_by(versions.c.id.desc()).limit(1)).scalar_one()
        version = read_texts(conn, [number])[number]
        assert poll(conn, entry(f"{title}/{body}", title, body, url=None)) == StoredCounts(unchanged=1)
    stored = title.replace("\x00", "\ufffd")
    assert version.title == stored
    assert version.text == (f"{stored}\n{body.replace(chr(0), chr(0xFFFD))}" if body.strip() else stored)


USES = [lambda conn, naive: poll(conn, entry("1"), at=naive), lambda conn, naive: read_articles(conn, since=naive)]


@pytest.mark.parametrize("use", USES, ids=["write", "range"])
def test_a_naive_time_is_refused(engine: Engine, use: Callable[[Connection, datetime], object]) -> None:
    with pytest.raises(ValueError, match="no time zone"), transaction(engine) as conn:
        use(conn, NOW.replace(tzinfo=None))
