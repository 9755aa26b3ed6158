"""Finding stored articles by words and labels, and taking codings back, on both databases."""

from datetime import timedelta

import pytest
from sqlalchemy import Connection, Engine

from framewire.records import WITHDRAWN, Coding, CodingOrigin, QueueItem
from framewire.store import (
    Copy,
    Only,
    Wanted,
    add_coding,
    add_labels,
    add_queue_items,
    count_labels,
    find_articles,
    get_codings,
    get_copies,
    get_last_article,
    get_mark,
    get_queue_items,
    keep_newest,
    mark_done,
    mark_open,
    read_texts,
    record_copies,
    text_hash,
    transaction,
)
from store_cases import NOW, OTHER, add_pair, entry, labelled, poll

DAY = timedelta(days=1)


def fill(conn: Connection) -> dict[str, int]:
    """Four articles: 1 and 2 labelled, 1 in two versions; 3 in another outlet and language; 4 old. The pair of labels."""
    poll(conn, entry("d", "Old water", "Nothing."), at=NOW - 30 * DAY)
    poll(conn, entry("a", "Water runs", "A first text with 100% of it."))
    poll(conn, entry("b", "Dry fields", "A second text with under_score and WATER."))
    poll(conn, entry("c", "Вода", "Третий текст."), feed=OTHER)
    pair = add_pair(conn)
    texts = read_texts(conn, [1, 2, 3, 4])
    by_title = {version.title: version for version in texts.values()}
    labels = [labelled(by_title["Water runs"]), labelled(by_title["Dry fields"], narrative="theft", relevant=False)]
    add_labels(conn, labels, **pair, labelled_at=NOW)
    return pair


def titles(conn: Connection, wanted: Wanted, *, limit: int = 100) -> list[str]:
    found = find_articles(conn, wanted, limit=limit)
    texts = read_texts(conn, [one.version_id for one in found])
    return [texts[one.version_id].title for one in found]


RECENT = Only(since=NOW - DAY)


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (Wanted(Only()), ["Вода", "Dry fields", "Water runs", "Old water"]),
        (Wanted(RECENT), ["Вода", "Dry fields", "Water runs"]),
        (Wanted(RECENT, words=(("water",),)), ["Dry fields", "Water runs"]),
        (Wanted(RECENT, words=(("water",), ("second",))), ["Dry fields"]),
        (Wanted(RECENT, words=(("nothing", "first"),)), ["Water runs"]),
        (Wanted(RECENT, words=(("100%",),)), ["Water runs"]),
        (Wanted(RECENT, words=(("0_%",),)), []),
        (Wanted(RECENT, words=(("r_s",),)), ["Dry fields"]),
        (Wanted(RECENT, words=(("вода", "Вода"),)), ["Вода"]),
        (Wanted(Only(outlets=("south",))), ["Вода"]),
        (Wanted(Only(languages=("ru",))), ["Вода"]),
        (Wanted(RECENT, narrative="blame"), ["Water runs"]),
        (Wanted(RECENT, narrative="blame", voice="denied"), ["Water runs"]),
        (Wanted(RECENT, narrative="blame", voice="asserted"), []),
        (Wanted(RECENT, referent="place"), ["Dry fields", "Water runs"]),
        (Wanted(RECENT, referent="place", wording="one", voice="attributed"), ["Dry fields", "Water runs"]),
        (Wanted(RECENT, referent="place", wording="two"), []),
        (Wanted(RECENT, voice="attributed", narrative="theft"), []),
        (Wanted(RECENT, voice="denied"), ["Dry fields", "Water runs"]),
        (Wanted(RECENT, relevant=True), ["Water runs"]),
    ],
)
def test_what_is_found(engine: Engine, wanted: Wanted, expected: list[str]) -> None:
    with transaction(engine) as conn:
        fill(conn)
        assert titles(conn, wanted) == expected


def test_the_newest_version_and_labelling_are_looked_at(engine: Engine) -> None:
    with transaction(engine) as conn:
        pair = fill(conn)
        poll(
            conn, entry("a", "Water stands", "Another text without that sign, long enough to be another."), at=NOW + DAY
        )
        assert titles(conn, Wanted(RECENT, words=(("100%",),))) == []
        assert titles(conn, Wanted(RECENT, narrative="blame")) == [], "the new version has no labels yet"
        (found,) = find_articles(conn, Wanted(RECENT, words=(("stands",),)), limit=9)
        assert found.labelling_id is None
        version = read_texts(conn, [found.version_id])[found.version_id]
        add_labels(conn, [labelled(version)], **pair, labelled_at=NOW)
        assert titles(conn, Wanted(RECENT, narrative="blame")) == ["Water stands"]
        assert titles(conn, Wanted(Only()), limit=1) == ["Вода"]


def test_labels_are_counted_once_an_article(engine: Engine) -> None:
    with transaction(engine) as conn:
        fill(conn)
        found = find_articles(conn, Wanted(Only()), limit=9)
        counts = count_labels(conn, [one.labelling_id for one in found if one.labelling_id])
        assert counts.narratives == {"blame": 1, "theft": 1}
        assert counts.wordings == {("place", "one"): 2}
        assert counts.voices == {"denied": 2, "attributed": 2}
        assert count_labels(conn, []).voices == {}


def test_the_mark_changes_with_articles_and_labels(engine: Engine) -> None:
    with transaction(engine) as conn:
        assert get_last_article(conn) is None
        marks = [get_mark(conn)]
        pair = fill(conn)
        marks.append(get_mark(conn))
        add_labels(conn, [labelled(read_texts(conn, [4])[4])], **pair, labelled_at=NOW)
        marks.append(get_mark(conn))
        assert len(set(marks)) == 3
        assert get_mark(conn) == marks[-1]
        assert get_last_article(conn) == 4


def test_copies_of_an_article(engine: Engine) -> None:
    with transaction(engine) as conn:
        fill(conn)
        record_copies(conn, [2, 3], {2: Copy(2, 1, 0.9), 3: Copy(3, 1, 0.8)}, now=NOW)
        assert (get_copies(conn, 1), get_copies(conn, 2)) == ([2, 3], [])


def test_what_is_taken_back_counts_no_more_and_is_open_again(engine: Engine) -> None:
    with transaction(engine) as conn:
        pair = fill(conn)
        text = read_texts(conn, [2])[2].text
        span = (2, 0, len(text))
        add_queue_items(conn, [QueueItem("b", *span, "anna", "why", "audit", 1, NOW, True)])
        said = (*span, text_hash(text), "anna")
        more = (pair["codebook_row_id"], CodingOrigin.WEB, True, True, ())
        assert add_coding(conn, Coding(*said, NOW, *more))
        mark_done(conn, "anna", span, now=NOW)
        assert len(keep_newest(get_codings(conn, version_id=2))) == 1
        assert get_codings(conn, version_id=1) == []
        assert add_coding(conn, Coding(*said, NOW + DAY, *more, replaces={WITHDRAWN: True}))
        mark_open(conn, "ben", span)
        assert get_queue_items(conn)[0].done_at == NOW
        mark_open(conn, "anna", span)
        assert get_queue_items(conn)[0].done_at is None
        assert len(get_codings(conn)) == 2
        assert keep_newest(get_codings(conn)) == []
        assert add_coding(conn, Coding(*said, NOW + 2 * DAY, *more))
        assert len(keep_newest(get_codings(conn))) == 1
