"""Coding: the next passage of the queue, or the one that a link names; saved, skipped, taken back."""

from dataclasses import replace
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from framewire.errors import InputError
from framewire.records import BOTH, UNCLEAR, CodingOrigin, Voice
from framewire.summarise.words import say_question
from framewire.web.coding_form import KEYS, Draft, begin_draft, key_of, read_draft, say_draft
from framewire.web.render import render_page
from framewire.web.sessions import MAX_SAVED, MAX_SEEN
from framewire.workflow.corrections import Said
from framewire.workflow.review_items import ReviewItem, find_next, get_item
from framewire.workflow.review_queue import STRATEGIES, fill_queue, refuse_no_items
from framewire.workflow.review_saving import describe_saved, parse_said, save_word, take_back

# How many passages are offered at a time. Source: some twenty minutes' work.
BATCH_SIZE = 20
MAX_BATCH = 200
MAX_PLACE = 40
"""An item's id is shorter."""


def show_queue(request: Request) -> Response:
    """The next item, or where there is none a form that asks for more."""
    session, site = request.state.session, request.state.site
    # They come back to where they were, from whichever page.
    after = request.query_params.get("after", session.place)[:MAX_PLACE]
    request.state.session = replace(session, place=after)
    state = find_next(site.workspace, session.user, after=after, hides=session.hides_labels, seen=session.seen)
    if state.item is None:
        return _render_empty(request)
    _remember(request, state.item)
    return render_item(request, state.item, begin_draft(state.item.verdict), queue=state)


def show_item(request: Request) -> Response:
    """The item that a link names: a passage whose label somebody doubts."""
    item = _get_item(request)
    _remember(request, item)
    return render_item(request, item, begin_draft(item.verdict))


def save_item(request: Request) -> Response:
    """The coder's word is stored, and the next item shown; a form that says nothing comes back with what is missing."""
    site, session, form = request.state.site, request.state.session, request.state.form
    item = _get_item(request)
    draft = read_draft(form, site.workspace.codebook)
    try:
        said = Said(session.user, site.clock(), CodingOrigin.WEB, blind=item.is_blind, note=draft.note or None)
        saved = save_word(site.workspace, item.id, _read_answer(request, item, draft, said))
    except InputError as error:
        return render_item(request, item, draft, problem=str(error), status=400)
    kept = (*session.saved, saved.id)[-MAX_SAVED:] if saved.is_new else session.saved
    request.state.session = replace(session, saved=kept)
    if form.get("then", [""])[0] == "queue":
        return RedirectResponse(f"/review?after={quote(item.id)}", 303)
    return RedirectResponse(f"/items/{quote(item.id)}?saved=1", 303)


def _read_answer(request: Request, item: ReviewItem, draft: Draft, said: Said) -> Said:
    """What a button says, else the form: the labels are right; yes or no to what is asked. Raises InputError."""
    form = request.state.form
    if "right" in form and item.verdict and not item.left_open:
        return replace(said, verdict=item.verdict)
    for name in ("yes", "no"):
        if (asked := form.get(name, [""])[0]) and not item.is_blind:
            return replace(said, is_no=name == "no", asked=asked)
    return replace(said, verdict=parse_said(request.state.site.workspace, say_draft(draft)))


def undo(request: Request) -> Response:
    """The newest coding of this session is taken back, and its item shown again."""
    site, session = request.state.site, request.state.session
    if not session.saved:
        raise InputError("there is nothing left to take back here")
    *earlier, last = session.saved
    done = take_back(site.workspace, last, session.user, now=site.clock())
    # What counts again is a coding of its own; so the step before is that one now.
    own = [done.restored if one == done.superseded and done.restored else one for one in earlier]
    request.state.session = replace(session, saved=tuple(own))
    return RedirectResponse(f"/items/{quote(done.item)}?then=queue", 303)


def fill(request: Request) -> Response:
    """More items are put into the coder's queue."""
    site, session, form = request.state.site, request.state.session, request.state.form
    strategy, size = form.get("strategy", ["mixed"])[0], form.get("size", [str(BATCH_SIZE)])[0]
    try:
        if strategy not in STRATEGIES:
            raise InputError("choose one of the ways to choose")
        if not (size.isascii() and size.isdecimal() and 1 <= int(size) <= MAX_BATCH):
            raise InputError(f"choose a number from 1 to {MAX_BATCH}")
        items = fill_queue(
            site.workspace, session.user, size=int(size), strategy=strategy, now=site.clock(), is_blind="blind" in form
        )
        if not items:
            refuse_no_items(session.user, strategy)
    except InputError as error:
        return _render_empty(request, str(error), status=400)
    return RedirectResponse("/review", 303)


def switch_labels(request: Request) -> Response:
    """Labels are hidden where they were not seen yet, or shown again."""
    hides = request.state.form.get("labels", [""])[0] == "hide"
    request.state.session = replace(request.state.session, hides_labels=hides)
    return RedirectResponse("/review", 303)


def render_item(
    request: Request, item: ReviewItem, draft: Draft, *, problem: str = "", status: int = 200, **more: Any
) -> Response:
    """The page of an item with its form."""
    workspace, session = request.state.site.workspace, request.state.session
    saved = describe_saved(workspace, session.saved[-1], session.user) if session.saved else None
    then = "queue" if "queue" in more or request.query_params.get("then") == "queue" else ""
    then = request.state.form.get("then", [then])[0]
    values = {"queue": None, "is_saved": "saved" in request.query_params, "then": then} | more
    return render_page(
        request,
        "review.html.j2",
        status=status,
        item=item,
        problem=problem,
        saved=saved,
        hides=session.hides_labels,
        questions={
            one["id"]: say_question(workspace.codebook, one["id"], one["accused"] or "") for one in item.left_open
        },
        **describe_form(request, draft),
        **values,
    )


def describe_form(request: Request, draft: Draft) -> dict[str, Any]:
    """What the form of narratives needs."""
    codebook = request.state.site.workspace.codebook
    return {
        "draft": draft,
        "codebook": codebook,
        "keyed": [(key_of(place), narrative) for place, narrative in enumerate(codebook.narratives)],
        "voices": [voice.value for voice in Voice],
        "sides": [
            *((side.id, side.label) for side in codebook.sides),
            (BOTH, "both sides"),
            (UNCLEAR, "nobody clearly"),
        ],
        "keys": KEYS,
        "names": {narrative.id: narrative.label for narrative in codebook.narratives},
    }


def _get_item(request: Request) -> ReviewItem:
    """The item that the address names, without labels if the coder wants to see none and has not seen them yet."""
    session, name = request.state.session, request.path_params["item"]
    workspace = request.state.site.workspace
    item = get_item(workspace, name, session.user)
    hides = session.hides_labels and not item.is_coded and item.id not in session.seen
    return get_item(workspace, name, session.user, hides=True) if hides else item


def _remember(request: Request, item: ReviewItem) -> None:
    """An item whose labels were shown is not coded blind any more, whatever the coder chooses afterwards."""
    session = request.state.session
    if not item.is_blind and item.id not in session.seen:
        request.state.session = replace(session, seen=(*session.seen, item.id)[-MAX_SEEN:])


def _render_empty(request: Request, problem: str = "", *, status: int = 200) -> Response:
    site, session = request.state.site, request.state.session
    saved = describe_saved(site.workspace, session.saved[-1], session.user) if session.saved else None
    return render_page(
        request,
        "queue.html.j2",
        status=status,
        problem=problem,
        saved=saved,
        strategies=STRATEGIES,
        size=BATCH_SIZE,
        max_size=MAX_BATCH,
    )


ROUTES = [
    Route("/review", show_queue, methods=["GET"]),
    Route("/review/fill", fill, methods=["POST"]),
    Route("/review/undo", undo, methods=["POST"]),
    Route("/review/labels", switch_labels, methods=["POST"]),
    Route("/items/{item}", show_item, methods=["GET"]),
    Route("/items/{item}", save_item, methods=["POST"]),
]
