"""terms kwic: what the codebook would find in the stored articles, and how it is shown."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from rich.cells import cell_len
from sqlalchemy import Connection, Engine

from framewire.codebook import Codebook, load_codebook, parse_codebook
from framewire.label import TermMatcher, find_mentions
from framewire.label.asked import Rules, build_search
from framewire.records import ArticleVersion, Feed, Outlet
from framewire.store import iter_texts, open_store, reading, sync_feed_list, transaction
from framewire.text import find_passages
from framewire.text.columns import keep_end, keep_start, on_one_line, pad
from framewire.workflow.concordance import Concordance, Scope
from framewire.workflow.workspace import open_workspace
from store_cases import NEWS, OTHER, entry, poll
from test_cli import invoke, write_seeds

DAY = timedelta(days=1)
START = datetime(2026, 11, 20, 8, tzinfo=UTC)
NORTH, TURKISH, ARMENIAN = (
    Feed(f"https://{name}.example/feed", name, language)
    for name, language in (("north-gazette-of-the-lake", "en"), ("baraj", "tr"), ("lich", "hy"))
)
FEEDS = (NORTH, TURKISH, ARMENIAN)
PRESS: tuple[tuple[Feed, str, str, str], ...] = (
    (NORTH, "a", "Farmers tell of water theft", "They grabbed the water, and nobody in Portsud saw a coat that was grabbed."),
    (NORTH, "b", "A dentist at Upper Lake", "Norland's dentists do a filling in an hour. The planned filling of the Upper Lake began on Monday."),
    (NORTH, "c", "Short", "A w\u0430ter theft, says the farmer.\n\nWater theft here."),
    (TURKISH, "d", "Siv gölü", "Bu açık bir su hırsızlığıdır, dedi çiftçi."),
    (ARMENIAN, "e", "Նորլանդը և լիճը", "Այսօր Նորլանդի ջրերը հասել են Սուդլանդին, ասաց նա։"),
    (NORTH, "f", "A cafe\u0301 by the lake", "The cafe\u0301 of the League sells tea; its owner spoke of lawful use and a cafe\u0301 tax on the water."),
)  # fmt: skip


@pytest.fixture(scope="module")
def watch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with a small press of one article a day, the first of which was changed later; not to be changed."""
    folder = tmp_path_factory.mktemp("kwic")
    assert (
        invoke("init", str(folder / "watch"), "--seeds", str(write_seeds(folder / "seeds")), "--no-train").exit_code
        == 0
    )
    engine = open_store(open_workspace(folder / "watch").config.database)
    with transaction(engine) as conn:
        sync_feed_list(conn, tuple(Outlet(feed.outlet_id, feed.outlet_id, "g", "AM", (feed,)) for feed in FEEDS))
        poll(
            conn,
            entry("a", "Farmers tell of a robbery", "They took a grabbed bucket of water away."),
            feed=NORTH,
            at=START,
        )
        for n, (feed, name, title, body) in enumerate(PRESS):
            poll(conn, entry(name, title, body), feed=feed, at=START + n * DAY + timedelta(hours=1))
    engine.dispose()
    return folder / "watch"


@pytest.fixture
def at(watch: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same as the current folder, in a terminal of 80 columns."""
    monkeypatch.chdir(watch)
    monkeypatch.setenv("COLUMNS", "80")
    return watch


def rows_of(*arguments: str) -> list[dict[str, object]]:
    """What a search tells as JSON."""
    result = invoke("terms", "kwic", *arguments, "--json")
    assert result.exit_code == 0, result.output
    found: list[dict[str, object]] = json.loads(result.stdout)
    return found


def texts_of(*arguments: str) -> list[object]:
    return [row["text"] for row in rows_of(*arguments)]


def test_hits_stand_in_one_column_newest_first(at: Path) -> None:
    result = invoke("terms", "kwic", "water theft")
    assert result.stdout.splitlines() == [
        "11-22  north-gazet…              Short ¶ A w\u0430ter theft,  says the farmer. ¶",
        "11-20  north-gazet…        Farmers tell of water theft   ¶ They grabbed the",
    ]
    told = "2 hits in 2 of 6 articles (en, tr, hy). At 1 place the words stand and do not count; --misses shows why.\n"
    assert result.stderr == told


@pytest.mark.parametrize("columns", [60, 80, 120])
@pytest.mark.parametrize("asked", ["Նորլանդ*", "café", "the", "su hırsızlığı*", "@subject"])
def test_lines_fit_the_terminal_and_hits_are_aligned(
    at: Path, monkeypatch: pytest.MonkeyPatch, columns: int, asked: str
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    lines = invoke("terms", "kwic", asked).stdout.splitlines()
    hits = [row["text"] for row in rows_of(asked)]
    assert hits
    assert all(cell_len(line) <= columns for line in lines)
    # The widest start that all lines have in common with their hit behind it.
    starts = [
        {cell_len(line[:i]) for i in range(len(line)) if line.startswith(str(hit), i)}
        for line, hit in zip(lines, hits, strict=True)
    ]
    assert set.intersection(*starts)


@pytest.mark.parametrize("width", [1, 7, 20, 33])
def test_contexts_end_between_words(at: Path, width: int) -> None:
    for row in rows_of("the", "--width", str(width)):
        left, right = str(row["left"]), str(row["right"])
        assert cell_len(left) <= width
        assert cell_len(right) <= width
        for word in (*left.split(), *right.split()):
            whole = any(word in f"{title} ¶ {body}".replace("\n\n", " ¶ ").split() for _, _, title, body in PRESS)
            assert whole or len(word) == width or len(word) == width - 1


def test_left_hit_and_right_are_the_text(at: Path) -> None:
    (row,) = rows_of("su hırsızlığı*")
    assert f"{row['left']}{row['text']}{row['right']}" == "Siv gölü ¶ Bu açık bir su hırsızlığıdır, dedi çiftçi."
    assert (row["matches"], row["language"], row["outlet"]) == ("yes", "tr", "baraj")
    text = f"{PRESS[3][2]}\n{PRESS[3][3]}"
    assert text[int(str(row["start"])) : int(str(row["end"]))] == row["text"]


def test_only_the_newest_version_is_searched(at: Path) -> None:
    assert not rows_of("bucket")
    assert texts_of("grab*") == ["grabbed", "grabbed"]


def test_formats(at: Path) -> None:
    rows = rows_of("water theft")
    lines = invoke("terms", "kwic", "water theft", "--jsonl").stdout.splitlines()
    assert [json.loads(line) for line in lines] == rows
    table = list(csv.DictReader(io.StringIO(invoke("terms", "kwic", "water theft", "--csv").stdout)))
    assert [row["text"] for row in table] == [row["text"] for row in rows] == ["w\u0430ter theft", "water theft"]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("grab*", "--near", "water"), ["grabbed", "grabbed"]),
        (("grab*", "--near", "water", "--within", "2"), ["grabbed"]),
        (("grab*", "--near", "water", "--within", "1"), []),
        (("grab*", "--not-near", "coat", "--not-near", "they", "--within", "3"), []),
        (("grab*", "--near", "@sudland", "--within", "6", "--not-near", "they"), ["grabbed"]),
        (("lake", "--exact"), ["lake"]),
        (("Lake", "--exact"), ["Lake", "Lake"]),
        (("filling",), ["filling", "filling"]),
        (("filling/filling",), ["planned filling"]),
        (("filling/filling", "--not-near", "monday"), ["filling"]),
        (("filling/theft",), ["su hırsızlığıdır", "w\u0430ter theft", "water theft", "grabbed"]),
        (("filling/theft", "--lang", "tr"), ["su hırsızlığıdır"]),
        (("@norland", "--lang", "hy"), ["Նորլանդը", "Նորլանդի"]),
        (("@league",), ["the League"]),
        (("@anchor",), ["Siv gölü", "Upper Lake", "Upper Lake"]),
    ],
)
def test_rules_ids_and_references(at: Path, arguments: tuple[str, ...], expected: list[str]) -> None:
    assert texts_of(*arguments) == expected


def test_the_words_of_a_context_are_a_reference(small_codebook: Codebook) -> None:
    contexts = "contexts:\n- {id: boats, words: {en: [ferr*, '@league']}}\nrelevance:"
    search = build_search(parse_codebook(small_codebook.text.replace("relevance:", contexts, 1)), "@boats", Rules())
    assert search.languages == ("en",)
    assert [find.pattern for find in search.find(version_of("The League bought ferries"))] == ["the League", "ferr*"]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("grab*", "--near", "water", "--within", "2"), {"grabbed": "no: none of water within 2 words"}),
        (("filling/filling",), {"filling": "no: one of dentist* stands within 6 words"}),
        (("lake", "--exact"), {"Lake": "no: written with other capitals than 'lake'"}),
        (("filling/theft",), {"Water theft": "no: it stands in no passage: its paragraph is too short"}),
    ],
)
def test_misses_say_why(at: Path, arguments: tuple[str, ...], expected: dict[str, str]) -> None:
    found = {row["text"]: row["matches"] for row in rows_of(*arguments, "--misses") if row["matches"] != "yes"}
    assert expected.items() <= found.items()


def test_misses_are_marked_with_the_reason_below(at: Path) -> None:
    lines = invoke("terms", "kwic", "filling/filling", "--misses").stdout.splitlines()
    assert [line[:8] for line in lines] == ["- 11-21 ", " " * 8, "  11-21 "]
    assert lines[1].strip() == "no: one of dentist* stands within 6 words"
    told = invoke("terms", "kwic", "filling/filling").stderr
    assert told == "1 hit in 1 of 4 articles (en). At 1 place the words stand and do not count; --misses shows why.\n"


def test_a_wording_outside_its_dates_does_not_count(small_codebook: Codebook) -> None:
    search = build_search(small_codebook, "filling/theft", Rules())
    early = version_of("Of water theft by night", at=datetime(2025, 2, 28, tzinfo=UTC))
    assert [find.reason for find in search.find(early)] == ["not in articles of 2025-02-28, by since / until"]


def test_where_a_longer_wording_stands_another_does_not_count(small_codebook: Codebook) -> None:
    text = small_codebook.text.replace("[Upper Lake]}\n    match", "[Upper Lake, water theft of*]}\n    match")
    search = build_search(parse_codebook(text), "filling/theft", Rules())
    (find,) = search.find(version_of("Tales of water theft of old"))
    assert find.reason == "a longer or earlier wording stands there (place/upper_lake)"


def version_of(title: str, *, at: datetime = START) -> ArticleVersion:
    """An English article that is a headline."""
    return ArticleVersion(1, 1, 1, "north", None, "en", title, len(title), "", at, at)


@pytest.mark.parametrize("asked", ["filling/theft", "filling/filling", "place/upper_lake", "place/siv"])
def test_a_wording_counts_where_labelling_counts_it(at: Path, asked: str) -> None:
    codebook = load_codebook(at / "codebook.yaml")
    matcher, expected = TermMatcher(codebook), set()
    with reading(open_workspace(at).engine) as conn:
        for version in iter_texts(conn, languages=codebook.languages):
            annotation = matcher.annotate(
                version.text, language=version.language, published_on=version.first_seen_at.date()
            )
            passages = find_passages(version.text, title_end=version.title_end, language=version.language)
            expected |= {
                (version.article_id, m.start, m.end)
                for m in find_mentions(annotation, passages)
                if f"{m.referent}/{m.wording}" == asked
            }
    assert {(row["article"], row["start"], row["end"]) for row in rows_of(asked)} == expected


@pytest.mark.parametrize(
    ("arguments", "days"),
    [
        ((), [20, 21, 22, 25]),
        (("--outlet", "north-gazette-of-the-lake"), [20, 21, 22, 25]),
        (("--outlet", "baraj"), []),
        (("--lang", "hy"), []),
        (("--since", "2026-11-21"), [21, 22, 25]),
        (("--until", "2026-11-21"), [20]),
        (("--since", "2026-11-21", "--until", "2026-11-22"), [21]),
        (("--days", "4", "--now", "2026-11-26"), [22, 25]),
    ],
)
def test_scopes(at: Path, arguments: tuple[str, ...], days: list[int]) -> None:
    assert sorted({int(str(row["first_seen"])[8:10]) for row in rows_of("the", *arguments)}) == days


def test_a_time_without_a_zone_is_in_the_workspaces(at: Path) -> None:
    settings = at / "framewire.toml"
    kept = settings.read_text(encoding="utf-8")
    lines = [line for line in kept.splitlines() if not line.startswith("timezone")]
    settings.write_text("\n".join(['timezone = "Asia/Yerevan"', *lines]), encoding="utf-8")
    first = min(datetime.fromisoformat(str(row["first_seen"])) for row in rows_of("the"))
    there = first.astimezone(ZoneInfo("Asia/Yerevan")).replace(tzinfo=None)
    try:
        after = [rows_of("the", "--since", f"{there + timedelta(seconds=n):%Y-%m-%dT%H:%M:%S}") for n in (0, 1)]
    finally:
        settings.write_text(kept, encoding="utf-8")
    assert len(after[0]) == len(rows_of("the")) > len(after[1])


def test_a_limit_says_how_many_lines_it_leaves_out(at: Path) -> None:
    result = invoke("terms", "kwic", "the", "--limit", "2")
    total = len(rows_of("the"))
    assert len(result.stdout.splitlines()) == 2
    assert f"{total - 2} lines more; --limit {total} shows all." in result.stderr
    assert len(invoke("terms", "kwic", "the", "--limit", str(total)).stdout.splitlines()) == total


@pytest.mark.parametrize("side", ["left", "right"])
def test_lines_are_sorted_by_their_neighbours(at: Path, side: str) -> None:
    order = -1 if side == "left" else 0
    words = [
        str(row[side]).replace("¶", "").split()[order].strip(".,;").casefold() for row in rows_of("the", "--sort", side)
    ]
    assert words == sorted(words)
    assert len(set(words)) > 3


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("zebra",), "no hit for 'zebra' in 6 articles (en, tr, hy). A star takes other endings in, such as 'word*'"),
        (("grab*", "--near", "zebra"), "no hit for 'grab*' in 6 articles (en, tr, hy). At 2 places the words stand and do not count; --misses shows why"),
        (("the", "--since", "2027-01-01"), "no stored article is of that outlet, language and time; leave an option out"),
    ],
)  # fmt: skip
def test_nothing_found_says_what_to_try(at: Path, arguments: tuple[str, ...], told: str) -> None:
    result = invoke("terms", "kwic", *arguments)
    assert (result.exit_code, result.stdout) == (0, "")
    assert told in result.stderr
    assert rows_of(*arguments) == []


def test_an_empty_store_says_how_to_fill_it(tmp_path: Path) -> None:
    seeds = write_seeds(tmp_path / "seeds")
    assert invoke("init", str(tmp_path / "new"), "--seeds", str(seeds), "--no-train").exit_code == 0
    result = invoke("terms", "kwic", "the", "-w", str(tmp_path / "new"))
    assert result.exit_code == 0
    assert result.stderr == "no article in en, tr, hy is stored yet; `framewire run` asks the feeds.\n"


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("a*b",), 1, "'a*b': a * stands only at the start or the end of a word"),
        (("--near", "x*y", "the"), 1, "'x*y': a * stands only at the start or the end of a word"),
        (("...",), 1, "'...' has no letter or digit"),
        (("x",), 1, "'x' is no pattern: String should have at least 2 characters"),
        (("filling/thef",), 1, "unknown wording 'thef' (did you mean 'theft'?); `framewire codebook show` lists them"),
        (("filing/theft",), 1, "unknown referent 'filing' (did you mean 'filling'?)"),
        (("@norlan",), 1, "unknown reference '@norlan' (did you mean '@norland'?)"),
        (("the", "--near", "@norlan"), 1, "unknown reference '@norlan' (did you mean '@norland'?)"),
        (("the", "--lang", "ru"), 1, "unknown language 'ru' (known: en, tr, hy)"),
        (("filling/filling", "--lang", "hy"), 1, "filling/filling has no patterns in 'hy', only in: en"),
        (("the", "--outlet", "barai"), 1, "--outlet: unknown outlet 'barai' (did you mean 'baraj'?)"),
        (("the", "--within", "3"), 2, "--within says how far --near and --not-near reach"),
        (("the", "--near", "lake", "--within", "0"), 2, "--within"),
        (("the", "--days", "3", "--since", "2026-11-20"), 2, "--days and --since both say where to begin"),
        (("the", "--since", "2026-11-22", "--until", "2026-11-21"), 2, "--until 2026-11-21 00:00 is not after --since"),
    ],
)  # fmt: skip
def test_wrong_use_is_told(at: Path, arguments: tuple[str, ...], code: int, told: str) -> None:
    result = invoke("terms", "kwic", *arguments)
    assert (result.exit_code, result.stdout) == (code, "")
    assert told in result.stderr


def test_the_store_is_read_while_lines_are_taken(at: Path) -> None:
    found = Concordance(open_workspace(at), "the", rules=Rules(), scope=Scope(), width=20)
    lines = found.iter_lines()
    next(lines)
    assert found.n_searched == 1
    lines.close()


def test_texts_come_newest_article_first_and_in_their_newest_version(engine: Engine) -> None:
    def store(conn: Connection, identity: str, title: str, *, feed: Feed = NEWS, day: int = 0) -> None:
        poll(conn, entry(identity, title), feed=feed, at=START + day * DAY)

    with transaction(engine) as conn:
        store(conn, "1", "One")
        store(conn, "2", "Two", day=1)
        store(conn, "3", "Three", feed=OTHER, day=2)
        store(conn, "1", "One again", day=3)
    with reading(engine) as conn:
        assert [v.title for v in iter_texts(conn, languages=["en", "ru"])] == ["Three", "Two", "One again"]
        assert [v.title for v in iter_texts(conn, languages=["en"], until=START + DAY)] == ["One again"]
        assert [v.title for v in iter_texts(conn, languages=["en", "ru"], outlet="south")] == ["Three"]


@pytest.mark.parametrize(
    ("text", "width", "end", "start"),
    [
        ("one two three", 13, "one two three", "one two three"),
        ("one two three", 9, "two three", "one two"),
        ("one two three", 8, "three", "one two"),
        ("one two three", 2, "ee", "on"),
        ("one two ", 5, "two ", "one"),
        (" one two", 5, "two", " one"),
        ("e\u0301te\u0301 e\u0301te\u0301", 3, "e\u0301te\u0301", "e\u0301te\u0301"),
        ("漢字 漢字", 4, "漢字", "漢字"),
        ("漢字", 3, "字", "漢"),
        ("word", 0, "", ""),
    ],
)
def test_texts_are_cut_between_words(text: str, width: int, end: str, start: str) -> None:
    assert (keep_end(text, width), keep_start(text, width)) == (end, start)


def test_texts_are_put_on_one_line() -> None:
    assert on_one_line("a\n\nb \t c\u202ed\u00ad\x1b[2J") == "a ¶ b cd [2J"
    assert (pad("e\u0301", 3), pad("é", 3, to_right=True)) == ("e\u0301  ", "  é")
