"""Numbers for Prometheus: the text format by its grammar, the names by their rules, the values by the rows."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, insert, update

from framewire.records import FeedState, PollStatus
from framewire.store import (
    StoreNumbers,
    add_labels,
    add_mail,
    claim_versions_to_label,
    finish_run,
    read_numbers,
    reading,
    record_poll,
    start_run,
    transaction,
)
from framewire.store.outbox import OutgoingMail
from framewire.store.schema import feeds, pages
from framewire.workflow.metrics import COUNTER, GAUGE, Metric, build_metrics, render_metric
from store_cases import HOUR, NOW, OTHER, WORLD, add_pair, entry, labelled, outcome, poll
from test_cli import invoke

# Source: https://prometheus.io/docs/instrumenting/exposition_formats/#text-format-details
NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
VALUE = r'"(?:[^"\\\n]|\\\\|\\"|\\n)*"'
LABEL = rf"[a-zA-Z_][a-zA-Z0-9_]*={VALUE}"
SAMPLE = re.compile(rf"({NAME})(?:\{{((?:{LABEL},?)*)\}})? (-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)")
UNITS = ("seconds", "bytes", "total", "info")
UNTOLD = ("milliseconds", "minutes", "hours", "kilobytes", "mb")


def parse(text: str) -> dict[str, tuple[str, dict[str, float]]]:
    """Kind and samples of each metric. Raises AssertionError for what Prometheus would refuse."""
    assert text.endswith("\n")
    found: dict[str, tuple[str, dict[str, float]]] = {}
    name = ""
    for line in text.splitlines():
        if line.startswith("# HELP "):
            name = line.split(" ", 3)[2]
            assert name not in found, f"{name} comes twice"
            assert line.split(" ", 3)[3]
        elif line.startswith("# TYPE "):
            assert line.split()[2] == name
            found[name] = (line.split()[3], {})
        else:
            sample = SAMPLE.fullmatch(line)
            assert sample, line
            assert sample[1] == name, "samples of a metric stand together"
            assert (sample[2] or "") not in found[name][1], f"{line} comes twice"
            found[name][1][sample[2] or ""] = float(sample[3])
    return found


@pytest.fixture
def numbers(engine: Engine) -> Iterator[StoreNumbers]:
    with transaction(engine) as conn:
        poll(conn, entry("1"), entry("2"), entry("3"))
        failed = FeedState(WORLD.url, last_polled_at=NOW, failures=2.0, next_due_at=NOW)
        told = replace(outcome(feed=WORLD), status=PollStatus.HTTP_ERROR, state=failed)
        record_poll(conn, told, run_id=None, seen_at=NOW)
        conn.execute(update(feeds).where(feeds.c.url == OTHER.url).values(listed=False))
        rows = add_pair(conn, model="book/1")
        found = claim_versions_to_label(conn, **rows, limit=2)
        add_labels(conn, [labelled(one) for one in found], **rows, labelled_at=NOW)
        daily = start_run(conn, now=NOW, window_start=NOW - HOUR, window_end=NOW)
        stages = {"fetch": {}, "run": {"seconds": 12.5}}
        finish_run(conn, daily, now=NOW, state="reduced", exit_code=3, stages=stages)
        fetch = start_run(conn, now=NOW + HOUR, window_start=None, window_end=None)
        finish_run(conn, fetch, now=NOW, state="failed", exit_code=1, stages={"error": "x"})
        add_mail(conn, [OutgoingMail("summary", "daily", "d", "a@x", "<1>", "s", b"")], now=NOW)
        page = {"state": "extracted", "message": "", "asked_at": NOW, "next_due_at": NOW, "tries": 0}
        conn.execute(insert(pages), {"article_id": 1, **page})
    with reading(engine) as conn:
        yield read_numbers(conn, now=NOW + timedelta(minutes=1))


def test_the_numbers_are_those_of_the_rows(numbers: StoreNumbers) -> None:
    assert dict(numbers.feeds) == {"ok": 1, "failing": 1, "gone": 0, "never_asked": 0, "unlisted": 1}
    assert dict(numbers.recent_polls) == {"http error": 1, "ok": 1}
    assert (numbers.feeds_due, numbers.feeds_claimed, numbers.workers, numbers.runs_going_on) == (1, 0, 0, 0)
    assert (numbers.articles, numbers.versions, numbers.unlabelled) == (3, 3, 1)
    assert dict(numbers.labellings) == {"labelled": 2}
    assert (dict(numbers.pages), numbers.pages_due, dict(numbers.mail)) == ({"extracted": 1}, 1, {"pending": 1})
    assert [(run.kind, run.state, run.seconds) for run in numbers.runs] == [
        ("daily", "reduced", 12.5),
        ("fetch", "failed", None),
    ]
    assert (numbers.last_poll_at, numbers.last_summary_at) == (NOW, None)
    assert numbers.size_bytes > 10_000


def test_the_format_is_that_of_prometheus(numbers: StoreNumbers) -> None:
    found = parse("".join(render_metric(metric) for metric in build_metrics(numbers) if metric.samples))
    assert found["framewire_articles_total"] == ("counter", {"": 3.0})
    assert found["framewire_feeds"][1]['state="failing"'] == 1.0
    assert found["framewire_last_run_success"][1] == {'kind="daily"': 1.0, 'kind="fetch"': 0.0}
    assert found["framewire_last_run_duration_seconds"][1] == {'kind="daily"': 12.5}
    assert found["framewire_last_poll_timestamp_seconds"][1] == {"": NOW.timestamp()}
    assert "framewire_last_summary_timestamp_seconds" not in found  # there is none yet
    for name, (kind, _) in found.items():
        assert name.startswith("framewire_")
        assert (kind == "counter") == name.endswith("_total"), name
        assert not name.endswith(UNTOLD)
        if "timestamp" in name or "duration" in name or "size" in name:
            assert name.endswith(UNITS)


@pytest.mark.parametrize(
    ("value", "told"), [(0.0, "0"), (12.5, "12.5"), (1_795_486_800.0, "1795486800"), (3e15, "3000000000000000")]
)
def test_values(value: float, told: str) -> None:
    assert render_metric(Metric("x", GAUGE, "X.", {(): value})).splitlines()[2] == f"framewire_x {told}"


def test_labels_are_escaped() -> None:
    metric = Metric("x_total", COUNTER, "X.", {(("name", 'a "b"\\\nc'),): 1.0})
    text = render_metric(metric)
    assert text.splitlines()[2] == r'framewire_x_total{name="a \"b\"\\\nc"} 1'
    parse(text)


@pytest.mark.parametrize("text", ['framewire_x{a="b} 1\n', "# TYPE y gauge\n", "framewire_x one\n", "framewire x 1\n"])
def test_what_is_no_exposition_is_found_out(text: str) -> None:
    with pytest.raises((AssertionError, KeyError)):
        parse(f"# HELP framewire_x X.\n# TYPE framewire_x gauge\n{text}")


def test_the_command(sqlite_path: Path) -> None:
    (sqlite_path.parent / "framewire.toml").write_text("")
    done: Any = invoke("status", "--metrics", "-w", str(sqlite_path.parent))
    assert done.exit_code == 0
    assert parse(done.stdout)["framewire_feeds"][1]['state="never_asked"'] == 3.0
