"""Where coders differ: what each says, and somebody's decision between them."""

from dataclasses import replace
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from framewire.errors import InputError
from framewire.records import CodingOrigin
from framewire.web.coding_form import Draft, begin_draft, read_draft, say_draft
from framewire.web.pages.review import describe_form
from framewire.web.render import render_page
from framewire.web.sessions import MAX_SAVED
from framewire.workflow.corrections import Said, verdict_of
from framewire.workflow.review_saving import (
    Disagreement,
    decide,
    describe_saved,
    get_disagreement,
    list_disagreements,
    parse_said,
    render_says,
)


def show_list(request: Request) -> Response:
    """All that are open, oldest first."""
    workspace, session = request.state.site.workspace, request.state.session
    found = list_disagreements(workspace)
    saved = describe_saved(workspace, session.saved[-1], session.user) if session.saved else None
    return render_page(request, "disagreements.html.j2", found=found, says=render_says, saved=saved)


def show_one(request: Request) -> Response:
    """One of them. The form begins with a coder's word if an address names one, else empty: nobody is favoured."""
    found = get_disagreement(request.state.site.workspace, request.path_params["item"])
    chosen = request.query_params.get("as", "")
    coding = next((one for one in found.codings if one.coding.coder == chosen), None)
    return _render(request, found, begin_draft(verdict_of(coding.coding)) if coding else Draft())


def settle(request: Request) -> Response:
    """The decision is stored as a coding of whoever took it; the next disagreement follows."""
    site, session, form = request.state.site, request.state.session, request.state.form
    found = get_disagreement(site.workspace, request.path_params["item"])
    draft = read_draft(form, site.workspace.codebook)
    try:
        verdict = parse_said(site.workspace, say_draft(draft))
        said = Said(session.user, site.clock(), CodingOrigin.ADJUDICATION, verdict=verdict, note=draft.note or None)
        saved = decide(site.workspace, found.item.id, said)
    except InputError as error:
        return _render(request, found, draft, problem=str(error), status=400)
    request.state.session = replace(session, saved=(*session.saved, saved.id)[-MAX_SAVED:])
    left = list_disagreements(site.workspace)
    return RedirectResponse(f"/disagreements/{quote(left[0].item.id)}" if left else "/disagreements", 303)


def _render(request: Request, found: Disagreement, draft: Draft, *, problem: str = "", status: int = 200) -> Response:
    workspace, session = request.state.site.workspace, request.state.session
    saved = describe_saved(workspace, session.saved[-1], session.user) if session.saved else None
    return render_page(
        request,
        "disagreement.html.j2",
        status=status,
        item=found.item,
        codings=found.codings,
        problem=problem,
        saved=saved,
        **describe_form(request, draft),
    )


ROUTES = [
    Route("/disagreements", show_list),
    Route("/disagreements/{item}", show_one, methods=["GET"]),
    Route("/disagreements/{item}", settle, methods=["POST"]),
]
