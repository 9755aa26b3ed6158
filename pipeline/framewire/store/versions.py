"""The wordings of an article, one after the other."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, insert, select

from framewire.records import Entry
from framewire.store.identity import Poll
from framewire.store.schema import versions
from framewire.store.writes import text_hash
from framewire.text.changes import is_trivial_change, measure_change

MAX_VERSIONS = 24
"""Versions kept of one article. Source: a page edited hourly for a day; beyond that it is a ticker or a counter."""

MAX_RETURNS = 2
"""How often one wording may stand among an article's versions: A, B, A is a step back and worth knowing; what goes on
to and fro after that is a test of headlines on readers, or two servers that are not told the same."""

FROM_PAGE = "page"
"""The source of a version whose text is that of the article's page, longer than what its feed gives."""


def get_versions(conn: Connection, article_id: int) -> Sequence[RowMapping]:
    """Every version of an article, oldest first."""
    query = select(versions).where(versions.c.article_id == article_id).order_by(versions.c.number)
    return conn.execute(query).mappings().all()


def add_version(conn: Connection, poll: Poll, known: Sequence[RowMapping], entry: Entry) -> str:
    """What became of an entry's new content: 'changed', 'trivial', 'returned', 'full' or 'unchanged'.

    Only 'changed' adds a version. 'trivial' is a change that nobody reads, 'returned' a wording that was there twice,
    'full' one too many. Where the newest text is that of the page, a feed's other teaser is no change ('unchanged'); a
    new headline comes with the page's text.
    """
    newest = known[-1]
    title, text = split_text(newest)
    if newest["source"] == FROM_PAGE:
        if is_trivial_change(title, entry.title, names=poll.outlet_names):
            return "unchanged"
        entry = Entry(entry.identity, entry.url, entry.title, text)
    if is_same_wording((title, text), (entry.title, entry.text), names=poll.outlet_names):
        return "trivial"
    written = split_text({"text": write_text(entry), "title_end": len(entry.title)})
    if [split_text(row) for row in known].count(written) >= MAX_RETURNS:
        return "returned"
    if newest["number"] >= MAX_VERSIONS:
        return "full"
    row = version_columns(newest["article_id"], newest["number"] + 1, entry, poll.seen_at)
    sizes = {
        "title_change": measure_change(title, entry.title),
        "text_change": measure_change(text, entry.text),
        "source": newest["source"],
    }
    conn.execute(insert(versions), row | sizes)
    return "changed"


def is_same_wording(old: tuple[str, str], new: tuple[str, str], *, names: Sequence[str]) -> bool:
    """Whether title and text say what they said before."""
    return all(is_trivial_change(a, b, names=names) for a, b in zip(old, new, strict=True))


def version_columns(article_id: int, number: int, entry: Entry, seen_at: datetime) -> dict[str, Any]:
    """A version of an article as columns."""
    text = write_text(entry)
    about = {"title_end": len(entry.title), "text": text, "text_hash": text_hash(text), "seen_at": seen_at}
    return {"article_id": article_id, "number": number, **about}


def write_text(entry: Entry) -> str:
    """Title, newline, text; or the title alone."""
    return f"{entry.title}\n{entry.text}" if entry.text.strip() else entry.title


def split_text(version: Any) -> tuple[str, str]:
    """Title and text of a version's row."""
    return version["text"][: version["title_end"]], version["text"][version["title_end"] :].removeprefix("\n")
