"""Codings out of a file into the store: each is found again in the text it is about, or refused with its line."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection

from framewire.errors import InputError
from framewire.files import read_text
from framewire.learn.coding_files import FORMATS, CodingItem
from framewire.learn.coding_input import Fault, ReadItem, guess_format, read_items
from framewire.records import CodingOrigin, LabelledSpan
from framewire.store import find_articles_with, get_labelled_spans, text_hash, transaction
from framewire.text.anchors import find_anchor
from framewire.workflow.corrections import Correction, Said, parse_id, store_word
from framewire.workflow.models import record_codebook
from framewire.workflow.workspace import Workspace


@dataclass(slots=True)
class Imported:
    """What became of a file: codings that are new or were known, items without a coding, those found elsewhere, faults."""

    new: list[Correction] = field(default_factory=list)
    known: int = 0
    left_open: int = 0
    moved: int = 0
    faults: list[Fault] = field(default_factory=list)


def import_codings(workspace: Workspace, path: Path, *, coder: str, now: datetime, form: str | None = None) -> Imported:
    """What became of the file's codings. Lines that can be used are stored, others are told with their number.

    Raises:
        InputError: the file cannot be read, or is of no known format.
    """
    text = read_text(path, error=InputError, missing="Name the file that a coder has filled in.")
    if form is not None and form not in FORMATS:
        raise InputError(f"no format is called '{form}'; there are {', '.join(FORMATS)}")
    try:
        items, faults = read_items(text, form or guess_format(text), workspace.codebook)
    except InputError as error:
        raise InputError(f"{path}: {error}") from error
    row_id = record_codebook(workspace, now)
    done = Imported(faults=faults)
    with transaction(workspace.engine) as conn:
        for read in items:
            try:
                _import_one(conn, workspace, read, (coder, now, row_id), done)
            except InputError as error:
                done.faults.append(Fault(read.line, str(error)))
    done.faults.sort()
    return done


def _import_one(
    conn: Connection, workspace: Workspace, read: ReadItem, by: tuple[str, datetime, int], done: Imported
) -> None:
    coder, now, row_id = by
    item = read.item
    if item.verdict is None:
        done.left_open += 1
        return
    if item.coder not in (None, coder):
        raise InputError(f"coded by '{item.coder}', and the file is imported as '{coder}'; name the right one")
    span, has_moved = find_item(conn, item)
    said = Said(coder, _find_time(item, now), CodingOrigin.FILE, verdict=item.verdict, blind=False, note=item.note)
    found = store_word(conn, workspace, (item.id, span), said, codebook_row_id=row_id)
    done.moved += has_moved
    if found.is_new:
        done.new.append(found)
    else:
        done.known += 1


def find_item(conn: Connection, item: CodingItem) -> tuple[LabelledSpan, bool]:
    """The span that an item is about, and whether it stands elsewhere than it did.

    Raises:
        InputError: its text is in no version of the article, or no passage of it.
    """
    for version_id, spans in _list_versions(conn, item):
        text = next(span.text for span in spans if span.position is None)
        found = find_anchor(text, item.anchor)
        if found is None:
            continue
        match = next(
            (span for span in spans if (span.start, span.end) == found and span.version_id == version_id), None
        )
        if match:
            same = (item.anchor.start, item.anchor.end) == found and item.text_hash == text_hash(match.text)
            return match, not same
    quote = " ".join(item.anchor.quote.split())
    shown = f"{quote[:60]}…" if len(quote) > 60 else quote
    raise InputError(
        f"{item.id or 'no id'}: its text is no passage of a stored article any more, or was edited in the file: '{shown}'"
    )


def _list_versions(conn: Connection, item: CodingItem) -> Iterator[tuple[int, list[LabelledSpan]]]:
    """The versions that an item may be about: of this very text, at this address, of this number; newest first."""
    try:
        number = parse_id(item.id).article_id
    except InputError:
        number = None
    articles = find_articles_with(conn, text_hash=item.version_hash, url=item.url)
    seen: set[int] = set()
    for article in [*articles, *([number] if number is not None else [])]:
        if article in seen:
            continue
        seen.add(article)
        spans = get_labelled_spans(conn, article)
        for version_id in dict.fromkeys(span.version_id for span in spans):
            yield version_id, [span for span in spans if span.version_id == version_id]


def _find_time(item: CodingItem, now: datetime) -> datetime:
    """When it was coded: as the file says, else now. A time without zone is UTC; one that is still to come is not believed."""
    if item.coded_at is None:
        return now
    try:
        moment = datetime.fromisoformat(str(item.coded_at))
    except ValueError as error:
        raise InputError(f"'{item.coded_at}' is no time such as 2026-11-24T06:30:00+04:00 (ISO 8601)") from error
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return min(moment.astimezone(UTC), now)
