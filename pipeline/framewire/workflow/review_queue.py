"""What a coder is asked to code: chosen, kept, and written to a file for them."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from framewire.errors import InputError, OutputError
from framewire.files import describe_refusal, write_whole
from framewire.learn.coding_files import CodingItem, render_items, render_labelling_config
from framewire.learn.corrections import Verdict
from framewire.learn.queue import AUDIT, BLIND, MIXED, Chosen, choose_items
from framewire.learn.queue import STRATEGIES as BY_STRATEGY
from framewire.records import ArticleVersion, LabelledSpan, QueueItem, StoredCoding
from framewire.store import (
    add_queue_items,
    get_codings,
    get_labelled_spans,
    get_queue_items,
    keep_newest,
    read_texts,
    reading,
    text_hash,
    transaction,
)
from framewire.text.anchors import build_anchor
from framewire.workflow.candidates import find_candidates
from framewire.workflow.corrections import ItemId, name_spans
from framewire.workflow.questions import read_labels
from framewire.workflow.workspace import Workspace

Span = tuple[int, int, int]
LABEL_STUDIO = "label-studio"
STRATEGIES = (MIXED, *BY_STRATEGY)


def fill_queue(
    workspace: Workspace, coder: str, *, size: int, strategy: str, now: datetime, is_blind: bool = False
) -> list[QueueItem]:
    """The items that are offered to a coder now; none of them was before. `is_blind`: all without the model's labels."""
    candidates, known = find_candidates(workspace, coder, now=now)
    chosen = choose_items(candidates, known, size=size, strategy=strategy, seed=workspace.config.title)
    with transaction(workspace.engine) as conn:
        # Two batches of one second are two.
        n_batches = len({item.batch for item in get_queue_items(conn, coder=coder)})
        batch = f"{coder} {n_batches + 1}"
        items = [
            _build_item(one, (batch, coder, place), now=now, is_blind=is_blind) for place, one in enumerate(chosen, 1)
        ]
        add_queue_items(conn, items)
        return get_queue_items(conn, coder=coder, batch=batch)


def offer_audit(workspace: Workspace, articles: Sequence[int], *, day: str, now: datetime) -> int:
    """How many articles, drawn at random for a day's audit, were put into everybody's queue: whole, and blind."""
    with transaction(workspace.engine) as conn:
        spans = [get_labelled_spans(conn, article) for article in articles]
        items = [
            QueueItem(
                f"summary {day}",
                own[0].version_id,
                own[0].start,
                own[0].end,
                None,
                f"audit: drawn at random of {day}; code the whole article",
                AUDIT,
                place,
                now,
                True,
            )
            for place, own in enumerate(spans, start=1)
            if own
        ]
        return add_queue_items(conn, items)


def list_queue(workspace: Workspace, coder: str) -> list[dict[str, Any]]:
    """What was offered to a coder and is not coded yet."""
    with reading(workspace.readonly_engine) as conn:
        items = [item for item in get_queue_items(conn, coder=coder) if item.done_at is None]
        return [_as_row(item, found) for item, found in zip(items, _describe(conn, items), strict=True)]


def show_items(workspace: Workspace, items: Sequence[QueueItem]) -> list[dict[str, Any]]:
    """The items for reading: what to code, and why it is asked."""
    with reading(workspace.readonly_engine) as conn:
        return [_as_row(item, found) for item, found in zip(items, _describe(conn, items), strict=True)]


def export_items(workspace: Workspace, items: Sequence[QueueItem], path: Path, *, form: str) -> list[Path]:
    """The files that were written: the items, and for Label Studio the labelling configuration beside them.

    Raises:
        OutputError: the file is there already, or cannot be written.
    """
    with reading(workspace.readonly_engine) as conn:
        found = _describe(conn, items)
    return write_items(workspace, found, path, form=form)


def export_codings(workspace: Workspace, path: Path, *, form: str, coder: str | None = None) -> tuple[int, list[Path]]:
    """How many codings were written, the newest of each coder (or of one), and where to. Raises OutputError."""
    with reading(workspace.readonly_engine) as conn:
        codings = keep_newest(get_codings(conn, coder=coder))
        found = _describe(conn, codings)
    return len(found), write_items(workspace, found, path, form=form)


def refuse_existing(path: Path, form: str) -> None:
    """Raises OutputError if a file is there already: coders fill in what was written."""
    for target in (path, *([_config_of(path)] if form == LABEL_STUDIO else [])):
        if target.exists():
            raise OutputError(f"{target}: is there already, and may hold somebody's codings. Name another file.")
    if not path.absolute().parent.is_dir():
        raise OutputError(f"{path}: there is no folder {path.parent}. Make it, or name another file.")


def write_items(workspace: Workspace, items: Sequence[CodingItem], path: Path, *, form: str) -> list[Path]:
    """The files that were written. Raises OutputError."""
    contents = {path: render_items(items, form, workspace.codebook)}
    if form == LABEL_STUDIO:
        contents[_config_of(path)] = render_labelling_config(workspace.codebook)
    refuse_existing(path, form)
    try:
        for target, content in contents.items():
            write_whole(target, content.encode("utf-8", errors="replace"))
    except OSError as error:
        raise OutputError(describe_refusal(error, path)) from error
    return list(contents)


def _config_of(path: Path) -> Path:
    return path.with_name(f"{path.stem}.config.xml")


def _build_item(one: Chosen, place: tuple[str, str, int], *, now: datetime, is_blind: bool) -> QueueItem:
    batch, coder, position = place
    version_id, start, end = one.candidate.span
    blind = is_blind or one.strategy in BLIND or one.candidate.is_whole
    # Most reasons tell the model's label, which a blind coder must not see.
    tells = blind and one.strategy not in (*BLIND, "vocabulary")
    reason = f"{one.reason.partition(':')[0]}: shown without labels" if tells else one.reason
    return QueueItem(batch, version_id, start, end, coder, reason, one.strategy, position, now, blind)


def _describe(conn: Connection, items: Sequence[QueueItem | StoredCoding]) -> list[CodingItem]:
    """The items as they go into a file."""
    texts = read_texts(conn, [_span_of(item)[0] for item in items])
    spans: dict[int, dict[Span, LabelledSpan]] = {}
    names: dict[int, dict[Span, str]] = {}
    for article in {version.article_id for version in texts.values()}:
        names[article] = name_spans(conn, article)
        own = sorted(get_labelled_spans(conn, article), key=lambda span: span.position is None, reverse=True)
        spans[article] = {(span.version_id, span.start, span.end): span for span in own}
    found = []
    for item in items:
        version = texts[_span_of(item)[0]]
        labelled = spans[version.article_id].get(_span_of(item))
        name = names[version.article_id].get(_span_of(item), str(ItemId(version.article_id, None, None)))
        found.append(_as_file_item(item, version, name, read_labels(labelled) if labelled else None))
    return found


def _as_file_item(
    item: QueueItem | StoredCoding, version: ArticleVersion, name: str, labels: Verdict | None
) -> CodingItem:
    _, start, end = _span_of(item)
    anchor = build_anchor(version.text, start, end)
    coding = item.coding if isinstance(item, StoredCoding) else None
    return CodingItem(
        f"{name}:{text_hash(anchor.quote)[:8]}",
        anchor,
        text_hash(anchor.quote),
        version.text_hash,
        url=version.url,
        outlet=version.outlet_id,
        language=version.language,
        reason=item.reason if isinstance(item, QueueItem) else "",
        blind=coding.blind if coding else bool(isinstance(item, QueueItem) and item.blind),
        model=labels,
        verdict=Verdict(coding.relevant, coding.narratives) if coding else None,
        coder=coding.coder if coding else None,
        coded_at=coding.coded_at.isoformat() if coding else None,
        note=coding.note if coding else None,
    )


def _span_of(item: QueueItem | StoredCoding) -> Span:
    one = item.coding if isinstance(item, StoredCoding) else item
    return one.version_id, one.start, one.end


def _as_row(item: QueueItem, found: CodingItem) -> dict[str, Any]:
    return {
        "item": found.id,
        "why": item.reason,
        "outlet": found.outlet,
        "language": found.language,
        "blind": item.blind,
        "text": " ".join(found.anchor.quote.split())[:160],
    }


def refuse_no_items(coder: str, strategy: str) -> None:
    """Raises InputError: there is nothing to be offered."""
    why = (
        "no article was drawn for an audit yet; each summary draws two"
        if strategy == AUDIT
        else ("nothing on the subject of the last 28 days is left that was not offered before")
    )
    raise InputError(f"nothing to code for {coder}: {why}.")
