"""The store of codings and of what coders are asked, on SQLite and PostgreSQL."""

from datetime import timedelta
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, inspect, select, text

from framewire.records import CodedNarrative, Coding, CodingOrigin, LabelledSpan, QueueItem, Voice
from framewire.store import (
    add_coding,
    add_labels,
    add_queue_items,
    claim_versions_to_label,
    find_offered,
    get_codings,
    get_labelled_spans,
    get_queue_items,
    keep_newest,
    mark_done,
    open_store,
    reading,
    text_hash,
    transaction,
    upgrade_store,
)
from framewire.store import engine as engine_module
from framewire.store.engine import get_revision
from framewire.store.schema import versions
from store_cases import HOUR, NOW, add_pair, entry, labelled, poll

DENIED = CodedNarrative("blame", Voice.DENIED, "both")


def label_one(conn: Connection, identity: str = "1") -> LabelledSpan:
    """The passage of an article that came and was labelled."""
    poll(conn, entry(identity, f"Title {identity}"))
    pair = add_pair(conn)
    found = claim_versions_to_label(conn, **pair, limit=9)
    add_labels(conn, [labelled(one) for one in found], **pair, labelled_at=NOW)
    return next(span for span in get_labelled_spans(conn, found[0].article_id) if span.position == 0)


def coding_of(span: LabelledSpan, *, coder: str = "anna", hours: int = 0, relevant: bool = True) -> Coding:
    said = (DENIED,) if relevant else ()
    at = NOW + hours * HOUR
    about = (span.version_id, span.start, span.end, text_hash(span.text), coder, at, 1, CodingOrigin.QUEUE)
    return Coding(*about, True, relevant, said, {"labelling_id": span.labelling_id, "narratives": []}, "a note")


def test_a_coding_comes_back_as_it_was_given(engine: Engine) -> None:
    with transaction(engine) as conn:
        span = label_one(conn)
        assert add_coding(conn, coding_of(span))
        assert not add_coding(conn, coding_of(span)), "the same coder, span and moment"
        (stored,) = get_codings(conn)
    assert stored.coding == coding_of(span)
    assert (stored.text, stored.outlet_id, stored.language, stored.is_whole) == ("Title 1", "north", "en", False)


def test_of_each_coder_the_newest_counts(engine: Engine) -> None:
    with transaction(engine) as conn:
        span = label_one(conn)
        for one in (coding_of(span, hours=2), coding_of(span, hours=1, relevant=False), coding_of(span, coder="ben")):
            assert add_coding(conn, one)
        assert len(get_codings(conn)) == 3
        assert [one.coding for one in keep_newest(get_codings(conn))] == [
            coding_of(span, coder="ben"),
            coding_of(span, hours=2),
        ]
        assert len(get_codings(conn, coder="ben")) == 1


def test_a_coding_of_another_text_is_refused(engine: Engine) -> None:
    with transaction(engine) as conn:
        span = label_one(conn)
        wrong = Coding(span.version_id, 0, 3, text_hash("abc"), "anna", NOW, 1, CodingOrigin.FILE, False, True)
        with pytest.raises(ValueError, match="has another text at 0-3"):
            add_coding(conn, wrong)


def test_spans_are_those_of_the_newest_labelling_with_the_whole_text(engine: Engine) -> None:
    with transaction(engine) as conn:
        span = label_one(conn)
        whole, passage = get_labelled_spans(conn, 1)
    assert (whole.position, whole.text, passage) == (None, "Title 1\nA body.", span)
    for one in (whole, passage):
        assert one.labels["relevant"]
        (label,) = one.labels["narratives"]
        assert label == {"id": "blame", "voice": "denied", "accused": "both", "score": 0.75, "state": "labelled"}


def item_of(span: LabelledSpan, coder: str | None, batch: str = "b1") -> QueueItem:
    return QueueItem(batch, span.version_id, span.start, span.end, coder, "why", "audit", 1, NOW, True)


@pytest.mark.parametrize("coder", ["anna", None])
def test_nothing_is_offered_twice(engine: Engine, coder: str | None) -> None:
    with transaction(engine) as conn:
        span = label_one(conn)
        assert add_queue_items(conn, [item_of(span, coder)]) == 1
        assert add_queue_items(conn, [item_of(span, coder, "b2")]) == 0
        assert get_queue_items(conn) == [item_of(span, coder)]


def test_an_item_is_done_for_the_coder_it_was_offered_to(engine: Engine) -> None:
    with transaction(engine) as conn:
        span = label_one(conn)
        place = (span.version_id, span.start, span.end)
        add_queue_items(conn, [item_of(span, "anna"), item_of(span, "ben")])
        assert find_offered(conn, "cleo", place) is None
        mark_done(conn, "anna", place, now=NOW)
        assert [(item.coder, item.done_at) for item in get_queue_items(conn)] == [("anna", NOW), ("ben", None)]
        add_queue_items(conn, [item_of(span, None)])
        offered = [find_offered(conn, coder, place) for coder in ("ben", "cleo")]
    assert [item.coder for item in offered if item] == ["ben", None]


OF_BEFORE = (
    "INSERT INTO outlets VALUES ('north', 'The North', 'international', 'GB')",
    "INSERT INTO articles (id, outlet_id, url_key, language, first_seen_at, date_source) VALUES (1, 'north', 'k', 'en', :now, 'none')",
    "INSERT INTO versions (id, article_id, number, title_end, text, text_hash, seen_at) VALUES (1, 1, 1, 5, 'A dam', 'h', :now)",
    "INSERT INTO codebooks VALUES (1, 'test', 1, 'book-1', '', :now)",
    "INSERT INTO models (id, name, digest, trusted, card, added_at) VALUES (1, 'm', 'd', true, '{}', :now)",
    "INSERT INTO labellings VALUES (1, 1, 1, 1, 'labelled', NULL, :now)",
    "INSERT INTO passages VALUES (1, 1, 0, 0, 5, true, 0.9)",
)


def test_a_store_of_the_schema_before_is_upgraded_with_what_is_in_it(empty_url: str) -> None:
    address = engine_module.parse_url(empty_url)
    old = engine_module._build_engine(address, mode="rwc")
    with transaction(old) as conn:
        config = Config(attributes={"connection": conn})
        config.set_main_option("script_location", str(Path(engine_module.__file__).parent / "migrations"))
        command.upgrade(config, "0002")
        assert get_revision(conn) == "0002"
        assert not inspect(conn).has_table("codings")
    with transaction(old) as conn:
        # Today's writers know columns that it does not have.
        for line in OF_BEFORE:
            conn.execute(text(line), {"now": str(NOW) if conn.dialect.name == "sqlite" else NOW})
        before = conn.execute(select(versions)).all()
    old.dispose()
    upgrade_store(empty_url)
    new = open_store(empty_url)
    with transaction(new) as conn:
        assert conn.execute(select(versions)).all() == before
        span = get_labelled_spans(conn, 1)[0]
        assert add_coding(conn, coding_of(span))
        assert add_queue_items(conn, [item_of(span, None)]) == 1
    with reading(new) as conn:
        assert get_codings(conn)[0].coding.coded_at + timedelta(0) == NOW
    new.dispose()
