"""Which article an entry is when guid or address say nothing, and what a poll's message says of it."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Connection, Engine, insert, select

from framewire.records import Entry, StoredCounts
from framewire.store import read_articles, read_polls, read_revisions, transaction
from framewire.store.entries import MAX_IDENTITIES
from framewire.store.identity import build_variants, is_same_address
from framewire.store.schema import entries, versions
from framewire.text.sameness import fold_item, is_same_article
from store_cases import HOUR, NEWS, NOW, WORLD, entry, poll

LONG = "The water board met at the gauge on Monday and agreed to read it twice a day until the lake has risen again."
DAY = timedelta(days=1)


def told(name: str, title: str = "", text: str = LONG, **more: object) -> Entry:
    """An entry with a text of its own."""
    return entry(name, title or f"Headline of item {name}", f"{text} ({name})", **more)


def messages(conn: Connection) -> list[str]:
    return [str(message) for message in read_polls(conn)["message"]]


@pytest.mark.parametrize(
    ("n_old", "n_new", "said", "reason"),
    [
        (12, 0, "GuidChurn: 12 of 12 unseen items are stored articles under new guids", "all of a feed"),
        (12, 2, "GuidChurn: 12 of 14 unseen items are stored articles under new guids", "and two new ones"),
        (12, 4, None, "three in four are not enough"),
        (3, 0, "GuidChurn: 3 of 3 unseen items are stored articles under new guids", "a short feed"),
        (2, 0, None, "two items may be anything"),
    ],
)
def test_a_poll_with_new_guids_says_so(engine: Engine, n_old: int, n_new: int, said: str | None, reason: str) -> None:
    with transaction(engine) as conn:
        old = [told(f"a{n}") for n in range(n_old)]
        poll(conn, *old)
        again = [replace(one, identity=f"new:{one.identity}") for one in old]
        fresh = [told(f"b{n}") for n in range(n_new)]
        counts = poll(conn, *again, *fresh, at=NOW + HOUR)
        assert counts == StoredCounts(new=n_new, unchanged=n_old), reason
        assert messages(conn) == ["ok", f"ok; {said}" if said else "ok"], reason
        assert len(read_articles(conn)) == n_old + n_new, reason


def test_the_first_poll_of_a_feed_is_no_churn(engine: Engine) -> None:
    with transaction(engine) as conn:
        poll(conn, *(told(f"a{n}") for n in range(12)))
        poll(conn, *(replace(told(f"a{n}"), identity=f"w{n}") for n in range(12)), feed=WORLD, at=NOW + HOUR)
        assert messages(conn) == ["ok", "ok"]
        assert len(read_articles(conn)) == 12


def test_a_change_is_seen_although_the_guid_changed_with_it(engine: Engine) -> None:
    with transaction(engine) as conn:
        poll(conn, told("1"))
        for n in range(1, 4):
            moved = replace(told("1", title=f"Another headline, the {n}th"), identity=f"1-{n}")
            assert poll(conn, moved, at=NOW + n * HOUR).changed == 1
        assert read_articles(conn)["n_versions"].tolist() == [4]
        assert read_revisions(conn)["new_title"].tolist() == [f"Another headline, the {n}th" for n in (1, 2, 3)]


def test_two_items_of_one_address_do_not_take_each_others_place(engine: Engine) -> None:
    with transaction(engine) as conn:
        poll(conn, told("1"))
        second = replace(told("1", title="Its other headline"), identity="1b")
        assert poll(conn, told("1"), second, at=NOW + HOUR) == StoredCounts(unchanged=2)
        assert poll(conn, second, told("1"), at=NOW + 2 * HOUR) == StoredCounts(unchanged=2)
        assert read_articles(conn)["n_versions"].tolist() == [1]


def test_identities_are_kept_but_not_without_end(engine: Engine) -> None:
    with transaction(engine) as conn:
        for n in range(MAX_IDENTITIES + 5):
            poll(conn, replace(told("1"), identity=f"1?{n}"), at=NOW + n * HOUR)
        rows = conn.execute(select(entries.c.identity, entries.c.last_seen_at).order_by(entries.c.id)).all()
        assert [row.identity for row in rows] == [f"1?{n}" for n in range(MAX_IDENTITIES)]
        assert max(row.last_seen_at for row in rows) == NOW + (MAX_IDENTITIES + 4) * HOUR
        assert len(read_articles(conn)) == 1


def test_a_guid_used_again_for_another_article_hides_nothing(engine: Engine) -> None:
    other = told(
        "2", title="Something quite different happened", text="Fishermen pulled boats ashore near old harbours."
    )
    used_again = replace(other, identity="1")
    with transaction(engine) as conn:
        assert poll(conn, told("1")).new == 1
        assert poll(conn, used_again, at=NOW + HOUR).new == 1
        assert poll(conn, used_again, at=NOW + 2 * HOUR) == StoredCounts(unchanged=1)
        assert poll(conn, told("1"), at=NOW + 3 * HOUR) == StoredCounts(unchanged=1)
        assert read_articles(conn)["n_versions"].tolist() == [1, 1]


def test_one_guid_for_all_items_of_a_poll_is_no_guid(engine: Engine) -> None:
    several = [replace(told(str(n)), identity="news") for n in range(4)]
    with transaction(engine) as conn:
        assert poll(conn, *several).new == 4
        assert poll(conn, *reversed(several), at=NOW + HOUR) == StoredCounts(unchanged=4)


SAME_BY_TEXT = [
    ({}, 1, True, "another address, the same words"),
    ({}, 29, True, "within a month"),
    ({}, 31, False, "not seen for longer"),
    ({"published_at": NOW}, 1, True, "published at the same time"),
    ({"published_at": NOW + 9 * DAY}, 1, False, "published days apart: it comes again"),
    ({"title": "Live: the board at the gauge"}, 1, False, "a live blog"),
    ({"text": "Short."}, 1, False, "few words"),
    (
        {"text": "Short.", "title": "Board meets at gauge on Monday", "published_at": NOW},
        1,
        True,
        "but at the same time",
    ),
]


@pytest.mark.parametrize(("second", "days", "expected", "reason"), SAME_BY_TEXT)
def test_an_article_is_found_again_by_its_words(
    engine: Engine, second: dict[str, object], days: int, expected: bool, reason: str
) -> None:
    about = {key: value for key, value in second.items() if key != "published_at"}
    dated = {"published_at": NOW} if "published_at" in second else {}
    with transaction(engine) as conn:
        poll(conn, told("0"), told("1", **about, **dated), told("2"), told("3"))
        moved = replace(told("1", **second), identity="x", url="https://moved.example/x")
        others = [told("0"), told("2"), told("3")]
        assert poll(conn, moved, *others, at=NOW + days * DAY).new == (0 if expected else 1), reason


ADDRESSES = [
    ("https://g.example/a", "http://g.example/a", True, "https"),
    ("https://g.example/a", "https://www.g.example/a", True, "www"),
    ("https://g.example/a", "https://m.g.example/a", True, "for phones"),
    ("https://g.example/a", "https://g.example/a/", True, "a slash"),
    ("https://g.example/a", "https://g.example/a/amp", True, "amp behind"),
    ("https://g.example/a", "https://g.example/amp/a", True, "amp before"),
    ("https://g.example/a", "https://amp.g.example/a?amp=1", True, "amp in the host and the query"),
    ("https://g.example/a.html", "https://g.example/a.amp.html", True, "amp in the name"),
    ("https://g.example/a?id=1", "https://g.example/a?id=2", False, "another number"),
    ("https://g.example/a", "https://h.example/a", False, "another host"),
    ("https://g.example/a", "https://g.example/b", False, "another path"),
    ("https://g.example/amplifier", "https://g.example/lifier", False, "a word that begins like it"),
    ("https://g.example/a", None, False, "none"),
    (None, None, True, "none twice"),
]


@pytest.mark.parametrize(("first", "second", "expected", "reason"), ADDRESSES)
def test_spellings_of_an_address(
    engine: Engine, first: str | None, second: str | None, expected: bool, reason: str
) -> None:
    assert is_same_address(first, second) is expected, reason
    if first and second and "amp" not in f"{first}{second}" and "//m." not in second:
        assert (first in build_variants(second)) is expected, reason
    with transaction(engine) as conn:
        if first and second:
            poll(conn, entry("1", "One", "Words.", url=first))
            n_new = poll(conn, entry("2", "Others", "Not these.", url=second), at=NOW + HOUR).new
            assert n_new == (0 if expected else 1), reason


TITLE, LEAD = (
    "Board meets at the gauge after dry spring",
    "The water board met at the gauge on Monday and agreed to read it",
)
DOUBLES = [
    (TITLE, LONG, TITLE, LONG, True, "the same"),
    (TITLE, LONG, TITLE.upper(), f"{LONG} Read more", True, "the same but for what nobody reads"),
    (TITLE, LONG, TITLE, f"{LONG} The mayor was there.", True, "the same lead, more behind it"),
    (TITLE, LONG, TITLE, f"{LEAD} twi…", True, "a teaser that breaks off"),
    (
        TITLE,
        LONG,
        TITLE,
        "Fishermen of three villages pulled their boats ashore on Monday, the third time.",
        False,
        "its own text",
    ),
    (TITLE, LONG, TITLE, "", False, "no text"),
    ("Board meets again", LONG, "Board meets again", f"{LONG} The mayor was there.", False, "a short title"),
    ("Board meets again", LONG, "Board meets again", LONG, True, "but every word of it"),
    ("Board meets again", "At last.", "Board meets again", "At last.", False, "few words"),
    ("Morning briefing: what the board does", LONG, "Morning briefing: what the board does", LONG, False, "a series"),
    ("Утренний дайджест совета по воде сегодня", LONG, "Утренний дайджест совета по воде сегодня", LONG, False, "ru"),
    ("Günün özeti: kurul göl başında toplandı", LONG, "Günün özeti: kurul göl başında toplandı", LONG, False, "tr"),
    ("Günün icmalı: şura göl başında toplandı", LONG, "Günün icmalı: şura göl başında toplandı", LONG, False, "az"),
    ("Օրվա լուրեր. խորհուրդը հավաքվեց լճի մոտ", LONG, "Օրվա լուրեր. խորհուրդը հավաքվեց լճի մոտ", LONG, False, "hy"),
    ("En direct : le conseil se réunit au lac", LONG, "En direct : le conseil se réunit au lac", LONG, False, "fr"),
    (TITLE, LONG, f"{TITLE} again", LONG, False, "another title"),
    ("", LONG, "", LONG, True, "no title, but every word of a long text"),
    ("", LONG, "", f"{LONG} More.", False, "no title, and not every word"),
]


@pytest.mark.parametrize(("title", "text", "other", "other_text", "expected", "reason"), DOUBLES)
def test_which_items_of_an_outlet_are_one_article(
    engine: Engine, title: str, text: str, other: str, other_text: str, expected: bool, reason: str
) -> None:
    assert is_same_article(fold_item(title, text), fold_item(other, other_text)) is expected, reason
    first, second = entry("1", title, text), entry("2", other, other_text)
    with transaction(engine) as conn:
        n_new = poll(conn, first, feed=NEWS).new + poll(conn, second, feed=WORLD, at=NOW + DAY).new
        assert n_new == (1 if expected else 2), reason
        beside = (replace(first, identity="3", url=None), replace(second, identity="4", url=None))
        later = NOW + 40 * DAY
        assert poll(conn, *beside, feed=WORLD, at=later).new == (1 if expected else 2), f"{reason}, in one poll"


def test_one_article_under_two_addresses_only_within_three_days(engine: Engine) -> None:
    with transaction(engine) as conn:
        poll(conn, entry("1", TITLE, LONG))
        assert poll(conn, entry("2", TITLE, f"{LONG} More."), feed=WORLD, at=NOW + 4 * DAY).new == 1


FLIPS = [
    ("AB", 2, None, "a step"),
    ("ABA", 3, None, "a step back is one too"),
    ("ABABABA", 4, "1 item goes to and fro between wordings that are stored", "to and fro is not, for ever"),
    ("ABCABCABCA", 6, "1 item goes to and fro between wordings that are stored", "nor among three"),
]


@pytest.mark.parametrize(("wordings", "n_versions", "said", "reason"), FLIPS)
def test_a_headline_that_goes_to_and_fro(
    engine: Engine, wordings: str, n_versions: int, said: str | None, reason: str
) -> None:
    titles = {"A": "Board opens dam", "B": "Dam opened by board", "C": "Water rises at the lake"}
    with transaction(engine) as conn:
        for n, name in enumerate(wordings):
            poll(conn, entry("1", titles[name], LONG), at=NOW + n * HOUR)
        assert read_articles(conn)["n_versions"].tolist() == [n_versions], reason
        assert messages(conn)[-1] == (f"ok; {said}" if said else "ok"), reason


def test_what_nobody_reads_makes_no_version(engine: Engine) -> None:
    with transaction(engine) as conn:
        poll(conn, entry("1", "“Talks” resume", f"{LONG} Updated 14:05"))
        same = entry("1", '"TALKS" resume - The North', f"{LONG} Updated 15:10")
        assert poll(conn, same, at=NOW + HOUR) == StoredCounts(unchanged=1)
        assert poll(conn, entry("1", "Talks resume", LONG), at=NOW + 2 * HOUR).changed == 1


def test_versions_know_how_much_changed(engine: Engine) -> None:
    with transaction(engine) as conn:
        poll(conn, entry("1", "a b c d", "e f"))
        poll(conn, entry("1", "a b x d", "e f"), at=NOW + HOUR)
        poll(conn, entry("1", "a b x d", "g h"), at=NOW + 2 * HOUR)
        rows = conn.execute(select(versions.c.title_change, versions.c.text_change).order_by(versions.c.number)).all()
        found = read_revisions(conn)
    assert [tuple(row) for row in rows] == [(None, None), (0.25, 0.0), (0.0, 1.0)]
    assert found[["title_change", "text_change"]].values.tolist() == [[0.25, 0.0], [0.0, 1.0]]


def test_a_page_text_is_not_taken_back_by_a_teaser(engine: Engine) -> None:
    with transaction(engine) as conn:
        poll(conn, entry("1", "Board meets", "A teaser."))
        text = f"Board meets\n{LONG} {LONG}"
        page = {"article_id": 1, "number": 2, "title_end": 11, "text": text, "text_hash": "x", "source": "page"}
        conn.execute(insert(versions).values(**page, seen_at=NOW))
        assert poll(conn, entry("1", "Board meets", "Another teaser."), at=NOW + HOUR).changed == 0
        assert poll(conn, entry("1", "Board met", "A third teaser."), at=NOW + 2 * HOUR).changed == 1
        newest = conn.execute(select(versions).order_by(versions.c.number.desc())).mappings().first()
    assert newest is not None
    assert (newest["text"], newest["source"]) == (f"Board met\n{LONG} {LONG}", "page")
    assert (newest["title_change"], newest["text_change"]) == (0.5, 0.0)
