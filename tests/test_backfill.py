"""Backfills: archives of each form, labelled as a run labels, once each, by day; killed anywhere, they go on."""

import json
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from backfill_cases import (
    NOW,
    as_csv,
    as_jsonl,
    as_warc,
    build_articles,
    read_all,
    read_table,
    write_archive,
)
from endurance_cases import IS_SOAK
from framewire.backfill import cutting, days
from framewire.backfill import run as backfill_run
from framewire.backfill.manifest import MANIFEST, load_manifest
from framewire.backfill.run import Backfilled, BackfillOrder, run_backfill
from framewire.errors import BackfillError, InputError, ModelCodebookMismatch, ModelUntrusted, RunLocked
from framewire.store import open_store, reading
from framewire.store.schema import articles, labellings, mentions, narratives, passages, versions
from framewire.workflow.imports import ImportOrder, import_articles
from framewire.workflow.lock import hold_lock
from framewire.workflow.run import run_label
from framewire.workflow.workspace import Workspace, open_workspace
from test_cli import invoke, write_seeds

ARTICLES = build_articles(60)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with a trained model; not to be changed."""
    folder = tmp_path_factory.mktemp("trained")
    seeds = str(write_seeds(folder / "seeds"))
    result = invoke(
        "init", str(folder / "watch"), "--seeds", seeds, "--timezone", "Asia/Yerevan", "--now", NOW.isoformat()
    )
    assert result.exit_code == 0, result.output
    return folder / "watch"


@pytest.fixture
def here(trained: Path) -> Workspace:
    return open_workspace(trained)


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pieces of a size that makes several of a small archive."""
    monkeypatch.setattr(cutting, "PIECE_RECORDS", 16)
    monkeypatch.setattr(cutting, "_PIECE_OF", {"warc": 16})


def fill(here: Workspace, out: Path, *sources: object, **more: object) -> Backfilled:
    order = BackfillOrder(tuple(map(str, sources)), **more)  # type: ignore[arg-type]
    return run_backfill(here, order, out, now=NOW)


@pytest.fixture(scope="module")
def whole(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The articles as JSON Lines, backfilled without disturbance."""
    folder = tmp_path_factory.mktemp("whole")
    out = folder / "out"
    path = write_archive(folder, "jsonl", ARTICLES)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cutting, "PIECE_RECORDS", 16)
        fill(open_workspace(trained), out, path)
    return out


def without_source(rows: dict[str, list[str]]) -> dict[str, list[str]]:
    kept = [{k: v for k, v in json.loads(row).items() if k not in ("source", "line")} for row in rows["articles"]]
    return {**rows, "articles": [json.dumps(row) for row in kept]}


def test_labels_are_those_of_a_run(here: Workspace, whole: Path, tmp_path: Path, trained: Path) -> None:
    """The same archive imported and labelled by `run` has the same passages, mentions and narratives, row by row."""
    url = f"sqlite:///{tmp_path / 'copy.sqlite'}"
    (tmp_path / "copy.sqlite").write_bytes((trained / "framewire.sqlite").read_bytes())
    copy = open_workspace(trained, database=url)
    import_articles(copy, ImportOrder(write_archive(tmp_path, "jsonl", ARTICLES), "jsonl"), now=NOW)
    run_label(copy, now=NOW)
    with reading(open_store(url)) as conn:
        known = dict(
            conn.execute(
                select(labellings.c.id, articles.c.url).select_from(labellings.join(versions).join(articles))
            ).all()
        )
        stored = {
            name: Counter(
                tuple(
                    known[row.labelling_id] if c.name == "labelling_id" else str(row._mapping[c.name])
                    for c in table.c
                    if c.name != "id"
                )
                for row in conn.execute(select(table))
            )
            for name, table in (("passages", passages), ("mentions", mentions), ("narratives", narratives))
        }
    urls = {row["record"]: row["url"] for row in read_table(whole, "articles")}
    columns = {
        "passages": ("passage", "start", "end", "relevant", "relevance"),
        "narratives": ("passage", "narrative", "score", "state", "voice", "accused", "speaker", "evidence"),
        "mentions": ("passage", "referent", "wording", "start", "end", "text", "pattern", "voice", "speaker"),
    }
    for name, wanted in columns.items():
        found = Counter(
            (urls[row["record"]], *(str(row[column]) for column in wanted)) for row in read_table(whole, name)
        )
        assert found == stored[name], name
        assert found, name


def test_articles_lie_in_their_days_once(whole: Path) -> None:
    rows = read_table(whole, "articles")
    assert len(rows) == len({row["record"] for row in rows}) == len(ARTICLES)
    # Days begin at 06:00 in Yerevan, four hours ahead.
    assert all(row["day"] == str((row["published_at"] + timedelta(hours=4 - 6)).date()) for row in rows)
    assert len({row["day"] for row in rows}) > 3
    assert {row["state"] for row in rows} == {"labelled"}
    assert not (whole / ".staged").exists()


@pytest.mark.parametrize("form", ["csv", "parquet", "jsonl.gz"])
def test_every_form_gives_the_same(here: Workspace, whole: Path, tmp_path: Path, form: str) -> None:
    done = fill(here, tmp_path / "out", write_archive(tmp_path, form, ARTICLES))
    assert (done.n_articles, done.n_set_aside) == (60, 0)
    assert without_source(read_all(tmp_path / "out")) == without_source(read_all(whole))


def test_lines_are_those_of_the_file(here: Workspace, tmp_path: Path) -> None:
    path = write_archive(tmp_path, "csv", ARTICLES)
    fill(here, tmp_path / "out", path)
    lines = path.read_text().splitlines()
    for row in read_table(tmp_path / "out", "articles"):
        assert row["title"] in lines[row["line"] - 1]


def test_pages_of_a_crawl(here: Workspace, tmp_path: Path) -> None:
    bad = [
        {**ARTICLES[0], "url": "https://north.example/gone", "status": "404 Not Found"},
        {**ARTICLES[0], "url": "https://north.example/picture", "type": "image/png", "page": "\x89PNG"},
        {**ARTICLES[0], "url": "https://north.example/empty", "page": "<html><body></body></html>"},
    ]
    (tmp_path / "crawl.warc.gz").write_bytes(as_warc([*ARTICLES[:18], *bad]))
    done = fill(here, tmp_path / "out", tmp_path / "crawl.warc.gz", outlet="north")
    assert (done.n_articles, done.n_set_aside) == (18, 3)
    rows = sorted(read_table(tmp_path / "out", "articles"), key=lambda row: row["line"])
    assert [row["title"] for row in rows] == [one["title"] for one in ARTICLES[:18]]
    assert [row["published_at"].isoformat() for row in rows] == [one["published"] for one in ARTICLES[:18]]
    told = [
        json.loads(line)
        for path in (tmp_path / "out" / "set-aside").iterdir()
        for line in path.read_text().splitlines()
    ]
    assert {(one["line"], one["row"]["url"].rpartition("/")[2]) for one in told} == {
        (19, "gone"),
        (20, "picture"),
        (21, "empty"),
    }
    assert {one["reason"].partition(":")[0] for one in told} == {"answered 404", "not html", "empty"}


def test_a_crawl_that_breaks_off_is_read_as_far_as_it_goes(here: Workspace, tmp_path: Path) -> None:
    whole = as_warc(ARTICLES[:20], compressed=False)
    (tmp_path / "crawl.warc").write_bytes(whole[: len(whole) * 3 // 4] + b"\nWARC/9 no record\n")
    done = fill(here, tmp_path / "out", tmp_path / "crawl.warc")
    assert 10 < done.n_articles < 20
    assert done.n_set_aside <= 2


def test_bad_records_are_set_aside_and_the_rest_goes_on(here: Workspace, tmp_path: Path) -> None:
    lines = as_jsonl(ARTICLES[:4]).splitlines()
    lines[1:1] = [b"no json", b'{"title": "", "text": ""}', b'{"title": "\xff"}', b'{"title": "t", "url": "ftp://x"}']
    (tmp_path / "a.jsonl").write_bytes(b"\n".join(lines))
    done = fill(here, tmp_path / "out", tmp_path / "a.jsonl")
    assert (done.n_articles, done.n_set_aside) == (4, 4)
    (path,) = (tmp_path / "out" / "set-aside").iterdir()
    told = [json.loads(line) for line in path.read_text().splitlines()]
    assert [one["line"] for one in told] == [2, 3, 4, 5]
    assert told[1]["reason"] == "neither title nor text"
    assert all(one["source"] == str(tmp_path / "a.jsonl") for one in told)


def test_a_record_that_breaks_the_labeller_is_set_aside(
    here: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from framewire.label import Labeller

    label = Labeller.label_versions

    def broken(self, versions):  # type: ignore[no-untyped-def]
        if any("number 3." in version.text for version in versions):
            raise KeyError("out of order")
        return label(self, versions)

    monkeypatch.setattr(Labeller, "label_versions", broken)
    done = fill(here, tmp_path / "out", write_archive(tmp_path, "jsonl", ARTICLES[:6]))
    assert (done.n_articles, done.by_reason) == (5, {"could not be labelled (KeyError: 'out of order')": 1})


def test_doubles_count_once_and_the_first_text_of_an_article_stands(here: Workspace, tmp_path: Path) -> None:
    """Across files and pieces: the same record, the same address spelt otherwise, and the same address with other words."""
    again = {**ARTICLES[3], "url": ARTICLES[3]["url"].replace("https://", "http://www.") + "/"}
    later = {
        **ARTICLES[5],
        "text": "Quite another text stands here now, and it is long enough for a passage of its own.",
    }
    (tmp_path / "1.jsonl").write_bytes(as_jsonl(ARTICLES[:40]))
    (tmp_path / "2.jsonl").write_bytes(as_jsonl([again, ARTICLES[7], later, *ARTICLES[40:]]))
    done = fill(here, tmp_path / "out", tmp_path / "*.jsonl")
    assert (done.n_articles, done.n_doubles, done.n_versions) == (60, 2, 1)
    texts = {row["url"]: row["text_hash"] for row in read_table(tmp_path / "out", "articles")}
    assert len(texts) == 60
    fill(here, tmp_path / "first", tmp_path / "1.jsonl")
    first = {row["url"]: row["text_hash"] for row in read_table(tmp_path / "first", "articles")}
    assert texts[ARTICLES[5]["url"]] == first[ARTICLES[5]["url"]]


def test_records_without_address_are_told_apart_by_their_words(here: Workspace, tmp_path: Path) -> None:
    bare = [{k: v for k, v in one.items() if k != "url"} for one in ARTICLES[:5]]
    (tmp_path / "a.jsonl").write_bytes(as_jsonl([*bare, bare[2]]))
    done = fill(here, tmp_path / "out", tmp_path / "a.jsonl")
    assert (done.n_articles, done.n_doubles) == (5, 1)


def test_a_folder_grows_by_what_is_new(here: Workspace, whole: Path, tmp_path: Path) -> None:
    (tmp_path / "1.jsonl").write_bytes(as_jsonl(ARTICLES[:30]))
    assert fill(here, tmp_path / "out", tmp_path / "*.jsonl").n_articles == 30
    assert fill(here, tmp_path / "out", tmp_path / "*.jsonl").n_pieces == 0
    (tmp_path / "2.jsonl").write_bytes(as_jsonl(ARTICLES[20:]))
    done = fill(here, tmp_path / "out", tmp_path / "*.jsonl")
    assert (done.n_articles, done.n_doubles, done.n_held) == (30, 10, 60)
    assert without_source(read_all(tmp_path / "out")) == without_source(read_all(whole))


def test_undated_articles_lie_under_no_day(here: Workspace, tmp_path: Path) -> None:
    undated = {k: v for k, v in ARTICLES[0].items() if k != "published"}
    (tmp_path / "a.jsonl").write_bytes(as_jsonl([undated, ARTICLES[1]]))
    fill(here, tmp_path / "out", tmp_path / "a.jsonl")
    assert sorted(row["day"] for row in read_table(tmp_path / "out", "articles")) == ["2026-10-02", days.NO_DAY]
    assert days.list_days(load_manifest(tmp_path / "out")) == [date(2026, 10, 2)]


def test_texts_are_kept_only_if_they_are_wanted(here: Workspace, whole: Path, tmp_path: Path) -> None:
    fill(here, tmp_path / "out", write_archive(tmp_path, "jsonl", ARTICLES[:3]), with_text=True)
    rows = read_table(tmp_path / "out", "articles")
    assert {row["text"][: row["title_end"]] for row in rows} == {one["title"] for one in ARTICLES[:3]}
    assert "text" not in read_table(whole, "articles")[0]


def test_other_addresses_than_paths(here: Workspace, whole: Path, tmp_path: Path) -> None:
    import fsspec

    memory = fsspec.filesystem("memory")
    with memory.open("/archive/a.csv", "wb") as file:
        file.write(as_csv(ARTICLES[:30]))
    path = write_archive(tmp_path, "jsonl.gz", ARTICLES[30:])
    done = fill(here, tmp_path / "out", "memory://archive/*.csv", f"file://{path}")
    assert done.n_articles == 60
    assert without_source(read_all(tmp_path / "out")) == without_source(read_all(whole))


@pytest.mark.parametrize(
    ("name", "content", "more", "told"),
    [
        ("a.jsonl", None, {}, "No such file|no such file"),
        ("*.jsonl", None, {}, "no file is meant"),
        ("a.docx", b"PK", {}, "not to be seen from its name"),
        ("a.csv", b"", {}, "empty"),
        ("a.csv", b"x,y\n1,2\n", {}, "no column is the title"),
        ("a.jsonl", b'{"title": "t"}\n', {"columns": {"title": "titel"}}, "did you mean 'title'"),
        ("a.parquet", b"PAR1 and no more", {}, "no Parquet file"),
        ("a.warc", b"nothing of the kind\n" * 9, {}, "no WARC file"),
        ("a.jsonl.gz", b"no gzip", {}, "cannot be read"),
        ("a.json", b"{}", {}, "without a list of articles"),
        ("nosuch://x/a.csv", None, {}, "nosuch"),
        ("a.jsonl", b'{"title": "t"}\n', {"language": "english"}, "did you mean 'en'"),
    ],
)
def test_a_source_that_cannot_be_used_is_named(
    here: Workspace, tmp_path: Path, name: str, content: bytes | None, more: dict[str, object], told: str
) -> None:
    path = name if "//" in name else tmp_path / name
    if content is not None:
        Path(path).write_bytes(content)
    with pytest.raises(InputError, match=told):
        fill(here, tmp_path / "out", path, **more)
    assert not (tmp_path / "out").exists(), "nothing is begun"


def test_another_order_into_the_same_folder_is_refused(here: Workspace, whole: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="name another folder"):
        fill(here, whole, write_archive(tmp_path, "jsonl", ARTICLES), with_text=True)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("not yours")
    with pytest.raises(InputError, match="no backfill"):
        fill(here, tmp_path / "full", write_archive(tmp_path, "jsonl", ARTICLES))


def test_two_backfills_never_write_one_folder(here: Workspace, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    with hold_lock(tmp_path / "out"), pytest.raises(RunLocked):
        fill(here, tmp_path / "out", write_archive(tmp_path, "jsonl", ARTICLES))


def test_a_torn_line_of_the_manifest_counts_for_nothing(here: Workspace, whole: Path, tmp_path: Path) -> None:
    path = write_archive(tmp_path, "jsonl", ARTICLES)
    fill(here, tmp_path / "out", path)
    manifest = tmp_path / "out" / MANIFEST
    content = manifest.read_bytes()
    manifest.write_bytes(content[: content.rindex(b'"pieces"')])
    assert fill(here, tmp_path / "out", path).n_held == 60
    assert without_source(read_all(tmp_path / "out")) == without_source(read_all(whole))
    manifest.write_bytes(b"{}\n")
    with pytest.raises(InputError, match="no line of a backfill"):
        fill(here, tmp_path / "out", path)


# A backfill by a pool that waits after its first piece, until it is killed.
_WAITING = """
import json, sys, time
from pathlib import Path
sys.path[:0] = json.loads(sys.argv[1])
from framewire.backfill import cutting, run
from backfill_cases import NOW
from framewire.workflow.workspace import open_workspace
cutting.PIECE_RECORDS = 16
def wait(stage, done, total):
    if stage == "label" and done:
        print("labelled", flush=True)
        time.sleep(600)
source, watch, out = sys.argv[2:5]
order = run.BackfillOrder((source,), n_jobs=2)
run.run_backfill(open_workspace(Path(watch)), order, Path(out), now=NOW, progress=wait)
"""


def test_the_processes_of_a_killed_backfill_end_with_it(tmp_path: Path, trained: Path) -> None:
    psutil = pytest.importorskip("psutil")
    source = write_archive(tmp_path, "jsonl", ARTICLES)
    paths = json.dumps([path for path in sys.path if path])
    command = [sys.executable, "-c", _WAITING, paths, str(source), str(trained), str(tmp_path / "out")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "labelled\n"
        children = psutil.Process(process.pid).children()
        pool = [child for child in children if any("LokyProcess" in word for word in child.cmdline())]
        process.kill()
    assert len(pool) == 2
    _, alive = psutil.wait_procs(pool, timeout=30)
    assert not alive


# One process imports everything; each attempt is a fork of it, killed at its step.
_KILLED = """
import json, os, signal, sys
from pathlib import Path
sys.path[:0] = json.loads(sys.argv[1])
from framewire.backfill import cutting, run, worker
from backfill_cases import NOW
from framewire.workflow.workspace import open_workspace
cutting.PIECE_RECORDS = 16
source, watch = sys.argv[2:4]
worker.load_labeller(run.find_labels(open_workspace(Path(watch))).place)
left = [0]
def counted(function):
    def step(*args, **kwargs):
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return function(*args, **kwargs)
    return step
for line in sys.stdin:
    left[0], out = json.loads(line)
    child = os.fork()
    if not child:
        os.fsync, Path.replace, Path.unlink = map(counted, (os.fsync, Path.replace, Path.unlink))
        run.run_backfill(open_workspace(Path(watch)), run.BackfillOrder((source,)), Path(out), now=NOW)
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


@contextmanager
def killing(source: Path, watch: Path) -> Iterator[Callable[[int, Path], int]]:
    """A function that begins a backfill, kills it at a step, and gives its exit code: -9, or 0 if it had fewer steps."""
    paths = json.dumps([path for path in sys.path if path])
    command = [sys.executable, "-c", _KILLED, paths, str(source), str(watch)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin
        assert process.stdout

        def kill_at(step: int, out: Path) -> int:
            process.stdin.write(json.dumps([step, str(out)]) + "\n")
            process.stdin.flush()
            return int(process.stdout.readline())

        yield kill_at
        process.stdin.close()


def test_killed_at_any_step_it_goes_on_to_the_same(here: Workspace, whole: Path, tmp_path: Path, trained: Path) -> None:
    """Killed before a file is made durable, takes its place, or is removed: each next run is killed a little later."""
    path, out = write_archive(tmp_path, "jsonl", ARTICLES), tmp_path / "out"
    with killing(path, trained) as kill_at:
        for step in (2, 11, 40):
            assert kill_at(step, out) == -signal.SIGKILL
    fill(here, out, path)
    assert without_source(read_all(out)) == without_source(read_all(whole))
    assert not [path for path in out.rglob(".*") if path.name != ".framewire.lock"]


if IS_SOAK:

    @pytest.mark.soak
    def test_killed_at_every_step_it_goes_on_to_the_same(
        here: Workspace, whole: Path, tmp_path: Path, trained: Path
    ) -> None:
        path = write_archive(tmp_path, "jsonl", ARTICLES)
        step, ended = 0, -signal.SIGKILL
        with killing(path, trained) as kill_at:
            while ended == -signal.SIGKILL:
                step += 1
                ended = kill_at(step, tmp_path / f"out{step}")
                fill(here, tmp_path / f"out{step}", path)
                assert without_source(read_all(tmp_path / f"out{step}")) == without_source(read_all(whole)), step
        assert ended == 0
        assert step > 40


@pytest.mark.long
def test_several_processes_give_the_same(
    here: Workspace, whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[str, int, int]] = []
    order = BackfillOrder((str(write_archive(tmp_path, "jsonl", ARTICLES)),), n_jobs=2)
    run_backfill(here, order, tmp_path / "out", now=NOW, progress=lambda *step: seen.append(step))
    assert without_source(read_all(tmp_path / "out")) == without_source(read_all(whole))
    assert [step for step in seen if step[0] == "label"][-1] == ("label", 60, 60)


def test_a_process_that_dies_is_told_and_nothing_is_lost(
    here: Workspace, whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_archive(tmp_path, "jsonl", ARTICLES)

    def dying(work, job, order):  # type: ignore[no-untyped-def]
        for n, done in enumerate(iter_done(work, job, order)):
            if n == 2:
                raise BackfillError("a process died")
            yield done

    iter_done = backfill_run.iter_done
    with monkeypatch.context() as patch:
        patch.setattr(backfill_run, "iter_done", dying)
        with pytest.raises(BackfillError):
            fill(here, tmp_path / "out", path)
    assert load_manifest(tmp_path / "out").rounds == []
    assert fill(here, tmp_path / "out", path).n_pieces == 2
    assert without_source(read_all(tmp_path / "out")) == without_source(read_all(whole))


def test_a_worker_refuses_another_model_or_codebook(here: Workspace, tmp_path: Path) -> None:
    from framewire.backfill.worker import load_labeller

    place = backfill_run.find_labels(here).place
    with pytest.raises(ModelUntrusted):
        load_labeller(replace(place, model_digest="0" * 64))
    with pytest.raises(ModelCodebookMismatch):
        load_labeller(replace(place, codebook_digest="0" * 64))


def test_the_command(trained: Path, tmp_path: Path) -> None:
    path = write_archive(tmp_path, "jsonl", ARTICLES)
    arguments = (
        "backfill",
        str(path),
        "--out",
        str(tmp_path / "out"),
        "-w",
        str(trained),
        "--jobs",
        "1",
        "--now",
        NOW.isoformat(),
    )
    result = invoke(*arguments)
    assert (result.exit_code, result.output.splitlines()[0]) == (0, "60 articles labelled, 60 in all")
    assert invoke(*arguments).output.startswith("nothing new: 60 articles are labelled already")
    assert invoke(*arguments, "--dask", "tcp://127.0.0.1:1").exit_code == 2
    assert invoke("backfill", str(path), "-w", str(trained)).exit_code == 2
