"""Imports: others' collections become articles, once, on the day of their publication; bad rows are set aside."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine, func, select

from framewire.cli import main
from framewire.errors import InputError
from framewire.ingest import OutletNames, choose_columns, collect_row, iter_csv_rows, iter_json_rows, iter_jsonl_rows
from framewire.records import DateSource, Entry, Feed, Outlet
from framewire.store import (
    add_imported,
    add_imported_outlets,
    claim_versions_to_label,
    get_outlets,
    list_imports,
    open_store,
    read_articles,
    read_counted,
    read_feeds,
    read_followed,
    reading,
    sync_feed_list,
    transaction,
)
from framewire.store.schema import articles, entries, feeds, versions
from framewire.workflow.imports import ImportOrder, import_articles, try_import
from framewire.workflow.workspace import Workspace, init_workspace, open_workspace
from store_cases import NOW, OUTLETS, add_pair, entry, poll

SOURCE = "import:csv:0123456789abcdef"
LONG = "The council of the valley votes on the dam after a night of talks"
THEN = NOW - timedelta(days=400)


def imported(identity: str, title: str = LONG, body: str = "", **more: Any) -> Entry:
    return entry(identity, title, body, language="en", published_at=more.pop("published_at", THEN), **more)


def bring(engine: Engine, *found: Entry, source: str = SOURCE, outlet: str = "north") -> tuple[int, int, int]:
    with transaction(engine) as conn:
        counts = add_imported(conn, found, source=source, outlet_id=outlet, seen_at=NOW)
    return counts.new, counts.known, counts.stored


def test_importing_twice_adds_nothing(engine: Engine) -> None:
    found = [imported("a"), imported("b", "Another headline of more than six words stands here")]
    assert bring(engine, *found) == (2, 0, 0)
    assert bring(engine, *found) == (0, 2, 0)
    with reading(engine) as conn:
        assert conn.execute(select(func.count()).select_from(versions)).scalar() == 2


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("https://north.example/a", "the same address"),
        ("http://www.north.example/a/", "another spelling of it"),
    ],
)
def test_an_article_that_a_feed_brought_is_not_added_again(engine: Engine, url: str, reason: str) -> None:
    with transaction(engine) as conn:
        poll(conn, entry("a", "As the feed has it", "With its own words."))
    assert bring(engine, imported("x", "As the collection has it", url=url)) == (0, 0, 1), reason
    with reading(engine) as conn:
        assert conn.execute(select(versions.c.text)).scalars().all() == ["As the feed has it\nWith its own words."]


def test_an_article_of_the_same_words_is_the_same(engine: Engine) -> None:
    assert bring(engine, imported("a"), imported("b")) == (1, 0, 1)
    assert bring(engine, imported("c"), source="import:csv:other") == (0, 0, 1)
    assert bring(engine, imported("d", published_at=THEN + timedelta(days=9)), source="import:csv:third") == (1, 0, 0)
    assert bring(engine, imported("e"), outlet="south", source="import:csv:fourth") == (1, 0, 0), "another outlet's"


def test_a_feed_that_brings_an_imported_article_adds_none(engine: Engine) -> None:
    bring(engine, imported("a"))
    with transaction(engine) as conn:
        assert poll(conn, entry("guid-7", LONG, "", url="https://north.example/a")).new == 0


def test_imported_articles_count_when_they_were_published(engine: Engine) -> None:
    bring(engine, imported("a"))
    with reading(engine) as conn:
        today = read_counted(conn, [(NOW - timedelta(hours=1), NOW + timedelta(hours=1))])
        then = read_counted(conn, [(THEN, THEN + timedelta(hours=1))])
        table = read_articles(conn)
    assert (len(today), then["n"].tolist(), table["first_poll"].tolist()) == (0, [1], [True])


def test_an_imported_file_is_no_feed(engine: Engine) -> None:
    bring(engine, imported("a"))
    with transaction(engine) as conn:
        sync_feed_list(conn, OUTLETS)
    with reading(engine) as conn:
        urls = {*read_feeds(conn)["url"], *read_followed(conn)["url"]}
        row = conn.execute(select(feeds).where(feeds.c.url.like("import:%"))).mappings().one()
        assert list_imports(conn) == [{"source": SOURCE, "outlet": "north", "articles": 1}]
    assert urls == {feed.url for outlet in OUTLETS for feed in outlet.feeds}
    assert (row["listed"], row["next_due_at"], row["last_polled_at"]) == (False, None, None)


def test_imported_articles_are_labelled_as_any(engine: Engine) -> None:
    bring(engine, imported("a"))
    with transaction(engine) as conn:
        assert [one.title for one in claim_versions_to_label(conn, **add_pair(conn), limit=9)] == [LONG]


def test_outlets_are_added_and_never_replaced(engine: Engine) -> None:
    new = [Outlet("north", "Other name", "unassigned", "ZZ"), Outlet("east", "East", "unassigned", "ZZ")]
    with transaction(engine) as conn:
        add_imported_outlets(conn, new, unassigned="unassigned")
        add_imported_outlets(conn, [Outlet("east", "East", "local", "AM")], unassigned="unassigned")
        known = {outlet.id: outlet for outlet in get_outlets(conn)}
    assert (known["north"].name, known["north"].group) == ("The North", "international")
    assert (known["east"].group, known["east"].country) == ("local", "AM")


CSV_CASES = [
    (b"\xef\xbb\xbftitle,url\r\nOne,u\r\n", [(2, {"title": "One", "url": "u"}, None)], "a byte order mark"),
    (b"title;url\nA;u\n", [(2, {"title": "A", "url": "u"}, None)], "semicolons"),
    (b"title\turl\nA\tu\n", [(2, {"title": "A", "url": "u"}, None)], "tabs"),
    (b'title,url\n"A\nB",u\nC,v\n', [(2, None, None), (4, None, None)], "a cell of two lines"),
    (b"title,url\n\nA,u\n", [(3, {"title": "A", "url": "u"}, None)], "an empty line"),
    (b"title,url\nA\n", [(2, None, "1 cells, and the line of names has 2")], "a cell too few"),
    (b"title,url\n\xe9t\xe9,u\n", [(2, None, "cannot be read as UTF-8 text")], "another encoding"),
    (b"title,url,defused\n'=1+1,u,title\n", [(2, {"title": "=1+1", "url": "u", "defused": "title"}, None)], "our own"),
]


@pytest.mark.parametrize(("content", "expected", "reason"), CSV_CASES, ids=[case[2] for case in CSV_CASES])
def test_rows_of_a_csv_file(content: bytes, expected: list[Any], reason: str) -> None:
    rows = list(iter_csv_rows(BytesIO(content)))
    assert [row.line for row in rows] == [line for line, _, _ in expected]
    assert [row.fault for row in rows] == [fault for _, _, fault in expected]
    for row, (_, cells, _) in zip(rows, expected, strict=True):
        assert cells is None or row.cells == cells


def test_rows_of_json_files() -> None:
    lines = list(iter_jsonl_rows(BytesIO(b'{"title":"A"}\n\nno json\n[1]\n\xff\n')))
    assert [(row.line, row.fault is None) for row in lines] == [(1, True), (3, False), (4, False), (5, False)]
    document = BytesIO(b'{"articles":[{"title":"A"},7]}')
    assert [(row.line, row.fault) for row in iter_json_rows(document)] == [(1, None), (2, "no JSON object")]


@pytest.mark.parametrize(
    ("read", "content", "message"),
    [
        (iter_csv_rows, b"", "the file is empty"),
        (iter_json_rows, b"{", "no JSON document"),
        (iter_json_rows, b'{"items":[]}', "without a list of articles"),
    ],
)
def test_a_file_that_cannot_be_read_at_all(read: Callable[[Any], Any], content: bytes, message: str) -> None:
    with pytest.raises(InputError, match=message):
        list(read(BytesIO(content)))


MEDIA_CLOUD = {
    "id": "9f",
    "indexed_date": "2026-02-03 04:05:06.789",
    "publish_date": "2026-02-01",
    "language": "en",
    "media_name": "north.example",
    "media_url": "north.example",
    "title": "The council &amp; the dam",
    "url": "https://www.north.example/a?utm_source=feed",
}
GDELT = {
    "url": "https://south.example/b",
    "url_mobile": "",
    "title": "The dam and the valley",
    "seendate": "20260201T101500Z",
    "domain": "south.example",
    "language": "Russian",
    "sourcecountry": "Russia",
}


def collect(form: str, cells: dict[str, Any], **given: str) -> Any:
    return collect_row(2, cells, choose_columns(form, list(cells), given), now=NOW)


def test_a_row_of_media_cloud() -> None:
    found = collect("mediacloud", MEDIA_CLOUD)
    assert found.entry == Entry(
        "9f",
        "https://www.north.example/a",
        "The council & the dam",
        "",
        datetime(2026, 2, 1, tzinfo=UTC),
        DateSource.FEED,
        None,
        "2026-02-01",
    )
    assert (found.outlet, found.language) == ("north.example", "en")
    undated = collect("mediacloud", MEDIA_CLOUD | {"publish_date": ""}).entry
    assert (undated.published_at.date().isoformat(), undated.date_source) == ("2026-02-03", DateSource.FEED_UPDATED)


def test_a_row_of_gdelt() -> None:
    found = collect("gdelt", GDELT)
    assert found.entry.published_at == datetime(2026, 2, 1, 10, 15, tzinfo=UTC)
    assert (found.entry.date_source, found.outlet, found.language) == (DateSource.FEED_UPDATED, "south.example", "ru")
    bare = collect(
        "gdelt", {"URL": "https://www.south.example/b", "MobileURL": "", "Date": "2026-02-01 10:15:00", "Title": "T"}
    )
    assert (bare.entry.title, bare.outlet, bare.entry.published_at.hour) == ("T", "south.example", 10)


def test_columns_are_named_by_hand_or_known() -> None:
    cells = {"headline": "H", "body": "<p>One</p><p>Two</p>", "when": "1.2.2026", "paper": "The Paper"}
    found = collect("csv", cells, published="when", outlet="paper")
    assert (found.entry.title, found.entry.text, found.outlet) == ("H", "One\n\nTwo", "The Paper")
    assert found.entry.published_at == datetime(2026, 2, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"titel": "headline"}, r"--map: .*did you mean 'title'"),
        ({"title": "headlin"}, r"--map title=headlin: .*did you mean 'headline'"),
        ({}, r"no column is the title; name it: --map title=COLUMN \(columns: headlines, headline_2\)"),
    ],
)
def test_columns_that_there_are_not(given: dict[str, str], message: str) -> None:
    present = ["headlines", "headline_2"] if not given else ["headline"]
    with pytest.raises(InputError, match=message):
        choose_columns("csv", present, given)


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({"title": " ", "url": "https://a.example/1"}, "neither title nor text"),
        ({"title": "T", "url": "ftp://a.example/1"}, "'ftp://a.example/1' is no http(s) address"),
    ],
)
def test_rows_that_are_no_articles(cells: dict[str, str], reason: str) -> None:
    assert collect("csv", cells) == reason


def test_a_date_that_cannot_be_read_is_no_fault() -> None:
    found = collect("csv", {"title": "T", "date": "the day before"})
    assert (found.entry.published_at, found.entry.date_flag) == (None, "unreadable")


def test_whose_articles_they_are() -> None:
    north = Outlet("north", "The North", "local", "GB", (Feed("https://www.north.example/feed", "north", "en"),))
    names = OutletNames([north], group=None)
    for name in ("north", "The North", "the north", "north.example", "https://north.example/"):
        assert names.find(name) == north
    new = names.find("Naujoji Žinia")
    assert (new.id, new.name, new.group, new.country) == ("naujoji-zinia", "Naujoji Žinia", "unassigned", "ZZ")
    assert names.find("naujoji žinia") == new
    assert names.find("www.west.example").id == "west-example"
    assert OutletNames([north], group="abroad").find("East").group == "abroad"


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    seeds = tmp_path / "seeds"
    (seeds / "passages").mkdir(parents=True)
    (seeds / "codebook.yaml").write_bytes(Path(__file__).with_name("small_codebook.yaml").read_bytes())
    init_workspace(tmp_path / "watch", seeds=seeds)
    return open_workspace(tmp_path / "watch")


ROWS = (
    "title,text,url,published,outlet\n"
    "First headline about the dam in the valley,Text of it.,https://a.example/1,2026-02-01,A Paper\n"
    "Bad row\n"
    "Second headline about the dam in the valley,More of it.,https://a.example/2,2026-02-02,A Paper\n"
    ",,https://a.example/3,2026-02-02,A Paper\n"
)


def write(tmp_path: Path, text: str = ROWS, name: str = "some.csv") -> Path:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def test_bad_rows_are_set_aside_with_their_lines(workspace: Workspace, tmp_path: Path, now: datetime) -> None:
    found = import_articles(workspace, ImportOrder(write(tmp_path), "csv"), now=now)
    assert (found.counts.new, found.n_rejected, found.new_outlets) == (2, 2, ("a-paper",))
    assert found.rejects == tmp_path / "some.csv.rejects.jsonl"
    rejected = [json.loads(line) for line in found.rejects.read_text().splitlines()]
    assert [(row["line"], row["reason"]) for row in rejected] == [
        (3, "1 cells, and the line of names has 5"),
        (5, "neither title nor text"),
    ]
    again = import_articles(workspace, ImportOrder(write(tmp_path), "csv"), now=now + timedelta(days=1))
    assert (again.counts.new, again.counts.known) == (0, 2)


def test_a_killed_import_goes_on(
    workspace: Workspace, tmp_path: Path, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("framewire.workflow.imports.PORTION", 1)
    order = ImportOrder(write(tmp_path), "csv")

    class Killed(BaseException):
        pass

    def kill(_stage: str, done: int, _total: int) -> None:
        if done == 2:
            raise Killed

    with pytest.raises(Killed):
        import_articles(workspace, order, now=now, progress=kill)
    engine = open_store(workspace.config.database)
    with reading(engine) as conn:
        assert conn.execute(select(func.count()).select_from(articles)).scalar() == 1
    found = import_articles(workspace, order, now=now)
    assert (found.counts.new, found.counts.known, found.n_rejected) == (1, 1, 2)
    with reading(engine) as conn:
        assert conn.execute(select(func.count()).select_from(entries)).scalar() == 2
    engine.dispose()


def test_a_dry_run_writes_nothing(workspace: Workspace, tmp_path: Path, now: datetime) -> None:
    found, shown = try_import(workspace, ImportOrder(write(tmp_path), "csv"), now=now)
    assert (found.counts.new, found.n_rejected, found.new_outlets) == (2, 2, ("a-paper",))
    assert shown == ["line 3: 1 cells, and the line of names has 5", "line 5: neither title nor text"]
    engine = open_store(workspace.config.database)
    with reading(engine) as conn:
        assert conn.execute(select(func.count()).select_from(articles)).scalar() == 0
    engine.dispose()
    assert not (tmp_path / "some.csv.rejects.jsonl").exists()


def test_a_feed_list_tells_groups(workspace: Workspace, tmp_path: Path, now: datetime) -> None:
    listed = tmp_path / "feeds.yaml"
    listed.write_text(
        "version: 1\noutlets:\n- id: paper\n  name: A Paper\n  group: valley\n  country: AM\n"
        "  feeds:\n  - url: https://a.example/feed\n    language: en\n"
    )
    order = ImportOrder(write(tmp_path), "csv", outlets_from=listed)
    assert import_articles(workspace, order, now=now).new_outlets == ("paper",)
    engine = open_store(workspace.config.database)
    with reading(engine) as conn:
        assert [(outlet.id, outlet.group) for outlet in get_outlets(conn)] == [("paper", "valley")]
        assert read_feeds(conn).empty
    engine.dispose()


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"language": "english"}, "--language: 'english' is no language tag such as en or hy; did you mean 'en'"),
        ({"form": "mediacloud", "path": "some.txt"}, r"ends with .csv, .tsv, .json"),
        ({"path": "none.csv"}, r"none.csv: no such file"),
        ({"form": "parquet", "path": "some.csv"}, r"some.csv: no Parquet file|framewire\[parquet\]"),
    ],
)
def test_what_cannot_be_imported(
    workspace: Workspace, tmp_path: Path, now: datetime, more: dict[str, Any], message: str
) -> None:
    write(tmp_path)
    write(tmp_path, name="some.txt")
    order = ImportOrder(tmp_path / more.get("path", "some.csv"), more.get("form", "csv"), language=more.get("language"))
    with pytest.raises(InputError, match=message):
        import_articles(workspace, order, now=now)


def test_the_command_says_what_it_did(workspace: Workspace, tmp_path: Path) -> None:
    call = ["import", str(write(tmp_path)), "--format", "csv", "-w", str(workspace.config.folder)]
    dry = CliRunner().invoke(main, [*call, "--dry-run"])
    assert (dry.exit_code, dry.stdout.splitlines()[0]) == (
        0,
        "2 articles could be read, 2 rows could not; nothing was stored",
    )
    done = CliRunner().invoke(main, call)
    assert (done.exit_code, done.stdout.splitlines()[0]) == (0, "2 new articles; 0 stored before, 0 imported before")
    assert "new outlets: a-paper" in done.stdout
    shown = CliRunner().invoke(main, ["articles", "list", "--outlet", "a-paper", "--json", "-w", call[-1]])
    assert sorted(row["title"][:5] for row in json.loads(shown.stdout)) == ["First", "Secon"]
    bad = CliRunner().invoke(main, [*call, "--map", "title:headline"])
    assert (bad.exit_code, "'title:headline' is not of the form title=COLUMN" in bad.output) == (2, True)
