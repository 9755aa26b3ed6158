"""A passage as a coder gets it: in its context, with what is known of it, and without labels where they must not see them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from framewire.errors import InputError
from framewire.learn.corrections import Verdict
from framewire.records import ArticleVersion, LabelledSpan, QueueItem, StoredCoding
from framewire.store import (
    find_offered,
    get_labelled_spans,
    get_queue_items,
    list_outlets,
    read_texts,
    reading,
    text_hash,
)
from framewire.summarise.excerpts import clean_line
from framewire.workflow.corrections import (
    HASH_LENGTH,
    ItemId,
    find_span,
    list_own,
    parse_id,
    replace_unknown,
    verdict_of,
)
from framewire.workflow.questions import find_open, read_labels
from framewire.workflow.workspace import Workspace

# The reasons that tell no label of the model.
_TELL_NO_LABEL = ("audit", "new words", "second coding")


@dataclass(frozen=True, slots=True)
class Place:
    """A span and the version in which it stands."""

    version: ArticleVersion
    span: LabelledSpan

    @property
    def name(self) -> str:
        """Its id with the beginning of its text's hash, by which it is found again in whichever version: `12.3:0a1b2c3d`."""
        item = ItemId(self.version.article_id, self.span.position, None)
        return f"{item}:{text_hash(self.span.text)[:HASH_LENGTH]}"


@dataclass(frozen=True, slots=True)
class ReviewItem:
    """A passage, or a whole article, that a coder looks at.

    `before` and `after` are what stands around `text`. `labels` are the model's, None if the coder must not see them, and
    so is what `verdict` begins with: the coder's own word, else what the model assigned; nothing, too, where it assigned
    none and left some open, since that is no answer.
    """

    id: str
    article: int
    is_whole: bool
    version: ArticleVersion
    outlet: str
    group: str
    before: str
    text: str
    after: str
    reason: str
    labels: tuple[dict[str, Any], ...] | None
    verdict: Verdict | None
    is_coded: bool

    @property
    def headline(self) -> str:
        """The article's headline if the passage begins with it, else ''."""
        title = self.version.title
        return title if self.text.startswith(title) else ""

    @property
    def is_blind(self) -> bool:
        """Whether the model's labels are kept back."""
        return self.labels is None

    @property
    def left_open(self) -> tuple[dict[str, Any], ...]:
        """The labels that the model left open and this coder has not answered."""
        return () if self.is_coded else tuple(find_open(self.labels or ()))


@dataclass(frozen=True, slots=True)
class QueueState:
    """The next item of a coder's queue (None if none waits), how many wait, and how many of these were passed over."""

    item: ReviewItem | None
    n_open: int = 0
    n_skipped: int = 0


def find_next(
    workspace: Workspace, coder: str, *, after: str = "", hides: bool = False, seen: Sequence[str] = ()
) -> QueueState:
    """What a coder is to code next: their own items, then those that everybody is asked.

    Args:
        workspace: whose.
        coder: who.
        after: the item that was coded or passed over last; those behind it come first, so what is skipped comes last.
        hides: the coder wants to see no labels.
        seen: the items whose labels they have seen already.
    """
    with reading(workspace.readonly_engine) as conn:
        every = _list_offered(get_queue_items(conn), coder)
        waiting = dict(_find_places(conn, [one for one in every if one.done_at is None]))
        if not waiting:
            return QueueState(None)
        begin = _find_behind(conn, every, after)
        queued = next(one for one in (*every[begin:], *every) if one in waiting)
        place = waiting[queued]
        item = _describe(conn, workspace, place, coder, offered=queued, hides=hides and place.name not in seen)
    return QueueState(item, len(waiting), list(waiting).index(queued))


def list_open_items(workspace: Workspace, coder: str, *, n: int, hides: bool = False) -> list[ReviewItem]:
    """The next `n` items that wait for a coder: their own, then those that everybody is asked."""
    with reading(workspace.readonly_engine) as conn:
        waiting = [one for one in _list_offered(get_queue_items(conn), coder) if one.done_at is None]
        found = _find_places(conn, waiting)[:n]
        return [_describe(conn, workspace, place, coder, offered=queued, hides=hides) for queued, place in found]


def count_open(workspace: Workspace, coder: str) -> int:
    """How many items wait for a coder."""
    with reading(workspace.readonly_engine) as conn:
        return sum(item.done_at is None and item.coder in (coder, None) for item in get_queue_items(conn))


def get_item(workspace: Workspace, item_id: str, coder: str, *, hides: bool = False) -> ReviewItem:
    """The item of an id such as `12.3` or `12.3:0a1b2c3d`.

    Raises:
        InputError: there is none, or its text is another by now.
    """
    with reading(workspace.readonly_engine) as conn:
        item = parse_id(item_id)
        span = find_span(conn, item)
        version = read_texts(conn, [span.version_id])[span.version_id]
        offered = find_offered(conn, coder, (span.version_id, span.start, span.end))
        return _describe(conn, workspace, Place(version, span), coder, offered=offered, hides=hides)


def hide_reason(reason: str) -> str:
    """The reason why an item is asked, without the label that most of them tell."""
    kind, parted, _ = reason.partition(":")
    return f"{kind}: shown without labels" if parted and kind not in _TELL_NO_LABEL else reason


def _list_offered(items: Sequence[QueueItem], coder: str) -> list[QueueItem]:
    """A coder's own items, then those that everybody is asked; with those that are coded."""
    return sorted((item for item in items if item.coder in (coder, None)), key=lambda item: item.coder is None)


def _find_behind(conn: Connection, items: Sequence[QueueItem], after: str) -> int:
    """The index of the item behind the one of this name, which may be coded by now; 0 if there is none of this name."""
    try:
        named = parse_id(after)
    except InputError:
        return 0
    spans = [one for one in get_labelled_spans(conn, named.article_id) if one.position == named.position]
    places = {(s.version_id, s.start, s.end) for s in spans if text_hash(s.text).startswith(named.code or "")}
    found = (i for i, one in enumerate(items, start=1) if (one.version_id, one.start, one.end) in places)
    return next(found, 0)


def _find_places(conn: Connection, items: Sequence[QueueItem]) -> list[tuple[QueueItem, Place]]:
    """The items with where they stand; without those whose span is none any more."""
    texts = read_texts(conn, [item.version_id for item in items])
    spans = {
        (span.version_id, span.start, span.end): span
        for article in {version.article_id for version in texts.values()}
        # Of two spans of one place the passage counts, so it comes last.
        for span in sorted(get_labelled_spans(conn, article), key=lambda span: span.position is not None)
    }
    keyed = ((item, spans.get((item.version_id, item.start, item.end))) for item in items)
    return [(item, Place(texts[span.version_id], span)) for item, span in keyed if span is not None]


def _describe(
    conn: Connection, workspace: Workspace, place: Place, coder: str, *, offered: QueueItem | None, hides: bool
) -> ReviewItem:
    version, span = place.version, place.span
    own = next(reversed(list_own(conn, span, coder)), None)
    is_coded = own is not None and not own.coding.is_withdrawal
    must_hide = hides or bool(offered and offered.blind and not is_coded)
    reason = offered.reason if offered else ""
    return ReviewItem(
        place.name,
        version.article_id,
        span.position is None,
        version,
        next(
            (clean_line(one.name, limit=60) for one in workspace.outlets if one.id == version.outlet_id),
            version.outlet_id,
        ),
        dict(list_outlets(conn)).get(version.outlet_id, ""),
        version.text[version.title_end : span.start],
        span.text,
        version.text[span.end :],
        hide_reason(reason) if must_hide else reason,
        None if must_hide else tuple(span.labels["narratives"]),
        _find_beginning(workspace, span, own if is_coded else None, must_hide=must_hide),
        is_coded,
    )


def _find_beginning(
    workspace: Workspace, span: LabelledSpan, own: StoredCoding | None, *, must_hide: bool
) -> Verdict | None:
    if own is not None:
        return replace_unknown(verdict_of(own.coding), workspace)
    found = replace_unknown(read_labels(span), workspace)
    is_no_answer = bool(find_open(span.labels["narratives"])) and not found.narratives
    return None if must_hide or is_no_answer else found
