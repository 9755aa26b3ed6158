"""What a workspace holds after a run, without the numbers of rows: two runs that did the same give the same."""

import re
from pathlib import Path
from typing import Any

from sqlalchemy import text

from framewire.store import check_store, open_store, reading

_VERSION = "versions v JOIN articles a ON a.id = v.article_id"
_LABELLED = f"labellings l ON l.id = x.labelling_id JOIN {_VERSION.replace(' JOIN', ' ON v.id = l.version_id JOIN', 1)}"
_QUERIES = {
    "articles": "SELECT outlet_id, url_key, language, first_seen_at, published_at, date_source FROM articles",
    "versions": f"SELECT a.url_key, v.number, v.text_hash, v.seen_at FROM {_VERSION}",
    "entries": "SELECT f.url, e.identity, e.first_seen_at, e.content_hash FROM entries e JOIN feeds f ON f.id = e.feed_id",
    "feeds": "SELECT url, etag, last_modified, body_hash, failures, last_success_at FROM feeds",
    "labellings": f"SELECT a.url_key, v.number, l.state, l.note FROM labellings l JOIN {_VERSION.replace(' JOIN', ' ON v.id = l.version_id JOIN', 1)}",
    "passages": f"SELECT a.url_key, v.number, x.position, x.span_start, x.span_end, x.relevant, x.relevance FROM passages x JOIN {_LABELLED}",
    "narratives": f"SELECT a.url_key, v.number, x.passage, x.narrative, x.score, x.state, x.voice, x.accused FROM narratives x JOIN {_LABELLED}",
    "mentions": f"SELECT a.url_key, v.number, x.passage, x.span_start, x.span_end, x.wording, x.voice FROM mentions x JOIN {_LABELLED}",
    "summaries": "SELECT day, digest FROM summaries",
}

# Passages, digests of what holds numbers, and whole articles where a summary names them.
_NUMBERED = re.compile(
    rb"\b\d+\.\d\b|\b[0-9a-f]{64}\b"
    rb"|(?<=articles show )\d+|(?<=read whole: )[\d, ]+|(?<=<b>)\d+(?=</b> )|(?<=- `)\d+(?=`)|(?<=\"where\": \")\d+(?=\")"
)

State = dict[str, list[tuple[Any, ...]]]


def read_state(url: str, folder: Path | None = None) -> State:
    """Every row that a run makes, by table, in a fixed order; with a workspace's folder also its summaries' files.

    What `framewire db check` finds, runs that are left open and files that are left half written are in it as well:
    there must be none.
    """
    engine = open_store(url)
    with reading(engine) as conn:
        state: State = {
            name: sorted(map(tuple, conn.execute(text(query))), key=repr) for name, query in _QUERIES.items()
        }
        state["open runs"] = [tuple(row) for row in conn.execute(text("SELECT id FROM runs WHERE state = 'running'"))]
    state["problems"] = [(problem,) for problem in check_store(engine)]
    engine.dispose()
    if folder is not None:
        files = sorted(path for path in (folder / "out").rglob("*") if path.is_file())
        state["files"] = [(str(path.relative_to(folder)), path.read_bytes()) for path in files]
    return state if url.startswith("sqlite") else _without_row_numbers(state)


def _without_row_numbers(state: State) -> State:
    """PostgreSQL gives the numbers of a transaction that was cut to nobody else, and a summary names articles by theirs."""
    files = [(name, _NUMBERED.sub(b"#", content)) for name, content in state.get("files", [])]
    return {**state, "files": files, "summaries": [(day,) for day, _ in state["summaries"]]}
