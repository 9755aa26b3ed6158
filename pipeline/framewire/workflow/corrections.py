"""Correcting labels: `fix 12.3 water_theft=asserted:norland`, `ok 12.3`, `no 12.3`; what was corrected, and where coders differ.

The model's labels stay as they are. A correction is a coding beside them; of each coder the newest counts.
"""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from framewire.errors import InputError
from framewire.learn.corrections import Verdict, apply_words, render_verdict
from framewire.records import (
    Coding,
    CodingOrigin,
    LabelledSpan,
    LabelState,
    QueueItem,
    StoredCoding,
)
from framewire.store import (
    add_coding,
    find_offered,
    get_codings,
    get_labelled_spans,
    keep_newest,
    mark_done,
    reading,
    text_hash,
    transaction,
)
from framewire.workflow.models import record_codebook
from framewire.workflow.questions import read_labels, say_no, say_yes
from framewire.workflow.workspace import Workspace

HASH_LENGTH = 8
_ID = re.compile(r"(?P<article>\d{1,9})(?:\.(?P<position>\d{1,6}))?(?::(?P<code>[0-9a-z]{4,64}))?")
_OFFERED = {"audit": CodingOrigin.AUDIT}


@dataclass(frozen=True, slots=True)
class ItemId:
    """What `12.3:0a1b2c3d` names: passage 3 of article 12, with the beginning of its text's hash. No position = all of it."""

    article_id: int
    position: int | None
    code: str | None

    def __str__(self) -> str:
        return f"{self.article_id}" if self.position is None else f"{self.article_id}.{self.position}"


@dataclass(frozen=True, slots=True)
class Correction:
    """What a correction came to. `is_new` is False if the coder had said the same before."""

    item: str
    coder: str
    before: str
    after: str
    is_new: bool

    def __str__(self) -> str:
        if not self.is_new:
            return f"{self.item}  {self.coder} said so already: {self.after}"
        return f"{self.item}  {self.after}  (was: {self.before})"


@dataclass(frozen=True, slots=True)
class Said:
    """Who says something of a span, when, and by which way it came.

    Without `words` and `verdict` it is a yes to what is asked, or with `is_no` a no. `asked` is the narrative that was
    asked by name; None = whatever is left open there.
    """

    coder: str
    at: datetime
    origin: CodingOrigin
    words: tuple[str, ...] | None = None
    verdict: Verdict | None = None
    is_no: bool = False
    asked: str | None = None
    blind: bool = False
    note: str | None = None


def parse_id(text: str) -> ItemId:
    """The item that a text names. Raises InputError."""
    match = _ID.fullmatch(text.strip().lower())
    if not match:
        raise InputError(
            f"'{text}' names no item; write article.passage as the summary shows it, such as 12.3 (12 for a whole article)"
        )
    position = match["position"]
    return ItemId(int(match["article"]), int(position) if position else None, match["code"])


def find_span(conn: Connection, item: ItemId) -> LabelledSpan:
    """The passage, or the whole article, that an id names: of the newest version, or of the one that its code fits.

    Raises:
        InputError: there is none, or its text has changed since.
    """
    spans = get_labelled_spans(conn, item.article_id)
    if not spans:
        raise InputError(f"there is no labelled article {item.article_id}; `framewire articles list` shows the numbers")
    here = [span for span in spans if span.position == item.position]
    if item.code is not None:
        fitting = [span for span in here if text_hash(span.text).startswith(item.code)]
        if not fitting:
            raise InputError(f"{item}: the text is another than that of code {item.code}; look at it again")
        return fitting[0]
    newest = [span for span in here if span.number == spans[0].number]
    if not newest:
        last = max(span.position for span in spans if span.number == spans[0].number and span.position is not None)
        raise InputError(
            f"article {item.article_id} has no passage {item.position}; its last one is {item.article_id}.{last}"
        )
    return newest[0]


def correct(workspace: Workspace, item_id: str, said: Said) -> Correction:
    """What became of a coder's word on an item.

    Raises:
        InputError: there is no such item, or the word cannot be understood.
    """
    item = parse_id(item_id)
    row_id = record_codebook(workspace, said.at)
    with transaction(workspace.engine) as conn:
        return store_word(conn, workspace, (str(item), find_span(conn, item)), said, codebook_row_id=row_id)


def store_word(
    conn: Connection, workspace: Workspace, place: tuple[str, LabelledSpan], said: Said, *, codebook_row_id: int
) -> Correction:
    """The same for a span that is found already, inside a transaction. Raises InputError."""
    name, span = place
    every = list_own(conn, span, said.coder)
    # The same word of the same moment, taken in again: what it changed is changed.
    if same := next((one for one in every if one.coding.coded_at == said.at), None):
        told = render_verdict(verdict_of(same.coding))
        return Correction(name, said.coder, told, told, is_new=False)
    own = every[-1] if every and not every[-1].coding.is_withdrawal else None
    offered = find_offered(conn, said.coder, (span.version_id, span.start, span.end))
    is_blind = said.blind or bool(offered and offered.blind and own is None)
    verdict = _find_verdict(workspace, span, said, own=own, is_blind=is_blind, name=name)
    before = render_verdict(verdict_of(own.coding) if own else read_labels(span))
    after = render_verdict(verdict)
    if own and after == before and own.coding.note == said.note and _is_heard(own, said):
        return Correction(name, said.coder, before, after, is_new=False)
    coding = Coding(
        span.version_id,
        span.start,
        span.end,
        text_hash(span.text),
        said.coder,
        said.at,
        codebook_row_id,
        _find_origin(said, offered),
        is_blind,
        verdict.relevant,
        verdict.narratives,
        {"labelling_id": span.labelling_id, "model": span.model, **span.labels, "coding_id": own.id if own else None},
        said.note,
    )
    is_new = add_coding(conn, coding)
    mark_done(conn, said.coder, (span.version_id, span.start, span.end), now=said.at)
    return Correction(name, said.coder, before, after, is_new)


def _is_heard(own: StoredCoding, said: Said) -> bool:
    """Whether the same word is nothing new. Who decides between coders may repeat what they said as one of them."""
    decides = CodingOrigin.ADJUDICATION
    return said.origin is not decides or own.coding.origin is decides


def list_corrections(workspace: Workspace, *, coder: str | None = None) -> list[dict[str, Any]]:
    """Every coder's newest codings, newest first: what they say and what was there."""
    with reading(workspace.engine) as conn:
        found = keep_newest(get_codings(conn, coder=coder))
        names = {article: name_spans(conn, article) for article in {one.article_id for one in found}}
    return [_as_row(one, names[one.article_id]) for one in reversed(found)]


def list_conflicts(workspace: Workspace) -> list[dict[str, Any]]:
    """The newest codings of spans on which coders differ and nobody has decided since, span by span."""
    with reading(workspace.engine) as conn:
        differing = find_differing(get_codings(conn))
        names = {article: name_spans(conn, article) for article in {own[0].article_id for own in differing}}
    return [_as_row(one, names[one.article_id]) for own in differing for one in own]


def find_differing(codings: Sequence[StoredCoding]) -> list[list[StoredCoding]]:
    """What coders said who differ on a span, span by span; not where somebody decided after the last of them.

    `codings` are oldest first.
    """
    decided = {_place(one): one.coding.coded_at for one in keep_newest(filter(_decides, codings))}
    together: dict[tuple[int, int, int], list[StoredCoding]] = defaultdict(list)
    for one in keep_newest(one for one in codings if not _decides(one)):
        together[_place(one)].append(one)
    return [
        own
        for place, own in together.items()
        if len({render_verdict(verdict_of(one.coding)) for one in own}) > 1
        and not (place in decided and decided[place] >= own[-1].coding.coded_at)
    ]


def _decides(one: StoredCoding) -> bool:
    return one.coding.origin is CodingOrigin.ADJUDICATION


def _place(one: StoredCoding) -> tuple[int, int, int]:
    return one.coding.version_id, one.coding.start, one.coding.end


def name_spans(conn: Connection, article_id: int) -> dict[tuple[int, int, int], str]:
    """The ids of an article's spans, `12.3` or `12`, by version, start and end."""
    spans = get_labelled_spans(conn, article_id)
    return {
        (span.version_id, span.start, span.end): str(ItemId(article_id, span.position, None))
        for span in sorted(spans, key=lambda span: span.position is None, reverse=True)
    }


def describe_codings(conn: Connection, article_id: int) -> dict[str, list[dict[str, Any]]]:
    """The newest coding of each coder by the hash of the text that it is about, whichever version that stands in."""
    told: dict[str, dict[str, dict[str, Any]]] = defaultdict(dict)
    for one in keep_newest(get_codings(conn, article_id=article_id)):
        coding = one.coding
        told[coding.text_hash][coding.coder] = {
            "coder": coding.coder,
            "coded_at": coding.coded_at.isoformat(timespec="minutes"),
            "origin": coding.origin.value,
            "says": render_verdict(verdict_of(coding)),
            "relevant": coding.relevant,
            "narratives": [{"id": n.id, "voice": n.voice.value, "accused": n.accused} for n in coding.narratives],
            "note": coding.note,
        }
    return {key: list(by_coder.values()) for key, by_coder in told.items()}


def list_own(conn: Connection, span: LabelledSpan, coder: str) -> list[StoredCoding]:
    """What this coder said of the span, oldest first."""
    place = (span.version_id, span.start, span.end)
    found = get_codings(conn, coder=coder, version_id=span.version_id)
    return [one for one in found if (one.coding.version_id, one.coding.start, one.coding.end) == place]


def _find_verdict(
    workspace: Workspace, span: LabelledSpan, said: Said, *, own: StoredCoding | None, is_blind: bool, name: str
) -> Verdict:
    """What is said now. Of a blind item nothing is there to begin from, and nothing to be confirmed."""
    if said.verdict is not None:
        return said.verdict
    if own is None and is_blind and said.words is None:
        raise InputError(
            f"{name} is coded blind, so there is no label to confirm; say what it carries, or none, or irrelevant"
        )
    found = verdict_of(own.coding) if own else Verdict(True) if is_blind else read_labels(span)
    before = replace_unknown(found, workspace)
    if said.words is not None:
        return apply_words(before, said.words, workspace.codebook)
    if said.is_no:
        return say_no(before, span, name=name, asked=said.asked)
    return say_yes(before, span, workspace.codebook, name=name, asked=said.asked)


def replace_unknown(verdict: Verdict, workspace: Workspace) -> Verdict:
    """The verdict without narratives that the codebook no longer has."""
    known = workspace.codebook.narrative_ids
    return verdict._replace(narratives=tuple(one for one in verdict.narratives if one.id in known))


def _find_origin(said: Said, offered: QueueItem | None) -> CodingOrigin:
    """An audited item stays one however the answer comes: the shares are corrected by these."""
    if said.origin is CodingOrigin.ADJUDICATION:
        return said.origin
    return _OFFERED.get(offered.strategy, said.origin) if offered else said.origin


def verdict_of(coding: Coding) -> Verdict:
    """What a coding says."""
    return Verdict(coding.relevant, coding.narratives)


def _as_row(one: StoredCoding, names: dict[tuple[int, int, int], str]) -> dict[str, Any]:
    coding = one.coding
    was = [
        label["id"] for label in coding.replaces.get("narratives", []) if label["state"] != LabelState.ABSTAINED.value
    ]
    return {
        "item": names.get((coding.version_id, coding.start, coding.end), f"{one.article_id} (earlier passage)"),
        "coder": coding.coder,
        "coded_at": coding.coded_at.isoformat(timespec="seconds"),
        "says": render_verdict(verdict_of(coding)),
        "model_said": (", ".join(was) or "none") if coding.replaces.get("relevant") else "irrelevant",
        "origin": coding.origin.value,
        "blind": coding.blind,
        "note": coding.note,
        "text": " ".join(one.text.split())[:80],
    }


def join_words(words: Sequence[str]) -> tuple[str, ...]:
    """The words of a correction, commas and semicolons taken for space."""
    return tuple(" ".join(words).replace(",", " ").replace(";", " ").split())
