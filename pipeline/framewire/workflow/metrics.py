"""The state of the watch as Prometheus reads it: the text format, for node_exporter's textfile collector or a web server.

Source: https://prometheus.io/docs/instrumenting/exposition_formats/ and the naming rules beside it: base units, `_total`
for what only grows, times as seconds since 1970, so that an age is `time() - x`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

import framewire
from framewire.store import StoreNumbers, read_numbers, reading
from framewire.store.schema import REVISIONS
from framewire.workflow.workspace import Workspace

PREFIX = "framewire_"
GAUGE, COUNTER = "gauge", "counter"

_Samples = Mapping[tuple[tuple[str, str], ...], float]


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric: name without prefix, kind, what it says, and its samples by labels."""

    name: str
    kind: str
    about: str
    samples: _Samples


def render_metrics(workspace: Workspace, *, now: datetime) -> str:
    """All metrics of the workspace's store."""
    with reading(workspace.engine) as conn:
        numbers = read_numbers(conn, now=now)
    return "".join(render_metric(metric) for metric in build_metrics(numbers) if metric.samples)


def render_metric(metric: Metric) -> str:
    """A metric with its two comment lines."""
    name = PREFIX + metric.name
    lines = [f"# HELP {name} {metric.about}", f"# TYPE {name} {metric.kind}"]
    for labels, value in metric.samples.items():
        told = ",".join(f'{key}="{_escape(text)}"' for key, text in labels)
        lines.append(f"{name}{{{told}}} {_say(value)}" if told else f"{name} {_say(value)}")
    return "\n".join(lines) + "\n"


def build_metrics(numbers: StoreNumbers) -> Iterator[Metric]:
    """Every metric; those of what does not exist yet have no sample."""
    about: _Samples = {(("version", framewire.__version__), ("schema", REVISIONS[-1])): 1.0}
    yield Metric("build_info", GAUGE, "The Framewire that tells this, and the schema of its database.", about)
    yield from _build_collecting(numbers)
    yield from _build_labelling(numbers)
    yield from _build_runs(numbers)
    yield _one("database_size_bytes", "Room that the database takes.", numbers.size_bytes)


def _build_collecting(numbers: StoreNumbers) -> Iterator[Metric]:
    yield Metric("feeds", GAUGE, "Feeds by state.", _by("state", numbers.feeds))
    yield _one("feeds_due", "Listed feeds whose time to be asked has come.", numbers.feeds_due)
    yield _one("feeds_claimed", "Feeds that a host on a shared database asks now.", numbers.feeds_claimed)
    yield Metric("recent_polls", GAUGE, "Polls of the last 24 hours by outcome.", _by("status", numbers.recent_polls))
    yield _time("last_poll_timestamp_seconds", "When a feed was asked last.", numbers.last_poll_at)
    yield _total("articles_total", "Articles that are stored.", numbers.articles)
    yield _total("article_versions_total", "Versions of articles that are stored.", numbers.versions)
    yield Metric("pages", GAUGE, "Articles' pages by state.", _by("state", numbers.pages))
    yield _one("pages_due", "Articles' pages that are to be asked for again now.", numbers.pages_due)


def _build_labelling(numbers: StoreNumbers) -> Iterator[Metric]:
    yield Metric("labellings_total", COUNTER, "Labellings of articles by state.", _by("state", numbers.labellings))
    yield Metric("narratives_total", COUNTER, "Narratives on passages by state.", _by("state", numbers.narratives))
    yield _one("articles_unlabelled", "Articles that wait for labels.", numbers.unlabelled)
    yield _one("review_items_open", "Passages that wait for a coder.", numbers.review_items_open)
    yield Metric("mails", GAUGE, "Messages of the outbox by state.", _by("state", numbers.mail))


def _build_runs(numbers: StoreNumbers) -> Iterator[Metric]:
    ended = {run.kind: run for run in numbers.runs}
    begun = {name: run.started_at.timestamp() for name, run in ended.items()}
    took = {name: run.seconds for name, run in ended.items() if run.seconds is not None}
    good = {name: float(run.state in ("done", "reduced")) for name, run in ended.items()}
    yield Metric("last_run_timestamp_seconds", GAUGE, "When the latest ended run began.", _by("kind", begun))
    yield Metric("last_run_duration_seconds", GAUGE, "How long the latest ended run took.", _by("kind", took))
    yield Metric("last_run_success", GAUGE, "1 if the latest ended run was done, 0 if it failed.", _by("kind", good))
    yield _time("last_summary_timestamp_seconds", "When a summary was made last.", numbers.last_summary_at)
    yield _one("runs_going_on", "Runs that have begun and not ended.", numbers.runs_going_on)
    yield _one("workers", "Processes with a lease on a shared database.", numbers.workers)


def _by(label: str, values: Mapping[str, float]) -> _Samples:
    return {((label, name),): float(value) for name, value in values.items()}


def _one(name: str, about: str, value: float) -> Metric:
    return Metric(name, GAUGE, about, {(): float(value)})


def _total(name: str, about: str, value: float) -> Metric:
    return Metric(name, COUNTER, about, {(): float(value)})


def _time(name: str, about: str, moment: datetime | None) -> Metric:
    return Metric(name, GAUGE, about, {} if moment is None else {(): moment.timestamp()})


def _say(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(value)


def _escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')
