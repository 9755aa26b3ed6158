"""What the tests of reviewing share: a workspace with labelled articles about the invented dam."""

import shutil
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from click.testing import Result
from sqlalchemy import delete, insert

from framewire.records import Coding, CodingOrigin, Feed, LabelledSpan, Outlet
from framewire.store import (
    add_coding,
    get_codings,
    get_labelled_spans,
    open_store,
    reading,
    sync_feed_list,
    text_hash,
    transaction,
)
from framewire.store.schema import narratives
from framewire.workflow.models import record_codebook
from framewire.workflow.run import run_label
from framewire.workflow.workspace import Workspace, open_workspace
from store_cases import entry, poll
from test_cli import NOW, invoke

AT = datetime.fromisoformat(NOW)
SOUTH = Feed("https://south.example/feed", "south", "en")
NORTH = Feed("https://north.example/feed", "north", "en")
OUTLETS = (
    Outlet("north", "The North", "norland", "XX", (NORTH,)),
    Outlet("south", "The South", "sudland", "XX", (SOUTH,)),
)
THEFT = (
    "Sudland said that Norland took the water of Sudland at Lake Siv. Farmers saw the theft of water and dry fields."
)
LAWFUL = (
    "Officials spoke of a sovereign right and lawful use of the Upper Lake dam by Norland, and denied any water theft."
)
PLAIN = "Engineers of Norland and Sudland met at Upper Lake and read the gauges of the Siv dam together on Monday."
TEXTS = (THEFT, LAWFUL, PLAIN)


def copy_watch(trained: Path, folder: Path, *, n: int = 9) -> Workspace:
    """A copy of a trained workspace with labelled articles 1 to n of two outlets, each of two passages."""
    shutil.copytree(trained, folder)
    workspace = open_workspace(folder)
    fill_watch(workspace, n=n)
    return workspace


def fill_watch(workspace: Workspace, *, n: int) -> None:
    """Stores and labels articles."""
    engine = open_store(workspace.config.database)
    with transaction(engine) as conn:
        sync_feed_list(conn, OUTLETS)
        for i in range(n):
            first, second = TEXTS[i % 3], TEXTS[(i + 1) % 3]
            words = f"gauge{i} reading{i} season{i} harvest{i} district{i} committee{i}"
            feed = (NORTH, SOUTH)[i % 2]
            body = f"{first} {words}.\n\n{second} Nothing else was said about {words} on that day."
            at = AT - timedelta(hours=5)
            poll(conn, entry(f"a{i}", f"Headline number {i} about water", body), feed=feed, at=at)
    engine.dispose()
    run_label(workspace, now=AT)


def review(watch: Workspace, *arguments: str, at: datetime = AT) -> Result:
    """Runs a command of review."""
    more = () if arguments[0] in ("list", "conflicts", "export") else ("--now", at.isoformat())
    return invoke("review", arguments[0], "-w", str(watch.config.folder), *more, *arguments[1:])


def spans_of(watch: Workspace, article: int) -> list[LabelledSpan]:
    """The passages of an article's newest version, the whole text first."""
    with reading(watch.readonly_engine) as conn:
        found = get_labelled_spans(conn, article)
    return [span for span in found if span.number == found[0].number]


def leave_open(watch: Workspace, article: int, position: int, *names: str) -> None:
    """Makes these narratives what the model left open in a passage: asserted, water theft laid to Norland."""
    span = next(one for one in spans_of(watch, article) if one.position == position)
    here = {"labelling_id": span.labelling_id, "passage": position}
    open_label = {"score": 0.3, "state": "abstained", "voice": "asserted", "evidence": []}
    with transaction(watch.engine) as conn:
        for name in names:
            conn.execute(delete(narratives).filter_by(**here, narrative=name))
            accused = "norland" if name == "water_theft" else None
            conn.execute(insert(narratives).values(**here, **open_label, narrative=name, accused=accused))


def codings_of(watch: Workspace, **wanted: Any) -> list[Coding]:
    """Every coding, oldest first."""
    with reading(watch.readonly_engine) as conn:
        return [one.coding for one in get_codings(conn, **wanted)]


def code(
    watch: Workspace,
    span: LabelledSpan,
    *,
    coder: str,
    narratives: Sequence[Any] = (),
    origin: CodingOrigin = CodingOrigin.QUEUE,
    blind: bool = True,
    relevant: bool = True,
    at: datetime = AT,
) -> None:
    """Stores a coding as it is."""
    row = record_codebook(watch, AT)
    coding = Coding(
        span.version_id,
        span.start,
        span.end,
        text_hash(span.text),
        coder,
        at,
        row,
        origin,
        blind,
        relevant,
        tuple(narratives),
        {"labelling_id": span.labelling_id, "model": span.model, **span.labels, "coding_id": None},
    )
    with transaction(watch.engine) as conn:
        assert add_coding(conn, coding)
