"""The archive: series and their intervals, charts, pages that load nothing, and writing only what changed."""

import re
from collections import Counter
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html as lxml_html
from sqlalchemy import Connection, Engine

from framewire.codebook import Codebook
from framewire.records import ArticleVersion, LabelledVersion
from framewire.store import (
    add_labels,
    claim_versions_to_label,
    open_store,
    read_narrative_counts,
    read_newest_mentions,
    read_summed_days,
    read_told,
    read_wording_counts,
    reading,
    record_summary,
    transaction,
    upgrade_store,
)
from framewire.summarise import COVERAGE_COLUMNS, window_of
from framewire.summarise.archive import GENERATOR, ArchiveTables, DayLine, build_ledger, frame_summary, render_archive
from framewire.summarise.archive.chart import choose_scale, draw_chart, draw_spark
from framewire.summarise.archive.series import SPAN_DAYS, build_series, gather_cases
from framewire.summarise.shares import measure_by_story
from store_cases import NOW as POLLED_AT
from store_cases import OTHER, add_pair, entry, labelled, poll
from test_cli import invoke

FIRST = date(2026, 11, 2)
ZONE = ZoneInfo("Asia/Yerevan")
WINDOWS = [window_of(FIRST + timedelta(days=i), zone=ZONE) for i in range(14)]
counts = st.lists(st.tuples(st.integers(0, 13), st.integers(0, 4), st.integers(1, 5), st.booleans()), max_size=60)


def series_of(rows: list[tuple[int, int, int, bool]]) -> Any:
    day, root, n, has = (
        (np.array(part, dtype="int64") for part in zip(*rows, strict=True))
        if rows
        else [np.zeros(0, dtype="int64")] * 4
    )
    return build_series(gather_cases(day, root, n), n * has, n_days=14)


@given(counts)
def test_a_series_counts_what_there_is(rows: list[tuple[int, int, int, bool]]) -> None:
    series = series_of(rows)
    for day in range(14):
        span = range(day - SPAN_DAYS + 1, day + 1)
        assert series.total[day] == sum(n for at, _, n, _ in rows if at == day)
        assert series.n[day] == sum(n for at, _, n, has in rows if at == day and has)
        assert series.week_total[day] == sum(n for at, _, n, _ in rows if at in span)
        assert series.week_n[day] == sum(n for at, _, n, has in rows if at in span and has)


@given(counts)
def test_an_interval_holds_its_share_and_few_cases_have_none(rows: list[tuple[int, int, int, bool]]) -> None:
    series = series_of(rows)
    few = series.week_total < 10
    assert np.isnan(series.share[few]).all()
    assert np.isfinite(series.share[~few]).all()
    shown = [part[~few] for part in (series.low, series.share, series.high)]
    assert (shown[0] >= 0).all()
    assert (shown[0] <= shown[1]).all()
    assert (shown[1] <= shown[2]).all()
    assert (shown[2] <= 1).all()


@given(counts)
def test_the_interval_is_that_of_a_summary_with_a_text_for_a_story(rows: list[tuple[int, int, int, bool]]) -> None:
    series = series_of(rows)
    total: Counter[int] = Counter()
    n: Counter[int] = Counter()
    for day, root, weight, has in rows:
        if day > 13 - SPAN_DAYS:
            total[day * 10 + root] += weight
            n[day * 10 + root] += weight * has
    same = measure_by_story(n, total)
    for found, expected in zip((series.share, series.low, series.high), (same.share, same.low, same.high), strict=True):
        assert found[13] == pytest.approx(expected) if expected is not None else np.isnan(found[13])


def test_mentions_of_few_texts_count_as_few_cases() -> None:
    spread = series_of([(0, root, 1, root < 20) for root in range(40)])
    heaped = series_of([(0, root, 10, root < 2) for root in range(4)])
    assert spread.share[0] == heaped.share[0] == 0.5
    assert heaped.high[0] - heaped.low[0] > 2 * (spread.high[0] - spread.low[0])


def test_a_chart_breaks_its_line_where_there_are_few_cases_and_marks_few_hollow() -> None:
    many = [(day, root, 1, root < 4) for day in (0, 13) for root in range(12)]
    series = series_of([*many, (5, 99, 1, True)])
    scale = choose_scale(tuple(window.day for window in WINDOWS), [series], ())
    chart = draw_chart(series, scale, label="x")
    assert len(chart.lines) == len(chart.bands) == 2
    assert [dot.is_few for dot in chart.dots] == [False, True, False]
    assert chart.dots[1].title == "7 Nov 2026: 1 of 1"
    assert chart.most == 12
    assert draw_spark(np.array([np.nan, 1.0, np.nan]), top=1.0) == ()


def tables_of(rows: list[tuple[int, str, str, str]], **more: Any) -> ArchiveTables:
    """(day, outlet, group, wording) of articles that each name the diversion once and carry one narrative."""
    told = pd.DataFrame(
        {
            "article_id": range(len(rows)),
            "outlet": [row[1] for row in rows],
            "outlet_name": [f"The {row[1]}" for row in rows],
            "group": [row[2] for row in rows],
            "root": range(len(rows)),
            "counted_at": pd.to_datetime([WINDOWS[row[0]].start + timedelta(hours=3) for row in rows], utc=True).astype(
                "datetime64[us, UTC]"
            ),
        }
    )
    base = {"article_id": range(len(rows)), "voice": ["asserted"] * len(rows), "n": [1] * len(rows)}
    wordings = pd.DataFrame(base | {"referent": "diversion", "wording": [row[3] for row in rows]})
    narratives = pd.DataFrame(base | {"narrative": "water_theft", "accused": None}, dtype="object")
    outlets = sorted({row[1:3] for row in rows})
    covered = [
        dict.fromkeys(COVERAGE_COLUMNS, 0)
        | {"day": pd.Timestamp(window.day), "outlet": name, "outlet_name": f"The {name}", "group": group}
        | {
            "reason": "failing" if place == 4 else "as usual",
            "is_gap": place == 4,
            "polls": 3,
            "articles": 2,
            "detail": "",
        }
        for name, group in outlets
        for place, window in enumerate(WINDOWS)
    ]
    starts = pd.DataFrame(
        [
            {"model": "dam/1", "model_digest": "a" * 64, "since": WINDOWS[0].start},
            {"model": "dam/2", "model_digest": "b" * 64, "since": WINDOWS[9].start + timedelta(hours=1)},
        ]
    ).assign(codebook="dam", codebook_version=1, codebook_digest="c" * 64)
    starts["since"] = pd.to_datetime(starts["since"], utc=True).astype("datetime64[us, UTC]")
    empty = pd.DataFrame(columns=["referent", "version_id"])
    return ArchiveTables(told, wordings, narratives, more.get("newest", empty), {}, pd.DataFrame(covered), starts)


def render(tables: ArchiveTables, codebook: Codebook, *, headline: str = "no notable change") -> dict[str, str]:
    days = [DayLine(WINDOWS[-1].day, headline, 12, True), DayLine(WINDOWS[-2].day, "quiet", 3, False)]
    return dict(
        render_archive(
            tables,
            build_ledger(tables, WINDOWS, sided=codebook.sided_ids),
            codebook,
            title="Dam <watch>",
            days=days,
            zone=ZONE,
        )
    )


def some_rows(codebook: Codebook, outlet: str = "north", group: str = "norland") -> list[tuple[int, str, str, str]]:
    wordings = [wording.id for wording in codebook.terminology[0].wordings]
    return [(day, outlet, group, wordings[day % 2]) for day in range(14) for _ in range(3)]


def as_diversion(codebook: Codebook) -> Codebook:
    """The small codebook with its first referent as the tables above name it."""
    first = codebook.terminology[0].model_copy(update={"referent": "diversion"})
    return codebook.model_copy(update={"terminology": (first, *codebook.terminology[1:])})


def test_the_site_has_a_page_of_each_subject_and_outlet_and_its_links_lead_somewhere(small_codebook: Codebook) -> None:
    codebook = as_diversion(small_codebook)
    pages = render(tables_of(some_rows(codebook)), codebook)
    assert set(pages) == {"index.html", "referents/diversion.html", "narratives/water_theft.html", "outlets/north.html"}
    day = f"days/{WINDOWS[-1].day}.html"
    for path, page in pages.items():
        for link in lxml_html.fromstring(page).xpath("//a/@href"):
            target = str((Path("/") / path).parent.joinpath(link).resolve().relative_to("/"))
            assert target in {*pages, day}, f"{path}: {link}"
    assert "Dam &lt;watch&gt;" in pages["index.html"]


def test_pages_run_nothing_and_load_nothing(small_codebook: Codebook) -> None:
    codebook = as_diversion(small_codebook)
    for path, page in render(tables_of(some_rows(codebook)), codebook).items():
        tree = lxml_html.fromstring(page)
        assert not tree.xpath("//script | //link | //img | //iframe | //@onload | //*[@src]"), path
        (policy,) = tree.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
        assert "default-src 'none'" in policy
        assert GENERATOR in page
        assert "url(" not in page
        assert "@import" not in page


def test_whose_word_it_is_is_said_in_words(small_codebook: Codebook) -> None:
    codebook = as_diversion(small_codebook)
    first = codebook.terminology[0]
    usage = ("norland", "league", "civil_society")
    wordings = tuple(wording.model_copy(update={"usage": usage}) for wording in first.wordings)
    named = first.model_copy(update={"wordings": wordings})
    codebook = codebook.model_copy(update={"terminology": (named, *codebook.terminology[1:])})
    page = render(tables_of(some_rows(codebook)), codebook)["referents/diversion.html"]
    assert "usage: Norland, the League, civil society" in page


def test_breaks_and_gaps_are_marked(small_codebook: Codebook) -> None:
    codebook = as_diversion(small_codebook)
    pages = render(tables_of(some_rows(codebook)), codebook)
    assert "11 Nov 2026, model dam/2 (bbbbbbbbbbbb)" in pages["referents/diversion.html"]
    assert 'class="cut"' in pages["referents/diversion.html"]
    assert pages["outlets/north.html"].count('class="gap"') == 1
    assert "<b>F</b> failing (1)" in pages["outlets/north.html"]


def accuse(tables: ArchiveTables, accused: list[str | None]) -> ArchiveTables:
    """The tables with one account of each article laid to these in turn, and one of the first article laid to the second, too."""
    told = tables.narratives
    told = told.assign(accused=[accused[i % len(accused)] for i in range(len(told))])
    return replace(tables, narratives=pd.concat([told, told.head(1).assign(accused=accused[1])], ignore_index=True))


def list_laid(page: str) -> list[str]:
    """What a page says of the accused sides, line by line."""
    words = [" ".join(line.text_content().split()) for line in lxml_html.fromstring(page).xpath("//li | //tr | //h3")]
    return [line for line in words if "laid to" in line.lower()]


def test_opposite_claims_stand_apart_and_are_never_added_up(small_codebook: Codebook) -> None:
    codebook = as_diversion(small_codebook)
    tables = accuse(tables_of(some_rows(codebook)), ["norland", "sudland", None])
    pages = render(tables, codebook)
    assert list_laid(pages["narratives/water_theft.html"])[:3] == [
        "laid to Norland 14 of 42, 33 %",
        "laid to Sudland 15 of 42, 36 %",
        "laid to nobody clearly 14 of 42, 33 %",
    ]
    assert "laid to both sides" not in pages["narratives/water_theft.html"]
    assert list_laid(pages["outlets/north.html"]) == [
        "Water theft, laid to Norland1433 %–",
        "Water theft, laid to Sudland1536 %–",
        "Water theft, laid to nobody clearly1433 %–",
    ]
    (line,) = list_laid(pages["index.html"])
    assert line.startswith("Water theftlaid to Norland 7 of 21, 33 %laid to Sudland 7 of 21, 33 %laid to nobody")
    for path, page in pages.items():
        if not path.startswith("referents"):
            assert not re.search(r"\b(42 of 42|21 of 21|100\s%</td>)", page), path


def test_the_sides_are_shown_alike(small_codebook: Codebook) -> None:
    codebook = as_diversion(small_codebook)
    tables = tables_of(some_rows(codebook))
    one, other = (
        render(accuse(tables, [a, a, b]), codebook) for a, b in (("norland", "sudland"), ("sudland", "norland"))
    )
    exchange = {"Norland": "Sudland", "Sudland": "Norland"}
    for path in ("index.html", "narratives/water_theft.html", "outlets/north.html"):
        here, there = (
            [part for line in list_laid(page) for part in re.split("(?=laid to)", line)]
            for page in (one[path], re.sub("Norland|Sudland", lambda name: exchange[name[0]], other[path]))
        )
        assert sorted(here) == sorted(there), path


def test_a_side_that_nobody_accuses_is_shown_beside_the_other(small_codebook: Codebook) -> None:
    codebook = as_diversion(small_codebook)
    pages = render(accuse(tables_of(some_rows(codebook)), ["sudland", "sudland"]), codebook)
    assert list_laid(pages["narratives/water_theft.html"])[:2] == [
        "laid to Norland 0 of 42, 0 %",
        "laid to Sudland 42 of 42, 100 %",
    ]


def test_what_outlets_and_headlines_say_is_escaped(small_codebook: Codebook) -> None:
    codebook = as_diversion(small_codebook)
    tables = tables_of(some_rows(codebook))
    evil = '"><script>alert(1)</script>'
    tables = replace(
        tables,
        told=tables.told.assign(group=evil),
        coverage=tables.coverage.assign(outlet_name=evil, group=evil, detail=evil),
    )
    for path, page in render(tables, codebook, headline=evil).items():
        assert "<script" not in page, path


def test_a_day_without_its_page_is_no_link(small_codebook: Codebook) -> None:
    codebook = as_diversion(small_codebook)
    page = render(tables_of(some_rows(codebook)), codebook)["index.html"]
    assert f"days/{WINDOWS[-1].day}.html" in page
    assert f"days/{WINDOWS[-2].day}.html" not in page


def test_a_summary_in_the_archive_has_the_policy_and_a_way_back() -> None:
    page = frame_summary('<html><head>\n<meta charset="utf-8">\n</head>\n<body style="x">\nwords</body></html>')
    assert page.count("Content-Security-Policy") == 1
    assert re.search(r'<body style="x">\s*<p[^>]*><a href="../index.html">', page)


def label_known(version: ArticleVersion) -> LabelledVersion:
    """Labels of the small codebook; an article that begins with "Old" has a wording that it does not know."""
    made = labelled(version, narrative="water_theft")
    if version.title.startswith("Old"):
        return made
    (labels,) = made.passages
    known = tuple(replace(mention, wording="siv") for mention in labels.mentions)
    return replace(made, passages=(replace(labels, mentions=known),))


def fill_press(conn: Connection) -> None:
    """Three articles of two outlets, each with a mention and a narrative."""
    old = entry("a", "Old news", published_at=POLLED_AT - timedelta(days=2))
    poll(conn, old, at=POLLED_AT - timedelta(days=2))
    poll(conn, old, entry("b", "<Dam> opened", url="javascript:alert(1)"), at=POLLED_AT)
    seen = entry("c", "Dam <i>seen", url="https://south.example/c", published_at=POLLED_AT)
    poll(conn, seen, feed=OTHER, at=POLLED_AT)
    pair = add_pair(conn)
    versions = claim_versions_to_label(conn, **pair, limit=9)
    add_labels(conn, [label_known(one) for one in versions], **pair, labelled_at=POLLED_AT)


@pytest.fixture
def watch(tmp_path: Path, sqlite_path: Path) -> Path:
    """A workspace with some days of two outlets."""
    folder = tmp_path / "here"
    folder.mkdir()
    (folder / "codebook.yaml").write_bytes(Path(__file__).with_name("small_codebook.yaml").read_bytes())
    (folder / "feeds.yaml").write_text(
        "outlets:\n- {id: north, name: The North, group: international, country: GB,\n"
        "   feeds: [{url: 'https://north.example/news.xml', language: en}]}\n"
    )
    (folder / "framewire.toml").write_text(f'title = "Dam watch"\ndatabase = "sqlite:///{sqlite_path}"\n')
    engine = open_store(f"sqlite:///{sqlite_path}")
    with transaction(engine) as conn:
        fill_press(conn)
    engine.dispose()
    return folder


def archive(watch: Path, at: datetime = POLLED_AT + timedelta(days=1), *more: str) -> Any:
    return invoke("archive", "-w", str(watch), "--now", at.isoformat(), *more)


def test_the_command_writes_the_site_once(watch: Path) -> None:
    first = archive(watch)
    assert first.exit_code == 0, first.output
    site = watch / "archive"
    assert (site / "index.html").is_file()
    assert (site / "outlets" / "north.html").is_file()
    assert "articles" in (site / "narratives" / "water_theft.html").read_text()
    written = {path: path.stat().st_mtime_ns for path in site.rglob("*.html")}
    again = archive(watch)
    assert ", 0 written" in again.output
    assert {path: path.stat().st_mtime_ns for path in site.rglob("*.html")} == written


def test_the_series_begin_on_the_date_of_the_first_poll_though_its_day_begins_later(watch: Path) -> None:
    settings = (watch / "framewire.toml").read_text()
    (watch / "framewire.toml").write_text(f'{settings}timezone = "Asia/Yerevan"\nday_starts_at = "11:00"\n')
    assert archive(watch, POLLED_AT + timedelta(days=2)).exit_code == 0
    index = (watch / "archive" / "index.html").read_text()
    assert "Series from 27 Feb 2026 to 1 Mar 2026" in index, "the first poll was at 10:00 there"
    assert "of 4 days" not in index


def test_a_page_of_ours_that_is_no_longer_there_goes_and_others_stay(watch: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    assert archive(watch, POLLED_AT, "--out", str(site)).exit_code == 0
    (site / "outlets" / "gone.html").write_text(GENERATOR)
    (site / "outlets" / "mine.html").write_text("notes")
    assert "1 removed" in archive(watch, POLLED_AT, "--out", str(site)).output
    assert not (site / "outlets" / "gone.html").exists()
    assert (site / "outlets" / "mine.html").exists()


def test_the_archive_of_nothing_and_one_that_cannot_be_written_are_refused(watch: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert "is a file where a folder is wanted" in archive(watch, POLLED_AT, "--out", str(tmp_path / "file")).output
    refused = archive(watch, POLLED_AT, "--out", str(tmp_path / "file" / "site"))
    assert refused.exit_code == 1
    assert "the archive cannot be written" in refused.output
    upgrade_store(f"sqlite:///{tmp_path}/new.sqlite")
    (watch / "framewire.toml").write_text(f'database = "sqlite:///{tmp_path}/new.sqlite"\n')
    assert "no feed has been asked yet" in archive(watch).output


def test_the_reads_count_by_article(engine: Engine) -> None:
    with transaction(engine) as conn:
        fill_press(conn)
    with reading(engine) as conn:
        told, newest = read_told(conn), read_newest_mentions(conn, per_referent=1)
        wordings = read_wording_counts(conn)
        denied, abstained = (read_narrative_counts(conn, states=(state,)) for state in ("labelled", "abstained"))
    assert told["outlet"].tolist() == ["north", "north", "south"]
    assert told["counted_at"].max().to_pydatetime() == POLLED_AT
    assert (told["root"] == told["article_id"]).all()
    assert set(wordings[["referent", "wording", "voice", "n"]].itertuples(index=False, name=None)) == {
        ("place", "one", "attributed", 1),
        ("place", "siv", "attributed", 1),
    }
    assert denied["voice"].unique().tolist() == ["denied"]
    assert denied["accused"].unique().tolist() == ["both"]
    assert abstained.empty
    assert newest["outlet_name"].tolist() == ["The South"]
    assert newest["start"].iloc[0] >= newest["passage_start"].iloc[0]


def test_the_headlines_of_the_days_are_read_without_the_rest(engine: Engine) -> None:
    with transaction(engine) as conn:
        pair = add_pair(conn)
        for day, headline in (("2026-03-01", "“Siv” up"), ("2026-03-02", "")):
            times = dict.fromkeys(("window_start", "window_end", "made_at"), POLLED_AT)
            numbers = {"headline": headline, "n_articles": 7, "more": [1]}
            record_summary(conn, day=day, digest="d", numbers=numbers, **times, **pair)
    with reading(engine) as conn:
        assert read_summed_days(conn) == [("2026-03-02", "", 7), ("2026-03-01", "“Siv” up", 7)]
