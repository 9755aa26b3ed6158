"""Tables for notebooks: what they hold, that docs/tables.md says so, and what is refused."""

import re
import sqlite3
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import framewire as fw
from explored import FIRST_DAY, LAST_DAY, build_dam_watch
from framewire.analysis.days import Calendar
from framewire.analysis.shares import draw_intervals
from framewire.errors import ConfigError, InputError
from framewire.workflow.review_queue import fill_queue
from framewire.workflow.workspace import open_workspace

DOC = (Path(__file__).parents[1] / "docs" / "tables.md").read_text(encoding="utf-8")
NOW = datetime(2026, 11, 24, 2, 20, tzinfo=UTC)


@pytest.fixture(scope="module")
def watch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    watch = build_dam_watch(tmp_path_factory.mktemp("explored"))
    fill_queue(open_workspace(watch), "anna", size=5, strategy="mixed", now=NOW)
    return watch


@pytest.fixture(scope="module")
def c(watch: Path) -> fw.Collection:
    return fw.open(watch)


TABLES: dict[str, Callable[[Any], pd.DataFrame]] = {
    "c.articles()": lambda c: c.articles(),
    "c.passages()": lambda c: c.passages(),
    "c.mentions()": lambda c: c.mentions(),
    "c.narratives()": lambda c: c.narratives(),
    "c.daily()": lambda c: c.daily("filling"),
    "c.compare()": lambda c: c.compare("filling"),
    "c.narrative_shares()": lambda c: c.narrative_shares(),
    "c.change()": lambda c: c.change(before=(FIRST_DAY, "2026-11-21"), after="2026-11-22"),
    "c.stories()": lambda c: c.stories(min_outlets=1),
    "c.revisions()": lambda c: c.revisions(),
    "c.coverage()": lambda c: c.coverage(since=FIRST_DAY, until=LAST_DAY, now=NOW),
    "c.labelled_by()": lambda c: c.labelled_by(),
    "c.review()": lambda c: c.review(3, by="anna"),
    "c.search()": lambda c: c.search("farmers water"),
    "c.kwic()": lambda c: c.kwic("theft"),
}
EMPTY: dict[str, Callable[[Any], pd.DataFrame]] = {
    "c.articles()": lambda c: c.articles(until="2020-01-01"),
    "c.passages()": lambda c: c.passages(until="2020-01-01"),
    "c.mentions()": lambda c: c.mentions(until="2020-01-01"),
    "c.narratives()": lambda c: c.narratives(until="2020-01-01"),
    "c.daily()": lambda c: c.daily("filling", since="2019-12-30", until="2020-01-01"),
    "c.compare()": lambda c: c.compare("filling", until="2020-01-01"),
    "c.narrative_shares()": lambda c: c.narrative_shares(until="2020-01-01"),
    "c.change()": lambda c: c.change(before="2019-12-31", after=("2020-01-01", "2020-01-02")),
    "c.stories()": lambda c: c.stories(until="2020-01-01"),
    "c.revisions()": lambda c: c.revisions(until="2020-01-01"),
    "c.labelled_by()": lambda c: c.labelled_by(until="2020-01-01"),
    "c.review()": lambda c: c.review(3, by="nobody"),
    "c.search()": lambda c: c.search("zebra"),
    "c.kwic()": lambda c: c.kwic("zebra"),
}


def documented(name: str) -> list[tuple[str, str]]:
    """(column, dtype) of a table as docs/tables.md has it."""
    section = DOC.split(f"## {name}\n")[1].split("\n## ")[0]
    return [
        (row[0], row[1])
        for row in re.findall(r"^\| (\w+) \| ([^|]+?) \| ", section, re.MULTILINE)
        if row[0] != "column"
    ]


def described(table: pd.DataFrame) -> list[tuple[str, str]]:
    text = str(pd.Series(["text"]).dtype)
    return [
        (str(name), "text" if str(dtype) == text and text != "object" else str(dtype))
        for name, dtype in table.dtypes.items()
    ]


@pytest.mark.parametrize("name", TABLES)
def test_a_table_is_as_documented(c: fw.Collection, name: str) -> None:
    table = TABLES[name](c)
    assert len(table), name
    assert described(table) == documented(name)
    assert table.index.tolist() == list(range(len(table)))


@pytest.mark.parametrize("name", EMPTY)
def test_an_empty_table_has_the_same_columns(c: fw.Collection, name: str) -> None:
    table = EMPTY[name](c)
    assert len(table) == 0
    assert described(table) == documented(name)


def test_every_table_of_the_page_is_tested() -> None:
    told = set(re.findall(r"^## (c\.\w+\(\))", DOC, re.MULTILINE))
    assert told == set(TABLES)


@pytest.mark.parametrize("name", TABLES)
def test_a_table_says_where_it_comes_from(c: fw.Collection, name: str) -> None:
    attrs = TABLES[name](c).attrs
    assert attrs["database"] == "sqlite: watch/framewire.sqlite"
    assert attrs["codebook"] == "dam version 1"
    assert attrs["model"].startswith("dam/1-")
    assert attrs["query"]["method"] == name[2:-2]
    assert datetime.fromisoformat(attrs["time"]).utcoffset() == timedelta(0)


def test_filters_are_those_of_the_rows(c: fw.Collection) -> None:
    every = c.articles()
    assert len(every) == 48
    assert set(c.articles(outlet="north")["outlet"]) == {"north"}
    assert len(c.articles(outlet=["north", "south"])) == 32
    assert set(c.mentions(group="sudland")["group"]) == {"sudland"}
    assert set(c.passages(language="en")["language"]) == {"en"}
    newest = c.articles(limit=5)
    assert newest["article_id"].tolist() == every["article_id"].tolist()[-5:]
    some = every["article_id"].tolist()[3:6]
    assert c.articles(articles=some)["article_id"].tolist() == some
    assert c.mentions("filling", relevant=True)["relevant"].all()
    assert c.passages(relevant=False)["relevant"].eq(False).all()
    assert c.passages(limit=1)["text"].str.len().gt(10).all()


def test_dates_are_whole_days_of_the_workspace_and_times_are_exact(c: fw.Collection) -> None:
    day = c.articles(since="2026-11-21", until="2026-11-21")
    assert len(day)
    assert set(day["day"]) == {pd.Timestamp("2026-11-21")}
    assert day["first_seen_at"].min() >= pd.Timestamp("2026-11-21T02:00Z")
    same = c.articles(since=date(2026, 11, 21), until=datetime(2026, 11, 22, 6, tzinfo=ZoneInfo("Asia/Yerevan")))
    assert same["article_id"].tolist() == day["article_id"].tolist()
    # A time without zone is the workspace's.
    naive = datetime(2026, 11, 21, 6)  # noqa: DTZ001 - what people type
    assert len(c.articles(since=naive, until="2026-11-22T06:00")) == len(day)


@pytest.mark.parametrize(
    ("ask", "told"),
    [
        (lambda c: c.mentions("fillin"), r"unknown referent 'fillin' \(did you mean 'filling'"),
        (lambda c: c.narratives("theft"), "unknown narrative 'theft'"),
        (lambda c: c.articles(outlet="nord"), r"unknown outlet 'nord' \(did you mean"),
        (lambda c: c.articles(group="norlanders"), "unknown group"),
        (lambda c: c.articles(language="xx"), "unknown language 'xx'"),
        (lambda c: c.articles(outlets="north"), r"unknown filter 'outlets' \(did you mean 'outlet'"),
        (lambda c: c.articles(since="yesterday"), "since: 'yesterday' is no date"),
        (lambda c: c.articles(since=5), "since: 5 is no date"),
        (lambda c: c.articles(since="2026-11-22", until="2026-11-20"), "is not before"),
        (lambda c: c.articles(articles=range(40_000)), "40000 numbers are more"),
        (lambda c: c.compare("filling", by="colour"), r"unknown column in by= 'colour'"),
        (lambda c: c.compare("filling", by=["outlet", "outlet"]), "twice"),
        (lambda c: c.compare("filling", ci="exact"), "unknown interval in ci= 'exact'"),
        (lambda c: c.daily("nothing"), "unknown referent or narrative"),
        (lambda c: c.daily(by="speaker"), "unknown column in by="),
        (lambda c: c.search("  "), "no word to look for"),
        (lambda c: c.change(before=("2026-11-20",), after="2026-11-21"), r"a span of time is \(since, until\)"),
    ],
)
def test_what_cannot_be_asked_is_refused(c: fw.Collection, ask: Callable[[Any], Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        ask(c)


def test_what_there_is_not_is_refused(c: fw.Collection, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no article 999"):
        c.article(999)
    with pytest.raises(InputError, match="unknown language"):
        c.kwic("theft", language="xx")
    with pytest.raises(ConfigError):
        fw.open(tmp_path)


@pytest.mark.parametrize("by", [("outlet",), ("group", "language"), ()])
def test_daily_counts_what_the_rows_say(c: fw.Collection, by: tuple[str, ...]) -> None:
    mentions = c.mentions("filling", relevant=True)
    daily = c.daily("filling", by=by)
    keys = ["day", *by]
    expected = mentions.groupby([*keys, "wording"]).size()
    found = daily[daily["n"] > 0].set_index([*keys, "item"])["n"]
    assert found.to_dict() == expected.to_dict()
    assert daily.groupby(keys)["n"].sum().to_dict() == daily.groupby(keys)["total"].first().to_dict()


def test_daily_counts_articles_and_narratives(c: fw.Collection) -> None:
    articles = c.articles()
    daily = c.daily()
    relevant = daily[daily["item"] == "relevant"].set_index(["day", "outlet"])
    expected = articles.groupby(["day", "outlet"])["relevant"].agg(["sum", "size"])
    assert relevant["n"].to_dict() == expected["sum"].to_dict()
    assert relevant["total"].to_dict() == expected["size"].to_dict()
    assert not daily.loc[daily["item"] == "unlabelled", "n"].any()
    theft = c.daily("water_theft", by="outlet")
    assert set(theft["item"]) == {"norland"}
    wide = c.narratives("water_theft", wide=True)
    carried = wide[wide["water_theft"].fillna(False)].groupby(["day", "outlet"]).size()
    assert theft[theft["n"] > 0].set_index(["day", "outlet"])["n"].to_dict() == carried.to_dict()


def test_shares_are_missing_below_ten_and_add_up_to_one(c: fw.Collection) -> None:
    shares = c.compare("filling", by="outlet", ci="wilson")
    assert shares["share"].isna().equals(shares["total"] < 10)
    assert shares.groupby("outlet")["share"].sum().round(9).isin([0, 1]).all()
    wide = c.compare("filling", by="outlet", wide=True)
    assert list(wide.columns) == ["theft", "filling", "n"]
    assert wide["n"].sum() == len(c.mentions("filling", relevant=True))
    whole = c.compare("filling", by=())
    assert list(whole.columns) == ["wording", "n", "total", "share", "low", "high"]


def test_the_same_seed_gives_the_same_interval(c: fw.Collection) -> None:
    one, two = (c.compare("filling", by="group", random_state=3) for _ in range(2))
    pd.testing.assert_frame_equal(one, two, check_like=False)


def test_drawing_articles_is_wider_where_mentions_of_one_are_alike() -> None:
    rows = pd.DataFrame({"article_id": np.repeat(range(20), 10), "wording": np.repeat(["a", "b"], 100)})
    low, high = draw_intervals(rows, [], "wording", ["a", "b"], random_state=0)[("a",)]
    assert high - low > 0.3  # Wilson's, of 200 mentions, is 0.14 wide.


def test_unlabelled_is_not_no(watch: Path, tmp_path: Path) -> None:
    import shutil

    folder = tmp_path / "watch"
    shutil.copytree(watch, folder)
    with sqlite3.connect(folder / "framewire.sqlite") as raw:
        raw.execute("DELETE FROM narratives WHERE labelling_id = 1")
        raw.execute("DELETE FROM mentions WHERE labelling_id = 1")
        raw.execute("DELETE FROM passages WHERE labelling_id = 1")
        raw.execute("DELETE FROM labellings WHERE id = 1")
        raw.execute("UPDATE narratives SET state = 'abstained' WHERE labelling_id = 2")
    raw.close()
    c = fw.open(folder)
    first = c.articles().set_index("state").loc["unlabelled"]
    assert first["relevant"] is pd.NA
    wide = c.narratives(wide=True).set_index("article_id")
    assert wide.loc[first["article_id"], list(c.codebook.narrative_ids)].isna().all()
    assert c.daily(by=()).query("item == 'unlabelled'")["n"].sum() == 1


def test_copies_belong_to_the_story_of_their_original(watch: Path, tmp_path: Path) -> None:
    import shutil

    folder = tmp_path / "watch"
    shutil.copytree(watch, folder)
    with sqlite3.connect(folder / "framewire.sqlite") as raw:
        raw.execute("INSERT OR REPLACE INTO copies VALUES (2, 1, 0.9, ?)", (NOW.isoformat(timespec="microseconds"),))
    raw.close()
    c = fw.open(folder)
    assert c.articles().set_index("article_id")["copy_of"].dropna().to_dict() == {2: 1}
    story = c.stories(min_outlets=1).set_index("article_id")
    assert story.loc[2, "copy_of"] == 1
    assert story.loc[2, "story"] == story.loc[1, "story"]


def test_a_database_by_its_address(watch: Path, c: fw.Collection) -> None:
    stored = fw.open(f"sqlite:///{watch}/framewire.sqlite", timezone="Asia/Yerevan")
    assert stored.codebook == c.codebook
    assert len(stored.mentions("filling")) == len(c.mentions("filling"))
    assert stored.daily("filling").equals(c.daily("filling"))
    assert len(stored.kwic("theft")) == len(c.kwic("theft"))


def test_nothing_is_written(c: fw.Collection, watch: Path) -> None:
    before = (watch / "framewire.sqlite").read_bytes()
    c.explain(1)
    c.kwic("theft", misses=True)
    assert (watch / "framewire.sqlite").read_bytes() == before


def test_changes_are_tested_together(c: fw.Collection) -> None:
    changes = c.change(before=(FIRST_DAY, "2026-11-21"), after="2026-11-22")
    assert (changes["q"] >= changes["p"]).all()
    assert changes["q"].is_monotonic_increasing
    assert ((changes["low"] <= changes["difference"]) & (changes["difference"] <= changes["high"])).all()
    assert set(c.change(before=FIRST_DAY, after="2026-11-21", referent="filling")["referent"]) <= {"filling"}


def test_stories_and_revisions(c: fw.Collection) -> None:
    assert c.stories(min_outlets=1)["n_outlets"].ge(1).all()
    (row,) = c.revisions().to_dict("records")
    assert (row["old_title"], row["new_title"]) == ("Minister defends the dam (3)", "Minister rejects theft (3)")


def test_search_takes_words_as_they_are(c: fw.Collection) -> None:
    assert set(c.search("FARMERS theft")["title"].str.slice(0, 8)) == {"Norland "}
    assert len(c.search("100%")) == 0
    assert len(c.search("water", limit=2)) == 2
    assert "farmers" in c.search("farmers")["excerpt"].iloc[0]


@given(
    st.sampled_from(["Asia/Yerevan", "Europe/London", "America/New_York", "Australia/Lord_Howe"]),
    st.lists(st.integers(0, 94_000_000), min_size=1, max_size=20),
)
def test_days_are_those_of_the_summaries(zone: str, seconds: list[int]) -> None:
    calendar = Calendar(ZoneInfo(zone), time(6))
    begun = datetime(2024, 1, 1, tzinfo=UTC)
    times = pd.Series([begun + timedelta(seconds=second) for second in seconds], dtype="datetime64[us, UTC]")
    days = calendar.find_days(times)
    for moment, day in zip(times, days, strict=True):
        window = calendar.window(day.date())
        assert window.start <= moment < window.end
    first, last = days.min().date(), days.max().date()
    stretches = calendar.list_stretches(first, last)
    assert stretches[0].start == calendar.window(first).start
    assert stretches[-1].end == calendar.window(last).end
    assert sum((s.end - s.start).total_seconds() // s.day_seconds for s in stretches) == (last - first).days + 1
