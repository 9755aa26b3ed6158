"""A coder's word from a page: stored, taken back, and decided where coders differ. Nothing is overwritten."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from framewire.errors import InputError
from framewire.learn.corrections import Verdict, parse_verdict, render_verdict
from framewire.records import WITHDRAWN, Coding, CodingOrigin, StoredCoding
from framewire.store import (
    add_coding,
    get_codings,
    get_labelled_spans,
    keep_newest,
    mark_open,
    read_texts,
    reading,
    transaction,
)
from framewire.workflow.corrections import (
    Correction,
    Said,
    find_differing,
    find_span,
    list_own,
    parse_id,
    store_word,
    verdict_of,
)
from framewire.workflow.models import record_codebook
from framewire.workflow.review_items import Place, ReviewItem, get_item
from framewire.workflow.workspace import Workspace

TAKES_BACK = "takes_back"
"""The key in `replaces` of a coding that takes another back: which one. With `withdrawn` nothing counts instead."""


@dataclass(frozen=True, slots=True)
class SavedCoding:
    """A coding that counts now, by its number, and what it came to. `is_new` is False if the coder had said the same."""

    id: int
    item: str
    says: str
    is_new: bool


@dataclass(frozen=True, slots=True)
class TakenBack:
    """What taking back came to: the item, and what the coder had said before that counts again (None if nothing).

    `restored` is the coding that says so now, `superseded` the one that said it first.
    """

    item: str
    restored: int | None
    superseded: int | None


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A span on which coders differ, without the model's labels, and what each of them says, oldest first."""

    item: ReviewItem
    codings: tuple[StoredCoding, ...]


def parse_said(workspace: Workspace, text: str) -> Verdict:
    """What a form says: `none`, `irrelevant`, or all narratives with voice and accused side. Raises InputError."""
    return parse_verdict(text, workspace.codebook)


def save_word(workspace: Workspace, item_id: str, said: Said) -> SavedCoding:
    """The coding that counts after a coder's word on an item.

    Raises:
        InputError: there is no such item, or the word cannot be understood.
    """
    row_id = record_codebook(workspace, said.at)
    item = parse_id(item_id)
    with transaction(workspace.engine) as conn:
        span = find_span(conn, item)
        done: Correction = store_word(conn, workspace, (str(item), span), said, codebook_row_id=row_id)
        return SavedCoding(list_own(conn, span, said.coder)[-1].id, done.item, done.after, done.is_new)


def save_words(workspace: Workspace, said: Sequence[tuple[str, str, Said]]) -> list[SavedCoding]:
    """The codings that count after (where, item, word) of several: all are stored, or none.

    Raises:
        InputError: there is no such item, or it is named twice; says where.
    """
    if not said:
        return []
    row_id = record_codebook(workspace, said[0][2].at)
    seen: dict[tuple[int, int, int], str] = {}
    saved = []
    with transaction(workspace.engine) as conn:
        for where, item_id, word in said:
            try:
                item = parse_id(item_id)
                span = find_span(conn, item)
            except InputError as error:
                raise InputError(f"{where}, column item: {error}") from error
            place = (span.version_id, span.start, span.end)
            if place in seen:
                raise InputError(f"{where}, column item: {item} stands in {seen[place]} already; say it once")
            seen[place] = where
            done = store_word(conn, workspace, (str(item), span), word, codebook_row_id=row_id)
            saved.append(SavedCoding(list_own(conn, span, word.coder)[-1].id, done.item, done.after, done.is_new))
    return saved


def take_back(workspace: Workspace, coding_id: int, coder: str, *, now: datetime) -> TakenBack:
    """What counts after a coder took their newest word on a span back. It stays in the store; what they said before counts.

    Raises:
        InputError: it is not theirs, or not their newest of this span.
    """
    with transaction(workspace.engine) as conn:
        last, before = _find_last(conn, coding_id, coder)
        if not add_coding(conn, _withdraw(last, before, now=now)):
            raise InputError("something was said of this passage at this very moment; try again")
        if before is None:
            mark_open(conn, coder, (last.coding.version_id, last.coding.start, last.coding.end))
        restored = _list_own_at(conn, last)[-1].id if before else None
        return TakenBack(_name(conn, last), restored, before.id if before else None)


def describe_saved(workspace: Workspace, coding_id: int, coder: str) -> SavedCoding | None:
    """A coding of a coder that still counts; None if it does not any more."""
    with reading(workspace.readonly_engine) as conn:
        own = keep_newest(get_codings(conn, coder=coder))
        one = next((one for one in own if one.id == coding_id), None)
        return SavedCoding(one.id, _name(conn, one), render_says(one), is_new=False) if one else None


def list_disagreements(workspace: Workspace) -> list[Disagreement]:
    """Every span on which coders differ and nobody has decided since, oldest first."""
    with reading(workspace.readonly_engine) as conn:
        differing = find_differing(get_codings(conn))
        named = [(_name(conn, own[0]), tuple(own)) for own in differing]
    return [Disagreement(get_item(workspace, name, "", hides=True), own) for name, own in named]


def count_disagreements(workspace: Workspace) -> int:
    """On how many spans coders differ and nobody has decided since."""
    with reading(workspace.readonly_engine) as conn:
        return len(find_differing(get_codings(conn)))


def get_disagreement(workspace: Workspace, item_id: str) -> Disagreement:
    """What coders say of an item on which they differ. Raises InputError if they do not, or somebody has decided."""
    wanted = parse_id(item_id)
    with reading(workspace.readonly_engine) as conn:
        span = find_span(conn, wanted)
        place = (span.version_id, span.start, span.end)
        differing = find_differing(get_codings(conn, version_id=span.version_id))
    for own in differing:
        coding = own[0].coding
        if (coding.version_id, coding.start, coding.end) == place:
            return Disagreement(get_item(workspace, item_id, "", hides=True), tuple(own))
    raise InputError(f"{wanted}: no disagreement is open here; somebody has decided, or the coders agree")


def decide(workspace: Workspace, item_id: str, said: Said) -> SavedCoding:
    """The coding that settles a disagreement. It is blind unless who decides had seen the model's labels as a coder.

    Raises:
        InputError: no disagreement is open there, or the word cannot be understood.
    """
    seen = any(
        one.coding.coder == said.coder and not one.coding.blind for one in get_disagreement(workspace, item_id).codings
    )
    return save_word(workspace, item_id, replace(said, origin=CodingOrigin.ADJUDICATION, blind=not seen))


def render_says(one: StoredCoding) -> str:
    """What a coding says, in words."""
    return render_verdict(verdict_of(one.coding))


def _find_last(conn: Connection, coding_id: int, coder: str) -> tuple[StoredCoding, StoredCoding | None]:
    """The coding that is wanted, which counts now, and what counted before it (None if nothing). Raises InputError."""
    wanted = next((one for one in get_codings(conn, coder=coder) if one.id == coding_id), None)
    if wanted is None:
        raise InputError("there is nothing of yours to take back")
    counted = _replay(_list_own_at(conn, wanted))
    if not counted or counted[-1].id != coding_id:
        raise InputError("you have said something else of this passage since; look at it again")
    return counted[-1], counted[-2] if len(counted) > 1 else None


def _replay(own: Sequence[StoredCoding]) -> list[StoredCoding]:
    """The codings of one coder and span that would count one after the other, if each in turn were taken back."""
    counted: list[StoredCoding] = []
    for one in own:
        if TAKES_BACK not in one.coding.replaces:
            counted.append(one)
            continue
        del counted[-1:]
        if not one.coding.is_withdrawal:
            counted[-1:] = [one]
    return counted


def _list_own_at(conn: Connection, one: StoredCoding) -> list[StoredCoding]:
    found = get_codings(conn, coder=one.coding.coder, version_id=one.coding.version_id)
    return [it for it in found if (it.coding.start, it.coding.end) == (one.coding.start, one.coding.end)]


def _withdraw(last: StoredCoding, before: StoredCoding | None, *, now: datetime) -> Coding:
    """The coding that takes `last` back: what was said before it once more, else nothing at all."""
    replaced = {**last.coding.replaces, "coding_id": last.id, TAKES_BACK: last.id}
    if before is not None:
        return replace(before.coding, coded_at=now, replaces=replaced)
    # It keeps origin and blindness, so that whoever looks at codings of one kind sees that it is taken back.
    return replace(last.coding, coded_at=now, narratives=(), note=None, replaces={**replaced, WITHDRAWN: True})


def _name(conn: Connection, one: StoredCoding) -> str:
    """The id of the item that a coding is about, with its code."""
    coding = one.coding
    spans = sorted(get_labelled_spans(conn, one.article_id), key=lambda span: span.position is not None)
    here = {(span.version_id, span.start, span.end): span for span in spans}
    span = here.get((coding.version_id, coding.start, coding.end))
    if span is None:
        return str(one.article_id)
    return Place(read_texts(conn, [coding.version_id])[coding.version_id], span).name
